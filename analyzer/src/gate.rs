//! The change gate: a still kitchen costs a small grey picture instead of an inference. Pure.
//!
//! It never hides a person: while a track lives every due picture is looked at; a picture is compared with the last one
//! that was *looked at*, so that slow change adds up; and after `look_at_least_every` it is looked at all the same.

use mingchu_domain::time::WallTime;
use std::time::Duration;

/// Width of the small grey picture.
pub const WIDTH: u16 = 64;
/// Height of the small grey picture.
pub const HEIGHT: u16 = 36;
/// Blocks across and down: each 4 x 4 small pixels.
const BLOCKS: (usize, usize) = (16, 9);
/// Mean difference in grey levels from which a block has changed. Camera noise averages to less than 2 over a block.
const BLOCK_CHANGED: f32 = 3.0;

/// Decides which pictures of a camera are worth a look for persons.
#[derive(Debug, Clone, Default)]
pub struct ChangeGate {
    looked_at: Option<(WallTime, Vec<u8>)>,
    /// When something changed or somebody was there.
    restless_at: Option<WallTime>,
}

impl ChangeGate {
    /// Whether the picture of `at` with its small `grey` version is worth a look. `has_anybody`: a track lives.
    pub fn is_worth_a_look(
        &mut self,
        at: WallTime,
        grey: Vec<u8>,
        has_anybody: bool,
        at_least_every: Duration,
    ) -> bool {
        let (is_due, has_changed) = match &self.looked_at {
            None => (true, true),
            Some((last, old)) => {
                let is_due = at.since(*last) >= at_least_every || at < *last;
                (is_due, strongest_change(old, &grey) >= BLOCK_CHANGED)
            }
        };
        if has_anybody || has_changed {
            self.restless_at = Some(at);
        }
        let is_worth = has_anybody || is_due || has_changed;
        if is_worth {
            self.looked_at = Some((at, grey));
        }
        is_worth
    }

    /// Returns for how long before `at` nothing has changed and nobody has been there.
    #[must_use]
    pub fn still_for(&self, at: WallTime) -> Duration {
        self.restless_at.map_or(Duration::ZERO, |last| at.since(last))
    }
}

/// Returns the mean difference of the block that changed most, after taking out a change of the whole picture's
/// brightness (exposure, a lamp), in grey levels.
fn strongest_change(old: &[u8], new: &[u8]) -> f32 {
    if old.len() != new.len() || new.len() != usize::from(WIDTH) * usize::from(HEIGHT) {
        return f32::INFINITY;
    }
    let mean = |grey: &[u8]| grey.iter().map(|&g| f32::from(g)).sum::<f32>() / grey.len() as f32;
    let brighter = mean(new) - mean(old);
    let (across, down) = (usize::from(WIDTH) / BLOCKS.0, usize::from(HEIGHT) / BLOCKS.1);
    let mut sums = [0.0f32; BLOCKS.0 * BLOCKS.1];
    for (index, (&a, &b)) in old.iter().zip(new).enumerate() {
        let (x, y) = (index % usize::from(WIDTH) / across, index / usize::from(WIDTH) / down);
        sums[y * BLOCKS.0 + x] += (f32::from(b) - f32::from(a) - brighter).abs();
    }
    sums.into_iter().fold(0.0, f32::max) / (across * down) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIZE: usize = WIDTH as usize * HEIGHT as usize;
    const EVERY: Duration = Duration::from_secs(5);

    fn at(ms: i64) -> WallTime {
        WallTime::from_micros(ms * 1000)
    }

    fn with_spot(level: u8) -> Vec<u8> {
        let mut grey = vec![100; SIZE];
        // A person far away: 3 x 6 small pixels, 30 x 60 of a 640 x 360 picture.
        for y in 10..16 {
            for x in 20..23 {
                grey[y * usize::from(WIDTH) + x] = level;
            }
        }
        grey
    }

    #[test]
    fn a_still_picture_is_looked_at_once_in_five_seconds() {
        let mut gate = ChangeGate::default();
        let looks: Vec<bool> =
            (0..20).map(|step| gate.is_worth_a_look(at(step * 500), with_spot(100), false, EVERY)).collect();
        let seen: Vec<usize> = (0..20).filter(|&step| looks[step]).collect();
        assert_eq!(seen, [0, 10]);
    }

    #[test]
    fn a_look_that_was_due_ends_no_stillness_but_a_change_does() {
        let mut gate = ChangeGate::default();
        for step in 0..=12 {
            gate.is_worth_a_look(at(step * 500), with_spot(100), false, EVERY);
        }
        assert_eq!(gate.still_for(at(6000)), Duration::from_secs(6));
        gate.is_worth_a_look(at(6500), with_spot(130), false, EVERY);
        assert_eq!(gate.still_for(at(6500)), Duration::ZERO);
        gate.is_worth_a_look(at(7000), with_spot(130), true, EVERY);
        assert_eq!(gate.still_for(at(7500)), Duration::from_millis(500));
    }

    #[test]
    fn a_person_far_away_is_a_change() {
        let mut gate = ChangeGate::default();
        gate.is_worth_a_look(at(0), with_spot(100), false, EVERY);
        assert!(gate.is_worth_a_look(at(500), with_spot(125), false, EVERY));
    }

    #[test]
    fn slow_change_adds_up() {
        let mut gate = ChangeGate::default();
        gate.is_worth_a_look(at(0), with_spot(100), false, EVERY);
        let looks = (1..10).filter(|&step| {
            let level = 100 + u8::try_from(step).unwrap() * 3;
            gate.is_worth_a_look(at(step * 100), with_spot(level), false, EVERY)
        });
        assert!(looks.count() >= 1);
    }

    #[test]
    fn a_lamp_is_no_person() {
        let mut gate = ChangeGate::default();
        gate.is_worth_a_look(at(0), vec![100; SIZE], false, EVERY);
        assert!(!gate.is_worth_a_look(at(500), vec![110; SIZE], false, EVERY));
    }

    proptest! {
        #[test]
        fn a_picture_with_somebody_is_always_looked_at(steps in prop::collection::vec(0u8..255, 1..50)) {
            let mut gate = ChangeGate::default();
            for (step, level) in (0..).zip(steps) {
                prop_assert!(gate.is_worth_a_look(at(step * 500), with_spot(level), true, EVERY));
            }
        }

        #[test]
        fn sensor_noise_alone_is_no_change(noise in prop::collection::vec(0u8..4, SIZE)) {
            let mut gate = ChangeGate::default();
            gate.is_worth_a_look(at(0), vec![100; SIZE], false, EVERY);
            let noisy = noise.iter().map(|n| 98 + n).collect();
            prop_assert!(!gate.is_worth_a_look(at(500), noisy, false, EVERY));
        }
    }
}

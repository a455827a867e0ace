//! From the camera's timestamps to a time that only grows.

use mingchu_domain::time::{MediaTime, WallTime};
use std::time::Duration;

/// A longer step forward is a jump, not a pause.
const LARGEST_STEP: i64 = 10 * MediaTime::PER_SECOND;
/// A shorter step back is a camera that reorders pictures, not a jump.
const REORDERED: i64 = MediaTime::PER_SECOND / 2;

/// How a picture follows the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// On the same timeline.
    Continues,
    /// On a new one: first picture, after a loss, or after a jump. A segment must begin here.
    Begins,
    /// The gateway's clock was set since the picture before. A segment must begin here, for times before and after do not
    /// compare.
    ClockSet {
        /// New minus old, in microseconds; negative: set back.
        by_us: i64,
    },
}

/// Tells when the gateway's clock was set, by a clock that never is. Pure.
#[derive(Debug, Default)]
pub(super) struct ClockWatch {
    last: Option<(WallTime, Duration)>,
}

/// A smaller difference is the work of a time service that steers the clock, or of a busy machine.
const CLOCK_JUMP_US: i64 = 2_000_000;

impl ClockWatch {
    /// Returns by how many microseconds the clock was set since the last look; `elapsed` is monotonic time.
    pub(super) fn look(&mut self, now: WallTime, elapsed: Duration) -> Option<i64> {
        let (last_now, last_elapsed) = self.last.replace((now, elapsed))?;
        let passed_us = i64::try_from(elapsed.saturating_sub(last_elapsed).as_micros()).unwrap_or(i64::MAX);
        let set_us = now.micros().saturating_sub(last_now.micros()).saturating_sub(passed_us);
        (set_us.abs() > CLOCK_JUMP_US).then_some(set_us)
    }
}

/// Places pictures on the stream's timeline. Pure.
///
/// Invariant: what it returns only grows, over jumps and reconnects, as long as the process lives.
/// Inside one timeline, distances are the camera's; between two, the gateway's clock.
#[derive(Debug, Default)]
pub struct Timeline {
    last: Option<Placed>,
    is_broken: bool,
}

#[derive(Debug, Clone, Copy)]
struct Placed {
    camera: i64,
    stream: i64,
    /// Monotonic time of its arrival.
    elapsed: Duration,
}

impl Timeline {
    /// Places a picture by the camera's ticks and the monotonic time of its arrival.
    pub fn place(&mut self, camera: MediaTime, elapsed: Duration) -> (MediaTime, Step) {
        let (stream, step) = match self.last {
            None => (0, Step::Begins),
            Some(last) => {
                let delta = camera.0.saturating_sub(last.camera);
                if self.is_broken || !(-REORDERED..=LARGEST_STEP).contains(&delta) {
                    (last.stream + ticks(elapsed.saturating_sub(last.elapsed)).max(1), Step::Begins)
                } else {
                    (last.stream + delta.max(1), Step::Continues)
                }
            }
        };
        self.is_broken = false;
        self.last = Some(Placed { camera: camera.0, stream, elapsed });
        (MediaTime(stream), step)
    }

    /// Says that the session is lost: the next picture begins a new timeline.
    pub fn break_off(&mut self) {
        self.is_broken = true;
    }
}

fn ticks(pause: Duration) -> i64 {
    i64::try_from(pause.as_micros() * 9 / 100).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at_ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_clock_that_was_set_shows_and_a_slow_machine_does_not() {
        let mut watch = ClockWatch::default();
        let wall = |ms: i64| WallTime::from_micros(1_000_000_000 + ms * 1000);
        let looks = [(0, 0), (40, 40), (9_040, 9_000), (11_041, 9_001), (11_000, 9_050), (0, 9_100), (40, 9_140)];
        let seen = looks.map(|(now, elapsed)| watch.look(wall(now), at_ms(elapsed)));
        assert_eq!(seen, [None, None, None, None, None, Some(-11_050_000), None]);
        assert_eq!(watch.look(wall(5_000), at_ms(9_180)), Some(4_920_000));
    }

    #[test]
    fn a_jump_begins_a_new_timeline_by_the_gateways_clock() {
        let mut timeline = Timeline::default();
        assert_eq!(timeline.place(MediaTime(500), at_ms(0)), (MediaTime(0), Step::Begins));
        assert_eq!(timeline.place(MediaTime(4100), at_ms(40)), (MediaTime(3600), Step::Continues));
        assert_eq!(timeline.place(MediaTime(4100 + 30 * 90_000), at_ms(80)), (MediaTime(7200), Step::Begins));
        assert_eq!(timeline.place(MediaTime(4100 - 5 * 90_000), at_ms(120)), (MediaTime(10_800), Step::Begins));
    }

    #[test]
    fn a_reconnect_begins_a_new_timeline() {
        let mut timeline = Timeline::default();
        timeline.place(MediaTime(0), at_ms(0));
        timeline.break_off();
        assert_eq!(timeline.place(MediaTime(3600), at_ms(2000)), (MediaTime(180_000), Step::Begins));
    }

    proptest! {
        #[test]
        fn stream_time_only_grows(steps in prop::collection::vec((any::<i32>(), 0u64..5000, any::<bool>()), 1..60)) {
            let mut timeline = Timeline::default();
            let (mut camera, mut wall, mut last) = (0i64, 0u64, -1);
            for (step, pause_ms, is_lost) in steps {
                camera += i64::from(step);
                wall += pause_ms;
                if is_lost {
                    timeline.break_off();
                }
                let (placed, _) = timeline.place(MediaTime(camera), at_ms(wall));
                prop_assert!(placed.0 > last);
                last = placed.0;
            }
        }
    }
}

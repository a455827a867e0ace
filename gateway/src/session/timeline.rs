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
    arrived_at: WallTime,
}

impl Timeline {
    /// Places a picture by the camera's ticks and its arrival.
    pub fn place(&mut self, camera: MediaTime, arrived_at: WallTime) -> (MediaTime, Step) {
        let (stream, step) = match self.last {
            None => (0, Step::Begins),
            Some(last) => {
                let delta = camera.0.saturating_sub(last.camera);
                if self.is_broken || !(-REORDERED..=LARGEST_STEP).contains(&delta) {
                    (last.stream + ticks(arrived_at.since(last.arrived_at)).max(1), Step::Begins)
                } else {
                    (last.stream + delta.max(1), Step::Continues)
                }
            }
        };
        self.is_broken = false;
        self.last = Some(Placed { camera: camera.0, stream, arrived_at });
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

    fn at_ms(ms: i64) -> WallTime {
        WallTime::from_micros(ms * 1000)
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
        fn stream_time_only_grows(steps in prop::collection::vec((any::<i32>(), 0i64..5000, any::<bool>()), 1..60)) {
            let mut timeline = Timeline::default();
            let (mut camera, mut wall, mut last) = (0i64, 0, -1);
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

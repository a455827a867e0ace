//! RTP times of one viewer. Pure.
//!
//! A viewer begins with the pictures since the last key picture, and gets them again when packets were lost. Their own
//! times would let the browser play them at their own pace and stay behind for ever, so a burst passes within
//! milliseconds and ends at the live edge.

/// Between two pictures of a burst: a millisecond.
const TICK_90K: i64 = 90;
/// The stream's times are those of the viewer, but for what was between at first, while they go with the clock: a camera
/// that began anew, or whose own clock runs otherwise, is this far off sooner or later.
const ASTRAY_90K: i64 = 2 * 90_000;
/// Room for the first burst before it.
const FIRST_90K: i64 = 10 * 90_000;

/// Follows the stream's times, and never goes back.
#[derive(Debug, Default)]
pub(super) struct RtpClock {
    /// From the stream's time to the viewer's.
    offset_90k: Option<i64>,
    last_90k: Option<i64>,
}

impl RtpClock {
    /// Returns the time of a picture that `following` others, already there, come after. `newest_90k` is the stream's
    /// time of the last of them, `now_90k` how long the session lasts.
    pub(super) fn time(&mut self, newest_90k: i64, following: usize, now_90k: i64) -> u64 {
        let now = now_90k + FIRST_90K;
        let behind = i64::try_from(following).unwrap_or(0).saturating_mul(TICK_90K);
        let offset = self.offset_90k.filter(|offset| (newest_90k + offset - now).abs() <= ASTRAY_90K);
        let offset = *self.offset_90k.insert(offset.unwrap_or(now - newest_90k));
        let time = newest_90k + offset - behind;
        let time = self.last_90k.map_or(time, |last| time.max(last + TICK_90K));
        self.last_90k = Some(time);
        time.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECOND: i64 = 90_000;
    const START: u64 = FIRST_90K.unsigned_abs();

    /// Plays pictures of one burst.
    fn burst(clock: &mut RtpClock, times: &[i64], now: i64) -> Vec<u64> {
        let newest = *times.last().unwrap();
        (0..times.len()).rev().map(|following| clock.time(newest, following, now)).collect()
    }

    #[test]
    fn the_first_burst_passes_at_once_and_then_pictures_keep_their_distance() {
        let mut clock = RtpClock::default();
        assert_eq!(burst(&mut clock, &[0, 3_600, 7_200], 0), [START - 180, START - 90, START]);
        assert_eq!(clock.time(10_800, 0, 3_000), START + 3_600, "by the stream, not by when it came");
        assert_eq!(clock.time(14_400, 0, 9_000), START + 7_200);
    }

    #[test]
    fn pictures_sent_again_never_go_back_in_time() {
        let mut clock = RtpClock::default();
        burst(&mut clock, &[0, 3_600, 7_200], 0);
        assert_eq!(burst(&mut clock, &[0, 3_600, 7_200], 0), [START + 90, START + 180, START + 270]);
        assert_eq!(clock.time(10_800, 0, 3_600), START + 3_600, "back on the stream's own times");
    }

    #[test]
    fn a_camera_that_begins_anew_goes_on_by_the_clock() {
        let mut clock = RtpClock::default();
        clock.time(900 * SECOND, 0, 0);
        assert_eq!(clock.time(0, 0, 5 * SECOND), START + 450_000);
        assert_eq!(clock.time(3_600, 0, 5 * SECOND), START + 453_600);
    }

    proptest! {
        #[test]
        fn times_always_grow(bursts in prop::collection::vec((0_i64..10_000_000, 0_usize..60, 0_i64..500_000), 1..50)) {
            let mut clock = RtpClock::default();
            let (mut last, mut now) = (None, 0);
            for (newest, following, passed) in bursts {
                now += passed;
                for left in (0..=following).rev() {
                    let time = clock.time(newest, left, now);
                    prop_assert!(last.is_none_or(|last| last < time), "{last:?} then {time}");
                    last = Some(time);
                }
            }
        }
    }
}

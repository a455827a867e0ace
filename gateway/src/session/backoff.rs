//! Growing pauses between attempts.

use std::time::Duration;

/// Pauses that double from `min` to `max`, spread so that cameras behind one switch do not return at once.
#[derive(Debug)]
pub(super) struct Backoff {
    min: Duration,
    max: Duration,
    attempts: u32,
}

impl Backoff {
    pub(super) fn new(min: Duration, max: Duration) -> Self {
        Self { min, max, attempts: 0 }
    }

    /// Returns the next pause; `chance` is random in 0..1.
    pub(super) fn pause(&mut self, chance: f64) -> Duration {
        let doubled = self.min.saturating_mul(2u32.saturating_pow(self.attempts)).min(self.max);
        self.attempts = self.attempts.saturating_add(1);
        doubled.mul_f64(0.75 + chance / 2.0).clamp(self.min, self.max)
    }

    /// Starts over, once the camera has proved itself.
    pub(super) fn reset(&mut self) {
        self.attempts = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_pause_lies_between_the_bounds(chances in prop::collection::vec(0.0f64..1.0, 1..80)) {
            let (min, max) = (Duration::from_secs(1), Duration::from_secs(30));
            let mut backoff = Backoff::new(min, max);
            for chance in chances {
                prop_assert!((min..=max).contains(&backoff.pause(chance)));
            }
        }
    }

    #[test]
    fn pauses_grow_and_start_over() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        let pauses: Vec<_> = (0..7).map(|_| backoff.pause(0.5).as_secs()).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30]);
        backoff.reset();
        assert_eq!(backoff.pause(0.5).as_secs(), 1);
    }
}

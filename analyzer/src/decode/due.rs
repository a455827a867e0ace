//! Which pictures of a stream are given out. Pure.

use std::time::Duration;

/// Arrival times jitter by about this much; a picture that is early by less is due.
const JITTER: Duration = Duration::from_millis(30);

/// Takes one picture each `every`, in step with the first.
#[derive(Debug, Clone)]
pub struct Due {
    every: Duration,
    next: Duration,
}

impl Due {
    /// Returns a beat that takes the first picture.
    #[must_use]
    pub const fn new(every: Duration) -> Self {
        Self { every, next: Duration::ZERO }
    }

    /// Whether the picture at `since` the start is due; then the next one is only after another beat.
    pub fn takes(&mut self, since: Duration) -> bool {
        if since + JITTER < self.next {
            return false;
        }
        // In step with the first picture, unless some were missed.
        self.next = if since < self.next + self.every { self.next + self.every } else { since + self.every };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_taken_in_step_with_the_first_and_anew_after_a_gap() {
        let mut due = Due::new(Duration::from_millis(500));
        let times = [0, 200, 400, 600, 800, 990, 1200, 5100, 5400, 5590];
        let taken: Vec<u64> = times.into_iter().filter(|&ms| due.takes(Duration::from_millis(ms))).collect();
        assert_eq!(taken, [0, 600, 990, 5100, 5590]);
    }
}

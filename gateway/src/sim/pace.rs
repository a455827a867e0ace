//! When the packets of a picture leave: at once, or one by one over the time of the picture. Pure.

use std::time::Duration;
use tokio::time::Instant;

/// How the packets of a picture leave the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pacing {
    /// All in one write, when the picture is due: the cheapest way, for us and for the reader.
    #[default]
    Burst,
    /// Each in a write of its own, spread over the time up to the next picture, as a real camera's come.
    Spread,
}

/// A picture on its way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Departure {
    began: Instant,
    step: Duration,
    packets: usize,
    sent: usize,
}

impl Departure {
    /// Returns the departure of `packets` packets from `now` on; the next picture is due at `next_due`.
    ///
    /// The last tenth of the time stays free. A picture that is late already leaves at once.
    pub(super) fn new(pacing: Pacing, packets: usize, now: Instant, next_due: Instant) -> Self {
        let step = match (pacing, u32::try_from(packets)) {
            (Pacing::Spread, Ok(packets @ 1..)) => next_due.saturating_duration_since(now).mul_f64(0.9) / packets,
            _ => Duration::ZERO,
        };
        Self { began: now, step, packets, sent: 0 }
    }

    /// Returns when the next packet is to leave, `None` when all have.
    pub(super) fn due(&self) -> Option<Instant> {
        let steps = u32::try_from(self.sent).ok()?;
        (self.sent < self.packets).then(|| self.began + self.step * steps)
    }

    /// Counts a packet as sent and returns its index.
    pub(super) fn next(&mut self) -> usize {
        self.sent += 1;
        self.sent - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_packet_leaves_once_in_order_before_the_next_picture(packets in 1_usize..80, micros in 0_u64..200_000) {
            let now = Instant::now();
            let next_due = now + Duration::from_micros(micros);
            let mut departure = Departure::new(Pacing::Spread, packets, now, next_due);
            let mut last = now;
            for index in 0..packets {
                let due = departure.due().unwrap();
                prop_assert!(due >= last && due <= next_due);
                last = due;
                prop_assert_eq!(departure.next(), index);
            }
            prop_assert_eq!(departure.due(), None);
        }
    }

    #[test]
    fn a_burst_leaves_at_once() {
        let now = Instant::now();
        let mut departure = Departure::new(Pacing::Burst, 3, now, now + Duration::from_millis(40));
        departure.next();
        assert_eq!(departure.due(), Some(now));
    }
}

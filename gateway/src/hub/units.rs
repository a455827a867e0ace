//! The queue of a consumer of coded pictures.

use mingchu_domain::media::AccessUnit;
use tokio::sync::mpsc;

/// Five seconds at 25 frames a second. Overflow: units are dropped up to the next key unit, and counted.
const QUEUE_UNITS: usize = 128;

/// What became of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    Taken,
    Missed,
    Gone,
}

pub(super) struct UnitsConsumer {
    queue: mpsc::Sender<AccessUnit>,
    /// Decoding cannot go on before the next key unit.
    waits_for_key: bool,
    /// Units before the first one are not missed: nobody was promised them.
    has_begun: bool,
}

impl UnitsConsumer {
    pub(super) fn new() -> (Self, mpsc::Receiver<AccessUnit>) {
        let (queue, receiver) = mpsc::channel(QUEUE_UNITS);
        (Self { queue, waits_for_key: true, has_begun: false }, receiver)
    }

    /// Returns a consumer that has been handed these pictures: a key unit and those behind it, or none.
    pub(super) fn begun(units: &[AccessUnit]) -> (Self, mpsc::Receiver<AccessUnit>) {
        let (queue, receiver) = mpsc::channel(QUEUE_UNITS + units.len());
        let mut consumer = Self { queue, waits_for_key: true, has_begun: false };
        for unit in units {
            let _there_is_room = consumer.offer(unit);
        }
        (consumer, receiver)
    }

    pub(super) fn offer(&mut self, unit: &AccessUnit) -> Offer {
        if self.waits_for_key && !unit.is_key {
            return match (self.queue.is_closed(), self.has_begun) {
                (true, _) => Offer::Gone,
                (false, true) => Offer::Missed,
                (false, false) => Offer::Taken,
            };
        }
        match self.queue.try_send(unit.clone()) {
            Ok(()) => {
                self.has_begun = true;
                self.waits_for_key = false;
                Offer::Taken
            }
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.waits_for_key = true;
                Offer::Missed
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Offer::Gone,
        }
    }
}

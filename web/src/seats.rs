//! How many may watch at once: on the whole server, and of one canteen, so that a crowd at one door shuts no other.

use mingchu_domain::id::CanteenId;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The seats of one kind of viewer. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Seats(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: u32,
    most_of_canteen: u32,
    taken: Mutex<HashMap<CanteenId, u32>>,
}

/// Why there is no seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    Server,
    Canteen,
}

/// A seat; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    canteen: CanteenId,
}

impl Seats {
    /// Returns so many seats, and how many of them one canteen's viewers may take.
    pub(crate) fn new(most: u32, most_of_canteen: u32) -> Self {
        Self(Arc::new(Inner { most, most_of_canteen, taken: Mutex::default() }))
    }

    /// Takes a seat for a viewer of the canteen.
    pub(crate) fn take(&self, canteen: CanteenId) -> Result<Seat, Full> {
        let mut taken = self.taken();
        if taken.values().sum::<u32>() >= self.0.most {
            return Err(Full::Server);
        }
        let of_canteen = taken.entry(canteen).or_default();
        if *of_canteen >= self.0.most_of_canteen {
            return Err(Full::Canteen);
        }
        *of_canteen += 1;
        Ok(Seat { seats: self.clone(), canteen })
    }

    /// Returns how many watch the canteen now.
    pub(crate) fn viewers(&self, canteen: CanteenId) -> u32 {
        self.taken().get(&canteen).copied().unwrap_or(0)
    }

    /// Returns how many watch now.
    pub(crate) fn all_viewers(&self) -> u32 {
        self.taken().values().sum()
    }

    /// Returns how many may watch.
    pub(crate) fn most(&self) -> u32 {
        self.0.most
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<CanteenId, u32>> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken();
        if let Some(count) = taken.get_mut(&self.canteen) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.canteen);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_canteen_cannot_take_all_seats_and_a_seat_is_free_again() {
        let seats = Seats::new(3, 2);
        let (one, other) = (CanteenId::generate(), CanteenId::generate());
        let first = seats.take(one).unwrap();
        let _second = seats.take(one).unwrap();
        assert_eq!(seats.take(one).unwrap_err(), Full::Canteen);
        let _third = seats.take(other).unwrap();
        assert_eq!(seats.take(other).unwrap_err(), Full::Server);
        drop(first);
        assert_eq!((seats.viewers(one), seats.viewers(other)), (1, 1));
        assert!(seats.take(one).is_ok());
    }
}

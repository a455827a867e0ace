//! The access ledger: who viewed which archived pictures, and why (国务院令第799号 Art. 16).

use mingchu_domain::{id::PersonId, time::WallTime};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// Requests of one person for one thing within this time are one viewing: players ask range by range.
const ONE_VIEWING: Duration = Duration::from_secs(300);
const MOST: usize = 10_000;

/// Remembers viewings that are already in the audit trail.
// Bounded: above `MOST` entries all are forgotten, which writes some viewings twice and loses none.
#[derive(Debug, Default)]
pub(crate) struct ViewLedger(Mutex<HashMap<(PersonId, String), WallTime>>);

impl ViewLedger {
    /// Whether this request begins a viewing that is not in the trail yet.
    pub(crate) fn is_new(&self, person: PersonId, subject: &str, now: WallTime) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&(person, subject.to_owned())).is_none_or(|&at| now.since(at) >= ONE_VIEWING || now < at)
    }

    /// Notes a viewing once its audit row is written.
    pub(crate) fn note(&self, person: PersonId, subject: &str, now: WallTime) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.clear();
        }
        seen.insert((person, subject.to_owned()), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewing_is_noted_once_in_five_minutes() {
        let ledger = ViewLedger::default();
        let (person, start) = (PersonId::generate(), WallTime::from_micros(0));
        assert!(ledger.is_new(person, "clip:1", start));
        ledger.note(person, "clip:1", start);
        assert!(!ledger.is_new(person, "clip:1", start + Duration::from_secs(299)));
        assert!(ledger.is_new(person, "clip:1", start + ONE_VIEWING));
        assert!(ledger.is_new(person, "clip:2", start));
        assert!(ledger.is_new(PersonId::generate(), "clip:1", start));
    }
}

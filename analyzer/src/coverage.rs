//! How much of the time was observed and judged: "0 violations" is never shown without it. Pure.

use mingchu_domain::time::WallTime;
use std::{collections::BTreeMap, time::Duration};

/// Beyond this between two pictures nothing was observed.
const OBSERVED_AT_MOST: Duration = Duration::from_secs(3);
const HOUR_US: i64 = 3_600_000_000;

/// What a picture says of the time before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Nobody in a zone with a mandatory rule, or each judged lately.
    Judged,
    /// Somebody whom no rule could judge.
    CannotJudge,
    /// The picture came, but nothing looked at it.
    NotJudged,
}

/// Milliseconds of one hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shares {
    /// Pictures came.
    pub observed_ms: u64,
    /// And everybody in them was judged.
    pub judged_ms: u64,
    /// And somebody in them could not be judged.
    pub cannot_judge_ms: u64,
}

/// Adds up one camera's time.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    last: Option<WallTime>,
    hours: BTreeMap<i64, (Shares, u64)>,
}

impl Coverage {
    /// Takes what the picture of `at` says of the time since the one before.
    pub fn add(&mut self, at: WallTime, seen: Seen) {
        let Some(last) = self.last.replace(at) else { return };
        let length = at.since(last);
        if length > OBSERVED_AT_MOST {
            return;
        }
        let us = u64::try_from(length.as_micros()).unwrap_or(0);
        let (shares, spare) = self.hours.entry(last.micros().div_euclid(HOUR_US)).or_default();
        // Whole milliseconds go out; the rest waits for the next picture.
        let ms = (us + *spare) / 1000;
        *spare = (us + *spare) % 1000;
        shares.observed_ms += ms;
        match seen {
            Seen::Judged => shares.judged_ms += ms,
            Seen::CannotJudge => shares.cannot_judge_ms += ms,
            Seen::NotJudged => {}
        }
    }

    /// Returns what was added since the last call, by the start of its hour.
    pub fn take(&mut self) -> Vec<(WallTime, Shares)> {
        let hours = std::mem::take(&mut self.hours);
        let filled = hours.into_iter().filter(|(_, (shares, _))| shares.observed_ms > 0);
        filled.map(|(hour, (shares, _))| (WallTime::from_micros(hour * HOUR_US), shares)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> WallTime {
        WallTime::from_micros(ms * 1000)
    }

    #[test]
    fn a_gap_is_not_observed() {
        let mut coverage = Coverage::default();
        for ms in [0, 500, 1000, 60_000, 60_500] {
            coverage.add(at(ms), Seen::Judged);
        }
        assert_eq!(coverage.take(), [(at(0), Shares { observed_ms: 1500, judged_ms: 1500, cannot_judge_ms: 0 })]);
        assert!(coverage.take().is_empty());
    }

    #[test]
    fn each_hour_has_its_own_row() {
        let mut coverage = Coverage::default();
        for ms in [3_599_000, 3_600_000, 3_601_000] {
            coverage.add(at(ms), Seen::CannotJudge);
        }
        let hours: Vec<_> = coverage.take().into_iter().map(|(hour, shares)| (hour, shares.cannot_judge_ms)).collect();
        assert_eq!(hours, [(at(0), 1000), (at(3_600_000), 1000)]);
    }

    proptest! {
        #[test]
        fn no_more_is_judged_than_observed(steps in prop::collection::vec((0i64..5_000_000, 0u8..3), 0..60)) {
            let mut coverage = Coverage::default();
            let mut now = 0;
            for (step, seen) in steps {
                now += step;
                let seen = [Seen::Judged, Seen::CannotJudge, Seen::NotJudged][usize::from(seen)];
                coverage.add(WallTime::from_micros(now), seen);
            }
            for (_, shares) in coverage.take() {
                prop_assert!(shares.judged_ms + shares.cannot_judge_ms <= shares.observed_ms);
            }
        }
    }
}

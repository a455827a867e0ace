//! How long a bin has stood open, and how long of it with nobody near. Pure.

use crate::judge::Ballot;
use mingchu_domain::{
    rule::{Patience, Vote},
    time::WallTime,
    violation::{Figures, Measure, Observation},
};
use std::time::Duration;

/// So many closed readings in a row say that the lid is on; one may be an arm or a shadow.
const CLOSED_AFTER: u32 = 2;
/// Without a clear reading for so long nobody knows what the bin did meanwhile.
const LONGEST_BLIND: Duration = Duration::from_secs(90);

/// A bin that has stood open for too long.
#[derive(Debug, Clone, PartialEq)]
pub struct Overdue {
    /// The first open reading.
    pub started_at: WallTime,
    /// The last open reading.
    pub ended_at: WallTime,
    /// The numbers behind it: readings, and the seconds against the limit that was passed.
    pub figures: Figures,
    /// First, middle and last open reading.
    pub frames: Vec<Ballot>,
}

/// Watches one bin.
#[derive(Debug, Clone, Default)]
pub struct BinWatch {
    /// Clear readings since the first open one.
    readings: Vec<Ballot>,
    closed_in_a_row: u32,
    alone_since: Option<WallTime>,
    last_clear: Option<WallTime>,
    /// When the bin's picture last changed, and when it did just before the first open reading.
    changed_at: Option<WallTime>,
    opened_at: Option<WallTime>,
}

/// A change this long before the first open reading was the lid coming off.
const LID_CAME_OFF: Duration = Duration::from_secs(6);
/// Readings that are remembered: 600 s at one each 10 s, twice.
const MOST: usize = 120;

impl BinWatch {
    /// Takes a reading; returns the violation when the bin has been open for too long.
    pub fn read(&mut self, ballot: Ballot, is_somebody_near: bool, patience: Patience, vote: &Vote) -> Option<Overdue> {
        let at = ballot.at;
        if self.last_clear.is_some_and(|last| at < last || at.since(last) > LONGEST_BLIND) {
            *self = Self::default();
        }
        if is_somebody_near {
            self.alone_since = None;
        } else if self.alone_since.is_none() {
            self.alone_since = Some(at);
        }
        match ballot.judgement.state {
            Observation::CannotJudge => return None,
            Observation::Compliant => {
                self.last_clear = Some(at);
                self.closed_in_a_row += 1;
                if self.closed_in_a_row >= CLOSED_AFTER {
                    self.readings.clear();
                    self.opened_at = None;
                    return None;
                }
            }
            Observation::Violating => {
                self.last_clear = Some(at);
                self.closed_in_a_row = 0;
            }
        }
        if self.readings.is_empty() && ballot.judgement.state == Observation::Compliant {
            return None;
        }
        if self.readings.len() >= MOST {
            // The first stays: it says since when.
            self.readings.remove(1);
        }
        self.readings.push(ballot);
        self.opened_at = self.open_since();
        self.decide(at, patience, vote)
    }

    /// Takes that the bin's picture changed at `at`; a reading follows.
    pub fn changed(&mut self, at: WallTime) {
        self.changed_at = Some(at);
    }

    /// Returns how long after `at` a reading of an open bin will decide; `None` while it is closed or not known.
    #[must_use]
    pub fn decides_in(&self, at: WallTime, patience: Patience) -> Option<Duration> {
        let since = self.open_since()?;
        let attended = since + Duration::from_secs(patience.attended_s.into());
        let alone = self.alone_since.map(|alone| alone.max(since) + Duration::from_secs(patience.alone_s.into()));
        let next = alone.map_or(attended, |alone| alone.min(attended));
        // A reading after that has decided.
        self.readings.last().filter(|last| last.at < next).map(|_| next.since(at))
    }

    /// Returns since when the lid is off: since the picture changed, where the first open reading followed at once.
    fn open_since(&self) -> Option<WallTime> {
        let first = self.readings.first()?.at;
        let changed = self.changed_at.filter(|&changed| changed <= first && first.since(changed) <= LID_CAME_OFF);
        Some(self.opened_at.or(changed).unwrap_or(first))
    }

    /// Whether readings of now may become evidence.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.readings.is_empty()
    }

    fn decide(&self, at: WallTime, patience: Patience, vote: &Vote) -> Option<Overdue> {
        let started_at = self.open_since()?;
        let open: Vec<Ballot> =
            self.readings.iter().filter(|r| r.judgement.state == Observation::Violating).copied().collect();
        let (votes, of) = (open.len(), self.readings.len());
        if of < vote.at_least as usize || (votes as f32) < vote.needed * of as f32 {
            return None;
        }
        let open_for = at.since(started_at);
        let alone_for = self.alone_since.map_or(Duration::ZERO, |since| at.since(since.max(started_at)));
        let (value, limit) = if alone_for >= Duration::from_secs(patience.alone_s.into()) {
            (alone_for, patience.alone_s)
        } else if open_for >= Duration::from_secs(patience.attended_s.into()) {
            (open_for, patience.attended_s)
        } else {
            return None;
        };
        let mut sure: Vec<f32> = open.iter().map(|r| r.judgement.confidence).collect();
        sure.sort_by(f32::total_cmp);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let measure = Measure { value: value.as_secs_f32(), limit: limit as f32 };
        Some(Overdue {
            started_at,
            ended_at: open.last()?.at,
            figures: Figures {
                votes: count(votes),
                of: count(of),
                window_s: open_for.as_secs_f32(),
                confidence: sure[sure.len() / 2],
                head_px: None,
                measure: Some(measure),
            },
            frames: [0, open.len() / 2, open.len() - 1].map(|index| open[index]).to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Judgement;
    use mingchu_domain::{geometry::BBox, rule::WhyNot};
    use proptest::prelude::*;

    const PATIENCE: Patience = Patience { alone_s: 180, attended_s: 600 };
    const VOTE: Vote = Vote { window_s: 60.0, needed: 0.8, at_least: 4 };

    fn reading(second: i64, judgement: Judgement) -> Ballot {
        let at = WallTime::from_micros(second * 1_000_000);
        Ballot { at, judgement, subject: BBox::default(), head: None, head_px: None }
    }

    /// Plays readings each 10 s and returns the seconds at which it is overdue.
    fn play(readings: impl IntoIterator<Item = (Judgement, bool)>) -> Vec<i64> {
        let mut watch = BinWatch::default();
        let seconds = (0..).step_by(10).zip(readings);
        let overdue = seconds.filter_map(|(second, (judgement, near))| {
            watch.read(reading(second, judgement), near, PATIENCE, &VOTE).map(|_| second)
        });
        overdue.collect()
    }

    const OPEN: Judgement = Judgement::violating(0.9);
    const CLOSED: Judgement = Judgement::compliant(0.9);

    #[test]
    fn an_open_bin_is_overdue_after_three_minutes_alone_and_ten_with_somebody_there() {
        assert_eq!(play((0..30).map(|_| (OPEN, false)))[0], 180);
        assert_eq!(play((0..70).map(|_| (OPEN, true)))[0], 600);
        assert_eq!(play((0..60).map(|n| (OPEN, n < 20)))[0], 380, "180 s after the last person went");
    }

    #[test]
    fn a_lid_put_on_starts_anew_and_one_shadow_does_not() {
        let lid_on = (0..34).map(|n| (if n == 16 || n == 17 { CLOSED } else { OPEN }, false));
        assert!(play(lid_on).is_empty());
        let shadow = (0..19).map(|n| (if n == 10 { CLOSED } else { OPEN }, false));
        assert_eq!(play(shadow), [180]);
    }

    #[test]
    fn what_nobody_could_see_counts_for_nothing() {
        let hidden =
            (0..40).map(|n| (if (5..35).contains(&n) { Judgement::cannot(WhyNot::Overlap) } else { OPEN }, false));
        assert!(play(hidden).is_empty());
    }

    #[test]
    fn a_lid_is_off_since_the_picture_changed_and_the_deciding_reading_is_known_before() {
        let mut watch = BinWatch::default();
        let at = |second: i64| WallTime::from_micros(second * 1_000_000);
        watch.read(reading(0, CLOSED), false, PATIENCE, &VOTE);
        assert_eq!(watch.decides_in(at(0), PATIENCE), None);
        watch.changed(at(7));
        watch.read(reading(9, OPEN), false, PATIENCE, &VOTE);
        // An arm before it later changes nothing.
        watch.changed(at(50));
        assert_eq!(watch.decides_in(at(57), PATIENCE), Some(Duration::from_secs(130)));
        (1..17).for_each(|n| assert!(watch.read(reading(9 + n * 10, OPEN), false, PATIENCE, &VOTE).is_none()));
        assert_eq!(watch.decides_in(at(188), PATIENCE), Some(Duration::ZERO));
        let found = watch.read(reading(188, OPEN), false, PATIENCE, &VOTE).unwrap();
        assert_eq!((found.started_at, found.figures.measure.unwrap().value), (at(7), 181.0));
        assert_eq!(watch.decides_in(at(189), PATIENCE), None);
    }

    #[test]
    fn the_figures_say_how_long_and_how_sure() {
        let mut watch = BinWatch::default();
        let found = (0..19).find_map(|n| watch.read(reading(n * 10, OPEN), false, PATIENCE, &VOTE)).unwrap();
        assert_eq!((found.figures.votes, found.figures.of), (19, 19));
        assert_eq!(found.figures.measure, Some(Measure { value: 180.0, limit: 180.0 }));
        let seconds: Vec<i64> = found.frames.iter().map(|frame| frame.at.micros() / 1_000_000).collect();
        assert_eq!(seconds, [0, 90, 180]);
    }

    proptest! {
        #[test]
        fn a_closed_or_hidden_bin_is_never_overdue(seen in prop::collection::vec(any::<(bool, bool)>(), 0..120)) {
            let states = seen.iter().map(|&(closed, near)| (if closed { CLOSED } else { Judgement::cannot(WhyNot::Unsure) }, near));
            prop_assert!(play(states).is_empty());
        }
    }
}

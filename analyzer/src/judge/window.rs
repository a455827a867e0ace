//! The sliding window of one track and one rule: k of n.

use super::bands::Judgement;
use mingchu_domain::{
    geometry::BBox,
    rule::Vote,
    time::WallTime,
    violation::{Figures, Observation},
};
use serde::Serialize;
use std::{collections::VecDeque, time::Duration};

/// Share of the window that the clear judgements must span: a burst is no dwell.
const LEAST_SPAN: f32 = 0.5;
/// A pack writes two thirds as 0.67 and means ten of fifteen.
const ROUNDING: f32 = 0.005;

/// One judgement of one head in one picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ballot {
    /// When the gateway had the picture.
    pub at: WallTime,
    /// What was judged.
    pub judgement: Judgement,
    /// The person.
    pub subject: BBox,
    /// The head.
    pub head: Option<BBox>,
    /// Width of the head in pixels of the judged picture.
    pub head_px: Option<f32>,
}

/// The clear judgements of the last seconds.
#[derive(Debug, Clone, Default)]
pub(super) struct Window(VecDeque<Ballot>);

impl Window {
    /// Adds a judgement and forgets what is older than the window. What cannot be judged casts no ballot.
    pub(super) fn push(&mut self, ballot: Ballot, vote: &Vote) {
        let length = Duration::from_secs_f32(vote.window_s);
        self.0.retain(|old| ballot.at.since(old.at) < length && old.at < ballot.at);
        if ballot.judgement.state != Observation::CannotJudge {
            self.0.push_back(ballot);
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether the window says that the rule is broken.
    pub(super) fn is_carried(&self, vote: &Vote) -> bool {
        let (Some(first), Some(last)) = (self.0.front(), self.0.back()) else { return false };
        let span = last.at.since(first.at).as_secs_f32();
        let (votes, of) = (self.violating().count(), self.0.len());
        of >= vote.at_least as usize
            && votes as f32 >= (vote.needed - ROUNDING) * of as f32
            && span >= LEAST_SPAN * vote.window_s
    }

    /// Returns when the first and the last violating judgement were.
    pub(super) fn range(&self) -> Option<(WallTime, WallTime)> {
        Some((self.violating().next()?.at, self.violating().next_back()?.at))
    }

    /// Returns the figures of the window.
    pub(super) fn figures(&self, vote: &Vote) -> Figures {
        let median = |mut values: Vec<f32>| {
            values.sort_by(f32::total_cmp);
            values.get(values.len() / 2).copied()
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Figures {
            votes: count(self.violating().count()),
            of: count(self.0.len()),
            window_s: vote.window_s,
            confidence: median(self.violating().map(|ballot| ballot.judgement.confidence).collect()).unwrap_or(0.0),
            head_px: median(self.violating().filter_map(|ballot| ballot.head_px).collect()),
            measure: None,
        }
    }

    /// Returns the surest violating judgement of each third of the window, in order of time.
    pub(super) fn decision_frames(&self) -> Vec<Ballot> {
        let violating: Vec<Ballot> = self.violating().copied().collect();
        let n = violating.len();
        let surest = |part: &[Ballot]| {
            part.iter().copied().reduce(|a, b| if b.judgement.confidence > a.judgement.confidence { b } else { a })
        };
        (0..3).filter_map(|third| surest(&violating[n * third / 3..n * (third + 1) / 3])).collect()
    }

    fn violating(&self) -> impl DoubleEndedIterator<Item = &Ballot> {
        self.0.iter().filter(|ballot| ballot.judgement.state == Observation::Violating)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Observation as O;
    use proptest::prelude::*;

    const VOTE: Vote = Vote { window_s: 10.0, needed: 0.8, at_least: 4 };

    fn ballot(second: i64, state: O) -> Ballot {
        Ballot {
            at: WallTime::from_micros(second * 1_000_000),
            judgement: Judgement { state, confidence: 0.7, why: None },
            subject: BBox::default(),
            head: None,
            head_px: Some(50.0),
        }
    }

    fn window(states: impl IntoIterator<Item = (i64, O)>) -> Window {
        let mut window = Window::default();
        for (second, state) in states {
            window.push(ballot(second, state), &VOTE);
        }
        window
    }

    #[test]
    fn eight_of_ten_seconds_carry_and_seven_do_not() {
        let mixed = |bare: i64| (0..10).map(move |s| (s, if s < bare { O::Violating } else { O::Compliant }));
        assert!(window(mixed(8)).is_carried(&VOTE));
        assert!(!window(mixed(7)).is_carried(&VOTE));
    }

    #[test]
    fn a_burst_of_sure_pictures_is_no_dwell() {
        assert!(!window((0..5).map(|s| (s, O::Violating))).is_carried(&VOTE));
        assert!(window([0, 2, 4, 5].map(|s| (s, O::Violating))).is_carried(&VOTE));
    }

    #[test]
    fn what_cannot_be_judged_neither_helps_nor_hurts() {
        let seen = (0..10).map(|s| (s, if s % 2 == 0 { O::Violating } else { O::CannotJudge }));
        let window = window(seen);
        assert!(window.is_carried(&VOTE));
        assert_eq!((window.figures(&VOTE).votes, window.figures(&VOTE).of), (5, 5));
    }

    #[test]
    fn three_decision_frames_are_spread_over_the_window() {
        let frames = window((0..9).map(|s| (s, O::Violating))).decision_frames();
        let seconds: Vec<i64> = frames.iter().map(|frame| frame.at.micros() / 1_000_000).collect();
        assert_eq!(seconds, [0, 3, 6]);
    }

    proptest! {
        #[test]
        fn compliant_and_unclear_pictures_never_carry(states in prop::collection::vec(0u8..2, 0..60)) {
            let states = states.iter().map(|&s| if s == 0 { O::Compliant } else { O::CannotJudge });
            let window = window((0..).zip(states));
            prop_assert!(!window.is_carried(&VOTE));
            prop_assert!(window.decision_frames().is_empty());
        }

        #[test]
        fn a_carried_window_has_the_share_it_claims(states in prop::collection::vec(0u8..3, 1..60)) {
            let states = states.iter().map(|&s| [O::Violating, O::Compliant, O::CannotJudge][usize::from(s)]);
            let window = window((0..).zip(states));
            if window.is_carried(&VOTE) {
                let figures = window.figures(&VOTE);
                prop_assert!(f64::from(figures.votes) >= 0.79 * f64::from(figures.of));
                prop_assert_eq!(window.decision_frames().len(), 3);
            }
        }
    }
}

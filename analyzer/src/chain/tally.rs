//! How often each rule was judged, by hour and outcome.

use crate::judge::Judgement;
use mingchu_domain::{
    rule::{RuleCode, WhyNot},
    time::WallTime,
    violation::Observation,
};
use std::collections::BTreeMap;

const HOUR_US: i64 = 3_600_000_000;

/// Rule, outcome, and why it could not be judged.
pub type Outcome = (RuleCode, Observation, Option<WhyNot>);

type Counts = BTreeMap<Outcome, u64>;

/// Counts judgements.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(BTreeMap<i64, Counts>);

impl Tally {
    pub(super) fn add(&mut self, at: WallTime, code: RuleCode, judgement: Judgement) {
        let hour = self.0.entry(at.micros().div_euclid(HOUR_US)).or_default();
        *hour.entry((code, judgement.state, judgement.why)).or_default() += 1;
    }

    /// Returns what was counted since the last call, by the start of its hour.
    pub(super) fn take(&mut self) -> Vec<(WallTime, Vec<(Outcome, u64)>)> {
        let hours = std::mem::take(&mut self.0).into_iter();
        hours.map(|(hour, counts)| (WallTime::from_micros(hour * HOUR_US), counts.into_iter().collect())).collect()
    }
}

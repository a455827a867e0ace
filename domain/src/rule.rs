//! One rule: which duty binds in which zone, how many judgements it takes, what the notice cites.
//!
//! Rules are data, see [`RulePack`].

use crate::place::ZoneKind;
pub use crate::{
    rule_code::{Duty, Lid, RuleCode, Severity, Standing, Subject, WhyNot},
    rule_hours::{DayTime, InvalidDayTime, RuleHours, ServiceHours},
    rule_pack::{InvalidPack, ProvinceOverride, RulePack},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// How many judgements of a track open a violation: k of n in a sliding window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// Length of the window in seconds.
    pub window_s: f32,
    /// Share of the window's clear judgements that must say violating, 0..1.
    pub needed: f32,
    /// Fewest clear judgements in the window.
    pub at_least: u32,
}

/// How long a waste bin may stand open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patience {
    /// Seconds with nobody near.
    pub alone_s: u32,
    /// Seconds in any case: somebody may be scraping plates.
    pub attended_s: u32,
}

/// The text that a rule rests on. Unverified clauses print the title only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Law or standard, as printed.
    pub title: String,
    /// Article or clause number.
    pub article: Option<String>,
    /// The words.
    pub quote: Option<String>,
    /// Whether a person has compared it with the official text.
    pub verified: bool,
}

impl Clause {
    /// Returns the citation as a notice may print it: without a number unless verified.
    #[must_use]
    pub fn citation(&self) -> String {
        match &self.article {
            Some(article) if self.verified => format!("《{}》{article}", self.title),
            _ => format!("《{}》", self.title),
        }
    }
}

/// One rule of the pack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What is judged.
    pub code: RuleCode,
    /// How grave.
    pub severity: Severity,
    /// Duty by zone; a zone that is not named is off.
    pub zones: BTreeMap<ZoneKind, Duty>,
    /// When a violation opens.
    pub vote: Vote,
    /// Heads narrower than this many pixels cannot be judged; 0 where no head counts.
    pub min_head_px: u32,
    /// Further violations of the same camera and rule within this many seconds are merged.
    pub cool_down_s: u32,
    /// Minutes to acknowledge.
    pub acknowledge_min: u32,
    /// Minutes to put right.
    pub rectify_min: u32,
    /// What the notice demands, Chinese.
    pub demand: String,
    /// What the notice demands, English.
    pub demand_en: String,
    /// What it rests on.
    pub clauses: Vec<Clause>,
    /// When it is judged.
    #[serde(default = "always")]
    pub hours: RuleHours,
    /// How long a bin may stand open; for bins only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<Patience>,
    /// The measure's limit, see [`Rule::limit_of`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f32>,
    /// How far it is trusted.
    #[serde(default = "active")]
    pub standing: Standing,
    /// Why it is experimental or off, Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Why it is experimental or off, English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because_en: Option<String>,
}

const fn always() -> RuleHours {
    RuleHours::Always
}

const fn active() -> Standing {
    Standing::Active
}

impl Rule {
    /// Returns the duty in `zone`; off everywhere while the rule is off.
    #[must_use]
    pub fn duty(&self, zone: ZoneKind) -> Duty {
        match self.standing {
            Standing::Off => Duty::Off,
            _ => self.zones.get(&zone).copied().unwrap_or(Duty::Off),
        }
    }
    /// Returns the merge window.
    #[must_use]
    pub fn cool_down(&self) -> Duration {
        Duration::from_secs(self.cool_down_s.into())
    }
    /// Returns the time to put right.
    #[must_use]
    pub fn rectify_within(&self) -> Duration {
        Duration::from_secs(u64::from(self.rectify_min) * 60)
    }

    /// Returns what `limit` measures, with its unit and range; `None` where a rule has none.
    #[must_use]
    pub const fn limit_of(code: RuleCode) -> Option<(&'static str, f32, f32)> {
        match code {
            RuleCode::CamBlack => Some(("brightness of the picture, grey levels", 1.0, 60.0)),
            RuleCode::CamCovered => Some(("share of background edges kept in a covered part", 0.05, 0.6)),
            RuleCode::CamMoved => Some(("share of background edges kept", 0.1, 0.8)),
            RuleCode::CamBlur => Some(("fine detail over the usual", 0.02, 0.7)),
            RuleCode::CamFrozen => Some(("mean difference of pictures, grey levels", 0.001, 0.15)),
            RuleCode::CamOffline => Some(("seconds without a picture", 60.0, 86_400.0)),
            RuleCode::ClockDrift => Some(("seconds off", 1.0, 3_600.0)),
            _ => None,
        }
    }

    /// Returns which field is wrong and what it may be.
    pub(crate) fn fault(&self) -> Option<(&'static str, &'static str)> {
        let is_bin = self.code.subject() == Subject::Bin;
        let in_limit = match (Self::limit_of(self.code), self.limit) {
            (None, None) => true,
            (Some((_, least, most)), Some(limit)) => (least..=most).contains(&limit),
            _ => false,
        };
        let said = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let checks = [
            ((0.5..=1.0).contains(&self.vote.needed), "vote.needed", "0.5 to 1"),
            ((1.0..=600.0).contains(&self.vote.window_s), "vote.window_s", "1 to 600"),
            (self.vote.at_least >= 2, "vote.at_least", "2 or more: one picture is no evidence"),
            (self.vote.at_least <= 100, "vote.at_least", "100 at most"),
            (self.min_head_px <= 500, "min_head_px", "500 at most"),
            (self.cool_down_s <= 86_400, "cool_down_s", "86400 at most: one day"),
            ((1..=10_080).contains(&self.acknowledge_min), "acknowledge_min", "1 to 10080: one week"),
            ((1..=43_200).contains(&self.rectify_min), "rectify_min", "1 to 43200: thirty days"),
            (!self.demand.trim().is_empty(), "demand", "said: a notice demands something"),
            (!self.demand_en.trim().is_empty(), "demand_en", "said: a notice demands something"),
            (!self.clauses.is_empty(), "clauses", "named: no rule without what it rests on"),
            (self.clauses.iter().all(|clause| !clause.title.trim().is_empty()), "clauses.title", "named"),
            (is_bin == self.patience.is_some(), "patience", "given for waste bins, and for them only"),
            (
                self.patience.is_none_or(|p| (10..=86_400).contains(&p.alone_s) && p.alone_s <= p.attended_s),
                "patience",
                "10 s or more, and no longer alone than attended",
            ),
            (in_limit, "limit", "within the range of this rule's measure, and absent where it has none"),
            (
                self.standing == Standing::Active || (said(&self.because) && said(&self.because_en)),
                "because",
                "said in both languages while the rule is experimental or off",
            ),
        ];
        checks.into_iter().find(|&(is_right, ..)| !is_right).map(|(_, field, allowed)| (field, allowed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_nobody_verified_prints_no_number() {
        let clause = Clause { title: "某标准".into(), article: Some("11.2".into()), quote: None, verified: false };
        assert_eq!(clause.citation(), "《某标准》");
    }

    #[test]
    fn a_rule_that_is_off_binds_nowhere_and_says_why() {
        let pack = RulePack::national();
        let smoking = pack.rule(RuleCode::Smoking).unwrap();
        assert!(ZoneKind::ALL.iter().all(|&zone| smoking.duty(zone) == Duty::Off));
        assert!(smoking.because.as_ref().unwrap().contains("烟"));
        let silent = Rule { because: None, ..smoking.clone() };
        assert_eq!(silent.fault().unwrap().0, "because");
    }
}

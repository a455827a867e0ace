//! The rule pack: which duty binds in which zone, how many judgements it takes, what the notice cites.
//!
//! The pack is data (`rules/cn-default-2026.json`), versioned, kept in the database and printed in every notice.

use crate::place::{ZoneKind, words};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

words! {
    /// What is judged.
    RuleCode {
        /// 未戴工作帽.
        NoHat = "no_hat", "未戴工作帽", "No work hat";
        /// 未戴或未规范佩戴口罩.
        NoMask = "no_mask", "未规范佩戴口罩", "No mask or worn wrongly";
    }
}

words! {
    /// How grave a violation is.
    Severity {
        /// Stop at once.
        A = "a", "立即处置", "Immediate";
        /// Put right within the deadline.
        B = "b", "限期整改", "Rectify";
        /// Advice.
        C = "c", "提示", "Advisory";
    }
}

words! {
    /// Whether a rule binds in a zone.
    Duty {
        /// 应: opens violations.
        Must = "must", "强制", "Mandatory";
        /// 宜: judged and counted, opens none.
        Advisory = "advisory", "建议", "Advisory";
        /// Not judged.
        Off = "off", "不适用", "Off";
    }
}

/// How many judgements of a track open a violation: k of n in a sliding window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    /// Length of the window in seconds.
    pub window_s: f32,
    /// Share of the window's clear judgements that must say violating, 0..1.
    pub needed: f32,
    /// Fewest clear judgements in the window.
    pub at_least: u32,
}

/// The text that a rule rests on. Unverified clauses print the title only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
pub struct Rule {
    /// What is judged.
    pub code: RuleCode,
    /// How grave.
    pub severity: Severity,
    /// Duty by zone; a zone that is not named is off.
    pub zones: BTreeMap<ZoneKind, Duty>,
    /// When a violation opens.
    pub vote: Vote,
    /// Heads narrower than this many pixels cannot be judged.
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
}

impl Rule {
    /// Returns the duty in `zone`.
    #[must_use]
    pub fn duty(&self, zone: ZoneKind) -> Duty {
        self.zones.get(&zone).copied().unwrap_or(Duty::Off)
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
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct ProvinceOverride {
    province: String,
    code: RuleCode,
    zones: BTreeMap<ZoneKind, Duty>,
    clause: Clause,
}

/// A versioned set of rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RulePack {
    /// Name of the pack, as `cn-default-2026`.
    pub pack: String,
    /// Grows with every edit; a violation cites the one in force then.
    pub version: u32,
    /// The rules.
    pub rules: Vec<Rule>,
    provinces: Vec<ProvinceOverride>,
}

/// A rule pack that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPack {
    /// Not the pack's JSON.
    #[error("rule pack is not readable")]
    Json(#[from] serde_json::Error),
    /// A value out of range.
    #[error("rule {rule}: {field} must be {allowed}")]
    Range {
        /// Which rule.
        rule: &'static str,
        /// Which field.
        field: &'static str,
        /// What it may be.
        allowed: &'static str,
    },
}

impl RulePack {
    /// Returns the national default with its province overrides.
    ///
    /// # Panics
    /// Never: a test reads the pack.
    #[must_use]
    pub fn national() -> Self {
        Self::parse(include_str!("rules/cn-default-2026.json")).expect("the pack is tested")
    }

    /// Reads and checks a pack.
    ///
    /// # Errors
    /// When it is no pack or a threshold is out of range.
    pub fn parse(json: &str) -> Result<Self, InvalidPack> {
        let pack: Self = serde_json::from_str(json)?;
        for rule in &pack.rules {
            let wrong = |field, allowed| Err(InvalidPack::Range { rule: rule.code.as_str(), field, allowed });
            if !(0.5..=1.0).contains(&rule.vote.needed) {
                return wrong("vote.needed", "0.5 to 1");
            }
            if !(1.0..=600.0).contains(&rule.vote.window_s) {
                return wrong("vote.window_s", "1 to 600");
            }
            if rule.vote.at_least < 2 {
                return wrong("vote.at_least", "2 or more: one picture is no evidence");
            }
        }
        Ok(pack)
    }

    /// Returns the pack as it binds in `province`.
    #[must_use]
    pub fn in_province(mut self, province: &str) -> Self {
        for change in self.provinces.iter().filter(|change| change.province == province) {
            for rule in self.rules.iter_mut().filter(|rule| rule.code == change.code) {
                rule.zones.extend(&change.zones);
                rule.clauses.push(change.clause.clone());
            }
        }
        self
    }

    /// Returns the rule for `code`, if the pack has it.
    #[must_use]
    pub fn rule(&self, code: RuleCode) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.code == code)
    }

    /// Returns name and version, as notices print them.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} v{}", self.pack, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duty(pack: &RulePack, code: RuleCode, zone: ZoneKind) -> Duty {
        pack.rule(code).unwrap().duty(zone)
    }

    #[test]
    fn masks_bind_in_serving_rooms_everywhere_but_in_cooking_rooms_only_by_province() {
        let pack = RulePack::national();
        assert_eq!(duty(&pack, RuleCode::NoMask, ZoneKind::Serving), Duty::Must);
        assert_eq!(duty(&pack, RuleCode::NoMask, ZoneKind::Cooking), Duty::Advisory);
        assert_eq!(duty(&pack.in_province("河南"), RuleCode::NoMask, ZoneKind::Cooking), Duty::Must);
    }

    #[test]
    fn a_clause_nobody_verified_prints_no_number() {
        let clause = Clause { title: "某标准".into(), article: Some("11.2".into()), quote: None, verified: false };
        assert_eq!(clause.citation(), "《某标准》");
    }

    #[test]
    fn a_pack_that_judges_by_one_picture_is_refused() {
        let json = include_str!("rules/cn-default-2026.json").replace("\"at_least\": 4", "\"at_least\": 1");
        let error = RulePack::parse(&json).unwrap_err();
        assert_eq!(error.to_string(), "rule no_hat: vote.at_least must be 2 or more: one picture is no evidence");
    }
}

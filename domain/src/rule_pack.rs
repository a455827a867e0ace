//! The rule pack: data (`rules/cn-default-2026.json`), versioned, kept in the database, printed in every notice.

use crate::{
    place::ZoneKind,
    rule::{Clause, Duty, Rule, RuleCode, ServiceHours},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a province adds to a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvinceOverride {
    /// Chinese name, as 河南.
    pub province: String,
    /// Which rule.
    pub code: RuleCode,
    /// Duties there, before those of the rule.
    pub zones: BTreeMap<ZoneKind, Duty>,
    /// What it rests on.
    pub clause: Clause,
}

/// A versioned set of rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePack {
    /// Name of the pack, as `cn-default-2026`.
    pub pack: String,
    /// Grows with every edit; a violation cites the one in force then.
    pub version: u32,
    /// Version of the national pack that it holds all rules of.
    #[serde(default = "first")]
    pub national: u32,
    /// When kitchens work, where a canteen has not said otherwise.
    #[serde(default)]
    pub service_hours: ServiceHours,
    /// The rules.
    pub rules: Vec<Rule>,
    /// What provinces add.
    pub provinces: Vec<ProvinceOverride>,
}

const fn first() -> u32 {
    1
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
    /// A rule that comes twice, or a province's change to a rule that is not there.
    #[error("rule {rule} {fault}")]
    Rules {
        /// Which rule.
        rule: &'static str,
        /// What is wrong with it.
        fault: &'static str,
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
        pack.check()?;
        Ok(pack)
    }

    /// Checks every rule.
    ///
    /// # Errors
    /// Names the first rule and field at fault, and what it may be.
    pub fn check(&self) -> Result<(), InvalidPack> {
        let mut known = BTreeSet::new();
        for rule in &self.rules {
            let name = rule.code.as_str();
            if let Some((field, allowed)) = rule.fault() {
                return Err(InvalidPack::Range { rule: name, field, allowed });
            }
            if !known.insert(rule.code) {
                return Err(InvalidPack::Rules { rule: name, fault: "comes twice" });
            }
        }
        for change in &self.provinces {
            let rule = change.code.as_str();
            if !known.contains(&change.code) {
                return Err(InvalidPack::Rules { rule, fault: "is changed by a province but not in the pack" });
            }
            if change.province.trim().is_empty() || change.clause.title.trim().is_empty() {
                return Err(InvalidPack::Rules { rule, fault: "is changed by a province without its name or its law" });
            }
        }
        Ok(())
    }

    /// Returns the pack with the rules and provinces that `newer` has and it lacks, as a new version; `None` when it
    /// lacks nothing. What people edited stays.
    #[must_use]
    pub fn grown(&self, newer: &Self) -> Option<Self> {
        if self.national >= newer.national {
            return None;
        }
        let mut pack = Self { version: self.version + 1, national: newer.national, ..self.clone() };
        let is_new = |rule: &&Rule| self.rule(rule.code).is_none();
        pack.rules.extend(newer.rules.iter().filter(is_new).cloned());
        let has = |change: &ProvinceOverride| {
            self.provinces.iter().any(|own| own.province == change.province && own.code == change.code)
        };
        pack.provinces.extend(newer.provinces.iter().filter(|change| !has(change)).cloned());
        Some(pack)
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

    const NATIONAL: &str = include_str!("rules/cn-default-2026.json");

    fn duty(pack: &RulePack, code: RuleCode, zone: ZoneKind) -> Duty {
        pack.rule(code).unwrap().duty(zone)
    }

    #[test]
    fn masks_bind_in_serving_rooms_everywhere_but_in_cooking_rooms_only_by_province() {
        let pack = RulePack::national();
        assert_eq!(duty(&pack, RuleCode::NoMask, ZoneKind::Serving), Duty::Must);
        assert_eq!(duty(&pack, RuleCode::NoMask, ZoneKind::Cooking), Duty::Advisory);
        for province in ["河南", "福建", "河北"] {
            let local = pack.clone().in_province(province);
            assert_eq!(duty(&local, RuleCode::NoMask, ZoneKind::Cooking), Duty::Must, "{province}");
            assert!(local.rule(RuleCode::NoMask).unwrap().clauses.iter().any(|c| c.title.contains(province)));
        }
    }

    #[test]
    fn duties_by_zone_are_those_of_the_national_matrix() {
        use ZoneKind::{Cooking, Counter, Rough, Sample, Serving, Special, Storage, Washing, Waste};
        let pack = RulePack::national();
        let zones = [Special, Serving, Cooking, Rough, Washing, Storage, Sample, Waste, Counter];
        // must, advisory, off; clothes are advice everywhere until there are figures from real kitchens.
        for (code, row) in [
            (RuleCode::NoHat, "mmmmmamom"),
            (RuleCode::NoMask, "mmaaaoaom"),
            (RuleCode::NoUniform, "aaaaaaaoa"),
            (RuleCode::BinOpen, "mmmmmooma"),
            (RuleCode::Phone, "aaaoooooo"),
        ] {
            let duties = zones.map(|zone| duty(&pack, code, zone).as_str().chars().next().unwrap());
            assert_eq!(duties.iter().collect::<String>(), row, "{}", code.as_str());
        }
        let local = |province| pack.clone().in_province(province);
        let rough = ["河南", "福建", "河北"].map(|province| duty(&local(province), RuleCode::NoMask, Rough));
        assert_eq!(rough, [Duty::Must, Duty::Advisory, Duty::Must]);
    }

    #[test]
    fn clocks_follow_the_severity() {
        for rule in RulePack::national().rules {
            let clocks = match rule.severity {
                crate::rule::Severity::A => (10, 60),
                crate::rule::Severity::B => (30, 24 * 60),
                crate::rule::Severity::C => (30, 72 * 60),
            };
            assert_eq!((rule.acknowledge_min, rule.rectify_min), clocks, "{}", rule.code.as_str());
        }
    }

    #[test]
    fn the_national_pack_has_every_rule_each_with_its_clause() {
        let pack = RulePack::national();
        for &code in RuleCode::ALL {
            let rule = pack.rule(code).unwrap_or_else(|| panic!("{} has no rule", code.as_str()));
            assert!(!rule.clauses.is_empty());
            assert!(rule.clauses.iter().all(|clause| !clause.verified || clause.article.is_some()));
        }
    }

    #[test]
    fn a_pack_that_judges_by_one_picture_is_refused() {
        let error = RulePack::parse(&NATIONAL.replace("\"at_least\": 4", "\"at_least\": 1")).unwrap_err();
        assert_eq!(error.to_string(), "rule no_hat: vote.at_least must be 2 or more: one picture is no evidence");
    }

    #[test]
    fn a_rule_without_a_clause_is_refused() {
        let mut pack = RulePack::national();
        pack.rules[0].clauses.clear();
        assert!(pack.check().unwrap_err().to_string().starts_with("rule no_hat: clauses must be named"));
    }

    #[test]
    fn an_older_pack_gains_the_new_rules_and_keeps_what_people_edited() {
        let newer = RulePack::national();
        let mut edited = RulePack { version: 4, national: 1, ..newer.clone() };
        edited.rules.retain(|rule| matches!(rule.code, RuleCode::NoHat | RuleCode::NoMask));
        edited.rules[0].cool_down_s = 1200;
        let grown = edited.grown(&newer).unwrap();
        assert_eq!((grown.version, grown.rules.len()), (5, newer.rules.len()));
        assert_eq!(grown.rule(RuleCode::NoHat).unwrap().cool_down_s, 1200);
        assert!(grown.check().is_ok() && grown.grown(&newer).is_none());
    }
}

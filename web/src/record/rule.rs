//! The rule pack as people read and edit it, what reviews say of it, and mutes.

use super::word;
use mingchu_domain::{
    id::CameraId,
    place::ZoneKind,
    rule::{Duty, RuleCode, RuleHours, ServiceHours, Severity, Standing, WhyNot},
    time::WallTime,
    violation::Observation,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The rules in force.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rules {
    /// Name of the pack.
    pub pack: String,
    /// Its version; send it back with an edit.
    pub version: u32,
    /// When kitchens work, where a canteen has not said otherwise.
    #[schema(value_type = Hours)]
    pub service_hours: ServiceHours,
    /// The rules.
    pub rules: Vec<Rule>,
    /// What provinces add.
    pub provinces: Vec<Province>,
    /// What each rule's limit measures, and its range.
    pub limits: Vec<Limit>,
    /// The versions, newest first.
    pub versions: Vec<Version>,
}

/// An edit of the rules; it becomes the next version.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulesEdit {
    /// The version that was edited.
    pub version: u32,
    /// When kitchens work, where a canteen has not said otherwise.
    #[schema(value_type = Hours)]
    pub service_hours: ServiceHours,
    /// All rules.
    pub rules: Vec<Rule>,
    /// What provinces add.
    pub provinces: Vec<Province>,
}

/// Hours of a day, Beijing time, as `05:30`.
#[derive(ToSchema)]
pub struct Hours {
    /// First minute.
    pub from: String,
    /// First minute after; `24:00` is the end of the day.
    pub until: String,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What is judged.
    #[schema(value_type = word::RuleCode)]
    pub code: RuleCode,
    /// How grave.
    #[schema(value_type = word::Severity)]
    pub severity: Severity,
    /// Duty by zone; a zone that is not named is off.
    #[schema(value_type = std::collections::HashMap<String, word::Duty>)]
    pub zones: BTreeMap<ZoneKind, Duty>,
    /// When a violation opens.
    pub vote: Vote,
    /// Narrowest head that is judged, in pixels.
    pub min_head_px: u32,
    /// Merge window in seconds.
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
    #[schema(value_type = word::RuleHours)]
    pub hours: RuleHours,
    /// How long a bin may stand open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patience: Option<Patience>,
    /// The measure's limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<f32>,
    /// How far it is trusted.
    #[schema(value_type = word::Standing)]
    pub standing: Standing,
    /// Why it is experimental or off, Chinese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Why it is experimental or off, English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because_en: Option<String>,
}

/// How many judgements open a violation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// Length of the window in seconds.
    pub window_s: f32,
    /// Share of the clear judgements that must say violating.
    pub needed: f32,
    /// Fewest clear judgements.
    pub at_least: u32,
}

/// How long a bin may stand open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Patience {
    /// Seconds with nobody near.
    pub alone_s: u32,
    /// Seconds in any case.
    pub attended_s: u32,
}

/// What a rule rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// Law or standard.
    pub title: String,
    /// Article; printed only when verified.
    pub article: Option<String>,
    /// The words.
    pub quote: Option<String>,
    /// Whether a person has compared it with the official text.
    pub verified: bool,
}

/// What a province adds to a rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Province {
    /// Chinese name.
    pub province: String,
    /// Which rule.
    #[schema(value_type = word::RuleCode)]
    pub code: RuleCode,
    /// Duties there.
    #[schema(value_type = std::collections::HashMap<String, word::Duty>)]
    pub zones: BTreeMap<ZoneKind, Duty>,
    /// What it rests on.
    pub clause: Clause,
}

/// What a rule's limit measures.
#[derive(Debug, Serialize, ToSchema)]
pub struct Limit {
    /// Of which rule.
    #[schema(value_type = word::RuleCode)]
    pub code: RuleCode,
    /// The measure and its unit.
    pub measures: String,
    /// Least.
    pub least: f32,
    /// Most.
    pub most: f32,
}

/// A version of the rules.
#[derive(Debug, Serialize, ToSchema)]
pub struct Version {
    /// Its number.
    pub version: u32,
    /// When it was saved; null: came with the program.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub saved_at: Option<WallTime>,
    /// The office that saved it; null: came with the program.
    pub by: Option<String>,
}

/// What reviews say of each rule at each camera, in the last seven days.
#[derive(Debug, Serialize, ToSchema)]
pub struct Precisions {
    /// By camera and rule.
    pub rows: Vec<Precision>,
}

/// What reviews say of a rule at a camera.
#[derive(Debug, Serialize, ToSchema)]
pub struct Precision {
    /// The camera.
    #[schema(value_type = String)]
    pub camera_id: CameraId,
    /// The rule.
    #[schema(value_type = word::RuleCode)]
    pub code: RuleCode,
    /// Confirmed.
    pub confirmed: u32,
    /// Dismissed.
    pub dismissed: u32,
    /// Nobody has looked.
    pub to_review: u32,
    /// More than half were dismissed: a person may want to mute it.
    pub is_mute_offered: bool,
    /// Until when it is muted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub muted_until: Option<WallTime>,
    /// Why it is muted.
    pub muted_because: Option<String>,
}

/// A mute to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMute {
    /// Until when; at most 90 days from now.
    #[schema(value_type = String, format = DateTime)]
    pub until: WallTime,
    /// Why.
    pub reason: String,
}

/// How often each rule was judged.
#[derive(Debug, Serialize, ToSchema)]
pub struct Judgements {
    /// By camera, rule, outcome and reason.
    pub rows: Vec<Judgement>,
}

/// How often a rule was judged at a camera with one outcome.
#[derive(Debug, Serialize, ToSchema)]
pub struct Judgement {
    /// The camera.
    #[schema(value_type = String)]
    pub camera_id: CameraId,
    /// The rule.
    #[schema(value_type = word::RuleCode)]
    pub code: RuleCode,
    /// The outcome.
    #[schema(value_type = word::Observation)]
    pub state: Observation,
    /// Why it could not be judged.
    #[schema(value_type = Option<word::WhyNot>)]
    pub why_not: Option<WhyNot>,
    /// How often.
    pub judged: u64,
}

/// What a canteen says of itself so that it can be judged.
#[derive(Debug, Serialize, ToSchema)]
pub struct Site {
    /// When it works; none: as the rules say.
    pub hours: Vec<super::publication::ServiceHours>,
    /// The colours of its work clothes, as `#ffffff`.
    pub clothes: Vec<String>,
}

/// What a canteen says of itself beside its hours.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteEdit {
    /// The colours of its work clothes, as `#ffffff`; at most 6.
    pub clothes: Vec<String>,
}

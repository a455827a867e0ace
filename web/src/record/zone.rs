//! Zones and bins of a camera's picture, and what the analyzer sees in it.

use super::{violation::Box, word};
use mingchu_domain::{
    id::{BinId, BinReferenceId, ZoneId},
    place::ZoneKind,
    rule::{Duty, Lid, RuleCode, WhyNot},
    time::WallTime,
    violation::Observation,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The zones and bins of a camera.
#[derive(Debug, Serialize, ToSchema)]
pub struct Drawing {
    /// The zones.
    pub zones: Vec<Zone>,
    /// The waste bins.
    pub bins: Vec<Bin>,
}

/// A corner, relative to the picture.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Corner {
    /// 0..1 from the left.
    pub x: f32,
    /// 0..1 from the top.
    pub y: f32,
}

/// A zone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Zone {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ZoneId,
    /// What it is.
    #[schema(value_type = word::ZoneKind)]
    pub kind: ZoneKind,
    /// Its corners in order.
    pub outline: Vec<Corner>,
    /// Rules switched off here.
    #[schema(value_type = Vec<word::RuleCode>)]
    pub rules_off: Vec<RuleCode>,
}

/// A waste bin.
#[derive(Debug, Serialize, ToSchema)]
pub struct Bin {
    /// Its id.
    #[schema(value_type = String)]
    pub id: BinId,
    /// Its corners in order.
    pub outline: Vec<Corner>,
    /// Pictures of it.
    pub references: Vec<BinReference>,
}

/// A picture of a bin.
#[derive(Debug, Serialize, ToSchema)]
pub struct BinReference {
    /// Its id.
    #[schema(value_type = String)]
    pub id: BinReferenceId,
    /// How the lid lies.
    #[schema(value_type = word::Lid)]
    pub lid: Lid,
    /// When it was taken.
    #[schema(value_type = String, format = DateTime)]
    pub taken_at: WallTime,
    /// Address of the JPEG.
    pub url: String,
}

/// A drawing to save; it replaces the one before.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrawingEdit {
    /// The zones, 1 to 24.
    pub zones: Vec<ZoneEdit>,
    /// The bins, up to 12.
    pub bins: Vec<BinEdit>,
}

/// A zone to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ZoneEdit {
    /// Its id; null: a new one.
    #[schema(value_type = Option<String>)]
    pub id: Option<ZoneId>,
    /// What it is.
    #[schema(value_type = word::ZoneKind)]
    pub kind: ZoneKind,
    /// Its corners in order.
    pub outline: Vec<Corner>,
    /// Rules switched off here.
    #[schema(value_type = Vec<word::RuleCode>)]
    pub rules_off: Vec<RuleCode>,
}

/// A bin to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BinEdit {
    /// Its id; null: a new one.
    #[schema(value_type = Option<String>)]
    pub id: Option<BinId>,
    /// Its corners in order.
    pub outline: Vec<Corner>,
}

/// How the lid lies in the picture sent.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LidQuery {
    /// On or off.
    #[param(value_type = word::Lid)]
    pub lid: Lid,
}

/// What the analyzer saw last.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scene {
    /// Null: nothing yet; ask again in two seconds.
    pub scene: Option<LiveScene>,
}

/// What the analyzer saw in one picture.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveScene {
    /// The time of the picture.
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
    /// What is wrong with the camera.
    #[schema(value_type = Option<word::RuleCode>)]
    pub trouble: Option<RuleCode>,
    /// Nobody can be judged because of it.
    pub is_obscured: bool,
    /// Whether a model looks for persons.
    pub has_model: bool,
    /// The persons.
    pub persons: Vec<LivePerson>,
    /// The bins.
    pub bins: Vec<LiveBin>,
}

/// A person.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LivePerson {
    /// Number of the track.
    pub track: u64,
    /// Where.
    #[serde(rename = "box")]
    pub bbox: Box,
    /// The head.
    pub head: Option<Box>,
    /// Each rule that binds there.
    pub rules: Vec<LiveRule>,
}

/// A rule as it was judged last.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveRule {
    /// Which.
    #[schema(value_type = word::RuleCode)]
    pub code: RuleCode,
    /// How it binds.
    #[schema(value_type = word::Duty)]
    pub duty: Duty,
    /// What was judged; null: not yet.
    #[schema(value_type = Option<word::Observation>)]
    pub state: Option<Observation>,
    /// Confidence, 0..1.
    pub confidence: Option<f32>,
    /// Why it cannot be judged.
    #[schema(value_type = Option<word::WhyNot>)]
    pub why: Option<WhyNot>,
}

/// A bin.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LiveBin {
    /// Its id.
    #[schema(value_type = String)]
    pub id: BinId,
    /// Where.
    #[serde(rename = "box")]
    pub bbox: Box,
    /// What was read last; null: not yet.
    #[schema(value_type = Option<word::Observation>)]
    pub state: Option<Observation>,
    /// Confidence, 0..1.
    pub confidence: Option<f32>,
    /// Why it cannot be judged.
    #[schema(value_type = Option<word::WhyNot>)]
    pub why: Option<WhyNot>,
}

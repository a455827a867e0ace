//! What the chain sees now, for a person who draws zones or wonders why somebody is not judged.

use crate::judge::Judgement;
use mingchu_domain::{
    geometry::BBox,
    id::BinId,
    rule::{Duty, RuleCode},
    time::WallTime,
};
use serde::Serialize;

/// One camera's scene.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveScene {
    /// The time of the picture.
    pub at: WallTime,
    /// What is wrong with the camera, as its rule's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<RuleCode>,
    /// Whether nobody can be judged because of it.
    pub is_obscured: bool,
    /// Whether a model looks for persons.
    pub has_model: bool,
    /// The persons.
    pub persons: Vec<LivePerson>,
    /// The bins.
    pub bins: Vec<LiveBin>,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LivePerson {
    /// Number of the track.
    pub track: u64,
    /// Where.
    #[serde(rename = "box")]
    pub bbox: BBox,
    /// The head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<BBox>,
    /// Each rule that binds there, and what was judged last.
    pub rules: Vec<LiveRule>,
}

/// A rule as it was judged last.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveRule {
    /// Which.
    pub code: RuleCode,
    /// How it binds.
    pub duty: Duty,
    /// What was judged; absent: not yet.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
}

/// A bin.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LiveBin {
    /// Its id.
    pub id: BinId,
    /// Where.
    #[serde(rename = "box")]
    pub bbox: BBox,
    /// What was read last; absent: not yet.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub judgement: Option<Judgement>,
}

//! Footage and its gaps, and how much of the time was judged.

use super::word;
use mingchu_domain::{camera::GapCause, id::CameraId, time::WallTime};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A span of time; the last 24 hours when left out.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Span {
    /// First instant.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<WallTime>,
    /// First instant after it.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<WallTime>,
}

/// Footage and gaps of a camera's main stream.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// Where there is footage, in order.
    pub segments: Vec<Footage>,
    /// Where there is none, and why.
    pub gaps: Vec<Gap>,
}

/// A time with footage.
#[derive(Debug, Serialize, ToSchema)]
pub struct Footage {
    /// First instant.
    #[schema(value_type = String, format = DateTime)]
    pub start: WallTime,
    /// First instant after it.
    #[schema(value_type = String, format = DateTime)]
    pub end: WallTime,
}

/// A time without footage.
#[derive(Debug, Serialize, ToSchema)]
pub struct Gap {
    /// First instant.
    #[schema(value_type = String, format = DateTime)]
    pub start: WallTime,
    /// First instant after it; null while it lasts.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub end: Option<WallTime>,
    /// Why.
    #[schema(value_type = word::GapCause)]
    pub cause: GapCause,
    /// More.
    pub detail: String,
}

/// How much of the time was judged, by camera.
#[derive(Debug, Serialize, ToSchema)]
pub struct Coverage {
    /// The cameras of the caller's scope.
    pub cameras: Vec<CameraCoverage>,
}

/// How much of the time a camera was judged.
#[derive(Debug, Serialize, ToSchema)]
pub struct CameraCoverage {
    /// The camera.
    #[schema(value_type = String)]
    pub camera_id: CameraId,
    /// Milliseconds with a picture.
    pub observed_ms: u64,
    /// Of these, judged violating or compliant.
    pub judged_ms: u64,
    /// Of these, with somebody there who could not be judged.
    pub cannot_judge_ms: u64,
}

//! How much of the time was judged.

use mingchu_domain::{id::CameraId, time::WallTime};
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

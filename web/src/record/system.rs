//! What this installation is and whether it judges.

use super::storage::StorageNote;
use crate::public_gate::Publication;
use mingchu_domain::time::WallTime;
use serde::Serialize;
use utoipa::ToSchema;

/// What this installation is.
#[derive(Debug, Serialize, ToSchema)]
pub struct System {
    /// Version of the program.
    pub version: String,
    /// Whether this is `mingchu demo`.
    pub is_demo: bool,
    /// Whether the footage is rendered, which every page that shows it must say.
    pub is_synthetic: bool,
    /// Whether pictures are judged.
    pub judging: Judging,
    /// What the gateway gives up for want of room, and what lies ahead; null: no gateway has said anything.
    pub storage: Option<StorageNote>,
    /// Database with its version.
    pub database: String,
    /// When this process started.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: WallTime,
    /// Whether pictures may be public.
    pub publication: Publication,
}

/// Whether pictures are judged, and if not, why.
#[derive(Debug, Serialize, ToSchema)]
pub struct Judging {
    /// Whether the analyzer judges.
    pub is_judging: bool,
    /// A stable word when it does not: `no_models`, `no_runtime`, `starting`, `no_analyzer`, …
    pub reason: Option<String>,
    /// For a person.
    pub detail: Option<String>,
    /// The models in use.
    pub models: Vec<String>,
    /// When the analyzer last said so.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<WallTime>,
}

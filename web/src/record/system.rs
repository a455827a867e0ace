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
    /// Live pictures of signed-in people.
    pub viewers: Viewers,
    /// Live pictures of the public.
    pub public_viewers: Viewers,
}

/// Live pictures over WebSocket and WebRTC; those that come as LL-HLS are not counted, because caches carry them.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Viewers {
    /// Now.
    pub now: u32,
    /// At most.
    pub most: u32,
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

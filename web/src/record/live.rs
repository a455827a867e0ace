//! Live addresses as JSON.

use mingchu_domain::time::WallTime;
use serde::Serialize;
use utoipa::ToSchema;

/// Where a live playlist is.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiveAddress {
    /// Path of an LL-HLS media playlist; what it names lies beside it.
    pub playlist: String,
    /// Ask again before this.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: WallTime,
}

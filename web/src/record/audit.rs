//! The audit trail.

use mingchu_domain::time::WallTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// How many, 1 to 200; 50 when left out.
    pub limit: Option<u32>,
}

/// A page of the audit trail, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// The rows.
    pub audit: Vec<AuditRow>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

/// Who did what, on what, when.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditRow {
    /// Its place in the chain, from 1.
    pub seq: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: WallTime,
    /// Who, as `person:0192…` or `system`.
    pub actor: String,
    /// What, as `violation.confirm`.
    pub action: String,
    /// On what, as `violation:0192…`.
    pub subject: String,
    /// More.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
    /// Hash of the row and the one before.
    pub hash: String,
}

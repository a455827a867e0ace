//! The audit trail.

use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::Params,
    record::audit::{AuditPage, AuditRow, PageQuery},
    registry::{Access, Routes},
};
use axum::{Json, extract::State};
use mingchu_domain::role::Permission;
use mingchu_store::PageKey;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    routes.add(Access::Needs(Permission::ViewAudit), routes!(audit))
}

/// Returns who did and viewed what, newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", params(PageQuery),
    responses((status = 200, body = AuditPage), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn audit(State(app): State<App>, Params(query): Params<PageQuery>) -> Result<Json<AuditPage>, ApiError> {
    let key = PageKey { after: query.cursor, limit: query.limit.unwrap_or(0) };
    let page = app.store.audit(&key).await?;
    let rows = page.items.into_iter().map(|row| AuditRow {
        seq: row.seq,
        at: row.entry.at,
        actor: row.entry.actor,
        action: row.entry.action,
        subject: row.entry.subject,
        detail: serde_json::from_str(&row.entry.detail).unwrap_or_default(),
        hash: row.hash,
    });
    Ok(Json(AuditPage { audit: rows.collect(), next: page.next }))
}

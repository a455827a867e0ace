//! How much of the time was observed and judged; no "0 violations" without it.

use super::cameras::range_of;
use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::Params,
    record::archive::{CameraCoverage, Coverage, Span},
    registry::{Access, Routes},
};
use axum::{Json, extract::State};
use mingchu_domain::role::Permission;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    routes.add(Access::Needs(Permission::ViewPlaces), routes!(coverage))
}

/// Returns how much of the time each camera of the caller's scope was judged.
#[utoipa::path(
    get, path = "/api/v1/coverage", tag = "coverage", params(Span),
    responses((status = 200, body = Coverage), (status = 401, body = ErrorBody), (status = 422, body = ErrorBody))
)]
async fn coverage(
    State(app): State<App>,
    caller: Caller,
    Params(span): Params<Span>,
) -> Result<Json<Coverage>, ApiError> {
    let range = range_of(&app, &span)?;
    let rows = app.store.coverage(&caller.scope, range).await?;
    let cameras = rows.into_iter().map(|row| CameraCoverage {
        camera_id: row.camera_id,
        observed_ms: row.observed_ms,
        judged_ms: row.judged_ms,
        cannot_judge_ms: row.cannot_judge_ms,
    });
    Ok(Json(Coverage { cameras: cameras.collect() }))
}

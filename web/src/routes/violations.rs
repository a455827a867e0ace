//! Violations and the verdicts on them.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Id, Params},
    record::violation::{Dismissal, Violation, ViolationPage, ViolationQuery},
    registry::{Access, Routes},
};
use axum::{Json, extract::State};
use mingchu_domain::{id::ViolationId, role::Permission, violation::Verdict};
use mingchu_store::{PageKey, ViolationFilter};
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    let view = Access::Needs(Permission::ViewViolations);
    let review = Access::Needs(Permission::Review);
    routes
        .add(view, routes!(violations))
        .add(view, routes!(violation))
        .add(review, routes!(confirm))
        .add(review, routes!(dismiss))
        .add(review, routes!(undo))
}

/// Returns the violations of the caller's scope, newest first.
#[utoipa::path(
    get, path = "/api/v1/violations", tag = "violations", params(ViolationQuery),
    responses(
        (status = 200, body = ViolationPage), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 422, body = ErrorBody)
    )
)]
async fn violations(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<ViolationQuery>,
) -> Result<Json<ViolationPage>, ApiError> {
    let filter =
        ViolationFilter { state: query.state, code: query.code, canteen_id: query.canteen_id, since: query.since };
    let key = PageKey { after: query.cursor, limit: query.limit.unwrap_or(0) };
    let page = app.store.violations(&caller.scope, &filter, &key).await?;
    Ok(Json(ViolationPage { violations: page.items.into_iter().map(Violation::from).collect(), next: page.next }))
}

/// Returns one violation with everything the why card shows.
#[utoipa::path(
    get, path = "/api/v1/violations/{id}", tag = "violations", params(("id" = String, Path, description = "violation")),
    responses((status = 200, body = Violation), (status = 404, body = ErrorBody))
)]
async fn violation(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ViolationId>,
) -> Result<Json<Violation>, ApiError> {
    Ok(Json(app.store.violation(&caller.scope, id).await?.into()))
}

/// Confirms a violation; its notice becomes formal, with number and deadline.
#[utoipa::path(
    post, path = "/api/v1/violations/{id}/confirm", tag = "violations",
    params(("id" = String, Path, description = "violation")),
    responses(
        (status = 200, body = Violation), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "somebody has decided before")
    )
)]
async fn confirm(State(app): State<App>, caller: Caller, Id(id): Id<ViolationId>) -> Result<Json<Violation>, ApiError> {
    decide(&app, &caller, id, Verdict::Confirm).await
}

/// Dismisses a violation with one of six reasons; its notice is withdrawn.
#[utoipa::path(
    post, path = "/api/v1/violations/{id}/dismiss", tag = "violations",
    params(("id" = String, Path, description = "violation")), request_body = Dismissal,
    responses(
        (status = 200, body = Violation), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "somebody has decided before"),
        (status = 422, body = ErrorBody)
    )
)]
async fn dismiss(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ViolationId>,
    Body(dismissal): Body<Dismissal>,
) -> Result<Json<Violation>, ApiError> {
    decide(&app, &caller, id, Verdict::Dismiss(dismissal.reason)).await
}

/// Takes one's own verdict back, within 30 seconds and while the canteen has not answered.
#[utoipa::path(
    post, path = "/api/v1/violations/{id}/undo", tag = "violations",
    params(("id" = String, Path, description = "violation")),
    responses(
        (status = 200, body = Violation), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "too late, or another's verdict")
    )
)]
async fn undo(State(app): State<App>, caller: Caller, Id(id): Id<ViolationId>) -> Result<Json<Violation>, ApiError> {
    Ok(Json(app.store.undo_review(&caller.scope, id, &caller.reviewer(), app.now()).await?.into()))
}

async fn decide(app: &App, caller: &Caller, id: ViolationId, verdict: Verdict) -> Result<Json<Violation>, ApiError> {
    Ok(Json(app.store.review(&caller.scope, id, &caller.reviewer(), verdict, app.now()).await?.into()))
}

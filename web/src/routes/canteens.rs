//! Areas and canteens of the caller's scope.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::Id,
    links,
    record::place::{Area, AreaList, Canteen, CanteenList, CanteenSummary},
    registry::{Access, Routes},
};
use axum::{Json, extract::State};
use mingchu_domain::{id::CanteenId, role::Permission};
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    let access = Access::Needs(Permission::ViewPlaces);
    routes.add(access, routes!(areas)).add(access, routes!(canteens)).add(access, routes!(canteen))
}

/// Returns the area tree of the caller's scope.
#[utoipa::path(
    get, path = "/api/v1/areas", tag = "places",
    responses((status = 200, body = AreaList), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn areas(State(app): State<App>, caller: Caller) -> Result<Json<AreaList>, ApiError> {
    let areas = app.store.areas(&caller.scope).await?;
    let areas = areas.into_iter().map(|area| Area {
        id: area.id,
        parent_id: area.parent,
        name: area.name,
        name_en: area.name_en,
        level: area.level.as_str().to_owned(),
    });
    Ok(Json(AreaList { areas: areas.collect() }))
}

/// Returns the canteens of the caller's scope with what is open there.
#[utoipa::path(
    get, path = "/api/v1/canteens", tag = "places",
    responses((status = 200, body = CanteenList), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn canteens(State(app): State<App>, caller: Caller) -> Result<Json<CanteenList>, ApiError> {
    let summaries = app.store.canteens(&caller.scope, app.now()).await?;
    Ok(Json(CanteenList { canteens: summaries.into_iter().map(|summary| summary_record(&app, summary)).collect() }))
}

/// Returns one canteen with what is open there.
#[utoipa::path(
    get, path = "/api/v1/canteens/{id}", tag = "places", params(("id" = String, Path, description = "canteen")),
    responses((status = 200, body = CanteenSummary), (status = 404, body = ErrorBody))
)]
async fn canteen(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CanteenId>,
) -> Result<Json<CanteenSummary>, ApiError> {
    app.store.canteen(&caller.scope, id).await?;
    let summaries = app.store.canteens(&caller.scope, app.now()).await?;
    let summary = summaries.into_iter().find(|summary| summary.canteen.id == id);
    let summary = summary.ok_or_else(|| ApiError::not_found("canteen"))?;
    Ok(Json(summary_record(&app, summary)))
}

fn summary_record(app: &App, summary: mingchu_store::CanteenSummary) -> CanteenSummary {
    let mingchu_store::CanteenSummary { canteen, cameras, live, to_review, open_notices, overdue } = summary;
    let public_url = links::public_page(app, &canteen.code);
    let mingchu_store::Canteen { id, area_id, code, name, name_en, school, licence_no, grade } = canteen;
    let canteen = Canteen { id, area_id, code, name, name_en, school, licence_no, grade, public_url };
    let (viewers, public_viewers) = (app.live_seats.viewers(id), app.public_seats.viewers(id));
    CanteenSummary { canteen, cameras, live, to_review, open_notices, overdue, viewers, public_viewers }
}

//! Patrols (轮巡): what a wall of live pictures shows by turns, saved by name for the inspectors of an area.
//!
//! Whose reach is one canteen finds none and saves none: a patrol belongs to an area, and the area must be in scope.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Id},
    record::patrol::{Patrol, PatrolEdit, PatrolList},
    registry::{Access, Routes},
};
use axum::{Json, extract::State, http::StatusCode};
use mingchu_domain::{
    id::PatrolId,
    publication::ServiceWindow,
    role::{Permission, Scope},
};
use mingchu_store::{PatrolChoice, StoreError};
use std::collections::HashSet;
use utoipa_axum::routes;

const LONGEST_NAME: usize = 40;
const MOST_CAMERAS: usize = 400;
const MOST_WINDOWS: usize = 14;

pub(super) fn add(routes: Routes) -> Routes {
    let access = Access::Needs(Permission::ViewLive);
    routes
        .add(access, routes!(patrols))
        .add(access, routes!(save_patrol))
        .add(access, routes!(change_patrol))
        .add(access, routes!(delete_patrol))
}

/// Returns the patrols of the caller's areas.
#[utoipa::path(
    get, path = "/api/v1/patrols", tag = "live",
    responses((status = 200, body = PatrolList), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn patrols(State(app): State<App>, caller: Caller) -> Result<Json<PatrolList>, ApiError> {
    let (patrols, now) = (app.store.patrols(&caller.scope).await?, app.now());
    Ok(Json(PatrolList { patrols: patrols.into_iter().map(|patrol| Patrol::new(patrol, now)).collect() }))
}

/// Saves a new patrol.
#[utoipa::path(
    post, path = "/api/v1/patrols", tag = "live", request_body = PatrolEdit,
    responses(
        (status = 201, body = Patrol), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody, description = "area, canteen or camera outside the scope"),
        (status = 409, body = ErrorBody, description = "the area has a patrol of this name"),
        (status = 422, body = ErrorBody, description = "names the field and the remedy")
    )
)]
async fn save_patrol(
    State(app): State<App>,
    caller: Caller,
    Body(edit): Body<PatrolEdit>,
) -> Result<(StatusCode, Json<Patrol>), ApiError> {
    let (id, edit) = (PatrolId::generate(), checked(edit, &caller.scope)?);
    let saved = app.store.insert_patrol(&caller.scope, id, &edit, &caller.reviewer(), app.now()).await;
    saved.map_err(named)?;
    Ok((StatusCode::CREATED, Json(read(&app, &caller, id).await?)))
}

/// Saves what is now said of a patrol.
#[utoipa::path(
    put, path = "/api/v1/patrols/{id}", tag = "live", params(("id" = String, Path, description = "patrol")),
    request_body = PatrolEdit,
    responses(
        (status = 200, body = Patrol), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody, description = "patrol, area, canteen or camera outside the scope"),
        (status = 409, body = ErrorBody, description = "the area has another patrol of this name"),
        (status = 422, body = ErrorBody, description = "names the field and the remedy")
    )
)]
async fn change_patrol(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<PatrolId>,
    Body(edit): Body<PatrolEdit>,
) -> Result<Json<Patrol>, ApiError> {
    let edit = checked(edit, &caller.scope)?;
    let saved = app.store.change_patrol(&caller.scope, id, &edit, &caller.reviewer(), app.now()).await;
    saved.map_err(named)?;
    read(&app, &caller, id).await.map(Json)
}

/// Deletes a patrol.
#[utoipa::path(
    delete, path = "/api/v1/patrols/{id}", tag = "live", params(("id" = String, Path, description = "patrol")),
    responses((status = 204), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
async fn delete_patrol(State(app): State<App>, caller: Caller, Id(id): Id<PatrolId>) -> Result<StatusCode, ApiError> {
    app.store.delete_patrol(&caller.scope, id, &caller.reviewer(), app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read(app: &App, caller: &Caller, id: PatrolId) -> Result<Patrol, ApiError> {
    let patrols = app.store.patrols(&caller.scope).await?;
    let patrol = patrols.into_iter().find(|patrol| patrol.id == id);
    Ok(Patrol::new(patrol.ok_or_else(|| ApiError::not_found("patrol"))?, app.now()))
}

fn checked(edit: PatrolEdit, scope: &Scope) -> Result<mingchu_store::PatrolEdit, ApiError> {
    let area_id = match (edit.area_id, scope) {
        (Some(area), _) => area,
        (None, Scope::Area(own)) => *own,
        (None, _) => {
            return Err(ApiError::invalid("no_area", "area_id", "say in whose area the patrol is used"));
        }
    };
    let name = edit.name.trim().to_owned();
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) {
        return Err(ApiError::invalid("bad_name", "name", "give it a name of 1 to 40 characters"));
    }
    if ![1, 4, 9, 16].contains(&edit.tiles) {
        return Err(ApiError::invalid("bad_tiles", "tiles", "choose 1, 4, 9 or 16 pictures"));
    }
    if !(5..=600).contains(&edit.dwell_s) {
        return Err(ApiError::invalid("bad_dwell", "dwell_s", "a page stays 5 to 600 seconds"));
    }
    let choice = match (edit.canteen_id, edit.camera_ids) {
        (None, None) => PatrolChoice::Area,
        (Some(canteen), None) => PatrolChoice::Canteen(canteen),
        (None, Some(cameras)) if (1..=MOST_CAMERAS).contains(&cameras.len()) => {
            let mut seen = HashSet::new();
            PatrolChoice::Cameras(cameras.into_iter().filter(|camera| seen.insert(*camera)).collect())
        }
        (None, Some(_)) => {
            return Err(ApiError::invalid("bad_cameras", "camera_ids", "choose 1 to 400 cameras"));
        }
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid("bad_cameras", "camera_ids", "choose a canteen or cameras, not both"));
        }
    };
    if edit.hours.len() > MOST_WINDOWS {
        return Err(ApiError::invalid("too_many_hours", "hours", "give at most 14 hours"));
    }
    let windows: Result<Vec<_>, _> = edit.hours.iter().map(ServiceWindow::try_from).collect();
    let windows = windows.map_err(|invalid| ApiError::invalid("bad_hours", "hours", invalid.to_string()))?;
    Ok(mingchu_store::PatrolEdit { area_id, name, choice, tiles: edit.tiles, dwell_s: edit.dwell_s, windows })
}

/// Says in plain words that the name is taken.
fn named(error: StoreError) -> ApiError {
    match &error {
        StoreError::Conflict { constraint } if constraint == "patrol_area_id_name_key" => ApiError {
            field: Some("name"),
            ..ApiError::conflict("name_taken", "the area has a patrol of this name; choose another name")
        },
        _ => error.into(),
    }
}

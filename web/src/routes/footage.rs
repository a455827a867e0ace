//! The access ledger: nobody sees archived footage without an entry that says who, what and why
//! (国务院令第799号 Art. 16; design.md invariant 7).

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Id, Params},
    record::footage::{FootageView, FootageViewPage, LedgerEntry, NewFootageView, Reason, ViewQuery},
    registry::{Access, Routes},
};
use axum::{Json, extract::State, http::StatusCode};
use mingchu_domain::{
    footage::ViewReason,
    id::{CameraId, ViewId},
    role::Permission,
    time::{TimeRange, WallTime},
};
use mingchu_store::{ArchivedCamera, NewView, PageKey, ViewFilter};
use std::{collections::HashSet, time::Duration};
use utoipa_axum::routes;

/// How long an entry is good for looking.
const LIVES: Duration = Duration::from_secs(2 * 3600);
const MOST_CAMERAS: usize = 16;
const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);
/// How far ahead a view may end: a running day.
const AHEAD: Duration = Duration::from_secs(24 * 3600);
const SHORTEST_TEXT: usize = 2;
const LONGEST_TEXT: usize = 200;

pub(super) fn add(routes: Routes) -> Routes {
    let access = Access::Needs(Permission::ViewFootage);
    routes.add(access, routes!(new_footage_view, footage_views)).add(access, routes!(footage_view))
}

/// Writes into the access ledger who is going to look at which footage and why, and opens it for two hours.
#[utoipa::path(
    post, path = "/api/v1/footage-views", tag = "footage", request_body = NewFootageView,
    responses(
        (status = 201, body = FootageView),
        (status = 404, body = ErrorBody, description = "a camera outside the scope"),
        (status = 422, body = ErrorBody, description = "names the field and what it may be")
    )
)]
async fn new_footage_view(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<NewFootageView>,
) -> Result<(StatusCode, Json<FootageView>), ApiError> {
    let now = app.now();
    let distinct: HashSet<_> = asked.camera_ids.iter().collect();
    if distinct.len() != asked.camera_ids.len() || !(1..=MOST_CAMERAS).contains(&asked.camera_ids.len()) {
        let message = format!("name 1 to {MOST_CAMERAS} cameras, each once");
        return Err(ApiError::invalid("bad_cameras", "camera_ids", message));
    }
    let range = range_of(asked.from, asked.to, now)?;
    let view = NewView {
        id: ViewId::generate(),
        cameras: asked.camera_ids,
        range,
        purpose: asked.purpose,
        reason: asked.reason.code,
        reason_text: text_of(&asked.reason)?,
        created_at: now,
        expires_at: now + LIVES,
    };
    app.store.insert_view(&caller.person, &view).await?;
    let written = app.store.own_view(caller.person.id, view.id).await?;
    Ok((StatusCode::CREATED, Json(written.into())))
}

/// Returns who looked at which footage of the caller's scope, when and why, newest first.
#[utoipa::path(
    get, path = "/api/v1/footage-views", tag = "footage", params(ViewQuery),
    responses((status = 200, body = FootageViewPage), (status = 422, body = ErrorBody))
)]
async fn footage_views(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<ViewQuery>,
) -> Result<Json<FootageViewPage>, ApiError> {
    let person_id = match query.person.as_deref() {
        None => None,
        Some("me") => Some(caller.person.id),
        Some(_) => return Err(ApiError::invalid("bad_person", "person", "person is me, or left out for everybody")),
    };
    let filter = ViewFilter { canteen_id: query.canteen_id, camera_id: query.camera_id, person_id };
    let key = PageKey { after: query.cursor, limit: query.limit.unwrap_or(0) };
    let page = app.store.views(&caller.scope, &filter, &key).await?;
    let entry = |(view, cameras): (mingchu_store::FootageView, Vec<_>)| LedgerEntry {
        view: view.into(),
        cameras: cameras.into_iter().map(Into::into).collect(),
    };
    Ok(Json(FootageViewPage { views: page.items.into_iter().map(entry).collect(), next: page.next }))
}

/// Returns one's own entry of the ledger.
#[utoipa::path(
    get, path = "/api/v1/footage-views/{id}", tag = "footage", params(("id" = String, Path, description = "view")),
    responses((status = 200, body = FootageView), (status = 404, body = ErrorBody))
)]
async fn footage_view(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ViewId>,
) -> Result<Json<FootageView>, ApiError> {
    Ok(Json(app.store.own_view(caller.person.id, id).await?.into()))
}

fn range_of(from: WallTime, to: WallTime, now: WallTime) -> Result<TimeRange, ApiError> {
    let range = TimeRange::new(from, to).filter(|range| range.length() > Duration::ZERO);
    let range = range.ok_or_else(|| ApiError::invalid("bad_range", "to", "to must lie after from"))?;
    if from > now {
        return Err(ApiError::invalid("in_future", "from", "from lies in the future; nothing is recorded yet"));
    }
    if to > now + AHEAD {
        return Err(ApiError::invalid("in_future", "to", "to may lie at most a day ahead"));
    }
    if range.length() > LONGEST {
        return Err(ApiError::invalid("range_too_long", "to", "a view is at most 7 days long; make one for each week"));
    }
    Ok(range)
}

/// Returns the words of a reason; only a reason of the list may go without.
fn text_of(reason: &Reason) -> Result<String, ApiError> {
    let text = reason.text.as_deref().map(str::trim).unwrap_or_default();
    let length = text.chars().count();
    if text.is_empty() && reason.code != ViewReason::Other {
        return Ok(String::new());
    }
    if !(SHORTEST_TEXT..=LONGEST_TEXT).contains(&length) || text.chars().any(char::is_control) {
        let message = format!("say why in {SHORTEST_TEXT} to {LONGEST_TEXT} characters");
        return Err(ApiError::invalid("bad_reason", "reason.text", message));
    }
    Ok(text.to_owned())
}

/// Returns the camera and the range of a view that is the caller's, is good, and has the camera.
///
/// # Errors
/// 404 when it is not the caller's or has another camera, 410 when it has expired.
pub(super) async fn open_view(
    app: &App,
    caller: &Caller,
    view: ViewId,
    camera: CameraId,
) -> Result<(NewView, ArchivedCamera), ApiError> {
    let view = app.store.own_view(caller.person.id, view).await?.view;
    if !view.cameras.contains(&camera) {
        return Err(ApiError::not_found("camera"));
    }
    if view.expires_at <= app.now() {
        let message = "this entry of the access ledger has expired; give the reason again";
        return Err(ApiError::new(StatusCode::GONE, "view_expired", message));
    }
    // asked again: the person's reach may have changed since
    let camera = app.store.archived_camera(&caller.scope, camera).await?;
    Ok((view, camera))
}

/// Refuses a time outside the view.
pub(super) fn within_view(view: &NewView, field: &'static str, at: WallTime) -> Result<(), ApiError> {
    if at < view.range.start() || at > view.range.end() {
        let message = format!("{field} lies outside of what the access ledger says; make a new entry for it");
        return Err(ApiError::invalid("outside_view", field, message));
    }
    Ok(())
}

//! Cameras: seen by all who may view places, changed by those who configure.

use crate::{
    app::App,
    caller::Caller,
    camera_address,
    error::{ApiError, ErrorBody},
    extract::{Body, Id, Params},
    public_gate::{self, Candidate},
    record::{
        archive::Span,
        camera::{Camera, CameraChange, CameraList, NewCamera, ProbeReport, ProbeRequest},
    },
    registry::{Access, Routes},
};
use axum::{Json, extract::State, http::StatusCode};
use mingchu_domain::{
    geometry::Polygon,
    id::{CameraId, CanteenId, StreamId},
    live::CameraAddress,
    media::{Codec, StreamKind},
    role::Permission,
    time::TimeRange,
};
use mingchu_store::{Approved, CameraDetail};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use utoipa::IntoParams;
use utoipa_axum::routes;

/// Longest span of a timeline.
const LONGEST_SPAN: Duration = Duration::from_secs(31 * 24 * 3600);
const LONGEST_NAME: usize = 60;

pub(super) fn add(routes: Routes) -> Routes {
    let view = Access::Needs(Permission::ViewPlaces);
    let configure = Access::Needs(Permission::Configure);
    routes
        .add(view, routes!(cameras))
        .add(configure, routes!(add_camera))
        .add(configure, routes!(probe))
        .add(view, routes!(camera))
        .add(configure, routes!(change_camera, remove_camera))
}

/// Which cameras are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CameraQuery {
    /// Of this canteen only.
    #[param(value_type = Option<String>)]
    canteen_id: Option<CanteenId>,
}

/// Returns the cameras of the caller's scope.
#[utoipa::path(
    get, path = "/api/v1/cameras", tag = "cameras", params(CameraQuery),
    responses((status = 200, body = CameraList), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn cameras(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<CameraQuery>,
) -> Result<Json<CameraList>, ApiError> {
    let details = app.store.cameras(&caller.scope, query.canteen_id).await?;
    Ok(Json(CameraList { cameras: details.into_iter().map(Camera::from).collect() }))
}

/// Returns one camera.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}", tag = "cameras", params(("id" = String, Path, description = "camera")),
    responses((status = 200, body = Camera), (status = 404, body = ErrorBody))
)]
async fn camera(State(app): State<App>, caller: Caller, Id(id): Id<CameraId>) -> Result<Json<Camera>, ApiError> {
    Ok(Json(app.store.camera(&caller.scope, id).await?.into()))
}

/// Adds a camera; the gateway begins to pull it within seconds.
#[utoipa::path(
    post, path = "/api/v1/cameras", tag = "cameras", request_body = NewCamera,
    responses(
        (status = 201, body = Camera), (status = 404, body = ErrorBody, description = "canteen outside the scope"),
        (status = 422, body = ErrorBody, description = "names the field and the remedy")
    )
)]
async fn add_camera(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewCamera>,
) -> Result<(StatusCode, Json<Camera>), ApiError> {
    let name = checked_name(&new.name)?;
    let name_en = match new.name_en.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => name.clone(),
    };
    let (username, password) = (new.username.as_deref(), new.password.as_deref());
    let main = camera_address::parse("main_url", &new.main_url, username, password)?;
    let sub = match new.sub_url.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => Some(camera_address::parse("sub_url", text, username, password)?),
        _ => None,
    };
    app.store.canteen(&caller.scope, new.canteen_id).await?;
    let streams = std::iter::once((StreamKind::Main, main)).chain(sub.map(|sub| (StreamKind::Sub, sub)));
    let camera = mingchu_store::NewCamera {
        id: CameraId::generate(),
        canteen_id: new.canteen_id,
        name,
        name_en,
        zone: new.zone,
        outline: Polygon::whole(),
        is_synthetic: false,
        streams: streams.map(|(kind, address)| stream(kind, address)).collect(),
    };
    let now = app.now();
    app.store.insert_camera(&camera, now).await?;
    let detail = json!({ "canteen_id": camera.canteen_id, "zone": camera.zone });
    app.store.append_audit(&caller.actor(), "camera.add", &format!("camera:{}", camera.id), &detail, now).await?;
    Ok((StatusCode::CREATED, Json(app.store.camera(&caller.scope, camera.id).await?.into())))
}

fn stream(kind: StreamKind, address: CameraAddress) -> mingchu_store::NewStream {
    let CameraAddress { url, username, password } = address;
    mingchu_store::NewStream { id: StreamId::generate(), kind, url, username, password }
}

fn checked_name(name: &str) -> Result<String, ApiError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        let message = format!("a camera's name has 1 to {LONGEST_NAME} characters, as 备餐间1号");
        return Err(ApiError::invalid("bad_name", "name", message));
    }
    Ok(name.to_owned())
}

/// Asks a camera what it sends, before it is added.
#[utoipa::path(
    post, path = "/api/v1/cameras/probe", tag = "cameras", request_body = ProbeRequest,
    responses((status = 200, body = ProbeReport), (status = 422, body = ErrorBody, description = "why it cannot be used"))
)]
async fn probe(State(app): State<App>, Body(asked): Body<ProbeRequest>) -> Result<Json<ProbeReport>, ApiError> {
    let address = camera_address::parse("url", &asked.url, asked.username.as_deref(), asked.password.as_deref())?;
    let report = app.live.probe(&address).await.map_err(|failed| {
        let field = if failed.cause.as_str() == "wrong_password" { "password" } else { "url" };
        ApiError::invalid(failed.cause.as_str(), field, failed.message)
    })?;
    Ok(Json(ProbeReport {
        is_playable: report.codec == Codec::H264,
        codec: report.codec,
        codec_string: report.codec_string,
        width: report.width,
        height: report.height,
    }))
}

/// Changes a camera. Making one public passes the public gate.
#[utoipa::path(
    patch, path = "/api/v1/cameras/{id}", tag = "cameras", params(("id" = String, Path, description = "camera")),
    request_body = CameraChange,
    responses(
        (status = 200, body = Camera), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "the public gate refuses, with the reason"),
        (status = 422, body = ErrorBody)
    )
)]
async fn change_camera(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
    Body(change): Body<CameraChange>,
) -> Result<Json<Camera>, ApiError> {
    let before = app.store.camera(&caller.scope, id).await?;
    let name = change.name.as_deref().map(checked_name).transpose()?;
    refuse_to_publish(&before, &change)?;
    let now = app.now();
    let detail = json!({
        "is_public": change.is_public, "is_enabled": change.is_enabled, "name": name, "zone": change.zone
    });
    let change = mingchu_store::CameraChange {
        name,
        name_en: None,
        zone: change.zone,
        is_public: change.is_public,
        is_enabled: change.is_enabled,
    };
    app.store.change_camera(&caller.scope, id, &change, now).await?;
    app.gate_news.send_modify(|count| *count += 1);
    app.store.append_audit(&caller.actor(), "camera.change", &format!("camera:{id}"), &detail, now).await?;
    Ok(Json(app.store.camera(&caller.scope, id).await?.into()))
}

/// Asks the public gate about the camera as it would be after the change.
fn refuse_to_publish(before: &CameraDetail, change: &CameraChange) -> Result<(), ApiError> {
    let mut after = Candidate::new(before, &[], Approved::default());
    after.is_public = change.is_public.unwrap_or(after.is_public);
    if let Some(zone) = change.zone {
        after.is_zone_publishable = zone.may_be_public();
    }
    if !after.is_public {
        return Ok(());
    }
    public_gate::may_publish(after).map_err(|refused| ApiError {
        field: Some(if change.is_public.is_some() { "is_public" } else { "zone" }),
        ..ApiError::conflict(refused.code(), refused.to_string())
    })
}

/// Takes a camera out of use; its footage and violations stay.
#[utoipa::path(
    delete, path = "/api/v1/cameras/{id}", tag = "cameras", params(("id" = String, Path, description = "camera")),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
async fn remove_camera(State(app): State<App>, caller: Caller, Id(id): Id<CameraId>) -> Result<StatusCode, ApiError> {
    let now = app.now();
    app.store.remove_camera(&caller.scope, id, now).await?;
    app.gate_news.send_modify(|count| *count += 1);
    app.store.append_audit(&caller.actor(), "camera.remove", &format!("camera:{id}"), &json!({}), now).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the span asked for; the last 24 hours without one.
pub(super) fn range_of(app: &App, span: &Span) -> Result<TimeRange, ApiError> {
    let to = span.to.unwrap_or_else(|| app.now());
    let from = span.from.unwrap_or_else(|| to - Duration::from_secs(24 * 3600));
    let range = TimeRange::new(from, to).filter(|range| range.length() <= LONGEST_SPAN);
    range.ok_or_else(|| ApiError::invalid("bad_span", "from", "from must lie before to, at most 31 days"))
}

//! Live pictures for people who are signed in.

use crate::{
    app::App,
    caller::{self, Caller},
    error::{ApiError, ErrorBody},
    extract::{Id, Params},
    live_queue::LiveMessage,
    live_socket::{self, Show, StillAllowed, Wish},
    record::word,
    registry::{Access, Routes},
};
use axum::{
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use mingchu_domain::{
    id::{CameraId, StreamId},
    media::{Codec, StreamKind},
    role::Permission,
};
use mingchu_store::{CameraDetail, StreamInfo};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::routes;

/// When a picture was taken.
pub(super) const PICTURE_AT: HeaderName = HeaderName::from_static("x-picture-at");

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .add(Access::Needs(Permission::ViewLive), routes!(live))
        .add(Access::Needs(Permission::ViewLive), routes!(live_still))
}

/// Which stream is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LiveQuery {
    /// `main`, or `sub`, which is taken when left out and the camera has one.
    #[param(value_type = Option<word::StreamKind>)]
    pub(super) stream: Option<StreamKind>,
}

/// Opens a live picture over a WebSocket: text messages as described, binary init segment and fragments.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/live", tag = "live",
    params(("id" = String, Path, description = "camera"), LiveQuery),
    responses(
        (status = 101, body = LiveMessage, description = "text messages; binary ones are fragmented MP4"),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 503, body = ErrorBody, description = "too many viewers")
    )
)]
async fn live(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
    Params(query): Params<LiveQuery>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let camera = app.store.camera(&caller.scope, id).await?;
    let stream = playable_of(&camera, query.stream);
    let upgrade = upgraded(upgrade)?;
    let still_allowed = still_allowed(&app, &caller, id);
    let seat = app.live_seats.take(camera.camera.canteen_id).map_err(live_socket::full)?;
    live_socket::answer(app, upgrade, Wish { show: Show::Own(stream), still_allowed, seat }).await
}

/// Asks whether the sign-in lasts and its scope still holds the camera.
pub(super) fn still_allowed(app: &App, caller: &Caller, id: CameraId) -> StillAllowed {
    let (app, session) = (app.clone(), caller.session_sha256.clone());
    Box::new(move || {
        let (app, session) = (app.clone(), session.clone());
        Box::pin(async move {
            let caller = caller::of_session(&app, session).await?;
            app.store.camera(&caller.scope, id).await?;
            Ok(())
        })
    })
}

/// Returns the newest picture, for where no video plays: ask once a second. Its time is in `x-picture-at`.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/live.jpg", tag = "live",
    params(("id" = String, Path, description = "camera"), LiveQuery),
    responses((status = 200, content_type = "image/jpeg"), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 503, body = ErrorBody, description = "no picture, with cause and since"))
)]
async fn live_still(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
    Params(query): Params<LiveQuery>,
) -> Result<Response, ApiError> {
    let camera = app.store.camera(&caller.scope, id).await?;
    let stream = stream_of(&camera, query.stream).ok_or_else(|| ApiError::not_found("this stream"))?;
    let still = app.live.still(stream).await.map_err(|refused| live_socket::refused(&refused))?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
        (PICTURE_AT, HeaderValue::from_str(&still.at.to_string()).unwrap_or(HeaderValue::from_static(""))),
    ];
    Ok((headers, still.jpeg).into_response())
}

/// Returns the stream asked for; without a wish the small one, else the only one.
pub(super) fn stream_of(camera: &CameraDetail, wished: Option<StreamKind>) -> Option<StreamId> {
    let of_kind = |kind| camera.streams.iter().find(|stream| stream.kind == kind).map(|stream| stream.id);
    match wished {
        Some(kind) => of_kind(kind),
        None => of_kind(StreamKind::Sub).or_else(|| of_kind(StreamKind::Main)),
    }
}

/// Returns the stream asked for; an H.265 main stream gives way to an H.264 sub-stream, which needs no transcode.
pub(super) fn playable_of(camera: &CameraDetail, wished: Option<StreamKind>) -> Option<StreamId> {
    let wanted = stream_of(camera, wished);
    let codec = |found: &StreamInfo| found.status.codec;
    let is_h265 = camera.streams.iter().any(|one| Some(one.id) == wanted && codec(one) == Some(Codec::H265));
    let sub = camera.streams.iter().find(|one| one.kind == StreamKind::Sub && codec(one) == Some(Codec::H264));
    if is_h265 { sub.map(|sub| sub.id).or(wanted) } else { wanted }
}

/// Tells a plain request that this address speaks WebSocket.
pub(super) fn upgraded(
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<WebSocketUpgrade, ApiError> {
    upgrade
        .map_err(|_| ApiError::new(StatusCode::UPGRADE_REQUIRED, "websocket_only", "open this address as a WebSocket"))
}

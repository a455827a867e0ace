//! Live pictures by plain HTTP: an address with a ticket, then playlists and pieces that caches may keep.

use super::{
    live::{playable_of, stream_of},
    public::{let_through, watchable},
};
use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{ClientAddress, Id, Params, Segments},
    hls::{Audience, NoEntry, Object, Packager, Reload, Show},
    live_socket,
    record::{live::LiveAddress, word},
    registry::{Access, Routes},
};
use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use mingchu_domain::{
    id::CameraId,
    media::StreamKind,
    role::{Permission, Scope},
};
use mingchu_store::CameraDetail;
use serde::Deserialize;
use std::sync::Arc;
use utoipa::IntoParams;
use utoipa_axum::routes;

/// A piece never changes: its number is used once.
const FOR_EVER: &str = "public, max-age=3600, immutable";
/// The answer to one blocking reload never changes either, but is of no use for long.
const FOR_A_MOMENT: &str = "public, max-age=10";
const FOR_A_SECOND: &str = "public, max-age=1";

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .add(Access::Needs(Permission::ViewLive), routes!(live_address))
        .add(Access::Open, routes!(public_live_address))
        .add(Access::LiveTicket, routes!(live_file))
        .add(Access::LiveTicket, routes!(live_ticket))
}

/// Which stream is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StreamQuery {
    /// `main`, or `sub`, which is taken when left out and the camera has one.
    #[param(value_type = Option<word::StreamKind>)]
    stream: Option<StreamKind>,
}

/// Returns where a camera's live playlist (LL-HLS) is, for the next minutes.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/live-address", tag = "live",
    params(("id" = String, Path, description = "camera"), StreamQuery),
    responses((status = 200, body = LiveAddress), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody))
)]
async fn live_address(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
    Params(query): Params<StreamQuery>,
) -> Result<Json<LiveAddress>, ApiError> {
    let camera = app.store.camera(&caller.scope, id).await?;
    let stream = wanted(&camera, query.stream).ok_or_else(|| ApiError::not_found("this stream"))?;
    Ok(Json(address(&app, Show { audience: Audience::Staff, camera: id, stream })))
}

/// Returns where a public camera's live playlist (LL-HLS) is, for the next minutes, if the public gate lets it.
#[utoipa::path(
    get, path = "/api/v1/public/canteens/{code}/cameras/{id}/live-address", tag = "public",
    params(("code" = String, Path, description = "short code"), ("id" = String, Path, description = "camera")),
    responses((status = 200, body = LiveAddress),
        (status = 403, body = ErrorBody, description = "the public gate refuses, with the reason"),
        (status = 404, body = ErrorBody), (status = 429, body = ErrorBody))
)]
async fn public_live_address(
    State(app): State<App>,
    client: ClientAddress,
    segments: Segments<(String, String)>,
) -> Result<Json<LiveAddress>, ApiError> {
    super::public::limited(&app, client)?;
    let Segments((code, id)) = segments;
    let id: CameraId = id.parse().map_err(|_| ApiError::not_found("camera"))?;
    watchable(&app, &code, id).await?;
    Ok(Json(address(&app, Show { audience: Audience::Public, camera: id, stream: StreamKind::Sub })))
}

fn wanted(camera: &CameraDetail, wished: Option<StreamKind>) -> Option<StreamKind> {
    let id = playable_of(camera, wished)?;
    camera.streams.iter().find(|stream| stream.id == id).map(|stream| stream.kind)
}

fn address(app: &App, show: Show) -> LiveAddress {
    let (ticket, expires_at) = app.tickets.issue(show, app.now());
    LiveAddress { playlist: format!("/live/{ticket}/{show}/index.m3u8"), expires_at }
}

/// How a playlist is asked for (LL-HLS delivery directives).
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Directives {
    /// Answer when this segment is in the list.
    #[serde(rename = "_HLS_msn")]
    msn: Option<u64>,
    /// Answer when this part of the segment is in the list.
    #[serde(rename = "_HLS_part")]
    part: Option<u32>,
    /// `YES` or `v2`: leave out what is old.
    #[serde(rename = "_HLS_skip")]
    skip: Option<String>,
}

/// Returns a playlist, an init segment, a segment or a part of one. A piece that was announced is waited for.
#[utoipa::path(
    get, path = "/live/{ticket}/{audience}/{id}/{stream}/{file}", tag = "live",
    params(("ticket" = String, Path), ("audience" = String, Path, description = "staff or public"),
        ("id" = String, Path, description = "camera"), ("stream" = String, Path, description = "main or sub"),
        ("file" = String, Path, description = "index.m3u8, init-N.mp4, seg-N.m4s or part-N-M.m4s"), Directives),
    responses((status = 200, content_type = "application/vnd.apple.mpegurl"), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody, description = "the ticket is forged, of another stream, or expired"),
        (status = 404, body = ErrorBody), (status = 503, body = ErrorBody, description = "no pictures"))
)]
async fn live_file(
    State(app): State<App>,
    uri: Uri,
    Params(directives): Params<Directives>,
) -> Result<Response, ApiError> {
    let (show, file) = app.tickets.admit(uri.path(), app.now()).map_err(no_entry)?;
    if file == "index.m3u8" {
        let reload = reload(&directives)?;
        let text = packager(&app, show).await?.playlist(reload).await?;
        let keep = if reload.until.is_some() { FOR_A_MOMENT } else { FOR_A_SECOND };
        let headers = [(header::CONTENT_TYPE, "application/vnd.apple.mpegurl"), (header::CACHE_CONTROL, keep)];
        return Ok((headers, text).into_response());
    }
    let object = Object::parse(file).ok_or_else(|| ApiError::not_found("this file"))?;
    let running = running(&app, show).await?;
    let chunks = running.ok_or_else(|| ApiError::not_found("this live picture"))?.object(object).await?;
    let kind = if matches!(object, Object::Init(_)) { "video/mp4" } else { "video/iso.segment" };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, FOR_EVER)];
    let body = match <[_; 1]>::try_from(chunks) {
        Ok([whole]) => Body::from(whole),
        Err(chunks) => Body::from(chunks.concat()),
    };
    Ok((headers, body).into_response())
}

/// Tells a proxy in front (nginx `auth_request`) whether the ticket in `X-Original-URI` is good.
#[utoipa::path(
    get, path = "/live-ticket", tag = "live",
    params(("x-original-uri" = String, Header, description = "the path below /live/ that was asked for")),
    responses((status = 204), (status = 403, body = ErrorBody))
)]
async fn live_ticket(State(app): State<App>, headers: HeaderMap) -> Result<StatusCode, ApiError> {
    let asked = headers.get("x-original-uri").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = asked.split('?').next().unwrap_or_default();
    app.tickets.admit(path, app.now()).map_err(no_entry)?;
    Ok(StatusCode::NO_CONTENT)
}

fn no_entry(refused: NoEntry) -> ApiError {
    match refused {
        NoEntry::Unknown => ApiError::forbidden("ticket_unknown", "this live address is not valid; ask for a new one"),
        NoEntry::Expired => ApiError::forbidden("ticket_expired", "this live address has expired; ask for a new one"),
    }
}

fn reload(directives: &Directives) -> Result<Reload, ApiError> {
    let part = directives.part.map(|part| part as usize);
    if part.is_some() && directives.msn.is_none() {
        let message = "_HLS_part needs _HLS_msn";
        return Err(ApiError {
            field: Some("_HLS_part"),
            ..ApiError::new(StatusCode::BAD_REQUEST, "invalid_query", message)
        });
    }
    let is_delta = matches!(directives.skip.as_deref(), Some("YES" | "v2"));
    Ok(Reload { until: directives.msn.map(|number| (number, part)), is_delta })
}

/// Returns the stream if somebody fetches it. The public gate is asked again and again while it runs.
async fn running(app: &App, show: Show) -> Result<Option<Arc<Packager>>, ApiError> {
    let Some(running) = app.hls.running(show).await else { return Ok(None) };
    if show.audience == Audience::Public
        && running.must_ask_gate(app.config.live_check)
        && let Err(refused) = shown_now(app, show).await
    {
        app.hls.end(show, &running).await;
        return Err(refused);
    }
    Ok(Some(running))
}

/// Returns the stream, begun if nobody fetches it yet.
async fn packager(app: &App, show: Show) -> Result<Arc<Packager>, ApiError> {
    if let Some(running) = running(app, show).await? {
        return Ok(running);
    }
    let what = shown_now(app, show).await?;
    app.hls.begin(app, show, what).await
}

/// Returns what is shown; to the public a derivative, and only if the gate lets the camera through now.
async fn shown_now(app: &App, show: Show) -> Result<live_socket::Show, ApiError> {
    let camera = app.store.camera(&Scope::All, show.camera).await?;
    if show.audience == Audience::Public {
        return let_through(app, &camera).await.map(live_socket::Show::Public);
    }
    let stream = stream_of(&camera, Some(show.stream)).ok_or_else(|| ApiError::not_found("this stream"))?;
    Ok(live_socket::Show::Own(Some(stream)))
}

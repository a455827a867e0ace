//! WHEP: live pictures over WebRTC for people who are signed in (draft-ietf-wish-whep; RFC 9725 §4 for the exchange).

use super::live::{LiveQuery, playable_of, still_allowed};
use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Id, Params, ReachedAddress, Segments},
    live_socket,
    registry::{Access, Routes},
    whep::{LARGEST_OFFER_BYTES, Wish},
};
use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use mingchu_domain::{id::CameraId, role::Permission};
use utoipa_axum::routes;

const SDP: &str = "application/sdp";

pub(super) fn add(routes: Routes) -> Routes {
    let (schemas, paths, methods) = routes!(begin);
    let begin = (schemas, paths, methods.layer(DefaultBodyLimit::max(LARGEST_OFFER_BYTES)));
    routes.add(Access::Needs(Permission::ViewLive), begin).add(Access::Needs(Permission::ViewLive), routes!(end))
}

/// Opens a live picture over WebRTC: an SDP offer in, an SDP answer out. `Location` names the session; DELETE ends it.
/// The server is ICE-lite and tells one host candidate, so nothing is trickled.
#[utoipa::path(
    post, path = "/api/v1/cameras/{id}/whep", tag = "live",
    params(("id" = String, Path, description = "camera"), LiveQuery),
    request_body(content = String, content_type = "application/sdp", description = "an offer that receives H.264"),
    responses(
        (status = 201, body = String, content_type = "application/sdp", description = "the answer"),
        (status = 400, body = ErrorBody, description = "the body is no SDP offer"),
        (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 413, body = ErrorBody), (status = 415, body = ErrorBody),
        (status = 422, body = ErrorBody, description = "the offer has no H.264, no video, or too many tracks"),
        (status = 503, body = ErrorBody, description = "no picture, with cause and since, or too many viewers")
    )
)]
async fn begin(
    State(app): State<App>,
    caller: Caller,
    ReachedAddress(reached): ReachedAddress,
    Id(id): Id<CameraId>,
    Params(query): Params<LiveQuery>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let camera = app.store.camera(&caller.scope, id).await?;
    let stream = playable_of(&camera, query.stream).ok_or_else(|| ApiError::not_found("this stream"))?;
    let offer = offer_in(&headers, body)?;
    let seat = app.live_seats.take(camera.camera.canteen_id).map_err(live_socket::full)?;
    let owner = caller.session_sha256.clone();
    let still_allowed = still_allowed(&app, &caller, id);
    let opened = app.whep.open(&app, Wish { stream, offer, owner, reached, seat, still_allowed }).await?;
    let location = HeaderValue::from_str(&format!("/api/v1/whep/{}", opened.id));
    let location = location.map_err(|error| ApiError::internal(&error))?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(SDP)), (header::LOCATION, location)];
    Ok((StatusCode::CREATED, headers, opened.answer).into_response())
}

fn offer_in(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<String, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(SDP)) {
        let message = "send the SDP offer with content-type application/sdp";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_sdp", message));
    }
    let body = body.map_err(|refused| {
        let message = format!("an offer has at most {LARGEST_OFFER_BYTES} bytes: {}", refused.body_text());
        ApiError::new(refused.status(), "offer_too_large", message)
    })?;
    String::from_utf8(body.into()).map_err(|_| {
        let message = "the body is no SDP offer: it is not UTF-8";
        ApiError { field: Some("body"), ..ApiError::new(StatusCode::BAD_REQUEST, "bad_offer", message) }
    })
}

/// Ends a WebRTC session that this sign-in opened.
#[utoipa::path(
    delete, path = "/api/v1/whep/{session}", tag = "live",
    params(("session" = String, Path, description = "as `Location` named it")),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
async fn end(
    State(app): State<App>,
    caller: Caller,
    Segments(session): Segments<String>,
) -> Result<StatusCode, ApiError> {
    let is_ended = app.whep.end(&session, &caller.session_sha256);
    if is_ended { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::not_found("this session")) }
}

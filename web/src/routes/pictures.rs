//! Pictures and clips: evidence, stills, photos of rectifications. All show people: never cached, and whoever
//! views archived footage is in the audit trail first (design.md invariant 7).

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Id, Segments},
    range::{self, Wanted},
    registry::{Access, Routes},
};
use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use mingchu_domain::{
    id::{CameraId, RectificationId, ViolationId},
    role::Permission,
};
use serde_json::json;
use std::io::SeekFrom;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;
use utoipa_axum::routes;

/// Pictures of people stay out of every cache.
const PRIVATE: &str = "private, no-store";

pub(super) fn add(routes: Routes) -> Routes {
    let evidence = Access::Needs(Permission::ViewViolations);
    routes
        .add(evidence, routes!(decision_frame))
        .add(evidence, routes!(snapshot))
        .add(evidence, routes!(clip))
        .add(Access::Needs(Permission::ViewLive), routes!(still))
        .add(Access::Needs(Permission::ViewNotices), routes!(rectification_photo))
}

/// Returns a decision frame, `1.jpg` to `3.jpg`. The viewing is recorded.
#[utoipa::path(
    get, path = "/api/v1/violations/{id}/frames/{file}", tag = "violations",
    params(("id" = String, Path, description = "violation"), ("file" = String, Path, description = "`1.jpg` to `3.jpg`")),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = ErrorBody))
)]
async fn decision_frame(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ViolationId>,
    segments: Segments<(String, String)>,
) -> Result<Response, ApiError> {
    let violation = app.store.violation(&caller.scope, id).await?;
    let Segments((_, file)) = segments;
    let number = file.strip_suffix(".jpg").and_then(|number| number.parse::<usize>().ok());
    let frame = number.and_then(|number| number.checked_sub(1)).and_then(|index| violation.frames.get(index));
    let frame = frame.ok_or_else(|| ApiError::not_found("frame"))?;
    record_viewing(&app, &caller, "frame.view", id).await?;
    jpeg(&app, &frame.object_key).await
}

/// Returns the snapshot of a violation. The viewing is recorded.
#[utoipa::path(
    get, path = "/api/v1/violations/{id}/snapshot.jpg", tag = "violations",
    params(("id" = String, Path, description = "violation")),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = ErrorBody))
)]
async fn snapshot(State(app): State<App>, caller: Caller, Id(id): Id<ViolationId>) -> Result<Response, ApiError> {
    let violation = app.store.violation(&caller.scope, id).await?;
    record_viewing(&app, &caller, "frame.view", id).await?;
    jpeg(&app, &violation.snapshot_key).await
}

/// Returns the evidence clip, whole or by range. The viewing is recorded.
#[utoipa::path(
    get, path = "/api/v1/violations/{id}/clip.mp4", tag = "violations",
    params(("id" = String, Path, description = "violation"), ("range" = Option<String>, Header, description = "one range")),
    responses(
        (status = 200, content_type = "video/mp4"), (status = 206, content_type = "video/mp4"),
        (status = 404, body = ErrorBody), (status = 416, description = "outside the clip")
    )
)]
async fn clip(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ViolationId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let violation = app.store.violation(&caller.scope, id).await?;
    let clip = violation.evidence.clip.ok_or_else(|| ApiError::not_found("clip"))?;
    record_viewing(&app, &caller, "clip.view", id).await?;
    let (file, len) = app.store.objects().open(&clip.object_key).await?;
    serve_file(file, len, headers.get(header::RANGE)).await
}

/// Returns the last picture of a camera.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/still.jpg", tag = "cameras", params(("id" = String, Path, description = "camera")),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = ErrorBody))
)]
async fn still(State(app): State<App>, caller: Caller, Id(id): Id<CameraId>) -> Result<Response, ApiError> {
    app.store.camera(&caller.scope, id).await?;
    jpeg(&app, &format!("still/{id}.jpg")).await
}

/// Returns the photo of a rectification.
#[utoipa::path(
    get, path = "/api/v1/rectifications/{id}/photo.jpg", tag = "notices",
    params(("id" = String, Path, description = "rectification")),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = ErrorBody))
)]
async fn rectification_photo(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<RectificationId>,
) -> Result<Response, ApiError> {
    let rectification = app.store.rectification(&caller.scope, id).await?;
    let photo = rectification.photo.ok_or_else(|| ApiError::not_found("photo"))?;
    jpeg(&app, &photo.object_key).await
}

/// Writes who views what and why, once per viewing; without the row there is no picture.
async fn record_viewing(app: &App, caller: &Caller, action: &str, id: ViolationId) -> Result<(), ApiError> {
    let (person, now) = (caller.person.id, app.now());
    let subject = format!("violation:{id}");
    let viewing = format!("{action} {subject}");
    if app.ledger.is_new(person, &viewing, now) {
        let detail = json!({ "reason": "review", "office": caller.person.office });
        app.store.append_audit(&caller.actor(), action, &subject, &detail, now).await?;
        app.ledger.note(person, &viewing, now);
    }
    Ok(())
}

async fn jpeg(app: &App, key: &str) -> Result<Response, ApiError> {
    let bytes = app.store.objects().get(key).await?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, PRIVATE)], bytes).into_response())
}

/// Answers with a file, or the range of it that is asked for.
pub(super) async fn serve_file(
    mut file: tokio::fs::File,
    len: u64,
    asked: Option<&HeaderValue>,
) -> Result<Response, ApiError> {
    let asked = asked.and_then(|value| value.to_str().ok());
    let (status, first, last) = match range::wanted(asked, len) {
        Wanted::Outside => {
            let headers = [(header::CONTENT_RANGE, format!("bytes */{len}"))];
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
        Wanted::Whole => (StatusCode::OK, 0, len.saturating_sub(1)),
        Wanted::Part(first, last) => (StatusCode::PARTIAL_CONTENT, first, last),
    };
    let length = if len == 0 { 0 } else { last - first + 1 };
    file.seek(SeekFrom::Start(first)).await.map_err(|error| ApiError::internal(&error))?;
    let body = Body::from_stream(ReaderStream::with_capacity(file.take(length), 64 << 10));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("video/mp4"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(PRIVATE));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(value) = HeaderValue::from_str(&format!("bytes {first}-{last}/{len}"))
    {
        headers.insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

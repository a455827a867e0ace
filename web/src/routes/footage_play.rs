//! Archived pictures, for those with an entry in the access ledger: playlist, files by range, stills.

use super::{
    footage::{open_view, within_view},
    live::PICTURE_AT,
    pictures::serve_file,
    timeline::stream_of,
};
use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Params, Segments},
    footage::{StillPick, StillWish},
    record::footage::{PlayQuery, StillQuery},
    registry::{Access, Routes},
};
use axum::{
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use mingchu_domain::{
    footage::FootageRefused,
    id::{CameraId, InvalidId, SegmentId, ViewId},
    role::Permission,
    time::TimeRange,
};
use std::{ops::RangeInclusive, time::Duration};
use utoipa_axum::routes;

/// Pictures of people stay out of every cache.
const PRIVATE: &str = "private, no-store";
const LONGEST_PLAYLIST: Duration = Duration::from_secs(6 * 3600);
const WIDTHS: RangeInclusive<u32> = 16..=1920;
/// Codec strings of a playlist (RFC 6381).
const CODECS: HeaderName = HeaderName::from_static("x-codecs");

pub(super) fn add(routes: Routes) -> Routes {
    let access = Access::Needs(Permission::ViewFootage);
    routes
        .add(access, routes!(footage_playlist))
        .add(access, routes!(footage_segment))
        .add(access, routes!(footage_still))
}

/// Returns the HLS playlist of a part of a view: byte ranges of the archive's files, nothing copied, nothing transcoded.
///
/// It begins with the key picture at or before `from`. A gap is a discontinuity; the timeline says why it is there.
#[utoipa::path(
    get, path = "/api/v1/footage-views/{view_id}/cameras/{camera_id}/index.m3u8", tag = "footage",
    params(
        ("view_id" = String, Path, description = "view"), ("camera_id" = String, Path, description = "camera"), PlayQuery
    ),
    responses(
        (status = 200, content_type = "application/vnd.apple.mpegurl", body = String,
            headers(("x-codecs" = String, description = "codec strings, separated by commas"))),
        (status = 404, body = ErrorBody, description = "no such view, or no footage then"),
        (status = 410, body = ErrorBody, description = "the view has expired"), (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody, description = "this server has no archive")
    )
)]
async fn footage_playlist(
    State(app): State<App>,
    caller: Caller,
    segments: Segments<(String, String)>,
    Params(query): Params<PlayQuery>,
) -> Result<Response, ApiError> {
    let Segments((view, camera)) = segments;
    let (view, camera) = open_view(&app, &caller, id::<ViewId>(&view)?, id::<CameraId>(&camera)?).await?;
    let (from, to) = (query.from.unwrap_or(view.range.start()), query.to.unwrap_or(view.range.end()));
    within_view(&view, "from", from)?;
    within_view(&view, "to", to)?;
    let range = TimeRange::new(from, to).filter(|range| range.length() > Duration::ZERO);
    let range = range.ok_or_else(|| ApiError::invalid("bad_range", "to", "to must lie after from"))?;
    if range.length() > LONGEST_PLAYLIST {
        return Err(ApiError::invalid("range_too_long", "to", "a playlist is at most 6 hours long; ask for less"));
    }
    let stream = stream_of(&camera, query.stream).ok_or_else(|| ApiError::not_found("stream"))?;
    let playlist = app.footage.playlist(stream.id, range).await.map_err(refused)?;
    let codecs = HeaderValue::from_str(&playlist.codecs.join(",")).unwrap_or(HeaderValue::from_static(""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.apple.mpegurl")),
        (header::CACHE_CONTROL, HeaderValue::from_static(PRIVATE)),
        (CODECS, codecs),
    ];
    Ok((headers, playlist.text).into_response())
}

/// Returns an archive file of a view, whole or by range. A view opens whole files: up to a minute more at either end.
#[utoipa::path(
    get, path = "/api/v1/footage-views/{view_id}/cameras/{camera_id}/segments/{file}", tag = "footage",
    params(
        ("view_id" = String, Path, description = "view"), ("camera_id" = String, Path, description = "camera"),
        ("file" = String, Path, description = "as the playlist names it, `ID.mp4`"),
        ("range" = Option<String>, Header, description = "one range")
    ),
    responses(
        (status = 200, content_type = "video/mp4"), (status = 206, content_type = "video/mp4"),
        (status = 404, body = ErrorBody), (status = 416, description = "outside the file"),
        (status = 410, body = ErrorBody, description = "the view has expired, or the file is missing or damaged"),
        (status = 503, body = ErrorBody, description = "this server has no archive")
    )
)]
async fn footage_segment(
    State(app): State<App>,
    caller: Caller,
    segments: Segments<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let Segments((view, camera, file)) = segments;
    let (view, camera) = open_view(&app, &caller, id::<ViewId>(&view)?, id::<CameraId>(&camera)?).await?;
    let name = file.strip_suffix(".mp4").ok_or_else(|| ApiError::not_found("segment"))?;
    let row = app.store.segment(id::<SegmentId>(name)?).await?;
    let is_of_view = camera.streams.iter().any(|stream| stream.id == row.stream_id)
        && row.range.start() < view.range.end()
        && row.range.end() > view.range.start();
    if !is_of_view {
        return Err(ApiError::not_found("segment"));
    }
    let open = app.footage.open(row.id).await.map_err(refused)?;
    serve_file(open.file, open.size_bytes, headers.get(header::RANGE)).await
}

/// Returns a picture of a view as JPEG.
#[utoipa::path(
    get, path = "/api/v1/footage-views/{view_id}/cameras/{camera_id}/still.jpg", tag = "footage",
    params(
        ("view_id" = String, Path, description = "view"), ("camera_id" = String, Path, description = "camera"), StillQuery
    ),
    responses(
        (status = 200, content_type = "image/jpeg",
            headers(("x-picture-at" = String, description = "the picture's own time"))),
        (status = 404, body = ErrorBody, description = "no such view, or no footage then"),
        (status = 410, body = ErrorBody, description = "the view has expired, or the file is missing or damaged"),
        (status = 422, body = ErrorBody),
        (status = 503, body = ErrorBody, description = "this server has no archive, or decodes too many pictures")
    )
)]
async fn footage_still(
    State(app): State<App>,
    caller: Caller,
    segments: Segments<(String, String)>,
    Params(query): Params<StillQuery>,
) -> Result<Response, ApiError> {
    let Segments((view, camera)) = segments;
    let (view, camera) = open_view(&app, &caller, id::<ViewId>(&view)?, id::<CameraId>(&camera)?).await?;
    within_view(&view, "at", query.at)?;
    if query.width.is_some_and(|width| !WIDTHS.contains(&width)) {
        let message = format!("width is {} to {} pixels, or left out", WIDTHS.start(), WIDTHS.end());
        return Err(ApiError::invalid("bad_width", "width", message));
    }
    let stream = stream_of(&camera, query.stream).ok_or_else(|| ApiError::not_found("stream"))?.id;
    let which = if query.exact.unwrap_or(false) { StillPick::Exact } else { StillPick::Key };
    let wish = StillWish { stream, at: query.at, which, width: query.width };
    let still = app.footage.still(wish).await.map_err(refused)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
        (header::CACHE_CONTROL, HeaderValue::from_static(PRIVATE)),
        (PICTURE_AT, HeaderValue::from_str(&still.at.to_string()).unwrap_or(HeaderValue::from_static(""))),
    ];
    Ok((headers, still.jpeg).into_response())
}

/// Reads an id of the path; text that is none answers 404, as an unknown id does.
fn id<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|invalid: InvalidId| ApiError::not_found(invalid.kind))
}

fn refused(refused: FootageRefused) -> ApiError {
    let message = refused.to_string();
    match refused {
        FootageRefused::NoGateway => ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "no_gateway", message),
        FootageRefused::NoFootage(_) => ApiError::new(StatusCode::NOT_FOUND, "no_footage", message),
        FootageRefused::FileMissing(_) => ApiError::new(StatusCode::GONE, "file_missing", message),
        FootageRefused::FileDamaged(_) => ApiError::new(StatusCode::GONE, "file_damaged", message),
        FootageRefused::DiskAway => ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "disk_away", message),
        FootageRefused::NotDecodable(_) => ApiError::conflict("not_decodable", message),
        FootageRefused::Busy => {
            ApiError { retry_after_s: Some(1), ..ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message) }
        }
        FootageRefused::Failed(_) => ApiError::internal(&refused),
    }
}

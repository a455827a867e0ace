//! The public page of a canteen. Everything here is open: facts a person has confirmed, no pictures of people but
//! those the public gate lets through, and a limit per address.

use super::live::{stream_of, upgraded};
use crate::{
    app::App,
    error::{ApiError, ErrorBody},
    extract::{ClientAddress, Segments},
    links,
    live_queue::LiveMessage,
    live_socket::{self, Show, Wish},
    public_gate::{Candidate, Publication, Refused, is_published, is_time, may_watch},
    record::public::{
        PublicCamera, PublicCanteen, PublicCanteenList, PublicCanteenName, PublicHours, PublicItem, PublicWeek,
    },
    registry::{Access, Routes},
};
use axum::{
    Json,
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::header,
    response::{IntoResponse, Response},
};
use mingchu_domain::{
    derivative::PublicWish,
    id::{CameraId, CanteenId},
    media::StreamKind,
    publication::{ServiceWindow, today},
    role::Scope,
    time::TimeRange,
};
use mingchu_store::{Approved, CameraDetail, Canteen, PublicationFact};
use qrcode::{QrCode, render::svg};
use std::{collections::HashMap, time::Duration};
use utoipa_axum::routes;

const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .add(Access::Open, routes!(public_canteens))
        .add(Access::Open, routes!(public_canteen))
        .add(Access::Open, routes!(public_live))
        .add(Access::Open, routes!(qr))
}

pub(super) fn limited(app: &App, ClientAddress(address): ClientAddress) -> Result<(), ApiError> {
    app.public_limit
        .take(address, app.now())
        .map_err(|wait_s| ApiError::too_many("too_many_requests", "too many requests; wait a minute", wait_s))
}

/// Returns the canteens of a demo; elsewhere a canteen is found by its QR code only.
#[utoipa::path(
    get, path = "/api/v1/public/canteens", tag = "public",
    responses((status = 200, body = PublicCanteenList), (status = 404, body = ErrorBody), (status = 429, body = ErrorBody))
)]
async fn public_canteens(State(app): State<App>, client: ClientAddress) -> Result<Json<PublicCanteenList>, ApiError> {
    limited(&app, client)?;
    if !app.config.is_demo {
        return Err(ApiError::not_found("a public list of canteens"));
    }
    let summaries = app.store.canteens(&Scope::All, app.now()).await?;
    let canteens = summaries.into_iter().map(|summary| {
        let Canteen { code, name, name_en, school, .. } = summary.canteen;
        PublicCanteenName { code, name, name_en, school }
    });
    Ok(Json(PublicCanteenList { canteens: canteens.collect() }))
}

/// Returns the public page of a canteen.
#[utoipa::path(
    get, path = "/api/v1/public/canteens/{code}", tag = "public",
    params(("code" = String, Path, description = "short code")),
    responses((status = 200, body = PublicCanteen), (status = 404, body = ErrorBody), (status = 429, body = ErrorBody))
)]
async fn public_canteen(
    State(app): State<App>,
    client: ClientAddress,
    Segments(code): Segments<String>,
) -> Result<Json<PublicCanteen>, ApiError> {
    limited(&app, client)?;
    let canteen = app.store.canteen_by_code(&code).await?;
    let cameras = app.store.public_cameras(canteen.id).await?;
    let week = week(&app, &canteen).await?;
    let windows = app.store.service_windows(canteen.id).await?;
    let standing = (app.store.publication_facts(canteen.id).await?, app.store.approved_cameras(canteen.id).await?);
    let (visible, publication) = published(&app, &cameras, &standing, &windows);
    Ok(Json(PublicCanteen {
        code: canteen.code,
        name: canteen.name,
        name_en: canteen.name_en,
        school: canteen.school,
        grade: canteen.grade,
        is_synthetic: cameras.iter().any(|camera| camera.camera.is_synthetic),
        publication,
        hours_today: today(&windows, app.now()).into_iter().map(PublicHours::from).collect(),
        cameras: visible.into_iter().filter_map(public_camera).collect(),
        week,
    }))
}

/// Returns the cameras that the public may watch now, and why there are none.
fn published<'c>(
    app: &App,
    cameras: &'c [CameraDetail],
    (facts, approved): &(Vec<PublicationFact>, HashMap<CameraId, Approved>),
    windows: &[ServiceWindow],
) -> (Vec<&'c CameraDetail>, Publication) {
    let answer = app.public.ready().map_err(Refused::from).and_then(|()| is_time(windows, app.now()));
    if answer.is_err() {
        return (Vec::new(), answer.into());
    }
    let ask = |detail: &CameraDetail| {
        is_published(Candidate::new(detail, facts, approved.get(&detail.camera.id).copied().unwrap_or_default()))
    };
    let visible: Vec<_> = cameras.iter().filter(|detail| ask(detail).is_ok()).collect();
    let refused = cameras.first().filter(|_| visible.is_empty()).map_or(Ok(()), ask);
    (visible, refused.into())
}

/// A camera without a zone or a stream has nothing to show.
fn public_camera(detail: &CameraDetail) -> Option<PublicCamera> {
    let zone = detail.zones.first()?.kind;
    let shown = stream_of(detail, None)?;
    let status = &detail.streams.iter().find(|stream| stream.id == shown)?.status;
    Some(PublicCamera {
        id: detail.camera.id,
        name: detail.camera.name.clone(),
        name_en: detail.camera.name_en.clone(),
        zone,
        heading: zone.heading(),
        state: status.state,
        since: status.since,
    })
}

async fn week(app: &App, canteen: &Canteen) -> Result<PublicWeek, ApiError> {
    let now = app.now();
    let range = TimeRange::new(now - WEEK, now).ok_or_else(|| ApiError::not_found("week"))?;
    let published = app.store.published_violations(canteen.id, range).await?;
    let items: Vec<PublicItem> = published
        .into_iter()
        .map(|violation| PublicItem { on: violation.started_at, code: violation.code, closed_at: violation.closed_at })
        .collect();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let rectified = items.iter().filter(|item| item.closed_at.is_some()).count();
    let judged_share = judged_share(&app.store.coverage(&Scope::Canteen(canteen.id), range).await?);
    Ok(PublicWeek { found: count(items.len()), rectified: count(rectified), judged_share, items })
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds of a week fit a float")]
fn judged_share(rows: &[mingchu_store::CameraCoverage]) -> Option<f64> {
    let observed: u64 = rows.iter().map(|row| row.observed_ms).sum();
    let judged: u64 = rows.iter().map(|row| row.judged_ms).sum();
    (observed > 0).then(|| judged.min(observed) as f64 / observed as f64)
}

/// Opens a public live picture over a WebSocket, if the public gate lets it.
#[utoipa::path(
    get, path = "/api/v1/public/canteens/{code}/cameras/{id}/live", tag = "public",
    params(("code" = String, Path, description = "short code"), ("id" = String, Path, description = "camera")),
    responses(
        (status = 101, body = LiveMessage, description = "text messages; binary ones are fragmented MP4"),
        (status = 403, body = ErrorBody, description = "the public gate refuses, with the reason"),
        (status = 404, body = ErrorBody), (status = 429, body = ErrorBody), (status = 503, body = ErrorBody)
    )
)]
async fn public_live(
    State(app): State<App>,
    client: ClientAddress,
    segments: Segments<(String, String)>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    limited(&app, client)?;
    let Segments((code, id)) = segments;
    let id: CameraId = id.parse().map_err(|_| ApiError::not_found("camera"))?;
    let (canteen, shown) = watchable(&app, &code, id).await?;
    let upgrade = upgraded(upgrade)?;
    let seat = app.public_seats.take(canteen).map_err(live_socket::full)?;
    let asked = app.clone();
    let still_allowed = move || {
        let (app, code) = (asked.clone(), code.clone());
        let check: futures::future::BoxFuture<'static, _> =
            Box::pin(async move { watchable(&app, &code, id).await.map(|_| ()) });
        check
    };
    let wish = Wish { show: Show::Public(shown), still_allowed: Box::new(still_allowed), seat };
    live_socket::answer(app, upgrade, wish).await
}

/// Returns what the public sees of a camera: a derivative of its small stream.
fn derivative_of(detail: &CameraDetail) -> Result<PublicWish, ApiError> {
    let stream = stream_of(detail, Some(StreamKind::Sub)).or_else(|| stream_of(detail, None));
    let stream = stream.ok_or_else(|| ApiError::not_found("stream"))?;
    let camera = &detail.camera;
    let title = format!("{} {}", camera.canteen_name, camera.name);
    Ok(PublicWish { camera: camera.id, stream, title })
}

/// Returns the canteen, and the public picture of its camera if the public gate lets it through now. There is
/// deliberately no way from here to the camera's own stream.
pub(super) async fn watchable(app: &App, code: &str, id: CameraId) -> Result<(CanteenId, PublicWish), ApiError> {
    let canteen = app.store.canteen_by_code(code).await?;
    let camera = app.store.camera(&Scope::Canteen(canteen.id), id).await?;
    Ok((canteen.id, let_through(app, &camera).await?))
}

/// Returns the public picture of a camera if the public gate lets it through now.
pub(super) async fn let_through(app: &App, camera: &CameraDetail) -> Result<PublicWish, ApiError> {
    let approved = app.store.camera_publication(camera.camera.id).await?.approved();
    let facts = app.store.publication_facts(camera.camera.canteen_id).await?;
    let windows = app.store.service_windows(camera.camera.canteen_id).await?;
    may_watch(Candidate::new(camera, &facts, approved), &windows, app.now(), app.public.ready())
        .map_err(|refused| ApiError::forbidden(refused.code(), refused.to_string()))?;
    derivative_of(camera)
}

/// Returns the QR code of a canteen's public page.
#[utoipa::path(
    get, path = "/api/v1/public/canteens/{code}/qr.svg", tag = "public",
    params(("code" = String, Path, description = "short code")),
    responses((status = 200, content_type = "image/svg+xml"), (status = 404, body = ErrorBody), (status = 429, body = ErrorBody))
)]
async fn qr(
    State(app): State<App>,
    client: ClientAddress,
    Segments(code): Segments<String>,
) -> Result<Response, ApiError> {
    limited(&app, client)?;
    let canteen = app.store.canteen_by_code(&code).await?;
    let address = links::public_page(&app, &canteen.code);
    let code = QrCode::new(address).map_err(|error| ApiError::internal(&error))?;
    let picture = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, "public, max-age=3600")];
    Ok((headers, picture).into_response())
}

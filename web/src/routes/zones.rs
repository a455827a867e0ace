//! Zones and waste bins of a camera's picture, pictures of bins, and what the analyzer sees now.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Id, Params, Segments},
    record::zone::{Bin, BinReference, Corner, Drawing, DrawingEdit, LidQuery, LiveScene, Scene, Zone},
    registry::{Access, Routes},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use mingchu_domain::{
    geometry::{Point, Polygon},
    id::{BinId, BinReferenceId, CameraId, ZoneId},
    role::Permission,
};
use mingchu_store::{Store, StoreError};
use std::time::Duration;
use utoipa_axum::routes;

const MOST_ZONES: usize = 24;
const MOST_BINS: usize = 12;
/// A picture of a bin is a crop.
const REFERENCE_BYTES: usize = 2 << 20;
/// The analyzer writes what it sees for so long after the last question.
const WANTED_FOR: Duration = Duration::from_secs(15);
/// What was seen longer ago is not now.
const FRESH: Duration = Duration::from_secs(10);

pub(super) fn add(routes: Routes) -> Routes {
    let (view, live) = (Access::Needs(Permission::ViewPlaces), Access::Needs(Permission::ViewLive));
    let edit = Access::Needs(Permission::EditRules);
    routes
        .add(view, routes!(zones))
        .add(edit, routes!(draw))
        .add(live, routes!(scene))
        .add(edit, routes!(add_reference))
        .add(edit, routes!(remove_reference))
        .add(live, routes!(reference))
}

/// Returns the zones and bins of a camera.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/zones", tag = "zones", params(("id" = String, Path, description = "camera")),
    responses((status = 200, body = Drawing), (status = 404, body = ErrorBody))
)]
async fn zones(State(app): State<App>, caller: Caller, Id(id): Id<CameraId>) -> Result<Json<Drawing>, ApiError> {
    drawing(&app, &caller, id).await
}

async fn drawing(app: &App, caller: &Caller, id: CameraId) -> Result<Json<Drawing>, ApiError> {
    let camera = app.store.camera(&caller.scope, id).await?;
    let bins = app.store.bins(&caller.scope, id).await?;
    let zone = |zone: mingchu_store::Zone| Zone {
        id: zone.id,
        kind: zone.kind,
        outline: corners(&zone.outline),
        rules_off: zone.rules_off,
    };
    let bin = |bin: mingchu_store::Bin| Bin {
        id: bin.id,
        outline: corners(&bin.outline),
        references: bin.references.into_iter().map(reference_record).collect(),
    };
    Ok(Json(Drawing { zones: camera.zones.into_iter().map(zone).collect(), bins: bins.into_iter().map(bin).collect() }))
}

fn corners(outline: &Polygon) -> Vec<Corner> {
    outline.corners().iter().map(|p| Corner { x: p.x, y: p.y }).collect()
}

fn reference_record(reference: mingchu_store::BinReference) -> BinReference {
    let mingchu_store::BinReference { id, bin_id, lid, taken_at, .. } = reference;
    BinReference { id, lid, taken_at, url: format!("/api/v1/bins/{bin_id}/references/{id}.jpg") }
}

/// Saves the zones and bins of a camera. An outline that crosses itself or leaves the picture is refused by corner.
#[utoipa::path(
    put, path = "/api/v1/cameras/{id}/zones", tag = "zones", params(("id" = String, Path, description = "camera")),
    request_body = DrawingEdit,
    responses(
        (status = 200, body = Drawing), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "the camera is public, and the zone may never be"),
        (status = 422, body = ErrorBody, description = "names the zone, the corner and the remedy")
    )
)]
async fn draw(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
    Body(edit): Body<DrawingEdit>,
) -> Result<Json<Drawing>, ApiError> {
    if edit.zones.is_empty() || edit.zones.len() > MOST_ZONES || edit.bins.len() > MOST_BINS {
        let message = format!("a camera has 1 to {MOST_ZONES} zones and up to {MOST_BINS} bins");
        return Err(ApiError::invalid("bad_zone", "zones", message));
    }
    // An id is kept only where this camera already has it: nobody takes another camera's bin over.
    let known = drawing(&app, &caller, id).await?;
    let mut zones = Vec::with_capacity(edit.zones.len());
    for (index, zone) in edit.zones.into_iter().enumerate() {
        let kept = zone.id.filter(|id| known.zones.iter().any(|old| old.id == *id));
        zones.push(mingchu_store::Zone {
            id: kept.unwrap_or_else(ZoneId::generate),
            kind: zone.kind,
            outline: outline("zones", "zone", index, &zone.outline)?,
            rules_off: zone.rules_off,
        });
    }
    let mut bins = Vec::with_capacity(edit.bins.len());
    for (index, bin) in edit.bins.into_iter().enumerate() {
        let kept = bin.id.filter(|id| known.bins.iter().any(|old| old.id == *id));
        let outline = outline("bins", "bin", index, &bin.outline)?;
        bins.push(mingchu_store::Bin { id: kept.unwrap_or_else(BinId::generate), outline, references: Vec::new() });
    }
    let drawing = mingchu_store::Drawing { zones, bins };
    let orphans = app.store.draw(&caller.scope, id, &drawing, &caller.reviewer(), app.now()).await?;
    for key in orphans {
        forget(&app, &key).await;
    }
    self::drawing(&app, &caller, id).await
}

/// Returns the outline, or which zone and corner is wrong.
fn outline(field: &'static str, what: &str, index: usize, corners: &[Corner]) -> Result<Polygon, ApiError> {
    let points: Vec<Point> = corners.iter().map(|corner| Point { x: corner.x, y: corner.y }).collect();
    let polygon = Polygon::try_from(points);
    polygon.map_err(|error| ApiError::invalid("bad_zone", field, format!("{what} {}: {error}", index + 1)))
}

/// Returns what the analyzer sees now; it begins to write it down when it is asked.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/scene", tag = "zones", params(("id" = String, Path, description = "camera")),
    responses((status = 200, body = Scene), (status = 404, body = ErrorBody))
)]
async fn scene(State(app): State<App>, caller: Caller, Id(id): Id<CameraId>) -> Result<Json<Scene>, ApiError> {
    app.store.camera(&caller.scope, id).await?;
    let now = app.now();
    app.store.want_scene(id, now + WANTED_FOR).await?;
    let stored = match app.store.objects().get(&Store::scene_key(id)).await {
        Ok(json) => serde_json::from_slice::<LiveScene>(&json).ok(),
        Err(StoreError::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    Ok(Json(Scene { scene: stored.filter(|scene| now.since(scene.at) <= FRESH) }))
}

/// Adds a picture of a bin, a JPEG of its box and 30 % around it.
#[utoipa::path(
    post, path = "/api/v1/bins/{id}/references", tag = "zones",
    params(("id" = String, Path, description = "bin"), LidQuery),
    request_body(content = Vec<u8>, content_type = "image/jpeg"),
    responses(
        (status = 201, body = BinReference), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "there are enough"),
        (status = 422, body = ErrorBody, description = "no picture")
    )
)]
async fn add_reference(
    State(app): State<App>,
    caller: Caller,
    Id(bin_id): Id<BinId>,
    Params(query): Params<LidQuery>,
    picture: Bytes,
) -> Result<(StatusCode, Json<BinReference>), ApiError> {
    let camera = app.store.camera_of_bin(&caller.scope, bin_id).await?;
    if picture.len() > REFERENCE_BYTES {
        let message = "a picture of a bin is at most 2 MB; send the bin's box only";
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "photo_too_large", message));
    }
    let jpeg = app.photos.rewrite(picture).await?;
    let id = BinReferenceId::generate();
    let object_key = format!("bin/{bin_id}/{id}.jpg");
    app.store.objects().put(&object_key, jpeg).await?;
    let reference =
        mingchu_store::BinReference { id, bin_id, lid: query.lid, object_key: object_key.clone(), taken_at: app.now() };
    if let Err(refused) = app.store.add_reference(camera, &reference).await {
        forget(&app, &object_key).await;
        return Err(refused.into());
    }
    Ok((StatusCode::CREATED, Json(reference_record(reference))))
}

/// Removes a picture of a bin.
#[utoipa::path(
    delete, path = "/api/v1/bins/{id}/references/{file}", tag = "zones",
    params(("id" = String, Path, description = "bin"), ("file" = String, Path, description = "picture, as `0192….jpg`")),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
async fn remove_reference(
    State(app): State<App>,
    caller: Caller,
    Id(bin_id): Id<BinId>,
    segments: Segments<(String, String)>,
) -> Result<StatusCode, ApiError> {
    let camera = app.store.camera_of_bin(&caller.scope, bin_id).await?;
    let key = app.store.remove_reference(camera, reference_id(segments)?).await?;
    forget(&app, &key).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns a picture of a bin.
#[utoipa::path(
    get, path = "/api/v1/bins/{id}/references/{file}", tag = "zones",
    params(("id" = String, Path, description = "bin"), ("file" = String, Path, description = "picture, as `0192….jpg`")),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = ErrorBody))
)]
async fn reference(
    State(app): State<App>,
    caller: Caller,
    Id(bin_id): Id<BinId>,
    segments: Segments<(String, String)>,
) -> Result<Response, ApiError> {
    app.store.camera_of_bin(&caller.scope, bin_id).await?;
    let bytes = app.store.objects().get(&format!("bin/{bin_id}/{}.jpg", reference_id(segments)?)).await?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, no-store")], bytes).into_response())
}

fn reference_id(Segments((_, file)): Segments<(String, String)>) -> Result<BinReferenceId, ApiError> {
    let id = file.strip_suffix(".jpg").and_then(|id| id.parse().ok());
    id.ok_or_else(|| ApiError::not_found("picture"))
}

/// Deletes an object that nothing points at; when that fails it only takes space.
async fn forget(app: &App, key: &str) {
    if let Err(error) = app.store.objects().delete(key).await {
        tracing::warn!(key, error = &error as &dyn std::error::Error, "an object could not be deleted");
    }
}

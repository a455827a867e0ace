//! Exports of archived footage: a file with exactly the pictures asked for, kept for a day.

use super::{
    footage::{open_view, within_view},
    pictures::serve_file,
    timeline::stream_of,
};
use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Id, Params},
    record::footage::{ExportQuery, FootageExport, FootageExportList, NewFootageExport},
    registry::{Access, Routes},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use mingchu_domain::{
    footage::{ExportLabel, ExportState, ViewPurpose},
    id::ExportId,
    role::Permission,
    time::TimeRange,
};
use mingchu_store::NewExport;
use serde_json::json;
use std::time::Duration;
use utoipa_axum::routes;

const LONGEST: Duration = Duration::from_secs(2 * 3600);
/// Exports of one person that may wait or run at the same time.
const MOST_RUNNING: u32 = 4;

pub(super) fn add(routes: Routes) -> Routes {
    let access = Access::Needs(Permission::ViewFootage);
    routes
        .add(access, routes!(new_footage_export, footage_exports))
        .add(access, routes!(footage_export, delete_footage_export))
        .add(access, routes!(footage_export_file))
}

/// Asks for an export. The gateway cuts it within seconds to minutes.
#[utoipa::path(
    post, path = "/api/v1/footage-exports", tag = "footage", request_body = NewFootageExport,
    responses(
        (status = 201, body = FootageExport), (status = 404, body = ErrorBody),
        (status = 410, body = ErrorBody, description = "the view has expired"),
        (status = 422, body = ErrorBody, description = "names the field and what it may be"),
        (status = 429, body = ErrorBody, description = "too many of one's exports are running")
    )
)]
async fn new_footage_export(
    State(app): State<App>,
    caller: Caller,
    Body(asked): Body<NewFootageExport>,
) -> Result<(StatusCode, Json<FootageExport>), ApiError> {
    let (view, camera) = open_view(&app, &caller, asked.view_id, asked.camera_id).await?;
    if view.purpose != ViewPurpose::Export {
        let message = "this entry of the access ledger is for looking only; make one with the purpose export";
        return Err(ApiError::invalid("view_only", "view_id", message));
    }
    within_view(&view, "from", asked.from)?;
    within_view(&view, "to", asked.to)?;
    let range = TimeRange::new(asked.from, asked.to).filter(|range| range.length() > Duration::ZERO);
    let range = range.ok_or_else(|| ApiError::invalid("bad_range", "to", "to must lie after from"))?;
    if asked.to > app.now() {
        return Err(ApiError::invalid("in_future", "to", "to lies in the future; wait until it is recorded"));
    }
    if range.length() > LONGEST {
        return Err(ApiError::invalid("range_too_long", "to", "an export is at most 2 hours long; make several"));
    }
    let stream = stream_of(&camera, None).ok_or_else(|| ApiError::not_found("stream"))?;
    if app.store.running_exports(caller.person.id).await? >= MOST_RUNNING {
        let message = format!("{MOST_RUNNING} of your exports are running; wait for one of them");
        return Err(ApiError::too_many("too_many_exports", message, 10));
    }
    let new = NewExport {
        id: ExportId::generate(),
        view_id: view.id,
        camera_id: camera.id,
        stream_id: stream.id,
        range,
        created_at: app.now(),
    };
    app.store.insert_export(&new).await?;
    Ok((StatusCode::CREATED, Json(app.store.export(new.id).await?.into())))
}

/// Returns one's own exports.
#[utoipa::path(
    get, path = "/api/v1/footage-exports", tag = "footage", params(ExportQuery),
    responses((status = 200, body = FootageExportList), (status = 422, body = ErrorBody))
)]
async fn footage_exports(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<ExportQuery>,
) -> Result<Json<FootageExportList>, ApiError> {
    let exports = app.store.own_exports(caller.person.id, query.view_id).await?;
    Ok(Json(FootageExportList { exports: exports.into_iter().map(Into::into).collect() }))
}

/// Returns where one's own export stands.
#[utoipa::path(
    get, path = "/api/v1/footage-exports/{id}", tag = "footage", params(("id" = String, Path, description = "export")),
    responses((status = 200, body = FootageExport), (status = 404, body = ErrorBody))
)]
async fn footage_export(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ExportId>,
) -> Result<Json<FootageExport>, ApiError> {
    Ok(Json(app.store.own_export(caller.person.id, id).await?.into()))
}

/// Stops one's own export, or deletes its file.
#[utoipa::path(
    delete, path = "/api/v1/footage-exports/{id}", tag = "footage",
    params(("id" = String, Path, description = "export")),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
async fn delete_footage_export(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ExportId>,
) -> Result<StatusCode, ApiError> {
    let export = app.store.own_export(caller.person.id, id).await?;
    if let Some(file) = export.file {
        app.store.objects().delete(&file.object_key).await?;
    }
    app.store.delete_export(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the file of one's own export, whole or by range. The download is recorded.
#[utoipa::path(
    get, path = "/api/v1/footage-exports/{id}/file", tag = "footage",
    params(("id" = String, Path, description = "export"), ("range" = Option<String>, Header, description = "one range")),
    responses(
        (status = 200, content_type = "video/mp4"), (status = 206, content_type = "video/mp4"),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody, description = "it is not ready"),
        (status = 410, body = ErrorBody, description = "its file has been deleted"),
        (status = 416, description = "outside the file")
    )
)]
async fn footage_export_file(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<ExportId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (person, now) = (caller.person.id, app.now());
    let export = app.store.own_export(person, id).await?;
    let is_over = export.state == ExportState::Expired || export.expires_at.is_some_and(|at| at <= now);
    let Some(file) = export.file.filter(|_| !is_over) else {
        return Err(if is_over {
            ApiError::new(StatusCode::GONE, "expired", "the exported file has been deleted; export it again")
        } else {
            ApiError::conflict("not_ready", "the export is not ready; ask again when its state is ready")
        });
    };
    let camera = app.store.archived_camera(&caller.scope, export.asked.camera_id).await?;
    let (open, size_bytes) = app.store.objects().open(&file.object_key).await?;
    let subject = format!("footage_export:{id}");
    if app.ledger.is_new(person, &subject, now) {
        let detail = json!({ "view_id": export.asked.view_id, "sha256": file.sha256, "office": caller.person.office });
        app.store.append_audit(&caller.actor(), "footage.download", &subject, &detail, now).await?;
        app.ledger.note(person, &subject, now);
    }
    let label =
        ExportLabel { canteen: camera.canteen_name, camera: camera.name, zone: camera.zone, range: export.asked.range };
    let mut response = serve_file(open, size_bytes, headers.get(header::RANGE)).await?;
    if let Ok(value) = HeaderValue::from_str(&attachment(&label.file_name())) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// Returns the header that names a download (RFC 6266, RFC 8187): ASCII for old programs, the name itself for others.
fn attachment(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_graphic() { c } else { '_' }).collect();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(byte.into());
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_keeps_its_chinese_name() {
        let name = attachment("食堂_1.mp4");
        assert_eq!(name, "attachment; filename=\"___1.mp4\"; filename*=UTF-8''%E9%A3%9F%E5%A0%82_1.mp4");
    }
}

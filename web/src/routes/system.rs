//! What this installation is, the document of its API, and its health.

use crate::{
    app::{self, App},
    error::{ApiError, ErrorBody},
    public_gate::Publication,
    record::{
        storage,
        system::{Judging, System, Viewers},
    },
    registry::{Access, Routes},
    seats::Seats,
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .add(Access::SignedIn, routes!(system))
        .add(Access::Open, routes!(openapi))
        .add(Access::Open, routes!(healthz))
        .add(Access::Open, routes!(readyz))
}

/// Returns what this installation is and whether it judges.
#[utoipa::path(
    get, path = "/api/v1/system", tag = "system",
    responses((status = 200, body = System), (status = 401, body = ErrorBody))
)]
async fn system(State(app): State<App>) -> Result<Json<System>, ApiError> {
    let status = app.store.analyzer_status().await?;
    let judging = match status {
        Some(status) => Judging {
            is_judging: status.is_judging,
            reason: status.reason,
            detail: Some(status.detail).filter(|detail| !detail.is_empty()),
            models: status.models,
            updated_at: Some(status.updated_at),
        },
        None => Judging {
            is_judging: false,
            reason: Some("no_analyzer".into()),
            detail: Some("no analyzer has run yet; start `mingchu run` or a node with the role analyzer".into()),
            models: Vec::new(),
            updated_at: None,
        },
    };
    Ok(Json(System {
        version: env!("CARGO_PKG_VERSION").into(),
        is_demo: app.config.is_demo,
        is_synthetic: app.config.is_demo,
        judging,
        storage: storage::note(&app.store.storage_status().await?, &app.store.volumes().await?),
        database: app.store.database_label().to_owned(),
        started_at: app.started_at,
        publication: Publication::from(app.public.ready().map_err(Into::into)),
        viewers: viewers(&app.live_seats),
        public_viewers: viewers(&app.public_seats),
    }))
}

fn viewers(seats: &Seats) -> Viewers {
    Viewers { now: seats.all_viewers(), most: seats.most() }
}

/// Returns this document.
#[utoipa::path(
    get, path = "/api/openapi.json", tag = "system",
    responses((status = 200, content_type = "application/json"))
)]
async fn openapi(State(app): State<App>) -> Result<Response, ApiError> {
    let text = match app.openapi.get() {
        Some(text) => text.clone(),
        None => {
            let text = app::openapi_json(&app).map_err(|error| ApiError::internal(&error))?;
            app.openapi.get_or_init(|| text).clone()
        }
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// Answers while the process lives.
#[utoipa::path(get, path = "/healthz", tag = "system", responses((status = 200, content_type = "text/plain")))]
async fn healthz() -> &'static str {
    "ok\n"
}

/// Answers 200 when database and storage work, else 503 with what does not.
#[utoipa::path(
    get, path = "/readyz", tag = "system",
    responses((status = 200, content_type = "text/plain"), (status = 503, content_type = "text/plain"))
)]
async fn readyz(State(app): State<App>) -> (StatusCode, String) {
    let database = app.store.ping().await;
    let objects = app.store.objects();
    let storage = match objects.put(PROBE_KEY, Bytes::from_static(b"ready")).await {
        Ok(()) => objects.delete(PROBE_KEY).await,
        Err(error) => Err(error),
    };
    let mut text = String::new();
    let mut is_ready = true;
    for (name, outcome) in [("database", database), ("storage", storage)] {
        match outcome {
            Ok(()) => text.push_str(&format!("{name} ok\n")),
            Err(error) => {
                is_ready = false;
                tracing::warn!(%error, "not ready: {name}");
                text.push_str(&format!("{name} failed; the log has the cause\n"));
            }
        }
    }
    (if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, text)
}

const PROBE_KEY: &str = "probe/readyz";

//! Approving that a camera is shown to the public, and the hours in which its canteen's kitchen works.
//!
//! A picture of the camera is put up; the school and the authority each look at that very picture and approve it.
//! Either takes its approval back at once, and whoever watches is asked to leave.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Id, Segments},
    public_gate::{self, Candidate, Publication},
    record::publication::{
        Approve, CameraPublication, PublicationApproval, PublicationFact, PublicationStill, ServiceHours,
        ServiceHoursList,
    },
    registry::{Access, Routes},
};
use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use mingchu_domain::{
    id::{CameraId, CanteenId, StillId},
    publication::{ServiceWindow, Side},
    role::{Permission, Role},
};
use mingchu_store::{CameraDetail, NewPublicationStill, StoreError};
use sha2::{Digest as _, Sha256};
use utoipa_axum::routes;

const MOST_WINDOWS: usize = 14;

pub(super) fn add(routes: Routes) -> Routes {
    let access = Access::Needs(Permission::Publish);
    routes
        .add(access, routes!(publication))
        .add(access, routes!(put_up))
        .add(access, routes!(publication_still))
        .add(access, routes!(approve))
        .add(access, routes!(withdraw))
        .add(access, routes!(set_hours))
}

const fn side_of(role: Role) -> Option<Side> {
    match role {
        Role::Manager => Some(Side::School),
        Role::Regulator => Some(Side::Regulator),
        Role::Parent | Role::Admin => None,
    }
}

fn own_side(caller: &Caller) -> Result<Side, ApiError> {
    side_of(caller.person.role).ok_or_else(|| ApiError::forbidden("forbidden", "your role approves no pictures"))
}

/// Returns what was put up and approved of a camera, and whether the public may watch it now.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/publication", tag = "publication",
    params(("id" = String, Path, description = "camera")),
    responses((status = 200, body = CameraPublication), (status = 404, body = ErrorBody))
)]
async fn publication(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
) -> Result<Json<CameraPublication>, ApiError> {
    let camera = app.store.camera(&caller.scope, id).await?;
    state_of(&app, &caller, camera).await.map(Json)
}

async fn state_of(app: &App, caller: &Caller, detail: CameraDetail) -> Result<CameraPublication, ApiError> {
    let known = app.store.camera_publication(detail.camera.id).await?;
    let windows = app.store.service_windows(detail.camera.canteen_id).await?;
    let facts = app.store.publication_facts(detail.camera.canteen_id).await?;
    let candidate = Candidate::new(&detail, &facts, known.approved());
    let answer = public_gate::may_watch(candidate, &windows, app.now(), app.public.ready());
    let of_side = |side| known.in_force(side).map(PublicationApproval::from);
    Ok(CameraPublication {
        camera_id: detail.camera.id,
        canteen_id: detail.camera.canteen_id,
        is_public: detail.camera.is_public,
        own_side: side_of(caller.person.role),
        school: of_side(Side::School),
        regulator: of_side(Side::Regulator),
        publication: Publication::from(answer),
        history: known.approvals.iter().map(PublicationApproval::from).collect(),
        facts: facts.into_iter().map(PublicationFact::from).collect(),
        hours: windows.into_iter().map(ServiceHours::from).collect(),
        still: known.still.map(PublicationStill::from),
        name: detail.camera.name,
        name_en: detail.camera.name_en,
    })
}

/// Puts the camera's newest picture up for approval. Approvals of the picture before no longer count.
#[utoipa::path(
    post, path = "/api/v1/cameras/{id}/publication/still", tag = "publication",
    params(("id" = String, Path, description = "camera")),
    responses(
        (status = 200, body = CameraPublication), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "the zone is never public, or there is no picture yet")
    )
)]
async fn put_up(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
) -> Result<Json<CameraPublication>, ApiError> {
    let camera = app.store.camera(&caller.scope, id).await?;
    let refuse = |refused: public_gate::Refused| ApiError::conflict(refused.code(), refused.to_string());
    public_gate::may_publish(Candidate::new(&camera, &[], Default::default())).map_err(refuse)?;
    let jpeg = match app.store.objects().get(&format!("still/{id}.jpg")).await {
        Ok(jpeg) => jpeg,
        Err(StoreError::NotFound { .. }) => {
            let message = "there is no picture of this camera yet; wait until it is live and the analyzer runs";
            return Err(ApiError::conflict("no_still", message));
        }
        Err(error) => return Err(error.into()),
    };
    let (still_id, now) = (StillId::generate(), app.now());
    let still = NewPublicationStill {
        id: still_id,
        object_key: format!("publication/{id}/{still_id}.jpg"),
        sha256: hex::encode(Sha256::digest(&jpeg)),
        taken_at: now,
    };
    app.store.objects().put(&still.object_key, jpeg).await?;
    app.store.put_up_still(&caller.scope, id, &still, &caller.reviewer(), now).await?;
    app.gate_news.send_modify(|count| *count += 1);
    state_of(&app, &caller, camera).await.map(Json)
}

/// Returns a picture that was put up for approval, byte for byte.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/publication/stills/{view_id}", tag = "publication",
    params(("id" = String, Path, description = "camera"), ("view_id" = String, Path, description = "picture")),
    responses((status = 200, content_type = "image/jpeg"), (status = 404, body = ErrorBody))
)]
async fn publication_still(
    State(app): State<App>,
    caller: Caller,
    segments: Segments<(String, String)>,
) -> Result<Response, ApiError> {
    let Segments((camera, still)) = segments;
    let absent = || ApiError::not_found("picture");
    let camera: CameraId = camera.parse().map_err(|_| absent())?;
    let still: StillId = still.parse().map_err(|_| absent())?;
    app.store.camera(&caller.scope, camera).await?;
    let jpeg = app.store.objects().get(&format!("publication/{camera}/{still}.jpg")).await?;
    let headers = [(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((headers, jpeg).into_response())
}

/// Approves, for the caller's side, that the camera is shown to the public as on the picture seen.
#[utoipa::path(
    post, path = "/api/v1/cameras/{id}/publication/approve", tag = "publication",
    params(("id" = String, Path, description = "camera")), request_body = Approve,
    responses(
        (status = 200, body = CameraPublication), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "another picture was put up meanwhile, or it is approved already")
    )
)]
async fn approve(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
    Body(Approve { still_id }): Body<Approve>,
) -> Result<Json<CameraPublication>, ApiError> {
    let side = own_side(&caller)?;
    let camera = app.store.camera(&caller.scope, id).await?;
    let seen = (still_id, side);
    app.store.approve_publication(&caller.scope, id, seen, &caller.reviewer(), app.now()).await?;
    state_of(&app, &caller, camera).await.map(Json)
}

/// Takes the approval of the caller's side back; whoever watches is sent away at once.
#[utoipa::path(
    post, path = "/api/v1/cameras/{id}/publication/withdraw", tag = "publication",
    params(("id" = String, Path, description = "camera")),
    responses((status = 200, body = CameraPublication), (status = 404, body = ErrorBody))
)]
async fn withdraw(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
) -> Result<Json<CameraPublication>, ApiError> {
    let side = own_side(&caller)?;
    let camera = app.store.camera(&caller.scope, id).await?;
    app.store.withdraw_publication(&caller.scope, id, side, &caller.reviewer(), app.now()).await?;
    app.gate_news.send_modify(|count| *count += 1);
    state_of(&app, &caller, camera).await.map(Json)
}

/// Says when a canteen's kitchen works; its pictures are public in these hours only, and rules are judged by them.
#[utoipa::path(
    put, path = "/api/v1/canteens/{id}/service-hours", tag = "publication",
    params(("id" = String, Path, description = "canteen")), request_body = ServiceHoursList,
    responses(
        (status = 200, body = ServiceHoursList), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)
    )
)]
async fn set_hours(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CanteenId>,
    Body(list): Body<ServiceHoursList>,
) -> Result<(StatusCode, Json<ServiceHoursList>), ApiError> {
    let wrong = |message: String| ApiError::invalid("bad_hours", "hours", message);
    if list.hours.len() > MOST_WINDOWS {
        return Err(wrong(format!("at most {MOST_WINDOWS} windows")));
    }
    let windows: Result<Vec<ServiceWindow>, _> = list.hours.iter().map(ServiceWindow::try_from).collect();
    let windows = windows.map_err(|error| wrong(error.to_string()))?;
    app.store.set_service_windows(&caller.scope, id, &windows, &caller.reviewer(), app.now()).await?;
    app.gate_news.send_modify(|count| *count += 1);
    let hours = windows.into_iter().map(ServiceHours::from).collect();
    Ok((StatusCode::OK, Json(ServiceHoursList { hours })))
}

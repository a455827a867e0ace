//! How long footage is kept, and the receipts of what went; disks and what lies ahead.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Id, Params},
    record::{
        audit::PageQuery,
        retention::{FootageProof, NewPolicy, PolicyList, PolicySet, Receipt, ReceiptPage, RetentionPolicy},
        storage::{ClassUsage, Storage, StorageHost, StorageVolume},
    },
    registry::{Access, Routes},
};
use axum::{Json, extract::State};
use mingchu_domain::{
    id::CameraId,
    retention::Policy,
    role::{Permission, Scope},
};
use mingchu_store::PageKey;
use utoipa_axum::routes;

pub(super) fn add(routes: Routes) -> Routes {
    let view = Access::Needs(Permission::ViewStorage);
    routes
        .add(view, routes!(storage))
        .add(view, routes!(policies))
        .add(Access::Needs(Permission::Configure), routes!(set_policy))
        .add(view, routes!(receipts))
        .add(view, routes!(footage_proof))
}

/// Returns the archive's disks, what takes their room, and what lies ahead.
#[utoipa::path(
    get, path = "/api/v1/storage", tag = "retention",
    responses((status = 200, body = Storage), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn storage(State(app): State<App>) -> Result<Json<Storage>, ApiError> {
    let hosts = app.store.storage_status().await?;
    let volumes = app.store.volumes().await?;
    let usage = app.store.usage().await?;
    Ok(Json(Storage {
        hosts: hosts.into_iter().map(StorageHost::from).collect(),
        volumes: volumes.into_iter().map(StorageVolume::from).collect(),
        usage: usage.into_iter().map(ClassUsage::from).collect(),
    }))
}

/// Returns the retention policies that count somewhere in the caller's scope.
#[utoipa::path(
    get, path = "/api/v1/retention/policies", tag = "retention",
    responses((status = 200, body = PolicyList), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn policies(State(app): State<App>, caller: Caller) -> Result<Json<PolicyList>, ApiError> {
    let mut policies = Vec::new();
    for row in app.store.retention_policies(&caller.scope).await? {
        let (area_id, canteen_id) = match row.place {
            mingchu_store::PolicyPlace::Everywhere => (None, None),
            mingchu_store::PolicyPlace::Area(area) => (Some(area), None),
            mingchu_store::PolicyPlace::Canteen(canteen) => (None, Some(canteen)),
        };
        // a place above the caller's own is shown, for it binds them
        let (in_force, _) = app.store.policy_of(&Scope::All, row.place).await?;
        policies.push(RetentionPolicy {
            version: row.version,
            area_id,
            canteen_id,
            name: row.name,
            name_en: row.name_en,
            periods: row.policy.into(),
            in_force: in_force.into(),
            set_at: row.set_at,
            set_by: row.set_by,
        });
    }
    Ok(Json(PolicyList { built_in: Policy::default().into(), policies }))
}

/// Sets the retention policy of a place, or lets it follow the place above again.
#[utoipa::path(
    post, path = "/api/v1/retention/policies", tag = "retention", request_body = NewPolicy,
    responses(
        (status = 200, body = PolicySet), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody, description = "names the period and its bounds")
    )
)]
async fn set_policy(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewPolicy>,
) -> Result<Json<PolicySet>, ApiError> {
    let place = new.place().ok_or_else(|| {
        ApiError::invalid("two_places", "canteen_id", "name an area or a canteen, not both; neither means everywhere")
    })?;
    let policy = new.periods.map(Policy::from);
    let by = caller.reviewer();
    let version = app.store.set_policy(&caller.scope, place, policy.as_ref(), &by, app.now()).await?;
    let (in_force, _) = app.store.policy_of(&caller.scope, place).await?;
    Ok(Json(PolicySet { version, in_force: in_force.into() }))
}

/// Returns the deletion receipts of the caller's scope, newest first.
#[utoipa::path(
    get, path = "/api/v1/receipts", tag = "retention", params(PageQuery),
    responses(
        (status = 200, body = ReceiptPage), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 422, body = ErrorBody)
    )
)]
async fn receipts(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Json<ReceiptPage>, ApiError> {
    let key = PageKey { after: query.cursor, limit: query.limit.unwrap_or(0) };
    let page = app.store.receipts(&caller.scope, &key).await?;
    Ok(Json(ReceiptPage { receipts: page.items.into_iter().map(Receipt::from).collect(), next: page.next }))
}

/// Walks the hash chain of a camera's streams over the files that are there and the receipts of those that are not.
#[utoipa::path(
    get, path = "/api/v1/cameras/{id}/footage-proof", tag = "retention",
    params(("id" = String, Path, description = "camera")),
    responses((status = 200, body = FootageProof), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
async fn footage_proof(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CameraId>,
) -> Result<Json<FootageProof>, ApiError> {
    let camera = app.store.camera(&caller.scope, id).await?;
    let mut proof = FootageProof { sound: 0, deleted: 0, is_whole: true };
    for stream in &camera.streams {
        let state = app.store.verify_footage(stream.id).await?;
        proof.sound += state.sound;
        proof.deleted += state.deleted;
        proof.is_whole &= state.first_broken.is_none();
    }
    Ok(Json(proof))
}

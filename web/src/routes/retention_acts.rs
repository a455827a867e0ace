//! What people do with footage: hold it, release it, order its deletion.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::{Body, Id, Params},
    record::retention::{
        Hold, HoldList, HoldQuery, NewHold, NewOrder, Order, OrderList, OrderPreview, OrderQuery, Release,
    },
    registry::{Access, Routes},
};
use axum::{Json, extract::State, http::StatusCode};
use mingchu_domain::{
    id::{DeletionOrderId, HoldId},
    role::Permission,
    time::{TimeRange, WallTime},
};
use std::time::Duration;
use utoipa_axum::routes;

/// Footage this young may still be in the file that is being written.
const BEING_WRITTEN: Duration = Duration::from_secs(15 * 60);
const LONGEST_REASON: usize = 500;

pub(super) fn add(routes: Routes) -> Routes {
    let view = Access::Needs(Permission::ViewStorage);
    let hold = Access::Needs(Permission::HoldFootage);
    let delete = Access::Needs(Permission::DeleteFootage);
    routes
        .add(view, routes!(holds))
        .add(hold, routes!(place_hold))
        .add(hold, routes!(release_hold))
        .add(view, routes!(orders))
        .add(delete, routes!(preview))
        .add(delete, routes!(order))
}

/// Returns the legal holds of the caller's scope, or those that cover footage of one camera.
#[utoipa::path(
    get, path = "/api/v1/holds", tag = "retention", params(HoldQuery),
    responses(
        (status = 200, body = HoldList), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 422, body = ErrorBody)
    )
)]
async fn holds(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<HoldQuery>,
) -> Result<Json<HoldList>, ApiError> {
    let holds = match query.camera_id {
        None => app.store.holds(&caller.scope, false).await?,
        Some(camera) => {
            app.store.camera(&caller.scope, camera).await?;
            let from = query.from.unwrap_or(WallTime::from_micros(0));
            let range = range(from, query.to.unwrap_or_else(|| app.now()))?;
            app.store.holds_in(camera, range).await?
        }
    };
    Ok(Json(HoldList { holds: holds.into_iter().map(Hold::from).collect() }))
}

/// Places a legal hold: nothing deletes its footage until a person releases it.
#[utoipa::path(
    post, path = "/api/v1/holds", tag = "retention", request_body = NewHold,
    responses(
        (status = 201, body = Hold), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody, description = "canteen or camera outside the scope"),
        (status = 422, body = ErrorBody, description = "names the field and the remedy")
    )
)]
async fn place_hold(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewHold>,
) -> Result<(StatusCode, Json<Hold>), ApiError> {
    let reason = reason(&new.reason)?;
    if new.to.is_some_and(|to| to <= new.from) {
        return Err(bad_range());
    }
    let id = HoldId::generate();
    let NewHold { canteen_id, mut cameras, from, to, .. } = new;
    cameras.sort_unstable();
    cameras.dedup();
    let hold = mingchu_store::NewHold { id, canteen_id, cameras, started_at: from, ended_at: to, reason };
    app.store.insert_hold(&caller.scope, &hold, &caller.reviewer(), app.now()).await?;
    Ok((StatusCode::CREATED, Json(app.store.hold(&caller.scope, id).await?.into())))
}

/// Releases a legal hold; its footage is deleted when its period is over, which may be at once.
#[utoipa::path(
    post, path = "/api/v1/holds/{id}/release", tag = "retention", params(("id" = String, Path, description = "hold")),
    request_body = Release,
    responses(
        (status = 200, body = Hold), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "released before"),
        (status = 422, body = ErrorBody, description = "no reason")
    )
)]
async fn release_hold(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<HoldId>,
    Body(release): Body<Release>,
) -> Result<Json<Hold>, ApiError> {
    let reason = reason(&release.reason)?;
    app.store.release_hold(&caller.scope, id, &reason, &caller.reviewer(), app.now()).await?;
    Ok(Json(app.store.hold(&caller.scope, id).await?.into()))
}

/// Returns the orders to delete footage, newest first.
#[utoipa::path(
    get, path = "/api/v1/deletions", tag = "retention",
    responses((status = 200, body = OrderList), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn orders(State(app): State<App>, caller: Caller) -> Result<Json<OrderList>, ApiError> {
    let orders = app.store.deletion_orders(&caller.scope).await?;
    Ok(Json(OrderList { orders: orders.into_iter().map(Order::from).collect() }))
}

/// Returns what an order would delete today.
#[utoipa::path(
    get, path = "/api/v1/deletions/preview", tag = "retention", params(OrderQuery),
    responses(
        (status = 200, body = OrderPreview), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 422, body = ErrorBody)
    )
)]
async fn preview(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<OrderQuery>,
) -> Result<Json<OrderPreview>, ApiError> {
    let range = range(query.from, query.to)?;
    let found = app.store.preview_order(&caller.scope, query.camera_id, range).await?;
    let mingchu_store::OrderPreview { files, bytes, held_files, violation_files } = found;
    Ok(Json(OrderPreview { files, bytes, held_files, violation_files }))
}

/// Orders footage to be deleted before its time. The gateway carries it out within seconds and leaves a receipt.
#[utoipa::path(
    post, path = "/api/v1/deletions", tag = "retention", request_body = NewOrder,
    responses(
        (status = 201, body = OrderList), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "a hold covers some of it"),
        (status = 422, body = ErrorBody, description = "names the field and the remedy")
    )
)]
async fn order(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewOrder>,
) -> Result<(StatusCode, Json<OrderList>), ApiError> {
    let (range, reason, now) = (range(new.from, new.to)?, reason(&new.reason)?, app.now());
    if range.end() > now - BEING_WRITTEN {
        let message = "the last 15 minutes are still being written; choose an earlier end or wait";
        return Err(ApiError::invalid("still_being_written", "to", message));
    }
    let camera = app.store.camera(&caller.scope, new.camera_id).await?;
    if new.confirm.trim() != camera.camera.name {
        let message = "type the camera's name exactly, to confirm what will be deleted for good";
        return Err(ApiError::invalid("not_confirmed", "confirm", message));
    }
    let order =
        mingchu_store::NewDeletionOrder { id: DeletionOrderId::generate(), camera_id: new.camera_id, range, reason };
    app.store.insert_deletion_order(&caller.scope, &order, &caller.reviewer(), now).await?;
    let Json(list) = orders(State(app), caller).await?;
    Ok((StatusCode::CREATED, Json(list)))
}

fn reason(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if (2..=LONGEST_REASON).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(ApiError::invalid("reason_missing", "reason", "say why in 2 to 500 characters; it is kept for good"))
}

fn range(from: WallTime, to: WallTime) -> Result<TimeRange, ApiError> {
    TimeRange::new(from, to).filter(|range| range.start() < range.end()).ok_or_else(bad_range)
}

fn bad_range() -> ApiError {
    ApiError::invalid("bad_range", "to", "the end must lie after the beginning")
}

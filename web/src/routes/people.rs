//! Who may sign in, for those who configure.

use crate::{
    app::App,
    caller::Caller,
    error::{ApiError, ErrorBody},
    extract::Id,
    links,
    record::session::{Person, PersonList, SignInLink},
    registry::{Access, Routes},
};
use axum::{Json, extract::State};
use mingchu_domain::{
    id::PersonId,
    role::{Permission, Scope},
};
use serde_json::json;
use std::time::Duration;
use utoipa_axum::routes;

/// A link made for somebody who is told it by phone or message lives this long.
const LINK_LIVES: Duration = Duration::from_secs(24 * 3600);

pub(super) fn add(routes: Routes) -> Routes {
    let configure = Access::Needs(Permission::Configure);
    routes.add(configure, routes!(people)).add(configure, routes!(link))
}

/// Returns everybody who may sign in.
#[utoipa::path(
    get, path = "/api/v1/people", tag = "people",
    responses((status = 200, body = PersonList), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
async fn people(State(app): State<App>) -> Result<Json<PersonList>, ApiError> {
    let mut people = Vec::new();
    for person in app.store.people().await? {
        let known = app.store.person_by_login(&person.login).await?;
        let has_password = known.is_some_and(|(_, hash)| hash.is_some());
        let (area, canteen) = super::session::place_of(&app, &person, &Scope::All).await?;
        people.push(Person {
            id: person.id,
            login: person.login,
            office: person.office,
            role: person.role,
            area,
            canteen,
            has_password,
        });
    }
    Ok(Json(PersonList { people }))
}

/// Makes a one-time sign-in link for somebody, good for a day. It is shown once.
#[utoipa::path(
    post, path = "/api/v1/people/{id}/link", tag = "people", params(("id" = String, Path, description = "person")),
    responses((status = 200, body = SignInLink), (status = 404, body = ErrorBody))
)]
async fn link(State(app): State<App>, caller: Caller, Id(id): Id<PersonId>) -> Result<Json<SignInLink>, ApiError> {
    let people = app.store.people().await?;
    if !people.iter().any(|person| person.id == id) {
        return Err(ApiError::not_found("person"));
    }
    let now = app.now();
    app.store.append_audit(&caller.actor(), "person.link", &format!("person:{id}"), &json!({}), now).await?;
    let sign_in_url = links::sign_in_link(&app.store, &app.base(), id, LINK_LIVES, now).await?;
    Ok(Json(SignInLink { sign_in_url, expires_at: now + LINK_LIVES }))
}

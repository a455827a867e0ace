//! Signing in and out.

use crate::{
    app::App,
    caller::{self, Caller},
    error::{ApiError, ErrorBody},
    extract::{Body, ClientAddress, Segments},
    password,
    record::session::{AreaName, Credentials, Me, MyCanteen, NewPassword},
    registry::{Access, Routes},
    secret::Token,
};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use mingchu_domain::{id::PersonId, role::Scope, time::WallTime};
use mingchu_store::{Canteen, Person};
use serde_json::json;
use std::time::Duration;
use utoipa_axum::routes;

/// Failures of one account within this time count (GB/T 22239-2019 §7.1.4.1).
const FAILURE_WINDOW: Duration = Duration::from_secs(15 * 60);
const MOST_FAILURES: u32 = 5;
const LONGEST_LOGIN_BYTES: usize = 100;

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .add(Access::Open, routes!(sign_in))
        .add(Access::SignedIn, routes!(me, sign_out))
        .add(Access::SignedIn, routes!(set_password))
        .add(Access::Open, routes!(open_link))
}

/// Signs in with name and password.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "session", request_body = Credentials,
    responses(
        (status = 200, body = Me, description = "signed in; the answer sets the session's cookie"),
        (status = 401, body = ErrorBody, description = "wrong name or password"),
        (status = 429, body = ErrorBody, description = "5 failures: wait 15 minutes")
    )
)]
async fn sign_in(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    Body(credentials): Body<Credentials>,
) -> Result<Response, ApiError> {
    let now = app.now();
    app.sign_in_limit.take(address, now).map_err(|wait_s| {
        ApiError::too_many("too_many_attempts", "too many sign-in tries from this address; wait a minute", wait_s)
    })?;
    let login = credentials.login.trim();
    let wrong = || ApiError::new(StatusCode::UNAUTHORIZED, "wrong_credentials", "the name or the password is wrong");
    if login.len() > LONGEST_LOGIN_BYTES || credentials.password.len() > password::LONGEST_BYTES {
        return Err(wrong());
    }
    refuse_locked(&app, login, now).await?;
    let known = app.store.person_by_login(login).await?;
    let (person, hash) = known.map_or((None, None), |(person, hash)| (Some(person), hash));
    let is_right = app.hasher.fits(credentials.password, hash).await;
    let Some(person) = person.as_ref().filter(|_| is_right) else {
        app.store.record_login_failure(login, now).await?;
        // at most 5 rows in 15 minutes and account; unknown names leave none, or anybody could fill the trail
        if let Some(person) = &person {
            let subject = format!("person:{}", person.id);
            let detail = json!({ "address": address.to_string() });
            app.store.append_audit("anybody", "session.refused", &subject, &detail, now).await?;
        }
        return Err(wrong());
    };
    app.store.clear_login_failures(login).await?;
    let (caller, cookie) = begin(&app, person.id, now).await?;
    app.store.append_audit(&caller.actor(), "session.begin", "password", &json!({}), now).await?;
    Ok(([(header::SET_COOKIE, cookie)], Json(describe(&app, &caller).await?)).into_response())
}

async fn refuse_locked(app: &App, login: &str, now: WallTime) -> Result<(), ApiError> {
    if app.store.login_failures(login, now - FAILURE_WINDOW).await? < MOST_FAILURES {
        return Ok(());
    }
    let message = "5 failed tries: this account is locked for 15 minutes";
    Err(ApiError::too_many("account_locked", message, FAILURE_WINDOW.as_secs()))
}

/// Returns who is signed in.
#[utoipa::path(
    get, path = "/api/v1/session", tag = "session",
    responses((status = 200, body = Me), (status = 401, body = ErrorBody))
)]
async fn me(State(app): State<App>, caller: Caller) -> Result<Json<Me>, ApiError> {
    describe(&app, &caller).await.map(Json)
}

/// Signs out; the session is void at once.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "session",
    responses((status = 204), (status = 401, body = ErrorBody))
)]
async fn sign_out(State(app): State<App>, caller: Caller) -> Result<Response, ApiError> {
    app.store.end_session(&caller.session_sha256).await?;
    app.store.append_audit(&caller.actor(), "session.end", "session", &json!({}), app.now()).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, caller::no_cookie(&app))]).into_response())
}

/// Sets the password of the signed-in person and ends their other sessions.
#[utoipa::path(
    post, path = "/api/v1/session/password", tag = "session", request_body = NewPassword,
    responses(
        (status = 204, description = "set; the answer renews the session's cookie"),
        (status = 401, body = ErrorBody), (status = 422, body = ErrorBody), (status = 429, body = ErrorBody)
    )
)]
async fn set_password(
    State(app): State<App>,
    caller: Caller,
    Body(new): Body<NewPassword>,
) -> Result<Response, ApiError> {
    if new.password.chars().count() < password::SHORTEST || new.password.len() > password::LONGEST_BYTES {
        let message = format!("a password has at least {} characters", password::SHORTEST);
        return Err(ApiError::invalid("password_too_short", "password", message));
    }
    let now = app.now();
    refuse_locked(&app, &caller.person.login, now).await?;
    let known = app.store.person_by_login(&caller.person.login).await?;
    if let Some(hash) = known.and_then(|(_, hash)| hash)
        && !app.hasher.fits(new.current.unwrap_or_default(), Some(hash)).await
    {
        app.store.record_login_failure(&caller.person.login, now).await?;
        return Err(ApiError::invalid("wrong_password", "current", "the present password is wrong"));
    }
    let hash = app.hasher.hash(new.password).await.map_err(|error| ApiError::internal(&error))?;
    app.store.set_password(caller.person.id, &hash).await?;
    app.store.end_sessions_of(caller.person.id).await?;
    app.store.append_audit(&caller.actor(), "person.set_password", "self", &json!({}), now).await?;
    let (_, cookie) = begin(&app, caller.person.id, now).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Signs in by a one-time link and goes to the first page.
#[utoipa::path(
    get, path = "/sign-in/{token}", tag = "session", params(("token" = String, Path, description = "one-time secret")),
    responses(
        (status = 303, description = "signed in; the answer sets the session's cookie"),
        (status = 410, content_type = "text/html", description = "used or expired")
    )
)]
async fn open_link(
    State(app): State<App>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Segments(token): Segments<String>,
) -> Result<Response, ApiError> {
    let now = app.now();
    // a browser that only looks ahead must not use the link up
    let purpose = headers.get("sec-purpose").or_else(|| headers.get("purpose"));
    if purpose.and_then(|value| value.to_str().ok()).is_some_and(|text| text.contains("prefetch")) {
        return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    // 256 bits cannot be guessed; the limit only keeps the database free
    app.public_limit.take(address, now).map_err(|wait_s| {
        ApiError::too_many("too_many_attempts", "too many sign-in tries from this address; wait a minute", wait_s)
    })?;
    let person = match Token::parse(&token) {
        Some(token) => app.store.redeem_sign_in_link(&token.sha256(), now).await?,
        None => None,
    };
    let Some(person) = person else { return Ok((StatusCode::GONE, Html(USED_LINK)).into_response()) };
    let (caller, cookie) = begin(&app, person.id, now).await?;
    app.store.append_audit(&caller.actor(), "session.begin", "link", &json!({}), now).await?;
    Ok((StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, "/".to_owned())]).into_response())
}

const USED_LINK: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><title>链接已失效 · 明厨</title>\
    <style>body{font:16px/1.6 system-ui,sans-serif;max-width:32em;margin:15vh auto;padding:0 1em;color:#1f2937}\
    a{color:#0F766E}</style><h1>登录链接已失效</h1>\
    <p>每个链接只能使用一次，并且会过期。请向系统管理员索取新的链接，或<a href=\"/\">用账号密码登录</a>。</p>\
    <p lang=\"en\">This sign-in link was used or has expired. Ask the administrator for a new one, or \
    <a href=\"/\">sign in with your password</a>.</p></html>";

/// Begins a session and returns its cookie.
async fn begin(app: &App, person: PersonId, now: WallTime) -> Result<(Caller, String), ApiError> {
    let token = Token::generate();
    let (idle, absolute) = (app.config.session_idle, app.config.session_absolute);
    app.store.insert_session(&token.sha256(), person, now, idle, absolute).await?;
    let caller = caller::of_session(app, token.sha256()).await?;
    Ok((caller, caller::session_cookie(app, &token)))
}

async fn describe(app: &App, caller: &Caller) -> Result<Me, ApiError> {
    let person = &caller.person;
    let (area, canteen) = place_of(app, person, &caller.scope).await?;
    let has_password = app.store.person_by_login(&person.login).await?.is_some_and(|(_, hash)| hash.is_some());
    Ok(Me::new(caller, area, canteen, has_password))
}

/// Returns the names of a person's area and canteen.
pub(super) async fn place_of(
    app: &App,
    person: &Person,
    scope: &Scope,
) -> Result<(Option<AreaName>, Option<MyCanteen>), ApiError> {
    let area = match person.area_id {
        Some(id) => app.store.areas(scope).await?.into_iter().find(|area| area.id == id),
        None => None,
    };
    let canteen = match person.canteen_id {
        // also for parents, whose scope is the public
        Some(id) => Some(app.store.canteen(&Scope::Canteen(id), id).await?),
        None => None,
    };
    let area = area.map(|area| AreaName { id: area.id, name: area.name, name_en: area.name_en });
    let canteen = canteen.map(|canteen| {
        let Canteen { id, code, name, name_en, .. } = canteen;
        MyCanteen { id, code, name, name_en }
    });
    Ok((area, canteen))
}

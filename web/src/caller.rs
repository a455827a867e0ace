//! The signed-in person behind a request, and the cookie that proves it.

use crate::{app::App, error::ApiError, secret::Token};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use axum_extra::extract::cookie::CookieJar;
use mingchu_domain::role::Scope;
use mingchu_store::{Person, Reviewer};

/// A signed-in person and how far their rights reach.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) person: Person,
    pub(crate) scope: Scope,
    /// SHA-256 of the session's secret.
    pub(crate) session_sha256: String,
}

impl Caller {
    /// Returns the caller as the audit trail names them.
    pub(crate) fn actor(&self) -> String {
        format!("person:{}", self.person.id)
    }

    /// Returns the caller as verdicts and answers name them.
    pub(crate) fn reviewer(&self) -> Reviewer {
        self.person.reviewer()
    }
}

/// Put into the request by the guard; a handler of an open route that asks for it is a mistake.
impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(ApiError::not_signed_in)
    }
}

/// Returns who sent the request.
///
/// # Errors
/// 401 without a session that is alive.
pub(crate) async fn of_request(app: &App, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(cookie_name(app)).and_then(|cookie| Token::parse(cookie.value()));
    let session_sha256 = token.ok_or_else(ApiError::not_signed_in)?.sha256();
    of_session(app, session_sha256).await
}

/// Returns whose session it is, and counts as its use.
pub(crate) async fn of_session(app: &App, session_sha256: String) -> Result<Caller, ApiError> {
    let person = app.store.session(&session_sha256, app.now()).await?.ok_or_else(ApiError::not_signed_in)?;
    let scope = person.scope();
    Ok(Caller { person, scope, session_sha256 })
}

/// Browsers accept `__Host-` only over HTTPS, where it keeps sister sites from setting the cookie.
pub(crate) fn cookie_name(app: &App) -> &'static str {
    if is_secure(app) { "__Host-mingchu" } else { "mingchu" }
}

fn is_secure(app: &App) -> bool {
    app.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
}

/// Returns the `Set-Cookie` value that holds a session.
pub(crate) fn session_cookie(app: &App, token: &Token) -> String {
    set_cookie(app, token.reveal(), app.config.session_absolute.as_secs())
}

/// Returns the `Set-Cookie` value that ends one.
pub(crate) fn no_cookie(app: &App) -> String {
    set_cookie(app, "", 0)
}

fn set_cookie(app: &App, value: &str, max_age_s: u64) -> String {
    let secure = if is_secure(app) { "; Secure" } else { "" };
    format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age_s}{secure}", cookie_name(app))
}

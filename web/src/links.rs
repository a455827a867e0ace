//! Addresses that leave the server: public pages, QR codes, sign-in links.

use crate::{app::App, secret::Token};
use mingchu_domain::{id::PersonId, time::WallTime};
use mingchu_store::{Store, StoreError};
use std::time::Duration;

/// Makes a one-time sign-in link below `base`, as `http://127.0.0.1:8080`.
///
/// # Errors
/// When the store fails or knows no such person.
pub async fn sign_in_link(
    store: &Store,
    base: &str,
    person: PersonId,
    lives: Duration,
    now: WallTime,
) -> Result<String, StoreError> {
    let token = Token::generate();
    store.insert_sign_in_link(&token.sha256(), person, now + lives).await?;
    Ok(format!("{}/sign-in/{}", base.trim_end_matches('/'), token.reveal()))
}

/// Returns the address of a canteen's public page.
pub(crate) fn public_page(app: &App, code: &str) -> String {
    format!("{}/p/{code}", app.base())
}

//! Passwords: argon2id, hashed on blocking threads, two at a time.

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use std::sync::LazyLock;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Fewest characters of a password (GB/T 22239-2019 §7.1.4.1 asks for complexity; length serves it better).
pub(crate) const SHORTEST: usize = 10;
/// Longest password in bytes; longer text only burns time.
pub(crate) const LONGEST_BYTES: usize = 200;

/// Compared when nobody has the login, so that the answer takes as long; matches no password.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now(crate::secret::Token::generate().reveal()).unwrap_or_default());

/// Hashing takes 19 MiB and a core: two at a time, further callers wait.
#[derive(Debug)]
pub(crate) struct Hasher(Semaphore);

/// The password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("password could not be hashed: {0}")]
pub(crate) struct HashFailed(String);

fn hash_now(password: &str) -> Result<String, HashFailed> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|error| HashFailed(error.to_string()))?;
    Ok(hash.to_string())
}

impl Hasher {
    pub(crate) fn new() -> Self {
        Self(Semaphore::new(2))
    }

    /// Returns the hash to store, with its salt and parameters (PHC string).
    pub(crate) async fn hash(&self, password: String) -> Result<String, HashFailed> {
        let _turn = self.0.acquire().await.map_err(|error| HashFailed(error.to_string()))?;
        spawn_blocking(move || hash_now(&password)).await.map_err(|error| HashFailed(error.to_string()))?
    }

    /// Whether the password fits the stored hash; without one, false after the same time.
    pub(crate) async fn fits(&self, password: String, stored: Option<String>) -> bool {
        let Ok(_turn) = self.0.acquire().await else { return false };
        let check = spawn_blocking(move || {
            let hash = stored.as_deref().unwrap_or(&NOBODY);
            Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
        });
        check.await.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let hasher = Hasher::new();
        let stored = hasher.hash("correct horse battery".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(hasher.fits("correct horse battery".into(), Some(stored.clone())).await);
        assert!(!hasher.fits("correct horse".into(), Some(stored)).await);
        assert!(!hasher.fits(String::new(), None).await);
    }
}

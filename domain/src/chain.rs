//! The hash chain over a stream's footage.

use sha2::{Digest, Sha256};

/// Returns the hex SHA-256 over the previous chain value and a file's SHA-256, both hex; the first previous is empty.
///
/// A file that is changed, removed or put elsewhere breaks every later value.
#[must_use]
pub fn chain(previous: &str, sha256: &str) -> String {
    hex::encode(Sha256::new().chain_update(previous).chain_update(sha256).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_matters() {
        let (a, b) = ("aa", "bb");
        assert_ne!(chain(&chain("", a), b), chain(&chain("", b), a));
    }
}

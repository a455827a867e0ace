//! The hash chain of the audit trail: each row's hash covers the row before, so that a removed row shows.

use crate::time::WallTime;
use sha2::{Digest, Sha256};

/// What one row of the audit trail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: WallTime,
    /// Who, by id or role, as `person:0192…` or `system`.
    pub actor: String,
    /// What, as `violation.confirm`.
    pub action: String,
    /// On what, as `violation:0192…`.
    pub subject: String,
    /// More, as JSON text; no names, no passwords.
    pub detail: String,
}

impl AuditEntry {
    /// Returns the hex SHA-256 over the previous hash and every field, each behind its length.
    #[must_use]
    pub fn hash(&self, previous: &str) -> String {
        let at = self.at.micros().to_string();
        let mut hasher = Sha256::new();
        for field in [previous, &at, &self.actor, &self.action, &self.subject, &self.detail] {
            hasher.update((field.len() as u64).to_be_bytes());
            hasher.update(field.as_bytes());
        }
        hex::encode(hasher.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_byte_between_fields_changes_the_hash() {
        let entry = |actor: &str, action: &str| AuditEntry {
            at: WallTime::from_micros(7),
            actor: actor.into(),
            action: action.into(),
            subject: String::new(),
            detail: String::new(),
        };
        assert_ne!(entry("ab", "c").hash(""), entry("a", "bc").hash(""));
        assert_ne!(entry("a", "b").hash(""), entry("a", "b").hash("0"));
    }
}

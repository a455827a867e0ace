//! What a deletion receipt says, and the hash that chains it to the one before.

use super::DeletionCause;
use crate::{
    id::{CameraId, StreamId},
    time::WallTime,
};
use sha2::{Digest, Sha256};

/// What a deletion receipt says. One receipt tells of files that followed one another in the stream's hash chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptFacts {
    /// When the rows went.
    pub at: WallTime,
    /// The camera.
    pub camera_id: CameraId,
    /// Its stream.
    pub stream_id: StreamId,
    /// Start of the first file.
    pub started_at: WallTime,
    /// End of the last file.
    pub ended_at: WallTime,
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// The stream's hash chain before the first file; empty at its beginning.
    pub chain_before: String,
    /// The stream's hash chain after the last file: what the next file that stays is chained to.
    pub chain_after: String,
    /// Why.
    pub cause: DeletionCause,
    /// Version of the policies in force; 0: the built-in one.
    pub policy_version: u32,
    /// The order, or why; codes, no names.
    pub basis: String,
}

impl ReceiptFacts {
    /// Returns the hex SHA-256 over the previous receipt's hash and every field, each behind its length.
    #[must_use]
    pub fn hash(&self, previous: &str) -> String {
        let fields = [
            previous.to_owned(),
            self.at.micros().to_string(),
            self.camera_id.to_string(),
            self.stream_id.to_string(),
            self.started_at.micros().to_string(),
            self.ended_at.micros().to_string(),
            self.files.to_string(),
            self.bytes.to_string(),
            self.chain_before.clone(),
            self.chain_after.clone(),
            self.cause.as_str().to_owned(),
            self.policy_version.to_string(),
            self.basis.clone(),
        ];
        let mut hasher = Sha256::new();
        for field in &fields {
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
    fn every_field_counts() {
        let facts = ReceiptFacts {
            at: WallTime::from_micros(9),
            camera_id: CameraId::generate(),
            stream_id: StreamId::generate(),
            started_at: WallTime::from_micros(1),
            ended_at: WallTime::from_micros(2),
            files: 3,
            bytes: 4,
            chain_before: "aa".into(),
            chain_after: "bb".into(),
            cause: DeletionCause::Period,
            policy_version: 1,
            basis: String::new(),
        };
        let hash = facts.hash("");
        for changed in [
            ReceiptFacts { files: 2, ..facts.clone() },
            ReceiptFacts { chain_after: "cc".into(), ..facts.clone() },
            ReceiptFacts { cause: DeletionCause::Order, ..facts.clone() },
            ReceiptFacts { basis: "x".into(), ..facts.clone() },
        ] {
            assert_ne!(changed.hash(""), hash);
        }
        assert_ne!(facts.hash("0"), hash);
    }
}

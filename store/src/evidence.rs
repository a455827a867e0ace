//! The clip behind a violation, or why there is none.

use crate::{
    cell::{Cells, Record},
    db::{Tx, args},
    error::StoreError,
    jobs::JobKind,
    open::Store,
};
use mingchu_domain::{
    id::{ClipId, ViolationId},
    time::{TimeRange, WallTime},
    violation::EvidenceState,
};

/// A clip that was cut and stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClip {
    /// Its id.
    pub id: ClipId,
    /// The time it covers.
    pub range: TimeRange,
    /// The object.
    pub object_key: String,
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Pictures in it.
    pub frames: u32,
}

/// Where the evidence of a violation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The state.
    pub state: EvidenceState,
    /// Why there is no clip.
    pub reason: Option<String>,
    /// The clip.
    pub clip: Option<NewClip>,
}

impl Record for Evidence {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let range: Option<(WallTime, WallTime)> = row.maybe("clip_start")?.zip(row.maybe("clip_end")?);
        let clip = match (row.maybe("clip_id")?, range.and_then(|(start, end)| TimeRange::new(start, end))) {
            (Some(id), Some(range)) => Some(NewClip {
                id,
                range,
                object_key: row.cell("object_key")?,
                size_bytes: row.cell("size_bytes")?,
                sha256: row.cell("sha256")?,
                frames: row.cell("clip_frames")?,
            }),
            _ => None,
        };
        // no row yet: the clip is being cut
        let state = row.maybe("evidence_state")?.unwrap_or(EvidenceState::Pending);
        Ok(Self { state, reason: row.maybe("evidence_reason")?, clip })
    }
}

impl Tx {
    /// Writes that there is no clip, and why, unless the evidence is decided; then the notice goes out without it.
    pub(crate) async fn evidence_given_up(
        &mut self,
        violation: ViolationId,
        why: &str,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into evidence (violation_id, state, reason) \
             select violation_id, 'missing', $2 from violation where violation_id = $1 \
             on conflict (violation_id) do update set state = excluded.state, reason = excluded.reason \
             where evidence.state = 'pending'";
        if self.run(SQL, args![violation, format!("the clip could not be cut: {why}")]).await? > 0 {
            let payload = serde_json::json!({ "violation_id": violation });
            self.enqueue(JobKind::IssueNotice, &payload, at).await?;
        }
        Ok(())
    }
}

impl Store {
    /// Writes where the evidence stands. Once it is decided, the job that issues the notice goes on the list, once.
    ///
    /// # Errors
    /// `Conflict` with `evidence_ready_check` or `evidence_missing_check` when clip or reason is not given.
    pub async fn set_evidence(
        &self,
        violation: ViolationId,
        state: EvidenceState,
        reason: Option<&str>,
        clip: Option<&NewClip>,
        at: WallTime,
    ) -> Result<(), StoreError> {
        const DECIDED: &str = "select count(*) as n from evidence where violation_id = $1 and state <> 'pending'";
        const SQL: &str = "insert into evidence (violation_id, state, reason, clip_id, started_at, ended_at, \
             object_key, size_bytes, sha256, frames) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             on conflict (violation_id) do update set state = excluded.state, reason = excluded.reason, \
             clip_id = excluded.clip_id, started_at = excluded.started_at, ended_at = excluded.ended_at, \
             object_key = excluded.object_key, size_bytes = excluded.size_bytes, sha256 = excluded.sha256, \
             frames = excluded.frames";
        let args = args![
            violation,
            state.as_str(),
            reason,
            clip.map(|clip| clip.id),
            clip.map(|clip| clip.range.start()),
            clip.map(|clip| clip.range.end()),
            clip.map(|clip| clip.object_key.as_str()),
            clip.map(|clip| clip.size_bytes),
            clip.map(|clip| clip.sha256.as_str()),
            clip.map(|clip| clip.frames),
        ];
        let mut tx = self.db.begin().await?;
        let was_decided = tx.one::<crate::cell::Number>("count", DECIDED, args![violation]).await?.0 > 0;
        tx.run(SQL, args).await?;
        if state != EvidenceState::Pending && !was_decided {
            let payload = serde_json::json!({ "violation_id": violation });
            tx.enqueue(JobKind::IssueNotice, &payload, at).await?;
        }
        tx.commit().await
    }
}

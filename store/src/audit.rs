//! The audit trail: who did what, chained by hash.

use crate::{
    cell::{Cells, Record},
    db::{Tx, args},
    error::StoreError,
    open::Store,
    page::{Cursor, Page, PageKey},
};
use mingchu_domain::{audit::AuditEntry, time::WallTime};
use uuid::Uuid;

/// The actor of what no person did.
pub const SYSTEM: &str = "system";

/// Rows read at once while the chain is verified.
const BATCH: i64 = 1000;

/// A row of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// 1, 2, 3, … without holes.
    pub seq: i64,
    /// What it says.
    pub entry: AuditEntry,
    /// SHA-256 over the row before and this one, hex.
    pub hash: String,
}

/// What verifying the chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditState {
    /// Rows that are as they were written, from the first.
    pub sound: i64,
    /// The first row that was changed, or is missing.
    pub first_broken: Option<i64>,
}

impl Record for AuditRow {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let entry = AuditEntry {
            at: row.cell("at")?,
            actor: row.cell("actor")?,
            action: row.cell("action")?,
            subject: row.cell("subject")?,
            detail: row.cell("detail")?,
        };
        Ok(Self { seq: row.cell("seq")?, entry, hash: row.cell("hash")? })
    }
}

struct Head {
    seq: i64,
    hash: String,
}

impl Record for Head {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self { seq: row.cell("seq")?, hash: row.cell("hash")? })
    }
}

impl Tx {
    /// Adds a row to the audit trail. Do it last: the chain's end is locked until the transaction ends.
    pub(crate) async fn audit(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        const NEXT: &str = "update audit_head set seq = seq + 1 where id = 1 returning seq, hash";
        const ROW: &str = "insert into audit (seq, at, actor, action, subject, detail, hash) \
             values ($1, $2, $3, $4, $5, $6, $7)";
        let head: Head = self.one("end of the audit trail", NEXT, vec![]).await?;
        let hash = entry.hash(&head.hash);
        let args = args![head.seq, entry.at, &entry.actor, &entry.action, &entry.subject, &entry.detail, &hash];
        self.run(ROW, args).await?;
        self.run("update audit_head set hash = $1 where id = 1", args![&hash]).await?;
        Ok(())
    }
}

impl Store {
    /// Adds a row to the audit trail. `detail` has no names and no passwords.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn append_audit(
        &self,
        actor: &str,
        action: &str,
        subject: &str,
        detail: &serde_json::Value,
        at: WallTime,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.audit(&entry(actor, action, subject, detail, at)).await?;
        tx.commit().await
    }

    /// Returns a page of the audit trail, newest first.
    ///
    /// # Errors
    /// `BadCursor`.
    pub async fn audit(&self, key: &PageKey) -> Result<Page<AuditRow>, StoreError> {
        const SQL: &str = "select * from audit where seq < $1 order by seq desc limit $2";
        let before = key.cursor()?.at.micros();
        let rows = self.db.all(SQL, args![before, key.rows()]).await?;
        // the cursor's first half is the row's number: it orders the trail better than its time
        Ok(key.page(rows, |row: &AuditRow| Cursor { at: WallTime::from_micros(row.seq), id: Uuid::nil() }))
    }

    /// Recomputes the whole chain.
    ///
    /// # Errors
    /// When the database fails. A broken chain is no error, see [`AuditState`].
    pub async fn verify_audit(&self) -> Result<AuditState, StoreError> {
        const HEAD: &str = "select seq, hash from audit_head where id = 1";
        const ROWS: &str = "select * from audit where seq > $1 and seq <= $2 order by seq limit $3";
        let head: Head = self.db.one("end of the audit trail", HEAD, vec![]).await?;
        let (mut sound, mut hash) = (0, String::new());
        while sound < head.seq {
            let rows: Vec<AuditRow> = self.db.all(ROWS, args![sound, head.seq, BATCH]).await?;
            for row in &rows {
                let expected = row.entry.hash(&hash);
                if row.seq != sound + 1 || row.hash != expected {
                    return Ok(AuditState { sound, first_broken: Some(sound + 1) });
                }
                (sound, hash) = (row.seq, expected);
            }
            if rows.is_empty() {
                return Ok(AuditState { sound, first_broken: Some(sound + 1) });
            }
        }
        let first_broken = (hash != head.hash).then_some(sound);
        Ok(AuditState { sound, first_broken })
    }
}

/// Makes an entry of its parts.
pub(crate) fn entry(actor: &str, action: &str, subject: &str, detail: &serde_json::Value, at: WallTime) -> AuditEntry {
    AuditEntry {
        at,
        actor: actor.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_string(),
    }
}

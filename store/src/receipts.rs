//! Deletion receipts: what was deleted, and proof that the rest is whole.

use crate::{
    cell::{Cells, Record},
    db::{Tx, args},
    error::StoreError,
    open::Store,
    page::{Cursor, Page, PageKey},
    scope::{scoped, within},
};
use mingchu_domain::{
    chain::chain,
    id::{DeletionOrderId, SegmentId, StreamId, VolumeId},
    retention::ReceiptFacts,
    role::Scope,
    time::WallTime,
};
use std::collections::HashMap;
use uuid::Uuid;

/// Rows read at once while a chain is verified.
const BATCH: u32 = 1000;

/// A deletion receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// 1, 2, 3, … without holes.
    pub seq: i64,
    /// What it says.
    pub facts: ReceiptFacts,
    /// The disk the files lay on.
    pub volume_id: Option<VolumeId>,
    /// The order it carries out.
    pub order_id: Option<DeletionOrderId>,
    /// SHA-256 over the receipt before and this one, hex.
    pub hash: String,
    /// Chinese name of the camera; empty for a receipt just made.
    pub camera_name: String,
    /// English name of the camera.
    pub camera_name_en: String,
    /// Chinese name of the canteen.
    pub canteen_name: String,
    /// English name of the canteen.
    pub canteen_name_en: String,
}

/// What verifying a stream's footage against its receipts found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FootageState {
    /// Files whose place in the chain is proved.
    pub sound: u64,
    /// Files that receipts account for.
    pub deleted: u64,
    /// The first file that does not follow from what stands before it: something is missing there without a receipt.
    pub first_broken: Option<SegmentId>,
}

impl Record for Receipt {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let facts = ReceiptFacts {
            at: row.cell("deleted_at")?,
            camera_id: row.cell("camera_id")?,
            stream_id: row.cell("stream_id")?,
            started_at: row.cell("started_at")?,
            ended_at: row.cell("ended_at")?,
            files: row.cell("files")?,
            bytes: row.cell("size_bytes")?,
            chain_before: row.cell("chain_before")?,
            chain_after: row.cell("chain_after")?,
            cause: row.cell("cause")?,
            policy_version: row.cell("policy_version")?,
            basis: row.cell("basis")?,
        };
        Ok(Self {
            seq: row.cell("seq")?,
            facts,
            volume_id: row.maybe("volume_id")?,
            order_id: row.maybe("order_id")?,
            hash: row.cell("hash")?,
            camera_name: row.cell("camera_name")?,
            camera_name_en: row.cell("camera_name_en")?,
            canteen_name: row.cell("canteen_name")?,
            canteen_name_en: row.cell("canteen_name_en")?,
        })
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

struct Link {
    id: SegmentId,
    at: WallTime,
    sha256: String,
    chain: String,
}

impl Record for Link {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("segment_id")?,
            at: row.cell("started_at")?,
            sha256: row.cell("sha256")?,
            chain: row.cell("chain")?,
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select receipt.*, camera.name as camera_name, camera.name_en as camera_name_en, \
             canteen.name as canteen_name, canteen.name_en as canteen_name_en from receipt \
             join camera on camera.camera_id = receipt.camera_id \
             join canteen on canteen.canteen_id = camera.canteen_id ",
            $rest
        )
    };
}

impl Tx {
    /// Adds a receipt behind the last one.
    pub(crate) async fn insert_receipt(
        &mut self,
        facts: &ReceiptFacts,
        volume: Option<VolumeId>,
        order: Option<DeletionOrderId>,
    ) -> Result<Receipt, StoreError> {
        const NEXT: &str = "update receipt_head set seq = seq + 1 where id = 1 returning seq, hash";
        const ROW: &str = "insert into receipt (seq, deleted_at, camera_id, stream_id, volume_id, started_at, \
             ended_at, files, size_bytes, chain_before, chain_after, cause, policy_version, order_id, basis, hash) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
        let head: Head = self.one("end of the receipts", NEXT, vec![]).await?;
        let hash = facts.hash(&head.hash);
        let args = args![
            head.seq,
            facts.at,
            facts.camera_id,
            facts.stream_id,
            volume,
            facts.started_at,
            facts.ended_at,
            facts.files,
            facts.bytes,
            &facts.chain_before,
            &facts.chain_after,
            facts.cause.as_str(),
            facts.policy_version,
            order,
            &facts.basis,
            &hash,
        ];
        self.run(ROW, args).await?;
        self.run("update receipt_head set hash = $1 where id = 1", args![&hash]).await?;
        Ok(Receipt {
            seq: head.seq,
            facts: facts.clone(),
            volume_id: volume,
            order_id: order,
            hash,
            camera_name: String::new(),
            camera_name_en: String::new(),
            canteen_name: String::new(),
            canteen_name_en: String::new(),
        })
    }
}

impl Store {
    /// Returns a page of the receipts of the scope, newest first.
    ///
    /// # Errors
    /// `BadCursor`.
    pub async fn receipts(&self, scope: &Scope, key: &PageKey) -> Result<Page<Receipt>, StoreError> {
        const SQL: &str = concat!(
            select!("where receipt.seq < $3 and "),
            within!("canteen.path"),
            " order by receipt.seq desc limit $4",
        );
        let before = key.cursor()?.at.micros();
        let rows = self.db.all(SQL, scoped(scope, args![before, key.rows()])).await?;
        Ok(key.page(rows, |row: &Receipt| Cursor { at: WallTime::from_micros(row.seq), id: Uuid::nil() }))
    }

    /// Returns where the stream's hash chain ends: at its newest file, or at what a receipt says came after.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn chain_end(&self, stream: StreamId) -> Result<String, StoreError> {
        const RECEIPT: &str = "select chain_after as t from receipt where stream_id = $1 and started_at >= $2 \
             order by ended_at desc, seq desc limit 1";
        let last = self.last_segment(stream).await?;
        let since = last.as_ref().map_or(WallTime::from_micros(i64::MIN), |last| last.range.end());
        let receipt: Option<crate::cell::Text> = self.db.maybe(RECEIPT, args![stream, since]).await?;
        Ok(receipt.map(|receipt| receipt.0).or(last.map(|last| last.chain)).unwrap_or_default())
    }

    /// Walks a stream's hash chain from its beginning, over the files that are there and the receipts of those that are
    /// not.
    ///
    /// # Errors
    /// When the database fails. A broken chain is no error, see [`FootageState`].
    pub async fn verify_footage(&self, stream: StreamId) -> Result<FootageState, StoreError> {
        const LINKS: &str = "select segment_id, started_at, sha256, chain from segment where stream_id = $1 \
             and (started_at > $2 or (started_at = $2 and segment_id > $3)) order by started_at, segment_id limit $4";
        const RECEIPTS: &str = select!("where receipt.stream_id = $1");
        let receipts: Vec<Receipt> = self.db.all(RECEIPTS, args![stream]).await?;
        let mut skips: HashMap<String, (String, u64)> = HashMap::new();
        for receipt in receipts {
            let facts = receipt.facts;
            skips.insert(facts.chain_before, (facts.chain_after, facts.files));
        }
        let mut state = FootageState { sound: 0, deleted: 0, first_broken: None };
        let (mut end, mut after) = (String::new(), (WallTime::from_micros(i64::MIN), Uuid::nil()));
        loop {
            let links: Vec<Link> = self.db.all(LINKS, args![stream, after.0, after.1, BATCH]).await?;
            for link in &links {
                while chain(&end, &link.sha256) != link.chain {
                    let Some((next, files)) = skips.remove(&end) else {
                        state.first_broken = Some(link.id);
                        return Ok(state);
                    };
                    (end, state.deleted) = (next, state.deleted + files);
                }
                (end, state.sound) = (link.chain.clone(), state.sound + 1);
            }
            let Some(last) = links.last() else { break };
            after = (last.at, last.id.uuid());
        }
        while let Some((next, files)) = skips.remove(&end) {
            (end, state.deleted) = (next, state.deleted + files);
        }
        Ok(state)
    }

    /// Recomputes the chain of the receipts; returns how many are as they were written, and the first that is not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_receipts(&self) -> Result<crate::AuditState, StoreError> {
        const HEAD: &str = "select seq, hash from receipt_head where id = 1";
        const AFTER: &str = select!("where receipt.seq > $1 order by receipt.seq limit $2");
        let head: Head = self.db.one("end of the receipts", HEAD, vec![]).await?;
        let (mut sound, mut hash) = (0, String::new());
        while sound < head.seq {
            let rows: Vec<Receipt> = self.db.all(AFTER, args![sound, BATCH]).await?;
            for row in &rows {
                let expected = row.facts.hash(&hash);
                if row.seq != sound + 1 || row.hash != expected {
                    return Ok(crate::AuditState { sound, first_broken: Some(sound + 1) });
                }
                (sound, hash) = (row.seq, expected);
            }
            if rows.is_empty() {
                return Ok(crate::AuditState { sound, first_broken: Some(sound + 1) });
            }
        }
        Ok(crate::AuditState { sound, first_broken: (hash != head.hash).then_some(sound) })
    }
}

//! The archive's index: which bytes lie where, and where there are none, and why.

use crate::{
    cell::{Cells, Record},
    db::args,
    error::StoreError,
    open::Store,
};
use mingchu_domain::{
    camera::GapCause,
    id::{GapId, SegmentId, StreamId},
    time::{MediaTime, TimeRange, WallTime},
};

/// An archive file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its id.
    pub id: SegmentId,
    /// The stream it holds.
    pub stream_id: StreamId,
    /// The time it covers.
    pub range: TimeRange,
    /// Presentation time of the first picture.
    pub first_90k: MediaTime,
    /// Pictures in it.
    pub frames: u32,
    /// Its size.
    pub size_bytes: u64,
    /// Relative to the archive folder.
    pub path: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// SHA-256 over the stream's previous chain and `sha256`, hex.
    pub chain: String,
}

/// A time without footage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its id.
    pub id: GapId,
    /// The stream that has none.
    pub stream_id: StreamId,
    /// When it began.
    pub started_at: WallTime,
    /// When footage came again; `None` while it lasts.
    pub ended_at: Option<WallTime>,
    /// Why.
    pub cause: GapCause,
    /// More, for a person; no address, no password.
    pub detail: String,
}

impl Record for Segment {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let (start, end) = (row.cell("started_at")?, row.cell("ended_at")?);
        Ok(Self {
            id: row.cell("segment_id")?,
            stream_id: row.cell("stream_id")?,
            range: TimeRange::new(start, end).ok_or_else(|| sqlx::Error::Decode("segment is reversed".into()))?,
            first_90k: row.cell("first_90k")?,
            frames: row.cell("frames")?,
            size_bytes: row.cell("size_bytes")?,
            path: row.cell("path")?,
            sha256: row.cell("sha256")?,
            chain: row.cell("chain")?,
        })
    }
}

impl Record for Gap {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("gap_id")?,
            stream_id: row.cell("stream_id")?,
            started_at: row.cell("started_at")?,
            ended_at: row.maybe("ended_at")?,
            cause: row.cell("cause")?,
            detail: row.cell("detail")?,
        })
    }
}

const OPEN_GAP: &str = "select * from gap where stream_id = $1 and ended_at is null";
// a clock that was set back must not make a reversed gap
const CLOSE_GAP: &str = "update gap set ended_at = case when $2 < started_at then started_at else $2 end \
     where stream_id = $1 and ended_at is null";

impl Store {
    /// Adds an archive file. Its bytes must be durable before.
    ///
    /// # Errors
    /// `Conflict` when the path is taken.
    pub async fn insert_segment(&self, segment: &Segment) -> Result<(), StoreError> {
        const SQL: &str = "insert into segment (segment_id, stream_id, started_at, ended_at, first_90k, frames, \
             size_bytes, path, sha256, chain) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let args = args![
            segment.id,
            segment.stream_id,
            segment.range.start(),
            segment.range.end(),
            segment.first_90k.0,
            segment.frames,
            segment.size_bytes,
            &segment.path,
            &segment.sha256,
            &segment.chain,
        ];
        self.db.run(SQL, args).await.map(|_| ())
    }

    /// Returns the segments that touch the range, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn segments(&self, stream: StreamId, range: TimeRange) -> Result<Vec<Segment>, StoreError> {
        const SQL: &str = "select * from segment where stream_id = $1 and started_at < $3 and ended_at > $2 \
             order by started_at, segment_id";
        self.db.all(SQL, args![stream, range.start(), range.end()]).await
    }

    /// Returns the stream's newest segment.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_segment(&self, stream: StreamId) -> Result<Option<Segment>, StoreError> {
        const SQL: &str =
            "select * from segment where stream_id = $1 order by started_at desc, segment_id desc limit 1";
        self.db.maybe(SQL, args![stream]).await
    }

    /// Opens a gap at `at`. A gap of the same cause that is open stays; one of another cause ends there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_gap(
        &self,
        stream: StreamId,
        at: WallTime,
        cause: GapCause,
        detail: &str,
    ) -> Result<(), StoreError> {
        const SQL: &str = "insert into gap (gap_id, stream_id, started_at, cause, detail) values ($1, $2, $3, $4, $5)";
        let mut tx = self.db.begin().await?;
        let open: Option<Gap> = tx.maybe(OPEN_GAP, args![stream]).await?;
        if open.is_some_and(|gap| gap.cause == cause) {
            return Ok(());
        }
        tx.run(CLOSE_GAP, args![stream, at]).await?;
        tx.run(SQL, args![GapId::generate(), stream, at, cause.as_str(), detail]).await?;
        tx.commit().await
    }

    /// Ends the open gap at `at`, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_gap(&self, stream: StreamId, at: WallTime) -> Result<(), StoreError> {
        self.db.run(CLOSE_GAP, args![stream, at]).await.map(|_| ())
    }

    /// Returns the stream's open gap.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_gap_of(&self, stream: StreamId) -> Result<Option<Gap>, StoreError> {
        self.db.maybe(OPEN_GAP, args![stream]).await
    }

    /// Returns the gaps that touch the range, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn gaps(&self, stream: StreamId, range: TimeRange) -> Result<Vec<Gap>, StoreError> {
        const SQL: &str = "select * from gap where stream_id = $1 and started_at < $3 \
             and (ended_at is null or ended_at > $2) order by started_at, gap_id";
        self.db.all(SQL, args![stream, range.start(), range.end()]).await
    }
}

//! The archive's index: which bytes lie where, and where there are none, and why.

use crate::{
    cell::{Cells, Record},
    db::{Arg, args},
    error::StoreError,
    open::Store,
};
use mingchu_domain::{
    camera::GapCause,
    id::{GapId, SegmentId, StreamId, VolumeId},
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
    /// The disk it lies on; `None`: written before disks were told apart, then it is the first one.
    pub volume_id: Option<VolumeId>,
    /// Relative to the volume's folder.
    pub path: String,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// SHA-256 over the stream's previous chain and `sha256`, hex.
    pub chain: String,
    /// Camera's clock minus ours while it was recorded, in microseconds; `None`: not measured.
    pub clock_offset_us: Option<i64>,
    /// Why the file cannot be served as whole, file missing or file damaged; `None`: it is whole.
    pub fault: Option<GapCause>,
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

/// Pictures inside a segment that came broken or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PacketLoss {
    /// The stream that lost them.
    pub stream_id: StreamId,
    /// Arrival of the first picture behind a loss.
    pub started_at: WallTime,
    /// Arrival of the last one.
    pub ended_at: WallTime,
    /// RTP packets that never came.
    pub packets: u32,
    /// How many times some were missing.
    pub events: u32,
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
            volume_id: row.maybe("volume_id")?,
            path: row.cell("path")?,
            sha256: row.cell("sha256")?,
            chain: row.cell("chain")?,
            clock_offset_us: row.maybe("clock_offset_us")?,
            fault: row.maybe("fault")?,
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

impl Record for PacketLoss {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            stream_id: row.cell("stream_id")?,
            started_at: row.cell("started_at")?,
            ended_at: row.cell("ended_at")?,
            packets: row.cell("packets")?,
            events: row.cell("events")?,
        })
    }
}

const INSERT_SEGMENT: &str = "insert into segment (segment_id, stream_id, started_at, ended_at, first_90k, frames, \
     size_bytes, path, sha256, chain, clock_offset_us, volume_id) \
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (segment_id) do nothing";

fn segment_args(segment: &Segment) -> Vec<Arg> {
    args![
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
        segment.clock_offset_us,
        segment.volume_id,
    ]
}

const INSERT_GAP: &str = "insert into gap (gap_id, stream_id, started_at, ended_at, cause, detail, segment_id) \
     values ($1, $2, $3, $4, $5, $6, $7)";

impl Store {
    /// Adds an archive file. Its bytes must be durable before. Told again of the same segment it does nothing.
    ///
    /// # Errors
    /// `Conflict` when the path is taken by another segment.
    pub async fn insert_segment(&self, segment: &Segment) -> Result<(), StoreError> {
        self.db.run(INSERT_SEGMENT, segment_args(segment)).await.map(|_| ())
    }

    /// Adds many archive files, all or none, as [`Store::insert_segment`] does one: for an index that is filled anew.
    ///
    /// # Errors
    /// `Conflict` when a path is taken by another segment; then none is added.
    pub async fn insert_segments(&self, segments: &[Segment]) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        for segment in segments {
            tx.run(INSERT_SEGMENT, segment_args(segment)).await?;
        }
        tx.commit().await
    }

    /// Returns the whole segments that touch the range, oldest first. One with a fault is a gap.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn segments(&self, stream: StreamId, range: TimeRange) -> Result<Vec<Segment>, StoreError> {
        const SQL: &str = "select * from segment where stream_id = $1 and started_at < $3 and ended_at > $2 \
             and fault is null order by started_at, segment_id";
        self.db.all(SQL, args![stream, range.start(), range.end()]).await
    }

    /// Returns the segments behind `after`, also those with a fault, oldest first, at most `limit`; `None`: from the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn segments_behind(
        &self,
        stream: StreamId,
        after: Option<&Segment>,
        limit: u32,
    ) -> Result<Vec<Segment>, StoreError> {
        const FIRST: &str = "select * from segment where stream_id = $1 order by started_at, segment_id limit $2";
        const SQL: &str = "select * from segment where stream_id = $1 \
             and (started_at > $3 or (started_at = $3 and segment_id > $4)) order by started_at, segment_id limit $2";
        match after {
            Some(after) => self.db.all(SQL, args![stream, limit, after.range.start(), after.id]).await,
            None => self.db.all(FIRST, args![stream, limit]).await,
        }
    }

    /// Says that a segment's file is missing or damaged: it is served no more, and its time is a gap of that cause.
    ///
    /// Returns whether this is news; a segment that is gone or was flagged before is none.
    ///
    /// # Errors
    /// `Conflict` when `fault` is another cause than those two.
    pub async fn flag_segment(&self, segment: &Segment, fault: GapCause, detail: &str) -> Result<bool, StoreError> {
        const SQL: &str = "update segment set fault = $2 where segment_id = $1 and fault is null";
        let mut tx = self.db.begin().await?;
        if tx.run(SQL, args![segment.id, fault.as_str()]).await? == 0 {
            return Ok(false);
        }
        let (start, end) = (segment.range.start(), segment.range.end());
        let args = args![GapId::generate(), segment.stream_id, start, end, fault.as_str(), detail, segment.id];
        tx.run(INSERT_GAP, args).await?;
        tx.commit().await.map(|()| true)
    }

    /// Says that a flagged segment's file is whole after all: its gap is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unflag_segment(&self, segment: SegmentId) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.run("delete from gap where segment_id = $1", args![segment]).await?;
        tx.run("update segment set fault = null where segment_id = $1", args![segment]).await?;
        tx.commit().await
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

    /// Adds a gap. Told again of the same gap it does nothing, so that a journal may be replayed.
    ///
    /// An open one ends the open gap before it; what would have no length then is gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_gap(&self, gap: &Gap) -> Result<(), StoreError> {
        const KNOWN: &str = "select * from gap where gap_id = $1";
        const EMPTY: &str = "delete from gap where stream_id = $1 and ended_at is null and started_at >= $2";
        const END: &str = "update gap set ended_at = $2 where stream_id = $1 and ended_at is null";
        let mut tx = self.db.begin().await?;
        if tx.maybe::<Gap>(KNOWN, args![gap.id]).await?.is_some() {
            return Ok(());
        }
        if gap.ended_at.is_none() {
            tx.run(EMPTY, args![gap.stream_id, gap.started_at]).await?;
            tx.run(END, args![gap.stream_id, gap.started_at]).await?;
        }
        let none: Option<SegmentId> = None;
        let args = args![gap.id, gap.stream_id, gap.started_at, gap.ended_at, gap.cause.as_str(), &gap.detail, none];
        tx.run(INSERT_GAP, args).await?;
        tx.commit().await
    }

    /// Cuts a range out of the gaps that have ended: footage of it was found afterwards.
    ///
    /// What was deleted, and files with a fault, stay gaps.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cut_gaps(&self, stream: StreamId, range: TimeRange) -> Result<(), StoreError> {
        const OVER: &str = "select * from gap where stream_id = $1 and started_at < $3 and ended_at > $2 \
             and segment_id is null and cause not in ('deleted_by_retention', 'deleted_by_order')";
        const SPAN: &str = "update gap set started_at = $2, ended_at = $3 where gap_id = $1";
        let mut tx = self.db.begin().await?;
        let over: Vec<Gap> = tx.all(OVER, args![stream, range.start(), range.end()]).await?;
        for gap in over {
            let before = Some((gap.started_at, range.start())).filter(|(start, end)| start < end);
            let after = gap.ended_at.map(|end| (range.end(), end)).filter(|(start, end)| start < end);
            match before.or(after) {
                Some((start, end)) => tx.run(SPAN, args![gap.id, start, end]).await?,
                None => tx.run("delete from gap where gap_id = $1", args![gap.id]).await?,
            };
            if let (Some(_), Some((start, end))) = (before, after) {
                let none: Option<SegmentId> = None;
                let args = args![GapId::generate(), stream, start, end, gap.cause.as_str(), &gap.detail, none];
                tx.run(INSERT_GAP, args).await?;
            }
        }
        tx.commit().await
    }

    /// Ends a gap at `at`. One that has ended stays as it is.
    ///
    /// One of no length stays too: pictures may be missing there, though by the gateway's clock no time passed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_gap(&self, gap: GapId, at: WallTime) -> Result<(), StoreError> {
        // a clock that was set back must not make a reversed gap
        const SQL: &str = "update gap set ended_at = case when $2 < started_at then started_at else $2 end \
             where gap_id = $1 and ended_at is null";
        self.db.run(SQL, args![gap, at]).await.map(|_| ())
    }

    /// Returns the stream's open gap.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_gap_of(&self, stream: StreamId) -> Result<Option<Gap>, StoreError> {
        const SQL: &str = "select * from gap where stream_id = $1 and ended_at is null";
        self.db.maybe(SQL, args![stream]).await
    }

    /// Returns when the last gap ended that was not made afterwards, by a deletion or a lost file.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_gap_end(&self, stream: StreamId) -> Result<Option<WallTime>, StoreError> {
        const SQL: &str = "select * from gap where stream_id = $1 and ended_at is not null and cause not in \
             ('deleted_by_retention', 'deleted_by_order', 'file_missing', 'file_damaged') \
             order by ended_at desc, gap_id limit 1";
        let gap: Option<Gap> = self.db.maybe(SQL, args![stream]).await?;
        Ok(gap.and_then(|gap| gap.ended_at))
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

    /// Adds a loss. Told again of the same loss it does nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_packet_loss(&self, loss: &PacketLoss) -> Result<(), StoreError> {
        const SQL: &str = "insert into packet_loss (stream_id, started_at, ended_at, packets, events) \
             values ($1, $2, $3, $4, $5) on conflict (stream_id, started_at) do nothing";
        let args = args![loss.stream_id, loss.started_at, loss.ended_at, loss.packets, loss.events];
        self.db.run(SQL, args).await.map(|_| ())
    }

    /// Returns the losses that touch the range, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn packet_losses(&self, stream: StreamId, range: TimeRange) -> Result<Vec<PacketLoss>, StoreError> {
        const SQL: &str = "select * from packet_loss where stream_id = $1 and started_at < $3 and ended_at >= $2 \
             order by started_at";
        self.db.all(SQL, args![stream, range.start(), range.end()]).await
    }
}

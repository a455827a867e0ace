//! Footage goes: its rows first, with a receipt and a gap in one transaction, then its bytes.

use crate::{
    archive::Segment,
    cell::{Cells, Record, Text},
    db::{Tx, args},
    error::StoreError,
    holds::held,
    open::Store,
    receipts::Receipt,
};
use mingchu_domain::{
    chain::chain,
    id::{CameraId, CanteenId, DeletionOrderId, GapId, StreamId, VolumeId},
    media::StreamKind,
    retention::{DeletionCause, EVIDENCE_WINDOW, ReceiptFacts},
    time::{TimeRange, WallTime},
};

/// The condition that the row of `segment` lies around a violation of the row of `camera` that nobody dismissed;
/// the argument is the number of the window's parameter, in microseconds.
macro_rules! around_violation {
    ($window:literal) => {
        concat!(
            "exists (select 1 from violation left join review on review.violation_id = violation.violation_id \
             where violation.camera_id = camera.camera_id and violation.started_at < segment.ended_at + ",
            $window,
            " and violation.ended_at > segment.started_at - ",
            $window,
            " and coalesce(review.verdict, '') <> 'dismissed')"
        )
    };
}
pub(crate) use around_violation;

/// A stream that may have footage, also of a camera that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedStream {
    /// The stream.
    pub id: StreamId,
    /// Main or sub.
    pub kind: StreamKind,
    /// Its camera.
    pub camera_id: CameraId,
    /// The camera's canteen.
    pub canteen_id: CanteenId,
    /// The canteen's place in the tree, see [`crate::Policies::in_force`].
    pub path: String,
}

/// Footage of one stream on one disk that may go; what a hold covers stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletable {
    /// The stream.
    pub stream: StreamId,
    /// The disk.
    pub volume: VolumeId,
    /// Only files that touch this.
    pub range: TimeRange,
    /// Only files that begin then or later.
    pub begun_from: WallTime,
    /// Only files that end then or earlier.
    pub ended_by: WallTime,
    /// Files around violations only when they end then or earlier.
    pub violations_ended_by: WallTime,
    /// Why.
    pub cause: DeletionCause,
    /// Version of the policies in force.
    pub policy_version: u32,
    /// The order that is carried out.
    pub order: Option<DeletionOrderId>,
    /// The periods in force, or the order; codes, no names.
    pub basis: String,
    /// Most files at once.
    pub limit: u32,
}

/// What went.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Deleted {
    /// One for each run of files that followed one another.
    pub receipts: Vec<Receipt>,
    /// The files to remove now, relative to the volume.
    pub paths: Vec<String>,
    /// Bytes of them.
    pub bytes: u64,
    /// Whether nothing more is left that may go.
    pub is_all: bool,
}

impl Record for ArchivedStream {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("stream_id")?,
            kind: row.cell("kind")?,
            camera_id: row.cell("camera_id")?,
            canteen_id: row.cell("canteen_id")?,
            path: row.cell("path")?,
        })
    }
}

/// The evidence window as a statement's argument, in microseconds.
pub(crate) fn window_us() -> i64 {
    i64::try_from(EVIDENCE_WINDOW.as_micros()).expect("a minute fits")
}

impl Store {
    /// Returns the streams of all cameras, also of those that were removed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn archived_streams(&self) -> Result<Vec<ArchivedStream>, StoreError> {
        const SQL: &str = "select stream.stream_id, stream.kind, camera.camera_id, canteen.canteen_id, canteen.path \
             from stream join camera on camera.camera_id = stream.camera_id \
             join canteen on canteen.canteen_id = camera.canteen_id order by stream.stream_id";
        self.db.all(SQL, vec![]).await
    }

    /// Deletes the rows of the oldest footage that may go, leaves gaps and receipts, and notes the files for removal.
    ///
    /// # Errors
    /// When the database fails; then nothing is deleted.
    pub async fn delete_footage(&self, what: &Deletable, at: WallTime) -> Result<Deleted, StoreError> {
        const FOUND: &str = concat!(
            "select segment.* from segment join stream on stream.stream_id = segment.stream_id \
             join camera on camera.camera_id = stream.camera_id \
             where segment.stream_id = $1 and segment.volume_id = $2 and segment.started_at < $4 \
             and segment.ended_at > $3 and segment.started_at >= $5 and segment.ended_at <= $6 and not ",
            held!(),
            " and (segment.ended_at <= $7 or not ",
            around_violation!("$8"),
            ") order by segment.started_at, segment.segment_id limit $9",
        );
        const CAMERA: &str = "select camera_id from stream where stream_id = $1";
        let args = args![
            what.stream,
            what.volume,
            what.range.start(),
            what.range.end(),
            what.begun_from,
            what.ended_by,
            what.violations_ended_by,
            window_us(),
            what.limit,
        ];
        let mut tx = self.db.begin().await?;
        tx.lock_footage().await?;
        let segments: Vec<Segment> = tx.all(FOUND, args).await?;
        if segments.is_empty() {
            return Ok(Deleted { is_all: true, ..Deleted::default() });
        }
        let camera_id = tx.one::<CameraOf>("stream", CAMERA, args![what.stream]).await?.0;
        let mut deleted = Deleted { is_all: segments.len() < what.limit as usize, ..Deleted::default() };
        for run in segments.chunk_by(follows) {
            let receipt = tx.delete_run(what, camera_id, run, at).await?;
            deleted.receipts.push(receipt);
        }
        deleted.bytes = segments.iter().map(|segment| segment.size_bytes).sum();
        deleted.paths = segments.into_iter().map(|segment| segment.path).collect();
        tx.commit().await?;
        Ok(deleted)
    }

    /// Returns files of a volume whose rows are gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn doomed_files(&self, volume: VolumeId, limit: u32) -> Result<Vec<String>, StoreError> {
        const SQL: &str = "select path as t from doomed_file where volume_id = $1 order by path limit $2";
        Ok(self.db.all::<Text>(SQL, args![volume, limit]).await?.into_iter().map(|row| row.0).collect())
    }

    /// Notes that files are removed.
    ///
    /// # Errors
    /// When the database fails; they are removed again, which does no harm.
    pub async fn files_removed(&self, volume: VolumeId, paths: &[String]) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        for path in paths {
            tx.run("delete from doomed_file where volume_id = $1 and path = $2", args![volume, path]).await?;
        }
        tx.commit().await
    }
}

/// Whether a file is the next one in the stream's hash chain.
fn follows(segment: &Segment, next: &Segment) -> bool {
    chain(&segment.chain, &next.sha256) == next.chain
}

struct CameraOf(CameraId);

impl Record for CameraOf {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(row.cell("camera_id")?))
    }
}

impl Tx {
    async fn delete_run(
        &mut self,
        what: &Deletable,
        camera_id: CameraId,
        run: &[Segment],
        at: WallTime,
    ) -> Result<Receipt, StoreError> {
        const DOOM: &str = "insert into doomed_file (volume_id, path) values ($1, $2) on conflict do nothing";
        let (first, last) = (&run[0], &run[run.len() - 1]);
        let facts = ReceiptFacts {
            at,
            camera_id,
            stream_id: what.stream,
            started_at: first.range.start(),
            ended_at: last.range.end(),
            files: run.len() as u64,
            bytes: run.iter().map(|segment| segment.size_bytes).sum(),
            chain_before: self.chain_before(first).await?,
            chain_after: last.chain.clone(),
            cause: what.cause,
            policy_version: what.policy_version,
            basis: what.basis.clone(),
        };
        for segment in run {
            self.run(DOOM, args![what.volume, &segment.path]).await?;
            self.run("delete from segment where segment_id = $1", args![segment.id]).await?;
        }
        for range in touching(run) {
            self.leave_gap(what.stream, range, what.cause).await?;
        }
        self.insert_receipt(&facts, Some(what.volume), what.order).await
    }

    /// Returns the chain value that a file was chained to: of the file before it, or of the receipt for it.
    async fn chain_before(&mut self, segment: &Segment) -> Result<String, StoreError> {
        const FILE: &str = "select chain as t from segment where stream_id = $1 \
             and (started_at < $2 or (started_at = $2 and segment_id < $3)) \
             order by started_at desc, segment_id desc limit 1";
        const RECEIPT: &str = "select chain_after as t from receipt where stream_id = $1 and started_at <= $2 \
             order by ended_at desc, seq desc limit 1";
        let start = segment.range.start();
        let file: Option<Text> = self.maybe(FILE, args![segment.stream_id, start, segment.id]).await?;
        let receipt: Option<Text> = self.maybe(RECEIPT, args![segment.stream_id, start]).await?;
        let known: Vec<String> = [file, receipt].into_iter().flatten().map(|row| row.0).collect();
        let fits = |before: &&String| chain(before, &segment.sha256) == segment.chain;
        let first = String::new();
        Ok(known.iter().chain([&first]).find(fits).or(known.first()).cloned().unwrap_or_default())
    }

    /// Leaves a gap, or lets the one that ends there go on.
    async fn leave_gap(&mut self, stream: StreamId, range: TimeRange, cause: DeletionCause) -> Result<(), StoreError> {
        const LONGER: &str = "update gap set ended_at = $3 where stream_id = $1 and ended_at = $2 and cause = $4";
        const NEW: &str = "insert into gap (gap_id, stream_id, started_at, ended_at, cause, detail) \
             values ($1, $2, $3, $4, $5, $6)";
        let gap = cause.gap().as_str();
        if self.run(LONGER, args![stream, range.start(), range.end(), gap]).await? == 0 {
            let args = args![GapId::generate(), stream, range.start(), range.end(), gap, detail(cause)];
            self.run(NEW, args).await?;
        }
        Ok(())
    }
}

const fn detail(cause: DeletionCause) -> &'static str {
    match cause {
        DeletionCause::Period => "the retention period ended; the deletion receipts tell under which policy",
        DeletionCause::Pressure => "the disk was nearly full; deleted before its period ended, not before the floor",
        DeletionCause::EvidenceOnly => "the disk was full; only footage around violations was kept",
        DeletionCause::Order => "a person ordered it; the deletion receipts tell by which order",
    }
}

/// Joins the ranges of files that touch or overlap. A file with a fault has its gap already.
fn touching(run: &[Segment]) -> Vec<TimeRange> {
    let mut joined: Vec<TimeRange> = Vec::new();
    let whole = run.iter().filter(|segment| segment.fault.is_none()).map(|segment| segment.range);
    for range in whole.filter(|range| range.start() < range.end()) {
        match joined.last_mut() {
            Some(last) if range.start() <= last.end() => {
                let end = last.end().max(range.end());
                *last = TimeRange::new(last.start(), end).expect("the end only moves on");
            }
            _ => joined.push(range),
        }
    }
    joined
}

//! One stream's recorder: takes what the hub queues and leaves files, rows and gaps.

use super::{
    Cut, Segmenter,
    clerk::Clerk,
    disk::Disk,
    gop::Gop,
    ledger::Ledger,
    part::{Facts, PartFile},
    recordings::{OpenPart, Recording, Recordings},
    recover::recover_stream,
};
use crate::{
    hub::{ArchiveEvent, ArchiveReceiver, End},
    metric,
    retention::Volumes,
    session::Step,
};
use mingchu_domain::{
    camera::GapCause,
    id::StreamId,
    media::{AccessUnit, StreamKind},
    time::{MediaTime, WallTime},
};
use mingchu_store::{Store, StoreError};
use std::{io, sync::Arc, time::Duration};
use tokio::{task::spawn_blocking, time::sleep};

/// How soon a database that does not answer at the start is asked again. Pictures wait in the queue meanwhile.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What a recorder works with.
#[derive(Clone)]
pub(crate) struct Archive {
    pub(crate) store: Store,
    pub(crate) clerk: Clerk,
    pub(crate) disk: Disk,
    pub(crate) volumes: Volumes,
    /// Length of a segment.
    pub(crate) segment: Duration,
    pub(crate) recordings: Recordings,
}

/// One stream's recorder.
pub(crate) struct Recorder {
    stream: StreamId,
    kind: StreamKind,
    archive: Archive,
    ledger: Ledger,
    recording: Arc<Recording>,
    began_at: WallTime,
    segmenter: Segmenter,
    gop: Gop,
    part: Option<PartFile>,
    /// Where the segment begins whose file is not yet made, when that is where the one before ends.
    seam: Option<WallTime>,
    /// When the last picture ended.
    last_end: Option<WallTime>,
    /// By how much the clock was set since the open segment began: its pictures go on by the old clock.
    clock_set_us: i64,
    clock_offset_us: Option<i64>,
}

impl Recorder {
    /// Returns the recorder of a stream that is pulled from `began_at` on.
    pub(crate) fn new(stream: StreamId, kind: StreamKind, archive: Archive, began_at: WallTime) -> Self {
        Self {
            stream,
            kind,
            ledger: Ledger::new(stream, archive.clerk.clone()),
            recording: archive.recordings.add(stream),
            segmenter: Segmenter::new(archive.segment),
            archive,
            began_at,
            gop: Gop::default(),
            part: None,
            seam: None,
            last_end: None,
            clock_set_us: 0,
            clock_offset_us: None,
        }
    }

    /// Recovers what was left, then records until the end of the queue.
    pub(crate) async fn run(mut self, mut events: ArchiveReceiver) {
        while let Err(error) = self.recover().await {
            tracing::warn!(stream.id = %self.stream, %error, "archive not recovered yet; pictures wait in memory");
            sleep(ASK_AGAIN).await;
        }
        while let Some(event) = events.next().await {
            self.clock_offset_us = events.clock_offset_us();
            self.take(event).await;
        }
        self.archive.recordings.remove(self.stream, &self.recording);
    }

    async fn take(&mut self, event: ArchiveEvent) {
        match event {
            ArchiveEvent::Units(units) => {
                for (unit, step) in units {
                    self.unit(unit, step).await;
                }
            }
            // before the pictures behind it are on the disk
            ArchiveEvent::PacketLoss(loss) => self.ledger.packet_loss(loss).await,
            ArchiveEvent::Lost { cause, detail, at } => {
                self.break_off().await;
                self.ledger.begin_gap(self.last_end.map_or(at, |end| end.max(at)), cause, &detail).await;
            }
            ArchiveEvent::Ended { end, at } => {
                self.break_off().await;
                let at = self.last_end.filter(|_| self.ledger.open_gap().is_none()).unwrap_or(at);
                match end {
                    End::GatewayStops => {
                        self.ledger.begin_gap(at, GapCause::GatewayDown, "gateway was stopped").await;
                    }
                    End::StreamRemoved => {
                        let detail = "camera was switched off, removed or given another address";
                        self.ledger.begin_gap(at, GapCause::SwitchedOff, detail).await;
                    }
                }
            }
        }
    }

    /// Adopts files without a row and says since when the gateway was down.
    async fn recover(&mut self) -> Result<(), StoreError> {
        self.archive.clerk.settled().await;
        let store = &self.archive.store;
        let last = store.last_segment(self.stream).await?;
        let gap = store.open_gap_of(self.stream).await?;
        let last_gap_end = store.last_gap_end(self.stream).await?;
        // behind the newest file may be one that was deleted: its receipt has the end of the chain
        let chain_end = store.chain_end(self.stream).await?;
        self.ledger.resume(chain_end, gap);
        let known_end = last.as_ref().map(|last| last.range.end());
        let (disk, folders, stream) = (self.archive.disk.clone(), self.archive.volumes.folders(), self.stream);
        let found = spawn_blocking(move || {
            let last = last.as_ref().map(|last| last.path.as_str());
            let found = folders.iter().flat_map(|folder| recover_stream(&disk, folder, stream, last));
            let mut found: Vec<_> = found.collect();
            found.sort_by(|a, b| a.facts.path.cmp(&b.facts.path));
            found
        });
        let found = found.await.unwrap_or_default();
        // a clock that was set back left footage in the future; it does not hold up what comes now
        let latest = |end: Option<WallTime>| end.map(|end| end.min(self.began_at));
        self.last_end = latest(found.iter().map(|file| file.end).max().max(known_end));
        let last_gap_end = latest(last_gap_end);
        for file in found {
            tracing::info!(stream.id = %self.stream, path = %file.facts.path, "archive file recovered");
            self.ledger.found(file).await;
        }
        if self.ledger.open_gap().is_none() {
            let (since, detail) = match self.last_end.max(last_gap_end) {
                Some(end) => (end, "gateway was not running"),
                None => (self.began_at, "camera was not recorded before"),
            };
            self.ledger.begin_gap(since, GapCause::GatewayDown, detail).await;
        }
        Ok(())
    }

    async fn unit(&mut self, mut unit: AccessUnit, step: Step) {
        if let Step::ClockSet { by_us } = step {
            self.clock_set_us += by_us;
            if self.part.is_none() && self.gop.start().is_none() {
                self.set_clock(unit.arrived_at).await;
            }
        }
        let mut cut = self.segmenter.next(&unit, step);
        let follows = (step == Step::Continues && cut != Cut::Skip).then_some(unit.pts_90k);
        if (cut != Cut::Append || self.gop.ends_before(&unit)) && !self.flush(follows).await && cut == Cut::Append {
            // The file is gone: the next one begins with a key unit.
            self.segmenter.end();
            cut = self.segmenter.next(&unit, step);
        }
        match cut {
            Cut::Append => {
                unit.arrived_at = by_old_clock(unit.arrived_at, self.clock_set_us);
                self.gop.push(unit);
            }
            Cut::Begin => {
                // A segment ends where the next begins, unless there was a loss between them.
                let seam = (step == Step::Continues && self.part.is_some()).then_some(unit.arrived_at);
                let end = seam.map(|seam| by_old_clock(seam, self.clock_set_us));
                self.finish(end.or(self.last_end)).await;
                if self.clock_set_us != 0 {
                    self.last_end = end.or(self.last_end);
                    self.set_clock(unit.arrived_at).await;
                }
                self.seam = seam;
                self.gop.push(unit);
            }
            Cut::Skip => {
                if self.part.is_some() {
                    self.finish(self.last_end).await;
                    let at = self.last_end.unwrap_or(unit.arrived_at);
                    self.ledger.begin_gap(at, GapCause::NoVideo, "camera sends no key frame").await;
                }
            }
        }
    }

    /// Goes over to the clock that was set, and declares the jump. No file is open. `now` is by the new clock.
    async fn set_clock(&mut self, now: WallTime) {
        let by_us = std::mem::take(&mut self.clock_set_us);
        let before = by_old_clock(now, by_us);
        let (before, lost) = match (self.ledger.open_gap().cloned(), self.last_end) {
            (Some(gap), _) => (before.max(gap.started_at), Some(gap)),
            (None, end) => (end.unwrap_or(before), None),
        };
        if lost.is_some() {
            self.ledger.end_gap(before).await;
        }
        let seconds = by_us.unsigned_abs() / 1_000_000;
        let detail = format!("gateway's clock was set {} by {seconds} s", if by_us < 0 { "back" } else { "forward" });
        // set back, the same time comes twice: nothing is missing, but the place is marked
        let start = if by_us < 0 { now } else { before };
        self.ledger.past_gap(start, now, GapCause::ClockJump, &detail).await;
        self.last_end = Some(now);
        if let Some(gap) = lost {
            self.ledger.begin_gap(now, gap.cause, &gap.detail).await;
        }
    }

    /// Ends fragment and file: the stream is lost or over.
    async fn break_off(&mut self) {
        self.flush(None).await;
        self.finish(self.last_end).await;
        self.segmenter.end();
        self.recording.broken_off();
        if let (true, Some(end)) = (self.clock_set_us != 0, self.last_end) {
            self.set_clock(by_old_clock(end, -self.clock_set_us)).await;
        }
    }

    /// Writes the pictures that wait, as one fragment. Returns false when they are lost.
    async fn flush(&mut self, next: Option<MediaTime>) -> bool {
        let (Some(start), Some(end), Some(entry)) = (self.start(), self.gop.end(), self.gop.sample_entry()) else {
            return true;
        };
        let Some(fragment) = self.gop.take(next) else { return true };
        let part = self.part.take();
        let (disk, folder) = (self.archive.disk.clone(), self.archive.volumes.pick(self.kind));
        let (stream, first) = (self.stream, fragment.begin);
        let write = move || {
            let mut part = match part {
                Some(part) => part,
                None => match folder.and_then(|to| PartFile::create(&disk, &to, stream, start, first, &entry)) {
                    Ok(part) => part,
                    Err(error) => return (None, Err(error)),
                },
            };
            let appended = part.append(&fragment);
            (Some(part), appended)
        };
        match spawn_blocking(write).await.unwrap_or_else(|_| (None, Err(io::Error::other("writer panicked")))) {
            (Some(part), Ok(())) => {
                if self.ledger.open_gap().is_some() {
                    self.ledger.end_gap(part.facts().start).await;
                }
                self.recording.written(OpenPart::of(&part), end);
                self.part = Some(part);
                self.last_end = Some(end);
                true
            }
            (part, appended) => {
                let error = appended.err().unwrap_or_else(|| io::Error::other("no file"));
                self.write_failed(&error, start, part).await;
                false
            }
        }
    }

    /// Returns when the pictures that wait begin.
    fn start(&mut self) -> Option<WallTime> {
        if self.part.is_some() {
            return self.gop.arrived_at();
        }
        let start = self.gop.start()?;
        if let Some(seam) = self.seam.take() {
            return Some(seam);
        }
        // not before what is archived already ends, nor before a gap that somebody was told of began
        let free_from = [self.last_end, self.ledger.open_gap().map(|gap| gap.started_at)].into_iter().flatten().max();
        Some(free_from.map_or(start, |from| start.max(from)))
    }

    /// Saves what the file holds and says since when pictures are lost.
    async fn write_failed(&mut self, error: &io::Error, at: WallTime, part: Option<PartFile>) {
        metrics::counter!(metric::WRITE_ERRORS).increment(1);
        tracing::warn!(stream.id = %self.stream, %error, "archive cannot be written; will retry with the next key frame");
        let mut since = at;
        match part {
            Some(part) if part.facts().frames == 0 => drop(spawn_blocking(move || part.discard()).await),
            Some(part) => {
                self.part = Some(part);
                self.finish(self.last_end).await;
                since = self.last_end.unwrap_or(at);
            }
            None => {}
        }
        self.recording.closed();
        self.ledger.begin_gap(since, GapCause::DiskFull, &error.to_string()).await;
    }

    /// Makes the open file durable and adds its row.
    async fn finish(&mut self, end: Option<WallTime>) {
        let Some(part) = self.part.take() else { return };
        let facts = part.facts().clone();
        let end = end.unwrap_or(facts.start);
        match spawn_blocking(move || part.finish()).await.unwrap_or_else(|_| Err(io::Error::other("writer panicked"))) {
            Ok((facts, sha256)) => self.add(&facts, end, sha256).await,
            Err(error) => {
                tracing::error!(stream.id = %self.stream, path = %facts.path, %error, "archive file is not durable; check the disk");
                self.ledger.past_gap(facts.start, end, GapCause::DiskFull, &error.to_string()).await;
            }
        }
        self.recording.closed();
    }

    async fn add(&mut self, facts: &Facts, end: WallTime, sha256: String) {
        self.ledger.segment(facts, end, sha256, self.clock_offset_us).await;
    }
}

/// Returns what a clock shows that was not set by `set_us`.
fn by_old_clock(at: WallTime, set_us: i64) -> WallTime {
    WallTime::from_micros(at.micros().saturating_sub(set_us))
}

//! One stream's recorder: takes what the hub queues and leaves files, rows and gaps.

use super::{
    Cut, Segmenter, chain,
    gop::Gop,
    part::{Facts, PartFile},
    recordings::{OpenPart, Recording, Recordings},
    recover::{Recovered, recover_part, recover_stream},
};
use crate::{
    hub::{ArchiveEvent, ArchiveReceiver, End},
    metric,
    session::Step,
};
use mingchu_domain::{
    camera::GapCause,
    id::{GapId, StreamId},
    media::AccessUnit,
    time::{MediaTime, WallTime},
};
use mingchu_store::{Gap, Segment, Store, StoreError};
use std::{collections::VecDeque, io, path::Path, sync::Arc, time::Duration};
use tokio::task::spawn_blocking;

/// Rows that wait for a database that is away: a day of segments.
/// Overflow: the oldest is forgotten; its file is adopted at the next start.
const WAITING_ROWS: usize = 1500;

/// One stream's recorder.
pub(crate) struct Recorder {
    stream: StreamId,
    store: Store,
    folder: Arc<Path>,
    recordings: Recordings,
    recording: Arc<Recording>,
    segmenter: Segmenter,
    gop: Gop,
    part: Option<PartFile>,
    /// Where the segment begins whose file is not yet made, when that is where the one before ends.
    seam: Option<WallTime>,
    /// When the last picture ended.
    last_end: Option<WallTime>,
    gap: Option<Gap>,
    chain: String,
    rows: VecDeque<Segment>,
}

impl Recorder {
    pub(crate) fn new(
        stream: StreamId,
        store: Store,
        folder: Arc<Path>,
        segment: Duration,
        recordings: Recordings,
    ) -> Self {
        let recording = recordings.add(stream);
        Self {
            stream,
            store,
            folder,
            recordings,
            recording,
            segmenter: Segmenter::new(segment),
            gop: Gop::default(),
            part: None,
            seam: None,
            last_end: None,
            gap: None,
            chain: String::new(),
            rows: VecDeque::new(),
        }
    }

    /// Recovers what was left, then records until the end of the queue.
    pub(crate) async fn run(mut self, mut events: ArchiveReceiver) {
        if let Err(error) = self.recover().await {
            tracing::warn!(stream.id = %self.stream, %error, "archive not recovered; will record all the same");
        }
        while let Some(event) = events.next().await {
            match event {
                ArchiveEvent::Units(units) => {
                    for (unit, step) in units {
                        self.unit(unit, step).await;
                    }
                }
                ArchiveEvent::Lost { cause, detail, at } => {
                    self.break_off().await;
                    self.open_gap(self.last_end.map_or(at, |end| end.max(at)), cause, &detail).await;
                }
                ArchiveEvent::Ended { end, at } => {
                    self.break_off().await;
                    match end {
                        End::GatewayStops => {
                            let at = self.last_end.filter(|_| self.gap.is_none()).unwrap_or(at);
                            self.open_gap(at, GapCause::GatewayDown, "gateway was stopped").await;
                        }
                        End::StreamRemoved => self.close_gap(at).await,
                    }
                }
            }
        }
        self.recordings.remove(self.stream, &self.recording);
    }

    /// Adopts files without a row and says since when the gateway was down.
    async fn recover(&mut self) -> Result<(), StoreError> {
        let last = self.store.last_segment(self.stream).await?;
        self.chain = last.as_ref().map(|last| last.chain.clone()).unwrap_or_default();
        self.last_end = last.as_ref().map(|last| last.range.end());
        let (folder, stream) = (Arc::clone(&self.folder), self.stream);
        let last_path = last.map(|last| last.path);
        let found = spawn_blocking(move || recover_stream(&folder, stream, last_path.as_deref())).await;
        for file in found.unwrap_or_default() {
            tracing::info!(stream.id = %self.stream, path = %file.facts.path, "archive file recovered");
            self.adopt(file).await;
        }
        self.gap = self.store.open_gap_of(self.stream).await?;
        let last_gap_end = self.store.last_gap_end(self.stream).await?;
        if let (None, Some(end)) = (&self.gap, self.last_end) {
            let end = last_gap_end.map_or(end, |gap_end| end.max(gap_end));
            self.open_gap(end, GapCause::GatewayDown, "gateway was not running").await;
        }
        Ok(())
    }

    async fn adopt(&mut self, file: Recovered) {
        self.last_end = self.last_end.max(Some(file.end));
        self.add_row(&file.facts, file.end, file.sha256).await;
    }

    async fn unit(&mut self, unit: AccessUnit, step: Step) {
        let mut cut = self.segmenter.next(&unit, step);
        let follows = (step == Step::Continues && cut != Cut::Skip).then_some(unit.pts_90k);
        if (cut != Cut::Append || self.gop.ends_before(&unit)) && !self.flush(follows).await && cut == Cut::Append {
            // The file is gone: the next one begins with a key unit.
            self.segmenter.end();
            cut = self.segmenter.next(&unit, step);
        }
        match cut {
            Cut::Append => self.gop.push(unit),
            Cut::Begin => {
                // A segment ends where the next begins, unless there was a loss between them.
                let seam = (step == Step::Continues && self.part.is_some()).then_some(unit.arrived_at);
                self.finish(seam.or(self.last_end)).await;
                self.seam = seam;
                self.gop.push(unit);
            }
            Cut::Skip => {
                if self.part.is_some() {
                    self.finish(self.last_end).await;
                    self.open_gap(unit.arrived_at, GapCause::NoVideo, "camera sends no key frame").await;
                }
            }
        }
    }

    /// Ends fragment and file: the stream is lost or over.
    async fn break_off(&mut self) {
        self.flush(None).await;
        self.finish(self.last_end).await;
        self.segmenter.end();
        self.recording.broken_off();
        self.write_rows().await;
    }

    /// Writes the pictures that wait, as one fragment. Returns false when they are lost.
    async fn flush(&mut self, next: Option<MediaTime>) -> bool {
        let (Some(start), Some(end), Some(entry)) = (self.start(), self.gop.end(), self.gop.sample_entry()) else {
            return true;
        };
        let Some(fragment) = self.gop.take(next) else { return true };
        let part = self.part.take();
        let at = part.as_ref().map(OpenPart::of);
        let (folder, stream, first) = (Arc::clone(&self.folder), self.stream, fragment.begin);
        let write = move || -> io::Result<PartFile> {
            if let Some(mut part) = part {
                return part.append(&fragment).map(|()| part);
            }
            let mut part = PartFile::create(&folder, stream, start, first, &entry)?;
            match part.append(&fragment) {
                Ok(()) => Ok(part),
                Err(error) => {
                    part.discard();
                    Err(error)
                }
            }
        };
        match spawn_blocking(write).await.unwrap_or_else(|_| Err(io::Error::other("writer panicked"))) {
            Ok(part) => {
                self.recording.written(OpenPart::of(&part), end);
                self.part = Some(part);
                self.last_end = Some(end);
                self.close_gap(start).await;
                true
            }
            Err(error) => {
                self.write_failed(&error, start, at).await;
                false
            }
        }
    }

    /// Returns when the pictures that wait begin.
    fn start(&mut self) -> Option<WallTime> {
        if self.part.is_some() {
            return self.gop.arrived_at();
        }
        if let Some(seam) = self.seam.take() {
            return Some(seam);
        }
        // not before what is archived already ends, nor before a gap that somebody was told of began
        let free_from = [self.last_end, self.gap.as_ref().map(|gap| gap.started_at)].into_iter().flatten().max();
        self.gop.start().map(|start| free_from.map_or(start, |from| start.max(from)))
    }

    /// Saves what the file holds and says since when pictures are lost.
    async fn write_failed(&mut self, error: &io::Error, at: WallTime, open: Option<OpenPart>) {
        metrics::counter!(metric::WRITE_ERRORS).increment(1);
        tracing::warn!(stream.id = %self.stream, %error, "archive cannot be written; will retry with the next key frame");
        if let Some(open) = open {
            let (folder, stream) = (Arc::clone(&self.folder), self.stream);
            let salvage = move || recover_part(&folder, stream, &open.part, &open.finished);
            match spawn_blocking(salvage).await {
                Ok(Ok(Some(file))) => self.adopt(file).await,
                Ok(Ok(None)) => {}
                _ => tracing::warn!(stream.id = %self.stream, "archive file is left for the next start"),
            }
        }
        self.recording.closed();
        self.open_gap(at, GapCause::DiskFull, &error.to_string()).await;
    }

    /// Makes the open file durable and adds its row.
    async fn finish(&mut self, end: Option<WallTime>) {
        let Some(part) = self.part.take() else { return };
        let start = part.facts().start;
        match spawn_blocking(move || part.finish()).await.unwrap_or_else(|_| Err(io::Error::other("writer panicked"))) {
            Ok((facts, sha256)) => self.add_row(&facts, end.unwrap_or(start), sha256).await,
            Err(error) => {
                tracing::error!(stream.id = %self.stream, %error, "archive file may not be durable; check the disk");
                self.open_gap(start, GapCause::DiskFull, &error.to_string()).await;
            }
        }
        self.recording.closed();
    }

    async fn add_row(&mut self, facts: &Facts, end: WallTime, sha256: String) {
        self.chain = chain(&self.chain, &sha256);
        self.rows.extend(facts.segment(end, sha256, self.chain.clone()));
        if self.rows.len() > WAITING_ROWS {
            self.rows.pop_front();
        }
        self.write_rows().await;
    }

    async fn write_rows(&mut self) {
        while let Some(segment) = self.rows.front() {
            match self.store.insert_segment(segment).await {
                Ok(()) => {}
                Err(StoreError::Conflict { constraint }) => {
                    tracing::warn!(path = %segment.path, constraint, "segment row refused; the file stays");
                }
                Err(error) => {
                    tracing::warn!(stream.id = %self.stream, waiting = self.rows.len(), %error, "segment row waits");
                    return;
                }
            }
            self.rows.pop_front();
        }
    }

    async fn open_gap(&mut self, at: WallTime, cause: GapCause, detail: &str) {
        if self.gap.as_ref().is_some_and(|gap| gap.cause == cause) {
            return;
        }
        self.count_gap(at);
        let id = GapId::generate();
        let gap = Gap { id, stream_id: self.stream, started_at: at, ended_at: None, cause, detail: detail.to_owned() };
        if let Err(error) = self.store.insert_gap(&gap).await {
            tracing::warn!(stream.id = %self.stream, cause = cause.as_str(), %error, "gap not written");
        }
        self.gap = Some(gap);
    }

    async fn close_gap(&mut self, at: WallTime) {
        let Some(gap) = &self.gap else { return };
        match self.store.end_gap(gap.id, at).await {
            Ok(()) => {
                self.count_gap(at);
                self.gap = None;
            }
            // The next fragment tries again.
            Err(error) => tracing::warn!(stream.id = %self.stream, %error, "gap not closed"),
        }
    }

    fn count_gap(&self, end: WallTime) {
        if let Some(Gap { started_at, cause, .. }) = &self.gap {
            metrics::counter!(metric::GAP_SECONDS, "cause" => cause.as_str())
                .increment(end.since(*started_at).as_secs());
        }
    }
}

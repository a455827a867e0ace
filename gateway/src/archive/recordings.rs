//! What is being recorded right now, for those who cut clips.

use super::part::PartFile;
use mingchu_domain::{
    id::StreamId,
    time::{MediaTime, WallTime},
};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::{sync::watch, time::timeout};

/// A file being written.
#[derive(Debug, Clone)]
pub(crate) struct OpenPart {
    pub(crate) part: PathBuf,
    /// Its name once it is finished, which may happen any time.
    pub(crate) finished: PathBuf,
    pub(crate) start: WallTime,
    pub(crate) first: MediaTime,
}

impl OpenPart {
    pub(super) fn of(part: &PartFile) -> Self {
        let facts = part.facts();
        Self {
            part: part.part().to_owned(),
            finished: part.finished().to_owned(),
            start: facts.start,
            first: facts.first,
        }
    }
}

/// One stream being recorded.
pub(crate) struct Recording {
    open: Mutex<Option<OpenPart>>,
    /// Up to when pictures are in the file; `None` while none come.
    written_to: watch::Sender<Option<WallTime>>,
}

impl Recording {
    pub(super) fn written(&self, open: OpenPart, end: WallTime) {
        *self.open() = Some(open);
        self.written_to.send_replace(Some(end));
    }

    /// The file has its final name and, unless the database is away, its row.
    pub(super) fn closed(&self) {
        *self.open() = None;
    }

    /// No pictures come: nobody needs to wait for them.
    pub(super) fn broken_off(&self) {
        self.written_to.send_replace(None);
    }

    fn open(&self) -> MutexGuard<'_, Option<OpenPart>> {
        self.open.lock().expect("nobody panics while holding this lock")
    }
}

/// All streams being recorded.
#[derive(Clone, Default)]
pub(crate) struct Recordings(Arc<Mutex<HashMap<StreamId, Arc<Recording>>>>);

impl Recordings {
    pub(super) fn add(&self, stream: StreamId) -> Arc<Recording> {
        let written_to = watch::Sender::new(None);
        let recording = Arc::new(Recording { open: Mutex::new(None), written_to });
        self.all().insert(stream, Arc::clone(&recording));
        recording
    }

    pub(super) fn remove(&self, stream: StreamId, recording: &Arc<Recording>) {
        let mut all = self.all();
        if all.get(&stream).is_some_and(|known| Arc::ptr_eq(known, recording)) {
            all.remove(&stream);
        }
    }

    /// Returns the file that the stream is being written to.
    pub(crate) fn open_part(&self, stream: StreamId) -> Option<OpenPart> {
        let recording = self.all().get(&stream).cloned()?;
        recording.open().clone()
    }

    /// Waits until pictures up to `end` are in the file or none come any more, at most `patience`.
    pub(crate) async fn wait_for(&self, stream: StreamId, end: WallTime, patience: Duration) {
        let Some(recording) = self.all().get(&stream).cloned() else { return };
        let mut written_to = recording.written_to.subscribe();
        let waited =
            timeout(patience, written_to.wait_for(|written| written.is_none_or(|written| written >= end))).await;
        if waited.is_err() {
            tracing::info!(stream.id = %stream, "footage is not there yet; the clip takes what there is");
        }
    }

    fn all(&self) -> MutexGuard<'_, HashMap<StreamId, Arc<Recording>>> {
        self.0.lock().expect("nobody panics while holding this lock")
    }
}

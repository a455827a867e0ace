//! Whether an archive file still is the one that was recorded.

use super::{
    files::{Files, unreadable},
    recent::Recent,
};
use mingchu_domain::{camera::GapCause, footage::FootageRefused, id::SegmentId};
use mingchu_store::{Segment, Store};
use sha2::{Digest, Sha256};
use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Read},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::{sync::Notify, task::spawn_blocking};
use tokio_util::sync::CancellationToken;

/// Files remembered with what became of their check.
const REMEMBERED: usize = 50_000;
/// Files that wait for their check. Overflow: the new one is forgotten, and waits again after its next use.
const WAITING: usize = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Waiting,
    Whole,
    /// The database does not know it yet.
    Faulty(GapCause),
}

/// Checks files: their size at once, their SHA-256 after the first use, one at a time.
pub(super) struct Checks {
    known: Recent<SegmentId, Verdict>,
    waiting: Mutex<VecDeque<Segment>>,
    news: Notify,
}

impl Default for Checks {
    fn default() -> Self {
        Self { known: Recent::new(REMEMBERED), waiting: Mutex::default(), news: Notify::new() }
    }
}

impl Checks {
    /// Refuses a file that is missing, has another size, or was found to be changed.
    pub(super) async fn look(&self, store: &Store, files: &Files, segment: &Segment) -> Result<(), FootageRefused> {
        if let Some(fault) = segment.fault {
            return Err(refusal(fault, segment));
        }
        if let Some(Verdict::Faulty(fault)) = self.known.get(&segment.id) {
            self.faulty(store, segment, fault, "it was found so before").await;
            return Err(refusal(fault, segment));
        }
        let path = files.path_of(segment).map_err(|error| unreadable(&error))?;
        match tokio::fs::metadata(path).await {
            Ok(file) if file.len() == segment.size_bytes => {}
            Ok(_) => {
                self.faulty(store, segment, GapCause::FileDamaged, "its size is not the recorded one").await;
                return Err(refusal(GapCause::FileDamaged, segment));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.faulty(store, segment, GapCause::FileMissing, "it is not there").await;
                return Err(refusal(GapCause::FileMissing, segment));
            }
            Err(error) => return Err(unreadable(&error)),
        }
        Ok(())
    }

    /// As [`Checks::look`], and has the bytes of one that is not refused checked.
    pub(super) async fn first_look(
        &self,
        store: &Store,
        files: &Files,
        segment: &Segment,
    ) -> Result<(), FootageRefused> {
        self.look(store, files, segment).await?;
        if self.known.get(&segment.id).is_none() {
            let mut waiting = self.waiting();
            if waiting.len() < WAITING {
                waiting.push_back(segment.clone());
                self.known.put(segment.id, Verdict::Waiting, 1);
                self.news.notify_one();
            }
        }
        Ok(())
    }

    /// Notes that a file cannot be read as one of ours, though its size is right.
    pub(super) async fn damaged(&self, store: &Store, segment: &Segment, why: &io::Error) {
        self.faulty(store, segment, GapCause::FileDamaged, &why.to_string()).await;
    }

    /// Checks what waits, until `stop`.
    pub(super) async fn run(&self, store: &Store, files: &Files, stop: CancellationToken) {
        loop {
            let next = self.waiting().pop_front();
            let Some(segment) = next else {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = self.news.notified() => continue,
                }
            };
            if stop.is_cancelled() {
                return;
            }
            let path = files.path_of(&segment);
            match spawn_blocking(move || hash(&path?))
                .await
                .unwrap_or_else(|_| Err(io::Error::other("hashing stopped")))
            {
                Ok(sha256) if sha256 == segment.sha256 => self.known.put(segment.id, Verdict::Whole, 1),
                Ok(_) => {
                    self.faulty(store, &segment, GapCause::FileDamaged, "its SHA-256 is not the recorded one").await
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.faulty(store, &segment, GapCause::FileMissing, "it is not there").await;
                }
                Err(error) => {
                    tracing::warn!(path = %segment.path, %error, "archive file not checked; the next start tries again");
                }
            }
        }
    }

    /// Says in the index that a file is not the recorded one. A segment deleted in the meantime is no news.
    async fn faulty(&self, store: &Store, segment: &Segment, fault: GapCause, why: &str) {
        match store.flag_segment(segment, fault, why).await {
            Ok(is_news) => {
                self.known.forget(&segment.id);
                if is_news {
                    let cause = fault.as_str();
                    tracing::error!(segment.id = %segment.id, path = %segment.path, cause, why, "archive file is not the recorded one; check disk and access");
                    metrics::counter!(crate::metric::ARCHIVE_FAULTS).increment(1);
                }
            }
            Err(error) => {
                self.known.put(segment.id, Verdict::Faulty(fault), 1);
                tracing::warn!(segment.id = %segment.id, %error, "damaged archive file not flagged yet");
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Segment>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refusal(fault: GapCause, segment: &Segment) -> FootageRefused {
    let at = segment.range.start();
    match fault {
        GapCause::FileMissing => FootageRefused::FileMissing(at),
        _ => FootageRefused::FileDamaged(at),
    }
}

/// Returns the SHA-256 of a file, hex. Blocking.
pub(super) fn hash(path: &Path) -> io::Result<String> {
    let (mut file, mut hasher, mut buffer) = (File::open(path)?, Sha256::new(), vec![0; 1 << 18]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

//! The archive, given out again: playlists over byte ranges of its files, the files, stills, exports.
//!
//! ```text
//! rows of a range --> Index (moof boxes, kept in memory) --> playlist      bytes --> the file as it was recorded
//!                 '-> key picture --> GStreamer --> JPEG (kept in memory)
//! job footage_export --> pictures of the range --> plain MP4 with an edit list --> Objects, for a day
//! ```
//!
//! Architecture invariants: nothing is copied or transcoded for playing. A file whose size differs from its row is never
//! given out; its SHA-256 is computed after its first use, and a file that differs is not given out again and reported.
//! Who may see what was decided before: nothing here knows people.

mod check;
#[cfg(feature = "gst")]
mod decode;
mod export;
mod files;
mod index;
mod playlist;
mod recent;
mod still;

pub(crate) use still::decode;

use self::{
    check::Checks,
    files::{Files, unreadable},
    index::{Index, Indexes},
    playlist::Source,
    still::Stills,
};
use crate::retention::Volumes;
use futures::{StreamExt as _, stream};
use mingchu_domain::{
    footage::{FootageRefused, Playlist, Still},
    id::{SegmentId, StreamId},
    time::{TimeRange, WallTime},
};
use mingchu_store::{Segment, Store, StoreError};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::fs::File;
use tokio_util::sync::CancellationToken;

/// Files of a playlist that are looked at at the same time.
const LOOKS: usize = 16;

/// The archive of this gateway, for those who look at it.
#[derive(Clone)]
pub struct Playback(Arc<Inner>);

struct Inner {
    store: Store,
    files: Files,
    indexes: Indexes,
    checks: Checks,
    stills: Stills,
}

/// Which picture of the archive is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// Of which stream.
    pub stream: StreamId,
    /// The last picture at or before this time.
    pub at: WallTime,
    /// Whether it must be the very picture; else it is the key picture before it.
    pub is_exact: bool,
    /// Scaled down to this width, in pixels.
    pub width: Option<u32>,
}

impl Playback {
    pub(crate) fn new(store: Store, volumes: Volumes) -> Self {
        Self::of(store, Files::Volumes(volumes))
    }

    /// Returns an archive that lies in one folder and that nobody writes to.
    #[must_use]
    pub fn of_folder(store: Store, folder: &Path) -> Self {
        Self::of(store, Files::Folder(Arc::from(folder)))
    }

    fn of(store: Store, files: Files) -> Self {
        let (indexes, checks, stills) = (Indexes::default(), Checks::default(), Stills::default());
        Self(Arc::new(Inner { store, files, indexes, checks, stills }))
    }

    /// Checks the files that were given out, until `stop`.
    pub async fn check_files(self, stop: CancellationToken) {
        self.0.checks.run(&self.0.store, &self.0.files, stop).await;
    }

    /// Returns the playlist of a time; it begins with the key picture at or before it.
    ///
    /// # Errors
    /// `NoFootage` when there is none; a missing or damaged file is left out and reported.
    pub async fn playlist(&self, stream: StreamId, range: TimeRange) -> Result<Playlist, FootageRefused> {
        let segments = self.0.store.segments_to_play(stream, range).await.map_err(failed)?;
        // a file's bytes are read, and then checked, when they are asked for
        let look = |at: usize| self.0.checks.look(&self.0.store, &self.0.files, &segments[at]);
        let looks: Vec<_> = stream::iter(0..segments.len()).map(look).buffered(LOOKS).collect().await;
        let mut whole = Vec::new();
        for (segment, look) in segments.into_iter().zip(looks) {
            match look {
                Ok(()) => whole.push(segment),
                Err(FootageRefused::FileMissing(_) | FootageRefused::FileDamaged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        let indexes = self.0.indexes.of(&self.0.files, &whole).await;
        let mut sources = Vec::new();
        for (segment, index) in whole.iter().zip(&indexes) {
            match index {
                Ok(index) => sources.push(Source { segment, index }),
                Err(error) => self.not_ours(segment, error).await?,
            }
        }
        playlist::write(&sources, range).ok_or_else(|| no_footage(range.start(), range.end()))
    }

    /// Opens an archive file for reading and returns its length.
    ///
    /// # Errors
    /// When it is missing or not the one that was recorded.
    pub async fn open(&self, id: SegmentId) -> Result<(File, u64), FootageRefused> {
        let segment = self.0.store.segment(id).await.map_err(failed)?;
        self.usable(&segment).await?;
        let path = self.0.files.path_of(&segment).map_err(|error| unreadable(&error))?;
        let file = File::open(path).await.map_err(|error| unreadable(&error))?;
        Ok((file, segment.size_bytes))
    }

    /// Returns a picture.
    ///
    /// # Errors
    /// `NoFootage` when nothing was recorded at that time, `Busy` when too many ask.
    pub async fn still(&self, wish: Wish) -> Result<Still, FootageRefused> {
        let at = TimeRange::new(wish.at, wish.at + Duration::from_micros(1));
        let at = at.ok_or_else(|| no_footage(wish.at, wish.at))?;
        let segments = self.0.store.segments_to_play(wish.stream, at).await.map_err(failed)?;
        let segment = segments.last().ok_or_else(|| no_footage(wish.at, wish.at))?;
        self.usable(segment).await?;
        let index = self.index(segment).await?;
        self.0.stills.get(&self.0.files, segment, &index, wish).await
    }

    async fn index(&self, segment: &Segment) -> Result<Arc<Index>, FootageRefused> {
        let mut found = self.0.indexes.of(&self.0.files, std::slice::from_ref(segment)).await;
        match found.pop() {
            Some(Ok(index)) => Ok(index),
            Some(Err(error)) => {
                self.not_ours(segment, &error).await?;
                Err(FootageRefused::FileDamaged(segment.range.start()))
            }
            None => Err(no_footage(segment.range.start(), segment.range.end())),
        }
    }

    /// Flags a file that is none of ours; a disk that fails is not the file's fault.
    async fn not_ours(&self, segment: &Segment, error: &std::io::Error) -> Result<(), FootageRefused> {
        if error.kind() != std::io::ErrorKind::InvalidData {
            return Err(unreadable(error));
        }
        self.0.checks.damaged(&self.0.store, segment, error).await;
        Ok(())
    }

    /// Refuses a file that is missing or not the one that was recorded, and has it checked.
    async fn usable(&self, segment: &Segment) -> Result<(), FootageRefused> {
        self.0.checks.first_look(&self.0.store, &self.0.files, segment).await
    }
}

fn no_footage(from: WallTime, to: WallTime) -> FootageRefused {
    FootageRefused::NoFootage(if from == to { from.to_string() } else { format!("{from} to {to}") })
}

fn failed(error: StoreError) -> FootageRefused {
    match error {
        StoreError::NotFound { what } => FootageRefused::NoFootage(format!("this {what}")),
        error => FootageRefused::Failed(crate::playback::chain(&error)),
    }
}

/// Returns an error with all its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

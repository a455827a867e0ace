//! Every file of the archive against its row, byte for byte, and the rows against their chain.
//!
//! Beside a running gateway or without one. What differs is flagged as the gateway does, so that it is served no more and
//! its time is a gap; a file that is back is served again.

use super::recover::hash_file;
use crate::{config::Config, retention::volume_of};
use mingchu_domain::{
    camera::GapCause,
    id::{CameraId, StreamId, VolumeId},
    time::{TimeRange, WallTime},
};
use mingchu_store::{ArchivedStream, Segment, Store, StoreError};
use std::{fs, io, path::PathBuf, time::Duration};
use tokio::task::spawn_blocking;

/// Rows are read for so much time at once.
const WINDOW: Duration = Duration::from_secs(6 * 3600);

/// What is to be verified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Selection {
    /// Of this camera only.
    pub camera: Option<CameraId>,
    /// Files that begin then or later.
    pub from: Option<WallTime>,
    /// Files that begin before.
    pub to: Option<WallTime>,
}

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// It is not there.
    Missing,
    /// It is shorter than it was recorded.
    Truncated,
    /// Its length or its bytes are others.
    Changed,
    /// It cannot be read, or its disk is not there; it may be whole.
    Unreadable,
}

impl Damage {
    /// Returns the word of the report.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Truncated => "truncated",
            Self::Changed => "changed",
            Self::Unreadable => "unreadable",
        }
    }

    const fn cause(self) -> Option<GapCause> {
        match self {
            Self::Missing => Some(GapCause::FileMissing),
            Self::Truncated | Self::Changed => Some(GapCause::FileDamaged),
            Self::Unreadable => None,
        }
    }
}

/// A file that is not as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedFile {
    /// Its row.
    pub segment: Segment,
    /// Its camera.
    pub camera: CameraId,
    /// What is wrong.
    pub damage: Damage,
    /// More, for a person.
    pub detail: String,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files looked at.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Streams that are done, and how many there are.
    pub streams: (usize, usize),
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// Files looked at.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Files with a fault that are whole after all, and served again.
    pub back: u64,
    /// Files that are not as they were recorded.
    pub damaged: Vec<DamagedFile>,
    /// Streams whose hash chain breaks: rows were changed or removed without a receipt.
    pub broken_chains: Vec<StreamId>,
}

/// Reads the files of the selection, flags what differs, and walks the hash chains of its streams.
///
/// # Errors
/// When the database fails; files that differ are no error.
pub async fn verify_archive(
    store: &Store,
    config: &Config,
    selection: Selection,
    mut told: impl FnMut(Progress),
) -> Result<Verified, StoreError> {
    let folders = Folders::find(store, config).await?;
    let mut streams = store.archived_streams().await?;
    streams.retain(|stream| selection.camera.is_none_or(|camera| stream.camera_id == camera));
    let mut found = Verified::default();
    for (done, stream) in streams.iter().enumerate() {
        for window in windows(store, stream, selection).await? {
            for segment in store.segments_to_play(stream.id, window).await? {
                // one that reaches into the window was looked at with the window before
                let is_of_window = segment.range.start() >= window.start();
                if is_of_window {
                    verify(store, &folders, stream, segment, &mut found).await?;
                    told(Progress { files: found.files, bytes: found.bytes, streams: (done, streams.len()) });
                }
            }
        }
        if store.verify_footage(stream.id).await?.first_broken.is_some() {
            found.broken_chains.push(stream.id);
        }
    }
    Ok(found)
}

/// Cuts the time of a stream's footage that is wanted into windows.
async fn windows(store: &Store, stream: &ArchivedStream, wanted: Selection) -> Result<Vec<TimeRange>, StoreError> {
    let Some(reach) = store.archive_reach(stream.id).await? else { return Ok(Vec::new()) };
    // a file of no length has no span: a moment more
    let last = reach.last + Duration::from_micros(1);
    let (mut at, end) =
        (wanted.from.map_or(reach.first, |from| from.max(reach.first)), wanted.to.map_or(last, |to| to.min(last)));
    let mut windows = Vec::new();
    while at < end {
        let next = (at + WINDOW).min(end);
        windows.extend(TimeRange::new(at, next));
        at = next;
    }
    Ok(windows)
}

async fn verify(
    store: &Store,
    folders: &Folders,
    stream: &ArchivedStream,
    segment: Segment,
    found: &mut Verified,
) -> Result<(), StoreError> {
    let (path, row) = (folders.path_of(&segment), segment.clone());
    let looked = spawn_blocking(move || path.and_then(|path| compare(&row, &path))).await;
    let looked = looked.unwrap_or_else(|_| Err((Damage::Unreadable, "reading stopped".to_owned())));
    found.files += 1;
    let (damage, detail) = match looked {
        Ok(()) => {
            found.bytes += segment.size_bytes;
            if segment.fault.is_some() {
                store.unflag_segment(segment.id).await?;
                found.back += 1;
            }
            return Ok(());
        }
        Err(damaged) => damaged,
    };
    if let (Some(cause), None) = (damage.cause(), segment.fault)
        && !store.flag_segment(&segment, cause, &detail).await?
        && matches!(store.segment(segment.id).await, Err(StoreError::NotFound { .. }))
    {
        // deleted while it was looked at
        found.files -= 1;
        return Ok(());
    }
    found.damaged.push(DamagedFile { segment, camera: stream.camera_id, damage, detail });
    Ok(())
}

/// Compares a file with its row. Blocking.
fn compare(segment: &Segment, path: &std::path::Path) -> Result<(), (Damage, String)> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => (Damage::Missing, "the file is not where the index says".to_owned()),
        _ => (Damage::Unreadable, error.to_string()),
    };
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size != segment.size_bytes {
        let damage = if size < segment.size_bytes { Damage::Truncated } else { Damage::Changed };
        return Err((damage, format!("the file has {size} bytes instead of {}", segment.size_bytes)));
    }
    let (_, sha256) = hash_file(path).map_err(unreadable)?;
    if sha256 == segment.sha256 {
        Ok(())
    } else {
        Err((Damage::Changed, "its SHA-256 is not the recorded one".to_owned()))
    }
}

/// The folders of the archive, by the disks they are; nothing is written into them.
struct Folders {
    by_volume: Vec<(VolumeId, PathBuf)>,
    first: PathBuf,
}

impl Folders {
    async fn find(store: &Store, config: &Config) -> Result<Self, StoreError> {
        let known = store.volumes().await?;
        let by_volume = config.archive_folders().filter_map(|folder| {
            // an only folder whose marker is lost is the one the index names
            let named = known.iter().find(|row| std::path::Path::new(&row.path) == folder).map(|row| row.id);
            let or_only = named.filter(|_| config.archive_folders().count() == 1);
            volume_of(folder).or(or_only).map(|volume| (volume, folder.to_owned()))
        });
        Ok(Self { by_volume: by_volume.collect(), first: config.data.clone() })
    }

    fn path_of(&self, segment: &Segment) -> Result<PathBuf, (Damage, String)> {
        let folder = match segment.volume_id {
            None => Some(&self.first),
            Some(id) => self.by_volume.iter().find(|(volume, _)| *volume == id).map(|(_, folder)| folder),
        };
        folder.map(|folder| folder.join(&segment.path)).ok_or_else(|| {
            let detail = "its disk is not there; mount it, or add its folder to gateway.volumes";
            (Damage::Unreadable, detail.to_owned())
        })
    }
}

//! The disks of this machine: which are there, how full they are, which one the next file goes to.

use super::{StorageConfig, marker, room};
use crate::{config::Config, retention::outlook::Ahead};
use mingchu_domain::{id::VolumeId, media::StreamKind, retention::StorageStep, time::WallTime};
use mingchu_store::{Segment, Store, StoreError, Volume, VolumeState};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::task::spawn_blocking;

/// No folder of the archive can be written.
#[derive(Debug, thiserror::Error)]
#[error("archive folder {} cannot be written", .path.display())]
pub(crate) struct NoVolume {
    pub(crate) path: PathBuf,
    pub(crate) source: io::Error,
}

/// The disks of this machine. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Volumes(Arc<Mutex<Vec<Slot>>>);

#[derive(Debug, Clone)]
struct Slot {
    folder: Arc<Path>,
    row: Volume,
    /// Since when only evidence is kept on it.
    evidence_since: Option<WallTime>,
}

/// A disk that can be written, and so deleted from.
#[derive(Debug, Clone)]
pub(super) struct Writable {
    pub(super) id: VolumeId,
    pub(super) folder: Arc<Path>,
    pub(super) step: StorageStep,
    pub(super) evidence_since: Option<WallTime>,
}

/// Returns the name of this machine.
pub(super) fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "gateway".to_owned() } else { name.to_owned() }
}

impl Volumes {
    /// Finds the disks of the configured folders. A disk that is known but not there is named and skipped.
    ///
    /// # Errors
    /// When none can be written.
    pub(super) async fn open(store: &Store, config: &Config, now: WallTime) -> Result<Self, NoVolume> {
        let known = store.volumes().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "disks of earlier runs are not known; an empty mount point may be taken for a disk");
            Vec::new()
        });
        let (mut slots, mut refused) = (Vec::<Slot>::new(), None);
        for (position, path) in config.archive_folders().enumerate() {
            let folder: Arc<Path> = Arc::from(path);
            let row = known.iter().find(|row| row.host == host() && Path::new(&row.path) == path).cloned();
            let (at, had) = (Arc::clone(&folder), row.as_ref().map(|row| row.id));
            // the only folder is used all the same: recording counts for more than where it goes
            let or_nothing = had.is_some() && config.archive_folders().count() > 1;
            let found = spawn_blocking(move || find(&at, had, or_nothing))
                .await
                .unwrap_or_else(|error| Err(io::Error::other(error)));
            let (id, state, detail) = match found {
                Ok(id) => (id, VolumeState::Online, String::new()),
                Err(error) => {
                    tracing::warn!(path = %path.display(), %error, "archive folder is skipped");
                    let detail = error.to_string();
                    refused.get_or_insert(NoVolume { path: path.to_owned(), source: error });
                    (had.unwrap_or_else(VolumeId::generate), VolumeState::Gone, detail)
                }
            };
            if slots.iter().any(|slot| slot.row.id == id) {
                tracing::warn!(path = %path.display(), "archive folder is configured twice; the second is skipped");
                continue;
            }
            let position = u32::try_from(position).unwrap_or(u32::MAX);
            let row = known.iter().find(|row| row.id == id).cloned().unwrap_or_else(|| fresh(id, now));
            let row = Volume { host: host(), path: path.display().to_string(), position, state, detail, ..row };
            let evidence_since = (row.step >= StorageStep::EvidenceOnly).then_some(row.since);
            slots.push(Slot { folder, row, evidence_since });
        }
        if !slots.iter().any(|slot| slot.row.state == VolumeState::Online) {
            let none = || NoVolume { path: config.data.clone(), source: io::Error::other("no folder") };
            return Err(refused.unwrap_or_else(none));
        }
        let volumes = Self(Arc::new(Mutex::new(slots)));
        if let Err(error) = volumes.adopt(store).await {
            tracing::warn!(%error, "footage from before disks were told apart is not assigned yet; the next start will");
        }
        Ok(volumes)
    }

    /// Writes the rows, and gives footage that has no disk to the first one.
    async fn adopt(&self, store: &Store) -> Result<(), StoreError> {
        let rows = self.rows();
        for row in &rows {
            store.set_volume(row).await?;
        }
        if let Some(first) = rows.first() {
            store.adopt_segments(first.id).await?;
        }
        Ok(())
    }

    /// Returns the folder for a new file: on the disk with the greatest share of free room.
    ///
    /// # Errors
    /// `StorageFull` with the reason when this kind of stream is not archived now.
    pub(crate) fn pick(&self, kind: StreamKind) -> io::Result<Arc<Path>> {
        let step = self.step();
        let slots = self.slots();
        let online = slots.iter().filter(|slot| slot.row.state == VolumeState::Online);
        let emptiest = online.min_by(|a, b| share(&a.row).total_cmp(&share(&b.row)));
        match emptiest {
            None => Err(io::Error::new(io::ErrorKind::NotFound, "no archive folder can be written")),
            Some(slot) if step.archives(kind) => Ok(Arc::clone(&slot.folder)),
            Some(_) => {
                let text = match kind {
                    StreamKind::Sub => "sub streams are not archived while the disk is nearly full",
                    StreamKind::Main => "nothing is archived while the disk is full",
                };
                Err(io::Error::new(io::ErrorKind::StorageFull, text))
            }
        }
    }

    /// Returns the folders that can be read, in order.
    pub(crate) fn folders(&self) -> Vec<Arc<Path>> {
        let slots = self.slots();
        let there = slots.iter().filter(|slot| slot.row.state != VolumeState::Gone);
        there.map(|slot| Arc::clone(&slot.folder)).collect()
    }

    /// Returns where a segment's file lies.
    ///
    /// # Errors
    /// `NotConnected` when its disk is not there now; the footage is not lost.
    pub(crate) fn path_of(&self, segment: &Segment) -> io::Result<PathBuf> {
        let slots = self.slots();
        let found = match segment.volume_id {
            Some(id) => slots.iter().find(|slot| slot.row.id == id),
            None => slots.first(),
        };
        match found {
            Some(slot) if slot.row.state != VolumeState::Gone => Ok(slot.folder.join(&segment.path)),
            Some(slot) => Err(io::Error::new(
                io::ErrorKind::NotConnected,
                format!("the disk of {} is not there now; its footage is not lost", slot.row.path),
            )),
            None => Err(io::Error::new(
                io::ErrorKind::NotConnected,
                "the disk with this footage is not configured on this machine; add its folder to gateway.volumes",
            )),
        }
    }

    /// Returns what is given up: the step of the emptiest disk.
    pub(super) fn step(&self) -> StorageStep {
        let slots = self.slots();
        let online = slots.iter().filter(|slot| slot.row.state == VolumeState::Online);
        online.map(|slot| slot.row.step).min().unwrap_or(StorageStep::Stopped)
    }

    /// Returns the taken share of the emptiest disk, 0..1.
    pub(super) fn used_share(&self) -> f64 {
        let slots = self.slots();
        let online = slots.iter().filter(|slot| slot.row.state == VolumeState::Online);
        online.map(|slot| share(&slot.row)).min_by(f64::total_cmp).unwrap_or(1.0)
    }

    pub(super) fn rows(&self) -> Vec<Volume> {
        self.slots().iter().map(|slot| slot.row.clone()).collect()
    }

    /// Returns the disks that can be deleted from.
    pub(super) fn writable(&self) -> Vec<Writable> {
        let slots = self.slots();
        let online = slots.iter().filter(|slot| slot.row.state == VolumeState::Online);
        let writable = |slot: &Slot| Writable {
            id: slot.row.id,
            folder: Arc::clone(&slot.folder),
            step: slot.row.step,
            evidence_since: slot.evidence_since,
        };
        online.map(writable).collect()
    }

    pub(super) fn set_ahead(&self, ahead: &[(VolumeId, Ahead)]) {
        for slot in self.slots().iter_mut() {
            if let Some((_, ahead)) = ahead.iter().find(|(id, _)| *id == slot.row.id) {
                slot.row.archive_bytes = ahead.archive_bytes;
                slot.row.written_per_day_bytes = ahead.per_day;
                (slot.row.shortens_at, slot.row.floor_breaks_at) = (ahead.shortens_at, ahead.floor_breaks_at);
            }
        }
    }

    /// Measures every disk; returns whether a state or step changed.
    pub(super) async fn measure(&self, store: &Store, config: &StorageConfig, now: WallTime) -> bool {
        let mut changed = false;
        let slots = self.slots().clone();
        for (index, slot) in slots.into_iter().enumerate() {
            let mut row = self.look_at(store, config, slot.clone()).await;
            row.step = config.ladder(row.total_bytes).next(slot.row.step, share(&row));
            row.checked_at = now;
            if (row.state, row.step) != (slot.row.state, slot.row.step) {
                (row.since, changed) = (now, true);
                let (state, step) = (row.state.as_str(), row.step.as_str());
                tracing::warn!(path = row.path, state, step, detail = row.detail, "archive disk changed");
            }
            let since = slot.evidence_since.or(Some(now)).filter(|_| row.step >= StorageStep::EvidenceOnly);
            if let Some(slot) = self.slots().get_mut(index) {
                (slot.row, slot.evidence_since) = (row, since);
            }
        }
        changed
    }

    async fn look_at(&self, store: &Store, config: &StorageConfig, slot: Slot) -> Volume {
        let Slot { folder, mut row, .. } = slot;
        let id = row.id;
        let look = move || match marker::read(&folder)? {
            Some(found) if found == id => room::measure(&folder),
            Some(_) => Err(io::Error::other("another disk lies there")),
            None => {
                Err(io::Error::new(io::ErrorKind::NotFound, "the disk is not there: the folder has no marker file"))
            }
        };
        match spawn_blocking(look).await.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Err(error) => (row.state, row.detail) = (VolumeState::Gone, error.to_string()),
            Ok(room) => {
                row.state = if room.is_read_only { VolumeState::ReadOnly } else { VolumeState::Online };
                row.detail = if room.is_read_only { "nothing can be written".into() } else { String::new() };
                (row.total_bytes, row.used_bytes) = (room.total_bytes, room.used_bytes);
                if config.quota_mb > 0
                    && let Ok(archive) = store.archive_bytes(id).await
                {
                    let free = room.total_bytes.saturating_sub(room.used_bytes);
                    row.total_bytes = config.quota_mb.saturating_mul(1_000_000).min(archive.saturating_add(free));
                    (row.used_bytes, row.archive_bytes) = (archive, archive);
                }
            }
        }
        row
    }

    fn slots(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.0.lock().expect("nobody panics while holding this lock")
    }
}

/// Returns the taken share of a disk, 0..1.
#[allow(clippy::cast_precision_loss, reason = "a share; the last bits of a petabyte do not matter")]
fn share(row: &Volume) -> f64 {
    if row.total_bytes == 0 { 0.0 } else { row.used_bytes as f64 / row.total_bytes as f64 }
}

fn fresh(id: VolumeId, now: WallTime) -> Volume {
    Volume {
        id,
        host: String::new(),
        path: String::new(),
        position: 0,
        state: VolumeState::Online,
        step: StorageStep::Normal,
        since: now,
        detail: String::new(),
        total_bytes: 0,
        used_bytes: 0,
        archive_bytes: 0,
        written_per_day_bytes: 0,
        shortens_at: None,
        floor_breaks_at: None,
        checked_at: now,
    }
}

/// Returns the disk of a folder, which is made when nothing was known of it. `known`: the one that was there before,
/// `or_nothing`: an empty folder is not taken for it.
fn find(folder: &Path, known: Option<VolumeId>, or_nothing: bool) -> io::Result<VolumeId> {
    let is_empty = match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error),
    };
    if let Some(found) = (!is_empty).then(|| marker::read(folder)).transpose()?.flatten() {
        return Ok(found);
    }
    if or_nothing && is_empty {
        let text = "the disk is not there: the folder is empty, but had footage; mount it, or remove the folder from \
                    the configuration";
        return Err(io::Error::new(io::ErrorKind::NotFound, text));
    }
    std::fs::create_dir_all(folder)?;
    let id = known.unwrap_or_else(VolumeId::generate);
    marker::write(folder, id)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_mount_point_is_not_taken_for_the_disk_that_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let disk = folder.path().join("disk");
        let id = find(&disk, None, false).unwrap();
        assert_eq!(find(&disk, Some(id), true).unwrap(), id);
        assert_eq!(find(&disk, None, false).unwrap(), id, "a disk keeps its id wherever it is mounted");
        std::fs::remove_dir_all(&disk).unwrap();
        std::fs::create_dir(&disk).unwrap();
        assert_eq!(find(&disk, Some(id), true).unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::create_dir(disk.join("some-stream")).unwrap();
        assert_eq!(find(&disk, Some(id), true).unwrap(), id, "footage without a marker gets it back");
    }
}

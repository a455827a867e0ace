//! The archive's disks, what takes their room, and what lies ahead.

use super::word;
use mingchu_domain::{
    id::VolumeId,
    retention::{FootageClass, StorageStep},
    time::WallTime,
};
use mingchu_store::{ClassUsage as StoredUsage, StorageStatus, Volume as StoredVolume, VolumeState};
use serde::Serialize;
use utoipa::ToSchema;

/// The archive's disks, what takes their room, and what lies ahead.
#[derive(Debug, Serialize, ToSchema)]
pub struct Storage {
    /// What each machine's gateway gives up and foresees; none: no gateway has run.
    pub hosts: Vec<StorageHost>,
    /// The disks.
    pub volumes: Vec<StorageVolume>,
    /// What each class takes.
    pub usage: Vec<ClassUsage>,
}

/// What a machine's gateway gives up because its disks are full, and what lies ahead.
#[derive(Debug, Serialize, ToSchema)]
pub struct StorageHost {
    /// Name of the machine.
    pub host: String,
    /// What is given up.
    #[schema(value_type = word::StorageStep)]
    pub step: StorageStep,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: WallTime,
    /// Thousandths of the emptiest disk that are taken.
    pub used_permille: u32,
    /// Footage that comes every day at the rate of the last 24 hours.
    pub written_per_day_bytes: u64,
    /// The first day on which footage goes before its period ends; null: none in sight.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub shortens_at: Option<WallTime>,
    /// The first day on which even the floors cannot be kept; null: none in sight.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub floor_breaks_at: Option<WallTime>,
    /// When all this was true.
    #[schema(value_type = String, format = DateTime)]
    pub checked_at: WallTime,
}

impl From<StorageStatus> for StorageHost {
    fn from(status: StorageStatus) -> Self {
        Self {
            host: status.host,
            step: status.step,
            since: status.since,
            used_permille: status.used_permille,
            written_per_day_bytes: status.written_per_day_bytes,
            shortens_at: status.shortens_at,
            floor_breaks_at: status.floor_breaks_at,
            checked_at: status.checked_at,
        }
    }
}

/// A disk or folder of the archive.
#[derive(Debug, Serialize, ToSchema)]
pub struct StorageVolume {
    /// Its id.
    #[schema(value_type = String)]
    pub id: VolumeId,
    /// Name of the machine that has it.
    pub host: String,
    /// Its folder.
    pub path: String,
    /// Whether it can be used.
    #[schema(value_type = word::VolumeState)]
    pub state: VolumeWord,
    /// How full it is.
    #[schema(value_type = word::StorageStep)]
    pub step: StorageStep,
    /// When state or step last changed.
    #[schema(value_type = String, format = DateTime)]
    pub since: WallTime,
    /// Why it cannot be used, for a person.
    pub detail: String,
    /// Of the disk, or the quota.
    pub total_bytes: u64,
    /// Of them taken, by anything.
    pub used_bytes: u64,
    /// Of them taken, by footage.
    pub archive_bytes: u64,
    /// Footage that comes every day at the rate of the last 24 hours.
    pub written_per_day_bytes: u64,
    /// The first day on which even the floors cannot be kept; null: none in sight.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub floor_breaks_at: Option<WallTime>,
    /// When all this was true.
    #[schema(value_type = String, format = DateTime)]
    pub checked_at: WallTime,
}

/// A disk's state as its word.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct VolumeWord(&'static str);

impl From<VolumeState> for VolumeWord {
    fn from(state: VolumeState) -> Self {
        Self(state.as_str())
    }
}

impl From<StoredVolume> for StorageVolume {
    fn from(volume: StoredVolume) -> Self {
        Self {
            id: volume.id,
            host: volume.host,
            path: volume.path,
            state: volume.state.into(),
            step: volume.step,
            since: volume.since,
            detail: volume.detail,
            total_bytes: volume.total_bytes,
            used_bytes: volume.used_bytes,
            archive_bytes: volume.archive_bytes,
            written_per_day_bytes: volume.written_per_day_bytes,
            floor_breaks_at: volume.floor_breaks_at,
            checked_at: volume.checked_at,
        }
    }
}

/// What one class of footage takes on one disk.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClassUsage {
    /// The disk.
    #[schema(value_type = String)]
    pub volume_id: VolumeId,
    /// Why it is kept.
    #[schema(value_type = word::FootageClass)]
    pub class: FootageClass,
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Start of the oldest; null: none.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub oldest_at: Option<WallTime>,
}

impl From<StoredUsage> for ClassUsage {
    fn from(usage: StoredUsage) -> Self {
        let StoredUsage { volume_id, class, files, bytes, oldest_at } = usage;
        Self { volume_id, class, files, bytes, oldest_at }
    }
}

/// What every page must say of the disks: the worst of all machines.
#[derive(Debug, Serialize, ToSchema)]
pub struct StorageNote {
    /// What is given up.
    #[schema(value_type = word::StorageStep)]
    pub step: StorageStep,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: WallTime,
    /// The first day on which even the floors cannot be kept; null: none in sight.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub floor_breaks_at: Option<WallTime>,
    /// Disks that are gone or cannot be written.
    pub volumes_out: u32,
}

/// Returns the worst of all machines; `None` while no gateway has said anything.
pub(crate) fn note(hosts: &[StorageStatus], volumes: &[StoredVolume]) -> Option<StorageNote> {
    let worst = hosts.iter().max_by_key(|host| host.step)?;
    let out = volumes.iter().filter(|volume| volume.state != VolumeState::Online).count();
    Some(StorageNote {
        step: worst.step,
        since: worst.since,
        floor_breaks_at: hosts.iter().filter_map(|host| host.floor_breaks_at).min(),
        volumes_out: u32::try_from(out).unwrap_or(u32::MAX),
    })
}

//! The archive's disks, and what the gateway gives up when they are full.

use crate::{
    cell::{Cells, Number, Record},
    db::args,
    error::StoreError,
    open::Store,
};
use mingchu_domain::{id::VolumeId, retention::StorageStep, time::WallTime};

/// Whether a disk can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VolumeState {
    /// Read and written.
    Online,
    /// Read only.
    ReadOnly,
    /// Not there; its footage is not lost, but cannot be read now.
    Gone,
}

impl VolumeState {
    /// All, in order.
    pub const ALL: &'static [Self] = &[Self::Online, Self::ReadOnly, Self::Gone];

    /// Returns the word used in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::ReadOnly => "read_only",
            Self::Gone => "gone",
        }
    }
    /// Returns the state of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == word)
    }
}

/// A disk or folder of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its id, which also lies in a file on it.
    pub id: VolumeId,
    /// Name of the machine that has it.
    pub host: String,
    /// Its folder.
    pub path: String,
    /// 0 for `gateway.data`, then `gateway.volumes` in order.
    pub position: u32,
    /// Whether it can be used.
    pub state: VolumeState,
    /// How full it is.
    pub step: StorageStep,
    /// When state or step last changed.
    pub since: WallTime,
    /// For a person.
    pub detail: String,
    /// Of the disk, or the quota.
    pub total_bytes: u64,
    /// Of them taken, by anything.
    pub used_bytes: u64,
    /// Of them taken, by footage.
    pub archive_bytes: u64,
    /// Footage that comes every day at the rate of the last 24 hours.
    pub written_per_day_bytes: u64,
    /// The first day on which footage goes before its period ends; `None`: none in sight.
    pub shortens_at: Option<WallTime>,
    /// The first day on which even the floors cannot be kept; `None`: none in sight.
    pub floor_breaks_at: Option<WallTime>,
    /// When all this was true.
    pub checked_at: WallTime,
}

/// What a machine's gateway gives up because its disks are full, and what lies ahead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageStatus {
    /// Name of the machine.
    pub host: String,
    /// What is given up.
    pub step: StorageStep,
    /// Since when.
    pub since: WallTime,
    /// Thousandths of the emptiest disk that are taken.
    pub used_permille: u32,
    /// Footage that comes every day at the rate of the last 24 hours.
    pub written_per_day_bytes: u64,
    /// The first day on which footage goes before its period ends; `None`: none in sight.
    pub shortens_at: Option<WallTime>,
    /// The first day on which even the floors cannot be kept; `None`: none in sight.
    pub floor_breaks_at: Option<WallTime>,
    /// When all this was true.
    pub checked_at: WallTime,
}

impl Record for Volume {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.cell("volume_id")?,
            host: row.cell("host")?,
            path: row.cell("path")?,
            position: row.cell("position")?,
            state: row.cell("state")?,
            step: row.cell("step")?,
            since: row.cell("since")?,
            detail: row.cell("detail")?,
            total_bytes: row.cell("total_bytes")?,
            used_bytes: row.cell("used_bytes")?,
            archive_bytes: row.cell("archive_bytes")?,
            written_per_day_bytes: row.cell("written_per_day_bytes")?,
            shortens_at: row.maybe("shortens_at")?,
            floor_breaks_at: row.maybe("floor_breaks_at")?,
            checked_at: row.cell("checked_at")?,
        })
    }
}

impl Record for StorageStatus {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            host: row.cell("host")?,
            step: row.cell("step")?,
            since: row.cell("since")?,
            used_permille: row.cell("used_permille")?,
            written_per_day_bytes: row.cell("written_per_day_bytes")?,
            shortens_at: row.maybe("shortens_at")?,
            floor_breaks_at: row.maybe("floor_breaks_at")?,
            checked_at: row.cell("checked_at")?,
        })
    }
}

impl Store {
    /// Returns all disks that were ever used, by machine and position.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn volumes(&self) -> Result<Vec<Volume>, StoreError> {
        self.db.all("select * from volume order by host, position, volume_id", vec![]).await
    }

    /// Writes what a disk is doing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_volume(&self, volume: &Volume) -> Result<(), StoreError> {
        const SQL: &str = "insert into volume (volume_id, host, path, position, state, step, since, detail, \
             total_bytes, used_bytes, archive_bytes, written_per_day_bytes, shortens_at, floor_breaks_at, checked_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
             on conflict (volume_id) do update set host = excluded.host, path = excluded.path, \
             position = excluded.position, state = excluded.state, step = excluded.step, since = excluded.since, \
             detail = excluded.detail, total_bytes = excluded.total_bytes, used_bytes = excluded.used_bytes, \
             archive_bytes = excluded.archive_bytes, written_per_day_bytes = excluded.written_per_day_bytes, \
             shortens_at = excluded.shortens_at, floor_breaks_at = excluded.floor_breaks_at, \
             checked_at = excluded.checked_at";
        let args = args![
            volume.id,
            &volume.host,
            &volume.path,
            volume.position,
            volume.state.as_str(),
            volume.step.as_str(),
            volume.since,
            &volume.detail,
            volume.total_bytes,
            volume.used_bytes,
            volume.archive_bytes,
            volume.written_per_day_bytes,
            volume.shortens_at,
            volume.floor_breaks_at,
            volume.checked_at,
        ];
        self.db.run(SQL, args).await.map(|_| ())
    }

    /// Gives the footage that was written before disks were told apart to the first disk; returns how many files.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn adopt_segments(&self, volume: VolumeId) -> Result<u64, StoreError> {
        self.db.run("update segment set volume_id = $1 where volume_id is null", args![volume]).await
    }

    /// Returns the bytes of all footage on a disk.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn archive_bytes(&self, volume: VolumeId) -> Result<u64, StoreError> {
        const SQL: &str = "select cast(coalesce(sum(size_bytes), 0) as bigint) as n from segment where volume_id = $1";
        let bytes = self.db.one::<Number>("volume", SQL, args![volume]).await?.0;
        Ok(bytes.unsigned_abs())
    }

    /// Returns when the oldest footage of a disk begins, later than `after`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn oldest_footage(&self, volume: VolumeId, after: WallTime) -> Result<Option<WallTime>, StoreError> {
        const SQL: &str = "select started_at as n from segment where volume_id = $1 and started_at > $2 \
             order by started_at limit 1";
        let oldest: Option<Number> = self.db.maybe(SQL, args![volume, after]).await?;
        Ok(oldest.map(|oldest| WallTime::from_micros(oldest.0)))
    }

    /// Returns what each machine's gateway gives up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn storage_status(&self) -> Result<Vec<StorageStatus>, StoreError> {
        self.db.all("select * from storage_status order by host", vec![]).await
    }

    /// Writes what a machine's gateway gives up.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_storage_status(&self, status: &StorageStatus) -> Result<(), StoreError> {
        const SQL: &str = "insert into storage_status (host, step, since, used_permille, written_per_day_bytes, \
             shortens_at, floor_breaks_at, checked_at) values ($1, $2, $3, $4, $5, $6, $7, $8) \
             on conflict (host) do update set step = excluded.step, since = excluded.since, \
             used_permille = excluded.used_permille, written_per_day_bytes = excluded.written_per_day_bytes, \
             shortens_at = excluded.shortens_at, floor_breaks_at = excluded.floor_breaks_at, \
             checked_at = excluded.checked_at";
        let args = args![
            &status.host,
            status.step.as_str(),
            status.since,
            status.used_permille,
            status.written_per_day_bytes,
            status.shortens_at,
            status.floor_breaks_at,
            status.checked_at,
        ];
        self.db.run(SQL, args).await.map(|_| ())
    }
}

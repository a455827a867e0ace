//! What takes the room: footage by class and age.

use crate::{
    cell::{Cells, Record},
    db::args,
    deletion::{around_violation, window_us},
    error::StoreError,
    holds::held,
    open::Store,
};
use mingchu_domain::{id::VolumeId, retention::FootageClass, time::WallTime};

/// Footage of one canteen, class and age on one disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FootageAge {
    /// The canteen's place in the tree, see [`crate::Policies::in_force`].
    pub path: String,
    /// Why it is kept.
    pub class: FootageClass,
    /// Whole days since it was recorded.
    pub age_days: u32,
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Start of the oldest.
    pub oldest_at: WallTime,
}

/// What one class takes on one disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassUsage {
    /// The disk.
    pub volume_id: VolumeId,
    /// Why it is kept.
    pub class: FootageClass,
    /// Files.
    pub files: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Start of the oldest; `None` without a file.
    pub oldest_at: Option<WallTime>,
}

impl Record for FootageAge {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            path: row.cell("path")?,
            class: row.cell("class")?,
            age_days: row.cell("age_days")?,
            files: row.cell("files")?,
            bytes: row.cell("size_bytes")?,
            oldest_at: row.cell("oldest_at")?,
        })
    }
}

impl Record for ClassUsage {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self {
            volume_id: row.cell("volume_id")?,
            class: row.cell("class")?,
            files: row.cell("files")?,
            bytes: row.cell("size_bytes")?,
            oldest_at: row.maybe("oldest_at")?,
        })
    }
}

impl Store {
    /// Returns the footage of a disk by canteen, class and age. Reads every row: not for each look at a page.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn footage_by_age(&self, volume: VolumeId, now: WallTime) -> Result<Vec<FootageAge>, StoreError> {
        // 86,400,000,000 µs: a day. The casts: PostgreSQL sums bigint to numeric
        const SQL: &str = concat!(
            "select path, class, age_days, count(*) as files, cast(sum(size_bytes) as bigint) as size_bytes, \
             min(started_at) as oldest_at from ( \
                 select canteen.path, segment.size_bytes, segment.started_at, case when segment.started_at >= $2 then 0 \
                     else ($2 - segment.started_at) / 86400000000 end as age_days, case when ",
            held!(),
            " then 'held' when ",
            around_violation!("$3"),
            " then 'violation' else 'routine' end as class from segment \
              join stream on stream.stream_id = segment.stream_id \
              join camera on camera.camera_id = stream.camera_id \
              join canteen on canteen.canteen_id = camera.canteen_id where segment.volume_id = $1) found \
             group by path, class, age_days order by path, class, age_days",
        );
        self.db.all(SQL, args![volume, now, window_us()]).await
    }

    /// Writes what each class takes on a disk.
    ///
    /// # Errors
    /// `Conflict` when there is no such volume.
    pub async fn set_usage(&self, usage: &[ClassUsage]) -> Result<(), StoreError> {
        const SQL: &str = "insert into storage_usage (volume_id, class, files, size_bytes, oldest_at) \
             values ($1, $2, $3, $4, $5) on conflict (volume_id, class) do update set files = excluded.files, \
             size_bytes = excluded.size_bytes, oldest_at = excluded.oldest_at";
        let mut tx = self.db.begin().await?;
        for usage in usage {
            let args = args![usage.volume_id, usage.class.as_str(), usage.files, usage.bytes, usage.oldest_at];
            tx.run(SQL, args).await?;
        }
        tx.commit().await
    }

    /// Returns what each class takes, disk by disk, as last written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn usage(&self) -> Result<Vec<ClassUsage>, StoreError> {
        self.db.all("select * from storage_usage order by volume_id, class", vec![]).await
    }
}

//! Exports of archived footage: asked for by people, cut by the gateway, deleted after a day.

use crate::{
    cell::{Cells, Record},
    db::{Tx, args},
    error::StoreError,
    jobs::JobKind,
    open::Store,
};
use mingchu_domain::{
    footage::ExportState,
    id::{CameraId, ExportId, PersonId, StreamId, ViewId},
    time::{TimeRange, WallTime},
};
use serde_json::json;

/// An export to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExport {
    /// Its id.
    pub id: ExportId,
    /// The entry of the ledger that allows it.
    pub view_id: ViewId,
    /// Of which camera.
    pub camera_id: CameraId,
    /// Of which of its streams.
    pub stream_id: StreamId,
    /// Which time.
    pub range: TimeRange,
    /// When it was asked for.
    pub created_at: WallTime,
}

/// The file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedFile {
    /// The object.
    pub object_key: String,
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Pictures shown.
    pub frames: u32,
    /// Time of the first picture shown.
    pub first_picture_at: WallTime,
    /// Time of the last picture shown.
    pub last_picture_at: WallTime,
}

/// Where an export stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FootageExport {
    /// What was asked for.
    pub asked: NewExport,
    /// The state.
    pub state: ExportState,
    /// How much is done, 0..=1000.
    pub progress_permille: u32,
    /// The file, while there is one.
    pub file: Option<ExportedFile>,
    /// Why there is none.
    pub error: Option<String>,
    /// When the bytes are deleted.
    pub expires_at: Option<WallTime>,
}

impl Record for FootageExport {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let range = TimeRange::new(row.cell("started_at")?, row.cell("ended_at")?);
        let asked = NewExport {
            id: row.cell("export_id")?,
            view_id: row.cell("view_id")?,
            camera_id: row.cell("camera_id")?,
            stream_id: row.cell("stream_id")?,
            range: range.ok_or_else(|| sqlx::Error::Decode("export is reversed".into()))?,
            created_at: row.cell("created_at")?,
        };
        let object_key: Option<String> = row.maybe("object_key")?;
        let file = match object_key {
            None => None,
            Some(object_key) => Some(ExportedFile {
                object_key,
                size_bytes: row.cell("size_bytes")?,
                sha256: row.cell("sha256")?,
                frames: row.cell("frames")?,
                first_picture_at: row.cell("first_picture_at")?,
                last_picture_at: row.cell("last_picture_at")?,
            }),
        };
        Ok(Self {
            asked,
            state: row.cell("state")?,
            progress_permille: row.cell("progress_permille")?,
            file,
            error: row.maybe("error")?,
            expires_at: row.maybe("expires_at")?,
        })
    }
}

/// What a person reads of an export that was tried too often.
const GIVEN_UP: &str = "the footage could not be cut; try again, and tell the operator the time if it stays";
const FAILED: &str = "update footage_export set state = 'failed', error = $2, expires_at = $3 \
     where export_id = $1 and state in ('queued', 'running')";

impl Tx {
    /// Writes that an export was tried too often.
    pub(crate) async fn export_given_up(&mut self, id: ExportId, why: &str, at: WallTime) -> Result<(), StoreError> {
        tracing::warn!(export.id = %id, error = why, "export given up");
        self.run(FAILED, args![id, GIVEN_UP, at]).await.map(|_| ())
    }
}

impl Store {
    /// Asks for an export, and puts the job that cuts it on the list.
    ///
    /// # Errors
    /// `Conflict` when view, camera or stream does not exist.
    pub async fn insert_export(&self, new: &NewExport) -> Result<(), StoreError> {
        const SQL: &str = "insert into footage_export (export_id, view_id, camera_id, stream_id, started_at, ended_at, \
             state, progress_permille, created_at) values ($1, $2, $3, $4, $5, $6, 'queued', 0, $7)";
        let (start, end) = (new.range.start(), new.range.end());
        let mut tx = self.db.begin().await?;
        let args = args![new.id, new.view_id, new.camera_id, new.stream_id, start, end, new.created_at];
        tx.run(SQL, args).await?;
        tx.enqueue(JobKind::FootageExport, &json!({ "export_id": new.id }), new.created_at).await?;
        tx.commit().await
    }

    /// Returns an export.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn export(&self, id: ExportId) -> Result<FootageExport, StoreError> {
        self.db.one("export", "select * from footage_export where export_id = $1", args![id]).await
    }

    /// Returns a person's own export.
    ///
    /// # Errors
    /// `NotFound`, also when it is another person's.
    pub async fn own_export(&self, person: PersonId, id: ExportId) -> Result<FootageExport, StoreError> {
        const SQL: &str = "select footage_export.* from footage_export join footage_view using (view_id) \
             where export_id = $1 and person_id = $2";
        self.db.one("export", SQL, args![id, person]).await
    }

    /// Returns a person's own exports, of one entry of the ledger or of all, newest first, at most 50.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_exports(&self, person: PersonId, view: Option<ViewId>) -> Result<Vec<FootageExport>, StoreError> {
        const SQL: &str = "select footage_export.* from footage_export join footage_view using (view_id) \
             where person_id = $1 and ($2 is null or view_id = $2) \
             order by footage_export.created_at desc, export_id desc limit 50";
        self.db.all(SQL, args![person, view]).await
    }

    /// Returns how many of a person's exports are waiting or being cut.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn running_exports(&self, person: PersonId) -> Result<u32, StoreError> {
        const SQL: &str = "select count(*) as n from footage_export join footage_view using (view_id) \
             where person_id = $1 and state in ('queued', 'running')";
        let count = self.db.one::<crate::cell::Number>("count", SQL, args![person]).await?.0;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    /// Writes how far an export is. Returns false when it was deleted: the gateway stops.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_export_progress(&self, id: ExportId, permille: u32) -> Result<bool, StoreError> {
        const SQL: &str = "update footage_export set state = 'running', progress_permille = $2 \
             where export_id = $1 and state in ('queued', 'running')";
        Ok(self.db.run(SQL, args![id, permille.min(1000)]).await? > 0)
    }

    /// Writes that an export is ready. Returns false when it was deleted: the gateway deletes the file.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_ready(
        &self,
        id: ExportId,
        file: &ExportedFile,
        expires_at: WallTime,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "update footage_export set state = 'ready', progress_permille = 1000, object_key = $2, \
             size_bytes = $3, sha256 = $4, frames = $5, first_picture_at = $6, last_picture_at = $7, expires_at = $8, \
             error = null where export_id = $1 and state in ('queued', 'running')";
        let args = args![
            id,
            &file.object_key,
            file.size_bytes,
            &file.sha256,
            file.frames,
            file.first_picture_at,
            file.last_picture_at,
            expires_at,
        ];
        Ok(self.db.run(SQL, args).await? > 0)
    }

    /// Writes why there is no export.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_failed(&self, id: ExportId, error: &str, at: WallTime) -> Result<(), StoreError> {
        self.db.run(FAILED, args![id, error, at]).await.map(|_| ())
    }

    /// Returns the exports whose bytes are to be deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn exports_to_expire(&self, now: WallTime) -> Result<Vec<FootageExport>, StoreError> {
        const SQL: &str = "select * from footage_export where object_key is not null and expires_at <= $1 limit 100";
        self.db.all(SQL, args![now]).await
    }

    /// Writes that an export's bytes are gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn export_expired(&self, id: ExportId) -> Result<(), StoreError> {
        const SQL: &str = "update footage_export set state = 'expired', object_key = null where export_id = $1";
        self.db.run(SQL, args![id]).await.map(|_| ())
    }

    /// Deletes an export's row; the caller deletes the object first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_export(&self, id: ExportId) -> Result<(), StoreError> {
        self.db.run("delete from footage_export where export_id = $1", args![id]).await.map(|_| ())
    }
}

//! Streams as the gateway sees them: where to pull, and what came of it.

use crate::{
    cameras::StreamStatus,
    cell::{Cells, Record},
    db::args,
    error::StoreError,
    open::Store,
    seal::Secret,
};
use mingchu_domain::{
    id::{CameraId, StreamId},
    media::StreamKind,
    time::WallTime,
};

/// A stream to pull.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSource {
    /// Its id.
    pub stream_id: StreamId,
    /// Its camera.
    pub camera_id: CameraId,
    /// Main or sub.
    pub kind: StreamKind,
    /// `rtsp://host:port/path`, without name and password.
    pub url: String,
    /// Sign-in name.
    pub username: Option<String>,
    /// Sign-in password.
    pub password: Option<Secret>,
}

/// When a stream was last heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamHeard {
    /// Which stream.
    pub stream: StreamId,
    /// Arrival of its last picture.
    pub last_frame_at: Option<WallTime>,
    /// Camera clock minus gateway clock, in microseconds.
    pub clock_offset_us: Option<i64>,
}

struct Sealed {
    source: StreamSource,
    password: Option<Vec<u8>>,
}

impl Record for Sealed {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        let source = StreamSource {
            stream_id: row.cell("stream_id")?,
            camera_id: row.cell("camera_id")?,
            kind: row.cell("kind")?,
            url: row.cell("url")?,
            username: row.maybe("username")?,
            password: None,
        };
        Ok(Self { source, password: row.maybe("password_sealed")? })
    }
}

impl Store {
    /// Returns the streams of all enabled cameras, with their passwords opened.
    ///
    /// # Errors
    /// `Unsealable` when a stored password was changed.
    pub async fn streams_to_pull(&self) -> Result<Vec<StreamSource>, StoreError> {
        const SQL: &str = "select stream.* from stream join camera using (camera_id) \
             where removed_at is null and is_enabled order by stream_id";
        let rows: Vec<Sealed> = self.db.all(SQL, vec![]).await?;
        rows.into_iter().map(|row| self.unseal(row)).collect()
    }

    fn unseal(&self, Sealed { mut source, password }: Sealed) -> Result<StreamSource, StoreError> {
        if let Some(sealed) = password {
            let stream = source.stream_id.to_string();
            let opened = self.seal.unseal(&sealed, &format!("stream:{stream}"));
            source.password = Some(opened.ok_or(StoreError::Unsealable { stream })?);
        }
        Ok(source)
    }

    /// Writes what a stream is doing.
    ///
    /// # Errors
    /// `Conflict` when there is no such stream.
    pub async fn set_stream_status(&self, stream: StreamId, status: &StreamStatus) -> Result<(), StoreError> {
        const SQL: &str = "insert into stream_status (stream_id, state, since, cause, detail, codec, width, height, \
             last_frame_at, clock_offset_us) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             on conflict (stream_id) do update set state = excluded.state, since = excluded.since, \
             cause = excluded.cause, detail = excluded.detail, codec = excluded.codec, width = excluded.width, \
             height = excluded.height, last_frame_at = excluded.last_frame_at, \
             clock_offset_us = excluded.clock_offset_us";
        let args = args![
            stream,
            status.state.as_str(),
            status.since,
            status.cause.map(|cause| cause.as_str()),
            &status.detail,
            status.codec.map(|codec| codec.as_str()),
            status.width,
            status.height,
            status.last_frame_at,
            status.clock_offset_us,
        ];
        self.db.run(SQL, args).await.map(|_| ())
    }

    /// Writes when streams were last heard, in one transaction; one without a state is left out.
    ///
    /// # Errors
    /// When the database fails; then none is written.
    pub async fn set_streams_heard(&self, heard: &[StreamHeard]) -> Result<(), StoreError> {
        const SQL: &str = "update stream_status set last_frame_at = $2, clock_offset_us = $3 where stream_id = $1";
        if heard.is_empty() {
            return Ok(());
        }
        let mut tx = self.db.begin().await?;
        for heard in heard {
            tx.run(SQL, args![heard.stream, heard.last_frame_at, heard.clock_offset_us]).await?;
        }
        tx.commit().await
    }
}

//! The seam to archived footage: the gateway of this process, or none when `--role web` runs alone.

use async_trait::async_trait;
use mingchu_domain::{
    footage::{FootageRefused, Playlist, Still},
    id::{SegmentId, StreamId},
    time::{TimeRange, WallTime},
};

/// An archive file, open for reading.
#[derive(Debug)]
pub struct FootageFile {
    /// The file.
    pub file: tokio::fs::File,
    /// Its length.
    pub size_bytes: u64,
}

/// Which picture of the archive is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StillWish {
    /// Of which stream.
    pub stream: StreamId,
    /// The last picture at or before this time.
    pub at: WallTime,
    /// Which of the pictures before `at`.
    pub which: StillPick,
    /// Scaled down to this width; `None`: as it is.
    pub width: Option<u32>,
}

/// Which picture before a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StillPick {
    /// The last key picture: quick.
    Key,
    /// The last of all: everything since the key picture is decoded.
    Exact,
}

/// Archived footage. Whoever asks has been through the access ledger.
#[async_trait]
pub trait Footage: Send + Sync + 'static {
    /// Returns the HLS playlist of a time; its addresses are `segments/ID.mp4`, relative to the playlist's own.
    async fn playlist(&self, stream: StreamId, range: TimeRange) -> Result<Playlist, FootageRefused>;

    /// Opens an archive file.
    async fn open(&self, segment: SegmentId) -> Result<FootageFile, FootageRefused>;

    /// Returns a picture.
    async fn still(&self, wish: StillWish) -> Result<Still, FootageRefused>;
}

/// What a web server without a gateway answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoArchive;

#[async_trait]
impl Footage for NoArchive {
    async fn playlist(&self, _stream: StreamId, _range: TimeRange) -> Result<Playlist, FootageRefused> {
        Err(FootageRefused::NoGateway)
    }

    async fn open(&self, _segment: SegmentId) -> Result<FootageFile, FootageRefused> {
        Err(FootageRefused::NoGateway)
    }

    async fn still(&self, _wish: StillWish) -> Result<Still, FootageRefused> {
        Err(FootageRefused::NoGateway)
    }
}

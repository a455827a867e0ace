//! The seam to live pictures: the in-process gateway, or none when `--role web` runs alone.

use async_trait::async_trait;
use mingchu_domain::{
    camera::GapCause,
    footage::Still,
    id::StreamId,
    live::{CameraAddress, LiveRefused, LiveUnit, ProbeFailed, ProbeReport},
};
use tokio::sync::mpsc;

/// Live pictures and camera probing.
#[async_trait]
pub trait Live: Send + Sync + 'static {
    /// Opens a stream: `Init`, the GOP cache, then one fragment a picture. Bounded; the sender drops to the next key.
    async fn open(&self, stream: StreamId) -> Result<mpsc::Receiver<LiveUnit>, LiveRefused>;

    /// Returns the newest picture of a stream as JPEG; any codec.
    async fn still(&self, stream: StreamId) -> Result<Still, LiveRefused>;

    /// Asks a camera what it sends.
    async fn probe(&self, address: &CameraAddress) -> Result<ProbeReport, ProbeFailed>;
}

/// What a web server without a gateway answers.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoGateway;

#[async_trait]
impl Live for NoGateway {
    async fn open(&self, _stream: StreamId) -> Result<mpsc::Receiver<LiveUnit>, LiveRefused> {
        Err(LiveRefused::NoGateway)
    }

    async fn still(&self, _stream: StreamId) -> Result<Still, LiveRefused> {
        Err(LiveRefused::NoGateway)
    }

    async fn probe(&self, _address: &CameraAddress) -> Result<ProbeReport, ProbeFailed> {
        Err(ProbeFailed {
            cause: GapCause::GatewayDown,
            message: "this server runs no gateway; probe the camera from the server with the role gateway".into(),
        })
    }
}

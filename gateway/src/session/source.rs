//! The seam behind which a camera's protocol lies.

use async_trait::async_trait;
use mingchu_domain::{camera::GapCause, media::AccessUnit};

/// What a source yields.
#[derive(Debug, Clone)]
pub enum Item {
    /// A picture; its `pts_90k` counts on the camera's own timeline, unwrapped.
    Unit(AccessUnit),
    /// So many RTP packets before the picture that follows never came.
    PacketLoss(u32),
    /// Camera clock minus gateway clock in microseconds, from an RTCP sender report (RFC 3550 §6.4.1).
    ClockOffset(i64),
}

/// What both clients say of a stream without video.
pub(super) const NO_VIDEO: &str = "address answers, but the stream holds no video; check the path";

/// Why a source ended or never began.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Lost {
    /// The cause, as state and gap show it.
    pub cause: GapCause,
    /// For a person: what happened and what to do. Never an address with a password.
    pub detail: String,
    /// Whether this client does not understand the camera, so that another may.
    pub is_refusal: bool,
}

impl Lost {
    pub(crate) fn new(cause: GapCause, detail: impl Into<String>) -> Self {
        Self { cause, detail: detail.into(), is_refusal: false }
    }
    pub(crate) fn refusal(detail: impl Into<String>) -> Self {
        Self { cause: GapCause::BadStream, detail: detail.into(), is_refusal: true }
    }
}

/// A camera's stream being played: retina, GStreamer, later file replay.
#[async_trait]
pub trait Source: Send {
    /// Returns what comes next. Cancellation safe: nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// When the stream is over, whatever the reason.
    async fn next(&mut self) -> Result<Item, Lost>;

    /// Ends the session at the camera.
    async fn close(self: Box<Self>);
}

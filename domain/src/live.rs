//! What crosses from the gateway to viewers: fragments muxed once, and the answers of a camera probe.

use crate::{camera::GapCause, media::Codec, time::WallTime};
use bytes::Bytes;
use std::fmt;

/// One message of a live stream.
#[derive(Debug, Clone)]
pub enum LiveUnit {
    /// Comes first, and again whenever the parameters change.
    Init {
        /// Codec string of RFC 6381, as `avc1.640028`.
        codec_string: String,
        /// Picture width in pixels.
        width: u16,
        /// Picture height in pixels.
        height: u16,
        /// `ftyp` + `moov` (ISO/IEC 14496-12 §8.16.3).
        data: Bytes,
    },
    /// One picture as `moof` + `mdat`.
    Fragment {
        /// The fragment.
        data: Bytes,
        /// Whether decoding can start here.
        is_key: bool,
        /// Presentation time in 90 kHz ticks since the viewer's init segment's timeline began.
        pts_90k: i64,
    },
    /// The camera is lost; an `Init` follows when it is back.
    Lost {
        /// Why.
        cause: GapCause,
        /// More, without address or password.
        detail: String,
        /// Since when.
        since: WallTime,
    },
}

/// Why no live picture is given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiveRefused {
    /// This process runs no gateway.
    #[error("this server runs no gateway; live pictures come from the server with the role gateway")]
    NoGateway,
    /// Nobody pulls this stream.
    #[error("the stream is not being pulled; is the camera enabled?")]
    NotPulled,
    /// The codec does not play in browsers.
    #[error("the stream is H.265, which browsers do not play; give the camera an H.264 sub stream")]
    NotPlayable,
    /// The camera sends nothing now.
    #[error("the camera is offline since {since}")]
    Lost {
        /// Why.
        cause: GapCause,
        /// Since when.
        since: WallTime,
    },
    /// The stream has just begun, or its groups of pictures are too large to be kept.
    #[error("there is no whole picture yet; try again in a second")]
    NoPicture,
    /// The pictures cannot be decoded here.
    #[error("the picture cannot be decoded: {0}")]
    NotDecodable(String),
    /// As many cameras at once are made playable as the server may.
    #[error(
        "this server makes as many H.265 cameras playable at once as it may; give the camera an H.264 sub stream, or try again in a minute"
    )]
    TooManyTranscodes,
    /// Too many viewers of this stream.
    #[error("too many viewers; try again in a minute")]
    TooManyViewers,
}

/// Where a camera is and how to sign in; `Debug` and `Display` never show the password.
#[derive(Clone, PartialEq, Eq)]
pub struct CameraAddress {
    /// `rtsp://host:port/path`, without name and password.
    pub url: String,
    /// Sign-in name.
    pub username: Option<String>,
    /// Sign-in password.
    pub password: Option<String>,
}

impl fmt::Debug for CameraAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let password = self.password.as_ref().map(|_| "***");
        f.debug_struct("CameraAddress").field("url", &self.url).field("password", &password).finish_non_exhaustive()
    }
}

/// What a camera answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeReport {
    /// The codec.
    pub codec: Codec,
    /// Codec string of RFC 6381.
    pub codec_string: String,
    /// Picture width in pixels.
    pub width: u16,
    /// Picture height in pixels.
    pub height: u16,
}

/// Why a camera cannot be used; `message` names the thing and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProbeFailed {
    /// The cause, as the camera's state would show it.
    pub cause: GapCause,
    /// For a person, without the password.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let address = CameraAddress {
            url: "rtsp://10.0.0.7/main".into(),
            username: Some("viewer".into()),
            password: Some("s3cret".into()),
        };
        assert!(!format!("{address:?}").contains("s3cret"));
    }
}

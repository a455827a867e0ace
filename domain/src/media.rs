//! Coded pictures on their way from a camera: codec, parameters, access units.

use crate::time::{MediaTime, WallTime};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The video codecs that cameras send and the archive keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Codec {
    /// ITU-T H.264.
    H264,
    /// ITU-T H.265; archived and decoded, but not sent to browsers.
    H265,
}

impl Codec {
    /// Returns the word used in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
        }
    }
    /// Returns the codec of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::H264, Self::H265].into_iter().find(|codec| codec.as_str() == word)
    }
}

/// Which of a camera's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamKind {
    /// Full size: archive, evidence, heads.
    Main,
    /// Small: walls, phones, persons and tracks.
    Sub,
}

impl StreamKind {
    /// Returns the word used in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Sub => "sub",
        }
    }
    /// Returns the kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Main, Self::Sub].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What a decoder must know before the first picture; a change starts a new segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoParameters {
    /// The codec.
    pub codec: Codec,
    /// Codec string of RFC 6381, as `avc1.640028`.
    pub codec_string: String,
    /// Picture width in pixels.
    pub width: u16,
    /// Picture height in pixels.
    pub height: u16,
    /// The sample entry box, `avc1` or `hvc1` with its configuration (ISO/IEC 14496-15).
    pub sample_entry: Bytes,
}

/// One coded picture as it came from the camera, SEI included.
#[derive(Debug, Clone)]
pub struct AccessUnit {
    /// Parameters in force for this picture.
    pub parameters: Arc<VideoParameters>,
    /// Whether decoding can start here (IDR or IRAP).
    pub is_key: bool,
    /// Presentation time, unwrapped; cameras send no B-frames, so it is the decoding time too.
    pub pts_90k: MediaTime,
    /// When the gateway had the whole picture, by its own clock.
    pub arrived_at: WallTime,
    /// NAL units, each behind its length in 4 bytes, big endian (ISO/IEC 14496-15 §5.3.3).
    pub data: Bytes,
}

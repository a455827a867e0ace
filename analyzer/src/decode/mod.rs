//! Access units to pictures. GStreamer types stay here and in `derivative::encode`.
//!
//! ```text
//! access unit -> appsrc -> h264parse | h265parse -> avdec (1 thread) -> [due?] -> scale, convert -> appsink -> Picture
//! ```
//! The main stream is given key units only: what is dropped before the decoder costs nothing. The sub stream is decoded
//! whole while somebody is there or something moves, else by key units ([`Doze`]); only the pictures that are due are
//! scaled and converted.

mod clip;
mod decoder;
mod doze;
mod due;
pub(crate) mod sample_entry;
mod video;

pub use self::{
    clip::{ClipUnits, read_clip},
    decoder::{Decoder, Output, Pace},
    doze::Doze,
    due::Due,
    video::{VideoPictures, read_video},
};

/// A stream or file that cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A GStreamer element is missing.
    #[error("GStreamer element {element} is missing; install {package}")]
    NoElement {
        /// The element.
        element: String,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// GStreamer cannot start.
    #[error("GStreamer cannot start: {0}")]
    Start(String),
    /// The parameters carry no decoder configuration.
    #[error("the stream's sample entry has no avcC or hvcC box")]
    NoConfiguration,
    /// The decoder gave up.
    #[error("the stream cannot be decoded: {0}")]
    Broken(String),
    /// A video file that cannot be read, or not to its end.
    #[error("video {path} cannot be read: {detail}; copy it again, or convert it to MP4 with H.264")]
    Video {
        /// Which file.
        path: String,
        /// What GStreamer said.
        detail: String,
    },
    /// No video that can be read.
    #[error("{path} has no H.264 or H.265 video: {detail}")]
    NoVideo {
        /// Which file.
        path: String,
        /// What GStreamer said.
        detail: String,
    },
}

/// Returns the Debian package of an element this crate uses.
fn package_of(element: &str) -> &'static str {
    match element {
        "avdec_h264" | "avdec_h265" => "gstreamer1.0-libav",
        "h264parse" | "h265parse" => "gstreamer1.0-plugins-bad",
        "x264enc" => "gstreamer1.0-plugins-ugly",
        "qtdemux" => "gstreamer1.0-plugins-good",
        _ => "gstreamer1.0-plugins-base",
    }
}

/// Every element that decoding needs.
const ELEMENTS: [&str; 8] =
    ["appsrc", "h264parse", "h265parse", "avdec_h264", "avdec_h265", "videoscale", "videoconvert", "appsink"];

/// Returns a sentence for each element that is missing, with the package that has it.
pub(crate) fn missing() -> Result<Vec<String>, DecodeError> {
    gstreamer::init().map_err(start)?;
    Ok(ELEMENTS.iter().filter_map(|element| make(element).err()).map(|error| error.to_string()).collect())
}

pub(crate) fn make(element: &str) -> Result<gstreamer::Element, DecodeError> {
    gstreamer::ElementFactory::make(element)
        .build()
        .map_err(|_| DecodeError::NoElement { element: element.to_owned(), package: package_of(element) })
}

pub(crate) fn start(error: impl std::fmt::Display) -> DecodeError {
    DecodeError::Start(error.to_string())
}

//! MP4 as bytes: fragmented for archive and live, plain for evidence clips.
//!
//! Architecture invariant: pure. Nothing here opens a file or a socket; the scanner reads what it is given.
//!
//! ```text
//! archive, live   ftyp moov(mvex)  moof mdat  moof mdat ...     one fragment a GOP, or a picture
//! clip            ftyp moov(whole table) mdat
//! ```

mod boxes;
mod entry;
mod excerpt;
mod fragment;
mod init;
mod plain;
mod scan;
#[cfg(test)]
mod tests;

pub use entry::{codec_of, codec_string, codec_string_of, configuration_of, dimensions, sample_entry};
pub use excerpt::{Excerpt, excerpt_head};
pub use fragment::{Picture, fragment_head};
pub use init::init_segment;
pub use plain::plain_head;
pub use scan::{Fragment, Scan, ScanError, fragment_in, scan};

/// Ticks in a second of every track written here: RTP's clock for video.
pub const TIMESCALE: u32 = 90_000;

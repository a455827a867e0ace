//! Pictures to violations: decode, detect, track, judge.
//!
//! ```text
//! sub stream  -> decode -> change gate -> persons -> tracks ----------+
//! main stream -> key units only -> decode -> heads of the tracks -----+-> hat, face, mask -> judge -> findings
//! findings -> three decision frames, snapshot, row, evidence job
//! sub stream  -> decode -> hide whoever is or may be there -> encode -> public picture
//! ```
//! [`chain::Chain`] is one camera's way from pictures to findings, the same for live pictures and for files. GStreamer
//! types stay in [`decode`] and `derivative::encode`, OpenCV types in [`cv`]. [`track`], [`judge`], [`gate`] and [`coverage`] are pure.

pub mod analyze;
pub mod bench;
pub mod bins;
pub mod chain;
mod config;
pub mod coverage;
pub mod cv;
pub mod decode;
pub mod derivative;
pub mod detect;
mod error;
pub mod eval;
mod evidence;
mod eyes;
pub mod find;
pub mod gate;
pub mod health;
mod heap;
mod inspect;
pub mod judge;
pub mod models;
mod picture;
pub mod track;
mod worker;

pub use self::{
    config::{Config, InvalidConfig},
    error::AnalyzerError,
    eyes::Eyes,
    inspect::{Finding, inspect},
    picture::{InvalidPicture, Picture},
    worker::{Analyzer, start},
};

use mingchu_domain::{id::StreamId, media::AccessUnit};

/// Where access units come from: the gateway's hub in the same process, later a gateway elsewhere.
pub trait Frames: Send + Sync + 'static {
    /// Subscribes to a stream. The queue is bounded; when it is full the sender drops to the next key unit and counts.
    /// It stays open while the camera reconnects and ends when the gateway stops.
    fn subscribe(&self, stream: StreamId) -> tokio::sync::mpsc::Receiver<AccessUnit>;
}

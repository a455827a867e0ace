//! One session a stream: connect, watch, hand pictures to the hub, and come back after every loss.
//!
//! ```text
//! Source (retina | GStreamer) --AccessUnit in camera time--> Timeline --stream time--> hub
//!        '-- Lost{cause} --> failing --back-off 1 s .. 30 s--> again
//! ```

mod backoff;
mod floor;
#[cfg(feature = "gst")]
mod gst;
mod open;
mod retina;
mod run;
mod source;
mod thread;
mod timeline;

pub use floor::discard;
pub(crate) use open::{CameraUrl, Opener};
pub(crate) use run::{Session, run};
use source::NO_VIDEO;
pub use source::{Item, Lost, Source};
pub(crate) use thread::{Hurry, SessionThread, Viewers};
pub use timeline::{Step, Timeline};

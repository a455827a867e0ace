#![doc = include_str!("../README.md")]

mod archive;
mod clip;
mod config;
mod gateway;
mod hub;
mod live_stills;
mod metric;
pub mod mp4;
mod playback;
mod probe;
mod retention;
#[cfg(feature = "gst")]
mod sample;
mod session;
pub mod sim;
mod status;
mod supervisor;
#[cfg(test)]
mod testing;
mod transcode;

pub use archive::{
    Cut, Damage, DamagedFile, Disk, DiskFaults, Progress, Segmenter, Selection, Verified, chain, verify_archive,
};
pub use config::{Config, InvalidConfig, SourceKind, Transport};
pub use gateway::{Gateway, GatewayError, start, start_on};
pub use hub::{Derived, Hub};
pub use live_stills::LiveStills;
pub use playback::{Playback, Wish};
pub use probe::probe;
pub use retention::{StorageConfig, inspect_storage};
pub use session::{Item, Lost, Source, Step, Timeline, discard};
pub use transcode::Transcodes;

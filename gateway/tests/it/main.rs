//! The gateway against simulated cameras, on a real SQLite store and a real folder.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panicking and tells what it measured")]

mod clips;
mod faults;
#[cfg(feature = "gst")]
mod independent_server;
mod playback;
mod probing;
mod recording;
mod recovery;
mod rig;
mod storage;
#[cfg(feature = "gst")]
mod transcode;

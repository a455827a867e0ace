//! The camera simulator as its clients see it: retina, ffprobe, GStreamer, and bytes on the wire.
#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected shall stop")]

mod clip;
mod fault;
mod load;
mod play;
mod reader;
mod sign_in;
mod tools;

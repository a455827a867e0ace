//! The API as a client sees it: the router called in process, on a temporary SQLite store.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

mod evidence;
mod footage;
mod gate;
mod hls;
mod live;
mod notices;
mod patrols;
mod places;
mod publication;
mod registry;
mod retention;
mod rules;
mod session;
mod support;
mod whep;

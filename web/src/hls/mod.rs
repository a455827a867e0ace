//! Live pictures by plain HTTP (LL-HLS), for crowds behind caches and for browsers without Media Source Extensions.
//!
//! The fragments are the gateway's, muxed once; here they are only grouped into parts and segments.

mod desk;
mod playlist;
mod token;
mod window;

pub(crate) use desk::{HlsDesk, Packager, Reload};
pub(crate) use token::{Audience, NoEntry, Show, TicketDesk};
pub(crate) use window::Object;

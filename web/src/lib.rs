//! The outward side: HTTP API, sign-in, live pictures to browsers, the public gate, notices, the embedded UI.
//!
//! Architecture invariants: handlers hold no SQL and know no cameras; a route cannot be registered without saying who
//! may call it ([`Access`]); the caller's scope goes into the store's queries, nothing is filtered afterwards; whatever
//! the public receives has passed `public_gate`. See `README.md`.

mod app;
mod assets;
mod caller;
mod camera_address;
mod config;
mod document;
pub mod error;
mod extract;
mod footage;
mod hls;
mod jobs;
mod ledger;
mod links;
mod live;
mod live_queue;
mod live_socket;
mod origin;
mod password;
mod photo;
mod public_gate;
mod public_pictures;
mod range;
mod rate;
pub mod record;
mod registry;
mod routes;
mod seats;
mod secret;
mod security;
mod server;
mod whep;

pub use app::{App, Pictures, declared_routes, openapi_json, router};
pub use config::{Config, InvalidConfig};
pub use footage::{Footage, FootageFile, NoArchive, StillPick, StillWish};
pub use links::sign_in_link;
pub use live::{Live, NoGateway};
pub use live_queue::LiveMessage;
pub use public_gate::Publication;
pub use public_pictures::{NoPublicPictures, PublicPictures};
pub use registry::{Access, Declared};
pub use secret::Token;
pub use server::{Web, WebError, start};

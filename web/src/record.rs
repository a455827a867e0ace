//! What goes over the wire, apart from the store's records: a column may change without changing the API.

pub mod archive;
pub mod audit;
pub mod camera;
pub mod footage;
pub mod live;
pub mod notice;
pub mod patrol;
pub mod place;
pub mod public;
pub mod publication;
pub mod retention;
pub mod rule;
pub mod session;
pub mod storage;
pub mod system;
pub mod timeline;
pub mod violation;
pub mod word;
pub mod zone;

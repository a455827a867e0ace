//! The words and rules of Mingchu: ids, time, places, media types, geometry, rules, states.
//!
//! Architecture invariant: pure. No IO, no async, no clock, no randomness but the id generator;
//! the same input gives the same output. Every other crate depends on this one, it depends on none of them.

pub mod audit;
pub mod camera;
pub mod chain;
pub mod derivative;
pub mod footage;
pub mod geometry;
pub mod humane;
pub mod id;
pub mod live;
pub mod media;
pub mod notice;
pub mod place;
pub mod publication;
pub mod retention;
pub mod role;
pub mod rule;
mod rule_code;
mod rule_hours;
mod rule_pack;
pub mod time;
pub mod timeline;
pub mod violation;

//! Pictures and videos from the command line: what is seen in each picture by itself, without tracks and votes.

mod glance;
mod source;
mod zones;

pub use self::{
    glance::{BinReport, Glance, HatReport, HealthReport, LidState, MaskReport, PersonSeen, Pixels, ThingSeen, glance},
    source::{Frame, Frames, SourceError, frames},
    zones::{NamedZone, ZoneUse, ZonesError, read_zones},
};

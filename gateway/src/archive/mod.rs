//! Keeps what cameras send: whole GOPs in files of about a minute, a row for each, and a row for each gap.
//!
//! ```text
//! archive queue --> Segmenter (where to cut) --> PartFile: .NAME.part -> fsync -> rename -> fsync folder --> row
//!               '-> Lost --> gap row, closed by the next recorded picture
//! ```
//!
//! Architecture invariants: bytes are durable before a row points at them. Nothing is decoded; SEI messages arrive on
//! disk byte for byte. What a `.part` holds after a crash is recovered at the next start.

mod check;
mod clerk;
mod disk;
mod fact;
mod gop;
mod journal;
mod ledger;
mod name;
mod part;
mod recorder;
mod recordings;
mod recover;
mod segmenter;
mod suspect;
mod verify;

pub use disk::{Disk, DiskFaults};
pub use mingchu_domain::chain::chain;
pub use segmenter::{Cut, Segmenter};
pub use verify::{Damage, DamagedFile, Progress, Selection, Verified, verify_archive};

pub(crate) use check::check_index;
pub(crate) use clerk::clerk;
#[cfg(test)]
pub(crate) use part::Fragment;
pub(crate) use recorder::{Archive, Recorder};
pub(crate) use recordings::Recordings;

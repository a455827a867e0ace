//! Everything Mingchu remembers: the only SQL, and the only object storage.
//!
//! Architecture invariants: no HTTP, no media, no decisions that `domain` can make. A transaction never leaves this
//! crate. One SQL text serves SQLite and PostgreSQL; where it cannot, a second text stands beside the first with the
//! reason. The scope of a person is part of the query, never a filter afterwards. Each table has one writing role.

mod analyzer;
mod archive;
mod audit;
mod camera_setup;
mod cameras;
mod cell;
mod clock;
mod coverage;
mod db;
mod deletion;
mod error;
mod evidence;
mod footage;
mod footage_export;
mod holds;
mod jobs;
mod judgements;
mod mutes;
mod notice_acts;
mod notices;
mod objects;
mod open;
mod orders;
mod page;
mod patrols;
mod people;
mod places;
mod public;
mod publication;
mod publication_facts;
mod receipts;
mod retention;
mod review;
mod rules;
mod scope;
mod seal;
mod service_hours;
mod sessions;
mod settings;
mod site;
mod streams;
mod timeline;
mod usage;
mod violations;
mod volumes;
mod zones;

pub use analyzer::AnalyzerStatus;
pub use archive::{Gap, PacketLoss, Segment};
pub use audit::{AuditRow, AuditState, SYSTEM};
pub use camera_setup::{CameraChange, NewCamera, NewStream};
pub use cameras::{Camera, CameraDetail, JudgedCamera, StreamInfo, StreamStatus, Zone};
pub use clock::SystemClock;
pub use coverage::CameraCoverage;
pub use deletion::{ArchivedStream, Deletable, Deleted};
pub use error::{Refused, StoreError};
pub use evidence::{Evidence, NewClip};
pub use footage::{FootageView, NewView, ViewFilter, ViewedCamera};
pub use footage_export::{ExportedFile, FootageExport, NewExport};
pub use holds::{Hold, HoldCamera, NewHold};
pub use jobs::{Job, JobFate, JobKind};
pub use judgements::Tally;
pub use mutes::{Mute, Precision};
pub use notices::{
    Answer, Appeal, HistoryEntry, Notice, NoticeDetail, NoticeFilter, Photo, Rectification, ViolationSummary,
};
pub use objects::Objects;
pub use open::{Config, Store};
pub use orders::{DeletionDone, DeletionOrder, NewDeletionOrder, OrderPreview};
pub use page::{Page, PageKey};
pub use patrols::{Patrol, PatrolChoice, PatrolEdit};
pub use people::{NewPerson, Person, Reviewer};
pub use places::{Area, Canteen, CanteenSummary};
pub use public::PublishedViolation;
pub use publication::{Approved, CameraPublication, NewPublicationStill, PublicationApproval, PublicationStill};
pub use publication_facts::{NewPublicationFact, PublicationFact};
pub use receipts::{FootageState, Receipt};
pub use retention::{Policies, PolicyPlace, RetentionPolicy};
pub use review::Review;
pub use rules::PackVersion;
pub use seal::Secret;
pub use site::Site;
pub use streams::{StreamHeard, StreamSource};
pub use timeline::{ArchiveReach, ArchivedCamera, HourCoverage, RecordedStream, TimelineViolation, ViolationDay};
pub use usage::{ClassUsage, FootageAge};
pub use violations::{CameraName, CanteenName, NewViolation, RecentViolation, Violation, ViolationFilter};
pub use volumes::{StorageStatus, Volume, VolumeState};
pub use zones::{Bin, BinReference, Drawing};

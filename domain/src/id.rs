//! Typed ids: UUIDv7 newtypes, so that a camera's id never lands where a canteen's belongs.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// An id in text form that is no UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} id {text:?} is not a UUID")]
pub struct InvalidId {
    /// Which id was expected, as `camera`.
    pub kind: &'static str,
    /// What was given instead.
    pub text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Returns a new id; ids made later sort after.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
            /// Returns the id stored as `uuid`.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
            /// Returns the UUID for storage.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| InvalidId { kind: $kind, text: text.to_owned() })
            }
        }
    )*};
}

ids! {
    /// A node of the area tree, from province to grid.
    AreaId = "area";
    /// A canteen.
    CanteenId = "canteen";
    /// A person who signs in.
    PersonId = "person";
    /// A camera, whatever its streams.
    CameraId = "camera";
    /// One stream of a camera, main or sub.
    StreamId = "stream";
    /// A zone of a camera's picture.
    ZoneId = "zone";
    /// A waste bin in a camera's picture.
    BinId = "bin";
    /// A picture of a bin with its lid on or off.
    BinReferenceId = "bin_reference";
    /// An archive file.
    SegmentId = "segment";
    /// A time without footage, with its cause.
    GapId = "gap";
    /// A picture put up for approval.
    StillId = "picture";
    /// An approval of such a picture.
    ApprovalId = "approval";
    /// A fact without which no picture of a canteen is public.
    FactId = "fact";
    /// A violation.
    ViolationId = "violation";
    /// An evidence clip.
    ClipId = "clip";
    /// A notice (告知书).
    NoticeId = "notice";
    /// A rectification (整改) sent by a canteen.
    RectificationId = "rectification";
    /// A folder or disk of the archive.
    VolumeId = "volume";
    /// A legal hold.
    HoldId = "hold";
    /// An order to delete footage.
    DeletionOrderId = "deletion order";
    /// An entry of the access ledger: somebody looks at archived footage.
    ViewId = "view";
    /// An export of archived footage.
    ExportId = "export";
    /// What a wall shows by turns.
    PatrolId = "patrol";
    /// A row of the work list.
    JobId = "job";
    /// A row of the audit trail.
    AuditId = "audit";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text_form() {
        let id = CameraId::generate();
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn a_wrong_id_is_named() {
        let error = "kitchen-1".parse::<CameraId>().unwrap_err();
        assert_eq!(error.to_string(), "camera id \"kitchen-1\" is not a UUID");
    }
}

//! Reading rows of either database into domain types.

use mingchu_domain::{
    camera::{CameraState, GapCause},
    footage::{ExportState, ViewPurpose, ViewReason},
    id::{
        AreaId, AuditId, BinId, BinReferenceId, CameraId, CanteenId, ClipId, DeletionOrderId, ExportId, GapId, HoldId,
        JobId, NoticeId, PatrolId, PersonId, RectificationId, SegmentId, StillId, StreamId, ViewId, ViolationId,
        VolumeId, ZoneId,
    },
    media::{Codec, StreamKind},
    notice::NoticeState,
    place::{AreaLevel, ZoneKind},
    publication::{ConsentBasis, FactKind, Side},
    retention::{DeletionCause, FootageClass, StorageStep},
    role::Role,
    rule::{Lid, RuleCode, Severity, WhyNot},
    time::{MediaTime, WallTime},
    violation::{DismissReason, EvidenceState, Observation, ViolationState},
};
use serde::de::DeserializeOwned;
use sqlx::{Decode, Postgres, Row, Sqlite, Type, error::BoxDynError, postgres::PgRow, sqlite::SqliteRow};
use std::time::Duration;
use uuid::Uuid;

/// What both databases can hand out.
pub(crate) trait Raw:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}
impl<T> Raw for T where T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

/// A value of one column.
pub(crate) trait Cell: Sized {
    /// How the databases hold it.
    type Raw: Raw;
    /// Returns the value, or why it cannot be one.
    fn from_raw(raw: Self::Raw) -> Result<Self, BoxDynError>;
}

/// A row of either database.
pub(crate) trait Cells {
    /// Returns the value of a column that is not null.
    fn cell<T: Cell>(&self, column: &'static str) -> Result<T, sqlx::Error>;
    /// Returns the value of a column that may be null.
    fn maybe<T: Cell>(&self, column: &'static str) -> Result<Option<T>, sqlx::Error>;
}

/// A record that a row holds.
pub(crate) trait Record: Sized {
    /// Reads the record.
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error>;
}

macro_rules! cells {
    ($($row:ty),*) => {$(
        impl Cells for $row {
            fn cell<T: Cell>(&self, column: &'static str) -> Result<T, sqlx::Error> {
                let raw = self.try_get::<T::Raw, _>(column)?;
                T::from_raw(raw).map_err(|source| sqlx::Error::ColumnDecode { index: column.to_owned(), source })
            }
            fn maybe<T: Cell>(&self, column: &'static str) -> Result<Option<T>, sqlx::Error> {
                let raw = self.try_get::<Option<T::Raw>, _>(column)?;
                raw.map(T::from_raw)
                    .transpose()
                    .map_err(|source| sqlx::Error::ColumnDecode { index: column.to_owned(), source })
            }
        }
    )*};
}
cells!(SqliteRow, PgRow);

macro_rules! cell {
    ($($ty:ty: $raw:ty, |$value:ident| $read:expr;)*) => {$(
        impl Cell for $ty {
            type Raw = $raw;
            fn from_raw($value: $raw) -> Result<Self, BoxDynError> {
                $read
            }
        }
    )*};
}

cell! {
    i64: i64, |value| Ok(value);
    u64: i64, |value| Ok(u64::try_from(value)?);
    u32: i64, |value| Ok(u32::try_from(value)?);
    u16: i64, |value| Ok(u16::try_from(value)?);
    bool: bool, |value| Ok(value);
    String: String, |value| Ok(value);
    Vec<u8>: Vec<u8>, |value| Ok(value);
    WallTime: i64, |value| Ok(Self::from_micros(value));
    MediaTime: i64, |value| Ok(Self(value));
}

macro_rules! id_cells {
    ($($ty:ty),* $(,)?) => { cell! { $($ty: Uuid, |value| Ok(Self::from_uuid(value));)* } };
}
id_cells!(
    AreaId,
    AuditId,
    BinId,
    BinReferenceId,
    CameraId,
    CanteenId,
    ClipId,
    DeletionOrderId,
    ExportId,
    GapId,
    HoldId,
    JobId,
    NoticeId,
    PatrolId,
    PersonId,
    RectificationId,
    SegmentId,
    StillId,
    StreamId,
    ViewId,
    ViolationId,
    VolumeId,
    ZoneId,
);

macro_rules! word_cells {
    ($($ty:ty),* $(,)?) => { cell! { $($ty: String, |word| {
        Self::parse(&word).ok_or_else(|| format!("unknown word {word:?}").into())
    };)* } };
}
word_cells!(
    AreaLevel,
    CameraState,
    Codec,
    ConsentBasis,
    DeletionCause,
    DismissReason,
    EvidenceState,
    FactKind,
    FootageClass,
    ExportState,
    GapCause,
    Lid,
    NoticeState,
    Observation,
    Role,
    RuleCode,
    Severity,
    Side,
    StorageStep,
    StreamKind,
    ViewPurpose,
    ViewReason,
    ViolationState,
    WhyNot,
    ZoneKind,
    crate::jobs::JobKind,
    crate::volumes::VolumeState,
);

/// A column of JSON text.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> Cell for Json<T> {
    type Raw = String;
    fn from_raw(raw: String) -> Result<Self, BoxDynError> {
        Ok(Self(serde_json::from_str(&raw)?))
    }
}

/// A column in milliseconds.
pub(crate) struct Millis(pub(crate) Duration);

cell! {
    Millis: i64, |value| Ok(Self(Duration::from_millis(u64::try_from(value)?)));
}

/// A row of one number, named `n`.
pub(crate) struct Number(pub(crate) i64);

impl Record for Number {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(row.cell("n")?))
    }
}

/// A row of one text, named `t`.
pub(crate) struct Text(pub(crate) String);

impl Record for Text {
    fn read<R: Cells>(row: &R) -> Result<Self, sqlx::Error> {
        Ok(Self(row.cell("t")?))
    }
}

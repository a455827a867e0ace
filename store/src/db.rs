//! One SQL text on either database.

use crate::{cell::Record, error::StoreError};
use mingchu_domain::{
    id::{
        ApprovalId, AreaId, BinId, BinReferenceId, CameraId, CanteenId, ClipId, DeletionOrderId, ExportId, FactId,
        GapId, HoldId, JobId, NoticeId, PatrolId, PersonId, RectificationId, SegmentId, StillId, StreamId, ViewId,
        ViolationId, VolumeId, ZoneId,
    },
    time::WallTime,
};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};
use std::time::Duration;
use uuid::Uuid;

/// An argument of a statement; null keeps its type, which PostgreSQL wants to know.
#[derive(Debug, Clone)]
pub(crate) enum Arg {
    Id(Option<Uuid>),
    Int(Option<i64>),
    Text(Option<String>),
    Bool(Option<bool>),
    Bytes(Option<Vec<u8>>),
}

/// What can be an argument; `None` is null.
pub(crate) trait IntoArg {
    fn into_arg(self) -> Arg;
}

macro_rules! arg {
    ($($ty:ty => $variant:ident, |$value:ident| $write:expr;)*) => {$(
        impl IntoArg for $ty {
            fn into_arg(self) -> Arg {
                let $value = self;
                Arg::$variant(Some($write))
            }
        }
        impl IntoArg for Option<$ty> {
            fn into_arg(self) -> Arg {
                Arg::$variant(self.map(|$value| $write))
            }
        }
    )*};
}
arg! {
    i64 => Int, |value| value;
    u32 => Int, |value| i64::from(value);
    u16 => Int, |value| i64::from(value);
    // sizes and counts; i64 holds 9 exabytes
    u64 => Int, |value| i64::try_from(value).unwrap_or(i64::MAX);
    Duration => Int, |value| i64::try_from(value.as_millis()).unwrap_or(i64::MAX);
    WallTime => Int, |value| value.micros();
    bool => Bool, |value| value;
    &str => Text, |value| value.to_owned();
    &String => Text, |value| value.clone();
    String => Text, |value| value;
    Vec<u8> => Bytes, |value| value;
    Uuid => Id, |value| value;
}
macro_rules! id_args {
    ($($ty:ty),* $(,)?) => { arg! { $($ty => Id, |value| value.uuid();)* } };
}
id_args!(
    ApprovalId,
    AreaId,
    BinId,
    BinReferenceId,
    CameraId,
    CanteenId,
    ClipId,
    DeletionOrderId,
    ExportId,
    FactId,
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

/// Makes the arguments `$1`, `$2`, … of a statement.
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::IntoArg::into_arg($value)),*] };
}
pub(crate) use args;

/// The database: its pools.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    /// One connection writes, so that no write waits for a lock in the middle; many read.
    Sqlite {
        writer: SqlitePool,
        reader: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction that will write. Dropped without [`Tx::commit`] it leaves no trace.
#[derive(Debug)]
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

macro_rules! query {
    ($sql:expr, $args:expr) => {{
        let mut query = sqlx::query($sql);
        for arg in $args {
            query = match arg {
                Arg::Id(value) => query.bind(value),
                Arg::Int(value) => query.bind(value),
                Arg::Text(value) => query.bind(value),
                Arg::Bool(value) => query.bind(value),
                Arg::Bytes(value) => query.bind(value),
            };
        }
        query
    }};
}

/// Runs one body on whichever connection it is; the body is compiled once for each database.
macro_rules! on {
    (read $db:expr, |$pool:ident| $body:expr) => {
        match $db {
            Db::Sqlite { reader: $pool, .. } => $body,
            Db::Postgres($pool) => $body,
        }
    };
    (tx $tx:expr, |$connection:ident| $body:expr) => {
        match $tx {
            Tx::Sqlite(tx) => {
                let $connection = &mut **tx;
                $body
            }
            Tx::Postgres(tx) => {
                let $connection = &mut **tx;
                $body
            }
        }
    };
}

impl Db {
    /// Returns all rows.
    pub(crate) async fn all<T: Record>(&self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<T>, StoreError> {
        on!(read self, |pool| {
            let rows = query!(sql, args).fetch_all(pool).await?;
            Ok(rows.iter().map(T::read).collect::<Result<_, _>>()?)
        })
    }

    /// Returns the row, or `None`.
    pub(crate) async fn maybe<T: Record>(&self, sql: &'static str, args: Vec<Arg>) -> Result<Option<T>, StoreError> {
        on!(read self, |pool| {
            let row = query!(sql, args).fetch_optional(pool).await?;
            Ok(row.as_ref().map(T::read).transpose()?)
        })
    }

    /// Returns the row; `what` is named when there is none.
    pub(crate) async fn one<T: Record>(
        &self,
        what: &'static str,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> Result<T, StoreError> {
        self.maybe(sql, args).await?.ok_or(StoreError::NotFound { what })
    }

    /// Runs one writing statement and returns how many rows it touched.
    pub(crate) async fn run(&self, sql: &'static str, args: Vec<Arg>) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite { writer, .. } => Ok(query!(sql, args).execute(writer).await?.rows_affected()),
            Self::Postgres(pool) => Ok(query!(sql, args).execute(pool).await?.rows_affected()),
        }
    }

    /// Begins a transaction that will write.
    pub(crate) async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            // a deferred transaction that reads first can fail with BUSY when it turns to write
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("begin immediate").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Waits for running statements and closes all connections.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite { writer, reader } => {
                reader.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Returns all rows.
    pub(crate) async fn all<T: Record>(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<Vec<T>, StoreError> {
        on!(tx self, |connection| {
            let rows = query!(sql, args).fetch_all(connection).await?;
            Ok(rows.iter().map(T::read).collect::<Result<_, _>>()?)
        })
    }

    /// Returns the row, or `None`.
    pub(crate) async fn maybe<T: Record>(
        &mut self,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> Result<Option<T>, StoreError> {
        on!(tx self, |connection| {
            let row = query!(sql, args).fetch_optional(connection).await?;
            Ok(row.as_ref().map(T::read).transpose()?)
        })
    }

    /// Returns the row; `what` is named when there is none.
    pub(crate) async fn one<T: Record>(
        &mut self,
        what: &'static str,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> Result<T, StoreError> {
        self.maybe(sql, args).await?.ok_or(StoreError::NotFound { what })
    }

    /// Runs a writing statement and returns how many rows it touched.
    pub(crate) async fn run(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<u64, StoreError> {
        on!(tx self, |connection| Ok(query!(sql, args).execute(connection).await?.rows_affected()))
    }

    /// Returns the text for this database.
    pub(crate) const fn dialect(&self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite(_) => sqlite,
            Self::Postgres(_) => postgres,
        }
    }

    /// Makes it last.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

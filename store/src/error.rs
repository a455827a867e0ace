//! Why the store could not do it.

use mingchu_domain::{notice::NoticeRefused, place::ZoneKind, retention::InvalidPolicy, violation::AlreadyReviewed};
use sqlx::error::ErrorKind;
use std::path::PathBuf;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Not there, or outside the caller's scope: the two are not told apart.
    #[error("{what} not found")]
    NotFound {
        /// As `camera`.
        what: &'static str,
    },
    /// A constraint of the database refused the row.
    #[error("refused by the constraint {constraint}")]
    Conflict {
        /// Its name, the same in both databases; `foreign_key` where SQLite does not tell which.
        constraint: String,
    },
    /// A rule of the domain refused it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Made by a later version.
    #[error(
        "database is newer than this program: it has migration {found}, this program knows {known}; \
         install the newer version or restore the backup"
    )]
    DatabaseNewer {
        /// Last migration in the database.
        found: i64,
        /// Last migration of this program.
        known: i64,
    },
    /// Linked with a SQLite that can damage a WAL database.
    #[error("SQLite {version} has the WAL-reset bug; this program needs 3.51.3 or later")]
    UnsafeSqlite {
        /// The version found.
        version: String,
    },
    /// A file or folder cannot be written.
    #[error("cannot write {}; check that the folder exists, has room and belongs to this user", .path.display())]
    NotWritable {
        /// Which.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The SQLite file cannot be opened.
    #[error("cannot open the database {}", .path.display())]
    CannotOpen {
        /// Which file.
        path: PathBuf,
        /// SQLite's answer.
        source: sqlx::Error,
    },
    /// The PostgreSQL server cannot be reached.
    #[error("cannot reach PostgreSQL at {server}; check the address and that the server runs")]
    Unreachable {
        /// Host, port and database.
        server: String,
        /// The driver's answer.
        source: sqlx::Error,
    },
    /// Neither `sqlite:` nor `postgres://`; the text is not shown, for it may hold a password.
    #[error("database must be \"sqlite:PATH\" or \"postgres://user:password@host/name\"")]
    BadDatabase,
    /// The key file does not fit the database.
    #[error(
        "key file {} is not the one this database was sealed with; put the right key file there",
        .path.display()
    )]
    WrongKey {
        /// Which.
        path: PathBuf,
    },
    /// The database has sealed passwords, but the key file is gone.
    #[error("key file {} is missing; restore it from the backup, camera passwords need it", .path.display())]
    KeyMissing {
        /// Which.
        path: PathBuf,
    },
    /// The key file holds no key.
    #[error("key file {} holds no key: 64 hexadecimal digits expected", .path.display())]
    BadKeyFile {
        /// Which.
        path: PathBuf,
    },
    /// A sealed value was changed or moved.
    #[error("the password of stream {stream} cannot be opened; enter it again")]
    Unsealable {
        /// Which stream.
        stream: String,
    },
    /// A camera address with name or password in it.
    #[error("camera address must not hold a name or password; they go into their own fields")]
    CredentialsInUrl,
    /// A page cursor that we did not make.
    #[error("{0:?} is no page cursor")]
    BadCursor(String),
    /// An object key that leaves the folder.
    #[error("{0:?} is no object key: lower case words, digits, '-', '_', '.' between slashes")]
    BadObjectKey(String),
    /// An object cannot be read or written.
    #[error("object {key}")]
    Object {
        /// Which.
        key: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A value that makes no JSON.
    #[error("value makes no JSON")]
    Json(#[from] serde_json::Error),
    /// The schema cannot be brought up to date.
    #[error("cannot bring the database schema up to date")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The database failed.
    #[error("database failed")]
    Database(#[source] sqlx::Error),
}

/// A rule of the domain that refused an act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The event does not fit the notice.
    #[error(transparent)]
    Notice(#[from] NoticeRefused),
    /// Somebody has decided before.
    #[error(transparent)]
    Reviewed(#[from] AlreadyReviewed),
    /// Nobody has decided.
    #[error("violation has no verdict to take back")]
    NotReviewed,
    /// Another person's verdict, too late, or the canteen has answered.
    #[error("a verdict can be taken back for 30 seconds, by the same person, while the canteen has not answered")]
    UndoTooLate,
    /// The zone's pictures are never public.
    #[error("pictures of {} are never public", .0.as_str())]
    NeverPublic(ZoneKind),
    /// A bin has pictures enough.
    #[error("this bin has enough pictures of its lid in that state; delete some first")]
    EnoughReferences,
    /// A prompt has no deadline.
    #[error("only an open formal notice has a deadline to extend, and only to a later time")]
    NoDeadline,
    /// A retention period outside its bounds.
    #[error(transparent)]
    Policy(#[from] InvalidPolicy),
    /// Another picture than the one that was seen.
    #[error("another picture of this camera was put up meanwhile; look at the new one before you approve")]
    OtherStill,
    /// A hold that somebody has released before.
    #[error("the hold is released already")]
    Released,
    /// An order to delete held footage.
    #[error("a legal hold covers this footage; it must be released before anything is deleted")]
    Held,
}

impl From<InvalidPolicy> for StoreError {
    fn from(refused: InvalidPolicy) -> Self {
        Self::Refused(refused.into())
    }
}

impl From<NoticeRefused> for StoreError {
    fn from(refused: NoticeRefused) -> Self {
        Self::Refused(refused.into())
    }
}

impl From<AlreadyReviewed> for StoreError {
    fn from(refused: AlreadyReviewed) -> Self {
        Self::Refused(refused.into())
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match constraint(&error) {
            Some(constraint) => Self::Conflict { constraint },
            None => Self::Database(error),
        }
    }
}

/// Returns the name of the constraint that refused a row.
///
/// SQLite names check constraints, but says `UNIQUE constraint failed: person.login` for the others: the name follows
/// from the house rule `<table>_<columns>_key`, or `<table>_pk` for a primary key, which the parity test enforces.
fn constraint(error: &sqlx::Error) -> Option<String> {
    /// Extended result code `SQLITE_CONSTRAINT_PRIMARYKEY`.
    const PRIMARY_KEY: &str = "1555";
    let database = error.as_database_error()?;
    if let Some(name) = database.constraint() {
        return Some(name.to_owned());
    }
    match database.kind() {
        ErrorKind::UniqueViolation => {
            let (_, columns) = database.message().rsplit_once("failed: ")?;
            let (table, _) = columns.split_once('.')?;
            if database.code().as_deref() == Some(PRIMARY_KEY) {
                return Some(format!("{table}_pk"));
            }
            let names = columns.split(", ").filter_map(|column| column.split_once('.')).map(|(_, name)| name);
            Some(format!("{table}_{}_key", names.collect::<Vec<_>>().join("_")))
        }
        ErrorKind::CheckViolation => database.message().rsplit_once("failed: ").map(|(_, name)| name.to_owned()),
        ErrorKind::ForeignKeyViolation => Some("foreign_key".to_owned()),
        _ => None,
    }
}

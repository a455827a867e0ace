//! Opening the store: pools, schema, key, folder.

use crate::{
    cell::{Number, Text},
    db::{Db, args},
    error::StoreError,
    objects::{Objects, try_to_write},
    seal::Seal,
};
use mingchu_domain::rule::RulePack;
use sqlx::{
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");

/// First SQLite without the WAL-reset bug.
const SAFE_SQLITE: [u32; 3] = [3, 51, 3];
/// Setting that names the key the passwords are sealed with.
const KEY_ID: &str = "key_id";

/// Where the store is.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// `sqlite:PATH` or `postgres://user:password@host/name`.
    pub database: String,
    /// Folder of pictures and clips.
    pub objects: PathBuf,
    /// Key that camera passwords are sealed with; made when the database is new.
    pub key_file: PathBuf,
}

/// Never shows the database address, which may hold a password.
impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("objects", &self.objects)
            .field("key_file", &self.key_file)
            .finish_non_exhaustive()
    }
}

/// Everything that is remembered. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) db: Db,
    pub(crate) seal: Seal,
    objects: Objects,
    label: String,
}

impl Store {
    /// Opens the store, brings its schema up to date, and fills a new one with the national rules.
    ///
    /// # Errors
    /// When a path is not writable, the database is newer than the program, or the key file is not its own.
    pub async fn open(config: &Config) -> Result<Self, StoreError> {
        let objects = Objects::in_folder(&config.objects)?;
        let mut _guard = None;
        let db = if let Some(path) = config.database.strip_prefix("sqlite:") {
            let path = Path::new(path.strip_prefix("//").unwrap_or(path));
            _guard = Some(enter_folder(path).await?);
            open_sqlite(path).await?
        } else if config.database.starts_with("postgres://") || config.database.starts_with("postgresql://") {
            open_postgres(&config.database).await?
        } else {
            return Err(StoreError::BadDatabase);
        };
        let label = label(&db).await?;
        migrate(&db).await?;
        let seal = open_seal(&db, &config.key_file).await?;
        let store = Self { db, seal, objects, label };
        store.save_first_rules(&RulePack::national()).await?;
        Ok(store)
    }

    /// Waits for running statements and closes.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Answers when the database does.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.db.one::<Number>("database", "select count(*) as n from setting", vec![]).await.map(|_| ())
    }

    /// Returns the database's name and version, as `SQLite 3.51.3`.
    #[must_use]
    pub fn database_label(&self) -> &str {
        &self.label
    }

    /// Returns the pictures and clips.
    #[must_use]
    pub const fn objects(&self) -> &Objects {
        &self.objects
    }
}

async fn open_sqlite(path: &Path) -> Result<Db, StoreError> {
    let cannot_open = |source| StoreError::CannotOpen { path: path.into(), source };
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // an acknowledged violation must survive a crash
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10));
    let pool = || SqlitePoolOptions::new().idle_timeout(None).max_lifetime(None).test_before_acquire(false);
    let writer = pool().max_connections(1).connect_with(options.clone()).await.map_err(cannot_open)?;
    let reader = pool().max_connections(4).connect_lazy_with(options.pragma("query_only", "on"));
    Ok(Db::Sqlite { writer, reader })
}

/// Makes the database's folder and keeps other processes from opening it until the guard is dropped: SQLite's
/// migrations, unlike PostgreSQL's, take no lock of their own.
///
/// The folder is tried instead of the file: closing a second handle of a database file drops SQLite's locks on it.
async fn enter_folder(path: &Path) -> Result<File, StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let not_writable = |source| StoreError::NotWritable { path: folder.clone(), source };
    let enter = |folder: PathBuf| {
        fs::create_dir_all(&folder)?;
        try_to_write(&folder)?;
        let guard = File::open(&folder)?;
        guard.lock()?;
        Ok(guard)
    };
    let inside = folder.clone();
    let entered = tokio::task::spawn_blocking(move || enter(inside)).await;
    entered.unwrap_or_else(|stopped| Err(io::Error::other(stopped))).map_err(not_writable)
}

async fn open_postgres(address: &str) -> Result<Db, StoreError> {
    let options = PgConnectOptions::from_str(address).map_err(|_| StoreError::BadDatabase)?.application_name("mingchu");
    let server =
        format!("{}:{}/{}", options.get_host(), options.get_port(), options.get_database().unwrap_or_default());
    let pool = PgPoolOptions::new().max_connections(10).acquire_timeout(Duration::from_secs(10));
    let pool = pool.connect_with(options).await.map_err(|source| StoreError::Unreachable { server, source })?;
    Ok(Db::Postgres(pool))
}

async fn label(db: &Db) -> Result<String, StoreError> {
    match db {
        Db::Sqlite { .. } => {
            let version = db.one::<Text>("version", "select sqlite_version() as t", vec![]).await?.0;
            let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
            let found: [u32; 3] = std::array::from_fn(|_| parts.next().unwrap_or(0));
            if found < SAFE_SQLITE {
                return Err(StoreError::UnsafeSqlite { version });
            }
            Ok(format!("SQLite {version}"))
        }
        Db::Postgres(_) => {
            let version = db.one::<Text>("version", "select current_setting('server_version') as t", vec![]).await?.0;
            Ok(format!("PostgreSQL {}", version.split(' ').next().unwrap_or(&version)))
        }
    }
}

/// Brings the schema up to date; a database that a later program made is left alone.
async fn migrate(db: &Db) -> Result<(), StoreError> {
    // the list of tables is the one thing that the two databases keep in different places
    const HAS_MIGRATIONS: &str = "select count(*) as n from sqlite_master where name = '_sqlx_migrations'";
    const HAS_MIGRATIONS_PG: &str = "select count(*) as n from pg_tables \
        where tablename = '_sqlx_migrations' and schemaname = current_schema()";
    let (migrator, has_migrations) = match db {
        Db::Sqlite { .. } => (&SQLITE, HAS_MIGRATIONS),
        Db::Postgres(_) => (&POSTGRES, HAS_MIGRATIONS_PG),
    };
    if db.one::<Number>("schema", has_migrations, vec![]).await?.0 > 0 {
        const LAST: &str = "select coalesce(max(version), 0) as n from _sqlx_migrations";
        let found = db.one::<Number>("schema", LAST, vec![]).await?.0;
        let known = migrator.iter().map(|migration| migration.version).max().unwrap_or(0);
        if found > known {
            return Err(StoreError::DatabaseNewer { found, known });
        }
    }
    match db {
        Db::Sqlite { writer, .. } => migrator.run(writer).await,
        Db::Postgres(pool) => migrator.run(pool).await,
    }
    .map_err(StoreError::Migration)
}

/// Opens the key that the database knows, or makes the two known to each other.
async fn open_seal(db: &Db, key_file: &Path) -> Result<Seal, StoreError> {
    const KNOWN: &str = "select value as t from setting where name = $1";
    const KNOW: &str = "insert into setting (name, value) values ($1, $2) on conflict (name) do nothing";
    let known = db.maybe::<Text>(KNOWN, args![KEY_ID]).await?;
    let seal = Seal::open(key_file, known.as_ref().map(|known| known.0.as_str()))?;
    // another node may have been first, with its own key
    if known.is_none() && db.run(KNOW, args![KEY_ID, seal.key_id.as_str()]).await? == 0 {
        let known = db.one::<Text>("key", KNOWN, args![KEY_ID]).await?.0;
        return Seal::open(key_file, Some(&known));
    }
    Ok(seal)
}

//! The two dialects hold the same schema, and an old database becomes the same as a new one.

use crate::{postgres::Server, world::World};
use mingchu_domain::publication::ServiceWindow;
use mingchu_store::{Config, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection, migrate::Migrator};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Table -> columns (with whether null is allowed) and names of constraints and indexes.
type Schema = BTreeMap<String, BTreeSet<String>>;

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");

/// Reads SQLite's schema. Constraints have names only in the text of the statement.
async fn sqlite_schema(connection: &mut SqliteConnection) -> Schema {
    let tables = "select name, sql from sqlite_master where type = 'table' and name not like '\\_%' escape '\\' \
                  and name not like 'sqlite%'";
    let mut schema = Schema::new();
    for table in sqlx::query(tables).fetch_all(&mut *connection).await.unwrap() {
        let (name, sql): (String, String) = (table.get(0), table.get(1));
        assert!(sql.trim_end().ends_with("strict"), "{name} is not strict");
        let words: Vec<&str> = sql.split_whitespace().collect();
        let constraints = words.windows(2).filter(|pair| pair[0] == "constraint").map(|pair| pair[1].to_owned());
        let mut things: BTreeSet<String> = constraints.collect();
        let columns = AssertSqlSafe(format!("select name, \"notnull\" from pragma_table_info('{name}')"));
        for column in sqlx::query(columns).fetch_all(&mut *connection).await.unwrap() {
            let is_required: i64 = column.get(1);
            things.insert(format!("{} null={}", column.get::<String, _>(0), is_required == 0));
        }
        schema.insert(name, things);
    }
    let indexes = "select tbl_name, name from sqlite_master where type = 'index' and sql is not null";
    for index in sqlx::query(indexes).fetch_all(&mut *connection).await.unwrap() {
        schema.get_mut(&index.get::<String, _>(0)).unwrap().insert(index.get(1));
    }
    schema
}

async fn postgres_schema(connection: &mut PgConnection) -> Schema {
    let columns = "select table_name::text, column_name || ' null=' || case is_nullable when 'YES' then 'true' \
        else 'false' end from information_schema.columns where table_schema = 'public' \
        and table_name not like '\\_%'";
    // an index that serves a constraint has its name
    let names = "select conrelid::regclass::text, conname::text from pg_constraint \
        where connamespace = 'public'::regnamespace and conrelid <> 0 and conrelid::regclass::text not like '\\_%' \
        union select tablename::text, indexname::text from pg_indexes where schemaname = 'public' \
        and tablename not like '\\_%'";
    let mut schema = Schema::new();
    for sql in [columns, names] {
        for row in sqlx::query(sql).fetch_all(&mut *connection).await.unwrap() {
            schema.entry(row.get(0)).or_default().insert(row.get(1));
        }
    }
    schema
}

fn migration_files(dialect: &str) -> Vec<PathBuf> {
    let folder = Path::new(MIGRATIONS).join(dialect);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn names(files: &[PathBuf]) -> Vec<String> {
    files.iter().map(|file| file.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

/// Returns the migrator of the first `count` migrations, as an older program had it.
async fn older(dialect: &str, count: usize) -> Migrator {
    let folder = tempfile::tempdir().unwrap();
    for file in migration_files(dialect).iter().take(count) {
        fs::copy(file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    Migrator::new(folder.path()).await.unwrap()
}

async fn raw_sqlite(path: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}?mode=rwc", path.display())).await.unwrap()
}

#[test]
fn both_dialects_have_the_same_migrations() {
    assert_eq!(names(&migration_files("sqlite")), names(&migration_files("postgres")));
}

/// The store derives SQLite's constraint names from this house rule.
#[tokio::test]
async fn unique_constraints_are_named_by_table_and_columns() {
    let w = World::on_sqlite().await;
    let mut connection = raw_sqlite(Path::new(w.config.database.strip_prefix("sqlite:").unwrap())).await;
    let tables = "select name, sql from sqlite_master where type = 'table' and name not like '\\_%' escape '\\'";
    let mut found = 0;
    for table in sqlx::query(tables).fetch_all(&mut connection).await.unwrap() {
        let (name, sql): (String, String) = (table.get(0), table.get(1));
        for line in sql.lines().map(str::trim).filter(|line| line.starts_with("constraint ")) {
            let columns = line.split_once('(').unwrap().1.split(')').next().unwrap().replace(", ", "_");
            let expected = if line.contains(" primary key ") {
                format!("{name}_pk")
            } else if line.contains(" unique ") {
                format!("{name}_{columns}_key")
            } else {
                continue;
            };
            assert_eq!(line.split(' ').nth(1), Some(expected.as_str()));
            found += 1;
        }
    }
    assert!(found > 20, "{found}");
}

#[tokio::test]
async fn an_upgraded_sqlite_database_equals_a_fresh_one() {
    let fresh = World::on_sqlite().await;
    let path = |config: &Config| PathBuf::from(config.database.strip_prefix("sqlite:").unwrap());
    let expected = sqlite_schema(&mut raw_sqlite(&path(&fresh.config)).await).await;
    let count = migration_files("sqlite").len();
    for known in 1..count {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            database: format!("sqlite:{}", folder.path().join("old.db").display()),
            objects: folder.path().join("objects"),
            key_file: folder.path().join("key"),
        };
        let mut old = raw_sqlite(&path(&config)).await;
        older("sqlite", known).await.run(&mut old).await.unwrap();
        let id = "x'0192aaaaaaaaaaaaaaaaaaaaaaaaaaaa'";
        let row = format!("insert into area values ({id}, null, '旧县', 'Old', 'county', '河南', '/old/')");
        sqlx::raw_sql(AssertSqlSafe(row)).execute(&mut old).await.unwrap();
        let store = Store::open(&config).await.unwrap();
        let areas = store.areas(&mingchu_domain::role::Scope::All).await.unwrap();
        assert_eq!(areas[0].name, "旧县", "rows stay");
        store.close().await;
        assert_eq!(sqlite_schema(&mut raw_sqlite(&path(&config)).await).await, expected, "from migration {known}");
    }
}

#[tokio::test]
async fn postgresql_has_the_same_schema_fresh_and_upgraded() {
    let Some(server) = Server::start().await else { return };
    let sqlite = World::on_sqlite().await;
    let path = sqlite.config.database.strip_prefix("sqlite:").unwrap();
    let expected = sqlite_schema(&mut raw_sqlite(Path::new(path)).await).await;
    let count = migration_files("postgres").len();
    for known in [0, 1, count - 1] {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            database: server.fresh_database().await,
            objects: folder.path().join("objects"),
            key_file: folder.path().join("key"),
        };
        let mut connection = PgConnection::connect(&config.database).await.unwrap();
        older("postgres", known).await.run(&mut connection).await.unwrap();
        Store::open(&config).await.unwrap().close().await;
        let schema = postgres_schema(&mut connection).await;
        for (table, things) in &expected {
            let there = schema.get(table).cloned().unwrap_or_default();
            let difference: Vec<_> = things.symmetric_difference(&there).collect();
            assert!(difference.is_empty(), "{table} differs in {difference:?}");
        }
        assert_eq!(schema.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    }
}

const OLD_CANTEEN: &str = "0192bbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb";

/// Returns the rows of a canteen that had its hours before they had a table of their own.
fn old_canteen(id: impl Fn(&str) -> String) -> String {
    let (area, canteen) = (id("0192aaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"), id(OLD_CANTEEN));
    format!(
        "insert into area values ({area}, null, '旧县', 'Old', 'county', '河南', '/old/');
         insert into canteen (canteen_id, area_id, code, name, name_en, school, licence_no, grade, path, service_hours)
         values ({canteen}, {area}, 'OLD00001', '旧食堂', 'Old', '', '', '', '/old/one/', '{{\"from\":\"05:30\",\"until\":\"24:00\"}}')"
    )
}

/// How many migrations come before service hours got their one home.
fn before_one_home(dialect: &str) -> usize {
    let names = names(&migration_files(dialect));
    names.iter().position(|name| name.starts_with("0021")).expect("the migration is there")
}

async fn has_its_hours(config: &Config) {
    let store = Store::open(config).await.unwrap();
    let windows = store.service_windows(OLD_CANTEEN.parse().unwrap()).await.unwrap();
    let every_day = ServiceWindow::new(&[1, 2, 3, 4, 5, 6, 7], 5 * 60 + 30, 24 * 60).unwrap();
    assert_eq!(windows, [every_day]);
    store.close().await;
}

#[tokio::test]
async fn the_hours_of_an_old_sqlite_database_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        database: format!("sqlite:{}", folder.path().join("old.db").display()),
        objects: folder.path().join("objects"),
        key_file: folder.path().join("key"),
    };
    let mut old = raw_sqlite(&folder.path().join("old.db")).await;
    older("sqlite", before_one_home("sqlite")).await.run(&mut old).await.unwrap();
    let rows = old_canteen(|id| format!("x'{}'", id.replace('-', "")));
    sqlx::raw_sql(AssertSqlSafe(rows)).execute(&mut old).await.unwrap();
    has_its_hours(&config).await;
}

#[tokio::test]
async fn the_hours_of_an_old_postgresql_database_are_kept() {
    let Some(server) = Server::start().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        database: server.fresh_database().await,
        objects: folder.path().join("objects"),
        key_file: folder.path().join("key"),
    };
    let mut old = PgConnection::connect(&config.database).await.unwrap();
    older("postgres", before_one_home("postgres")).await.run(&mut old).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(old_canteen(|id| format!("'{id}'")))).execute(&mut old).await.unwrap();
    has_its_hours(&config).await;
}

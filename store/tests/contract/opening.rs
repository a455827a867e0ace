//! Opening and reopening, on both databases; what only SQLite can show is at the end.

use crate::world::World;
use mingchu_domain::{id::ViolationId, role::Scope, rule::RulePack};
use mingchu_store::{Config, NewViolation, Store, StoreError};
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

pub(crate) async fn what_was_written_is_there_after_reopening(w: World) {
    let violation = w.violation(0).await;
    w.store.close().await;
    let store = Store::open(&w.config).await.unwrap();
    assert_eq!(store.violation(&Scope::All, violation).await.unwrap().camera.id, w.camera);
    assert_eq!(store.streams_to_pull().await.unwrap().len(), 4);
    store.close().await;
}

/// A node and a command, say. Each [`Store::open`] here stands for a process.
pub(crate) async fn a_second_process_may_open_at_the_same_time(w: World) {
    let opened: Vec<_> = (0..4)
        .map(|_| {
            let config = w.config.clone();
            tokio::spawn(async move { Store::open(&config).await })
        })
        .collect();
    for store in opened {
        store.await.unwrap().unwrap().close().await;
    }
    w.violation(0).await;
}

pub(crate) async fn a_newer_database_is_refused(w: World) {
    w.store.close().await;
    let success = if w.is_sqlite() { "1" } else { "true" };
    w.raw(&format!(
        "insert into _sqlx_migrations (version, description, success, checksum, execution_time) \
         values (9999, 'from the future', {success}, '', 0)"
    ))
    .await;
    let error = Store::open(&w.config).await.unwrap_err();
    assert!(matches!(error, StoreError::DatabaseNewer { found: 9999, .. }), "{error}");
    assert!(error.to_string().contains("install the newer version or restore the backup"), "{error}");
}

pub(crate) async fn the_wrong_key_file_is_named(w: World) {
    w.store.close().await;
    let other = Config { key_file: w.folder.path().join("other.key"), ..w.config.clone() };
    let missing = Store::open(&other).await.unwrap_err();
    assert!(missing.to_string().contains("other.key is missing"), "{missing}");
    std::fs::write(&other.key_file, "00".repeat(32)).unwrap();
    let wrong = Store::open(&other).await.unwrap_err();
    assert!(wrong.to_string().contains("other.key is not the one"), "{wrong}");
    Store::open(&w.config).await.unwrap().close().await;
}

#[tokio::test]
async fn a_place_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let config = |database: String, objects: &str| Config {
        database,
        objects: folder.path().join(objects),
        key_file: folder.path().join("key"),
    };
    let below_a_file = format!("sqlite:{}", file.join("mingchu.db").display());
    let cases = [
        (config(below_a_file, "objects"), "cannot write"),
        (config(format!("sqlite:{}", folder.path().join("a.db").display()), "file/objects"), "cannot write"),
        (config("mysql://root@localhost/x".into(), "objects"), "must be \"sqlite:PATH\""),
        (
            config("postgres://nobody:s3cret@127.0.0.1:1/none".into(), "objects"),
            "cannot reach PostgreSQL at 127.0.0.1:1",
        ),
    ];
    for (config, words) in cases {
        let error = Store::open(&config).await.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(!format!("{error:?} {config:?}").contains("s3cret"), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_may_make_a_new_database_at_the_same_time() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        database: format!("sqlite:{}", folder.path().join("new/mingchu.db").display()),
        objects: folder.path().join("objects"),
        key_file: folder.path().join("new/key"),
    };
    let opened: Vec<_> = (0..4)
        .map(|_| {
            let config = config.clone();
            tokio::spawn(async move { Store::open(&config).await })
        })
        .collect();
    for store in opened {
        let store = store.await.unwrap().unwrap();
        assert_eq!(store.rule_pack().await.unwrap().version, RulePack::national().version);
        store.close().await;
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    std::fs::write(&path, "buy rice ".repeat(200)).unwrap();
    let config = Config {
        database: format!("sqlite:{}", path.display()),
        objects: folder.path().join("objects"),
        key_file: folder.path().join("key"),
    };
    let error = Store::open(&config).await.unwrap_err();
    assert!(error.to_string().contains("notes.txt"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "buy rice ".repeat(200));
}

#[tokio::test]
async fn sqlite_is_set_to_survive_a_crash() {
    let w = World::on_sqlite().await;
    w.violation(0).await;
    assert!(w.folder.path().join("mingchu.db-wal").exists(), "write-ahead log");
    // a foreign key that points nowhere is refused by the store's own connections
    let mut orphan = w.new_violation(1);
    orphan.camera_id = mingchu_domain::id::CameraId::generate();
    let error = w.store.insert_violation(&orphan).await.unwrap_err();
    assert!(matches!(&error, StoreError::Conflict { constraint } if constraint == "foreign_key"), "{error}");
}

/// Folder of the store that [`a_process_that_writes_until_it_is_killed`] writes into.
const WRITER: &str = "MINGCHU_TEST_WRITER";

fn sqlite_in(folder: &Path) -> Config {
    Config {
        database: format!("sqlite:{}", folder.join("mingchu.db").display()),
        objects: folder.join("objects"),
        key_file: folder.join("mingchu.key"),
    }
}

/// No test of its own: the next one starts it as another process.
#[tokio::test]
async fn a_process_that_writes_until_it_is_killed() {
    let Some(folder) = std::env::var_os(WRITER) else { return };
    let world = World::on_sqlite().await;
    let store = Store::open(&sqlite_in(Path::new(&folder))).await.unwrap();
    let camera = store.judged_cameras().await.unwrap().remove(0);
    let template =
        NewViolation { camera_id: camera.camera_id, canteen_id: camera.canteen_id, ..world.new_violation(0) };
    loop {
        let violation = NewViolation { id: ViolationId::generate(), ..template.clone() };
        store.insert_violation(&violation).await.unwrap();
        println!("acknowledged {}", violation.id);
    }
}

#[tokio::test]
async fn acknowledged_violations_survive_a_killed_process() {
    let world = World::on_sqlite().await;
    world.store.close().await;
    assert_eq!(world.config, sqlite_in(world.folder.path()));
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "opening::a_process_that_writes_until_it_is_killed", "--nocapture"])
        .env(WRITER, world.folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let mut acknowledged: Vec<ViolationId> = vec![];
    for line in lines {
        // the first comes on the line where the test runner has named the test
        if let Some((_, id)) = line.unwrap().split_once("acknowledged ") {
            acknowledged.push(id.parse().unwrap());
        }
        if acknowledged.len() == 25 {
            writer.kill().unwrap();
        }
    }
    writer.wait().unwrap();
    assert!(acknowledged.len() >= 25, "{}", acknowledged.len());
    let store = Store::open(&world.config).await.unwrap();
    for id in acknowledged {
        store.violation(&Scope::All, id).await.unwrap();
    }
    store.close().await;
}

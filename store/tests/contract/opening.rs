//! Opening and reopening, on both databases; what only SQLite can show is at the end.

use crate::world::World;
use mingchu_domain::role::Scope;
use mingchu_store::{Config, Store, StoreError};

pub(crate) async fn what_was_written_is_there_after_reopening(w: World) {
    let violation = w.violation(0).await;
    w.store.close().await;
    let store = Store::open(&w.config).await.unwrap();
    assert_eq!(store.violation(&Scope::All, violation).await.unwrap().camera.id, w.camera);
    assert_eq!(store.streams_to_pull().await.unwrap().len(), 4);
    store.close().await;
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

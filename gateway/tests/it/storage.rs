//! Disks that fill, disks that go, and footage that must go or must stay. The clock is the test's own.

use crate::rig::{SmallDisk, add_camera, add_canteen, eventually, open_store};
use mingchu_domain::{
    id::{CanteenId, HoldId, PersonId, SegmentId, VolumeId},
    retention::{DeletionCause, StorageStep},
    role::{Role, Scope},
    time::{Clock, ManualClock, MediaTime, TimeRange, WallTime},
};
use mingchu_gateway::{Config, Gateway, StorageConfig, chain};
use mingchu_store::{NewDeletionOrder, NewHold, NewPerson, PageKey, Receipt, Reviewer, Segment, Store, VolumeState};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// A camera that nobody pulls, with a store and folders of its own.
struct Shelf {
    folder: TempDir,
    store: Store,
    clock: Arc<ManualClock>,
    canteen: CanteenId,
    camera: crate::rig::Camera,
    config: Config,
    end: String,
}

impl Shelf {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = open_store(folder.path()).await;
        let canteen = add_canteen(&store).await;
        let camera = add_camera(&store, canteen, "rtsp://127.0.0.1:1/none").await;
        let change = mingchu_store::CameraChange { is_enabled: Some(false), ..Default::default() };
        let clock = Arc::new(ManualClock::at("2026-11-21T03:00:00Z".parse().unwrap()));
        store.change_camera(&Scope::All, camera.id, &change, clock.now()).await.unwrap();
        let config = Config {
            data: folder.path().join("archive"),
            storage: StorageConfig {
                // however full the disk of this machine is
                quota_mb: 1000,
                check_every: Duration::from_secs(1),
                expire_every: Duration::from_secs(1),
                ..StorageConfig::default()
            },
            ..Config::default()
        };
        Self { folder, store, clock, canteen, camera, config, end: String::new() }
    }

    async fn start(&self) -> Gateway {
        mingchu_gateway::start(self.store.clone(), self.config.clone(), self.clock.clone()).await.unwrap()
    }

    /// Puts a file of `bytes` on the first disk that began `age` ago, with its row; returns its path.
    async fn put(&mut self, age: Duration, bytes: usize) -> PathBuf {
        let volume = self.volume_of_data();
        let start = self.clock.now() - age;
        let path = format!("{}/{}.mp4", self.camera.main, start.to_string().replace(['-', 'T'], "/").replace(':', ""));
        let file = self.config.data.join(&path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, vec![7; bytes]).unwrap();
        let sha256 = format!("{:064x}", start.micros());
        self.end = chain(&self.end, &sha256);
        let segment = Segment {
            id: SegmentId::generate(),
            stream_id: self.camera.main,
            range: TimeRange::new(start, start + Duration::from_secs(60)).unwrap(),
            first_90k: MediaTime(0),
            frames: 1500,
            size_bytes: bytes as u64,
            volume_id: Some(volume),
            path,
            sha256,
            chain: self.end.clone(),
            clock_offset_us: None,
            fault: None,
        };
        self.store.insert_segment(&segment).await.unwrap();
        file
    }

    /// Reads the marker of the first disk; the gateway must have run once.
    fn volume_of_data(&self) -> VolumeId {
        std::fs::read_to_string(self.config.data.join(".mingchu-volume")).unwrap().trim().parse().unwrap()
    }

    /// Lets the gateway make its disks.
    async fn prepare(&self) {
        self.start().await.stop().await;
    }

    async fn receipts(&self) -> Vec<Receipt> {
        self.store.receipts(&Scope::All, &PageKey::first(200)).await.unwrap().items
    }

    async fn rows(&self) -> usize {
        let always = TimeRange::new(WallTime::from_micros(0), WallTime::from_micros(i64::MAX / 2)).unwrap();
        self.store.segments(self.camera.main, always).await.unwrap().len()
    }

    async fn step(&self) -> StorageStep {
        self.store.storage_status().await.unwrap()[0].step
    }

    async fn reaches(&self, step: StorageStep) {
        eventually(step.as_str(), LONG, || async { (self.step().await == step).then_some(()) }).await;
    }

    async fn hold(&self, from: WallTime, to: WallTime) {
        let person = NewPerson {
            id: PersonId::generate(),
            login: "inspector".into(),
            office: "office".into(),
            role: Role::Regulator,
            area_id: Some(self.store.areas(&Scope::All).await.unwrap()[0].id),
            canteen_id: None,
        };
        self.store.insert_person(&person).await.unwrap();
        let by = Reviewer { person_id: person.id, office: person.office };
        let hold = NewHold {
            id: HoldId::generate(),
            canteen_id: self.canteen,
            cameras: vec![self.camera.id],
            started_at: from,
            ended_at: Some(to),
            reason: "case".into(),
        };
        self.store.insert_hold(&Scope::All, &hold, &by, self.clock.now()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn footage_past_its_period_goes_with_its_row_and_held_footage_stays() {
    let mut shelf = Shelf::new().await;
    shelf.prepare().await;
    let old = shelf.put(DAY * 40, 100).await;
    let held = shelf.put(DAY * 35, 100).await;
    let young = shelf.put(DAY * 29, 100).await;
    let now = shelf.clock.now();
    shelf.hold(now - DAY * 36, now - DAY * 34).await;
    let gateway = shelf.start().await;
    eventually("the old file's end", LONG, || async { (!old.exists()).then_some(()) }).await;
    eventually("its receipt", LONG, || async { (shelf.receipts().await.len() == 1).then_some(()) }).await;
    assert!(held.exists() && young.exists());
    let receipt = shelf.receipts().await.remove(0);
    assert_eq!((receipt.facts.cause, receipt.facts.files), (DeletionCause::Period, 1));
    assert!(receipt.facts.basis.contains("routine_days=30"), "{receipt:?}");
    // two days later the young one goes too, the held one never
    shelf.clock.advance(DAY * 2);
    let volume = shelf.volume_of_data();
    eventually("the young file's end", LONG, || async {
        let is_noted = !shelf.store.doomed_files(volume, 10).await.unwrap().is_empty();
        (!young.exists() && !is_noted).then_some(())
    })
    .await;
    gateway.stop().await;
    assert!(held.exists());
    assert_eq!(shelf.rows().await, 1);
    let state = shelf.store.verify_footage(shelf.camera.main).await.unwrap();
    assert_eq!((state.sound, state.deleted, state.first_broken), (1, 2, None));
    assert!(!old.parent().unwrap().exists(), "the empty folder of a past day goes too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_row_and_file_leaves_a_file_that_the_next_start_removes() {
    let mut shelf = Shelf::new().await;
    shelf.prepare().await;
    let file = shelf.put(DAY * 40, 100).await;
    let now = shelf.clock.now();
    let what = mingchu_store::Deletable {
        stream: shelf.camera.main,
        volume: shelf.volume_of_data(),
        range: TimeRange::new(WallTime::from_micros(0), now).unwrap(),
        begun_from: WallTime::from_micros(0),
        ended_by: now - DAY * 30,
        violations_ended_by: WallTime::from_micros(0),
        cause: DeletionCause::Period,
        policy_version: 0,
        order: None,
        basis: String::new(),
        limit: 10,
    };
    // the row goes, and the program ends before the file does
    assert_eq!(shelf.store.delete_footage(&what, now).await.unwrap().paths.len(), 1);
    assert!(file.exists());
    let change = mingchu_store::CameraChange { is_enabled: Some(true), ..Default::default() };
    shelf.store.change_camera(&Scope::All, shelf.camera.id, &change, now).await.unwrap();
    let gateway = shelf.start().await;
    assert!(!file.exists(), "gone before a recorder could adopt it");
    gateway.stop().await;
    assert_eq!(shelf.rows().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_deletes_what_a_person_named_and_leaves_a_receipt() {
    let mut shelf = Shelf::new().await;
    shelf.prepare().await;
    let wanted = shelf.put(DAY * 2, 100).await;
    let other = shelf.put(DAY, 100).await;
    let now = shelf.clock.now();
    shelf.hold(now - DAY * 10, now - DAY * 9).await;
    let by = shelf.store.person_by_login("inspector").await.unwrap().unwrap().0.reviewer();
    let order = NewDeletionOrder {
        id: mingchu_domain::id::DeletionOrderId::generate(),
        camera_id: shelf.camera.id,
        range: TimeRange::new(now - DAY * 2, now - DAY * 2 + Duration::from_secs(5)).unwrap(),
        reason: "privacy".into(),
    };
    shelf.store.insert_deletion_order(&Scope::All, &order, &by, now).await.unwrap();
    let gateway = shelf.start().await;
    let done = || async { shelf.store.deletion_orders(&Scope::All).await.unwrap()[0].done };
    let done = eventually("the order's end", LONG, done).await;
    gateway.stop().await;
    assert_eq!((done.files, done.bytes, done.held_files), (1, 100, 0));
    assert!(!wanted.exists() && other.exists());
    assert_eq!(shelf.receipts().await[0].order_id, Some(order.id));
}

/// A small disk: a file system of its own where this user may mount one, else the quota of the settings.
fn small(shelf: &mut Shelf, megabytes: u32) -> Option<SmallDisk> {
    let disk = SmallDisk::of_kib(megabytes * 1_000_000 / 1024);
    match &disk {
        Some(disk) => {
            shelf.config.data = disk.path().join("archive");
            shelf.config.storage.quota_mb = 0;
        }
        None => shelf.config.storage.quota_mb = u64::from(megabytes),
    }
    disk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filling_disk_gives_up_periods_then_sub_streams_then_all_but_evidence_and_takes_it_back() {
    const MEGABYTE: usize = 1_000_000;
    let mut shelf = Shelf::new().await;
    let _disk = small(&mut shelf, 20);
    shelf.prepare().await;
    assert_eq!(shelf.step().await, StorageStep::Normal);
    // above the floor of 7 days, within the period of 30: goes only for want of room; the oldest is held
    let held = shelf.put(DAY * 20, 5 * MEGABYTE).await;
    let now = shelf.clock.now();
    shelf.hold(now - DAY * 21, now - DAY * 19).await;
    let oldest = shelf.put(DAY * 15, 2 * MEGABYTE).await;
    let older = shelf.put(DAY * 14, 3 * MEGABYTE).await;
    let mut below_floor = Vec::new();
    for day in [6, 5, 4] {
        below_floor.push(shelf.put(DAY * day, 3 * MEGABYTE).await);
    }
    // 19 of 20 MB: one file must go, then there is room
    let gateway = shelf.start().await;
    eventually("room", LONG, || async { (!oldest.exists()).then_some(()) }).await;
    shelf.reaches(StorageStep::Normal).await;
    assert!(held.exists() && older.exists(), "the oldest that may go, and no more");
    assert_eq!(shelf.receipts().await[0].facts.cause, DeletionCause::Pressure);

    // the next one above the floor goes too: 17 + 2.5 - 3 = 16.5 of 20 MB; then nothing is left that may go
    below_floor.push(shelf.put(DAY * 3, 2 * MEGABYTE + 500_000).await);
    eventually("the floor", LONG, || async { (!older.exists()).then_some(()) }).await;
    shelf.reaches(StorageStep::Normal).await;
    below_floor.push(shelf.put(DAY * 2, 2 * MEGABYTE).await);
    shelf.reaches(StorageStep::Expiring).await;
    below_floor.push(shelf.put(DAY, 700_000).await);
    shelf.reaches(StorageStep::MainOnly).await;
    below_floor.push(shelf.put(DAY / 2, 450_000).await);
    shelf.reaches(StorageStep::EvidenceOnly).await;
    assert!(held.exists() && below_floor.iter().all(|file| file.exists()), "floor and hold are kept");
    assert_eq!(shelf.receipts().await.len(), 2);
    let steps = shelf.store.audit(&PageKey::first(50)).await.unwrap().items;
    assert!(steps.iter().filter(|row| row.entry.action == "storage.step").count() >= 3, "{steps:?}");

    // what comes from now on waits for a violation, then goes; what was there before stays
    shelf.clock.advance(Duration::from_secs(60));
    let new = shelf.put(Duration::from_secs(30), 1000).await;
    shelf.clock.advance(Duration::from_secs(700));
    eventually("the end of what shows no violation", LONG, || async { (!new.exists()).then_some(()) }).await;
    let receipt = shelf.receipts().await.remove(0);
    assert_eq!(receipt.facts.cause, DeletionCause::EvidenceOnly);

    // days later there is room again, by itself
    shelf.clock.advance(DAY * 4);
    shelf.reaches(StorageStep::Normal).await;
    gateway.stop().await;
    assert!(held.exists());
    assert_eq!(shelf.store.verify_footage(shelf.camera.main).await.unwrap().first_broken, None);
    assert_eq!(shelf.store.verify_receipts().await.unwrap().first_broken, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_gone_is_skipped_and_its_footage_is_not_lost() {
    let mut shelf = Shelf::new().await;
    let second = shelf.folder.path().join("second");
    shelf.config.volumes = vec![second.clone()];
    shelf.prepare().await;
    let file = shelf.put(DAY * 40, 100).await;
    let away = shelf.folder.path().join("away");
    std::fs::rename(&shelf.config.data, &away).unwrap();
    std::fs::create_dir(&shelf.config.data).unwrap();

    let gateway = shelf.start().await;
    let states = || async {
        let rows = shelf.store.volumes().await.unwrap();
        (rows[0].state == VolumeState::Gone && rows[1].state == VolumeState::Online).then_some(rows)
    };
    let rows = eventually("one gone, one online", LONG, states).await;
    assert!(rows[0].detail.contains("not there"), "{rows:?}");
    assert!(std::fs::read_dir(&shelf.config.data).unwrap().next().is_none(), "the mount point stays empty");
    assert_eq!(shelf.rows().await, 1, "a row stays while its file cannot be deleted");

    std::fs::remove_dir(&shelf.config.data).unwrap();
    std::fs::rename(&away, &shelf.config.data).unwrap();
    eventually("its end once the disk is back", LONG, || async { (!file.exists()).then_some(()) }).await;
    gateway.stop().await;
    assert_eq!(shelf.rows().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_is_there_before_the_floor_breaks() {
    let mut shelf = Shelf::new().await;
    shelf.config.storage.quota_mb = 20;
    shelf.prepare().await;
    for day in 0..4 {
        shelf.put(DAY * day + Duration::from_secs(3600), 4_000_000).await;
    }
    let gateway = shelf.start().await;
    let ahead = || async { shelf.store.storage_status().await.unwrap()[0].floor_breaks_at };
    let breaks_at = eventually("a forecast", LONG, ahead).await;
    gateway.stop().await;
    // 18 MB count as usable, 4 MB a day come: on the first day it is full
    assert_eq!(breaks_at.since(shelf.clock.now()).as_secs() / 86_400, 1);
    let usage = shelf.store.usage().await.unwrap();
    assert_eq!(usage.iter().map(|usage| usage.bytes).sum::<u64>(), 16_000_000);
    let found = mingchu_gateway::inspect_storage(&shelf.store, &shelf.config).await;
    let warned = found.iter().any(|line| line.as_ref().is_err_and(|text| text.contains("breaks on 2026-11-22")));
    assert!(warned, "{found:?}");
}

#[test]
fn a_folder_named_twice_is_refused_by_its_key() {
    let config = Config { volumes: vec![PathBuf::from("/a"), PathBuf::from("/a")], ..Config::default() };
    assert_eq!(config.validate().unwrap_err().key, "volumes");
    let config = Config { volumes: vec![Path::new("").to_owned()], ..Config::default() };
    assert_eq!(config.validate().unwrap_err().key, "volumes");
}

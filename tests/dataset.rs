//! `mingchu dataset export` against a store with reviewed findings.

#![allow(clippy::unwrap_used, reason = "a test may fail")]
#![cfg(feature = "web")]

use mingchu_domain::{
    geometry::{BBox, Polygon},
    id::{AreaId, CameraId, CanteenId, PersonId, StreamId, ViolationId},
    media::StreamKind,
    place::{AreaLevel, ZoneKind},
    role::{Role, Scope},
    rule::{RuleCode, RulePack},
    time::WallTime,
    violation::{DecisionFrame, DismissReason, Figures, Verdict},
};
use mingchu_store::{Area, Canteen, Config, NewCamera, NewPerson, NewStream, NewViolation, PageKey, Reviewer, Store};
use serde_json::{Value, json};
use std::{path::Path, process::Command, time::Duration};

const NOW: &str = "2026-11-20T03:04:05Z";

fn now() -> WallTime {
    NOW.parse().unwrap()
}

fn config(folder: &Path) -> Config {
    let database = format!("sqlite:{}", folder.join("mingchu.db").display());
    Config { database, objects: folder.join("objects"), key_file: folder.join("mingchu.key") }
}

/// A canteen with one camera and one reviewer.
async fn kitchen(store: &Store) -> (CanteenId, CameraId, Reviewer) {
    let word = || "x".to_owned();
    let area = AreaId::generate();
    let new =
        Area { id: area, parent: None, name: word(), name_en: word(), level: AreaLevel::County, province: word() };
    store.insert_area(&new).await.unwrap();
    let canteen = CanteenId::generate();
    let new = Canteen {
        id: canteen,
        area_id: area,
        code: "0K1TCHEN".into(),
        name: word(),
        name_en: word(),
        school: word(),
        licence_no: word(),
        grade: word(),
    };
    store.insert_canteen(&new).await.unwrap();
    let url = "rtsp://127.0.0.1/x".to_owned();
    let stream = NewStream { id: StreamId::generate(), kind: StreamKind::Main, url, username: None, password: None };
    let camera = NewCamera {
        id: CameraId::generate(),
        canteen_id: canteen,
        name: word(),
        name_en: word(),
        zone: ZoneKind::Cooking,
        outline: Polygon::whole(),
        is_synthetic: true,
        streams: vec![stream],
    };
    store.insert_camera(&camera, now()).await.unwrap();
    let id = PersonId::generate();
    let office = "office".to_owned();
    let person = NewPerson {
        id,
        login: word(),
        office: office.clone(),
        role: Role::Regulator,
        area_id: Some(area),
        canteen_id: None,
    };
    store.insert_person(&person).await.unwrap();
    (canteen, camera.id, Reviewer { person_id: id, office })
}

async fn finding(store: &Store, canteen_id: CanteenId, camera_id: CameraId, second: u64) -> ViolationId {
    let (id, pack) = (ViolationId::generate(), RulePack::national());
    let rule = pack.rule(RuleCode::NoHat).unwrap();
    let object_key = format!("violation/{id}/frame-1.jpg");
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    image::RgbImage::new(64, 32).write_with_encoder(encoder).unwrap();
    store.objects().put(&object_key, jpeg).await.unwrap();
    let at = now() + Duration::from_secs(second);
    let violation = NewViolation {
        id,
        camera_id,
        canteen_id,
        zone: ZoneKind::Cooking,
        code: RuleCode::NoHat,
        severity: rule.severity,
        rule_pack: pack.label(),
        clauses: rule.clauses.clone(),
        demand: rule.demand.clone(),
        demand_en: rule.demand_en.clone(),
        rectify_within: rule.rectify_within(),
        model: "m".into(),
        track: 1,
        started_at: at,
        ended_at: at,
        figures: Figures { votes: 5, of: 6, window_s: 10.0, confidence: 0.9, head_px: Some(52.0), measure: None },
        frames: vec![DecisionFrame {
            at,
            object_key,
            sha256: "00".repeat(32),
            subject: BBox { x1: 0.25, y1: 0.25, x2: 0.5, y2: 1.0 },
            head: Some(BBox { x1: 0.25, y1: 0.25, x2: 0.375, y2: 0.5 }),
            confidence: 0.75,
        }],
        snapshot_key: String::new(),
        clock_offset_us: None,
    };
    store.insert_violation(&violation).await.unwrap();
    id
}

fn export(folder: &Path, more: &[&str]) -> std::process::Output {
    let toml = format!(
        "[store]\ndatabase = \"sqlite:{0}/mingchu.db\"\nobjects = \"{0}/objects\"\nkey_file = \"{0}/mingchu.key\"\n",
        folder.display()
    );
    let file = folder.join("mingchu.toml");
    std::fs::write(&file, toml).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mingchu"));
    command.args(["dataset", "export", "--config"]).arg(&file).arg("--out").arg(folder.join("out")).args(more);
    command.output().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn reviewed_findings_become_a_data_set_and_the_trail_says_who_took_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&config(folder.path())).await.unwrap();
    let (canteen, camera, reviewer) = kitchen(&store).await;
    let mut ids = Vec::new();
    for second in 0..4 {
        ids.push(finding(&store, canteen, camera, second * 60).await);
    }
    let verdicts =
        [Verdict::Confirm, Verdict::Dismiss(DismissReason::NotAViolation), Verdict::Dismiss(DismissReason::CannotTell)];
    for (id, verdict) in ids.iter().zip(verdicts) {
        store.review(&Scope::All, *id, &reviewer, verdict, now()).await.unwrap();
    }
    store.close().await;

    let done = export(folder.path(), &["--office", "城关所", "--from", NOW]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = std::fs::read_to_string(folder.path().join("out/annotations.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let hats: Vec<&Value> = lines.iter().map(|line| &line["boxes"][1]["hat"]).collect();
    assert_eq!(hats, [&json!("bare"), &json!("covered"), &Value::Null], "an unclear one teaches no hat");
    assert_eq!(lines[0]["boxes"][0], json!({ "class": "person", "box": [16.0, 8.0, 32.0, 32.0] }));
    assert_eq!((&lines[0]["synthetic"], &lines[0]["review"]["verdict"]), (&json!(true), &json!("confirmed")));
    for line in &lines {
        assert!(folder.path().join("out").join(line["image"].as_str().unwrap()).is_file());
    }
    let store = Store::open(&config(folder.path())).await.unwrap();
    let trail = store.audit(&PageKey::default()).await.unwrap();
    let row = trail.items.iter().find(|row| row.entry.action == "dataset.export").unwrap();
    assert!(row.entry.detail.contains("城关所") && row.entry.detail.contains("\"pictures\":3"), "{row:?}");
    store.close().await;

    let twice = export(folder.path(), &["--office", "城关所"]);
    assert!(!twice.status.success());
    assert!(String::from_utf8_lossy(&twice.stderr).contains("already holds a data set"));
}

//! Periods, holds, orders, receipts: who may, what is refused, and what it leaves behind.

use crate::support::{District, demo};
use axum::http::StatusCode;
use mingchu_domain::{
    chain::chain,
    id::{SegmentId, StreamId, VolumeId},
    media::StreamKind,
    retention::{DeletionCause, StorageStep},
    role::Scope,
    time::{Clock, MediaTime, TimeRange, WallTime},
};
use mingchu_store::{Deletable, Segment, StorageStatus, Volume, VolumeState};
use serde_json::json;
use std::time::Duration;

const NAME: &str = "备餐间1号";

fn at(text: &str) -> WallTime {
    text.parse().unwrap()
}

/// Gives the camera ten minutes of footage on a disk, two days ago.
async fn footage(district: &District) -> (StreamId, VolumeId) {
    let camera = district.store.camera(&Scope::All, district.camera).await.unwrap();
    let stream = camera.streams.iter().find(|stream| stream.kind == StreamKind::Main).unwrap().id;
    let volume = Volume {
        id: VolumeId::generate(),
        host: "kitchen-1".into(),
        path: "/archive".into(),
        position: 0,
        state: VolumeState::ReadOnly,
        step: StorageStep::Expiring,
        since: at("2026-11-21T00:00:00Z"),
        detail: "nothing can be written".into(),
        total_bytes: 1000,
        used_bytes: 910,
        archive_bytes: 900,
        written_per_day_bytes: 50,
        shortens_at: None,
        floor_breaks_at: None,
        checked_at: district.clock.now(),
    };
    district.store.set_volume(&volume).await.unwrap();
    let mut end = String::new();
    for minute in 0..10u32 {
        let start = at("2026-11-19T04:00:00Z") + Duration::from_secs(60) * minute;
        let sha256 = format!("{minute:064x}");
        end = chain(&end, &sha256);
        let segment = Segment {
            id: SegmentId::generate(),
            stream_id: stream,
            range: TimeRange::new(start, start + Duration::from_secs(60)).unwrap(),
            first_90k: MediaTime(0),
            frames: 1500,
            size_bytes: 1000,
            volume_id: Some(volume.id),
            path: format!("main/{minute}.mp4"),
            sha256,
            chain: end.clone(),
            clock_offset_us: None,
            fault: None,
        };
        district.store.insert_segment(&segment).await.unwrap();
    }
    (stream, volume.id)
}

#[tokio::test]
async fn a_policy_is_set_by_those_who_configure_and_bad_periods_are_named() {
    let district = demo().await;
    let (admin, regulator) = (district.sign_in("admin").await, district.sign_in("regulator").await);
    let path = "/api/v1/retention/policies";
    let periods = json!({ "floor_days": 15, "routine_days": 45, "violation_days": 200, "ceiling_days": 365 });
    let body = json!({ "canteen_id": district.canteen, "periods": periods });
    assert_eq!(district.post(path, body.clone(), &regulator).await.status, StatusCode::FORBIDDEN);
    let answer = district.post(path, body, &admin).await;
    assert_eq!((answer.status, answer.json()["version"].as_i64()), (StatusCode::OK, Some(1)));

    for (field, value, says) in [
        ("floor_days", json!(3), "7 to 365"),
        ("routine_days", json!(10), "15 to 365"),
        ("violation_days", json!(20), "45 to 365"),
        ("ceiling_days", json!(4000), "7 to 3650"),
    ] {
        let mut wrong = periods.clone();
        wrong[field] = value;
        let answer = district.post(path, json!({ "canteen_id": district.canteen, "periods": wrong }), &admin).await;
        let error = answer.json()["error"].clone();
        assert_eq!((answer.status, error["field"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some(field)));
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
    for value in [json!("thirty"), json!(-1), json!(1.5), json!(null)] {
        let mut wrong = periods.clone();
        wrong["routine_days"] = value;
        let answer = district.post(path, json!({ "periods": wrong }), &admin).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid_body"));
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains("routine_days"), "{:?}", answer.body);
    }
    let both = json!({ "canteen_id": district.canteen, "area_id": district.camera, "periods": periods });
    assert_eq!(district.post(path, both, &admin).await.error(), "two_places");
    let unknown = json!({ "area_id": district.camera, "periods": periods });
    assert_eq!(district.post(path, unknown, &admin).await.status, StatusCode::NOT_FOUND);

    let list = district.get(path, &regulator).await.json();
    assert_eq!(list["policies"].as_array().unwrap().len(), 1);
    assert_eq!(list["policies"][0]["in_force"], periods);
    assert_eq!(list["built_in"]["routine_days"], 30);
    let other = district.sign_in("other-regulator").await;
    assert_eq!(district.get(path, &other).await.json()["policies"], json!([]), "another county's");
    let back = json!({ "canteen_id": district.canteen, "periods": null });
    assert_eq!(district.post(path, back, &admin).await.json()["in_force"]["routine_days"], 30);
    assert_eq!(district.get(path, &regulator).await.json()["policies"], json!([]));
}

#[tokio::test]
async fn a_regulator_places_and_releases_a_hold_with_a_reason() {
    let district = demo().await;
    let (regulator, admin) = (district.sign_in("regulator").await, district.sign_in("admin").await);
    let other = district.sign_in("other-regulator").await;
    let body = json!({
        "canteen_id": district.canteen, "cameras": [district.camera], "from": "2026-11-19T04:00:00Z",
        "to": "2026-11-19T05:00:00Z", "reason": "食物中毒调查"
    });
    assert_eq!(district.post("/api/v1/holds", body.clone(), &admin).await.status, StatusCode::FORBIDDEN);
    assert_eq!(district.post("/api/v1/holds", body.clone(), &other).await.status, StatusCode::NOT_FOUND);
    for (field, value, names) in [("reason", json!(" "), "reason"), ("to", json!("2026-11-19T04:00:00Z"), "to")] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let answer = district.post("/api/v1/holds", wrong, &regulator).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.json()["error"]["field"], names);
    }
    let mut foreign = body.clone();
    foreign["cameras"] = json!([district.other_camera]);
    assert_eq!(district.post("/api/v1/holds", foreign, &regulator).await.status, StatusCode::NOT_FOUND);

    let placed = district.post("/api/v1/holds", body, &regulator).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{:?}", placed.body);
    let hold = placed.json();
    assert_eq!((hold["cameras"][0]["name"].as_str(), hold["released_at"].is_null()), (Some(NAME), true));
    let of_camera = |span: &str| format!("/api/v1/holds?camera_id={}{span}", district.camera);
    let found = district.get(&of_camera("&from=2026-11-19T04:30:00Z&to=2026-11-19T06:00:00Z"), &regulator).await;
    assert_eq!(found.json()["holds"].as_array().unwrap().len(), 1);
    let found = district.get(&of_camera("&from=2026-11-19T05:00:00Z&to=2026-11-19T06:00:00Z"), &regulator).await;
    assert_eq!(found.json()["holds"], json!([]));
    assert_eq!(district.get(&of_camera(""), &other).await.status, StatusCode::NOT_FOUND);

    let release = format!("/api/v1/holds/{}/release", hold["id"].as_str().unwrap());
    assert_eq!(district.post(&release, json!({ "reason": "" }), &regulator).await.error(), "reason_missing");
    assert_eq!(district.post(&release, json!({ "reason": "结案" }), &other).await.status, StatusCode::NOT_FOUND);
    let released = district.post(&release, json!({ "reason": "结案" }), &regulator).await;
    assert_eq!((released.status, &released.json()["release_reason"]), (StatusCode::OK, &json!("结案")));
    let again = district.post(&release, json!({ "reason": "结案" }), &regulator).await;
    assert_eq!((again.status, again.error().as_str()), (StatusCode::CONFLICT, "already_released"));
    let trail = district.get("/api/v1/audit", &admin).await.json()["audit"].clone();
    let actions: Vec<_> = trail.as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"hold.place") && actions.contains(&"hold.release"), "{actions:?}");
}

#[tokio::test]
async fn an_order_needs_the_name_a_reason_and_footage_that_nobody_holds() {
    let district = demo().await;
    footage(&district).await;
    let (regulator, admin) = (district.sign_in("regulator").await, district.sign_in("admin").await);
    let range = ("2026-11-19T04:02:00Z", "2026-11-19T04:04:00Z");
    let body = json!({
        "camera_id": district.camera, "from": range.0, "to": range.1, "reason": "误录个人隐私", "confirm": NAME
    });
    assert_eq!(district.post("/api/v1/deletions", body.clone(), &regulator).await.status, StatusCode::FORBIDDEN);
    for (field, value, code) in [
        ("confirm", json!("别的"), "not_confirmed"),
        ("reason", json!("x"), "reason_missing"),
        ("to", json!("2026-11-21T03:59:00Z"), "still_being_written"),
        ("to", json!("2026-11-19T04:02:00Z"), "bad_range"),
    ] {
        let mut wrong = body.clone();
        wrong[field] = value;
        let answer = district.post("/api/v1/deletions", wrong, &admin).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, code));
        assert_eq!(answer.json()["error"]["field"], field);
    }
    let preview = format!("/api/v1/deletions/preview?camera_id={}&from={}&to={}", district.camera, range.0, range.1);
    let hold = json!({ "canteen_id": district.canteen, "from": "2026-11-19T04:03:00Z", "reason": "保全" });
    let hold = district.post("/api/v1/holds", hold, &regulator).await.json();
    let found = district.get(&preview, &admin).await.json();
    assert_eq!(found, json!({ "files": 2, "bytes": 2000, "held_files": 1, "violation_files": 0 }));
    let held = district.post("/api/v1/deletions", body.clone(), &admin).await;
    assert_eq!((held.status, held.error().as_str()), (StatusCode::CONFLICT, "footage_held"));
    let release = format!("/api/v1/holds/{}/release", hold["id"].as_str().unwrap());
    district.post(&release, json!({ "reason": "解除" }), &regulator).await;
    let ordered = district.post("/api/v1/deletions", body, &admin).await;
    assert_eq!(ordered.status, StatusCode::CREATED, "{:?}", ordered.body);
    let orders = district.get("/api/v1/deletions", &regulator).await.json();
    assert_eq!(
        (orders["orders"][0]["camera_name"].as_str(), orders["orders"][0]["done_at"].is_null()),
        (Some(NAME), true)
    );
}

#[tokio::test]
async fn receipts_and_proof_tell_what_went_and_that_the_rest_is_whole() {
    let district = demo().await;
    let (stream, volume) = footage(&district).await;
    let what = Deletable {
        stream,
        volume,
        range: TimeRange::new(at("2026-01-01T00:00:00Z"), district.clock.now()).unwrap(),
        begun_from: WallTime::from_micros(0),
        ended_by: at("2026-11-19T04:03:00Z"),
        violations_ended_by: WallTime::from_micros(0),
        cause: DeletionCause::Period,
        policy_version: 4,
        order: None,
        basis: "routine_days=30".into(),
        limit: 10,
    };
    district.store.delete_footage(&what, district.clock.now()).await.unwrap();
    let regulator = district.sign_in("regulator").await;
    let page = district.get("/api/v1/receipts", &regulator).await.json();
    let receipt = &page["receipts"][0];
    assert_eq!((receipt["files"].as_u64(), receipt["bytes"].as_u64()), (Some(3), Some(3000)));
    assert_eq!((receipt["cause"].as_str(), receipt["policy_version"].as_u64()), (Some("period"), Some(4)));
    assert_eq!(receipt["from"], "2026-11-19T04:00:00.000000Z");
    let proof = district.get(&format!("/api/v1/cameras/{}/footage-proof", district.camera), &regulator).await.json();
    assert_eq!(proof, json!({ "sound": 7, "deleted": 3, "is_whole": true }));
    let other = district.sign_in("other-regulator").await;
    assert_eq!(district.get("/api/v1/receipts", &other).await.json()["receipts"], json!([]));
    assert_eq!(district.get("/api/v1/receipts?cursor=x", &regulator).await.error(), "invalid_cursor");
}

#[tokio::test]
async fn everybody_signed_in_hears_that_the_disk_is_full_and_the_page_tells_the_rest() {
    let district = demo().await;
    footage(&district).await;
    let status = StorageStatus {
        host: "kitchen-1".into(),
        step: StorageStep::MainOnly,
        since: at("2026-11-21T01:00:00Z"),
        used_permille: 955,
        written_per_day_bytes: 50,
        shortens_at: None,
        floor_breaks_at: Some(at("2026-11-24T04:00:00Z")),
        checked_at: district.clock.now(),
    };
    district.store.set_storage_status(&status).await.unwrap();
    let manager = district.sign_in("manager").await;
    let note = district.get("/api/v1/system", &manager).await.json()["storage"].clone();
    assert_eq!((note["step"].as_str(), note["volumes_out"].as_u64()), (Some("main_only"), Some(1)));
    assert_eq!(note["floor_breaks_at"], "2026-11-24T04:00:00.000000Z");
    assert_eq!(district.get("/api/v1/storage", &manager).await.status, StatusCode::FORBIDDEN);
    let admin = district.sign_in("admin").await;
    let storage = district.get("/api/v1/storage", &admin).await.json();
    assert_eq!(storage["hosts"][0]["used_permille"], 955);
    assert_eq!(storage["volumes"][0]["state"], "read_only");
}

//! The public gate, and what the public reads.

use crate::support::{CODE, demo, district, get};
use axum::http::StatusCode;
use mingchu_domain::{role::Scope, violation::Verdict};
use mingchu_store::CameraCoverage;
use mingchu_web::Config;
use serde_json::json;

#[tokio::test]
async fn a_zone_with_pupils_is_never_marked_public() {
    let district = demo().await;
    let admin = district.sign_in("admin").await;
    let publish = json!({"is_public": true});
    let path = format!("/api/v1/cameras/{}", district.camera);
    assert_eq!(district.patch(&path, publish.clone(), &admin).await.json()["is_public"], true);
    let counter = district.patch(&format!("/api/v1/cameras/{}", district.counter), publish, &admin).await;
    assert_eq!((counter.status, counter.error().as_str()), (StatusCode::CONFLICT, "zone_never_public"));
    let moved = district.patch(&path, json!({"zone": "counter"}), &admin).await;
    assert_eq!((moved.status, moved.error().as_str()), (StatusCode::CONFLICT, "zone_never_public"));
    assert_eq!(moved.json()["error"]["field"], "zone");
}

#[tokio::test]
async fn a_camera_that_is_not_marked_public_or_of_another_canteen_is_not_shown() {
    let district = demo().await;
    let live = |id| format!("/api/v1/public/canteens/{CODE}/cameras/{id}/live");
    let unmarked = district.send(get(&live(district.camera))).await;
    assert_eq!((unmarked.status, unmarked.error().as_str()), (StatusCode::FORBIDDEN, "not_public"));
    let other = district.send(get(&live(district.other_camera))).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_public_reads_confirmed_facts_and_no_pictures() {
    let district = demo().await;
    district.publish(district.camera).await;
    let confirmed = district.violation(district.camera, district.canteen).await;
    district.violation(district.camera, district.canteen).await;
    let (person, _) = district.store.person_by_login("regulator").await.unwrap().unwrap();
    let now = crate::support::NOON.parse().unwrap();
    district.store.review(&Scope::All, confirmed, &person.reviewer(), Verdict::Confirm, now).await.unwrap();
    let coverage = CameraCoverage {
        camera_id: district.camera,
        observed_ms: 3_600_000,
        judged_ms: 2_700_000,
        cannot_judge_ms: 900_000,
    };
    district.store.add_coverage("2026-11-21T03:00:00Z".parse().unwrap(), &coverage).await.unwrap();
    let page = district.send(get(&format!("/api/v1/public/canteens/{CODE}"))).await;
    insta::assert_json_snapshot!("public_page", page.json(), { ".cameras[].id" => "[id]" });
    let text = String::from_utf8_lossy(&page.body).into_owned();
    for secret in ["rtsp", "snapshot", "violation", "licence"] {
        assert!(!text.contains(secret), "{secret} is in the public page");
    }
    let list = district.send(get("/api/v1/public/canteens")).await.json();
    assert_eq!(list["canteens"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_qr_code_is_a_picture_of_the_pages_address() {
    let district = demo().await;
    let answer = district.send(get(&format!("/api/v1/public/canteens/{CODE}/qr.svg"))).await;
    assert_eq!(answer.header("content-type"), "image/svg+xml");
    assert!(answer.body.starts_with(b"<?xml") && answer.body.len() > 1000);
    let unknown = district.send(get("/api/v1/public/canteens/00000000/qr.svg")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_address_that_asks_too_often_waits() {
    let district = district(Config { public_requests_per_minute: 10, is_demo: true, ..Config::default() }).await;
    let path = format!("/api/v1/public/canteens/{CODE}");
    for _ in 0..10 {
        assert_eq!(district.send(get(&path)).await.status, StatusCode::OK);
    }
    let answer = district.send(get(&path)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "60"));
}

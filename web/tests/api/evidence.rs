//! Pictures and clips: served whole or by range, never cached, and every viewing is in the audit trail.

use crate::support::{demo, get, with_cookie};
use axum::http::StatusCode;
use mingchu_domain::{
    id::{ClipId, ViolationId},
    time::{Clock as _, TimeRange},
    violation::EvidenceState,
};
use mingchu_store::{NewClip, PageKey};
use serde_json::json;
use std::time::Duration;

async fn audited(district: &crate::support::District, action: &str) -> usize {
    let page = district.store.audit(&PageKey::first(200)).await.unwrap();
    page.items.iter().filter(|row| row.entry.action == action).count()
}

async fn with_clip(district: &crate::support::District) -> ViolationId {
    let violation = district.violation(district.camera, district.canteen).await;
    let now = district.clock.now();
    let id = ClipId::generate();
    let object_key = format!("clip/{id}.mp4");
    let bytes: Vec<u8> = (0..=99).collect();
    district.store.objects().put(&object_key, bytes).await.unwrap();
    let clip = NewClip {
        id,
        range: TimeRange::new(now - Duration::from_secs(15), now).unwrap(),
        object_key,
        size_bytes: 100,
        sha256: "ab".repeat(32),
        frames: 150,
    };
    district.store.set_evidence(violation, EvidenceState::Ready, None, Some(&clip), now).await.unwrap();
    violation
}

#[tokio::test]
async fn a_clip_is_served_whole_and_by_range_and_its_viewing_is_recorded_once() {
    let district = demo().await;
    let violation = with_clip(&district).await;
    let cookie = district.sign_in("regulator").await;
    let path = format!("/api/v1/violations/{violation}/clip.mp4");
    let whole = district.get(&path, &cookie).await;
    assert_eq!((whole.status, whole.body.len(), whole.header("content-type")), (StatusCode::OK, 100, "video/mp4"));
    assert_eq!((whole.header("accept-ranges"), whole.header("cache-control")), ("bytes", "private, no-store"));
    assert_eq!(whole.header("content-encoding"), "", "a player needs the bytes as they are");
    let ranged = |range: &'static str| {
        let mut request = with_cookie(get(&path), &cookie);
        request.headers_mut().insert("range", range.parse().unwrap());
        request.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
        district.send(request)
    };
    let part = ranged("bytes=10-19").await;
    assert_eq!((part.status, part.header("content-range")), (StatusCode::PARTIAL_CONTENT, "bytes 10-19/100"));
    assert_eq!(&part.body[..], &(10..20).collect::<Vec<u8>>()[..]);
    let tail = ranged("bytes=95-").await;
    assert_eq!((tail.header("content-range"), tail.body.len()), ("bytes 95-99/100", 5));
    let outside = ranged("bytes=100-").await;
    assert_eq!((outside.status, outside.header("content-range")), (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */100"));
    assert_eq!(audited(&district, "clip.view").await, 1);
    let page = district.store.audit(&PageKey::first(1)).await.unwrap();
    let row = &page.items[0].entry;
    assert_eq!((row.action.as_str(), row.subject.clone()), ("clip.view", format!("violation:{violation}")));
    let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap();
    assert_eq!(detail, json!({"reason": "review", "office": "office of regulator"}));
    district.clock.advance(Duration::from_secs(301));
    district.get(&path, &cookie).await;
    assert_eq!(audited(&district, "clip.view").await, 2);
}

#[tokio::test]
async fn decision_frames_are_recorded_and_stay_in_their_county() {
    let district = demo().await;
    let violation = district.violation(district.camera, district.canteen).await;
    let frame = format!("/api/v1/violations/{violation}/frames/2.jpg");
    let snapshot = format!("/api/v1/violations/{violation}/snapshot.jpg");
    for login in ["other-regulator", "other-manager"] {
        let cookie = district.sign_in(login).await;
        for path in [&frame, &snapshot, &format!("/api/v1/violations/{violation}/clip.mp4")] {
            assert_eq!(district.get(path, &cookie).await.status, StatusCode::NOT_FOUND, "{login}");
        }
    }
    assert_eq!(audited(&district, "frame.view").await, 0);
    let cookie = district.sign_in("manager").await;
    let shown = district.get(&frame, &cookie).await;
    assert_eq!((shown.header("content-type"), &shown.body[..]), ("image/jpeg", &[2u8; 8][..]));
    district.get(&snapshot, &cookie).await;
    assert_eq!(audited(&district, "frame.view").await, 1);
    for wrong in ["0.jpg", "4.jpg", "2.png", "..%2f1.jpg"] {
        let path = format!("/api/v1/violations/{violation}/frames/{wrong}");
        assert_eq!(district.get(&path, &cookie).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    let clip = district.get(&format!("/api/v1/violations/{violation}/clip.mp4"), &cookie).await;
    assert_eq!(clip.status, StatusCode::NOT_FOUND, "the clip is still being cut");
}

#[tokio::test]
async fn a_violation_shows_its_evidence_and_its_basis() {
    let district = demo().await;
    let violation = with_clip(&district).await;
    let cookie = district.sign_in("regulator").await;
    let list = district.get("/api/v1/violations?state=to_review&limit=10", &cookie).await.json();
    assert_eq!(list["violations"].as_array().unwrap().len(), 1);
    let shown = district.get(&format!("/api/v1/violations/{violation}"), &cookie).await.json();
    assert_eq!(shown, list["violations"][0]);
    assert_eq!(shown["evidence"]["clip_url"], format!("/api/v1/violations/{violation}/clip.mp4"));
    assert_eq!(shown["evidence"]["size_bytes"], 100);
    assert_eq!(shown["rule"]["citations"][0]["article"], json!(null), "an unverified clause prints no number");
    let none = district.get("/api/v1/violations?state=dismissed", &cookie).await.json();
    assert_eq!(none, json!({"violations": [], "next": null}));
    let wrong = district.get("/api/v1/violations?cursor=nonsense", &cookie).await;
    assert_eq!((wrong.status, wrong.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid_cursor"));
    let wrong = district.get("/api/v1/violations?state=maybe", &cookie).await;
    assert_eq!((wrong.status, wrong.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid_query"));
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let district = demo().await;
    let mut added = Vec::new();
    for _ in 0..5 {
        added.push(district.violation(district.camera, district.canteen).await.to_string());
        district.clock.advance(Duration::from_secs(1));
    }
    added.reverse();
    let cookie = district.sign_in("regulator").await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = district.get(&format!("/api/v1/violations?limit=2{cursor}"), &cookie).await.json();
        let ids = page["violations"].as_array().unwrap().iter().map(|v| v["id"].as_str().unwrap().to_owned());
        seen.extend(ids);
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, added);
}

#[tokio::test]
async fn the_audit_trail_tells_who_did_what() {
    let district = demo().await;
    let violation = district.violation(district.camera, district.canteen).await;
    let regulator = district.sign_in("regulator").await;
    district.post(&format!("/api/v1/violations/{violation}/confirm"), json!({}), &regulator).await;
    let admin = district.sign_in("admin").await;
    let trail = district.get("/api/v1/audit", &admin).await.json();
    let actions: Vec<_> =
        trail["audit"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"violation.confirm") && actions.contains(&"session.begin"), "{actions:?}");
    assert_eq!(district.store.verify_audit().await.unwrap().first_broken, None);
}

//! Archived footage: the reason comes first, the ledger keeps it, and what is wrong is named.

use crate::support::{Answer, District, NOON, demo, get, with_cookie};
use axum::http::{Method, StatusCode, header};
use bytes::Bytes;
use mingchu_domain::{
    camera::GapCause,
    footage::FootageRefused,
    id::{ExportId, SegmentId, StreamId},
    media::StreamKind,
    role::Scope,
    time::{Clock, MediaTime, TimeRange, WallTime},
};
use mingchu_store::{ExportedFile, JobKind, PageKey, Segment};
use serde_json::{Value, json};
use std::time::Duration;

const VIEWS: &str = "/api/v1/footage-views";
const EXPORTS: &str = "/api/v1/footage-exports";
const FROM: &str = "2026-11-21T02:00:00Z";
const TO: &str = "2026-11-21T03:00:00Z";

fn at(text: &str) -> WallTime {
    text.parse().unwrap()
}

fn view(district: &District, purpose: &str) -> Value {
    json!({
        "camera_ids": [district.camera], "from": FROM, "to": TO, "purpose": purpose,
        "reason": { "code": "complaint", "text": "家长来电" }
    })
}

/// Makes an entry of the ledger and returns its id.
async fn opened(district: &District, purpose: &str, cookie: &str) -> String {
    let answer = district.post(VIEWS, view(district, purpose), cookie).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
    answer.json()["view_id"].as_str().unwrap().to_owned()
}

/// Asserts status and code, and the field that is at fault.
#[track_caller]
fn assert_refused(answer: &Answer, status: StatusCode, code: &str, field: Option<&str>) {
    let error = answer.json()["error"].clone();
    assert_eq!(
        (answer.status, error["code"].as_str(), error["field"].as_str()),
        (status, Some(code), field),
        "{error}"
    );
    assert!(error["message"].as_str().is_some_and(|message| message.len() > 10), "a remedy: {error}");
}

async fn main_stream(district: &District) -> StreamId {
    let camera = district.store.camera(&Scope::All, district.camera).await.unwrap();
    camera.streams.iter().find(|stream| stream.kind == StreamKind::Main).unwrap().id
}

/// Adds the row of a file of a minute.
async fn segment(district: &District, stream: StreamId, start: &str) -> SegmentId {
    let (id, start) = (SegmentId::generate(), at(start));
    let segment = Segment {
        id,
        stream_id: stream,
        range: TimeRange::new(start, start + Duration::from_secs(60)).unwrap(),
        first_90k: MediaTime(0),
        frames: 1500,
        size_bytes: 10,
        volume_id: None,
        path: format!("{id}.mp4"),
        sha256: "ab".repeat(32),
        chain: "cd".repeat(32),
        clock_offset_us: None,
        fault: None,
    };
    district.store.insert_segment(&segment).await.unwrap();
    id
}

#[tokio::test]
async fn who_looks_says_why_and_the_canteen_reads_it() {
    let district = demo().await;
    let (regulator, manager) = (district.sign_in("regulator").await, district.sign_in("manager").await);
    let id = opened(&district, "view", &regulator).await;
    let listed = district.get(&format!("{VIEWS}?canteen_id={}", district.canteen), &manager).await.json();
    let entry = &listed["views"][0];
    assert_eq!((entry["view_id"].as_str(), entry["login"].as_str()), (Some(id.as_str()), Some("regulator")));
    assert_eq!(entry["office"], "office of regulator");
    assert_eq!(entry["reason"], json!({ "code": "complaint", "text": "家长来电" }));
    assert_eq!(
        (&entry["from"], &entry["cameras"][0]["name"]),
        (&json!("2026-11-21T02:00:00.000000Z"), &json!("备餐间1号"))
    );
    let mine = district.get(&format!("{VIEWS}?person=me"), &manager).await.json();
    assert_eq!(mine["views"], json!([]), "the manager has looked at nothing");
    let foreign = district.sign_in("other-manager").await;
    assert_eq!(district.get(VIEWS, &foreign).await.json()["views"], json!([]), "another canteen's ledger");
    assert_eq!(district.get(&format!("{VIEWS}/{id}"), &manager).await.status, StatusCode::NOT_FOUND, "not their own");

    // the chained trail has the act, and no words that may name a person
    let rows = district.store.audit(&PageKey::first(10)).await.unwrap().items;
    let row = rows.iter().find(|row| row.entry.action == "footage.view").expect("the act is in the audit trail");
    assert!(row.entry.detail.to_string().contains("complaint") && !row.entry.detail.to_string().contains("家长来电"));
    for login in ["parent", "admin"] {
        let cookie = district.sign_in(login).await;
        assert_eq!(
            district.post(VIEWS, view(&district, "view"), &cookie).await.status,
            StatusCode::FORBIDDEN,
            "{login}"
        );
    }
}

#[tokio::test]
async fn an_entry_of_the_ledger_that_cannot_be_names_the_field() {
    let district = demo().await;
    let cookie = district.sign_in("regulator").await;
    let seventeen: Vec<_> = (0..17).map(|_| mingchu_domain::id::CameraId::generate()).collect();
    for (field, value, code, named) in [
        ("from", json!("2026-11-21T05:00:00Z"), "bad_range", "to"),
        ("to", json!(FROM), "bad_range", "to"),
        ("to", json!("2026-11-23T05:00:00Z"), "in_future", "to"),
        ("from", json!("2026-11-01T00:00:00Z"), "range_too_long", "to"),
        ("camera_ids", json!([]), "bad_cameras", "camera_ids"),
        ("camera_ids", json!([district.camera, district.camera]), "bad_cameras", "camera_ids"),
        ("camera_ids", json!(seventeen), "bad_cameras", "camera_ids"),
        ("reason", json!({ "code": "other" }), "bad_reason", "reason.text"),
        ("reason", json!({ "code": "other", "text": " x " }), "bad_reason", "reason.text"),
        ("reason", json!({ "code": "complaint", "text": "长".repeat(201) }), "bad_reason", "reason.text"),
    ] {
        let mut wrong = view(&district, "view");
        wrong[field] = value;
        assert_refused(
            &district.post(VIEWS, wrong, &cookie).await,
            StatusCode::UNPROCESSABLE_ENTITY,
            code,
            Some(named),
        );
    }
    let mut ahead = view(&district, "view");
    (ahead["from"], ahead["to"]) = (json!("2026-11-21T04:30:00Z"), json!("2026-11-21T05:00:00Z"));
    let answer = district.post(VIEWS, ahead, &cookie).await;
    assert_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "in_future", Some("from"));
    for (field, value) in
        [("purpose", json!("curiosity")), ("reason", json!({ "code": "none" })), ("from", json!("now"))]
    {
        let mut wrong = view(&district, "view");
        wrong[field] = value;
        let answer = district.post(VIEWS, wrong, &cookie).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid_body"));
    }
    let mut foreign = view(&district, "view");
    foreign["camera_ids"] = json!([district.camera, district.other_camera]);
    assert_eq!(district.post(VIEWS, foreign, &cookie).await.status, StatusCode::NOT_FOUND);
    assert_eq!(district.get(VIEWS, &cookie).await.json()["views"], json!([]), "nothing was written");
    assert_refused(
        &district.get(&format!("{VIEWS}?person=somebody"), &cookie).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "bad_person",
        Some("person"),
    );
}

#[tokio::test]
async fn a_time_that_cannot_be_told_names_the_field() {
    let district = demo().await;
    let cookie = district.sign_in("manager").await;
    let timeline = format!("/api/v1/cameras/{}/timeline", district.camera);
    for (query, code, field) in [
        ("from=2026-11-21T03:00:00Z&to=2026-11-21T03:00:00Z", "bad_range", "to"),
        ("from=2026-11-21T05:00:00Z&to=2026-11-21T06:00:00Z", "in_future", "from"),
        ("from=2026-10-01T00:00:00Z&to=2026-11-21T00:00:00Z", "range_too_long", "to"),
        ("resolution=86401", "bad_resolution", "resolution"),
    ] {
        let answer = district.get(&format!("{timeline}?{query}"), &cookie).await;
        assert_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, code, Some(field));
    }
    let days = format!("/api/v1/cameras/{}/days", district.camera);
    for (query, code, field) in [
        ("from=2026-11-20&to=2026-11-19", "bad_range", "to"),
        ("from=2026-08-01&to=2026-11-19", "range_too_long", "to"),
        ("from=2026-11-22&to=2026-11-23", "in_future", "from"),
        ("from=yesterday&to=2026-11-19", "bad_day", "from"),
        ("from=2026-11-19&to=2026-02-30", "bad_day", "to"),
    ] {
        let answer = district.get(&format!("{days}?{query}"), &cookie).await;
        assert_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, code, Some(field));
    }
    let foreign = format!("/api/v1/cameras/{}/days?from=2026-11-19&to=2026-11-20", district.other_camera);
    assert_eq!(district.get(&foreign, &cookie).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_timeline_and_its_days_tell_footage_gaps_and_nothing_twice() {
    let district = demo().await;
    let cookie = district.sign_in("regulator").await;
    let stream = main_stream(&district).await;
    for minute in ["02:00", "02:01", "02:03"] {
        segment(&district, stream, &format!("2026-11-21T{minute}:00Z")).await;
    }
    let gap = mingchu_store::Gap {
        id: mingchu_domain::id::GapId::generate(),
        stream_id: stream,
        started_at: at("2026-11-21T02:02:00Z"),
        ended_at: Some(at("2026-11-21T02:03:00Z")),
        cause: GapCause::NetworkLost,
        detail: "reset".into(),
    };
    district.store.insert_gap(&gap).await.unwrap();
    let path = format!("/api/v1/cameras/{}/timeline?from={FROM}&to=2026-11-21T02:04:00Z", district.camera);
    let told = district.get(&path, &cookie).await.json();
    let span = |from: &str, to: &str| json!({ "from": at(from), "to": at(to) });
    let (first, last) = (span(FROM, "2026-11-21T02:02:00Z"), span("2026-11-21T02:03:00Z", "2026-11-21T02:04:00Z"));
    assert_eq!(told["spans"], json!([first, last]));
    assert_eq!((&told["gaps"][0]["cause"], &told["gaps"][0]["missing_s"]), (&json!("network_lost"), &json!(60.0)));
    assert_eq!(told["gaps"].as_array().unwrap().len(), 1);
    let coarse = district.get(&format!("{path}&resolution=3600"), &cookie).await.json();
    assert_eq!(coarse["gaps"].as_array().unwrap().len(), 1, "no gap is lost: {coarse}");
    let days = format!("/api/v1/cameras/{}/days?from=2026-11-20&to=2026-11-21", district.camera);
    let days = district.get(&days, &cookie).await.json();
    assert_eq!((&days["days"][1]["date"], &days["days"][1]["footage_s"]), (&json!("2026-11-21"), &json!(180.0)));
    assert_eq!(days["days"][0]["footage_s"], 0.0, "before its service began: {days}");
}

#[tokio::test]
async fn footage_is_shown_only_within_a_good_entry_of_ones_own() {
    let district = demo().await;
    let (regulator, manager) = (district.sign_in("regulator").await, district.sign_in("manager").await);
    let view = opened(&district, "view", &regulator).await;
    let of = |camera| format!("{VIEWS}/{view}/cameras/{camera}");
    let base = of(district.camera);
    let playlist = district.get(&format!("{base}/index.m3u8?from={FROM}&to={TO}"), &regulator).await;
    assert_eq!(playlist.status, StatusCode::OK, "{:?}", playlist.body);
    assert_eq!(playlist.header("content-type"), "application/vnd.apple.mpegurl");
    assert_eq!((playlist.header("cache-control"), playlist.header("x-codecs")), ("private, no-store", "avc1.64001f"));
    assert_eq!(district.footage.asked.lock().unwrap().as_slice(), [TimeRange::new(at(FROM), at(TO)).unwrap()]);
    let still = district.get(&format!("{base}/still.jpg?at={FROM}&width=160"), &regulator).await;
    assert_eq!((still.status, still.header("x-picture-at")), (StatusCode::OK, "2026-11-21T02:00:00.000000Z"));

    for path in [format!("{base}/index.m3u8"), format!("{base}/still.jpg?at={FROM}")] {
        assert_eq!(district.get(&path, &manager).await.status, StatusCode::NOT_FOUND, "another person's entry: {path}");
        assert_eq!(district.get(&path, "").await.status, StatusCode::UNAUTHORIZED);
    }
    let not_named = district.get(&format!("{}/index.m3u8", of(district.counter)), &regulator).await;
    assert_eq!(not_named.status, StatusCode::NOT_FOUND, "a camera that the entry does not name");
    for (query, code, field) in [
        ("index.m3u8?from=2026-11-21T01:59:00Z", "outside_view", "from"),
        ("index.m3u8?to=2026-11-21T03:00:01Z", "outside_view", "to"),
        ("index.m3u8?from=2026-11-21T02:30:00Z&to=2026-11-21T02:10:00Z", "bad_range", "to"),
        ("still.jpg?at=2026-11-21T03:00:01Z", "outside_view", "at"),
        ("still.jpg?at=2026-11-21T02:10:00Z&width=1921", "bad_width", "width"),
    ] {
        let answer = district.get(&format!("{base}/{query}"), &regulator).await;
        assert_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, code, Some(field));
    }
    district.clock.advance(Duration::from_secs(2 * 3600));
    assert_refused(
        &district.get(&format!("{base}/index.m3u8"), &regulator).await,
        StatusCode::GONE,
        "view_expired",
        None,
    );
}

#[tokio::test]
async fn a_playlist_of_a_long_view_is_asked_for_in_parts() {
    let district = demo().await;
    let cookie = district.sign_in("regulator").await;
    let mut long = view(&district, "view");
    long["from"] = json!("2026-11-20T02:00:00Z");
    let view = district.post(VIEWS, long, &cookie).await.json()["view_id"].as_str().unwrap().to_owned();
    let path = format!("{VIEWS}/{view}/cameras/{}/index.m3u8", district.camera);
    assert_refused(&district.get(&path, &cookie).await, StatusCode::UNPROCESSABLE_ENTITY, "range_too_long", Some("to"));
}

#[tokio::test]
async fn why_there_is_no_footage_is_told_by_status_and_code() {
    let district = demo().await;
    let cookie = district.sign_in("regulator").await;
    let view = opened(&district, "view", &cookie).await;
    let base = format!("{VIEWS}/{view}/cameras/{}", district.camera);
    let noon = at(NOON);
    for (refusal, status, code) in [
        (FootageRefused::NoFootage("then".into()), StatusCode::NOT_FOUND, "no_footage"),
        (FootageRefused::FileMissing(noon), StatusCode::GONE, "file_missing"),
        (FootageRefused::FileDamaged(noon), StatusCode::GONE, "file_damaged"),
        (FootageRefused::NoGateway, StatusCode::SERVICE_UNAVAILABLE, "no_gateway"),
        (FootageRefused::DiskAway, StatusCode::SERVICE_UNAVAILABLE, "disk_away"),
        (FootageRefused::Busy, StatusCode::SERVICE_UNAVAILABLE, "busy"),
        (FootageRefused::NotDecodable("no decoder".into()), StatusCode::CONFLICT, "not_decodable"),
    ] {
        *district.footage.refuses.lock().unwrap() = Some(refusal);
        for file in ["index.m3u8".to_owned(), format!("still.jpg?at={FROM}")] {
            assert_refused(&district.get(&format!("{base}/{file}"), &cookie).await, status, code, None);
        }
    }
    let busy = Some(FootageRefused::Busy);
    *district.footage.refuses.lock().unwrap() = busy;
    assert_eq!(district.get(&format!("{base}/still.jpg?at={FROM}"), &cookie).await.header("retry-after"), "1");
    // what failed inside is logged, not shown
    *district.footage.refuses.lock().unwrap() = Some(FootageRefused::Failed("/var/secret: I/O error".into()));
    let failed = district.get(&format!("{base}/index.m3u8"), &cookie).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!String::from_utf8_lossy(&failed.body).contains("secret"));
}

#[tokio::test]
async fn a_file_is_served_by_range_and_only_to_a_view_that_it_touches() {
    let district = demo().await;
    let cookie = district.sign_in("regulator").await;
    let stream = main_stream(&district).await;
    let (inside, outside) = (
        segment(&district, stream, "2026-11-21T02:30:00Z").await,
        segment(&district, stream, "2026-11-21T03:00:00Z").await,
    );
    let counter = district.store.camera(&Scope::All, district.counter).await.unwrap().streams[0].id;
    let other_camera = segment(&district, counter, "2026-11-21T02:30:00Z").await;
    let view = opened(&district, "view", &cookie).await;
    let path = |file: &str| format!("{VIEWS}/{view}/cameras/{}/segments/{file}", district.camera);
    let ask = async |file: &str, range: &'static str| {
        let mut request = with_cookie(get(&path(file)), &cookie);
        request.headers_mut().insert(header::RANGE, range.parse().unwrap());
        district.send(request).await
    };
    let name = format!("{inside}.mp4");
    let part = ask(&name, "bytes=2-4").await;
    assert_eq!((part.status, &part.body[..]), (StatusCode::PARTIAL_CONTENT, &b"234"[..]));
    assert_eq!((part.header("content-range"), part.header("cache-control")), ("bytes 2-4/10", "private, no-store"));
    assert_eq!(district.get(&path(&name), &cookie).await.body, Bytes::from_static(b"0123456789"));
    assert_eq!(ask(&name, "bytes=10-").await.status, StatusCode::RANGE_NOT_SATISFIABLE);
    for file in [format!("{outside}.mp4"), format!("{other_camera}.mp4"), format!("{inside}.ts"), "x.mp4".to_owned()] {
        assert_eq!(district.get(&path(&file), &cookie).await.status, StatusCode::NOT_FOUND, "{file}");
    }
    *district.footage.refuses.lock().unwrap() = Some(FootageRefused::FileDamaged(at(FROM)));
    assert_refused(&ask(&name, "bytes=0-3").await, StatusCode::GONE, "file_damaged", None);
}

fn export(district: &District, view: &str, from: &str, to: &str) -> Value {
    json!({ "view_id": view, "camera_id": district.camera, "from": from, "to": to })
}

#[tokio::test]
async fn an_export_that_cannot_be_names_the_field() {
    let district = demo().await;
    let cookie = district.sign_in("regulator").await;
    let looking = opened(&district, "view", &cookie).await;
    let answer = district.post(EXPORTS, export(&district, &looking, FROM, TO), &cookie).await;
    assert_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, "view_only", Some("view_id"));
    let mut day = view(&district, "export");
    (day["from"], day["to"]) = (json!("2026-11-20T12:00:00Z"), json!("2026-11-21T12:00:00Z"));
    let day = district.post(VIEWS, day, &cookie).await.json()["view_id"].as_str().unwrap().to_owned();
    for (from, to, code, field) in [
        ("2026-11-20T11:59:59Z", TO, "outside_view", "from"),
        (FROM, "2026-11-21T12:00:01Z", "outside_view", "to"),
        (TO, FROM, "bad_range", "to"),
        (FROM, FROM, "bad_range", "to"),
        ("2026-11-21T03:30:00Z", "2026-11-21T04:00:01Z", "in_future", "to"),
        ("2026-11-20T20:00:00Z", "2026-11-20T22:00:01Z", "range_too_long", "to"),
    ] {
        let answer = district.post(EXPORTS, export(&district, &day, from, to), &cookie).await;
        assert_refused(&answer, StatusCode::UNPROCESSABLE_ENTITY, code, Some(field));
    }
    let mut other = export(&district, &day, FROM, TO);
    other["camera_id"] = json!(district.counter);
    assert_eq!(district.post(EXPORTS, other, &cookie).await.status, StatusCode::NOT_FOUND, "not of the entry");
    for _ in 0..4 {
        // across whatever gaps there are: they stay as long as they were
        assert_eq!(
            district.post(EXPORTS, export(&district, &day, FROM, TO), &cookie).await.status,
            StatusCode::CREATED
        );
    }
    let fifth = district.post(EXPORTS, export(&district, &day, FROM, TO), &cookie).await;
    assert_refused(&fifth, StatusCode::TOO_MANY_REQUESTS, "too_many_exports", None);
    let list = district.get(EXPORTS, &cookie).await.json();
    assert_eq!(list["exports"].as_array().unwrap().len(), 4);
    assert_eq!(list["exports"][0]["state"], "queued");
}

#[tokio::test]
async fn an_export_is_fetched_by_who_asked_until_it_expires() {
    let district = demo().await;
    let (cookie, manager) = (district.sign_in("regulator").await, district.sign_in("manager").await);
    let view = opened(&district, "export", &cookie).await;
    let asked = district.post(EXPORTS, export(&district, &view, FROM, TO), &cookie).await.json();
    let id: ExportId = asked["export_id"].as_str().unwrap().parse().unwrap();
    let path = format!("{EXPORTS}/{id}");
    let early = district.get(&format!("{path}/file"), &cookie).await;
    assert_refused(&early, StatusCode::CONFLICT, "not_ready", None);
    let jobs = district.store.claim(&[JobKind::FootageExport], district.clock.now(), Duration::from_secs(60)).await;
    assert_eq!(jobs.unwrap().len(), 1, "the gateway finds the work");

    let key = format!("export/{id}.mp4");
    district.store.objects().put(&key, Bytes::from_static(b"an exported file")).await.unwrap();
    let file = ExportedFile {
        object_key: key,
        size_bytes: 16,
        sha256: "ef".repeat(32),
        frames: 2,
        first_picture_at: at(FROM),
        last_picture_at: at(FROM),
    };
    let kept = district.clock.now() + Duration::from_secs(3600);
    assert!(district.store.export_ready(id, &file, kept).await.unwrap());
    let told = district.get(&path, &cookie).await.json();
    assert_eq!((&told["state"], &told["frames"], &told["progress"]), (&json!("ready"), &json!(2), &json!(1.0)));
    let got = district.get(&format!("{path}/file"), &cookie).await;
    assert_eq!((got.status, &got.body[..]), (StatusCode::OK, &b"an exported file"[..]));
    assert!(got.header("content-disposition").starts_with("attachment; filename="), "{:?}", got.headers);
    let rows = district.store.audit(&PageKey::first(20)).await.unwrap().items;
    assert_eq!(rows.iter().filter(|row| row.entry.action == "footage.download").count(), 1);
    for path in [path.clone(), format!("{path}/file")] {
        assert_eq!(district.get(&path, &manager).await.status, StatusCode::NOT_FOUND, "another person's export");
    }
    district.clock.advance(Duration::from_secs(3601));
    assert_refused(&district.get(&format!("{path}/file"), &cookie).await, StatusCode::GONE, "expired", None);

    let mut delete = with_cookie(get(&path), &cookie);
    *delete.method_mut() = Method::DELETE;
    assert_eq!(district.send(delete).await.status, StatusCode::NO_CONTENT);
    assert_eq!(district.get(&path, &cookie).await.status, StatusCode::NOT_FOUND);
    assert!(district.store.objects().get(&file.object_key).await.is_err(), "its bytes are gone too");
}

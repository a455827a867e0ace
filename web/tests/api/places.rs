//! Canteens, cameras, timelines, coverage, system: shapes and scope.

use crate::support::{demo, get};
use axum::http::{Method, StatusCode};
use mingchu_domain::{
    camera::GapCause,
    live::{ProbeFailed, ProbeReport},
    media::Codec,
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_regulator_sees_their_county_only() {
    let district = demo().await;
    let cookie = district.sign_in("regulator").await;
    let canteens = district.get("/api/v1/canteens", &cookie).await.json();
    insta::assert_json_snapshot!("canteens", canteens, {
        ".canteens[].id" => "[id]", ".canteens[].area_id" => "[id]"
    });
    let areas = district.get("/api/v1/areas", &cookie).await.json();
    assert_eq!(areas["areas"].as_array().unwrap().len(), 1);
    let cameras = district.get("/api/v1/cameras", &cookie).await.json();
    insta::assert_json_snapshot!("cameras", cameras, {
        ".cameras[].id" => "[id]", ".cameras[].canteen_id" => "[id]", ".cameras[].*.id" => "[id]"
    });
}

#[tokio::test]
async fn what_lies_in_another_county_does_not_exist() {
    let district = demo().await;
    for login in ["regulator", "manager"] {
        let cookie = district.sign_in(login).await;
        let (canteen, camera) = (district.other_canteen, district.other_camera);
        for path in [
            format!("/api/v1/canteens/{canteen}"),
            format!("/api/v1/cameras/{camera}"),
            format!("/api/v1/cameras/{camera}/timeline"),
            format!("/api/v1/cameras/{camera}/still.jpg"),
            "/api/v1/cameras/none".to_owned(),
        ] {
            let answer = district.get(&path, &cookie).await;
            assert_eq!(
                (answer.status, answer.error().as_str()),
                (StatusCode::NOT_FOUND, "not_found"),
                "{login} {path}"
            );
        }
        let list = district.get(&format!("/api/v1/cameras?canteen_id={canteen}"), &cookie).await.json();
        assert_eq!(list["cameras"], json!([]));
    }
}

#[tokio::test]
async fn the_system_says_that_nothing_is_judged_and_why() {
    let district = demo().await;
    let cookie = district.sign_in("parent").await;
    let system = district.get("/api/v1/system", &cookie).await.json();
    insta::assert_json_snapshot!("system", system, { ".database" => "[database]", ".version" => "[version]" });
}

fn camera(district: &crate::support::District, main_url: &str) -> Value {
    json!({
        "canteen_id": district.canteen, "name": "留样间", "zone": "sample", "main_url": main_url,
        "sub_url": null, "username": null, "password": null
    })
}

#[tokio::test]
async fn a_camera_is_added_without_its_password_in_the_address() {
    let district = demo().await;
    let admin = district.sign_in("admin").await;
    let new = camera(&district, "rtsp://viewer:s3cret@10.0.0.7/main");
    let added = district.post("/api/v1/cameras", new, &admin).await;
    assert_eq!(added.status, StatusCode::CREATED, "{:?}", added.body);
    assert!(!String::from_utf8_lossy(&added.body).contains("s3cret"));
    let sources = district.store.streams_to_pull().await.unwrap();
    let source = sources.iter().find(|source| source.url == "rtsp://10.0.0.7/main").unwrap();
    assert_eq!(source.username.as_deref(), Some("viewer"));
    let id = added.json()["id"].as_str().unwrap().to_owned();
    let mut request = crate::support::with_cookie(get(&format!("/api/v1/cameras/{id}")), &admin);
    *request.method_mut() = Method::DELETE;
    assert_eq!(district.send(request).await.status, StatusCode::NO_CONTENT);
    assert_eq!(district.get(&format!("/api/v1/cameras/{id}"), &admin).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_bad_camera_names_the_field_and_the_remedy() {
    let district = demo().await;
    let admin = district.sign_in("admin").await;
    let refused = district.post("/api/v1/cameras", camera(&district, "http://10.0.0.7/"), &admin).await;
    insta::assert_json_snapshot!("camera_refused", refused.json());
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut nameless = camera(&district, "rtsp://10.0.0.7/");
    nameless["name"] = json!(" ");
    let refused = district.post("/api/v1/cameras", nameless, &admin).await;
    assert_eq!((refused.status, &refused.json()["error"]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("name")));
    let mut unknown_zone = camera(&district, "rtsp://10.0.0.7/");
    unknown_zone["zone"] = json!("changing_room");
    let refused = district.post("/api/v1/cameras", unknown_zone, &admin).await;
    assert_eq!((refused.status, refused.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid_body"));
}

#[tokio::test]
async fn a_probe_tells_what_the_camera_sends_or_what_to_do() {
    let district = demo().await;
    let admin = district.sign_in("admin").await;
    let ask = json!({"url": "rtsp://viewer:s3cret@10.0.0.7/main"});
    *district.live.probe.lock().unwrap() =
        Some(Ok(ProbeReport { codec: Codec::H265, codec_string: "hvc1.1.6.L93.B0".into(), width: 1920, height: 1080 }));
    let report = district.post("/api/v1/cameras/probe", ask.clone(), &admin).await.json();
    assert_eq!((&report["codec"], &report["is_playable"]), (&json!("h265"), &json!(false)));
    assert_eq!(district.live.probed.lock().unwrap()[0].password.as_deref(), Some("s3cret"));
    *district.live.probe.lock().unwrap() = Some(Err(ProbeFailed {
        cause: GapCause::WrongPassword,
        message: "the camera refuses the name or password; check both".into(),
    }));
    let failed = district.post("/api/v1/cameras/probe", ask, &admin).await;
    assert_eq!(failed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((failed.error().as_str(), &failed.json()["error"]["field"]), ("wrong_password", &json!("password")));
}

#[tokio::test]
async fn a_timeline_has_gaps_with_their_cause() {
    let district = demo().await;
    let cookie = district.sign_in("manager").await;
    let scope = mingchu_domain::role::Scope::All;
    let camera = district.store.camera(&scope, district.camera).await.unwrap();
    let at = "2026-11-21T03:00:00Z".parse().unwrap();
    let gap = mingchu_store::Gap {
        id: mingchu_domain::id::GapId::generate(),
        stream_id: camera.streams[0].id,
        started_at: at,
        ended_at: None,
        cause: GapCause::CameraOffline,
        detail: "closed by the camera".to_owned(),
    };
    district.store.insert_gap(&gap).await.unwrap();
    let path = format!("/api/v1/cameras/{}/timeline", district.camera);
    let timeline = district.get(&path, &cookie).await.json();
    insta::assert_json_snapshot!("timeline", timeline);
    let reversed = district.get(&format!("{path}?from=2026-11-21T03:00:00Z&to=2026-11-20T03:00:00Z"), &cookie).await;
    assert_eq!((reversed.status, reversed.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "bad_range"));
    let nonsense = district.get(&format!("{path}?from=yesterday"), &cookie).await;
    assert_eq!((nonsense.status, nonsense.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid_query"));
}

#[tokio::test]
async fn the_server_is_ready_when_database_and_storage_are() {
    let district = demo().await;
    let ready = district.send(get("/readyz")).await;
    assert_eq!((ready.status, &ready.body[..]), (StatusCode::OK, &b"database ok\nstorage ok\n"[..]));
    assert_eq!(district.send(get("/healthz")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_address_of_the_api_is_no_page() {
    let district = demo().await;
    let answer = district.send(get("/api/v1/none")).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::NOT_FOUND, "not_found"));
    let parents = district.send(get("/assets/none.js")).await;
    assert_eq!(parents.status, StatusCode::NOT_FOUND);
}

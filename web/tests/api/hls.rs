//! Live pictures by plain HTTP: tickets, playlists, parts, and the public gate before each of them.

use crate::support::{Answer, CODE, District, demo, district, get, with_cookie};
use axum::http::StatusCode;
use bytes::Bytes;
use mingchu_domain::{camera::GapCause, live::LiveUnit, time::Clock as _};
use mingchu_web::Config;
use serde_json::json;
use std::time::Duration;

fn init() -> LiveUnit {
    let (codec_string, data) = ("avc1.640028".into(), Bytes::from_static(b"moov"));
    LiveUnit::Init { codec_string, width: 960, height: 540, data }
}

/// Ten pictures a second, the first and each twentieth a key picture.
fn fragment(number: i64) -> LiveUnit {
    LiveUnit::Fragment { data: Bytes::from(format!("{number},")), is_key: number % 20 == 0, pts_90k: number * 9_000 }
}

fn play(district: &District, pictures: i64) {
    let units = std::iter::once(init()).chain((0..pictures).map(fragment));
    *district.live.script.lock().unwrap() = units.collect();
}

async fn address(district: &District, login: &str) -> String {
    let cookie = district.sign_in(login).await;
    let path = format!("/api/v1/cameras/{}/live-address", district.camera);
    let answer = district.send(with_cookie(get(&path), &cookie)).await.json();
    answer["playlist"].as_str().unwrap().to_owned()
}

async fn fetch(district: &District, playlist: &str, name: &str) -> Answer {
    district.send(get(&playlist.replace("index.m3u8", name))).await
}

fn text(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    String::from_utf8(answer.body.to_vec()).unwrap()
}

/// Number of the first segment.
fn first(playlist: &str) -> u64 {
    let line = playlist.lines().find_map(|line| line.strip_prefix("#EXT-X-MEDIA-SEQUENCE:"));
    line.unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_playlist_and_all_it_names_can_be_fetched_and_cached() {
    let district = demo().await;
    play(&district, 45);
    let playlist = address(&district, "regulator").await;
    let answer = fetch(&district, &playlist, "index.m3u8").await;
    let list = text(&answer);
    assert_eq!(answer.header("content-type"), "application/vnd.apple.mpegurl");
    assert_eq!(answer.header("cache-control"), "public, max-age=1");
    let number = first(&list);
    let segment = fetch(&district, &playlist, &format!("seg-{number}.m4s")).await;
    assert_eq!(segment.header("cache-control"), "public, max-age=3600, immutable");
    let pictures = |from: i64, until: i64| (from..until).map(|number| format!("{number},")).collect::<String>();
    assert_eq!(text(&segment), pictures(0, 20));
    let (mut parts, mut names) = (String::new(), 0);
    for line in list.lines() {
        let Some(name) = line.split("URI=\"").nth(1).and_then(|rest| rest.split('"').next()) else { continue };
        if line.starts_with("#EXT-X-PRELOAD-HINT") {
            continue;
        }
        let got = text(&fetch(&district, &playlist, name).await);
        if line.starts_with("#EXT-X-MAP") {
            assert_eq!(got, "moov");
        } else {
            parts.push_str(&got);
            names += 1;
        }
    }
    assert_eq!((parts, names), (pictures(0, 44), 22));
}

#[tokio::test]
async fn a_reload_waits_for_the_part_it_names() {
    let district = demo().await;
    play(&district, 5);
    let playlist = address(&district, "manager").await;
    let number = first(&text(&fetch(&district, &playlist, "index.m3u8").await));
    let waiting = fetch(&district, &playlist, "index.m3u8");
    let sender = district.live.open.lock().unwrap()[0].clone();
    let blocked = async {
        let name = format!("index.m3u8?_HLS_msn={number}&_HLS_part=3&_HLS_skip=YES");
        fetch(&district, &playlist, &name).await
    };
    let hinted = async { fetch(&district, &playlist, &format!("part-{number}-2.m4s")).await };
    let send = async {
        assert!(!text(&waiting.await).contains(&format!("part-{number}-2.m4s\",")));
        for next in 5..8 {
            sender.send(fragment(next)).await.unwrap();
        }
    };
    let (blocked, hinted, ()) = tokio::join!(blocked, hinted, send);
    assert!(text(&blocked).contains(&format!("URI=\"part-{number}-3.m4s\"")), "{:?}", blocked.body);
    assert_eq!(blocked.header("cache-control"), "public, max-age=10");
    assert_eq!(text(&hinted), "4,5,");
}

#[tokio::test]
async fn what_cannot_come_is_refused_at_once() {
    let district = demo().await;
    play(&district, 25);
    let playlist = address(&district, "regulator").await;
    let number = first(&text(&fetch(&district, &playlist, "index.m3u8").await));
    for (name, status, code) in [
        (format!("index.m3u8?_HLS_msn={}", number + 9), StatusCode::BAD_REQUEST, "too_far"),
        ("index.m3u8?_HLS_part=1".to_owned(), StatusCode::BAD_REQUEST, "invalid_query"),
        ("index.m3u8?_HLS_msn=x".to_owned(), StatusCode::UNPROCESSABLE_ENTITY, "invalid_query"),
        (format!("seg-{}.m4s", number - 1), StatusCode::NOT_FOUND, "not_found"),
        (format!("part-{number}-99.m4s"), StatusCode::NOT_FOUND, "not_found"),
        ("secret.txt".to_owned(), StatusCode::NOT_FOUND, "not_found"),
    ] {
        let answer = fetch(&district, &playlist, &name).await;
        assert_eq!((answer.status, answer.error().as_str()), (status, code), "{name}");
        assert_eq!(answer.header("cache-control"), "no-store", "{name}");
    }
}

#[tokio::test]
async fn a_ticket_is_of_one_stream_and_ends() {
    let district = demo().await;
    play(&district, 5);
    let playlist = address(&district, "regulator").await;
    let foreign = playlist.replace(&district.camera.to_string(), &district.other_camera.to_string());
    let public = playlist.replace("/staff/", "/public/");
    for path in [&foreign, &public, &playlist.replace("/live/", "/live/x")] {
        let answer = district.send(get(path)).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "ticket_unknown"), "{path}");
    }
    let asked = |path: &str| {
        let mut request = get("/live-ticket");
        request.headers_mut().insert("x-original-uri", path.parse().unwrap());
        request
    };
    assert_eq!(district.send(asked(&format!("{playlist}?_HLS_msn=1"))).await.status, StatusCode::NO_CONTENT);
    assert_eq!(district.send(asked(&foreign)).await.error(), "ticket_unknown");
    district.clock.set(district.clock.now() + Duration::from_secs(601));
    assert_eq!(district.send(get(&playlist)).await.error(), "ticket_expired");
    assert_eq!(district.send(asked(&playlist)).await.error(), "ticket_expired");
}

#[tokio::test]
async fn only_those_who_may_watch_get_an_address() {
    let district = demo().await;
    let cookie = district.sign_in("other-regulator").await;
    let path = format!("/api/v1/cameras/{}/live-address", district.camera);
    assert_eq!(district.send(with_cookie(get(&path), &cookie)).await.status, StatusCode::NOT_FOUND);
    let public = format!("/api/v1/public/canteens/{CODE}/cameras/{}/live-address", district.camera);
    let refused = district.send(get(&public)).await;
    assert_eq!((refused.status, refused.error().as_str()), (StatusCode::FORBIDDEN, "not_public"));
}

#[tokio::test]
async fn the_public_gate_is_asked_again_while_people_watch() {
    let district = district(Config { is_demo: true, live_check: Duration::ZERO, ..Config::default() }).await;
    let admin = district.sign_in("admin").await;
    let camera = format!("/api/v1/cameras/{}", district.camera);
    district.publish(district.camera).await;
    let public = format!("/api/v1/public/canteens/{CODE}/cameras/{}/live-address", district.camera);
    let playlist = district.send(get(&public)).await.json()["playlist"].as_str().unwrap().to_owned();
    let send = async {
        let opened = || district.live.public.open.lock().unwrap().first().cloned();
        let sender = loop {
            if let Some(sender) = opened() {
                break sender;
            }
            tokio::task::yield_now().await;
        };
        for number in 0..5 {
            sender.send(fragment(number)).await.unwrap();
        }
    };
    let (list, ()) = tokio::join!(fetch(&district, &playlist, "index.m3u8"), send);
    let number = first(&text(&list));
    assert_eq!(text(&fetch(&district, &playlist, &format!("init-{number}.mp4")).await), "treated");
    assert!(district.live.open.lock().unwrap().is_empty(), "the camera's own stream is not opened for the public");
    let part = format!("part-{number}-0.m4s");
    text(&fetch(&district, &playlist, &part).await);
    district.patch(&camera, json!({"is_public": false}), &admin).await;
    for name in ["index.m3u8", part.as_str(), "index.m3u8"] {
        let answer = fetch(&district, &playlist, name).await;
        assert_ne!(answer.status, StatusCode::OK, "{name}");
    }
}

#[tokio::test]
async fn a_lost_camera_says_since_when() {
    let district = demo().await;
    let lost = LiveUnit::Lost {
        cause: GapCause::CameraOffline,
        detail: "closed".into(),
        since: crate::support::NOON.parse().unwrap(),
    };
    *district.live.script.lock().unwrap() = vec![lost];
    let playlist = address(&district, "regulator").await;
    let answer = fetch(&district, &playlist, "index.m3u8").await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "no_pictures"));
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("offline since 2026-11-21T04:00:00"));
    assert_eq!(answer.header("retry-after"), "2");
    let error = &answer.json()["error"];
    assert_eq!((&error["cause"], &error["since"]), (&json!("camera_offline"), &json!("2026-11-21T04:00:00.000000Z")));
}

#[tokio::test]
async fn a_stream_nobody_pulls_says_so() {
    let district = demo().await;
    let playlist = address(&district, "regulator").await;
    let answer = fetch(&district, &playlist, "index.m3u8").await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not_pulled"));
}

#[tokio::test]
async fn a_picture_of_now_is_for_those_who_may_watch_and_says_when_it_was_taken() {
    let district = demo().await;
    let path = format!("/api/v1/cameras/{}/live.jpg", district.camera);
    let manager = district.sign_in("manager").await;
    let none = district.send(with_cookie(get(&path), &manager)).await;
    assert_eq!((none.status, none.error().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not_pulled"));
    play(&district, 1);
    let picture = district.send(with_cookie(get(&path), &manager)).await;
    assert_eq!(text(&picture), "jpeg");
    assert_eq!(
        ["content-type", "x-picture-at", "cache-control"].map(|name| picture.header(name)),
        ["image/jpeg", "2026-11-21T04:00:00.000000Z", "no-store"]
    );
    let (cause, since) = (GapCause::NetworkLost, crate::support::NOON.parse().unwrap());
    *district.live.script.lock().unwrap() = vec![LiveUnit::Lost { cause, detail: "no answer".into(), since }];
    let lost = district.send(with_cookie(get(&path), &manager)).await.json();
    assert_eq!((&lost["error"]["code"], &lost["error"]["cause"]), (&json!("no_pictures"), &json!("network_lost")));
    let other = district.sign_in("other-regulator").await;
    assert_eq!(district.send(with_cookie(get(&path), &other)).await.status, StatusCode::NOT_FOUND);
}

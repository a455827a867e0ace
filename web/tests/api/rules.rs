//! Rules, mutes, zones, bins and what canteens say of themselves.

use crate::support::{Answer, District, demo, json, with_cookie};
use axum::http::{Method, Request, StatusCode, header};
use mingchu_domain::{
    role::Scope,
    rule::{RuleCode, WhyNot},
    time::Clock,
    violation::{DismissReason, Observation, Verdict},
};
use mingchu_store::{PageKey, Tally};
use serde_json::{Value, json};
use std::time::Duration;

async fn put(d: &District, path: &str, body: Value, cookie: &str) -> Answer {
    d.send(with_cookie(json(Method::PUT, path, &body), cookie)).await
}

/// The rules as an edit of themselves.
async fn as_edit(d: &District, cookie: &str) -> Value {
    let rules = d.get("/api/v1/rules", cookie).await.json();
    json!({
        "version": rules["version"], "service_hours": rules["service_hours"],
        "rules": rules["rules"], "provinces": rules["provinces"],
    })
}

#[tokio::test]
async fn an_edited_rule_becomes_a_version_and_old_violations_keep_theirs() {
    let d = demo().await;
    let cookie = d.sign_in("regulator").await;
    let violation = d.violation(d.camera, d.canteen).await;
    let judged_by = d.get(&format!("/api/v1/violations/{violation}"), &cookie).await.json()["rule"]["pack"].clone();
    let mut edit = as_edit(&d, &cookie).await;
    let old = edit.clone();
    edit["rules"][1]["min_head_px"] = json!(60);
    let answer = put(&d, "/api/v1/rules", edit, &cookie).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    let saved = answer.json();
    assert_eq!(saved["version"].as_u64(), old["version"].as_u64().map(|version| version + 1));
    assert_eq!(
        (&saved["rules"][1]["min_head_px"], &saved["versions"][0]["by"]),
        (&json!(60), &json!("office of regulator"))
    );
    let kept = d.get(&format!("/api/v1/violations/{violation}"), &cookie).await.json()["rule"]["pack"].clone();
    assert_eq!(kept, judged_by);
    let again = put(&d, "/api/v1/rules", old, &cookie).await;
    assert_eq!((again.status, again.error()), (StatusCode::CONFLICT, "rules_changed".to_owned()));
    let trail = d.store.audit(&PageKey::default()).await.unwrap();
    let row = trail.items.iter().find(|row| row.entry.action == "rules.edit").unwrap();
    assert!(row.entry.detail.contains("no_mask") && !row.entry.detail.contains("no_hat"), "{row:?}");
}

#[tokio::test]
async fn a_wrong_rule_is_refused_by_rule_and_field() {
    let d = demo().await;
    let cookie = d.sign_in("admin").await;
    let base = as_edit(&d, &cookie).await;
    let unchanged = put(&d, "/api/v1/rules", base.clone(), &cookie).await;
    assert_eq!((unchanged.status, unchanged.error()), (StatusCode::UNPROCESSABLE_ENTITY, "nothing_changed".to_owned()));
    for (at, value, said) in [
        ("/rules/0/vote/needed", json!(0.2), "rule no_hat: vote.needed must be 0.5 to 1"),
        ("/rules/0/clauses", json!([]), "rule no_hat: clauses must be named"),
        ("/service_hours/until", json!("04:00"), "service hours end at 04:00"),
    ] {
        let mut edit = base.clone();
        *edit.pointer_mut(at).unwrap() = value;
        let answer = put(&d, "/api/v1/rules", edit, &cookie).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{at}");
        let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(said), "{at}: {message}");
    }
    let mut less = base;
    less["rules"].as_array_mut().unwrap().pop();
    assert_eq!(put(&d, "/api/v1/rules", less, &cookie).await.error(), "invalid_rules");
}

#[tokio::test]
async fn a_rule_that_is_mostly_dismissed_is_offered_to_be_muted_and_the_mute_shows() {
    let d = demo().await;
    let cookie = d.sign_in("regulator").await;
    let (person, _) = d.store.person_by_login("regulator").await.unwrap().unwrap();
    for number in 0..4 {
        let id = d.violation(d.camera, d.canteen).await;
        let verdict = if number == 0 { Verdict::Confirm } else { Verdict::Dismiss(DismissReason::NotAViolation) };
        d.store.review(&Scope::All, id, &person.reviewer(), verdict, d.clock.now()).await.unwrap();
    }
    let row = async || d.get("/api/v1/rules/precision", &cookie).await.json()["rows"][0].clone();
    let before = row().await;
    assert_eq!((&before["dismissed"], &before["is_mute_offered"]), (&json!(3), &json!(true)), "{before}");
    let path = format!("/api/v1/cameras/{}/mutes/no_mask", d.camera);
    let until = (d.clock.now() + Duration::from_secs(86_400)).to_string();
    let silent = put(&d, &path, json!({ "until": until, "reason": " " }), &cookie).await;
    assert_eq!(silent.error(), "bad_text");
    let past = put(&d, &path, json!({ "until": "2020-01-01T00:00:00Z", "reason": "x" }), &cookie).await;
    assert_eq!(past.error(), "bad_until");
    let muted = put(&d, &path, json!({ "until": until, "reason": "steam" }), &cookie).await;
    assert_eq!(muted.status, StatusCode::NO_CONTENT, "{:?}", muted.body);
    let after = row().await;
    assert_eq!((&after["is_mute_offered"], &after["muted_because"]), (&json!(false), &json!("steam")));
    let gone = d.send(with_cookie(json(Method::DELETE, &path, &Value::Null), &cookie)).await;
    assert_eq!((gone.status, row().await["muted_until"].clone()), (StatusCode::NO_CONTENT, Value::Null));
    let foreign = format!("/api/v1/cameras/{}/mutes/no_mask", d.other_camera);
    let refused = put(&d, &foreign, json!({ "until": until, "reason": "x" }), &cookie).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_could_not_be_judged_is_counted_with_its_reason() {
    let d = demo().await;
    let why_not = Some(WhyNot::TooSmall);
    let state = Observation::CannotJudge;
    let tally = Tally { camera_id: d.camera, code: RuleCode::NoHat, state, why_not, judged: 7 };
    d.store.add_tallies(d.clock.now() - Duration::from_secs(3600), &[tally]).await.unwrap();
    let cookie = d.sign_in("manager").await;
    let rows = d.get("/api/v1/judgements", &cookie).await.json()["rows"].clone();
    assert_eq!((&rows[0]["why_not"], &rows[0]["judged"]), (&json!("too_small"), &json!(7)));
    let other = d.sign_in("other-manager").await;
    assert_eq!(d.get("/api/v1/judgements", &other).await.json()["rows"], json!([]));
}

fn corners(points: &[(f32, f32)]) -> Value {
    points.iter().map(|(x, y)| json!({ "x": x, "y": y })).collect()
}

#[tokio::test]
async fn a_drawing_is_saved_and_a_wrong_one_is_refused_by_zone_and_corner() {
    let d = demo().await;
    let cookie = d.sign_in("admin").await;
    let path = format!("/api/v1/cameras/{}/zones", d.camera);
    let zone = |outline: Value| json!({ "id": null, "kind": "cooking", "outline": outline, "rules_off": ["phone"] });
    let square = corners(&[(0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5)]);
    for (outline, said) in [
        (corners(&[(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)]), "zone 2: the edge after corner 1 crosses"),
        (corners(&[(0.1, 0.1), (1.2, 0.1), (0.5, 0.5)]), "zone 2: corner 2 lies outside the picture"),
        (corners(&[(0.1, 0.1), (0.2, 0.1)]), "zone 2: a zone needs at least 3 corners"),
    ] {
        let answer =
            put(&d, &path, json!({ "zones": [zone(square.clone()), zone(outline)], "bins": [] }), &cookie).await;
        let body = answer.json();
        assert_eq!((answer.status, &body["error"]["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("zones")));
        assert!(body["error"]["message"].as_str().unwrap().starts_with(said), "{body}");
    }
    let drawing = json!({ "zones": [zone(square.clone())], "bins": [{ "id": null, "outline": square }] });
    let saved = put(&d, &path, drawing, &cookie).await;
    assert_eq!(saved.status, StatusCode::OK, "{:?}", saved.body);
    assert_eq!(d.get(&path, &cookie).await.json(), saved.json());
    assert_eq!(saved.json()["zones"][0]["rules_off"], json!(["phone"]));
    assert_eq!(put(&d, &path, json!({ "zones": [], "bins": [] }), &cookie).await.error(), "bad_zone");
    let other = d.sign_in("other-regulator").await;
    assert_eq!(d.get(&path, &other).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pictures_of_a_bin_are_kept_shown_and_removed() {
    let d = demo().await;
    let cookie = d.sign_in("regulator").await;
    let path = format!("/api/v1/cameras/{}/zones", d.camera);
    let square = corners(&[(0.1, 0.1), (0.5, 0.1), (0.5, 0.5), (0.1, 0.5)]);
    let zone = json!({ "id": null, "kind": "serving", "outline": square, "rules_off": [] });
    let drawing = json!({ "zones": [zone], "bins": [{ "id": null, "outline": square }] });
    let bin = put(&d, &path, drawing, &cookie).await.json()["bins"][0]["id"].as_str().unwrap().to_owned();
    let send = async |lid: &str, picture: Vec<u8>| {
        let request = Request::post(format!("/api/v1/bins/{bin}/references?lid={lid}"))
            .header(header::HOST, "127.0.0.1:8080")
            .header(header::CONTENT_TYPE, "image/jpeg")
            .body(picture.into())
            .unwrap();
        d.send(with_cookie(request, &cookie)).await
    };
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut jpeg);
    image::RgbImage::from_pixel(64, 48, image::Rgb([90, 120, 60])).write_with_encoder(encoder).unwrap();
    assert_eq!(send("open", b"no picture".to_vec()).await.error(), "photo_unreadable");
    assert_eq!(send("ajar", jpeg.clone()).await.error(), "invalid_query");
    let added = send("open", jpeg).await;
    assert_eq!(added.status, StatusCode::CREATED, "{:?}", added.body);
    let url = added.json()["url"].as_str().unwrap().to_owned();
    let shown = d.get(&url, &cookie).await;
    assert_eq!((shown.header("content-type"), shown.header("cache-control")), ("image/jpeg", "private, no-store"));
    let other = d.sign_in("other-regulator").await;
    assert_eq!(d.get(&url, &other).await.status, StatusCode::NOT_FOUND);
    let gone = d.send(with_cookie(json(Method::DELETE, &url, &Value::Null), &cookie)).await;
    assert_eq!((gone.status, d.get(&url, &cookie).await.status), (StatusCode::NO_CONTENT, StatusCode::NOT_FOUND));
}

#[tokio::test]
async fn the_scene_is_asked_for_and_shown_while_it_is_fresh() {
    let d = demo().await;
    let cookie = d.sign_in("regulator").await;
    let path = format!("/api/v1/cameras/{}/scene", d.camera);
    assert_eq!(d.get(&path, &cookie).await.json(), json!({ "scene": null }));
    assert_eq!(d.store.scenes_wanted(d.clock.now()).await.unwrap(), [d.camera]);
    let judged =
        json!({ "code": "no_mask", "duty": "must", "state": "cannot_judge", "confidence": 0.0, "why": "face_hidden" });
    let area = json!({ "x1": 0.25, "y1": 0.25, "x2": 0.5, "y2": 0.75 });
    let scene = json!({
        "at": d.clock.now(), "is_obscured": false, "has_model": true, "bins": [],
        "persons": [{ "track": 3, "box": area, "rules": [judged] }],
    });
    let key = mingchu_store::Store::scene_key(d.camera);
    d.store.objects().put(&key, scene.to_string()).await.unwrap();
    let shown = d.get(&path, &cookie).await.json();
    assert_eq!(shown["scene"]["persons"][0]["rules"][0]["why"], json!("face_hidden"), "{shown}");
    d.clock.advance(Duration::from_secs(30));
    let cookie = d.sign_in("regulator").await;
    assert_eq!(d.get(&path, &cookie).await.json(), json!({ "scene": null }));
}

#[tokio::test]
async fn a_canteen_says_when_it_works_and_in_which_colours() {
    let d = demo().await;
    let cookie = d.sign_in("regulator").await;
    let path = format!("/api/v1/canteens/{}/site", d.canteen);
    assert_eq!(d.get(&path, &cookie).await.json(), json!({ "hours": [], "clothes": [] }));
    let hours = json!({ "hours": [{ "days": [1, 5], "from": "04:30", "until": "21:00" }] });
    let said = put(&d, &format!("/api/v1/canteens/{}/service-hours", d.canteen), hours.clone(), &cookie).await;
    assert_eq!(said.status, StatusCode::OK);
    let site = put(&d, &path, json!({ "clothes": ["#ffffff"] }), &cookie).await.json();
    assert_eq!(site, json!({ "hours": hours["hours"], "clothes": ["#ffffff"] }));
    assert_eq!(d.get(&path, &cookie).await.json(), site);
    let wrong = put(&d, &path, json!({ "clothes": ["white"] }), &cookie).await;
    assert_eq!((wrong.status, wrong.error()), (StatusCode::UNPROCESSABLE_ENTITY, "bad_colour".to_owned()));
}

//! Approving that a camera is shown to the public, and what the public gets then.

use crate::{
    live,
    support::{Answer, CODE, District, demo, get, json as request, with_cookie},
};
use axum::http::{Method, StatusCode};
use bytes::Bytes;
use mingchu_domain::derivative::PublicRefused;
use mingchu_web::{Access, Config};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn put(district: &District, path: &str, body: &Value, cookie: &str) -> Answer {
    district.send(with_cookie(request(Method::PUT, path, body), cookie)).await
}

async fn page(district: &District) -> Value {
    district.send(get(&format!("/api/v1/public/canteens/{CODE}"))).await.json()
}

fn of(district: &District, end: &str) -> String {
    format!("/api/v1/cameras/{}/publication{end}", district.camera)
}

#[tokio::test]
async fn a_camera_is_public_when_both_have_seen_and_approved_the_same_picture() {
    let district = demo().await;
    let (manager, regulator) = (district.sign_in("manager").await, district.sign_in("regulator").await);
    district.mark_public(district.camera).await;
    district.open_hours().await;
    district.enter_facts().await;
    let empty = district.post(&of(&district, "/still"), json!({}), &manager).await;
    assert_eq!((empty.status, empty.error().as_str()), (StatusCode::CONFLICT, "no_still"));
    let key = format!("still/{}.jpg", district.camera);
    district.store.objects().put(&key, Bytes::from_static(b"first frame")).await.unwrap();
    let put_up = district.post(&of(&district, "/still"), json!({}), &manager).await.json();
    let still = put_up["still"]["id"].as_str().unwrap().to_owned();
    // what the camera shows later is not what was put up
    district.store.objects().put(&key, Bytes::from_static(b"later")).await.unwrap();
    for cookie in [&manager, &regulator] {
        let seen = district.send(with_cookie(get(&of(&district, &format!("/stills/{still}"))), cookie)).await;
        assert_eq!((seen.status, &seen.body[..]), (StatusCode::OK, b"first frame".as_slice()));
    }
    assert_eq!(page(&district).await["publication"]["reason"], "approval_missing");
    let approve = json!({ "still_id": still });
    let one = district.post(&of(&district, "/approve"), approve.clone(), &manager).await.json();
    assert_eq!((&one["school"]["by"], &one["regulator"]), (&json!("office of manager"), &Value::Null));
    assert_eq!((&one["publication"]["reason"], &one["own_side"]), (&json!("approval_missing"), &json!("school")));
    let both = district.post(&of(&district, "/approve"), approve.clone(), &regulator).await.json();
    assert_eq!((&both["publication"]["allowed"], &both["regulator"]["side"]), (&json!(true), &json!("regulator")));
    let shown = page(&district).await;
    assert_eq!((&shown["publication"]["allowed"], shown["cameras"].as_array().unwrap().len()), (&json!(true), 1));
    let again = district.post(&of(&district, "/approve"), approve.clone(), &regulator).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    // another picture voids both
    district.post(&of(&district, "/still"), json!({}), &regulator).await;
    let old = district.post(&of(&district, "/approve"), approve, &manager).await;
    assert_eq!((old.status, old.error().as_str()), (StatusCode::CONFLICT, "other_still"));
    assert_eq!(page(&district).await["cameras"], json!([]));
}

#[tokio::test]
async fn a_serving_counter_is_not_even_put_up() {
    let district = demo().await;
    let manager = district.sign_in("manager").await;
    let path = format!("/api/v1/cameras/{}/publication/still", district.counter);
    let refused = district.post(&path, json!({}), &manager).await;
    assert_eq!((refused.status, refused.error().as_str()), (StatusCode::CONFLICT, "zone_never_public"));
    let foreign = format!("/api/v1/cameras/{}/publication", district.other_camera);
    assert_eq!(district.send(with_cookie(get(&foreign), &manager)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pictures_are_public_in_service_hours_only() {
    let district = demo().await;
    district.publish(district.camera).await;
    let manager = district.sign_in("manager").await;
    let path = format!("/api/v1/canteens/{}/service-hours", district.canteen);
    // the district's clock stands at noon of a Saturday in China
    let hours =
        |days: &[u8], from: &str, until: &str| json!({ "hours": [{ "days": days, "from": from, "until": until }] });
    let none = put(&district, &path, &json!({ "hours": [] }), &manager).await;
    assert_eq!(none.status, StatusCode::OK);
    assert_eq!(page(&district).await["publication"]["reason"], "hours_not_set");
    let lunch = hours(&[6], "10:30", "12:30");
    assert_eq!(put(&district, &path, &lunch, &manager).await.json(), lunch);
    let open = page(&district).await;
    assert_eq!(
        (&open["publication"]["allowed"], &open["hours_today"]),
        (&json!(true), &json!([{ "from": "10:30", "until": "12:30" }]))
    );
    district.clock.advance(Duration::from_secs(1800));
    let shut = page(&district).await;
    assert_eq!((&shut["publication"]["reason"], &shut["cameras"]), (&json!("out_of_hours"), &json!([])));
    let live = format!("/api/v1/public/canteens/{CODE}/cameras/{}/live", district.camera);
    assert_eq!(district.send(get(&live)).await.error(), "out_of_hours");
    for wrong in [
        hours(&[], "10:30", "12:30"),
        hours(&[1], "12:30", "10:30"),
        hours(&[1], "9:00", "10:00"),
        hours(&[9], "09:00", "10:00"),
    ] {
        let answer = put(&district, &path, &wrong, &manager).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "bad_hours"),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn when_nobody_can_be_hidden_the_page_says_so() {
    let district = crate::support::district(Config::default()).await;
    district.publish(district.camera).await;
    *district.live.public.refuses.lock().unwrap() = Some(PublicRefused::CannotHide("no models found".into()));
    let page = page(&district).await;
    assert_eq!((&page["publication"]["reason"], &page["cameras"]), (&json!("cannot_hide"), &json!([])));
    assert!(page["publication"]["detail"].as_str().unwrap().contains("no models found"));
}

#[tokio::test]
async fn a_camera_is_public_when_its_canteen_has_done_what_it_must_and_has_said_so() {
    let district = demo().await;
    district.publish(district.camera).await;
    let (manager, regulator) = (district.sign_in("manager").await, district.sign_in("regulator").await);
    let path = |kind: &str| format!("/api/v1/canteens/{}/publication-facts/{kind}", district.canteen);
    let delete = |path: String, cookie: String| {
        let request = request(Method::DELETE, &path, &json!({}));
        district.send(with_cookie(request, &cookie))
    };
    assert_eq!(page(&district).await["publication"]["allowed"], true);
    let done = |basis: Value| json!({ "basis": basis, "done_on": "2026-09-01", "note": " 大门 " });
    let kinds = [
        ("signage", Value::Null, "signage_missing"),
        ("staff_notice", json!("consent"), "staff_notice_missing"),
        ("assessment", Value::Null, "assessment_missing"),
    ];
    for (kind, basis, missing) in kinds {
        let gone = delete(path(kind), manager.clone()).await;
        assert_eq!((gone.status, gone.json()["facts"].as_array().unwrap().len()), (StatusCode::OK, 2));
        assert_eq!(page(&district).await["publication"]["reason"], missing);
        let live = format!("/api/v1/public/canteens/{CODE}/cameras/{}/live", district.camera);
        assert_eq!(district.send(get(&live)).await.error(), missing);
        assert_eq!(delete(path(kind), manager.clone()).await.status, StatusCode::NOT_FOUND);
        let entered = put(&district, &path(kind), &done(basis.clone()), &manager).await.json();
        let fact = entered["facts"].as_array().unwrap().iter().find(|fact| fact["kind"] == kind).unwrap().clone();
        assert_eq!((&fact["note"], &fact["basis"], &fact["by"]), (&json!("大门"), &basis, &json!("office of manager")));
        assert_eq!(page(&district).await["publication"]["allowed"], true);
    }
    let seen = district.send(with_cookie(get(&of(&district, "")), &regulator)).await.json();
    assert_eq!(seen["facts"].as_array().unwrap().len(), 3);
    // the authority reads, the canteen says
    for answer in [
        put(&district, &path("signage"), &done(Value::Null), &regulator).await,
        delete(path("signage"), regulator.clone()).await,
    ] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
    let foreign = format!("/api/v1/canteens/{}/publication-facts/signage", district.other_canteen);
    assert_eq!(put(&district, &foreign, &done(Value::Null), &manager).await.status, StatusCode::NOT_FOUND);
    assert_eq!(put(&district, &path("badge"), &done(Value::Null), &manager).await.status, StatusCode::NOT_FOUND);
    // the district's clock stands at 21 November 2026
    let wrong = [
        ("signage", json!({ "basis": null, "done_on": "2026-11-22", "note": "" }), "bad_day"),
        ("signage", json!({ "basis": null, "done_on": "last week", "note": "" }), "bad_day"),
        ("signage", json!({ "basis": "mosaic", "done_on": "2026-11-01", "note": "" }), "bad_basis"),
        ("staff_notice", json!({ "basis": null, "done_on": "2026-11-01", "note": "" }), "bad_basis"),
        ("assessment", json!({ "basis": null, "done_on": "2026-11-01", "note": "长".repeat(201) }), "too_long"),
    ];
    for (kind, body, code) in wrong {
        let answer = put(&district, &path(kind), &body, &manager).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, code), "{body}");
    }
}

/// The rule behind all others: whatever the public asks for, no camera's own stream is opened.
#[tokio::test]
async fn no_open_route_opens_a_camera_s_own_stream() {
    let district = demo().await;
    district.publish(district.camera).await;
    let web = live::serve(&district).await;
    let mut walked = 0;
    for route in mingchu_web::declared_routes(&district.app) {
        if route.access != Access::Open || route.method != "GET" {
            continue;
        }
        let path = route.path.replace("{code}", CODE).replace("{id}", &district.camera.to_string());
        let path = path.replace("{token}", "none").replace("{file}", "1.jpg");
        district.send(get(&path)).await;
        drop(live::open(&web, &path, &[]).await);
        walked += 1;
    }
    assert!(walked > 5, "{walked} open routes");
    assert!(!district.live.public.wishes.lock().unwrap().is_empty(), "the public picture was among them");
    assert!(district.live.opened.lock().unwrap().is_empty(), "an open route opened a camera's own stream");
    web.stop().await;
}

#[tokio::test]
async fn whoever_watches_is_sent_away_at_once_when_an_approval_is_withdrawn() {
    let district = demo().await;
    district.publish(district.camera).await;
    // nobody is asked again by the clock meanwhile
    let web = live::serve_checked(&district, Duration::from_secs(60)).await;
    let path = format!("/api/v1/public/canteens/{CODE}/cameras/{}/live", district.camera);
    let mut socket = live::open(&web, &path, &[]).await.unwrap();
    assert_eq!(live::text(&mut socket).await["type"], "init");
    let manager = district.sign_in("manager").await;
    let (path, host) = (of(&district, "/withdraw"), web.address());
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\ncookie: {manager}\r\n\
         content-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
    );
    let mut connection = tokio::net::TcpStream::connect(host).await.unwrap();
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert_eq!(live::farewell(&mut socket).await["code"], "approval_missing");
    web.stop().await;
}

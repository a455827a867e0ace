//! Walls by turns, saved by name.

use crate::support::{Answer, District, demo, get, json as request, with_cookie};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/patrols";

async fn send(district: &District, method: Method, path: &str, body: &Value, cookie: &str) -> Answer {
    district.send(with_cookie(request(method, path, body), cookie)).await
}

fn lunch(district: &District) -> Value {
    json!({
        "name": " 午餐加工 ", "camera_ids": [district.counter, district.camera, district.counter], "tiles": 4,
        "dwell_s": 15, "hours": [{ "days": [6], "from": "11:00", "until": "12:30" }],
    })
}

fn with(mut edit: Value, field: &str, value: Value) -> Value {
    edit[field] = value;
    edit
}

#[tokio::test]
async fn a_patrol_is_saved_renamed_and_deleted_and_offered_in_its_hours() {
    let district = demo().await;
    let cookie = district.sign_in("regulator").await;
    let saved = district.post(PATH, lunch(&district), &cookie).await;
    assert_eq!(saved.status, StatusCode::CREATED, "{}", saved.json());
    let saved = saved.json();
    // the district's clock stands at noon of a Saturday in China
    assert_eq!((&saved["name"], &saved["is_now"]), (&json!("午餐加工"), &json!(true)));
    assert_eq!(saved["camera_ids"], json!([district.counter, district.camera]));
    assert_eq!(saved["hours"], json!([{ "days": [6], "from": "11:00", "until": "12:30" }]));
    let path = format!("{PATH}/{}", saved["id"].as_str().unwrap());
    let supper = json!({
        "name": "晚餐", "canteen_id": district.canteen, "tiles": 9, "dwell_s": 30,
        "hours": [{ "days": [6], "from": "16:00", "until": "17:30" }],
    });
    let changed = send(&district, Method::PUT, &path, &supper, &cookie).await.json();
    assert_eq!(
        (&changed["id"], &changed["is_now"], &changed["camera_ids"]),
        (&saved["id"], &json!(false), &Value::Null)
    );
    assert_eq!(changed["canteen_id"], json!(district.canteen));
    assert_eq!(district.get(PATH, &cookie).await.json()["patrols"], json!([changed]));
    let gone = district.send(with_cookie(deletion(&path), &cookie)).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(district.get(PATH, &cookie).await.json(), json!({ "patrols": [] }));
    assert_eq!(district.send(with_cookie(deletion(&path), &cookie)).await.status, StatusCode::NOT_FOUND);
}

fn deletion(path: &str) -> axum::http::Request<axum::body::Body> {
    let mut request = get(path);
    *request.method_mut() = Method::DELETE;
    request
}

#[tokio::test]
async fn a_patrol_that_cannot_be_is_refused_by_its_field() {
    let district = demo().await;
    let cookie = district.sign_in("regulator").await;
    let good = lunch(&district);
    let hours = json!([{ "days": [6], "from": "12:30", "until": "11:00" }]);
    let wrong = [
        ("name", json!("  "), "bad_name"),
        ("name", json!("长".repeat(41)), "bad_name"),
        ("tiles", json!(3), "bad_tiles"),
        ("dwell_s", json!(4), "bad_dwell"),
        ("camera_ids", json!([]), "bad_cameras"),
        ("canteen_id", json!(district.canteen), "bad_cameras"),
        ("hours", hours, "bad_hours"),
    ];
    for (field, value, code) in wrong {
        let answer = district.post(PATH, with(good.clone(), field, value), &cookie).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, code), "{field}");
    }
    assert_eq!(district.post(PATH, good.clone(), &cookie).await.status, StatusCode::CREATED);
    let again = district.post(PATH, good.clone(), &cookie).await;
    assert_eq!((again.status, again.error().as_str()), (StatusCode::CONFLICT, "name_taken"));
    assert_eq!(again.json()["error"]["field"], "name");
}

#[tokio::test]
async fn nobody_saves_or_sees_a_patrol_outside_their_reach() {
    let district = demo().await;
    let (regulator, manager, admin) =
        (district.sign_in("regulator").await, district.sign_in("manager").await, district.sign_in("admin").await);
    let foreign = with(lunch(&district), "camera_ids", json!([district.other_camera]));
    assert_eq!(district.post(PATH, foreign, &regulator).await.status, StatusCode::NOT_FOUND);
    let saved = district.post(PATH, lunch(&district), &regulator).await.json();
    // a manager's reach is one canteen, and a patrol belongs to an area
    assert_eq!(district.get(PATH, &manager).await.json(), json!({ "patrols": [] }));
    assert_eq!(district.post(PATH, lunch(&district), &manager).await.error(), "no_area");
    let own_area = with(lunch(&district), "area_id", saved["area_id"].clone());
    assert_eq!(district.post(PATH, own_area.clone(), &manager).await.status, StatusCode::NOT_FOUND);
    let path = format!("{PATH}/{}", saved["id"].as_str().unwrap());
    assert_eq!(district.send(with_cookie(deletion(&path), &manager)).await.status, StatusCode::NOT_FOUND);
    // whoever runs the gateway has no area of their own
    assert_eq!(district.post(PATH, lunch(&district), &admin).await.error(), "no_area");
    let other = with(own_area, "name", json!("晚餐"));
    assert_eq!(district.post(PATH, other, &admin).await.status, StatusCode::CREATED);
    assert_eq!(district.get(PATH, &regulator).await.json()["patrols"].as_array().unwrap().len(), 2);
}

//! From the violation to the closed notice, with its side ways.

use crate::support::{District, demo, form};
use axum::http::StatusCode;
use mingchu_domain::id::NoticeId;
use serde_json::{Value, json};
use std::time::Duration;

/// A small real JPEG.
fn photo() -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
    image::RgbImage::from_pixel(64, 48, image::Rgb([200, 30, 30])).write_with_encoder(encoder).unwrap();
    bytes
}

struct Case {
    district: District,
    regulator: String,
    manager: String,
    violation: String,
    notice: String,
}

async fn case() -> Case {
    let district = demo().await;
    let violation = district.violation(district.camera, district.canteen).await;
    let notice: NoticeId = district.notice_of(violation).await;
    Case {
        regulator: district.sign_in("regulator").await,
        manager: district.sign_in("manager").await,
        violation: format!("/api/v1/violations/{violation}"),
        notice: format!("/api/v1/notices/{notice}"),
        district,
    }
}

impl Case {
    async fn notice_state(&self) -> String {
        let notice = self.district.get(&self.notice, &self.manager).await.json();
        notice["state"].as_str().unwrap().to_owned()
    }
    async fn rectify(&self) -> crate::support::Answer {
        let request = form(&format!("{}/rectify", self.notice), "已更换口罩", Some(&photo()), &self.manager);
        self.district.send(request).await
    }
    async fn regulator(&self, path: String, body: Value) -> crate::support::Answer {
        self.district.post(&path, body, &self.regulator).await
    }
    async fn manager(&self, act: &str, body: Value) -> crate::support::Answer {
        self.district.post(&format!("{}/{act}", self.notice), body, &self.manager).await
    }
}

#[tokio::test]
async fn a_violation_is_rectified_confirmed_and_closed() {
    let case = case().await;
    let inbox = case.district.get("/api/v1/notices?open=true", &case.manager).await.json();
    insta::assert_json_snapshot!("inbox", inbox, {
        ".notices[].id" => "[id]", ".notices[].canteen.id" => "[id]", ".notices[].violation.id" => "[id]",
        ".notices[].violation.camera.id" => "[id]", ".notices[].violation.snapshot_url" => "[url]"
    });
    case.district.get(&format!("{}/snapshot.jpg", case.violation), &case.manager).await;
    assert_eq!(case.manager("acknowledge", json!({})).await.json()["state"], "acknowledged");
    let rectified = case.rectify().await;
    assert_eq!((rectified.status, &rectified.json()["state"]), (StatusCode::OK, &json!("rectified")));
    let early = case.regulator(format!("{}/close", case.notice), json!({})).await;
    assert_eq!((early.status, early.error().as_str()), (StatusCode::CONFLICT, "not_confirmed_yet"));
    let confirmed = case.regulator(format!("{}/confirm", case.violation), json!({})).await.json();
    assert_eq!((&confirmed["state"], &confirmed["review"]["by"]), (&json!("confirmed"), &json!("office of regulator")));
    let closed = case.regulator(format!("{}/close", case.notice), json!({"text": "照片核实"})).await;
    insta::assert_json_snapshot!("closed_notice", closed.json(), {
        ".id" => "[id]", ".**.id" => "[id]", ".**.photo_url" => "[url]", ".**.snapshot_url" => "[url]", ".**.url" => "[url]", ".number" => "[number]",
        ".violation.notice_id" => "[id]", ".history[].detail" => "[detail]"
    });
    assert_eq!(case.rectify().await.error(), "does_not_fit_state");
}

#[tokio::test]
async fn the_photo_that_comes_back_is_ours() {
    let case = case().await;
    let rectified = case.rectify().await.json();
    let url = rectified["rectifications"][0]["photo_url"].as_str().unwrap();
    let answer = case.district.get(url, &case.regulator).await;
    assert_eq!((answer.header("content-type"), answer.header("cache-control")), ("image/jpeg", "private, no-store"));
    assert_ne!(answer.body, photo());
    let stranger = case.district.sign_in("other-manager").await;
    assert_eq!(case.district.get(url, &stranger).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_dismissed_violation_withdraws_its_notice_and_can_be_taken_back() {
    let case = case().await;
    let no_reason = case.regulator(format!("{}/dismiss", case.violation), json!({"reason": "because"})).await;
    assert_eq!(no_reason.status, StatusCode::UNPROCESSABLE_ENTITY);
    let dismissed =
        case.regulator(format!("{}/dismiss", case.violation), json!({"reason": "cannot_tell"})).await.json();
    assert_eq!((&dismissed["state"], &dismissed["review"]["reason"]), (&json!("dismissed"), &json!("cannot_tell")));
    assert_eq!(case.notice_state().await, "withdrawn");
    let again = case.regulator(format!("{}/confirm", case.violation), json!({})).await;
    assert_eq!((again.status, again.error().as_str()), (StatusCode::CONFLICT, "already_reviewed"));
    let undone = case.regulator(format!("{}/undo", case.violation), json!({})).await.json();
    assert_eq!((&undone["state"], &undone["review"]), (&json!("to_review"), &Value::Null));
    assert_eq!(case.notice_state().await, "sent");
    case.regulator(format!("{}/confirm", case.violation), json!({})).await;
    case.district.clock.advance(Duration::from_secs(31));
    let late = case.regulator(format!("{}/undo", case.violation), json!({})).await;
    assert_eq!((late.status, late.error().as_str()), (StatusCode::CONFLICT, "undo_too_late"));
}

#[tokio::test]
async fn an_appeal_is_refused_with_words_and_the_notice_is_open_again() {
    let case = case().await;
    let wordless = case.manager("appeal", json!({"text": "  "})).await;
    assert_eq!((wordless.status, wordless.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "bad_text"));
    let appealed = case.manager("appeal", json!({"text": "画面中是访客"})).await.json();
    assert_eq!((&appealed["state"], &appealed["appeals"][0]["text"]), (&json!("appealed"), &json!("画面中是访客")));
    let rejected = case.regulator(format!("{}/reject", case.notice), json!({"text": "系本单位员工"})).await.json();
    assert_eq!(rejected["state"], "sent");
}

#[tokio::test]
async fn a_formal_notice_runs_out_and_can_be_given_more_time() {
    let case = case().await;
    let later = json!({"deadline_at": "2026-11-24T04:00:00Z", "text": "周末停餐"});
    let prompt = case.regulator(format!("{}/extend", case.notice), later.clone()).await;
    assert_eq!((prompt.status, prompt.error().as_str()), (StatusCode::CONFLICT, "no_deadline"));
    case.regulator(format!("{}/confirm", case.violation), json!({})).await;
    case.district.clock.advance(Duration::from_secs(25 * 3600));
    let regulator = case.district.sign_in("regulator").await;
    let overdue = case.district.get("/api/v1/notices?overdue=true", &regulator).await.json();
    assert_eq!(overdue["notices"][0]["is_overdue"], true);
    let path = format!("{}/extend", case.notice);
    let past = json!({"deadline_at": "2026-11-20T04:00:00Z", "text": "错"});
    assert_eq!(case.district.post(&path, past, &regulator).await.error(), "deadline_past");
    let extended = case.district.post(&path, later, &regulator).await.json();
    assert_eq!(
        (&extended["is_overdue"], &extended["deadline_at"]),
        (&json!(false), &json!("2026-11-24T04:00:00.000000Z"))
    );
}

#[tokio::test]
async fn an_upload_that_is_no_photo_is_refused_and_nothing_is_lost() {
    let case = case().await;
    let path = format!("{}/rectify", case.notice);
    let send =
        async |text: &str, photo: Option<&[u8]>| case.district.send(form(&path, text, photo, &case.manager)).await;
    let page = send("已整改", Some(b"<html>no photo</html>")).await;
    assert_eq!((page.status, page.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "photo_unreadable"));
    insta::assert_json_snapshot!("no_photo", page.json());
    assert_eq!(send("已整改", None).await.error(), "photo_missing");
    assert_eq!(send(" ", Some(&photo())).await.error(), "bad_text");
    let big = send("已整改", Some(&vec![0; 10_000_001])).await;
    assert_eq!((big.status, big.error().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "photo_too_large"));
    assert!(big.json()["error"]["message"].as_str().unwrap().contains("10 MB"));
    let huge = send("已整改", Some(&vec![0; 10_200_000])).await;
    assert_eq!((huge.status, huge.error().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "photo_too_large"));
    let no_form = case.district.post(&path, json!({"text": "已整改"}), &case.manager).await;
    assert_eq!((no_form.status, no_form.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "invalid_form"));
    assert_eq!(case.notice_state().await, "sent");
}

#[tokio::test]
async fn others_notices_and_violations_do_not_exist() {
    let case = case().await;
    for login in ["other-manager", "other-regulator"] {
        let cookie = case.district.sign_in(login).await;
        for path in [&case.notice, &case.violation] {
            assert_eq!(case.district.get(path, &cookie).await.status, StatusCode::NOT_FOUND, "{login} {path}");
        }
        let list = case.district.get("/api/v1/violations", &cookie).await.json();
        assert_eq!(list, json!({"violations": [], "next": null}));
    }
    let stranger = case.district.sign_in("other-regulator").await;
    let path = format!("{}/confirm", case.violation);
    assert_eq!(case.district.post(&path, json!({}), &stranger).await.status, StatusCode::NOT_FOUND);
    let stranger = case.district.sign_in("other-manager").await;
    let path = format!("{}/acknowledge", case.notice);
    assert_eq!(case.district.post(&path, json!({}), &stranger).await.status, StatusCode::NOT_FOUND);
}

//! Signing in, by link and by password.

use crate::support::{demo, district, get, json, with_cookie};
use axum::http::{Method, StatusCode};
use mingchu_web::Config;
use serde_json::json as value;
use std::time::Duration;

#[tokio::test]
async fn a_link_works_once_and_leads_to_the_first_page() {
    let district = demo().await;
    let link = district.link("manager").await;
    let first = district.send(get(&link)).await;
    assert_eq!((first.status, first.header("location")), (StatusCode::SEE_OTHER, "/"));
    let set = first.header("set-cookie").to_owned();
    assert!(set.starts_with("mingchu=") && set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
    let me = district.get("/api/v1/session", &first.cookie()).await.json();
    assert_eq!((&me["login"], &me["role"]), (&value!("manager"), &value!("manager")));
    assert_eq!(me["canteen"]["code"], crate::support::CODE);
    let second = district.send(get(&link)).await;
    assert_eq!(second.status, StatusCode::GONE);
    assert!(second.headers.get("set-cookie").is_none());
    assert_eq!(district.send(get("/sign-in/guessed")).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn a_link_expires() {
    let district = demo().await;
    let link = district.link("manager").await;
    district.clock.advance(Duration::from_secs(3601));
    assert_eq!(district.send(get(&link)).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn looking_ahead_does_not_use_a_link_up() {
    let district = demo().await;
    let link = district.link("manager").await;
    let mut ahead = get(&link);
    ahead.headers_mut().insert("sec-purpose", "prefetch".parse().unwrap());
    assert_eq!(district.send(ahead).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(district.send(get(&link)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_account_without_password_sets_one_and_signs_in_with_it() {
    let district = demo().await;
    let cookie = district.sign_in("regulator").await;
    let path = "/api/v1/session/password";
    let short = district.post(path, value!({"password": "short"}), &cookie).await;
    assert_eq!((short.status, short.error().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "password_too_short"));
    let set = district.post(path, value!({"password": "ten little words"}), &cookie).await;
    assert_eq!(set.status, StatusCode::NO_CONTENT);
    let old = district.get("/api/v1/session", &cookie).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED, "sessions from before the password are void");
    assert_eq!(district.get("/api/v1/session", &set.cookie()).await.json()["has_password"], true);
    let wrong = district.post(path, value!({"password": "another long one", "current": "no"}), &set.cookie()).await;
    assert_eq!(wrong.error(), "wrong_password");
    let credentials = value!({"login": "regulator", "password": "ten little words"});
    let signed_in = district.post("/api/v1/session", credentials, "").await;
    assert_eq!((signed_in.status, &signed_in.json()["role"]), (StatusCode::OK, &value!("regulator")));
}

#[tokio::test]
async fn five_failures_lock_an_account_for_a_quarter_of_an_hour() {
    let district = demo().await;
    let wrong = value!({"login": "regulator", "password": "guess"});
    for _ in 0..5 {
        let answer = district.post("/api/v1/session", wrong.clone(), "").await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "wrong_credentials"));
    }
    let locked = district.post("/api/v1/session", wrong.clone(), "").await;
    assert_eq!((locked.status, locked.error().as_str()), (StatusCode::TOO_MANY_REQUESTS, "account_locked"));
    assert_eq!(locked.header("retry-after"), "900");
    let trail = district.store.audit(&mingchu_store::PageKey::first(50)).await.unwrap();
    assert_eq!(trail.items.iter().filter(|row| row.entry.action == "session.refused").count(), 5);
    district.clock.advance(Duration::from_secs(901));
    assert_eq!(district.post("/api/v1/session", wrong, "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_unknown_login_answers_as_a_wrong_password() {
    let district = demo().await;
    let answer = district.post("/api/v1/session", value!({"login": "nobody", "password": "guess"}), "").await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::UNAUTHORIZED, "wrong_credentials"));
}

#[tokio::test]
async fn signing_out_voids_the_session_at_once() {
    let district = demo().await;
    let cookie = district.sign_in("admin").await;
    let mut request = with_cookie(get("/api/v1/session"), &cookie);
    *request.method_mut() = Method::DELETE;
    let out = district.send(request).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(district.get("/api/v1/session", &cookie).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_unused_session_ends() {
    let district = demo().await;
    let cookie = district.sign_in("admin").await;
    district.clock.advance(Duration::from_secs(12 * 3600 + 1));
    assert_eq!(district.get("/api/v1/session", &cookie).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let config = Config { public_address: "https://mingchu.example.gov.cn".into(), ..Config::default() };
    let district = district(config).await;
    let answer = district.send(get(&district.link("admin").await)).await;
    let set = answer.header("set-cookie");
    assert!(set.starts_with("__Host-mingchu=") && set.ends_with("; Secure"), "{set}");
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn another_sites_page_can_change_nothing() {
    let district = demo().await;
    let cookie = district.sign_in("admin").await;
    let change = value!({"is_enabled": false});
    let path = format!("/api/v1/cameras/{}", district.camera);
    for (name, text) in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")] {
        let mut request = with_cookie(json(Method::PATCH, &path, &change), &cookie);
        request.headers_mut().insert(name, text.parse().unwrap());
        let answer = district.send(request).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "cross_site"), "{name}: {text}");
    }
    let mut request = with_cookie(json(Method::PATCH, &path, &change), &cookie);
    request.headers_mut().insert("origin", "http://127.0.0.1:8080".parse().unwrap());
    assert_eq!(district.send(request).await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let district = demo().await;
    for path in ["/", "/api/v1/session", "/healthz", "/api/v1/none"] {
        let answer = district.send(get(path)).await;
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
    }
}

#[tokio::test]
async fn an_administrator_makes_a_link_for_somebody() {
    let district = demo().await;
    let admin = district.sign_in("admin").await;
    let people = district.get("/api/v1/people", &admin).await.json();
    let manager = people["people"].as_array().unwrap().iter().find(|person| person["login"] == "manager").unwrap();
    assert_eq!(manager["has_password"], false);
    let path = format!("/api/v1/people/{}/link", manager["id"].as_str().unwrap());
    let made = district.post(&path, value!({}), &admin).await.json();
    let url = made["sign_in_url"].as_str().unwrap();
    let path = url.strip_prefix("http://127.0.0.1:8080").unwrap();
    assert_eq!(district.send(get(path)).await.status, StatusCode::SEE_OTHER);
}

//! Who may call what: generated from the registry, so that a new route is tested the day it is written.

use crate::support::{Answer, District, demo, get, with_cookie};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use mingchu_domain::{id::CameraId, role::Role};
use mingchu_web::{Access, Declared};

fn request(route: &Declared) -> Request<Body> {
    let id = CameraId::generate().to_string();
    let path = route.path.replace("{id}", &id).replace("{code}", "00000000").replace("{file}", "1.jpg");
    let path = path.replace("{view_id}", &id).replace("{camera_id}", &id);
    let mut request = get(&path.replace("{token}", "none"));
    *request.method_mut() = route.method.parse::<Method>().unwrap();
    request
}

async fn call(district: &District, route: &Declared, cookie: &str) -> Answer {
    district.send(with_cookie(request(route), cookie)).await
}

#[tokio::test]
async fn every_operation_of_the_document_says_who_may_call_it() {
    let district = demo().await;
    let declared = mingchu_web::declared_routes(&district.app);
    let document: serde_json::Value = serde_json::from_str(&mingchu_web::openapi_json(&district.app).unwrap()).unwrap();
    let mut operations = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            let found = declared.iter().find(|route| route.path == *path && route.method.eq_ignore_ascii_case(method));
            let found = found.unwrap_or_else(|| panic!("{method} {path} is not in the registry"));
            assert_eq!(operation["x-access"], found.access.as_str(), "{method} {path}");
        }
    }
    assert_eq!(operations, declared.len());
    let open: Vec<_> = declared.iter().filter(|route| route.access == Access::Open).map(|r| r.path.as_str()).collect();
    let expected = [
        "/api/openapi.json",
        "/api/v1/public/canteens",
        "/api/v1/public/canteens/{code}",
        "/api/v1/public/canteens/{code}/cameras/{id}/live",
        "/api/v1/public/canteens/{code}/cameras/{id}/live-address",
        "/api/v1/public/canteens/{code}/qr.svg",
        "/api/v1/session",
        "/healthz",
        "/readyz",
        "/sign-in/{token}",
    ];
    let mut open = open;
    open.sort_unstable();
    assert_eq!(open, expected, "an open route is a decision: change this list on purpose");
}

#[tokio::test]
async fn every_route_that_is_not_open_needs_a_session() {
    let district = demo().await;
    for route in mingchu_web::declared_routes(&district.app) {
        let answer = call(&district, &route, "").await;
        let is_refused = answer.status == StatusCode::UNAUTHORIZED && answer.error() == "not_signed_in";
        let is_sign_in = route.path == "/api/v1/session" && route.method == "POST";
        let needs_none = matches!(route.access, Access::Open | Access::LiveTicket);
        assert_eq!(is_refused, !needs_none, "{route:?}: {}", answer.status);
        assert!(!is_refused || !is_sign_in);
    }
}

#[tokio::test]
async fn every_route_for_ticket_holders_refuses_without_one() {
    let district = demo().await;
    let cookie = district.sign_in("admin").await;
    let declared = mingchu_web::declared_routes(&district.app);
    let routes: Vec<_> = declared.iter().filter(|route| route.access == Access::LiveTicket).collect();
    assert_eq!(routes.len(), 2);
    for route in routes {
        let answer = call(&district, route, &cookie).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "ticket_unknown"), "{route:?}");
    }
}

#[tokio::test]
async fn every_role_is_refused_what_it_may_not() {
    let district = demo().await;
    for (login, role) in
        [("regulator", Role::Regulator), ("manager", Role::Manager), ("parent", Role::Parent), ("admin", Role::Admin)]
    {
        let cookie = district.sign_in(login).await;
        for route in mingchu_web::declared_routes(&district.app) {
            let Access::Needs(permission) = route.access else { continue };
            let answer = call(&district, &route, &cookie).await;
            let is_forbidden = answer.status == StatusCode::FORBIDDEN && answer.error() == "forbidden";
            assert_eq!(is_forbidden, !role.may(permission), "{login} {route:?}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn the_committed_document_is_the_code() {
    let district = demo().await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let now = mingchu_web::openapi_json(&district.app).unwrap();
    if std::env::var_os("MINGCHU_UPDATE_OPENAPI").is_some() {
        std::fs::write(path, &now).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == now,
        "web/openapi.json differs from the code: run the test with MINGCHU_UPDATE_OPENAPI=1, then `npm run api` in web/ui"
    );
}

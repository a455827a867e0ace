//! Same-origin check of everything that changes something, and of each `WebSocket` (CSRF).
//!
//! Browsers send `Sec-Fetch-Site` and `Origin`; a program that sends neither carries no stolen cookie either.

use crate::{app::App, error::ApiError};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Url;

/// Refuses requests that another site's page makes in the name of a signed-in person.
pub(crate) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let is_socket = request.headers().contains_key(header::SEC_WEBSOCKET_KEY);
    if (is_safe && !is_socket) || is_same_origin(request.headers(), app.public_url.as_ref()) {
        return next.run(request).await;
    }
    ApiError::forbidden("cross_site", "the request came from a page of another site and was refused").into_response()
}

fn is_same_origin(headers: &HeaderMap, public: Option<&Url>) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // written by the browser, out of reach of any page; older ones and sockets leave it to `Origin`
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let Some(origin) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else { return false };
    let is_public = public.is_some_and(|url| url.origin() == origin.origin());
    is_public || text("host").is_some_and(|host| is_host(&origin, host))
}

/// Whether the origin's host and port are those the request was sent to; `Host` leaves default ports out.
fn is_host(origin: &Url, host: &str) -> bool {
    Url::parse(&format!("{}://{host}", origin.scheme())).is_ok_and(|url| url.origin() == origin.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        let public = Url::parse("https://mingchu.example.gov.cn").unwrap();
        is_same_origin(&headers, Some(&public))
    }

    #[test]
    fn our_own_pages_pass_behind_a_proxy_and_without() {
        assert!(allowed(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")]));
        assert!(allowed(&[("host", "10.0.0.2:8080"), ("origin", "https://mingchu.example.gov.cn")]));
        assert!(allowed(&[
            ("host", "kitchen.cn"),
            ("origin", "https://kitchen.cn"),
            ("sec-fetch-site", "same-origin")
        ]));
        assert!(allowed(&[("host", "127.0.0.1:8080")]));
        let behind_proxy = [("host", "web:8080"), ("origin", "http://10.0.0.9"), ("sec-fetch-site", "same-origin")];
        assert!(allowed(&behind_proxy), "a proxy that rewrites the host");
    }

    #[test]
    fn pages_of_others_are_refused() {
        assert!(!allowed(&[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:9090")]));
        assert!(!allowed(&[("host", "127.0.0.1:8080"), ("origin", "null")]));
        assert!(!allowed(&[("host", "a.cn"), ("sec-fetch-site", "cross-site")]));
        assert!(!allowed(&[
            ("host", "a.example.cn"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://b.example.cn")
        ]));
    }
}

//! The browser part: embedded in release builds, read from `web/ui/dist` in debug builds.

use crate::error::ApiError;
use axum::{
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

#[cfg(not(feature = "no-ui"))]
#[derive(rust_embed::RustEmbed)]
#[folder = "ui/dist"]
#[allow_missing = true]
struct Files;

#[cfg(feature = "no-ui")]
struct Files;

#[cfg(feature = "no-ui")]
impl Files {
    fn get(_path: &str) -> Option<rust_embed::EmbeddedFile> {
        None
    }
}

/// Vite writes a hash of the content into these names.
const HASHED: &str = "assets/";

/// Serves a file of the browser part; paths of its pages get the page's entry.
pub(crate) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return ApiError::not_found("this address").into_response();
    }
    if !matches!(method, Method::GET | Method::HEAD) {
        return ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "pages are only read")
            .into_response();
    }
    let name = if path.rsplit('/').next().is_some_and(|last| last.contains('.')) { path } else { entry(path) };
    match Files::get(name) {
        Some(file) => answer(name, file, &headers),
        None if name == path => ApiError::not_found("this file").into_response(),
        None => not_built(),
    }
}

/// The page that holds a path: parents have their own, light one.
fn entry(path: &str) -> &'static str {
    if path == "p" || path.starts_with("p/") { "parent.html" } else { "index.html" }
}

fn answer(name: &str, file: rust_embed::EmbeddedFile, headers: &HeaderMap) -> Response {
    let cache = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let tag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::CACHE_CONTROL, cache.to_owned()), (header::ETAG, tag)])
            .into_response();
    }
    let mime = match file.metadata.mimetype() {
        text if text.starts_with("text/") || text.ends_with("javascript") => format!("{text}; charset=utf-8"),
        other => other.to_owned(),
    };
    let fields = [(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, cache.to_owned()), (header::ETAG, tag)];
    (fields, file.data).into_response()
}

fn not_built() -> Response {
    let text = "The browser part is not built. Run `make ui` in the repository (or `npm run build` in web/ui), \
                then load this page again.\n浏览器部分尚未构建：请在代码库中运行 make ui，然后刷新本页。\n";
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_get_their_own_page() {
        assert_eq!(entry("p/7H3K9M2Q"), "parent.html");
        assert_eq!(entry(""), "index.html");
        assert_eq!(entry("review/0192"), "index.html");
        assert_eq!(entry("places"), "index.html");
    }
}

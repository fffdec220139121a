//! Style, scripts and pictures inside the one binary.
//!
//! Their address carries the hash of all of them (`/assets/9f86d081/css/base.css`), so a browser may
//! keep them for ever, and modules import each other by relative names.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use super::Problem;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/assets"]
struct Assets;

/// The hash of all assets, names included.
static EDITION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Assets::iter().collect();
    names.sort_unstable();
    let mut hash = Sha256::new();
    for name in names {
        hash.update(name.as_bytes());
        if let Some(file) = Assets::get(&name) {
            hash.update(&file.data);
        }
    }
    let mut edition = hex::encode(hash.finalize());
    edition.truncate(16);
    edition
});

/// The address of an asset: `css/base.css`.
pub fn asset(path: &str) -> String {
    format!("/assets/{}/{path}", *EDITION)
}

pub(super) fn routes() -> Router {
    Router::new().route("/assets/{edition}/{*path}", get(send))
}

async fn send(
    Path((edition, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = Assets::get(&path).ok_or_else(Problem::not_found)?;
    let tag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    // a page of an older edition still gets its file, but nobody keeps it
    let keep = if edition == *EDITION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let common = [
        (header::ETAG, tag.clone()),
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::CONTENT_TYPE, kind_of(&path).to_owned()),
    ];
    let known =
        headers.get(header::IF_NONE_MATCH).is_some_and(|has| has.as_bytes() == tag.as_bytes());
    if known {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    Ok((common, file.data.into_owned()).into_response())
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

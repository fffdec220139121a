//! Takes in the body of a write: at most so large, within so long, and with a form's `_method` and
//! `op_id` heard.

use std::time::Duration;

use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::FromRequest as _;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

use super::Problem;
use super::input::{is_file, is_form};

/// The largest body anybody may send, in bytes.
const LARGEST: usize = 256 * 1024;

/// The largest file, in bytes.
const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is known of a write before its room sees it.
#[derive(Debug, Clone)]
pub(super) struct Intake {
    /// `Idempotency-Key`, or the form's `op_id`.
    pub(super) key: Option<String>,
    /// The SHA-256 of method, path and body.
    pub(super) body_hash: String,
}

/// A form's fields that are for us, not for the room.
#[derive(serde::Deserialize)]
struct Ours {
    #[serde(rename = "_method")]
    method: Option<String>,
    op_id: Option<String>,
}

/// Must stand before the routing: a form with `_method=DELETE` becomes a DELETE here.
pub(super) async fn take_in(request: Request, next: Next) -> Response {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let largest = if is_file(&parts.headers) { LARGEST_FILE } else { LARGEST };
    let bytes = match tokio::time::timeout(PATIENCE, to_bytes(body, largest)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return Problem::status(StatusCode::PAYLOAD_TOO_LARGE).into_response(),
        Err(_) => return Problem::status(StatusCode::REQUEST_TIMEOUT).into_response(),
    };
    let mut key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let ours = if is_form(&parts.headers) {
        let form = Request::builder()
            .method(Method::POST)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(bytes.clone()));
        match form {
            Ok(form) => Form::<Ours>::from_request(form, &()).await.ok().map(|form| form.0),
            Err(_) => None,
        }
    } else {
        None
    };
    if let Some(ours) = &ours {
        key = key.or(ours.op_id.as_deref());
        if parts.method == Method::POST && ours.method.as_deref() == Some("DELETE") {
            parts.method = Method::DELETE;
        }
    }
    let mut hash = Sha256::new();
    for part in [parts.method.as_str().as_bytes(), parts.uri.path().as_bytes(), &bytes] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    let key = key.filter(|key| !key.is_empty() && key.len() <= 200).map(str::to_owned);
    let intake = Intake { key, body_hash: hex::encode(hash.finalize()) };
    parts.extensions.insert(intake);
    next.run(Request::from_parts(parts, Body::from(bytes))).await
}

//! A write that is sent twice acts once: the second gets the first's answer.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::intake::Intake;
use super::{Kit, OnDuty, Problem, store};
use crate::db;

/// Marks an answer that must not be kept because it shows a secret: put it into the response's
/// extensions. A repeat is then told that it was done and shown once.
#[derive(Debug, Clone, Copy)]
pub struct NotKept;

/// What is kept of an answer.
#[derive(Serialize, Deserialize)]
struct Answer {
    headers: Vec<(String, String)>,
    body: String,
}

/// The largest answer that is kept, in bytes.
const LARGEST: usize = 1024 * 1024;

/// The headers worth repeating.
const KEPT: [HeaderName; 4] =
    [header::CONTENT_TYPE, header::LOCATION, header::VARY, header::CACHE_CONTROL];

/// Around every room that writes, inside the staff room's door. A key that comes again within
/// 24 hours with the same body gets the first answer; with another body 422. A write that failed
/// changed nothing and frees its key.
pub async fn once(State(kit): State<Kit>, request: Request, next: Next) -> Response {
    let account = request.extensions().get::<OnDuty>().map(|reader| reader.account.key());
    let intake = request.extensions().get::<Intake>().cloned();
    let (Some(account), Some(Intake { key: Some(key), body_hash })) = (account, intake) else {
        return next.run(request).await;
    };
    let now = kit.clock.now();
    match store::begin(&kit.db, now, account.clone(), key.clone(), body_hash.clone()).await {
        Ok(None) => {}
        Ok(Some(known)) => return repeated(&known, &body_hash),
        Err(error) => return Problem::from(error).into_response(),
    }
    let response = next.run(request).await;
    let acted = response.status().is_success() || response.status().is_redirection();
    let kept = if acted {
        keep(&kit, account, key, response).await
    } else {
        store::release(&kit.db, now, account, key).await.map(|()| response)
    };
    kept.unwrap_or_else(|error| Problem::from(error).into_response())
}

async fn keep(kit: &Kit, account: String, key: String, response: Response) -> db::Result<Response> {
    let now = kit.clock.now();
    let status = response.status().as_u16();
    if response.extensions().get::<NotKept>().is_some() {
        store::keep(&kit.db, now, account, key, status, None).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, LARGEST).await else {
        store::keep(&kit.db, now, account, key, status, None).await?;
        return Ok(Problem::broken("an answer to a write was too large").into_response());
    };
    let headers = KEPT
        .iter()
        .filter_map(|name| Some((name, parts.headers.get(name)?.to_str().ok()?)))
        .map(|(name, value)| (name.to_string(), value.to_owned()))
        .collect();
    let answer = Answer { headers, body: String::from_utf8_lossy(&bytes).into_owned() };
    let answer = serde_json::to_string(&answer).ok();
    store::keep(&kit.db, now, account, key, status, answer).await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn repeated(known: &store::Known, body_hash: &str) -> Response {
    if known.body_hash != body_hash {
        return Problem::rule(|l| l.problem_other_body().to_string()).into_response();
    }
    let status = known.status.and_then(|status| u16::try_from(status).ok());
    let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) else {
        return conflict(|l| l.problem_under_way().to_string());
    };
    let answer = known.answer.as_deref().and_then(|text| serde_json::from_str::<Answer>(text).ok());
    let Some(answer) = answer else {
        return conflict(|l| l.problem_shown_once().to_string());
    };
    let mut response = (status, answer.body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn conflict(detail: fn(&crate::words::Messages) -> String) -> Response {
    let title = |l: &crate::words::Messages| l.problem_repeated().to_string();
    Problem::new(StatusCode::CONFLICT, "repeated", title, detail).into_response()
}

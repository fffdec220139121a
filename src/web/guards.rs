//! What stands around all rooms: strict headers, the check of where a write comes from, a number for
//! every request, and a net under panics.

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, http};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tracing::Instrument as _;

use super::intake::take_in;
use super::{Kit, Problem, assets, fresh_secret, problem_answers};

/// Nothing from elsewhere, nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// Puts the guards and the assets around the rooms: the whole panel, ready to be served.
pub fn house(kit: &Kit, rooms: Router) -> Router {
    let inner = rooms
        .merge(assets::routes())
        .layer(from_fn(note_route))
        .layer(CatchPanicLayer::custom(apology));
    // a form's `_method` must be heard before the routing, so the rooms stand behind a fallback
    Router::new()
        .fallback_service(inner)
        .layer(from_fn(take_in))
        .layer(from_fn_with_state(kit.clone(), from_here))
        .layer(from_fn_with_state(kit.clone(), problem_answers))
        .layer(Extension(kit.clone()))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(kit.clone(), strict_headers))
        .layer(from_fn(numbered))
}

#[expect(clippy::needless_pass_by_value, reason = "the layer gives it away")]
fn apology(panic: Box<dyn std::any::Any + Send>) -> http::Response<axum::body::Body> {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without words");
    Problem::broken(said).into_response()
}

/// Gives every request a number: in its log lines and in `x-request-id`. The address is not
/// logged, for it may hold a number or a secret; the route's pattern is.
async fn numbered(request: Request, next: Next) -> Response {
    let mut id = fresh_secret(&mut rand::rng());
    id.truncate(12);
    let span = tracing::info_span!(
        "request",
        http.request_id = %id,
        http.method = %request.method(),
        http.route = tracing::field::Empty,
    );
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

async fn note_route(request: Request, next: Next) -> Response {
    if let Some(route) = request.extensions().get::<MatchedPath>() {
        tracing::Span::current().record("http.route", route.as_str());
    }
    next.run(request).await
}

async fn strict_headers(State(kit): State<Kit>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    };
    set("content-security-policy", POLICY);
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "same-origin");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    if kit.secure() {
        set("strict-transport-security", "max-age=31536000");
    }
    response
}

/// Refuses writes that another site's page makes in our reader's name. A program with a bearer
/// token sends no cookie and needs no such guard. Old browsers and plain http send no
/// `Sec-Fetch-Site`; there `Origin` must be ours. A client that sends neither is no browser.
async fn from_here(State(kit): State<Kit>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let headers = request.headers();
    if safe || bearer(headers) || is_ours(headers, request.uri(), &kit.public_url) {
        return next.run(request).await;
    }
    tracing::warn!("a write from another site was refused");
    Problem::new(
        StatusCode::FORBIDDEN,
        "foreign_origin",
        |l| l.problem_foreign().to_string(),
        |l| l.problem_foreign_detail().to_string(),
    )
    .into_response()
}

fn bearer(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION) && !headers.contains_key(header::COOKIE)
}

fn is_ours(headers: &HeaderMap, uri: &Uri, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return true,
        Some(_) => return false,
        None => {}
    }
    let Some(origin) = text("origin") else { return true };
    let host = text("host").or_else(|| uri.authority().map(http::uri::Authority::as_str));
    let same_host = origin.split_once("://").is_some_and(|(_, from)| Some(from) == host);
    same_host || origin.eq_ignore_ascii_case(public_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sent: &[(&'static str, &'static str)], ours: bool) {
        let pairs = sent
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let headers: HeaderMap = pairs.collect();
        let uri = Uri::from_static("/staff");
        assert_eq!(is_ours(&headers, &uri, "https://desk.example"), ours, "{sent:?}");
    }

    #[test]
    fn a_write_from_another_page_is_not_ours() {
        check(&[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")], true);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("origin", "http://10.0.0.5:8080"), ("host", "10.0.0.5:8080")], true);
        check(&[("origin", "https://desk.example"), ("host", "127.0.0.1:8080")], true);
        check(&[("origin", "https://evil.example"), ("host", "127.0.0.1:8080")], false);
        check(&[("origin", "null"), ("host", "127.0.0.1:8080")], false);
        check(&[("host", "127.0.0.1:8080")], true);
    }
}

//! Why the house does not do what it was asked, in the reader's words: RFC 9457 or a page.
//!
//! A handler only makes the [`Problem`]; [`problem_answers`], around all rooms, writes it in the
//! reader's language and as what they asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use serde::Serialize;

use super::{Frame, Kit, OnDuty, Place, Want};
use crate::db;
use crate::words::Messages;

/// A sentence, said in the reader's language when the answer is written.
pub type Sentence = Arc<dyn Fn(&Messages) -> String + Send + Sync>;

/// A refusal or a failure. Answers itself once [`problem_answers`] has written it.
#[derive(Clone)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    told: Box<Told>,
}

/// What is said of it; apart, so that a `Result` stays small.
#[derive(Clone)]
struct Told {
    kind: &'static str,
    title: Sentence,
    detail: Sentence,
    fields: Vec<(&'static str, Sentence)>,
    retry_after_s: Option<i64>,
    current: Option<serde_json::Value>,
    /// The page of what stood in the way.
    place: Option<String>,
}

impl std::fmt::Debug for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "problem {} {}", self.status.as_u16(), self.told.kind)
    }
}

impl Problem {
    /// A problem with its own words. `kind` ends its `type`: `/problems/KIND`.
    pub fn new(
        status: StatusCode,
        kind: &'static str,
        title: impl Fn(&Messages) -> String + Send + Sync + 'static,
        detail: impl Fn(&Messages) -> String + Send + Sync + 'static,
    ) -> Self {
        let told = Told {
            kind,
            title: Arc::new(title),
            detail: Arc::new(detail),
            fields: Vec::new(),
            retry_after_s: None,
            current: None,
            place: None,
        };
        Self { status, told: Box::new(told) }
    }

    /// 400: the request cannot be read.
    pub fn syntax() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "syntax",
            |l| l.problem_syntax().to_string(),
            |l| l.problem_syntax_detail().to_string(),
        )
    }

    /// 401: nobody is signed in.
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            |l| l.problem_unauthorized().to_string(),
            |l| l.problem_unauthorized_detail().to_string(),
        )
    }

    /// 403: not with these roles.
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            |l| l.problem_forbidden().to_string(),
            |l| l.problem_forbidden_detail().to_string(),
        )
    }

    /// 404: there is no such thing.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            |l| l.problem_not_found().to_string(),
            |l| l.problem_not_found_detail().to_string(),
        )
    }

    /// 409: somebody changed the record meanwhile; `current` is the record as it is now.
    pub fn stale<T: Serialize>(current: &T) -> Self {
        let problem = Self::new(
            StatusCode::CONFLICT,
            "stale",
            |l| l.problem_stale().to_string(),
            |l| l.problem_stale_detail().to_string(),
        );
        problem.current(current)
    }

    /// The same with a sentence of its own.
    #[must_use]
    pub fn because(mut self, detail: impl Fn(&Messages) -> String + Send + Sync + 'static) -> Self {
        self.told.detail = Arc::new(detail);
        self
    }

    /// 422: the rules do not allow it; say which fields with [`Problem::field`].
    pub fn rules() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "rules",
            |l| l.problem_rules().to_string(),
            |l| l.problem_rules_detail().to_string(),
        )
    }

    /// 422 with a sentence of its own.
    pub fn rule(detail: impl Fn(&Messages) -> String + Send + Sync + 'static) -> Self {
        let mut problem = Self::rules();
        problem.told.detail = Arc::new(detail);
        problem
    }

    /// 429: tried too often; again in so many seconds.
    pub fn too_often(retry_after_s: i64) -> Self {
        let problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too_often",
            |l| l.problem_too_often().to_string(),
            move |l| l.problem_too_often_detail(retry_after_s).to_string(),
        );
        problem.again_in(retry_after_s)
    }

    /// 503: the store does not answer.
    pub fn away() -> Self {
        let problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "away",
            |l| l.problem_away().to_string(),
            |l| l.problem_away_detail().to_string(),
        );
        problem.again_in(2)
    }

    /// 500: we failed. The reader sees an apology, the log sees the reason.
    pub fn broken(reason: impl std::fmt::Display) -> Self {
        tracing::error!(reason = %reason, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "broken",
            |l| l.problem_broken().to_string(),
            |l| l.problem_broken_detail().to_string(),
        )
    }

    /// Says what is wrong with one field.
    #[must_use]
    pub fn field(
        mut self,
        name: &'static str,
        sentence: impl Fn(&Messages) -> String + Send + Sync + 'static,
    ) -> Self {
        self.told.fields.push((name, Arc::new(sentence)));
        self
    }

    /// Adds the record as it is now, for a conflict with words of its own.
    #[must_use]
    pub fn current<T: Serialize>(mut self, current: &T) -> Self {
        self.told.current = serde_json::to_value(current).ok();
        self
    }

    /// Leads to the page of what stood in the way.
    #[must_use]
    pub fn seen_at(mut self, place: String) -> Self {
        self.told.place = Some(place);
        self
    }

    /// Adds one more thing to the record of a conflict, such as what else could be had.
    #[must_use]
    pub fn with<T: Serialize>(mut self, name: &str, value: &T) -> Self {
        let current = self.told.current.get_or_insert_with(|| serde_json::json!({}));
        if let (Some(fields), Ok(value)) = (current.as_object_mut(), serde_json::to_value(value)) {
            fields.insert(name.to_owned(), value);
        }
        self
    }

    fn again_in(mut self, seconds: i64) -> Self {
        self.told.retry_after_s = Some(seconds);
        self
    }

    /// Whether some field is wrong.
    pub fn has_fields(&self) -> bool {
        !self.told.fields.is_empty()
    }

    /// The sentences about fields, by field, for the form that is shown again.
    pub fn fields(&self, l: &Messages) -> BTreeMap<&'static str, String> {
        self.told.fields.iter().map(|(name, say)| (*name, say(l))).collect()
    }

    /// The explanation, for the form that is shown again.
    pub fn detail(&self, l: &Messages) -> String {
        (self.told.detail)(l)
    }

    /// Says in a page of the room's own when to try again.
    pub fn tell_when(&self, response: &mut Response) {
        if let Some(seconds) = self.told.retry_after_s {
            let seconds = HeaderValue::from(seconds.max(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
    }

    /// What axum answers by itself for a path or a method it does not know, and the like.
    fn of_status(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::BAD_REQUEST => Self::syntax(),
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => Self::new(
                status,
                "method_not_allowed",
                |l| l.problem_method().to_string(),
                |l| l.problem_method_detail().to_string(),
            ),
            StatusCode::REQUEST_TIMEOUT => Self::new(
                status,
                "too_slow",
                |l| l.problem_too_slow().to_string(),
                |l| l.problem_too_slow_detail().to_string(),
            ),
            StatusCode::PAYLOAD_TOO_LARGE => Self::new(
                status,
                "too_large",
                |l| l.problem_too_large().to_string(),
                |l| l.problem_too_large_detail().to_string(),
            ),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::new(
                status,
                "media_type",
                |l| l.problem_media_type().to_string(),
                |l| l.problem_media_type_detail().to_string(),
            ),
            _ => return None,
        })
    }

    /// The problem of a plain status: 404, 405, 408, 413, 415; 500 for any other.
    pub fn status(status: StatusCode) -> Self {
        Self::of_status(status).unwrap_or_else(|| Self::broken(status))
    }

    fn written(&self, want: &Want) -> Response {
        let l = want.messages();
        let page = ProblemPage {
            kind: format!("/problems/{}", self.told.kind),
            title: (self.told.title)(&l),
            status: self.status.as_u16(),
            detail: (self.told.detail)(&l),
            fields: self.fields(&l),
            current: self.told.current.as_ref(),
            place: self.told.place.as_deref(),
            frame: want.frame(Place::Elsewhere),
        };
        let mut response = if want.json {
            let kind = [(header::CONTENT_TYPE, "application/problem+json")];
            (self.status, kind, serde_json::to_vec(&page).unwrap_or_default()).into_response()
        } else {
            // a page that cannot be drawn must not hide the problem
            let html = page.render().unwrap_or_else(|_| page.detail.clone());
            (self.status, Html(html)).into_response()
        };
        let headers = response.headers_mut();
        let vary = HeaderValue::from_static("Accept, Accept-Language, Cookie");
        headers.insert(header::VARY, vary);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"switchboard\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        self.tell_when(&mut response);
        response
    }
}

impl From<db::Error> for Problem {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::NotFound => Self::not_found(),
            db::Error::Retry(_) | db::Error::Broken(_) => {
                tracing::error!(reason = %error, "the store did not answer a request");
                Self::away()
            }
            db::Error::Refused(_) | db::Error::Unreadable(_) => Self::broken(error),
        }
    }
}

impl IntoResponse for Problem {
    /// The bare status with the problem beside it; [`problem_answers`] writes the rest.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem as JSON (RFC 9457) and as a page.
#[derive(Template, Serialize)]
#[template(path = "parts/problem.html")]
struct ProblemPage<'p> {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    detail: String,
    fields: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<&'p serde_json::Value>,
    #[serde(skip)]
    place: Option<&'p str>,
    #[serde(skip)]
    frame: Frame,
}

/// Writes every problem that leaves the rooms in the reader's language. The staff room leaves the
/// reader in the response's extensions, so that the page has its bar.
pub async fn problem_answers(State(kit): State<Kit>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    let mut response = next.run(request).await;
    let bare = !response.headers().contains_key(header::CONTENT_TYPE)
        || response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
            // axum's own refusals are plain text
            response.status().is_client_error() && kind.as_bytes().starts_with(b"text/plain")
        });
    let problem = response.extensions_mut().remove::<Problem>();
    let found = problem.or_else(|| bare.then(|| Problem::of_status(response.status())).flatten());
    let Some(problem) = found else { return response };
    let reader = response.extensions().get::<OnDuty>().cloned();
    let mut written = problem.written(&Want::of(kit, &headers, reader));
    for name in [header::ALLOW, header::SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            written.headers_mut().append(&name, value.clone());
        }
    }
    written
}

//! A panel with nobody's rooms but the staff's and a small one of the tests' own, and a program that
//! speaks to it.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Router, http};
use futures_util::future::BoxFuture;
use switchboard::bus::News;
use switchboard::calls::{LiveCalls, PastCalls};
use switchboard::clock::Clock;
use switchboard::contacts;
use switchboard::db::{Change, Db, Stamp};
use switchboard::kernel::{BusinessDay, Language, Moment, Role, Roles, StaffId};
use switchboard::meters::Meters;
use switchboard::outbox::{self, Routes, Senders};
use switchboard::staff::{self, Newcomer, Porter, StaffNews};
use switchboard::web::{self, Input, Kit, KitParts, LineView, OnDuty, Problem, Reader, Want, live};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// The password of everybody in the stories.
pub(crate) const PASSWORD: &str = "three rings and no more";

/// A panel over a store.
pub(crate) struct Desk {
    pub(crate) kit: Kit,
    pub(crate) clock: Clock,
    pub(crate) rooms: Router,
    pub(crate) lines: watch::Sender<Vec<LineView>>,
    pub(crate) store_ok: watch::Sender<bool>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Desk {
    /// Opens a panel over a store at 18:30 on a Monday.
    pub(crate) fn open(db: &Db) -> Self {
        let now = Moment::parse_rfc3339("2026-11-23T18:30:00+08:00").unwrap();
        Self::open_at(db, now, "http://127.0.0.1:8080")
    }

    /// The same with more rooms.
    pub(crate) fn with(db: &Db, rooms: Router) -> Self {
        let now = Moment::parse_rfc3339("2026-11-23T18:30:00+08:00").unwrap();
        Self::build(db, now, "http://127.0.0.1:8080", rooms, Router::new())
    }

    /// The same with the pages of the outbox.
    pub(crate) async fn with_outbox(db: &Db) -> Self {
        let now = Moment::parse_rfc3339("2026-11-23T18:30:00+08:00").unwrap();
        Self::with(db, outbox_rooms(db, now).await)
    }

    /// The same at another time.
    pub(crate) fn with_at(db: &Db, now: Moment, rooms: Router) -> Self {
        Self::build(db, now, "http://127.0.0.1:8080", rooms, Router::new())
    }

    pub(crate) fn open_at(db: &Db, now: Moment, public_url: &str) -> Self {
        Self::open_with(db, now, public_url, Router::new(), Router::new())
    }

    /// The same with more rooms: behind the door, and before it.
    pub(crate) fn open_with(
        db: &Db,
        now: Moment,
        public_url: &str,
        behind: Router,
        before: Router,
    ) -> Self {
        Self::build(db, now, public_url, behind, before)
    }

    /// The same in a house that stands elsewhere.
    pub(crate) fn open_in(
        db: &Db,
        now: Moment,
        zone: chrono_tz::Tz,
        (behind, before): (Router, Router),
    ) -> Self {
        Self::build_in(db, now, "http://127.0.0.1:8080", zone, (behind, before))
    }

    fn build(db: &Db, now: Moment, public_url: &str, more: Router, open: Router) -> Self {
        Self::build_in(db, now, public_url, chrono_tz::Asia::Shanghai, (more, open))
    }

    fn build_in(
        db: &Db,
        now: Moment,
        public_url: &str,
        zone: chrono_tz::Tz,
        (more, open): (Router, Router),
    ) -> Self {
        let clock = Clock::manual(now);
        let (lines, lines_seen) = watch::channel(Vec::new());
        let (store_ok, store_seen) = watch::channel(true);
        let kit = Kit::new(KitParts {
            db: db.clone(),
            clock: clock.clone(),
            meters: Meters::new(),
            site_name: "南京北斗星".to_owned(),
            language: Language::ZhCn,
            day: BusinessDay { zone, cutoff: chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap() },
            public_url: public_url.to_owned(),
            version: "test",
            lines: lines_seen,
            sources: watch::Sender::default().subscribe(),
            store_ok: store_seen,
            stop: CancellationToken::new(),
        });
        let porter = Porter::new(kit.clone());
        let cards = contacts::Panel::default()
            .knowing(vec![Arc::new(PastCalls(LiveCalls::default()))])
            .holding(vec![Arc::new(PastCalls(LiveCalls::default()))]);
        let closed = staff::routes(&porter)
            .merge(live::routes(vec![
                StaffNews::speaker(),
                contacts::ContactNews::speaker(),
                Arc::new(CallNews),
            ]))
            .merge(contacts::routes(cards))
            .route("/tests/marks", post(mark).delete(unmark))
            .route("/tests/panic", get(panic))
            .merge(more);
        let open = staff::open_routes(&porter).merge(open);
        let rooms = web::house(&kit, porter.guard(closed, open));
        Self { kit, clock, rooms, lines, store_ok }
    }

    /// Adds a person who signs in with their first role as login.
    pub(crate) async fn person(&self, name: &str, roles: &str) {
        let newcomer = Newcomer {
            name: name.to_owned(),
            login: roles.split(',').next().unwrap().to_owned(),
            roles: roles.parse().unwrap(),
            extension: None,
            password: PASSWORD.to_owned(),
        };
        staff::add(&self.kit.db, self.stamp(), newcomer).await.unwrap();
    }

    /// Adds a person who signs in with this login.
    pub(crate) async fn somebody(&self, name: &str, login: &str, roles: &str) -> StaffId {
        let newcomer = Newcomer {
            name: name.to_owned(),
            login: login.to_owned(),
            roles: roles.parse().unwrap(),
            extension: None,
            password: PASSWORD.to_owned(),
        };
        staff::add(&self.kit.db, self.stamp(), newcomer).await.unwrap()
    }

    pub(crate) fn stamp(&self) -> Stamp {
        Stamp { now: self.clock.now(), by: None }
    }

    /// A token with these roles, as the header says it.
    pub(crate) async fn token(&self, roles: &str) -> String {
        let roles: Roles = roles.parse().unwrap();
        let made = staff::create_token(&self.kit.db, self.stamp(), "a program", roles).await;
        format!("Bearer {}", made.unwrap().1)
    }

    /// Signs in and returns the cookie.
    pub(crate) async fn sign_in(&self, login: &str) -> String {
        let answer = self.ask(form("/sign-in", &[("login", login), ("password", PASSWORD)])).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.session()
    }

    /// Sends a request as it would come from the network.
    pub(crate) async fn ask(&self, request: http::request::Builder) -> Answer {
        self.ask_with(request, Body::empty()).await
    }

    pub(crate) async fn ask_with(
        &self,
        request: http::request::Builder,
        body: impl Into<Body>,
    ) -> Answer {
        // a form travels in an extension of the builder
        let mut request = request.body(body.into()).unwrap();
        if let Some(Form(text)) = request.extensions_mut().remove::<Form>() {
            *request.body_mut() = Body::from(text);
        }
        let response: Response = self.rooms.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A file, as it is.
    pub(crate) async fn ask_bytes(&self, request: http::request::Builder) -> Vec<u8> {
        let request = request.body(Body::empty()).unwrap();
        let response: Response = self.rooms.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()
    }

    /// The whole journal as text.
    pub(crate) async fn journal(&self) -> Vec<String> {
        let news = switchboard::db::news_after(&self.kit.db, 0, 1000).await.unwrap();
        news.into_iter().map(|one| format!("{} {}", one.subject, one.change)).collect()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The session cookie that came back, as a browser sends it.
    pub(crate) fn session(&self) -> String {
        let cookie = self.header("set-cookie");
        cookie.split(';').next().unwrap().to_owned()
    }
}

#[derive(Clone)]
struct Form(String);

/// The pages of the outbox and the service worker; nothing is sent.
pub(crate) async fn outbox_rooms(db: &Db, now: Moment) -> Router {
    let senders = Senders::new(db, now, &[], None, None, "http://desk").await.unwrap();
    let ways = Routes::new(&[], false, false, chrono_tz::Asia::Shanghai);
    outbox::routes(outbox::Panel::new(&senders, &ways))
}

pub(crate) fn page(address: &str) -> http::request::Builder {
    Request::builder().uri(address).header(header::ACCEPT, "text/html,*/*;q=0.8")
}

pub(crate) fn json(address: &str) -> http::request::Builder {
    Request::builder().uri(address).header(header::ACCEPT, "application/json")
}

/// A form as a browser sends it from our own page.
pub(crate) fn form(address: &str, fields: &[(&str, &str)]) -> http::request::Builder {
    let plain = |text: &str| {
        let kept = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let one = |b: u8| {
            if kept(b) { char::from(b).to_string() } else { format!("%{b:02X}") }
        };
        text.bytes().map(one).collect::<String>()
    };
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
    page(address)
        .method(Method::POST)
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .extension(Form(pairs.join("&")))
}

/// A program's write.
pub(crate) fn write(
    address: &str,
    token: &str,
    body: &serde_json::Value,
) -> http::request::Builder {
    json(address)
        .method(Method::POST)
        .header(header::AUTHORIZATION, token)
        .header(header::CONTENT_TYPE, "application/json")
        .extension(Form(body.to_string()))
}

/// News of calls, for operators alone.
pub(crate) struct CallNews;

impl live::Fragments for CallNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["call"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reader.roles.has(Role::Operator)
    }

    fn html<'a>(
        &'a self,
        want: &'a Want,
        _: &'a OnDuty,
        news: &'a News,
    ) -> BoxFuture<'a, Option<String>> {
        let html = format!("<li lang=\"{}\">{}</li>", want.language.tag(), news.subject);
        Box::pin(std::future::ready(Some(html)))
    }
}

#[derive(serde::Deserialize)]
struct Mark {
    word: String,
}

/// Writes a line in the journal, so that a story sees whether it acted once.
async fn mark(
    want: Want,
    reader: Reader,
    Input(Mark { word }): Input<Mark>,
) -> Result<Response, Problem> {
    reader.may(&[Role::Operator, Role::Supervisor])?;
    if word == "no" {
        return Err(Problem::rules().field("word", |_| "no is no word".to_owned()));
    }
    record(&want.kit.db, want.stamp(), "marked").await;
    want.done("/tests/marks", &serde_json::json!({ "word": word }))
}

async fn unmark(want: Want) -> Result<Response, Problem> {
    record(&want.kit.db, want.stamp(), "unmarked").await;
    want.done("/tests/marks", &serde_json::json!({}))
}

async fn panic() -> Response {
    panic!("a planted panic")
}

/// One line of the journal about a call.
pub(crate) async fn record(db: &Db, stamp: Stamp, change: &'static str) {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            tx.record(Change::new("call", "calls/1".to_owned(), change).version(1));
            Ok(())
        })
    })
    .await
    .unwrap();
}

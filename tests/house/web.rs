//! The kit of the panel: guards, problems, writes that act once, and the live stream.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use axum::http::{Method, StatusCode, header};
use axum::{Extension, Router};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use switchboard::kernel::{Closed, Role, TokenId};
use switchboard::web::live::{self, StillOnDuty};
use switchboard::web::{Account, HeardBy, LineView, OnDuty, asset};

use super::desk::{CallNews, Desk, form, json as ask_json, page, record, write};
use super::kit;

#[tokio::test]
async fn a_page_is_json_for_those_who_ask_for_it() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    let token = desk.token("operator").await;
    let html = desk.ask(page("/me").header(header::AUTHORIZATION, &token)).await;
    let json = desk.ask(ask_json("/me").header(header::AUTHORIZATION, &token)).await;
    assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(json.header("content-type"), "application/json");
    for answer in [&html, &json] {
        assert!(answer.header("vary").contains("Accept, Accept-Language, Cookie"));
    }
    assert_eq!(json.json()["roles"], json!(["operator"]));
    assert!(html.body.contains("a program"));
}

#[tokio::test]
async fn every_answer_carries_the_strict_headers() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    let sheet = asset("css/base.css");
    for address in ["/sign-in", "/nowhere", sheet.as_str(), "/me"] {
        let answer = desk.ask(page(address)).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{address}: {policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
        assert_eq!(answer.header("strict-transport-security"), "", "plain http promises nothing");
        assert!(!answer.header("x-request-id").is_empty());
    }
    let secure = Desk::open_at(&fresh.db, desk.clock.now(), "https://desk.example");
    let answer = secure.ask(page("/sign-in")).await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    secure.person("李红", "operator").await;
    let fields = [("login", "operator"), ("password", super::desk::PASSWORD)];
    let signed = secure.ask(form("/sign-in", &fields)).await;
    let cookie = signed.header("set-cookie");
    assert!(cookie.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
}

#[tokio::test]
async fn an_asset_may_be_kept_for_ever_under_its_own_edition() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    let address = asset("css/tokens.css");
    let first = desk.ask(page(&address)).await;
    assert_eq!(first.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(first.header("content-type"), "text/css; charset=utf-8");
    let tag = first.header("etag").to_owned();
    let again = desk.ask(page(&address).header(header::IF_NONE_MATCH, &tag)).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let older = desk.ask(page("/assets/0000000000000000/css/tokens.css")).await;
    assert_eq!((older.status, older.header("cache-control")), (StatusCode::OK, "no-cache"));
    let none = desk.ask(page("/assets/0000000000000000/css/../../Cargo.toml")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_another_site_sends_in_our_readers_name_is_refused() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    desk.person("李红", "operator").await;
    let cookie = desk.sign_in("operator").await;
    let act = |name: &'static str, value: &'static str| {
        page("/tests/marks")
            .method(Method::POST)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, &cookie)
            .header(header::HOST, "127.0.0.1:8080")
            .header(name, value)
    };
    let status = async |request| desk.ask_with(request, "word=yes").await.status;
    assert_eq!(status(act("sec-fetch-site", "cross-site")).await, StatusCode::FORBIDDEN);
    assert_eq!(status(act("origin", "https://evil.example")).await, StatusCode::FORBIDDEN);
    assert_eq!(marks(&desk).await, 0);
    assert_eq!(status(act("origin", "http://127.0.0.1:8080")).await, StatusCode::SEE_OTHER);
    assert_eq!(status(act("sec-fetch-site", "same-origin")).await, StatusCode::SEE_OTHER);
    assert_eq!(marks(&desk).await, 2);
    let token = desk.token("operator").await;
    let program = write("/tests/marks", &token, &json!({"word": "yes"}));
    let program = program.header("origin", "https://crm.example");
    assert_eq!(desk.ask(program).await.status, StatusCode::OK, "a program has no cookie to steal");
}

async fn marks(desk: &Desk) -> usize {
    desk.journal().await.iter().filter(|line| line.ends_with(" marked")).count()
}

#[tokio::test]
async fn a_problem_says_what_to_do_as_a_page_and_as_json() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    let token = desk.token("operator").await;
    let ask = async |request: axum::http::request::Builder| {
        desk.ask(request.header(header::AUTHORIZATION, &token)).await
    };
    let missing = ask(ask_json("/nowhere").header(header::ACCEPT_LANGUAGE, "en")).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.header("content-type"), "application/problem+json");
    assert_eq!(
        missing.json(),
        json!({
            "type": "/problems/not_found", "title": "Not found", "status": 404, "fields": {},
            "detail": "There is nothing at this address. It may have been removed or mistyped."
        })
    );
    assert!(ask(page("/nowhere")).await.body.contains("没有找到"));

    let method = ask(ask_json("/me").method(Method::PUT)).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(method.header("allow").contains("GET"), "{:?}", method.headers);

    let panicked = ask(page("/tests/panic")).await;
    assert_eq!(panicked.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(panicked.body.contains("出错了") && !panicked.body.contains("planted"));

    let send = async |kind: &str, body: String| {
        let request = ask_json("/tests/marks").method(Method::POST);
        let request = request.header(header::CONTENT_TYPE, kind);
        desk.ask_with(request.header(header::AUTHORIZATION, &token), body).await.status
    };
    assert_eq!(send("application/json", "{".into()).await, StatusCode::BAD_REQUEST);
    assert_eq!(send("application/json", "{}".into()).await, StatusCode::BAD_REQUEST);
    assert_eq!(send("text/csv", "a".into()).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = "a".repeat(256 * 1024 + 1);
    assert_eq!(send("application/json", large).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_write_that_is_sent_twice_acts_once() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let (one, other) = (desk.token("operator").await, desk.token("operator").await);
        let mark = async |token: &str, key: &str, word: &str| {
            let request = write("/tests/marks", token, &json!({ "word": word }));
            desk.ask(request.header("idempotency-key", key)).await
        };
        let first = mark(&one, "k1", "yes").await;
        let repeat = mark(&one, "k1", "yes").await;
        assert_eq!((first.status, &first.body), (repeat.status, &repeat.body));
        assert_eq!(repeat.header("content-type"), "application/json");
        assert_eq!(marks(&desk).await, 1);

        assert_eq!(mark(&one, "k1", "ja").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(mark(&other, "k1", "yes").await.status, StatusCode::OK, "another account");
        assert_eq!(mark(&one, "k2", "no").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(mark(&one, "k2", "yes").await.status, StatusCode::OK, "a refusal frees its key");
        assert_eq!(marks(&desk).await, 3);

        assert!(desk.clock.set(desk.clock.now().plus_millis(24 * 60 * 60 * 1000 + 1)));
        assert_eq!(mark(&one, "k1", "yes").await.status, StatusCode::OK);
        assert_eq!(marks(&desk).await, 4, "kept for a day");

        let admin = desk.token("admin").await;
        let secret = async || {
            let body = json!({"name": "CRM", "roles": ["operator"]});
            let request = write("/admin/tokens", &admin, &body);
            desk.ask(request.header("idempotency-key", "k1")).await
        };
        assert_eq!(secret().await.status, StatusCode::CREATED);
        assert_eq!(secret().await.status, StatusCode::CONFLICT, "a secret is shown once");
    }
}

#[tokio::test]
async fn a_form_acts_once_and_may_undo() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    desk.person("李红", "operator").await;
    let cookie = desk.sign_in("operator").await;
    let act = async |fields: &[(&str, &str)]| {
        desk.ask(form("/tests/marks", fields).header(header::COOKIE, &cookie)).await.status
    };
    for _ in 0..2 {
        assert_eq!(act(&[("word", "yes"), ("op_id", "o1")]).await, StatusCode::SEE_OTHER);
    }
    assert_eq!(act(&[("_method", "DELETE"), ("op_id", "o2")]).await, StatusCode::SEE_OTHER);
    let journal = desk.journal().await;
    let calls: Vec<_> = journal.iter().filter(|line| line.starts_with("calls/")).collect();
    assert_eq!(calls, ["calls/1 marked", "calls/1 unmarked"]);
}

#[tokio::test]
async fn trouble_with_a_line_or_the_store_is_on_every_page() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    let token = desk.token("operator").await;
    let drawn = async || desk.ask(page("/me").header(header::AUTHORIZATION, &token)).await.body;
    assert!(!drawn().await.contains("banner-"));
    let line = |up, account: &str| LineView {
        pbx: "main".to_owned(),
        by: HeardBy::Member,
        account: account.to_owned(),
        last_heard_at: None,
        up,
        since: Some(desk.clock.now()),
        reason: (!up).then_some("unreachable"),
        status: (!up).then_some(408),
    };
    desk.lines.send_replace(vec![line(true, "listener"), line(false, "second")]);
    desk.store_ok.send_replace(false);
    let page = drawn().await;
    let why = "“main second”已断开（交换机没有应答，应答 408）";
    assert!(page.contains("线路 1/2 在线") && page.contains(why), "{page}");
    assert!(page.contains("暂时无法保存"));
}

// ------------------------------------------------------------------------------- the live stream

/// One event of a stream.
#[derive(Debug, Clone)]
struct Event {
    id: Option<i64>,
    kind: String,
    data: Value,
}

/// A program that listens over a real socket.
struct Listener {
    response: std::pin::Pin<Box<dyn futures_util::Stream<Item = Vec<u8>> + Send>>,
    buffer: String,
    read: VecDeque<Event>,
}

impl Listener {
    async fn open(address: &str, token: &str, last: Option<i64>) -> Self {
        let client = reqwest::Client::new();
        let mut request =
            client.get(address).header("authorization", token).header("accept-encoding", "gzip");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        assert!(!response.headers().contains_key("content-encoding"));
        let bytes = response.bytes_stream().filter_map(async |part| part.ok().map(Vec::from));
        Self { response: Box::pin(bytes), buffer: String::new(), read: VecDeque::new() }
    }

    /// The next event; `None` when the house has closed the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Some(event);
            }
            self.buffer.push_str(std::str::from_utf8(&self.response.next().await?).unwrap());
            while let Some(end) = self.buffer.find("\n\n") {
                let text: String = self.buffer.drain(..end + 2).collect();
                let field = |name: &str| {
                    text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
                };
                let data = field("data:").map(|data| serde_json::from_str(data).unwrap());
                self.read.push_back(Event {
                    id: field("id:").map(|id| id.parse().unwrap()),
                    kind: field("event:").unwrap_or_default().to_owned(),
                    data: data.unwrap_or_default(),
                });
            }
        }
    }

    /// The next event that is no beat.
    async fn news(&mut self) -> Option<Event> {
        loop {
            match self.next().await {
                Some(event) if event.kind == "beat" => assert_eq!(event.id, None),
                other => return other,
            }
        }
    }
}

/// Serves the desk on loopback while a story runs.
async fn served(desk: &Desk, story: impl AsyncFnOnce(String)) {
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    let serve = axum::serve(socket, desk.rooms.clone());
    tokio::select! {
        ended = async { serve.await } => panic!("the server ended: {ended:?}"),
        () = story(address) => {}
    }
}

#[tokio::test]
async fn a_stream_goes_on_where_it_broke_off_without_a_gap_or_a_double() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let token = desk.token("operator").await;
        let begun = switchboard::db::head(&fresh.db).await.unwrap();
        let writing = async {
            for _ in 0..150 {
                tokio::join!(
                    record(&fresh.db, desk.stamp(), "ringing"),
                    record(&fresh.db, desk.stamp(), "ended"),
                );
            }
        };
        served(&desk, async |address| {
            let reading = async {
                let mut last = begun;
                let mut seen = Vec::new();
                // a line that breaks every fifty events
                while seen.len() < 300 {
                    let live = format!("{address}/live?after={begun}");
                    let mut stream = Listener::open(&live, &token, Some(last)).await;
                    for _ in 0..50 {
                        let event = stream.news().await.unwrap();
                        assert_eq!(
                            (event.kind.as_str(), event.id),
                            ("call", event.data["seq"].as_i64())
                        );
                        last = event.id.unwrap();
                        seen.push(last);
                    }
                }
                let expected: Vec<i64> = (begun + 1..=begun + 300).collect();
                assert_eq!(seen, expected);
            };
            tokio::join!(writing, reading);
        })
        .await;
    }
}

#[tokio::test]
async fn an_event_has_the_fields_of_the_contract_and_a_browser_gets_its_fragment() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    desk.person("李红", "operator").await;
    let cookie = desk.sign_in("operator").await;
    let after = switchboard::db::head(&fresh.db).await.unwrap();
    record(&fresh.db, desk.stamp(), "ringing").await;
    served(&desk, async |address| {
        let live = format!("{address}/live?after={after}");
        let mut stream = Listener::open(&live, &desk.token("operator").await, None).await;
        let told = stream.news().await.unwrap().data;
        let fields = json!({
            "seq": after + 1, "at": desk.clock.now(), "kind": "call", "subject": "calls/1",
            "change": "ringing", "version": 1
        });
        assert_eq!(told, fields);

        let client = reqwest::Client::new().get(&live).header("cookie", &cookie);
        let mut body = client.send().await.unwrap().bytes_stream();
        let mut text = String::new();
        while !text.contains("html") {
            text.push_str(std::str::from_utf8(&body.next().await.unwrap().unwrap()).unwrap());
        }
        assert!(text.contains(r#""html":"<li lang=\"zh-CN\">calls/1</li>""#), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_reader_too_far_behind_reloads() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let token = desk.token("operator").await;
        let many = |tx: &mut switchboard::db::Tx| {
            for _ in 0..1_001 {
                let change = switchboard::db::Change::new("call", "calls/1".into(), "ringing");
                tx.record(change);
            }
        };
        let write = fresh.db.write(desk.stamp(), move |tx| {
            many(tx);
            Box::pin(async { Ok(()) })
        });
        write.await.unwrap();
        let head = switchboard::db::head(&fresh.db).await.unwrap();
        served(&desk, async |address| {
            for lost in [head - 1_001, head + 5] {
                let live = format!("{address}/live?after={lost}");
                let mut stream = Listener::open(&live, &token, None).await;
                let told = stream.news().await.unwrap();
                assert_eq!((told.kind.as_str(), told.id), ("reset", None), "after {lost}");
            }
            let live = format!("{address}/live?after={}", head - 1_000);
            let mut stream = Listener::open(&live, &token, None).await;
            assert_eq!(stream.news().await.unwrap().id, Some(head - 999));
            // and goes on after a reset
            let mut lost = Listener::open(&format!("{address}/live?after=0"), &token, None).await;
            assert_eq!(lost.news().await.unwrap().kind, "reset");
            record(&fresh.db, desk.stamp(), "ended").await;
            assert_eq!(lost.news().await.unwrap().id, Some(head + 1));
        })
        .await;
    }
}

#[tokio::test]
async fn a_stream_tells_only_what_its_reader_may_see_and_ends_with_their_token() {
    for fresh in kit::stores().await {
        let desk = Desk::open(&fresh.db);
        let (operator, head) = (desk.token("operator").await, desk.token("head").await);
        served(&desk, async |address| {
            let live = format!("{address}/live");
            let mut calls = Listener::open(&live, &operator, None).await;
            let mut people = Listener::open(&live, &head, None).await;
            record(&fresh.db, desk.stamp(), "ringing").await;
            desk.person("陈晨", "greeter").await;
            record(&fresh.db, desk.stamp(), "ended").await;
            let kinds = [calls.news().await.unwrap(), calls.news().await.unwrap()];
            assert!(kinds.iter().all(|event| event.kind == "call"), "{kinds:?}");
            assert_eq!(people.news().await.unwrap().kind, "staff");

            assert_eq!(desk.kit.meters.live_streams.get(), 2);
            let mine = switchboard::staff::store::tokens::all(&fresh.db).await.unwrap();
            let operator = mine.last().unwrap().id;
            switchboard::staff::revoke_token(&fresh.db, desk.stamp(), operator).await.unwrap();
            assert!(calls.news().await.is_none(), "the revoked program hears no more");
            desk.kit.stop.cancel();
            while let Some(event) = people.next().await {
                assert_ne!(event.kind, "call");
            }
        })
        .await;
    }
}

/// What the staff room says of everybody, and how often it was asked.
#[derive(Clone, Default)]
struct StaffRoom {
    says: Arc<AtomicU8>,
    asked: Arc<AtomicU32>,
}

impl StaffRoom {
    const AWAY: u8 = 1;
    const NOBODY: u8 = 2;

    fn say(&self, what: u8) {
        self.asked.store(0, Ordering::SeqCst);
        self.says.store(what, Ordering::SeqCst);
    }

    async fn was_asked(&self) {
        while self.asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }

    fn answer(&self) -> live::Known {
        let somebody = OnDuty {
            account: Account::Token { id: TokenId(1), name: "a program".to_owned() },
            roles: [Role::Operator].into_iter().collect(),
            language: None,
            theme: None,
            volume: 0,
            closed: Closed::default(),
            guarded: Closed::default(),
        };
        let says = self.says.load(Ordering::SeqCst);
        self.asked.fetch_add(1, Ordering::SeqCst);
        match says {
            Self::AWAY => Err(switchboard::db::Error::NotFound),
            Self::NOBODY => Ok(None),
            _ => Ok(Some(somebody)),
        }
    }

    /// A stream at `/doubtful/live` that asks here.
    fn stream(&self) -> Router {
        let room = self.clone();
        let still = StillOnDuty(Arc::new(move || Box::pin(std::future::ready(room.answer()))));
        let rooms = live::routes(vec![Arc::new(CallNews)]).layer(Extension(still));
        Router::new().nest("/doubtful", rooms)
    }
}

#[tokio::test]
async fn while_the_store_does_not_say_who_may_look_streams_live_on_and_tell_nothing() {
    for fresh in kit::stores().await {
        let room = StaffRoom::default();
        let desk = Desk::with(&fresh.db, room.stream());
        let token = desk.token("operator").await;
        served(&desk, async |address| {
            let live = format!("{address}/doubtful/live");
            // somebody is added, so it is asked at once; it is away for a moment, and nobody is sent home
            let mut stream = Listener::open(&live, &token, None).await;
            room.say(StaffRoom::AWAY);
            desk.person("陈晨", "greeter").await;
            room.was_asked().await;
            record(&fresh.db, desk.stamp(), "ringing").await;
            room.say(0);
            let told = stream.news().await.unwrap();
            assert_eq!((told.kind.as_str(), &told.data["change"]), ("call", &json!("ringing")));
            drop(stream);

            // whose right was taken away meanwhile was told nothing
            let mut stream = Listener::open(&live, &token, None).await;
            room.say(StaffRoom::AWAY);
            desk.person("吴双", "supervisor").await;
            room.was_asked().await;
            record(&fresh.db, desk.stamp(), "ended").await;
            room.say(StaffRoom::NOBODY);
            assert!(stream.news().await.is_none());
        })
        .await;
    }
}

#[tokio::test]
async fn a_stream_is_for_those_who_are_known() {
    let fresh = &kit::stores().await[0];
    let desk = Desk::open(&fresh.db);
    let request =
        axum::extract::Request::builder().uri("/live").header("accept", "text/event-stream");
    assert_eq!(desk.ask(request).await.status, StatusCode::UNAUTHORIZED);
}

//! `/admin/outbox`: what went out, what could not and why; `/me/reach`: how messages find oneself.

mod names;
mod reach;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State as Given;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

use super::message::{Row, State};
use super::route::Routes;
use super::sender::Senders;
use super::store;
use crate::bus::News;
use crate::kernel::{Moment, Role, StaffId};
use crate::web::live::Fragments;
use crate::web::{
    At, Filter, Frame, OnDuty, Place, Problem, Reader, Want, doors, maybe_number, maybe_text,
};
use crate::words::Messages;
pub use names::names;
use reach::Person;

/// Who looks after the outbox.
const KEEPERS: &[Role] = doors::OUTBOX;

/// What the pages stand on. Cheap to clone.
#[derive(Clone)]
pub struct Panel {
    senders: Senders,
    ways: Routes,
}

impl Panel {
    /// The pages over these ways.
    pub fn new(senders: &Senders, ways: &Routes) -> Self {
        Self { senders: senders.clone(), ways: ways.clone() }
    }
}

/// `/admin/outbox`, `/me/reach` and the service worker `/sw.js`.
pub fn routes(panel: Panel) -> Router {
    Router::new()
        .route("/admin/outbox", get(show))
        .route("/admin/outbox/{id}/retry", post(retry))
        .route("/admin/outbox/{id}", axum::routing::delete(discard))
        .route("/admin/outbox/people/{id}", post(reach::write_theirs))
        .route("/me/reach", get(reach::show_mine).post(reach::write_mine))
        .route("/me/reach/trial", post(reach::try_out))
        .route("/me/browsers", post(reach::subscribe))
        .route("/sw.js", get(service_worker))
        .with_state(panel)
}

/// The room's news on `/live`, for those who look after it.
pub struct OutboxNews;

impl Fragments for OutboxNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["outbox"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reader.roles.has_any(KEEPERS)
    }
}

/// One message as pages and programs see it: without its words, which are its reader's.
#[derive(Debug, Clone, Serialize)]
struct Seen {
    id: i64,
    at: Moment,
    about: String,
    event: String,
    to: Option<StaffId>,
    channel: &'static str,
    target: String,
    title: String,
    state: State,
    attempts: i64,
    not_before: Moment,
    sent_at: Option<Moment>,
    trouble: Option<String>,
    /// They were told something newer of it since: it is not sent again.
    past: bool,
    #[serde(skip)]
    why: String,
    /// When it goes out, where it waits for that.
    #[serde(skip)]
    next: String,
    #[serde(skip)]
    name: String,
}

impl Seen {
    fn of(row: Row, want: &Want, names: &BTreeMap<StaffId, String>, past: &[i64]) -> Self {
        let l = &want.messages();
        let waits = row.state == State::Waiting && row.not_before > want.now;
        let when = want.spelling().moment(row.not_before);
        Self {
            past: past.contains(&row.id),
            next: match (waits, row.attempts) {
                (false, _) => String::new(),
                (true, 0) => l.outbox_goes(when).to_string(),
                (true, _) => l.outbox_next(when).to_string(),
            },
            why: row.trouble.as_deref().map(|why| said(l, why)).unwrap_or_default(),
            name: row.to.and_then(|to| names.get(&to).cloned()).unwrap_or_default(),
            id: row.id,
            at: row.at,
            about: row.about,
            event: row.event,
            to: row.to,
            channel: row.way.channel.name(),
            target: match row.way.channel {
                // the endpoint of a browser is a key to it
                super::Channel::Push => "browser".to_owned(),
                super::Channel::Wecom
                | super::Channel::Dingtalk
                | super::Channel::Feishu
                | super::Channel::Webhook
                | super::Channel::Mail
                | super::Channel::Sip => row.way.target,
            },
            title: row.title,
            state: row.state,
            attempts: row.attempts,
            not_before: row.not_before,
            sent_at: row.sent_at,
            trouble: row.trouble,
        }
    }

    /// Whether a person may send it again or let it be.
    fn is_open(&self) -> bool {
        self.state.open_to_a_person(self.attempts)
    }

    fn channel_name(&self, frame: impl std::borrow::Borrow<Frame>) -> String {
        channel_name(&frame.borrow().l, self.channel)
    }
}

fn channel_name(l: &Messages, channel: &str) -> String {
    match channel {
        "wecom" => l.outbox_wecom().to_string(),
        "dingtalk" => l.outbox_dingtalk().to_string(),
        "feishu" => l.outbox_feishu().to_string(),
        "webhook" => l.outbox_webhook().to_string(),
        "mail" => l.outbox_mail().to_string(),
        "sip" => l.outbox_sip().to_string(),
        _ => l.outbox_push().to_string(),
    }
}

/// Why an attempt failed, in words; a receiver's code stays a code.
fn said(l: &Messages, why: &str) -> String {
    match why {
        "unreachable" | "0" => l.outbox_why_unreachable().to_string(),
        "no-answer" => l.outbox_why_no_answer().to_string(),
        "interrupted" => l.outbox_why_interrupted().to_string(),
        "browser-gone" => l.outbox_why_browser_gone().to_string(),
        "no-such-robot" | "no-relay" | "no-pbx" | "vapid" => {
            l.outbox_why_not_configured().to_string()
        }
        "address" | "endpoint" | "browser-key" => l.outbox_why_address().to_string(),
        "unreadable-answer" => l.outbox_why_unreadable().to_string(),
        code => l.outbox_why_code(code).to_string(),
    }
}

/// What has become of a message, in words.
pub fn state_name(l: &Messages, state: State) -> String {
    match state {
        State::Dead => l.outbox_dead().to_string(),
        State::Uncertain => l.outbox_uncertain().to_string(),
        State::Waiting => l.outbox_waiting().to_string(),
        State::Sending => l.outbox_sending().to_string(),
        State::Sent => l.outbox_sent().to_string(),
        State::Merged => l.outbox_merged().to_string(),
        State::Discarded => l.outbox_discarded().to_string(),
    }
}

/// One tab: a state and how many.
#[derive(Debug, Clone, Serialize)]
struct Tab {
    state: State,
    count: i64,
    #[serde(skip)]
    name: String,
    #[serde(skip)]
    current: bool,
}

#[derive(Template, Serialize)]
#[template(path = "outbox/list.html")]
struct OutboxPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Seen>,
    next: Option<i64>,
    states: Vec<Tab>,
    ways: Vec<String>,
    #[serde(skip)]
    state: State,
    #[serde(skip)]
    people: Vec<Person>,
}

#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default, deserialize_with = "maybe_text")]
    state: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    after: Option<i64>,
}

async fn show(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    want.page(&page(&panel, &want, &asked, None).await?)
}

/// The page; `typed` is what somebody is shown again.
async fn page(
    panel: &Panel,
    want: &Want,
    asked: &Asked,
    typed: Option<Person>,
) -> Result<OutboxPage, Problem> {
    let db = &want.kit.db;
    let l = want.messages();
    let counts: BTreeMap<String, i64> = store::counts(db).await?.into_iter().collect();
    let number = |state: State| counts.get(state.name()).copied().unwrap_or(0);
    let named =
        asked.state.as_deref().map(|name| State::from_name(name).ok_or_else(Problem::syntax));
    let first = State::ALL.into_iter().find(|state| number(*state) > 0).unwrap_or(State::Sent);
    let state = named.transpose()?.unwrap_or(first);
    let people = store::people::people(db).await?;
    let called = people.iter().map(|one| (one.id, one.name.clone())).collect();
    let mut rows = store::list(db, state, asked.after.unwrap_or(i64::MAX)).await?;
    let past = store::past(db).await?;
    let more = rows.len() > 50;
    rows.truncate(50);
    let next = rows.last().filter(|_| more).map(|row| row.id);
    let tab = |one: State| Tab {
        state: one,
        count: number(one),
        name: state_name(&l, one),
        current: one == state,
    };
    let mut ways: Vec<String> =
        panel.senders.robots().iter().map(|robot| robot.name.clone()).collect();
    if panel.senders.has_mail() {
        ways.push(l.outbox_mail().to_string());
    }
    let mut people: Vec<Person> = people.into_iter().map(Person::from).collect();
    if let Some(typed) = typed {
        people.iter_mut().filter(|one| one.id == typed.id).for_each(|one| *one = typed.clone());
    }
    Ok(OutboxPage {
        items: rows.into_iter().map(|row| Seen::of(row, want, &called, &past)).collect(),
        next,
        states: State::ALL.into_iter().map(tab).collect(),
        ways,
        state,
        people,
        frame: want.frame(Place::Outbox),
    })
}

async fn retry(want: Want, reader: Reader, At(id): At<i64>) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let done = store::revive(&want.kit.db, want.stamp(), id).await?;
    decided(&want, id, done).await
}

async fn discard(want: Want, reader: Reader, At(id): At<i64>) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let done = store::discard(&want.kit.db, want.stamp(), id).await?;
    decided(&want, id, done).await
}

async fn decided(want: &Want, id: i64, done: bool) -> Result<Response, Problem> {
    let row = store::one(&want.kit.db, id).await?.ok_or_else(Problem::not_found)?;
    let seen = Seen::of(row, want, &BTreeMap::new(), &store::past(&want.kit.db).await?);
    if done {
        return want.done("/admin/outbox", &seen);
    }
    if seen.past && seen.is_open() {
        return Err(Problem::rule(|l| l.outbox_past().to_string()));
    }
    let problem = Problem::new(
        StatusCode::CONFLICT,
        "decided",
        |l| l.outbox_decided().to_string(),
        |l| l.outbox_decided_detail().to_string(),
    );
    Err(problem.current(&seen))
}

/// The one service worker of the panel; under the root, so that it may serve every page of it.
async fn service_worker() -> Response {
    let script = include_str!("../../assets/js/sw.js");
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, script).into_response()
}

impl OutboxNews {
    /// Ready to be handed to [`crate::web::live::routes`].
    pub fn speaker() -> Arc<dyn Fragments> {
        Arc::new(Self)
    }
}

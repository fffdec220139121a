//! Notices on screens: what waits for the reader above every page, all notices with their lamps,
//! and the link that answers without signing in.

mod answer;
mod list;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use futures_util::FutureExt as _;
use serde::Deserialize;

use super::deliver::Deliver;
use super::due::Due;
use super::notice::{Method, NewNotice, Notice, Recipients};
use super::sending::Sending;
use super::store;
use crate::bus::News;
use crate::db::{self, Attends};
use crate::kernel::{Language, NoticeId, Role, StaffId};
use crate::timers::FallsDue;
use crate::web::live::Fragments;
use crate::web::{
    Above, At, Filter, Input, KnowsSubjects, OnDuty, Problem, Reader, Subjects, Want, flag,
    list as many, maybe_number, maybe_text,
};

/// Who sees every notice.
const WATCHERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Manager, Role::Admin];
/// Who may send notices, sees what went to a role, and ticks for those who answer by voice.
const SENDERS: &[Role] =
    &[Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin];

/// The room: what the roof hands to the timers, the streams and the pages. Cheap to clone.
#[derive(Clone)]
pub struct Room {
    due: Arc<Due>,
    subjects: Subjects,
}

impl Room {
    /// The room with its channels beside the panel. `language` is that of the site, `url` how
    /// people reach the panel.
    pub fn new(
        subjects: Subjects,
        deliver: Vec<Arc<dyn Deliver>>,
        language: Language,
        url: &str,
    ) -> Self {
        Self { due: Arc::new(Due { deliver: deliver.into(), language, url: url.into() }), subjects }
    }

    /// What falls due of notices.
    pub fn falls_due(&self) -> Arc<dyn FallsDue> {
        Arc::new(Arc::clone(&self.due))
    }

    /// What hands notices to the other channels, in the changes that send them.
    pub fn attends(&self) -> Arc<dyn Attends> {
        Arc::new(Sending(Arc::clone(&self.due)))
    }

    /// What speaks on `/live` for notices.
    pub fn fragments() -> Arc<dyn Fragments> {
        Arc::new(NoticeNews)
    }

    /// What notices are called.
    pub fn names() -> Arc<dyn KnowsSubjects> {
        Arc::new(view::Names)
    }

    /// What waits for the reader, above every page.
    pub fn above(&self) -> Above {
        let subjects = self.subjects.clone();
        Above(Arc::new(move |want, reader| {
            let subjects = subjects.clone();
            async move {
                view::above(&subjects, want, reader).await.unwrap_or_else(|error| {
                    // a page without it is better than no page
                    tracing::warn!(reason = %error, "what waits for a reader could not be read");
                    None
                })
            }
            .boxed()
        }))
    }
}

/// Speaks for notices on the live stream: to those who were asked, and to those who watch.
struct NoticeNews;

impl Fragments for NoticeNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["notice"]
    }

    fn may_see(&self, reader: &OnDuty, news: &News) -> bool {
        let own = news.subject.rsplit_once("/receipts/").and_then(|(_, id)| id.parse().ok());
        reader.roles.has_any(SENDERS) || own.is_some() && own == reader.staff()
    }
}

/// `/notices` and everything under it.
pub fn routes(room: Room) -> Router {
    Router::new()
        .route("/notices", get(show_all).post(send))
        .route("/notices/answers", get(show_answers))
        .route("/notices/{id}", get(show_one))
        .route("/notices/{id}/receipt", post(acknowledge))
        .route("/notices/{id}/receipts/{staff}", post(tick).delete(untick))
        .route("/notices/{id}/reminder", post(remind))
        .route("/notices/{id}/closure", post(close))
        .with_state(room)
}

/// The answer links: for whoever holds the key, signed in or not.
pub fn open_routes() -> Router {
    Router::new().route("/a/{key}", get(answer::show).post(answer::answer))
}

/// Whether this reader may open this notice.
fn sees(reader: &OnDuty, notice: &Notice) -> bool {
    let own = reader
        .staff()
        .is_some_and(|staff| notice.sent_by == Some(staff) || notice.receipt(staff).is_some());
    own || reader.roles.has_any(WATCHERS)
        || (notice.to_role.is_some() && reader.roles.has_any(SENDERS))
}

/// Whether this reader may ask again, close, and tick for others.
fn leads(reader: &OnDuty, notice: &Notice) -> bool {
    let own = reader.staff().is_some() && notice.sent_by == reader.staff();
    own || (reader.roles.has_any(SENDERS) && sees(reader, notice))
}

async fn seen(want: &Want, reader: &OnDuty, id: NoticeId) -> Result<Notice, Problem> {
    let notice = store::notice(&want.kit.db, id).await?;
    if sees(reader, &notice) { Ok(notice) } else { Err(Problem::forbidden()) }
}

async fn led(want: &Want, reader: &OnDuty, id: NoticeId) -> Result<Notice, Problem> {
    let notice = seen(want, reader, id).await?;
    if leads(reader, &notice) { Ok(notice) } else { Err(Problem::forbidden()) }
}

/// After an act: the browser goes to the list, a program gets the notice.
async fn done(want: &Want, reader: &OnDuty, id: NoticeId) -> Result<Response, Problem> {
    let mut notice = store::notice(&want.kit.db, id).await?.told(want.language);
    notice.text = reader.closed.text(&notice.text);
    want.done("/notices", &view::json(&notice, reader))
}

async fn show_all(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<list::Asked>,
) -> Result<Response, Problem> {
    want.page(&list::list(&room.subjects, &want, &reader, asked, list::Form::default()).await?)
}

async fn show_one(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    At(id): At<NoticeId>,
) -> Result<Response, Problem> {
    let notice = seen(&want, &reader, id).await?;
    want.page(&view::one(&room.subjects, &want, &reader, notice).await?)
}

async fn show_answers(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<list::Period>,
) -> Result<Response, Problem> {
    reader.may(WATCHERS)?;
    want.page(&list::answers(&want, asked).await?)
}

/// What somebody writes to send a notice.
#[derive(Debug, Default, Deserialize)]
struct Written {
    #[serde(default)]
    text: String,
    #[serde(default, deserialize_with = "maybe_text")]
    role: Option<String>,
    #[serde(default, deserialize_with = "many")]
    people: Vec<serde_json::Value>,
    #[serde(default, deserialize_with = "maybe_text")]
    about: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    must_ack: bool,
}

impl Written {
    fn people(&self) -> Vec<StaffId> {
        let id = |value: &serde_json::Value| {
            let written = value.as_str().and_then(|text| text.parse().ok());
            written.or_else(|| value.as_i64().map(StaffId))
        };
        self.people.iter().filter_map(id).collect()
    }

    fn read(&self) -> Result<NewNotice, Problem> {
        let mut wrong = Problem::rules();
        let role = self.role.as_deref().map(str::parse::<Role>);
        if matches!(role, Some(Err(_))) {
            wrong = wrong.field("role", |l| l.notices_wrong_role().to_string());
        }
        let role = role.and_then(Result::ok);
        let people = self.people();
        if people.len() != self.people.len() || (role.is_none() && people.is_empty()) {
            wrong = wrong.field("people", |l| l.notices_wrong_people().to_string());
        }
        let length = self.text.trim().chars().count();
        if !(1..=500).contains(&length) {
            wrong = wrong.field("text", |l| l.notices_wrong_text().to_string());
        }
        if wrong.has_fields() {
            return Err(wrong);
        }
        let to = role.map_or(Recipients::People(people), Recipients::Role);
        let text = self.text.trim().to_owned();
        let new = if self.must_ack {
            NewNotice::to_be_answered("message", text, to)
        } else {
            NewNotice::to_be_known("message", text, to)
        };
        Ok(NewNotice { about: self.about.clone(), ..new })
    }
}

async fn send(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(SENDERS)?;
    let new = match written.read() {
        Ok(new) => new,
        Err(problem) if !want.json => {
            let form = list::Form::again(&written.text, &problem, &want);
            let page = list::list(&room.subjects, &want, &reader, list::Asked::default(), form);
            return want.page_with(problem.status, &page.await?);
        }
        Err(problem) => return Err(problem),
    };
    let sent = want.kit.db.write(want.stamp(), move |tx| {
        let new = new.clone();
        async move { store::send(tx, new).await }.boxed()
    });
    done(&want, &reader, sent.await?).await
}

async fn acknowledge(
    want: Want,
    reader: Reader,
    At(id): At<NoticeId>,
) -> Result<Response, Problem> {
    let Some(staff) = reader.staff() else {
        return Err(Problem::rule(|l| l.notices_person_only().to_string()));
    };
    give(&want, id, staff, Method::Page, None).await?;
    done(&want, &reader, id).await
}

async fn give(
    want: &Want,
    id: NoticeId,
    staff: StaffId,
    method: Method,
    ticked_by: Option<StaffId>,
) -> Result<bool, Problem> {
    // an answer is the answer of the one who gives it, whoever is signed in
    let stamp = db::Stamp { now: want.now, by: ticked_by.or(Some(staff)) };
    let given = want.kit.db.write(stamp, move |tx| {
        async move { store::ack(tx, id, staff, method, ticked_by).await }.boxed()
    });
    given.await.map_err(refused)
}

async fn tick(
    want: Want,
    reader: Reader,
    At((id, staff)): At<(NoticeId, StaffId)>,
) -> Result<Response, Problem> {
    let Some(by) = reader.staff() else {
        return Err(Problem::rule(|l| l.notices_person_only().to_string()));
    };
    led(&want, &reader, id).await?;
    give(&want, id, staff, Method::Voice, Some(by)).await?;
    done(&want, &reader, id).await
}

async fn untick(
    want: Want,
    reader: Reader,
    At((id, staff)): At<(NoticeId, StaffId)>,
) -> Result<Response, Problem> {
    led(&want, &reader, id).await?;
    let undone = want
        .kit
        .db
        .write(want.stamp(), move |tx| async move { store::untick(tx, id, staff).await }.boxed());
    undone.await.map_err(refused)?;
    done(&want, &reader, id).await
}

/// `staff`: only this one of the silent.
#[derive(Deserialize)]
struct Reminded {
    #[serde(default, deserialize_with = "maybe_number")]
    staff: Option<i64>,
}

async fn remind(
    want: Want,
    reader: Reader,
    At(id): At<NoticeId>,
    Input(asked): Input<Reminded>,
) -> Result<Response, Problem> {
    led(&want, &reader, id).await?;
    let only = asked.staff.map(StaffId);
    let again = want
        .kit
        .db
        .write(want.stamp(), move |tx| async move { store::ask_again(tx, id, only).await }.boxed());
    again.await.map_err(refused)?;
    done(&want, &reader, id).await
}

/// Why nobody needs to answer any more.
#[derive(Deserialize)]
struct Why {
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
}

async fn close(
    want: Want,
    reader: Reader,
    At(id): At<NoticeId>,
    Input(why): Input<Why>,
) -> Result<Response, Problem> {
    led(&want, &reader, id).await?;
    // the journal holds no words of people: only whether a reason was given
    let given = why.reason.is_some().then(|| "reason_given".to_owned());
    let closed = want.kit.db.write(want.stamp(), move |tx| {
        let given = given.clone();
        async move { store::close(tx, id, given).await }.boxed()
    });
    closed.await.map_err(refused)?;
    done(&want, &reader, id).await
}

fn refused(error: db::Error) -> Problem {
    if error.is_refusal(store::NOT_ASKED) {
        return Problem::rule(|l| l.notices_not_asked().to_string());
    }
    if error.is_refusal(store::OVER) {
        return Problem::rule(|l| l.notices_over().to_string());
    }
    if error.is_refusal(store::TOO_LATE) {
        return Problem::rule(|l| l.notices_too_late().to_string());
    }
    error.into()
}

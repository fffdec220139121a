//! The pages of message slips: one's own box, those one has taken, a slip with its receipt, the form.

mod form;
mod view;
mod whom;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

use super::slip::Act;
use super::store::{self, Done, Message, Which};
use crate::bus::News;
use crate::kernel::{CallId, MessageId, Moment, Role, StaffId};
use crate::web::live::Fragments;
use crate::web::{
    At, Filter, Frame, Input, OnDuty, Place, Problem, Reader, Want, doors, from_cursor,
    maybe_number, maybe_text, to_cursor,
};
use crate::words::Messages;
use form::Form;
pub(super) use view::state;
use view::{Row, Step};

/// Who has a box of their own: everyone but the board on the wall.
const READERS: &[Role] = doors::HOUSE;
/// Who takes slips for others.
const TAKERS: &[Role] =
    &[Role::Operator, Role::Supervisor, Role::Greeter, Role::Manager, Role::Head, Role::Admin];
/// Who sees everyone's slips: whoever is asked when one is not read.
const WATCHERS: &[Role] = &[Role::Supervisor, Role::Head];
/// So many slips are on a page.
const PAGE: usize = 50;
/// The longest answer and the longest reason, in characters.
const WORDS_MOST: usize = 500;

/// `/messages` and what is under it.
pub fn routes() -> Router {
    Router::new()
        .route("/messages", get(list).post(form::take))
        .route("/messages/new", get(form::show))
        .route("/messages/{id}", get(show).delete(withdraw))
        .route("/messages/{id}/receipt", post(read))
        .route("/messages/{id}/answer", post(handle))
}

/// The room's news on `/live`.
pub struct MessageNews;

impl Fragments for MessageNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["message"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reader.roles.has_any(READERS)
    }
}

/// `?box=mine` (or `taken`, `all`), `?call=17`, `?after=`.
#[derive(Deserialize)]
struct Asked {
    #[serde(default, rename = "box", deserialize_with = "maybe_text")]
    place: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    call: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    after: Option<String>,
}

#[derive(Template, Serialize)]
#[template(path = "messages/list.html")]
struct ListPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Message>,
    next: Option<String>,
    /// How many of the reader's own wait to be read.
    unread: i64,
    #[serde(skip)]
    rows: Vec<Row>,
    #[serde(skip)]
    place: &'static str,
    #[serde(skip)]
    watcher: bool,
    #[serde(skip)]
    taker: bool,
}

/// A slip as this reader may see it: in their language, without the numbers that are closed to them.
fn seen(mut slip: Message, l: &Messages, reader: &OnDuty) -> Message {
    slip = slip.told(l);
    let closed = &reader.closed;
    slip.phone = closed.number(slip.phone);
    for text in [&mut slip.from_name, &mut slip.body, &mut slip.answer, &mut slip.why] {
        *text = closed.text(text);
    }
    slip
}

/// Who may see a slip: its owner, the deputy, its writer, and whoever watches over all.
pub(super) fn sees(reader: &OnDuty, slip: &Message) -> bool {
    let own = reader.staff().is_some_and(|me| slip.is_for(me) || slip.taken_by == Some(me));
    own || reader.roles.has_any(WATCHERS)
}

async fn list(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let db = &want.kit.db;
    let watcher = reader.roles.has_any(WATCHERS);
    let (which, place) = match (asked.place.as_deref(), asked.call, reader.staff()) {
        (_, Some(call), _) => (Which::Of(CallId(call)), "call"),
        (Some("taken"), None, Some(me)) => (Which::By(me), "taken"),
        (None | Some("mine"), None, Some(me)) => (Which::For(me), "mine"),
        // a program has no box: it reads all of them where it may
        (Some("all"), None, _) | (None, None, None) if watcher => (Which::All, "all"),
        _ => return Err(Problem::forbidden()),
    };
    let after: Option<(Moment, MessageId)> = asked.after.as_deref().map(from_cursor).transpose()?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut items = store::list(db, which, false, after, limit).await?;
    let more = items.len() > PAGE;
    items.truncate(PAGE);
    items.retain(|slip| sees(&reader, slip));
    if let (Which::For(me), true) = (which, reader.in_browser()) {
        deliver(&want, me, &mut items).await?;
    }
    let l = want.messages();
    let items: Vec<Message> = items.into_iter().map(|slip| seen(slip, &l, &reader)).collect();
    let last = items.last().filter(|_| more);
    let unread = match reader.staff() {
        Some(me) => store::unread(db, me).await?,
        None => 0,
    };
    let frame = want.frame(Place::Messages);
    want.page(&ListPage {
        rows: items.iter().map(|slip| Row::of(&want, slip)).collect(),
        next: last.map(|slip| to_cursor(&(slip.taken_at, slip.id))),
        unread,
        place,
        watcher,
        taker: reader.roles.has_any(TAKERS),
        items,
        frame,
    })
}

/// A box that is looked at has received what it shows.
async fn deliver(want: &Want, me: StaffId, items: &mut [Message]) -> Result<(), Problem> {
    for slip in items.iter_mut().filter(|slip| slip.is_for(me) && slip.delivered_at.is_none()) {
        let done =
            store::act(&want.kit.db, want.stamp(), slip.id, Act::Deliver, None, String::new());
        if let Done::Now(now) = done.await? {
            *slip = now;
        }
    }
    Ok(())
}

#[derive(Template, Serialize)]
#[template(path = "messages/one.html")]
struct OnePage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    slip: Message,
    #[serde(skip)]
    steps: Vec<Step>,
    #[serde(skip)]
    row: Row,
    #[serde(skip)]
    mine: bool,
    #[serde(skip)]
    writer: bool,
    #[serde(skip)]
    over: bool,
    #[serde(skip)]
    taken: String,
}

/// Opening a slip reads it, where it is one's own.
async fn show(want: Want, reader: Reader, At(id): At<MessageId>) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let db = &want.kit.db;
    let mut slip = store::one(db, id).await?;
    if !sees(&reader, &slip) {
        return Err(Problem::not_found());
    }
    let mine = reader.staff().is_some_and(|me| slip.is_for(me));
    if mine && reader.in_browser() && !want.json {
        let done = store::act(db, want.stamp(), id, Act::Read, None, String::new()).await?;
        if let Done::Now(now) = done {
            slip = now;
        }
    }
    let stands = slip.stands()?;
    let slip = seen(slip, &want.messages(), &reader);
    want.page(&OnePage {
        frame: want.frame(Place::Messages),
        steps: view::steps(&want, &slip),
        row: Row::of(&want, &slip),
        mine,
        writer: reader.staff().is_some() && slip.taken_by == reader.staff(),
        over: stands.is_over(),
        taken: want.spelling().moment(slip.taken_at),
        slip,
    })
}

/// What a browser or a program sends with a step.
#[derive(Deserialize, Default)]
struct Words {
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    words: Option<String>,
}

impl Words {
    fn cleaned(&self) -> Result<String, Problem> {
        let words = self.words.as_deref().unwrap_or_default().replace("\r\n", "\n");
        let words: String = words.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
        if words.chars().count() > WORDS_MOST {
            let wrong = |l: &Messages| l.messages_too_long(WORDS_MOST).to_string();
            return Err(Problem::rules().field("words", wrong));
        }
        Ok(words.trim().to_owned())
    }
}

/// The slip, where the reader is its owner or deputy.
async fn own(want: &Want, reader: &OnDuty, id: MessageId) -> Result<Message, Problem> {
    reader.may(READERS)?;
    let slip = store::one(&want.kit.db, id).await?;
    if !sees(reader, &slip) {
        return Err(Problem::not_found());
    }
    let mine = reader.staff().is_some_and(|me| slip.is_for(me));
    if mine || reader.roles.has(Role::Head) { Ok(slip) } else { Err(Problem::forbidden()) }
}

async fn read(want: Want, reader: Reader, At(id): At<MessageId>) -> Result<Response, Problem> {
    own(&want, &reader, id).await?;
    let done = store::act(&want.kit.db, want.stamp(), id, Act::Read, None, String::new()).await?;
    answered(&want, &reader, &format!("/messages/{id}"), done)
}

async fn handle(
    want: Want,
    reader: Reader,
    At(id): At<MessageId>,
    Input(words): Input<Words>,
) -> Result<Response, Problem> {
    own(&want, &reader, id).await?;
    let said = words.cleaned()?;
    let db = &want.kit.db;
    let done = store::act(db, want.stamp(), id, Act::Handle, words.version, said).await?;
    answered(&want, &reader, "/messages", done)
}

async fn withdraw(
    want: Want,
    reader: Reader,
    At(id): At<MessageId>,
    Input(words): Input<Words>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let slip = store::one(&want.kit.db, id).await?;
    if !sees(&reader, &slip) {
        return Err(Problem::not_found());
    }
    let writer = reader.staff().is_some() && slip.taken_by == reader.staff();
    if !writer && !reader.roles.has_any(WATCHERS) {
        return Err(Problem::forbidden());
    }
    let said = words.cleaned()?;
    if said.is_empty() {
        return Err(Problem::rules().field("words", |l| l.messages_why_missing().to_string()));
    }
    let db = &want.kit.db;
    let done = store::act(db, want.stamp(), id, Act::Withdraw, words.version, said).await?;
    answered(&want, &reader, "/messages?box=taken", done)
}

fn answered(want: &Want, reader: &OnDuty, place: &str, done: Done) -> Result<Response, Problem> {
    let l = want.messages();
    let seen = |slip| seen(slip, &l, reader);
    match done {
        Done::Now(slip) => want.done(place, &seen(slip)),
        Done::Stale(slip) => Err(Problem::stale(&seen(slip))),
        Done::Over(slip) => {
            let problem = Problem::new(
                StatusCode::CONFLICT,
                "over",
                |l| l.messages_over().to_string(),
                |l| l.messages_over_detail().to_string(),
            );
            Err(problem.current(&seen(slip)))
        }
    }
}

/// Where the form's page and its refusals are drawn.
fn form_page(want: &Want, form: Form) -> form::NewPage {
    form::NewPage { frame: want.frame(Place::Messages), form }
}

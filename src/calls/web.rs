//! The calls on screens: the console, the log, one call, its ladder, and what people do to a call.

mod asked;
mod axis;
mod bars;
mod caller;
mod card;
mod console;
mod dock;
mod done;
pub mod figures;
mod finish;
mod fragments;
mod grown;
mod hold;
mod ladder;
mod lanes;
mod life;
mod lines;
mod log;
mod made;
mod mates;
mod names;
mod one;
pub mod outages;
mod outgoing;
mod papers;
mod past;
mod plans;
mod pop;
mod practice;
mod row;
mod say;
pub(super) mod sight;
mod story;
mod unheard;
mod written;

use done::answered;
pub use finish::put_away;
pub use names::names;
pub use past::{PastCalls, PastOutgoing};
pub use sight::{call_seen, close, close_ladder};
use sight::{may_read, may_write};

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;

use super::agenda::HasAgenda;
use super::call::{Call, Outcome};
use super::desk::{Desk, DeskError};
use super::known::{KnowsCall, KnowsCaller};
use super::live::LiveCalls;
use super::store;
use crate::config::Hotline;
use crate::db::{self, Stamp};
use crate::directory;
use crate::kernel::{CallId, HIDDEN, Phone, StaffId};
use crate::outbox::Senders;
use crate::scripts::{self, Use, spoken};
use crate::web::live::Fragments;
use crate::web::{At, Filter, Input, OnDuty, Problem, Reader, Want, flag, maybe_number, number};
use crate::words::Messages;

/// What the pages of calls stand on. Cheap to clone.
#[derive(Clone)]
pub struct Panel {
    desk: Desk,
    live: LiveCalls,
    hotlines: Arc<[Hotline]>,
    rooms: Arc<[Arc<dyn KnowsCaller>]>,
    agendas: Arc<[Arc<dyn HasAgenda>]>,
    records: Arc<[Arc<dyn KnowsCall>]>,
    senders: Option<Senders>,
}

impl Panel {
    /// The pages of calls: what people do goes to `desk`, who rings is read from `live`, and the
    /// hotlines say how a caller is greeted.
    pub fn new(desk: Desk, live: LiveCalls, hotlines: &[Hotline]) -> Self {
        let (rooms, agendas, records) = (Arc::default(), Arc::default(), Arc::default());
        let hotlines = hotlines.into();
        Self { desk, live, hotlines, rooms, agendas, records, senders: None }
    }

    /// Rooms above that know something of callers; the card shows it in this order.
    #[must_use]
    pub fn knowing(self, rooms: Vec<Arc<dyn KnowsCaller>>) -> Self {
        Self { rooms: rooms.into(), ..self }
    }

    /// Rooms above that have something for the desk to do; the dock shows it in this order.
    #[must_use]
    pub fn reminding(self, rooms: Vec<Arc<dyn HasAgenda>>) -> Self {
        Self { agendas: rooms.into(), ..self }
    }

    /// Rooms above that have a record of a call; the call's page leads there in this order.
    #[must_use]
    pub fn leading(self, rooms: Vec<Arc<dyn KnowsCall>>) -> Self {
        Self { records: rooms.into(), ..self }
    }

    /// The ways out of the house, by which the text of a prepared call can be sent on.
    #[must_use]
    pub fn sending(self, senders: &Senders) -> Self {
        Self { senders: Some(senders.clone()), ..self }
    }

    /// What speaks on `/live` for calls.
    pub fn fragments(&self) -> Arc<dyn Fragments> {
        let restricted = directory::Watch::default();
        Arc::new(fragments::CallFragments { live: self.live.clone(), restricted })
    }

    /// What this reader says to the caller of this call; without a call, to the first hotline's: the
    /// line's own script, else the greeting of the configuration with the reader's name; where there is
    /// none, or it has a forbidden word, the house's own.
    async fn greeting(
        &self,
        want: &Want,
        reader: &OnDuty,
        call: Option<&Call>,
    ) -> db::Result<String> {
        let number = call.and_then(|call| call.hotline.as_ref()).map(|hotline| &hotline.number);
        let of_call = self.hotlines.iter().find(|hotline| Some(&hotline.number) == number);
        let hotline = of_call.or(self.hotlines.first());
        let line = hotline.map(|hotline| hotline.number.as_str()).unwrap_or_default();
        let said = scripts::store::said(&want.kit.db, Use::Greeting, line, want.language).await?;
        if let Some(said) = said {
            return Ok(spoken(&said, want, reader));
        }
        let l = want.messages();
        let greeting = hotline.map(|hotline| hotline.greeting.trim()).unwrap_or_default();
        let own = l.scripts_default_hello(want.kit.site_name.as_str()).to_string();
        let list = scripts::store::forbidden(&want.kit.db).await?;
        let may = |text: &&str| !text.is_empty() && scripts::look(text, &list).forbidden.is_empty();
        let greeting = [greeting, own.as_str()].into_iter().find(may).unwrap_or_default();
        // one that asks already is whole
        if greeting.is_empty() || greeting.ends_with(['？', '?']) || !reader.in_browser() {
            return Ok(greeting.to_owned());
        }
        let bare = greeting.trim_end_matches(['。', '！', '.', '!']);
        Ok(l.scripts_default_greeting(bare, reader.name()).to_string())
    }
}

/// The last sentence of a call on this line.
async fn closing(want: &Want, reader: &OnDuty, call: Option<&Call>) -> db::Result<String> {
    let line = call.and_then(|call| call.hotline.as_ref()).map(|line| line.number.as_str());
    let line = line.unwrap_or_default();
    let said = scripts::store::said(&want.kit.db, Use::Closing, line, want.language).await?;
    let usual = || want.messages().scripts_default_closing().to_string();
    Ok(said.map_or_else(usual, |said| spoken(&said, want, reader)))
}

/// What is said where something may not be told: an executive's number, where somebody is.
async fn refusal(want: &Want, reader: &OnDuty) -> db::Result<String> {
    let said = scripts::store::said(&want.kit.db, Use::Refusal, "", want.language).await?;
    let usual = || want.messages().scripts_default_refusal().to_string();
    Ok(said.map_or_else(usual, |said| spoken(&said, want, reader)))
}

/// `/console`, `/lines` and everything under `/calls`.
pub fn routes(panel: Panel) -> Router {
    Router::new()
        .route("/console", get(show_console))
        .route("/calls", get(show_log))
        .route("/calls/outgoing", get(outgoing::list))
        .route("/calls/outgoing/{id}/purpose", post(outgoing::say_purpose))
        .route("/calls/outgoing/{id}/judgement", post(outgoing::judge))
        .route("/calls/plans", post(plans::add))
        .route("/calls/plans/new", get(plans::prepare))
        .route("/calls/plans/{id}", get(plans::show).post(plans::edit))
        .route("/calls/plans/{id}/papers", post(papers::add).layer(DefaultBodyLimit::disable()))
        .route("/calls/plans/{id}/papers/{paper}", get(papers::show).delete(papers::remove))
        .route("/calls/plans/{id}/letters", post(papers::send))
        .route("/calls/{id}", get(show_call))
        .route("/calls/{id}/ladder", get(show_ladder))
        .route("/lines", get(show_lines))
        .route("/practice", get(practice::show))
        .route("/calls/{id}/pickup", post(pick_up).delete(give_back))
        .route("/calls/{id}/notes", post(write_notes))
        .route("/calls/{id}/hold-agreed", post(hold::agree))
        .route("/calls/{id}/record", post(written::write_record))
        .route("/calls/{id}/draft", post(written::keep_draft).delete(written::forget_draft))
        .route("/calls/{id}/wrap-up", post(wrap_up))
        .route("/calls/{id}/test", post(mark_test).delete(unmark_test))
        .with_state(panel)
}

/// `?call=17`: which call in hand to open; `?look=18`: which ringing call to look at; `?kept=17`: the
/// call that is being written about, open whatever became of it.
#[derive(Deserialize)]
struct Opened {
    #[serde(default, deserialize_with = "maybe_number")]
    call: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    look: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    kept: Option<i64>,
}

async fn show_console(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Filter(opened): Filter<Opened>,
) -> Result<Response, Problem> {
    may_read(&reader)?;
    let [call, look, kept] = [opened.call, opened.look, opened.kept].map(|id| id.map(CallId));
    let asked = console::Asked { call, look, kept };
    want.page(&console::console(&panel, &want, &reader, asked).await?)
}

async fn show_log(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<asked::Asked>,
) -> Result<Response, Problem> {
    may_read(&reader)?;
    let log = log::log(&panel, &want, &reader, asked).await?;
    want.page_with(log.status(), &log)
}

async fn show_call(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
) -> Result<Response, Problem> {
    may_read(&reader)?;
    want.page(&one::one(&panel, &want, &reader, id).await?)
}

/// `?leg=2`: one telephone's messages alone.
#[derive(Deserialize)]
struct OneLeg {
    #[serde(default, deserialize_with = "maybe_number")]
    leg: Option<i64>,
}

async fn show_ladder(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
    Filter(asked): Filter<OneLeg>,
) -> Result<Response, Problem> {
    may_read(&reader)?;
    panel.live.written().await;
    want.page(&ladder::ladder(&want, &reader, id, asked.leg).await?)
}

async fn show_lines(want: Want, reader: Reader) -> Result<Response, Problem> {
    may_read(&reader)?;
    want.page(&lines::lines(&want, &reader).await?)
}

async fn pick_up(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
) -> Result<Response, Problem> {
    let person = person(&reader)?;
    let done = panel.desk.claim(want.now, person, id).await;
    answered(&want, &reader, "/console", done)
}

async fn give_back(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
) -> Result<Response, Problem> {
    let person = person(&reader)?;
    let done = panel.desk.release(want.now, person, id).await;
    answered(&want, &reader, "/console", done)
}

/// A note, read at `version`; `wrap_up` puts the call away with it.
#[derive(Deserialize)]
struct Note {
    #[serde(deserialize_with = "number")]
    version: i64,
    notes: String,
    #[serde(default, deserialize_with = "flag")]
    wrap_up: bool,
}

async fn write_notes(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
    Input(note): Input<Note>,
) -> Result<Response, Problem> {
    may_write(&reader)?;
    let (desk, stamp, mut text) = (&panel.desk, want.stamp(), unix_lines(&note.notes));
    if text.contains(HIDDEN)
        && !reader.put_back(&mut text, &store::call(&want.kit.db, id).await?.notes)
    {
        return Err(Problem::rules().field("notes", |l| l.calls_wrong_hidden().to_string()));
    }
    if note.wrap_up {
        let done = desk.save_notes_and_put_away(stamp, id, note.version, &text).await;
        return answered(&want, &reader, "/console", done);
    }
    let done = desk.save_notes(stamp, id, note.version, &text).await;
    answered(&want, &reader, &format!("/calls/{id}"), done)
}

async fn wrap_up(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
) -> Result<Response, Problem> {
    let by = Some(person(&reader)?);
    let done = panel.desk.put_away(Stamp { now: want.now, by }, id).await;
    if let Err(why) = done {
        return answered(&want, &reader, "/console", Err(why));
    }
    let call = store::call(&want.kit.db, id).await.map_err(DeskError::from);
    answered(&want, &reader, "/console", call)
}

async fn mark_test(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
) -> Result<Response, Problem> {
    reader.may(sight::JUDGES)?;
    let done = panel.desk.mark_test(want.stamp(), id, true).await;
    answered(&want, &reader, &format!("/calls/{id}"), done)
}

async fn unmark_test(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<CallId>,
) -> Result<Response, Problem> {
    reader.may(sight::JUDGES)?;
    let done = panel.desk.mark_test(want.stamp(), id, false).await;
    answered(&want, &reader, &format!("/calls/{id}"), done)
}

/// Only somebody with a pair of ears can take a call.
fn person(reader: &OnDuty) -> Result<StaffId, Problem> {
    may_write(reader)?;
    let words = |l: &Messages| l.calls_person_only().to_string();
    reader.staff().ok_or_else(|| Problem::rule(words))
}

/// Forms send CR LF, scripts LF: a note has one kind of line end.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// A number as people write it, for other pages of the room.
pub(super) fn number_for_people(number: &str) -> String {
    Phone::read(number).map_or_else(|| number.to_owned(), |phone| phone.for_people())
}

/// How a call ended, by its word in the store.
pub(super) fn outcome_word(l: &Messages, word: &str) -> String {
    Outcome::from_word(word).map(|outcome| say::outcome(l, outcome)).unwrap_or_default()
}

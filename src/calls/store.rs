//! Reading calls back: one call, its story, its ladder, and what was alive at the last commit.

mod confirm;
mod desk;
mod figures;
mod grams;
mod life;
mod list;
mod outages;
mod restore;
mod rows;
mod screens;
mod search;
mod write;

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;

pub use confirm::STATEMENTS as CONFIRM_STATEMENTS;
pub use desk::STATEMENTS as DESK_STATEMENTS;
pub use figures::{Figures, STATEMENTS as FIGURES_STATEMENTS, figures};
pub use life::{LegLife, STATEMENTS as LIFE_STATEMENTS, legs_of};
pub use list::{CallerFilter, Filter, Page, STATEMENTS as LIST_STATEMENTS, any, page};
pub use outages::{
    Outage, STATEMENTS as OUTAGES_STATEMENTS, outages, outages_between, outages_open,
};
pub use restore::STATEMENTS as RESTORE_STATEMENTS;
pub use screens::{STATEMENTS as SCREENS_STATEMENTS, in_hand, people, put_away};
pub use search::STATEMENTS as SEARCH_STATEMENTS;
pub use write::STATEMENTS as WRITE_STATEMENTS;

pub(super) use confirm::confirm;
pub(super) use desk::{Done, claim, mark, notes, release};
pub(super) use outages::{LineEntry, Turn, back};
pub(super) use restore::{Kept, close_orphans, kept};
pub(super) use write::{Batch, Entry, Stored, WireEntry, alive, store};

use super::call::{
    AnsweredBy, Call, Caller, EndedBy, Evidence, Excluded, HotlineRef, Leg, LegEnd, Links, Outcome,
    Promise, StaffRef, State,
};
use crate::db::{Db, Error, Result, Sql, Tx, statements};
use crate::kernel::{CallId, Extension, Moment, StaffId};

statements! {
    /// A call with the names that go with it; a WHERE is to follow.
    CALLS = "SELECT c.id, c.version, c.hotline_number, c.hotline_name, c.caller_number, c.caller_as_sent, c.caller_display,
                    c.withheld, c.state, c.offered_at, c.rang_at, c.answered_at, c.ended_at, c.rings, c.answer_rings,
                    c.answer_ms, c.caller_wait_ms, c.within_target, c.answered_extension, c.answered_staff,
                    a.name AS answered_name, c.outcome, c.excluded, c.ended_by, c.end_seen, c.evidence, c.cycle_ms,
                    c.target_rings, c.target_ms, c.colleague_rings, c.alarm, c.taken_by, t.name AS taken_name, c.taken_at,
                    c.notes, c.readback_at
             FROM calls c LEFT JOIN staff a ON a.id = c.answered_staff LEFT JOIN staff t ON t.id = c.taken_by
             WHERE 1 = 1";
    /// The legs of the calls in the JSON list `$1`, in the order they came.
    LEGS = sqlite "SELECT l.call_id, l.extension, l.rang_at, l.answered_at, l.ended_at, l.ending FROM call_legs l
                   WHERE l.call_id IN (SELECT e.value FROM json_each($1) e) ORDER BY l.call_id, l.id",
           postgres "SELECT l.call_id, l.extension, l.rang_at, l.answered_at, l.ended_at, l.ending FROM call_legs l
                     WHERE l.call_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v)) ORDER BY l.call_id, l.id";
    /// What happened to a call, in order.
    EVENTS = "SELECT seq, at, kind, data FROM call_events WHERE call_id = $1 ORDER BY seq";
    /// The signalling of a call, in order, at most `$2` messages.
    LADDER = "SELECT at, way, transport, local, peer, leg, text FROM call_messages WHERE call_id = $1 ORDER BY id LIMIT $2";
}

/// The statements of every store file of this room, for the test that prepares them.
pub const REGISTER: &[&[(&str, Sql)]] = &[
    STATEMENTS,
    CONFIRM_STATEMENTS,
    DESK_STATEMENTS,
    FIGURES_STATEMENTS,
    LIFE_STATEMENTS,
    LIST_STATEMENTS,
    OUTAGES_STATEMENTS,
    RESTORE_STATEMENTS,
    SCREENS_STATEMENTS,
    SEARCH_STATEMENTS,
    WRITE_STATEMENTS,
];

/// More messages than this are not shown of one call: a page, not a capture file.
const LADDER_MOST: i64 = 2_000;

#[derive(FromRow)]
struct Row {
    id: CallId,
    version: i64,
    hotline_number: Option<String>,
    hotline_name: Option<String>,
    caller_number: Option<String>,
    caller_as_sent: Option<String>,
    caller_display: Option<String>,
    withheld: bool,
    state: String,
    offered_at: Moment,
    rang_at: Option<Moment>,
    answered_at: Option<Moment>,
    ended_at: Option<Moment>,
    rings: i64,
    answer_rings: Option<i64>,
    answer_ms: Option<i64>,
    caller_wait_ms: Option<i64>,
    within_target: Option<bool>,
    answered_extension: Option<String>,
    answered_staff: Option<StaffId>,
    answered_name: Option<String>,
    outcome: Option<String>,
    excluded: Option<String>,
    ended_by: String,
    end_seen: bool,
    evidence: String,
    cycle_ms: i64,
    target_rings: i64,
    target_ms: i64,
    colleague_rings: i64,
    alarm: i64,
    taken_by: Option<StaffId>,
    taken_name: Option<String>,
    taken_at: Option<Moment>,
    notes: String,
    readback_at: Option<Moment>,
}

impl Row {
    fn call(self) -> Result<Call> {
        let answered_staff = staff_ref(self.answered_staff, self.answered_name);
        let extension = extension(self.answered_extension)?;
        let answered_by = (extension.is_some() || answered_staff.is_some())
            .then_some(AnsweredBy { extension, staff: answered_staff });
        let hotline = match (self.hotline_name, self.hotline_number) {
            (Some(name), Some(number)) => Some(HotlineRef { name, number }),
            _ => None,
        };
        Ok(Call {
            id: self.id,
            version: self.version,
            hotline,
            caller: Caller {
                number: self.caller_number,
                as_sent: self.caller_as_sent,
                display: self.caller_display,
                withheld: self.withheld,
                contact: None,
                masked: false,
            },
            state: word(&self.state, State::from_word)?,
            offered_at: self.offered_at,
            rang_at: self.rang_at,
            answered_at: self.answered_at,
            ended_at: self.ended_at,
            rings: count(self.rings)?,
            answer_rings: self.answer_rings.map(count).transpose()?,
            answer_ms: self.answer_ms,
            caller_wait_ms: self.caller_wait_ms,
            within_target: self.within_target,
            answered_by,
            outcome: self.outcome.map(|text| word(&text, Outcome::from_word)).transpose()?,
            excluded: self.excluded.map(|text| word(&text, Excluded::from_word)).transpose()?,
            ended_by: word(&self.ended_by, EndedBy::from_word)?,
            end_seen: self.end_seen,
            evidence: word(&self.evidence, Evidence::from_word)?,
            legs: Vec::new(),
            transfers: Vec::new(),
            notes: self.notes,
            readback_at: self.readback_at,
            links: Links::default(),
            taken_by: staff_ref(self.taken_by, self.taken_name),
            taken_at: self.taken_at,
            promise: Promise {
                cycle_ms: self.cycle_ms,
                target_rings: count(self.target_rings)?,
                target_ms: self.target_ms,
                colleague_rings: count(self.colleague_rings)?,
            },
            alarm: count(self.alarm)?,
        })
    }
}

#[derive(FromRow)]
struct LegRow {
    call_id: CallId,
    extension: Option<String>,
    rang_at: Option<Moment>,
    answered_at: Option<Moment>,
    ended_at: Option<Moment>,
    ending: Option<String>,
}

impl LegRow {
    fn leg(self) -> Result<Leg> {
        Ok(Leg {
            extension: extension(self.extension)?,
            rang_at: self.rang_at,
            answered_at: self.answered_at,
            ended_at: self.ended_at,
            end: self.ending.map(|text| word(&text, LegEnd::from_word)).transpose()?,
        })
    }
}

fn staff_ref(id: Option<StaffId>, name: Option<String>) -> Option<StaffRef> {
    id.map(|id| StaffRef { id, name: name.unwrap_or_default() })
}

/// A stored word of one of our lists.
fn word<T>(text: &str, from_word: impl Fn(&str) -> Option<T>) -> Result<T> {
    from_word(text).ok_or_else(|| Error::Unreadable(format!("the word {text:?}")))
}

/// A stored number that is never negative.
fn count<T: TryFrom<i64>>(number: i64) -> Result<T> {
    T::try_from(number).map_err(|_| Error::Unreadable(format!("the count {number}")))
}

fn extension(text: Option<String>) -> Result<Option<Extension>> {
    let read = |text: String| {
        text.parse().map_err(|_| Error::Unreadable(format!("the extension {text:?}")))
    };
    text.map(read).transpose()
}

/// Puts legs to their calls; the order of the calls stays.
fn assemble(rows: Vec<Row>, legs: Vec<LegRow>) -> Result<Vec<Call>> {
    let mut of: BTreeMap<CallId, Vec<Leg>> = BTreeMap::new();
    for leg in legs {
        of.entry(leg.call_id).or_default().push(leg.leg()?);
    }
    let call = |row: Row| {
        let mut call = row.call()?;
        call.legs = of.remove(&call.id).unwrap_or_default();
        Ok(call)
    };
    rows.into_iter().map(call).collect()
}

async fn with_legs(db: &Db, rows: Vec<Row>) -> Result<Vec<Call>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = rows.iter().map(|row| row.id.0).collect();
    let legs = db.read(LEGS).bind(Json(ids)).all().await?;
    assemble(rows, legs)
}

/// One call. [`Error::NotFound`] where there is none.
pub async fn call(db: &Db, id: CallId) -> Result<Call> {
    let row: Option<Row> = db.read(CALLS).push(" AND c.id = ").push_bind(id).maybe().await?;
    let mut found = with_legs(db, row.into_iter().collect()).await?;
    found.pop().ok_or(Error::NotFound)
}

/// One call as it stands inside a change.
async fn call_in(tx: &mut Tx, id: CallId) -> Result<Call> {
    let row: Option<Row> = tx.q(CALLS).push(" AND c.id = ").push_bind(id).maybe().await?;
    let row = row.ok_or(Error::NotFound)?;
    let legs = tx.q(LEGS).bind(Json([id.0])).all().await?;
    assemble(vec![row], legs)?.pop().ok_or(Error::NotFound)
}

/// The calls that are not over, oldest first.
pub async fn live(db: &Db) -> Result<Vec<Call>> {
    let rows = db.read(CALLS).push(" AND c.state <> 'ended' ORDER BY c.id").all().await?;
    with_legs(db, rows).await
}

/// The last five other calls of the same caller, newest first; none for a withheld number.
pub async fn of_same_caller(db: &Db, call: &Call) -> Result<Vec<Call>> {
    let Some(number) = &call.caller.number else { return Ok(Vec::new()) };
    let query = db.read(CALLS).push(" AND c.caller_number = ").push_bind(number.as_str());
    let query = query.push(" AND c.id <> ").push_bind(call.id);
    let rows = query.push(" ORDER BY c.offered_at DESC, c.id DESC LIMIT 5").all().await?;
    with_legs(db, rows).await
}

/// One line of a call's story.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct StoryLine {
    /// Its number within the call, from 1.
    pub seq: i64,
    /// When it happened.
    pub at: Moment,
    /// What: `offered`, `ringing`, `ring2`, `breach`, `answered`, `taken`, …
    pub kind: String,
    /// More of it, such as `{"staff": 5}`; ids and figures only.
    pub data: Option<Value>,
}

#[derive(FromRow)]
struct EventRow {
    seq: i64,
    at: Moment,
    kind: String,
    data: Option<String>,
}

/// What happened to a call, in order.
pub async fn story(db: &Db, id: CallId) -> Result<Vec<StoryLine>> {
    let rows: Vec<EventRow> = db.read(EVENTS).bind(id).all().await?;
    let line = |row: EventRow| {
        let data = row.data.map(|text| serde_json::from_str(&text)).transpose();
        let unreadable = |_| Error::Unreadable(format!("the data of event {} of {id}", row.seq));
        Ok(StoryLine { seq: row.seq, at: row.at, kind: row.kind, data: data.map_err(unreadable)? })
    };
    rows.into_iter().map(line).collect()
}

/// One message of a call's ladder.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Message {
    /// When its last byte came, or when it was sent.
    pub at: Moment,
    /// `in` or `out`.
    pub way: String,
    /// `udp`, `tcp` or `tls`.
    pub transport: String,
    /// Our end.
    pub local: String,
    /// The other end.
    pub peer: String,
    /// The leg it belongs to.
    pub leg: String,
    /// The message as it was on the wire, credentials removed.
    pub text: String,
}

/// The signalling of a call, in order; the first 2000 messages.
pub async fn ladder(db: &Db, id: CallId) -> Result<Vec<Message>> {
    db.read(LADDER).bind(id).bind(LADDER_MOST).all().await
}

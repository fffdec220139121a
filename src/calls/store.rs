//! Reading calls back: one call, its story, its ladder, and what was alive at the last commit.

mod begin;
mod confirm;
mod desk;
mod detours;
mod erase;
mod figures;
mod found;
mod grams;
mod habit;
pub(super) mod imported;
mod lead;
mod life;
mod list;
mod load;
mod messages;
mod narrow;
mod news;
mod outages;
mod outgoing;
pub mod papers;
mod particulars;
mod plans;
mod restore;
mod rows;
mod screens;
mod search;
mod slow;
#[cfg(test)]
mod tests;
mod transfers;
mod write;

use serde_json::Value;
use sqlx::FromRow;

pub use begin::STATEMENTS as BEGIN_STATEMENTS;
pub use confirm::STATEMENTS as CONFIRM_STATEMENTS;
pub use desk::{STATEMENTS as DESK_STATEMENTS, picked_up, talking_at};
pub use detours::STATEMENTS as DETOURS_STATEMENTS;
pub use erase::STATEMENTS as ERASE_STATEMENTS;
pub use figures::{Figures, STATEMENTS as FIGURES_STATEMENTS, figures};
pub use found::STATEMENTS as FOUND_STATEMENTS;
pub use habit::{Habit, STATEMENTS as HABIT_STATEMENTS, habit, of_numbers};
pub use imported::STATEMENTS as IMPORTED_STATEMENTS;
pub use life::{LegLife, STATEMENTS as LIFE_STATEMENTS, heard_at, legs_of, pbx_of};
pub use list::{CallerFilter, Filter, Page, STATEMENTS as LIST_STATEMENTS, any, page};
pub use load::STATEMENTS as LOAD_STATEMENTS;
pub use messages::STATEMENTS as MESSAGES_STATEMENTS;
pub use news::STATEMENTS as NEWS_STATEMENTS;
pub use outages::{
    Outage, STATEMENTS as OUTAGES_STATEMENTS, deaf_between, deaf_ms, outages, outages_between,
    outages_open,
};
pub use outgoing::{
    Dialled, DialledPlace, STATEMENTS as OUTGOING_STATEMENTS, outgoing_between, outgoing_call,
    outgoing_count, outgoing_live, outgoing_page, outgoing_to,
};
pub use particulars::STATEMENTS as PARTICULARS_STATEMENTS;
pub use plans::{
    Judgement, NewPlan, PLAN_STALE, Plan, PlanWords, STATEMENTS as PLANS_STATEMENTS, add_plan,
    dialled_often, edit_plan, judge, owed, plan, plan_subject, plans_waiting, private_calls,
    purposes, untied_of,
};
pub use restore::STATEMENTS as RESTORE_STATEMENTS;
pub use screens::{STATEMENTS as SCREENS_STATEMENTS, in_hand, people, put_away};
pub use search::STATEMENTS as SEARCH_STATEMENTS;
pub use slow::STATEMENTS as SLOW_STATEMENTS;
pub use transfers::STATEMENTS as TRANSFERS_STATEMENTS;
pub use write::STATEMENTS as WRITE_STATEMENTS;

pub(super) use confirm::confirm;
pub(super) use desk::{Done, claim, hold_agreed, mark, notes, release};
pub(super) use erase::{erase, erase_outgoing, held, held_outgoing};
pub(super) use messages::{Ladder, WireEntry, put_messages, put_messages_alone};
pub(super) use outages::{LineEntry, Turn, back};
pub(super) use outgoing::{OutgoingEntry, kept as kept_outgoing};
pub(super) use particulars::{Draft, draft, keep_draft, write_record};
pub(super) use restore::{Kept, close_orphans, kept};
pub(super) use write::{Batch, Entry, Place, Stored, alive, is_one_statement, store, store_alone};

use load::Row;

use super::call::Call;
use crate::db::{Db, Error, Result, Sql, statements};
use crate::kernel::{CallId, Moment};

statements! {
    /// A call with the names that go with it; a WHERE is to follow.
    CALLS = "SELECT c.id, c.uid, c.version, c.pbx, c.hotline_number, c.hotline_name, c.caller_number, c.caller_as_sent,
                    c.caller_display, c.withheld, c.state, c.offered_at, c.rang_at, c.answered_at, c.ended_at, c.rings,
                    c.answer_rings, c.answer_ms, c.caller_wait_ms, c.within_target, c.answered_extension, c.answered_staff,
                    a.name AS answered_name, c.outcome, c.excluded, c.ended_by, c.end_seen, c.evidence, c.cycle_ms,
                    c.target_rings, c.target_ms, c.colleague_rings, c.alarm, c.trunk_call_id, c.taken_by,
                    t.name AS taken_name, c.taken_at, c.notes, c.readback_at
             FROM calls c LEFT JOIN staff a ON a.id = c.answered_staff LEFT JOIN staff t ON t.id = c.taken_by
             WHERE 1 = 1";
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
    DETOURS_STATEMENTS,
    ERASE_STATEMENTS,
    FIGURES_STATEMENTS,
    FOUND_STATEMENTS,
    HABIT_STATEMENTS,
    IMPORTED_STATEMENTS,
    LIFE_STATEMENTS,
    LIST_STATEMENTS,
    LOAD_STATEMENTS,
    MESSAGES_STATEMENTS,
    NEWS_STATEMENTS,
    BEGIN_STATEMENTS,
    OUTAGES_STATEMENTS,
    OUTGOING_STATEMENTS,
    PARTICULARS_STATEMENTS,
    papers::STATEMENTS,
    PLANS_STATEMENTS,
    RESTORE_STATEMENTS,
    SCREENS_STATEMENTS,
    SEARCH_STATEMENTS,
    SLOW_STATEMENTS,
    TRANSFERS_STATEMENTS,
    WRITE_STATEMENTS,
];

/// More messages than this are not shown of one call: a page, not a capture file.
const LADDER_MOST: i64 = 2_000;

/// One call. [`Error::NotFound`] where there is none.
pub async fn call(db: &Db, id: CallId) -> Result<Call> {
    let row: Option<Row> = db.read(CALLS).push(" AND c.id = ").push_bind(id).maybe().await?;
    let mut found = load::all(db, row.into_iter().collect()).await?;
    found.pop().ok_or(Error::NotFound)
}

/// The calls that are not over, oldest first.
pub async fn live(db: &Db) -> Result<Vec<Call>> {
    let rows = db.read(CALLS).push(" AND c.state <> 'ended' ORDER BY c.id").all().await?;
    load::all(db, rows).await
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

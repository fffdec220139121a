//! Rows as calls: a call with its legs and transfers, as the log holds it.

use std::collections::BTreeMap;

use sqlx::FromRow;
use sqlx::types::Json;

use super::super::call::{
    AnsweredBy, Call, Caller, EndedBy, Evidence, Excluded, HotlineRef, Leg, LegEnd, Links, Outcome,
    Promise, StaffRef, State, Transfer, TransferKind,
};
use super::super::caller::introduce;
use super::{CALLS, particulars};
use crate::db::{Db, Error, Query, Result, Tx, statements};
use crate::kernel::{CallId, Extension, Moment, StaffId};

statements! {
    /// The legs of the calls in the JSON list `$1`, in the order they came.
    LEGS = sqlite "SELECT l.call_id, l.leg, l.kind, l.extension, l.offered_at, l.rang_at, l.answered_at, l.ended_at, l.ending
                   FROM call_legs l WHERE l.call_id IN (SELECT e.value FROM json_each($1) e) ORDER BY l.call_id, l.offered_at, l.id",
           postgres "SELECT l.call_id, l.leg, l.kind, l.extension, l.offered_at, l.rang_at, l.answered_at, l.ended_at, l.ending
                     FROM call_legs l WHERE l.call_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v))
                     ORDER BY l.call_id, l.offered_at, l.id";
    /// The transfers of the calls in the JSON list `$1`, in the order they happened.
    TRANSFERS = sqlite "SELECT t.call_id, t.at, t.kind, t.from_extension, t.to_extension
                        FROM call_transfers t WHERE t.call_id IN (SELECT e.value FROM json_each($1) e) ORDER BY t.call_id, t.seq",
                postgres "SELECT t.call_id, t.at, t.kind, t.from_extension, t.to_extension
                          FROM call_transfers t WHERE t.call_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v))
                          ORDER BY t.call_id, t.seq";
}

/// A line of `calls`.
#[derive(FromRow)]
pub(super) struct Row {
    pub(super) id: CallId,
    pub(super) uid: String,
    version: i64,
    pub(super) pbx: String,
    hotline_number: Option<String>,
    hotline_name: Option<String>,
    caller_number: Option<String>,
    caller_as_sent: Option<String>,
    pub(super) caller_display: Option<String>,
    withheld: bool,
    state: String,
    pub(super) offered_at: Moment,
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
    pub(super) trunk_call_id: Option<String>,
    taken_by: Option<StaffId>,
    taken_name: Option<String>,
    taken_at: Option<Moment>,
    pub(super) notes: String,
    readback_at: Option<Moment>,
}

impl Row {
    /// The call, still without legs and transfers.
    pub(super) fn call(self) -> Result<Call> {
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
            record: None,
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

/// A line of `call_legs`.
#[derive(FromRow)]
pub(super) struct LegRow {
    pub(super) call_id: CallId,
    pub(super) leg: String,
    pub(super) kind: String,
    extension: Option<String>,
    pub(super) offered_at: Moment,
    rang_at: Option<Moment>,
    answered_at: Option<Moment>,
    ended_at: Option<Moment>,
    ending: Option<String>,
}

impl LegRow {
    pub(super) fn leg(self) -> Result<Leg> {
        Ok(Leg {
            extension: extension(self.extension)?,
            rang_at: self.rang_at,
            answered_at: self.answered_at,
            ended_at: self.ended_at,
            end: self.ending.map(|text| word(&text, LegEnd::from_word)).transpose()?,
        })
    }
}

#[derive(FromRow)]
struct TransferRow {
    call_id: CallId,
    at: Moment,
    kind: String,
    from_extension: Option<String>,
    to_extension: Option<String>,
}

impl TransferRow {
    fn transfer(self) -> Result<Transfer> {
        Ok(Transfer {
            at: self.at,
            kind: word(&self.kind, TransferKind::from_word)?,
            from: self.from_extension,
            to: self.to_extension,
        })
    }
}

/// A person's name beside the id.
pub(super) fn staff_ref(id: Option<StaffId>, name: Option<String>) -> Option<StaffRef> {
    id.map(|id| StaffRef { id, name: name.unwrap_or_default() })
}

/// A stored word of one of our lists.
pub(super) fn word<T>(text: &str, from_word: impl Fn(&str) -> Option<T>) -> Result<T> {
    from_word(text).ok_or_else(|| Error::Unreadable(format!("the word {text:?}")))
}

/// A stored number that is never negative.
fn count<T: TryFrom<i64>>(number: i64) -> Result<T> {
    T::try_from(number).map_err(|_| Error::Unreadable(format!("the count {number}")))
}

/// A stored extension.
pub(super) fn extension(text: Option<String>) -> Result<Option<Extension>> {
    let read = |text: String| {
        text.parse().map_err(|_| Error::Unreadable(format!("the extension {text:?}")))
    };
    text.map(read).transpose()
}

/// What belongs to each of several calls, in order.
pub(super) type Of<T> = BTreeMap<CallId, Vec<T>>;

fn grouped<T>(items: Vec<T>, call: impl Fn(&T) -> CallId) -> Of<T> {
    let mut of = Of::new();
    for item in items {
        of.entry(call(&item)).or_default().push(item);
    }
    of
}

/// Where a question is asked: outside a transaction, or inside one.
pub(super) enum Ask<'a> {
    Db(&'a Db),
    Tx(&'a mut Tx),
}

impl Ask<'_> {
    pub(super) fn q(&mut self, sql: crate::db::Sql) -> Query<'_> {
        match self {
            Self::Db(db) => db.read(sql),
            Self::Tx(tx) => tx.q(sql),
        }
    }
}

/// The legs of calls.
pub(super) async fn legs(ask: &mut Ask<'_>, ids: &[CallId]) -> Result<Of<LegRow>> {
    Ok(grouped(ask.q(LEGS).bind(Json(ids)).all().await?, |leg: &LegRow| leg.call_id))
}

/// The transfers of calls.
pub(super) async fn transfers(ask: &mut Ask<'_>, ids: &[CallId]) -> Result<Of<Transfer>> {
    let rows = ask.q(TRANSFERS).bind(Json(ids)).all().await?;
    let rows = grouped(rows, |row: &TransferRow| row.call_id);
    let read = |(id, rows): (CallId, Vec<TransferRow>)| {
        let transfers = rows.into_iter().map(TransferRow::transfer).collect::<Result<_>>()?;
        Ok((id, transfers))
    };
    rows.into_iter().map(read).collect()
}

/// Calls with all that belongs to them; their order stays.
pub(super) async fn whole(mut ask: Ask<'_>, rows: Vec<Row>) -> Result<Vec<Call>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut legs = legs(&mut ask, &ids).await?;
    let mut transfers = transfers(&mut ask, &ids).await?;
    let mut records = particulars::of(&mut ask, &ids).await?;
    let call = |row: Row| {
        let mut call = row.call()?;
        let legs = legs.remove(&call.id).unwrap_or_default();
        call.legs = legs.into_iter().map(LegRow::leg).collect::<Result<_>>()?;
        call.transfers = transfers.remove(&call.id).unwrap_or_default();
        call.record = records.remove(&call.id);
        Ok(call)
    };
    rows.into_iter().map(call).collect()
}

/// Calls found outside a transaction, with the names of their callers.
pub(super) async fn all(db: &Db, rows: Vec<Row>) -> Result<Vec<Call>> {
    let mut calls = whole(Ask::Db(db), rows).await?;
    introduce(db, &mut calls).await?;
    Ok(calls)
}

/// One call as it stands inside a change.
pub(super) async fn call_in(tx: &mut Tx, id: CallId) -> Result<Call> {
    let row: Option<Row> = tx.q(CALLS).push(" AND c.id = ").push_bind(id).maybe().await?;
    let found = whole(Ask::Tx(tx), row.into_iter().collect()).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

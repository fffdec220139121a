//! Writing a batch of what happened: calls, legs, events and journal in one change.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use sqlx::types::Json;

use super::super::call::Call;
use super::super::record::{CallKey, Event, Record};
use super::detours;
use super::news;
use super::outages::{self, LineEntry};
use super::outgoing::{self, OutgoingEntry};
use super::plans;
use super::rows::CallRow;
use super::transfers;
use crate::config::Config;
use crate::db::{Alone, Change, Query, Result, Sql, Tx, statements};
use crate::kernel::{CallId, Moment};

statements! {
    /// Another source saw the begin of calls earlier or better: the JSON list `$1`. Before the rest of it.
    BEGAN = sqlite "UPDATE calls SET hotline_number = e.value->>'hotline_number', hotline_name = e.value->>'hotline_name',
                        caller_number = e.value->>'caller_number', caller_reversed = e.value->>'caller_reversed',
                        caller_as_sent = e.value->>'caller_as_sent', caller_display = e.value->>'caller_display',
                        withheld = e.value->>'withheld', offered_at = e.value->>'offered_at',
                        business_date = e.value->>'business_date', local_hour = e.value->>'local_hour'
                    FROM json_each($1) e WHERE calls.id = e.value->>'id'",
            postgres "UPDATE calls SET hotline_number = e.hotline_number, hotline_name = e.hotline_name,
                          caller_number = e.caller_number, caller_reversed = e.caller_reversed,
                          caller_as_sent = e.caller_as_sent, caller_display = e.caller_display,
                          withheld = e.withheld, offered_at = e.offered_at,
                          business_date = e.business_date, local_hour = e.local_hour
                      FROM jsonb_to_recordset($1) AS e(id bigint, hotline_number text, hotline_name text, caller_number text,
                          caller_reversed text, caller_as_sent text, caller_display text, withheld boolean, offered_at bigint,
                          business_date text, local_hour bigint)
                      WHERE calls.id = e.id";
    /// Search pieces from the JSON list `$1`.
    GRAMS = sqlite "INSERT INTO call_grams (gram, call_id) SELECT e.value->>'gram', e.value->>'call_id' FROM json_each($1) e
                    WHERE true ON CONFLICT (gram, call_id) DO NOTHING",
            postgres "INSERT INTO call_grams (gram, call_id) SELECT gram, call_id FROM jsonb_to_recordset($1) AS e(gram text, call_id bigint)
                      ON CONFLICT (gram, call_id) DO NOTHING";
    /// The house was alive at `$1`, and this batch is stored.
    ALIVE = "INSERT INTO site (name, value) VALUES ('alive_at', $1), ('calls_batch', $2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value";
}

/// What happened to one call since it was last stored.
#[derive(Debug, Clone)]
pub(in crate::calls) struct Entry {
    pub(in crate::calls) key: CallKey,
    /// Where it is in the log; `None` before it was first stored.
    pub(in crate::calls) place: Option<Place>,
    pub(in crate::calls) record: Arc<Record>,
    /// With their places in the order in which everything in the house happened.
    pub(in crate::calls) events: Vec<(u64, Moment, Event)>,
}

impl Entry {
    /// How it was last stored.
    pub(super) fn before(&self) -> Option<&Record> {
        self.place.as_ref().map(|place| &*place.record)
    }

    /// When the oldest of it happened, in the order of the house.
    pub(in crate::calls) fn oldest(&self) -> u64 {
        self.events.first().map_or(0, |&(n, ..)| n)
    }

    /// When the newest of it happened, in the order of the house.
    pub(super) fn newest(&self) -> u64 {
        self.events.last().map_or(0, |&(n, ..)| n)
    }
}

/// Where a call is in the log, and as what.
#[derive(Debug, Clone)]
pub(in crate::calls) struct Place {
    pub(in crate::calls) id: CallId,
    /// As it was last stored.
    pub(in crate::calls) record: Arc<Record>,
}

/// What goes into one change.
#[derive(Debug, Clone, Default)]
pub(in crate::calls) struct Batch {
    /// Names the batch, so that one whose commit was not confirmed is not written twice; a later one's is
    /// greater.
    pub(in crate::calls) mark: String,
    pub(in crate::calls) entries: Vec<Entry>,
    pub(in crate::calls) lines: Vec<LineEntry>,
    pub(in crate::calls) outgoing: Vec<OutgoingEntry>,
}

impl Batch {
    /// How many things it holds; none of them makes it a mere sign of life.
    pub(in crate::calls) fn len(&self) -> usize {
        self.entries.len() + self.lines.len() + self.outgoing.len()
    }

    /// Whether it holds something that happened as the `n`th or before, or may have: a line's turn.
    pub(in crate::calls) fn holds_since(&self, n: u64) -> bool {
        self.entries.iter().any(|entry| entry.oldest() <= n)
            || self.outgoing.iter().any(|entry| entry.oldest() <= n)
            || !self.lines.is_empty()
    }
}

/// A call as it now stands in the log.
pub(in crate::calls) type Stored = (CallKey, Arc<Call>);

#[derive(Serialize)]
pub(super) struct GramRow {
    pub(super) gram: String,
    pub(super) call_id: CallId,
}

/// Writes a batch with its journal rows. A new call whose name the log holds already (a ghost) is
/// passed over with all that belongs to it.
pub(in crate::calls) async fn store(
    tx: &mut Tx,
    batch: &Batch,
    config: &Config,
) -> Result<Vec<Stored>> {
    let began = batch.entries.iter().filter(|entry| !began_alike(entry));
    put(tx, BEGAN, began.map(|entry| CallRow::new(entry, config)).collect()).await?;
    let stored = news::put(tx, batch, config).await?;
    let ids: Ids = stored.iter().map(|(key, call)| (*key, (call.id, call.version))).collect();
    transfers::put_changed(tx, batch, &ids).await?;
    detours::put_changed(tx, batch, &ids, config).await?;
    for change in lines(batch, &ids) {
        tx.record(change);
    }
    for line in &batch.lines {
        outages::change(tx, line).await?;
    }
    outgoing::put(tx, &batch.outgoing, config).await?;
    if !batch.outgoing.is_empty() {
        plans::tie(tx).await?;
    }
    if batch.entries.is_empty() {
        alive(tx, &batch.mark).await?;
    }
    Ok(stored)
}

/// Whether a batch is one statement: calls that are all new or all known, of which nothing else changed, or
/// a mere sign of life.
pub(in crate::calls) fn is_one_statement(batch: &Batch) -> bool {
    let Batch { entries, lines, outgoing, .. } = batch;
    let new = entries.iter().filter(|entry| entry.place.is_none()).count();
    let alike = |entry: &Entry| {
        began_alike(entry) && !transfers::has_changed(entry) && !detours::has_changed(entry)
    };
    lines.is_empty()
        && outgoing.is_empty()
        && (new == 0 || new == entries.len())
        && entries.iter().all(alike)
}

/// Writes a batch that is one statement. [`Error::NotFound`](crate::db::Error::NotFound) where it came too
/// late: it or a later one is stored.
pub(in crate::calls) async fn store_alone(
    alone: &mut Alone,
    batch: &Batch,
    config: &Config,
) -> Result<Vec<Stored>> {
    if batch.entries.is_empty() {
        let now = alone.now();
        say_alive(alone.q(ALIVE), now, &batch.mark).await?;
        return Ok(Vec::new());
    }
    let (stored, before) = news::put_alone(alone, batch, config).await?;
    if let Some(before) = before {
        let ids = stored.iter().map(|(key, call)| (*key, (call.id, call.version))).collect();
        alone.wrote(lines(batch, &ids), before);
    }
    Ok(stored)
}

/// Says that the house is alive at the moment of the change.
pub(in crate::calls) async fn alive(tx: &mut Tx, mark: &str) -> Result<()> {
    let now = tx.now();
    say_alive(tx.q(ALIVE), now, mark).await
}

async fn say_alive(query: Query<'_>, now: Moment, mark: &str) -> Result<()> {
    query.bind(now.millis().to_string()).bind(mark.to_owned()).run().await?;
    Ok(())
}

/// Whether what is told only once of a call, as a rule, is what the log has or will have.
fn began_alike(entry: &Entry) -> bool {
    let record = &entry.record;
    entry.before().is_none_or(|before| {
        (before.offered_at, before.hotline) == (record.offered_at, record.hotline)
            && before.caller == record.caller
    })
}

/// The calls of a batch: their places in the log, and their versions.
pub(super) type Ids = BTreeMap<CallKey, (CallId, i64)>;

/// The events of all calls, as they happened, as lines of the journal.
fn lines(batch: &Batch, ids: &Ids) -> Vec<Change> {
    let mut events: Vec<_> = batch
        .entries
        .iter()
        .filter_map(|entry| Some((ids.get(&entry.key)?, &entry.events)))
        .flat_map(|(&of, events)| events.iter().map(move |&(n, at, event)| (n, of, at, event)))
        .collect();
    events.sort_by_key(|&(n, ..)| n);
    let line = |(_, (id, version), at, event): (u64, (CallId, i64), Moment, Event)| {
        Change::new("call", format!("calls/{id}"), event.word()).version(version).at(at)
    };
    events.into_iter().map(line).collect()
}

/// Writes rows with a statement that takes them as one JSON list; nothing where there are none.
pub(super) async fn put<T: Serialize>(tx: &mut Tx, sql: Sql, rows: Vec<T>) -> Result<()> {
    if !rows.is_empty() {
        tx.q(sql).bind(Json(&rows)).run().await?;
    }
    Ok(())
}

/// Adds search pieces to a call.
pub(super) async fn put_grams(tx: &mut Tx, rows: Vec<GramRow>) -> Result<()> {
    put(tx, GRAMS, rows).await
}

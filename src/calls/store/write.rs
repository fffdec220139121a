//! Writing a batch of what happened: calls, legs, events, ladder and journal in one change.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use super::super::call::Call;
use super::super::record::{CallKey, Event, Record};
use super::legs;
use super::outages::{self, LineEntry};
use super::rows::{self, CallRow, MessageRow};
use crate::config::Config;
use crate::db::{Change, Result, Sql, Tx, statements};
use crate::kernel::{CallId, Moment, StaffId};
use crate::sip::Wire;

statements! {
    /// New calls from the JSON list `$1`. One whose name is already in the log is left as it is.
    NEW = sqlite "INSERT INTO calls (uid, version, pbx, hotline_number, hotline_name, caller_number, caller_reversed, caller_as_sent,
                      caller_display, withheld, state, offered_at, rang_at, answered_at, ended_at, rings, answer_rings, answer_ms,
                      caller_wait_ms, within_target, answered_extension, answered_staff, outcome, excluded, ended_by, end_seen,
                      evidence, cycle_ms, target_rings, target_ms, colleague_rings, alarm, trunk_call_id, business_date, local_hour)
                  SELECT e.value->>'uid', 1, e.value->>'pbx', e.value->>'hotline_number', e.value->>'hotline_name',
                      e.value->>'caller_number', e.value->>'caller_reversed', e.value->>'caller_as_sent', e.value->>'caller_display',
                      e.value->>'withheld', e.value->>'state', e.value->>'offered_at', e.value->>'rang_at', e.value->>'answered_at',
                      e.value->>'ended_at', e.value->>'rings', e.value->>'answer_rings', e.value->>'answer_ms',
                      e.value->>'caller_wait_ms', e.value->>'within_target', e.value->>'answered_extension',
                      (SELECT s.id FROM staff s WHERE s.extension = e.value->>'answered_extension' AND s.disabled_at IS NULL),
                      e.value->>'outcome', e.value->>'excluded', e.value->>'ended_by', e.value->>'end_seen', e.value->>'evidence',
                      e.value->>'cycle_ms', e.value->>'target_rings', e.value->>'target_ms', e.value->>'colleague_rings',
                      e.value->>'alarm', e.value->>'trunk_call_id', e.value->>'business_date', e.value->>'local_hour'
                  FROM json_each($1) e WHERE true
                  ON CONFLICT (uid) DO NOTHING
                  RETURNING id, uid, version, excluded, answered_staff,
                      (SELECT s.name FROM staff s WHERE s.id = answered_staff) AS answered_name,
                      taken_by, (SELECT s.name FROM staff s WHERE s.id = taken_by) AS taken_name, taken_at, notes, readback_at",
          postgres "INSERT INTO calls (uid, version, pbx, hotline_number, hotline_name, caller_number, caller_reversed, caller_as_sent,
                        caller_display, withheld, state, offered_at, rang_at, answered_at, ended_at, rings, answer_rings, answer_ms,
                        caller_wait_ms, within_target, answered_extension, answered_staff, outcome, excluded, ended_by, end_seen,
                        evidence, cycle_ms, target_rings, target_ms, colleague_rings, alarm, trunk_call_id, business_date, local_hour)
                    SELECT uid, 1, pbx, hotline_number, hotline_name, caller_number, caller_reversed, caller_as_sent,
                        caller_display, withheld, state, offered_at, rang_at, answered_at, ended_at, rings, answer_rings, answer_ms,
                        caller_wait_ms, within_target, answered_extension,
                        (SELECT s.id FROM staff s WHERE s.extension = e.answered_extension AND s.disabled_at IS NULL),
                        outcome, excluded, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, alarm,
                        trunk_call_id, business_date, local_hour
                    FROM jsonb_to_recordset($1) AS e(uid text, pbx text, hotline_number text, hotline_name text, caller_number text,
                        caller_reversed text, caller_as_sent text, caller_display text, withheld boolean, state text,
                        offered_at bigint, rang_at bigint, answered_at bigint, ended_at bigint, rings bigint, answer_rings bigint,
                        answer_ms bigint, caller_wait_ms bigint, within_target boolean, answered_extension text, outcome text,
                        excluded text, ended_by text, end_seen boolean, evidence text, cycle_ms bigint, target_rings bigint,
                        target_ms bigint, colleague_rings bigint, alarm bigint, trunk_call_id text, business_date text, local_hour bigint)
                    ON CONFLICT (uid) DO NOTHING
                    RETURNING id, uid, version, excluded, answered_staff,
                        (SELECT s.name FROM staff s WHERE s.id = answered_staff) AS answered_name,
                        taken_by, (SELECT s.name FROM staff s WHERE s.id = taken_by) AS taken_name, taken_at, notes, readback_at";
    /// Calls that are in the log already, from the JSON list `$1`. What people added stays.
    AGAIN = sqlite "UPDATE calls SET version = calls.version + 1,
                        state = e.value->>'state', rang_at = e.value->>'rang_at', answered_at = e.value->>'answered_at',
                        ended_at = e.value->>'ended_at', rings = e.value->>'rings', answer_rings = e.value->>'answer_rings',
                        answer_ms = e.value->>'answer_ms', caller_wait_ms = e.value->>'caller_wait_ms',
                        within_target = e.value->>'within_target', answered_extension = e.value->>'answered_extension',
                        answered_staff = (SELECT s.id FROM staff s WHERE s.extension = e.value->>'answered_extension' AND s.disabled_at IS NULL),
                        outcome = e.value->>'outcome',
                        excluded = CASE WHEN calls.excluded = 'test' THEN 'test' ELSE e.value->>'excluded' END,
                        ended_by = e.value->>'ended_by', end_seen = e.value->>'end_seen', evidence = e.value->>'evidence',
                        cycle_ms = e.value->>'cycle_ms', target_rings = e.value->>'target_rings', target_ms = e.value->>'target_ms',
                        colleague_rings = e.value->>'colleague_rings', alarm = e.value->>'alarm',
                        trunk_call_id = e.value->>'trunk_call_id'
                    FROM json_each($1) e WHERE calls.id = e.value->>'id'
                    RETURNING id, uid, version, excluded, answered_staff,
                        (SELECT s.name FROM staff s WHERE s.id = answered_staff) AS answered_name,
                        taken_by, (SELECT s.name FROM staff s WHERE s.id = taken_by) AS taken_name, taken_at, notes, readback_at",
            postgres "UPDATE calls SET version = calls.version + 1,
                          state = e.state, rang_at = e.rang_at, answered_at = e.answered_at,
                          ended_at = e.ended_at, rings = e.rings, answer_rings = e.answer_rings,
                          answer_ms = e.answer_ms, caller_wait_ms = e.caller_wait_ms,
                          within_target = e.within_target, answered_extension = e.answered_extension,
                          answered_staff = (SELECT s.id FROM staff s WHERE s.extension = e.answered_extension AND s.disabled_at IS NULL),
                          outcome = e.outcome,
                          excluded = CASE WHEN calls.excluded = 'test' THEN 'test' ELSE e.excluded END,
                          ended_by = e.ended_by, end_seen = e.end_seen, evidence = e.evidence,
                          cycle_ms = e.cycle_ms, target_rings = e.target_rings, target_ms = e.target_ms,
                          colleague_rings = e.colleague_rings, alarm = e.alarm,
                          trunk_call_id = e.trunk_call_id
                      FROM jsonb_to_recordset($1) AS e(id bigint, state text, rang_at bigint,
                          answered_at bigint, ended_at bigint, rings bigint, answer_rings bigint, answer_ms bigint, caller_wait_ms bigint,
                          within_target boolean, answered_extension text, outcome text, excluded text, ended_by text, end_seen boolean,
                          evidence text, cycle_ms bigint, target_rings bigint, target_ms bigint, colleague_rings bigint, alarm bigint,
                          trunk_call_id text)
                      WHERE calls.id = e.id
                      RETURNING calls.id, calls.uid, calls.version, calls.excluded, calls.answered_staff,
                          (SELECT s.name FROM staff s WHERE s.id = calls.answered_staff) AS answered_name,
                          calls.taken_by, (SELECT s.name FROM staff s WHERE s.id = calls.taken_by) AS taken_name, calls.taken_at,
                          calls.notes, calls.readback_at";
    /// Another source saw the begin of calls earlier or better: the JSON list `$1`. Before [`AGAIN`].
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
    /// Events from the JSON list `$1`, numbered on from the last of each call.
    EVENTS = sqlite "INSERT INTO call_events (call_id, seq, at, kind, data)
                     SELECT e.value->>'call_id',
                            (SELECT coalesce(max(v.seq), 0) FROM call_events v WHERE v.call_id = e.value->>'call_id')
                              + row_number() OVER (PARTITION BY e.value->>'call_id' ORDER BY e.key),
                            e.value->>'at', e.value->>'kind', e.value->>'data'
                     FROM json_each($1) e",
             postgres "INSERT INTO call_events (call_id, seq, at, kind, data)
                       SELECT e.call_id,
                              (SELECT coalesce(max(v.seq), 0) FROM call_events v WHERE v.call_id = e.call_id)
                                + row_number() OVER (PARTITION BY e.call_id ORDER BY e.n),
                              e.at, e.kind, e.data
                       FROM jsonb_to_recordset($1) AS e(n bigint, call_id bigint, at bigint, kind text, data text)";
    /// Ladder messages from the JSON list `$1`.
    MESSAGES = sqlite "INSERT INTO call_messages (call_id, at, way, transport, local, peer, leg, text)
                       SELECT e.value->>'call_id', e.value->>'at', e.value->>'way', e.value->>'transport', e.value->>'local',
                              e.value->>'peer', e.value->>'leg', e.value->>'text'
                       FROM json_each($1) e",
               postgres "INSERT INTO call_messages (call_id, at, way, transport, local, peer, leg, text)
                         SELECT call_id, at, way, transport, local, peer, leg, text
                         FROM jsonb_to_recordset($1) AS e(call_id bigint, at bigint, way text, transport text, local text, peer text,
                             leg text, text text)";
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

/// One message of a call's ladder.
#[derive(Debug, Clone)]
pub(in crate::calls) struct WireEntry {
    pub(in crate::calls) key: CallKey,
    /// Where its call is in the log, unless that comes with this batch.
    pub(in crate::calls) id: Option<CallId>,
    pub(in crate::calls) wire: Wire,
}

/// What goes into one change.
#[derive(Debug, Clone, Default)]
pub(in crate::calls) struct Batch {
    /// Names the batch, so that one whose commit was not confirmed is not written twice.
    pub(in crate::calls) mark: String,
    pub(in crate::calls) entries: Vec<Entry>,
    pub(in crate::calls) wires: Vec<WireEntry>,
    pub(in crate::calls) lines: Vec<LineEntry>,
}

impl Batch {
    /// How many things it holds; none of them makes it a mere sign of life.
    pub(in crate::calls) fn len(&self) -> usize {
        self.entries.len() + self.wires.len() + self.lines.len()
    }
}

/// A call as it now stands in the log.
pub(in crate::calls) type Stored = (CallKey, Arc<Call>);

/// What the store knows of a call beyond its record.
#[derive(FromRow)]
pub(super) struct Kept {
    pub(super) id: CallId,
    uid: String,
    pub(super) version: i64,
    pub(super) excluded: Option<String>,
    pub(super) answered_staff: Option<StaffId>,
    pub(super) answered_name: Option<String>,
    pub(super) taken_by: Option<StaffId>,
    pub(super) taken_name: Option<String>,
    pub(super) taken_at: Option<Moment>,
    pub(super) notes: String,
    pub(super) readback_at: Option<Moment>,
}

#[derive(Serialize)]
struct EventRow {
    n: u64,
    call_id: CallId,
    at: i64,
    kind: &'static str,
    data: Option<String>,
}

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
    let mut stored = Vec::new();
    let mut ids = BTreeMap::new();
    let (again, new): (Vec<_>, Vec<_>) = batch.entries.iter().partition(|one| one.place.is_some());
    let began = again.iter().filter(|entry| !began_alike(entry)).copied();
    put(tx, BEGAN, call_rows(&began.collect::<Vec<_>>(), config)).await?;
    for (sql, entries) in [(NEW, new), (AGAIN, again)] {
        let mut kept = put_calls(tx, sql, &entries, config).await?;
        for entry in entries {
            if let Some(kept) = kept.remove(&*entry.record.uid) {
                ids.insert(entry.key, (kept.id, kept.version));
                stored.push((entry.key, Arc::new(rows::call(&entry.record, config, kept)?)));
            }
        }
    }
    legs::put_legs(tx, batch, &ids, config).await?;
    legs::put_transfers(tx, batch, &ids).await?;
    put_events(tx, batch, &ids).await?;
    let of = |one: &WireEntry| one.id.or_else(|| ids.get(&one.key).map(|&(id, _)| id));
    let messages = batch.wires.iter().filter_map(|one| Some(MessageRow::new(of(one)?, &one.wire)));
    put(tx, MESSAGES, messages.collect()).await?;
    let renamed = batch.entries.iter().filter(|entry| {
        entry.before().is_none_or(|before| before.caller.id != entry.record.caller.id)
    });
    let grams = renamed.filter_map(|entry| Some((ids.get(&entry.key)?.0, &entry.record)));
    let grams = grams.flat_map(|(call_id, record)| {
        rows::pieces(record).map(move |gram| GramRow { gram, call_id })
    });
    put(tx, GRAMS, grams.collect()).await?;
    for line in &batch.lines {
        outages::change(tx, line).await?;
    }
    alive(tx, &batch.mark).await?;
    Ok(stored)
}

/// Says that the house is alive at the moment of the change.
pub(in crate::calls) async fn alive(tx: &mut Tx, mark: &str) -> Result<()> {
    let now = tx.now().millis().to_string();
    tx.q(ALIVE).bind(now).bind(mark.to_owned()).run().await?;
    Ok(())
}

/// Whether what is told only once of a call, as a rule, is what the log has.
fn began_alike(entry: &Entry) -> bool {
    let record = &entry.record;
    entry.before().is_some_and(|before| {
        (before.offered_at, before.hotline) == (record.offered_at, record.hotline)
            && before.caller == record.caller
    })
}

fn call_rows<'a>(entries: &[&'a Entry], config: &'a Config) -> Vec<CallRow<'a>> {
    let id = |entry: &Entry| entry.place.as_ref().map(|place| place.id);
    entries.iter().map(|entry| CallRow::new(id(entry), &entry.record, config)).collect()
}

async fn put_calls(
    tx: &mut Tx,
    sql: Sql,
    entries: &[&Entry],
    config: &Config,
) -> Result<BTreeMap<String, Kept>> {
    if entries.is_empty() {
        return Ok(BTreeMap::new());
    }
    let kept: Vec<Kept> = tx.q(sql).bind(Json(&call_rows(entries, config))).all().await?;
    Ok(kept.into_iter().map(|kept| (kept.uid.clone(), kept)).collect())
}

/// The calls of a batch: their places in the log, and their versions.
pub(super) type Ids = BTreeMap<CallKey, (CallId, i64)>;

/// The events of all calls in the order they happened, and the same in the journal.
async fn put_events(tx: &mut Tx, batch: &Batch, ids: &Ids) -> Result<()> {
    let mut events: Vec<_> = batch
        .entries
        .iter()
        .filter_map(|entry| Some((ids.get(&entry.key)?, &entry.events)))
        .flat_map(|(&(id, version), events)| {
            events.iter().map(move |&(n, at, event)| (n, id, version, at, event))
        })
        .collect();
    events.sort_by_key(|&(n, ..)| n);
    for &(_, id, version, at, event) in &events {
        tx.record(Change::new("call", format!("calls/{id}"), event.word()).version(version).at(at));
    }
    let row = |(n, call_id, _, at, event): (u64, CallId, i64, Moment, Event)| EventRow {
        n,
        call_id,
        at: at.millis(),
        kind: event.word(),
        data: event.data(),
    };
    put(tx, EVENTS, events.into_iter().map(row).collect()).await
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

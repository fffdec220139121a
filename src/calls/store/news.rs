//! Writing the news of calls: all that screens are told of goes in one statement, so that nothing
//! waits for a second way to the store and back. One that begins alone has its own ([`begin`]).
//!
//! On PostgreSQL that is one statement with several parts; on SQLite several statements in one text,
//! which the driver runs in one go. There a new call is known by having no events yet.
//!
//! On PostgreSQL the mark comes first: whoever asks whether a batch is stored waits at its row for a
//! statement that still runs though the link to it was lost ([`confirm`](super::confirm())).

use std::collections::BTreeMap;

use sqlx::FromRow;
use sqlx::types::Json;

use super::super::record::CallKey;
use super::begin;
use super::rows::{self, CallRow, LegRow};
use super::write::{Batch, Entry, Stored};
use crate::config::Config;
use crate::db::{Alone, Error, Query, Result, Tx, statements};
use crate::kernel::{CallId, Moment, StaffId};

statements! {
    /// New calls from the JSON list `$1` with their legs, events and search pieces; the house was
    /// alive at `$2` and this batch, `$3`, is stored; with `$4` the lines of the journal are
    /// written as well. A call whose name is already in the log is left
    /// as it is, with all that belongs to it. A leg that was another call's is this one's from now on.
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
                      taken_by, (SELECT s.name FROM staff s WHERE s.id = taken_by) AS taken_name, taken_at, notes, readback_at,
                      CASE WHEN $4 THEN (SELECT h.seq FROM journal_head h) END AS told;
                  INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending)
                  SELECT c.id, l.value->>'leg', l.value->>'kind', l.value->>'extension', l.value->>'offered_at', l.value->>'rang_at',
                         l.value->>'answered_at', l.value->>'ended_at', l.value->>'ending'
                  FROM json_each($1) e CROSS JOIN calls c ON c.uid = e.value->>'uid' CROSS JOIN json_each(e.value, '$.legs') l
                  WHERE NOT EXISTS (SELECT 1 FROM call_events o WHERE o.call_id = c.id) ORDER BY c.id, l.key
                  ON CONFLICT (leg) DO UPDATE SET call_id = excluded.call_id, kind = excluded.kind, extension = excluded.extension,
                      offered_at = excluded.offered_at, rang_at = excluded.rang_at, answered_at = excluded.answered_at,
                      ended_at = excluded.ended_at, ending = excluded.ending;
                  INSERT INTO call_grams (gram, call_id)
                  SELECT g.value, c.id
                  FROM json_each($1) e CROSS JOIN calls c ON c.uid = e.value->>'uid' CROSS JOIN json_each(e.value, '$.pieces') g
                  WHERE NOT EXISTS (SELECT 1 FROM call_events o WHERE o.call_id = c.id)
                  ON CONFLICT (gram, call_id) DO NOTHING;
                  INSERT INTO journal (seq, at, kind, subject, change, version)
                  SELECT h.seq + row_number() OVER (ORDER BY v.value->>'place'), v.value->>'at', 'call', 'calls/' || c.id,
                         v.value->>'kind', c.version
                  FROM journal_head h CROSS JOIN json_each($1) e CROSS JOIN calls c ON c.uid = e.value->>'uid' CROSS JOIN json_each(e.value, '$.events') v
                  WHERE $4 AND NOT EXISTS (SELECT 1 FROM call_events o WHERE o.call_id = c.id);
                  UPDATE journal_head SET seq = max(seq, (SELECT coalesce(max(j.seq), 0) FROM journal j)) WHERE $4;
                  INSERT INTO call_events (call_id, seq, at, kind, data)
                  SELECT c.id, v.value->>'n', v.value->>'at', v.value->>'kind', v.value->>'data'
                  FROM json_each($1) e CROSS JOIN calls c ON c.uid = e.value->>'uid' CROSS JOIN json_each(e.value, '$.events') v
                  WHERE NOT EXISTS (SELECT 1 FROM call_events o WHERE o.call_id = c.id);
                  INSERT INTO site (name, value) VALUES ('alive_at', $2), ('calls_batch', $3)
                  ON CONFLICT (name) DO UPDATE SET value = excluded.value",
          postgres "WITH e AS MATERIALIZED (
                        SELECT * FROM jsonb_to_recordset($1) AS e(uid text, pbx text, hotline_number text, hotline_name text,
                            caller_number text, caller_reversed text, caller_as_sent text, caller_display text, withheld boolean,
                            state text, offered_at bigint, rang_at bigint, answered_at bigint, ended_at bigint, rings bigint,
                            answer_rings bigint, answer_ms bigint, caller_wait_ms bigint, within_target boolean,
                            answered_extension text, outcome text, excluded text, ended_by text, end_seen boolean, evidence text,
                            cycle_ms bigint, target_rings bigint, target_ms bigint, colleague_rings bigint, alarm bigint,
                            trunk_call_id text, business_date text, local_hour bigint, legs jsonb, events jsonb, pieces jsonb)
                    ), mark AS (
                        INSERT INTO site (name, value) VALUES ('alive_at', $2), ('calls_batch', $3)
                        ON CONFLICT (name) DO UPDATE SET value = excluded.value RETURNING name
                    ), put AS (
                        INSERT INTO calls (uid, version, pbx, hotline_number, hotline_name, caller_number, caller_reversed, caller_as_sent,
                            caller_display, withheld, state, offered_at, rang_at, answered_at, ended_at, rings, answer_rings, answer_ms,
                            caller_wait_ms, within_target, answered_extension, answered_staff, outcome, excluded, ended_by, end_seen,
                            evidence, cycle_ms, target_rings, target_ms, colleague_rings, alarm, trunk_call_id, business_date, local_hour)
                        SELECT uid, 1, pbx, hotline_number, hotline_name, caller_number, caller_reversed, caller_as_sent,
                            caller_display, withheld, state, offered_at, rang_at, answered_at, ended_at, rings, answer_rings, answer_ms,
                            caller_wait_ms, within_target, answered_extension,
                            (SELECT s.id FROM staff s WHERE s.extension = e.answered_extension AND s.disabled_at IS NULL),
                            outcome, excluded, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings,
                            alarm, trunk_call_id, business_date, local_hour
                        FROM e WHERE EXISTS (SELECT 1 FROM mark)
                        ON CONFLICT (uid) DO NOTHING
                        RETURNING id, uid, version, excluded, answered_staff, taken_by, taken_at, notes, readback_at
                    ), legs AS (
                        INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending)
                        SELECT p.id, l.leg, l.kind, l.extension, l.offered_at, l.rang_at, l.answered_at, l.ended_at, l.ending
                        FROM put p JOIN e ON e.uid = p.uid CROSS JOIN LATERAL jsonb_to_recordset(e.legs) AS l(leg text, kind text,
                            extension text, offered_at bigint, rang_at bigint, answered_at bigint, ended_at bigint, ending text)
                        ORDER BY p.id, l.offered_at
                        ON CONFLICT (leg) DO UPDATE SET call_id = excluded.call_id, kind = excluded.kind,
                            extension = excluded.extension, offered_at = excluded.offered_at, rang_at = excluded.rang_at,
                            answered_at = excluded.answered_at, ended_at = excluded.ended_at, ending = excluded.ending
                    ), pieces AS (
                        INSERT INTO call_grams (gram, call_id)
                        SELECT g.gram, p.id
                        FROM put p JOIN e ON e.uid = p.uid CROSS JOIN LATERAL jsonb_array_elements_text(e.pieces) AS g(gram)
                        ON CONFLICT (gram, call_id) DO NOTHING
                    ), events AS (
                        INSERT INTO call_events (call_id, seq, at, kind, data)
                        SELECT p.id, v.n, v.at, v.kind, v.data
                        FROM put p JOIN e ON e.uid = p.uid
                            CROSS JOIN LATERAL jsonb_to_recordset(e.events) AS v(n bigint, at bigint, kind text, data text)
                    ), told AS (
                        SELECT journal_write(jsonb_agg(jsonb_build_object('kind', 'call', 'subject', 'calls/' || p.id,
                            'change', v.kind, 'version', p.version, 'at', v.at) ORDER BY v.place), NULL, NULL, count(*)) - count(*) AS before
                        FROM put p JOIN e ON e.uid = p.uid
                            CROSS JOIN LATERAL jsonb_to_recordset(e.events) AS v(kind text, at bigint, place bigint)
                        WHERE $4 HAVING count(*) > 0
                    )
                    SELECT p.id, p.uid, p.version, p.excluded, p.answered_staff,
                        (SELECT s.name FROM staff s WHERE s.id = p.answered_staff) AS answered_name,
                        p.taken_by, (SELECT s.name FROM staff s WHERE s.id = p.taken_by) AS taken_name, p.taken_at, p.notes, p.readback_at,
                        (SELECT t.before FROM told t) AS told
                    FROM put p";
    /// The same of calls that are in the log already. What people added stays; events are numbered on.
    /// By itself (`$4`) it does nothing where this batch or a later one is stored already: on a server it may
    /// arrive when nobody waits for it any more.
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
                        taken_by, (SELECT s.name FROM staff s WHERE s.id = taken_by) AS taken_name, taken_at, notes, readback_at,
                        CASE WHEN $4 THEN (SELECT h.seq FROM journal_head h) END AS told;
                    INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending)
                    SELECT c.id, l.value->>'leg', l.value->>'kind', l.value->>'extension', l.value->>'offered_at', l.value->>'rang_at',
                           l.value->>'answered_at', l.value->>'ended_at', l.value->>'ending'
                    FROM json_each($1) e CROSS JOIN calls c ON c.id = e.value->>'id' CROSS JOIN json_each(e.value, '$.legs') l
                    WHERE true ORDER BY c.id, l.key
                    ON CONFLICT (leg) DO UPDATE SET call_id = excluded.call_id, kind = excluded.kind, extension = excluded.extension,
                        offered_at = excluded.offered_at, rang_at = excluded.rang_at, answered_at = excluded.answered_at,
                        ended_at = excluded.ended_at, ending = excluded.ending;
                    INSERT INTO call_grams (gram, call_id)
                    SELECT g.value, c.id
                    FROM json_each($1) e CROSS JOIN calls c ON c.id = e.value->>'id' CROSS JOIN json_each(e.value, '$.pieces') g
                    WHERE true ON CONFLICT (gram, call_id) DO NOTHING;
                    INSERT INTO journal (seq, at, kind, subject, change, version)
                    SELECT h.seq + row_number() OVER (ORDER BY v.value->>'place'), v.value->>'at', 'call', 'calls/' || c.id,
                           v.value->>'kind', c.version
                    FROM journal_head h CROSS JOIN json_each($1) e CROSS JOIN calls c ON c.id = e.value->>'id' CROSS JOIN json_each(e.value, '$.events') v
                    WHERE $4;
                    UPDATE journal_head SET seq = max(seq, (SELECT coalesce(max(j.seq), 0) FROM journal j)) WHERE $4;
                    INSERT INTO call_events (call_id, seq, at, kind, data)
                    SELECT c.id, (SELECT coalesce(max(o.seq), 0) FROM call_events o WHERE o.call_id = c.id) + (v.value->>'n'),
                           v.value->>'at', v.value->>'kind', v.value->>'data'
                    FROM json_each($1) e CROSS JOIN calls c ON c.id = e.value->>'id' CROSS JOIN json_each(e.value, '$.events') v;
                    INSERT INTO site (name, value) VALUES ('alive_at', $2), ('calls_batch', $3)
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            postgres "WITH e AS MATERIALIZED (
                          SELECT * FROM jsonb_to_recordset($1) AS e(id bigint, state text, rang_at bigint, answered_at bigint,
                              ended_at bigint, rings bigint, answer_rings bigint, answer_ms bigint, caller_wait_ms bigint,
                              within_target boolean, answered_extension text, outcome text, excluded text, ended_by text,
                              end_seen boolean, evidence text, cycle_ms bigint, target_rings bigint, target_ms bigint,
                              colleague_rings bigint, alarm bigint, trunk_call_id text, legs jsonb, events jsonb, pieces jsonb)
                      ), mark AS (
                          INSERT INTO site (name, value) VALUES ('alive_at', $2), ('calls_batch', $3)
                          ON CONFLICT (name) DO UPDATE SET value = excluded.value
                          WHERE NOT $4 OR site.name <> 'calls_batch' OR site.value ~<~ excluded.value
                          RETURNING name
                      ), put AS (
                          UPDATE calls SET version = calls.version + 1,
                              state = e.state, rang_at = e.rang_at, answered_at = e.answered_at,
                              ended_at = e.ended_at, rings = e.rings, answer_rings = e.answer_rings,
                              answer_ms = e.answer_ms, caller_wait_ms = e.caller_wait_ms,
                              within_target = e.within_target, answered_extension = e.answered_extension,
                              answered_staff = (SELECT s.id FROM staff s WHERE s.extension = e.answered_extension AND s.disabled_at IS NULL),
                              outcome = e.outcome,
                              excluded = CASE WHEN calls.excluded = 'test' THEN 'test' ELSE e.excluded END,
                              ended_by = e.ended_by, end_seen = e.end_seen, evidence = e.evidence,
                              cycle_ms = e.cycle_ms, target_rings = e.target_rings, target_ms = e.target_ms,
                              colleague_rings = e.colleague_rings, alarm = e.alarm, trunk_call_id = e.trunk_call_id
                          FROM e WHERE calls.id = e.id AND EXISTS (SELECT 1 FROM mark WHERE name = 'calls_batch')
                          RETURNING calls.id, calls.uid, calls.version, calls.excluded, calls.answered_staff, calls.taken_by,
                              calls.taken_at, calls.notes, calls.readback_at
                      ), legs AS (
                          INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending)
                          SELECT p.id, l.leg, l.kind, l.extension, l.offered_at, l.rang_at, l.answered_at, l.ended_at, l.ending
                          FROM put p JOIN e ON e.id = p.id CROSS JOIN LATERAL jsonb_to_recordset(e.legs) AS l(leg text, kind text,
                              extension text, offered_at bigint, rang_at bigint, answered_at bigint, ended_at bigint, ending text)
                          ORDER BY p.id, l.offered_at
                          ON CONFLICT (leg) DO UPDATE SET call_id = excluded.call_id, kind = excluded.kind,
                              extension = excluded.extension, offered_at = excluded.offered_at, rang_at = excluded.rang_at,
                              answered_at = excluded.answered_at, ended_at = excluded.ended_at, ending = excluded.ending
                      ), pieces AS (
                          INSERT INTO call_grams (gram, call_id)
                          SELECT g.gram, p.id
                          FROM put p JOIN e ON e.id = p.id CROSS JOIN LATERAL jsonb_array_elements_text(e.pieces) AS g(gram)
                          ON CONFLICT (gram, call_id) DO NOTHING
                      ), events AS (
                          INSERT INTO call_events (call_id, seq, at, kind, data)
                          SELECT p.id, (SELECT coalesce(max(o.seq), 0) FROM call_events o WHERE o.call_id = p.id) + v.n,
                              v.at, v.kind, v.data
                          FROM put p JOIN e ON e.id = p.id
                              CROSS JOIN LATERAL jsonb_to_recordset(e.events) AS v(n bigint, at bigint, kind text, data text)
                      ), told AS (
                          SELECT journal_write(jsonb_agg(jsonb_build_object('kind', 'call', 'subject', 'calls/' || p.id,
                              'change', v.kind, 'version', p.version, 'at', v.at) ORDER BY v.place), NULL, NULL, count(*)) - count(*) AS before
                          FROM put p JOIN e ON e.id = p.id
                              CROSS JOIN LATERAL jsonb_to_recordset(e.events) AS v(kind text, at bigint, place bigint)
                          WHERE $4 HAVING count(*) > 0
                      )
                      SELECT p.id, p.uid, p.version, p.excluded, p.answered_staff,
                          (SELECT s.name FROM staff s WHERE s.id = p.answered_staff) AS answered_name,
                          p.taken_by, (SELECT s.name FROM staff s WHERE s.id = p.taken_by) AS taken_name, p.taken_at, p.notes,
                          p.readback_at, (SELECT t.before FROM told t) AS told
                      FROM put p";
}

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
    /// The number before the lines that this statement wrote in the journal.
    pub(super) told: Option<i64>,
}

/// Stores the calls of a batch with their legs, events and search pieces, and the batch's mark.
pub(super) async fn put(tx: &mut Tx, batch: &Batch, config: &Config) -> Result<Vec<Stored>> {
    let mut legs = changed_legs(batch, config);
    let (again, new): (Vec<_>, Vec<_>) = batch.entries.iter().partition(|one| one.place.is_some());
    let mut stored = Vec::new();
    for (sql, entries) in [(NEW, new), (AGAIN, again)] {
        if entries.is_empty() {
            continue;
        }
        let now = tx.now();
        let rows = call_rows(&entries, &mut legs, config);
        let kept = put_calls(tx.q(sql), &rows, now, &batch.mark, false).await?;
        stored.extend(as_stored(&entries, kept, config)?);
    }
    Ok(stored)
}

/// The same of calls that are all new or all known, and the lines of the journal, by one statement; with
/// the number before these lines, if one was written.
pub(super) async fn put_alone(
    alone: &mut Alone,
    batch: &Batch,
    config: &Config,
) -> Result<(Vec<Stored>, Option<i64>)> {
    let mut legs = changed_legs(batch, config);
    let entries: Vec<_> = batch.entries.iter().collect();
    let new = entries.iter().all(|one| one.place.is_none());
    let now = alone.now();
    let rows = call_rows(&entries, &mut legs, config);
    let kept = match &rows[..] {
        [row] if new => {
            let kept = begin::begins(alone, row, &batch.mark).await?;
            kept.into_iter().map(|kept| (kept.uid.clone(), kept)).collect()
        }
        rows => {
            let query = alone.q(if new { NEW } else { AGAIN });
            put_calls(query, rows, now, &batch.mark, true).await?
        }
    };
    // the log loses no call: the statement came too late, and somebody has to look what is stored
    if !new && kept.len() < rows.len() {
        return Err(Error::NotFound);
    }
    let before = kept.values().find_map(|kept| kept.told);
    Ok((as_stored(&entries, kept, config)?, before))
}

fn call_rows<'a>(
    entries: &[&'a Entry],
    legs: &mut BTreeMap<CallKey, Vec<LegRow<'a>>>,
    config: &'a Config,
) -> Vec<CallRow<'a>> {
    let mut row = |entry: &&'a Entry| {
        let legs = legs.remove(&entry.key).unwrap_or_default();
        CallRow::whole(entry, legs, config)
    };
    entries.iter().map(&mut row).collect()
}

/// What the store answered, by the calls' names.
async fn put_calls(
    query: Query<'_>,
    rows: &[CallRow<'_>],
    now: Moment,
    mark: &str,
    tell: bool,
) -> Result<BTreeMap<String, Kept>> {
    let now = now.millis().to_string();
    let query = query.bind(Json(rows)).bind(now).bind(mark.to_owned()).bind(tell);
    let kept: Vec<Kept> = query.all().await?;
    Ok(kept.into_iter().map(|kept| (kept.uid.clone(), kept)).collect())
}

fn as_stored(
    entries: &[&Entry],
    mut kept: BTreeMap<String, Kept>,
    config: &Config,
) -> Result<Vec<Stored>> {
    let mut stored = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Some(kept) = kept.remove(&*entry.record.uid) {
            stored.push((entry.key, rows::call(&entry.record, config, kept)?.into()));
        }
    }
    Ok(stored)
}

/// The legs that are not in the log as they are, each once, where two calls tell of one as the
/// newer has it: the engines differ on a statement that meets one row twice.
fn changed_legs<'a>(batch: &'a Batch, config: &Config) -> BTreeMap<CallKey, Vec<LegRow<'a>>> {
    let mut entries: Vec<_> = batch.entries.iter().collect();
    entries.sort_by_key(|entry| entry.newest());
    let mut legs = BTreeMap::new();
    for entry in entries {
        let pbx = rows::pbx(&entry.record, config);
        let before = entry.before().map_or(&[][..], |before| &before.legs);
        for leg in entry.record.legs.iter().filter(|leg| !before.contains(leg)) {
            let row = LegRow::new(pbx, leg);
            legs.insert(row.leg.clone(), (entry.key, row));
        }
    }
    let mut of: BTreeMap<_, Vec<LegRow<'_>>> = BTreeMap::new();
    for (key, leg) in legs.into_values() {
        of.entry(key).or_default().push(leg);
    }
    // in the order they came: the log numbers them
    for legs in of.values_mut() {
        legs.sort_by_key(|leg| leg.offered_at);
    }
    of
}

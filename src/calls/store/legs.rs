//! Writing the telephones of calls: which rang, and how a call went from one to another.

use std::collections::BTreeMap;

use super::rows::{self, LegRow, TransferRow};
use super::write::{Batch, Ids, put};
use crate::config::Config;
use crate::db::{Result, Tx, statements};

statements! {
    /// Legs from the JSON list `$1`. A leg that was another call's is this one's from now on.
    LEGS = sqlite "INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending)
                   SELECT e.value->>'call_id', e.value->>'leg', e.value->>'kind', e.value->>'extension', e.value->>'offered_at',
                          e.value->>'rang_at', e.value->>'answered_at', e.value->>'ended_at', e.value->>'ending'
                   FROM json_each($1) e WHERE true
                   ON CONFLICT (leg) DO UPDATE SET call_id = excluded.call_id, kind = excluded.kind, extension = excluded.extension,
                       offered_at = excluded.offered_at, rang_at = excluded.rang_at, answered_at = excluded.answered_at,
                       ended_at = excluded.ended_at, ending = excluded.ending",
           postgres "INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending)
                     SELECT call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending
                     FROM jsonb_to_recordset($1) AS e(call_id bigint, leg text, kind text, extension text, offered_at bigint,
                         rang_at bigint, answered_at bigint, ended_at bigint, ending text)
                     ON CONFLICT (leg) DO UPDATE SET call_id = excluded.call_id, kind = excluded.kind, extension = excluded.extension,
                         offered_at = excluded.offered_at, rang_at = excluded.rang_at, answered_at = excluded.answered_at,
                         ended_at = excluded.ended_at, ending = excluded.ending";
    /// Transfers from the JSON list `$1`.
    TRANSFERS = sqlite "INSERT INTO call_transfers (call_id, seq, at, kind, from_extension, to_extension)
                        SELECT e.value->>'call_id', e.value->>'seq', e.value->>'at', e.value->>'kind', e.value->>'from_extension',
                               e.value->>'to_extension'
                        FROM json_each($1) e WHERE true
                        ON CONFLICT (call_id, seq) DO UPDATE SET at = excluded.at, kind = excluded.kind,
                            from_extension = excluded.from_extension, to_extension = excluded.to_extension",
                postgres "INSERT INTO call_transfers (call_id, seq, at, kind, from_extension, to_extension)
                          SELECT call_id, seq, at, kind, from_extension, to_extension
                          FROM jsonb_to_recordset($1) AS e(call_id bigint, seq bigint, at bigint, kind text, from_extension text,
                              to_extension text)
                          ON CONFLICT (call_id, seq) DO UPDATE SET at = excluded.at, kind = excluded.kind,
                              from_extension = excluded.from_extension, to_extension = excluded.to_extension";
}

/// The legs that are not in the log as they are, each once, where two calls tell of one as the
/// newer has it.
pub(super) async fn put_legs(tx: &mut Tx, batch: &Batch, ids: &Ids, config: &Config) -> Result<()> {
    let mut entries: Vec<_> = batch.entries.iter().collect();
    entries.sort_by_key(|entry| entry.newest());
    let mut legs = BTreeMap::new();
    for entry in entries {
        let Some(&(id, _)) = ids.get(&entry.key) else { continue };
        let pbx = rows::pbx(&entry.record, config);
        let before = entry.before().map_or(&[][..], |before| &before.legs);
        for leg in entry.record.legs.iter().filter(|leg| !before.contains(leg)) {
            let row = LegRow::new(id, pbx, leg);
            legs.insert(row.leg.clone(), row);
        }
    }
    // in the order they came: the log numbers them
    let mut legs: Vec<_> = legs.into_values().collect();
    legs.sort_by_key(|leg| (leg.call_id, leg.offered_at));
    put(tx, LEGS, legs).await
}

/// The transfers of calls that have others than the log has.
pub(super) async fn put_transfers(tx: &mut Tx, batch: &Batch, ids: &Ids) -> Result<()> {
    let changed = batch.entries.iter().filter(|entry| {
        let before = entry.before().map_or(&[][..], |before| &before.transfers);
        entry.record.transfers != before
    });
    let of = changed.filter_map(|entry| Some((ids.get(&entry.key)?.0, &entry.record)));
    put(tx, TRANSFERS, of.flat_map(|(id, record)| TransferRow::of(id, record)).collect()).await
}

//! Writing how calls went from one telephone to another.

use super::rows::TransferRow;
use super::write::{Batch, Entry, Ids, put};
use crate::db::{Result, Tx, statements};

statements! {
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

/// Whether a call has other transfers than the log has.
pub(super) fn has_changed(entry: &Entry) -> bool {
    let before = entry.before().map_or(&[][..], |before| &before.transfers);
    entry.record.transfers != before
}

/// The transfers of calls that have others than the log has.
pub(super) async fn put_changed(tx: &mut Tx, batch: &Batch, ids: &Ids) -> Result<()> {
    let changed = batch.entries.iter().filter(|entry| has_changed(entry));
    let of = changed.filter_map(|entry| Some((ids.get(&entry.key)?.0, &entry.record)));
    put(tx, TRANSFERS, of.flat_map(|(id, record)| TransferRow::of(id, record)).collect()).await
}

//! The legs of services in the path of a call: what they were before a restart, they are after it.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use super::rows::{leg_name, pbx};
use super::write::{Batch, Entry, Ids, put};
use crate::config::Config;
use crate::db::{Db, Result, Tx, statements};
use crate::kernel::CallId;
use crate::sip::LegKey;

statements! {
    /// Legs of services from the JSON list `$1`; known ones stay.
    DETOURS = sqlite "INSERT INTO call_detours (call_id, leg) SELECT e.value->>'call_id', e.value->>'leg' FROM json_each($1) e
                      WHERE true ON CONFLICT (call_id, leg) DO NOTHING",
              postgres "INSERT INTO call_detours (call_id, leg) SELECT call_id, leg
                        FROM jsonb_to_recordset($1) AS e(call_id bigint, leg text) ON CONFLICT (call_id, leg) DO NOTHING";
    /// Those of the calls in the JSON list `$1`.
    OF = sqlite "SELECT d.call_id, d.leg FROM call_detours d WHERE d.call_id IN (SELECT e.value FROM json_each($1) e)
                 ORDER BY d.call_id, d.leg",
         postgres "SELECT d.call_id, d.leg FROM call_detours d
                   WHERE d.call_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v))
                   ORDER BY d.call_id, d.leg";
}

#[derive(Serialize)]
struct New {
    call_id: CallId,
    leg: String,
}

#[derive(FromRow)]
struct Row {
    call_id: CallId,
    leg: String,
}

/// The legs of services of a call that the log does not have.
fn new(entry: &Entry) -> impl Iterator<Item = &LegKey> {
    let before = entry.before().map_or(&[][..], |before| &before.detours);
    entry.record.detours.iter().filter(|leg| !before.contains(leg))
}

/// Whether a call has such.
pub(super) fn has_changed(entry: &Entry) -> bool {
    new(entry).next().is_some()
}

/// The legs of services of calls that have others than the log has.
pub(super) async fn put_changed(
    tx: &mut Tx,
    batch: &Batch,
    ids: &Ids,
    config: &Config,
) -> Result<()> {
    let mut rows = Vec::new();
    for entry in &batch.entries {
        let Some(&(call_id, _)) = ids.get(&entry.key) else { continue };
        let pbx = pbx(&entry.record, config);
        rows.extend(new(entry).map(|leg| New { call_id, leg: leg_name(pbx, leg) }));
    }
    put(tx, DETOURS, rows).await
}

/// The names of the legs of services in the paths of these calls.
pub(super) async fn of(db: &Db, ids: &[CallId]) -> Result<BTreeMap<CallId, Vec<String>>> {
    let rows: Vec<Row> = db.read(OF).bind(Json(ids)).all().await?;
    let mut of = BTreeMap::<_, Vec<_>>::new();
    for row in rows {
        of.entry(row.call_id).or_default().push(row.leg);
    }
    Ok(of)
}

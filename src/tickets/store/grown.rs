//! Which faults grew out of which calls.

use std::collections::BTreeMap;

use sqlx::types::Json;

use crate::db::{Db, Result, statements};
use crate::kernel::CallId;

statements! {
    /// The numbers of the faults that the calls in the JSON list `$1` led to, the oldest first.
    OF = sqlite "SELECT t.call_id, t.no FROM json_each($1) e JOIN tickets t ON t.call_id = e.value ORDER BY t.id",
         postgres "SELECT t.call_id, t.no FROM tickets t
                   WHERE t.call_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v)) ORDER BY t.id";
}

/// The numbers of the faults that calls led to, by call.
pub async fn of(db: &Db, calls: &[CallId]) -> Result<BTreeMap<CallId, Vec<String>>> {
    db.read(OF).bind(Json(calls)).gathered().await
}

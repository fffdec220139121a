//! Which bookings grew out of which calls.

use std::collections::BTreeMap;

use sqlx::types::Json;

use crate::db::{Db, Result, statements};
use crate::kernel::CallId;

statements! {
    /// The numbers of the bookings that the calls in the JSON list `$1` led to, the oldest first.
    OF = sqlite "SELECT b.call_id, b.no FROM json_each($1) e JOIN bookings b ON b.call_id = e.value ORDER BY b.id",
         postgres "SELECT b.call_id, b.no FROM bookings b
                   WHERE b.call_id IN (SELECT CAST(e.v AS bigint) FROM jsonb_array_elements_text($1) AS e(v)) ORDER BY b.id";
    /// How many bookings and places on the waitlist a call led to.
    ANY = "SELECT (SELECT count(*) FROM bookings WHERE call_id = $1) + (SELECT count(*) FROM waitlist WHERE call_id = $1) AS number";
}

/// Whether a call led to a booking, or to a place on the waitlist.
pub async fn any(db: &Db, call: CallId) -> Result<bool> {
    let made: i64 = db.read(ANY).bind(call).value().await?;
    Ok(made > 0)
}

/// The numbers of the bookings that calls led to, by call.
pub async fn of(db: &Db, calls: &[CallId]) -> Result<BTreeMap<CallId, Vec<String>>> {
    db.read(OF).bind(Json(calls)).gathered().await
}

//! How often a caller has called: for the card.

use sqlx::FromRow;
use sqlx::types::Json;

use super::super::call::Call;
use super::{CALLS, load};
use crate::db::{Db, Result, statements};
use crate::kernel::{CallId, Moment};

statements! {
    /// The calls of the numbers in the JSON list `$1` but `$2`: all, those since `$3`, the last.
    HABIT = sqlite "SELECT count(*) AS calls, count(CASE WHEN c.offered_at >= $3 THEN 1 END) AS recent, max(c.offered_at) AS last_at
                    FROM calls c WHERE c.caller_number IN (SELECT e.value FROM json_each($1) e) AND c.id <> $2",
            postgres "SELECT count(*) AS calls, count(CASE WHEN c.offered_at >= $3 THEN 1 END) AS recent, max(c.offered_at) AS last_at
                      FROM calls c WHERE c.caller_number = ANY (ARRAY(SELECT jsonb_array_elements_text($1))) AND c.id <> $2";
    /// The last five calls of one number but `$2`, as ids.
    LAST = "SELECT c.id FROM calls c WHERE c.caller_number = $1 AND c.id <> $2 ORDER BY c.offered_at DESC, c.id DESC LIMIT 5";
}

/// "Of late" on the card, in milliseconds: 90 days.
const RECENT_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// So many earlier calls are shown.
const SHOWN: usize = 5;

/// How often somebody has called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromRow)]
pub struct Habit {
    /// How many other calls there are.
    pub calls: i64,
    /// How many of them in the last 90 days.
    pub recent: i64,
    /// When the last of them came.
    pub last_at: Option<Moment>,
}

/// How often the owner of these numbers has called before `but`.
pub async fn habit(db: &Db, numbers: &[String], but: CallId, now: Moment) -> Result<Habit> {
    if numbers.is_empty() {
        return Ok(Habit::default());
    }
    let since = now.plus_millis(-RECENT_MS);
    db.read(HABIT).bind(Json(numbers.to_vec())).bind(but).bind(since).one().await
}

/// The last five other calls of the owner of these numbers, newest first; none for a withheld number.
pub async fn of_numbers(db: &Db, numbers: &[String], but: CallId) -> Result<Vec<Call>> {
    let mut ids: Vec<CallId> = Vec::new();
    for number in numbers {
        ids.extend(db.read(LAST).bind(number.as_str()).bind(but).values::<CallId>().await?);
    }
    ids.sort_unstable();
    ids.dedup();
    let mut found = Vec::new();
    for id in ids {
        let rows = db.read(CALLS).push(" AND c.id = ").push_bind(id).all().await?;
        found.extend(rows);
    }
    let mut calls = load::all(db, found).await?;
    calls.sort_by_key(|call| std::cmp::Reverse((call.offered_at, call.id)));
    calls.truncate(SHOWN);
    Ok(calls)
}

//! Calls that took long to answer. Where they are few, the log finds them by how long they took instead
//! of reading a year of calls for one; where they are many, the newest are found soon enough.

use super::list::Filter;
use crate::db::{Db, Result, Sql, statements};
use crate::kernel::Moment;

/// What is slower than this has a place in the indexes.
const SLOW_MS: i64 = 10_000;
/// A time of at most this is read by when its calls came: seven days.
const SHORT_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// More than so many are not few.
const FEW: usize = 1_000;

/// Calls of a time that took at least `$1` on a clock. The upper bound, which nothing reaches, has
/// SQLite begin at the lower one instead of at the index's own; the signs keep it from reading by time.
macro_rules! slow {
    ($clock:literal) => {
        concat!("SELECT s.id FROM calls s WHERE s.", $clock, " >= 10000 AND s.", $clock,
            " BETWEEN $1 AND 9000000000000 AND +s.offered_at >= $2 AND +s.offered_at < $3 LIMIT 1001")
    };
}

statements! {
    /// By the operator's clock.
    ANSWERS = of slow!("answer_ms");
    /// By the caller's.
    WAITS = of slow!("caller_wait_ms");
}

/// The calls that a filter's slowness leaves, where it asks for slow ones and they are few.
pub(super) async fn few(db: &Db, filter: &Filter) -> Result<Option<Vec<i64>>> {
    let span = filter.from.zip(filter.to).map(|(from, to)| to.millis_since(from));
    if span.is_some_and(|span| span <= SHORT_MS) {
        return Ok(None);
    }
    let asked = [(ANSWERS, filter.answer_from_ms), (WAITS, filter.wait_from_ms)];
    for (sql, least) in asked {
        let Some(least) = least.filter(|least| *least >= SLOW_MS) else { continue };
        let found = between(db, sql, least, filter).await?;
        if found.len() <= FEW {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

async fn between(db: &Db, sql: Sql, least: i64, filter: &Filter) -> Result<Vec<i64>> {
    let from = filter.from.unwrap_or(Moment::from_millis(0));
    let to = filter.to.unwrap_or(Moment::from_millis(i64::MAX));
    db.read(sql).bind(least).bind(from).bind(to).values().await
}

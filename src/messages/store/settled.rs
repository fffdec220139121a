//! Calls that were written down or put away, read off the journal.

use sqlx::FromRow;

use crate::db::{Db, Result, Tx, statements};
use crate::kernel::Moment;

statements! {
    /// How far the journal was read for slips of pick-ups.
    CURSOR = "SELECT value FROM site WHERE name = 'pickup_seq'";
    /// Sets that.
    SET_CURSOR = "INSERT INTO site (name, value) VALUES ('pickup_seq', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    /// Calls that were written down, or put away without, after one number of the journal and up to
    /// another, the oldest first.
    BETWEEN = "SELECT seq, at, subject FROM journal WHERE seq > $1 AND seq <= $2 AND kind = 'call' AND change IN ('recorded', 'put_away')
               ORDER BY seq LIMIT $3";
}

/// A row of the journal about a call that was settled.
#[derive(Debug, FromRow)]
pub(in crate::messages) struct Settled {
    pub(in crate::messages) seq: i64,
    pub(in crate::messages) at: Moment,
    pub(in crate::messages) subject: String,
}

/// How far the journal was read; 0 where it never was.
pub(in crate::messages) async fn cursor(db: &Db) -> Result<i64> {
    let kept: Option<(String,)> = db.read(CURSOR).maybe().await?;
    Ok(kept.and_then(|(text,)| text.parse().ok()).unwrap_or(0))
}

pub(in crate::messages) async fn set_cursor(tx: &mut Tx, seq: i64) -> Result<()> {
    tx.q(SET_CURSOR).bind(seq.to_string()).run().await.map(drop)
}

/// The calls that were settled after one number of the journal and up to another.
pub(in crate::messages) async fn between(
    db: &Db,
    after: i64,
    upto: i64,
    limit: i64,
) -> Result<Vec<Settled>> {
    db.read(BETWEEN).bind(after).bind(upto).bind(limit).all().await
}

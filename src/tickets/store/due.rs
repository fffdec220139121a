//! Which tickets the clock moves: what waits goes on, and what nobody called back about is closed.

use super::super::ticket::CLOSE_AFTER_MS;
use crate::db::{Db, Result, statements};
use crate::kernel::Moment;

statements! {
    /// When the next waiting ticket goes on.
    NEXT_WAITING = "SELECT min(waiting_until) AS next FROM tickets WHERE waiting_until IS NOT NULL";
    /// When the next solved ticket nobody called back about is closed.
    NEXT_CLOSING = "SELECT min(resolved_at) AS next FROM tickets WHERE state = 'resolved'";
    /// Numbers of tickets that wait until a moment, earliest first.
    RETURNING_NOW = "SELECT no FROM tickets WHERE waiting_until <= $1 ORDER BY waiting_until, id LIMIT 200";
    /// Numbers of tickets solved before a moment that nobody called back about.
    CLOSING_NOW = "SELECT no FROM tickets WHERE state = 'resolved' AND resolved_at <= $1 ORDER BY resolved_at, id LIMIT 200";
}

/// When a waiting ticket goes on or a solved one is closed next.
pub async fn next_due(db: &Db) -> Result<Option<Moment>> {
    let waiting: Option<Moment> = db.read(NEXT_WAITING).value().await?;
    let solved: Option<Moment> = db.read(NEXT_CLOSING).value().await?;
    let closing = solved.map(|at| at.plus_millis(CLOSE_AFTER_MS));
    Ok([waiting, closing].into_iter().flatten().min())
}

/// Numbers of tickets whose waiting is over at a moment, earliest first.
pub async fn returning(db: &Db, due: Moment) -> Result<Vec<String>> {
    db.read(RETURNING_NOW).bind(due).values().await
}

/// Numbers of solved tickets nobody called back about in time.
pub async fn closing(db: &Db, due: Moment) -> Result<Vec<String>> {
    db.read(CLOSING_NOW).bind(due.plus_millis(-CLOSE_AFTER_MS)).values().await
}

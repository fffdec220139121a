//! Gaps: working time in which nobody was there for a hotline.

use crate::db::{Change, Db, Result, Tx, statements};
use crate::kernel::Moment;
use crate::shifts::absence::ANSWER_MS;
use crate::shifts::coverage::{ALERT_MS, Cause};

use super::signing::LONGEST_MS;

statements! {
    /// The earliest moment at which something is to be looked at or told. `$1` how long an answer is waited for, `$2` an
    /// alert, `$3` a duty's longest.
    NEXT = "SELECT min(at) AS due FROM (
                SELECT min(at) AS at FROM coverage_due
                UNION ALL SELECT next_at FROM coverage_head
                UNION ALL SELECT looked_at FROM coverage_head WHERE calendars <> (SELECT coalesce(sum(version), 0) FROM calendars)
                UNION ALL SELECT min(s.from_at) FROM shifts s JOIN coverage_head h ON s.from_at > h.looked_at WHERE s.removed_at IS NULL
                UNION ALL SELECT min(asked_at) + $1 FROM absences WHERE answer = 'asked' AND ended_at IS NULL
                UNION ALL SELECT min(from_at) + $2 FROM coverage_gaps WHERE to_at IS NULL AND alerted_at IS NULL AND quiet = 0
                UNION ALL SELECT min(from_at) + $3 FROM sign_ons WHERE to_at IS NULL) AS dues";
    /// When it was last looked, and by which calendars.
    HEAD = "SELECT h.looked_at, h.calendars, CAST((SELECT coalesce(sum(version), 0) FROM calendars) AS BIGINT) AS calendars_now FROM coverage_head h";
    /// It was looked at `$1`, next at `$2`, by calendars `$3`.
    LOOKED = "UPDATE coverage_head SET looked_at = $1, next_at = $2, calendars = $3";
    /// What came and went until then is looked at.
    DONE = "DELETE FROM coverage_due WHERE at <= $1";
    /// The gaps that are open.
    OPEN = "SELECT id, hotline, from_at, to_at, cause, alerted_at FROM coverage_gaps WHERE to_at IS NULL ORDER BY id";
    /// A gap opens: hotline, when, why.
    BEGIN = "INSERT INTO coverage_gaps (hotline, from_at, cause) VALUES ($1, $2, $3) RETURNING id";
    /// It closes.
    CLOSE = "UPDATE coverage_gaps SET to_at = $2 WHERE id = $1";
    /// Gaps to be told of: open since `$1` or longer.
    UNTOLD = "SELECT id, hotline, from_at, to_at, cause, alerted_at FROM coverage_gaps
              WHERE to_at IS NULL AND alerted_at IS NULL AND quiet = 0 AND from_at <= $1 ORDER BY from_at, id";
    /// The head was told.
    TOLD = "UPDATE coverage_gaps SET alerted_at = $2 WHERE id = $1";
    /// It was over before it was time to tell.
    HUSH = "UPDATE coverage_gaps SET quiet = 1 WHERE id = $1";
    /// Gaps that touch a stretch of time, `$1` to `$2`.
    BETWEEN = "SELECT id, hotline, from_at, to_at, cause, alerted_at FROM coverage_gaps
               WHERE from_at < $2 AND (to_at IS NULL OR to_at > $1) ORDER BY from_at, id";
}

/// A gap as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Gap {
    /// Which.
    pub id: i64,
    /// The hotline's number.
    pub hotline: String,
    /// Since when nobody was there.
    pub from_at: Moment,
    /// Until when; `None` while it is open.
    pub to_at: Option<Moment>,
    /// `nobody`, `away`.
    pub cause: String,
    /// When the head was told.
    pub alerted_at: Option<Moment>,
}

impl Gap {
    pub(in crate::shifts) fn cause(&self) -> Cause {
        if self.cause == Cause::Away.name() { Cause::Away } else { Cause::Nobody }
    }
}

/// When it was last looked.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(in crate::shifts) struct Head {
    pub(in crate::shifts) looked_at: Moment,
    pub(in crate::shifts) calendars: i64,
    pub(in crate::shifts) calendars_now: i64,
}

pub(in crate::shifts) async fn next_due(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT).bind(ANSWER_MS).bind(ALERT_MS).bind(LONGEST_MS).value().await
}

pub(in crate::shifts) async fn head(db: &Db) -> Result<Head> {
    db.read(HEAD).one().await
}

pub(in crate::shifts) async fn looked(
    tx: &mut Tx,
    at: Moment,
    next: Option<Moment>,
    calendars: i64,
) -> Result<()> {
    tx.q(DONE).bind(at).run().await?;
    tx.q(LOOKED).bind(at).bind(next).bind(calendars).run().await.map(drop)
}

pub(in crate::shifts) async fn open(tx: &mut Tx) -> Result<Vec<Gap>> {
    tx.q(OPEN).all().await
}

pub(in crate::shifts) async fn begin(
    tx: &mut Tx,
    hotline: &str,
    at: Moment,
    cause: Cause,
) -> Result<()> {
    let id: i64 = tx.q(BEGIN).bind(hotline).bind(at).bind(cause.name()).value().await?;
    tx.record(Change::new("coverage", format!("coverage/{id}"), "opened").at(at));
    Ok(())
}

pub(in crate::shifts) async fn close(tx: &mut Tx, id: i64, at: Moment) -> Result<()> {
    tx.q(CLOSE).bind(id).bind(at).run().await?;
    tx.record(Change::new("coverage", format!("coverage/{id}"), "closed").at(at));
    Ok(())
}

pub(in crate::shifts) async fn untold(tx: &mut Tx, due: Moment) -> Result<Vec<Gap>> {
    tx.q(UNTOLD).bind(due.plus_millis(-ALERT_MS)).all().await
}

pub(in crate::shifts) async fn told(tx: &mut Tx, id: i64) -> Result<()> {
    let now = tx.now();
    tx.q(TOLD).bind(id).bind(now).run().await?;
    tx.record(Change::new("coverage", format!("coverage/{id}"), "told"));
    Ok(())
}

pub(in crate::shifts) async fn hush(tx: &mut Tx, id: i64) -> Result<()> {
    tx.q(HUSH).bind(id).run().await.map(drop)
}

/// The gaps that touch a stretch of time, by their begin.
pub async fn between(db: &Db, from: Moment, to: Moment) -> Result<Vec<Gap>> {
    db.read(BETWEEN).bind(from).bind(to).all().await
}

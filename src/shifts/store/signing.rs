//! Signing on and off, and the self-check. The moment is the server's, never the reader's.

use crate::db::{Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, StaffId};
use crate::shifts::presence::Ticks;

use super::{NOT_ON_DUTY, absences, record, touch};

statements! {
    /// On duty from now on.
    ON = "INSERT INTO sign_ons (staff_id, from_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    /// The self-check of the duty that runs: now, three ticks.
    CHECK = "UPDATE sign_ons SET checked_at = $2, rested = $3, dressed = $4, voiced = $5 WHERE staff_id = $1 AND to_at IS NULL";
    /// Off duty: when, and how it ended.
    OFF = "UPDATE sign_ons SET to_at = $2, ended = $3 WHERE staff_id = $1 AND to_at IS NULL";
    /// Duties begun at or before `$1` that still run.
    OLD = "SELECT staff_id FROM sign_ons WHERE to_at IS NULL AND from_at <= $1 ORDER BY from_at, id";
    /// Duties that touch a stretch of time, `$1` to `$2`.
    BETWEEN = "SELECT s.staff_id, p.name, s.from_at, s.to_at, s.ended, s.checked_at FROM sign_ons s JOIN staff p ON p.id = s.staff_id
               WHERE s.from_at < $2 AND (s.to_at IS NULL OR s.to_at > $1) ORDER BY s.from_at, s.id";
}

/// A duty longer than this was forgotten, in milliseconds: sixteen hours.
pub const LONGEST_MS: i64 = 16 * 60 * 60 * 1000;

/// How a duty ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The person signed off.
    BySelf,
    /// A supervisor signed them off, or they may not sign in any more.
    BySupervisor,
    /// It ran too long.
    Forgotten,
}

impl Ended {
    const fn name(self) -> &'static str {
        match self {
            Self::BySelf => "self",
            Self::BySupervisor => "supervisor",
            Self::Forgotten => "forgotten",
        }
    }
}

/// A duty as it was.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Past {
    /// Whose.
    pub staff_id: StaffId,
    /// Their name.
    pub name: String,
    /// From when.
    pub from_at: Moment,
    /// Until when; `None` while it runs.
    pub to_at: Option<Moment>,
    /// How it ended: `self`, `supervisor`, `forgotten`.
    pub ended: Option<String>,
    /// When the self-check was ticked.
    pub checked_at: Option<Moment>,
}

/// Signs a person on; nothing happens where they are on duty. `ticks` is the self-check, where it
/// was not skipped.
pub async fn sign_on(db: &Db, stamp: Stamp, staff: StaffId, ticks: Option<Ticks>) -> Result<()> {
    db.write(stamp, move |tx| Box::pin(sign_on_in(tx, staff, ticks))).await
}

/// The same as part of another change.
pub async fn sign_on_in(tx: &mut Tx, staff: StaffId, ticks: Option<Ticks>) -> Result<()> {
    let now = tx.now();
    let begun = tx.q(ON).bind(staff).bind(now).run().await? > 0;
    if let Some(ticks) = ticks {
        let ticked = write_ticks(tx, staff, ticks).await?;
        if ticked > 0 && !begun {
            record(tx, staff, "checked").await?;
        }
    }
    if begun {
        // whoever signs on is back
        absences::end(tx, staff, now).await?;
        touch(tx, now).await?;
        record(tx, staff, "signed_on").await?;
    }
    Ok(())
}

async fn write_ticks(tx: &mut Tx, staff: StaffId, ticks: Ticks) -> Result<u64> {
    let now = tx.now();
    let check = tx.q(CHECK).bind(staff).bind(now).bind(i64::from(ticks.rested));
    check.bind(i64::from(ticks.dressed)).bind(i64::from(ticks.voiced)).run().await
}

/// Ticks the self-check of the duty that runs; refused as [`NOT_ON_DUTY`] where none does.
pub async fn check(db: &Db, stamp: Stamp, staff: StaffId, ticks: Ticks) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            if write_ticks(tx, staff, ticks).await? == 0 {
                return Err(Error::Refused(NOT_ON_DUTY.to_owned()));
            }
            record(tx, staff, "checked").await
        })
    })
    .await
}

/// Signs a person off; refused as [`NOT_ON_DUTY`] where they are not on duty.
pub async fn sign_off(db: &Db, stamp: Stamp, staff: StaffId, ended: Ended) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let now = tx.now();
            if off(tx, staff, now, ended).await? {
                Ok(())
            } else {
                Err(Error::Refused(NOT_ON_DUTY.to_owned()))
            }
        })
    })
    .await
}

/// The same as part of another change; `false` where they are not on duty.
pub async fn sign_off_in(tx: &mut Tx, staff: StaffId, ended: Ended) -> Result<bool> {
    let now = tx.now();
    off(tx, staff, now, ended).await
}

async fn off(tx: &mut Tx, staff: StaffId, at: Moment, ended: Ended) -> Result<bool> {
    if tx.q(OFF).bind(staff).bind(at).bind(ended.name()).run().await? == 0 {
        return Ok(false);
    }
    absences::end(tx, staff, at).await?;
    absences::pass_on_of(tx, staff, at).await?;
    touch(tx, at).await?;
    record(tx, staff, "signed_off").await?;
    Ok(true)
}

/// Signs off whoever has been on duty for longer than anybody is.
pub(in crate::shifts) async fn forgotten(tx: &mut Tx, due: Moment) -> Result<()> {
    let old: Vec<StaffId> = tx.q(OLD).bind(due.plus_millis(-LONGEST_MS)).values().await?;
    for staff in old {
        off(tx, staff, due, Ended::Forgotten).await?;
    }
    Ok(())
}

/// The duties that touch a stretch of time, by their begin.
pub async fn between(db: &Db, from: Moment, to: Moment) -> Result<Vec<Past>> {
    db.read(BETWEEN).bind(from).bind(to).all().await
}

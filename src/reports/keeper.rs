//! Keeps the sums true: a call that is over is added to them, a day that was marked is summed anew.
//! Whoever writes a call never waits for it.

use std::time::Duration;

use chrono::Offset as _;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use super::store;
use crate::db::{Db, Result, Stamp};
use crate::kernel::{BusinessDay, Moment};
use crate::web::Kit;

/// How often it looks when nothing is heard.
const EVERY: Duration = Duration::from_mins(1);
/// It looks at most so often.
const PAUSE: Duration = Duration::from_secs(1);
/// A call is left alone for so long after its end: what is still learnt of it comes within that.
const SETTLE_MS: i64 = 2_000;
/// So many marked days are looked up at once.
const MOST_DAYS: i64 = 100;
/// So many calls are added at once: whoever writes meanwhile waits for it on SQLite.
const MOST_CALLS: i64 = 250;

/// What was renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Renewed {
    /// Days that were summed anew.
    pub days: usize,
    /// Calls that were added.
    pub calls: u64,
}

/// Renews the sums until told to stop; for the tasks of the house.
pub async fn keep(kit: Kit, stop: CancellationToken) {
    let mut heard = kit.db.bus().listen();
    loop {
        let now = kit.clock.now();
        let done = renew(&kit.db, &kit.day, now, now.plus_millis(-SETTLE_MS));
        if let Some(Err(error)) = stop.run_until_cancelled(done).await {
            // what is not summed is read call by call meanwhile: slower, not wrong
            tracing::warn!(reason = %error, "the sums of the reports could not be renewed");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        tokio::select! {
            () = stop.cancelled() => return,
            told = heard.recv() => if matches!(told, Err(RecvError::Closed)) { return },
            () = tokio::time::sleep(EVERY) => {}
        }
        while heard.try_recv().is_ok() {}
    }
}

/// Adds every call that is over to the sums, and sums every marked day anew, newest first.
pub async fn sum_marked(db: &Db, day: &BusinessDay, now: Moment) -> Result<Renewed> {
    renew(db, day, now, now).await
}

/// Derives all sums anew.
pub async fn sum_anew(db: &Db, day: &BusinessDay, now: Moment) -> Result<Renewed> {
    store::mark_all(db, Stamp { now, by: None }).await?;
    sum_marked(db, day, now).await
}

async fn renew(db: &Db, day: &BusinessDay, now: Moment, until: Moment) -> Result<Renewed> {
    let (stamp, sub_hour_ms) = (Stamp { now, by: None }, sub_hour_ms(day, now));
    let mut renewed = Renewed::default();
    loop {
        while store::any_new(db, until).await? {
            let added = store::add_new(db, stamp, until, MOST_CALLS, sub_hour_ms).await?;
            renewed.calls += added;
            // those that are left are being changed right now, and what ends meanwhile has its turn
            if i64::try_from(added).is_ok_and(|added| added < MOST_CALLS) {
                break;
            }
        }
        let marked = store::marked(db, MOST_DAYS).await?;
        if marked.is_empty() {
            return Ok(renewed);
        }
        for date in marked {
            store::sum_day(db, stamp, date, sub_hour_ms).await?;
            renewed.days += 1;
        }
    }
}

/// What the zone is off UTC beyond whole hours: 30 minutes in Mumbai, nothing in Nanjing.
pub(super) fn sub_hour_ms(day: &BusinessDay, now: Moment) -> i64 {
    let offset = now.utc().with_timezone(&day.zone).offset().fix().local_minus_utc();
    i64::from(offset).rem_euclid(3600) * 1000
}

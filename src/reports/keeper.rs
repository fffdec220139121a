//! Keeps the sums of past days true: a day that was marked is summed anew. Today is never summed,
//! so nobody who writes a call waits for it.

use std::time::Duration;

use chrono::Offset as _;
use tokio_util::sync::CancellationToken;

use super::store;
use crate::db::{Result, Stamp};
use crate::kernel::{BusinessDay, Moment};
use crate::web::Kit;

/// How often it looks for marked days.
const EVERY: Duration = Duration::from_mins(1);
/// So many days are looked up at once.
const MOST: i64 = 100;

/// Sums marked days until told to stop; for the tasks of the house.
pub async fn keep(kit: Kit, stop: CancellationToken) {
    loop {
        let now = kit.clock.now();
        let done = async {
            sum_marked(&kit.db, &kit.day, now).await?;
            store::compact(&kit.db, Stamp { now, by: None }).await
        };
        if let Some(Err(error)) = stop.run_until_cancelled(done).await {
            // a marked day is read call by call meanwhile: slower, not wrong
            tracing::warn!(reason = %error, "the sums of past days could not be renewed");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Sums every marked day before today, newest first; returns how many.
pub async fn sum_marked(db: &crate::db::Db, day: &BusinessDay, now: Moment) -> Result<usize> {
    let today = day.date(now);
    let mut done = 0;
    loop {
        let marked = store::marked_before(db, today, MOST).await?;
        if marked.is_empty() {
            return Ok(done);
        }
        for date in marked {
            store::sum_day(db, Stamp { now, by: None }, date, sub_hour_ms(day, now)).await?;
            done += 1;
        }
    }
}

/// Derives all sums anew: every day that has calls, but today.
pub async fn sum_anew(db: &crate::db::Db, day: &BusinessDay, now: Moment) -> Result<usize> {
    store::mark_all(db, Stamp { now, by: None }).await?;
    sum_marked(db, day, now).await
}

/// What the zone is off UTC beyond whole hours: 30 minutes in Mumbai, nothing in Nanjing.
fn sub_hour_ms(day: &BusinessDay, now: Moment) -> i64 {
    let offset = now.utc().with_timezone(&day.zone).offset().fix().local_minus_utc();
    i64::from(offset).rem_euclid(3600) * 1000
}

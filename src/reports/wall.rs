//! What the wall says: today's rate in digits to be read across a room, who waits, whether we hear.

use serde::Serialize;
use utoipa::ToSchema;

use super::answering;
use super::period::Period;
use super::store::{self, Keyed, Scope};
use super::tally::Tally;
use crate::calls::LiveCalls;
use crate::calls::store as calls;
use crate::db::Result;
use crate::kernel::Moment;
use crate::web::Kit;

/// Everything on the wall: figures alone, no caller, no name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Wall {
    /// When it was true.
    pub at: Moment,
    /// Answered within the promise, of all that count today, in thousandths; null over nothing.
    pub strict_permille: Option<i64>,
    /// What should be reached, in thousandths.
    pub target_permille: i64,
    /// What was counted today.
    pub tally: Tally,
    /// Callers who wait now.
    pub waiting: i64,
    /// How long the first of them has waited, in milliseconds.
    pub waiting_longest_ms: Option<i64>,
    /// Calls that are talked now.
    pub talking: i64,
    /// Lines that are up, of all.
    pub lines_up: usize,
    /// All lines.
    pub lines: usize,
    /// How long calls of some PBX could not be heard today, in milliseconds.
    pub deaf_ms: i64,
    /// Since when one cannot be heard now.
    pub deaf_since: Option<Moment>,
    /// Causes of alerts that are still there: `rate`, `waiting`, `nobody`, `pbx`.
    pub alerts: Vec<String>,
    /// Today hour by hour.
    pub hours: Vec<Keyed>,
}

/// Looks at the house.
pub(super) async fn look(kit: &Kit, live: &LiveCalls, now: Moment) -> Result<Wall> {
    let today = kit.day.date(now);
    let period = Period { name: "today", from: today, to: today };
    let scope = Scope { period, hotline: None, person: None };
    let hours = answering::today(&kit.db, &scope).await?;
    let tally = store::sum(hours.iter().map(|hour| &hour.tally));
    let settings = store::settings(&kit.db).await?;
    let alerts = store::open_alerts(&kit.db).await?;
    let ringing = live.ringing();
    let waiting = i64::try_from(ringing.len()).unwrap_or(i64::MAX);
    let lines = kit.lines.borrow().clone();
    let (begun, _) = period.moments(&kit.day);
    let outages = calls::deaf_between(&kit.db, begun, now).await?;
    let open = outages.iter().filter(|outage| outage.to_at.is_none());
    Ok(Wall {
        at: now,
        strict_permille: tally.strict().permille(),
        target_permille: settings.target_permille,
        waiting,
        waiting_longest_ms: ringing
            .iter()
            .map(|call| now.millis_since(call.offered_at).max(0))
            .max(),
        talking: i64::try_from(live.count()).unwrap_or(i64::MAX).saturating_sub(waiting),
        lines_up: lines.iter().filter(|line| line.up).count(),
        lines: lines.len(),
        deaf_ms: calls::deaf_ms(&outages, begun, now),
        deaf_since: open.map(|outage| outage.from_at).min(),
        alerts: alerts.into_iter().map(|alert| alert.cause).collect(),
        tally,
        hours,
    })
}

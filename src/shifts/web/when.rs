//! Times as people write them in forms: `16:00` is the next such time, an instant is itself.

use chrono::{NaiveDate, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use crate::kernel::{Moment, narrow};

/// `16:00`, the next time the site's clock shows it, or an RFC 3339 instant after `now`.
pub fn next(zone: Tz, now: Moment, text: &str) -> Option<Moment> {
    if let Some(at) = Moment::parse_rfc3339(text.trim()) {
        return (at > now).then_some(at);
    }
    let time = time(text)?;
    let today = now.utc().with_timezone(&zone).date_naive();
    let days = [today, today + TimeDelta::days(1)];
    days.into_iter().filter_map(|day| local(zone, day, time)).find(|at| *at > now)
}

/// `9:00`, `16:30`, `１６：３０`.
pub(super) fn time(text: &str) -> Option<NaiveTime> {
    let plain: String = text.trim().chars().map(narrow).collect();
    NaiveTime::parse_from_str(&plain, "%H:%M").ok()
}

/// The moment of a local time; `None` where a clock change skips it.
pub(super) fn local(zone: Tz, date: NaiveDate, time: NaiveTime) -> Option<Moment> {
    let at = zone.from_local_datetime(&date.and_time(time)).earliest()?;
    Some(Moment::from(at.to_utc()))
}

//! Quiet hours: what is not urgent waits until they are over.

use chrono::{Duration, LocalResult, NaiveTime, TimeZone as _};
use chrono_tz::Tz;

use crate::kernel::Moment;

/// The end of the quiet hours in which `now` lies; `None` outside them. Hours that end before they begin
/// last over midnight; equal ones are none.
pub fn quiet_until(now: Moment, zone: Tz, from: NaiveTime, to: NaiveTime) -> Option<Moment> {
    let local = now.utc().with_timezone(&zone);
    let (date, time) = (local.date_naive(), local.time());
    let ends = if from < to {
        (from <= time && time < to).then_some(date)
    } else if from > to && time >= from {
        Some(date + Duration::days(1))
    } else {
        (from > to && time < to).then_some(date)
    }?;
    // an end that the clocks jump over comes an hour later
    let at = match zone.from_local_datetime(&ends.and_time(to)) {
        LocalResult::Single(at) | LocalResult::Ambiguous(_, at) => Some(at),
        LocalResult::None => {
            zone.from_local_datetime(&(ends.and_time(to) + Duration::hours(1))).latest()
        }
    };
    at.map(|at| Moment::from_millis(at.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_quiet_until_its_morning() {
        let zone = chrono_tz::Asia::Shanghai;
        let at = |text: &str| Moment::parse_rfc3339(&format!("2026-11-{text}:00+08:00")).unwrap();
        let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        let night = |now: &str| quiet_until(at(now), zone, time(22), time(7));
        assert_eq!(night("23T22:00"), Some(at("24T07:00")));
        assert_eq!(night("24T06:59"), Some(at("24T07:00")));
        assert_eq!(night("24T07:00"), None);
        assert_eq!(quiet_until(at("23T12:30"), zone, time(12), time(13)), Some(at("23T13:00")));
        assert_eq!(quiet_until(at("23T12:30"), zone, time(12), time(12)), None);
    }
}

//! The periods of a trading day: lunch, dinner, night.

use chrono::NaiveDate;

use crate::kernel::{BusinessDay, Moment};

/// A period of the day. Minutes count from midnight of the business date and may pass 1440.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Period {
    /// Which.
    pub id: i64,
    /// Rises with every change.
    pub version: i64,
    /// Its name: `晚市`.
    pub name: String,
    /// Its beginning.
    pub from_minute: i64,
    /// Its end, not included.
    pub to_minute: i64,
    /// The longest stay it allows, in minutes; `None`: as the kind of room says.
    pub stay_minutes: Option<i64>,
}

/// Milliseconds in a minute.
const MINUTE: i64 = 60_000;

/// The moment of a wall time of a business date, in minutes from its midnight: 1530 is half past one
/// of the next morning. Hours that a clock change skips move on by that hour.
pub fn at_minute(day: &BusinessDay, date: NaiveDate, minute: i64) -> Moment {
    let mut local = wall_at(date, minute);
    for _ in 0..8 {
        if let Some(at) = local.and_local_timezone(day.zone).earliest() {
            return Moment::from(at.to_utc());
        }
        local += chrono::TimeDelta::minutes(30);
    }
    Moment::from(local.and_utc())
}

fn wall_at(date: NaiveDate, minute: i64) -> chrono::NaiveDateTime {
    date.and_time(chrono::NaiveTime::MIN) + chrono::TimeDelta::minutes(minute)
}

/// A wall time that no clock of the site shows: it goes forward over it that night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skipped {
    /// The time that was meant.
    pub wall: chrono::NaiveDateTime,
    /// The next moment there is: that at which they go forward.
    pub next: Moment,
}

/// The moment of a wall time as people agree on it: one that the clocks skip is not moved for them.
pub fn agreed_at(day: &BusinessDay, date: NaiveDate, minute: i64) -> Result<Moment, Skipped> {
    let wall = wall_at(date, minute);
    let shown = |later: i64| {
        let wall = wall + chrono::TimeDelta::minutes(later);
        wall.and_local_timezone(day.zone).earliest().map(|at| Moment::from(at.to_utc()))
    };
    let next = || (1..1440).find_map(shown).unwrap_or_else(|| at_minute(day, date, minute));
    shown(0).ok_or_else(|| Skipped { wall, next: next() })
}

/// How many minutes after midnight of its business date a moment is: 1530 at half past one at night.
pub fn minute_of(day: &BusinessDay, at: Moment) -> i64 {
    use chrono::Timelike as _;
    let local = at.utc().with_timezone(&day.zone).naive_local();
    let minute = i64::from(local.hour() * 60 + local.minute());
    let days = (local.date() - day.date(at)).num_days();
    minute + days * 1440
}

impl Period {
    /// From when to when it is on a business date.
    pub fn span(&self, day: &BusinessDay, date: NaiveDate) -> (Moment, Moment) {
        (at_minute(day, date, self.from_minute), at_minute(day, date, self.to_minute))
    }

    /// Whether this moment is in it.
    pub fn holds(&self, day: &BusinessDay, at: Moment) -> bool {
        (self.from_minute..self.to_minute).contains(&minute_of(day, at))
    }

    /// Its hours as people write them: `17:00–22:00`, `22:00–26:00`.
    pub fn hours(&self) -> String {
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("{}–{}", clock(self.from_minute), clock(self.to_minute))
    }
}

/// Whole minutes between two moments.
pub const fn minutes_between(from: Moment, to: Moment) -> i64 {
    to.millis_since(from).div_euclid(MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_night_is_twenty_five_hours() {
        let cutoff = chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap();
        let day = BusinessDay { zone: chrono_tz::Asia::Shanghai, cutoff };
        let date = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let one = Moment::parse_rfc3339("2026-11-24T01:30:00+08:00").unwrap();
        assert_eq!(at_minute(&day, date, 25 * 60 + 30), one);
        assert_eq!(minute_of(&day, one), 25 * 60 + 30);
        let night = Period {
            id: 1,
            version: 1,
            name: "夜场".to_owned(),
            from_minute: 22 * 60,
            to_minute: 26 * 60,
            stay_minutes: None,
        };
        assert!(night.holds(&day, one));
        assert_eq!(night.hours(), "22:00–26:00");
        assert_eq!(night.span(&day, date).1, one.plus_millis(30 * 60_000));
    }
}

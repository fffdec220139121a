//! What comes back: every day, every working day of the week, every week, every month.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDateTime, TimeDelta, Weekday};
use chrono_tz::Tz;

use crate::kernel::Moment;

/// How often a task comes back. Written `daily`, `weekdays`, `weekly`, `monthly:31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Every day at the same local time.
    Daily,
    /// Monday to Friday.
    Weekdays,
    /// Every seventh day.
    Weekly,
    /// On this day of the month; on the last where a month is shorter.
    Monthly(u32),
}

/// The text is none of the rules.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a repeat is daily, weekdays, weekly, monthly or monthly:DAY")]
pub struct NotARepeat;

impl Repeat {
    /// A month's rule without a day is for the day of the first time.
    #[must_use]
    pub fn settled(self, due: Moment, zone: Tz) -> Self {
        match self {
            Self::Monthly(0) => Self::Monthly(due.utc().with_timezone(&zone).day()),
            Self::Daily | Self::Weekdays | Self::Weekly | Self::Monthly(_) => self,
        }
    }

    /// The next time after `due` that is later than `now`: what was missed in between is not made
    /// up for.
    pub fn after(self, due: Moment, now: Moment, zone: Tz) -> Moment {
        let mut local = due.utc().with_timezone(&zone).naive_local();
        loop {
            local = self.step(local);
            let at = moment(local, zone);
            if at > now {
                return at;
            }
        }
    }

    fn step(self, local: NaiveDateTime) -> NaiveDateTime {
        let day = |days| local.checked_add_days(Days::new(days)).unwrap_or(NaiveDateTime::MAX);
        match self {
            Self::Daily => day(1),
            Self::Weekly => day(7),
            Self::Weekdays => day(match local.weekday() {
                Weekday::Fri => 3,
                Weekday::Sat => 2,
                Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Sun => 1,
            }),
            Self::Monthly(on) => {
                let first = local.date().with_day(1).unwrap_or(local.date());
                let month = first.checked_add_months(Months::new(1)).unwrap_or(first);
                let on = (1..=on.clamp(1, 31)).rev().find_map(|on| month.with_day(on));
                on.unwrap_or(month).and_time(local.time())
            }
        }
    }
}

/// A local time that a clock change skips is the moment the skipped hour ends.
fn moment(local: NaiveDateTime, zone: Tz) -> Moment {
    let try_at = |local: NaiveDateTime| local.and_local_timezone(zone).earliest();
    let found = (0..8).find_map(|half| try_at(local + TimeDelta::minutes(30 * half)));
    found.map_or_else(|| Moment::from(local.and_utc()), |at: DateTime<Tz>| at.to_utc().into())
}

impl FromStr for Repeat {
    type Err = NotARepeat;

    fn from_str(text: &str) -> Result<Self, NotARepeat> {
        match text.trim() {
            "daily" => Ok(Self::Daily),
            "weekdays" => Ok(Self::Weekdays),
            "weekly" => Ok(Self::Weekly),
            "monthly" => Ok(Self::Monthly(0)),
            other => {
                let day = other.strip_prefix("monthly:").and_then(|day| day.parse().ok());
                day.filter(|day| (1..=31).contains(day)).map(Self::Monthly).ok_or(NotARepeat)
            }
        }
    }
}

impl fmt::Display for Repeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daily => f.write_str("daily"),
            Self::Weekdays => f.write_str("weekdays"),
            Self::Weekly => f.write_str("weekly"),
            Self::Monthly(day) => write!(f, "monthly:{day}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: Tz = chrono_tz::Asia::Shanghai;

    #[track_caller]
    fn check(rule: &str, due: &str, now: &str, expected: &str) {
        let at = |text: &str| Moment::parse_rfc3339(&format!("{text}:00+08:00")).unwrap();
        let rule: Repeat = rule.parse().unwrap();
        assert_eq!(rule.settled(at(due), ZONE).after(at(due), at(now), ZONE), at(expected));
    }

    #[test]
    fn a_task_comes_back_at_the_same_time_of_day() {
        check("daily", "2026-11-23T17:00", "2026-11-23T16:00", "2026-11-24T17:00");
        check("weekdays", "2026-11-27T17:00", "2026-11-27T17:30", "2026-11-30T17:00");
        check("weekly", "2026-11-23T09:00", "2026-11-23T09:00", "2026-11-30T09:00");
        check("monthly", "2026-11-15T09:00", "2026-11-15T09:00", "2026-12-15T09:00");
        // the last day stays the last day, also after a short month
        check("monthly:31", "2026-11-30T09:00", "2026-11-30T09:00", "2026-12-31T09:00");
        check("monthly:31", "2027-01-31T09:00", "2027-01-31T09:00", "2027-02-28T09:00");
    }

    #[test]
    fn what_was_missed_is_not_made_up_for() {
        check("daily", "2026-11-02T17:00", "2026-11-23T18:00", "2026-11-24T17:00");
    }

    #[test]
    fn the_night_a_clock_changes_has_its_task_too() {
        let zone = chrono_tz::Europe::Berlin;
        let due = Moment::parse_rfc3339("2027-03-27T02:30:00+01:00").unwrap();
        let next = Repeat::Daily.after(due, due, zone);
        assert_eq!(next, Moment::parse_rfc3339("2027-03-28T03:00:00+02:00").unwrap());
    }

    #[test]
    fn a_rule_is_read_as_it_is_written() {
        for text in ["daily", "weekdays", "weekly", "monthly:31"] {
            assert_eq!(text.parse::<Repeat>().unwrap().to_string(), text);
        }
        assert_eq!("monthly:32".parse::<Repeat>(), Err(NotARepeat));
        assert_eq!("yearly".parse::<Repeat>(), Err(NotARepeat));
    }
}

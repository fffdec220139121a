//! The time before, to compare with. Where the time that is asked for is not over, only the same part of
//! the time before is counted: to the same time of day.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate};

use super::period::Period;
use crate::kernel::{BusinessDay, Moment};

/// How much of the time before is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Earlier {
    /// Its days, the last perhaps in part.
    pub(super) period: Period,
    /// Those that are counted from beginning to end.
    pub(super) whole: Option<Period>,
    /// The day that is counted in part.
    pub(super) part: Option<Part>,
}

/// A day up to a moment in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The business date.
    pub(super) date: NaiveDate,
    /// The moment; what comes at it is counted no more.
    pub(super) until: Moment,
    /// The local hours of the day that are over by then.
    pub(super) hours: Vec<i64>,
    /// The rest of the time until then, from and to.
    pub(super) rest: Vec<(Moment, Moment)>,
}

impl Earlier {
    /// What is compared with a period at a moment.
    pub(super) fn of(period: &Period, day: &BusinessDay, now: Moment) -> Self {
        let before = period.before();
        let whole = Self { period: before, whole: Some(before), part: None };
        let today = day.date(now);
        // a month that is shorter than this one is already over on such a day
        let over = period.name == "month" && period.to.day() != before.to.day();
        if over || !(period.from..=period.to).contains(&today) {
            return whole;
        }
        let Ok(back) = u64::try_from((period.to - before.to).num_days()) else { return whole };
        let until = day.days_before(now, back);
        let date = day.date(until);
        let days = |to: NaiveDate| Period { name: "custom", from: before.from, to };
        let until_then = date.pred_opt().filter(|last| *last >= before.from).map(days);
        Self { period: days(date), whole: until_then, part: Some(Part::of(date, day, until)) }
    }

    /// Until when calls are counted, where the last day is counted in part.
    pub(super) fn until(&self) -> Option<Moment> {
        self.part.as_ref().map(|part| part.until)
    }
}

impl Part {
    fn of(date: NaiveDate, day: &BusinessDay, until: Moment) -> Self {
        // an hour may come in two pieces: where the day turns within it, where the clock is set back
        let mut pieces: BTreeMap<i64, Vec<(Moment, Moment)>> = BTreeMap::new();
        let end = day.begin(date.succ_opt().unwrap_or(date));
        let mut at = day.begin(date);
        while at < end {
            let over = day.hour_over(at).min(end);
            pieces.entry(day.local_hour(at)).or_default().push((at, over));
            at = over;
        }
        let mut part = Self { date, until, hours: Vec::new(), rest: Vec::new() };
        for (hour, pieces) in pieces {
            if pieces.iter().all(|(_, over)| *over <= until) {
                part.hours.push(hour);
            } else {
                let begun = pieces.into_iter().filter(|(from, _)| *from < until);
                part.rest.extend(begun.map(|(from, over)| (from, over.min(until))));
            }
        }
        part
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

    use super::*;

    fn day(zone: chrono_tz::Tz, cutoff: (u32, u32)) -> BusinessDay {
        BusinessDay { zone, cutoff: NaiveTime::from_hms_opt(cutoff.0, cutoff.1, 0).unwrap() }
    }

    fn at(text: &str) -> Moment {
        Moment::parse_rfc3339(text).unwrap()
    }

    fn told(name: &str, today: &str, now: &str) -> (String, String) {
        let day = day(chrono_tz::Asia::Shanghai, (6, 0));
        let period = Period::read(Some(name), None, None, today.parse().unwrap()).unwrap();
        let earlier = Earlier::of(&period, &day, at(now));
        let whole = earlier.whole.map(|days| format!("{}..{}", days.from, days.to));
        let part = earlier.part.map(|part| part.until.to_string()).unwrap_or_default();
        (whole.unwrap_or_default(), part)
    }

    #[test]
    fn what_is_not_over_is_compared_with_as_much_of_the_time_before() {
        let wednesday = "2026-11-25T10:20:00+08:00";
        let told = |name| told(name, "2026-11-25", wednesday);
        let none = String::new;
        assert_eq!(told("today"), (none(), "2026-11-24T02:20:00.000Z".into()));
        assert_eq!(
            told("week"),
            ("2026-11-16..2026-11-17".into(), "2026-11-18T02:20:00.000Z".into())
        );
        assert_eq!(
            told("month"),
            ("2026-10-01..2026-10-24".into(), "2026-10-25T02:20:00.000Z".into())
        );
        assert_eq!(told("yesterday"), ("2026-11-23..2026-11-23".into(), none()));
        assert_eq!(told("last_month"), ("2026-09-01..2026-09-30".into(), none()));
    }

    #[test]
    fn after_midnight_it_is_still_the_evening_before() {
        let (_, until) = told("today", "2026-11-25", "2026-11-26T02:20:00+08:00");
        assert_eq!(until, "2026-11-24T18:20:00.000Z");
    }

    #[test]
    fn a_shorter_month_before_is_whole_on_the_days_it_lacks() {
        let march = ("2026-02-01..2026-02-28".to_owned(), String::new());
        assert_eq!(told("month", "2026-03-31", "2026-03-31T10:20:00+08:00"), march);
    }

    /// Every moment of the day is counted once until then, none after it.
    fn minutes(part: &Part, day: &BusinessDay) -> i64 {
        let (begin, end) = (day.begin(part.date), day.begin(part.date.succ_opt().unwrap()));
        let mut counted = 0;
        let mut at = begin;
        while at < end {
            let hour = part.hours.contains(&day.local_hour(at));
            let rest = part.rest.iter().filter(|(from, to)| (*from..*to).contains(&at)).count();
            assert_eq!(usize::from(hour) + rest, usize::from(at < part.until), "{at}");
            counted += i64::from(at < part.until);
            at = at.plus_millis(60_000);
        }
        counted
    }

    #[test]
    fn hours_in_two_pieces_are_not_counted_twice() {
        // the day turns within an hour, in a zone that is half an hour off
        let kolkata = day(chrono_tz::Asia::Kolkata, (5, 45));
        let date: NaiveDate = "2026-11-24".parse().unwrap();
        for (until, passed) in [("05:50", 5), ("06:00", 15), ("17:30", 705)] {
            let until = at(&format!("2026-11-24T{until}:00+05:30"));
            assert_eq!(minutes(&Part::of(date, &kolkata, until), &kolkata), passed);
        }
        let almost = at("2026-11-25T05:40:00+05:30");
        assert_eq!(minutes(&Part::of(date, &kolkata, almost), &kolkata), 1_435);
        // the clock is set back: two o'clock comes twice
        let berlin = day(chrono_tz::Europe::Berlin, (0, 0));
        let date: NaiveDate = "2026-10-25".parse().unwrap();
        for (until, passed) in [("00:30", 150), ("01:10", 190), ("01:59", 239), ("10:15", 735)] {
            let until = at(&format!("2026-10-25T{until}:00Z"));
            assert_eq!(minutes(&Part::of(date, &berlin, until), &berlin), passed);
        }
    }
}

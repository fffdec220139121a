//! How times and lengths of time are written, in the site's zone and the reader's language.
//!
//! Values are taken owned or borrowed, for templates pass references.

use std::borrow::Borrow;

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Weekday};
use chrono_tz::Tz;

use crate::kernel::{Language, Moment};

/// A language and the site's zone: all that writing a time needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spelling {
    /// The reader's language.
    pub language: Language,
    /// The site's zone, never the browser's.
    pub zone: Tz,
}

impl Spelling {
    /// Day and minute: `11/23 周一 18:30`, `Mon 23 Nov 18:30`.
    pub fn moment(self, at: impl Borrow<Moment>) -> String {
        let local = self.local(at);
        format!("{} {:02}:{:02}", self.day(local.date_naive()), local.hour(), local.minute())
    }

    /// Day with its year and minute, for what is kept on paper: `2026-11-23 18:30`.
    pub fn dated(self, at: impl Borrow<Moment>) -> String {
        self.local(at).format("%Y-%m-%d %H:%M").to_string()
    }

    /// Day and second, for what must be exact: `11/23 周一 18:30:05`.
    pub fn exact(self, at: impl Borrow<Moment>) -> String {
        format!("{} {}", self.day(self.local(*at.borrow()).date_naive()), self.second(at))
    }

    /// The time of day to the second: `18:30:05`.
    pub fn second(self, at: impl Borrow<Moment>) -> String {
        let local = self.local(at);
        format!("{:02}:{:02}:{:02}", local.hour(), local.minute(), local.second())
    }

    /// The time of day to the minute: `18:30`.
    pub fn minute(self, at: impl Borrow<Moment>) -> String {
        let local = self.local(at);
        format!("{:02}:{:02}", local.hour(), local.minute())
    }

    /// The time of day to the millisecond: `18:30:05.123`.
    pub fn millisecond(self, at: impl Borrow<Moment>) -> String {
        let at = *at.borrow();
        format!("{}.{:03}", self.second(at), at.millis().rem_euclid(1000))
    }

    /// The day: `11/23 周一`, `Mon 23 Nov`.
    pub fn day(self, date: impl Borrow<NaiveDate>) -> String {
        spelt(self.language, *date.borrow())
    }

    /// The day where there is little room, without its weekday: `11/23`, `23 Nov`.
    pub fn short_day(self, date: impl Borrow<NaiveDate>) -> String {
        let date = date.borrow();
        match self.language {
            Language::ZhCn => format!("{}/{}", date.month(), date.day()),
            Language::En => date.format("%-d %b").to_string(),
        }
    }

    /// The day with its year, for what is kept: `2026/11/23 周一`, `Mon 23 Nov 2026`.
    pub fn whole_day(self, date: impl Borrow<NaiveDate>) -> String {
        with_year(self.language, *date.borrow())
    }

    /// One day, or from and to, the year written once where it is the same: `2026/11/23 周一 – 11/29 周日`,
    /// `Mon 23 Nov – Sun 29 Nov 2026`.
    pub fn days(self, from: NaiveDate, to: NaiveDate) -> String {
        if from == to {
            return self.whole_day(from);
        }
        let (first, last) = match self.language {
            Language::ZhCn => (self.whole_day(from), day_in_year(self.language, to, from.year())),
            Language::En => (day_in_year(self.language, from, to.year()), self.whole_day(to)),
        };
        format!("{first} – {last}")
    }

    /// The day as it is written at `now`, with its year where that is another.
    pub fn day_from(self, date: impl Borrow<NaiveDate>, now: impl Borrow<Moment>) -> String {
        day_in_year(self.language, *date.borrow(), self.local(now).year())
    }

    /// Day and minute as they are written at `now`, with the year where that is another.
    pub fn moment_from(self, at: impl Borrow<Moment>, now: impl Borrow<Moment>) -> String {
        let at = *at.borrow();
        format!("{} {}", self.day_from(self.local(at).date_naive(), now), self.minute(at))
    }

    fn local(self, at: impl Borrow<Moment>) -> DateTime<Tz> {
        at.borrow().utc().with_timezone(&self.zone)
    }
}

fn spelt(language: Language, date: NaiveDate) -> String {
    match language {
        Language::ZhCn => {
            let weekday = match date.weekday() {
                Weekday::Mon => "周一",
                Weekday::Tue => "周二",
                Weekday::Wed => "周三",
                Weekday::Thu => "周四",
                Weekday::Fri => "周五",
                Weekday::Sat => "周六",
                Weekday::Sun => "周日",
            };
            format!("{}/{} {weekday}", date.month(), date.day())
        }
        Language::En => date.format("%a %-d %b").to_string(),
    }
}

/// The day as it is written in a year, with its own where that is another: `2027/2/6 周六`, `Sat 6 Feb 2027`.
pub fn day_in_year(language: Language, date: NaiveDate, year: i32) -> String {
    if date.year() == year { spelt(language, date) } else { with_year(language, date) }
}

fn with_year(language: Language, date: NaiveDate) -> String {
    let (day, year) = (spelt(language, date), date.year());
    match language {
        Language::ZhCn => format!("{year}/{day}"),
        Language::En => format!("{day} {year}"),
    }
}

/// A length of time in milliseconds as `m:ss`, from an hour on as `h:mm:ss`.
pub fn minutes(millis: impl Borrow<i64>) -> String {
    let seconds = (*millis.borrow()).max(0) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A length of time in milliseconds as seconds with one decimal, cut, not rounded: 14999 is
/// `14.9`, so that what is shown never claims a limit that was not reached.
pub fn tenths(millis: impl Borrow<i64>) -> String {
    let millis = (*millis.borrow()).max(0);
    format!("{}.{}", millis / 1000, millis / 100 % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_the_zone_of_the_site() {
        let at = Moment::parse_rfc3339("2026-11-23T10:30:05.123Z").unwrap();
        let spelling = |language| Spelling { language, zone: chrono_tz::Asia::Shanghai };
        assert_eq!(spelling(Language::ZhCn).moment(at), "11/23 周一 18:30");
        assert_eq!(spelling(Language::En).moment(at), "Mon 23 Nov 18:30");
        assert_eq!(spelling(Language::En).exact(at), "Mon 23 Nov 18:30:05");
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (to, chinese, english) in [
            ("2026-11-23", "2026/11/23 周一", "Mon 23 Nov 2026"),
            ("2026-11-29", "2026/11/23 周一 – 11/29 周日", "Mon 23 Nov – Sun 29 Nov 2026"),
            ("2027-01-02", "2026/11/23 周一 – 2027/1/2 周六", "Mon 23 Nov 2026 – Sat 2 Jan 2027"),
        ] {
            let days = |language| spelling(language).days(day("2026-11-23"), day(to));
            assert_eq!(days(Language::ZhCn), chinese);
            assert_eq!(days(Language::En), english);
        }
        assert_eq!(spelling(Language::En).millisecond(at), "18:30:05.123");
    }

    #[test]
    fn a_day_of_another_year_says_its_year() {
        let now = Moment::parse_rfc3339("2026-12-31T23:30:00Z").unwrap();
        let spelling = |language, zone| Spelling { language, zone };
        let date = NaiveDate::from_ymd_opt(2027, 2, 6).unwrap();
        let (china, london) = (chrono_tz::Asia::Shanghai, chrono_tz::Europe::London);
        assert_eq!(
            spelling(Language::ZhCn, china).day_from(date, now),
            "2/6 周六",
            "it is 2027 there"
        );
        assert_eq!(spelling(Language::ZhCn, london).day_from(date, now), "2027/2/6 周六");
        assert_eq!(spelling(Language::En, london).day_from(date, now), "Sat 6 Feb 2027");
        assert_eq!(spelling(Language::ZhCn, china).whole_day(date), "2027/2/6 周六");
        let at = Moment::parse_rfc3339("2027-02-06T10:30:00Z").unwrap();
        assert_eq!(spelling(Language::En, london).moment_from(at, now), "Sat 6 Feb 2027 10:30");
        assert_eq!(spelling(Language::En, china).moment_from(at, now), "Sat 6 Feb 18:30");
    }

    #[test]
    fn lengths_of_time_are_never_rounded_up() {
        assert_eq!(minutes(192_999), "3:12");
        assert_eq!(minutes(3_600_000), "1:00:00");
        assert_eq!(minutes(-5), "0:00");
        assert_eq!(tenths(14_999), "14.9");
        assert_eq!(tenths(0), "0.0");
    }
}

//! Which days a report is about, in the site's zone and business day, and the days before them.

use chrono::{Datelike as _, Days, Months, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::{BusinessDay, Moment};

/// The longest time of a report in days: ten years and some.
const LONGEST: u64 = 3_700;

/// Whole business days, first and last included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Period {
    /// How it was asked for: `today`, `yesterday`, `week`, `last_week`, `month`, `last_month`,
    /// `four_weeks`, `custom`.
    pub name: &'static str,
    /// The first business date.
    #[schema(value_type = String, format = Date)]
    pub from: NaiveDate,
    /// The last business date.
    #[schema(value_type = String, format = Date)]
    pub to: NaiveDate,
}

/// What cannot be read of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// The name.
    Name,
    /// The first day.
    From,
    /// The last day.
    To,
    /// The last day is before the first, or too far from it.
    Order,
}

impl Period {
    /// The names in the order of the buttons.
    pub const NAMES: [&'static str; 8] =
        ["today", "yesterday", "week", "last_week", "month", "last_month", "four_weeks", "custom"];

    /// Reads what an address asks; nothing asks for today, dates alone for a time of one's own.
    pub fn read(
        name: Option<&str>,
        from: Option<&str>,
        to: Option<&str>,
        today: NaiveDate,
    ) -> Result<Self, Unreadable> {
        let asked = name.unwrap_or(if from.or(to).is_some() { "custom" } else { "today" });
        let before = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
        let span = |name, from, to| Ok(Self { name, from, to });
        let since_monday = u64::from(today.weekday().num_days_from_monday());
        let first_of_month = today.with_day(1).unwrap_or(today);
        match asked {
            "today" => span("today", today, today),
            "yesterday" => span("yesterday", before(1), before(1)),
            "week" => span("week", before(since_monday), today),
            "last_week" => span("last_week", before(since_monday + 7), before(since_monday + 1)),
            "month" => span("month", first_of_month, today),
            "last_month" => {
                let last = first_of_month.pred_opt().unwrap_or(first_of_month);
                span("last_month", last.with_day(1).unwrap_or(last), last)
            }
            "four_weeks" => span("four_weeks", before(27), today),
            "custom" => {
                let date = |text: Option<&str>| text.map(str::parse::<NaiveDate>).transpose();
                let last_day = date(to).map_err(|_| Unreadable::To)?;
                let first_day = date(from).map_err(|_| Unreadable::From)?;
                let last = last_day.or(first_day).unwrap_or(today);
                let first = first_day.unwrap_or(last);
                let days = (last - first).num_days();
                if !u64::try_from(days).is_ok_and(|days| days < LONGEST) {
                    return Err(Unreadable::Order);
                }
                span("custom", first, last)
            }
            _ => Err(Unreadable::Name),
        }
    }

    /// How many days.
    pub fn days(&self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// The time before, to compare with: the same days of the week before for a week, the month
    /// before for a month, otherwise as many days right before.
    #[must_use]
    pub fn before(&self) -> Self {
        let back = match self.name {
            "month" => {
                let earlier = |date: NaiveDate| date.checked_sub_months(Months::new(1));
                return Self {
                    name: "custom",
                    from: earlier(self.from).unwrap_or(self.from),
                    to: earlier(self.to).unwrap_or(self.to),
                };
            }
            "last_month" => {
                let to = self.from.pred_opt().unwrap_or(self.from);
                return Self { name: "custom", from: to.with_day(1).unwrap_or(to), to };
            }
            "week" => 7,
            _ => self.days().unsigned_abs(),
        };
        let earlier = |date: NaiveDate| date.checked_sub_days(Days::new(back)).unwrap_or(date);
        Self { name: "custom", from: earlier(self.from), to: earlier(self.to) }
    }

    /// So many days that end with this period's last.
    #[must_use]
    pub fn last_days(&self, days: u64) -> Self {
        let from = self.to.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(self.to);
        Self { name: "custom", from, to: self.to }
    }

    /// When it begins and when it is over.
    pub fn moments(&self, day: &BusinessDay) -> (Moment, Moment) {
        let next = self.to.succ_opt().unwrap_or(self.to);
        (day.begin(self.from), day.begin(next))
    }
}

/// How a period is cut into lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Local hours, 0 to 23, of all days together.
    Hour,
    /// Days of the week, 1 is Monday.
    Weekday,
    /// Business dates.
    Day,
    /// Weeks, by their Monday.
    Week,
    /// Months, `2026-11`.
    Month,
    /// Who answered; 0 is nobody.
    Person,
    /// Hotlines by number; empty where it is not known.
    Hotline,
    /// What a fault or a booking is now.
    State,
    /// Of what sort a fault is, how guests came.
    Kind,
    /// Whose fault it is, which department sold a booking.
    Customer,
    /// All in one.
    Nothing,
}

impl By {
    /// Those that cut time.
    pub const TIMES: [Self; 5] = [Self::Hour, Self::Weekday, Self::Day, Self::Week, Self::Month];

    /// The word in addresses and statements.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Weekday => "weekday",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Person => "person",
            Self::Hotline => "hotline",
            Self::State => "state",
            Self::Kind => "kind",
            Self::Customer => "customer",
            Self::Nothing => "nothing",
        }
    }

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::TIMES
            .into_iter()
            .chain([Self::Person, Self::Hotline, Self::State, Self::Kind, Self::Customer])
            .chain([Self::Nothing])
            .find(|by| by.word() == word)
    }

    /// What is usual for a period.
    pub fn usual(period: &Period) -> Self {
        match period.days() {
            ..=2 => Self::Hour,
            3..=45 => Self::Day,
            46..=200 => Self::Week,
            _ => Self::Month,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn read(name: &str) -> (String, String) {
        let period = Period::read(Some(name), None, None, date("2026-11-25")).unwrap();
        (period.from.to_string(), period.to.to_string())
    }

    #[test]
    fn a_period_is_whole_business_days() {
        assert_eq!(read("today"), ("2026-11-25".into(), "2026-11-25".into()));
        assert_eq!(read("yesterday"), ("2026-11-24".into(), "2026-11-24".into()));
        assert_eq!(read("week"), ("2026-11-23".into(), "2026-11-25".into()));
        assert_eq!(read("month"), ("2026-11-01".into(), "2026-11-25".into()));
        assert_eq!(read("last_week"), ("2026-11-16".into(), "2026-11-22".into()));
        assert_eq!(read("last_month"), ("2026-10-01".into(), "2026-10-31".into()));
        assert_eq!(read("four_weeks"), ("2026-10-29".into(), "2026-11-25".into()));
    }

    #[test]
    fn what_cannot_be_read_says_which_field() {
        let today = date("2026-11-25");
        let read = |name, from, to| Period::read(name, from, to, today).map(|p| p.name);
        assert_eq!(read(None, None, None), Ok("today"));
        assert_eq!(read(None, Some("2026-11-01"), None), Ok("custom"));
        assert_eq!(read(Some("decade"), None, None), Err(Unreadable::Name));
        assert_eq!(read(None, Some("2026-13-01"), None), Err(Unreadable::From));
        assert_eq!(read(None, None, Some("soon")), Err(Unreadable::To));
        assert_eq!(read(None, Some("2026-11-02"), Some("2026-11-01")), Err(Unreadable::Order));
        assert_eq!(read(None, Some("1970-01-01"), Some("2026-11-01")), Err(Unreadable::Order));
    }

    #[test]
    fn the_time_before_is_as_long_and_of_the_same_kind() {
        let before = |name| {
            let before = Period::read(Some(name), None, None, date("2026-11-25")).unwrap().before();
            (before.from.to_string(), before.to.to_string())
        };
        assert_eq!(before("today"), ("2026-11-24".into(), "2026-11-24".into()));
        assert_eq!(before("week"), ("2026-11-16".into(), "2026-11-18".into()));
        assert_eq!(before("month"), ("2026-10-01".into(), "2026-10-25".into()));
        assert_eq!(before("last_week"), ("2026-11-09".into(), "2026-11-15".into()));
        assert_eq!(before("last_month"), ("2026-09-01".into(), "2026-09-30".into()));
        assert_eq!(before("four_weeks"), ("2026-10-01".into(), "2026-10-28".into()));
    }
}

//! How the pieces of a report are named: hours, days, weeks, months, hotlines, persons.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use super::Office;
use crate::calls::figures;
use crate::calls::store as calls;
use crate::db::{Db, Result};
use crate::reports::period::{By, Period};
use crate::words::{Messages, Spelling, tenths};

/// Names of hotlines and persons by their keys, in the order they are listed.
pub(super) struct Names {
    pub(super) hotlines: Vec<(String, String)>,
    pub(super) people: Vec<(String, String)>,
    found: BTreeMap<String, String>,
}

impl Names {
    pub(super) async fn read(db: &Db, office: &Office) -> Result<Self> {
        let people = calls::people(db).await?;
        let people: Vec<_> =
            people.into_iter().map(|person| (person.id.to_string(), person.name)).collect();
        let hotlines: Vec<_> =
            office.hotlines.iter().map(|line| (line.number.clone(), line.name.clone())).collect();
        let found = people.iter().map(|(id, name)| (format!("p{id}"), name.clone()));
        let lines = hotlines.iter().map(|(number, name)| (format!("h{number}"), name.clone()));
        let found = found.chain(lines).collect();
        Ok(Self { hotlines, people, found })
    }

    /// Who a key of [`By::Person`] is.
    pub(super) fn person(&self, l: &Messages, key: &str) -> String {
        let found = self.found.get(&format!("p{key}")).cloned();
        found.unwrap_or_else(|| l.reports_nobody().to_string())
    }

    /// Which line a key of [`By::Hotline`] is; a number that is configured no more names itself.
    pub(super) fn hotline(&self, l: &Messages, key: &str) -> String {
        if key.is_empty() {
            return l.reports_no_hotline().to_string();
        }
        self.found.get(&format!("h{key}")).cloned().unwrap_or_else(|| key.to_owned())
    }

    /// A key of any cut as people say it.
    pub(super) fn piece(&self, l: &Messages, spelling: Spelling, by: By, key: &str) -> String {
        match by {
            By::Hour => l.reports_hour(key).to_string(),
            By::Weekday => figures::weekday(l, key),
            By::Day => {
                key.parse::<NaiveDate>().map_or_else(|_| key.to_owned(), |day| spelling.day(day))
            }
            By::Week => key.parse::<NaiveDate>().map_or_else(
                |_| key.to_owned(),
                |monday| {
                    let sunday = monday.checked_add_days(Days::new(6)).unwrap_or(monday);
                    format!("{} – {}", monday.format("%-m/%-d"), sunday.format("%-m/%-d"))
                },
            ),
            By::Person => self.person(l, key),
            By::Hotline => self.hotline(l, key),
            By::State | By::Kind | By::Customer if key.is_empty() => "–".to_owned(),
            By::Month | By::State | By::Kind | By::Customer => key.to_owned(),
            By::Nothing => l.reports_all().to_string(),
        }
    }
}

/// The days of a period.
pub(super) fn days(spelling: Spelling, period: &Period) -> String {
    spelling.days(period.from, period.to)
}

/// Milliseconds as seconds with one decimal; a dash for nothing.
pub(super) fn seconds(millis: Option<i64>) -> String {
    millis.map_or_else(|| "–".to_owned(), tenths)
}

/// What a cut is called.
pub(super) fn by(l: &Messages, by: By) -> String {
    match by {
        By::Hour => l.reports_by_hour(),
        By::Weekday => l.reports_by_weekday(),
        By::Day => l.reports_by_day(),
        By::Week => l.reports_by_week(),
        By::Month => l.reports_by_month(),
        By::Person => l.reports_by_person(),
        By::Hotline => l.reports_by_hotline(),
        By::State => l.reports_by_state(),
        By::Kind => l.reports_by_kind(),
        By::Customer => l.reports_by_customer(),
        By::Nothing => l.reports_by_nothing(),
    }
    .to_string()
}

/// What a period is called.
pub(super) fn period(l: &Messages, name: &str) -> String {
    match name {
        "today" => l.reports_today(),
        "yesterday" => l.reports_yesterday(),
        "week" => l.reports_week(),
        "last_week" => l.reports_last_week(),
        "month" => l.reports_month(),
        "last_month" => l.reports_last_month(),
        "four_weeks" => l.reports_four_weeks(),
        _ => l.reports_custom(),
    }
    .to_string()
}

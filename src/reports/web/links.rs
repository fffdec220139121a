//! From a figure to exactly the calls behind it: addresses of the log.

use std::fmt::Display;
use std::sync::Arc;

use chrono::{Datelike as _, Days, Months, NaiveDate};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::calls::Figure;
use crate::reports::period::{By, Period};
use crate::reports::store::Scope;

/// The calls of a scope, narrowed as the log's address says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    fields: Vec<(&'static str, String)>,
}

impl Link {
    /// All calls of a scope.
    pub(super) fn of(scope: &Scope) -> Self {
        let mut link = Self { fields: Vec::new() };
        link.set("from", scope.period.from.to_string());
        link.set("to", scope.period.to.to_string());
        if let Some(hotline) = &scope.hotline {
            link.set("hotline", hotline_word(hotline));
        }
        if let Some(person) = scope.person {
            link.set("answered_by", person.to_string());
        }
        link
    }

    fn set(&mut self, name: &'static str, value: String) {
        self.fields.retain(|(known, _)| *known != name);
        self.fields.push((name, value));
    }

    /// Narrowed to a figure.
    #[must_use]
    pub(super) fn figure(mut self, figure: Figure) -> Self {
        self.set("figure", figure.word().to_owned());
        self
    }

    /// Narrowed by a field of the log.
    #[must_use]
    pub(super) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        self.set(name, value.to_string());
        self
    }

    /// Narrowed to one piece of a cut.
    #[must_use]
    pub(super) fn piece(self, by: By, key: &str, within: &Period) -> Self {
        match by {
            By::State | By::Kind | By::Customer | By::Nothing => self,
            By::Hour => self.with("hour", key),
            By::Weekday => self.with("weekday", key),
            By::Person => self.with("answered_by", key),
            By::Hotline => self.with("hotline", hotline_word(key)),
            By::Day | By::Week | By::Month => {
                let days = days_of(by, key, within);
                self.with("from", days.from).with("to", days.to)
            }
        }
    }

    /// The address.
    pub(super) fn href(&self) -> String {
        self.head(&[])
    }

    /// The begin of an address: without these fields.
    pub(super) fn head(&self, without: &[&str]) -> String {
        let fields = self.fields.iter().filter(|(name, _)| !without.contains(name));
        let query: Vec<String> = fields.map(pair).collect();
        format!("/calls?{}", query.join("&"))
    }

    /// What is to follow such a begin: these fields alone.
    pub(super) fn tail(&self, of: &[&str]) -> String {
        let fields = self.fields.iter().filter(|(name, _)| of.contains(name));
        fields.flat_map(|field| ["&".to_owned(), pair(field)]).collect()
    }

    /// The fields that a piece of a cut sets.
    pub(super) fn named(by: By) -> &'static [&'static str] {
        match by {
            By::State | By::Kind | By::Customer | By::Nothing => &[],
            By::Hour => &["hour"],
            By::Weekday => &["weekday"],
            By::Person => &["answered_by"],
            By::Hotline => &["hotline"],
            By::Day | By::Week | By::Month => &["from", "to"],
        }
    }
}

fn pair((name, value): &(&'static str, String)) -> String {
    format!("{name}={}", escaped(value))
}

/// An address as a page writes it: nothing but its `&` means anything there.
pub(super) fn written(address: &str) -> Arc<str> {
    address.replace('&', "&#38;").into()
}

/// A text in an address; what dates are made of stays readable.
pub(super) fn escaped(text: &str) -> String {
    const PLAIN: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
    utf8_percent_encode(text, PLAIN).to_string()
}

/// The days of a day, week or month, as far as they lie within a period; all of it for other cuts.
pub(super) fn days_of(by: By, key: &str, within: &Period) -> Period {
    let date = |text: &str| text.parse::<NaiveDate>().ok();
    let days = match by {
        By::Day => date(key).map(|day| (day, day)),
        By::Week => date(key)
            .map(|monday| (monday, monday.checked_add_days(Days::new(6)).unwrap_or(monday))),
        By::Month => date(&format!("{key}-01")).map(|first| (first, last_of_month(first))),
        By::Hour
        | By::Weekday
        | By::Person
        | By::Hotline
        | By::State
        | By::Kind
        | By::Customer
        | By::Nothing => None,
    };
    let Some((first, last)) = days else { return *within };
    Period { name: "custom", from: first.max(within.from), to: last.min(within.to) }
}

fn hotline_word(number: &str) -> String {
    if number.is_empty() { "-".to_owned() } else { number.to_owned() }
}

fn last_of_month(first: NaiveDate) -> NaiveDate {
    let next = first.with_day(1).and_then(|day| day.checked_add_months(Months::new(1)));
    next.and_then(|day| day.pred_opt()).unwrap_or(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let date = |text: &str| text.parse::<NaiveDate>().unwrap();
        let period = Period { name: "custom", from: date("2026-11-11"), to: date("2026-12-02") };
        Scope { period, hotline: Some(String::new()), person: None }
    }

    #[test]
    fn a_piece_of_time_stays_inside_the_period() {
        let link = |by, key: &str| Link::of(&scope()).piece(by, key, &scope().period).href();
        assert_eq!(link(By::Week, "2026-11-09"), "/calls?hotline=-&from=2026-11-11&to=2026-11-15");
        assert_eq!(link(By::Month, "2026-12"), "/calls?hotline=-&from=2026-12-01&to=2026-12-02");
        assert_eq!(link(By::Hour, "9"), "/calls?from=2026-11-11&to=2026-12-02&hotline=-&hour=9");
        let late = Link::of(&scope()).figure(Figure::Late).with("q", "王 & 李").href();
        assert!(late.ends_with("figure=late&q=%E7%8E%8B%20%26%20%E6%9D%8E"), "{late}");
    }

    #[test]
    fn an_address_is_its_begin_and_its_end() {
        let link = Link::of(&scope()).figure(Figure::Late).piece(By::Hour, "9", &scope().period);
        assert_eq!(
            link.head(Link::named(By::Hour)) + &link.tail(Link::named(By::Hour)),
            link.href()
        );
        let whole = Link::of(&scope());
        assert_eq!(whole.head(Link::named(By::Day)), "/calls?hotline=-");
        assert_eq!(whole.tail(Link::named(By::Day)), "&from=2026-11-11&to=2026-12-02");
        assert_eq!(whole.tail(Link::named(By::Nothing)), "");
    }
}

//! A calendar: what is open when, how much working time passes, when a goal falls due.
//!
//! Pure. Source: operations.md §2.7, §4.10; a deadline is found by walking the windows.

use std::sync::Arc;

use chrono::{Datelike as _, Days as DayCount, NaiveDate};
use chrono_tz::Tz;

use super::local;
use super::week::{Day, Days, Span, Weekly, Window};
use crate::config::Hours;
use crate::kernel::Moment;

/// A goal is looked for so far ahead, in milliseconds: ten years.
const HORIZON_MS: i64 = 3_660 * DAY_MS;
/// A goal is looked for in pieces of this length, in milliseconds.
const PIECE_MS: i64 = 28 * DAY_MS;
/// A change is looked for so far ahead, in milliseconds.
const CHANGE_MS: i64 = 400 * DAY_MS;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Working time in a zone: a week of windows and the days that are otherwise.
///
/// A window belongs to the day on which it begins: the night shift that begins on the eve of a
/// holiday is worked to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    zone: Tz,
    weekly: Weekly,
    days: Arc<Days>,
}

impl Calendar {
    /// A calendar of these windows, holidays and extra days.
    pub fn new(zone: Tz, weekly: Weekly, days: impl Into<Arc<Days>>) -> Self {
        Self { zone, weekly, days: days.into() }
    }

    /// Round the clock, holidays too.
    pub fn always(zone: Tz) -> Self {
        Self::new(zone, Weekly::always(), Days::new())
    }

    /// A hotline's hours of the configuration with the house's holidays and extra days; a hotline
    /// without hours is always open, on holidays too.
    pub fn of_hours(zone: Tz, hours: &[Hours], days: impl Into<Arc<Days>>) -> Self {
        if hours.is_empty() {
            return Self::always(zone);
        }
        Self::new(zone, Weekly::of_hours(hours), days)
    }

    /// The same week with other exceptions.
    #[must_use]
    pub fn with_days(self, days: impl Into<Arc<Days>>) -> Self {
        Self { days: days.into(), ..self }
    }

    /// The zone in which its windows are meant.
    pub const fn zone(&self) -> Tz {
        self.zone
    }

    /// The windows of local time that begin on a date, in order.
    pub fn on(&self, date: NaiveDate) -> &[Window] {
        match self.days.get(&date) {
            None => self.weekly.on(date.weekday()),
            Some(Day::Closed) => &[],
            Some(Day::Like(weekday)) => self.weekly.on(*weekday),
            Some(Day::Open(windows)) => windows,
        }
    }

    /// The windows that begin on a local date, as moments in order, those that touch made one.
    pub fn windows_on(&self, date: NaiveDate) -> Vec<Span> {
        merged(self.moments_on(date))
    }

    fn moments_on(&self, date: NaiveDate) -> Vec<Span> {
        let moments = |window: &Window| {
            let begin = date.and_time(window.from);
            local::moments(self.zone, begin, begin + window.length())
        };
        self.on(date).iter().flat_map(moments).collect()
    }

    /// The local date of a moment.
    pub fn date(&self, at: Moment) -> NaiveDate {
        local::shown(self.zone, at).date()
    }

    /// All working time between two moments, in order.
    pub fn open_between(&self, from: Moment, to: Moment) -> Vec<Span> {
        if to <= from {
            return Vec::new();
        }
        // a window may have begun the day before, and a clock may be a day ahead
        let first = self.date(from).checked_sub_days(DayCount::new(2));
        let last = self.date(to).checked_add_days(DayCount::new(1));
        let (Some(first), Some(last)) = (first, last) else { return Vec::new() };
        let dates = first.iter_days().take_while(|date| *date <= last);
        let parts = dates.flat_map(|date| self.moments_on(date));
        merged(parts.filter_map(|span| span.within(from, to)).collect())
    }

    /// Whether a moment is working time.
    pub fn is_open(&self, at: Moment) -> bool {
        let shown = local::shown(self.zone, at);
        let covers = |date: NaiveDate| {
            self.on(date).iter().any(|window| {
                let begin = date.and_time(window.from);
                begin <= shown && shown < begin + window.length()
            })
        };
        covers(shown.date()) || shown.date().pred_opt().is_some_and(covers)
    }

    /// How much working time lies between two moments, in milliseconds; 0 where `to` is earlier.
    pub fn working_ms_between(&self, from: Moment, to: Moment) -> i64 {
        self.open_between(from, to).into_iter().map(Span::millis).sum()
    }

    /// When `goal_ms` of working time have passed since `from`: the earliest such moment. `None`
    /// where ten years do not hold so much.
    pub fn add_working(&self, from: Moment, goal_ms: i64) -> Option<Moment> {
        let mut left = goal_ms;
        if left <= 0 {
            return Some(from);
        }
        let (mut begin, horizon) = (from, from.plus_millis(HORIZON_MS));
        while begin < horizon {
            let end = begin.plus_millis(PIECE_MS);
            for span in self.open_between(begin, end) {
                if left <= span.millis() {
                    return Some(span.from.plus_millis(left));
                }
                left -= span.millis();
            }
            begin = end;
        }
        None
    }

    /// The next moment after `at` at which it opens or closes; `None` where it does not within
    /// more than a year.
    pub fn next_change(&self, at: Moment) -> Option<Moment> {
        let end = at.plus_millis(CHANGE_MS);
        let spans = self.open_between(at, end);
        let first = spans.first()?;
        let change = if first.from > at { first.from } else { first.to };
        (change < end).then_some(change)
    }
}

/// In order, and those that overlap or touch made one.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut whole: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match whole.last_mut() {
            Some(last) if span.from <= last.to => last.to = last.to.max(span.to),
            _ => whole.push(span),
        }
    }
    whole
}

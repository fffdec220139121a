//! The parts of a calendar: a window of a day, a week of them, and the days that are otherwise.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, TimeDelta, Timelike as _, Weekday};

use crate::config::Hours;
use crate::kernel::Moment;

/// A stretch of working time between two moments, half open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Span {
    /// The first moment of it.
    pub from: Moment,
    /// The first moment after it.
    pub to: Moment,
}

impl Span {
    /// How long it is, in milliseconds.
    pub const fn millis(self) -> i64 {
        self.to.millis_since(self.from)
    }

    /// The part of it between two moments; `None` where nothing is left.
    pub fn within(self, from: Moment, to: Moment) -> Option<Self> {
        let part = Self { from: self.from.max(from), to: self.to.min(to) };
        (part.from < part.to).then_some(part)
    }
}

/// A window of local time. It belongs to the day on which it begins; one that does not end after
/// its begin runs into the next day, so `00:00–00:00` is a whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// When it begins.
    pub from: NaiveTime,
    /// When it ends.
    pub to: NaiveTime,
}

impl Window {
    /// Whether it ends on the day after.
    pub fn passes_midnight(self) -> bool {
        self.to <= self.from
    }

    /// How long it is on a day without a clock change.
    pub fn length(self) -> TimeDelta {
        let whole = if self.passes_midnight() { TimeDelta::days(1) } else { TimeDelta::zero() };
        self.to - self.from + whole
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { from, to } = self;
        let (h, m) = (to.hour(), to.minute());
        // a day ends at 24:00 for people
        let h = if self.passes_midnight() && (h, m) == (0, 0) { 24 } else { h };
        write!(f, "{:02}:{:02}-{h:02}:{m:02}", from.hour(), from.minute())
    }
}

/// The windows of a week, by the day on which they begin; Monday first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Weekly([Vec<Window>; 7]);

/// The days of the week in order.
pub(super) const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

impl Weekly {
    /// Every day, the whole day.
    pub fn always() -> Self {
        let whole = Window { from: NaiveTime::MIN, to: NaiveTime::MIN };
        Self(WEEK.map(|_| vec![whole]))
    }

    /// The week that a hotline's `hours` in the configuration mean; none there is always.
    pub fn of_hours(hours: &[Hours]) -> Self {
        if hours.is_empty() {
            return Self::always();
        }
        let mut week = Self::default();
        for hours in hours {
            for &day in &hours.days {
                week.add(day, Window { from: hours.from, to: hours.to });
            }
        }
        week
    }

    /// Adds a window to a day; the same one twice is one.
    pub fn add(&mut self, day: Weekday, window: Window) {
        let windows = &mut self.0[place(day)];
        windows.push(window);
        windows.sort_unstable();
        windows.dedup();
    }

    /// The windows that begin on a day, in order.
    pub fn on(&self, day: Weekday) -> &[Window] {
        &self.0[place(day)]
    }

    /// Whether there is no window at all.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Vec::is_empty)
    }
}

const fn place(day: Weekday) -> usize {
    day.num_days_from_monday() as usize
}

/// What a day is that is not as its weekday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Day {
    /// A holiday.
    Closed,
    /// Worked like a weekday: a Saturday that is worked as a Monday (调休).
    Like(Weekday),
    /// Open at these windows, whatever its weekday says.
    Open(Vec<Window>),
}

/// The days that are not as their weekday.
pub type Days = BTreeMap<NaiveDate, Day>;

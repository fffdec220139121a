//! The clocks of a ticket: when it must be responded to, reached and solved.
//!
//! A clock keeps the intervals in which it ran; what has passed is computed from them and the calendar, never
//! added up. A goal or a calendar that changes therefore changes the past rightly too (operations.md §4.10).

use super::words::named;
use crate::calendars::Calendar;
use crate::kernel::Moment;

named! {
    /// What is measured.
    Metric {
        /// Until somebody takes it.
        Respond = "respond",
        /// Until an engineer is there.
        Arrive = "arrive",
        /// Until it is solved.
        Resolve = "resolve",
    }
}

named! {
    /// What a clock does.
    Going {
        /// Counts.
        Running = "running",
        /// Stands.
        Paused = "paused",
        /// Is over.
        Stopped = "stopped",
    }
}

/// Part of the goal after which one is warned, in hundredths.
const WARN_AT: i64 = 75;

/// A stretch in which a clock ran; open where it still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Interval {
    /// From when.
    pub from: Moment,
    /// Until when.
    pub to: Option<Moment>,
}

/// Working time that has passed on a clock, in milliseconds.
pub fn elapsed(calendar: &Calendar, intervals: &[Interval], now: Moment) -> i64 {
    let one = |interval: &Interval| {
        calendar.working_ms_between(interval.from, interval.to.unwrap_or(now).min(now))
    };
    intervals.iter().map(one).sum()
}

/// When so much working time will have passed, if the clock runs on; the past moment where it has. `None`
/// while the clock stands short of it.
pub fn reaches(calendar: &Calendar, intervals: &[Interval], goal_ms: i64) -> Option<Moment> {
    let mut left = goal_ms;
    for interval in intervals {
        let Some(to) = interval.to else { return calendar.add_working(interval.from, left) };
        let passed = calendar.working_ms_between(interval.from, to);
        if passed >= left {
            return calendar.add_working(interval.from, left);
        }
        left -= passed;
    }
    None
}

/// When it is time to warn and when the goal is missed, if the clock runs on.
pub fn thresholds(
    calendar: &Calendar,
    intervals: &[Interval],
    goal_ms: i64,
) -> (Option<Moment>, Option<Moment>) {
    let warn = goal_ms.saturating_mul(WARN_AT) / 100;
    (reaches(calendar, intervals, warn.max(1)), reaches(calendar, intervals, goal_ms))
}

/// A clock as it is read off.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Reading {
    /// What it measures.
    pub metric: Metric,
    /// What it does.
    pub state: Going,
    /// The goal, in milliseconds of working time.
    pub goal_ms: i64,
    /// What has passed, in milliseconds of working time.
    pub elapsed_ms: i64,
    /// When the goal is missed, if it runs on; when it was, if it is.
    pub due_at: Option<Moment>,
    /// More has passed than promised.
    pub missed: bool,
}

impl Reading {
    /// Working time left, in milliseconds; negative where the goal is missed.
    pub fn left_ms(&self) -> i64 {
        self.goal_ms - self.elapsed_ms
    }

    /// How much of the goal is used, in hundredths, at most 100.
    pub fn used(&self) -> i64 {
        (self.elapsed_ms.saturating_mul(100) / self.goal_ms.max(1)).clamp(0, 100)
    }
}

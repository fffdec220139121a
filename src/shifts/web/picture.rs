//! The picture of a day: working time, shifts, duties, absences and gaps on one axis of time.

use crate::kernel::Moment;

/// One bar, in seconds from the begin of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bar {
    /// Its class: `open`, `gap`, `plan`, `duty`, `away`.
    pub(super) class: &'static str,
    pub(super) from: i64,
    pub(super) length: i64,
    /// What it says when one points at it.
    pub(super) title: String,
}

/// One line of the picture: a hotline, or a person under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    /// Whether it is a hotline.
    pub(super) head: bool,
    pub(super) bars: Vec<Bar>,
}

/// An hour's mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) at: i64,
    pub(super) label: String,
}

/// The day's begin and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) from: Moment,
    pub(super) to: Moment,
}

impl Frame {
    /// How long the day is, in seconds: not always 86 400.
    pub(super) const fn seconds(self) -> i64 {
        self.to.millis_since(self.from) / 1000
    }

    /// A bar, cut to the day; `None` where nothing of it lies in it. What has no end lasts till now.
    pub(super) fn bar(
        self,
        class: &'static str,
        from: Moment,
        to: Option<Moment>,
        now: Moment,
        title: String,
    ) -> Option<Bar> {
        let (begin, end) = (from.max(self.from), to.unwrap_or(now).min(self.to));
        let from = begin.millis_since(self.from) / 1000;
        // a gap of a second must be seen too
        let length = (end.millis_since(begin) / 1000).max(i64::from(end > begin) * 60);
        (end > begin).then_some(Bar { class, from, length, title })
    }

    /// Whether a moment lies in the day, and where.
    pub(super) fn place(self, at: Moment) -> Option<i64> {
        (self.from <= at && at < self.to).then(|| at.millis_since(self.from) / 1000)
    }
}

//! The rate of the last days, as a small line.

use super::links::Link;
use crate::calls::Figure;
use crate::reports::answering::Answering;
use crate::reports::store::Scope;
use crate::reports::tally::shown;
use crate::web::Frame;

/// A day of the small line.
pub(super) struct TrendDay {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) label: String,
    pub(super) percent: String,
    pub(super) href: String,
}

/// The last days, those without calls too, so that a gap is a gap.
pub(super) fn trend_days(
    frame: &Frame,
    scope: &Scope,
    report: &Answering,
) -> Vec<(TrendDay, Option<i64>)> {
    let last = scope.period.last_days(14);
    let dates = last.from.iter_days().take_while(|day| *day <= last.to);
    let day = |date: chrono::NaiveDate| {
        let key = date.to_string();
        let tally = report.trend.iter().find(|one| one.key == key).map(|one| one.tally);
        let share = tally.and_then(|tally| tally.strict().permille());
        let link = Link::of(scope).with("from", date).with("to", date).figure(Figure::Counted);
        let shown = TrendDay {
            x: 0,
            y: 0,
            label: frame.spelling.day(date),
            percent: shown(share),
            href: link.href(),
        };
        (shown, share)
    };
    dates.map(day).collect()
}

//! How long was waited: the two clocks, and in which ring calls were answered.

use super::figures::Figures;
use super::links::Link;
use super::rows::Cell;
use super::words::seconds;
use crate::calls::{Figure, figures};
use crate::reports::answering::{Answering, Clock};
use crate::reports::chart::{self, Bar};
use crate::reports::store::Scope;
use crate::reports::tally::Rate;
use crate::web::Frame;

/// The bar chart of rings.
pub(super) struct Ring {
    pub(super) bar: Bar,
    pub(super) count: i64,
    pub(super) share: String,
    pub(super) name: String,
    pub(super) href: String,
}

/// One clock as a line of its table; each figure with its calls.
pub(super) struct ClockRow {
    pub(super) name: String,
    pub(super) definition: String,
    /// How many calls, the average, the median, what 90 % and 95 % waited at most.
    pub(super) cells: Vec<Cell>,
    pub(super) longest: Cell,
}

pub(super) fn rings(figures: &Figures<'_>, report: &Answering) -> Vec<Ring> {
    let all = report.tally.rings();
    let total: i64 = all.iter().sum();
    let bars = chart::upright(&all, &[1, 2, 3, 4, 4, 4], 70, 46, 186, 158);
    let of =
        [Figure::Ring1, Figure::Ring2, Figure::Ring3, Figure::Ring4, Figure::Ring5, Figure::Ring6];
    let ring = |((bar, count), figure): ((Bar, i64), Figure)| Ring {
        bar,
        count,
        share: Rate { of: count, all: total }.shown(),
        name: figures::name(figures.l, figure),
        href: figures.link(figure),
    };
    bars.into_iter().zip(all).zip(of).map(ring).collect()
}

pub(super) fn clocks(frame: &Frame, scope: &Scope, report: &Answering) -> Vec<ClockRow> {
    let l = &frame.l;
    let row = |name: String, definition: String, clock: &Clock, figure, from: &'static str| {
        let link = Link::of(scope).figure(figure);
        let href = link.href();
        let cell = |text: String| Cell { text, href: href.clone() };
        let waits = [clock.mean_ms, clock.median_ms, clock.p90_ms, clock.p95_ms];
        let waits = waits.map(|wait| cell(seconds(wait)));
        let slowest = link.with(from, clock.longest_ms.unwrap_or(0));
        ClockRow {
            name,
            definition,
            cells: [cell(clock.calls.to_string())].into_iter().chain(waits).collect(),
            longest: Cell { text: seconds(clock.longest_ms), href: slowest.href() },
        }
    };
    vec![
        row(
            l.reports_clock_operator().to_string(),
            l.reports_def_clock_operator().to_string(),
            &report.operator_clock,
            Figure::Measured,
            "answer_from_ms",
        ),
        row(
            l.reports_clock_caller().to_string(),
            l.reports_def_clock_caller().to_string(),
            &report.caller_clock,
            Figure::Waited,
            "wait_from_ms",
        ),
    ]
}

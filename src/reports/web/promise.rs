//! Where the promise stands among the rings in which calls were answered.

use super::Office;
use crate::config::Hotline;
use crate::reports::answering::Answering;
use crate::reports::store::Scope;
use crate::words::Messages;

/// The last bar is everything from here on.
const LAST_RING: i64 = 6;

/// Where the promise stands among the bars of the rings.
pub(super) struct Promise {
    rings: i64,
    pub(super) x: i64,
    pub(super) words_x: i64,
    pub(super) anchor: &'static str,
}

impl Promise {
    /// Where every hotline in question promises as many rings, and the last bar does not hold both
    /// what keeps and what breaks them.
    pub(super) fn of(office: &Office, scope: &Scope) -> Option<Self> {
        let of = |line: &&Hotline| scope.hotline.as_ref().is_none_or(|one| *one == line.number);
        let mut lines = office.hotlines.iter().filter(of);
        // a limit in seconds within a ring has no place between two bars
        let promised = |line: &Hotline| {
            let cycle = line.cadence.cycle_ms();
            let whole = line.target_ms() % cycle == 0;
            whole.then(|| line.target_ms() / cycle)
        };
        let rings = promised(lines.next()?)?;
        if !(1..LAST_RING).contains(&rings) || lines.any(|line| promised(line) != Some(rings)) {
            return None;
        }
        let x = 14 + rings * 70 - 12;
        let (words_x, anchor) = if rings < 4 { (x + 6, "start") } else { (x - 6, "end") };
        Some(Self { rings, x, words_x, anchor })
    }
}

/// The line in words, and how many were answered beyond it.
pub(super) fn said(l: &Messages, promise: Option<&Promise>, report: &Answering) -> String {
    let Some(promise) = promise else { return l.reports_no_one_promise().to_string() };
    let beyond: i64 =
        (1..).zip(report.tally.rings()).filter(|(n, _)| *n > promise.rings).map(|(_, n)| n).sum();
    l.reports_past_promise(promise.rings, beyond).to_string()
}

//! The time axis under a call's telephones: where a moment lies, and which moments are written on.
//!
//! Waiting is seconds, talking is minutes. Where the talk would press the ringing flat, the axis
//! has a knee: behind it the scale is smaller, and the page says so.

use crate::kernel::Moment;

/// The whole width, in hundredths of a percent.
const WHOLE: i64 = 10_000;
/// Where the knee is.
const KNEE: i64 = 6_200;
/// So many moments are written on before the knee, and so many behind it.
const TICKS: i64 = 5;
const TICKS_BEHIND: i64 = 2;
/// Between two written moments, in milliseconds; the first that leaves few enough.
const STEPS: &[i64] = &[
    1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
    3_600_000, 14_400_000,
];

/// From the first moment of a call to its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    from: i64,
    knee: i64,
    to: i64,
    knee_at: i64,
}

impl Axis {
    /// An axis on which the waiting ends at `waited` and everything at `to`.
    pub(super) fn new(from: Moment, waited: Moment, to: Moment) -> Self {
        let from = from.millis();
        let waited = waited.millis().max(from + 1);
        let to = to.millis().max(waited);
        let bent = to - waited > waited - from;
        // a little behind, so that the knee is not taken for the promise
        let behind = waited + (waited - from) / 20;
        let (knee, knee_at) = if bent { (behind, KNEE) } else { (to, WHOLE) };
        Self { from, knee, to, knee_at }
    }

    /// Where a moment lies, in hundredths of a percent; what is outside lies at the edge.
    fn hundredths(&self, at: i64) -> i64 {
        let at = at.clamp(self.from, self.to);
        if at <= self.knee {
            return (at - self.from) * self.knee_at / (self.knee - self.from);
        }
        self.knee_at + (at - self.knee) * (WHOLE - self.knee_at) / (self.to - self.knee)
    }

    /// Where a moment lies, for an SVG: `37.05%`.
    pub(super) fn place(&self, at: Moment) -> String {
        percent(self.hundredths(at.millis()))
    }

    /// How wide the time from one moment to another is; never so narrow that it cannot be seen.
    pub(super) fn width(&self, from: Moment, to: Moment) -> String {
        let wide = self.hundredths(to.millis()) - self.hundredths(from.millis());
        percent(wide.max(20))
    }

    /// Whether a moment is in the right half: what is written there goes to its left.
    pub(super) fn right_half(&self, at: Moment) -> bool {
        self.hundredths(at.millis()) > WHOLE * 6 / 10
    }

    /// Where the scale changes.
    pub(super) fn knee(&self) -> Option<String> {
        (self.knee_at < WHOLE).then(|| percent(self.knee_at))
    }

    /// The moments that are written on, as milliseconds from the begin and places.
    pub(super) fn ticks(&self) -> Vec<(i64, String)> {
        let mut ticks = vec![0];
        let before = self.knee - self.from;
        ticks.extend(multiples(step(before, TICKS), 0, before));
        if self.knee_at < WHOLE {
            let (whole, step) = (self.to - self.from, step(self.to - self.knee, TICKS_BEHIND));
            // the first one behind the knee keeps its distance from the last before it
            ticks.extend(multiples(step, before + (self.to - self.knee) / 6, whole));
        }
        let placed = |after: i64| (after, percent(self.hundredths(self.from + after)));
        ticks.into_iter().map(placed).collect()
    }
}

fn step(length: i64, most: i64) -> i64 {
    let last = STEPS.last().copied().unwrap_or(1);
    STEPS.iter().copied().find(|step| length / step <= most).unwrap_or(last)
}

fn multiples(step: i64, after: i64, up_to: i64) -> impl Iterator<Item = i64> {
    (1..=12).map(move |k| (after / step + k) * step).take_while(move |at| *at <= up_to)
}

fn percent(hundredths: i64) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(waited: i64, to: i64) -> Axis {
        let at = Moment::from_millis;
        Axis::new(at(1_000_000), at(1_000_000 + waited), at(1_000_000 + to))
    }

    fn place(axis: &Axis, after: i64) -> String {
        axis.place(Moment::from_millis(1_000_000 + after))
    }

    #[test]
    fn a_short_call_has_one_scale() {
        let axis = axis(15_000, 20_000);
        assert_eq!(axis.knee(), None);
        assert_eq!(place(&axis, 5_000), "25.00%");
        assert_eq!(
            axis.ticks().iter().map(|tick| tick.0).collect::<Vec<_>>(),
            [0, 5_000, 10_000, 15_000, 20_000]
        );
    }

    #[test]
    fn a_long_talk_does_not_press_the_ringing_flat() {
        let axis = axis(15_000, 615_750);
        assert_eq!(axis.knee().as_deref(), Some("62.00%"));
        assert_eq!(place(&axis, 7_875), "31.00%");
        assert_eq!(place(&axis, 315_750), "81.00%");
        assert_eq!(place(&axis, 615_750), "100.00%");
        let ticks: Vec<_> = axis.ticks().iter().map(|tick| tick.0).collect();
        assert_eq!(ticks, [0, 5_000, 10_000, 15_000, 300_000, 600_000]);
    }

    #[test]
    fn what_lies_outside_is_at_the_edge_and_nothing_is_too_narrow_to_see() {
        let axis = axis(0, 0);
        assert_eq!(place(&axis, -5), "0.00%");
        assert_eq!(place(&axis, 99), "100.00%");
        let at = Moment::from_millis(1_000_000);
        assert_eq!(axis.width(at, at), "0.20%");
    }
}

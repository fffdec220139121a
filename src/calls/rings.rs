//! Rings: how many have begun, and when the next one that matters begins.
//!
//! Ring `k` begins `(k - 1)` cycles after the clock's start and lasts one full cycle; the pause
//! belongs to the ring before it (`spec/telephony.md` §3.4).

use super::call::Promise;
use super::record::Event;
use crate::config::Hotline;
use crate::kernel::Moment;

impl Promise {
    /// The promise of a hotline as it stands now.
    pub fn of(hotline: &Hotline) -> Self {
        Self {
            cycle_ms: hotline.cadence.cycle_ms().max(1),
            target_rings: hotline.target_rings.max(1),
            target_ms: hotline.target_ms().max(1),
            colleague_rings: hotline.colleague_rings.max(1),
        }
    }

    /// Bursts begun between the clock's start and `at`; one as soon as the clock runs, none when
    /// it does not or `at` lies before it.
    pub fn rings(&self, rang_at: Option<Moment>, at: Moment) -> u32 {
        let Some(rang_at) = rang_at else { return 0 };
        match at.millis_since(rang_at) {
            before if before < 0 => 0,
            rung_ms => self.burst(rung_ms),
        }
    }

    /// The first step of the ladder later than `passed_ms` after the clock's start.
    pub(super) fn next_step(&self, passed_ms: i64) -> Option<Step> {
        let ladder = [
            self.ring_step(2, 2).filter(|step| step.after_ms < self.target_ms),
            // whoever is to help later than was promised hears of it all the same
            self.ring_step(self.colleague_rings, 0),
            self.ring_step(self.target_rings, 3).filter(|step| step.after_ms < self.target_ms),
            Some(Step { after_ms: self.target_ms, level: 4 }),
        ];
        let ahead = ladder.into_iter().flatten().filter(|step| step.after_ms > passed_ms);
        // of steps at one moment the loudest speaks for all
        ahead.min_by_key(|step| (step.after_ms, 4 - step.level))
    }

    /// How far up the ladder a call is that was last at this alarm.
    pub(super) fn passed_ms(&self, alarm: u8) -> i64 {
        let mut passed_ms = 0;
        let mut at_ms = 0;
        while let Some(step) = self.next_step(at_ms) {
            at_ms = step.after_ms;
            if (1..=alarm).contains(&step.level) {
                passed_ms = at_ms;
            }
        }
        passed_ms
    }

    /// What a step of the ladder is called.
    pub(super) fn event(&self, step: Step) -> Event {
        let ring = self.burst(step.after_ms);
        match step.level {
            0 => Event::Colleagues { ring },
            4.. => Event::Breach { ring },
            level => Event::Ring { ring, level },
        }
    }

    /// A step at the begin of a ring after the first.
    fn ring_step(&self, ring: u32, level: u8) -> Option<Step> {
        let after_ms = i64::from(ring.saturating_sub(1)).saturating_mul(self.cycle_ms);
        (after_ms > 0).then_some(Step { after_ms, level })
    }

    fn burst(&self, rung_ms: i64) -> u32 {
        u32::try_from(rung_ms / self.cycle_ms.max(1)).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// One step of the alarm ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// Milliseconds after the clock's start.
    pub(super) after_ms: i64,
    /// 2 amber, 3 orange, 4 red; 0 asks the colleagues and is no alarm of its own.
    pub(super) level: u8,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(cycle_ms: i64, target_rings: u32, target_ms: i64, colleague_rings: u32) -> Promise {
        Promise { cycle_ms, target_rings, target_ms, colleague_rings }
    }

    fn ladder(promise: Promise) -> Vec<(i64, &'static str)> {
        let mut steps = Vec::new();
        let mut passed_ms = 0;
        while let Some(step) = promise.next_step(passed_ms) {
            passed_ms = step.after_ms;
            steps.push((step.after_ms, promise.event(step).word()));
        }
        steps
    }

    #[test]
    fn a_ring_is_counted_when_its_burst_begins() {
        let china = promise(5000, 3, 15_000, 2);
        let rang = Moment::from_millis(1_000_000);
        let rings = |after_ms| china.rings(Some(rang), rang.plus_millis(after_ms));
        assert_eq!([rings(-1), rings(0), rings(4999), rings(5000), rings(14_999)], [0, 1, 1, 2, 3]);
        assert_eq!(rings(15_000), 4);
        assert_eq!(rings(i64::MAX), u32::MAX);
        assert_eq!(china.rings(None, rang), 0);
    }

    #[test]
    fn the_ladder_of_three_rings_in_china() {
        assert_eq!(
            ladder(promise(5000, 3, 15_000, 2)),
            [(5000, "ring2"), (10_000, "ring3"), (15_000, "breach")]
        );
    }

    #[test]
    fn the_ladder_follows_the_promise() {
        // a second limit of ten seconds breaks the promise as the third ring begins
        assert_eq!(ladder(promise(5000, 3, 10_000, 2)), [(5000, "ring2"), (10_000, "breach")]);
        // two rings: the second is the last
        assert_eq!(ladder(promise(5000, 2, 10_000, 2)), [(5000, "ring3"), (10_000, "breach")]);
        assert_eq!(ladder(promise(5000, 1, 5000, 2)), [(5000, "breach")]);
        // patient houses ask the colleagues between two alarms
        assert_eq!(
            ladder(promise(3000, 6, 18_000, 4)),
            [(3000, "ring2"), (9000, "colleagues"), (15_000, "ring3"), (18_000, "breach")]
        );
        // colleagues who are asked only after the promise is broken are asked
        assert_eq!(
            ladder(promise(5000, 3, 15_000, 5)),
            [(5000, "ring2"), (10_000, "ring3"), (15_000, "breach"), (20_000, "colleagues")]
        );
    }

    #[test]
    fn a_call_loaded_from_the_log_goes_on_where_its_ladder_stood() {
        let china = promise(5000, 3, 15_000, 2);
        assert_eq!([0, 2, 3, 4].map(|alarm| china.passed_ms(alarm)), [0, 5000, 10_000, 15_000]);
        // here the second ring is the last one, so there is no step of level 2
        let short = promise(5000, 2, 10_000, 2);
        assert_eq!([2, 3, 4].map(|alarm| short.passed_ms(alarm)), [0, 5000, 10_000]);
    }
}

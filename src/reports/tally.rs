//! How a set of calls is counted: sums that add up, and the rates made of them.

use std::ops::AddAssign;

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::calls::{Evidence, Figure};
pub(super) use crate::web::table::percent;

/// Declares the sums and the maxima of a tally.
macro_rules! tally {
    ($($(#[$doc:meta])* $sum:ident,)+ ; $($(#[$max_doc:meta])* $max:ident,)+) => {
        /// A set of calls, counted. The definition of every sum is the view `call_facts`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromRow, Serialize, ToSchema)]
        pub struct Tally { $($(#[$doc])* pub $sum: i64,)+ $($(#[$max_doc])* pub $max: i64,)+ }

        impl AddAssign for Tally {
            fn add_assign(&mut self, more: Self) {
                $(self.$sum = self.$sum.saturating_add(more.$sum);)+
                $(self.$max = self.$max.max(more.$max);)+
            }
        }
    };
}

tally! {
    /// All calls, live and excluded ones too.
    seen,
    /// Not over yet.
    live,
    /// Excluded: outside the hotline's hours.
    after_hours,
    /// Excluded: the house was deaf.
    outage,
    /// Excluded: marked as a test.
    test,
    /// Answered within the promise.
    met,
    /// Answered after it.
    late,
    /// The caller left before the second ring.
    short,
    /// The caller left later, or the PBX gave up.
    abandoned,
    /// Nobody was rung.
    not_offered,
    /// Only a machine answered.
    machine_only,
    /// What is needed was not seen.
    unmeasured,
    /// Unserved, and over before the promise was broken.
    gone_in_time,
    /// From the first ring to the answer, summed, in milliseconds.
    answer_ms,
    /// Over so many calls.
    answer_n,
    /// Rings at the answer, summed.
    rings_sum,
    /// Over so many calls.
    rings_n,
    /// From the first sight to the answer, summed, in milliseconds.
    wait_ms,
    /// Over so many calls.
    wait_n,
    /// How long those waited who left, in milliseconds.
    gone_ms,
    /// How many of them.
    gone_n,
    /// Answered in the first ring or before it.
    r1,
    /// In the second.
    r2,
    /// In the third.
    r3,
    /// In the fourth.
    r4,
    /// In the fifth.
    r5,
    /// Later.
    r6,
    /// Answered; the caller hung up first.
    hung_caller,
    /// Answered; our side did.
    hung_us,
    /// Answered; not seen who.
    hung_unknown,
    /// Answered by a colleague who fetched the call.
    pickups,
    /// Late or lost: busy.
    why_busy,
    /// Late or lost: it rang and nobody lifted.
    why_away,
    /// Late or lost: no telephone was registered.
    why_unreachable,
    /// Late or lost: the PBX rang late.
    why_pbx,
    /// Late or lost: not seen why.
    why_unknown,
    /// From the first sight to the first ring, summed, in milliseconds.
    pbx_ms,
    /// Over so many calls.
    pbx_n,
    /// Of these at least two seconds.
    pbx_late,
    /// From the answer to the end, summed, in milliseconds.
    talk_ms,
    /// Over so many calls.
    talk_n,
    /// Whose outcome counts; timed by an operator's telephone.
    counted_position,
    /// Whose outcome counts; timed by a lamp.
    counted_dialog,
    /// Whose outcome counts; timed by the trunk.
    counted_trunk,
    /// Whose outcome counts; timed by our own ringing as a member.
    counted_member,
    /// Whose outcome counts; timed by no ringing.
    counted_none,
    /// Whose time to the answer is known; timed by an operator's telephone.
    measured_position,
    /// Whose time to the answer is known; timed by a lamp.
    measured_dialog,
    /// Whose time to the answer is known; timed by the trunk.
    measured_trunk,
    /// Whose time to the answer is known; timed by our own ringing as a member.
    measured_member,
    /// Whose time to the answer is known; timed by no ringing.
    measured_none,
    ;
    /// The longest from the first ring to the answer, in milliseconds.
    answer_max,
    /// The longest from the first sight to the answer, in milliseconds.
    wait_max,
}

impl Tally {
    /// All calls that are not excluded.
    pub fn presented(&self) -> i64 {
        self.counted() + self.short + self.unmeasured + self.live
    }

    /// Shown, not counted.
    pub fn excluded(&self) -> i64 {
        self.after_hours + self.outage + self.test
    }

    /// Answered by a person.
    pub fn answered(&self) -> i64 {
        self.met + self.late
    }

    /// Served by nobody; short abandons apart.
    pub fn unserved(&self) -> i64 {
        self.abandoned + self.not_offered + self.machine_only
    }

    /// Whose outcome counts for the promise.
    pub fn counted(&self) -> i64 {
        self.answered() + self.unserved()
    }

    /// Kept promises of all that count (`spec/telephony.md` §3.4, strict).
    pub fn strict(&self) -> Rate {
        Rate { of: self.met, all: self.counted() }
    }

    /// Kept promises of the answered calls.
    pub fn of_answered(&self) -> Rate {
        Rate { of: self.met, all: self.answered() }
    }

    /// Service level, abandons ignored: `A_T / (O_T − B_T)`, T being the promise (§1.3, Cisco UCCE).
    pub fn ignoring(&self) -> Rate {
        Rate { of: self.met, all: self.counted() - self.gone_in_time }
    }

    /// Service level, abandons negative: `A_T / O_T`.
    pub fn negative(&self) -> Rate {
        Rate { of: self.met, all: self.counted() }
    }

    /// Service level, abandons positive: `(A_T + B_T) / O_T`.
    pub fn positive(&self) -> Rate {
        Rate { of: self.met + self.gone_in_time, all: self.counted() }
    }

    /// Answered calls in which the caller hung up first, of those where it was seen.
    pub fn hung_by_caller(&self) -> Rate {
        Rate { of: self.hung_caller, all: self.hung_caller + self.hung_us }
    }

    /// Average speed of answer in milliseconds, on the operator's clock; `None` over nothing.
    pub fn asa_ms(&self) -> Option<i64> {
        self.answer_ms.checked_div(self.answer_n)
    }

    /// The same on the caller's clock.
    pub fn caller_asa_ms(&self) -> Option<i64> {
        self.wait_ms.checked_div(self.wait_n)
    }

    /// From the first sight to the first ring, on average, in milliseconds.
    pub fn pbx_mean_ms(&self) -> Option<i64> {
        self.pbx_ms.checked_div(self.pbx_n)
    }

    /// How long a talk lasts, on average, in milliseconds.
    pub fn talk_mean_ms(&self) -> Option<i64> {
        self.talk_ms.checked_div(self.talk_n)
    }

    /// Rings at the answer, on average, in tenths; cut, not rounded.
    pub fn rings_tenths(&self) -> Option<i64> {
        (self.rings_sum * 10).checked_div(self.rings_n)
    }

    /// Answered in ring 1 (or before), 2, 3, 4, 5, and 6 or later.
    pub fn rings(&self) -> [i64; 6] {
        [self.r1, self.r2, self.r3, self.r4, self.r5, self.r6]
    }

    /// How many of the calls that count rest on an evidence.
    pub fn counted_by(&self, evidence: Evidence) -> i64 {
        match evidence {
            Evidence::Position180 => self.counted_position,
            Evidence::Dialog => self.counted_dialog,
            Evidence::Trunk180 => self.counted_trunk,
            Evidence::Member => self.counted_member,
            Evidence::None => self.counted_none,
        }
    }

    /// The same of the calls whose time to the answer is known.
    pub fn measured_by(&self, evidence: Evidence) -> i64 {
        match evidence {
            Evidence::Position180 => self.measured_position,
            Evidence::Dialog => self.measured_dialog,
            Evidence::Trunk180 => self.measured_trunk,
            Evidence::Member => self.measured_member,
            Evidence::None => self.measured_none,
        }
    }

    /// How many calls belong to a figure.
    pub fn of(&self, figure: Figure) -> i64 {
        match figure {
            Figure::Presented => self.presented(),
            Figure::Live => self.live,
            Figure::Excluded => self.excluded(),
            Figure::AfterHours => self.after_hours,
            Figure::Outage => self.outage,
            Figure::Test => self.test,
            Figure::Met => self.met,
            Figure::Late => self.late,
            Figure::Answered => self.answered(),
            Figure::Short => self.short,
            Figure::Abandoned => self.abandoned,
            Figure::NotOffered => self.not_offered,
            Figure::MachineOnly => self.machine_only,
            Figure::Unmeasured => self.unmeasured,
            Figure::Counted => self.counted(),
            Figure::Unserved => self.unserved(),
            Figure::GoneInTime => self.gone_in_time,
            Figure::Patient => self.counted() - self.gone_in_time,
            Figure::InTime => self.met + self.gone_in_time,
            Figure::Measured => self.answer_n,
            Figure::Waited => self.wait_n,
            Figure::Ring1 => self.r1,
            Figure::Ring2 => self.r2,
            Figure::Ring3 => self.r3,
            Figure::Ring4 => self.r4,
            Figure::Ring5 => self.r5,
            Figure::Ring6 => self.r6,
            Figure::HungCaller => self.hung_caller,
            Figure::HungUs => self.hung_us,
            Figure::HungUnknown => self.hung_unknown,
            Figure::Pickups => self.pickups,
            Figure::WhyBusy => self.why_busy,
            Figure::WhyAway => self.why_away,
            Figure::WhyUnreachable => self.why_unreachable,
            Figure::WhyPbx => self.why_pbx,
            Figure::WhyUnknown => self.why_unknown,
            Figure::PbxLate => self.pbx_late,
            Figure::Rang => self.pbx_n,
            Figure::Talked => self.talk_n,
        }
    }
}

/// So many of so many. Over nothing there is no rate: it is shown as a dash, never as 100 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The part.
    pub of: i64,
    /// The whole.
    pub all: i64,
}

impl Rate {
    /// In thousandths, cut, so that 9 999 of 10 000 never read as all of them; `None` over nothing.
    pub fn permille(self) -> Option<i64> {
        (self.of * 1000).checked_div(self.all)
    }

    /// `96.3`, or `–` over nothing: for a place that says its unit itself.
    pub fn percent(self) -> String {
        self.permille().map_or_else(|| "–".to_owned(), percent)
    }

    /// `96.3%`, or `–` over nothing.
    pub fn shown(self) -> String {
        shown(self.permille())
    }
}

/// A share as people read it, with its sign: `96.3%`; `–` over nothing.
pub(super) fn shown(permille: Option<i64>) -> String {
    let Digits { digits, sign } = Digits::of(permille);
    digits + sign
}

/// The same in its two parts, where the digits are set larger than the sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Digits {
    /// `96.3`, or `–` over nothing.
    pub(super) digits: String,
    /// `%`; nothing where there are no digits.
    pub(super) sign: &'static str,
}

impl Digits {
    pub(super) fn of(permille: Option<i64>) -> Self {
        match permille {
            Some(permille) => Self { digits: percent(permille), sign: "%" },
            None => Self { digits: "–".to_owned(), sign: "" },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The formulas of others at a worked example (`spec/telephony.md` §1.3): 80 answered within T,
    /// 10 after it, 6 left within T, 4 after it; 3 left before the second ring.
    #[test]
    fn the_three_published_service_levels_differ_as_published() {
        let tally = Tally {
            met: 80,
            late: 10,
            abandoned: 10,
            gone_in_time: 6,
            short: 3,
            ..Tally::default()
        };
        // ignored: 80 / (100 − 6); negative: 80 / 100; positive: (80 + 6) / 100
        assert_eq!(tally.ignoring().percent(), "85.1");
        assert_eq!(tally.negative().percent(), "80.0");
        assert_eq!(tally.positive().percent(), "86.0");
        // ours: strict is the negative one; of the answered 80 / 90
        assert_eq!(tally.strict().percent(), "80.0");
        assert_eq!(tally.of_answered().percent(), "88.8");
        assert_eq!(tally.presented(), 103);
    }

    #[test]
    fn nothing_is_a_dash_and_never_all() {
        let none = Tally::default();
        for rate in [none.strict(), none.of_answered(), none.ignoring(), none.positive()] {
            assert_eq!((rate.permille(), rate.percent().as_str()), (None, "–"));
            assert_eq!(rate.shown(), "–");
        }
        assert_eq!(none.asa_ms(), None);
        assert_eq!(Rate { of: 9_999, all: 10_000 }.percent(), "99.9", "cut, not rounded");
        assert_eq!(Rate { of: 0, all: 3 }.shown(), "0.0%");
    }

    #[test]
    fn tallies_add_up_and_the_longest_stays_the_longest() {
        let mut one = Tally { met: 1, answer_max: 9_000, ..Tally::default() };
        one += Tally { met: 2, late: 1, answer_max: 4_000, ..Tally::default() };
        assert_eq!((one.met, one.late, one.answer_max), (3, 1, 9_000));
    }
}

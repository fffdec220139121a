//! What an end means: why a leg was taken back, and how the promise fared.

use super::call::{EndedBy, LegEnd, Outcome, Promise};
use crate::kernel::Moment;
use crate::sip::Withdrawal;

/// Why the PBX stopped ringing us (`spec/pbx.md` §2, table of CANCEL reasons).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Someone else answered.
    Elsewhere,
    /// The caller hung up.
    CallerLeft,
    /// The round of ringing is over; the caller may still wait.
    RoundOver,
    /// The PBX gave up, or the caller left; it does not say which.
    GivenUp,
}

impl Meaning {
    /// Reads the Reason headers of a CANCEL.
    ///
    /// Q.850 causes (ITU-T Q.850, and what Asterisk and `FreeSWITCH` put there): 26 non-selected
    /// user, 16 and 127 and 487 the originator, 0 nothing set, 18 and 19 and 102 no answer in
    /// time, 602 and 607 `FreeSWITCH`'s timeouts.
    pub(super) fn of(reason: Withdrawal) -> Self {
        if reason.elsewhere {
            return Self::Elsewhere;
        }
        match (reason.q850, reason.sip) {
            (Some(26), _) => Self::Elsewhere,
            (Some(16 | 127 | 487), _) | (None, None | Some(487)) => Self::CallerLeft,
            (Some(0 | 18 | 19 | 102 | 602 | 607), _) | (None, Some(408 | 480)) => Self::RoundOver,
            (Some(_), _) | (None, Some(_)) => Self::GivenUp,
        }
    }

    /// Who ended the call, where this ends it.
    pub(super) const fn ended_by(self) -> EndedBy {
        match self {
            Self::CallerLeft => EndedBy::Caller,
            Self::Elsewhere | Self::RoundOver | Self::GivenUp => EndedBy::Unknown,
        }
    }

    /// How the leg ended.
    pub(super) const fn leg_end(self) -> LegEnd {
        match self {
            Self::Elsewhere => LegEnd::Elsewhere,
            Self::RoundOver => LegEnd::NoAnswer,
            Self::CallerLeft | Self::GivenUp => LegEnd::Abandoned,
        }
    }
}

/// What a call is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    /// The promise.
    pub(super) promise: Promise,
    /// A caller who leaves before this ring is over left too soon to count.
    pub(super) short_abandon_rings: u32,
    /// How long a pause between two rounds may be, in milliseconds.
    pub(super) round_gap_ms: i64,
}

impl Terms {
    /// The outcome of a call that ended so at that moment. Without a clock there is no measure.
    pub(super) fn outcome(
        &self,
        meaning: Meaning,
        rang_at: Option<Moment>,
        ended_at: Moment,
    ) -> Outcome {
        let Some(rang_at) = rang_at else { return Outcome::Unmeasured };
        let rung_ms = ended_at.millis_since(rang_at);
        let short_ms = self.promise.cycle_ms.saturating_mul(i64::from(self.short_abandon_rings));
        match meaning {
            Meaning::Elsewhere if rung_ms < self.promise.target_ms => Outcome::Met,
            Meaning::Elsewhere => Outcome::Late,
            Meaning::CallerLeft | Meaning::RoundOver | Meaning::GivenUp if rung_ms < short_ms => {
                Outcome::AbandonedShort
            }
            Meaning::CallerLeft | Meaning::RoundOver | Meaning::GivenUp => Outcome::Abandoned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancel_is_read_as_the_pbx_means_it() {
        let of = |elsewhere, q850, sip| Meaning::of(Withdrawal { elsewhere, q850, sip });
        assert_eq!(of(true, Some(26), Some(200)), Meaning::Elsewhere);
        assert_eq!(of(true, Some(0), None), Meaning::Elsewhere);
        assert_eq!(of(false, Some(26), None), Meaning::Elsewhere);
        assert_eq!(of(false, None, None), Meaning::CallerLeft);
        assert_eq!(of(false, Some(127), None), Meaning::CallerLeft);
        assert_eq!(of(false, Some(16), Some(487)), Meaning::CallerLeft);
        assert_eq!(of(false, Some(0), None), Meaning::RoundOver);
        assert_eq!(of(false, Some(607), None), Meaning::RoundOver);
        assert_eq!(of(false, None, Some(408)), Meaning::RoundOver);
        assert_eq!(of(false, Some(17), None), Meaning::GivenUp);
        assert_eq!(of(false, None, Some(503)), Meaning::GivenUp);
    }

    #[test]
    fn the_promise_is_kept_until_the_moment_the_next_ring_begins() {
        let promise =
            Promise { cycle_ms: 5000, target_rings: 3, target_ms: 15_000, colleague_rings: 2 };
        let terms = Terms { promise, short_abandon_rings: 1, round_gap_ms: 2000 };
        let rang = Moment::from_millis(0);
        let at = |meaning, ms| terms.outcome(meaning, Some(rang), Moment::from_millis(ms));
        assert_eq!(at(Meaning::Elsewhere, 14_999), Outcome::Met);
        assert_eq!(at(Meaning::Elsewhere, 15_000), Outcome::Late);
        assert_eq!(at(Meaning::CallerLeft, 4999), Outcome::AbandonedShort);
        assert_eq!(at(Meaning::CallerLeft, 5000), Outcome::Abandoned);
        assert_eq!(terms.outcome(Meaning::Elsewhere, None, rang), Outcome::Unmeasured);
    }
}

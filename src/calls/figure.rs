//! What a figure of the reports counts, as a condition on calls: every figure is a link to exactly
//! the calls behind it.
//!
//! The sums of the reports come from the view `call_facts`; these conditions say the same a second
//! time, for the log, and a story compares the two figure by figure. Where a reason can only be that of some
//! calls, the condition says so before it asks for the reason: fewer are looked at, or an index has them.
//! What is said here word for word as an index says it is found by that index, on both engines.

/// One of several outcomes, said so that no planner goes by the index of outcomes: it would read each of a
/// year and sort them all for the newest fifty.
macro_rules! one_of {
    ($words:literal) => {
        concat!("CASE WHEN c.outcome IN (", $words, ") THEN TRUE ELSE FALSE END")
    };
}
macro_rules! answered {
    () => {
        one_of!("'met', 'late'")
    };
}
macro_rules! unserved {
    () => {
        one_of!("'abandoned', 'not_offered', 'machine_only'")
    };
}
macro_rules! counted {
    () => {
        one_of!("'met', 'late', 'abandoned', 'not_offered', 'machine_only'")
    };
}
/// That a call stands among those that are found so; the table is small, so it is asked before the call is looked
/// at. It is no EXISTS: one engine makes a join of that, and the other reads the whole table first.
macro_rules! found {
    ($what:literal) => {
        concat!(
            "(SELECT 1 FROM call_finds f WHERE f.what = '",
            $what,
            "' AND f.offered_at = c.offered_at AND f.call_id = c.id) IS NOT NULL"
        )
    };
}
macro_rules! broken {
    () => {
        one_of!("'late', 'abandoned', 'not_offered'")
    };
}

/// Figures of calls that count for the promise, beside those that a person answered.
const COUNTED: &[Figure] = &[
    Figure::Abandoned,
    Figure::NotOffered,
    Figure::MachineOnly,
    Figure::Counted,
    Figure::Unserved,
    Figure::GoneInTime,
    Figure::Patient,
    Figure::InTime,
];

/// Figures of calls that a person answered.
const ANSWERED: &[Figure] = &[
    Figure::Met,
    Figure::Late,
    Figure::Answered,
    Figure::Measured,
    Figure::Waited,
    Figure::Ring1,
    Figure::Ring2,
    Figure::Ring3,
    Figure::Ring4,
    Figure::Ring5,
    Figure::Ring6,
    Figure::HungCaller,
    Figure::HungUs,
    Figure::HungUnknown,
    Figure::Pickups,
    Figure::Talked,
];

impl Figure {
    /// Whether only calls that a person answered belong to it.
    pub(super) fn is_answered(self) -> bool {
        ANSWERED.contains(&self)
    }

    /// Whether only calls that count for the promise belong to it.
    pub(super) fn is_counted(self) -> bool {
        self.is_answered() || COUNTED.contains(&self)
    }

    /// That a call counts and its clock rests on something else than the ringing of a position, word for word as an
    /// index says it; begins with AND.
    pub(super) const TIMED_ELSE: &'static str =
        concat!(" AND c.evidence <> 'position_180' AND c.excluded IS NULL AND ", counted!());

    /// That a person answered; begins with AND.
    pub(super) const BY_A_PERSON: &'static str = concat!(" AND ", answered!());
}

/// Declares the figures with their words and conditions on a call `c`.
macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident $word:literal $holds:expr;)+) => {
        /// A figure of the reports.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Figure { $($(#[$doc])* $name),+ }

        impl Figure {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in addresses.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }

            /// The one with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$name),)+ _ => None }
            }

            /// What must hold of a call, the same for both engines; begins with AND.
            pub(super) const fn condition(self) -> &'static str {
                match self { $(Self::$name => concat!(" AND ", $holds)),+ }
            }
        }
    };
}

figures! {
    /// All calls but the excluded.
    Presented "presented" "c.excluded IS NULL";
    /// Not over yet.
    Live "live" "c.excluded IS NULL AND c.id IN (SELECT l.id FROM calls l WHERE l.state <> 'ended')";
    /// Shown, not counted.
    Excluded "excluded" "c.excluded IS NOT NULL";
    /// Came outside the hotline's hours.
    AfterHours "after_hours" "c.excluded = 'after_hours'";
    /// The house was deaf.
    Outage "outage" "c.excluded = 'outage'";
    /// Marked as a test.
    Test "test" "c.excluded = 'test'";
    /// Answered within the promise.
    Met "met" "c.excluded IS NULL AND c.outcome = 'met'";
    /// Answered after it.
    Late "late" "c.excluded IS NULL AND c.outcome = 'late'";
    /// Answered by a person.
    Answered "answered" concat!("c.excluded IS NULL AND ", answered!());
    /// The caller left before the second ring.
    Short "abandoned_short" "c.excluded IS NULL AND c.outcome = 'abandoned_short'";
    /// The caller left later, or the PBX gave up.
    Abandoned "abandoned" "c.excluded IS NULL AND c.outcome = 'abandoned'";
    /// Nobody was rung.
    NotOffered "not_offered" "c.excluded IS NULL AND c.outcome = 'not_offered'";
    /// Only a machine answered.
    MachineOnly "machine_only" "c.excluded IS NULL AND c.outcome = 'machine_only'";
    /// What is needed was not seen.
    Unmeasured "unmeasured" "c.excluded IS NULL AND c.outcome = 'unmeasured'";
    /// Whose outcome counts for the promise, kept or broken: `within_target` is not null.
    Counted "counted" concat!("c.excluded IS NULL AND ", counted!());
    /// Served by nobody.
    Unserved "unserved" concat!("c.excluded IS NULL AND ", unserved!());
    /// Served by nobody and over before the promise was broken.
    GoneInTime "gone_in_time" concat!("c.excluded IS NULL AND ", unserved!(), " AND c.ended_at - coalesce(c.rang_at, c.offered_at) < c.target_ms");
    /// Counted, without those that were over before the promise was broken.
    Patient "patient" concat!("c.excluded IS NULL AND (", answered!(), " OR (", unserved!(), " AND (c.ended_at IS NULL OR c.ended_at - coalesce(c.rang_at, c.offered_at) >= c.target_ms)))");
    /// Over before the promise was broken, answered or not.
    InTime "in_time" concat!("c.excluded IS NULL AND (c.outcome = 'met' OR (", unserved!(), " AND c.ended_at - coalesce(c.rang_at, c.offered_at) < c.target_ms))");
    /// Answered with a time on the operator's clock.
    Measured "measured" concat!("c.excluded IS NULL AND ", answered!(), " AND c.answer_ms IS NOT NULL");
    /// Answered with a time on the caller's clock.
    Waited "waited" concat!("c.excluded IS NULL AND ", answered!(), " AND c.caller_wait_ms IS NOT NULL");
    /// Answered in the first ring, or before it.
    Ring1 "ring_1" concat!("c.excluded IS NULL AND ", answered!(), " AND c.answer_rings <= 1");
    /// Answered in the second ring.
    Ring2 "ring_2" concat!("c.excluded IS NULL AND ", answered!(), " AND c.answer_rings = 2");
    /// Answered in the third ring.
    Ring3 "ring_3" concat!("c.excluded IS NULL AND ", answered!(), " AND c.answer_rings = 3");
    /// Answered in the fourth ring.
    Ring4 "ring_4" concat!("c.excluded IS NULL AND ", answered!(), " AND c.answer_rings >= 4 AND c.answer_rings = 4");
    /// Answered in the fifth ring.
    Ring5 "ring_5" concat!("c.excluded IS NULL AND ", answered!(), " AND c.answer_rings >= 4 AND c.answer_rings = 5");
    /// Answered later.
    Ring6 "ring_6" concat!("c.excluded IS NULL AND ", answered!(), " AND c.answer_rings >= 6");
    /// The caller hung up first.
    HungCaller "hung_caller" concat!("c.excluded IS NULL AND ", answered!(), " AND c.ended_by = 'caller'");
    /// Our side hung up first.
    HungUs "hung_us" concat!("c.excluded IS NULL AND ", answered!(), " AND c.ended_by = 'us'");
    /// Who hung up first was not seen.
    HungUnknown "hung_unknown" concat!("c.excluded IS NULL AND ", answered!(), " AND c.ended_by = 'unknown'");
    /// Fetched by a colleague.
    Pickups "pickups" concat!(found!("fetched"), " AND c.excluded IS NULL AND ", answered!(), " AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.picked = 1)");
    /// Late or lost: a telephone was busy, or who answered was on another call.
    WhyBusy "why_busy" concat!(broken!(), " AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.why = 'busy')");
    /// Late or lost: it rang and nobody lifted in time.
    WhyAway "why_away" concat!(broken!(), " AND c.rang_at - c.offered_at < 2000 AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.why = 'away')");
    /// Late or lost: no telephone could be reached.
    WhyUnreachable "why_unreachable" concat!(broken!(), " AND ", found!("unreachable"), " AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.why = 'unreachable')");
    /// Late or lost: the PBX rang two seconds or more after the call came.
    WhyPbx "why_pbx" concat!("c.rang_at - c.offered_at >= 2000 AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.why = 'pbx')");
    /// Late or lost, and nothing that was seen says why.
    WhyUnknown "why_unknown" concat!(broken!(), " AND c.rang_at IS NULL AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.why = 'unknown')");
    /// The PBX rang two seconds or more after the call came.
    PbxLate "pbx_late" "c.excluded IS NULL AND c.rang_at - c.offered_at >= 2000";
    /// A telephone rang.
    Rang "rang" "c.excluded IS NULL AND c.rang_at IS NOT NULL";
    /// Talked, and the end was seen.
    Talked "talked" concat!("c.excluded IS NULL AND ", answered!(), " AND c.end_seen AND c.ended_at IS NOT NULL AND c.answered_at IS NOT NULL");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_found_by_its_word() {
        for &figure in Figure::ALL {
            assert_eq!(Figure::from_word(figure.word()), Some(figure));
        }
        assert_eq!(Figure::from_word("service_level"), None, "there is no bare one");
    }
}

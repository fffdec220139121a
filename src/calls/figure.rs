//! What a figure of the reports counts, as a condition on calls: every figure is a link to exactly
//! the calls behind it.
//!
//! The sums of the reports come from the view `call_facts`; these conditions say the same a second
//! time, for the log, and a story compares the two figure by figure.

/// Declares the figures with their words and conditions on a call `c`.
macro_rules! figures {
    ($($(#[$doc:meta])* $name:ident $word:literal $holds:literal;)+) => {
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
    Live "live" "c.excluded IS NULL AND c.state <> 'ended'";
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
    Answered "answered" "c.excluded IS NULL AND c.outcome IN ('met', 'late')";
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
    Counted "counted" "c.excluded IS NULL AND c.outcome IN ('met', 'late', 'abandoned', 'not_offered', 'machine_only')";
    /// Served by nobody.
    Unserved "unserved" "c.excluded IS NULL AND c.outcome IN ('abandoned', 'not_offered', 'machine_only')";
    /// Served by nobody and over before the promise was broken.
    GoneInTime "gone_in_time" "c.excluded IS NULL AND c.outcome IN ('abandoned', 'not_offered', 'machine_only') AND c.ended_at - coalesce(c.rang_at, c.offered_at) < c.target_ms";
    /// Counted, without those that were over before the promise was broken.
    Patient "patient" "c.excluded IS NULL AND (c.outcome IN ('met', 'late') OR (c.outcome IN ('abandoned', 'not_offered', 'machine_only') AND (c.ended_at IS NULL OR c.ended_at - coalesce(c.rang_at, c.offered_at) >= c.target_ms)))";
    /// Over before the promise was broken, answered or not.
    InTime "in_time" "c.excluded IS NULL AND (c.outcome = 'met' OR (c.outcome IN ('abandoned', 'not_offered', 'machine_only') AND c.ended_at - coalesce(c.rang_at, c.offered_at) < c.target_ms))";
    /// Answered with a time on the operator's clock.
    Measured "measured" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_ms IS NOT NULL";
    /// Answered with a time on the caller's clock.
    Waited "waited" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.caller_wait_ms IS NOT NULL";
    /// Answered in the first ring, or before it.
    Ring1 "ring_1" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings <= 1";
    /// Answered in the second ring.
    Ring2 "ring_2" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 2";
    /// Answered in the third ring.
    Ring3 "ring_3" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 3";
    /// Answered in the fourth ring.
    Ring4 "ring_4" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 4";
    /// Answered in the fifth ring.
    Ring5 "ring_5" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings = 5";
    /// Answered later.
    Ring6 "ring_6" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.answer_rings >= 6";
    /// The caller hung up first.
    HungCaller "hung_caller" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.ended_by = 'caller'";
    /// Our side hung up first.
    HungUs "hung_us" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.ended_by = 'us'";
    /// Who hung up first was not seen.
    HungUnknown "hung_unknown" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.ended_by = 'unknown'";
    /// Fetched by a colleague.
    Pickups "pickups" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.picked = 1)";
    /// Late or lost: a telephone was busy, or who answered was on another call.
    WhyBusy "why_busy" "c.outcome IN ('late', 'abandoned', 'not_offered') AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.why = 'busy')";
    /// Late or lost: it rang and nobody lifted in time.
    WhyAway "why_away" "c.outcome IN ('late', 'abandoned', 'not_offered') AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.why = 'away')";
    /// Late or lost: no telephone could be reached.
    WhyUnreachable "why_unreachable" "c.outcome IN ('late', 'abandoned', 'not_offered') AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.why = 'unreachable')";
    /// Late or lost: the PBX rang two seconds or more after the call came.
    WhyPbx "why_pbx" "c.outcome IN ('late', 'abandoned', 'not_offered') AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.why = 'pbx')";
    /// Late or lost, and nothing that was seen says why.
    WhyUnknown "why_unknown" "c.outcome IN ('late', 'abandoned', 'not_offered') AND EXISTS (SELECT 1 FROM call_reasons w WHERE w.call_id = c.id AND w.why = 'unknown')";
    /// The PBX rang two seconds or more after the call came.
    PbxLate "pbx_late" "c.excluded IS NULL AND c.rang_at - c.offered_at >= 2000";
    /// A telephone rang.
    Rang "rang" "c.excluded IS NULL AND c.rang_at IS NOT NULL";
    /// Talked, and the end was seen.
    Talked "talked" "c.excluded IS NULL AND c.outcome IN ('met', 'late') AND c.end_seen AND c.ended_at IS NOT NULL AND c.answered_at IS NOT NULL";
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

//! The life of a message slip: which step may follow which.

use serde::Serialize;

/// Gives an enum its word: in JSON, in the store, and back.
macro_rules! said {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in JSON and in the store.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads it.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

said! {
    /// Where a slip is on its way.
    State {
        /// Written down.
        Taken = "taken",
        /// In its owner's box.
        Sent = "sent",
        /// Their list has shown it.
        Delivered = "delivered",
        /// They have opened it.
        Read = "read",
        /// They have done what it asks.
        Handled = "handled",
        /// Nobody read it in time; a deputy was asked.
        Escalated = "escalated",
        /// Its writer took it back.
        Withdrawn = "withdrawn",
    }
}

said! {
    /// How a slip came about.
    Via {
        /// In a call.
        Call = "call",
        /// Somebody stood at the desk.
        Desk = "desk",
        /// By letter, mail, chat.
        Mail = "mail",
        /// A colleague answered for the absent one.
        Pickup = "pickup",
    }
}

said! {
    /// Why a colleague had to answer.
    Reason {
        /// Away from the desk.
        Away = "away",
        /// In another call.
        OnCall = "on_call",
        /// There, and did not answer.
        NoAnswer = "no_answer",
        /// Not on duty.
        OffDuty = "off_duty",
    }
}

/// An urgent slip that is unread for so long goes to a deputy, in milliseconds: ten minutes.
pub const URGENT_MS: i64 = 10 * 60 * 1000;

/// A call back that is wanted without a moment is due after an hour, in milliseconds.
pub(super) const SOON_MS: i64 = 60 * 60 * 1000;

/// What somebody does to a slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Their list shows it.
    Deliver,
    /// They open it.
    Read,
    /// They have done what it asks.
    Handle,
    /// Nobody read it in time.
    Escalate,
    /// Its writer takes it back.
    Withdraw,
}

/// Why an act is refused: the slip is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused;

impl State {
    /// Whether nothing follows.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Handled | Self::Withdrawn)
    }

    /// The state after an act. A receipt that comes late or twice changes nothing; an escalated slip
    /// stays so until somebody has read it.
    pub fn after(self, act: Act) -> Result<Self, Refused> {
        Ok(match (self, act) {
            (over, Act::Deliver | Act::Read) if over.is_over() => over,
            (Self::Handled, Act::Handle) | (Self::Withdrawn, Act::Withdraw) => self,
            (over, _) if over.is_over() => return Err(Refused),
            (Self::Taken | Self::Sent, Act::Deliver) => Self::Delivered,
            (as_is, Act::Deliver) => as_is,
            (_, Act::Read) | (Self::Read, Act::Escalate) => Self::Read,
            (_, Act::Handle) => Self::Handled,
            (_, Act::Escalate) => Self::Escalated,
            (_, Act::Withdraw) => Self::Withdrawn,
        })
    }
}

/// Ways to ask for a call back, and what before them says the opposite.
const ASKS: [&str; 9] = [
    "请回电",
    "请您回电",
    "请回个电话",
    "请尽快回电",
    "盼回电",
    "回电给",
    "please call back",
    "call me back",
    "return my call",
];
const NOT: [&str; 7] = ["不用", "不必", "无需", "不需", "no need to ", "don't ", "do not "];

/// Whether the words of a slip ask for a call back.
pub(super) fn asks_call_back(body: &str) -> bool {
    let body = body.to_lowercase();
    let asked = |ask: &&str| {
        body.match_indices(*ask).any(|(at, _)| {
            let before = body.get(..at).unwrap_or_default();
            !NOT.iter().any(|not| before.ends_with(not))
        })
    };
    ASKS.iter().any(asked)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slip_goes_its_way_and_late_receipts_change_nothing() {
        let mut state = State::Sent;
        for (act, then) in [
            (Act::Deliver, State::Delivered),
            (Act::Deliver, State::Delivered),
            (Act::Escalate, State::Escalated),
            (Act::Deliver, State::Escalated),
            (Act::Read, State::Read),
            (Act::Escalate, State::Read),
            (Act::Handle, State::Handled),
            (Act::Read, State::Handled),
            (Act::Handle, State::Handled),
        ] {
            state = state.after(act).unwrap();
            assert_eq!(state, then, "after {act:?}");
        }
        assert_eq!(state.after(Act::Withdraw), Err(Refused), "what was done cannot be taken back");
        assert_eq!(State::Withdrawn.after(Act::Handle), Err(Refused));
    }

    #[test]
    fn a_slip_asks_for_a_call_back_in_its_own_words() {
        for (body, asked) in [
            ("合同改期，请回电。", true),
            ("Please call back before five", true),
            ("不用请回电，他会再打来", false),
            ("no need to please call back", false),
            ("已回电", false),
            ("", false),
        ] {
            assert_eq!(asks_call_back(body), asked, "{body}");
        }
    }

    proptest! {
        #[test]
        fn what_is_over_stays_over(acts in prop::collection::vec(0_usize..5, 0..40)) {
            let all = [Act::Deliver, Act::Read, Act::Handle, Act::Escalate, Act::Withdraw];
            let mut state = State::Taken;
            for act in acts {
                let over = state.is_over();
                let before = state;
                if let Ok(next) = state.after(all[act]) { state = next; }
                prop_assert!(!over || state == before);
            }
        }
    }
}

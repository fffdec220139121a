//! A call as the log keeps it and `/calls/{id}` tells it (contract.md §3).

use serde::Serialize;
use utoipa::ToSchema;

use super::particulars::CallRecord;
use crate::kernel::{CallId, ContactId, Extension, Moment, StaffId};

/// Gives an enum its word: in JSON, in the database, and back.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, utoipa::ToSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// Every one, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in JSON and in the database.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The one with this word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Where a call is in its life.
    State {
        /// Seen; nobody rings yet.
        Offered = "offered",
        /// It rings.
        Ringing = "ringing",
        /// A person answered.
        Answered = "answered",
        /// Over, or no longer to be followed.
        Ended = "ended",
    }
}

words! {
    /// How a call ended, measured by the promise.
    Outcome {
        /// Answered within the promise.
        Met = "met",
        /// Answered after it.
        Late = "late",
        /// The caller left before the second ring.
        AbandonedShort = "abandoned_short",
        /// The caller left later, or the PBX gave up.
        Abandoned = "abandoned",
        /// Nobody was rung.
        NotOffered = "not_offered",
        /// Only a machine answered.
        MachineOnly = "machine_only",
        /// What is needed was not seen.
        Unmeasured = "unmeasured",
    }
}

impl Outcome {
    /// Whether the promise was kept; `None` where the outcome does not count.
    pub const fn within_target(self) -> Option<bool> {
        match self {
            Self::Met => Some(true),
            Self::Late | Self::Abandoned | Self::NotOffered | Self::MachineOnly => Some(false),
            Self::AbandonedShort | Self::Unmeasured => None,
        }
    }
}

words! {
    /// What the clock of a call rests on; the strongest that was seen.
    Evidence {
        /// The first 180 of one of the hotline's positions.
        Position180 = "position_180",
        /// Dialog-info `early` of a position.
        Dialog = "dialog",
        /// The trunk's 180.
        Trunk180 = "trunk_180",
        /// Our own ringing as a member of the group.
        Member = "member",
        /// Nothing.
        None = "none",
    }
}

words! {
    /// Why a call is shown but not counted.
    Excluded {
        /// It came outside the hotline's hours.
        AfterHours = "after_hours",
        /// The house was deaf while it lived.
        Outage = "outage",
        /// Someone marked it as a test.
        Test = "test",
    }
}

words! {
    /// Who hung up first.
    EndedBy {
        /// The caller.
        Caller = "caller",
        /// Our side.
        Us = "us",
        /// Not seen.
        Unknown = "unknown",
    }
}

words! {
    /// How one leg ended.
    LegEnd {
        /// Answered here.
        Answered = "answered",
        /// Answered on another telephone.
        Elsewhere = "elsewhere",
        /// The caller left.
        Abandoned = "abandoned",
        /// Busy.
        Busy = "busy",
        /// Declined.
        Declined = "declined",
        /// Rang until the PBX gave up.
        NoAnswer = "no_answer",
        /// Could not be reached.
        Unreachable = "unreachable",
        /// Transferred away.
        Transferred = "transferred",
    }
}

words! {
    /// How a call went from one telephone to another.
    TransferKind {
        /// Sent on without asking.
        Blind = "blind",
        /// Sent on after a word with the other.
        Attended = "attended",
        /// Taken by a telephone that did not ring.
        Pickup = "pickup",
    }
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Call {
    /// Its number in the log.
    pub id: CallId,
    /// Rises with every change.
    pub version: i64,
    /// Which hotline; null when the source cannot say.
    pub hotline: Option<HotlineRef>,
    /// Who calls.
    pub caller: Caller,
    /// Where it is in its life.
    pub state: State,
    /// First seen.
    pub offered_at: Moment,
    /// The clock's start.
    pub rang_at: Option<Moment>,
    /// A person answered.
    pub answered_at: Option<Moment>,
    /// Over.
    pub ended_at: Option<Moment>,
    /// Bursts begun so far, or at the answer or end.
    pub rings: u32,
    /// Bursts begun at the answer.
    pub answer_rings: Option<u32>,
    /// From `rang_at` to the answer, in milliseconds.
    pub answer_ms: Option<i64>,
    /// From `offered_at` to the answer or end, in milliseconds.
    pub caller_wait_ms: Option<i64>,
    /// Whether the promise was kept.
    pub within_target: Option<bool>,
    /// Who answered, where that is known.
    pub answered_by: Option<AnsweredBy>,
    /// How it ended; null while live.
    pub outcome: Option<Outcome>,
    /// Kept and shown, not counted.
    pub excluded: Option<Excluded>,
    /// Who hung up first.
    pub ended_by: EndedBy,
    /// Whether the end was seen.
    pub end_seen: bool,
    /// What the clock rests on.
    pub evidence: Evidence,
    /// The telephones that rang, as far as seen.
    pub legs: Vec<Leg>,
    /// Transfers, as far as seen.
    pub transfers: Vec<Transfer>,
    /// What the operator wrote.
    pub notes: String,
    /// Who, when, where, what, as written down; null while nobody has.
    pub record: Option<CallRecord>,
    /// When the record was read back to the caller.
    pub readback_at: Option<Moment>,
    /// What grew out of it.
    pub links: Links,
    /// Who announced "I take it".
    pub taken_by: Option<StaffRef>,
    /// When.
    pub taken_at: Option<Moment>,
    /// The promise it is measured by.
    pub promise: Promise,
    /// The highest alarm so far: 0 none, 2 second ring, 3 last ring of the promise, 4 breach.
    pub alarm: u8,
}

impl Call {
    /// It was lost sight of while the caller waited: what became of it, and how long it rang, is not
    /// known. Our own telephone knows how long it rang itself, where the house heard all the while.
    pub fn is_lost_sight_of(&self) -> bool {
        self.state == State::Ended
            && self.outcome == Some(Outcome::Unmeasured)
            && self.answered_at.is_none()
            && !self.end_seen
            && match self.evidence {
                Evidence::None => false,
                Evidence::Member => self.excluded == Some(Excluded::Outage),
                Evidence::Position180 | Evidence::Dialog | Evidence::Trunk180 => true,
            }
    }

    /// Who has it in hand: who took it, else whose telephone answered.
    pub fn in_hand_of(&self) -> Option<&StaffRef> {
        let answered = || self.answered_by.as_ref().and_then(|by| by.staff.as_ref());
        self.taken_by.as_ref().or_else(answered)
    }
}

/// Whether the caller is on hold, and with their leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hold {
    /// Since when.
    pub since: Moment,
    /// They were asked, and agreed.
    pub agreed: bool,
}

/// One call alone: what lists say of it, and more.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CallAlone {
    /// As in a list.
    #[serde(flatten)]
    pub call: Call,
    /// The caller is on hold now; null where nobody waits, or nobody saw it.
    pub hold: Option<Hold>,
    /// The talk has an answer and no end, and since then it is not known whether it goes on: what should
    /// tell of it fell silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unheard_since: Option<Moment>,
    /// Which sort of file told of it, or what became of it, where the house did not see that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub imported: Option<String>,
}

/// Which hotline was called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HotlineRef {
    /// Its name.
    pub name: String,
    /// Its number, as the site writes it.
    pub number: String,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Caller {
    /// E.164 where it is an outside number; null when withheld.
    pub number: Option<String>,
    /// What the PBX sent; null when withheld.
    pub as_sent: Option<String>,
    /// The display name; null when withheld or none.
    pub display: Option<String>,
    /// The caller asked not to be known.
    pub withheld: bool,
    /// The customer's card.
    pub contact: Option<ContactRef>,
    /// Present and true where the number is masked for this reader; of a restricted person nothing is
    /// left of it, and the display name is theirs.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub masked: bool,
}

/// A customer's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ContactRef {
    /// Its number.
    pub id: ContactId,
    /// The name.
    pub name: String,
    /// Very important.
    pub vip: bool,
    /// The company, where the card names one.
    pub company: Option<String>,
}

/// A person of the house, as others are shown them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StaffRef {
    /// Who.
    pub id: StaffId,
    /// The name.
    pub name: String,
}

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AnsweredBy {
    /// On which telephone; `****` where it is not for this reader.
    pub extension: Option<Extension>,
    /// Whose telephone that is.
    pub staff: Option<StaffRef>,
}

/// One telephone of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Leg {
    /// Which; null for the house's own ringing along, `****` where it is not for this reader.
    pub extension: Option<Extension>,
    /// It began to ring.
    pub rang_at: Option<Moment>,
    /// It was lifted.
    pub answered_at: Option<Moment>,
    /// It was over.
    pub ended_at: Option<Moment>,
    /// How.
    pub end: Option<LegEnd>,
}

/// One transfer of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Transfer {
    /// When.
    pub at: Moment,
    /// How.
    pub kind: TransferKind,
    /// From whom.
    pub from: Option<String>,
    /// To whom.
    pub to: Option<String>,
}

/// What grew out of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
pub struct Links {
    /// Fault numbers.
    pub faults: Vec<String>,
    /// Booking numbers.
    pub bookings: Vec<String>,
}

/// The promise of the hotline as it stood when the call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Promise {
    /// From one ring to the next, in milliseconds.
    pub cycle_ms: i64,
    /// Answered before ring `target_rings` + 1 begins.
    pub target_rings: u32,
    /// An answer before this many milliseconds is within the promise.
    pub target_ms: i64,
    /// From this ring on every free desk is asked.
    pub colleague_rings: u32,
}

//! What the book tells the log: a call as it stands after something happened to it.

use std::sync::Arc;

use serde_json::json;

pub(super) use super::leg::WATCHED;
pub use super::leg::{LegKind, LegRecord, TransferRecord};

use super::call::{EndedBy, Evidence, Excluded, Outcome, Promise, State};
use crate::kernel::{Extension, Moment, PbxId, Phone};
use crate::sip::{LegKey, PartyId};

/// Characters kept of a caller's number and name.
const LONGEST_TEXT: usize = 128;

/// Names a call inside this process, from its first sighting until long after its end. Never
/// reused; the name for all time is [`Record::uid`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallKey(pub u64);

/// Who calls, as sent and as one spelling.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// As the PBX sent it.
    pub id: PartyId,
    /// The outside number; `None` when withheld or no outside number.
    pub phone: Option<Phone>,
}

impl Party {
    /// Reads the number once. What is longer than any name or number is cut: a live call must not
    /// cost what a sender pleases.
    pub fn of(mut id: PartyId) -> Self {
        for text in [&mut id.user, &mut id.display].into_iter().flatten() {
            if let Some((cut, _)) = text.char_indices().nth(LONGEST_TEXT) {
                text.truncate(cut);
            }
            text.shrink_to_fit();
        }
        let phone = id.user.as_deref().filter(|_| !id.withheld).and_then(Phone::read);
        Self { id, phone }
    }
}

/// Everything the log keeps of a call, except what people add to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The call's name for all time: the PBX's name and a fingerprint of the first leg. At most
    /// the PBX's name and 33 characters; the same after a restart.
    pub uid: Arc<str>,
    /// At which PBX.
    pub pbx: PbxId,
    /// Which hotline, by its place in the configuration; `None` when the source cannot say.
    pub hotline: Option<usize>,
    /// Who calls.
    pub caller: Arc<Party>,
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
    /// From `rang_at` to the answer, in milliseconds; never negative.
    pub answer_ms: Option<i64>,
    /// From `offered_at` to the answer or end, in milliseconds; never negative.
    pub caller_wait_ms: Option<i64>,
    /// How it ended; `Some` exactly when `state` is [`State::Ended`].
    pub outcome: Option<Outcome>,
    /// Kept and shown, not counted.
    pub excluded: Option<Excluded>,
    /// Who hung up first.
    pub ended_by: EndedBy,
    /// Whether the end was seen.
    pub end_seen: bool,
    /// What the clock rests on.
    pub evidence: Evidence,
    /// The promise as it stood when the call came.
    pub promise: Promise,
    /// The highest alarm so far: 0 none, 2 second ring, 3 last ring of the promise, 4 breach.
    pub alarm: u8,
    /// The telephone on which it was answered first, where that is known.
    pub answered_by: Option<Extension>,
    /// Transfers and pickups, in the order they happened.
    pub transfers: Vec<TransferRecord>,
    /// The Call-ID of the trunk's leg, where it was seen or the dialplan adds it.
    pub trunk: Option<Box<str>>,
    /// The legs in the order they came. Of a call with very many only the newest; a leg that is
    /// missing here has been told before and does not change any more.
    pub legs: Vec<LegRecord>,
    /// Legs to services that send the call back, and those on which it came back: they are nobody's
    /// telephone. At most 16.
    pub detours: Vec<LegKey>,
}

#[cfg(test)]
impl Record {
    /// A call of this name that began to ring at that moment, for tests.
    pub(super) fn sample(uid: &str, at: Moment) -> Self {
        Self {
            uid: uid.into(),
            pbx: PbxId(0),
            hotline: None,
            caller: Arc::new(Party::default()),
            state: State::Ringing,
            offered_at: at,
            rang_at: Some(at),
            answered_at: None,
            ended_at: None,
            rings: 1,
            answer_rings: None,
            answer_ms: None,
            caller_wait_ms: None,
            outcome: None,
            excluded: None,
            ended_by: EndedBy::Unknown,
            end_seen: false,
            evidence: Evidence::Member,
            promise: Promise {
                cycle_ms: 5000,
                target_rings: 3,
                target_ms: 15_000,
                colleague_rings: 2,
            },
            alarm: 0,
            answered_by: None,
            transfers: Vec::new(),
            trunk: None,
            legs: Vec::new(),
            detours: Vec::new(),
        }
    }
}

/// Something happened to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When it happened; for an alarm the moment it was due.
    pub at: Moment,
    /// To which call.
    pub key: CallKey,
    /// What.
    pub what: Event,
    /// The call after it.
    pub record: Arc<Record>,
}

/// What can happen to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It was first seen.
    Offered,
    /// It began to ring.
    Ringing,
    /// A ring began that has an alarm: level 2 or 3 of [`Record::alarm`].
    Ring {
        /// Which, counted from one.
        ring: u32,
        /// 2: the second ring, 3: the last ring of the promise.
        level: u8,
    },
    /// The ring began from which every free desk is asked; told only where no alarm says so too.
    Colleagues {
        /// Which, counted from one.
        ring: u32,
    },
    /// The promise is broken.
    Breach {
        /// Bursts begun by then.
        ring: u32,
    },
    /// The PBX stopped ringing the group and may begin again: the caller still waits.
    RoundEnded,
    /// It rings the group again.
    RoundBegan,
    /// Another leg of the same call appeared.
    LegBegan,
    /// One leg of several was over.
    LegEnded,
    /// One telephone of several began to ring.
    LegRang,
    /// The other side was put on hold.
    Held,
    /// It was taken back.
    Resumed,
    /// It went to another telephone.
    Transferred,
    /// A machine of the PBX answered: a menu, a queue, an announcement.
    Machine,
    /// A person answered. Where the end of the talk cannot be seen the call is closed with it.
    Answered,
    /// It is over, or no longer to be followed.
    Ended {
        /// The Q.850 cause the PBX gave.
        cause: Option<u16>,
    },
    /// A call that had been closed without its end being seen got its end.
    Amended,
    /// The clock by which it was dated had been set back while it waited: it does not count.
    Doubtful,
}

impl Event {
    /// The word in `call_events.kind` and in the journal's `change`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Ringing => "ringing",
            Self::Ring { level: 0..=2, .. } => "ring2",
            Self::Ring { .. } => "ring3",
            Self::Colleagues { .. } => "colleagues",
            Self::Breach { .. } => "breach",
            Self::RoundEnded => "round_ended",
            Self::RoundBegan => "round_began",
            Self::LegBegan => "leg_began",
            Self::LegEnded => "leg_ended",
            Self::LegRang => "leg_rang",
            Self::Held => "held",
            Self::Resumed => "resumed",
            Self::Transferred => "transferred",
            Self::Machine => "machine",
            Self::Answered => "answered",
            Self::Ended { .. } => "ended",
            Self::Amended => "amended",
            Self::Doubtful => "doubtful",
        }
    }

    /// A small JSON object for `call_events.data`, free of personal data.
    pub fn data(self) -> Option<String> {
        let data = match self {
            Self::Ring { ring, .. } | Self::Colleagues { ring } | Self::Breach { ring } => {
                json!({ "ring": ring })
            }
            Self::Ended { cause: Some(cause) } => json!({ "cause": cause }),
            Self::Offered
            | Self::Ringing
            | Self::RoundEnded
            | Self::RoundBegan
            | Self::LegBegan
            | Self::LegEnded
            | Self::LegRang
            | Self::Held
            | Self::Resumed
            | Self::Transferred
            | Self::Machine
            | Self::Answered
            | Self::Ended { cause: None }
            | Self::Amended
            | Self::Doubtful => return None,
        };
        Some(data.to_string())
    }
}

/// A live call as the store kept it, for [`super::Book::restore`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// As it was last written, with all its legs.
    pub record: Record,
}

/// When to come back to the book, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alarm {
    /// When to call [`super::Book::wake`].
    pub at: Moment,
    /// What will happen then.
    pub why: Why,
}

/// Why the book wants to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// A ring with an alarm begins.
    Ring,
    /// The promise breaks.
    Breach,
    /// No further round came: the caller has gone.
    RoundGap,
    /// Nothing was heard for too long.
    Patience,
    /// A closed call can be forgotten.
    Forget,
    /// What was open is answered with what is known by now.
    Settle,
}

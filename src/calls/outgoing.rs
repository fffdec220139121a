//! A call that somebody of the house makes to somebody outside, as far as the PBX shows it.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::call::{LegEnd, StaffRef, words};
use super::rules::Outside;
use crate::kernel::{Extension, Moment, OutgoingId, PbxId, Phone};
use crate::sip::LegKey;

words! {
    /// Where an outgoing call is in its life.
    OutgoingState {
        /// A telephone of the house dialled.
        Dialling = "dialling",
        /// It rings at the other end.
        Ringing = "ringing",
        /// Somebody answered there.
        Answered = "answered",
        /// Over, or no longer to be followed.
        Ended = "ended",
    }
}

words! {
    /// What an outgoing call is known from.
    OutgoingEvidence {
        /// The telephone's own signalling, mirrored.
        Mirror = "mirror",
        /// The telephone is watched, and names whom it calls (RFC 4235, direction `initiator`).
        Dialog = "dialog",
    }
}

words! {
    /// Who ended an outgoing call.
    OutgoingEndedBy {
        /// Our telephone.
        Us = "us",
        /// The other end.
        Callee = "callee",
        /// Not seen.
        Unknown = "unknown",
    }
}

words! {
    /// What can happen to an outgoing call; the journal's `change`.
    OutgoingEvent {
        /// A telephone of the house dialled.
        Dialled = "dialled",
        /// It rings at the other end.
        Ringing = "ringing",
        /// Somebody answered there.
        Answered = "answered",
        /// It is over, or no longer to be followed.
        Ended = "ended",
        /// Another source saw it better, or its number is known now.
        Amended = "amended",
    }
}

/// Names an outgoing call inside this process; never reused. The name for all time is
/// [`OutgoingRecord::uid`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutgoingKey(pub u64);

/// Everything that is seen of an outgoing call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingRecord {
    /// Its name for all time: the PBX's name and a fingerprint of its leg.
    pub uid: Arc<str>,
    /// At which PBX.
    pub pbx: PbxId,
    /// The telephone's own leg, where it is mirrored.
    pub leg: Option<LegKey>,
    /// Which telephone of the house calls.
    pub extension: Extension,
    /// What was dialled, as it was dialled.
    pub dialled: Box<str>,
    /// Whom that means outside; `None` for a service number, and where only the PBX knows.
    pub phone: Option<Phone>,
    /// Where it is in its life.
    pub state: OutgoingState,
    /// It was dialled.
    pub started_at: Moment,
    /// It rang at the other end.
    pub rang_at: Option<Moment>,
    /// Somebody answered there.
    pub answered_at: Option<Moment>,
    /// It was over; `None` of an ended one whose end was not seen.
    pub ended_at: Option<Moment>,
    /// How, where that is known: a talk (`answered`), `busy`, `declined`, `no_answer`,
    /// `unreachable`, or `abandoned` by our telephone before anybody answered.
    pub ending: Option<LegEnd>,
    /// Who ended it.
    pub ended_by: OutgoingEndedBy,
    /// What it is known from; the strongest that was seen.
    pub evidence: OutgoingEvidence,
}

impl OutgoingRecord {
    /// One that was dialled just now, of which only a lamp has told so far.
    pub(super) fn new(
        uid: Arc<str>,
        pbx: PbxId,
        extension: Extension,
        outside: Outside,
        at: Moment,
    ) -> Self {
        Self {
            uid,
            pbx,
            leg: None,
            extension,
            dialled: outside.dialled,
            phone: outside.phone,
            state: OutgoingState::Dialling,
            started_at: at,
            rang_at: None,
            answered_at: None,
            ended_at: None,
            ending: None,
            ended_by: OutgoingEndedBy::Unknown,
            evidence: OutgoingEvidence::Dialog,
        }
    }
}

/// What a refusal says of how an outgoing call ended, and who did.
pub(super) const fn refusal(status: u16) -> (LegEnd, OutgoingEndedBy) {
    match status {
        486 | 600 => (LegEnd::Busy, OutgoingEndedBy::Callee),
        603 => (LegEnd::Declined, OutgoingEndedBy::Callee),
        408 | 480 => (LegEnd::NoAnswer, OutgoingEndedBy::Callee),
        487 => (LegEnd::Abandoned, OutgoingEndedBy::Us),
        _ => (LegEnd::Unreachable, OutgoingEndedBy::Unknown),
    }
}

/// Something happened to an outgoing call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingHappening {
    /// When it happened.
    pub at: Moment,
    /// To which call.
    pub key: OutgoingKey,
    /// What.
    pub what: OutgoingEvent,
    /// The call after it.
    pub record: Arc<OutgoingRecord>,
}

/// An outgoing call as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OutgoingCall {
    /// Its number in the log.
    pub id: OutgoingId,
    /// Rises with every change.
    pub version: i64,
    /// At which PBX.
    pub pbx: String,
    /// Which telephone of the house called.
    pub extension: Extension,
    /// Whose telephone that was when the call began.
    pub staff: Option<StaffRef>,
    /// What was dialled, as it was dialled.
    pub dialled: String,
    /// E.164, where that is known.
    pub number: Option<String>,
    /// Where it is in its life.
    pub state: OutgoingState,
    /// It was dialled.
    pub started_at: Moment,
    /// It rang at the other end.
    pub rang_at: Option<Moment>,
    /// Somebody answered there.
    pub answered_at: Option<Moment>,
    /// It was over.
    pub ended_at: Option<Moment>,
    /// How, where that is known.
    pub ending: Option<LegEnd>,
    /// Who ended it.
    pub ended_by: OutgoingEndedBy,
    /// Whether the end was seen.
    pub end_seen: bool,
    /// What it is known from.
    pub evidence: OutgoingEvidence,
}

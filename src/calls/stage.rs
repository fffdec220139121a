//! Where a call is in its life, and what only that state knows. The picture is in `machine`.

use super::call::{EndedBy, Outcome};
use super::outcome::Meaning;
use crate::kernel::Moment;
use crate::sip::LegKey;

/// Where a call is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Seen; nobody rings.
    Offered(Waiting),
    /// It rings.
    Ringing(Waiting),
    /// The round of ringing is over; the caller may still wait.
    Paused {
        /// When the round ended.
        since: Moment,
        /// The earliest moment at which it can have ended.
        earliest: Moment,
        /// When the caller is taken to have left.
        until: Moment,
        /// What the PBX said of it.
        cause: Option<u16>,
    },
    /// A person answered, and the end of the talk can be seen.
    Talking {
        /// When we give the end up.
        until: Moment,
    },
    /// Closed without its end being seen; a late end is still taken.
    Unseen {
        /// Until when it was surely alive.
        alive_at: Moment,
        /// Until when an end is taken.
        until: Moment,
    },
    /// Nothing can follow.
    Over(End),
}

impl Stage {
    /// Whether a call in it is live: not over and not closed.
    pub(super) const fn is_live(&self) -> bool {
        !matches!(self, Self::Over(_) | Self::Unseen { .. })
    }

    /// Whether the caller waits for a person.
    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self, Self::Offered(_) | Self::Ringing(_) | Self::Paused { .. })
    }
}

/// What holds while a caller waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Alarms that were due earlier sound now: the round began, or the house came up again.
    pub(super) since: Moment,
    /// When we give the call up.
    pub(super) patience: Moment,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// When it was answered, left or closed.
    pub(super) at: Moment,
    /// A person answered.
    pub(super) answered: bool,
    /// How the promise fared.
    pub(super) outcome: Outcome,
    /// Who hung up first.
    pub(super) ended_by: EndedBy,
    /// Whether `at` is when it was over.
    pub(super) seen: bool,
}

impl End {
    /// Closed at that moment without seeing how it went on.
    pub(super) const fn unseen(at: Moment, outcome: Outcome) -> Self {
        Self { at, answered: false, outcome, ended_by: EndedBy::Unknown, seen: false }
    }
}

/// The house was down while the call lived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doubt {
    /// Until when the house surely heard.
    pub(super) alive_at: Moment,
    /// After this no repeat of an earlier end can come.
    pub(super) until: Moment,
}

/// What only the next moment can tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    /// What is asked.
    pub(super) question: Question,
    /// When it is answered with what is known by then.
    pub(super) until: Moment,
}

/// A question about a call that other sources, or the next message, will settle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// The PBX answered the trunk: for a person, or by itself?
    Person {
        /// When.
        at: Moment,
    },
    /// A telephone was lifted, and more than one waiting call looks like its caller.
    Whose {
        /// The telephone's leg, still with this call.
        leg: LegKey,
        /// When.
        at: Moment,
    },
    /// We were told that someone answered: who, and was it so?
    Elsewhere(Told),
    /// Our own leg was taken back while the trunk's seems to go on.
    Deaf {
        /// What the end of our leg would mean, did we not see the trunk.
        told: Told,
        /// When we learnt of it.
        heard_at: Moment,
    },
    /// The telephone that talked is idle: over, or handed on?
    Idle {
        /// Since when.
        at: Moment,
    },
}

/// What the end of a member's leg says of the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    /// What it means.
    pub(super) meaning: Meaning,
    /// When.
    pub(super) at: Moment,
    /// The earliest moment at which it can have been.
    pub(super) earliest: Moment,
    /// The Q.850 cause.
    pub(super) cause: Option<u16>,
}

//! Leaving the desk: the states of an absence, and who may do what to it. Pure.
//!
//! An operator on duty leaves once a colleague has agreed to stand in. If nobody is asked, declines
//! to wait, or the one asked is silent, the absence begins all the same and the supervisors are told
//! in the same change: before the next call, not after (telephony.md §4 item 11).

use super::presence::{Duty, Presence};
use crate::kernel::{Moment, StaffId};

/// So long the one asked to stand in has to answer, in milliseconds.
pub(super) const ANSWER_MS: i64 = 30_000;
/// A reason or a place has at most so many characters.
pub(super) const WORDS_MOST: usize = 120;

/// What became of asking somebody to stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nobody was asked.
    None,
    /// Waiting for it.
    Asked,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// No answer in time, or the person left without waiting for it.
    Silent,
}

impl Answer {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Asked => "asked",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Silent => "silent",
        }
    }

    /// Reads the name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::None, Self::Asked, Self::Accepted, Self::Declined, Self::Silent]
            .into_iter()
            .find(|one| one.name() == name)
    }
}

/// A wish to leave the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    /// Away, in a meeting, or out.
    pub state: Presence,
    /// Why.
    pub reason: Option<String>,
    /// Where to.
    pub place: Option<String>,
    /// When they mean to be back.
    pub until: Option<Moment>,
    /// Who is asked to stand in.
    pub stand_in: Option<StaffId>,
}

/// How a wish to leave begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begins {
    /// They go at once; it concerns nobody's desk.
    Freely,
    /// They go at once, and the supervisors are told that nobody stands in.
    Alone,
    /// The colleague is asked first.
    Asking,
    /// They go at once, and the colleague at the next desk stands in: a guest stands before them.
    Covered,
}

/// Why somebody cannot stand in or leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Already away, or already asking.
    Already,
    /// The one asked is not on duty, away, or oneself.
    NotFree,
}

/// The colleague at the next desk: who answers calls and is at hand, the one longest on duty first. Nobody
/// of whom only few may know where they are.
pub(super) fn desk_mate(everyone: &[Duty], person: StaffId, now: Moment) -> Option<&Duty> {
    let mates = everyone
        .iter()
        .filter(|one| one.staff != person && !one.private)
        .filter(|one| one.is_operator() && one.is_at_hand(now));
    mates.min_by_key(|one| (one.since, one.staff))
}

/// How the wish of `person` to leave begins. `stand_in` is what is known of the one they name.
pub(super) fn begins(
    person: &Duty,
    asked: Option<StaffId>,
    stand_in: Option<&Duty>,
    now: Moment,
) -> Result<Begins, Refusal> {
    if person.absence.is_some() {
        return Err(Refusal::Already);
    }
    let holds_a_desk = person.is_at_hand(now) && person.is_operator();
    match (holds_a_desk, asked) {
        (false, None) => Ok(Begins::Freely),
        (true, None) => Ok(Begins::Alone),
        (_, Some(asked)) => {
            let free = stand_in.is_some_and(|one| one.is_at_hand(now) && one.staff == asked);
            if asked == person.staff || !free { Err(Refusal::NotFree) } else { Ok(Begins::Asking) }
        }
    }
}

//! The colleague's hand: who may pick up a call that nobody answers, whose call it was, and why a
//! colleague had to. Pure; clause 3.5, telephony.md §4 item 10.

use std::collections::BTreeSet;

use super::presence::{Duty, Presence, Whereabouts};
use super::roster::{Kind, Shift, covers};
use crate::kernel::{Moment, StaffId};

/// Why a colleague picked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyColleague {
    /// Nobody of the hotline was on duty.
    NobodyOnDuty,
    /// The hotline's operators were away from their desks.
    OperatorAway,
    /// Those at their desks were on another call.
    OnAnotherCall,
    /// Somebody was free and did not answer.
    NoAnswer,
}

impl WhyColleague {
    /// The name in the store and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NobodyOnDuty => "nobody_on_duty",
            Self::OperatorAway => "operator_away",
            Self::OnAnotherCall => "on_another_call",
            Self::NoAnswer => "no_answer",
        }
    }

    /// Reads the name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::NobodyOnDuty, Self::OperatorAway, Self::OnAnotherCall, Self::NoAnswer]
            .into_iter()
            .find(|one| one.name() == name)
    }
}

/// Somebody whose call it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mate {
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// Where they are.
    pub whereabouts: Whereabouts,
}

/// What the desks must know of a call that nobody answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    /// Whose call it is: the operators rostered for the hotline, else all who are on duty for it.
    pub whose: Vec<Mate>,
    /// Who is free: on duty, not on a call, not away. Their desks show 代接.
    pub free: BTreeSet<StaffId>,
    /// Why it is still ringing.
    pub why: WhyColleague,
}

impl Hand {
    /// Why this person had to pick it up for others; `None` where it was theirs.
    pub fn why_for(&self, answerer: StaffId) -> Option<WhyColleague> {
        (!self.whose.iter().any(|mate| mate.staff == answerer)).then_some(self.why)
    }

    /// The absent ones, who get a slip of a call that a colleague picked up.
    pub fn absent(&self) -> impl Iterator<Item = &Mate> {
        self.whose.iter().filter(|mate| mate.whereabouts.presence.is_absence())
    }
}

/// Reads it off: everyone with what is known of them, the shifts that run, who is talking.
pub fn hand(
    everyone: &[Duty],
    shifts: &[Shift],
    talking: &BTreeSet<StaffId>,
    hotline: &str,
    now: Moment,
) -> Hand {
    let rostered = |duty: &Duty| {
        shifts.iter().any(|shift| {
            shift.staff == duty.staff
                && shift.kind == Kind::Duty
                && shift.runs(now)
                && shift.is_for(hotline)
                && duty.is_operator()
        })
    };
    let mut whose: Vec<&Duty> = everyone.iter().filter(|duty| rostered(duty)).collect();
    if whose.is_empty() {
        let serves = |duty: &&Duty| {
            duty.since.is_some() && duty.is_operator() && covers(shifts, duty.staff, hotline, now)
        };
        whose = everyone.iter().filter(serves).collect();
    }
    let is_free = |duty: &&Duty| duty.is_at_hand(now) && !talking.contains(&duty.staff);
    let there: Vec<&&Duty> = whose.iter().filter(|duty| duty.is_at_hand(now)).collect();
    let why = if whose.iter().all(|duty| duty.since.is_none()) {
        WhyColleague::NobodyOnDuty
    } else if there.is_empty() {
        WhyColleague::OperatorAway
    } else if there.iter().all(|duty| talking.contains(&duty.staff)) {
        WhyColleague::OnAnotherCall
    } else {
        WhyColleague::NoAnswer
    };
    let mate = |duty: &&Duty| Mate {
        staff: duty.staff,
        name: duty.name.clone(),
        whereabouts: seen(duty, now, talking.contains(&duty.staff)),
    };
    Hand {
        whose: whose.iter().map(mate).collect(),
        free: everyone.iter().filter(is_free).map(|duty| duty.staff).collect(),
        why,
    }
}

/// Where a colleague is, as a desk may see it: of a private person only that they are not there.
fn seen(duty: &Duty, now: Moment, talking: bool) -> Whereabouts {
    let whole = duty.whereabouts(now, talking);
    if !duty.private || !whole.presence.is_absence() {
        return whole;
    }
    Whereabouts {
        presence: Presence::Away,
        since: None,
        reason: None,
        place: None,
        until: None,
        stand_in: whole.stand_in,
    }
}

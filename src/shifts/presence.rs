//! Where a person is, as far as the house knows: at the desk, talking, away, in a meeting, out, off.

use std::collections::BTreeSet;

use crate::kernel::{Extension, Moment, Role, Roles, StaffId};

/// What a person is doing, as colleagues see it (在位/通话/离席/会议/外出/下班).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// On duty, at the desk.
    Present,
    /// On duty, on the telephone.
    OnCall,
    /// Away from the desk.
    Away,
    /// In a meeting.
    Meeting,
    /// Out of the house.
    Out,
    /// Not on duty.
    Off,
}

impl Presence {
    /// The name in the store and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::OnCall => "on_call",
            Self::Away => "away",
            Self::Meeting => "meeting",
            Self::Out => "out",
            Self::Off => "off",
        }
    }

    /// Reads the name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Present, Self::OnCall, Self::Away, Self::Meeting, Self::Out, Self::Off]
            .into_iter()
            .find(|one| one.name() == name)
    }

    /// Whether it is one somebody leaves the desk for.
    pub const fn is_absence(self) -> bool {
        matches!(self, Self::Away | Self::Meeting | Self::Out)
    }
}

/// The three ticks of the self-check: fresh, neat, of clear voice. Advisory; they never block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Ticks {
    /// 精神饱满.
    pub rested: bool,
    /// 端庄大方.
    pub dressed: bool,
    /// 声音甜美.
    pub voiced: bool,
}

impl Ticks {
    /// Whether all three are ticked.
    pub const fn all(self) -> bool {
        self.rested && self.dressed && self.voiced
    }
}

/// A time away from the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Which.
    pub id: i64,
    /// Away, in a meeting, or out.
    pub state: Presence,
    /// Why, in the person's words.
    pub reason: Option<String>,
    /// Where to.
    pub place: Option<String>,
    /// When it was asked for.
    pub asked_at: Moment,
    /// When the person left; `None` while nobody has agreed to stand in.
    pub from: Option<Moment>,
    /// When they mean to be back.
    pub until: Option<Moment>,
    /// Who was asked to stand in.
    pub stand_in: Option<(StaffId, String)>,
    /// What became of asking.
    pub answer: super::Answer,
}

/// A person and what the house knows of where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Who.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// Their telephone.
    pub extension: Option<Extension>,
    /// What they may do.
    pub roles: Roles,
    /// Since when they are on duty.
    pub since: Option<Moment>,
    /// When they ticked the self-check of this duty, and what.
    pub checked: Option<(Moment, Ticks)>,
    /// An absence that is asked for or under way.
    pub absence: Option<Absence>,
    /// Whether only the head and the administrators may know where they are.
    pub private: bool,
}

impl Duty {
    /// Whether they are away at a moment.
    pub fn is_absent(&self, at: Moment) -> bool {
        let left = self.absence.as_ref().and_then(|absence| absence.from);
        left.is_some_and(|left| left <= at)
    }

    /// Whether they are on duty and not away: somebody who can answer.
    pub fn is_at_hand(&self, at: Moment) -> bool {
        self.since.is_some_and(|since| since <= at) && !self.is_absent(at)
    }

    /// Whether they answer calls by profession.
    pub fn is_operator(&self) -> bool {
        self.roles.has(Role::Operator)
    }

    /// What they are doing.
    pub fn whereabouts(&self, now: Moment, talking: bool) -> Whereabouts {
        let absence = self.absence.as_ref().filter(|_| self.is_absent(now));
        let (presence, since) = match (absence, self.since) {
            (Some(absence), _) if !talking => (absence.state, absence.from),
            (_, since) if talking => (Presence::OnCall, since),
            (_, Some(since)) => (Presence::Present, Some(since)),
            (_, None) => (Presence::Off, None),
        };
        let absence = absence.filter(|_| presence.is_absence());
        Whereabouts {
            presence,
            since,
            reason: absence.and_then(|absence| absence.reason.clone()),
            place: absence.and_then(|absence| absence.place.clone()),
            until: absence.and_then(|absence| absence.until),
            stand_in: absence
                .filter(|absence| absence.answer == super::Answer::Accepted)
                .and_then(|absence| absence.stand_in.as_ref())
                .map(|(_, name)| name.clone()),
        }
    }
}

/// Where a person is, in full.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Whereabouts {
    /// What they are doing.
    pub presence: Presence,
    /// Since when, where that is known.
    pub since: Option<Moment>,
    /// Why they are away.
    pub reason: Option<String>,
    /// Where they are.
    pub place: Option<String>,
    /// When they mean to be back.
    pub until: Option<Moment>,
    /// Who stands in for them.
    pub stand_in: Option<String>,
}

/// Knows who is on the telephone; the calls upstairs do.
pub trait Talking: Send + Sync + 'static {
    /// Those on a call now.
    fn talking(&self) -> BTreeSet<StaffId>;
}

/// Nobody is ever on the telephone: for a house without calls.
#[derive(Debug, Clone, Copy)]
pub struct Nobody;

impl Talking for Nobody {
    fn talking(&self) -> BTreeSet<StaffId> {
        BTreeSet::new()
    }
}

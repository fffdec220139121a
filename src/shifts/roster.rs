//! The roster: who is meant to be there, for which hotline, and who is on call behind them. Pure.

use crate::kernel::{Moment, Role, ShiftId, StaffId};

/// What a shift is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// At the desk.
    Duty,
    /// To be reached when needed; the rank says in which order.
    OnCall,
}

impl Kind {
    /// The name in the store.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duty => "duty",
            Self::OnCall => "on_call",
        }
    }

    /// Reads the name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Duty, Self::OnCall].into_iter().find(|one| one.name() == name)
    }
}

/// A shift of the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    /// Which.
    pub id: ShiftId,
    /// Whose.
    pub staff: StaffId,
    /// Their name.
    pub name: String,
    /// As what.
    pub role: Role,
    /// For which hotline, by its number; `None` for all.
    pub hotline: Option<String>,
    /// At the desk or on call.
    pub kind: Kind,
    /// 1 is reached first.
    pub rank: i64,
    /// From when.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
}

impl Shift {
    /// Whether it runs at a moment.
    pub fn runs(&self, at: Moment) -> bool {
        self.from <= at && at < self.to
    }

    /// Whether it is for a hotline.
    pub fn is_for(&self, hotline: &str) -> bool {
        self.hotline.as_deref().is_none_or(|own| own == hotline)
    }
}

/// A shift to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShift {
    /// Whose.
    pub staff: StaffId,
    /// As what.
    pub role: Role,
    /// For which hotline, by its number; `None` for all.
    pub hotline: Option<String>,
    /// At the desk or on call.
    pub kind: Kind,
    /// 1 is reached first.
    pub rank: i64,
    /// From when.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
}

/// Whether a person covers a hotline at a moment: by their own duty shift where they have one now,
/// else any hotline.
pub(super) fn covers(shifts: &[Shift], staff: StaffId, hotline: &str, at: Moment) -> bool {
    let mut own = shifts
        .iter()
        .filter(|shift| shift.staff == staff && shift.kind == Kind::Duty && shift.runs(at))
        .peekable();
    own.peek().is_none() || own.any(|shift| shift.is_for(hotline))
}

//! What a check of the devices found: the telephone and the radios (clause 1-2b).

use serde::Serialize;

use crate::kernel::{Moment, StaffId};

/// The radios have so long to answer, in milliseconds.
pub const RADIO_MS: i64 = 60_000;

/// Whether the PBX has a telephone, as far as anything shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Registered {
    /// It has.
    Yes,
    /// It has not.
    No,
    /// No source shows it.
    Unknown,
}

impl Registered {
    /// The word in the store and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }

    /// The one with this word; what cannot be read is not known.
    pub fn from_word(word: &str) -> Self {
        let known = [Self::Yes, Self::No].into_iter().find(|one| one.word() == word);
        known.unwrap_or(Self::Unknown)
    }
}

/// How the trial call to a telephone went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rang {
    /// Nobody has tried yet.
    Open,
    /// A source saw it ring or talk.
    Seen,
    /// The operator heard it.
    Heard,
    /// The operator says it does not work.
    Failed,
}

impl Rang {
    /// The word in the store and in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Seen => "seen",
            Self::Heard => "heard",
            Self::Failed => "failed",
        }
    }

    /// The one with this word; what cannot be read is open.
    pub fn from_word(word: &str) -> Self {
        let known = [Self::Seen, Self::Heard, Self::Failed];
        known.into_iter().find(|one| one.word() == word).unwrap_or(Self::Open)
    }
}

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Not known yet.
    Open,
    /// It works.
    Ok,
    /// It does not.
    Failed,
}

impl Verdict {
    /// Of a telephone: one that the PBX has not cannot ring, whatever was heard of it.
    pub const fn of_telephone(registered: Registered, rang: Rang) -> Self {
        match (registered, rang) {
            (Registered::No, _) | (_, Rang::Failed) => Self::Failed,
            (_, Rang::Seen | Rang::Heard) => Self::Ok,
            (_, Rang::Open) => Self::Open,
        }
    }

    /// The colour of its tag.
    pub const fn tint(self) -> &'static str {
        match self {
            Self::Open => "t2",
            Self::Ok => "t1",
            Self::Failed => "t4",
        }
    }
}

/// One check as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCheck {
    /// Which.
    pub id: i64,
    /// Rises with every change.
    pub version: i64,
    /// Who made it.
    pub staff: StaffId,
    /// Their telephone; empty where they have none.
    pub extension: String,
    /// When it began.
    pub begun_at: Moment,
    /// Whether the PBX has the telephone.
    pub registered: Registered,
    /// How the trial call went.
    pub rang: Rang,
    /// When it rang, or was said not to.
    pub rang_at: Option<Moment>,
    /// How many greeters were asked by radio.
    pub asked: i64,
    /// How many answered in time; 0 until it is settled.
    pub answered: i64,
    /// Who did not; nobody until it is settled.
    pub silent: Vec<StaffId>,
    /// When the radios have had their time; `None` once that was looked at.
    pub due_at: Option<Moment>,
    /// The fault that was reported of the telephone.
    pub telephone_fault: Option<String>,
    /// The fault that was reported of the radios.
    pub radio_fault: Option<String>,
}

impl DeviceCheck {
    /// Whether the telephone works.
    pub const fn telephone(&self) -> Verdict {
        Verdict::of_telephone(self.registered, self.rang)
    }

    /// Whether the radios work.
    pub const fn radio(&self) -> Verdict {
        match (self.due_at, self.silent.is_empty()) {
            (Some(_), _) => Verdict::Open,
            (None, true) => Verdict::Ok,
            (None, false) => Verdict::Failed,
        }
    }

    /// What both come to.
    pub fn whole(&self) -> Verdict {
        let both = [self.telephone(), self.radio()];
        if both.contains(&Verdict::Failed) {
            Verdict::Failed
        } else if both.contains(&Verdict::Open) {
            Verdict::Open
        } else {
            Verdict::Ok
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_that_is_not_registered_has_failed_whatever_was_heard() {
        let of = Verdict::of_telephone;
        assert_eq!(of(Registered::No, Rang::Heard), Verdict::Failed);
        assert_eq!(of(Registered::Yes, Rang::Failed), Verdict::Failed);
        assert_eq!(of(Registered::Yes, Rang::Open), Verdict::Open);
        assert_eq!(of(Registered::Unknown, Rang::Seen), Verdict::Ok);
        assert_eq!(of(Registered::Unknown, Rang::Open), Verdict::Open);
    }
}

//! What became of a call back that was owed, as a condition on missed calls (telephony.md §4, 18).

/// That a call stands among those that are found so; asked before its debt is looked for.
macro_rules! found {
    ($what:literal) => {
        concat!(
            " AND (SELECT 1 FROM call_finds f WHERE f.what = '",
            $what,
            "' AND f.offered_at = c.offered_at AND f.call_id = c.id) IS NOT NULL"
        )
    };
}

/// A missed call that somebody owed a call back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallBack {
    /// Owed at all: whatever became of it.
    Owed,
    /// There was contact before it was due.
    Kept,
    /// There was contact, but too late.
    KeptLate,
    /// Still owed.
    Open,
    /// A person let it be, and said why.
    Waived,
}

impl CallBack {
    /// Every one, in the order of the report.
    pub const ALL: [Self; 5] = [Self::Owed, Self::Kept, Self::KeptLate, Self::Open, Self::Waived];

    /// The word in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::Kept => "kept",
            Self::KeptLate => "kept_late",
            Self::Open => "open",
            Self::Waived => "waived",
        }
    }

    /// The one with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// What must hold of a call `c`; begins with AND. The states are those of the view `call_backs`.
    pub(in crate::calls) const fn condition(self) -> &'static str {
        match self {
            Self::Owed => {
                concat!(
                    found!("owed"),
                    " AND EXISTS (SELECT 1 FROM call_backs b WHERE b.call_id = c.id)"
                )
            }
            Self::Kept => concat!(
                found!("owed"),
                " AND EXISTS (SELECT 1 FROM call_backs b WHERE b.call_id = c.id AND b.state = 'kept')"
            ),
            Self::KeptLate => concat!(
                found!("kept_late"),
                " AND EXISTS (SELECT 1 FROM call_backs b WHERE b.call_id = c.id AND b.state = 'kept_late')"
            ),
            // few: read from the debts, not from the log
            Self::Open => {
                " AND c.id IN (SELECT m.call_id FROM missed_debt_calls m WHERE m.debt_id IN \
                 (SELECT d.id FROM missed_debts d WHERE d.closed_at IS NULL AND coalesce(d.follow_up_id, 0) > 0))"
            }
            Self::Waived => {
                " AND c.id IN (SELECT m.call_id FROM missed_debt_calls m WHERE m.debt_id IN \
                 (SELECT d.id FROM missed_debts d WHERE d.closed_how = 'by_hand' AND coalesce(d.follow_up_id, 0) > 0))"
            }
        }
    }
}

//! Whose numbers are closed, and to whom. Pure.
//!
//! Names are no secret (operations.md clause 3.7: the person is found, the number is not told).

use super::person::{Asker, Sight, restricted};
use crate::kernel::{Closed, Extension, Moment, PersonId, StaffId};
use crate::web::OnDuty;

/// Somebody restricted, as far as it decides over their numbers.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Guarded {
    /// Who.
    pub(super) id: PersonId,
    /// The name, which is no secret.
    pub(super) name: String,
    /// Every number of theirs, inside and outside.
    pub(super) numbers: Vec<String>,
    /// Their account.
    pub(super) account: Option<StaffId>,
    /// The account of their secretary.
    pub(super) secretary: Option<StaffId>,
    /// Who was granted a look, and until when.
    pub(super) granted: Vec<(StaffId, Moment)>,
}

impl Guarded {
    /// Each number of theirs with their name.
    fn each(&self) -> impl Iterator<Item = (&str, &str)> {
        self.numbers.iter().map(|number| (number.as_str(), self.name.as_str()))
    }
}

/// Everyone restricted.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Restricted(Vec<Guarded>);

impl Restricted {
    /// These people.
    pub(super) fn of(people: Vec<Guarded>) -> Self {
        Self(people)
    }

    /// The numbers that are closed to a reader now.
    pub fn closed_to(&self, reader: &OnDuty, now: Moment) -> Closed {
        let asker = Asker { roles: &reader.roles, staff: reader.staff() };
        let own = reader.extension().map(Extension::as_str);
        let closed = self.0.iter().filter(|one| {
            let granted = one.granted.iter().filter(|(staff, _)| asker.staff == Some(*staff));
            let until = granted.map(|(_, until)| *until).filter(|until| *until > now).max();
            restricted(asker, [one.account, one.secretary], until) == Sight::Closed
        });
        // what the reader's own telephone is they know
        Closed::of(closed.flat_map(Guarded::each).filter(|(number, _)| Some(*number) != own))
    }

    /// The numbers of all of them.
    pub fn closed_to_all(&self) -> Closed {
        Closed::of(self.0.iter().flat_map(Guarded::each))
    }
}

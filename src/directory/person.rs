//! A person of the directory, and what of them a reader may know. Pure.

use crate::kernel::{Moment, PersonId, Role, Roles, StaffId};
use crate::shifts::{Presence, Whereabouts};

/// How much of a person may be told (公开/内部/受限).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disclosure {
    /// May be told to callers.
    Public,
    /// For colleagues, not for callers.
    Internal,
    /// Numbers and whereabouts are for those who were granted a look.
    Restricted,
}

impl Disclosure {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Public, Self::Internal, Self::Restricted];

    /// The name in the store and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Restricted => "restricted",
        }
    }

    /// Reads the name, also as a spreadsheet writes it.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.trim() {
            "public" | "公开" => Some(Self::Public),
            "internal" | "内部" => Some(Self::Internal),
            "restricted" | "受限" => Some(Self::Restricted),
            _ => None,
        }
    }
}

/// What is written about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The name.
    pub name: String,
    /// The department.
    pub department: String,
    /// What they are there.
    pub title: String,
    /// Where their place is: building, floor, room.
    pub location: String,
    /// Their inside number.
    pub extension: Option<String>,
    /// Their outside number.
    pub phone: Option<String>,
    /// Their mobile.
    pub mobile: Option<String>,
    /// Their address for mail.
    pub email: Option<String>,
    /// What colleagues should know.
    pub note: Option<String>,
    /// How much may be told.
    pub disclosure: Disclosure,
    /// Who answers for them.
    pub secretary: Option<PersonId>,
    /// Who acts for them.
    pub deputy: Option<PersonId>,
    /// Their account, where they have one.
    pub staff: Option<StaffId>,
}

/// A person of the directory, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// Rises with every change.
    pub version: i64,
    /// How the name sounds.
    pub spelled: String,
    /// What is written.
    pub draft: Draft,
    /// Where they are, as somebody wrote it; of one with an account the shifts know better.
    pub whereabouts: Option<Whereabouts>,
    /// When they were added.
    pub created_at: Moment,
}

/// Who reads: what decides over a look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker<'a> {
    /// What they may do.
    pub(super) roles: &'a Roles,
    /// Who they are; `None` for a program.
    pub(super) staff: Option<StaffId>,
}

/// What a reader may know of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    Whole,
    /// Everything, by a grant that ends then.
    Granted(Moment),
    /// Name, department and title; no number, no place.
    Closed,
}

impl Sight {
    /// Whether numbers and whereabouts may be sent.
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed)
    }
}

/// Those who see restricted people without a grant: they keep the directory.
pub(super) const KEEPERS: &[Role] = &[Role::Admin, Role::Head];

/// What this reader may know of a person. `secretary` is the account of the person's secretary,
/// `granted` the end of a grant that runs.
pub(super) fn sight(
    person: &Person,
    asker: Asker<'_>,
    secretary: Option<StaffId>,
    granted: Option<Moment>,
) -> Sight {
    if person.draft.disclosure != Disclosure::Restricted {
        return Sight::Whole;
    }
    restricted(asker, [person.draft.staff, secretary], granted)
}

/// The same of somebody restricted; `theirs` are their own account and their secretary's.
pub(super) fn restricted(
    asker: Asker<'_>,
    theirs: [Option<StaffId>; 2],
    granted: Option<Moment>,
) -> Sight {
    let own = asker.staff.is_some() && theirs.contains(&asker.staff);
    if own || asker.roles.has_any(KEEPERS) {
        return Sight::Whole;
    }
    granted.map_or(Sight::Closed, Sight::Granted)
}

/// Where somebody without an account is, from what is stored.
pub(super) fn written(
    state: Option<&str>,
    since: Option<Moment>,
    place: Option<String>,
    until: Option<Moment>,
) -> Option<Whereabouts> {
    let presence = Presence::from_name(state?)?;
    Some(Whereabouts { presence, since, reason: None, place, until, stand_in: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(disclosure: Disclosure, staff: Option<StaffId>) -> Person {
        let draft = Draft {
            name: "秦总".to_owned(),
            department: String::new(),
            title: String::new(),
            location: String::new(),
            extension: None,
            phone: None,
            mobile: None,
            email: None,
            note: None,
            disclosure,
            secretary: None,
            deputy: None,
            staff,
        };
        let created_at = Moment::from_millis(0);
        Person {
            id: PersonId(1),
            version: 1,
            spelled: String::new(),
            draft,
            whereabouts: None,
            created_at,
        }
    }

    #[test]
    fn a_restricted_person_is_closed_to_all_but_a_few() {
        let restricted = person(Disclosure::Restricted, Some(StaffId(7)));
        for role in Role::ALL {
            let roles: Roles = std::iter::once(role).collect();
            let asker = Asker { roles: &roles, staff: Some(StaffId(1)) };
            let keeper = matches!(role, Role::Admin | Role::Head);
            let closed = sight(&restricted, asker, Some(StaffId(8)), None) == Sight::Closed;
            assert_eq!(closed, !keeper, "{role}");
            let end = Moment::from_millis(9);
            let granted = sight(&restricted, asker, None, Some(end));
            assert_eq!(granted, if keeper { Sight::Whole } else { Sight::Granted(end) });
            for own in [7, 8] {
                let asker = Asker { roles: &roles, staff: Some(StaffId(own)) };
                assert_eq!(sight(&restricted, asker, Some(StaffId(8)), None), Sight::Whole);
            }
            let program = Asker { roles: &roles, staff: None };
            let unlinked = person(Disclosure::Restricted, None);
            assert_eq!(
                sight(&unlinked, program, None, None).is_open(),
                keeper,
                "{role} as program"
            );
            assert!(sight(&person(Disclosure::Internal, None), asker, None, None).is_open());
        }
    }
}

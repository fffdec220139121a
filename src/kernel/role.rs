//! What a person or a program may do in the house.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One of the nine roles of the contract.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers the hotline.
    Operator,
    /// Watches over the operators.
    Supervisor,
    /// Repairs what is reported.
    Engineer,
    /// Receives guests.
    Greeter,
    /// Runs the house.
    Manager,
    /// Heads the department.
    Head,
    /// Keeps the accounts.
    Finance,
    /// Sets the system up.
    Admin,
    /// A screen on the wall; reads only.
    Wallboard,
}

/// The text is none of the nine roles.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a role is one of operator, supervisor, engineer, greeter, manager, head, finance, admin, wallboard"
)]
pub struct NotARole;

impl Role {
    /// All nine, in the order of the contract.
    pub const ALL: [Self; 9] = [
        Self::Operator,
        Self::Supervisor,
        Self::Engineer,
        Self::Greeter,
        Self::Manager,
        Self::Head,
        Self::Finance,
        Self::Admin,
        Self::Wallboard,
    ];

    /// The name in the contract, such as `operator`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
            Self::Engineer => "engineer",
            Self::Greeter => "greeter",
            Self::Manager => "manager",
            Self::Head => "head",
            Self::Finance => "finance",
            Self::Admin => "admin",
            Self::Wallboard => "wallboard",
        }
    }
}

impl FromStr for Role {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        Self::ALL.into_iter().find(|role| role.name() == text.trim()).ok_or(NotARole)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The roles of one person or program. Written `operator,supervisor`.
#[derive(
    Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
#[schema(value_type = Vec<Role>)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// Every role there is.
    pub fn all() -> Self {
        Role::ALL.into_iter().collect()
    }

    /// Whether this role is among them.
    pub fn has(&self, role: impl Borrow<Role>) -> bool {
        self.0.contains(role.borrow())
    }

    /// Whether one of these roles is among them.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|role| self.has(*role))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is somebody, and no screen on the wall.
    pub fn is_a_person(&self) -> bool {
        self.0.iter().any(|role| *role != Role::Wallboard)
    }

    /// The roles in the order of the contract.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().collect())
    }
}

impl FromStr for Roles {
    type Err = NotARole;

    fn from_str(text: &str) -> Result<Self, NotARole> {
        text.split(',').filter(|part| !part.trim().is_empty()).map(str::parse).collect()
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.0.iter().map(|role| role.name()).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_written_with_commas() {
        let roles: Roles = "supervisor, operator".parse().unwrap();
        assert_eq!(roles.to_string(), "operator,supervisor");
        assert!(roles.has_any(&[Role::Admin, Role::Operator]));
        assert_eq!("operator,cook".parse::<Roles>(), Err(NotARole));
        assert!("".parse::<Roles>().unwrap().is_empty());
    }
}

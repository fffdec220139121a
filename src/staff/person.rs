//! A person of the house: what is known of them, what may be written, and who may change whom.

use crate::kernel::{Extension, Language, Moment, Role, Roles, StaffId};
use crate::web::Theme;
use crate::words::Messages;

use super::password::{SHORTEST, Weak};

/// A person as the store knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: StaffId,
    /// Rises with every change.
    pub version: i64,
    /// The name on the screens.
    pub name: String,
    /// The name they sign in with; lower case.
    pub login: String,
    /// Their password's hash; `None` until they choose one.
    pub password_hash: Option<String>,
    /// What they may do.
    pub roles: Roles,
    /// Their telephone.
    pub extension: Option<Extension>,
    /// The language they chose.
    pub language: Option<Language>,
    /// The theme they chose.
    pub theme: Option<Theme>,
    /// How loud alarms are for them, 0 to 100.
    pub volume: i64,
    /// When they were added.
    pub created_at: Moment,
    /// Since when they may not sign in.
    pub disabled_at: Option<Moment>,
}

/// What somebody writes about a person, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The name on the screens.
    pub name: String,
    /// The name to sign in with; lower case.
    pub login: String,
    /// What they may do; never empty.
    pub roles: Roles,
    /// Their telephone.
    pub extension: Option<Extension>,
}

/// What is wrong with what somebody wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// No name, or one of more than 60 characters.
    #[error("a name has 1 to 60 characters")]
    Name,
    /// Not 2 to 32 letters, digits or `. _ - @`.
    #[error("a login is 2 to 32 of a-z, 0-9, '.', '_', '-', '@'")]
    Login,
    /// Somebody else signs in with it.
    #[error("this login belongs to somebody else")]
    LoginTaken,
    /// No inside number.
    #[error("an extension is 1 to 32 letters, digits, or . _ - + *")]
    Extension,
    /// Somebody else's telephone.
    #[error("this extension belongs to somebody else")]
    ExtensionTaken,
    /// Without a role nothing can be done.
    #[error("at least one role is needed")]
    Roles,
    /// Nobody would be left who can set the system up.
    #[error("the last administrator cannot be taken away")]
    LastAdmin,
    /// The password is not good enough.
    #[error(transparent)]
    Password(Weak),
    /// The two entries of the new password differ.
    #[error("the two passwords differ")]
    Repeat,
    /// The password given is not the present one.
    #[error("this is not the present password")]
    Current,
}

impl Wrong {
    /// The field it is about.
    pub const fn field(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Login | Self::LoginTaken => "login",
            Self::Extension | Self::ExtensionTaken => "extension",
            Self::Roles | Self::LastAdmin => "roles",
            Self::Password(_) => "password",
            Self::Repeat => "repeat",
            Self::Current => "current",
        }
    }

    /// The sentence for the one who wrote it.
    pub fn say(self, l: &Messages) -> String {
        let said = match self {
            Self::Name => l.staff_wrong_name(),
            Self::Login => l.staff_wrong_login(),
            Self::LoginTaken => l.staff_wrong_login_taken(),
            Self::Extension => l.staff_wrong_extension(),
            Self::ExtensionTaken => l.staff_wrong_extension_taken(),
            Self::Roles => l.staff_wrong_roles(),
            Self::LastAdmin => l.staff_wrong_last_admin(),
            Self::Password(Weak::Short) => l.staff_wrong_password_short(SHORTEST),
            Self::Password(Weak::Long) => l.staff_wrong_password_long(),
            Self::Password(Weak::Guessable) => l.staff_wrong_password_guessable(),
            Self::Repeat => l.staff_wrong_repeat(),
            Self::Current => l.staff_wrong_current(),
        };
        said.to_string()
    }
}

impl Draft {
    /// Checks what was written; all that is wrong at once.
    pub fn read(
        name: &str,
        login: &str,
        roles: Roles,
        extension: Option<&str>,
    ) -> Result<Self, Vec<Wrong>> {
        let (name, login) = (name.trim(), login.trim().to_lowercase());
        let mut wrong = Vec::new();
        if name.is_empty() || name.chars().count() > 60 || name.chars().any(char::is_control) {
            wrong.push(Wrong::Name);
        }
        let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-@".contains(&b);
        if !(2..=32).contains(&login.len()) || !login.bytes().all(known) {
            wrong.push(Wrong::Login);
        }
        let extension = extension.map(str::trim).filter(|text| !text.is_empty());
        let extension = extension.map(str::parse).transpose().unwrap_or_else(|_| {
            wrong.push(Wrong::Extension);
            None
        });
        if roles.is_empty() {
            wrong.push(Wrong::Roles);
        }
        if wrong.is_empty() {
            Ok(Self { name: name.to_owned(), login, roles, extension })
        } else {
            Err(wrong)
        }
    }
}

/// Whether someone with these roles may change a person of those roles, or give them: a head of
/// department runs the house's people, but only an administrator makes or changes administrators.
pub(super) fn may_change(actor: &Roles, roles: &Roles) -> bool {
    actor.has(Role::Admin) || (actor.has(Role::Head) && !roles.has(Role::Admin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_wrong_is_said_at_once() {
        let wrong = Draft::read(" ", "L H", Roles::default(), Some("#7"));
        assert_eq!(wrong, Err(vec![Wrong::Name, Wrong::Login, Wrong::Extension, Wrong::Roles]));
        let roles: Roles = "operator".parse().unwrap();
        let draft = Draft::read(" 李红 ", "LiHong", roles, Some(" ")).unwrap();
        assert_eq!((draft.name.as_str(), draft.login.as_str()), ("李红", "lihong"));
        assert_eq!(draft.extension, None);
    }

    #[test]
    fn only_an_administrator_makes_administrators() {
        let roles = |text: &str| text.parse::<Roles>().unwrap();
        assert!(may_change(&roles("head"), &roles("operator")));
        assert!(!may_change(&roles("head"), &roles("operator,admin")));
        assert!(may_change(&roles("admin"), &roles("admin")));
        assert!(!may_change(&roles("supervisor"), &roles("operator")));
    }
}

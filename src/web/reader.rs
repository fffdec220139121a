//! Who reads: a person with a session or a program with a token, put into the request by the
//! staff room.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use futures_util::future::BoxFuture;

use super::Problem;
use crate::db::{self, Db};
use crate::kernel::{Closed, Extension, HIDDEN, Language, Moment, Role, Roles, StaffId, TokenId};

/// The one behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnDuty {
    /// The person or the program.
    pub account: Account,
    /// What they may do.
    pub roles: Roles,
    /// The language they chose; `None` follows the browser.
    pub language: Option<Language>,
    /// The theme they chose; `None` follows the system.
    pub theme: Option<Theme>,
    /// How loud alarms are for them, 0 to 100.
    pub volume: i64,
    /// The numbers they are not to be told.
    pub closed: Closed,
    /// The numbers of everyone restricted: what a page may have hidden from them before they were
    /// granted a look.
    pub guarded: Closed,
}

/// Whose numbers are not told to whom: the directory knows it, the door asks it for everyone who comes.
pub trait KnowsClosed: Send + Sync + 'static {
    /// What is closed to this reader at this moment, and what is closed to anybody.
    fn closed_to<'a>(
        &'a self,
        db: &'a Db,
        reader: &'a OnDuty,
        now: Moment,
    ) -> BoxFuture<'a, db::Result<(Closed, Closed)>>;
}

/// A person or a program.
#[derive(Clone, PartialEq, Eq)]
pub enum Account {
    /// Signed in with a session cookie.
    Staff {
        /// Who.
        id: StaffId,
        /// The name on the screens.
        name: String,
        /// The name they sign in with.
        login: String,
        /// Their telephone.
        extension: Option<Extension>,
    },
    /// Came with a bearer token.
    Token {
        /// Which.
        id: TokenId,
        /// What the administrator called it.
        name: String,
    },
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Paper.
    Light,
    /// Ink.
    Dark,
}

impl Theme {
    /// The name in the store and in `data-theme`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads the name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name)
    }
}

impl std::fmt::Debug for Account {
    /// Names are personal data and stay out of logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.key())
    }
}

impl Account {
    /// Unique among all accounts: `staff/5`, `tokens/2`.
    pub fn key(&self) -> String {
        match self {
            Self::Staff { id, .. } => format!("staff/{id}"),
            Self::Token { id, .. } => format!("tokens/{id}"),
        }
    }

    /// The name on the screens.
    pub fn name(&self) -> &str {
        match self {
            Self::Staff { name, .. } | Self::Token { name, .. } => name,
        }
    }
}

/// Who takes calls, writes their records and makes calls.
pub const CALLERS: &[Role] = &[Role::Operator, Role::Supervisor, Role::Head, Role::Admin];

impl OnDuty {
    /// The person; `None` for a program.
    pub fn staff(&self) -> Option<StaffId> {
        match &self.account {
            Account::Staff { id, .. } => Some(*id),
            Account::Token { .. } => None,
        }
    }

    /// The person's telephone.
    pub fn extension(&self) -> Option<&Extension> {
        match &self.account {
            Account::Staff { extension, .. } => extension.as_ref(),
            Account::Token { .. } => None,
        }
    }

    /// The name on the screens.
    pub fn name(&self) -> &str {
        self.account.name()
    }

    /// The first character of the name, for the round mark beside it.
    pub fn initial(&self) -> String {
        self.name().chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default()
    }

    /// Whether they read in a browser, with a session.
    pub fn in_browser(&self) -> bool {
        self.staff().is_some()
    }

    /// Whether they take calls and make them.
    pub fn makes_calls(&self) -> bool {
        self.roles.has_any(CALLERS)
    }

    /// Whether they see callers' numbers whole; everyone else sees `138****5678`.
    pub fn sees_numbers(&self) -> bool {
        self.roles.has_any(&[
            Role::Operator,
            Role::Supervisor,
            Role::Admin,
            Role::Head,
            Role::Manager,
        ])
    }

    /// Puts back into what they wrote the numbers that stood in `before` and that they left in their
    /// places, also where a look was granted meanwhile. Whether that could be done: `false` where they
    /// would be lost.
    pub fn put_back(&self, written: &mut String, before: &str) -> bool {
        if !written.contains(HIDDEN) {
            return true;
        }
        let of = |closed: &Closed| closed.kept(written, before);
        match of(&self.closed).or_else(|| of(&self.guarded)) {
            Some(whole) => {
                *written = whole;
                true
            }
            None => self.guarded.text(before) == before,
        }
    }

    /// Refuses where none of the roles is theirs.
    pub fn may(&self, roles: &[Role]) -> Result<(), Problem> {
        if self.roles.has_any(roles) { Ok(()) } else { Err(Problem::forbidden()) }
    }
}

/// The one behind a request, where there must be one: 401 otherwise.
#[derive(Debug, Clone)]
pub struct Reader(pub OnDuty);

impl Deref for Reader {
    type Target = OnDuty;

    fn deref(&self) -> &OnDuty {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<OnDuty>().cloned().map(Self).ok_or_else(Problem::unauthorized)
    }
}

//! New people, for the command line, the demo and the first start.

use crate::db::{self, Db, Stamp};
use crate::kernel::{Roles, StaffId};
use crate::web::{fingerprint, fresh_secret};

use super::password::{self, HashingFailed};
use super::person::{Draft, Wrong};
use super::store::{self, links};

/// Somebody to be added.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The name on the screens.
    pub name: String,
    /// The name to sign in with.
    pub login: String,
    /// What they may do.
    pub roles: Roles,
    /// Their telephone.
    pub extension: Option<String>,
    /// Their password.
    pub password: String,
}

/// Why nobody was added.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was written is not right; all of it.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Wrong(Vec<Wrong>),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] db::Error),
    /// The machine cannot hash.
    #[error(transparent)]
    Hashing(#[from] HashingFailed),
}

/// Adds a person with a password. Takes some tens of milliseconds for the hash.
pub async fn add(db: &Db, stamp: Stamp, newcomer: Newcomer) -> Result<StaffId, Error> {
    let Newcomer { name, login, roles, extension, password } = newcomer;
    let draft = Draft::read(&name, &login, roles, extension.as_deref());
    let weak = password::check(&password, &login.trim().to_lowercase()).err().map(Wrong::Password);
    let draft = match (draft, weak) {
        (Ok(draft), None) => draft,
        (Ok(_), Some(weak)) => return Err(Error::Wrong(vec![weak])),
        (Err(mut wrong), weak) => {
            wrong.extend(weak);
            return Err(Error::Wrong(wrong));
        }
    };
    let hash = password::hash_blocking(&password)?;
    links::add_ready(db, stamp, draft, hash).await.map_err(|error| taken(error).into_error())
}

/// The link of a first start: only while nobody was ever added. Each call makes a new one and the
/// older ones worthless.
pub async fn setup_link_if_first(
    db: &Db,
    stamp: Stamp,
    public_url: &str,
) -> db::Result<Option<String>> {
    if !store::is_empty(db).await? {
        return Ok(None);
    }
    let secret = fresh_secret(&mut rand::rng());
    links::add(db, stamp, None, fingerprint(&secret)).await?;
    Ok(Some(setup_address(public_url, &secret)))
}

/// Where a one-time link leads.
pub(super) fn setup_address(public_url: &str, secret: &str) -> String {
    format!("{public_url}/setup/{secret}")
}

/// What a refusal of the store says about what somebody wrote.
pub(super) enum Taken {
    Wrong(Wrong),
    Other(db::Error),
}

impl Taken {
    fn into_error(self) -> Error {
        match self {
            Self::Wrong(wrong) => Error::Wrong(vec![wrong]),
            Self::Other(error) => Error::Store(error),
        }
    }
}

pub(super) fn taken(error: db::Error) -> Taken {
    if error.is_refusal("staff_login_key") {
        Taken::Wrong(Wrong::LoginTaken)
    } else if error.is_refusal("staff_extension_key") {
        Taken::Wrong(Wrong::ExtensionTaken)
    } else if error.is_refusal(store::LAST_ADMIN) {
        Taken::Wrong(Wrong::LastAdmin)
    } else {
        Taken::Other(error)
    }
}

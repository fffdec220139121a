//! What lets a program in: a bearer token, shown once, kept as its fingerprint.

use crate::db::{Db, Result, Stamp};
use crate::kernel::{Moment, Roles, TokenId};
use crate::web::{fingerprint, fresh_secret};

use super::store::tokens;

/// A token as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// What the administrator called it.
    pub name: String,
    /// What the program may do.
    pub roles: Roles,
    /// When it was made.
    pub created_at: Moment,
    /// Since when it opens nothing.
    pub revoked_at: Option<Moment>,
}

/// Makes a token and returns it: the only time that anybody sees it. It begins with `sb_`, so that
/// secret scanners know it.
pub async fn create_token(
    db: &Db,
    stamp: Stamp,
    name: &str,
    roles: Roles,
) -> Result<(TokenId, String)> {
    let secret = format!("sb_{}", fresh_secret(&mut rand::rng()));
    let id = tokens::add(db, stamp, name.trim().to_owned(), fingerprint(&secret), roles).await?;
    Ok((id, secret))
}

/// Revokes a token at once; `false` where there is none or it was revoked before.
pub async fn revoke_token(db: &Db, stamp: Stamp, id: TokenId) -> Result<bool> {
    tokens::revoke(db, stamp, id).await
}

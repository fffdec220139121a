//! Bearer tokens of programs.

use crate::db::{Change, Db, Error, Result, Stamp, statements};
use crate::kernel::{Moment, Roles, TokenId};

use crate::staff::token::Token;

statements! {
    /// A new one: name, fingerprint, roles, now.
    ADD = "INSERT INTO tokens (name, token_hash, roles, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    /// All, newest first.
    ALL = "SELECT id, name, roles, created_at, revoked_at FROM tokens ORDER BY id DESC";
    /// The one of a fingerprint, unless revoked.
    FIND = "SELECT id, name, roles, created_at, revoked_at FROM tokens WHERE token_hash = $1 AND revoked_at IS NULL";
    /// Revokes one.
    REVOKE = "UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
}

#[derive(sqlx::FromRow)]
struct Row {
    id: TokenId,
    name: String,
    roles: String,
    created_at: Moment,
    revoked_at: Option<Moment>,
}

impl TryFrom<Row> for Token {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unreadable = |_| Error::Unreadable(format!("the roles of tokens/{}", row.id));
        Ok(Self {
            roles: row.roles.parse().map_err(unreadable)?,
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// Keeps a new token's fingerprint.
pub async fn add(
    db: &Db,
    stamp: Stamp,
    name: String,
    fingerprint: String,
    roles: Roles,
) -> Result<TokenId> {
    db.write(stamp, move |tx| {
        let (name, fingerprint, roles) = (name.clone(), fingerprint.clone(), roles.to_string());
        Box::pin(async move {
            let now = tx.now();
            let add = tx.q(ADD).bind(name).bind(fingerprint).bind(roles).bind(now);
            let id: TokenId = add.value().await?;
            tx.record(Change::new("token", format!("tokens/{id}"), "created"));
            Ok(id)
        })
    })
    .await
}

/// All tokens, newest first.
pub async fn all(db: &Db) -> Result<Vec<Token>> {
    let rows: Vec<Row> = db.read(ALL).all().await?;
    rows.into_iter().map(Token::try_from).collect()
}

/// The token of a fingerprint, unless it is revoked.
pub async fn find(db: &Db, fingerprint: &str) -> Result<Option<Token>> {
    let row: Option<Row> = db.read(FIND).bind(fingerprint).maybe().await?;
    row.map(Token::try_from).transpose()
}

/// Revokes a token; `false` where there is none or it was revoked before.
pub async fn revoke(db: &Db, stamp: Stamp, id: TokenId) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let revoked = tx.q(REVOKE).bind(id).bind(now).run().await? > 0;
            if revoked {
                tx.record(Change::new("token", format!("tokens/{id}"), "revoked"));
            }
            Ok(revoked)
        })
    })
    .await
}

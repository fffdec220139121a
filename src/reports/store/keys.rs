//! Screens on the wall: their keys, of which only fingerprints are kept.

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::db::{Change, Db, Result, Stamp, statements};
use crate::kernel::{Moment, WallKeyId};

statements! {
    /// All keys, newest first.
    ALL = "SELECT id, name, created_at, seen_at, revoked_at FROM wall_keys ORDER BY id DESC";
    /// A key by the fingerprint in its link, if it still opens.
    OF_LINK = "SELECT id FROM wall_keys WHERE key_hash = $1 AND revoked_at IS NULL";
    /// A key by the fingerprint in its screen's cookie, if it still opens.
    OF_SCREEN = "SELECT id FROM wall_keys WHERE screen_hash = $1 AND revoked_at IS NULL";
    /// Keeps a key.
    ADD = "INSERT INTO wall_keys (name, key_hash, screen_hash, created_at, created_by) VALUES ($1, $2, $3, $4, $5) RETURNING id";
    /// The screen was exchanged for.
    SEEN = "UPDATE wall_keys SET seen_at = $2 WHERE id = $1";
    /// Opens nothing from now on.
    REVOKE = "UPDATE wall_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
}

/// A screen on the wall.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Serialize, ToSchema)]
pub struct WallKey {
    /// Its number.
    pub id: WallKeyId,
    /// Where it hangs.
    pub name: String,
    /// When its link was made.
    pub created_at: Moment,
    /// When the link was last opened.
    pub seen_at: Option<Moment>,
    /// Since when it opens nothing.
    pub revoked_at: Option<Moment>,
}

/// All keys, newest first.
pub async fn keys(db: &Db) -> Result<Vec<WallKey>> {
    db.read(ALL).all().await
}

/// Keeps a key by its two fingerprints.
pub async fn add_key(
    db: &Db,
    stamp: Stamp,
    name: String,
    link: String,
    screen: String,
) -> Result<WallKeyId> {
    db.write(stamp, move |tx| {
        let (name, link, screen) = (name.clone(), link.clone(), screen.clone());
        Box::pin(async move {
            let (now, by) = (tx.now(), tx.by());
            let query = tx.q(ADD).bind(name).bind(link).bind(screen).bind(now).bind(by);
            let id: WallKeyId = query.value().await?;
            tx.record(Change::new("wall", format!("wall-keys/{id}"), "created"));
            Ok(id)
        })
    })
    .await
}

/// The key behind a link, noted as opened.
pub async fn key_of_link(db: &Db, stamp: Stamp, link: &str) -> Result<Option<WallKeyId>> {
    let Some((id,)) = db.read(OF_LINK).bind(link).maybe::<(WallKeyId,)>().await? else {
        return Ok(None);
    };
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let now = tx.now();
            tx.q(SEEN).bind(id).bind(now).run().await?;
            tx.record(Change::new("wall", format!("wall-keys/{id}"), "opened"));
            Ok(())
        })
    })
    .await?;
    Ok(Some(id))
}

/// Whether a screen's cookie still opens the wall.
pub async fn on_the_wall(db: &Db, screen: &str) -> Result<bool> {
    Ok(db.read(OF_SCREEN).bind(screen).maybe::<(WallKeyId,)>().await?.is_some())
}

/// Revokes a key at once; `false` where there is none or it was revoked before.
pub async fn revoke_key(db: &Db, stamp: Stamp, id: WallKeyId) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let done = tx.q(REVOKE).bind(id).bind(now).run().await? > 0;
            if done {
                tx.record(Change::new("wall", format!("wall-keys/{id}"), "revoked"));
            }
            Ok(done)
        })
    })
    .await
}

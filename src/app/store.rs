//! What the house keeps for itself: the site's secret.

use crate::db::{Db, Error, Result, Stamp, statements};
use crate::kernel::Moment;

statements! {
    /// The value of a name.
    VALUE = "SELECT value FROM site WHERE name = $1";
    /// Sets a name that has no value yet.
    FIRST = "INSERT INTO site (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
}

const SECRET: &str = "secret";

/// The site's 32 secret bytes: `fresh` ones on the first start, the same ever after.
pub async fn site_secret(db: &Db, now: Moment, fresh: [u8; 32]) -> Result<[u8; 32]> {
    let fresh = hex::encode(fresh);
    let stamp = Stamp { now, by: None };
    let kept: String = db
        .write(stamp, move |tx| {
            let fresh = fresh.clone();
            Box::pin(async move {
                tx.q(FIRST).bind(SECRET).bind(fresh).run().await?;
                tx.q(VALUE).bind(SECRET).value().await
            })
        })
        .await?;
    let mut secret = [0; 32];
    hex::decode_to_slice(&kept, &mut secret)
        .map_err(|_| Error::Unreadable("a site secret of another kind".to_owned()))?;
    Ok(secret)
}

//! Where people are reached beside the panel, their browsers, and the house's own keys.

use crate::db::{Change, Db, Result, Stamp, Tx, statements};
use crate::kernel::StaffId;

statements! {
    /// Where a person is reached.
    PERSON = "SELECT s.id, s.extension, coalesce(p.mail, '') AS mail, coalesce(p.mobile, '') AS mobile, p.quiet_from, p.quiet_to, coalesce(p.version, 0) AS version
              FROM staff s LEFT JOIN outbox_people p ON p.staff_id = s.id WHERE s.id = $1";
    /// Where everybody is reached of whom everyone may know it.
    PEOPLE = "SELECT s.id, s.name, s.extension, coalesce(p.mail, '') AS mail, coalesce(p.mobile, '') AS mobile, p.quiet_from, p.quiet_to, coalesce(p.version, 0) AS version,
                     (SELECT count(*) FROM outbox_browsers b WHERE b.staff_id = s.id) AS browsers
              FROM staff s LEFT JOIN outbox_people p ON p.staff_id = s.id WHERE s.disabled_at IS NULL AND NOT EXISTS (SELECT 1 FROM staff_private v WHERE v.staff_id = s.id) ORDER BY s.id";
    /// Writes where a person is reached, against a version; 0 is nobody's yet.
    REACH = "INSERT INTO outbox_people (staff_id, version, mail, mobile, quiet_from, quiet_to) VALUES ($1, 1, $3, $4, $5, $6)
             ON CONFLICT (staff_id) DO UPDATE SET version = outbox_people.version + 1, mail = excluded.mail, mobile = excluded.mobile,
             quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to WHERE outbox_people.version = $2";
    /// A person's browsers.
    BROWSERS = "SELECT endpoint, p256dh, auth FROM outbox_browsers WHERE staff_id = $1 ORDER BY created_at DESC LIMIT 5";
    /// One browser.
    BROWSER = "SELECT endpoint, p256dh, auth FROM outbox_browsers WHERE endpoint = $1";
    /// A browser that takes pushes.
    SUBSCRIBE = "INSERT INTO outbox_browsers (endpoint, staff_id, p256dh, auth, created_at) VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (endpoint) DO UPDATE SET staff_id = excluded.staff_id, p256dh = excluded.p256dh, auth = excluded.auth";
    /// A browser that takes no more.
    FORGET = "DELETE FROM outbox_browsers WHERE endpoint = $1";
    /// The secret of a name.
    KEY = "SELECT secret FROM outbox_keys WHERE name = $1";
    /// Makes the secret of a name, once.
    FIRST_KEY = "INSERT INTO outbox_keys (name, secret) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
}

/// Where a person is reached beside the panel.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Reach {
    /// Who.
    pub id: StaffId,
    /// Their telephone.
    pub extension: Option<String>,
    /// Their mail address; empty where there is none.
    pub mail: String,
    /// Their mobile number, by which a robot calls them; empty where there is none.
    pub mobile: String,
    /// The minute of the local day at which they want to be left alone.
    pub quiet_from: Option<i64>,
    /// And until when.
    pub quiet_to: Option<i64>,
    /// Of these settings.
    pub version: i64,
}

/// The same for a list, with names.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Reached {
    /// Who.
    pub id: StaffId,
    /// Their name.
    pub name: String,
    /// Their telephone.
    pub extension: Option<String>,
    /// Their mail address.
    pub mail: String,
    /// Their mobile number.
    pub mobile: String,
    /// Quiet from this minute of the day.
    pub quiet_from: Option<i64>,
    /// And until when.
    pub quiet_to: Option<i64>,
    /// Of these settings.
    pub version: i64,
    /// How many browsers take pushes.
    pub browsers: i64,
}

/// A browser that takes pushes (RFC 8030, RFC 8291).
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Browser {
    /// Where its push service listens.
    pub endpoint: String,
    /// Its public key, base64url.
    pub p256dh: String,
    /// Its secret, base64url.
    pub auth: String,
}

/// Where a person is reached, and their browsers.
pub async fn reach_in(tx: &mut Tx, id: StaffId) -> Result<Option<(Reach, Vec<Browser>)>> {
    let reach: Option<Reach> = tx.q(PERSON).bind(id).maybe().await?;
    let Some(reach) = reach else { return Ok(None) };
    let browsers = tx.q(BROWSERS).bind(id).all().await?;
    Ok(Some((reach, browsers)))
}

/// Where everybody is reached who may sign in.
pub async fn people(db: &Db) -> Result<Vec<Reached>> {
    db.read(PEOPLE).all().await
}

/// Writes where a person is reached; `false` where `reach.version` is not the newest.
pub async fn write_reach(db: &Db, stamp: Stamp, reach: Reach) -> Result<bool> {
    db.write(stamp, move |tx| {
        let reach = reach.clone();
        Box::pin(async move {
            let done = tx
                .q(REACH)
                .bind(reach.id)
                .bind(reach.version)
                .bind(&reach.mail)
                .bind(&reach.mobile)
                .bind(reach.quiet_from)
                .bind(reach.quiet_to)
                .run()
                .await?;
            if done == 1 {
                let about = format!("outbox/people/{}", reach.id);
                tx.record(Change::new("outbox", about, "reach").version(reach.version + 1));
            }
            Ok(done == 1)
        })
    })
    .await
}

/// One browser.
pub async fn browser(db: &Db, endpoint: &str) -> Result<Option<Browser>> {
    db.read(BROWSER).bind(endpoint).maybe().await
}

/// A person's browser takes pushes from now on.
pub async fn subscribe(db: &Db, stamp: Stamp, id: StaffId, browser: Browser) -> Result<()> {
    db.write(stamp, move |tx| {
        let browser = browser.clone();
        Box::pin(async move {
            tx.q(SUBSCRIBE)
                .bind(&browser.endpoint)
                .bind(id)
                .bind(&browser.p256dh)
                .bind(&browser.auth)
                .bind(stamp.now)
                .run()
                .await?;
            tx.record(Change::new("outbox", format!("outbox/people/{id}"), "browser"));
            Ok(())
        })
    })
    .await
}

/// A browser is gone.
pub async fn forget(db: &Db, stamp: Stamp, endpoint: String) -> Result<()> {
    db.write(stamp, move |tx| {
        let endpoint = endpoint.clone();
        Box::pin(async move { tx.q(FORGET).bind(endpoint).run().await.map(drop) })
    })
    .await
}

/// The secret of this name: `fresh` the first time, the same ever after.
pub async fn key(db: &Db, stamp: Stamp, name: &'static str, fresh: String) -> Result<String> {
    db.write(stamp, move |tx| {
        let fresh = fresh.clone();
        Box::pin(async move {
            tx.q(FIRST_KEY).bind(name).bind(fresh).run().await?;
            tx.q(KEY).bind(name).value().await
        })
    })
    .await
}

//! Open sessions. A session that ended stays for a week: how often somebody succeeded counts
//! when they try to sign in again.

use crate::db::{Db, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, StaffId};

use crate::staff::session::expiry;

statements! {
    /// Opens one: fingerprint, person, now, end.
    OPEN = "INSERT INTO sessions (token_hash, staff_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)";
    /// The session of a fingerprint that is open at `$2`.
    FIND = "SELECT staff_id, created_at, seen_at FROM sessions WHERE token_hash = $1 AND expires_at > $2";
    /// Says that it is used.
    SEEN = "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE token_hash = $1 AND expires_at > $2";
    /// Ends one.
    END = "UPDATE sessions SET expires_at = $2 WHERE token_hash = $1 AND expires_at > $2";
    /// Ends all of a person but one.
    END_OTHERS = "UPDATE sessions SET expires_at = $3 WHERE staff_id = $1 AND token_hash <> $2 AND expires_at > $3";
    /// How often the person signed in, as far as it is remembered.
    COUNT = "SELECT count(*) AS successes FROM sessions WHERE staff_id = $1";
    /// How many of a person's are open at `$2`.
    OPEN_OF = "SELECT count(*) AS sessions FROM sessions WHERE staff_id = $1 AND expires_at > $2";
    /// Forgets what ended before `$1`.
    FORGET = "DELETE FROM sessions WHERE expires_at < $1";
}

/// How long an ended session is remembered, in milliseconds.
const REMEMBERED_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// An open session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    /// Whose.
    pub staff_id: StaffId,
    /// When it was opened.
    pub created_at: Moment,
    /// When it was last written to be in use.
    pub seen_at: Moment,
}

/// Opens a session.
pub async fn open(db: &Db, now: Moment, staff: StaffId, fingerprint: String) -> Result<()> {
    db.write(Stamp { now, by: Some(staff) }, move |tx| {
        let fingerprint = fingerprint.clone();
        Box::pin(async move { open_in(tx, staff, &fingerprint).await })
    })
    .await
}

pub(in crate::staff) async fn open_in(
    tx: &mut Tx,
    staff: StaffId,
    fingerprint: &str,
) -> Result<()> {
    let now = tx.now();
    tx.q(FORGET).bind(now.plus_millis(-REMEMBERED_MS)).run().await?;
    let open = tx.q(OPEN).bind(fingerprint).bind(staff).bind(now).bind(expiry(now, now));
    open.run().await?;
    super::record(tx, staff, "signed_in", None);
    Ok(())
}

/// The open session of a fingerprint.
pub async fn find(db: &Db, now: Moment, fingerprint: &str) -> Result<Option<Session>> {
    db.read(FIND).bind(fingerprint).bind(now).maybe().await
}

/// Writes that a session is in use.
pub async fn seen(db: &Db, now: Moment, fingerprint: String, session: Session) -> Result<()> {
    let end = expiry(session.created_at, now);
    db.write(Stamp { now, by: None }, move |tx| {
        let fingerprint = fingerprint.clone();
        Box::pin(
            async move { tx.q(SEEN).bind(fingerprint).bind(now).bind(end).run().await.map(drop) },
        )
    })
    .await
}

/// Ends a session.
pub async fn end(db: &Db, stamp: Stamp, staff: StaffId, fingerprint: String) -> Result<()> {
    db.write(stamp, move |tx| {
        let fingerprint = fingerprint.clone();
        Box::pin(async move {
            let now = tx.now();
            if tx.q(END).bind(fingerprint).bind(now).run().await? > 0 {
                super::record(tx, staff, "signed_out", None);
            }
            Ok(())
        })
    })
    .await
}

pub(in crate::staff) async fn end_others_in(
    tx: &mut Tx,
    staff: StaffId,
    kept: Option<&str>,
) -> Result<()> {
    let now = tx.now();
    // no fingerprint is empty, so without one to keep all end
    tx.q(END_OTHERS).bind(staff).bind(kept.unwrap_or("")).bind(now).run().await.map(drop)
}

/// Whether a person is signed in anywhere, as a change under way sees it.
pub async fn is_in(tx: &mut Tx, staff: StaffId) -> Result<bool> {
    let now = tx.now();
    let open: i64 = tx.q(OPEN_OF).bind(staff).bind(now).value().await?;
    Ok(open > 0)
}

/// How often the person signed in, as far as it is remembered.
pub async fn successes(db: &Db, staff: StaffId) -> Result<i64> {
    db.read(COUNT).bind(staff).value().await
}

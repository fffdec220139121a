//! One-time links: the first administrator's, and those with which people choose a password.

use crate::db::{Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, StaffId};

use super::{Draft, add_in, choose_password_in, is_empty_in, record, sessions};

statements! {
    /// A new link: fingerprint, person (none: the first), now, end.
    ADD = "INSERT INTO setup_links (token_hash, staff_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    /// A newer link makes the older ones of a person worthless.
    REPLACE = "UPDATE setup_links SET used_at = $2 WHERE staff_id = $1 AND used_at IS NULL";
    /// The same for the first administrator's.
    REPLACE_FIRST = "UPDATE setup_links SET used_at = $1 WHERE staff_id IS NULL AND used_at IS NULL";
    /// Whose link it is, if it may still be used.
    FIND = "SELECT staff_id FROM setup_links WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    /// Uses it up.
    USE = "UPDATE setup_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    /// Forgets what ended before `$1`.
    FORGET = "DELETE FROM setup_links WHERE expires_at < $1";
}

/// How long a link may be used, in milliseconds.
pub const LASTS_MS: i64 = 24 * 60 * 60 * 1000;

/// The refusal of a link that was used, replaced or ran out.
pub const SPENT: &str = "setup_link_spent";

pub(in crate::staff) async fn add_link_in(
    tx: &mut Tx,
    staff: Option<StaffId>,
    fingerprint: &str,
) -> Result<()> {
    let now = tx.now();
    tx.q(FORGET).bind(now.plus_millis(-LASTS_MS)).run().await?;
    match staff {
        Some(id) => {
            tx.q(REPLACE).bind(id).bind(now).run().await?;
            record(tx, id, "invited", None);
        }
        None => drop(tx.q(REPLACE_FIRST).bind(now).run().await?),
    }
    let add = tx.q(ADD).bind(fingerprint).bind(staff).bind(now);
    add.bind(now.plus_millis(LASTS_MS)).run().await.map(drop)
}

/// A new link for a person, or for the first administrator; older ones are worthless from now on.
pub async fn add(db: &Db, stamp: Stamp, staff: Option<StaffId>, fingerprint: String) -> Result<()> {
    db.write(stamp, move |tx| {
        let fingerprint = fingerprint.clone();
        Box::pin(async move { add_link_in(tx, staff, &fingerprint).await })
    })
    .await
}

/// A new person with a link to choose a password.
pub async fn add_person(
    db: &Db,
    stamp: Stamp,
    draft: Draft,
    fingerprint: String,
) -> Result<StaffId> {
    db.write(stamp, move |tx| {
        let (draft, fingerprint) = (draft.clone(), fingerprint.clone());
        Box::pin(async move {
            let id = add_in(tx, &draft, None).await?;
            add_link_in(tx, Some(id), &fingerprint).await?;
            Ok(id)
        })
    })
    .await
}

/// A new person with a password.
pub async fn add_ready(db: &Db, stamp: Stamp, draft: Draft, hash: String) -> Result<StaffId> {
    db.write(stamp, move |tx| {
        let (draft, hash) = (draft.clone(), hash.clone());
        Box::pin(async move { add_in(tx, &draft, Some(&hash)).await })
    })
    .await
}

/// Whose link it is: `Some(None)` is the first administrator's; `None` is no link of ours.
pub async fn find(db: &Db, now: Moment, fingerprint: &str) -> Result<Option<Option<StaffId>>> {
    let row: Option<(Option<StaffId>,)> = db.read(FIND).bind(fingerprint).bind(now).maybe().await?;
    Ok(row.map(|(staff,)| staff))
}

/// Uses the first administrator's link: adds them and signs them in. Refused as [`SPENT`].
pub async fn use_first(
    db: &Db,
    now: Moment,
    link: String,
    draft: Draft,
    hash: String,
    session: String,
) -> Result<StaffId> {
    db.write(Stamp { now, by: None }, move |tx| {
        let (link, draft) = (link.clone(), draft.clone());
        let (hash, session) = (hash.clone(), session.clone());
        Box::pin(async move {
            spend(tx, &link).await?;
            if !is_empty_in(tx).await? {
                return Err(Error::Refused(SPENT.to_owned()));
            }
            let id = add_in(tx, &draft, Some(&hash)).await?;
            sessions::open_in(tx, id, &session).await?;
            Ok(id)
        })
    })
    .await
}

/// Uses a person's link: sets the password, ends older sessions, signs them in. Refused as
/// [`SPENT`].
pub async fn use_own(
    db: &Db,
    now: Moment,
    link: String,
    staff: StaffId,
    hash: String,
    session: String,
) -> Result<()> {
    db.write(Stamp { now, by: Some(staff) }, move |tx| {
        let (link, hash, session) = (link.clone(), hash.clone(), session.clone());
        Box::pin(async move {
            spend(tx, &link).await?;
            choose_password_in(tx, staff, &hash, None).await?;
            sessions::open_in(tx, staff, &session).await
        })
    })
    .await
}

async fn spend(tx: &mut Tx, link: &str) -> Result<()> {
    let now = tx.now();
    let used = tx.q(USE).bind(link).bind(now).run().await?;
    if used == 1 { Ok(()) } else { Err(Error::Refused(SPENT.to_owned())) }
}

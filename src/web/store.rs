//! What was answered to a write that carried a key, for 24 hours.

use crate::db::{Db, Result, Stamp, Tx, statements};
use crate::kernel::Moment;

statements! {
    /// Forgets what is older than `$1`.
    FORGET = "DELETE FROM idempotency WHERE at < $1";
    /// Begins a write: account, key, hash, now. Touches no row where the key is known.
    BEGIN = "INSERT INTO idempotency (account, key, body_hash, at) VALUES ($1, $2, $3, $4) ON CONFLICT (account, key) DO NOTHING";
    /// What is known of a key.
    KNOWN = "SELECT body_hash, status, answer FROM idempotency WHERE account = $1 AND key = $2";
    /// Keeps the answer.
    KEEP = "UPDATE idempotency SET status = $3, answer = $4 WHERE account = $1 AND key = $2";
    /// What was answered is kept no longer; that it was answered is.
    WORDLESS = "UPDATE idempotency SET answer = NULL WHERE answer IS NOT NULL";
    /// Releases the key of a write that changed nothing.
    RELEASE = "DELETE FROM idempotency WHERE account = $1 AND key = $2";
}

/// How long an answer is kept, in milliseconds.
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;

/// A key as the store knows it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Known {
    /// The hash of the first write's method, path and body.
    pub body_hash: String,
    /// Its status; `None` while it is under way.
    pub status: Option<i64>,
    /// Its answer as JSON; `None` where it was shown once and not kept.
    pub answer: Option<String>,
}

/// Forgets the words of all answers, since nobody knows whose they hold; a write that comes again is
/// still known to be one.
pub async fn forget_answers(tx: &mut Tx) -> Result<()> {
    tx.q(WORDLESS).run().await.map(drop)
}

/// Begins a write under a key. `None`: it is the first; otherwise what is known of the first.
pub async fn begin(
    db: &Db,
    now: Moment,
    account: String,
    key: String,
    body_hash: String,
) -> Result<Option<Known>> {
    db.write(Stamp { now, by: None }, move |tx| {
        let (account, key, hash) = (account.clone(), key.clone(), body_hash.clone());
        Box::pin(async move {
            tx.q(FORGET).bind(now.plus_millis(-KEPT_MS)).run().await?;
            let begun = tx.q(BEGIN).bind(&account).bind(&key).bind(hash).bind(now).run().await?;
            if begun == 1 {
                return Ok(None);
            }
            tx.q(KNOWN).bind(&account).bind(&key).one().await.map(Some)
        })
    })
    .await
}

/// Keeps the first answer.
pub async fn keep(
    db: &Db,
    now: Moment,
    account: String,
    key: String,
    status: u16,
    answer: Option<String>,
) -> Result<()> {
    db.write(Stamp { now, by: None }, move |tx| {
        let (account, key, answer) = (account.clone(), key.clone(), answer.clone());
        Box::pin(async move {
            let keep = tx.q(KEEP).bind(account).bind(key).bind(i64::from(status)).bind(answer);
            keep.run().await.map(drop)
        })
    })
    .await
}

/// Releases a key whose write changed nothing.
pub async fn release(db: &Db, now: Moment, account: String, key: String) -> Result<()> {
    db.write(Stamp { now, by: None }, move |tx| {
        let (account, key) = (account.clone(), key.clone());
        Box::pin(async move { tx.q(RELEASE).bind(account).bind(key).run().await.map(drop) })
    })
    .await
}

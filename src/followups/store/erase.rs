//! Takes a person's words out of follow-ups, what was tried, and what was told of them.

use super::{record, subject};
use crate::db::{Result, Tx, statements};
use crate::kernel::FollowUpId;
use crate::notices;

statements! {
    /// The follow-ups about a record.
    ABOUT = "SELECT id FROM follow_ups WHERE about = $1 ORDER BY id";
    /// Those in which a text stands.
    SAYING = "SELECT id FROM follow_ups f WHERE title LIKE $1 OR note LIKE $1 OR result LIKE $1
                 OR EXISTS (SELECT 1 FROM follow_up_attempts a WHERE a.follow_up_id = f.id AND a.note LIKE $1) ORDER BY id";
    /// One of them says nothing any more.
    BLANK = "UPDATE follow_ups SET title = CASE WHEN title = '' THEN '' ELSE '–' END, note = '', result = CASE WHEN result = '' THEN '' ELSE '–' END,
                 version = version + 1 WHERE id = $1 RETURNING version";
    /// What was tried stays, without words.
    ATTEMPTS = "UPDATE follow_up_attempts SET note = '' WHERE follow_up_id = $1";
}

/// Follow-ups about a record say nothing of a person any more.
pub async fn about(tx: &mut Tx, about: &str) -> Result<u64> {
    let ids = tx.q(ABOUT).bind(about).values().await?;
    let done = all(tx, ids).await?;
    Ok(done + notices::store::erase::about(tx, about).await?)
}

/// The same of follow-ups and notices in which a text stands (`LIKE`).
pub async fn saying(tx: &mut Tx, pattern: &str) -> Result<u64> {
    let ids = tx.q(SAYING).bind(pattern).values().await?;
    let done = all(tx, ids).await?;
    Ok(done + notices::store::erase::saying(tx, pattern).await?)
}

/// Those in which a text stands (`LIKE`).
pub async fn saying_ids(db: &crate::db::Db, pattern: &str) -> Result<Vec<FollowUpId>> {
    db.read(SAYING).bind(pattern).values().await
}

async fn all(tx: &mut Tx, ids: Vec<FollowUpId>) -> Result<u64> {
    let mut done = 0;
    for id in ids {
        let version: i64 = tx.q(BLANK).bind(id).value().await?;
        tx.q(ATTEMPTS).bind(id).run().await?;
        record(tx, id, "erased", version, None);
        notices::store::erase::about(tx, &subject(id)).await?;
        done += 1;
    }
    Ok(done)
}

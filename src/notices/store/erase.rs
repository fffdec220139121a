//! Takes a person's words out of notices, and out of what of them goes by other channels.

use std::collections::BTreeSet;

use super::{record, subject};
use crate::db::{Result, Tx, statements};
use crate::kernel::NoticeId;
use crate::outbox;

statements! {
    /// The notices about a record.
    ABOUT = "SELECT id FROM notices WHERE about = $1";
    /// Those in which a text stands.
    SAYING = "SELECT id FROM notices WHERE text LIKE $1 OR said LIKE $1";
    /// One of them says nothing any more.
    BLANK = "UPDATE notices SET text = '–', said = NULL, version = version + 1 WHERE id = $1 AND text <> '–' RETURNING version";
}

/// Notices about a record, and notices about those, say nothing any more.
pub async fn about(tx: &mut Tx, about: &str) -> Result<u64> {
    let ids = tx.q(ABOUT).bind(about).values().await?;
    outbox::store::erase::about(tx, about).await?;
    all(tx, ids).await
}

/// The same of notices in which a text stands (`LIKE`).
pub async fn saying(tx: &mut Tx, pattern: &str) -> Result<u64> {
    let ids = tx.q(SAYING).bind(pattern).values().await?;
    all(tx, ids).await
}

async fn all(tx: &mut Tx, mut left: Vec<NoticeId>) -> Result<u64> {
    let mut seen = BTreeSet::new();
    let mut done = 0;
    while let Some(id) = left.pop() {
        if !seen.insert(id) {
            continue;
        }
        let blanked: Option<(i64,)> = tx.q(BLANK).bind(id).maybe().await?;
        if let Some((version,)) = blanked {
            record(tx, id, "erased", version, None);
            done += 1;
        }
        outbox::store::erase::about(tx, &subject(id)).await?;
        // who was told that somebody is silent was told the words too
        let told: Vec<NoticeId> = tx.q(ABOUT).bind(subject(id)).values().await?;
        left.extend(told);
    }
    Ok(done)
}

//! Takes a person's words out of messages: about a record, or wherever their number stands.

use crate::db::{Result, Tx, statements};

statements! {
    /// The words of the messages about a record.
    ABOUT = "UPDATE outbox SET title = '–', body = '', link = NULL, mention = NULL, state = CASE WHEN state = 'waiting' THEN 'discarded' ELSE state END
             WHERE about = $1";
    /// The words of messages that say a number.
    SAYING = "UPDATE outbox SET title = '–', body = '', link = NULL, mention = NULL, state = CASE WHEN state = 'waiting' THEN 'discarded' ELSE state END
              WHERE title LIKE $1 OR body LIKE $1";
}

/// Messages about a record say nothing any more; what waits stays here.
pub async fn about(tx: &mut Tx, about: &str) -> Result<u64> {
    tx.q(ABOUT).bind(about).run().await
}

/// Messages in which a text stands (`LIKE`) say nothing any more.
pub async fn saying(tx: &mut Tx, pattern: &str) -> Result<u64> {
    tx.q(SAYING).bind(pattern).run().await
}

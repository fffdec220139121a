//! Moving what SQLite wrote from its log into the database file, beside the writing.
//!
//! Left to itself SQLite does this inside the commit that fills a thousand pages of the log, and
//! whoever waits for that commit waits for two more rounds of the disk.

use std::time::Duration;

use sqlx::SqlitePool;
use tokio::sync::watch;

/// What was written waits so long in the log.
const PAUSE: Duration = Duration::from_secs(2);
/// So often in a row what was written meanwhile is moved too: a log that is empty begins anew.
const ROUNDS: usize = 4;

/// Keeps the log short until the sender is gone; to be told of every commit.
#[expect(clippy::disallowed_methods, reason = "it ends with the store it belongs to")]
pub(super) fn keep(read: &SqlitePool) -> watch::Sender<()> {
    let (wrote, mut told) = watch::channel(());
    let pool = read.clone();
    tokio::spawn(async move {
        while told.changed().await.is_ok() {
            tokio::time::sleep(PAUSE).await;
            told.mark_unchanged();
            if let Err(error) = once(&pool).await {
                tracing::debug!(%error, "the log of the store was not moved; it will be next time");
            }
        }
    });
    wrote
}

/// Moves what is in the log now.
pub(super) async fn once(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    for _ in 0..ROUNDS {
        let asked = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)");
        let (_busy, written, moved): (i64, i64, i64) = asked.fetch_one(pool).await?;
        if written == moved {
            break;
        }
    }
    Ok(())
}

//! A change that is begun on the server before anybody wants it.
//!
//! Where changes follow each other closely, each would wait for its own BEGIN: a way to the server and
//! back that tells nothing. So the next one is begun when one was committed, and let go of where nobody
//! came for it. Such a transaction holds neither a snapshot nor a number (both are taken by its first
//! statement), so it keeps no vacuum from its work and sees all that was committed meanwhile.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::Mutex;

/// Nobody came for it: given back after this.
const KEPT: Duration = Duration::from_secs(1);

/// The place of the one that is begun ahead. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Ahead(Arc<Mutex<Slot>>);

#[derive(Default)]
struct Slot {
    begun: Option<Transaction<'static, Postgres>>,
    /// How many were begun ahead so far.
    count: u64,
}

impl Ahead {
    /// What was begun ahead, if anything was.
    pub(super) fn take(&self) -> Option<Transaction<'static, Postgres>> {
        // whoever finds it in use begins their own
        self.0.try_lock().ok()?.begun.take()
    }

    /// Begins the next one, unless one waits already.
    #[expect(clippy::disallowed_methods, reason = "nobody waits for it, and it ends by itself")]
    pub(super) fn begin(&self, pool: &PgPool) {
        if self.0.try_lock().is_ok_and(|slot| slot.begun.is_some()) {
            return;
        }
        let (ahead, pool) = (self.clone(), pool.clone());
        tokio::spawn(async move {
            // whoever needs one begins their own, and hears what ails the server
            let Ok(tx) = pool.begin().await else { return };
            let Some(which) = ahead.keep(tx).await else { return };
            if pool.is_closed() {
                drop(ahead.take());
            }
            tokio::time::sleep(KEPT).await;
            ahead.let_go(which).await;
        });
    }

    /// Which one it is; one that came too late is dropped, and rolled back by its pool.
    async fn keep(&self, tx: Transaction<'static, Postgres>) -> Option<u64> {
        let mut slot = self.0.lock().await;
        if slot.begun.is_some() {
            return None;
        }
        slot.begun = Some(tx);
        slot.count = slot.count.wrapping_add(1);
        Some(slot.count)
    }

    async fn let_go(&self, which: u64) {
        let mut slot = self.0.lock().await;
        let old = if slot.count == which { slot.begun.take() } else { None };
        drop(slot);
        drop(old);
    }
}

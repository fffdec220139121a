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
    /// One is on its way.
    coming: bool,
    /// How many were begun ahead so far.
    count: u64,
}

impl Ahead {
    /// What was begun ahead, if anything was.
    pub(super) fn take(&self) -> Option<Transaction<'static, Postgres>> {
        // whoever finds it in use begins their own
        self.0.try_lock().ok()?.begun.take()
    }

    /// Begins the next one, unless one waits already; `pool` has at most so many connections.
    #[expect(clippy::disallowed_methods, reason = "nobody waits for it, and it ends by itself")]
    pub(super) fn begin(&self, pool: &PgPool, most: u32) {
        // whoever finds it in use leaves it to them
        let Ok(mut slot) = self.0.try_lock() else { return };
        if slot.coming || slot.begun.is_some() {
            return;
        }
        slot.coming = true;
        drop(slot);
        let (ahead, pool) = (self.clone(), pool.clone());
        tokio::spawn(async move {
            // whoever needs one begins their own, and hears what ails the server
            let begun = pool.begin().await.ok();
            // where every connection is wanted none may wait for somebody to come
            let wanted = pool.is_closed() || (pool.size() >= most && pool.num_idle() == 0);
            let Some(which) = ahead.keep(begun.filter(|_| !wanted)).await else { return };
            tokio::time::sleep(KEPT).await;
            ahead.let_go(which).await;
        });
    }

    /// Keeps it; which one it is. One that is not kept is rolled back by its pool.
    async fn keep(&self, begun: Option<Transaction<'static, Postgres>>) -> Option<u64> {
        let mut slot = self.0.lock().await;
        slot.coming = false;
        slot.begun = Some(begun?);
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

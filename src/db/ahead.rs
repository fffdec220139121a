//! A change that is begun on the server before anybody wants it.
//!
//! Where changes follow each other closely, each would wait for its own BEGIN: a way to the server and
//! back that tells nothing. So the next one is begun when one was committed, and let go of where nobody
//! came for it. Such a transaction holds neither a snapshot nor a number (both are taken by its first
//! statement), so it keeps no vacuum from its work and sees all that was committed meanwhile.

use std::sync::Arc;
use std::time::Duration;

use sqlx::Postgres;
use tokio::sync::Mutex;

use super::at_hand::AtHand;
use super::begun::Begun;
use super::patience::Patience;

/// Nobody came for it: given back after this.
const KEPT: Duration = Duration::from_secs(1);

/// The place of the one that is begun ahead. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Ahead(Arc<Mutex<Slot>>);

#[derive(Default)]
struct Slot {
    begun: Option<Begun>,
    /// One is on its way.
    coming: bool,
    /// How many were begun ahead so far.
    count: u64,
}

impl Ahead {
    /// What was begun ahead, if anything was.
    pub(super) fn take(&self) -> Option<Begun> {
        // whoever finds it in use begins their own
        self.0.try_lock().ok()?.begun.take().filter(Begun::is_good)
    }

    /// Begins the next one, unless one waits already.
    #[expect(clippy::disallowed_methods, reason = "nobody waits for it, and it ends by itself")]
    pub(super) fn begin(&self, hand: &AtHand<Postgres>, patience: Patience) {
        // whoever finds it in use leaves it to them
        let Ok(mut slot) = self.0.try_lock() else { return };
        if slot.coming || slot.begun.is_some() {
            return;
        }
        slot.coming = true;
        drop(slot);
        let (ahead, hand) = (self.clone(), hand.clone());
        tokio::spawn(async move {
            // whoever needs one begins their own, and hears what ails the server
            let begun = Begun::begin(&hand, &patience).await.ok();
            // where every connection is wanted none may wait for somebody to come
            let (begun, needless) = if hand.is_wanted() { (None, begun) } else { (begun, None) };
            let kept = ahead.keep(begun).await;
            if let Some(needless) = needless {
                needless.rollback(&patience).await;
            }
            let Some(which) = kept else { return };
            tokio::time::sleep(KEPT).await;
            if let Some(old) = ahead.let_go(which).await {
                old.rollback(&patience).await;
            }
        });
    }

    /// Keeps it; which one it is.
    async fn keep(&self, begun: Option<Begun>) -> Option<u64> {
        let mut slot = self.0.lock().await;
        slot.coming = false;
        slot.begun = Some(begun?);
        slot.count = slot.count.wrapping_add(1);
        Some(slot.count)
    }

    /// The one that nobody came for.
    async fn let_go(&self, which: u64) -> Option<Begun> {
        let mut slot = self.0.lock().await;
        if slot.count == which { slot.begun.take() } else { None }
    }
}

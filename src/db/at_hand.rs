//! The connections that questions are asked on, one question each at a time.
//!
//! The driver's pool asks every connection that comes back whether it still lives: to a server that is a
//! way there and back after each question, in an embedded store two turns of its thread, at the very time
//! when whoever asked goes on working. So a connection whose answer was read to its end stays here; any
//! other, and one that has answered for long, goes back to the driver, which looks at it or closes it; one
//! to a server is closed, since a dead link lets whoever looks at it wait. For the same reason such a one that
//! rested for long is asked briefly before it is used.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Database, Pool};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::patience::Patience;

/// Whoever waits longer for a connection is refused.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many questions are asked on a connection before it may be replaced: a server's process keeps what
/// it learnt for as long as it lives.
const QUESTIONS: u32 = 100_000;
/// Whoever between the house and its server forgets a link does so after minutes of silence.
const RESTED: Duration = Duration::from_mins(1);

/// Connections to one store. Cheap to clone.
pub(super) struct AtHand<D: Database> {
    pool: Pool<D>,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Kept<D>>>>,
    /// The patience with a server; `None` where the store is embedded.
    far: Option<Patience>,
}

struct Kept<D: Database> {
    on: PoolConnection<D>,
    asked: u32,
    /// It leads to a server.
    far: bool,
    /// When it answered last, and how often nobody had answered by then.
    answered: (Instant, u64),
}

impl<D: Database> Drop for Kept<D> {
    fn drop(&mut self) {
        if self.far {
            self.on.close_on_drop();
        }
    }
}

/// A connection in somebody's hand. Dropped without [`AtHand::put`], the driver has it back, or closes it.
pub(super) struct Taken<D: Database> {
    kept: Kept<D>,
    _turn: OwnedSemaphorePermit,
}

impl<D: Database> Clone for AtHand<D> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            turns: self.turns.clone(),
            idle: self.idle.clone(),
            far: self.far.clone(),
        }
    }
}

impl<D: Database> AtHand<D> {
    /// Hands out `most` connections at a time; the pool must have as many for this alone.
    pub(super) fn of(pool: Pool<D>, most: usize) -> Self {
        Self { pool, turns: Arc::new(Semaphore::new(most)), idle: Arc::default(), far: None }
    }

    /// The same to a server.
    pub(super) fn far(pool: Pool<D>, most: usize, patience: &Patience) -> Self {
        Self { far: Some(patience.clone()), ..Self::of(pool, most) }
    }

    /// The driver's pool below.
    #[cfg(test)]
    pub(super) fn pool(&self) -> &Pool<D> {
        &self.pool
    }

    /// Now, and how often nobody has answered.
    #[expect(clippy::disallowed_methods, reason = "how long a link rested is the machine's time")]
    fn now(&self) -> (Instant, u64) {
        (Instant::now(), self.far.as_ref().map_or(0, Patience::lost))
    }

    /// Whether somebody was lost since it answered: it may be as well.
    pub(super) fn is_suspect(&self, taken: &Taken<D>) -> bool {
        taken.kept.answered.1 != self.now().1
    }

    /// Whether it can be used as it is.
    async fn is_good(&self, kept: &mut Kept<D>) -> bool {
        let Some(far) = &self.far else { return true };
        let (now, lost) = self.now();
        let (then, seen) = kept.answered;
        seen == lost
            && (now.saturating_duration_since(then) < RESTED
                || far.briefly(kept.on.ping()).await.is_ok())
    }

    /// One that was kept for somebody, if it can be used as it is; else another.
    pub(super) async fn or_another(&self, taken: Option<Taken<D>>) -> sqlx::Result<Taken<D>> {
        if let Some(mut taken) = taken
            && self.is_good(&mut taken.kept).await
        {
            return Ok(taken);
        }
        Box::pin(self.take()).await
    }

    /// Notes that it has just answered; whether it may be kept.
    pub(super) fn may_keep(&self, taken: &mut Taken<D>) -> bool {
        taken.kept.answered = self.now();
        !self.pool.is_closed()
    }

    /// Whether nobody may keep one that is not used.
    pub(super) fn is_wanted(&self) -> bool {
        self.pool.is_closed() || self.turns.available_permits() == 0
    }

    /// A connection, which was not asked whether it still lives.
    pub(super) async fn take(&self) -> Result<Taken<D>, sqlx::Error> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let turn = turn.map_err(|_| sqlx::Error::PoolClosed)?;
        loop {
            let at_hand = self.idle.lock().await.pop();
            let Some(mut kept) = at_hand else { break };
            if self.is_good(&mut kept).await {
                return Ok(Taken { kept, _turn: turn });
            }
        }
        let answered = self.now();
        let on = match &self.far {
            Some(far) => far.with(self.pool.acquire()).await?,
            None => self.pool.acquire().await?,
        };
        let kept = Kept { on, asked: 0, far: self.far.is_some(), answered };
        Ok(Taken { kept, _turn: turn })
    }

    /// Keeps one whose answer was read to its end.
    pub(super) async fn put(&self, taken: Taken<D>) {
        let Taken { mut kept, _turn } = taken;
        kept.answered = self.now();
        kept.asked += 1;
        let mut idle = self.idle.lock().await;
        if kept.asked < QUESTIONS && !self.pool.is_closed() {
            idle.push(kept);
        }
    }

    /// Opens no more of them from now on, and keeps none.
    pub(super) fn shut(&self) {
        drop(self.pool.close());
    }

    /// Closes all of them.
    pub(super) async fn close(&self) {
        let closing = self.pool.close();
        let idle = std::mem::take(&mut *self.idle.lock().await);
        drop(idle);
        closing.await;
    }
}

impl<D: Database> Deref for Taken<D> {
    type Target = D::Connection;

    fn deref(&self) -> &Self::Target {
        &self.kept.on
    }
}

impl<D: Database> DerefMut for Taken<D> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.kept.on
    }
}

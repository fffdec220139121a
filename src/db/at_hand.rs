//! The connections that questions are asked on, one question each at a time.
//!
//! The driver's pool asks every connection that comes back whether it still lives: to a server that is a
//! way there and back after each question, in an embedded store two turns of its thread, at the very time
//! when whoever asked goes on working. So a connection whose answer was read to its end stays here; any
//! other, and one that has answered for long, goes back to the driver, which looks at it or closes it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Database, Pool};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

/// Whoever waits longer for a connection is refused.
const PATIENCE: Duration = Duration::from_secs(5);
/// So many questions are asked on a connection before it may be replaced: a server's process keeps what
/// it learnt for as long as it lives.
const QUESTIONS: u32 = 100_000;

/// Connections to one store. Cheap to clone.
pub(super) struct AtHand<D: Database> {
    pool: Pool<D>,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Kept<D>>>>,
}

struct Kept<D: Database> {
    on: PoolConnection<D>,
    asked: u32,
}

/// A connection in somebody's hand. Dropped without [`AtHand::put`], the driver has it back.
pub(super) struct Taken<D: Database> {
    kept: Kept<D>,
    _turn: OwnedSemaphorePermit,
}

impl<D: Database> Clone for AtHand<D> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), turns: self.turns.clone(), idle: self.idle.clone() }
    }
}

impl<D: Database> AtHand<D> {
    /// Hands out `most` connections at a time; the pool must have as many for this alone.
    pub(super) fn of(pool: Pool<D>, most: usize) -> Self {
        Self { pool, turns: Arc::new(Semaphore::new(most)), idle: Arc::default() }
    }

    /// The driver's pool below.
    #[cfg(test)]
    pub(super) fn pool(&self) -> &Pool<D> {
        &self.pool
    }

    /// A connection, which was not asked whether it still lives.
    pub(super) async fn take(&self) -> Result<Taken<D>, sqlx::Error> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let turn = turn.map_err(|_| sqlx::Error::PoolClosed)?;
        let at_hand = self.idle.lock().await.pop();
        let kept = match at_hand {
            Some(kept) => kept,
            None => Kept { on: self.pool.acquire().await?, asked: 0 },
        };
        Ok(Taken { kept, _turn: turn })
    }

    /// Keeps one whose answer was read to its end.
    pub(super) async fn put(&self, taken: Taken<D>) {
        let Taken { mut kept, _turn } = taken;
        kept.asked += 1;
        let mut idle = self.idle.lock().await;
        if kept.asked < QUESTIONS && !self.pool.is_closed() {
            idle.push(kept);
        }
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

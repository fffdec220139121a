//! The one way to write: a change is all there or not at all, and is told once it is stored.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::begun::Begun;
use super::open::{Pools, is_gone};
use super::tx::{Act, EngineTx, Made};
use super::{Db, Error, Result, Stamp, Tx};

/// How often a write that met someone else is tried again.
const TRIES: u32 = 6;

pub(super) fn broken(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Broken(sqlx::Error::Io(std::io::Error::other(why)))
}

/// A change whose result is of any kind.
pub(super) fn act<R: Send + 'static>(
    change: impl for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<R>> + Send + Sync + 'static,
) -> Act {
    Arc::new(move |tx| {
        let made = change(tx);
        Box::pin(async move { Ok(Box::new(made.await?) as Made) })
    })
}

/// What it made, as the kind that it is.
pub(super) fn made<R: 'static>(made: Made) -> Result<R> {
    let made = made.downcast::<R>();
    made.map(|made| *made).map_err(|_| broken("a change made something else than it said"))
}

impl Db {
    /// One change. Runs in a task of its own and is tried again when someone else was in the way,
    /// so `change` may run several times. What it recorded is told after the commit.
    pub async fn write<R: Send + 'static>(
        &self,
        stamp: Stamp,
        change: impl for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<R>> + Send + Sync + 'static,
    ) -> Result<R> {
        made(self.changed(stamp, act(change)).await?)
    }

    /// Every change is one kind of task here: compiled once, not anew for each kind of result.
    #[expect(clippy::disallowed_methods, reason = "a write must outlive the caller who hangs up")]
    async fn changed(&self, stamp: Stamp, change: Act) -> Result<Made> {
        let db = self.clone();
        let task = tokio::spawn(async move { db.tried(stamp, &change).await });
        match task.await {
            Ok(done) => done,
            Err(died) => Err(broken(died)),
        }
    }

    /// Does it, and again where someone else was in the way.
    pub(super) async fn tried(&self, stamp: Stamp, change: &Act) -> Result<Made> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.once(stamp, change).await {
                Err(Error::Retry(_)) if tries < TRIES => {
                    tokio::time::sleep(Duration::from_millis(u64::from(tries) * 5)).await;
                }
                done => return done,
            }
        }
    }

    pub(super) async fn once(&self, stamp: Stamp, change: &Act) -> Result<Made> {
        let (engine, begun_ahead) = self.begin().await?;
        let mut tx = Tx::of(engine, stamp);
        let changed = async {
            let result = change(&mut tx).await?;
            self.attending.show(&mut tx).await?;
            Ok((result, tx.journal().await?))
        };
        match changed.await {
            Ok((result, news)) => {
                tx.commit().await?;
                self.bus.tell(news);
                self.committed();
                Ok(result)
            }
            Err(error) => {
                tx.rollback(&error).await;
                if begun_ahead && let Error::Broken(why) = error {
                    // where the server ended the connection while it waited, nothing is done yet
                    return Err(if is_gone(&why) { Error::Retry(why) } else { Error::Broken(why) });
                }
                Err(error)
            }
        }
    }

    /// A transaction, and whether it was begun before anybody wanted it.
    pub(super) async fn begin(&self) -> Result<(EngineTx, bool)> {
        let patience = &self.patience;
        Ok(match &self.pools {
            Pools::Sqlite { write, .. } => {
                self.anchored()?;
                (EngineTx::Sqlite(begin_sqlite(write).await?), false)
            }
            Pools::Postgres { write, ahead, .. } => {
                if let Some(tx) = ahead.take() {
                    (EngineTx::Postgres(tx, patience.clone()), true)
                } else {
                    let tx = Begun::begin(write, &patience.short()).await?;
                    (EngineTx::Postgres(tx, patience.clone()), false)
                }
            }
        })
    }

    /// What follows a commit, for the next.
    pub(super) fn committed(&self) {
        match &self.pools {
            Pools::Sqlite { wrote, .. } => {
                wrote.send_replace(());
            }
            Pools::Postgres { write, ahead, .. } => ahead.begin(write, self.patience.short()),
        }
    }
}

/// Begins on the one writing connection. After trouble with the disk SQLite rolls back by itself,
/// and sqlx goes on counting the transaction that is no more: such a connection never begins
/// another, so it is replaced.
async fn begin_sqlite(write: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    match write.begin_with("BEGIN IMMEDIATE").await {
        Err(sqlx::Error::InvalidSavePointStatement) => {
            let stuck = write.acquire().await?;
            if let Err(error) = stuck.close().await {
                tracing::debug!(%error, "a stuck connection did not close cleanly");
            }
            write.begin_with("BEGIN IMMEDIATE").await
        }
        begun => begun,
    }
}

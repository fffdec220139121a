//! A change of one statement, which on a server is its own begin and its own commit; on the embedded
//! store it is one text with both.
//!
//! A call rings on screens only when it is stored, and each way to the store and back delays that: to a
//! server over the wire, to the embedded one into its thread. Such a statement writes its lines of the
//! journal itself, so all of it is there or nothing, by one way instead of four.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Postgres, Sqlite};
use tokio::sync::Mutex;

use super::at_hand::{AtHand, Taken};
use super::open::Pools;
use super::patience::Patience;
use super::query::{Executor, Query};
use super::{Change, Db, Error, Result, Sql, Stamp, journal};
use crate::kernel::Moment;

/// A change under way that is one statement. Made by [`Db::write_alone`].
pub struct Alone {
    on: On,
    now: Moment,
    asked: bool,
    wrote: Option<(Vec<Change>, i64)>,
    then: Vec<Box<dyn FnOnce() + Send>>,
}

enum On {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(Taken<Postgres>, Patience),
}

impl Alone {
    /// When this change happens.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// The one statement.
    pub fn q(&mut self, sql: Sql) -> Query<'_> {
        debug_assert!(!self.asked, "a second statement would be a second change");
        self.asked = true;
        match &mut self.on {
            On::Sqlite(on) => Query::new(Executor::Sqlite(on), sql).with_its_commit(),
            On::Postgres(on, patience) => Query::new(Executor::Pg(on, patience), sql),
        }
    }

    /// What the statement wrote in the journal, the first line after this number.
    pub fn wrote(&mut self, changes: Vec<Change>, before: i64) {
        self.wrote = Some((changes, before));
    }

    /// Takes back what a statement that failed had begun. A server does so by itself, and its connection is
    /// closed: it may be the link that failed.
    async fn undo(self) {
        let On::Sqlite(mut on) = self.on else { return };
        // after trouble with the disk SQLite has rolled back already, and says that there is nothing to
        let undone = sqlx::query("ROLLBACK").execute(&mut *on).await;
        if !matches!(&undone, Ok(_) | Err(sqlx::Error::Database(_)))
            && let Err(error) = on.detach().close().await
        {
            tracing::debug!(%error, "a stuck connection did not close cleanly");
        }
    }

    /// Does something once the statement is done and before anybody is told of it. Nothing that waits
    /// or fails.
    pub fn after_commit(&mut self, then: impl FnOnce() + Send + 'static) {
        self.then.push(Box::new(then));
    }
}

/// The connection that such changes use, one after the other. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct OneWay(Arc<Mutex<Option<Taken<Postgres>>>>);

impl OneWay {
    /// The one at hand, else another one. What is taken is not asked whether it still lives.
    async fn take(&self, hand: &AtHand<Postgres>) -> Result<Taken<Postgres>> {
        let at_hand = self.0.lock().await.take();
        Ok(hand.or_another(at_hand).await?)
    }

    /// Keeps it for the next; where the store is being closed it is too.
    async fn keep(&self, mut on: Taken<Postgres>, hand: &AtHand<Postgres>) {
        let mut at_hand = self.0.lock().await;
        // asked once nobody else has the place: who closes the store empties it afterwards
        if hand.may_keep(&mut on) {
            *at_hand = Some(on);
        }
    }

    pub(super) async fn let_go(&self) {
        drop(self.0.lock().await.take());
    }
}

impl Db {
    /// One change that is one statement. It is not shown to rooms that attend the changes of others, so
    /// it may write no line that any of them looks at.
    ///
    /// An error does not say whether the statement was done (the answer may have been lost on its way):
    /// this is for changes of which the store itself can tell afterwards.
    pub async fn write_alone<R: Send + 'static>(
        &self,
        stamp: Stamp,
        change: impl for<'t> FnOnce(&'t mut Alone) -> BoxFuture<'t, Result<R>> + Send + 'static,
    ) -> Result<R> {
        self.alone(stamp, false, change).await
    }

    /// The same beside those: on a server it has a connection of its own, so that neither waits for the other
    /// nor takes the one whose plans the other needs.
    pub async fn write_aside<R: Send + 'static>(
        &self,
        stamp: Stamp,
        change: impl for<'t> FnOnce(&'t mut Alone) -> BoxFuture<'t, Result<R>> + Send + 'static,
    ) -> Result<R> {
        self.alone(stamp, true, change).await
    }

    #[expect(clippy::disallowed_methods, reason = "a write must outlive the caller who hangs up")]
    async fn alone<R: Send + 'static>(
        &self,
        stamp: Stamp,
        beside: bool,
        change: impl for<'t> FnOnce(&'t mut Alone) -> BoxFuture<'t, Result<R>> + Send + 'static,
    ) -> Result<R> {
        let db = self.clone();
        let task = tokio::spawn(async move {
            db.anchored()?;
            let on = match &db.pools {
                Pools::Sqlite { write, .. } => On::Sqlite(write.acquire().await?),
                Pools::Postgres { write, one_way, aside, .. } => {
                    let way = if beside { aside } else { one_way };
                    On::Postgres(way.take(write).await?, db.patience.clone())
                }
            };
            let now = stamp.now;
            let mut alone = Alone { on, now, asked: false, wrote: None, then: Vec::new() };
            let result = match change(&mut alone).await {
                Ok(result) => result,
                Err(error) => {
                    alone.undo().await;
                    return Err(error);
                }
            };
            let Alone { on, wrote, then, .. } = alone;
            for then in then {
                then();
            }
            let (changes, before) = wrote.unwrap_or_default();
            debug_assert!(db.attending.is_nobodys(&changes), "a room attends these lines");
            db.bus.tell(journal::told(changes, before, now));
            match (on, &db.pools) {
                (On::Postgres(on, _), Pools::Postgres { write, one_way, aside, .. }) => {
                    let way = if beside { aside } else { one_way };
                    way.keep(on, write).await;
                }
                (On::Sqlite(on), Pools::Sqlite { wrote, .. }) => {
                    drop(on);
                    wrote.send_replace(());
                }
                _ => {}
            }
            Ok(result)
        });
        match task.await {
            Ok(done) => done,
            Err(died) => Err(Error::Broken(sqlx::Error::Io(std::io::Error::other(died)))),
        }
    }
}

//! A change to the books: all of it or none, written in the journal, and only then told.

use std::any::Any;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use sqlx::{Sqlite, Transaction};

use super::begun::Begun;
use super::journal::{self, Change};
use super::open::is_gone;
use super::patience::Patience;
use super::query::{Executor, Query};
use super::{Error, Result, Sql, told};
use crate::bus::News;
use crate::kernel::{Moment, StaffId};

/// Who changes something, and when: one moment for the whole transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// The moment of the change.
    pub now: Moment,
    /// The person; `None` is the house itself.
    pub by: Option<StaffId>,
}

/// A change under way. Made by `Db::write` alone.
pub struct Tx {
    pub(super) engine: EngineTx,
    pub(super) notes: Notes,
}

/// What a change notes beside what it writes.
pub(super) struct Notes {
    pub(super) stamp: Stamp,
    pub(super) changes: Vec<Change>,
    /// The first table of people's records that a row was changed in.
    touched: Option<&'static str>,
    /// What is done once it is committed.
    pub(super) then: Vec<Box<dyn FnOnce() + Send>>,
}

impl Notes {
    pub(super) fn of(stamp: Stamp) -> Self {
        Self { stamp, changes: Vec::new(), touched: None, then: Vec::new() }
    }
}

/// What a change made, whatever it is.
pub(super) type Made = Box<dyn Any + Send>;
/// One change: whatever it makes, it is run by the same code.
pub(super) type Act = Arc<dyn for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<Made>> + Send + Sync>;

pub(super) enum EngineTx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Begun, Patience),
}

impl EngineTx {
    fn executor(&mut self) -> Executor<'_> {
        match self {
            Self::Sqlite(tx) => Executor::Sqlite(tx),
            Self::Postgres(tx, patience) => Executor::Pg(tx.on(), patience),
        }
    }
}

impl Tx {
    pub(super) fn of(engine: EngineTx, stamp: Stamp) -> Self {
        Self { engine, notes: Notes::of(stamp) }
    }

    /// When this change happens.
    pub fn now(&self) -> Moment {
        self.notes.stamp.now
    }

    /// Who makes it.
    pub fn by(&self) -> Option<StaffId> {
        self.notes.stamp.by
    }

    /// A statement inside this change.
    pub fn q(&mut self, sql: Sql) -> Query<'_> {
        Query::new(self.engine.executor(), sql).marking(&mut self.notes.touched)
    }

    /// A statement by which the machine notes something for itself in a record, such as when it looks at
    /// it again: no edit, and no line of the journal is owed for it.
    pub fn keep(&mut self, sql: Sql) -> Query<'_> {
        Query::new(self.engine.executor(), sql)
    }

    /// Waits until whoever is about to commit has done so, and has everybody else wait until this change is over: what
    /// it reads from here on is of one moment. Only for a few short questions.
    pub async fn hold_still(&mut self) -> Result<()> {
        journal::turn(self).await
    }

    /// Writes one line in the journal as part of this change; it is told after the commit.
    pub fn record(&mut self, change: Change) {
        self.notes.changes.push(change);
    }

    /// Does something once this change is committed and before anybody is told of it. Nothing that
    /// waits or fails.
    pub fn after_commit(&mut self, then: impl FnOnce() + Send + 'static) {
        self.notes.then.push(Box::new(then));
    }

    /// Writes what was recorded into the journal: the last of a change before its commit.
    pub(super) async fn journal(&mut self) -> Result<Vec<News>> {
        let changes = std::mem::take(&mut self.notes.changes);
        told::look(self.notes.touched, &changes);
        journal::write(self, changes).await
    }

    pub(super) async fn commit(self) -> Result<()> {
        match self.engine {
            EngineTx::Sqlite(tx) => tx.commit().await?,
            EngineTx::Postgres(tx, patience) => tx.commit(&patience).await?,
        }
        for then in self.notes.then {
            then();
        }
        Ok(())
    }

    /// Takes all of it back, after this error.
    pub(super) async fn rollback(self, after: &Error) {
        match self.engine {
            // one that cannot is replaced when the next change begins
            EngineTx::Sqlite(tx) => drop(tx.rollback().await),
            // nobody is there to say it to: the connection is closed
            EngineTx::Postgres(tx, _) if matches!(after, Error::Broken(why) if is_gone(why)) => {
                drop(tx);
            }
            EngineTx::Postgres(tx, patience) => tx.rollback(&patience).await,
        }
    }
}

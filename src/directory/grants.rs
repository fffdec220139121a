//! A granted look: to whom, by whom, why, until when; it ends by itself.

use futures_util::future::BoxFuture;

use super::store::grants as store;
use crate::db::{Db, Result, Stamp};
use crate::kernel::{Moment, PersonId, StaffId};
use crate::timers::FallsDue;

/// A grant lasts at most so long, in milliseconds: a day.
pub(super) const LONGEST_MS: i64 = 24 * 60 * 60 * 1000;
/// A reason has at most so many characters.
pub(super) const REASON_MOST: usize = 200;

/// A grant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// Whom it lets see.
    pub person: PersonId,
    /// Who may look.
    pub staff: StaffId,
    /// Who grants it.
    pub by: StaffId,
    /// Why.
    pub reason: String,
    /// Until when.
    pub until: Moment,
}

/// Ends grants when their time has come. A look is refused from that moment on in any case; this
/// writes the end down.
#[derive(Debug, Clone, Copy)]
pub struct Expiry;

impl FallsDue for Expiry {
    fn name(&self) -> &'static str {
        "grants"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, Result<Option<Moment>>> {
        Box::pin(store::next_end(db))
    }

    fn fall_due<'a>(&'a self, db: &'a Db, now: Moment, due: Moment) -> BoxFuture<'a, Result<()>> {
        Box::pin(store::expire(db, Stamp { now, by: None }, due))
    }
}

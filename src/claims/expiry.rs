//! What ends by itself: holds of a few minutes, offers to the waitlist, options on halls.

use futures_util::future::BoxFuture;

use super::store;
use crate::db::{self, Db, Stamp};
use crate::kernel::Moment;
use crate::timers::FallsDue;

/// Ends claims whose time is up and tells every open board.
pub struct Expiry;

impl FallsDue for Expiry {
    fn name(&self) -> &'static str {
        "holds"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        Box::pin(store::next_end(db))
    }

    fn fall_due<'a>(
        &'a self,
        db: &'a Db,
        now: Moment,
        due: Moment,
    ) -> BoxFuture<'a, db::Result<()>> {
        Box::pin(async move {
            let stamp = Stamp { now, by: None };
            db.write(stamp, move |tx| Box::pin(store::end_due(tx, due))).await
        })
    }
}

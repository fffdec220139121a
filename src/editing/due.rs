//! Whoever falls silent is not editing any more.

use futures_util::future::BoxFuture;

use super::store::{self, SILENT_MS};
use crate::db::{self, Db, Stamp};
use crate::kernel::Moment;
use crate::timers::FallsDue;

/// Lets the silent go.
pub struct Due;

impl FallsDue for Due {
    fn name(&self) -> &'static str {
        "who is editing"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        Box::pin(async move {
            Ok(store::longest_silent(db).await?.map(|seen| seen.plus_millis(SILENT_MS)))
        })
    }

    fn fall_due<'a>(
        &'a self,
        db: &'a Db,
        now: Moment,
        due: Moment,
    ) -> BoxFuture<'a, db::Result<()>> {
        Box::pin(async move {
            let seen = due.plus_millis(-SILENT_MS);
            db.write(Stamp { now, by: None }, move |tx| Box::pin(store::silent_in(tx, seen))).await
        })
    }
}

//! Pictures whose time is over are forgotten.

use futures_util::future::BoxFuture;

use super::store;
use crate::db::{self, Db, Stamp};
use crate::kernel::Moment;
use crate::timers::FallsDue;

/// Forgets them.
pub struct Forgets;

impl FallsDue for Forgets {
    fn name(&self) -> &'static str {
        "what can be undone"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        Box::pin(async move {
            let oldest = store::oldest(db).await?;
            Ok(oldest.map(|at| at.plus_millis(store::UNDO_MS + 1)))
        })
    }

    fn fall_due<'a>(
        &'a self,
        db: &'a Db,
        now: Moment,
        due: Moment,
    ) -> BoxFuture<'a, db::Result<()>> {
        Box::pin(async move {
            let before = due.plus_millis(-store::UNDO_MS);
            db.write(Stamp { now, by: None }, move |tx| Box::pin(store::forget_in(tx, before)))
                .await
        })
    }
}

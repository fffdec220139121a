//! The radios have had their time: who stayed silent is kept, and nobody is asked any more.

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::telephone;
use crate::db::{self, Db, Stamp, Tx};
use crate::kernel::{Moment, StaffId};
use crate::notices;
use crate::shifts::devices::{DeviceCheck, Rang};
use crate::shifts::store::devices as kept;
use crate::timers::FallsDue;
use crate::web::Sources;

/// Settles checks that are due.
pub struct Due {
    /// What the sources show of telephones.
    pub sources: watch::Receiver<Sources>,
}

impl FallsDue for Due {
    fn name(&self) -> &'static str {
        "device checks"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        Box::pin(kept::next_due(db))
    }

    fn fall_due<'a>(
        &'a self,
        db: &'a Db,
        now: Moment,
        due: Moment,
    ) -> BoxFuture<'a, db::Result<()>> {
        let sources = self.sources.borrow().clone();
        Box::pin(async move {
            db.write(Stamp { now, by: None }, move |tx| {
                let sources = sources.clone();
                Box::pin(async move {
                    for check in kept::due_in(tx, due).await? {
                        settle(tx, &sources, &check).await?;
                    }
                    Ok(())
                })
            })
            .await
        })
    }
}

async fn settle(tx: &mut Tx, sources: &Sources, check: &DeviceCheck) -> db::Result<()> {
    if check.rang == Rang::Open {
        let registered = telephone::registered(sources, &check.extension, tx.now());
        let rang = telephone::rang(sources, &check.extension, check.begun_at);
        if registered != check.registered || rang.0 != check.rang {
            kept::rang_in(tx, check.id, registered, rang).await?;
        }
    }
    let asked = match kept::notice_of_in(tx, check.id).await? {
        Some(notice) => notices::store::answered_in(tx, notice).await?,
        None => Vec::new(),
    };
    let late = |at: Option<Moment>| at.is_none_or(|at| check.due_at.is_some_and(|due| at > due));
    let silent: Vec<StaffId> =
        asked.iter().filter(|(_, at)| late(*at)).map(|(greeter, _)| *greeter).collect();
    let asked = i64::try_from(asked.len()).unwrap_or(i64::MAX);
    kept::settle_in(tx, check.id, asked, &silent).await?;
    notices::store::close_about(tx, &kept::subject(check.id)).await
}

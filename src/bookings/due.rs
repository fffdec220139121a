//! What falls due here: guests who are late, offers nobody answered, waits and options that are over.

use futures_util::future::BoxFuture;

use super::store::world::Actor;
use super::store::{self, asks, banquets, offers, waiting};
use super::{asking, owed};
use crate::db::{self, Change, Db, Stamp, Tx};
use crate::kernel::{BusinessDay, Moment};
use crate::timers::FallsDue;

/// The room's dues.
pub struct Due {
    /// The site's day.
    pub day: BusinessDay,
}

impl FallsDue for Due {
    fn name(&self) -> &'static str {
        "bookings"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        Box::pin(async move {
            let moments = [
                store::next_due(db).await?,
                offers::next_end(db).await?,
                waiting::next_end(db).await?,
                banquets::next_lapse(db).await?,
                asks::next_due(db).await?,
            ];
            Ok(moments.into_iter().flatten().min())
        })
    }

    fn fall_due<'a>(
        &'a self,
        db: &'a Db,
        now: Moment,
        due: Moment,
    ) -> BoxFuture<'a, db::Result<()>> {
        let actor = Actor { day: self.day, approves: true };
        Box::pin(async move {
            let stamp = Stamp { now, by: None };
            db.write(stamp, move |tx| Box::pin(fall_due_in(tx, actor, due))).await
        })
    }
}

async fn fall_due_in(tx: &mut Tx, actor: Actor, due: Moment) -> db::Result<()> {
    crate::claims::store::queue(tx).await?;
    offers::end_due_in(tx, actor, due).await?;
    waiting::end_due_in(tx, due).await?;
    banquets::lapse_in(tx, due).await?;
    asking::pass_on_in(tx, due).await?;
    let late = store::take_due_in(tx, due).await?;
    for booking in store::by_ids_in(tx, &late).await? {
        if booking.state == super::booking::State::Booked {
            owed::chase(tx, &booking).await?;
            let subject = format!("bookings/{}", booking.no);
            tx.record(Change::new("booking", subject, "late").version(booking.version).at(due));
        }
    }
    Ok(())
}

//! What falls due: waiting that is over, clocks at their marks, offers nobody answered, solved faults nobody
//! called back about.

use futures_util::future::BoxFuture;

use super::desk::{Desk, Doing, Trouble};
use super::neighbours::{Told, Whom};
use super::order::{Details, Verb};
use super::store::clocks::{self, Mark};
use super::store::{self, offers, orders};
use super::ticket::Act;
use crate::db::{self, Db, Stamp};
use crate::kernel::{Moment, Role};
use crate::timers::FallsDue;
use crate::words::Said;

/// Sees to what is due.
pub struct Due(Desk);

impl Due {
    /// By this desk.
    pub fn new(desk: &Desk) -> Self {
        Self(desk.clone())
    }

    async fn pass(&self, now: Moment, due: Moment) -> db::Result<()> {
        let (db, stamp) = (&self.0.db, Stamp { now, by: None });
        for no in store::returning(db, due).await? {
            settled(self.0.act(stamp, &no, None, Act::Return, None).await)?;
        }
        for mark in clocks::falling(db, due).await? {
            self.mark(stamp, mark).await?;
        }
        for no in offers::silent(db, due).await? {
            if self.0.phone_first(stamp, &no).await? {
                continue;
            }
            let doing = Doing {
                no,
                verb: Verb::Silence,
                details: Details::default(),
                at: now,
                op_id: None,
                late: false,
                for_others: true,
            };
            settled(self.0.do_order(stamp, doing).await)?;
        }
        for no in store::closing(db, due).await? {
            let Some(ticket) = store::by_no(db, &no).await? else { continue };
            let said = orders::rated(db, &ticket).await?;
            settled(self.0.act(stamp, &no, None, Act::Close(said), None).await)?;
        }
        Ok(())
    }

    /// Warns of a goal that will be missed, or tells of one that is; once.
    async fn mark(&self, stamp: Stamp, mark: Mark) -> db::Result<()> {
        let Some(ticket) = store::by_id(&self.0.db, mark.ticket_id).await? else { return Ok(()) };
        let desk = self.0.clone();
        let write = self.0.db.write(stamp, move |tx| {
            let (mark, ticket, desk) = (mark.clone(), ticket.clone(), desk.clone());
            Box::pin(async move {
                if !clocks::told(tx, &mark).await? {
                    return Ok(());
                }
                let missed = mark.missed == 1;
                let change = if missed { "missed" } else { "warned" };
                store::record(tx, &ticket.no, change, ticket.version);
                let title = Said::of(|l| {
                    let metric = super::web::say::metric(l, mark.metric);
                    let (no, priority) = (ticket.no.as_str(), ticket.priority);
                    if missed {
                        l.tickets_tell_missed(no, priority, metric).to_string()
                    } else {
                        l.tickets_tell_warned(no, priority, metric).to_string()
                    }
                });
                let text = super::desk::fault_said(&ticket);
                let whom = match (missed, ticket.owner) {
                    (false, Some(owner)) => Whom::OrElse(owner, Role::Operator),
                    (false, None) => Whom::Role(Role::Operator),
                    (true, _) => Whom::Role(Role::Supervisor),
                };
                let about = format!("faults/{}", ticket.no);
                let urgent = ticket.priority == 1;
                let (event, answer, stands) = (change, missed, false);
                let told = Told { about, event, title, text, whom, answer, urgent, stands };
                desk.neighbours.tell(tx, told).await
            })
        });
        write.await
    }
}

/// What somebody did meanwhile needs not be done any more.
fn settled<T>(done: Result<T, Trouble>) -> db::Result<()> {
    match done {
        Ok(_)
        | Err(
            Trouble::Ticket(..)
            | Trouble::Order(..)
            | Trouble::Nobody(_)
            | Trouble::Stale
            | Trouble::Changed
            | Trouble::TooLate
            | Trouble::Gone
            | Trouble::NotYours,
        ) => Ok(()),
        Err(Trouble::Store(error)) => Err(error),
    }
}

impl FallsDue for Due {
    fn name(&self) -> &'static str {
        "faults and work orders"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        Box::pin(async move {
            let all = [
                store::next_due(db).await?,
                clocks::next_due(db).await?,
                offers::next_due(db).await?,
            ];
            Ok(all.into_iter().flatten().min())
        })
    }

    fn fall_due<'a>(
        &'a self,
        _: &'a Db,
        now: Moment,
        due: Moment,
    ) -> BoxFuture<'a, db::Result<()>> {
        Box::pin(self.pass(now, due))
    }
}

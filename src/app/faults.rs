//! What the faults ask of the other rooms: who is there, how people are told, who calls back.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::db::{Db, Result, Stamp, Tx};
use crate::followups::{self, Assignee, Ladder, NewFollowUp};
use crate::kernel::{Language, Moment, Role, Roles, StaffId};
use crate::outbox::{Answers, Letter, Post, Routes};
use crate::shifts;
use crate::shifts::store as presence;
use crate::staff;
use crate::tickets::neighbours::{Neighbours, There, Told, Whom};
use crate::tickets::order::{Details, Verb};
use crate::tickets::{Desk, Doing, Trouble};
use crate::web::Kit;

/// What a follow-up is called that asks for a call back.
const CALL_BACK: &str = "call_back";
/// So long after a call back was due the supervisor is told, in milliseconds.
const TELL_MS: i64 = 15 * 60 * 1000;

/// The rooms around the faults.
pub(super) struct Rooms {
    pub(super) routes: Routes,
    /// How people reach the panel, for links.
    pub(super) url: String,
    /// The language of those who have not chosen.
    pub(super) language: Language,
}

impl Rooms {
    /// Where the reader of a message goes from it.
    fn link(&self, about: &str, answer: bool) -> String {
        let place = if answer && about.starts_with("work-orders/") { "my/jobs" } else { about };
        format!("{}/{place}", self.url)
    }

    async fn people(tx: &mut Tx, whom: &Whom) -> Result<Vec<(StaffId, Roles)>> {
        let everyone = staff::store::roles_in(tx).await?;
        Ok(match whom {
            Whom::People(people) => {
                everyone.into_iter().filter(|(id, _)| people.contains(id)).collect()
            }
            Whom::Role(role) => everyone.into_iter().filter(|(_, roles)| roles.has(role)).collect(),
        })
    }
}

impl Neighbours for Rooms {
    fn there<'a>(&'a self, db: &'a Db, now: Moment) -> BoxFuture<'a, Result<Vec<There>>> {
        Box::pin(async move {
            let mut ranks: BTreeMap<StaffId, i64> = BTreeMap::new();
            for shift in presence::roster::running(db, now).await? {
                if shift.kind == shifts::Kind::OnCall {
                    let rank = ranks.entry(shift.staff).or_insert(i64::MAX);
                    *rank = (*rank).min(shift.rank);
                }
            }
            let everyone = presence::everyone(db, now).await?;
            Ok(everyone
                .into_iter()
                .map(|duty| There {
                    on_duty: duty.since.is_some(),
                    away: duty.is_absent(now),
                    on_call: ranks.get(&duty.staff).copied(),
                    staff: duty.staff,
                })
                .collect())
        })
    }

    fn tell<'t>(&'t self, tx: &'t mut Tx, told: Told) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move {
            for (to, roles) in Self::people(tx, &told.whom).await? {
                let own = staff::store::language_of_in(tx, to).await?.unwrap_or(self.language);
                let letter = Letter {
                    about: told.about.clone(),
                    event: told.event.to_owned(),
                    title: told.title.to(own).to_owned(),
                    body: told.text.to(own).to_owned(),
                    link: Some(self.link(&told.about, told.answer)),
                    urgent: told.urgent,
                    everywhere: false,
                };
                self.routes.post(tx, &Post { to, roles, letter }).await?;
            }
            Ok(())
        })
    }

    fn call_back<'t>(
        &'t self,
        tx: &'t mut Tx,
        about: String,
        owner: Option<StaffId>,
        due: Moment,
    ) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move {
            let whose = owner.map_or(Assignee::Role(Role::Operator), Assignee::Staff);
            let new = NewFollowUp::new(CALL_BACK, whose, due)
                .about(about)
                .ladder(Ladder::to_role(TELL_MS, Role::Supervisor));
            followups::store::open(tx, new).await.map(drop)
        })
    }

    fn called_back<'t>(&'t self, tx: &'t mut Tx, about: String) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move { followups::store::close_about(tx, &about, CALL_BACK, "").await })
    }
}

/// A "1" from a telephone says yes to an order.
pub(super) struct Yes(Desk);

impl Yes {
    /// By this desk.
    pub(super) fn of(desk: &Desk) -> Arc<dyn Answers> {
        Arc::new(Self(desk.clone()))
    }
}

impl Answers for Yes {
    fn answered<'a>(
        &'a self,
        _: &'a Db,
        now: Moment,
        about: &'a str,
        by: StaffId,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let Some(no) = about.strip_prefix("work-orders/") else { return Ok(false) };
            let doing = Doing {
                no: no.to_owned(),
                verb: Verb::Accept,
                details: Details::default(),
                at: now,
                op_id: None,
                late: false,
                for_others: false,
            };
            match self.0.do_order(Stamp { now, by: Some(by) }, doing).await {
                Ok(_) => Ok(true),
                Err(Trouble::Store(error)) => Err(error),
                Err(_) => Ok(false),
            }
        })
    }
}

/// Measures open faults anew whenever a calendar was changed.
pub(super) async fn remeasure(desk: Desk, kit: Kit, stop: CancellationToken) {
    let mut told = kit.db.bus().listen();
    loop {
        let heard = tokio::select! {
            () = stop.cancelled() => return,
            heard = told.recv() => heard,
        };
        let changed = match heard {
            Ok(commit) => commit.iter().any(|news| news.kind == "calendar"),
            Err(RecvError::Lagged(_)) => true,
            Err(RecvError::Closed) => return,
        };
        if changed && let Err(trouble) = desk.remeasure(kit.clock.now()).await {
            tracing::warn!(%trouble, "open faults were not measured by the changed calendar yet");
        }
    }
}

//! What falls due of a notice: asking again, telling others, its end; and its delivery, where it was
//! sent by a process that has no channels.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use super::deliver::Deliver;
use super::ladder::{Act, Ladder};
use super::notice::{NewNotice, Notice, Recipients};
use super::store;
use super::store::Stepping;
use crate::db::{self, Db, Stamp, Tx};
use crate::kernel::{Language, Moment, Role, StaffId};
use crate::timers::FallsDue;
use crate::words::Said;

/// So many notices are seen to in one change.
const BATCH: i64 = 100;

/// What a notice is called that tells who has not answered another.
pub const OVERDUE: &str = "notice_overdue";

/// Sees to what is due of notices.
pub(super) struct Due {
    pub(super) deliver: Arc<[Arc<dyn Deliver>]>,
    /// The language of those who have not chosen.
    pub(super) language: Language,
    /// How people reach the panel.
    pub(super) url: Arc<str>,
}

impl FallsDue for Arc<Due> {
    fn name(&self) -> &'static str {
        "notices"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Option<Moment>>> {
        store::next_due(db).boxed()
    }

    fn fall_due<'a>(
        &'a self,
        db: &'a Db,
        now: Moment,
        due: Moment,
    ) -> BoxFuture<'a, db::Result<()>> {
        let this = Self::clone(self);
        db.write(Stamp { now, by: None }, move |tx| {
            let this = Self::clone(&this);
            async move {
                for one in store::in_change(tx, due, BATCH).await? {
                    this.step(tx, now, one).await?;
                }
                Ok(())
            }
            .boxed()
        })
        .boxed()
    }
}

impl Due {
    async fn step(&self, tx: &mut Tx, now: Moment, one: Stepping) -> db::Result<()> {
        let Stepping { notice, ladder, step, due_at } = one;
        let due = due_at.unwrap_or(now);
        // step 0 is the delivery; the rungs follow it
        let Some(number) = step.checked_sub(1) else {
            return self.first(tx, &notice, &ladder).await;
        };
        if let Some(rung) = ladder.rung(number) {
            match rung.act {
                // where nobody was there to be asked, nobody is asked again
                Act::Ask if notice.missing().next().is_none() => {}
                Act::Ask => {
                    store::ask_again(tx, notice.id, None).await?;
                }
                Act::Tell(role) => self.tell(tx, &notice, role).await?,
                Act::Close => return store::close(tx, notice.id, None).await,
            }
        }
        store::set_next(tx, notice.id, step + 1, ladder.after(number, due, now)).await
    }

    /// Tells a role who has not answered, or those above it: nobody is told of their own silence.
    async fn tell(&self, tx: &mut Tx, notice: &Notice, role: Role) -> db::Result<()> {
        let silent: Vec<StaffId> = notice.missing().map(|receipt| receipt.staff).collect();
        let mut role = role;
        while are_silent(tx, role, &silent).await? {
            let Some(above) = Ladder::above(role).told().next() else { return Ok(()) };
            role = above;
        }
        let mut ladder = Ladder::above(role);
        let next = ladder.told().next();
        if let Some(next) = next
            && are_silent(tx, next, &silent).await?
        {
            ladder = Ladder::only_ask();
        }
        let names: Vec<&str> = notice.missing().map(|receipt| receipt.name.as_str()).collect();
        let said = if notice.kind == OVERDUE {
            // handed up once more: the same words, not words around words
            notice.said.clone()
        } else if names.is_empty() {
            Said::with(|l, own| l.notices_tell_nobody(notice.said.to(own)).to_string())
        } else {
            Said::with(|l, own| {
                let separator = if own == Language::ZhCn { "、" } else { ", " };
                l.notices_tell(names.join(separator), notice.said.to(own)).to_string()
            })
        };
        // a long text is cut, the names come first
        let new = NewNotice::to_be_answered(OVERDUE, said.cut(500), Recipients::Role(role))
            .about(store::subject(notice.id))
            .ladder(ladder);
        store::send(tx, new).await?;
        store::escalated(tx, notice.id, role).await
    }
}

/// Whether all who would be told of a role are those who are silent.
async fn are_silent(tx: &mut Tx, role: Role, silent: &[StaffId]) -> db::Result<bool> {
    let there = store::on_duty(tx, role).await?;
    Ok(!there.is_empty() && there.iter().all(|person| silent.contains(person)))
}

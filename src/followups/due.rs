//! What falls due of follow-ups: reminders, the time itself, the steps of the ladder.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::json;

use super::followup::{Effect, FollowUp};
use super::ladder::Target;
use super::store;
use crate::db::{self, Db, Stamp, Tx};
use crate::kernel::{Moment, Role, StaffId};
use crate::notices::{self, Ladder, NewNotice, Recipients};
use crate::timers::{FallsDue, late_by};
use crate::words::{self, Messages, Said};

/// So many follow-ups are seen to in one change.
const BATCH: i64 = 100;
/// Ranks of people on call that a ladder may name.
const RANKS: std::ops::RangeInclusive<i64> = 1..=9;

/// Knows who is on call.
pub trait OnCall: Send + Sync + 'static {
    /// Who is on call in this rank, from 1; `None` where nobody is.
    fn on_call<'a>(
        &'a self,
        db: &'a Db,
        rank: i64,
        now: Moment,
    ) -> BoxFuture<'a, db::Result<Option<StaffId>>>;
}

/// Sees to what is due of follow-ups.
pub(super) struct Due {
    pub(super) on_call: Option<Arc<dyn OnCall>>,
    /// The site's zone.
    pub(super) zone: Tz,
}

impl FallsDue for Arc<Due> {
    fn name(&self) -> &'static str {
        "follow-ups"
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
        async move {
            let ranks = this.ranks(db, now).await?;
            db.write(Stamp { now, by: None }, move |tx| {
                let (this, ranks) = (Self::clone(&this), ranks.clone());
                async move {
                    for id in store::due_in(tx, due, BATCH).await? {
                        let one = store::locked(tx, id).await?;
                        this.pass(tx, now, one, &ranks).await?;
                    }
                    Ok(())
                }
                .boxed()
            })
            .await
        }
        .boxed()
    }
}

impl Due {
    /// Who is on call now, by rank.
    async fn ranks(&self, db: &Db, now: Moment) -> db::Result<BTreeMap<i64, StaffId>> {
        let mut ranks = BTreeMap::new();
        if let Some(on_call) = &self.on_call {
            for rank in RANKS {
                match on_call.on_call(db, rank, now).await? {
                    Some(staff) => drop(ranks.insert(rank, staff)),
                    None => break,
                }
            }
        }
        Ok(ranks)
    }

    async fn pass(
        &self,
        tx: &mut Tx,
        now: Moment,
        mut one: FollowUp,
        ranks: &BTreeMap<i64, StaffId>,
    ) -> db::Result<()> {
        let was_due = one.next_at();
        let effects = one.pass(now);
        let late_ms = was_due.and_then(|due| late_by(due, now));
        let last = effects.len().saturating_sub(1);
        for (index, effect) in effects.into_iter().enumerate() {
            let (word, to) = match effect {
                Effect::Woke => ("woke", None),
                Effect::Reminder => ("reminded", Some(store::owners(&one))),
                // whoever owes it in person is told; a role sees it on its list
                Effect::Due => ("due", one.staff.map(|staff| Recipients::People(vec![staff]))),
                Effect::Escalated(target) => {
                    let to = self.resolve(&mut one, target, ranks);
                    ("escalated", Some(above_them(tx, &mut one, to).await?))
                }
            };
            let after = late_ms.map(|late_ms| json!({ "late_ms": late_ms }));
            if index == last {
                store::save(tx, &mut one, word, after).await?;
            } else {
                store::record(tx, one.id, word, one.version, after);
            }
            if let Some(to) = to {
                tell(tx, &one, effect, to, self.zone).await?;
            }
        }
        Ok(())
    }

    /// Who that is now; the head where nobody is on call.
    #[expect(clippy::unused_self, reason = "one of the steps of what falls due")]
    fn resolve(
        &self,
        one: &mut FollowUp,
        target: Target,
        ranks: &BTreeMap<i64, StaffId>,
    ) -> Recipients {
        match target {
            Target::Staff(staff) => Recipients::People(vec![staff]),
            Target::Role(role) => Recipients::Role(role),
            Target::OnCall(rank) => {
                if let Some(staff) = ranks.get(&rank) {
                    one.escalated_staff = Some(*staff);
                    return Recipients::People(vec![*staff]);
                }
                one.escalated_role = Some(Role::Head);
                Recipients::Role(Role::Head)
            }
        }
    }
}

/// Whom of those it goes to a complaint is not about; they have it from now on.
async fn above_them(tx: &mut Tx, one: &mut FollowUp, to: Recipients) -> db::Result<Recipients> {
    let to = apart(tx, one, to).await?;
    if let Recipients::Role(role) | Recipients::Among(role, _) = &to {
        (one.escalated_staff, one.escalated_role) = (None, Some(*role));
    }
    Ok(to)
}

/// It was said that a complaint is about somebody who had been told of it: what waits for them is taken back. Where it
/// was `told` to them alone because it stayed undone, those above hear it, also where they had answered.
pub(super) async fn keep_from(
    tx: &mut Tx,
    one: &mut FollowUp,
    whom: StaffId,
    told: Option<Recipients>,
    zone: Tz,
) -> db::Result<()> {
    let reaches_nobody = notices::store::keep_from(tx, &store::subject(one.id), whom).await?;
    let Some(told) = told else { return Ok(()) };
    let to = above_them(tx, one, told.clone()).await?;
    if reaches_nobody || role_of(&to) != role_of(&told) {
        tell(tx, one, Effect::Escalated(Target::Role(Role::Head)), to, zone).await?;
    }
    Ok(())
}

const fn role_of(to: &Recipients) -> Option<Role> {
    match to {
        Recipients::People(_) => None,
        Recipients::Role(role) | Recipients::Among(role, _) => Some(*role),
    }
}

async fn tell(
    tx: &mut Tx,
    one: &FollowUp,
    effect: Effect,
    to: Recipients,
    zone: Tz,
) -> db::Result<()> {
    let said = |say: fn(&Messages, String, String) -> String| {
        Said::with(|l, language| {
            let due = words::Spelling { language, zone }.moment(one.due_at);
            say(l, due, super::web::what(l, one))
        })
        .cut(500)
    };
    let subject = store::subject(one.id);
    let to = apart(tx, one, to).await?;
    let new = match effect {
        Effect::Woke => return Ok(()),
        Effect::Reminder => {
            let said = said(|l, due, what| l.followups_tell_reminder(due, what).to_string());
            NewNotice::to_be_known("follow_up", said, to)
        }
        Effect::Due => {
            let said = said(|l, _, what| l.followups_tell_due(what).to_string());
            NewNotice::to_be_known("follow_up", said, to)
        }
        Effect::Escalated(_) => {
            let said = said(|l, due, what| l.followups_tell_escalated(due, what).to_string());
            let ladder = above(tx, one, &to).await?;
            let new = NewNotice::to_be_answered("follow_up", said, to);
            match ladder {
                Some(ladder) => new.ladder(ladder),
                None => new,
            }
        }
    };
    notices::store::send(tx, new.about(subject).superseding()).await.map(drop)
}

/// Whom a complaint is about is told nothing of it (clause 3-d); where nobody else is left, those above are.
async fn apart(tx: &mut Tx, one: &FollowUp, mut to: Recipients) -> db::Result<Recipients> {
    let Some(whom) = one.concerns else { return Ok(to) };
    loop {
        let (role, people) = match &to {
            Recipients::People(people) => (None, people.clone()),
            Recipients::Role(role) => (Some(*role), notices::store::on_duty(tx, *role).await?),
            Recipients::Among(role, people) => (Some(*role), people.clone()),
        };
        if !people.contains(&whom) {
            return Ok(to);
        }
        let left: Vec<StaffId> = people.into_iter().filter(|person| *person != whom).collect();
        to = match (role, left.is_empty()) {
            (Some(role), false) => return Ok(Recipients::Among(role, left)),
            (None, false) | (Some(Role::Admin), true) => return Ok(Recipients::People(left)),
            (Some(Role::Head), true) => Recipients::Role(Role::Admin),
            (Some(Role::Supervisor), true) => Recipients::Role(Role::Head),
            (_, true) => Recipients::Role(Role::Supervisor),
        };
    }
}

/// Who is told of those who are silent about a complaint: not whom it is about. `None`: as usual.
async fn above(tx: &mut Tx, one: &FollowUp, to: &Recipients) -> db::Result<Option<Ladder>> {
    let Some(whom) = one.concerns else { return Ok(None) };
    let head = role_of(to) == Some(Role::Supervisor)
        && !notices::store::on_duty(tx, Role::Head).await?.contains(&whom);
    Ok(Some(if head { Ladder::then_tell(Role::Head) } else { Ladder::only_ask() }))
}

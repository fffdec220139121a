//! What the faults ask of the other rooms: who is there, how people are told, who calls back.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

use crate::db::{Attends, Change, Db, Result, Tx};
use crate::followups::{self, Assignee, Ladder, NewFollowUp};
use crate::kernel::{Language, Moment, Role, Roles, StaffId};
use crate::notices::{self, NewNotice, Recipients};
use crate::outbox::{self, Answers, Letter, Post, Routes};
use crate::shifts;
use crate::shifts::store as presence;
use crate::staff;
use crate::tickets::neighbours::{NOBODY, Neighbours, PASSED_ON, There, ToPhone, Told, Whom};
use crate::tickets::store::links;
use crate::tickets::{Answered, Desk, seen_in};
use crate::web::{Kit, fingerprint, fresh_secret};
use crate::words::{self, Said};

/// What a follow-up is called that asks for a call back.
pub(super) const CALL_BACK: &str = "call_back";
/// What a notice is called that tells of a fault that was reported again.
const AGAIN: &str = "fault_again";
/// What a notice is called that says to an engineer, on their page, what also goes out by their ways.
const SAID: &str = "fault_said";
/// What a notice is called that says to the head that nobody can be sent.
const UNSENT: &str = "fault_nobody";
/// Both go out by themselves, with an answer of their own.
pub(super) const BY_ITSELF: &[&str] = &[SAID, UNSENT];
/// What is said to an engineer stands for so long, where they never look at it.
const SAID_MS: i64 = 7 * 24 * 3_600_000;
/// A notice says at most so many characters.
const NOTICE_MOST: usize = 500;
/// What a follow-up is called that asks to telephone an engineer.
const PHONE: &str = "phone_engineer";
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
    /// Where the reader of a message goes from it: a link of their own to answer by, or the record.
    async fn link(&self, tx: &mut Tx, told: &Told, to: StaffId) -> Result<String> {
        if told.event == PASSED_ON {
            return Ok(format!("{}/my/jobs", self.url));
        }
        if !told.answer {
            return Ok(format!("{}/{}", self.url, told.about));
        }
        let key = fresh_secret(&mut rand::rng());
        links::add(tx, &fingerprint(&key), &told.about, told.event, to).await?;
        Ok(format!("{}/w/{key}", self.url))
    }

    async fn people(tx: &mut Tx, whom: &Whom) -> Result<Vec<(StaffId, Roles)>> {
        let everyone = staff::store::roles_in(tx).await?;
        Ok(match whom {
            Whom::People(people) => {
                everyone.into_iter().filter(|(id, _)| people.contains(id)).collect()
            }
            Whom::Role(role) => everyone.into_iter().filter(|(_, roles)| roles.has(role)).collect(),
            Whom::OrElse(person, role) => {
                let now = tx.now();
                let duty = presence::person_in(tx, *person, now).await?;
                let there = duty.is_some_and(|duty| duty.since.is_some());
                let told = |(id, roles): &(StaffId, Roles)| {
                    if there { id == person } else { roles.has(role) }
                };
                everyone.into_iter().filter(told).collect()
            }
        })
    }
}

/// What is told, as a notice that waits for their answer. What is said to one takes no place of what was said to
/// another: who has an order no more still learns of it.
fn notice(told: &Told, to: Vec<StaffId>) -> NewNotice {
    let line = |language| {
        let (title, text) = (told.title.to(language), told.text.to(language));
        let comma = if language == Language::ZhCn { "：" } else { ": " };
        format!("{title}{comma}{}", text.replace('\n', " / "))
    };
    let close = notices::Rung { after_ms: SAID_MS, act: notices::Act::Close };
    let said = Said::with(|_, language| line(language)).cut(NOTICE_MOST);
    let nobody = told.event == NOBODY;
    let kind = if nobody { UNSENT } else { SAID };
    let new = NewNotice::to_be_answered(kind, said, Recipients::People(to))
        .about(told.about.clone())
        .ladder(notices::Ladder::new(vec![close]));
    if nobody { new.superseding() } else { new }
}

/// What the button says by which a person answers.
fn button(language: Language, told: &Told) -> String {
    let l = words::of(language);
    match told.event {
        "offered" => l.tickets_verb_accept(),
        _ => l.notices_ack(),
    }
    .to_string()
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

    fn numbers<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, Result<Vec<(StaffId, String)>>> {
        Box::pin(async move {
            let known = outbox::store::people::people(db).await?.into_iter();
            let number = |one: outbox::store::people::Reached| {
                let own = Some(one.mobile).filter(|mobile| !mobile.is_empty());
                Some((one.id, own.or(one.extension).filter(|number| !number.is_empty())?))
            };
            Ok(known.filter_map(number).collect())
        })
    }

    fn tell<'t>(&'t self, tx: &'t mut Tx, told: Told) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move {
            let people = Self::people(tx, &told.whom).await?;
            if told.about.starts_with("work-orders/") {
                // what was said to them of this order before is no longer so
                for (to, _) in &people {
                    notices::store::spare(tx, &told.about, SAID, *to).await?;
                }
            }
            if told.stands && !people.is_empty() {
                let to = people.iter().map(|(id, _)| *id).collect();
                notices::store::send(tx, notice(&told, to)).await?;
            }
            for (to, roles) in people {
                let own = staff::store::language_of_in(tx, to).await?.unwrap_or(self.language);
                let link = self.link(tx, &told, to).await?;
                if told.about.starts_with("work-orders/") {
                    // what has not gone out about an order is no longer so
                    outbox::store::withdraw_from(tx, &told.about, Some(to)).await?;
                }
                let letter = Letter {
                    about: told.about.clone(),
                    event: told.event.to_owned(),
                    title: told.title.to(own).to_owned(),
                    body: told.text.to(own).to_owned(),
                    link: Some(link),
                    button: told.answer.then(|| button(own, &told)),
                    urgent: told.urgent,
                    everywhere: false,
                };
                self.routes.post(tx, &Post { to, roles, letter }).await?;
            }
            Ok(())
        })
    }

    fn seen<'t>(
        &'t self,
        tx: &'t mut Tx,
        about: String,
        whom: StaffId,
    ) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move {
            for kind in BY_ITSELF {
                notices::store::ack_about(tx, &about, kind, whom).await?;
            }
            Ok(())
        })
    }

    fn found<'t>(&'t self, tx: &'t mut Tx, about: String) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move {
            outbox::store::withdraw(tx, &about, NOBODY).await?;
            notices::store::settle(tx, &about, UNSENT).await
        })
    }

    fn ask<'t>(
        &'t self,
        tx: &'t mut Tx,
        about: String,
        before: Vec<String>,
        said: Said,
        role: Role,
    ) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move {
            let said = said.cut(NOTICE_MOST);
            let new = NewNotice::to_be_answered(AGAIN, said, Recipients::Role(role))
                .about(about)
                .ladder(notices::Ladder::above(role));
            let newer = notices::store::send(tx, new).await?;
            for older in before {
                notices::store::supersede(tx, newer, &older, AGAIN).await?;
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

    fn phone<'t>(&'t self, tx: &'t mut Tx, call: ToPhone) -> BoxFuture<'t, Result<bool>> {
        Box::pin(async move {
            if shifts::store::private_in(tx, call.whom).await? {
                return Ok(false);
            }
            // a call that nobody is there to make is not waited for
            if presence::at_hand_in(tx, Role::Operator).await?.is_empty() {
                return Ok(false);
            }
            let reach = outbox::store::people::reach_in(tx, call.whom).await?.map(|known| known.0);
            let reached = reach.is_some_and(|reach| {
                reach.extension.is_some_and(|extension| !extension.is_empty())
                    || !reach.mobile.is_empty()
            });
            if !reached {
                return Ok(false);
            }
            // their numbers are in the directory, for those who may see them there
            let new = NewFollowUp::new(PHONE, Assignee::Role(Role::Operator), call.due)
                .about(call.about)
                .title(format!("{} · {}", call.name, call.matter));
            followups::store::open(tx, new).await?;
            Ok(true)
        })
    }

    fn phoned<'t>(
        &'t self,
        tx: &'t mut Tx,
        about: String,
        why: String,
    ) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move { followups::store::close_about(tx, &about, PHONE, &why).await })
    }
}

/// A "1" from a telephone says yes to an order, and that what became of a fault was seen.
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
        Box::pin(async move { Ok(self.0.answered(now, about, by).await? == Answered::Taken) })
    }
}

/// Sees an engineer put away on their page what was said to them of a fault: whoever asked sees that they have.
pub(super) struct Seen;

impl Attends for Seen {
    fn kinds(&self) -> &'static [&'static str] {
        &["notice"]
    }

    fn attend<'t>(&'t self, tx: &'t mut Tx, recorded: &'t [Change]) -> BoxFuture<'t, Result<()>> {
        Box::pin(async move {
            for change in recorded.iter().filter(|change| change.kind == "notice") {
                if !matches!(change.change, "acked" | "all_acked") {
                    continue;
                }
                // a line about one person's receipt is no line about the notice
                let id = change.subject.strip_prefix("notices/").and_then(|id| id.parse().ok());
                let by = change.after.as_ref().and_then(|after| after.get("staff")?.as_i64());
                let Some((id, by)) = id.zip(by) else { continue };
                for kind in BY_ITSELF {
                    if let Some(about) = notices::store::about_of(tx, id, kind).await? {
                        seen_in(tx, &about, StaffId(by)).await?;
                    }
                }
            }
            Ok(())
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

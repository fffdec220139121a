//! What is done to a work order, at the desk or on the road, now or told later by a telephone that was offline.

use super::{Desk, Trouble, twice, undo};
use crate::db::{self, Stamp, Tx};
use crate::kernel::{Moment, StaffId};
use crate::tickets::clock::{Going, Metric};
use crate::tickets::dispatch::Candidate;
use crate::tickets::order::{Details, Order, Refusal, Verb};
use crate::tickets::store;
use crate::tickets::store::clocks::{self, Promise};
use crate::tickets::store::orders::{self, NewEvent};
use crate::tickets::store::{links, offers, papers};
use crate::tickets::ticket::{self, Act, Ticket};

/// Something done to an order.
#[derive(Debug, Clone)]
pub struct Doing {
    /// The order's number.
    pub no: String,
    /// What.
    pub verb: Verb,
    /// What comes with it.
    pub details: Details,
    /// When, by the clock of whoever did it; counts from the order's issue at the earliest and now at the latest.
    pub at: Moment,
    /// The number the telephone gave it: the same act told twice is done once.
    pub op_id: Option<String>,
    /// Told later: where it is not legal any more it is kept as a note that both sides see.
    pub late: bool,
    /// Whether this person may do an engineer's acts for them.
    pub for_others: bool,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Done {
    /// The order after it.
    pub order: Order,
    /// `false`: kept as a note.
    pub applied: bool,
    /// Why it was not applied; `None` also where it is somebody else's.
    pub why: Option<Refusal>,
    /// Not applied, and kept as a note that both sides see.
    pub noted: bool,
}

impl Done {
    /// It counts.
    pub(super) const fn counts(order: Order) -> Self {
        Self { order, applied: true, why: None, noted: false }
    }
}

type Refused = Result<Done, (Refusal, Box<Order>)>;

impl Desk {
    /// Does it.
    pub async fn do_order(&self, stamp: Stamp, doing: Doing) -> Result<Done, Trouble> {
        let order = orders::by_no(&self.db, &doing.no).await?.ok_or(Trouble::Gone)?;
        let ticket = store::by_id(&self.db, order.ticket_id).await?.ok_or(Trouble::Gone)?;
        if doing.verb.is_engineers() && !doing.for_others && !doing.late {
            let crew = orders::crew(&self.db, order.id).await?;
            if !may(doing.verb, &crew, stamp.by) {
                return Err(Trouble::NotYours);
            }
        }
        let promise = self.promise(ticket.contract_id, ticket.priority).await?;
        let falls_back = matches!(doing.verb, Verb::Decline | Verb::Silence);
        let ladder =
            if falls_back { self.ranking(&ticket, Some(&order), stamp.now).await? } else { vec![] };
        let paper = if doing.verb == Verb::Archive {
            Some(Box::new(papers::now(&self.db, &order, ticket, self.day.zone).await?))
        } else {
            None
        };
        let desk = self.clone();
        let done = self.db.write(stamp, move |tx| {
            let (desk, doing, paper) = (desk.clone(), doing.clone(), paper.clone());
            let (promise, ladder) = (promise.clone(), ladder.clone());
            Box::pin(async move { desk.do_in(tx, &doing, &promise, (ladder, paper)).await })
        });
        done.await?.map_err(|(why, order)| Trouble::Order(why, order))
    }

    async fn do_in(
        &self,
        tx: &mut Tx,
        doing: &Doing,
        promise: &Promise,
        (ladder, paper): (Vec<Candidate>, Option<Box<papers::Paper>>),
    ) -> db::Result<Refused> {
        let mut order = orders::in_tx(tx, &doing.no).await?.ok_or(db::Error::NotFound)?;
        let op_id = doing.op_id.as_deref();
        let told = match op_id {
            Some(op_id) => orders::known(tx, op_id).await?,
            None => None,
        };
        if told == Some(true) {
            return Ok(Ok(Done::counts(order)));
        }
        let mut ticket = store::in_tx_by_id(tx, order.ticket_id).await?;
        let (mut before, at) = (order.clone(), done_at(doing, &order, tx.now()));
        let crew = orders::crew_in(tx, order.id).await?;
        let mine =
            doing.for_others || !doing.verb.is_engineers() || may(doing.verb, &crew, tx.by());
        let seen = offers::seen(tx, order.id, op_id).await?;
        let done = order.act(doing.verb, &doing.details, at, seen);
        let lead = crew.iter().find(|mate| mate.lead).map(|mate| mate.name.clone());
        let text = match lead.filter(|_| doing.verb == Verb::Silence) {
            Some(silent) => silent,
            None => said(&doing.details),
        };
        let event = |applied| NewEvent { op_id, verb: doing.verb, at, applied, text: &text };
        if done.is_err() || !mine || told.is_some() {
            let why = done.err().unwrap_or(Refusal::NoSuchMove(before.state));
            let mut noted = true;
            if mine && told.is_none() && matches!(why, Refusal::NoSuchMove(_)) {
                let events = orders::events_in(tx, before.id).await?;
                if let Some(first) = twice::done_before(&before, doing.verb, &events) {
                    noted = !twice::says_no_more(doing, at, &before, first);
                    twice::tick(tx, &ticket, &mut before, &doing.details).await?;
                    if !noted && first.by_staff == tx.by() {
                        return Ok(Ok(Done::counts(before)));
                    }
                }
            }
            if !doing.late {
                return Ok(Err((why, Box::new(before))));
            }
            if noted && told.is_none() {
                kept_as_note(tx, &ticket, &before, &event(false)).await?;
            }
            let why = mine.then_some(why);
            return Ok(Ok(Done { order: before, applied: false, why, noted }));
        }
        let stood =
            if is_undone(doing.verb) { Some(undo::before(tx, &ticket).await?) } else { None };
        orders::save(tx, &mut order, change(doing.verb)).await?;
        orders::event(tx, &order, before.state, &event(true)).await?;
        if doing.verb == Verb::Sign {
            offers::signed(tx, order.id, op_id).await?;
        }
        self.follow(tx, &mut ticket, &mut order, doing, (promise, ladder)).await?;
        if let Some(mut paper) = paper {
            // somebody may have written on the fault meanwhile, or have had its person erased
            paper.ticket = ticket.clone();
            papers::keep(tx, order.id, &papers::words(&paper)).await?;
        }
        if let Some(stood) = stood {
            let word = format!("{} {}", change(doing.verb), order.no);
            undo::note(tx, stood, &word, &ticket).await?;
        }
        Ok(Ok(Done::counts(order)))
    }

    /// What an act on the order means for the ticket, the clocks, the offer and the people.
    async fn follow(
        &self,
        tx: &mut Tx,
        ticket: &mut Ticket,
        order: &mut Order,
        doing: &Doing,
        (promise, ladder): (&Promise, Vec<Candidate>),
    ) -> db::Result<()> {
        let at = done_at(doing, order, tx.now());
        let works = matches!(doing.verb, Verb::Depart | Verb::Arrive | Verb::Resume | Verb::Finish);
        if works && ticket.state == ticket::State::Waiting {
            // whoever works on it waits for nothing any more
            drop(self.act_in(tx, ticket, &Act::Return, promise).await?);
        }
        match doing.verb {
            Verb::Accept => {
                self.end_offer(tx, order, "accepted").await?;
                if let Some(by) = tx.by() {
                    let about = format!("work-orders/{}", order.no);
                    links::answered(tx, &about, by).await?;
                    self.neighbours.seen(tx, about, by).await?;
                }
                self.tell_mates(tx, ticket, order).await?;
                self.tell_issuer(tx, ticket, order, "accepted").await
            }
            Verb::Decline => {
                self.end_offer(tx, order, "declined").await?;
                if let Some(by) = tx.by() {
                    self.neighbours.seen(tx, format!("work-orders/{}", order.no), by).await?;
                }
                store::note(tx, ticket.id, "declined", doing.details.reason.trim()).await?;
                self.next_on_ladder(tx, ticket, order, ladder).await
            }
            Verb::Silence => {
                self.end_offer(tx, order, "silent").await?;
                let crew = orders::crew_in(tx, order.id).await?;
                let silent = crew.iter().find(|mate| mate.lead).map(|mate| mate.staff_id);
                self.next_on_ladder(tx, ticket, order, ladder).await?;
                match silent {
                    Some(silent) => self.tell_silent(tx, ticket, order, silent).await,
                    None => Ok(()),
                }
            }
            Verb::Depart => {
                drop(self.act_in(tx, ticket, &Act::Begin, promise).await?);
                Ok(())
            }
            Verb::Arrive => {
                clocks::turn(tx, ticket.id, Metric::Arrive, Going::Stopped, promise, at).await
            }
            Verb::Finish => self.finished(tx, ticket, order, promise).await,
            Verb::Recall => {
                self.end_offer(tx, order, "withdrawn").await?;
                self.tell_crew(tx, ticket, order, doing.details.reason.trim()).await?;
                self.settle(tx, ticket, promise).await
            }
            Verb::Help => self.help(tx, ticket, order, doing.details.reason.trim()).await,
            Verb::Note => store::note(tx, ticket.id, "note", doing.details.reason.trim()).await,
            Verb::Issue | Verb::Pause | Verb::Resume | Verb::Sign | Verb::Archive | Verb::Undo => {
                Ok(())
            }
        }
    }

    /// When the last order is done and nothing is left to do, the ticket is solved.
    async fn finished(
        &self,
        tx: &mut Tx,
        ticket: &mut Ticket,
        order: &Order,
        promise: &Promise,
    ) -> db::Result<()> {
        if !order.next_step.is_empty() {
            return store::note(tx, ticket.id, "next_step", &order.next_step).await;
        }
        let act =
            Act::ResolveOnSite { solution: order.work_done.clone(), cause: order.cause.clone() };
        // another engineer is not done yet, or the ticket waits: then it is solved later
        drop(self.act_in(tx, ticket, &act, promise).await?);
        Ok(())
    }

    /// The last order that was open is taken back: what the others did may have solved it. Where nobody is sent any
    /// more the desk has both ways out again.
    async fn settle(&self, tx: &mut Tx, ticket: &mut Ticket, promise: &Promise) -> db::Result<()> {
        if ticket.state != ticket::State::InProgress {
            // another order stands, or nobody was sent yet: it stays where it is
            return self.act_in(tx, ticket, &Act::Unsend, promise).await.map(drop);
        }
        let all = orders::of_ticket_in(tx, ticket.id).await?.into_iter();
        // what was done before it came back has not solved it
        let done = all.filter(|one| one.round == ticket.reopened && one.finished_at.is_some());
        let last = done.max_by_key(finished);
        match last {
            Some(order) if order.next_step.is_empty() => {
                self.finished(tx, ticket, &order, promise).await
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// What a telephone told too late, kept where both sides see it.
pub(super) async fn kept_as_note(
    tx: &mut Tx,
    ticket: &Ticket,
    order: &Order,
    event: &NewEvent<'_>,
) -> db::Result<()> {
    orders::event(tx, order, order.state, event).await?;
    if event.verb == Verb::Sign {
        offers::late(tx, order.id, event.op_id).await?;
    }
    // words of the machine: they are drawn in the reader's language
    let note = format!("{} {} {} {}", order.no, event.verb.name(), event.at, event.text);
    store::note(tx, ticket.id, "offline", note.trim()).await?;
    store::record(tx, &ticket.no, "offline_note", ticket.version);
    orders::record(tx, &order.no, "offline_note", order.version);
    Ok(())
}

/// Whether it can be taken back. Not what somebody outside the desk said or signed, and not what was told.
const fn is_undone(verb: Verb) -> bool {
    matches!(
        verb,
        Verb::Depart | Verb::Arrive | Verb::Pause | Verb::Resume | Verb::Finish | Verb::Recall
    )
}

/// When it was done: a telephone's clock may be wrong, and nothing was done before the order went out or after now.
fn done_at(doing: &Doing, order: &Order, now: Moment) -> Moment {
    doing.at.max(order.issued_at.unwrap_or(order.created_at)).min(now)
}

fn finished(order: &Order) -> Option<Moment> {
    order.finished_at
}

/// Whether somebody of this crew may do it: to say yes or no to an offer is the lead's.
fn may(verb: Verb, crew: &[orders::Mate], who: Option<StaffId>) -> bool {
    let leads = matches!(verb, Verb::Accept | Verb::Decline);
    crew.iter().any(|mate| Some(mate.staff_id) == who && (mate.lead || !leads))
}

fn said(details: &Details) -> String {
    let parts = [&details.reason, &details.work_done, &details.next_step, &details.unsigned_why];
    parts
        .into_iter()
        .map(|part| part.trim())
        .find(|part| !part.is_empty())
        .unwrap_or_default()
        .to_owned()
}

const fn change(verb: Verb) -> &'static str {
    match verb {
        Verb::Issue => "issued",
        Verb::Accept => "accepted",
        Verb::Decline => "declined",
        Verb::Silence => "silent",
        Verb::Depart => "departed",
        Verb::Arrive => "arrived",
        Verb::Pause => "paused",
        Verb::Resume => "resumed",
        Verb::Finish => "finished",
        Verb::Sign => "signed",
        Verb::Archive => "archived",
        Verb::Recall => "recalled",
        Verb::Help => "asked_for_help",
        Verb::Note => "noted",
        Verb::Undo => "undone",
    }
}

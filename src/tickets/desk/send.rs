//! Writing orders and sending them: a dispatcher confirms whom the house proposed, or somebody else who is there.

use super::{Desk, Trouble, twice, undo};
use crate::db::{self, Stamp, Tx};
use crate::kernel::StaffId;
use crate::tickets::dispatch::{Candidate, first};
use crate::tickets::order::{Details, Order, Pictures, Refusal, State, Verb};
use crate::tickets::store;
use crate::tickets::store::clocks::Promise;
use crate::tickets::store::orders::{self, NewEvent, Plan};
use crate::tickets::ticket::{self, Act, Ticket};

/// Whether somebody may be sent for this ticket now; if not, why.
pub(in crate::tickets) fn sendable(
    ticket: &Ticket,
    now: crate::kernel::Moment,
) -> Result<(), ticket::Refusal> {
    let mut trial = ticket.clone();
    if trial.state == ticket::State::Waiting {
        trial.act(&Act::Return, now, ticket::Orders::default())?;
    }
    if matches!(trial.state, ticket::State::Dispatched | ticket::State::InProgress) {
        return Ok(());
    }
    trial.act(&Act::Dispatch, now, ticket::Orders { issued: 1, open: 1 }).map(drop)
}

/// Whether this crew may be sent: engineers, and a lead who is there.
fn fit(crew: &[StaffId], ranking: &[Candidate]) -> Result<(), Refusal> {
    let known = |who: &StaffId| ranking.iter().find(|one| one.staff_id == *who);
    if crew.is_empty() || crew.iter().any(|who| known(who).is_none()) {
        return Err(Refusal::NoCrew);
    }
    let lead = crew.first().and_then(known);
    if lead.is_some_and(Candidate::is_there) { Ok(()) } else { Err(Refusal::NotThere) }
}

impl Desk {
    /// Sends an order to a crew, the lead first; the ticket is dispatched with the first.
    pub async fn issue(
        &self,
        stamp: Stamp,
        no: &str,
        version: Option<i64>,
        crew: Vec<StaffId>,
    ) -> Result<Order, Trouble> {
        let order = orders::by_no(&self.db, no).await?.ok_or(Trouble::Gone)?;
        let ticket = store::by_id(&self.db, order.ticket_id).await?.ok_or(Trouble::Gone)?;
        let promise = self.promise(ticket.contract_id, ticket.priority).await?;
        let ranking = self.ranking(&ticket, Some(&order), stamp.now).await?;
        if let Err(why) = fit(&crew, &ranking) {
            return Err(Trouble::Order(why, Box::new(order)));
        }
        let chosen = ranking.into_iter().find(|one| Some(&one.staff_id) == crew.first());
        let (desk, no) = (self.clone(), no.to_owned());
        let done = self.db.write(stamp, move |tx| {
            let (desk, no, crew) = (desk.clone(), no.clone(), crew.clone());
            let (promise, chosen) = (promise.clone(), chosen.clone());
            Box::pin(async move {
                let order = orders::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
                if version.is_some_and(|version| version != order.version) {
                    if twice::is_sent(tx, &order, &crew).await? {
                        return Ok(Ok(order));
                    }
                    return Err(db::Error::Refused(orders::STALE.to_owned()));
                }
                let mut ticket = store::in_tx_by_id(tx, order.ticket_id).await?;
                if let Err(why) = sendable(&ticket, tx.now()) {
                    return Ok(Err(Trouble::Ticket(why, Box::new(ticket))));
                }
                let stood = undo::before(tx, &ticket).await?;
                let with = (&promise, chosen.as_ref());
                let sent = desk.issue_to(tx, &mut ticket, order, &crew, with).await?;
                if let Ok(order) = &sent {
                    undo::note(tx, stood, &format!("issued {}", order.no), &ticket).await?;
                }
                Ok(sent)
            })
        });
        done.await?
    }

    async fn issue_to(
        &self,
        tx: &mut Tx,
        ticket: &mut Ticket,
        mut order: Order,
        crew: &[StaffId],
        (promise, chosen): (&Promise, Option<&Candidate>),
    ) -> db::Result<Result<Order, Trouble>> {
        // whoever says no or nothing to it later does not send it
        order.issued_by = tx.by().or(order.issued_by);
        if let Err(why) = self.issue_in(tx, ticket, &mut order, crew, chosen).await? {
            return Ok(Err(Trouble::Order(why, Box::new(order))));
        }
        if ticket.state == ticket::State::Waiting {
            drop(self.act_in(tx, ticket, &Act::Return, promise).await?);
        }
        if self.act_in(tx, ticket, &Act::Dispatch, promise).await?.is_err() {
            // it was dispatched before: whoever has not seen this order yet sends no other for it
            store::save(tx, ticket, "issued").await?;
        }
        Ok(Ok(order))
    }

    /// Writes an order and sends it to a crew, the lead first, as one change: where nobody may be sent nothing
    /// is written. Without a crew it stays a draft; where nobody could be proposed the head is told at once.
    /// `version` is the fault as the person saw it; `None` takes it as it is.
    pub async fn send(
        &self,
        stamp: Stamp,
        no: &str,
        version: Option<i64>,
        plan: Plan,
        crew: Vec<StaffId>,
    ) -> Result<Order, Trouble> {
        let known = store::by_no(&self.db, no).await?.ok_or(Trouble::Gone)?;
        let promise = self.promise(known.contract_id, known.priority).await?;
        let ranking = self.ranking_for(&known, &plan.skills, None, stamp.now).await?;
        let (desk, no, local) = (self.clone(), no.to_owned(), self.local(stamp.now));
        let done = self.db.write(stamp, move |tx| {
            let (desk, no, crew, plan) = (desk.clone(), no.clone(), crew.clone(), plan.clone());
            let (promise, ranking) = (promise.clone(), ranking.clone());
            Box::pin(async move {
                let mut ticket = store::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
                if version.is_some_and(|version| version != ticket.version) {
                    if let Some(order) = twice::sent(tx, &ticket, &crew).await? {
                        return Ok(Ok(order));
                    }
                    return Err(db::Error::Refused(store::STALE.to_owned()));
                }
                if !ticket.state.is_active() || ticket.state == ticket::State::New {
                    let why = ticket::Refusal::NoSuchMove(ticket.state);
                    return Ok(Err(Trouble::Ticket(why, Box::new(ticket))));
                }
                let stood = undo::before(tx, &ticket).await?;
                if crew.is_empty() {
                    let draft = orders::draft(tx, &ticket, &plan, local).await?;
                    // a page drawn before this must not send a second order for the same fault
                    store::save(tx, &mut ticket, "drafted").await?;
                    if first(&ranking).is_none() {
                        desk.nobody(tx, &ticket, &draft.no).await?;
                    }
                    undo::note(tx, stood, &format!("drafted {}", draft.no), &ticket).await?;
                    return Ok(Ok(draft));
                }
                if let Err(why) = sendable(&ticket, tx.now()) {
                    return Ok(Err(Trouble::Ticket(why, Box::new(ticket))));
                }
                if let Err(why) = fit(&crew, &ranking) {
                    return Ok(Err(Trouble::Nobody(why)));
                }
                let order = orders::draft(tx, &ticket, &plan, local).await?;
                let chosen = ranking.iter().find(|one| Some(&one.staff_id) == crew.first());
                let sent = desk.issue_to(tx, &mut ticket, order, &crew, (&promise, chosen)).await?;
                if let Ok(order) = &sent {
                    undo::note(tx, stood, &format!("issued {}", order.no), &ticket).await?;
                }
                Ok(sent)
            })
        });
        done.await?
    }

    /// Changes a draft, or what was sent and not accepted yet.
    pub async fn replan(
        &self,
        stamp: Stamp,
        no: &str,
        version: i64,
        plan: Plan,
    ) -> Result<Order, Trouble> {
        let no = no.to_owned();
        let done = self.db.write(stamp, move |tx| {
            let (no, plan) = (no.clone(), plan.clone());
            Box::pin(async move {
                let mut order = orders::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
                if order.version != version {
                    return Err(db::Error::Refused(orders::STALE.to_owned()));
                }
                if order.state != State::Draft && order.state != State::Issued {
                    let why = Refusal::NoSuchMove(order.state);
                    return Ok(Err(Trouble::Order(why, Box::new(order))));
                }
                let ticket = store::in_tx_by_id(tx, order.ticket_id).await?;
                let stood = undo::before(tx, &ticket).await?;
                order.skills = plan.skills;
                order.window_from = plan.window_from;
                order.window_to = plan.window_to;
                order.tasks = plan.tasks;
                order.tools = plan.tools;
                order.instructions = plan.instructions;
                orders::save(tx, &mut order, "edited").await?;
                undo::note(tx, stood, &format!("edited {}", order.no), &ticket).await?;
                Ok(Ok(order))
            })
        });
        done.await?
    }

    /// Takes back every order of a ticket that is over, as long as nobody is there yet; the crews hear why.
    pub(super) async fn recall_all(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        why: &str,
    ) -> db::Result<()> {
        let details = Details { reason: why.to_owned(), ..Details::default() };
        for mut order in orders::of_ticket_in(tx, ticket.id).await? {
            let (before, now) = (order.state, tx.now());
            if order.act(Verb::Recall, &details, now, Pictures::default()).is_err() {
                continue;
            }
            orders::save(tx, &mut order, "recalled").await?;
            let event =
                NewEvent { op_id: None, verb: Verb::Recall, at: now, applied: true, text: why };
            orders::event(tx, &order, before, &event).await?;
            self.end_offer(tx, &order, "withdrawn").await?;
            self.tell_crew(tx, ticket, &order, why).await?;
        }
        Ok(())
    }
}

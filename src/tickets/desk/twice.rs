//! The same step pressed twice: by one person, in two tabs say, it is one step; whoever presses after somebody else
//! is told who was first.

use super::{Doing, undo};
use crate::db::{self, Tx};
use crate::kernel::{Moment, StaffId};
use crate::tickets::order::{Details, Order, State, Verb};
use crate::tickets::store::orders::{self, Event};
use crate::tickets::ticket::{self, Act, Ticket};
use crate::undo::store as ledger;

/// Who has done this step of an order already, where it still stands.
pub(crate) fn done_before<'e>(order: &Order, verb: Verb, events: &'e [Event]) -> Option<&'e Event> {
    if !is_behind(order.state, verb) {
        return None;
    }
    let issued = events.iter().rposition(|one| one.applied && one.verb == Verb::Issue);
    let since = events.get(issued.unwrap_or(0)..).unwrap_or_default();
    since.iter().rfind(|one| one.applied && one.verb == verb)
}

/// Whether an order in this state has this step behind it.
const fn is_behind(state: State, verb: Verb) -> bool {
    let to = match verb {
        Verb::Accept => State::Acked,
        Verb::Depart => State::EnRoute,
        Verb::Arrive => State::OnSite,
        Verb::Finish => State::Done,
        Verb::Sign => State::Signed,
        Verb::Pause => return matches!(state, State::Paused),
        Verb::Resume => return matches!(state, State::OnSite),
        Verb::Archive => return matches!(state, State::Archived),
        Verb::Recall => return matches!(state, State::Recalled),
        Verb::Issue | Verb::Decline | Verb::Silence | Verb::Help | Verb::Note | Verb::Undo => {
            return false;
        }
    };
    state.step() >= to.step()
}

/// A press that was made so much before what stands says when it was really done, in milliseconds.
const EARLIER_MS: i64 = 60_000;

/// Whether this press, made at `at`, says no more than what stands: nothing is lost where it is not kept.
pub(super) fn says_no_more(doing: &Doing, at: Moment, order: &Order, first: &Event) -> bool {
    first.at_client.millis_since(at) < EARLIER_MS && says_the_same(doing, order, first)
}

fn says_the_same(doing: &Doing, order: &Order, first: &Event) -> bool {
    let (said, same) = (&doing.details, |new: &str, old: &str| new.trim() == old);
    match doing.verb {
        Verb::Finish => {
            same(&said.work_done, &order.work_done)
                && same(&said.cause, &order.cause)
                && same(&said.parts, &order.parts)
                && same(&said.readings, &order.readings)
                && same(&said.next_step, &order.next_step)
                && said.fee_fen == order.fee_fen
        }
        // each signature is one of its own
        Verb::Sign => {
            !said.unsigned_why.is_empty() && same(&said.unsigned_why, &order.unsigned_why)
        }
        Verb::Issue
        | Verb::Accept
        | Verb::Decline
        | Verb::Silence
        | Verb::Depart
        | Verb::Arrive
        | Verb::Pause
        | Verb::Resume
        | Verb::Archive
        | Verb::Recall
        | Verb::Help
        | Verb::Note
        | Verb::Undo => said.reason.trim().is_empty() || same(&said.reason, &first.text),
    }
}

/// What is ticked on the page of a press that came second is ticked all the same, as with any other step; what a
/// customer has signed stays as they saw it.
pub(super) async fn tick(
    tx: &mut Tx,
    ticket: &Ticket,
    order: &mut Order,
    details: &Details,
) -> db::Result<()> {
    let (lines, was) = (order.ticked_by(details), order.version);
    if lines == order.ticked || order.state.step() >= State::Signed.step() {
        return Ok(());
    }
    order.ticked = lines;
    orders::save(tx, order, "tasks_ticked").await?;
    // what was done to it before can be taken back as before
    let Some((act, mut image)) = undo::newest(tx, ticket).await? else { return Ok(()) };
    for (_, version) in image.orders.iter_mut().filter(|one| **one == (order.id, was)) {
        *version = order.version;
    }
    ledger::reimage_in(tx, act, &image).await
}

/// Whether a fault is what this very act of the same person has made of it, and nothing came after.
pub(super) async fn is_done(tx: &mut Tx, ticket: &Ticket, act: &Act) -> db::Result<bool> {
    let (by, now) = (tx.by(), tx.now());
    if by.is_none() || !is_left_by(ticket, act) {
        return Ok(false);
    }
    let newest = ledger::open_in(tx, &format!("faults/{}", ticket.no), now).await?;
    Ok(newest.is_some_and(|newest| {
        newest.room == undo::ROOM
            && newest.by_staff == by
            && newest.kind == super::change(act)
            && undo::explains(&newest, ticket, None, now)
    }))
}

fn is_left_by(ticket: &Ticket, act: &Act) -> bool {
    use ticket::State;
    match act {
        Act::Accept(owner) => ticket.state == State::Accepted && ticket.owner == Some(*owner),
        Act::ResolveByPhone { solution, cause } | Act::ResolveOnSite { solution, cause } => {
            ticket.state == State::Resolved
                && ticket.solution == solution.trim()
                && ticket.cause == cause.trim()
        }
        Act::Wait { why, until } => {
            ticket.state == State::Waiting
                && ticket.waits_for() == Some(*why)
                && ticket.waiting_until == Some(*until)
        }
        Act::Return => ticket.state.is_active(),
        Act::Close(word) => ticket.state == State::Closed && ticket.satisfaction == *word,
        Act::Reopen => ticket.state == State::Reopened,
        Act::DuplicateOf(other) => ticket.duplicate_of == Some(*other),
        Act::Cancel(reason) => ticket.state == State::Cancelled && ticket.reason == *reason,
        Act::Dispatch | Act::Begin | Act::Unsend => false,
    }
}

/// Whether an order was sent to this very crew by the same person.
pub(super) async fn is_sent(tx: &mut Tx, order: &Order, crew: &[StaffId]) -> db::Result<bool> {
    if order.state != State::Issued || tx.by().is_none() || order.issued_by != tx.by() {
        return Ok(false);
    }
    let sent = orders::crew_in(tx, order.id).await?;
    let same = sent.iter().all(|mate| crew.contains(&mate.staff_id));
    let lead = sent.iter().find(|mate| mate.lead).map(|mate| mate.staff_id);
    Ok(same && sent.len() == crew.len() && lead.as_ref() == crew.first())
}

/// The order that the same person has just sent to this very crew for a fault, where nothing came after.
pub(super) async fn sent(
    tx: &mut Tx,
    ticket: &Ticket,
    crew: &[StaffId],
) -> db::Result<Option<Order>> {
    let (by, now) = (tx.by(), tx.now());
    let newest = ledger::open_in(tx, &format!("faults/{}", ticket.no), now).await?;
    let newest = newest.filter(|act| act.room == undo::ROOM && act.by_staff == by);
    let newest = newest.filter(|act| undo::explains(act, ticket, None, now));
    let Some(no) = newest.as_ref().and_then(|act| act.kind.strip_prefix("issued ")) else {
        return Ok(None);
    };
    let Some(order) = orders::in_tx(tx, no).await? else { return Ok(None) };
    Ok(is_sent(tx, &order, crew).await?.then_some(order))
}

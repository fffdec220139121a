//! Who changed what, for one whose press came too late: the newest thing that was done to a fault or to one of its
//! orders, by whomever and however long ago.

use super::super::desk::{ACTS, done_before, stood_before};
use super::super::order::{Order, Verb};
use super::super::store::orders;
use super::super::ticket::Ticket;
use super::intake::Fields;
use super::{board, conflict, hand, say, undo, views};
use crate::db;
use crate::kernel::{Moment, StaffId};
use crate::undo::store as ledger;
use crate::web::{OnDuty, Problem, Want};

/// What was done last.
struct Newest {
    at: Moment,
    by: Option<StaffId>,
    what: String,
    /// It is told field by field.
    whole: bool,
}

/// The newest act of the desk on a fault, or on the order that is meant; of an edit, which fields.
async fn act(want: &Want, ticket: &Ticket, meant: Option<&Order>) -> db::Result<Option<Newest>> {
    let (store, l) = (&want.kit.db, want.messages());
    let mut all = ledger::of_subject(store, &format!("faults/{}", ticket.no)).await?.into_iter();
    let newest = all.find(|act| {
        let is_about = meant.is_none_or(|order| act.kind.ends_with(&order.no));
        act.room == ACTS && act.undone_at.is_none() && is_about
    });
    let Some(newest) = newest else { return Ok(None) };
    let mut fields = Vec::new();
    if newest.kind == "edited"
        && let Some(act) = ledger::one(store, newest.id).await?
        && let Some(before) = stood_before(&act, want.now)
    {
        fields = conflict::differing(&l, &Fields::of(want, &before), &Fields::of(want, ticket));
    }
    let whole = !fields.is_empty();
    let dot = l.layout_dot().to_string();
    let what = if whole { fields.join(&dot) } else { undo::said(&l, &newest.kind) };
    Ok(Some(Newest { at: newest.at, by: newest.by_staff, what, whole }))
}

/// The newest that was done to the order that is meant, or to any of a fault; on the road too.
async fn event(want: &Want, ticket: &Ticket, meant: Option<&Order>) -> db::Result<Option<Newest>> {
    let (store, l) = (&want.kit.db, want.messages());
    let mut newest: Option<Newest> = None;
    let mut all = orders::of_ticket(store, ticket.id).await?;
    all.retain(|one| meant.is_none_or(|order| order.id == one.id));
    for order in all {
        let last = orders::events(store, order.id).await?.into_iter().rev().find(|one| one.applied);
        let Some(last) = last else { continue };
        if newest.as_ref().is_some_and(|one| one.at >= last.at_server) {
            continue;
        }
        let what = format!("{} {}", order.no, say::verb(&l, last.verb));
        newest = Some(Newest { at: last.at_server, by: last.by_staff, what, whole: false });
    }
    Ok(newest)
}

/// Says in a refusal who did what last, where that was not the reader.
pub(super) async fn told(
    want: &Want,
    (ticket, meant): (&Ticket, Option<&Order>),
    problem: Problem,
) -> Result<Problem, Problem> {
    let (act, event) = (act(want, ticket, meant).await?, event(want, ticket, meant).await?);
    let newest = match (act, event) {
        (Some(act), Some(event)) => Some(if event.at > act.at { event } else { act }),
        (one, other) => one.or(other),
    };
    let own = want.reader.as_ref().and_then(OnDuty::staff);
    let Some(newest) = newest.filter(|newest| newest.by.is_none() || newest.by != own) else {
        return hand::first_was(want, (ticket, meant), problem).await;
    };
    let names = views::names(&want.kit.db).await?;
    let name = newest.by.and_then(|by| names.get(&by).cloned());
    let name = name.unwrap_or_else(|| want.messages().tickets_house().to_string());
    let said = (name, board::when(want, newest.at), newest.what);
    let saying = |problem: Problem| {
        let (name, at, what) = said.clone();
        problem.because(move |l| {
            l.tickets_first_did(name.as_str(), at.as_str(), what.as_str()).to_string()
        })
    };
    // whom somebody sent is told by who was first
    let problem = hand::first_was(want, (ticket, meant), saying(problem)).await?;
    Ok(if newest.whole { saying(problem) } else { problem })
}

/// Who has done this step of an order already, and when, for one who presses it too; `None` where nobody has.
pub(super) async fn twice(want: &Want, order: &Order, verb: Verb) -> db::Result<Option<String>> {
    let events = orders::events(&want.kit.db, order.id).await?;
    let Some(first) = done_before(order, verb, &events) else { return Ok(None) };
    let l = want.messages();
    let own = want.reader.as_ref().and_then(OnDuty::staff);
    let (no, at) = (order.no.as_str(), board::when(want, first.at_client));
    let what = say::verb(&l, verb);
    let said = match first.by_staff {
        None => l.tickets_twice(l.tickets_house().to_string(), at, no, what).to_string(),
        by if by == own => l.tickets_twice_own(at, no, what).to_string(),
        Some(_) => l.tickets_twice(first.name.as_str(), at, no, what).to_string(),
    };
    Ok(Some(said))
}

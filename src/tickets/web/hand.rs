//! Handing a fault over from its card on the board: the house proposes, a person confirms with one press
//! (operations.md §4.11). And who was first, where two pressed.

use serde::Serialize;

use super::super::desk::{ACTS, Ground, explains, reason, sendable};
use super::super::dispatch::first;
use super::super::order::{self, Order};
use super::super::store::orders;
use super::super::ticket::{State, Ticket};
use super::board::when;
use super::{undo, views};
use crate::kernel::StaffId;
use crate::undo::store as ledger;
use crate::web::{OnDuty, Problem, Want};
use crate::words::Messages;

/// To whom a fault is proposed to go.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Hand {
    /// Who; `None`: 无人可派.
    pub(super) staff_id: Option<StaffId>,
    pub(super) name: String,
    /// Why, in words.
    pub(super) reason: String,
    /// Signed on and away for now: somebody else may be chosen, and no press sends them by itself.
    #[serde(skip)]
    pub(super) away: bool,
    /// Where a press goes; `None` as long as something must be written first.
    pub(super) address: Option<String>,
    /// What the press is made on: the fault, or the draft of an order.
    pub(super) version: i64,
    /// What the order will say: of a draft, what it says already.
    #[serde(skip)]
    pub(super) tasks: Option<String>,
    #[serde(skip)]
    pub(super) skills: String,
}

impl Hand {
    /// The number of a press: each card of a page has its own.
    pub(super) fn op_id(&self, page: &str) -> String {
        let of = self.address.as_deref().unwrap_or_default();
        format!("{page}-{}", of.replace('/', "-"))
    }

    pub(super) fn lead(&self) -> i64 {
        self.staff_id.map_or(0, |id| id.0)
    }
}

/// Whether somebody was there, and said that it is not done with that.
fn is_left(order: &Order) -> bool {
    order.state.is_over() && !order.next_step.is_empty()
}

/// Who should go, for a fault that waits for somebody to be sent. `None`: it does not, or nobody has taken it
/// up yet.
pub(super) fn propose(
    want: &Want,
    ground: &Ground,
    ticket: &Ticket,
    orders: &[Order],
) -> Option<Hand> {
    let draft = orders.iter().find(|order| order.state == order::State::Draft);
    let mut sent = orders
        .iter()
        .filter(|order| !matches!(order.state, order::State::Draft | order::State::Recalled));
    let is_under_way = sent.clone().any(|order| !order.state.is_over());
    // what an earlier one left is done where a later one came
    let last = sent.next_back();
    let waits = match ticket.state {
        State::Accepted => true,
        // nobody took it, it was taken back, or something is left to do: it came back to the desk
        State::Dispatched | State::InProgress => {
            let unsent = draft.is_some_and(|draft| last.is_none_or(|last| last.id < draft.id));
            !is_under_way && (unsent || last.is_none_or(is_left))
        }
        State::New
        | State::Reopened
        | State::Waiting
        | State::Resolved
        | State::Closed
        | State::Duplicate
        | State::Cancelled => false,
    };
    if !waits {
        return None;
    }
    let skills = draft.map_or(ticket.skill.as_str(), |order| order.skills.as_str());
    let ranked = ground.ranked(ticket, skills, draft);
    let chosen = first(&ranked);
    let left = last.filter(|order| is_left(order)).map(|order| &order.next_step);
    let away = chosen.is_some_and(|one| one.away);
    let l = want.messages();
    let address = match draft {
        Some(order) => format!("/work-orders/{}/issue", order.no),
        None => format!("/faults/{}/work-orders", ticket.no),
    };
    Some(Hand {
        staff_id: chosen.map(|one| one.staff_id),
        name: chosen.map(|one| one.name.clone()).unwrap_or_default(),
        reason: chosen.map(|one| reason(&l, one)).unwrap_or_default(),
        away,
        address: (!away && sendable(ticket, want.now).is_ok()).then_some(address),
        version: draft.map_or(ticket.version, |order| order.version),
        tasks: draft.is_none().then(|| left.unwrap_or(&ticket.symptom).clone()),
        skills: skills.to_owned(),
    })
}

/// Says who was first, when and with what, to one who came second: where the newest act of a person is what made
/// the fault, or the order that was meant, what it is now, and it is not their own.
pub(super) async fn first_was(
    want: &Want,
    (ticket, meant): (&Ticket, Option<&Order>),
    problem: Problem,
) -> Result<Problem, Problem> {
    let db = &want.kit.db;
    // its picture says what it made of the fault and its orders
    let newest = ledger::open(db, &format!("faults/{}", ticket.no), want.now).await?;
    let newest =
        newest.filter(|act| act.room == ACTS).filter(|act| explains(act, ticket, meant, want.now));
    let own = want.reader.as_ref().and_then(OnDuty::staff);
    let newest = newest.and_then(|act| act.by_staff.map(|by| (act, by)));
    let Some((act, by)) = newest.filter(|(_, by)| Some(*by) != own) else {
        return Ok(problem);
    };
    let names = views::names(db).await?;
    let name = names.get(&by).cloned().unwrap_or_default();
    let at = when(want, act.at);
    let order = act.kind.split_once(' ').map(|(_, no)| no.to_owned());
    let lead = match act.kind.strip_prefix("issued ") {
        Some(no) => match orders::by_no(db, no).await? {
            Some(order) => orders::crew(db, order.id).await?.into_iter().find(|mate| mate.lead),
            None => None,
        },
        None => None,
    };
    let problem = match order {
        Some(no) => problem.seen_at(format!("/work-orders/{no}")),
        None => problem,
    };
    Ok(problem.because(move |l: &Messages| {
        if let Some(lead) = &lead {
            l.tickets_first_sent(name.as_str(), at.as_str(), lead.name.as_str()).to_string()
        } else {
            let what = undo::said(l, &act.kind);
            l.tickets_first_did(name.as_str(), at.as_str(), what).to_string()
        }
    }))
}

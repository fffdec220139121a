//! What somebody wrote on a ticket: put over what was there, and by name what that changed.

use super::Edit;
use crate::kernel::Moment;
use crate::tickets::ticket::{self, Ticket};

/// The fields of a form in which a ticket is not what it was, by their names there.
pub(super) fn changed(before: &Ticket, now: &Ticket) -> Vec<&'static str> {
    let all = [
        ("caller_name", before.caller_name != now.caller_name),
        ("caller_number", before.caller_number != now.caller_number),
        ("company", before.company != now.company),
        ("site", before.site_id != now.site_id),
        ("contract", before.contract_id != now.contract_id),
        ("place", before.place != now.place),
        ("serial", before.serial != now.serial),
        ("need", before.need != now.need),
        ("purpose", before.purpose != now.purpose),
        ("symptom", before.symptom != now.symptom),
        ("impact", before.impact != now.impact),
        ("urgency", before.urgency != now.urgency),
        ("category", before.category != now.category),
        ("skill", before.skill != now.skill),
        ("tried", before.tried != now.tried),
        ("plan", before.plan != now.plan),
        ("promised", before.promised_at != now.promised_at),
    ];
    all.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// The words of a ticket that are read back to who reports it (operations.md clause 3.2).
fn told(ticket: &Ticket) -> ([&str; 6], Option<Moment>) {
    let words = [
        &ticket.caller_name,
        &ticket.caller_number,
        &ticket.company,
        &ticket.place,
        &ticket.serial,
        &ticket.symptom,
    ];
    (words.map(String::as_str), ticket.promised_at)
}

/// Puts what was written over what is there; what was read back counts no more once a word of it has
/// changed. A promise that is added takes nothing from what was read before it; `unread` says that it has not been
/// read itself yet.
pub(super) fn put(ticket: &mut Ticket, edit: Edit, now: Moment, unread: bool) {
    let (before, read_back) = (ticket.clone(), edit.read_back);
    ticket.priority = ticket::priority(edit.impact, edit.urgency);
    ticket.caller_number = edit.caller_number;
    ticket.caller_name = edit.caller_name;
    ticket.company = edit.company;
    ticket.site_id = edit.site_id;
    ticket.contract_id = edit.contract_id;
    ticket.asset_id = edit.asset_id;
    ticket.place = edit.place;
    ticket.serial = edit.serial;
    ticket.need = edit.need;
    ticket.purpose = edit.purpose;
    ticket.symptom = edit.symptom;
    ticket.category = edit.category;
    ticket.skill = edit.skill;
    ticket.impact = edit.impact;
    ticket.urgency = edit.urgency;
    ticket.tried = edit.tried;
    // a plan and a promise are not taken back once somebody was sent
    let on_it = |state: ticket::State| {
        matches!(state, ticket::State::Dispatched | ticket::State::InProgress)
    };
    let sent = on_it(ticket.state) || ticket.before_waiting().is_some_and(on_it);
    if !edit.plan.is_empty() || !sent {
        ticket.plan = edit.plan;
    }
    if edit.promised_at.is_some() || !sent {
        ticket.promised_at = edit.promised_at;
    }
    let ((words, promise), (said, promised)) = (told(ticket), told(&before));
    let (other_words, other_promise) = (words != said, promise != promised);
    if other_words || (other_promise && promised.is_some()) {
        ticket.readback_at = None;
    }
    if read_back && (ticket.readback_at.is_none() || other_promise || unread) {
        ticket.readback_at = Some(now);
    }
}

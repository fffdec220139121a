//! What a reader may see of a call: everyone who may not see numbers whole sees them masked, and the
//! numbers of restricted people not at all, in pages, JSON, fragments and ladders alike.

use super::super::call::{Call, Caller, State};
use super::super::outgoing::OutgoingCall;
use super::super::store::{self, LegLife, Message, Plan};
use super::say;
use crate::db;
use crate::kernel::{CallId, Closed, Extension, HIDDEN, Moment, Role, masked, narrow};
use crate::web::{CALLERS, OnDuty, Problem, Want, doors};

/// Who may open the console, the call log and a call.
const READERS: &[Role] = doors::CALLS;

/// Who may say that a call was a test.
pub(super) const JUDGES: &[Role] = &[Role::Supervisor, Role::Head, Role::Admin];

/// So many digits in a row are a telephone number.
const NUMBER_DIGITS: usize = 7;

/// Refuses those who have no business with calls (403).
pub(in crate::calls) fn may_read(reader: &OnDuty) -> Result<(), Problem> {
    reader.may(READERS)
}

/// Refuses those who do not answer calls (403).
pub(in crate::calls) fn may_write(reader: &OnDuty) -> Result<(), Problem> {
    reader.may(CALLERS)
}

/// Whether calls are any of this reader's business.
pub(in crate::calls) fn reads(reader: &OnDuty) -> bool {
    reader.roles.has_any(READERS)
}

/// Whether this reader answers calls.
pub(super) fn writes(reader: &OnDuty) -> bool {
    reader.makes_calls()
}

/// Whether a waiting call is this desk's: one of its telephones is rung, or nobody can say which are,
/// or the ring has come from which colleagues help (operations.md clause 3.5). Who has no telephone
/// of their own, as a supervisor or a program, watches over all.
pub(super) fn concerns(call: &Call, reader: &OnDuty, now: Moment) -> bool {
    let Some(own) = reader.extension() else { return true };
    let mut known = call.legs.iter().filter_map(|leg| leg.extension.as_ref()).peekable();
    let mine = call.taken_by.as_ref().is_some_and(|by| reader.staff() == Some(by.id));
    let rings = call.rings.max(call.promise.rings(call.rang_at, now));
    mine || known.peek().is_none()
        || known.any(|rung| rung == own)
        || rings >= call.promise.colleague_rings
}

/// Whether it rings at other desks than this: taking it is a colleague's hand.
pub(super) fn rings_elsewhere(call: &Call, reader: &OnDuty) -> bool {
    let Some(own) = reader.extension() else { return false };
    let mut known = call.legs.iter().filter_map(|leg| leg.extension.as_ref()).peekable();
    known.peek().is_some() && known.all(|rung| rung != own)
}

/// One call as this reader may see it, for rooms above. [`db::Error::NotFound`] where there is none.
pub async fn call_seen(want: &Want, reader: &OnDuty, id: CallId) -> db::Result<Call> {
    let call = store::call(&want.kit.db, id).await?;
    Ok(seen(call, reader, &reader.closed, want.now))
}

/// The call as this reader may see it at this moment: the log keeps the rings of the last event, a
/// call that still rings has begun more since.
pub(super) fn seen(mut call: Call, reader: &OnDuty, closed: &Closed, now: Moment) -> Call {
    if matches!(call.state, State::Offered | State::Ringing) {
        call.rings = call.rings.max(call.promise.rings(call.rang_at, now));
    }
    close(&mut call, closed);
    if !reader.sees_numbers() {
        let caller = &mut call.caller;
        caller.masked = caller.number.is_some() || caller.as_sent.is_some();
        caller.number = caller.number.as_deref().map(masked);
        caller.as_sent = caller.as_sent.as_deref().map(masked);
        caller.display = caller.display.as_deref().map(mask_numbers);
        call.notes = mask_numbers(&call.notes);
        if let Some(record) = &mut call.record {
            let lines = [&mut record.who, &mut record.when, &mut record.place, &mut record.what];
            for text in lines.into_iter().chain([&mut record.purpose, &mut record.need]) {
                *text = mask_numbers(text);
            }
        }
        for transfer in &mut call.transfers {
            transfer.from = transfer.from.as_deref().map(mask_numbers);
            transfer.to = transfer.to.as_deref().map(mask_numbers);
        }
    }
    call
}

/// Takes closed numbers out of a call. Whose they are may be known.
pub fn close(call: &mut Call, closed: &Closed) {
    if closed.is_empty() {
        return;
    }
    close_caller(&mut call.caller, closed);
    let answered = call.answered_by.iter_mut().map(|by| &mut by.extension);
    for extension in call.legs.iter_mut().map(|leg| &mut leg.extension).chain(answered).flatten() {
        close_telephone(extension, closed);
    }
    for transfer in &mut call.transfers {
        for number in [&mut transfer.from, &mut transfer.to].into_iter().flatten() {
            *number = closed.number(std::mem::take(number));
        }
    }
    call.notes = closed.text(&call.notes);
    if let Some(record) = &mut call.record {
        let lines = [&mut record.who, &mut record.when, &mut record.place, &mut record.what];
        for text in lines.into_iter().chain([&mut record.purpose, &mut record.need]) {
            *text = closed.text(text);
        }
    }
}

/// A restricted person who calls is shown by name: what the PBX sent as one may be the number.
fn close_caller(caller: &mut Caller, closed: &Closed) {
    let numbers = [&caller.number, &caller.as_sent];
    let Some(name) = numbers.into_iter().flatten().find_map(|number| closed.whose(number)) else {
        caller.display = caller.display.as_deref().map(|display| closed.wire(display));
        return;
    };
    caller.masked = true;
    for number in [&mut caller.number, &mut caller.as_sent].into_iter().flatten() {
        HIDDEN.clone_into(number);
    }
    let sent = caller.display.take();
    let says = |display: &String| !say::is_number(display) && closed.wire(display) == *display;
    caller.display = sent.filter(says).or_else(|| Some(name.to_owned()));
}

fn close_telephone(extension: &mut Extension, closed: &Closed) {
    if closed.hides(extension.as_str()) {
        *extension = Extension::hidden();
    }
}

/// The legs of a call without closed telephones.
pub(super) fn legs(mut legs: Vec<LegLife>, closed: &Closed) -> Vec<LegLife> {
    for extension in legs.iter_mut().filter_map(|leg| leg.extension.as_mut()) {
        close_telephone(extension, closed);
    }
    legs
}

/// The signalling without closed numbers. What an answer begins with is no number.
pub fn close_ladder(items: &mut [Message], closed: &Closed) {
    if closed.is_empty() {
        return;
    }
    for message in items {
        let status = message.text.starts_with("SIP/2.0 ").then_some("SIP/2.0 ".len() + 3);
        let parts = message.text.split_at_checked(status.unwrap_or(0));
        let (begin, rest) = parts.unwrap_or(("", &message.text));
        message.text = format!("{begin}{}", closed.wire(rest));
    }
}

/// Takes closed numbers out of a call somebody made; whom it went to, where that is closed.
pub(super) fn close_made(call: &mut OutgoingCall, closed: &Closed) -> Option<String> {
    close_telephone(&mut call.extension, closed);
    let dialled = call.number.as_deref().unwrap_or(&call.dialled);
    let name = closed.whose(dialled).or_else(|| closed.whose(&call.dialled))?.to_owned();
    call.number = call.number.take().map(|_| HIDDEN.to_owned());
    HIDDEN.clone_into(&mut call.dialled);
    Some(name)
}

/// The card of a call to be made as this reader may see it: the words of their own stay theirs.
pub(super) fn plan(mut plan: Plan, reader: &OnDuty, closed: &Closed) -> Plan {
    plan.number = closed.number(plan.number);
    if Some(plan.staff_id) != reader.staff() {
        let lines = [&mut plan.name, &mut plan.purpose, &mut plan.conclusion, &mut plan.points];
        for text in lines.into_iter().chain([&mut plan.figures, &mut plan.summary]) {
            *text = closed.text(text);
        }
    }
    plan
}

/// A text with every telephone number in it masked: PBXes send numbers as names, and people write
/// them into notes.
pub(super) fn mask_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    let close = |run: &mut String, out: &mut String| {
        let long = run.chars().count() >= NUMBER_DIGITS;
        out.push_str(&if long { masked(run) } else { run.clone() });
        run.clear();
    };
    for c in text.chars() {
        if narrow(c).is_ascii_digit() {
            run.push(c);
        } else {
            close(&mut run, &mut out);
            out.push(c);
        }
    }
    close(&mut run, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_inside_a_text_is_masked_and_a_short_one_is_not() {
        assert_eq!(mask_numbers("From: <sip:13812345678@pbx>"), "From: <sip:138****5678@pbx>");
        assert_eq!(mask_numbers("room 305, ext 801"), "room 305, ext 801");
        assert_eq!(mask_numbers("02584523317"), "025****3317");
        assert_eq!(mask_numbers("王１３８１２３４５６７８"), "王１３８****５６７８");
    }
}

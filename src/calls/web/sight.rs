//! What a reader may see of a call: everyone who may not see numbers whole sees them masked, in
//! pages, JSON, fragments and ladders alike.

use super::super::call::{Call, State};
use crate::kernel::{Moment, Role, masked};
use crate::web::{CALLERS, OnDuty, Problem};

/// Who may open the console, the call log and a call.
const READERS: &[Role] =
    &[Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin];

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

/// The call as this reader may see it at this moment: the log keeps the rings of the last event, a
/// call that still rings has begun more since.
pub(super) fn seen(mut call: Call, reader: &OnDuty, now: Moment) -> Call {
    if matches!(call.state, State::Offered | State::Ringing) {
        call.rings = call.rings.max(call.promise.rings(call.rang_at, now));
    }
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

/// A text with every telephone number in it masked: PBXes send numbers as names, and people write
/// them into notes.
pub(super) fn mask_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    let close = |run: &mut String, out: &mut String| {
        let long = run.len() >= NUMBER_DIGITS;
        out.push_str(&if long { masked(run) } else { run.clone() });
        run.clear();
    };
    for c in text.chars() {
        if c.is_ascii_digit() {
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
    }
}

//! One call as a line of a list: the log, the calls that just ended, earlier calls of a number.

use super::super::call::{Call, State};
use super::say;
use crate::kernel::Moment;
use crate::words::{Messages, Spelling, tenths};

/// So many ring bars are drawn at most; the number beside them says the rest.
const BARS_MOST: u32 = 6;

/// A line of a list, ready to be shown.
pub(super) struct Row {
    /// The call's number.
    pub(super) id: i64,
    /// When it came, in short.
    pub(super) when: String,
    /// To the second, for `title`.
    pub(super) exact: String,
    /// RFC 3339, for `datetime`.
    pub(super) at: String,
    /// Who called.
    pub(super) who: String,
    /// The number, where it is not the name already.
    pub(super) number: Option<String>,
    /// Which hotline.
    pub(super) hotline: String,
    /// Bursts begun; `–` where that was not seen.
    pub(super) rings: String,
    /// How many bars that is.
    pub(super) bars: u32,
    /// `c1` within the promise, `c4` past it, `mute` where it does not count.
    pub(super) ring_tint: &'static str,
    /// Seconds waited, one decimal; `–` while it waits.
    pub(super) waited: String,
    /// The outcome, or the state while it lives.
    pub(super) outcome: String,
    /// Its tint.
    pub(super) tint: &'static str,
    /// Why it is not counted.
    pub(super) excluded: Option<String>,
    /// Who answered or took it.
    pub(super) by: String,
    /// What its record lacks: none was written, or it was not read back.
    pub(super) lacks: Option<String>,
    /// Whether a reader may still say "that was me".
    pub(super) claimable: bool,
}

impl Row {
    /// A call, already as its reader may see it; one answered since `since` may still be taken.
    pub(super) fn of(l: &Messages, spelling: Spelling, call: &Call, since: Option<Moment>) -> Self {
        let who = say::who(l, call);
        let tint = call.outcome.map_or("ta", say::outcome_tint);
        let ring_tint = match call.within_target {
            Some(true) => "c1",
            Some(false) if call.rings > call.promise.target_rings => "c4",
            Some(false) => "c3",
            None => "mute",
        };
        let answered = call.answered_by.as_ref();
        let by_name = answered.and_then(|by| by.staff.as_ref()).map(|staff| staff.name.clone());
        let by_phone = || answered.and_then(|by| by.extension.as_ref()).map(ToString::to_string);
        let by_taken = || call.taken_by.as_ref().map(|staff| staff.name.clone());
        Self {
            id: call.id.0,
            when: spelling.moment(call.offered_at),
            exact: spelling.exact(call.offered_at),
            at: call.offered_at.to_string(),
            number: say::number(call).filter(|number| *number != who),
            who,
            hotline: say::hotline(l, call),
            rings: say::rings(call),
            bars: if call.is_lost_sight_of() { 0 } else { call.rings.min(BARS_MOST) },
            ring_tint,
            waited: call.caller_wait_ms.map_or_else(|| "–".to_owned(), tenths),
            outcome: call
                .outcome
                .map_or_else(|| say::state(l, call.state), |outcome| say::outcome(l, outcome)),
            tint,
            excluded: call.excluded.map(|why| say::excluded(l, why)),
            by: by_name.or_else(by_taken).or_else(by_phone).unwrap_or_default(),
            lacks: lacks(l, call),
            claimable: call.state == State::Ended
                && call.taken_by.is_none()
                && since.is_some_and(|since| call.answered_at.is_some_and(|at| at >= since)),
        }
    }

    /// The same of a talk of which nothing tells since then.
    pub(super) fn unheard(self, l: &Messages, spelling: Spelling, at: Moment) -> Self {
        Self { outcome: l.calls_unheard(spelling.minute(at)).to_string(), tint: "t2", ..self }
    }
}

/// A talk that nobody wrote down shows as such, and a record that was not read back to the caller
/// (operations.md clause 3.2).
fn lacks(l: &Messages, call: &Call) -> Option<String> {
    call.answered_at.filter(|_| call.state == State::Ended)?;
    match &call.record {
        None if call.notes.is_empty() => Some(l.calls_record_none().to_string()),
        Some(record) if record.readback_at.is_none() => Some(l.calls_record_unread().to_string()),
        None | Some(_) => None,
    }
}

//! One waiting call as the queue shows it: drawn with the page, and drawn again for `/live`.

use askama::Template;

use super::super::call::{Call, State};
use super::{say, sight};
use crate::kernel::Moment;
use crate::web::{OnDuty, fresh_secret};
use crate::words::{Messages, tenths};

/// Degrees of the circle between two arcs.
const GAP: i64 = 14;

/// More arcs than this cannot be told apart.
const ARCS_MOST: u32 = 6;

/// One arc of the ring mark, in degrees of the circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RingArc {
    /// Where it begins, as a dash offset.
    pub(super) offset: i64,
    /// How long it is.
    pub(super) whole: i64,
    /// How much of it is lit.
    pub(super) lit: i64,
}

/// The ring mark: one arc for each ring of the promise, lit as far as the call has rung.
pub(super) fn ring_arcs(target_rings: u32, waited_ms: i64, cycle_ms: i64) -> Vec<RingArc> {
    let count = i64::from(target_rings.clamp(1, ARCS_MOST));
    let step = 360 / count;
    let whole = step - GAP;
    let (waited, cycle) = (waited_ms.max(0), cycle_ms.max(1));
    let arc = |k: i64| {
        let inside = (waited - k * cycle).clamp(0, cycle);
        RingArc { offset: -(k * step + GAP / 2), whole, lit: whole * inside / cycle }
    };
    (0..count).map(arc).collect()
}

/// Who said "I take it".
pub(super) struct Taken {
    /// The sentence.
    pub(super) said: String,
    /// Whether it was the reader, who may take it back.
    pub(super) mine: bool,
}

/// A waiting call as one reader sees it.
#[derive(Template)]
#[template(path = "calls/card.html")]
pub(super) struct Card {
    l: Messages,
    id: String,
    version: i64,
    alarm: u8,
    /// 1 calm, 2 amber, 3 orange, 4 red.
    state: u8,
    /// Where the count begins, epoch milliseconds.
    since: i64,
    cycle_ms: i64,
    target_ms: i64,
    ring: i64,
    arcs: Vec<RingArc>,
    seconds: String,
    due: String,
    left: String,
    over: String,
    who: String,
    number: Option<String>,
    hotline: String,
    nobody_rung: bool,
    taken: Option<Taken>,
    /// The words of the button by which this reader takes it: theirs to answer, or a colleague's
    /// call picked up.
    take: Option<String>,
    vip: bool,
    company: Option<String>,
    /// For the live region and the notification.
    said: String,
    op_id: String,
}

/// Whether a call waits for somebody to answer.
pub(super) fn waits(call: &Call) -> bool {
    matches!(call.state, State::Offered | State::Ringing)
}

/// Since when it waits: its first ring, or its arrival while nobody is rung.
pub(super) fn waits_since(call: &Call) -> Moment {
    call.rang_at.unwrap_or(call.offered_at)
}

impl Card {
    /// Draws a waiting call, already as its reader may see it, as of `now`.
    pub(super) fn of(l: Messages, call: &Call, reader: &OnDuty, now: Moment) -> Self {
        let since = waits_since(call);
        let waited = now.millis_since(since).max(0);
        let promise = call.promise;
        let ring = waited / promise.cycle_ms.max(1) + 1;
        let late = waited - promise.target_ms;
        let who = say::who(&l, call);
        let taken = call.taken_by.as_ref().map(|by| {
            let mine = reader.staff() == Some(by.id);
            let said = if mine { l.calls_taken_me() } else { l.calls_taken_by(by.name.as_str()) };
            Taken { said: said.to_string(), mine }
        });
        let due = if late < 0 {
            l.calls_due_left(tenths(-late)).to_string()
        } else {
            l.calls_due_over(tenths(late)).to_string()
        };
        let said = if call.alarm >= 4 {
            l.calls_say_breach(who.as_str()).to_string()
        } else {
            l.calls_say_ring(ring, who.as_str()).to_string()
        };
        Self {
            id: call.id.to_string(),
            version: call.version,
            alarm: call.alarm,
            state: call.alarm.clamp(1, 4),
            since: since.millis(),
            cycle_ms: promise.cycle_ms,
            target_ms: promise.target_ms,
            ring,
            arcs: ring_arcs(promise.target_rings, waited, promise.cycle_ms),
            seconds: tenths(waited),
            due,
            left: l.calls_due_left("{s}").to_string(),
            over: l.calls_due_over("{s}").to_string(),
            number: say::number(call).filter(|number| *number != who),
            hotline: say::hotline(&l, call),
            nobody_rung: call.rang_at.is_none(),
            take: (reader.in_browser() && sight::writes(reader)).then(|| {
                let elsewhere = sight::rings_elsewhere(call, reader);
                if elsewhere { l.calls_elsewhere() } else { l.calls_take() }.to_string()
            }),
            vip: call.caller.contact.as_ref().is_some_and(|contact| contact.vip),
            company: call.caller.contact.as_ref().and_then(|contact| contact.company.clone()),
            taken,
            said,
            who,
            op_id: fresh_secret(&mut rand::rng()),
            l,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arc_fills_while_its_ring_lasts() {
        let lit = |waited| ring_arcs(3, waited, 5000).iter().map(|arc| arc.lit).collect::<Vec<_>>();
        assert_eq!(lit(0), [0, 0, 0]);
        assert_eq!(lit(2500), [53, 0, 0]);
        assert_eq!(lit(5000), [106, 0, 0]);
        assert_eq!(lit(14_999), [106, 106, 105]);
        assert_eq!(lit(60_000), [106, 106, 106]);
        assert_eq!(ring_arcs(3, 0, 5000)[1].offset, -127);
        assert_eq!(ring_arcs(40, 0, 5000).len(), 6);
    }
}

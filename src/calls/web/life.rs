//! The life of a call as a picture: one bar a telephone on one time axis, where the PBX's part of
//! the waiting ends and the operator's begins, holds, transfers, and who hung up.

use super::super::call::{Call, EndedBy, State, TransferKind};
use super::super::record::LegKind;
use super::super::store::{LegLife, StoryLine};
use super::axis::Axis;
use super::bars::{Bar, Sheet, handed_over, holds, outrun};
use super::say;
use crate::kernel::Moment;
use crate::words::{Messages, Spelling, minutes, tenths};

/// Everything the page draws.
pub(super) struct Life {
    /// The three parts of a call.
    pub(super) parts: Vec<Part>,
    /// One bar a telephone; the first is the call itself.
    pub(super) bars: Vec<Bar>,
    /// What is written under the axis.
    pub(super) ticks: Vec<Tick>,
    /// Where the promise breaks.
    pub(super) promise: Option<Line>,
    /// Where the scale changes.
    pub(super) knee: Option<String>,
    /// Where the call went from one telephone to another.
    pub(super) transfers: Vec<String>,
    /// The same transfers in words.
    pub(super) moves: Vec<Move>,
    /// Who hung up first.
    pub(super) hung_up: Option<String>,
    /// The times of every telephone.
    pub(super) times: Vec<Times>,
}

/// A line across all bars.
pub(super) struct Line {
    pub(super) x: String,
    /// Its words go to its left.
    pub(super) left: bool,
}

/// One part of a call: whose it is and how long it took.
pub(super) struct Part {
    /// `w-pbx`, `w-ring`, `w-talk`: its colour.
    pub(super) class: &'static str,
    pub(super) name: String,
    pub(super) length: String,
    pub(super) about: String,
}

/// A moment under the axis.
pub(super) struct Tick {
    pub(super) x: String,
    pub(super) label: String,
}

/// A transfer in words.
pub(super) struct Move {
    pub(super) at: String,
    pub(super) time: String,
    pub(super) kind: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// A line of the table behind the picture.
pub(super) struct Times {
    pub(super) name: String,
    pub(super) offered: String,
    pub(super) rang: String,
    pub(super) answered: String,
    pub(super) ended: String,
    pub(super) end: String,
}

/// A length of time as people say it: `70 ms`, `7.4 s`, `3:12`.
pub(super) fn span(l: &Messages, millis: i64) -> String {
    match millis.max(0) {
        millis @ ..1000 => l.calls_span_ms(millis).to_string(),
        millis @ ..60_000 => l.calls_span_s(tenths(millis)).to_string(),
        millis => minutes(millis),
    }
}

/// A name for a telephone.
pub(super) fn name(l: &Messages, leg: &LegLife) -> String {
    match (leg.kind, &leg.extension) {
        (LegKind::Member, _) => l.calls_leg_member().to_string(),
        (LegKind::Trunk, _) => l.calls_leg_trunk().to_string(),
        _ if leg.service => l.calls_leg_service().to_string(),
        (LegKind::Outside, _) => l.calls_leg_outside().to_string(),
        (_, Some(extension)) => extension.to_string(),
        (LegKind::Position | LegKind::Extension, None) => l.calls_leg_unknown().to_string(),
    }
}

/// The PBX's part, the operator's part, the talk; of a talk that nothing tells of since then, up to there.
fn parts(
    l: &Messages,
    spelling: Spelling,
    call: &Call,
    now: Moment,
    unheard: Option<Moment>,
) -> Vec<Part> {
    let dash = || "–".to_owned();
    let length = |from: Option<Moment>, to: Option<Moment>| match (from, to) {
        (Some(from), Some(to)) => span(l, to.millis_since(from)),
        _ => dash(),
    };
    let live = call.state != State::Ended;
    let so_far = live.then_some(now);
    let picked_up = call.answered_at.or(call.ended_at).or(so_far);
    let lost = call.answered_at.is_none();
    let unseen = call.is_lost_sight_of();
    let operator = match (lost, live) {
        _ if unseen => l.calls_life_operator_unseen(),
        (true, true) => l.calls_life_operator_waiting(),
        (true, false) => l.calls_life_operator_lost(),
        (false, _) => l.calls_life_operator_about(),
    };
    let over = call.ended_at.or(so_far);
    let talk = match call.answered_at {
        None if unseen => l.calls_life_talk_unknown(),
        None => l.calls_life_talk_none(),
        Some(_) if over.is_none() => l.calls_life_talk_unseen(),
        Some(_) if live => match unheard {
            Some(at) => l.calls_life_talk_unheard(spelling.second(at)),
            None => l.calls_life_talk_going(),
        },
        Some(_) => l.calls_life_talk_about(),
    };
    vec![
        Part {
            class: "w-pbx",
            name: l.calls_life_pbx().to_string(),
            length: length(Some(call.offered_at), call.rang_at),
            about: l.calls_life_pbx_about().to_string(),
        },
        Part {
            class: "w-ring",
            name: l.calls_life_operator().to_string(),
            length: length(call.rang_at, picked_up),
            about: operator.to_string(),
        },
        Part {
            class: "w-talk",
            name: l.calls_life_talk().to_string(),
            length: length(call.answered_at, over),
            about: talk.to_string(),
        },
    ]
}

/// How a call went from one telephone to another.
pub(super) fn transfer(l: &Messages, kind: TransferKind) -> String {
    match kind {
        TransferKind::Blind => l.calls_transfer_blind(),
        TransferKind::Attended => l.calls_transfer_attended(),
        TransferKind::Pickup => l.calls_transfer_pickup(),
    }
    .to_string()
}

fn hung_up(l: &Messages, spelling: Spelling, call: &Call) -> Option<String> {
    if call.state != State::Ended {
        return None;
    }
    let said = match (call.end_seen, call.ended_by) {
        (false, _) => return Some(l.calls_hung_up_unseen().to_string()),
        (true, EndedBy::Caller) => l.calls_hung_up_caller(),
        (true, EndedBy::Us) => l.calls_hung_up_us(),
        (true, EndedBy::Unknown) => l.calls_hung_up_unknown(),
    };
    let at = call.ended_at.map(|at| spelling.millisecond(at)).unwrap_or_default();
    Some(format!("{said} {at}").trim_end().to_owned())
}

/// The trunk first, our own ringing along last, the telephones between as they were called.
fn in_order(legs: &[LegLife]) -> Vec<&LegLife> {
    let mut legs: Vec<&LegLife> = legs.iter().collect();
    let rank = |leg: &LegLife| match leg.kind {
        LegKind::Trunk => 0,
        LegKind::Position | LegKind::Extension | LegKind::Outside => 1,
        LegKind::Member => 2,
    };
    legs.sort_by_key(|leg| (rank(leg), leg.offered_at));
    legs
}

impl Life {
    /// Draws a call as of `now`; a talk that nothing tells of since a moment, up to there.
    pub(super) fn of(
        l: &Messages,
        spelling: Spelling,
        call: &Call,
        legs: &[LegLife],
        story: &[StoryLine],
        (now, unheard): (Moment, Option<Moment>),
    ) -> Self {
        let now = unheard.unwrap_or(now);
        let live = call.state != State::Ended;
        let seen = legs.iter().filter_map(|leg| leg.ended_at.max(leg.answered_at).max(leg.rang_at));
        let last = seen.chain(call.ended_at).chain(call.answered_at).max();
        let to = if live { now } else { last.unwrap_or(call.offered_at) };
        let promise_at = call.rang_at.map(|rang| rang.plus_millis(call.promise.target_ms));
        let picked_up = call.answered_at.or(call.ended_at).unwrap_or(to);
        let axis = Axis::new(call.offered_at, picked_up.max(promise_at.unwrap_or(picked_up)), to);
        let (answered_at, holds) = (call.answered_at, holds(story, to));
        let sheet = Sheet { l, axis, promise_at, answered_at, to, live, holds };
        let mut all: Vec<_> = legs.iter().map(|leg| outrun(call, leg)).collect();
        all.extend(handed_over(call, legs));
        let legs = all;
        let legs = in_order(&legs);
        let bars = legs.iter().map(|leg| sheet.bar(call, leg));
        let at =
            |at: Option<Moment>| at.map_or_else(|| "–".to_owned(), |at| spelling.millisecond(at));
        let nobody = || l.calls_leg_unknown().to_string();
        Self {
            parts: parts(l, spelling, call, now, unheard),
            bars: std::iter::once(sheet.whole(call)).chain(bars).collect(),
            ticks: axis
                .ticks()
                .into_iter()
                .map(|(after, x)| Tick { x, label: minutes(after) })
                .collect(),
            promise: promise_at.map(|at| Line { x: axis.place(at), left: axis.right_half(at) }),
            knee: axis.knee(),
            transfers: call.transfers.iter().map(|one| axis.place(one.at)).collect(),
            moves: call
                .transfers
                .iter()
                .map(|one| Move {
                    at: one.at.to_string(),
                    time: spelling.millisecond(one.at),
                    kind: transfer(l, one.kind),
                    from: one.from.clone().unwrap_or_else(nobody),
                    to: one.to.clone().unwrap_or_else(nobody),
                })
                .collect(),
            hung_up: hung_up(l, spelling, call),
            times: legs
                .iter()
                .map(|leg| Times {
                    name: name(l, leg),
                    // who was asked before a transfer was called for somebody else
                    offered: at(Some(leg.offered_at).filter(|_| !leg.name.is_empty())),
                    rang: at(leg.rang_at),
                    answered: at(leg.answered_at),
                    ended: at(leg.ended_at),
                    end: leg.end.map(|end| say::leg_end(l, end)).unwrap_or_default(),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests;

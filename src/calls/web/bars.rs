//! The bars of a call's picture: one a telephone, and one for the call itself.

use super::super::call::{Call, LegEnd, Outcome, State, Transfer, TransferKind};
use super::super::record::LegKind;
use super::super::store::{LegLife, StoryLine};
use super::axis::Axis;
use super::life::{name, span};
use super::say;
use crate::kernel::{Extension, Moment};
use crate::words::Messages;

/// A telephone, or the call itself.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) who: String,
    /// The call itself.
    pub(super) whole: bool,
    /// It answered.
    pub(super) won: bool,
    pub(super) strokes: Vec<Stroke>,
    /// Where it was lifted.
    pub(super) lifted: Option<String>,
    pub(super) said: String,
    pub(super) end: String,
    pub(super) tint: &'static str,
}

/// A stretch of a bar.
pub(super) struct Stroke {
    /// `w-pbx`, `w-ring`, `w-over` (ringing past the promise), `w-talk`, `w-hold`.
    pub(super) class: &'static str,
    pub(super) x: String,
    pub(super) width: String,
}

/// What a leg's end looks like.
fn end_tint(end: Option<LegEnd>) -> &'static str {
    match end {
        Some(LegEnd::Answered) => "t1",
        Some(LegEnd::Transferred) => "ti",
        Some(LegEnd::Declined | LegEnd::NoAnswer | LegEnd::Unreachable) => "t3",
        Some(LegEnd::Busy) => "t2",
        Some(LegEnd::Elsewhere | LegEnd::Abandoned) | None => "",
    }
}

/// The stretches between `held` and `resumed`, or a transfer: who is handed on waits no longer. One that
/// nobody took back lasts to `to`.
pub(super) fn holds(story: &[StoryLine], to: Moment) -> Vec<(Moment, Moment)> {
    let (mut found, mut since) = (Vec::new(), None);
    for line in story {
        match line.kind.as_str() {
            "held" => since = since.or(Some(line.at)),
            "resumed" | "transferred" => found.extend(since.take().map(|from| (from, line.at))),
            _ => {}
        }
    }
    found.extend(since.filter(|from| *from < to).map(|from| (from, to)));
    found
}

/// What the bars are drawn on.
pub(super) struct Sheet<'a> {
    pub(super) l: &'a Messages,
    pub(super) axis: Axis,
    /// Where the promise breaks.
    pub(super) promise_at: Option<Moment>,
    /// A person answered the call: what rings from then on breaks no promise.
    pub(super) answered_at: Option<Moment>,
    /// The last moment there is anything to draw.
    pub(super) to: Moment,
    /// It goes on at that moment.
    pub(super) live: bool,
    pub(super) holds: Vec<(Moment, Moment)>,
}

impl Sheet<'_> {
    fn stroke(&self, class: &'static str, from: Moment, to: Moment) -> Option<Stroke> {
        let long = to > from;
        long.then(|| Stroke { class, x: self.axis.place(from), width: self.axis.width(from, to) })
    }

    /// Called, ringing within and past the promise, talking, holding.
    fn strokes(
        &self,
        offered: Moment,
        rang: Option<Moment>,
        answered: Option<Moment>,
        ended: Option<Moment>,
    ) -> Vec<Stroke> {
        let end = ended.unwrap_or(self.to);
        let rung_to = answered.unwrap_or(end);
        let mut strokes = Vec::new();
        strokes.extend(self.stroke("w-pbx", offered, rang.unwrap_or(rung_to)));
        if let Some(rang) = rang {
            let waits = self.answered_at.is_none_or(|answered| rang < answered);
            let promise_at = self.promise_at.filter(|_| waits);
            let kept_to = promise_at.map_or(rung_to, |at| at.clamp(rang, rung_to.max(rang)));
            strokes.extend(self.stroke("w-ring", rang, kept_to));
            strokes.extend(self.stroke("w-over", kept_to, rung_to));
        }
        if let Some(answered) = answered {
            strokes.extend(self.stroke("w-talk", answered, end));
            let held = self.holds.iter().filter(|(from, _)| (answered..end).contains(from));
            strokes.extend(held.filter_map(|&(from, to)| self.stroke("w-hold", from, to.min(end))));
        }
        strokes
    }

    /// A caller's line that a machine answered: ringing until then, the machine's time, the talk.
    fn by_machine(&self, leg: &LegLife, lifted: Moment, talk_at: Option<Moment>) -> Vec<Stroke> {
        let mut strokes = self.strokes(leg.offered_at, leg.rang_at, None, Some(lifted));
        let end = leg.ended_at.unwrap_or(self.to);
        strokes.extend(self.stroke("w-pbx", lifted, talk_at.unwrap_or(end)));
        if let Some(talk_at) = talk_at {
            strokes.extend(self.strokes(talk_at, None, Some(talk_at), leg.ended_at));
        }
        strokes
    }

    pub(super) fn bar(&self, call: &Call, leg: &LegLife) -> Bar {
        let l = self.l;
        let mut said = Vec::new();
        let machine = leg.answered_at.filter(|at| is_machine(call, leg, *at));
        let talk_at = if machine.is_some() { call.answered_at } else { leg.answered_at };
        let rung_to = leg.answered_at.or(leg.ended_at).or_else(|| self.live.then_some(self.to));
        if let (Some(rang), Some(to)) = (leg.rang_at, rung_to) {
            said.push(l.calls_life_rang(span(l, to.millis_since(rang))).to_string());
        }
        if let (Some(lifted), Some(to)) = (machine, talk_at.or(leg.ended_at)) {
            said.push(l.calls_life_machine(span(l, to.millis_since(lifted))).to_string());
        }
        if let (Some(answered), Some(ended)) = (talk_at, leg.ended_at) {
            said.push(l.calls_life_talked(span(l, ended.millis_since(answered))).to_string());
        }
        let by = call.answered_by.as_ref();
        let theirs = by.filter(|by| by.extension.is_some() && by.extension == leg.extension);
        let who = theirs.and_then(|by| by.staff.as_ref()).map(|staff| staff.name.clone());
        let nobody = machine.is_some() && talk_at.is_none();
        let (end, tint) = match leg.end {
            Some(_) if nobody => {
                let only = Outcome::MachineOnly;
                (say::outcome(l, only), say::outcome_tint(only))
            }
            end => (end.map(|end| say::leg_end(l, end)).unwrap_or_default(), end_tint(end)),
        };
        Bar {
            name: name(l, leg),
            who: who.unwrap_or_default(),
            whole: false,
            won: talk_at.is_some(),
            strokes: match machine {
                Some(lifted) => self.by_machine(leg, lifted, talk_at),
                None => self.strokes(leg.offered_at, leg.rang_at, leg.answered_at, leg.ended_at),
            },
            lifted: talk_at.map(|at| self.axis.place(at)),
            said: said.join(" · "),
            end,
            tint,
        }
    }

    pub(super) fn whole(&self, call: &Call) -> Bar {
        let ended = call.ended_at.or(call.answered_at.filter(|_| call.state == State::Ended));
        Bar {
            name: self.l.calls_life_whole().to_string(),
            who: String::new(),
            whole: true,
            won: true,
            strokes: self.strokes(call.offered_at, call.rang_at, call.answered_at, ended),
            lifted: call.answered_at.map(|at| self.axis.place(at)),
            said: call.ended_at.map_or_else(String::new, |at| {
                let whole = span(self.l, at.millis_since(call.offered_at));
                self.l.calls_life_in_all(whole).to_string()
            }),
            end: String::new(),
            tint: "",
        }
    }
}

/// The talks of those who got the caller after being asked: they were asked on a leg that is none of
/// this call's, so their part of it begins with the transfer and is known by that alone.
pub(super) fn handed_over(call: &Call, legs: &[LegLife]) -> Vec<LegLife> {
    let talk = |(nth, one): (usize, &Transfer)| {
        let extension: Extension = one.to.as_ref()?.parse().ok()?;
        let has_them = |leg: &LegLife| {
            leg.extension.as_ref() == Some(&extension)
                && leg.answered_at.is_some()
                && leg.ended_at.is_none_or(|end| end > one.at)
        };
        if one.kind != TransferKind::Attended || legs.iter().any(has_them) {
            return None;
        }
        let next = call.transfers.get(nth.saturating_add(1));
        let on = next.filter(|next| next.from == one.to).map(|next| (next.at, LegEnd::Transferred));
        let over = call.ended_at.map(|at| (at, LegEnd::Answered));
        let (ended_at, end) = on.or(over).unzip();
        Some(LegLife {
            name: String::new(),
            kind: LegKind::Extension,
            service: false,
            extension: Some(extension),
            offered_at: one.at,
            rang_at: None,
            answered_at: Some(one.at),
            ended_at,
            end,
        })
    };
    call.transfers.iter().enumerate().filter_map(talk).collect()
}

/// An answer ends the ringing of the others, and answers the caller's line, within so many milliseconds.
const AT_ONCE_MS: i64 = 1_000;

/// Whether it was a machine that answered the caller's line then: no person had picked up.
fn is_machine(call: &Call, leg: &LegLife, lifted: Moment) -> bool {
    let machine = match call.answered_at {
        Some(person) => person.millis_since(lifted) > AT_ONCE_MS,
        // where it was not seen how the call went on, nobody knows
        None => call.outcome != Some(Outcome::Unmeasured),
    };
    leg.kind == LegKind::Trunk && machine
}

/// A telephone that rang until the call was answered elsewhere rang no longer than that, also where
/// its own end was not told and only that of the call is known.
pub(super) fn outrun(call: &Call, leg: &LegLife) -> LegLife {
    let mut leg = leg.clone();
    let phone = matches!(leg.kind, LegKind::Position | LegKind::Extension) && !leg.service;
    let lost = leg.answered_at.is_none() && matches!(leg.end, None | Some(LegEnd::Elsewhere));
    let begun = leg.rang_at.unwrap_or(leg.offered_at);
    let answered = call.answered_at.filter(|at| phone && lost && begun <= *at);
    let late = |at| leg.ended_at.is_none_or(|end| end.millis_since(at) > AT_ONCE_MS);
    if let Some(at) = answered.filter(|at| late(*at)) {
        leg.ended_at = Some(at);
        leg.end = Some(LegEnd::Elsewhere);
    }
    leg
}

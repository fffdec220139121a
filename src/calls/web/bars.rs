//! The bars of a call's picture: one a telephone, and one for the call itself.

use super::super::call::{Call, LegEnd, State};
use super::super::record::LegKind;
use super::super::store::{LegLife, StoryLine};
use super::axis::Axis;
use super::life::{name, span};
use super::say;
use crate::kernel::Moment;
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

/// The stretches between `held` and `resumed`; one that nobody took back lasts to `to`.
pub(super) fn holds(story: &[StoryLine], to: Moment) -> Vec<(Moment, Moment)> {
    let (mut found, mut since) = (Vec::new(), None);
    for line in story {
        match line.kind.as_str() {
            "held" => since = since.or(Some(line.at)),
            "resumed" => found.extend(since.take().map(|from| (from, line.at))),
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

    pub(super) fn bar(&self, call: &Call, leg: &LegLife) -> Bar {
        let l = self.l;
        let mut said = Vec::new();
        if let Some(rang) = leg.rang_at {
            let to = leg.answered_at.or(leg.ended_at).unwrap_or(self.to);
            said.push(l.calls_life_rang(span(l, to.millis_since(rang))).to_string());
        }
        if let (Some(answered), Some(ended)) = (leg.answered_at, leg.ended_at) {
            said.push(l.calls_life_talked(span(l, ended.millis_since(answered))).to_string());
        }
        let by = call.answered_by.as_ref();
        let theirs = by.filter(|by| by.extension.is_some() && by.extension == leg.extension);
        let who = theirs.and_then(|by| by.staff.as_ref()).map(|staff| staff.name.clone());
        Bar {
            name: name(l, leg),
            who: who.unwrap_or_default(),
            whole: false,
            won: leg.answered_at.is_some(),
            strokes: self.strokes(leg.offered_at, leg.rang_at, leg.answered_at, leg.ended_at),
            lifted: leg.answered_at.map(|at| self.axis.place(at)),
            said: said.join(" · "),
            end: leg.end.map(|end| say::leg_end(l, end)).unwrap_or_default(),
            tint: end_tint(leg.end),
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

/// An answer ends the ringing of the others within so many milliseconds.
const AT_ONCE_MS: i64 = 1_000;

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

//! What comes after a person answered: who talks, holds, transfers, and the end of it.

use super::call::{EndedBy, LegEnd, Outcome, TransferKind};
use super::machine::{Live, TALK_MS};
use super::outcome::Meaning;
use super::record::{Event, LegKind, TransferRecord};
use super::stage::{End, Open, Question, Stage, Told};
use crate::kernel::{Extension, Moment};
use crate::sip::{self, LegKey, Referral};

/// For so long a call may be on its way from one idle telephone to another one that rings.
const HANDED_ON_MS: i64 = 1_000;
/// For so long a caller whose trunk is seen may be with nobody we see after the last telephone hung
/// up: with a machine that asks how it was, or handed on by keys.
const ALONE_MS: i64 = 120_000;
/// More transfers than this of one call are not kept.
const TRANSFERS: usize = 32;

impl Live {
    /// A person answered: the first of the call, or whoever it came to later. Facts come in any
    /// order, so an answer that was earlier than the one known takes its place.
    pub(super) fn answered(&mut self, by: Option<Extension>, at: Moment) -> Option<Event> {
        if self.is_over() {
            return None;
        }
        let at = at.max(self.offered_at);
        let more = self.more();
        match more.answered_at {
            None => {
                (more.answered_at, more.answered_by) = (Some(at), by.clone());
                more.talker = by;
                more.open = None;
                let late = matches!(self.stage, Stage::Unseen { .. });
                self.stage = Stage::Talking { until: at.plus_millis(TALK_MS) };
                self.outrun();
                self.wind();
                Some(if late { Event::Amended } else { Event::Answered })
            }
            Some(first) if at < first && by != more.answered_by => {
                let later = more.answered_by.take();
                (more.answered_at, more.answered_by) = (Some(at), by.clone());
                self.outrun();
                self.wind();
                self.came_to(later, by, first)
            }
            Some(first) => {
                more.answered_at = Some(first.min(at));
                // one who was handed back has somebody again
                more.open.take_if(|open| matches!(open.question, Question::Elsewhere(_)));
                let from = more.talker.clone();
                more.talker.clone_from(&by);
                self.came_to(by, from, at)
            }
        }
    }

    /// A telephone that rang when another was lifted, and stopped then, was outrun: it did not ring in vain,
    /// though its lamp or its CANCEL gave no reason.
    pub(super) fn outrun(&mut self) {
        let Some(lifted_at) = self.seen().answered_at else { return };
        for leg in &mut self.legs {
            let rang_then = leg.offered_at <= lifted_at && leg.ended_at >= Some(lifted_at);
            if rang_then && leg.answered_at.is_none() && leg.end == Some(LegEnd::NoAnswer) {
                leg.end = Some(LegEnd::Elsewhere);
            }
        }
    }

    /// The call is now with `to`; unless that transfer was seen to be asked for, it is noted now.
    fn came_to(
        &mut self,
        to: Option<Extension>,
        from: Option<Extension>,
        at: Moment,
    ) -> Option<Event> {
        let known = self.seen().transfers.iter().any(|one| one.to == to);
        // a telephone that nobody named to us, and the last one the call was sent to: the same
        let sent_to = self.seen().transfers.last().and_then(|last| last.to.clone());
        if to.is_none() && sent_to.is_some() {
            self.more().talker = sent_to;
            return None;
        }
        if to == from || known {
            return None;
        }
        self.transferred(at, TransferKind::Blind, from, to);
        Some(Event::Transferred)
    }

    /// Notes a transfer.
    pub(super) fn transferred(
        &mut self,
        at: Moment,
        kind: TransferKind,
        from: Option<Extension>,
        to: Option<Extension>,
    ) {
        let more = self.more();
        // whoever is handed on is held no longer by the one who did
        more.held = false;
        if more.transfers.len() < TRANSFERS {
            more.transfers.push(TransferRecord { at, kind, from, to });
        }
    }

    /// REFER on a telephone's leg: it hands the caller on.
    pub(super) fn referred(&mut self, leg: &LegKey, at: Moment, to: &Referral) -> Option<Event> {
        let leg = self.legs.iter_mut().find(|known| known.key == *leg)?;
        let (from, answered) = (leg.extension.clone(), leg.answered_at.is_some());
        if !answered || leg.kind == LegKind::Trunk {
            return None;
        }
        leg.end = Some(LegEnd::Transferred);
        leg.ended_at = Some(at.max(leg.offered_at));
        let kind = match to.replaces {
            Some(_) => TransferKind::Attended,
            None => TransferKind::Blind,
        };
        let target: Option<Extension> = to.to.parse().ok();
        // whoever answered since has the caller by this: a group names none of its telephones
        let this = |one: &&mut TransferRecord| {
            let since = one.at >= at && one.from == from && one.kind == TransferKind::Blind;
            one.kind == kind && (one.to == target || since)
        };
        let more = self.more();
        if let Some(known) = more.transfers.iter_mut().find(this) {
            known.at = known.at.min(at);
            if known.to.is_none() {
                // it was lifted on a telephone that is none of ours
                known.to.clone_from(&target);
                more.talker = more.talker.take().or(target);
            }
            return None;
        }
        if kind == TransferKind::Attended {
            self.more().talker.clone_from(&target);
        }
        self.transferred(at, kind, from, target);
        Some(Event::Transferred)
    }

    /// A telephone's leg of the talk is over; the caller may be handed on, so the call goes on.
    pub(super) fn hung_up(&mut self, leg: &LegKey, at: Moment, end: sip::End) -> Option<Event> {
        if self.open_leg(leg)?.kind == LegKind::Trunk {
            return self.trunk_ended(leg, at, end);
        }
        let at = self.end_leg(leg, at, LegEnd::Answered)?;
        let governed = self.is_governed();
        let trunk_open = self.trunk_leg().is_some_and(|trunk| trunk.end.is_none());
        if end == sip::End::Callee && governed && trunk_open {
            self.more().hung_up.get_or_insert(EndedBy::Us);
        }
        let phone = |leg: &super::record::LegRecord| leg.kind != LegKind::Trunk;
        let last = !self.legs.iter().any(|leg| phone(leg) && leg.end.is_none());
        if let (true, Stage::Talking { until }) = (last, &mut self.stage) {
            // the trunk's end must follow, or someone else has the caller
            *until = at.plus_millis(ALONE_MS).min(*until);
        }
        if !governed && matches!(self.stage, Stage::Talking { .. }) {
            let by = if end == sip::End::Callee { EndedBy::Us } else { EndedBy::Unknown };
            self.stage = self.over_after_answer(Some((at, by)));
            return Some(Event::Ended { cause: None });
        }
        Some(Event::LegEnded)
    }

    /// A talk whose end should have been seen by now: it is closed, and may still get its end.
    pub(super) fn lose_talk(&mut self, now: Moment) -> Event {
        self.more().open = None;
        let until = self.seen().answered_at.unwrap_or(self.offered_at).plus_millis(TALK_MS);
        self.stage = Stage::Unseen { alive_at: now, until: until.max(now) };
        Event::Ended { cause: None }
    }

    /// Hold, or back.
    pub(super) fn hold(&mut self, leg: &LegKey, held: bool) -> Option<Event> {
        let Stage::Talking { .. } = self.stage else { return None };
        self.open_leg(leg).filter(|leg| leg.kind != LegKind::Member)?;
        self.holding(held)
    }

    /// The caller hears nothing, or someone again.
    pub(super) fn holding(&mut self, held: bool) -> Option<Event> {
        if self.seen().held == held {
            return None;
        }
        self.more().held = held;
        Some(if held { Event::Held } else { Event::Resumed })
    }

    /// The telephone that talked is idle since then, as its watched lamp says.
    pub(super) fn idle(&mut self, at: Moment, now: Moment) {
        if let Stage::Talking { .. } = self.stage {
            let question = Question::Idle { at };
            self.more().open = Some(Open { question, until: now.plus_millis(HANDED_ON_MS) });
        }
    }

    /// Another telephone has the caller: the talk goes on there.
    pub(super) fn handed_on(
        &mut self,
        at: Moment,
        kind: TransferKind,
        to: &Extension,
    ) -> Option<Event> {
        let more = self.more();
        more.open = None;
        let known = more.transfers.iter().any(|one| one.to.as_ref() == Some(to));
        let from = more.talker.replace(to.clone());
        if known || from.as_ref() == Some(to) {
            return None;
        }
        self.transferred(at, kind, from, Some(to.clone()));
        Some(Event::Transferred)
    }

    /// The moment has come to answer what was asked.
    pub(super) fn settled(&mut self, now: Moment) -> Option<Event> {
        let open = self.more().open.take()?;
        match open.question {
            Question::Person { at } => self.machine_answered(at),
            Question::Whose { leg, at } => self.lifted(&leg, at),
            Question::Elsewhere(told) => Some(self.nobody_took_it(told)),
            Question::Deaf { told, heard_at } => {
                let shows = self
                    .seen()
                    .mirror_at
                    .is_some_and(|at| at.millis_since(heard_at) >= -HANDED_ON_MS / 2);
                if shows {
                    return None;
                }
                self.more().deaf = true;
                self.wind();
                self.told(told, now)
            }
            Question::Idle { at } => self.idle_for_good(at, now),
        }
    }

    /// The PBX said "elsewhere", and no watched telephone was lifted just then. One that talked
    /// all along may have taken it, unseen; where none did, the caller left and the PBX says
    /// "elsewhere" to everybody (Asterisk's Dial option `c`).
    fn nobody_took_it(&mut self, told: Told) -> Event {
        let Told { at, earliest, cause, .. } = told;
        if self.seen().answered_at.is_some() {
            // whoever took the caller the second time is none whose lamp we see
            return self.lose(at, at);
        }
        let meaning = if self.sight.talking { Meaning::Elsewhere } else { Meaning::CallerLeft };
        self.end(meaning, earliest, at, cause)
    }

    /// Nobody else has the caller: the talk is over. Where the trunk is mirrored its BYE must have
    /// come, unless the mirror tells nothing any more.
    fn idle_for_good(&mut self, at: Moment, now: Moment) -> Option<Event> {
        if self.is_governed() {
            let quiet_since = self.seen().mirror_at.unwrap_or(self.offered_at);
            if now.millis_since(quiet_since) < HANDED_ON_MS * 2 {
                return None;
            }
            self.more().deaf = true;
        }
        self.stage = self.over_after_answer(Some((at, EndedBy::Unknown)));
        Some(Event::Ended { cause: None })
    }

    /// How an answered call is over: seen at that moment, or given up.
    pub(super) fn over_after_answer(&mut self, seen: Option<(Moment, EndedBy)>) -> Stage {
        self.wind();
        let answered_at = self.seen().answered_at.unwrap_or(self.offered_at);
        let outcome = self.answered_outcome(answered_at);
        let (at, ended_by) = seen.unwrap_or((answered_at, EndedBy::Unknown));
        let at = at.max(answered_at);
        if seen.is_some() {
            self.end_legs(at, LegEnd::Elsewhere);
        }
        Stage::Over(End { at, answered: true, outcome, ended_by, seen: seen.is_some() })
    }

    /// The outcome of a call that a person answered then. A telephone that was lifted without
    /// ringing before, its leg seen whole, was no ring late.
    pub(super) fn answered_outcome(&self, answered_at: Moment) -> Outcome {
        let by = self.seen().answered_by.as_ref();
        let at_once = |leg: &super::record::LegRecord| {
            leg.answered_at == Some(answered_at)
                && leg.rang_at.is_none()
                && leg.is_mirrored()
                && leg.extension.as_ref() == by
        };
        match self.rang_at {
            None if self.legs.iter().any(at_once) => Outcome::Met,
            rang_at => self.terms.outcome(Meaning::Elsewhere, rang_at, answered_at),
        }
    }
}

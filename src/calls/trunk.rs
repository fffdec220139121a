//! A call whose trunk leg is mirrored: the caller's own leg says when it began and when it is over,
//! the telephones' legs who rang and who lifted. "At the answer the trunk's own 200 decides"
//! (`spec/pbx.md` §4).

use super::call::{EndedBy, LegEnd, Outcome};
use super::machine::Live;
use super::outcome::Meaning;
use super::record::{Event, LegKind};
use super::stage::{End, Open, Question, Stage};
use crate::kernel::{Extension, Moment};
use crate::sip::{self, LegKey, Withdrawal};

/// For so long a person's 200 may come after the trunk's: mirrored datagrams overtake each other.
const PERSON_MS: i64 = 300;
/// A caller who leaves this soon after a telephone was lifted, with the trunk never answered, had
/// left already.
const CROSSED_MS: i64 = 2_000;

impl Live {
    /// A 180 was sent on a leg. `now` is when we learnt of it.
    pub(super) fn alerted(&mut self, leg: &LegKey, at: Moment, now: Moment) -> Option<Event> {
        let at = at.max(self.offered_at);
        let leg = self.open_leg(leg)?;
        let (kind, first) = (leg.kind, leg.rang_at.is_none());
        let rang_at = leg.rang_at.map_or(at, |before| before.min(at)).max(leg.offered_at);
        leg.rang_at = Some(rang_at);
        let Some(evidence) = kind.evidence() else { return first.then_some(Event::LegRang) };
        self.rang(evidence, rang_at, now);
        let began = self.wind();
        if began.is_some() || kind != LegKind::Position {
            return began;
        }
        (first && self.is_live()).then_some(Event::LegRang)
    }

    /// The PBX answered the caller: what is not yet known to be a person may be a machine.
    pub(super) fn trunk_answered(
        &mut self,
        leg: &LegKey,
        at: Moment,
        now: Moment,
    ) -> Option<Event> {
        let leg = self.open_leg(leg)?;
        if leg.answered_at.is_some() {
            return None;
        }
        let at = at.max(leg.offered_at);
        leg.answered_at = Some(at);
        if self.is_answered() {
            return None;
        }
        let question = Question::Person { at };
        self.more().open = Some(Open { question, until: now.plus_millis(PERSON_MS) });
        None
    }

    /// No person's answer came with the trunk's.
    pub(super) fn machine_answered(&mut self, at: Moment) -> Option<Event> {
        if self.is_answered() {
            return None;
        }
        let before = self.seen().machine_at;
        self.more().machine_at = Some(before.map_or(at, |before| before.min(at)));
        before.is_none().then_some(Event::Machine)
    }

    /// The caller took the call back.
    pub(super) fn trunk_withdrawn(&mut self, at: Moment, reason: Withdrawal) -> Option<Event> {
        let answered = self.trunk_leg().is_some_and(|trunk| trunk.answered_at.is_some());
        if answered || self.is_over() {
            return None;
        }
        if self.seen().answered_at.is_some_and(|lifted| at.millis_since(lifted) < CROSSED_MS) {
            self.unanswer();
        }
        Some(self.trunk_over(at, EndedBy::Caller, reason.q850))
    }

    /// The PBX refused the caller.
    pub(super) fn trunk_refused(&mut self, at: Moment, status: u16) -> Option<Event> {
        if self.is_over() {
            return None;
        }
        let by = if status == 487 { EndedBy::Caller } else { EndedBy::Us };
        Some(self.trunk_over(at, by, None))
    }

    /// BYE on the trunk.
    pub(super) fn trunk_ended(&mut self, leg: &LegKey, at: Moment, end: sip::End) -> Option<Event> {
        let at = self.end_leg(leg, at, LegEnd::Answered)?;
        if self.is_over() {
            return None;
        }
        let by = match (self.seen().hung_up, end) {
            (Some(first), _) => first,
            (None, sip::End::Caller) => EndedBy::Caller,
            (None, sip::End::Callee) => EndedBy::Us,
        };
        let open = self.more().open.take();
        match open.map(|open| open.question) {
            Some(Question::Person { at: lifted }) => drop(self.machine_answered(lifted)),
            Some(Question::Whose { leg, at }) => drop(self.lifted(&leg, at)),
            _ => {}
        }
        Some(self.trunk_over(at, by, None))
    }

    /// The caller's leg is over, and with it the call.
    fn trunk_over(&mut self, at: Moment, ended_by: EndedBy, cause: Option<u16>) -> Event {
        let late = matches!(self.stage, Stage::Unseen { .. });
        self.more().open = None;
        let at = at.max(self.offered_at);
        let how = if ended_by == EndedBy::Caller { LegEnd::Abandoned } else { LegEnd::NoAnswer };
        self.end_legs(at, how);
        if self.seen().answered_at.is_some() {
            self.stage = self.over_after_answer(Some((at, ended_by)));
        } else {
            self.wind();
            let outcome = self.unanswered_outcome(at);
            let end = End { ended_by, seen: true, ..End::unseen(at, outcome) };
            self.stage = Stage::Over(end);
        }
        if late { Event::Amended } else { Event::Ended { cause } }
    }

    /// What a call is whose caller's leg ended at that moment without a person.
    fn unanswered_outcome(&self, at: Moment) -> Outcome {
        let machine_at = self.seen().machine_at;
        let Some(rang_at) = self.rang_at else {
            let legs_seen = self.sight.phones || self.seen().phones_seen || self.sight.lamps;
            return match machine_at {
                Some(_) => Outcome::MachineOnly,
                None if legs_seen => Outcome::NotOffered,
                // telephones may have rung where this mirror cannot see
                None => Outcome::Unmeasured,
            };
        };
        if machine_at.is_some_and(|machine_at| machine_at >= rang_at) {
            return Outcome::MachineOnly;
        }
        self.terms.outcome(Meaning::CallerLeft, Some(rang_at), at.max(rang_at))
    }

    /// A telephone's leg was lifted and is surely this call's.
    pub(super) fn lifted(&mut self, leg: &LegKey, at: Moment) -> Option<Event> {
        let leg = self.legs.iter_mut().find(|known| known.key == *leg)?;
        let at = at.max(leg.rang_at.unwrap_or(leg.offered_at));
        leg.answered_at.get_or_insert(at);
        let extension = leg.extension.clone();
        self.answered(extension, at)
    }

    /// Mends an answer that the caller did not wait for.
    fn unanswer(&mut self) {
        let more = self.more();
        (more.answered_at, more.answered_by, more.talker) = (None, None, None);
        for leg in self.legs.iter_mut().filter(|leg| leg.end.is_none()) {
            leg.answered_at = None;
        }
    }

    /// A call picked up on a telephone that did not ring.
    pub(super) fn picked_up(&mut self, extension: Extension, at: Moment) -> Option<Event> {
        let from = self.legs.iter().find(|leg| leg.kind == LegKind::Position);
        let from = from.and_then(|leg| leg.extension.clone());
        let to = Some(extension.clone());
        let event = self.answered(Some(extension), at);
        if event == Some(Event::Answered) {
            self.transferred(at, super::call::TransferKind::Pickup, from, to);
        }
        event
    }
}

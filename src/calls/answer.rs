//! Whose an answer is: what the legs of several calls, and what telephones dialled themselves, say
//! together (`spec/pbx.md` §4, C).

use super::book::{Book, Seen};
use super::loose::{Loose, Stray};
use super::record::{CallKey, Event, LegKind, LegRecord};
use super::stage::{Open, Question, Stage};
use crate::kernel::{Extension, Moment, PbxId};
use crate::sip::{LegKey, What};

/// For so long the trunk's 200 may take to come after a telephone's; the PBX polls for a call that
/// is picked up.
const TRUNK_MS: i64 = 1_000;

impl Book {
    /// A leg of a call was answered.
    pub(super) fn lifted(&mut self, key: CallKey, seen: Seen, leg: &LegKey) {
        let Some(call) = self.calls.get(&key) else { return };
        let Some(kind) = call.legs.iter().find(|known| known.key == *leg).map(|leg| leg.kind)
        else {
            return;
        };
        match kind {
            LegKind::Trunk => self.trunk_lifted(key, seen, leg),
            // we never answer
            LegKind::Member => {}
            LegKind::Position | LegKind::Extension | LegKind::Outside => {
                self.phone_lifted(key, seen, leg);
            }
        }
    }

    /// A telephone was lifted. Where two callers look alike the trunk that is answered with it
    /// says whose it was.
    fn phone_lifted(&mut self, key: CallKey, seen: Seen, leg: &LegKey) {
        let Seen { at, now, .. } = seen;
        let Some(call) = self.calls.get(&key) else { return };
        if call.seen().detours.contains(leg) {
            return self.change(key, at, Some(leg), |call| {
                let service = call.legs.iter_mut().find(|known| known.key == *leg)?;
                service
                    .answered_at
                    .get_or_insert(at.max(service.rang_at.unwrap_or(service.offered_at)));
                None
            });
        }
        if let Some(extension) =
            call.legs.iter().find(|known| known.key == *leg).and_then(|leg| leg.extension.clone())
        {
            let pbx = call.pbx;
            self.lamps.claim(pbx, &extension);
            self.supersede(key, pbx, &extension, at);
        }
        let Some(call) = self.calls.get(&key) else { return };
        let alike = self.alike(key);
        let offered_at = call.legs.iter().find(|known| known.key == *leg).map(|leg| leg.offered_at);
        // a leg that began after the answer is a transfer's
        let handed_on = call.seen().answered_at.is_some_and(|lifted| offered_at > Some(lifted));
        if alike.is_empty() || handed_on || is_asked_who(call) {
            return self.change(key, at, Some(leg), |call| call.lifted(leg, at));
        }
        let asked = alike
            .into_iter()
            .find(|other| self.calls.get(other).is_some_and(|call| is_asked_who(call)));
        if let Some(other) = asked {
            return self.move_and_lift(key, other, leg, at);
        }
        self.change(key, at, Some(leg), |call| {
            let known = call.legs.iter_mut().find(|known| known.key == *leg)?;
            let at = at.max(known.rang_at.unwrap_or(known.offered_at));
            known.answered_at.get_or_insert(at);
            let question = Question::Whose { leg: leg.clone(), at };
            call.more().open = Some(Open { question, until: now.plus_millis(TRUNK_MS) });
            None
        });
    }

    /// The trunk of a call was answered.
    fn trunk_lifted(&mut self, key: CallKey, seen: Seen, leg: &LegKey) {
        let Seen { at, now, .. } = seen;
        let Some(call) = self.calls.get(&key) else { return };
        let pbx = call.pbx;
        let others: Vec<_> =
            self.names.of_caller(pbx, &call.caller).filter(|other| *other != key).collect();
        // a telephone of this call was lifted, or one that looked as if it were another's
        let whose = |open: Option<&Open>| match open.map(|open| &open.question) {
            Some(Question::Whose { leg, at }) => Some((leg.clone(), *at)),
            _ => None,
        };
        let own = whose(call.seen().open.as_ref());
        self.change(key, at, Some(leg), |call| call.trunk_answered(leg, at, now));
        if let Some((lifted, lifted_at)) = own {
            return self.change(key, at, None, |call| call.lifted(&lifted, lifted_at));
        }
        if !self.calls.get(&key).is_some_and(|call| is_asked_who(call)) {
            return;
        }
        let asked = |other: CallKey| {
            let (lifted, lifted_at) = whose(self.calls.get(&other)?.seen().open.as_ref())?;
            Some((lifted_at, other, lifted))
        };
        if let Some((lifted_at, other, lifted)) =
            others.into_iter().filter_map(asked).max_by_key(|(at, ..)| *at)
        {
            return self.move_and_lift(other, key, &lifted, lifted_at);
        }
        self.take(key, pbx, at);
    }

    /// Finds the person to whom the PBX answered the trunk, among what is not a leg of the call: a
    /// telephone that picked it up, or a watched one where the mirror shows no telephones.
    fn take(&mut self, key: CallKey, pbx: PbxId, at: Moment) {
        // only what rings can be picked up: a menu that answers at once is not
        let rang = self.calls.get(&key).is_some_and(|call| call.rang_at.is_some());
        if rang && let Some((extension, lifted_at)) = self.loose.picker(pbx, at) {
            return self.change(key, at, None, |call| call.picked_up(extension, lifted_at));
        }
        let sees_phones = self.calls.get(&key).is_some_and(|call| call.seen().phones_seen);
        if !sees_phones && !self.shows_phones.contains(&pbx) {
            self.take_lamp(key, pbx, at);
        }
    }

    /// Finds the watched telephone that was lifted at that moment, for a call that was answered.
    pub(super) fn take_lamp(&mut self, key: CallKey, pbx: PbxId, at: Moment) {
        let rules = &self.rules;
        let Some((extension, lifted_at, straight)) =
            self.lamps.take(pbx, at, |extension| rules.weight(pbx, extension))
        else {
            return;
        };
        self.supersede(key, pbx, &extension, lifted_at);
        self.change(key, at, None, |call| {
            for leg in &mut call.legs {
                if leg.extension.as_ref() == Some(&extension) && leg.end.is_none() {
                    leg.answered_at.get_or_insert(lifted_at.min(at).max(leg.offered_at));
                }
            }
            // another's telephone rang, and this one was lifted without ever ringing: it fetched the call
            let rang = |leg: &LegRecord| leg.kind == LegKind::Position && leg.rang_at.is_some();
            let here = |leg: &LegRecord| leg.extension.as_ref() == Some(&extension);
            if straight && call.legs.iter().any(rang) && !call.legs.iter().any(here) {
                return call.picked_up(extension.clone(), lifted_at.min(at));
            }
            // one whose lamp never flashed may have rung for a caller whom the lamp did not show
            call.answered(Some(extension.clone()), lifted_at.min(at))
        });
    }

    /// A telephone that is lifted for this call talks in no other any more: that one ended unseen.
    pub(super) fn supersede(
        &mut self,
        key: CallKey,
        pbx: PbxId,
        extension: &Extension,
        at: Moment,
    ) {
        let Some(old) = self.index.talker(pbx, extension) else { return };
        let talks = |call: &super::machine::Live| {
            let here = call.seen().talker.as_ref() == Some(extension);
            // who holds one caller may talk with the next
            let free = !call.is_governed() || !call.seen().held;
            here && free && matches!(call.stage, Stage::Talking { .. })
        };
        if old != key && self.calls.get(&old).is_some_and(|call| talks(call)) {
            self.change(old, at, None, |call| {
                if call.is_governed() {
                    return Some(call.lose_talk(at));
                }
                // it was idle before: that was its end
                let idle = is_asked(call, |question| matches!(question, Question::Idle { .. }));
                if idle { call.settled(at) } else { Some(call.lose(at, at)) }
            });
        }
    }

    /// A leg was told that someone else answered. In a call that a machine had answered before,
    /// that is how a pickup shows.
    pub(super) fn taken_elsewhere(&mut self, key: CallKey, seen: Seen) {
        let Some(call) = self.calls.get(&key) else { return };
        let pbx = call.pbx;
        if call.is_governed() {
            let unclear = call.seen().machine_at.is_some() && !call.is_answered();
            if unclear && let Some((extension, at)) = self.loose.picker(pbx, seen.at) {
                self.change(key, at, None, |call| call.picked_up(extension, at));
            }
            return;
        }
        if is_asked(call, |question| matches!(question, Question::Elsewhere(_))) {
            self.take_lamp(key, pbx, seen.at);
        }
    }

    /// What is seen of a leg that is no call's.
    pub(super) fn fact_of_loose(&mut self, seen: Seen, leg: &LegKey, what: What) {
        let Some(stray) = self.loose.get_mut(leg) else { return };
        let over =
            matches!(what, What::Refused(_) | What::Ended(_) | What::Withdrawn(_) | What::Lost);
        match stray {
            Stray::Orphan(orphan) => Loose::note(orphan, seen, what),
            Stray::Placed(placed) => {
                let (pbx, at, before) = (placed.pbx, seen.at, placed.answered_at);
                if what == What::Answered && before.is_none() {
                    self.loose.got_through(leg, at);
                    return self.someone_got_through(pbx, at);
                }
                if over && before.is_none() {
                    self.loose.remove(leg);
                }
            }
            Stray::Other(_) if over => self.loose.other_over(leg, seen.at, seen.now),
            Stray::Other(_) => {}
        }
    }

    /// A telephone got through to something: maybe to a call that the PBX has just answered.
    fn someone_got_through(&mut self, pbx: PbxId, at: Moment) {
        let asking: Vec<_> = self.index.asking(pbx).collect();
        for key in asking {
            let Some(call) = self.calls.get(&key) else { continue };
            if call.rang_at.is_none() {
                continue;
            }
            let asked_at = match call.seen().open.as_ref().map(|open| &open.question) {
                Some(Question::Person { at }) => *at,
                _ => continue,
            };
            if let Some((extension, lifted_at)) = self.loose.picker(pbx, asked_at) {
                return self.change(key, at, None, |call| call.picked_up(extension, lifted_at));
            }
        }
    }

    /// Other calls that wait and whose legs look like this one's: the same number at the same PBX.
    fn alike(&self, key: CallKey) -> Vec<CallKey> {
        let Some(call) = self.calls.get(&key) else { return Vec::new() };
        let waits = |other: &CallKey| {
            *other != key
                && self.calls.get(other).is_some_and(|call| {
                    call.is_governed() && !call.is_answered() && call.stage.is_live()
                })
        };
        self.names.of_caller(call.pbx, &call.caller).filter(waits).collect()
    }

    /// A lifted telephone was another call's: it goes there.
    fn move_and_lift(&mut self, from: CallKey, to: CallKey, leg: &LegKey, at: Moment) {
        let mut moved = None;
        self.change(from, at, None, |call| {
            let place = call.legs.iter().position(|known| known.key == *leg)?;
            moved = Some(call.legs.remove(place));
            call.more().open = None;
            Some(Event::LegEnded)
        });
        let Some(record) = moved else { return };
        let extension = record.extension.clone();
        self.names.moved(leg, from, to);
        self.change(to, at, None, |call| {
            // each has a leg at that telephone; the other one was the first caller's
            call.joined(record, at);
            None
        });
        self.swap_back(to, from, leg, extension.as_ref(), at);
        self.change(to, at, None, |call| call.lifted(leg, at));
    }

    /// The leg that the answered call had at the same telephone is the other caller's.
    fn swap_back(
        &mut self,
        from: CallKey,
        to: CallKey,
        but: &LegKey,
        extension: Option<&Extension>,
        at: Moment,
    ) {
        let mut back = None;
        self.change(from, at, None, |call| {
            let other = |leg: &LegRecord| {
                leg.key != *but && leg.end.is_none() && leg.extension.as_ref() == extension
            };
            let place = call.legs.iter().position(other)?;
            back = Some(call.legs.remove(place));
            None
        });
        if let Some(record) = back {
            self.names.moved(&record.key, from, to);
            if let Some((extension, call)) = extension.zip(self.calls.get(&from)) {
                self.index.left_phone(call.pbx, extension, from);
            }
            self.change(to, at, None, |call| {
                call.joined(record, at);
                None
            });
        }
    }
}

/// Whether it is asked who answered this call.
fn is_asked_who(call: &super::machine::Live) -> bool {
    is_asked(call, |question| matches!(question, Question::Person { .. }))
}

/// Whether this is asked of a call.
pub(super) fn is_asked(call: &super::machine::Live, asked: impl Fn(&Question) -> bool) -> bool {
    !matches!(call.stage, Stage::Over(_))
        && call.seen().open.as_ref().is_some_and(|open| asked(&open.question))
}

//! What the lamps of watched telephones say of calls: who rings, who answered, when it was over
//! (`spec/pbx.md` §4, A+B). A lamp names no call, so it only fills in what the calls leave open,
//! unless it is all there is to see.

use std::sync::Arc;

use super::answer::is_asked;
use super::book::{Book, Seen};
use super::call::{Evidence, Excluded};
use super::lamps::{Turn, is_same};
use super::machine::Live;
use super::record::{CallKey, Event, LegKind, LegRecord, Party, WATCHED};
use super::rules::place;
use super::stage::{Question, Stage};
use crate::kernel::{Extension, Moment, PbxId};
use crate::sip::{LegKey, Source, Watched, Withdrawal};

/// A lamp that began to flash this long before a call was seen may flash for it.
const FLASHED_BEFORE_MS: i64 = 2_000;
/// A group's lamp may flash so long after its telephones': the order of subscriptions is not defined.
const GROUP_MS: i64 = 1_000;
/// Calls that are looked at for it.
const MOST_RECENT: usize = 64;

impl Book {
    /// Takes into account what a watched extension does now.
    pub fn watch(&mut self, watched: &Watched) {
        self.wake(watched.at);
        let Watched { at, pbx, ref extension, fresh, .. } = *watched;
        let turns = self.lamps.see(watched, self.rules.is_position(pbx, extension));
        if self.rules.weight(pbx, extension).is_none() {
            return self.group_flashes(pbx, extension, at);
        }
        let (rules, dialling) = (&self.rules, &mut self.dialling);
        dialling.watched(rules.pbx_name(pbx), watched, |dialled| rules.outside(pbx, dialled));
        let place = self.rules.place_of(pbx, extension).unwrap_or(0);
        let seen = Seen { at, now: at, source: Source::Watch { pbx, place } };
        if fresh && watched.dialogs.is_empty() {
            self.quiet_meanwhile(pbx, extension, at);
            self.rings_nowhere_now(pbx, extension, at);
        }
        for turn in turns {
            match turn {
                Turn::Rings(caller) => self.flashes(seen, extension, caller),
                Turn::Lifted => self.lamp_lifted(seen, extension),
                Turn::Idle { talked } => self.goes_dark(seen, extension, talked),
                Turn::EndedUnseen => self.quiet_meanwhile(pbx, extension, at),
                Turn::Held(held) => {
                    if let Some(key) = self.talk_of(pbx, extension) {
                        self.change(key, at, None, |call| call.holding(held));
                    }
                }
            }
        }
        self.hand_on(pbx, at);
    }

    /// A telephone rings, for this caller where that is told.
    fn flashes(&mut self, seen: Seen, extension: &Extension, caller: Option<Party>) {
        let pbx = seen.source.pbx();
        if !self.rules.is_position(pbx, extension) {
            return;
        }
        let Some(caller) = caller else { return };
        self.rings_no_more(seen, extension, &caller);
        let rings_for = |call: &Live| call.stage.is_waiting() && call.rings_nowhere(extension);
        // the lamp shows the caller who rings longest
        let keys: Vec<_> = self.names.of_caller(pbx, &caller).collect();
        let key = keys
            .into_iter()
            .rev()
            .find(|key| self.calls.get(key).is_some_and(|call| rings_for(call)));
        match key {
            Some(key) => self.rings_at(key, seen, extension),
            None if self.is_all_there_is(pbx) && !self.rules.is_own(pbx, &caller.id) => {
                let known = self
                    .names
                    .of_caller(pbx, &caller)
                    .any(|key| self.calls.get(&key).is_some_and(|call| call.stage.is_waiting()));
                if !known {
                    let hotline =
                        self.rules.only_hotline(pbx).or_else(|| self.hotline_that_flashes(pbx));
                    let leg = self.lamp_leg(extension, LegKind::Position, seen);
                    let leg_key = leg.key.clone();
                    self.begin(seen, caller, hotline, leg, None);
                    self.alert(&leg_key, seen);
                }
            }
            None => {}
        }
    }

    /// The hotline whose group, or queue, is watched and flashes; `None` where that is not one alone.
    fn hotline_that_flashes(&self, pbx: PbxId) -> Option<usize> {
        let mut flashing = self
            .rules
            .groups(pbx)
            .filter(|(group, _)| self.lamps.flashes(pbx, group))
            .map(|(_, hotline)| hotline);
        let first = flashing.next()?;
        flashing.all(|other| other == first).then_some(first)
    }

    /// A hotline's group flashes: a call that began just now, and of which lamps alone have told, is
    /// for that one.
    fn group_flashes(&mut self, pbx: PbxId, group: &Extension, at: Moment) {
        if !self.lamps.flashes(pbx, group) {
            return;
        }
        if self.lamps.others_are_at_work(pbx) {
            self.trust_no_lamp(pbx, at);
        }
        let Some(hotline) = self.hotline_that_flashes(pbx) else { return };
        let (terms, closed) =
            (self.rules.terms(Some(hotline)), !self.rules.is_open(Some(hotline), at));
        let recent = self.calls.iter().rev().take(MOST_RECENT);
        let recent = recent.take_while(|(_, call)| at.millis_since(call.offered_at) <= GROUP_MS);
        let open = |call: &Live| {
            let lamps_alone = call.legs.iter().all(|leg| !leg.is_named());
            let rings = matches!(call.stage, Stage::Offered(_) | Stage::Ringing(_));
            call.pbx == pbx && call.hotline.is_none() && rings && lamps_alone
        };
        let keys: Vec<_> = recent.filter(|(_, call)| open(call)).map(|(&key, _)| key).collect();
        for key in keys {
            self.change(key, at, None, |call| {
                call.hotline = place(Some(hotline));
                call.terms = terms;
                call.excluded = call.excluded.or(closed.then_some(Excluded::AfterHours));
                Some(Event::LegBegan)
            });
        }
    }

    /// Dark lamps of positions say nothing here: what they were taken to say of the newest calls that
    /// wait is taken back.
    fn trust_no_lamp(&mut self, pbx: PbxId, at: Moment) {
        let recent = self.calls.iter().rev().take(MOST_RECENT);
        let waits = |call: &Live| call.pbx == pbx && call.stage.is_waiting() && call.sight.lamps;
        let keys: Vec<_> = recent.filter(|(_, call)| waits(call)).map(|(&key, _)| key).collect();
        for key in keys {
            self.change(key, at, None, |call| {
                call.sight.lamps = false;
                call.wind()
            });
        }
    }

    /// The lamp flashes for another caller now: it rings for those before no more.
    fn rings_no_more(&mut self, seen: Seen, extension: &Extension, caller: &Party) {
        let pbx = seen.source.pbx();
        let still = self.lamps.remotes(pbx, extension);
        let rang = |call: &Live| {
            let on = is_same(&call.caller, caller)
                || still.iter().any(|remote| is_same(&call.caller, remote));
            !on && call.open_at(extension).is_some()
        };
        let keys = self.index.at_phone(pbx, extension);
        let keys =
            keys.into_iter().filter(|key| self.calls.get(key).is_some_and(|call| rang(call)));
        for key in keys.collect::<Vec<_>>() {
            self.stopped_ringing(key, seen, extension);
        }
    }

    /// A watched telephone rings for this call no more.
    fn stopped_ringing(&mut self, key: CallKey, seen: Seen, extension: &Extension) {
        let Seen { at, now, .. } = seen;
        self.change(key, at, None, |call| {
            let leg = call.open_at(extension)?;
            let round_over = Withdrawal { elsewhere: false, q850: Some(0), sip: None };
            call.withdrawn(&leg, at, now, round_over)
        });
    }

    /// Lamps that flash already when a call is first seen may flash for it.
    pub(super) fn lit_for(&mut self, key: CallKey, seen: Seen) {
        let Some(call) = self.calls.get(&key) else { return };
        let (pbx, caller) = (call.pbx, call.caller.clone());
        let flashes: Vec<_> = self
            .lamps
            .flashing_since(pbx, seen.now.plus_millis(-FLASHED_BEFORE_MS))
            .filter(|(extension, remotes)| {
                self.rules.is_position(pbx, extension)
                    && remotes.iter().any(|remote| is_same(remote, &caller))
            })
            .map(|(extension, _)| extension.clone())
            .collect();
        for extension in flashes {
            if self.calls.get(&key).is_some_and(|call| call.rings_nowhere(&extension)) {
                self.rings_at(key, seen, &extension);
            }
        }
    }

    /// A watched position rings for this call.
    fn rings_at(&mut self, key: CallKey, seen: Seen, extension: &Extension) {
        let Some(call) = self.calls.get(&key) else { return };
        if call.seen().phones_seen {
            // its own leg is mirrored, and says the same better
            return self.change(key, seen.at, None, |call| {
                call.rang(Evidence::Dialog, seen.at, seen.now);
                call.wind()
            });
        }
        let leg = self.lamp_leg(extension, LegKind::Position, seen);
        let leg_key = leg.key.clone();
        self.join(key, seen, leg);
        self.alert(&leg_key, seen);
    }

    fn alert(&mut self, leg: &LegKey, seen: Seen) {
        if let Some(key) = self.key_of_leg(leg) {
            self.look(key, seen);
            self.change(key, seen.at, Some(leg), |call| call.flashed(leg, seen.at, seen.now));
        }
    }

    /// A leg of which a lamp told.
    fn lamp_leg(&mut self, extension: &Extension, kind: LegKind, seen: Seen) -> LegRecord {
        self.lamp_legs += 1;
        let (pbx, at) = (seen.source.pbx().0, seen.at.millis());
        let branch = format!("{pbx}/{extension}/{at}/{}", self.lamp_legs);
        let key = LegKey { call_id: WATCHED.into(), branch: branch.into() };
        LegRecord::new(&key, kind, Some(extension.clone()), seen.at)
    }

    /// A telephone was lifted: for the call of which it is asked who answered, or for the one that
    /// rang there alone.
    fn lamp_lifted(&mut self, seen: Seen, extension: &Extension) {
        let Seen { at, now, source } = seen;
        let pbx = source.pbx();
        let elsewhere = |question: &Question| {
            matches!(question, Question::Elsewhere(_) | Question::Person { .. })
        };
        let asked: Vec<_> = self
            .index
            .asking(pbx)
            .filter(|key| self.calls.get(key).is_some_and(|call| is_asked(call, elsewhere)))
            .collect();
        for key in asked {
            let Some(call) = self.calls.get(&key) else { continue };
            if call.seen().phones_seen {
                continue;
            }
            let told_at = match call.seen().open.as_ref().map(|open| &open.question) {
                Some(Question::Elsewhere(told)) => told.at,
                Some(Question::Person { at }) => *at,
                _ => continue,
            };
            self.take_lamp(key, pbx, told_at);
            if self.calls.get(&key).is_none_or(|call| call.seen().open.is_none()) {
                return;
            }
        }
        let rings_here = |call: &Live| {
            let decides = !call.is_ours() && !call.is_governed();
            decides && call.open_at(extension).is_some() && call.stage.is_waiting()
        };
        let all = self.index.at_phone(pbx, extension);
        let rings = |key: &CallKey| self.calls.get(key).is_some_and(|call| rings_here(call));
        if let Some(key) = all.into_iter().find(rings) {
            self.lamps.claim(pbx, extension);
            self.supersede(key, pbx, extension, at);
            self.change(key, at, None, |call| {
                let leg = call.open_at(extension)?;
                call.lifted(&leg, at.min(now))
            });
        }
    }

    /// A telephone is idle: what rang there stopped, what talked there is over or handed on.
    fn goes_dark(&mut self, seen: Seen, extension: &Extension, talked: bool) {
        let Seen { at, now, source } = seen;
        let pbx = source.pbx();
        if let Some(key) = self.talk_of(pbx, extension).filter(|_| talked) {
            self.change(key, at, None, |call| {
                if let Some(leg) = call.open_at(extension) {
                    call.end_leg(&leg, at, super::call::LegEnd::Answered);
                }
                call.idle(at, now);
                None
            });
            self.handed_back_by_lamp(key);
        }
        if talked {
            return;
        }
        for key in self.index.at_phone(pbx, extension) {
            self.stopped_ringing(key, seen, extension);
        }
    }

    /// A telephone that talked is idle: our own leg that waits to be told apart is this caller's.
    fn handed_back_by_lamp(&mut self, key: CallKey) {
        let Some(call) = self.calls.get(&key) else { return };
        let (pbx, caller) = (call.pbx, Arc::clone(&call.caller));
        self.adopt_for(key, pbx, &caller);
    }

    /// A talk whose telephone fell silent goes on where another one has its caller.
    fn hand_on(&mut self, pbx: PbxId, at: Moment) {
        let idle = |question: &Question| matches!(question, Question::Idle { .. });
        let keys: Vec<_> = self
            .index
            .asking(pbx)
            .filter(|key| self.calls.get(key).is_some_and(|call| is_asked(call, idle)))
            .collect();
        for key in keys {
            let Some(call) = self.calls.get(&key) else { continue };
            let more = call.seen();
            let (Some(talker), Some(answered_at)) = (&more.talker, more.answered_at) else {
                continue;
            };
            let heir = self.lamps.heir(pbx, talker, &call.caller, answered_at);
            if let Some((heir, kind)) = heir {
                self.change(key, at, None, |call| call.handed_on(at, kind, &heir));
            }
        }
    }

    /// A telephone is found idle, and when it became so was not told: a talk there ended unseen.
    fn quiet_meanwhile(&mut self, pbx: PbxId, extension: &Extension, at: Moment) {
        let Some(key) = self.talk_of(pbx, extension) else { return };
        if self.calls.get(&key).is_some_and(|call| !call.is_governed()) {
            self.change(key, at, None, |call| Some(call.lose(at, at)));
        }
    }

    /// What rang there when the subscription was lost rings there no more; how it ended is not known.
    fn rings_nowhere_now(&mut self, pbx: PbxId, extension: &Extension, at: Moment) {
        for key in self.index.at_phone(pbx, extension) {
            self.change(key, at, None, |call| {
                let leg = call.open_at(extension)?;
                call.end_leg(&leg, at, super::call::LegEnd::NoAnswer);
                let alone = !call.is_ours() && !call.is_governed() && call.stage.is_waiting();
                let rings = call.legs.iter().any(|leg| leg.end.is_none());
                Some(if alone && !rings { call.lose(at, at) } else { Event::LegEnded })
            });
        }
    }

    /// The call in which this telephone talks.
    fn talk_of(&self, pbx: PbxId, extension: &Extension) -> Option<CallKey> {
        let key = self.index.talker(pbx, extension)?;
        let call = self.calls.get(&key)?;
        let talks = matches!(call.stage, Stage::Talking { .. });
        (talks && call.seen().talker.as_ref() == Some(extension)).then_some(key)
    }

    /// Whether lamps are all that can be seen at a PBX.
    pub(super) fn is_all_there_is(&self, pbx: PbxId) -> bool {
        let members =
            || self.hearing.range(member(pbx, 0)..=member(pbx, u16::MAX)).map(|(_, since)| since);
        let mirror = self.hearing.get(&Source::Mirror { pbx }).is_some_and(Option::is_some);
        let told = mirror || members().any(Option::is_some);
        let mirrored = self.shows_phones.contains(&pbx) || self.shows_trunks.contains(&pbx);
        let silent = members().any(Option::is_none);
        !told && !mirrored && (silent || !self.rules.is_member(pbx))
    }
}

const fn member(pbx: PbxId, account: u16) -> Source {
    Source::Member { pbx, account }
}

impl Live {
    /// Whether it rings at no leg of that telephone yet.
    fn rings_nowhere(&self, extension: &Extension) -> bool {
        !self.legs.iter().any(|leg| {
            leg.end.is_none() && !leg.is_named() && leg.extension.as_ref() == Some(extension)
        })
    }

    /// The open leg that a lamp told of at that telephone.
    pub(super) fn open_at(&self, extension: &Extension) -> Option<LegKey> {
        let of_lamp = |leg: &&LegRecord| {
            leg.end.is_none() && !leg.is_named() && leg.extension.as_ref() == Some(extension)
        };
        self.legs.iter().find(of_lamp).map(|leg| leg.key.clone())
    }

    /// A position's lamp flashes for this call.
    fn flashed(&mut self, leg: &LegKey, at: Moment, now: Moment) -> Option<Event> {
        let at = at.max(self.offered_at);
        let leg = self.open_leg(leg)?;
        leg.rang_at.get_or_insert(at.max(leg.offered_at));
        self.rang(Evidence::Dialog, at, now);
        self.wind().or(Some(Event::LegRang))
    }
}

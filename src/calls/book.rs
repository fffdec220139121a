//! Every live call of the house.
//!
//! Push what the sources tell and time in, pull happenings out; sockets, clocks and the store are
//! the driver's affair. Before time is let pass, everything heard so far should be pushed: a book
//! that is woken early rings an alarm for a call whose CANCEL still lies in the queue. After every
//! push drain [`Book::poll`], then sleep until [`Book::next_alarm`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::correlate::{Names, Owner};
use super::dialling::Dialling;
use super::index::Index;
use super::lamps::Lamps;
use super::limits::{Counts, Limits};
use super::loose::Loose;
use super::machine::Live;
use super::outgoing::OutgoingHappening;
use super::record::{Alarm, CallKey, Event, Happening, Why};
use super::returns::Returns;
use super::rules::Rules;
use super::stage::Stage;
use crate::kernel::{Moment, PbxId};
use crate::sip::{LegKey, Sighting, Source, What};

/// The live calls of the house. Pure: time is an argument, nothing is awaited.
#[derive(Debug)]
pub struct Book {
    pub(super) rules: Rules,
    pub(super) limits: Limits,
    pub(super) calls: BTreeMap<CallKey, Box<Live>>,
    pub(super) names: Names,
    /// What the watched telephones do.
    pub(super) lamps: Lamps,
    /// Legs that are no call's, or not yet.
    pub(super) loose: Loose,
    /// What is kept in mind for what comes back from services.
    pub(super) returns: Returns,
    /// Calls that are over whose wait ended later than it began.
    pub(super) late: VecDeque<(CallKey, Box<Live>)>,
    /// What the house itself calls outside.
    pub(super) dialling: Dialling,
    /// Where calls are looked for.
    pub(super) index: Index,
    /// Our own legs that wait to be told apart from a new call, and until when.
    pub(super) held: VecDeque<(Moment, LegKey)>,
    /// PBXes whose mirror shows the telephones' own legs.
    pub(super) shows_phones: BTreeSet<PbxId>,
    /// PBXes whose mirror shows trunks.
    pub(super) shows_trunks: BTreeSet<PbxId>,
    /// PBXes all of whose positions are watched just now.
    pub(super) watched: BTreeSet<PbxId>,
    /// What time it is, by our own clock.
    pub(super) now: Moment,
    /// Legs of which only lamps told, so far.
    pub(super) lamp_legs: u64,
    alarms: BTreeSet<(Moment, CallKey)>,
    pub(super) told: VecDeque<Happening>,
    last_key: u64,
    pub(super) live: usize,
    pub(super) opened_at: Moment,
    pub(super) hearing: BTreeMap<Source, Option<Moment>>,
    /// What told and does so no more.
    pub(super) silent: BTreeSet<Source>,
    pub(super) counts: Counts,
}

/// When something was, when we learnt of it, and from whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    pub(super) at: Moment,
    pub(super) now: Moment,
    pub(super) source: Source,
}

/// A call before it changed.
#[derive(Debug, Clone, Copy)]
struct Before {
    stage: Stage,
    /// For when its alarm is set.
    alarm: Option<Moment>,
}

impl Book {
    /// An ended leg is remembered for so long, so that its echo is no new call: ten minutes, far
    /// longer than a PBX repeats anything (RFC 3261 §17.1.1.2: 32 s).
    pub const REMEMBERED_MS: i64 = 600_000;

    /// Opens an empty book at the moment from which the house can hear.
    pub fn new(rules: Rules, opened_at: Moment) -> Self {
        Self::with_limits(rules, opened_at, Limits::default())
    }

    /// Opens an empty book of another size.
    pub fn with_limits(rules: Rules, opened_at: Moment, limits: Limits) -> Self {
        Self {
            rules,
            limits,
            calls: BTreeMap::new(),
            names: Names::default(),
            lamps: Lamps::default(),
            loose: Loose::default(),
            returns: Returns::default(),
            late: VecDeque::new(),
            dialling: Dialling::default(),
            index: Index::default(),
            held: VecDeque::new(),
            shows_phones: BTreeSet::new(),
            shows_trunks: BTreeSet::new(),
            watched: BTreeSet::new(),
            lamp_legs: 0,
            alarms: BTreeSet::new(),
            told: VecDeque::new(),
            last_key: 0,
            live: 0,
            now: opened_at,
            opened_at,
            hearing: BTreeMap::new(),
            silent: BTreeSet::new(),
            counts: Counts::default(),
        }
    }

    /// Takes a sighting into account.
    pub fn see(&mut self, sighting: Sighting) {
        let Sighting { at, heard_at, source, leg, what } = sighting;
        self.wake(heard_at);
        let seen = Seen { at: at.min(heard_at), now: heard_at, source };
        match what {
            What::Offered(offer) => self.offered(seen, &leg, *offer),
            what @ (What::Alerted
            | What::Answered
            | What::Withdrawn(_)
            | What::Refused(_)
            | What::Ended(_)
            | What::Held(_)
            | What::Referred(_)
            | What::Lost) => self.fact(seen, leg, what),
        }
    }

    /// Lets time pass: rings the alarms that are due, closes what has waited long enough.
    pub fn wake(&mut self, now: Moment) {
        self.now = now;
        while let Some(&(at, key)) = self.alarms.first().filter(|(at, _)| *at <= now) {
            self.alarms.pop_first();
            let Some(call) = self.calls.get_mut(&key) else { continue };
            let Some(alarm) = call.due() else { continue };
            if alarm.at > at {
                self.alarms.insert((alarm.at, key));
                continue;
            }
            let was = Before { stage: call.stage, alarm: None };
            let event = call.wake(alarm);
            self.settle(key, at, was, event, None);
        }
        self.let_go(now);
        self.counts.forgotten += self.names.forget(now, self.limits.legs_over);
        self.loose.forget(now);
        self.forget_late(now);
        self.dialling.wake(now);
    }

    /// When to wake the book, and why.
    pub fn next_alarm(&self) -> Option<Alarm> {
        let call = self.alarms.first().and_then(|(_, key)| self.calls.get(key)?.due());
        let held = self.held.front().map(|(at, _)| Alarm { at: *at, why: Why::Settle });
        let dialling = self.dialling.next().map(|at| Alarm { at, why: Why::Patience });
        call.into_iter().chain(held).chain(dialling).min_by_key(|alarm| alarm.at)
    }

    /// Hands out the oldest happening not yet handed out.
    pub fn poll(&mut self) -> Option<Happening> {
        self.told.pop_front()
    }

    /// The same of the calls that the house makes itself.
    pub fn poll_outgoing(&mut self) -> Option<OutgoingHappening> {
        self.dialling.poll()
    }

    /// How many calls are not over.
    pub fn live(&self) -> usize {
        self.live
    }

    /// The call of a leg, also for a while after its end.
    pub fn key_of_leg(&self, leg: &LegKey) -> Option<CallKey> {
        match self.names.owner(leg)? {
            Owner::Call(key) => Some(key),
            Owner::Nobody => None,
        }
    }

    /// Whether a leg that is no call's may still become one's.
    pub fn may_follow(&self, leg: &LegKey) -> bool {
        match self.names.owner(leg) {
            Some(Owner::Call(_)) | None => true,
            Some(Owner::Nobody) => self.loose.is_orphan(leg),
        }
    }

    /// What was let go by so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Closes a live call whose end may have been missed.
    pub(super) fn close_unseen(&mut self, key: CallKey, alive_at: Moment, now: Moment) {
        self.change(key, now, None, |call| {
            call.more().cut = true;
            Some(call.lose(alive_at, now))
        });
    }

    /// A fact about a leg that was seen before.
    fn fact(&mut self, seen: Seen, mut leg: LegKey, what: What) {
        let outgoing = self.dialling.fact(&leg, seen.at, seen.now, &what);
        if leg.branch.is_empty()
            && let Some(found) = self.leg_of_call_id(&leg.call_id)
        {
            leg = found;
        }
        match self.names.owner(&leg) {
            Some(Owner::Call(key)) => self.fact_of_call(key, seen, &leg, what),
            Some(Owner::Nobody) => self.fact_of_loose(seen, &leg, what),
            None if outgoing => {}
            None => {
                let unheard = match (&what, seen.source) {
                    (What::Withdrawn(reason), Source::Member { .. }) => {
                        self.unheard(seen, &leg, *reason)
                    }
                    _ => false,
                };
                self.counts.unknown += u64::from(!unheard);
            }
        }
    }

    pub(super) fn fact_of_call(&mut self, key: CallKey, seen: Seen, leg: &LegKey, what: What) {
        let Seen { at, now, source } = seen;
        self.look(key, seen);
        // that it tells nothing of it any more is no sign of life
        if matches!(source, Source::Mirror { .. })
            && what != What::Lost
            && let Some(call) = self.calls.get_mut(&key)
        {
            call.more().mirror_at = Some(now);
            call.told_late(seen, &what);
        }
        let at_leg = Some(leg);
        match what {
            What::Offered(_) => {}
            What::Alerted => self.change(key, at, at_leg, |call| call.alerted(leg, at, now)),
            What::Answered => self.lifted(key, seen, leg),
            What::Withdrawn(reason) => {
                if reason.elsewhere
                    && self.lamps.others_are_at_work(source.pbx())
                    && let Some(call) = self.calls.get_mut(&key)
                {
                    call.sight.lamps = false;
                }
                self.change(key, at, at_leg, |call| call.withdrawn(leg, at, now, reason));
                if reason.elsewhere {
                    self.taken_elsewhere(key, seen);
                }
            }
            What::Refused(status) => {
                self.change(key, at, at_leg, |call| call.refused(leg, at, now, status));
            }
            What::Ended(end) => self.change(key, at, at_leg, |call| call.hung_up(leg, at, end)),
            What::Held(held) => self.change(key, at, at_leg, |call| call.hold(leg, held)),
            What::Referred(to) => {
                self.change(key, at, at_leg, |call| call.referred(leg, at, &to));
            }
            What::Lost => return self.change(key, at, at_leg, |call| call.lost(leg, at)),
        }
        self.heard_on(key, seen);
    }

    /// The leg of a Call-ID, where its branch is not known: the one that talks, else the newest.
    fn leg_of_call_id(&self, call_id: &str) -> Option<LegKey> {
        let call = self.calls.get(&self.names.of_call_id(call_id)?)?;
        let of = || call.legs.iter().rev().filter(|leg| &*leg.key.call_id == call_id);
        let talks = of().find(|leg| leg.answered_at.is_some());
        talks.or_else(|| of().next()).map(|leg| leg.key.clone())
    }

    /// Lets a call change.
    pub(super) fn change(
        &mut self,
        key: CallKey,
        at: Moment,
        leg: Option<&LegKey>,
        act: impl FnOnce(&mut Live) -> Option<Event>,
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let was = Before { stage: call.stage, alarm: call.due().map(|alarm| alarm.at) };
        let at = at.max(call.offered_at);
        let event = act(call);
        self.settle(key, at, was, event, leg);
    }

    /// Gives a call its key, its names and its alarm.
    pub(super) fn take_in(&mut self, call: Live) -> CallKey {
        self.last_key += 1;
        let key = CallKey(self.last_key);
        for leg in &call.legs {
            self.names.file(&leg.key, Owner::Call(key));
            if call.is_live() && leg.is_named() {
                self.names.name(key, &leg.key, call.trunk.as_deref());
            }
            if let Some(ended_at) = leg.ended_at {
                self.names.over(&leg.key, ended_at);
            }
        }
        if call.is_live() {
            self.live += 1;
            self.names.called_by(key, call.pbx, &call.caller);
        }
        self.index.file(key, &call);
        if call.is_governed() {
            self.shows_trunks.insert(call.pbx);
        }
        if let Some(alarm) = call.due() {
            self.alarms.insert((alarm.at, key));
        }
        self.calls.insert(key, Box::new(call));
        key
    }

    /// Brings names, alarms and counts in line with what a call became, and tells of it.
    fn settle(
        &mut self,
        key: CallKey,
        at: Moment,
        was: Before,
        event: Option<Event>,
        leg: Option<&LegKey>,
    ) {
        let Some(call) = self.calls.get(&key) else { return };
        let alarm = call.due().map(|alarm| alarm.at);
        if alarm != was.alarm {
            if let Some(alarm) = was.alarm {
                self.alarms.remove(&(alarm, key));
            }
            if let Some(alarm) = alarm {
                self.alarms.insert((alarm, key));
            }
        }
        let was = was.stage;
        self.index.file(key, call);
        if !was.is_live() && call.is_live() {
            // closed as unseen, and answered after all
            self.live += 1;
            self.names.called_by(key, call.pbx, &call.caller);
            for leg in call.legs.iter().filter(|leg| leg.is_named()) {
                self.names.name(key, &leg.key, call.trunk.as_deref());
            }
        }
        if was.is_live() && !call.is_live() {
            self.live = self.live.saturating_sub(1);
            self.names.unname(key, call.legs.iter().map(|leg| &leg.key), call.trunk.as_deref());
            self.names.uncalled(key, call.pbx, &call.caller);
            if self.rules.has_services(call.pbx) {
                self.returns.went(key, call, at, self.now);
            }
        }
        if was != call.stage {
            if let Stage::Paused { since, .. } = was {
                self.names.resume(call.waiter(), since, key);
            }
            if let Stage::Paused { since, .. } = call.stage {
                self.names.pause(call.waiter(), since, key);
            }
        }
        let over = call.is_over();
        if over {
            for leg in &call.legs {
                self.names.over(&leg.key, at);
            }
        } else if let Some(leg) = leg.filter(|leg| event.is_some() && call.has_ended(leg)) {
            self.names.over(leg, at);
        }
        if let Some(event) = event {
            self.tell(at, key, event);
        }
        if over {
            self.over(key);
        }
    }

    pub(super) fn tell(&mut self, at: Moment, key: CallKey, what: Event) {
        if let Some(call) = self.calls.get(&key) {
            let record = Arc::new(call.record(at));
            self.told.push_back(Happening { at, key, what, record });
        }
    }
}

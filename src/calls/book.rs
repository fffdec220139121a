//! Every live call of the house.
//!
//! Push sightings and time in, pull happenings out; sockets, clocks and the store are the driver's
//! affair. Before time is let pass, everything heard so far should be pushed: a book that is
//! woken early rings an alarm for a call whose CANCEL still lies in the queue. After every push
//! drain [`Book::poll`], then sleep until [`Book::next_alarm`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::call::{Evidence, Excluded};
use super::correlate::{Names, Owner, Waiter, uid};
use super::machine::{Live, PATIENCE_MS, REPEATED_FOR_MS};
use super::record::{Alarm, CallKey, Event, Happening, LegRecord, Party};
use super::rules::Rules;
use super::stage::{Stage, Waiting};
use crate::kernel::Moment;
use crate::sip::{LegKey, LineChange, Offer, Sighting, Source, What, Withdrawal};

/// A CANCEL for a leg never seen leaves a row only this soon after we became able to hear.
const UNHEARD_MS: i64 = 300_000;
/// Names longer than this are not followed: no index could hold them.
const LONGEST_NAME: usize = 1024;

/// How much the book holds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls that are not over.
    pub calls: usize,
    /// Legs that are over and must not come twice.
    pub legs_over: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { calls: 50_000, legs_over: 100_000 }
    }
}

/// What the book let go by, since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// INVITEs of legs that had been seen before.
    pub repeated: u64,
    /// Calls between the PBX's own telephones.
    pub internal: u64,
    /// New calls or legs refused because the book is full.
    pub full: u64,
    /// Legs whose names are too long to be kept.
    pub too_long: u64,
    /// Ended legs forgotten before their time because there were too many.
    pub forgotten: u64,
    /// Facts about legs of which nothing is known.
    pub unknown: u64,
}

/// The live calls of the house. Pure: time is an argument, nothing is awaited.
#[derive(Debug)]
pub struct Book {
    pub(super) rules: Rules,
    limits: Limits,
    pub(super) calls: BTreeMap<CallKey, Box<Live>>,
    pub(super) names: Names,
    alarms: BTreeSet<(Moment, CallKey)>,
    told: VecDeque<Happening>,
    last_key: u64,
    live: usize,
    opened_at: Moment,
    hearing: BTreeMap<Source, Option<Moment>>,
    counts: Counts,
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
            alarms: BTreeSet::new(),
            told: VecDeque::new(),
            last_key: 0,
            live: 0,
            opened_at,
            hearing: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    /// Takes a sighting into account.
    pub fn see(&mut self, sighting: Sighting) {
        let Sighting { at, heard_at, source, leg, what } = sighting;
        self.wake(heard_at);
        let known = match what {
            What::Offered(offer) => {
                self.offered(at, source, &leg, *offer);
                true
            }
            What::Alerted => self.change(&leg, at, |call| call.alerted(&leg, at)),
            What::Withdrawn(reason) => {
                self.change(&leg, at, |call| call.withdrawn(&leg, at, reason))
                    || self.unheard(at, source, &leg, reason)
            }
            What::Refused(status) => self.change(&leg, at, |call| call.refused(&leg, at, status)),
            What::Lost => self.change(&leg, at, |call| call.lost(&leg, at)),
            What::Answered | What::Ended(_) | What::Held(_) | What::Referred(_) => false,
        };
        self.counts.unknown += u64::from(!known);
    }

    /// Takes into account that a line came up or went down.
    pub fn line(&mut self, change: &LineChange) {
        let up = change.state.is_up();
        let since = self.hearing.entry(change.source).or_default();
        *since = if up { since.or(Some(change.at)) } else { None };
    }

    /// Lets time pass: rings the alarms that are due, closes what has waited long enough.
    pub fn wake(&mut self, now: Moment) {
        while let Some(&(at, key)) = self.alarms.first().filter(|(at, _)| *at <= now) {
            self.alarms.pop_first();
            let Some(call) = self.calls.get_mut(&key) else { continue };
            let Some(alarm) = call.due() else { continue };
            let was = call.stage;
            let event = call.wake(alarm);
            self.settle(key, at, was, event, None);
        }
        self.counts.forgotten += self.names.forget(now, self.limits.legs_over);
    }

    /// When to wake the book, and why.
    pub fn next_alarm(&self) -> Option<Alarm> {
        let (_, key) = self.alarms.first()?;
        self.calls.get(key)?.due()
    }

    /// Hands out the oldest happening not yet handed out.
    pub fn poll(&mut self) -> Option<Happening> {
        self.told.pop_front()
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

    /// What the book let go by so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Closes a live call whose end may have been missed.
    pub(super) fn close_unseen(&mut self, key: CallKey, alive_at: Moment, now: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let was = call.stage;
        if let Some(due) = call.due() {
            self.alarms.remove(&(due.at, key));
        }
        let event = call.lose(alive_at, now);
        self.settle(key, now, was, Some(event), None);
    }

    fn offered(&mut self, at: Moment, source: Source, leg: &LegKey, mut offer: Offer) {
        if self.names.owner(leg).is_some() {
            self.counts.repeated += 1;
            return;
        }
        if leg.call_id.len() + leg.branch.len() > LONGEST_NAME {
            self.counts.too_long += 1;
            return;
        }
        offer.trunk_call_id.take_if(|call_id| call_id.len() > LONGEST_NAME);
        let pbx = source.pbx();
        if self.rules.is_own(pbx, &offer.caller) {
            self.counts.internal += 1;
            return self.ignore(leg, at);
        }
        let hotline = self.rules.hotline_of(source, &offer);
        let caller = Party::of(std::mem::take(&mut offer.caller));
        let waiter = Waiter::new(pbx, place(hotline), &caller);
        let home = self.names.call_of(leg, &offer).or_else(|| self.names.paused(&waiter));
        if let Some(key) = home {
            return self.join(key, leg, at);
        }
        if self.live >= self.limits.calls {
            self.counts.full += 1;
            return self.ignore(leg, at);
        }
        let closed = !self.rules.is_open(hotline, at);
        let mut call = self.blank(source, leg, at, caller, hotline);
        call.excluded = closed.then_some(Excluded::AfterHours);
        call.echo = at.millis_since(self.hearing_since(source)) < REPEATED_FOR_MS;
        call.trunk = offer.trunk_call_id.map(String::into_boxed_str);
        let key = self.take_in(call);
        self.tell(at, key, Event::Offered);
    }

    /// A leg that belongs to a call we know.
    fn join(&mut self, key: CallKey, leg: &LegKey, at: Moment) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if !call.has_room() {
            self.counts.full += 1;
            return self.ignore(leg, at);
        }
        let at = at.max(call.offered_at);
        let was = call.stage;
        if let Some(due) = call.due() {
            self.alarms.remove(&(due.at, key));
        }
        let event = call.joined(LegRecord::member(leg, at), at);
        self.names.file(leg, Owner::Call(key));
        self.names.name(key, leg, None);
        self.settle(key, at, was, event, None);
        self.wake(at);
    }

    /// A CANCEL for a leg that came while we could not hear: the call is known to have been, and
    /// no more. Whether it can have been.
    fn unheard(&mut self, at: Moment, source: Source, leg: &LegKey, reason: Withdrawal) -> bool {
        let recent = at.millis_since(self.hearing_since(source)) < UNHEARD_MS;
        let short = leg.call_id.len() + leg.branch.len() <= LONGEST_NAME;
        if !recent || !short || self.live >= self.limits.calls {
            return false;
        }
        let hotline = self.rules.hotline_of_account(source);
        let mut call = self.blank(source, leg, at, Party::default(), hotline);
        call.excluded = Some(Excluded::Outage);
        call.ended_unheard(at, reason);
        let key = self.take_in(call);
        self.tell(at, key, Event::Ended { cause: reason.q850 });
        self.calls.remove(&key);
        true
    }

    fn blank(
        &self,
        source: Source,
        leg: &LegKey,
        at: Moment,
        caller: Party,
        hotline: Option<usize>,
    ) -> Live {
        let pbx = source.pbx();
        Live {
            uid: uid(self.rules.pbx_name(pbx), leg),
            pbx,
            hotline: place(hotline),
            caller: Arc::new(caller),
            terms: self.rules.terms(hotline),
            offered_at: at,
            rang_at: None,
            excluded: None,
            evidence: Evidence::None,
            alarm: 0,
            passed_ms: 0,
            echo: false,
            doubt: None,
            trunk: None,
            stage: Stage::Offered(Waiting { since: at, patience: at.plus_millis(PATIENCE_MS) }),
            legs: vec![LegRecord::member(leg, at)],
        }
    }

    /// Gives a call its key, its names and its alarm.
    pub(super) fn take_in(&mut self, call: Live) -> CallKey {
        self.last_key += 1;
        let key = CallKey(self.last_key);
        for leg in &call.legs {
            self.names.file(&leg.key, Owner::Call(key));
            if call.is_live() {
                self.names.name(key, &leg.key, call.trunk.as_deref());
            }
            if let Some(ended_at) = leg.ended_at {
                self.names.over(leg.key.clone(), ended_at);
            }
        }
        self.live += usize::from(call.is_live());
        if let Some(alarm) = call.due() {
            self.alarms.insert((alarm.at, key));
        }
        self.calls.insert(key, Box::new(call));
        key
    }

    /// Lets a leg change its call. Whether the leg was ever seen.
    fn change(
        &mut self,
        leg: &LegKey,
        at: Moment,
        act: impl FnOnce(&mut Live) -> Option<Event>,
    ) -> bool {
        let key = match self.names.owner(leg) {
            Some(Owner::Call(key)) => key,
            Some(Owner::Nobody) => return true,
            None => return false,
        };
        let Some(call) = self.calls.get_mut(&key) else { return true };
        let (was, due) = (call.stage, call.due());
        let at = at.max(call.offered_at);
        let event = act(call);
        if let Some(due) = due {
            self.alarms.remove(&(due.at, key));
        }
        self.settle(key, at, was, event, Some(leg));
        true
    }

    /// Brings names, alarms and counts in line with what a call became, and tells of it.
    pub(super) fn settle(
        &mut self,
        key: CallKey,
        at: Moment,
        was: Stage,
        event: Option<Event>,
        leg: Option<&LegKey>,
    ) {
        let Some(call) = self.calls.get(&key) else { return };
        if let Some(due) = call.due() {
            self.alarms.insert((due.at, key));
        }
        if was.is_live() && !call.is_live() {
            self.live -= 1;
            self.names.unname(key, call.legs.iter().map(|leg| &leg.key), call.trunk.as_deref());
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
                self.names.over(leg.key.clone(), at);
            }
        } else if let Some(leg) = leg.filter(|_| event == Some(Event::LegEnded) || call.is_paused())
        {
            self.names.over(leg.clone(), at);
        }
        if let Some(event) = event {
            self.tell(at, key, event);
        }
        if over {
            self.calls.remove(&key);
        }
    }

    fn tell(&mut self, at: Moment, key: CallKey, what: Event) {
        if let Some(call) = self.calls.get(&key) {
            let record = Arc::new(call.record(at));
            self.told.push_back(Happening { at, key, what, record });
        }
    }

    /// A leg that is none of a call of ours; nor is its CANCEL, whenever that comes.
    fn ignore(&mut self, leg: &LegKey, at: Moment) {
        self.names.file(leg, Owner::Nobody);
        self.names.over(leg.clone(), at.plus_millis(PATIENCE_MS));
    }

    fn hearing_since(&self, source: Source) -> Moment {
        self.hearing.get(&source).copied().flatten().unwrap_or(self.opened_at)
    }
}

/// A hotline's place, as small as a live call keeps it.
pub(super) fn place(hotline: Option<usize>) -> Option<u16> {
    hotline.and_then(|place| u16::try_from(place).ok())
}

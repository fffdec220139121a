//! A new leg comes to its call, or begins one.

use std::sync::Arc;

use super::book::{Book, Seen};
use super::call::{Evidence, Excluded};
use super::correlate::{Owner, Waiter, uid};
use super::loose::{Orphan, Placed, Stray};
use super::machine::{Live, PATIENCE_MS, REPEATED_FOR_MS};
use super::record::{CallKey, Event, LegKind, LegRecord, Party};
use super::ringing::Sight;
use super::rules::place;
use super::stage::{Stage, Waiting};
use crate::kernel::{Extension, Moment, PbxId};
use crate::sip::{LegKey, Offer, Role, Source, Withdrawal};

/// A CANCEL for a leg never seen leaves a row only this soon after we became able to hear.
const UNHEARD_MS: i64 = 300_000;
/// Names longer than this are not followed: no index could hold them.
const LONGEST_NAME: usize = 1024;
/// A trunk's leg belongs to a call that another source showed first by at most this.
const FIRST_SEEN_MS: i64 = 2_000;

impl Book {
    /// A leg begins.
    pub(super) fn offered(&mut self, seen: Seen, leg: &LegKey, mut offer: Offer) {
        if let Some(Owner::Call(key)) = self.names.owner(leg)
            && offer.role == Role::Trunk
            && !offer.from_answer
        {
            return self.corrected(key, seen, offer);
        }
        if self.names.owner(leg).is_some() {
            let ours = matches!(seen.source, Source::Member { .. });
            if !(ours && self.loose.is_orphan(leg)) {
                self.counts.repeated += 1;
                return;
            }
            // the mirror's copy of our own INVITE came first, and waits for its call
            self.loose.remove(leg);
            self.names.revive(leg);
        }
        if leg.call_id.len() + leg.branch.len() > LONGEST_NAME {
            self.counts.too_long += 1;
            return;
        }
        offer.trunk_call_id.take_if(|call_id| call_id.len() > LONGEST_NAME);
        match std::mem::take(&mut offer.role) {
            Role::Member if matches!(seen.source, Source::Mirror { .. }) => {
                self.phone_offered(seen, leg, offer, LegKind::Member, None);
            }
            Role::Member => self.member_offered(seen, leg, offer),
            Role::Trunk => self.trunk_offered(seen, leg, offer),
            Role::Phone(extension) => {
                self.shows_phones.insert(seen.source.pbx());
                let is_position = self.rules.is_position(seen.source.pbx(), &extension);
                let kind = if is_position { LegKind::Position } else { LegKind::Extension };
                self.phone_offered(seen, leg, offer, kind, Some(extension));
            }
            Role::Outbound => {
                for dialled in &offer.dialled {
                    self.dialling.left(seen.source.pbx(), dialled, seen.at);
                }
                self.phone_offered(seen, leg, offer, LegKind::Outside, None);
            }
            Role::Placed(extension) => {
                let pbx = seen.source.pbx();
                self.ignore(leg, seen.now);
                // the request's own address was dialled; To may be prettier
                let dialled = offer.dialled.last();
                if let Some(outside) = dialled.and_then(|to| self.rules.outside(pbx, to)) {
                    let at = (pbx, self.rules.pbx_name(pbx));
                    self.dialling.placed(at, leg, extension.clone(), outside, seen.at);
                }
                let placed = Placed { pbx, extension, answered_at: None, taken: false };
                self.loose.keep(leg.clone(), Stray::Placed(placed), seen.now);
            }
        }
    }

    /// We are asked to ring along.
    fn member_offered(&mut self, seen: Seen, leg: &LegKey, mut offer: Offer) {
        let pbx = seen.source.pbx();
        if self.rules.is_own(pbx, &offer.caller) {
            self.counts.internal += 1;
            return self.ignore(leg, seen.at);
        }
        let account = match seen.source {
            Source::Member { account, .. } => account,
            Source::Watch { .. } | Source::Mirror { .. } => 0,
        };
        let hotline = self.rules.hotline_of(seen.source, &offer);
        let caller = Party::of(std::mem::take(&mut offer.caller));
        let record = LegRecord::member(leg, account, seen.at);
        let waiter = Waiter::new(pbx, place(hotline), &caller);
        let exact = self.names.call_of(leg, &offer);
        let home = exact
            .or_else(|| self.home_of(pbx, &caller, &record, Live::is_governed))
            .or_else(|| self.names.paused(&waiter))
            .or_else(|| self.known_by_an_answer(pbx, &record));
        if let Some(key) = home {
            return self.join(key, seen, record);
        }
        let trunk = offer.trunk_call_id.map(String::into_boxed_str);
        self.begin(seen, caller, hotline, record, trunk);
    }

    /// A caller from outside.
    fn trunk_offered(&mut self, seen: Seen, leg: &LegKey, mut offer: Offer) {
        let pbx = seen.source.pbx();
        let hotline = offer.dialled.iter().find_map(|dialled| self.rules.hotline(dialled));
        let caller = Party::of(std::mem::take(&mut offer.caller));
        let record = LegRecord::new(leg, LegKind::Trunk, None, seen.at);
        let exact = self.names.call_of(leg, &offer);
        let Some(hotline) = hotline else {
            if let Some(key) = exact {
                return self.join(key, seen, record);
            }
            self.counts.internal += 1;
            self.ignore(leg, seen.now);
            let other = Stray::Other(pbx, Box::new(caller));
            return self.loose.keep(leg.clone(), other, seen.now);
        };
        let fits = |call: &Live| {
            // an answer may be the first that is seen of a trunk, however long it rang before
            let near = call.offered_at.millis_since(seen.at).abs() <= FIRST_SEEN_MS;
            let early = call.trunk_leg().is_none() && (near || offer.from_answer);
            early && call.hotline.is_none_or(|of| place(Some(hotline)) == Some(of))
        };
        let home = exact.or_else(|| self.home_of(pbx, &caller, &record, fits));
        // an answer repeats less than the INVITE said: the number may be another one
        let home = home.or_else(|| {
            let mut alone = self.calls.iter().filter(|(_, call)| {
                offer.from_answer && call.pbx == pbx && call.stage.is_live() && fits(call)
            });
            let (&key, _) = alone.next()?;
            alone.next().is_none().then_some(key)
        });
        let call_id: Box<str> = (&*leg.call_id).into();
        let Some(key) = home else {
            self.begin(seen, caller, Some(hotline), record, Some(call_id));
            let begun = self.key_of_leg(leg).filter(|_| offer.from_answer);
            if let Some(call) = begun.and_then(|key| self.calls.get_mut(&key)) {
                call.more().by_answer = true;
                self.guessed.extend(begun.map(|key| (pbx, key)));
            }
            return;
        };
        // what we saw first of it was less: the trunk's own leg knows better who calls whom
        if let Some(call) = self.calls.get(&key).filter(|_| !offer.from_answer) {
            self.names.uncalled(key, pbx, &Arc::clone(&call.caller));
            self.names.called_by(key, pbx, &caller);
        }
        self.names.name(key, leg, Some(&call_id));
        let terms = self.rules.terms(Some(hotline));
        let closed = !self.rules.is_open(Some(hotline), seen.at);
        let known = offer.from_answer;
        let paused = self.calls.get(&key).and_then(|call| match call.stage {
            Stage::Paused { since, .. } => Some((call.waiter(), since)),
            Stage::Offered(_)
            | Stage::Ringing(_)
            | Stage::Talking { .. }
            | Stage::Unseen { .. }
            | Stage::Over(_) => None,
        });
        if let Some((waiter, since)) = paused.clone() {
            self.names.resume(waiter, since, key);
        }
        self.change(key, seen.at, None, |call| {
            call.offered_at = call.offered_at.min(seen.at);
            if !known {
                call.caller = Arc::new(caller);
            }
            call.trunk = Some(call_id);
            if call.hotline.is_none() {
                call.hotline = place(Some(hotline));
                call.terms = terms;
                call.excluded = call.excluded.or(closed.then_some(Excluded::AfterHours));
            }
            None
        });
        if let (Some((_, since)), Some(call)) = (paused, self.calls.get(&key)) {
            self.names.pause(call.waiter(), since, key);
        }
        self.join(key, seen, record);
    }

    /// A telephone is asked to ring, in the house or outside.
    fn phone_offered(
        &mut self,
        seen: Seen,
        leg: &LegKey,
        mut offer: Offer,
        kind: LegKind,
        extension: Option<Extension>,
    ) {
        let pbx = seen.source.pbx();
        let exact = self.names.call_of(leg, &offer);
        let dialled = offer.caller.user.as_deref();
        let own = self.rules.is_own(pbx, &offer.caller)
            || dialled.is_some_and(|user| self.loose.has_placed(pbx, user));
        let record = LegRecord::new(leg, kind, extension, seen.at);
        if own && exact.is_none() {
            if let Some(by) = &offer.caller.user {
                self.loose.reached(pbx, by);
            }
            return self.ignore(leg, seen.now);
        }
        let named = offer.caller.user.as_deref().and_then(|user| self.rules.hotline(user));
        let caller = Party::of(std::mem::take(&mut offer.caller));
        let home = exact.or_else(|| self.home_of(pbx, &caller, &record, Live::is_governed));
        let home = home.or_else(|| {
            // who is called outside may be anybody's call
            let inside = kind != LegKind::Outside;
            inside.then(|| self.only_waiting(pbx, &caller, &record, place(named))).flatten()
        });
        if let Some(key) = home {
            return self.join(key, seen, record);
        }
        self.ignore(leg, seen.now);
        if kind != LegKind::Outside && !self.loose.calls_another(pbx, &caller) {
            let since = seen.now;
            let trunk = offer.trunk_call_id.take();
            let facts = Vec::new();
            let orphan = Orphan { pbx, leg: record, caller, trunk, facts, since };
            self.loose.keep(leg.clone(), Stray::Orphan(Box::new(orphan)), seen.now);
        }
    }

    /// Begins a call with its first leg.
    pub(super) fn begin(
        &mut self,
        seen: Seen,
        caller: Party,
        hotline: Option<usize>,
        leg: LegRecord,
        trunk: Option<Box<str>>,
    ) {
        if self.live >= self.limits.calls {
            self.counts.full += 1;
            return self.ignore(&leg.key, seen.at);
        }
        let pbx = seen.source.pbx();
        let closed = !self.rules.is_open(hotline, seen.at);
        let mut call = self.blank(seen, caller, hotline, leg);
        call.excluded = closed.then_some(Excluded::AfterHours);
        call.echo = matches!(seen.source, Source::Member { .. })
            && seen.now.millis_since(self.hearing_since(seen.source)) < REPEATED_FOR_MS;
        call.trunk = trunk;
        if call.trunk_leg().is_some() {
            call.more().mirror_at = Some(seen.now);
        }
        let caller = Arc::clone(&call.caller);
        let key = self.take_in(call);
        self.look(key, seen);
        self.tell(seen.at, key, Event::Offered);
        self.adopt_for(key, pbx, &caller);
        self.lit_for(key, seen);
    }

    /// Legs that came before their call.
    fn adopt_for(&mut self, key: CallKey, pbx: PbxId, caller: &Party) {
        let trunk = self.calls.get(&key).and_then(|call| call.trunk.clone());
        for orphan in self.loose.adopt(pbx, caller, trunk.as_deref()) {
            self.adopt(key, orphan);
        }
    }

    /// The INVITE of a trunk that we knew by its answers: it knows better who calls.
    fn corrected(&mut self, key: CallKey, seen: Seen, mut offer: Offer) {
        let caller = Party::of(std::mem::take(&mut offer.caller));
        let Some(call) = self.calls.get(&key).filter(|call| call.seen().by_answer) else {
            self.counts.repeated += 1;
            return;
        };
        let pbx = call.pbx;
        if call.is_live() {
            self.names.uncalled(key, pbx, &Arc::clone(&call.caller));
            self.names.called_by(key, pbx, &caller);
        }
        self.guessed.remove(&(pbx, key));
        let now = Arc::new(caller);
        let told = Arc::clone(&now);
        self.change(key, seen.at, None, |call| {
            call.more().by_answer = false;
            call.offered_at = call.offered_at.min(seen.at);
            call.caller = told;
            Some(Event::LegBegan)
        });
        self.adopt_for(key, pbx, &now);
    }

    /// A leg that came before its call.
    fn adopt(&mut self, key: CallKey, orphan: Orphan) {
        let Orphan { pbx, leg, facts, since, .. } = orphan;
        let source = Source::Mirror { pbx };
        let leg_key = leg.key.clone();
        self.names.revive(&leg_key);
        self.join(key, Seen { at: leg.offered_at, now: since, source }, leg);
        for (seen, what) in facts {
            self.fact_of_call(key, seen, &leg_key, what);
        }
    }

    /// A leg that belongs to a call we know.
    pub(super) fn join(&mut self, key: CallKey, seen: Seen, mut leg: LegRecord) {
        let Some(call) = self.calls.get(&key) else {
            self.counts.unknown += 1;
            return;
        };
        if !call.has_room() {
            self.counts.full += 1;
            return self.ignore(&leg.key, seen.at);
        }
        leg.offered_at = leg.offered_at.max(call.offered_at);
        let leg_key = leg.key.clone();
        let phone = matches!(leg.kind, LegKind::Position | LegKind::Extension) && leg.is_named();
        self.names.file(&leg_key, Owner::Call(key));
        if leg.is_named() {
            self.names.name(key, &leg_key, None);
        }
        let mirrored = matches!(seen.source, Source::Mirror { .. });
        self.change(key, leg.offered_at, None, |call| {
            if mirrored {
                call.more().mirror_at = Some(seen.now);
                call.more().phones_seen |= phone || leg.kind == LegKind::Member;
            }
            call.joined(leg, seen.now)
        });
        self.look(key, seen);
        self.wake(seen.now);
    }

    /// A CANCEL for a leg that came while we could not hear: the call is known to have been, and
    /// no more. Whether it can have been.
    pub(super) fn unheard(&mut self, seen: Seen, leg: &LegKey, reason: Withdrawal) -> bool {
        let recent = seen.now.millis_since(self.hearing_since(seen.source)) < UNHEARD_MS;
        let short = leg.call_id.len() + leg.branch.len() <= LONGEST_NAME;
        if !recent || !short || self.live >= self.limits.calls {
            return false;
        }
        let hotline = self.rules.hotline_of_account(seen.source);
        let leg = LegRecord::member(leg, 0, seen.at);
        let mut call = self.blank(seen, Party::default(), hotline, leg);
        call.excluded = Some(Excluded::Outage);
        call.ended_unheard(seen.at, reason);
        let key = self.take_in(call);
        self.tell(seen.at, key, Event::Ended { cause: reason.q850 });
        self.calls.remove(&key);
        true
    }

    fn blank(&self, seen: Seen, caller: Party, hotline: Option<usize>, leg: LegRecord) -> Live {
        let Seen { at, now, source } = seen;
        let pbx = source.pbx();
        Live {
            uid: uid(self.rules.pbx_name(pbx), &leg.key),
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
            lag_ms: now.millis_since(at).max(0),
            echo: false,
            doubt: None,
            trunk: None,
            member_rang: None,
            sight: Sight::default(),
            stage: Stage::Offered(Waiting { since: now, patience: now.plus_millis(PATIENCE_MS) }),
            legs: vec![leg],
            more: None,
        }
    }

    /// A leg that is none of a call of ours; nor is its CANCEL, whenever that comes.
    pub(super) fn ignore(&mut self, leg: &LegKey, at: Moment) {
        self.names.file(leg, Owner::Nobody);
        self.names.over(leg.clone(), at.plus_millis(PATIENCE_MS));
    }
}

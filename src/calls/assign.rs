//! A new leg: what it is, and which call it belongs to.

use std::sync::Arc;

use super::book::{Book, Seen};
use super::call::Excluded;
use super::correlate::{Owner, Waiter};
use super::loose::{HELD_MS, Held, Orphan, Other, Placed, Stray};
use super::machine::Live;
use super::record::{LegKind, LegRecord, Party};
use super::rules::place;
use super::stage::Stage;
use crate::kernel::{Extension, Moment};
use crate::sip::{LegKey, Offer, Role, Source};

/// Names longer than this are not followed: no index could hold them.
pub(super) const LONGEST_NAME: usize = 1024;
/// A trunk's leg belongs to a call that another source showed first by at most this.
const FIRST_SEEN_MS: i64 = 2_000;
/// Calls among which an answer looks for its own.
const MOST_RECENT: usize = 64;

impl Book {
    /// A leg begins.
    pub(super) fn offered(&mut self, seen: Seen, leg: &LegKey, mut offer: Offer) {
        if let Some(Owner::Call(key)) = self.names.owner(leg)
            && offer.role == Role::Trunk
            && !offer.from_answer
        {
            return self.corrected(key, seen, offer);
        }
        if self.names.owner(leg).is_some() && !matches!(offer.role, Role::Returned(_)) {
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
            Role::Detour => self.sent_out(seen, leg, offer),
            Role::Returned(back) => self.came_back(seen, leg, back, offer),
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
        let home = home.or_else(|| self.handed_back(pbx, &caller));
        if let Some(key) = home {
            return self.join(key, seen, record);
        }
        if self.talks(pbx, &caller) {
            let held = Some(Held { hotline, detour: None });
            let (trunk, facts) = (offer.trunk_call_id, Vec::new());
            let orphan = Orphan { pbx, leg: record, caller, trunk, facts, seen, held };
            self.names.file(leg, Owner::Nobody);
            self.loose.keep(leg.clone(), Stray::Orphan(Box::new(orphan)), seen.now);
            return self.held.push_back((seen.now.plus_millis(HELD_MS), leg.clone()));
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
            let other = Other { pbx, caller, since: seen.at, over: None };
            return self.loose.keep(leg.clone(), Stray::Other(Box::new(other)), seen.now);
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
            // of many only the newest are looked at
            let mut alone = self.calls.iter().rev().take(MOST_RECENT).filter(|(_, call)| {
                offer.from_answer && call.pbx == pbx && call.stage.is_live() && fits(call)
            });
            let (&key, _) = alone.next()?;
            alone.next().is_none().then_some(key)
        });
        if home.is_none() && self.came_behind(seen, leg, &caller, offer.from_answer) {
            return;
        }
        let call_id: Box<str> = (&*leg.call_id).into();
        let Some(key) = home else {
            self.begin(seen, caller, Some(hotline), record, Some(call_id));
            return self.known_by_answer(leg, seen.at, offer.from_answer);
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

    /// Whether a call that began with this leg is known by an answer alone.
    pub(super) fn known_by_answer(&mut self, leg: &LegKey, at: Moment, from_answer: bool) {
        if let Some(key) = self.key_of_leg(leg).filter(|_| from_answer) {
            self.change(key, at, None, |call| {
                call.more().by_answer = true;
                None
            });
        }
    }

    /// A telephone is asked to ring, in the house or outside.
    pub(super) fn phone_offered(
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
        let (trunk, facts) = (offer.trunk_call_id.take(), Vec::new());
        let orphan = Orphan { pbx, leg: record, caller, trunk, facts, seen, held: None };
        self.loose.keep(leg.clone(), Stray::Orphan(Box::new(orphan)), seen.now);
    }
}

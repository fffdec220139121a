//! A leg comes to its call, or begins one; and what waits until it is known which.

use std::sync::Arc;

use super::assign::LONGEST_NAME;
use super::book::{Book, Seen};
use super::call::{Evidence, Excluded};
use super::correlate::{Owner, uid};
use super::loose::{Orphan, Stray};
use super::machine::{Live, PATIENCE_MS, REPEATED_FOR_MS};
use super::record::{CallKey, Event, LegKind, LegRecord, Party};
use super::ringing::Sight;
use super::rules::place;
use super::stage::{Stage, Waiting};
use crate::kernel::{Moment, PbxId};
use crate::sip::{LegKey, Offer, Source, Withdrawal};

/// A CANCEL for a leg never seen leaves a row only this soon after we became able to hear.
const UNHEARD_MS: i64 = 300_000;

impl Book {
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
            call.begun_late(seen);
        }
        let caller = Arc::clone(&call.caller);
        let key = self.take_in(call);
        self.look(key, seen);
        self.tell(seen.at, key, Event::Offered);
        self.adopt_for(key, pbx, &caller);
        self.lit_for(key, seen);
    }

    /// Legs that came before their call.
    pub(super) fn adopt_for(&mut self, key: CallKey, pbx: PbxId, caller: &Party) {
        let Some(call) = self.calls.get(&key) else { return };
        let (trunk, since) = (call.trunk.clone(), call.offered_at);
        for orphan in self.loose.adopt(pbx, caller, trunk.as_deref(), since) {
            self.adopt(key, orphan);
        }
    }

    /// Our own legs for callers who talk, that nothing has told apart from new calls in time: they are.
    pub(super) fn let_go(&mut self, now: Moment) {
        while let Some((_, leg)) = self.held.front().filter(|(at, _)| *at <= now) {
            let leg = leg.clone();
            self.held.pop_front();
            if !self.loose.is_orphan(&leg) {
                continue;
            }
            let Some(Stray::Orphan(orphan)) = self.loose.remove(&leg) else { continue };
            let Orphan { leg: record, caller, trunk, facts, seen, held, .. } = *orphan;
            let back = held.as_ref().is_some_and(|held| held.detour.is_some());
            let hotline = held.and_then(|held| held.hotline);
            if back {
                self.begin_back(seen, caller, hotline, record, trunk);
            } else {
                self.begin(seen, caller, hotline, record, trunk.map(String::into_boxed_str));
            }
            for (seen, what) in facts {
                if let Some(key) = self.key_of_leg(&leg) {
                    self.fact_of_call(key, seen, &leg, what);
                }
            }
        }
    }

    /// The INVITE of a trunk that we knew by its answers: it knows better who calls.
    pub(super) fn corrected(&mut self, key: CallKey, seen: Seen, mut offer: Offer) {
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
        let Orphan { leg, facts, seen, held, .. } = orphan;
        let detour = held.and_then(|held| held.detour);
        if let Some(detour) = detour.as_ref().filter(|_| leg.kind != LegKind::Outside) {
            self.ignore(&leg.key, seen.now);
            return self.detoured(key, seen.at, detour.sent.as_ref(), &leg.key);
        }
        let leg_key = leg.key.clone();
        self.names.revive(&leg_key);
        self.join(key, seen, leg);
        if detour.is_some() {
            self.detoured(key, seen.at, None, &leg_key);
        }
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
        self.make_room(key);
        self.change(key, leg.offered_at, None, |call| {
            if mirrored {
                call.more().mirror_at = Some(seen.now);
                call.more().phones_seen |= phone || leg.kind == LegKind::Member;
            }
            call.joined(leg, seen.now)
        });
        self.look(key, seen);
        if phone
            && let Some(call) = self.calls.get(&key)
            && matches!(call.stage, Stage::Talking { .. })
        {
            let (pbx, caller) = (call.pbx, Arc::clone(&call.caller));
            self.adopt_for(key, pbx, &caller);
        }
        self.heard_on(key, seen);
        self.wake(seen.now);
    }

    /// Lets the oldest ended leg of a call with very many go, and its names with it.
    fn make_room(&mut self, key: CallKey) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(oldest) = call.make_room() else { return };
        let alone = call.legs.iter().all(|leg| leg.key.call_id != oldest.key.call_id);
        if alone {
            self.names.unname(key, std::iter::once(&oldest.key), None);
        }
        let at = oldest.ended_at.unwrap_or(oldest.offered_at);
        self.names.over(&oldest.key, at);
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
        self.names.over(leg, at.plus_millis(PATIENCE_MS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::Rules;
    use crate::sip::{Offer, PartyId, Sighting, What};

    const LISTENER: Source = Source::Member { pbx: PbxId(0), account: 0 };

    fn see(book: &mut Book, millis: i64, call_id: &str, what: What) {
        let at = Moment::from_millis(millis);
        let leg = LegKey { call_id: call_id.into(), branch: "z9hG4bK".into() };
        book.see(Sighting { at, heard_at: at, source: LISTENER, leg, what });
    }

    #[test]
    fn the_names_of_a_call_with_very_many_legs_are_forgotten_with_it() {
        let rules = Rules::new(&[], &[], chrono_tz::UTC);
        let mut book = Book::new(rules, Moment::from_millis(-3_600_000));
        let caller = PartyId { user: Some("13800001234".to_owned()), ..PartyId::default() };
        let round_over = Withdrawal { q850: Some(0), ..Withdrawal::default() };
        for round in 0..200 {
            let (at, leg) = (round * 10_000, format!("round{round}"));
            let offer = Offer { caller: caller.clone(), ..Offer::default() };
            see(&mut book, at, &leg, What::Offered(Box::new(offer)));
            see(&mut book, at, &leg, What::Alerted);
            see(&mut book, at + 9_000, &leg, What::Withdrawn(round_over));
        }
        assert_eq!(book.live(), 1, "two hundred rounds are one caller");
        let sizes = book.names.sizes();
        assert!(sizes[0] < 200, "those over for ten minutes are gone meanwhile: {sizes:?}");
        book.wake(Moment::from_millis(3_000_000));
        assert_eq!((book.live(), book.names.sizes()), (0, [0, 0, 0]));
    }
}

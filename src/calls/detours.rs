//! Services in the path of a call: what the PBX sends out and gets back is the same call
//! (`spec/pbx.md` §5), and the service is nobody who answers.

use super::assign::LONGEST_NAME;
use super::book::{Book, Seen};
use super::correlate::Owner;
use super::lamps::is_same;
use super::loose::{HELD_MS, Held, Orphan, Stray};
use super::machine::Live;
use super::record::{CallKey, Event, LegKind, LegRecord, Party};
use super::returns::Back;
use crate::kernel::Moment;
use crate::sip::{self, LegKey, Offer};

/// Legs to and from services in the path of one call that are kept apart from its telephones.
const DETOURS: usize = 16;

impl Book {
    /// A call is sent to a service that the configuration names: that leg is no telephone of it.
    pub(super) fn sent_out(&mut self, seen: Seen, leg: &LegKey, mut offer: Offer) {
        let pbx = seen.source.pbx();
        let caller = Party::of(std::mem::take(&mut offer.caller));
        let record = LegRecord::new(leg, LegKind::Outside, None, seen.at);
        let exact = self.names.call_of(leg, &offer);
        // who was sent there already, or has come back before that, is another caller of that number
        let fits = |call: &Live| {
            let lifted = call.seen().answered_at;
            let waits = call.stage.is_waiting() || lifted.is_some_and(|lifted| seen.at <= lifted);
            call.is_governed() && waits && !call.is_sent(leg)
        };
        let home = exact.or_else(|| self.home_of(pbx, &caller, &record, fits));
        let home = home.filter(|key| self.returns.came_at(*key).is_none_or(|at| seen.at <= at));
        if let Some(key) = home {
            self.join(key, seen, record);
            return self.detoured(key, seen.at, None, leg);
        }
        self.ignore(leg, seen.now);
        let (trunk, facts) = (offer.trunk_call_id.take(), Vec::new());
        let held = Some(Held { hotline: None, detour: Some(sip::Back::default()) });
        let orphan = Orphan { pbx, leg: record, caller, trunk, facts, seen, held };
        self.loose.keep(leg.clone(), Stray::Orphan(Box::new(orphan)), seen.now);
    }

    /// A call that was sent to a service outside comes back from there: the service is nobody who
    /// could answer it. It may have been taken for a call to somebody else.
    pub(super) fn came_back(&mut self, seen: Seen, leg: &LegKey, back: sip::Back, offer: Offer) {
        if let Some(Owner::Call(key)) = self.names.owner(leg) {
            if back.named && !offer.from_answer {
                return self.corrected(key, seen, offer);
            }
            return self.came_back_after_all(key, seen, leg, back.sent.as_ref(), offer);
        }
        let pbx = seen.source.pbx();
        let sent = back.sent.as_ref();
        let caller = Party::of(offer.caller.clone());
        let linked = sent.and_then(|sent| self.key_of_leg(sent));
        let named = if back.named && linked.is_none() {
            self.whose_return(seen, leg, sent, &caller, &offer)
        } else {
            None
        };
        // a proxy keeps the Call-ID; by the caller alone only what was sent for one is believed
        let by_name = sent.is_some_and(|sent| leg.call_id == sent.call_id);
        let of_caller = || {
            let same = |key: &CallKey| {
                self.calls.get(key).is_some_and(|call| is_same(&call.caller, &caller))
            };
            self.names.of_caller(pbx, &caller).find(same)
        };
        // what was sent out for a caller from outside waits for its call, which may be over for us
        let another = || self.loose.calls_another(pbx, &caller, seen.at);
        let orphan = sent.is_some_and(|sent| self.loose.is_orphan(sent));
        let believed = !back.named && (by_name || (orphan && !another()));
        let of_leg = || offer.came_on.as_ref().and_then(|leg| self.key_of_leg(leg));
        let by_answer =
            |key: &CallKey| self.calls.get(key).is_some_and(|call| call.seen().by_answer);
        let of = linked
            .or(named)
            .or_else(|| if believed { of_caller().or_else(of_leg) } else { None })
            // whose INVITE was not seen may have called before that
            .or_else(|| of_caller().filter(|key| !back.named && by_answer(key) && !another()));
        let Some(key) = of else { return self.came_back_of_none(seen, leg, back, offer) };
        self.loose.remove(leg);
        self.ignore(leg, seen.now);
        self.detoured(key, seen.at, sent, leg);
        self.adopt_for(key, pbx, &caller);
    }

    /// Whose call comes back from a service that the configuration names, so that it is a caller's own in no
    /// case: one of that caller that was there before, has not been answered yet at that moment and has not
    /// come back otherwise. So each of two callers of one number, or of none, has a call, as long as either the
    /// caller's own leg or what came back is seen. Looks at no more calls than one caller can have.
    fn whose_return(
        &mut self,
        seen: Seen,
        leg: &LegKey,
        sent: Option<&LegKey>,
        caller: &Party,
        offer: &Offer,
    ) -> Option<CallKey> {
        if let Some(key) = self.names.of_call_id(&leg.call_id) {
            return Some(key);
        }
        let Seen { at, now, source } = seen;
        let pbx = source.pbx();
        let fits = |key: &CallKey| {
            let Some(call) = self.calls.get(key) else { return false };
            let lifted = call.seen().answered_at;
            let waits = call.stage.is_waiting() || lifted.is_some_and(|lifted| at <= lifted);
            // of an answer it is not known when it was asked
            (offer.from_answer || waits)
                && is_same(&call.caller, caller)
                && self.is_free_for(*key, call, leg, sent)
        };
        let was_there = |key: &CallKey| {
            let call = self.calls.get(key);
            call.is_some_and(|call| {
                call.trunk_leg().is_none() || call.seen().by_answer || call.offered_at <= at
            })
        };
        let live: Vec<_> = self.names.of_caller(pbx, caller).filter(fits).collect();
        let then = live.iter().copied().find(was_there);
        then.or_else(|| self.returns.whose_gone(pbx, caller, (&leg.call_id, at, now)))
            // what came back later was taken for that of who called before: each has one
            .or_else(|| live.first().copied())
    }

    /// Whether a call came back on no other Call-ID than this leg's.
    fn is_free_for(&self, key: CallKey, call: &Live, leg: &LegKey, sent: Option<&LegKey>) -> bool {
        if call.trunk_leg().is_some_and(|trunk| trunk.key.call_id == leg.call_id) {
            return true;
        }
        let same = |came: &LegKey| came.call_id == leg.call_id || Some(came) == sent;
        !self.returns.has_back(key) && call.came_back().all(same)
    }

    /// A call began with what came back, and what was sent to the service is seen only now. It stands for its
    /// caller: their own leg, seen later still, begins no other. Where that one was told of already, there
    /// are two calls, and they stay.
    fn came_back_after_all(
        &mut self,
        key: CallKey,
        seen: Seen,
        leg: &LegKey,
        sent: Option<&LegKey>,
        offer: Offer,
    ) {
        let pbx = seen.source.pbx();
        let caller = Party::of(offer.caller);
        let trunk = self.calls.get(&key).and_then(|call| call.trunk_leg());
        let began = trunk.is_some_and(|trunk| trunk.key == *leg);
        let alone = self.names.of_caller(pbx, &caller).eq([key]);
        let Some(sent) = sent.filter(|_| began && alone && !self.returns.has_back(key)) else {
            self.counts.repeated += 1;
            return;
        };
        self.detoured(key, seen.at, None, sent);
        self.returns.began_back(key, caller, seen, seen.at);
    }

    /// A call goes through a service, out on one leg and back on the other.
    pub(super) fn detoured(
        &mut self,
        key: CallKey,
        at: Moment,
        sent: Option<&LegKey>,
        back: &LegKey,
    ) {
        self.change(key, at, None, |call| {
            let detours = &mut call.more().detours;
            let before = detours.len();
            for one in sent.into_iter().chain([back]) {
                let short = one.call_id.len() + one.branch.len() <= LONGEST_NAME;
                if short && detours.len() < DETOURS && !detours.contains(one) {
                    detours.push(one.clone());
                }
            }
            (detours.len() > before).then_some(Event::LegBegan)
        });
    }

    /// A call begins with what came back.
    pub(super) fn begin_back(
        &mut self,
        seen: Seen,
        caller: Party,
        hotline: Option<usize>,
        record: LegRecord,
        trunk: Option<String>,
    ) {
        self.loose.sent_on(seen.source.pbx(), &caller, seen.at, seen.now);
        let (leg, whose) = (record.key.clone(), caller.clone());
        self.begin(seen, caller, hotline, record, trunk.map(String::into_boxed_str));
        let Some(call) = self.key_of_leg(&leg) else { return };
        // where another call of theirs has come back too, it is not known which of both this is
        let (pbx, theirs) = (seen.source.pbx(), |key: &CallKey| {
            let other =
                self.calls.get(key).filter(|other| *key != call && is_same(&other.caller, &whose));
            other.is_some_and(|other| other.came_back().next().is_some())
        });
        let either = self.names.of_caller(pbx, &whose).any(|key| theirs(&key));
        let at = if either { seen.now } else { seen.at };
        self.returns.began_back(call, whose, seen, at);
    }

    /// Whoever was sent out was no caller of ours, or is not known as one yet: this one is a call of
    /// its own, unless theirs begins in a moment.
    fn came_back_of_none(&mut self, seen: Seen, leg: &LegKey, back: sip::Back, offer: Offer) {
        if self.loose.is_orphan(leg) {
            // its INVITE after its answers
            self.counts.repeated += 1;
            return;
        }
        let by_name = back.sent.as_ref().is_some_and(|sent| leg.call_id == sent.call_id);
        let known = self.names.owner(leg).is_some();
        let hotline = offer.dialled.iter().find_map(|dialled| self.rules.hotline(dialled));
        if known || (by_name && !back.named) || hotline.is_none() {
            self.loose.remove(leg);
            return self.ignore(leg, seen.now);
        }
        let record = LegRecord::new(leg, LegKind::Trunk, None, seen.at);
        let (pbx, caller) = (seen.source.pbx(), Party::of(offer.caller));
        let (trunk, facts) = (Some(leg.call_id.to_string()), Vec::new());
        if back.named {
            // the caller's own leg, seen later, joins it
            self.begin_back(seen, caller, hotline, record, trunk);
            return self.known_by_answer(leg, seen.at, offer.from_answer);
        }
        let held = Some(Held { hotline, detour: Some(back) });
        let orphan = Orphan { pbx, leg: record, caller, trunk, facts, seen, held };
        self.names.file(leg, Owner::Nobody);
        self.loose.keep(leg.clone(), Stray::Orphan(Box::new(orphan)), seen.now);
        self.held.push_back((seen.now.plus_millis(HELD_MS), leg.clone()));
    }

    /// The leg of a caller that is seen only now, behind what a service sent back for them and the call
    /// that began with it: it was there before, and is no second call. Whether it is.
    pub(super) fn came_behind(
        &mut self,
        seen: Seen,
        leg: &LegKey,
        caller: &Party,
        from_answer: bool,
    ) -> bool {
        let Seen { at, now, source } = seen;
        let calls = &self.calls;
        let live = |key: CallKey| calls.get(&key).is_some_and(|call| call.is_live());
        // when an answer's INVITE was, nobody knows
        let fits =
            |back: &Back| (from_answer || at <= back.at) && (now < back.until || live(back.call));
        let Some(key) = self.returns.whose_back(source.pbx(), caller, fits) else { return false };
        self.ignore(leg, now);
        self.change(key, at, None, |call| {
            call.offered_at = call.offered_at.min(at);
            None
        });
        self.detoured(key, at, None, leg);
        true
    }
}

impl Live {
    /// Whether a call is at a service, on another leg that is not over.
    fn is_sent(&self, leg: &LegKey) -> bool {
        let there = |known: &LegRecord| {
            known.end.is_none()
                && known.key.call_id != leg.call_id
                && self.seen().detours.contains(&known.key)
        };
        self.legs.iter().any(there)
    }

    /// The legs on which a call came back from a service, as far as they are seen.
    pub(super) fn came_back(&self) -> impl Iterator<Item = &LegKey> {
        let own = |leg: &&LegKey| !self.legs.iter().any(|known| known.key == **leg);
        self.seen().detours.iter().filter(own)
    }
}

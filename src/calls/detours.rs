//! Services in the path of a call: what the PBX sends out and gets back is the same call
//! (`spec/pbx.md` §5), and the service is nobody who answers.

use super::assign::LONGEST_NAME;
use super::book::{Book, Seen};
use super::correlate::Owner;
use super::lamps::is_same;
use super::loose::{Back, HELD_MS, Held, Orphan, Stray};
use super::record::{CallKey, Event, LegKind, LegRecord, Party};
use crate::kernel::Moment;
use crate::sip::{LegKey, Offer};

/// Legs to and from services in the path of one call that are kept apart from its telephones.
const DETOURS: usize = 16;

impl Book {
    /// A call that was sent to a service outside comes back from there: the service is nobody who
    /// could answer it. It may have been taken for a call to somebody else.
    pub(super) fn came_back(&mut self, seen: Seen, leg: &LegKey, sent: &LegKey, offer: Offer) {
        if let Some(Owner::Call(key)) = self.names.owner(leg) {
            return self.came_back_after_all(key, seen, leg, sent, offer);
        }
        let pbx = seen.source.pbx();
        // a proxy keeps the Call-ID; by the caller alone only what was sent for one is believed
        let by_name = leg.call_id == sent.call_id;
        let caller = Party::of(offer.caller.clone());
        let of_caller = || {
            let same = |key: &CallKey| {
                self.calls.get(key).is_some_and(|call| is_same(&call.caller, &caller))
            };
            self.names.of_caller(pbx, &caller).find(same)
        };
        // what was sent out for a caller from outside waits for its call, which may be over for us
        let another = || self.loose.calls_another(pbx, &caller, seen.at);
        let believed = by_name || (self.loose.is_orphan(sent) && !another());
        let of_leg = || offer.came_on.as_ref().and_then(|leg| self.key_of_leg(leg));
        let by_answer =
            |key: &CallKey| self.calls.get(key).is_some_and(|call| call.seen().by_answer);
        let of = self
            .key_of_leg(sent)
            .or_else(|| if believed { of_caller().or_else(of_leg) } else { None })
            // whose INVITE was not seen may have called before that
            .or_else(|| of_caller().filter(|key| by_answer(key) && !another()));
        let Some(key) = of else { return self.came_back_of_none(seen, leg, sent, offer) };
        self.loose.remove(leg);
        self.ignore(leg, seen.now);
        self.detoured(key, seen.at, sent, leg);
        self.adopt_for(key, pbx, &caller);
    }

    /// A call began with what came back, and what was sent to the service is seen only now. It stands for its
    /// caller: their own leg, seen later still, begins no other. Where that one was told of already, there
    /// are two calls, and they stay.
    fn came_back_after_all(
        &mut self,
        key: CallKey,
        seen: Seen,
        leg: &LegKey,
        sent: &LegKey,
        offer: Offer,
    ) {
        let pbx = seen.source.pbx();
        let caller = Party::of(offer.caller);
        let trunk = self.calls.get(&key).and_then(|call| call.trunk_leg());
        let began = trunk.is_some_and(|trunk| trunk.key == *leg);
        let alone = self.names.of_caller(pbx, &caller).eq([key]);
        if !began || !alone || self.loose.has_back(key) {
            self.counts.repeated += 1;
            return;
        }
        self.detoured(key, seen.at, sent, sent);
        self.loose.began_back(key, caller, seen, seen.now);
    }

    /// A call goes through a service, out on one leg and back on the other.
    pub(super) fn detoured(&mut self, key: CallKey, at: Moment, sent: &LegKey, back: &LegKey) {
        self.change(key, at, None, |call| {
            let detours = &mut call.more().detours;
            let before = detours.len();
            for one in [sent, back] {
                let short = one.call_id.len() + one.branch.len() <= LONGEST_NAME;
                if short && detours.len() < DETOURS && !detours.contains(one) {
                    detours.push(one.clone());
                }
            }
            (detours.len() > before).then_some(Event::LegBegan)
        });
    }

    /// Whoever was sent out was no caller of ours, or is not known as one yet: this one is a call of
    /// its own, unless theirs begins in a moment.
    fn came_back_of_none(&mut self, seen: Seen, leg: &LegKey, sent: &LegKey, offer: Offer) {
        if self.loose.is_orphan(leg) {
            // its INVITE after its answers
            self.counts.repeated += 1;
            return;
        }
        let by_name = leg.call_id == sent.call_id;
        let known = self.names.owner(leg).is_some();
        let hotline = offer.dialled.iter().find_map(|dialled| self.rules.hotline(dialled));
        if known || by_name || hotline.is_none() {
            self.loose.remove(leg);
            return self.ignore(leg, seen.now);
        }
        let record = LegRecord::new(leg, LegKind::Trunk, None, seen.at);
        let (pbx, caller) = (seen.source.pbx(), Party::of(offer.caller));
        let held = Some(Held { hotline, sent: Some(sent.clone()) });
        let (trunk, facts) = (Some(leg.call_id.to_string()), Vec::new());
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
        let Some(key) = self.loose.whose_back(source.pbx(), caller, fits) else { return false };
        self.ignore(leg, now);
        self.change(key, at, None, |call| {
            call.offered_at = call.offered_at.min(at);
            None
        });
        self.detoured(key, at, leg, leg);
        true
    }
}

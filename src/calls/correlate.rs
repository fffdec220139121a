//! Which call a leg belongs to.
//!
//! In this order: the leg itself was seen before; the trunk's Call-ID that the dialplan adds; the
//! Call-ID of a PBX that forks as a proxy; a live call of the same caller that does not yet ring at
//! that place, the newest of those that wait; the same caller on the same hotline in the pause
//! between two rounds. Everything else is a new call: one number twice at once is two callers.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use xxhash_rust::xxh3::{Xxh3Default, xxh3_64};

use super::book::Book;
use super::prints::{ByPrint, Print, Printer};
use super::record::{CallKey, Party};
use crate::kernel::{Moment, PbxId};
use crate::sip::{LegKey, Offer};

/// Calls of one caller among which a leg looks for its own.
const MOST_ALIKE: usize = 64;

/// The name of a call for all time: the PBX's name and a fingerprint of its first leg, which no
/// length of Call-ID can stretch.
pub(super) fn uid(pbx: &str, first: &LegKey) -> Arc<str> {
    let mut print = Xxh3Default::new();
    for part in [&first.call_id, &first.branch] {
        print.update(&part.len().to_be_bytes());
        print.update(part.as_bytes());
    }
    format!("{pbx}/{:032x}", print.digest128()).into()
}

/// The names by which live calls are found, and the legs that must not come twice.
#[derive(Debug, Default)]
pub(super) struct Names {
    printer: Printer,
    /// Every leg of a live call, and every leg over of late.
    legs: ByPrint<Filed>,
    /// Legs that were over at a moment, oldest first; what is filed says whether they still are.
    over: VecDeque<(Moment, Print)>,
    call_ids: ByPrint<CallKey>,
    trunks: ByPrint<CallKey>,
    paused: BTreeSet<(Waiter, Moment, CallKey)>,
    callers: BTreeSet<(PbxId, u64, CallKey)>,
}

#[derive(Debug)]
struct Filed {
    owner: Owner,
    /// Since when it is over, as far as that matters for forgetting it.
    over: Option<Moment>,
}

/// Whose a leg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Of this call, live or over.
    Call(CallKey),
    /// Of none that is followed: internal, refused, or from before a restart.
    Nobody,
}

/// A caller who may be rung for again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Waiter {
    pub(super) pbx: PbxId,
    pub(super) hotline: Option<u16>,
    /// The number in one spelling; `None` is withheld.
    pub(super) number: Option<Box<str>>,
}

impl Waiter {
    /// Names a caller.
    pub(super) fn new(pbx: PbxId, hotline: Option<u16>, caller: &Party) -> Self {
        Self { pbx, hotline, number: spelling(caller).map(Into::into) }
    }
}

/// The number in one spelling; `None` when it is withheld, or there is none.
fn spelling(caller: &Party) -> Option<&str> {
    match (&caller.phone, &caller.id.user) {
        _ if caller.id.withheld => None,
        (Some(phone), _) => Some(phone.as_str()),
        (None, user) => user.as_deref(),
    }
}

/// A caller's number as an index keeps it; all who are withheld are one.
pub(super) fn print_of(caller: &Party) -> u64 {
    spelling(caller).map_or(0, |number| xxh3_64(number.as_bytes()))
}

impl Names {
    /// Whose a leg is; `None` when it was never seen.
    pub(super) fn owner(&self, leg: &LegKey) -> Option<Owner> {
        self.legs.get(&self.printer.leg(leg)).map(|filed| filed.owner)
    }

    /// The live call of a Call-ID.
    pub(super) fn of_call_id(&self, call_id: &str) -> Option<CallKey> {
        let print = self.printer.call_id(call_id);
        self.call_ids.get(&print).or_else(|| self.trunks.get(&print)).copied()
    }

    /// The live call that another name of the offer leads to.
    pub(super) fn call_of(&self, leg: &LegKey, offer: &Offer) -> Option<CallKey> {
        let named = offer.trunk_call_id.as_deref().map(|trunk| self.printer.call_id(trunk));
        let own = self.printer.call_id(&leg.call_id);
        let trunk = named.and_then(|trunk| self.trunks.get(&trunk));
        let trunk = trunk.or_else(|| self.trunks.get(&own));
        trunk.or_else(|| self.call_ids.get(&own)).copied()
    }

    /// The call of this caller that has waited longest between two rounds.
    pub(super) fn paused(&self, waiter: &Waiter) -> Option<CallKey> {
        let from = (waiter.clone(), Moment::from_millis(i64::MIN), CallKey(0));
        let (found, _, key) = self.paused.range(from..).next()?;
        (found == waiter).then_some(*key)
    }

    /// The live calls of this caller, newest first, and of very many the newest: all who withhold
    /// their number are one.
    pub(super) fn of_caller(
        &self,
        pbx: PbxId,
        caller: &Party,
    ) -> impl Iterator<Item = CallKey> + use<'_> {
        let print = print_of(caller);
        let all = (pbx, print, CallKey(0))..=(pbx, print, CallKey(u64::MAX));
        self.callers.range(all).rev().take(MOST_ALIKE).map(|&(.., key)| key)
    }

    /// Files a leg under its call, or under none.
    pub(super) fn file(&mut self, leg: &LegKey, owner: Owner) {
        let print = self.printer.leg(leg);
        self.legs.entry(print).or_insert(Filed { owner, over: None }).owner = owner;
    }

    /// Files the names that outlast a leg.
    pub(super) fn name(&mut self, key: CallKey, leg: &LegKey, trunk: Option<&str>) {
        self.call_ids.entry(self.printer.call_id(&leg.call_id)).or_insert(key);
        if let Some(trunk) = trunk {
            self.trunks.entry(self.printer.call_id(trunk)).or_insert(key);
        }
    }

    /// Files a live call under who calls.
    pub(super) fn called_by(&mut self, key: CallKey, pbx: PbxId, caller: &Party) {
        self.callers.insert((pbx, print_of(caller), key));
    }

    /// It is no longer found by who calls.
    pub(super) fn uncalled(&mut self, key: CallKey, pbx: PbxId, caller: &Party) {
        self.callers.remove(&(pbx, print_of(caller), key));
    }

    /// The call is over or closed: no new leg can join it.
    pub(super) fn unname<'a>(
        &mut self,
        key: CallKey,
        legs: impl Iterator<Item = &'a LegKey>,
        trunk: Option<&str>,
    ) {
        let unname = |names: &mut ByPrint<CallKey>, print: Print| {
            if names.get(&print) == Some(&key) {
                names.remove(&print);
            }
        };
        for leg in legs {
            unname(&mut self.call_ids, self.printer.call_id(&leg.call_id));
        }
        if let Some(trunk) = trunk {
            unname(&mut self.trunks, self.printer.call_id(trunk));
        }
    }

    /// The call waits between two rounds from that moment on.
    pub(super) fn pause(&mut self, waiter: Waiter, since: Moment, key: CallKey) {
        self.paused.insert((waiter, since, key));
    }

    /// It does no longer.
    pub(super) fn resume(&mut self, waiter: Waiter, since: Moment, key: CallKey) {
        self.paused.remove(&(waiter, since, key));
    }

    /// A leg is over; it stays known for a while.
    pub(super) fn over(&mut self, leg: &LegKey, at: Moment) {
        let print = self.printer.leg(leg);
        let Some(filed) = self.legs.get_mut(&print) else { return };
        filed.over = Some(at);
        self.over.push_back((at, print));
    }

    /// A leg that was none of a call turns out to be one's.
    pub(super) fn revive(&mut self, leg: &LegKey) {
        if let Some(filed) = self.legs.get_mut(&self.printer.leg(leg)) {
            filed.over = None;
        }
    }

    /// A leg goes from one call to another, and its Call-ID with it.
    pub(super) fn moved(&mut self, leg: &LegKey, from: CallKey, to: CallKey) {
        self.file(leg, Owner::Call(to));
        let print = self.printer.call_id(&leg.call_id);
        if let Some(named) = self.call_ids.get_mut(&print).filter(|named| **named == from) {
            *named = to;
        }
    }

    /// How many names are kept: of legs, of Call-IDs, of legs that are over.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> [usize; 3] {
        [self.legs.len(), self.call_ids.len() + self.trunks.len(), self.over.len()]
    }

    /// Forgets legs that are long over, and the oldest where there are more than `room`. How many
    /// had to go too early.
    pub(super) fn forget(&mut self, now: Moment, room: usize) -> u64 {
        let mut early = 0;
        while let Some((at, _)) = self.over.front() {
            let old = now.millis_since(*at) >= Book::REMEMBERED_MS;
            if !old && self.over.len() <= room {
                break;
            }
            let Some((at, leg)) = self.over.pop_front() else { break };
            // one that was over twice, or not after all, goes with its last word
            if self.legs.get(&leg).is_some_and(|filed| filed.over == Some(at)) {
                self.legs.remove(&leg);
                early += u64::from(!old);
            }
        }
        early
    }
}

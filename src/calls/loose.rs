//! Legs that are no call's: those that come before the call they belong to, what telephones of the
//! house dial themselves, and calls from outside that are for no hotline.

use std::collections::{BTreeMap, HashMap};

use super::book::Seen;
use super::correlate::print_of;
use super::lamps::is_same;
use super::record::{LegKind, LegRecord, Party};
use crate::kernel::{Extension, Moment, PbxId};
use crate::sip::{self, LegKey, What};

/// For so long a leg waits for the call it belongs to: mirrored datagrams overtake each other.
pub(super) const ORPHAN_MS: i64 = 3_000;
/// Our own leg may be that of a caller in a talk who is handed back to the group; so long the
/// other legs and lamps may take to say so.
pub(super) const HELD_MS: i64 = 300;
/// For so long what a telephone dialled may turn out to be a pickup.
const PLACED_MS: i64 = 120_000;
/// A talk from outside for somebody else is forgotten after this.
const OTHER_MS: i64 = 43_200_000;
/// A picker's 200 precedes the trunk's by at most this, and comes at most so long after it.
const PICKUP_BEFORE_MS: i64 = 1_000;
const PICKUP_AFTER_MS: i64 = 300;
/// More loose legs than this are not kept; the oldest go first.
const MOST: usize = 4_096;
/// More facts of one leg than this are not kept.
const FACTS: usize = 12;

/// Every leg that is no call's. Each is found by index: a message costs the same however many
/// strangers are in a talk.
#[derive(Debug, Default)]
pub(super) struct Loose {
    legs: HashMap<LegKey, Kept>,
    /// When each may be forgotten, by its number.
    order: BTreeMap<(Moment, u64), LegKey>,
    /// Legs without a call, by who is called for, and by the trunk they name.
    orphans: BTreeMap<(PbxId, u64, u64), LegKey>,
    named: BTreeMap<(Box<str>, u64), LegKey>,
    /// Callers from outside who dialled no hotline.
    others: BTreeMap<(PbxId, u64, u64), LegKey>,
    /// What telephones dialled.
    placed: BTreeMap<(PbxId, Extension, u64), LegKey>,
    /// What of that got through and may have picked up a call, by when it did.
    through: BTreeMap<(PbxId, Moment, u64), LegKey>,
    last: u64,
}

#[derive(Debug)]
struct Kept {
    number: u64,
    until: Moment,
    stray: Stray,
}

/// One of them.
#[derive(Debug)]
pub(super) enum Stray {
    /// A telephone rings for a caller of whom nothing else is seen yet.
    Orphan(Box<Orphan>),
    /// A telephone of the house dialled.
    Placed(Placed),
    /// A caller from outside who dialled no hotline.
    Other(Box<Other>),
}

/// A caller from outside who dialled no hotline.
#[derive(Debug, Clone)]
pub(super) struct Other {
    pub(super) pbx: PbxId,
    pub(super) caller: Party,
    /// When they called.
    pub(super) since: Moment,
    /// When that was over; what rang for it may be told of later.
    pub(super) over: Option<Moment>,
}

impl Other {
    /// Whether a leg of that moment may have been for this call.
    fn was_there(&self, at: Moment) -> bool {
        self.since <= at && self.over.is_none_or(|over| at <= over)
    }
}

/// A leg without its call.
#[derive(Debug)]
pub(super) struct Orphan {
    pub(super) pbx: PbxId,
    pub(super) leg: LegRecord,
    pub(super) caller: Party,
    /// The Call-ID of the trunk's leg, where the dialplan adds it.
    pub(super) trunk: Option<String>,
    /// What was seen of it since.
    pub(super) facts: Vec<(Seen, What)>,
    /// Where it was seen, and when.
    pub(super) seen: Seen,
    /// It begins a call of its own, for that hotline, where none takes it within
    /// [`HELD_MS`]: our own leg, for a caller who is in a talk.
    pub(super) held: Option<Held>,
}

/// What a held leg begins.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// For which hotline.
    pub(super) hotline: Option<usize>,
    /// It goes to a service, or comes back from one: it is no telephone of its call.
    pub(super) detour: Option<sip::Back>,
}

/// What a telephone dialled.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) pbx: PbxId,
    pub(super) extension: Extension,
    /// It got through, when.
    pub(super) answered_at: Option<Moment>,
    /// It rang another telephone of the house, or a call has taken it for its answer.
    pub(super) taken: bool,
}

impl Loose {
    /// Keeps one.
    pub(super) fn keep(&mut self, key: LegKey, stray: Stray, now: Moment) {
        let lasts_ms = match &stray {
            Stray::Orphan(_) => ORPHAN_MS,
            Stray::Placed(_) => PLACED_MS,
            Stray::Other(other) if other.over.is_some() => ORPHAN_MS,
            Stray::Other(_) => OTHER_MS,
        };
        self.remove(&key);
        self.last += 1;
        let (number, until) = (self.last, now.plus_millis(lasts_ms));
        self.order.insert((until, number), key.clone());
        match &stray {
            Stray::Orphan(one) => {
                self.orphans.insert((one.pbx, print_of(&one.caller), number), key.clone());
                if let Some(trunk) = &one.trunk {
                    self.named.insert((trunk.as_str().into(), number), key.clone());
                }
            }
            Stray::Placed(one) => {
                self.placed.insert((one.pbx, one.extension.clone(), number), key.clone());
            }
            Stray::Other(one) => {
                self.others.insert((one.pbx, print_of(&one.caller), number), key.clone());
            }
        }
        self.legs.insert(key, Kept { number, until, stray });
        while self.legs.len() > MOST
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.remove(&oldest);
        }
    }

    /// Lets go of what is too old.
    pub(super) fn forget(&mut self, now: Moment) {
        while let Some((_, oldest)) = self.order.first_key_value().filter(|((at, _), _)| *at <= now)
        {
            let oldest = oldest.clone();
            self.remove(&oldest);
        }
    }

    /// One of them.
    pub(super) fn get_mut(&mut self, key: &LegKey) -> Option<&mut Stray> {
        self.legs.get_mut(key).map(|kept| &mut kept.stray)
    }

    /// Whether it is a leg without its call.
    pub(super) fn is_orphan(&self, key: &LegKey) -> bool {
        matches!(self.legs.get(key), Some(Kept { stray: Stray::Orphan(_), .. }))
    }

    /// It is over, or a call's.
    pub(super) fn remove(&mut self, key: &LegKey) -> Option<Stray> {
        let Kept { number, until, stray } = self.legs.remove(key)?;
        self.order.remove(&(until, number));
        match &stray {
            Stray::Orphan(one) => {
                self.orphans.remove(&(one.pbx, print_of(&one.caller), number));
                if let Some(trunk) = &one.trunk {
                    self.named.remove(&(trunk.as_str().into(), number));
                }
            }
            Stray::Placed(one) => {
                self.placed.remove(&(one.pbx, one.extension.clone(), number));
                if let Some(at) = one.answered_at {
                    self.through.remove(&(one.pbx, at, number));
                }
            }
            Stray::Other(one) => {
                self.others.remove(&(one.pbx, print_of(&one.caller), number));
            }
        }
        Some(stray)
    }

    /// Something was seen of a leg without a call.
    pub(super) fn note(orphan: &mut Orphan, seen: Seen, what: What) {
        if orphan.facts.len() < FACTS {
            orphan.facts.push((seen, what));
        }
    }

    /// The legs that ring for this caller, unless they may be rung for another call of theirs, or name
    /// this trunk; taken out, in the order they came. Outside somebody is wanted only for who called
    /// before, `since` then: else it may be how they called. Who withholds their number is nobody's there.
    pub(super) fn adopt(
        &mut self,
        pbx: PbxId,
        caller: &Party,
        trunk: Option<&str>,
        since: Moment,
    ) -> Vec<Orphan> {
        let mut found = BTreeMap::new();
        let print = print_of(caller);
        let theirs = |key: &LegKey| match self.legs.get(key).map(|kept| &kept.stray) {
            Some(Stray::Orphan(one)) => {
                let earlier = one.caller.id.withheld || one.leg.offered_at < since;
                let outside = one.leg.kind == LegKind::Outside && earlier;
                let another = || self.calls_another(pbx, caller, one.seen.at);
                is_same(&one.caller, caller) && !outside && !another()
            }
            _ => false,
        };
        let all = self.orphans.range((pbx, print, 0)..=(pbx, print, u64::MAX));
        for ((.., number), key) in all.filter(|(_, key)| theirs(key)) {
            found.insert(*number, key.clone());
        }
        if let Some(trunk) = trunk {
            for ((_, number), key) in self.named.range((trunk.into(), 0)..=(trunk.into(), u64::MAX))
            {
                found.insert(*number, key.clone());
            }
        }
        let orphan = |key: LegKey| match self.remove(&key) {
            Some(Stray::Orphan(orphan)) => Some(*orphan),
            _ => None,
        };
        found.into_values().filter_map(orphan).collect()
    }

    /// Whether this caller is known to have been calling somebody else in the house at that moment.
    pub(super) fn calls_another(&self, pbx: PbxId, caller: &Party, at: Moment) -> bool {
        let print = print_of(caller);
        let mut all = self.others.range((pbx, print, 0)..=(pbx, print, u64::MAX));
        all.any(|(_, key)| match self.legs.get(key).map(|kept| &kept.stray) {
            Some(Stray::Other(other)) => is_same(&other.caller, caller) && other.was_there(at),
            _ => false,
        })
    }

    /// A call for somebody else is over; for a while it is known to have been.
    pub(super) fn other_over(&mut self, key: &LegKey, at: Moment, now: Moment) {
        let Some(Stray::Other(other)) = self.get_mut(key) else { return };
        if other.over.is_none() {
            let over = Other { over: Some(at), ..Other::clone(other) };
            self.keep(key.clone(), Stray::Other(Box::new(over)), now);
        }
    }

    /// What this caller called besides was sent on to where it comes back from: it rings nobody else.
    pub(super) fn sent_on(&mut self, pbx: PbxId, caller: &Party, at: Moment, now: Moment) {
        let print = print_of(caller);
        let all = self.others.range((pbx, print, 0)..=(pbx, print, u64::MAX));
        let theirs = |key: &&LegKey| match self.legs.get(*key).map(|kept| &kept.stray) {
            Some(Stray::Other(other)) => is_same(&other.caller, caller) && other.was_there(at),
            _ => false,
        };
        let theirs: Vec<_> = all.map(|(_, key)| key).filter(theirs).cloned().collect();
        for key in theirs {
            self.other_over(&key, at, now);
        }
    }

    /// Whether a telephone of this name dialled of late.
    pub(super) fn has_placed(&self, pbx: PbxId, user: &str) -> bool {
        self.placed_by(pbx, user).next().is_some()
    }

    fn placed_by(&self, pbx: PbxId, user: &str) -> impl Iterator<Item = &LegKey> {
        let extension: Option<Extension> = user.parse().ok();
        extension.into_iter().flat_map(move |extension| {
            let from = (pbx, extension.clone(), 0);
            self.placed.range(from..=(pbx, extension, u64::MAX)).map(|(_, key)| key)
        })
    }

    /// A telephone of the house rings because this one dialled it.
    pub(super) fn reached(&mut self, pbx: PbxId, by: &str) {
        let theirs: Vec<_> = self.placed_by(pbx, by).cloned().collect();
        for key in theirs {
            if let Some(Stray::Placed(placed)) = self.get_mut(&key)
                && placed.answered_at.is_none()
            {
                placed.taken = true;
            }
        }
    }

    /// What a telephone dialled got through.
    pub(super) fn got_through(&mut self, key: &LegKey, at: Moment) {
        let Some(Kept { number, stray: Stray::Placed(placed), .. }) = self.legs.get_mut(key) else {
            return;
        };
        if placed.answered_at.is_none() {
            placed.answered_at = Some(at);
            self.through.insert((placed.pbx, at, *number), key.clone());
        }
    }

    /// The telephone that got through at that moment by dialling, without ringing another one: it
    /// picked up a call.
    pub(super) fn picker(&mut self, pbx: PbxId, at: Moment) -> Option<(Extension, Moment)> {
        let from = (pbx, at.plus_millis(-PICKUP_BEFORE_MS), 0);
        let to = (pbx, at.plus_millis(PICKUP_AFTER_MS), u64::MAX);
        let all: Vec<_> = self.through.range(from..=to).rev().map(|(_, key)| key.clone()).collect();
        all.into_iter().find_map(|key| match self.get_mut(&key)? {
            Stray::Placed(placed) if !placed.taken => {
                placed.taken = true;
                Some((placed.extension.clone(), placed.answered_at?))
            }
            Stray::Placed(_) | Stray::Orphan(_) | Stray::Other(_) => None,
        })
    }
}

//! Legs that are no call's: those that come before the call they belong to, what telephones of the
//! house dial themselves, and calls from outside that are for no hotline.

use std::collections::{BTreeMap, VecDeque};

use super::book::Seen;
use super::lamps::is_same;
use super::record::{LegRecord, Party};
use crate::kernel::{Extension, Moment, PbxId};
use crate::sip::{LegKey, What};

/// For so long a leg waits for the call it belongs to: mirrored datagrams overtake each other.
pub(super) const ORPHAN_MS: i64 = 3_000;
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

/// Every leg that is no call's.
#[derive(Debug, Default)]
pub(super) struct Loose {
    legs: BTreeMap<LegKey, Stray>,
    /// When each may be forgotten, in the order they came.
    order: VecDeque<(Moment, LegKey)>,
}

/// One of them.
#[derive(Debug)]
pub(super) enum Stray {
    /// A telephone rings for a caller of whom nothing else is seen yet.
    Orphan(Box<Orphan>),
    /// A telephone of the house dialled.
    Placed(Placed),
    /// A caller from outside who dialled no hotline.
    Other(PbxId, Box<Party>),
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
    pub(super) since: Moment,
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
            Stray::Other(..) => OTHER_MS,
        };
        if self.legs.insert(key.clone(), stray).is_none() {
            self.order.push_back((now.plus_millis(lasts_ms), key));
        }
        while self.order.len() > MOST {
            if let Some((_, oldest)) = self.order.pop_front() {
                self.legs.remove(&oldest);
            }
        }
    }

    /// Lets go of what is too old.
    pub(super) fn forget(&mut self, now: Moment) {
        if self.order.front().is_none_or(|(until, _)| *until > now) {
            return;
        }
        let legs = &mut self.legs;
        self.order.retain(|(until, key)| {
            let keep = *until > now;
            if !keep {
                legs.remove(key);
            }
            keep
        });
    }

    /// One of them.
    pub(super) fn get_mut(&mut self, key: &LegKey) -> Option<&mut Stray> {
        self.legs.get_mut(key)
    }

    /// Whether it is a leg without its call.
    pub(super) fn is_orphan(&self, key: &LegKey) -> bool {
        matches!(self.legs.get(key), Some(Stray::Orphan(_)))
    }

    /// It is over.
    pub(super) fn remove(&mut self, key: &LegKey) {
        if self.legs.remove(key).is_some() {
            self.order.retain(|(_, known)| known != key);
        }
    }

    /// Something was seen of a leg without a call.
    pub(super) fn note(orphan: &mut Orphan, seen: Seen, what: What) {
        if orphan.facts.len() < FACTS {
            orphan.facts.push((seen, what));
        }
    }

    /// The legs that ring for this caller, or name this trunk, taken out, in the order they came.
    pub(super) fn adopt(&mut self, pbx: PbxId, caller: &Party, trunk: Option<&str>) -> Vec<Orphan> {
        if self.legs.is_empty() {
            return Vec::new();
        }
        let theirs = |stray: &Stray| {
            let Stray::Orphan(one) = stray else { return false };
            let named = one.trunk.is_some() && one.trunk.as_deref() == trunk;
            one.pbx == pbx && (named || is_same(&one.caller, caller))
        };
        let keys: Vec<_> = self
            .order
            .iter()
            .filter(|(_, key)| self.legs.get(key).is_some_and(theirs))
            .map(|(_, key)| key.clone())
            .collect();
        let mut found = Vec::new();
        for key in keys {
            if let Some(Stray::Orphan(orphan)) = self.legs.remove(&key) {
                found.push(*orphan);
            }
            self.order.retain(|(_, known)| *known != key);
        }
        found
    }

    /// Whether this caller is known to have called somebody else in the house.
    pub(super) fn calls_another(&self, pbx: PbxId, caller: &Party) -> bool {
        self.legs.values().any(|stray| {
            matches!(stray, Stray::Other(at, other) if *at == pbx && is_same(other, caller))
        })
    }

    /// Whether a telephone of this name dialled of late.
    pub(super) fn has_placed(&self, pbx: PbxId, user: &str) -> bool {
        self.legs.values().any(|stray| {
            matches!(stray, Stray::Placed(one) if one.pbx == pbx && one.extension.as_str() == user)
        })
    }

    /// A telephone of the house rings because this one dialled it.
    pub(super) fn reached(&mut self, pbx: PbxId, by: &str) {
        for stray in self.legs.values_mut() {
            if let Stray::Placed(placed) = stray
                && placed.pbx == pbx
                && placed.extension.as_str() == by
                && placed.answered_at.is_none()
            {
                placed.taken = true;
            }
        }
    }

    /// The telephone that got through at that moment by dialling, without ringing another one: it
    /// picked up a call.
    pub(super) fn picker(&mut self, pbx: PbxId, at: Moment) -> Option<(Extension, Moment)> {
        let window = -PICKUP_BEFORE_MS..=PICKUP_AFTER_MS;
        let fits = |placed: &&mut Placed| {
            let after_ms = placed.answered_at.map(|answered| answered.millis_since(at));
            placed.pbx == pbx && !placed.taken && after_ms.is_some_and(|ms| window.contains(&ms))
        };
        let all = self.legs.values_mut().filter_map(|stray| match stray {
            Stray::Placed(placed) => Some(placed),
            Stray::Orphan(_) | Stray::Other(..) => None,
        });
        let placed = all.filter(fits).max_by_key(|placed| placed.answered_at)?;
        placed.taken = true;
        Some((placed.extension.clone(), placed.answered_at?))
    }
}

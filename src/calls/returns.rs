//! What is kept in mind of calls for what a service in their path sends back, or their callers' own legs,
//! where the mirror shows either only later.

use std::collections::VecDeque;
use std::sync::Arc;

use super::book::Seen;
use super::lamps::is_same;
use super::machine::{Live, TALK_MS};
use super::record::{CallKey, Party};
use crate::kernel::{Moment, PbxId};

/// Behind what came back from a service the leg of its caller may be seen this much later, though the
/// call be over.
const BEHIND_MS: i64 = 10_000;
/// More calls than this of each kind are not remembered.
const MOST_BACK: usize = 64;

/// The calls that are kept in mind.
#[derive(Debug, Default)]
pub(super) struct Returns {
    /// Calls that began with what came back from a service, oldest first.
    back: VecDeque<Back>,
    /// Calls of PBXes with services that are over, oldest first.
    gone: VecDeque<Gone>,
}

/// A call that began with what came back from a service, as its caller's own leg was not seen.
#[derive(Debug)]
pub(super) struct Back {
    pbx: PbxId,
    caller: Party,
    pub(super) call: CallKey,
    /// When it had come back at the latest, by the PBX's clock.
    pub(super) at: Moment,
    /// Until then its caller's leg may be seen yet, though it be over.
    pub(super) until: Moment,
}

/// A call that is over, which may have come back from a service while it was on.
#[derive(Debug)]
struct Gone {
    pbx: PbxId,
    caller: Arc<Party>,
    call: CallKey,
    /// From when to when it was on, by the PBX's clock.
    on: (Moment, Moment),
    /// Until then something of it may be seen yet.
    until: Moment,
    /// The Call-IDs of how it came, where it was seen that it came back; else none.
    came: Vec<Box<str>>,
}

impl Returns {
    /// A call began with what came back from a service, at that moment at the latest.
    pub(super) fn began_back(&mut self, call: CallKey, caller: Party, seen: Seen, at: Moment) {
        if self.back.len() >= MOST_BACK {
            self.back.pop_front();
        }
        let (pbx, until) = (seen.source.pbx(), seen.now.plus_millis(BEHIND_MS));
        self.back.push_back(Back { pbx, caller, call, at, until });
    }

    /// Whether a call began so, and its caller's own leg was not seen since.
    pub(super) fn has_back(&self, call: CallKey) -> bool {
        self.came_at(call).is_some()
    }

    /// When what a call began with had come back at the latest, where its caller's own leg was not seen since.
    pub(super) fn came_at(&self, call: CallKey) -> Option<Moment> {
        self.back.iter().find(|back| back.call == call).map(|back| back.at)
    }

    /// The call of this caller that began so, where it fits; their own leg is seen once.
    pub(super) fn whose_back(
        &mut self,
        pbx: PbxId,
        caller: &Party,
        fits: impl Fn(&Back) -> bool,
    ) -> Option<CallKey> {
        let theirs = |back: &Back| back.pbx == pbx && is_same(&back.caller, caller) && fits(back);
        let place = self.back.iter().position(theirs)?;
        self.back.remove(place).map(|back| back.call)
    }

    /// A call is over, or closed, that may have come back from a service: what did may be seen only now.
    pub(super) fn went(&mut self, key: CallKey, call: &Live, at: Moment, now: Moment) {
        let began = self.has_back(key) || call.came_back().next().is_some();
        let ways = call.came_back().chain(call.trunk_leg().map(|trunk| &trunk.key));
        let came = ways.filter(|_| began).map(|leg| (&*leg.call_id).into()).collect();
        // whose INVITE was not seen was there before, and one that was closed may go on
        let known = call.offered_at;
        let since = if call.seen().by_answer { known.plus_millis(-TALK_MS) } else { known };
        let to = if call.is_over() { at } else { at.plus_millis(TALK_MS) };
        if self.gone.len() >= MOST_BACK {
            self.gone.pop_front();
        }
        let (caller, on, until) =
            (Arc::clone(&call.caller), (since, to), now.plus_millis(BEHIND_MS));
        self.gone.push_back(Gone { pbx: call.pbx, caller, call: key, on, until, came });
    }

    /// The call of this caller that was on at that moment, is over since, and came back on this Call-ID or
    /// on none that was seen; it is taken for that one from now on.
    pub(super) fn whose_gone(
        &mut self,
        pbx: PbxId,
        caller: &Party,
        (call_id, at, now): (&str, Moment, Moment),
    ) -> Option<CallKey> {
        let theirs = |gone: &&mut Gone| {
            let (from, to) = gone.on;
            let same = gone.came.iter().any(|came| **came == *call_id);
            let then = gone.came.is_empty() && (from..=to).contains(&at);
            let theirs = gone.pbx == pbx && is_same(&gone.caller, caller);
            theirs && now < gone.until && (same || then)
        };
        let gone = self.gone.iter_mut().find(theirs)?;
        gone.came.push(call_id.into());
        Some(gone.call)
    }
}

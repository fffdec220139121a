//! The news that the store has not got yet: bounded, gathered per call, in changes of one kind.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::outgoing::{OutgoingHappening, OutgoingKey};
use super::record::{CallKey, Happening};
use super::store::{Batch, Entry, LineEntry, OutgoingEntry, Place};
use crate::kernel::CallId;
use crate::sip::LegKey;

/// Calls that wait at most; a call waits once, however much happens to it.
const CALLS_MOST: usize = 20_000;
/// Happenings of one call that wait at most; its record is always the newest.
const EVENTS_MOST: usize = 256;
/// Turns of lines that wait at most.
const LINES_MOST: usize = 1_024;
/// Outgoing calls that wait at most.
const OUTGOING_MOST: usize = 4_096;
/// Calls that begin of one change, and others: what comes next waits for its end.
const BEGINS_MOST: usize = 32;
const BATCH_MOST: usize = 128;
/// So many calls are looked through for those of one kind.
const LOOK_MOST: usize = 1_024;
/// Ended calls whose place in the log is remembered for what may still come of them.
const ENDED_MOST: usize = 4_096;

/// What was given up for lack of room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GivenUp {
    /// A message of a ladder.
    Wire,
    /// All that waits of an ended call.
    Call,
    /// One happening of a call with very many.
    Event,
    /// A turn of a line.
    Line,
}

/// Where the calls are in the log.
#[derive(Debug, Default)]
pub(super) struct Known {
    ids: BTreeMap<CallKey, (Place, bool)>,
    ended: VecDeque<CallKey>,
}

impl Known {
    /// The place of a call in the log.
    pub(super) fn id(&self, key: CallKey) -> Option<CallId> {
        self.ids.get(&key).map(|(place, _)| place.id)
    }

    /// Remembers a call; says whether it is over only now.
    pub(super) fn learn(&mut self, key: CallKey, place: Place, ended: bool) -> bool {
        let was = self.ids.insert(key, (place, ended));
        let ended_now = ended && !was.is_some_and(|(_, ended)| ended);
        if ended_now {
            self.ended.push_back(key);
            if self.ended.len() > ENDED_MOST
                && let Some(longest) = self.ended.pop_front()
            {
                self.ids.remove(&longest);
            }
        }
        ended_now
    }

    /// Puts the places into a batch that have become known since it was made.
    pub(super) fn fill(&self, batch: &mut Batch) {
        for entry in &mut batch.entries {
            entry.place = self.ids.get(&entry.key).map(|(place, _)| place.clone());
        }
    }
}

/// What a change is of. Each kind has its turn: a mixed one would be several statements, for which a call
/// that begins and an alarm would both have to wait.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Calls that the log does not have.
    #[default]
    Begins,
    /// What happened to those it has.
    Goes,
    /// Lines, and calls that the house makes.
    Rest,
}

impl Kind {
    fn next(self) -> Self {
        match self {
            Self::Begins => Self::Goes,
            Self::Goes => Self::Rest,
            Self::Rest => Self::Begins,
        }
    }
}

/// What waits for the store.
#[derive(Debug, Default)]
pub(super) struct Pending {
    calls: BTreeMap<CallKey, Entry>,
    /// The calls in the order in which they began to wait.
    queue: VecDeque<CallKey>,
    lines: VecDeque<LineEntry>,
    outgoing: BTreeMap<OutgoingKey, OutgoingEntry>,
    order: u64,
    /// Whose turn it is.
    turn: Kind,
}

impl Pending {
    /// How many calls of either direction and turns of lines wait.
    pub(super) fn len(&self) -> usize {
        self.calls.len() + self.lines.len() + self.outgoing.len()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How much has happened so far; every happening has the number that it was then.
    pub(super) fn count(&self) -> u64 {
        self.order
    }

    /// Whether something waits since the `n`th happening or longer. Turns of lines have no number: as long
    /// as one waits it may be so.
    pub(super) fn holds_since(&self, n: u64) -> bool {
        let oldest = self.queue.front().and_then(|key| self.calls.get(key));
        oldest.is_some_and(|entry| entry.oldest() <= n)
            || self.outgoing.values().any(|entry| entry.oldest() <= n)
            || !self.lines.is_empty()
    }

    /// Whether something of this call waits.
    pub(super) fn holds(&self, key: CallKey) -> bool {
        self.calls.contains_key(&key)
    }

    /// Something happened to a call.
    pub(super) fn happened(&mut self, happening: Happening) -> Option<GivenUp> {
        let Happening { at, key, what, record } = happening;
        self.order += 1;
        let event = (self.order, at, what);
        if let Some(entry) = self.calls.get_mut(&key) {
            entry.record = record;
            if entry.events.len() >= EVENTS_MOST {
                return Some(GivenUp::Event);
            }
            entry.events.push(event);
            return None;
        }
        let given_up = self.make_room();
        self.queue.push_back(key);
        self.calls.insert(key, Entry { key, place: None, record, events: vec![event] });
        given_up
    }

    /// Gives up the ended call that waits longest; a live one tells itself again.
    fn make_room(&mut self) -> Option<GivenUp> {
        if self.calls.len() < CALLS_MOST {
            return None;
        }
        let ended =
            |key: &CallKey| self.calls.get(key).is_some_and(|entry| entry.record.outcome.is_some());
        let place = self.queue.iter().position(ended).unwrap_or(0);
        let key = self.queue.remove(place)?;
        self.calls.remove(&key);
        Some(GivenUp::Call)
    }

    /// A line turned.
    pub(super) fn turned(&mut self, line: LineEntry) -> Option<GivenUp> {
        self.lines.push_back(line);
        let full = self.lines.len() > LINES_MOST;
        full.then(|| self.lines.pop_front()).map(|_| GivenUp::Line)
    }

    /// Something happened to a call that the house makes.
    pub(super) fn dialled(&mut self, happening: OutgoingHappening) -> Option<GivenUp> {
        let OutgoingHappening { at, key, what, record } = happening;
        self.order += 1;
        let event = (self.order, at, what);
        if let Some(entry) = self.outgoing.get_mut(&key) {
            entry.record = record;
            entry.events.push(event);
            return None;
        }
        self.outgoing.insert(key, OutgoingEntry { record, events: vec![event] });
        let full = self.outgoing.len() > OUTGOING_MOST;
        full.then(|| self.outgoing.pop_first()).map(|_| GivenUp::Call)
    }

    /// The next change's worth of the kind whose turn it is, oldest first.
    pub(super) fn take(&mut self, known: &Known) -> Batch {
        let mut batch = Batch::default();
        while batch.len() == 0 && !self.is_empty() {
            match self.turn {
                Kind::Begins => self.take_calls(known, true, &mut batch),
                Kind::Goes => self.take_calls(known, false, &mut batch),
                Kind::Rest => self.take_rest(&mut batch),
            }
            self.turn = self.turn.next();
        }
        known.fill(&mut batch);
        batch
    }

    /// Calls that are new in the log, or those that are not. None overtakes another that has one of its
    /// legs: a leg belongs to the call that told of it last.
    fn take_calls(&mut self, known: &Known, new: bool, batch: &mut Batch) {
        let most = if new { BEGINS_MOST } else { BATCH_MOST };
        let (mut passed, mut legs) = (Vec::new(), BTreeSet::new());
        for _ in 0..LOOK_MOST {
            if batch.entries.len() >= most {
                break;
            }
            let Some(key) = self.queue.pop_front() else { break };
            let Some(entry) = self.calls.get(&key) else { continue };
            let meets = !legs.is_empty() && legs_of(entry).any(|leg| legs.contains(leg));
            if meets || known.id(key).is_none() != new {
                legs.extend(legs_of(entry).cloned());
                passed.push(key);
            } else {
                batch.entries.extend(self.calls.remove(&key));
            }
        }
        for key in passed.into_iter().rev() {
            self.queue.push_front(key);
        }
    }

    fn take_rest(&mut self, batch: &mut Batch) {
        batch.lines.extend(std::mem::take(&mut self.lines));
        while batch.outgoing.len() < BATCH_MOST
            && let Some((_, entry)) = self.outgoing.pop_first()
        {
            batch.outgoing.push(entry);
        }
    }
}

/// The legs that a call tells of, those through a service among them.
fn legs_of(entry: &Entry) -> impl Iterator<Item = &LegKey> {
    entry.record.legs.iter().map(|leg| &leg.key).chain(&entry.record.detours)
}

/// The parts of a batch of which one is refused, each to be tried alone. `None` where there is only one
/// part.
pub(super) fn parts(batch: Batch) -> Option<Vec<Batch>> {
    if batch.len() <= 1 {
        return None;
    }
    let entries =
        batch.entries.into_iter().map(|entry| Batch { entries: vec![entry], ..Batch::default() });
    let lines = batch.lines.into_iter().map(|line| Batch { lines: vec![line], ..Batch::default() });
    let dialled = batch.outgoing.into_iter();
    let dialled = dialled.map(|entry| Batch { outgoing: vec![entry], ..Batch::default() });
    Some(entries.chain(lines).chain(dialled).collect())
}

#[cfg(test)]
mod tests;

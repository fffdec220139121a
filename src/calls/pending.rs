//! What the store has not got yet: bounded, gathered per call, the ladder given up first.

use std::collections::{BTreeMap, VecDeque};

use super::outgoing::{OutgoingHappening, OutgoingKey};
use super::record::{CallKey, Happening};
use super::store::{Batch, Entry, LineEntry, OutgoingEntry, Place, WireEntry};
use crate::kernel::CallId;
use crate::sip::Wire;

/// Calls that wait at most; a call waits once, however much happens to it.
const CALLS_MOST: usize = 20_000;
/// Happenings of one call that wait at most; its record is always the newest.
const EVENTS_MOST: usize = 256;
/// Ladder messages that wait at most.
const WIRES_MOST: usize = 4_096;
/// Their bytes.
const WIRE_BYTES_MOST: usize = 8 << 20;
/// Turns of lines that wait at most.
const LINES_MOST: usize = 1_024;
/// Outgoing calls that wait at most.
const OUTGOING_MOST: usize = 4_096;
/// Calls, and messages, of one transaction.
const BATCH_MOST: usize = 500;
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
        for wire in &mut batch.wires {
            wire.id = self.id(wire.key);
        }
    }
}

/// What waits for the store.
#[derive(Debug, Default)]
pub(super) struct Pending {
    calls: BTreeMap<CallKey, Entry>,
    /// The calls in the order in which they began to wait.
    queue: VecDeque<CallKey>,
    wires: VecDeque<WireEntry>,
    wire_bytes: usize,
    lines: VecDeque<LineEntry>,
    outgoing: BTreeMap<OutgoingKey, OutgoingEntry>,
    order: u64,
}

impl Pending {
    /// How many calls of either direction, messages and turns wait.
    pub(super) fn len(&self) -> usize {
        self.calls.len() + self.wires.len() + self.lines.len() + self.outgoing.len()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
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

    /// A message of a call passed. The oldest are given up first.
    pub(super) fn heard(&mut self, key: CallKey, wire: Wire) -> Option<GivenUp> {
        self.wire_bytes += wire.text.len();
        self.wires.push_back(WireEntry { key, id: None, wire });
        let mut given_up = None;
        while self.wires.len() > WIRES_MOST || self.wire_bytes > WIRE_BYTES_MOST {
            let Some(oldest) = self.wires.pop_front() else { break };
            self.wire_bytes -= oldest.wire.text.len();
            given_up = Some(GivenUp::Wire);
        }
        given_up
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

    /// Whether something waits that screens are told of: all but messages.
    pub(super) fn has_news(&self) -> bool {
        !self.calls.is_empty() || !self.lines.is_empty() || !self.outgoing.is_empty()
    }

    /// Whether messages wait.
    pub(super) fn has_messages(&self) -> bool {
        !self.wires.is_empty()
    }

    /// Whether so many messages wait that it is their turn.
    pub(super) fn has_many_messages(&self) -> bool {
        self.wires.len() >= BATCH_MOST
    }

    /// The next transaction's worth, oldest first: news, or else messages. Messages do not wait for
    /// ever: once they are many it is their turn.
    ///
    /// Where somebody waits for all of it (`asked`) it is both.
    pub(super) fn take(&mut self, known: &Known, asked: bool) -> Batch {
        let mut batch = Batch::default();
        if asked || self.has_many_messages() || !self.has_news() {
            self.take_wires(known, &mut batch);
        }
        if asked || batch.wires.is_empty() {
            self.take_news(&mut batch);
        }
        known.fill(&mut batch);
        batch
    }

    fn take_news(&mut self, batch: &mut Batch) {
        while batch.entries.len() < BATCH_MOST
            && let Some(key) = self.queue.pop_front()
        {
            batch.entries.extend(self.calls.remove(&key));
        }
        batch.lines.extend(std::mem::take(&mut self.lines));
        while batch.outgoing.len() < BATCH_MOST
            && let Some((_, entry)) = self.outgoing.pop_first()
        {
            batch.outgoing.push(entry);
        }
    }

    fn take_wires(&mut self, known: &Known, batch: &mut Batch) {
        for wire in std::mem::take(&mut self.wires) {
            // a message goes after its call, never before
            let early = known.id(wire.key).is_none() && self.calls.contains_key(&wire.key);
            if batch.wires.len() >= BATCH_MOST || early {
                self.wires.push_back(wire);
            } else {
                self.wire_bytes -= wire.wire.text.len();
                batch.wires.push(wire);
            }
        }
    }
}

/// The parts of a batch of which one is refused, each to be tried alone: calls before their
/// messages. `None` where there is only one part.
pub(super) fn parts(batch: Batch) -> Option<Vec<Batch>> {
    if batch.len() <= 1 {
        return None;
    }
    let entries =
        batch.entries.into_iter().map(|entry| Batch { entries: vec![entry], ..Batch::default() });
    let lines = batch.lines.into_iter().map(|line| Batch { lines: vec![line], ..Batch::default() });
    let dialled = batch.outgoing.into_iter();
    let dialled = dialled.map(|entry| Batch { outgoing: vec![entry], ..Batch::default() });
    let wires = batch.wires.into_iter().map(|wire| Batch { wires: vec![wire], ..Batch::default() });
    Some(entries.chain(lines).chain(dialled).chain(wires).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::call::{Outcome, State};
    use super::super::record::{Event, Record};
    use super::*;
    use crate::config::Transport;
    use crate::kernel::Moment;
    use crate::sip::{LegKey, Way};

    fn happening(key: u64, what: Event, outcome: Option<Outcome>) -> Happening {
        let at = Moment::from_millis(0);
        let record = Record {
            state: if outcome.is_some() { State::Ended } else { State::Ringing },
            outcome,
            ..Record::sample(&format!("main/{key}"), at)
        };
        Happening { at, key: CallKey(key), what, record: Arc::new(record) }
    }

    fn wire(bytes: usize) -> Wire {
        Wire {
            at: Moment::from_millis(0),
            leg: LegKey { call_id: "a".into(), branch: "b".into() },
            way: Way::In,
            transport: Transport::Udp,
            local: ([127, 0, 0, 1], 5060).into(),
            peer: ([127, 0, 0, 1], 5070).into(),
            text: "x".repeat(bytes).into(),
        }
    }

    #[test]
    fn what_happens_to_one_call_is_gathered_and_its_newest_record_kept() {
        let mut pending = Pending::default();
        pending.happened(happening(7, Event::Offered, None));
        pending.happened(happening(8, Event::Offered, None));
        pending.happened(happening(7, Event::Answered, Some(Outcome::Met)));
        let batch = pending.take(&Known::default(), false);
        assert!(pending.is_empty());
        let keys: Vec<_> = batch.entries.iter().map(|entry| entry.key.0).collect();
        assert_eq!(keys, [7, 8]);
        assert_eq!(batch.entries[0].record.outcome, Some(Outcome::Met));
        let order: Vec<_> = batch.entries[0].events.iter().map(|&(n, ..)| n).collect();
        assert_eq!(order, [1, 3]);
    }

    #[test]
    fn a_long_trouble_costs_ladders_first_and_then_the_calls_that_ended_first() {
        let mut pending = Pending::default();
        let mut given_up = Vec::new();
        for _ in 0..9 {
            given_up.extend(pending.heard(CallKey(1), wire(1 << 20)));
        }
        assert_eq!(given_up, [GivenUp::Wire]);
        for key in 0..20_000 {
            let outcome = (key == 5).then_some(Outcome::Met);
            assert_eq!(pending.happened(happening(key, Event::Offered, outcome)), None);
        }
        let one_more = happening(20_000, Event::Offered, None);
        assert_eq!(pending.happened(one_more), Some(GivenUp::Call));
        let mut left = Vec::new();
        while !pending.is_empty() {
            let batch = pending.take(&Known::default(), false);
            assert!(batch.entries.len() <= 500);
            left.extend(batch.entries.iter().map(|entry| entry.key.0));
        }
        assert_eq!(left.len(), 20_000);
        assert!(!left.contains(&5) && left.contains(&0) && left.contains(&20_000));
    }

    #[test]
    fn a_message_never_goes_before_its_call() {
        let mut pending = Pending::default();
        for key in 0..600 {
            pending.happened(happening(key, Event::Offered, None));
        }
        pending.heard(CallKey(599), wire(10));
        pending.heard(CallKey(0), wire(10));
        let mut known = Known::default();
        let first = pending.take(&known, false);
        assert!(first.wires.is_empty() && first.entries.len() == 500);
        let place = Place { id: CallId(1), record: first.entries[0].record.clone() };
        assert!(known.learn(CallKey(0), place.clone(), true), "ended only now");
        assert!(!known.learn(CallKey(0), place, true), "and only once");
        let second = pending.take(&known, false);
        assert!(second.wires.is_empty());
        assert_eq!(parts(second).map(|parts| parts.len()), Some(100));
        let third = pending.take(&known, false);
        assert!(pending.is_empty());
        let of: Vec<_> = third.wires.iter().map(|wire| (wire.key.0, wire.id)).collect();
        assert_eq!(of, [(599, None), (0, Some(CallId(1)))]);
        assert!(parts(Batch::default()).is_none());
    }

    #[test]
    fn who_waits_for_all_of_it_has_the_messages_however_much_news_there_is() {
        let mut known = Known::default();
        let Happening { record, .. } = happening(1, Event::Offered, None);
        known.learn(CallKey(1), Place { id: CallId(1), record }, false);
        let taken = |asked| {
            let mut pending = Pending::default();
            pending.heard(CallKey(1), wire(10));
            pending.happened(happening(1, Event::Ringing, None));
            let batch = pending.take(&known, asked);
            (batch.entries.len(), batch.wires.len())
        };
        assert_eq!(taken(false), (1, 0));
        assert_eq!(taken(true), (1, 1));
    }

    #[test]
    fn many_messages_have_their_turn_even_while_there_is_always_news() {
        let mut pending = Pending::default();
        let mut known = Known::default();
        let Happening { record, .. } = happening(1, Event::Offered, None);
        known.learn(CallKey(1), Place { id: CallId(1), record }, false);
        for n in 0..500 {
            pending.heard(CallKey(if n == 0 { 2 } else { 1 }), wire(10));
            pending.happened(happening(1, Event::Ringing, None));
        }
        pending.happened(happening(2, Event::Offered, None));
        let first = pending.take(&known, false);
        assert!(first.entries.is_empty());
        assert!(first.wires.iter().all(|wire| wire.key == CallKey(1)));
        assert_eq!(first.wires.len(), 499);
        assert_eq!(pending.take(&known, false).entries.len(), 2);
        assert_eq!(pending.take(&known, false).wires.len(), 1);
    }
}

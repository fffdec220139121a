//! What waits for the store, and in which order it goes.

use std::sync::Arc;

use super::super::call::{Outcome, State};
use super::super::record::{Event, LegRecord, Record};
use super::*;
use crate::kernel::Moment;

fn happening(key: u64, what: Event, outcome: Option<Outcome>) -> Happening {
    let at = Moment::from_millis(0);
    let record = Record {
        state: if outcome.is_some() { State::Ended } else { State::Ringing },
        outcome,
        ..Record::sample(&format!("main/{key}"), at)
    };
    Happening { at, key: CallKey(key), what, record: Arc::new(record) }
}

/// Knows the calls of these keys.
fn knowing(keys: &[u64]) -> Known {
    let mut known = Known::default();
    for &key in keys {
        let Happening { record, .. } = happening(key, Event::Offered, None);
        let id = CallId(i64::try_from(key).unwrap());
        known.learn(CallKey(key), Place { id, record }, false);
    }
    known
}

fn keys(batch: &Batch) -> Vec<u64> {
    batch.entries.iter().map(|entry| entry.key.0).collect()
}

#[test]
fn what_happens_to_one_call_is_gathered_and_its_newest_record_kept() {
    let mut pending = Pending::default();
    pending.happened(happening(7, Event::Offered, None));
    pending.happened(happening(8, Event::Offered, None));
    pending.happened(happening(7, Event::Answered, Some(Outcome::Met)));
    let batch = pending.take(&Known::default());
    assert!(pending.is_empty());
    assert_eq!(keys(&batch), [7, 8]);
    assert_eq!(batch.entries[0].record.outcome, Some(Outcome::Met));
    let order: Vec<_> = batch.entries[0].events.iter().map(|&(n, ..)| n).collect();
    assert_eq!(order, [1, 3]);
}

#[test]
fn what_waits_longest_is_known_however_much_comes_after_it() {
    let known = knowing(&[1]);
    let mut pending = Pending::default();
    assert!(!pending.holds_since(0) && !pending.holds_since(9));
    for key in [1, 2, 1] {
        pending.happened(happening(key, Event::Ringing, None));
    }
    assert_eq!(pending.count(), 3);
    assert!(pending.holds_since(3) && pending.holds_since(1) && !pending.holds_since(0));
    let begins = pending.take(&known);
    assert_eq!(keys(&begins), [2]);
    assert!(begins.holds_since(2) && !begins.holds_since(1));
    pending.happened(happening(3, Event::Offered, None));
    assert_eq!(keys(&pending.take(&known)), [1], "which waited longer");
    assert!(!pending.holds_since(3), "all that had happened then is taken");
    assert!(pending.holds_since(4));
}

#[test]
fn a_long_trouble_costs_the_calls_that_ended_first() {
    let mut pending = Pending::default();
    for key in 0..20_000 {
        let outcome = (key == 5).then_some(Outcome::Met);
        assert_eq!(pending.happened(happening(key, Event::Offered, outcome)), None);
    }
    let one_more = happening(20_000, Event::Offered, None);
    assert_eq!(pending.happened(one_more), Some(GivenUp::Call));
    let mut left = Vec::new();
    while !pending.is_empty() {
        let batch = pending.take(&Known::default());
        assert!((1..=BEGINS_MOST).contains(&batch.entries.len()));
        left.extend(keys(&batch));
    }
    assert_eq!(left.len(), 20_000);
    assert!(!left.contains(&5) && left.contains(&0) && left.contains(&20_000));
    assert!(left.is_sorted(), "oldest first");
}

#[test]
fn calls_that_begin_calls_that_go_on_and_the_rest_have_a_change_each_and_take_turns() {
    let known = knowing(&[1, 2]);
    let mut pending = Pending::default();
    for key in [1, 7, 2, 8, 9] {
        pending.happened(happening(key, Event::Ringing, None));
    }
    assert_eq!(keys(&pending.take(&known)), [7, 8, 9], "those that begin first");
    pending.happened(happening(10, Event::Offered, None));
    let goes = pending.take(&known);
    assert_eq!(keys(&goes), [1, 2], "however many begin meanwhile");
    assert!(goes.entries.iter().all(|entry| entry.place.is_some()));
    assert_eq!(keys(&pending.take(&known)), [10]);
    assert!(pending.is_empty());
    assert_eq!(pending.take(&known).len(), 0);
}

#[test]
fn a_call_does_not_overtake_another_that_has_one_of_its_legs() {
    let known = knowing(&[1]);
    let with_leg = |key: u64, name: &str| {
        let mut happening = happening(key, Event::LegBegan, None);
        let leg = LegKey { call_id: name.into(), branch: "b".into() };
        let mut record = Record::clone(&happening.record);
        record.legs = vec![LegRecord::member(&leg, 0, Moment::from_millis(0))];
        happening.record = Arc::new(record);
        happening
    };
    let mut pending = Pending::default();
    pending.happened(with_leg(1, "moves"));
    pending.happened(with_leg(2, "moves"));
    pending.happened(with_leg(3, "stays"));
    assert_eq!(keys(&pending.take(&known)), [3], "the second waits for the first");
    assert_eq!(keys(&pending.take(&known)), [1]);
    assert_eq!(keys(&pending.take(&known)), [2]);
    assert!(pending.is_empty());
}

#[test]
fn a_refused_change_is_tried_in_parts_and_a_call_ends_once() {
    let mut pending = Pending::default();
    for key in 0..3 {
        pending.happened(happening(key, Event::Offered, None));
    }
    let mut known = Known::default();
    let batch = pending.take(&known);
    let place = Place { id: CallId(1), record: batch.entries[0].record.clone() };
    assert!(known.learn(CallKey(0), place.clone(), true), "ended only now");
    assert!(!known.learn(CallKey(0), place, true), "and only once");
    assert_eq!(parts(batch).map(|parts| parts.len()), Some(3));
    assert!(parts(Batch::default()).is_none());
}

//! Any order, loss or doubling of what a call's recording holds gives one call, one outcome and no
//! negative time: datagrams overtake each other, get lost, come twice.

use std::sync::Arc;

use proptest::prelude::*;
use switchboard::calls::{Outcome, Record, State};
use switchboard::kernel::Moment;

use super::calls_recorded::{scenarios, truths};
use super::calls_seen::{Mode, Reaches, events, lab_in, seen};

/// What becomes of a recording on its way.
#[derive(Debug, Clone)]
struct Fate {
    /// For each message: lost, twice, and how much later than the others it comes, milliseconds.
    each: Vec<(bool, bool, i64)>,
}

fn fate(most_late_ms: i64) -> impl Strategy<Value = Fate> {
    let lost = prop::bool::weighted(0.08);
    let twice = prop::bool::weighted(0.1);
    let late = prop_oneof![3 => Just(0), 2 => 0..=most_late_ms];
    prop::collection::vec((lost, twice, late), 400).prop_map(|each| Fate { each })
}

impl Fate {
    /// The recording as it arrives.
    fn strike(&self, events: &[(Moment, Reaches)]) -> Vec<(Moment, Reaches)> {
        let mut arrives = Vec::new();
        for ((at, event), (lost, twice, late)) in events.iter().zip(self.each.iter().cycle()) {
            if *lost {
                continue;
            }
            arrives.push((at.plus_millis(*late), event.clone()));
            if *twice {
                arrives.push((at.plus_millis(late + 35), event.clone()));
            }
        }
        arrives.sort_by_key(|(at, _)| *at);
        arrives
    }
}

/// Recordings of one call each.
fn single_calls() -> Vec<String> {
    let single = |name: &String| truths(name).len() == 1 && name != "30-listener-dead";
    scenarios().into_iter().filter(single).collect()
}

fn is_sane(record: &Record) -> Result<(), TestCaseError> {
    prop_assert_eq!(record.state, State::Ended);
    prop_assert!(record.outcome.is_some());
    let order = [Some(record.offered_at), record.rang_at, record.answered_at, record.ended_at];
    let order: Vec<_> = order.into_iter().flatten().collect();
    prop_assert!(record.answer_ms.is_none_or(|ms| ms >= 0));
    prop_assert!(record.caller_wait_ms.is_none_or(|ms| ms >= 0));
    prop_assert!(order.iter().all(|at| *at >= record.offered_at), "{record:?}");
    prop_assert!(record.ended_at.is_none() || record.ended_at >= record.answered_at);
    for leg in &record.legs {
        let order = [Some(leg.offered_at), leg.rang_at, leg.answered_at, leg.ended_at];
        prop_assert!(order.iter().flatten().is_sorted(), "{leg:?}");
    }
    let measured = !matches!(record.outcome, Some(Outcome::Met | Outcome::Late));
    prop_assert!(measured || record.answered_at.is_some());
    Ok(())
}

fn in_short(calls: &[Arc<Record>]) -> String {
    let leg = |leg: &switchboard::calls::LegRecord| {
        let at = |at: Option<Moment>| at.map_or("-".to_owned(), |at| at.to_string());
        let phone = leg.extension.as_ref().map_or("", |extension| extension.as_str());
        let (word, from) = (leg.kind.word(), leg.offered_at);
        format!("\n    {word} {phone} {from} {} {:?}", at(leg.ended_at), leg.end)
    };
    let call = |call: &Arc<Record>| {
        let legs: String = call.legs.iter().map(leg).collect();
        format!("\n  {} {:?} {:?}{legs}", call.offered_at, call.outcome, call.ended_at)
    };
    calls.iter().map(call).collect()
}

fn one_call(mode: Mode, name: &str, fate: &Fate) -> Result<Vec<Arc<Record>>, TestCaseError> {
    let calls = seen(&lab_in(mode), &fate.strike(&events(name, mode)));
    prop_assert!(calls.len() <= 1, "{name}: {}", in_short(&calls));
    for call in &calls {
        is_sane(call)?;
    }
    Ok(calls)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn mirrored_in_any_order_with_losses_and_doubles_it_is_one_call(
        name in prop::sample::select(single_calls()),
        fate in fate(3_000),
    ) {
        one_call(Mode::Mirror, &name, &fate)?;
    }

    #[test]
    fn seen_in_every_way_in_any_order_with_losses_and_doubles_it_is_one_call(
        name in prop::sample::select(single_calls()),
        fate in fate(400),
    ) {
        one_call(Mode::All, &name, &fate)?;
    }

    #[test]
    fn doubles_and_small_overtakings_change_no_outcome(
        name in prop::sample::select(single_calls()),
        fate in fate(40),
    ) {
        let whole = Fate { each: fate.each.iter().map(|(_, twice, late)| (false, *twice, *late)).collect() };
        let was = seen(&lab_in(Mode::Mirror), &events(&name, Mode::Mirror));
        let is = one_call(Mode::Mirror, &name, &whole)?;
        let told = |calls: &[Arc<Record>]| {
            calls.iter().map(|call| (call.outcome, call.answered_by.clone(), call.rang_at)).collect::<Vec<_>>()
        };
        prop_assert_eq!(told(&was), told(&is), "{}", name);
    }
}

//! A whole report counted once more from made calls alone: every sum and rate, both clocks, the pieces,
//! the persons, the hours of the week, the last days, the time before. Loops over structs; no SQL,
//! nothing of the reports' own code.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use switchboard::kernel::Moment;

use super::reports::get;
use super::reports_made::{Made, percentile};
use super::stage::Stage;

/// Made calls, each with why its promise was not kept.
pub(crate) struct Truth<'c> {
    calls: &'c [Made],
    whys: Vec<Option<&'static str>>,
}

/// Which calls are meant, whatever their day.
pub(crate) type Pick<'p> = dyn Fn(&Made) -> bool + Sync + 'p;

/// Which days a report is about, and with which it compares.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Days {
    /// The first and the last.
    pub(crate) of: [&'static str; 2],
    /// The same of the time before.
    pub(crate) before: [&'static str; 2],
    /// Until when the time before is counted, where the asked time is not over.
    pub(crate) until: Option<&'static str>,
    /// The days of the hours of the week.
    pub(crate) heat: [&'static str; 2],
    /// The last fourteen days.
    pub(crate) trend: [&'static str; 2],
}

/// What one call adds to every sum.
fn adds(call: &Made, why: Option<&str>) -> Vec<(&'static str, i64)> {
    let yes = i64::from;
    let of = |outcome: &str| yes(call.counts() && call.outcome == Some(outcome));
    let out = |word: &str| yes(call.excluded == Some(word));
    let lifted = call.lifted();
    let some = |holds: bool, value: Option<i64>| value.filter(|_| holds);
    let (answer, wait) = (some(lifted, call.answer_ms()), some(lifted, call.wait_ms()));
    let rings = some(lifted, call.rings);
    let left = call.counts() && matches!(call.outcome, Some("abandoned" | "abandoned_short"));
    let gone = some(left, call.wait_ms());
    let rang = call.rang.map(|rang| rang - call.offered).filter(|_| call.counts());
    let talked = call.ended.zip(call.answered).map(|(over, lifted)| over - lifted);
    let talked = some(lifted && call.end_seen, talked);
    let hung = |by: &str| yes(lifted && call.ended_by == by);
    let because = |word: &str| yes(why == Some(word));
    let counts = lifted || call.unserved();
    let rests = |holds: bool, word: &str| yes(holds && call.evidence == word);
    vec![
        ("seen", 1),
        ("live", yes(call.counts() && call.outcome.is_none())),
        ("after_hours", out("after_hours")),
        ("outage", out("outage")),
        ("test", out("test")),
        ("met", of("met")),
        ("late", of("late")),
        ("short", of("abandoned_short")),
        ("abandoned", of("abandoned")),
        ("not_offered", of("not_offered")),
        ("machine_only", of("machine_only")),
        ("unmeasured", of("unmeasured")),
        ("gone_in_time", yes(call.gone_in_time())),
        ("answer_ms", answer.unwrap_or(0)),
        ("answer_n", yes(answer.is_some())),
        ("rings_sum", rings.unwrap_or(0)),
        ("rings_n", yes(rings.is_some())),
        ("wait_ms", wait.unwrap_or(0)),
        ("wait_n", yes(wait.is_some())),
        ("gone_ms", gone.unwrap_or(0)),
        ("gone_n", yes(gone.is_some())),
        ("r1", yes(rings.is_some_and(|n| n <= 1))),
        ("r2", yes(rings == Some(2))),
        ("r3", yes(rings == Some(3))),
        ("r4", yes(rings == Some(4))),
        ("r5", yes(rings == Some(5))),
        ("r6", yes(rings.is_some_and(|n| n >= 6))),
        ("hung_caller", hung("caller")),
        ("hung_us", hung("us")),
        ("hung_unknown", hung("unknown")),
        ("pickups", yes(call.is("pickups", &[]))),
        ("why_busy", because("busy")),
        ("why_away", because("away")),
        ("why_unreachable", because("unreachable")),
        ("why_pbx", because("pbx")),
        ("why_unknown", because("unknown")),
        ("pbx_ms", rang.unwrap_or(0)),
        ("pbx_n", yes(rang.is_some())),
        ("pbx_late", yes(rang.is_some_and(|late| late >= 2_000))),
        ("talk_ms", talked.unwrap_or(0)),
        ("talk_n", yes(talked.is_some())),
        ("counted_position", rests(counts, "position_180")),
        ("counted_dialog", rests(counts, "dialog")),
        ("counted_trunk", rests(counts, "trunk_180")),
        ("counted_member", rests(counts, "member")),
        ("counted_none", rests(counts, "none")),
        ("measured_position", rests(answer.is_some(), "position_180")),
        ("measured_dialog", rests(answer.is_some(), "dialog")),
        ("measured_trunk", rests(answer.is_some(), "trunk_180")),
        ("measured_member", rests(answer.is_some(), "member")),
        ("measured_none", rests(answer.is_some(), "none")),
    ]
}

/// The waits on one clock of the answered.
fn waits(calls: &[(&Made, Option<&str>)], wait: fn(&Made) -> Option<i64>) -> Vec<i64> {
    calls.iter().filter(|(call, _)| call.lifted()).filter_map(|(call, _)| wait(call)).collect()
}

/// Every sum over some calls, as the report's JSON names them.
fn tally(calls: &[(&Made, Option<&str>)]) -> Value {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    for (call, why) in calls {
        for (name, more) in adds(call, *why) {
            *sums.entry(name).or_default() += more;
        }
    }
    let most = |wait| waits(calls, wait).into_iter().max().unwrap_or(0);
    let mut told: Map<String, Value> =
        sums.into_iter().map(|(name, sum)| (name.to_owned(), json!(sum))).collect();
    told.insert("answer_max".to_owned(), json!(most(Made::answer_ms)));
    told.insert("wait_max".to_owned(), json!(most(Made::wait_ms)));
    Value::Object(told)
}

/// The sum of some fields of a tally.
fn all_of(tally: &Value, fields: &[&str]) -> i64 {
    fields.iter().map(|field| tally[*field].as_i64().unwrap()).sum()
}

/// What an empty time has: every sum, and nothing in it.
fn nothing(any: &Made) -> Value {
    let names = adds(any, None).into_iter().map(|(name, _)| name);
    let names = names.chain(["answer_max", "wait_max"]);
    Value::Object(names.map(|name| (name.to_owned(), json!(0))).collect())
}

const COUNTED: [&str; 5] = ["met", "late", "abandoned", "not_offered", "machine_only"];
const PRESENTED: [&str; 8] =
    ["met", "late", "abandoned", "not_offered", "machine_only", "short", "unmeasured", "live"];

fn permille(of: i64, all: i64) -> Value {
    if all == 0 { Value::Null } else { json!(of * 1000 / all) }
}

/// The rates by the formulas of `spec/telephony.md` §1.3 and §3.4.
fn rates(tally: &Value) -> Value {
    let n = |field: &str| all_of(tally, &[field]);
    let counted = all_of(tally, &COUNTED);
    json!({
        "strict_permille": permille(n("met"), counted),
        "answered_permille": permille(n("met"), n("met") + n("late")),
        "service_level_ignoring_permille": permille(n("met"), counted - n("gone_in_time")),
        "service_level_negative_permille": permille(n("met"), counted),
        "service_level_positive_permille": permille(n("met") + n("gone_in_time"), counted),
        "caller_hung_up_permille": permille(n("hung_caller"), n("hung_caller") + n("hung_us")),
    })
}

impl<'c> Truth<'c> {
    pub(crate) fn of(calls: &'c [Made]) -> Self {
        Self { calls, whys: calls.iter().map(|call| call.why(calls)).collect() }
    }

    fn calls_of(&self, pick: &dyn Fn(&Made) -> bool) -> Vec<(&'c Made, Option<&'static str>)> {
        let all = self.calls.iter().zip(self.whys.iter().copied());
        all.filter(|(call, _)| pick(call)).collect()
    }

    fn tally_of(&self, pick: &dyn Fn(&Made) -> bool) -> Value {
        let calls = self.calls_of(pick);
        if calls.is_empty() { nothing(&self.calls[0]) } else { tally(&calls) }
    }

    /// The tallies of the calls by a key, in the order of the keys.
    fn by<K: Ord>(
        &self,
        pick: &dyn Fn(&Made) -> bool,
        key: impl Fn(&Made) -> K,
    ) -> BTreeMap<K, Value> {
        let mut parts: BTreeMap<K, Vec<(&Made, Option<&str>)>> = BTreeMap::new();
        for (call, why) in self.calls_of(pick) {
            parts.entry(key(call)).or_default().push((call, why));
        }
        parts.into_iter().map(|(key, calls)| (key, tally(&calls))).collect()
    }
}

fn within(days: [&str; 2], call: &Made) -> bool {
    (days[0]..=days[1]).contains(&call.date.as_str())
}

fn keyed<K: ToString>(parts: impl IntoIterator<Item = (K, Value)>) -> Value {
    let one = |(key, tally): (K, Value)| json!({ "key": key.to_string(), "tally": tally });
    parts.into_iter().map(one).collect()
}

/// The report of a question, twice: as the panel tells it and as the truth says it.
pub(crate) async fn compare(
    stage: &Stage,
    truth: &Truth<'_>,
    query: &str,
    days: Days,
    of: &Pick<'_>,
) {
    let report = get(stage, &format!("/reports/answering?{query}")).await;
    let asked = |call: &Made| within(days.of, call) && of(call);
    let period = |days: [&str; 2]| (json!(days[0]), json!(days[1]));
    let told = |period: &Value| (period["from"].clone(), period["to"].clone());
    assert_eq!(told(&report["period"]), period(days.of), "{query}");
    let whole = truth.tally_of(&asked);
    assert_eq!(report["tally"], whole, "{query}");
    assert_eq!(report["rates"], rates(&whole), "{query}");

    let mine = truth.calls_of(&asked);
    for (clock, wait) in [
        ("operator_clock", Made::answer_ms as fn(&Made) -> Option<i64>),
        ("caller_clock", Made::wait_ms),
    ] {
        let waits = waits(&mine, wait);
        let mean = waits.iter().sum::<i64>().checked_div(i64::try_from(waits.len()).unwrap());
        let expected = json!({
            "calls": waits.len(),
            "mean_ms": mean,
            "median_ms": percentile(waits.clone(), 500),
            "p90_ms": percentile(waits.clone(), 900),
            "p95_ms": percentile(waits.clone(), 950),
            "longest_ms": waits.iter().max(),
        });
        assert_eq!(report[clock], expected, "{query}: {clock}");
    }

    let pieces = match report["by"].as_str().unwrap() {
        "hour" => keyed(truth.by(&asked, |call| call.hour)),
        "weekday" => keyed(truth.by(&asked, |call| call.weekday)),
        "month" => keyed(truth.by(&asked, |call| call.date[..7].to_owned())),
        _ => keyed(truth.by(&asked, |call| call.date.clone())),
    };
    assert_eq!(report["pieces"], pieces, "{query}");

    // who answered most comes first, nobody last
    let persons = truth.by(&asked, |call| call.staff.unwrap_or(0));
    let mut persons: Vec<(i64, Value)> = persons.into_iter().collect();
    persons.sort_by_key(|(who, tally)| (*who == 0, -all_of(tally, &["met", "late"]), *who));
    assert_eq!(report["persons"], keyed(persons), "{query}: persons");

    assert_eq!(told(&report["heat_period"]), period(days.heat), "{query}: heat");
    let weeks = |call: &Made| within(days.heat, call) && of(call);
    let cell = |((weekday, hour), tally): ((i64, i64), Value)| {
        let (met, counted) = (all_of(&tally, &["met"]), all_of(&tally, &COUNTED));
        json!({ "weekday": weekday, "hour": hour, "presented": all_of(&tally, &PRESENTED),
            "counted": counted, "met": met, "strict_permille": permille(met, counted) })
    };
    let heat = truth.by(&weeks, |call| (call.weekday, call.hour));
    let heat: Value = heat.into_iter().map(cell).collect();
    assert_eq!(report["heat"], heat, "{query}: heat");

    let lately = |call: &Made| within(days.trend, call) && of(call);
    let trend = keyed(truth.by(&lately, |call| call.date.clone()));
    assert_eq!(report["trend"], trend, "{query}: trend");

    let before = &report["before"];
    assert_eq!(told(&before["period"]), period(days.before), "{query}: before");
    let until = days.until.map(|text| Moment::parse_rfc3339(text).unwrap());
    assert_eq!(before["until"], json!(until), "{query}: before");
    let earlier = |call: &Made| {
        let soon = until.is_none_or(|until| call.offered < until.millis());
        within(days.before, call) && of(call) && soon
    };
    let earlier = truth.tally_of(&earlier);
    assert_eq!(before["tally"], earlier, "{query}: before");
    assert_eq!(before["rates"], rates(&earlier), "{query}: before");
}

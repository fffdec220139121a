//! The recorded scenarios of a real PBX, heard as a member of the ring group hears them and judged
//! against what really happened: the rules of the lab's `judge --mode member`.

use std::fs;
use std::sync::Arc;

use serde_json::Value;
use switchboard::calls::{Book, Excluded, Outcome, Record, Rules};
use switchboard::config::Pbx;
use switchboard::kernel::{Extension, Moment};
use switchboard::sip::read::{self, Framing, Message, Name, Start};
use switchboard::sip::{LineChange, LineState, What};

use super::book_kit::{LISTENER, hotline, pbx, sighting, wake_until};

pub(crate) const FIXTURES: &str = "tests/fixtures/pbx";
const POSITIONS: [&str; 3] = ["801", "802", "803"];
/// A position's ringing and the answer, as against ours.
pub(crate) const TOLERANCE_MS: i64 = 250;
/// A call picked up at another telephone reaches us later: the PBX polls.
pub(crate) const PICKUP_TOLERANCE_MS: i64 = 600;
pub(crate) const END_TOLERANCE_MS: i64 = 500;
const CYCLE_MS: i64 = 5000;
const TARGET_MS: i64 = 15_000;

/// What a member cannot get right: it refused at once, or it was deaf.
const BEYOND_A_MEMBER: [&str; 2] = ["29-listener-486", "30-listener-dead"];

#[test]
fn every_recorded_call_that_a_member_can_get_right_is_right() {
    let mut judged = 0;
    let mut wrong = Vec::new();
    for name in scenarios() {
        if BEYOND_A_MEMBER.contains(&name.as_str()) {
            continue;
        }
        judged += 1;
        let faults = judge(&truths(&name), &heard(&name, None));
        if !faults.is_empty() {
            wrong.push(format!("{name}: {}", faults.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(judged, 26, "the recordings have gone missing");
}

#[test]
fn the_judge_sees_what_a_member_cannot_know() {
    for name in BEYOND_A_MEMBER {
        assert!(!judge(&truths(name), &heard(name, None)).is_empty(), "{name}");
    }
}

#[test]
fn a_member_that_refuses_says_that_nobody_was_rung_as_far_as_it_knows() {
    let calls = heard("29-listener-486", None);
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].outcome, Some(Outcome::NotOffered));
    assert_eq!((calls[0].rang_at, calls[0].ended_at, calls[0].end_seen), (None, None, false));
}

#[test]
fn a_member_that_was_deaf_claims_nothing() {
    // deaf for seven and a half seconds: the last repeat of the INVITE and the CANCEL get through
    let calls = heard("30-listener-dead", Some(7400));
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].outcome, Some(Outcome::Unmeasured));
    assert_eq!(calls[0].excluded, Some(Excluded::Outage));
    assert_eq!((calls[0].answered_at, calls[0].ended_at, calls[0].alarm), (None, None, 0));
}

#[test]
fn the_dialplan_may_name_the_hotline_and_the_network_may_hide_the_number() {
    let named = heard("34-correlation-headers", None);
    assert_eq!(named[0].hotline, Some(3), "X-Hotline-DID names the fourth line");
    for name in ["13-anonymous", "14-anonymous-pai"] {
        let calls = heard(name, None);
        assert!(calls[0].caller.id.withheld, "{name}");
        assert_eq!(calls[0].caller.phone, None, "{name}");
        assert_eq!(calls[0].caller.id.user, None, "{name}");
    }
}

// ---------------------------------------------------------------------------------- the recording

/// Plays a recording into a book, as our endpoint would: a 180 at once for every new INVITE, or
/// none where the member refused. Until `deaf_ms` nothing is heard, then the line comes up.
fn heard(name: &str, deaf_ms: Option<i64>) -> Vec<Arc<Record>> {
    let text = fs::read_to_string(format!("{FIXTURES}/{name}/listener-messages.txt")).unwrap();
    let blocks: Vec<_> = text.split("==== ").skip(1).map(block).collect();
    let Some(begun) = blocks.first().map(|(at, ..)| *at) else { return Vec::new() };
    let mut book = Book::new(lab(), begun.plus_millis(-3_600_000));
    let hears_at = begun.plus_millis(deaf_ms.unwrap_or(-1));
    if deaf_ms.is_some() {
        let state = LineState::Registered { until: hears_at };
        book.line(&LineChange { at: hears_at, since: hears_at, source: LISTENER, state });
    }
    let rings = !text.contains("\nSIP/2.0 486 ");
    for (at, received, bytes) in blocks.iter().filter(|(at, ..)| *at > hears_at) {
        wake_until(&mut book, *at);
        let message = Message::parse(bytes, Framing::Datagram).unwrap();
        let leg = read::leg_key(&message).unwrap();
        let facts = match (message.start, *received) {
            (Start::Request { method: b"INVITE", .. }, true) => {
                let offered = What::Offered(Box::new(read::offer(&message)));
                std::iter::once(offered).chain(rings.then_some(What::Alerted)).collect()
            }
            (Start::Request { method: b"CANCEL", .. }, true) => {
                vec![What::Withdrawn(read::reasons(&message))]
            }
            (Start::Response { code: 486, .. }, false) => vec![What::Refused(486)],
            _ => Vec::new(),
        };
        assert!(message.get(Name::CallId).is_some());
        for what in facts {
            book.see(sighting(*at, &leg, what));
        }
    }
    wake_until(&mut book, begun.plus_millis(86_400_000));
    let mut log = Vec::<Arc<Record>>::new();
    while let Some(happening) = book.poll() {
        match log.iter_mut().find(|record| record.uid == happening.record.uid) {
            Some(record) => *record = happening.record,
            None => log.push(happening.record),
        }
    }
    log
}

/// `1795443529.587585 +0.145 RECEIVED from …` and the message, whose line ends were simplified.
pub(crate) fn block(text: &str) -> (Moment, bool, Vec<u8>) {
    let (head, message) = text.split_once('\n').unwrap();
    let words: Vec<_> = head.split(' ').collect();
    (moment(words[0]), words[2] == "RECEIVED", message.replace('\n', "\r\n").into_bytes())
}

/// The lab's site: thirteen hotlines, and an account that does not say for which it rings.
fn lab() -> Rules {
    lab_rules(&lab_pbx())
}

/// Its PBX.
pub(crate) fn lab_pbx() -> Pbx {
    let mut pbx = Pbx { services: Vec::new(), ..pbx(None) };
    let phone = |text: &str| text.parse::<Extension>().unwrap();
    pbx.watch = ["700", "701", "801", "802", "803", "804"].map(phone).to_vec();
    pbx
}

/// Its hotlines, beside this PBX.
pub(crate) fn lab_rules(pbx: &Pbx) -> Rules {
    let mut hotlines: Vec<_> = (1234..=1246)
        .filter(|n| ![1239, 1240].contains(n))
        .chain([1240])
        .map(|n| hotline(&format!("400800{n}")))
        .collect();
    hotlines[0].aliases = ["+864008001234", "02160001234", "700"].map(str::to_owned).to_vec();
    Rules::new(&hotlines, std::slice::from_ref(pbx), chrono_tz::Asia::Shanghai)
}

pub(crate) fn scenarios() -> Vec<String> {
    let entries = fs::read_dir(FIXTURES).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    // a proxy, and a service between the PBX and itself, have no truth of their own beside them
    names.retain(|name| !name.starts_with(['D', 'K']));
    names.sort();
    names
}

// -------------------------------------------------------------------------------------- the judge

/// One real call.
pub(crate) struct Truth {
    pub(crate) number: String,
    pub(crate) withheld: bool,
    pub(crate) start: Moment,
    pub(crate) end: Option<Moment>,
    /// The first ringing of a position, and of us.
    pub(crate) rang: Option<Moment>,
    pub(crate) member_rang: Option<Moment>,
    pub(crate) answer: Option<Moment>,
    pub(crate) pickup: bool,
    /// Who answered, and whether the call was handed on.
    pub(crate) by: Option<String>,
    pub(crate) transferred: bool,
    /// The number that was dialled.
    pub(crate) did: String,
    pub(crate) machine: Option<Moment>,
}

pub(crate) fn truths(name: &str) -> Vec<Truth> {
    let text = fs::read_to_string(format!("{FIXTURES}/{name}/truth.json")).unwrap();
    let scenario: Value = serde_json::from_str(&text).unwrap();
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let hidden = list(&scenario["sipp"])
        .iter()
        .any(|run| ["uac_anonymous", "uac_anon_pai"].contains(&run[0].as_str().unwrap()));
    let picked = list(&scenario["transfers"]).iter().any(|transfer| transfer["type"] == "Pickup");
    let handed_on = list(&scenario["transfers"])
        .iter()
        .any(|transfer| transfer["type"].as_str().unwrap().contains("Transfer"));
    let one = |call: &Value| {
        let legs = list(&call["legs"]);
        let dev = |leg: &Value| leg["dev"].as_str().unwrap().to_owned();
        let position = |leg: &&Value| POSITIONS.contains(&dev(leg).as_str());
        let answer = at(&call["answer"]);
        let own = legs.iter().any(|leg| leg["dev"] == call["answered_by"] && !leg["up"].is_null());
        let number = call["caller"].as_str().unwrap().to_owned();
        Truth {
            withheld: hidden || ["", "anonymous"].contains(&number.as_str()),
            number,
            start: at(&call["start"]).unwrap(),
            end: at(&call["end"]),
            rang: legs.iter().filter(position).filter_map(|leg| at(&leg["ringing"])).min(),
            member_rang: legs
                .iter()
                .filter(|leg| dev(leg) == "listener")
                .filter_map(|leg| at(&leg["ringing"]).or(at(&leg["new"])))
                .min(),
            pickup: picked && !own,
            by: call["answered_by"].as_str().map(str::to_owned),
            transferred: handed_on,
            did: call["did"].as_str().unwrap().to_owned(),
            machine: at(&call["trunk_answered"]).filter(|_| answer.is_none()),
            answer,
        }
    };
    list(&scenario["calls"]).iter().map(one).collect()
}

/// Everything that is wrong about what the house says.
fn judge(truths: &[Truth], said: &[Arc<Record>]) -> Vec<String> {
    let mut left: Vec<_> = said.iter().collect();
    let mut wrong = Vec::new();
    for truth in truths {
        let nearest = (0..left.len())
            .filter(|&index| truth.fits(left[index]))
            .min_by_key(|&index| left[index].offered_at.millis_since(truth.start).abs());
        match nearest {
            Some(index) => wrong.extend(truth.compare(left.remove(index))),
            None if truth.member_rang.is_none() => {}
            None => wrong.push(format!("no call of {}", truth.number)),
        }
    }
    wrong.extend(left.iter().map(|record| format!("too many: {:?}", record.outcome)));
    wrong
}

impl Truth {
    pub(crate) fn fits(&self, record: &Record) -> bool {
        if self.withheld {
            return record.caller.id.withheld;
        }
        let digits = |number: &str| number.trim_start_matches("+86").to_owned();
        let number = record.caller.phone.as_ref().map(|phone| digits(phone.as_str()));
        number.is_some_and(|number| number == digits(&self.number))
    }

    fn compare(&self, record: &Record) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut near = |what: &str, said: Option<Moment>, real: Option<Moment>, tolerance_ms| {
            let right = match (said, real) {
                (Some(said), Some(real)) => said.millis_since(real).abs() <= tolerance_ms,
                (said, real) => said.is_none() && real.is_none(),
            };
            if !right {
                wrong.push(format!("{what} {said:?}, real {real:?}"));
            }
        };
        let tolerance_ms = if self.pickup { PICKUP_TOLERANCE_MS } else { TOLERANCE_MS };
        near("rang", record.rang_at, self.rang.or(self.member_rang), TOLERANCE_MS);
        near("answered", record.answered_at, self.answer, tolerance_ms);
        if self.answer.is_none() && self.machine.is_none() {
            near("ended", record.ended_at, self.end, END_TOLERANCE_MS);
        }
        if let (Some(answer), Some(rang)) = (self.answer, self.rang) {
            let real_ms = answer.millis_since(rang);
            let said_ms = record.answer_ms.unwrap_or(i64::MAX);
            if said_ms.abs_diff(real_ms) > tolerance_ms.unsigned_abs() {
                wrong.push(format!("answered after {said_ms} ms, real {real_ms} ms"));
            }
            let rings = [real_ms - tolerance_ms, real_ms, real_ms + tolerance_ms]
                .map(|ms| u32::try_from(ms.max(0) / CYCLE_MS + 1).ok());
            if !rings.contains(&record.answer_rings) {
                wrong.push(format!("answered at ring {:?}, real {rings:?}", record.answer_rings));
            }
        }
        let right = self.outcomes(tolerance_ms);
        if !record.outcome.is_some_and(|outcome| right.contains(&outcome)) {
            wrong.push(format!("outcome {:?}, real {right:?}", record.outcome));
        }
        wrong
    }

    /// What it was, as a house that sees everything says; near a limit both sides pass.
    pub(crate) fn true_outcomes(&self, tolerance_ms: i64) -> Vec<Outcome> {
        match (self.answer, self.rang, self.machine) {
            (None, None, _) => vec![Outcome::NotOffered],
            (None, Some(rang), Some(machine)) if machine >= rang => vec![Outcome::MachineOnly],
            _ => self.outcomes(tolerance_ms),
        }
    }

    /// What may be said of it; near a limit both sides pass.
    pub(crate) fn outcomes(&self, tolerance_ms: i64) -> Vec<Outcome> {
        match (self.answer, self.rang.or(self.member_rang)) {
            (Some(answer), Some(rang)) => either(
                answer.millis_since(rang) - TARGET_MS,
                tolerance_ms,
                Outcome::Met,
                Outcome::Late,
            ),
            (Some(_), None) => vec![Outcome::Unmeasured, Outcome::Met, Outcome::Late],
            (None, None) => vec![Outcome::NotOffered],
            // a member does not hear a machine answer
            (None, Some(_)) if self.machine.is_some() => {
                vec![Outcome::MachineOnly, Outcome::Abandoned, Outcome::AbandonedShort]
            }
            (None, Some(rang)) => either(
                self.end.unwrap_or(rang).millis_since(rang) - CYCLE_MS,
                TOLERANCE_MS,
                Outcome::AbandonedShort,
                Outcome::Abandoned,
            ),
        }
    }
}

fn either(past_ms: i64, tolerance_ms: i64, before: Outcome, after: Outcome) -> Vec<Outcome> {
    match past_ms {
        near if near.abs() <= tolerance_ms => vec![before, after],
        early if early < 0 => vec![before],
        _ => vec![after],
    }
}

fn at(value: &Value) -> Option<Moment> {
    value.as_number().map(|number| moment(&number.to_string()))
}

/// Reads epoch seconds with a fraction.
pub(crate) fn moment(text: &str) -> Moment {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let millis: String = fraction.chars().chain("000".chars()).take(3).collect();
    Moment::from_millis(seconds.parse::<i64>().unwrap() * 1000 + millis.parse::<i64>().unwrap())
}

//! The demo: its scripted PBX rings the real listener, and each scene ends in the log as it was
//! meant; its manual clock moves only when told.

use std::net::SocketAddr;
use std::sync::Arc;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard::bus::Bus;
use switchboard::clock::Clock;
use switchboard::config::Config;
use switchboard::db::Db;
use switchboard::demo::{self, Cue, Fate, Stage};
use switchboard::kernel::{Cadence, Moment, Secret};

use super::app::{Open, script};
use super::kit;

/// The seed of the script that these stories play.
pub(crate) const SEED: u64 = 3;

/// One ring lasts 0.8 s instead of 5 s, so that a round is over in seconds.
pub(crate) fn hasten(config: &mut Config) {
    for hotline in &mut config.hotlines {
        hotline.cadence = Cadence::from_millis(&[200, 600]).unwrap();
        hotline.hours.clear();
    }
}

fn site(folder: &tempfile::TempDir, stage: &Stage) -> (Config, Secret) {
    let password = Secret::new("of the demo".to_owned());
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    (demo::configuration(folder.path(), listen, stage.address(), password.clone()), password)
}

/// A call of the script: when it begins and when its fate comes, in milliseconds after the line
/// came up.
fn timed(cues: &[Cue], config: &Config) -> Vec<(i64, i64)> {
    let cycle = |hotline: usize| config.hotlines[hotline].cadence.cycle_ms();
    let mut begin = demo::FIRST_MS;
    let mut times = Vec::new();
    for (index, cue) in cues.iter().enumerate() {
        if index > 0 {
            begin += cycle(0) * i64::from(cue.pause) / 100;
        }
        times.push((begin, begin + cue.part.fate.after_ms(cycle(cue.part.hotline))));
    }
    times
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scene_of_a_round_ends_in_the_log_as_it_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set().await.unwrap();
    let (config, password) = site(&folder, &stage);
    let mut chance = StdRng::seed_from_u64(SEED);
    let round = demo::round(&mut chance);
    let mut cues = round.clone();
    cues.extend(demo::round(&mut chance));
    let times = timed(&cues, &config);
    let numbers: Vec<String> = config.hotlines.iter().map(|line| line.number.clone()).collect();

    let script = script(&config, password, SEED);
    let start = Moment::parse_rfc3339("2026-11-23T17:00:00+08:00").unwrap();
    let open = Open::house(config, Clock::manual(start), Some((stage, script))).await;
    open.until_line_is_up().await;
    let over = times[..round.len()].iter().map(|(_, end)| *end).max().unwrap();
    let mut moments: Vec<i64> = times.iter().flat_map(|(begin, end)| [*begin, *end]).collect();
    moments.sort_unstable();
    moments.dedup();
    // from one moment of the script to the next: the wire is quick, the clock stands still meanwhile
    for moment in moments.into_iter().filter(|moment| *moment <= over) {
        open.set_clock(&json!({ "now": start.plus_millis(moment) })).await;
        let begun = times.iter().filter(|(begin, _)| *begin <= moment).count();
        let ended = times.iter().filter(|(_, end)| *end <= moment).count();
        open.until_calls(begun, ended).await;
    }

    // they talk for a while; who, is on the lamps
    let mut calls = open.reader.all("/calls").await;
    let tail = calls.len() - round.len();
    for _ in 0..60 {
        if calls[calls.len() - round.len()..].iter().all(|call| call["state"] == "ended") {
            break;
        }
        open.set_clock(&json!({ "advance_ms": 1_000 })).await;
        calls = open.reader.all("/calls").await;
    }
    assert!(calls.len() >= tail + round.len());
    let answered = |call: &&Value| !call["answered_at"].is_null();
    for call in calls[calls.len() - round.len()..].iter().filter(answered) {
        assert!(call["answered_by"]["extension"].is_string(), "{call}");
        // a telephone that rings again at once does not show when its talk was over
        assert_eq!(call["end_seen"], !call["ended_at"].is_null(), "{call}");
    }
    assert!(calls.iter().any(|call| call["end_seen"] == true && !call["answered_at"].is_null()));
    let told = |call: &Value| {
        let caller = &call["caller"];
        let hotline = &call["hotline"]["number"];
        let rings = &call["answer_rings"];
        json!([caller["as_sent"], caller["withheld"], hotline, call["outcome"], rings]).to_string()
    };
    // the log is newest first: the round is its tail
    let mut seen: Vec<String> = calls[calls.len() - round.len()..].iter().map(told).collect();
    let meant = |cue: &Cue| {
        let (outcome, rings) = match cue.part.fate {
            Fate::Answered(after) if after < 300 => ("met", Some(after / 100 + 1)),
            Fate::Answered(after) => ("late", Some(after / 100 + 1)),
            Fate::GivenUp(after) if after < 100 => ("abandoned_short", None),
            Fate::GivenUp(_) => ("abandoned", None),
        };
        let number = &cue.part.caller.number;
        json!([number, number.is_none(), numbers[cue.part.hotline], outcome, rings]).to_string()
    };
    let mut meant: Vec<String> = round.iter().map(meant).collect();
    seen.sort();
    meant.sort();
    assert_eq!(seen, meant);

    // what machines read says the same
    let (_, metrics) = open.ask("/metrics", &[]).await;
    let metered = |name: &str| -> usize {
        let lines = metrics.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).sum()
    };
    let such = |fits: &dyn Fn(&Value) -> bool| calls.iter().filter(|call| fits(call)).count();
    let over = such(&|call| call["state"] == "ended" && !call["outcome"].is_null());
    assert_eq!(metered("switchboard_calls_total{"), over, "{metrics}");
    let met = such(&|call| call["state"] == "ended" && call["outcome"] == "met");
    assert_eq!(metered("switchboard_calls_total{kind=\"met\"}"), met, "{metrics}");
    let lifted = such(&|call| !call["answer_rings"].is_null());
    assert_eq!(metered("switchboard_answer_rings_count"), lifted, "{metrics}");
    assert_eq!(metered("switchboard_answer_seconds_count"), lifted, "{metrics}");
    assert_eq!(metered("switchboard_registered{pbx=\"demo\""), 1, "{metrics}");
    assert_eq!(metered("switchboard_subscribed{pbx=\"demo\"}"), 3, "{metrics}");
    assert!(metered("switchboard_sip_in_total{kind=\"INVITE\"}") >= calls.len(), "{metrics}");
    assert!(metered("switchboard_sip_out_total{kind=\"180\"}") >= calls.len(), "{metrics}");
    assert_eq!(metered("switchboard_queue_depth"), 0, "{metrics}");
    open.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_of_calls_is_in_the_log_and_the_same_for_the_same_seed() {
    let now = Moment::parse_rfc3339("2026-11-23T17:00:00+08:00").unwrap();
    let mut told = Vec::new();
    for fresh in kit::stores().await {
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage::set().await.unwrap();
        let (config, _) = site(&folder, &stage);
        let db = Db::open(&fresh.place.url, Bus::new()).await.unwrap();
        demo::remember(&db, Arc::new(config), now, SEED).await.unwrap();
        let page = switchboard::calls::store::page;
        let filter = switchboard::calls::store::Filter::default();
        let page = page(&db, &filter, 200, None).await.unwrap();
        let line = |call: &switchboard::calls::Call| {
            (call.offered_at, call.caller.as_sent.clone(), call.outcome)
        };
        told.push(page.items.iter().map(line).collect::<Vec<_>>());
        let last = page.items.first().unwrap();
        assert!(last.offered_at < now && last.outcome.is_some(), "the past is over");
        let by = |call: &switchboard::calls::Call| {
            let by = call.answered_by.as_ref();
            call.answered_at.map(|_| by.is_some_and(|by| by.extension.is_some()))
        };
        let known: Vec<bool> = page.items.iter().filter_map(by).collect();
        let lifted = known.iter().filter(|known| **known).count();
        assert!(lifted * 100 >= known.len() * 95, "{lifted} of {} say who lifted", known.len());
        assert!(lifted > 100, "{lifted} were answered");
        db.close().await;
    }
    assert!(told[0].len() == 200, "{} calls are no month", told[0].len());
    assert!(told.iter().all(|one| *one == told[0]), "one seed is one month on every engine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manual_clock_moves_when_told_and_the_alarms_ring_in_order_before_the_answer() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set().await.unwrap();
    let (config, password) = site(&folder, &stage);
    let seed = (0..200)
        .find(|&seed| {
            let first = demo::round(&mut StdRng::seed_from_u64(seed)).remove(0);
            matches!(first.part.fate, Fate::Answered(after) if after > 320)
        })
        .unwrap();
    let script = script(&config, password, seed);
    let at = Moment::parse_rfc3339("2026-11-23T17:00:00+08:00").unwrap();
    let open = Open::house(config, Clock::manual(at), Some((stage, script))).await;
    let set = async |body: Value| open.set_clock(&body).await;
    let back = json!({ "now": "2026-11-23T08:59:59.999Z" });
    assert_eq!(set(back).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let both = json!({ "now": "2026-11-23T10:00:00Z", "advance_ms": 5 });
    assert_eq!(set(both).await.0, StatusCode::UNPROCESSABLE_ENTITY);

    // the script's first call comes half a second after the line is up; until then nothing is due
    open.until_line_is_up().await;
    assert_eq!(set(json!({ "advance_ms": 600 })).await.1["now"], "2026-11-23T09:00:00.600Z");
    let rings = |calls: &[Value]| calls.iter().any(|call| call["state"] == "ringing");
    let calls = open.reader.calls_when(30, rings).await;
    let (id, alarm) = (&calls[0]["id"], &calls[0]["alarm"]);
    assert_eq!(alarm, 0);
    assert_eq!(set(json!({ "advance_ms": 15_000 })).await.0, StatusCode::OK);
    let call = open.reader.get(&format!("/calls/{id}")).await;
    assert_eq!((&call["alarm"], &call["rings"]), (&json!(4), &json!(4)), "{call}");

    assert_eq!(set(json!({ "advance_ms": 9_000 })).await.0, StatusCode::OK);
    let ended =
        |calls: &[Value]| calls.iter().any(|call| &call["id"] == id && call["state"] == "ended");
    let talks =
        |calls: &[Value]| calls.iter().any(|call| &call["id"] == id && call["state"] == "answered");
    open.reader.calls_when(30, talks).await;
    let mut calls = open.reader.all("/calls").await;
    for _ in 0..60 {
        if ended(&calls) {
            break;
        }
        assert_eq!(set(json!({ "advance_ms": 1_000 })).await.0, StatusCode::OK);
        calls = open.reader.all("/calls").await;
    }
    let call = calls.iter().find(|call| &call["id"] == id).unwrap();
    assert_eq!(call["outcome"], "late", "{call}");
    open.close().await;
}

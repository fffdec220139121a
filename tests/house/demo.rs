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
use switchboard::demo::{self, Fate, Stage};
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

#[tokio::test(flavor = "multi_thread")]
async fn each_scene_of_a_round_ends_in_the_log_as_it_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::set().await.unwrap();
    let (mut config, password) = site(&folder, &stage);
    hasten(&mut config);
    let numbers: Vec<String> = config.hotlines.iter().map(|line| line.number.clone()).collect();
    let script = script(&config, password, SEED);
    let open = Open::house(config, Clock::house(), Some((stage, script))).await;

    let cues = demo::round(&mut StdRng::seed_from_u64(SEED));
    let scenes = cues.len();
    let calls = open.reader.calls_when(90, |calls| {
        // the log is newest first: the round is its tail
        let round = &calls[calls.len().saturating_sub(scenes)..];
        round.len() == scenes && round.iter().all(|call| call["state"] == "ended")
    });
    let calls = calls.await;
    let mut seen: Vec<Value> = calls[calls.len() - scenes..]
        .iter()
        .map(|call| {
            let caller = &call["caller"];
            json!([
                caller["as_sent"],
                caller["withheld"],
                call["hotline"]["number"],
                call["outcome"]
            ])
        })
        .collect();
    let mut meant: Vec<Value> = cues
        .iter()
        .map(|cue| {
            let outcome = match cue.part.fate {
                Fate::Answered(after) if after < 300 => "met",
                Fate::Answered(_) => "late",
                Fate::GivenUp(after) if after < 100 => "abandoned_short",
                Fate::GivenUp(_) => "abandoned",
            };
            let number = &cue.part.caller.number;
            json!([number, number.is_none(), numbers[cue.part.hotline], outcome])
        })
        .collect();
    seen.sort_by_key(ToString::to_string);
    meant.sort_by_key(ToString::to_string);
    assert_eq!(seen, meant);
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
    let set = async |body: Value| {
        let request = reqwest::Client::new().post(format!("http://{}/demo/clock", open.web));
        let request = request.bearer_auth(&open.token).header("accept", "application/json");
        let answer = request.json(&body).send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    };
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
    let calls = open.reader.calls_when(30, ended).await;
    let call = calls.iter().find(|call| &call["id"] == id).unwrap();
    assert_eq!(call["outcome"], "late");
    open.close().await;
}

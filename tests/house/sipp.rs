//! SIPp plays the PBX and the real program listens: every call is in the log, once, with the outcome
//! that the packets on the wire make right.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};

use futures_util::future::join_all;
use serde_json::Value;
use switchboard::clock::Clock;
use switchboard::kernel::Moment;

use super::kit::{self, Place};
use super::program::{self, Reader, Site};
use super::relay::{Passed, Relay};

/// A moment on the wire and the same moment in the log may be this far apart on a busy machine, in
/// milliseconds. A call whose ring ends nearer to a limit than this may have either outcome.
const SLACK_MS: i64 = 350;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_calls_at_fifty_a_second_are_all_in_the_log() {
    join_all(kit::places().await.into_iter().map(|place| rush(place, 0))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_road_that_loses_three_percent_each_way_loses_no_call() {
    join_all(kit::places().await.into_iter().map(|place| rush(place, 3))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_calls_that_ring_survive_a_kill() {
    join_all(kit::places().await.into_iter().map(killed)).await;
}

async fn rush(place: Place, loss: u32) {
    let promise = Promise { cycle_ms: 800 };
    let kinds = [
        (400, Why::Elsewhere),
        (1_200, Why::Elsewhere),
        (2_000, Why::Elsewhere),
        (2_800, Why::Elsewhere),
        (400, Why::Left),
        (1_200, Why::Left),
        (2_000, Why::Round),
        (2_800, Why::Left),
    ];
    let plan: Vec<Planned> = (0..500).map(|call| Planned::new(call, kinds[call % 8])).collect();

    let mut site = Site::new(place, &promise.hotline());
    site.start().await;
    let reader = Reader::new(site.web, site.token("supervisor"));
    let mut relay = Relay::open(site.sip, loss, 20_261_123).await;
    let pbx = Sipp::ring(relay.entrance, &plan, 50);
    let status = pbx.hang_up().await;
    if loss == 0 {
        assert!(
            status.success(),
            "on a good road every exchange is whole: {status}\n{}",
            site.words()
        );
    }
    let log = reader.calls_when(30, |calls| ended(calls) >= plan.len()).await;
    site.stop();

    let wire = witness(&relay.passed());
    assert_eq!(wire.len(), plan.len());
    let right = wire.iter().map(|(caller, seen)| {
        let rang = seen.cancels[0].millis_since(seen.invite);
        (caller.clone(), promise.outcomes(rang, seen.why))
    });
    compare(&log, &right.collect());
    let outcomes: BTreeSet<_> = log.iter().filter_map(|call| call["outcome"].as_str()).collect();
    assert_eq!(outcomes, BTreeSet::from(["abandoned", "abandoned_short", "late", "met"]));
}

async fn killed(place: Place) {
    let promise = Promise { cycle_ms: 4_000 };
    let kinds = [(5_000, Why::Elsewhere), (12_600, Why::Left), (13_000, Why::Elsewhere)];
    let plan: Vec<Planned> = (0..100).map(|call| Planned::new(call, kinds[call % 3])).collect();

    let mut site = Site::new(place, &promise.hotline());
    site.start().await;
    let reader = Reader::new(site.web, site.token("supervisor"));
    let mut relay = Relay::open(site.sip, 0, 1).await;
    let clock = Clock::house();
    let pbx = Sipp::ring(relay.entrance, &plan, 200);
    reader
        .calls_when(4, |calls| {
            calls.len() == plan.len() && calls.iter().all(|call| call["state"] == "ringing")
        })
        .await;

    let kill_at = clock.now();
    site.kill();
    // the first colleagues answer while nobody listens
    let mut passed = relay.passed();
    let mut unheard = 0;
    while unheard < 10 {
        let one = relay.next().await;
        unheard += usize::from(one.text.starts_with("CANCEL"));
        passed.push(one);
    }
    site.start().await;
    let back_at = clock.now();
    pbx.hang_up().await;
    let log = reader.calls_when(30, |calls| ended(calls) >= plan.len()).await;

    passed.append(&mut relay.passed());
    let right = witness(&passed).into_iter().map(|(caller, seen)| {
        let right = promise.outcomes_after(&seen, kill_at, back_at);
        (caller, right)
    });
    let right: BTreeMap<_, _> = right.collect();
    assert_eq!(right.len(), plan.len());
    compare(&log, &right);
}

/// Each call once, each with an outcome that is right for it.
fn compare(log: &[Value], right: &BTreeMap<String, BTreeSet<&str>>) {
    let mut left = right.clone();
    for call in log {
        let caller = call["caller"]["as_sent"].as_str().unwrap();
        let right = left.remove(caller).unwrap_or_else(|| panic!("twice, or never called: {call}"));
        let outcome = call["outcome"].as_str().unwrap();
        assert!(right.contains(outcome), "{caller} is {outcome}, {right:?} is right: {call}");
    }
    assert!(left.is_empty(), "not in the log: {left:?}");
    let sure = right.values().filter(|right| right.len() == 1).count();
    assert!(sure * 10 >= right.len() * 9, "only {sure} of {} calls can be judged", right.len());
}

fn ended(calls: &[Value]) -> usize {
    calls.iter().filter(|call| call["state"] == "ended").count()
}

// ------------------------------------------------------------------------------- what is right

/// The promise of the story's hotline: three rings.
#[derive(Clone, Copy)]
struct Promise {
    cycle_ms: i64,
}

impl Promise {
    fn hotline(self) -> String {
        let half = format!("{}.{}", self.cycle_ms / 2_000, self.cycle_ms / 2 % 1_000 / 100);
        format!(
            "[[pbx]]\nname = \"sipp\"\naddress = \"sip:{};transport=udp\"\n\
             domain = \"127.0.0.1\"\nusername = \"listener\"\npassword = \"listener\"\n\
             member = true\nhotline = \"4008001234\"\n\
             [[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\n\
             cadence = [{half}, {half}]\ntarget_rings = 3\nshort_abandon_rings = 1\n",
            program::free_udp()
        )
    }

    fn outcome(self, rang_ms: i64, why: Why) -> &'static str {
        match why {
            Why::Elsewhere if rang_ms < 3 * self.cycle_ms => "met",
            Why::Elsewhere => "late",
            Why::Left | Why::Round if rang_ms < self.cycle_ms => "abandoned_short",
            Why::Left | Why::Round => "abandoned",
        }
    }

    fn outcomes(self, rang_ms: i64, why: Why) -> BTreeSet<&'static str> {
        [-SLACK_MS, SLACK_MS].map(|slack| self.outcome(rang_ms + slack, why)).into()
    }

    /// A CANCEL soon after the house is back may repeat one that it never heard: where that would
    /// change the outcome, the outcome is honestly unknown.
    fn outcomes_after(
        self,
        seen: &Seen,
        kill_at: Moment,
        back_at: Moment,
    ) -> BTreeSet<&'static str> {
        let mut right = BTreeSet::new();
        let heard = seen.cancels.partition_point(|&at| at < back_at).min(seen.cancels.len() - 1);
        for at in &seen.cancels[..=heard] {
            right.append(&mut self.outcomes(at.millis_since(seen.invite), seen.why));
        }
        let first = seen.cancels[0];
        if first.millis_since(back_at) < 4_000 + SLACK_MS {
            // the house notes that it is alive every two seconds
            let alive = kill_at.millis_since(seen.invite);
            for at in [alive - 2_000 - SLACK_MS, alive] {
                if !right.contains(self.outcome(at, seen.why)) {
                    right.insert("unmeasured");
                }
            }
        }
        right
    }
}

/// What the relay saw of one caller.
struct Seen {
    invite: Moment,
    cancels: Vec<Moment>,
    why: Why,
}

/// By the number of the caller.
fn witness(passed: &[Passed]) -> BTreeMap<String, Seen> {
    let mut calls: BTreeMap<String, Seen> = BTreeMap::new();
    for one in passed {
        let from = one.text.lines().find(|line| line.starts_with("From:")).unwrap();
        let number = from.split("<sip:").nth(1).unwrap().split('@').next().unwrap();
        let fresh = || Seen { invite: one.at, cancels: Vec::new(), why: Why::Left };
        let seen = calls.entry(number.to_owned()).or_insert_with(fresh);
        if one.text.starts_with("CANCEL") {
            seen.cancels.push(one.at);
            seen.why = Why::ALL.into_iter().find(|why| one.text.contains(why.reason())).unwrap();
        }
    }
    calls
}

// ------------------------------------------------------------------------------------ the PBX

/// Why a call stops ringing.
#[derive(Clone, Copy)]
enum Why {
    /// A colleague answered.
    Elsewhere,
    /// The caller gave up.
    Left,
    /// The PBX gave up on this round.
    Round,
}

impl Why {
    const ALL: [Self; 3] = [Self::Elsewhere, Self::Left, Self::Round];

    /// Its word in the file of calls.
    const fn word(self) -> &'static str {
        match self {
            Self::Elsewhere => "elsewhere",
            Self::Left => "left",
            Self::Round => "round",
        }
    }

    /// What is in its CANCEL and in no other.
    const fn reason(self) -> &'static str {
        match self {
            Self::Elsewhere => "Call completed elsewhere",
            Self::Left => "Q.850;cause=127",
            Self::Round => "Q.850;cause=0",
        }
    }
}

/// A call that SIPp is to make.
struct Planned {
    caller: String,
    ring_ms: i64,
    why: Why,
}

impl Planned {
    fn new(call: usize, (ring_ms, why): (i64, Why)) -> Self {
        Self { caller: format!("138{call:08}"), ring_ms, why }
    }
}

/// A running SIPp; ends with the story.
struct Sipp {
    child: Option<Child>,
    _folder: tempfile::TempDir,
}

impl Sipp {
    /// Makes the planned calls, so many a second.
    fn ring(to: SocketAddr, plan: &[Planned], a_second: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let calls = folder.path().join("calls.csv");
        let mut lines = String::from("SEQUENTIAL\n");
        for call in plan {
            writeln!(lines, "{};{};{}", call.caller, call.ring_ms, call.why.word()).unwrap();
        }
        fs::write(&calls, lines).unwrap();
        let number = plan.len().to_string();
        let child = Command::new("sipp")
            .arg(to.to_string())
            .args(["-i", "127.0.0.1", "-p", &program::free_udp().port().to_string()])
            .args(["-sf", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sipp/ring_along.xml")])
            .arg("-inf")
            .arg(&calls)
            .args(["-s", "listener", "-r", &a_second.to_string(), "-m", &number, "-l", &number])
            .args(["-nostdin", "-skip_rlimit", "-default_behaviors", "none", "-timeout", "60s"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("SIPp is not installed; `make test` installs it");
        Self { child: Some(child), _folder: folder }
    }

    /// Waits until every call is over on SIPp's side.
    async fn hang_up(mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap()
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

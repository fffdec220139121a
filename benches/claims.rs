//! Nothing is taken twice: 32 tasks on few rooms for a minute, in a process that is killed with -9 and
//! started again on the way; and what a contended save costs. `make bench` runs it on both engines.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]

#[path = "../tests/house/kit.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod kit;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use switchboard::bus::Bus;
use switchboard::claims::{Kind, NewClaim, Owner, Resource, store};
use switchboard::db::{Db, Sql, Stamp};
use switchboard::kernel::{ClaimId, Moment, RoomId};

const TASKS: u64 = 32;
/// The whole race; the process is killed after every part of it.
const PARTS: u64 = 6;
const PART: Duration = Duration::from_secs(10);
/// Fifty people who save once a second each, for so many seconds.
const PEOPLE: u64 = 50;
const SECONDS: u64 = 20;
/// Promised for a contended save on SQLite, in milliseconds.
const PROMISED_P99_MS: u128 = 20;

const TWICE: Sql = Sql::both(
    "SELECT count(*) AS twice FROM claims a JOIN claims b ON a.resource = b.resource AND a.id < b.id
     WHERE a.released_at IS NULL AND b.released_at IS NULL AND a.kind <> 'viewing' AND b.kind <> 'viewing'
       AND a.from_at < b.to_at AND b.from_at < a.to_at",
);
const ALL: Sql = Sql::both("SELECT count(*) AS claims FROM claims");

fn at(minutes: i64) -> Moment {
    Moment::from_millis(minutes * 60_000)
}

fn wish(room: i64, from: i64, to: i64) -> NewClaim {
    NewClaim {
        resource: Resource::room(RoomId(room)),
        from_at: at(from),
        to_at: at(to),
        buffer_ms: 0,
        kind: Kind::Booking,
        owner: Owner::of("bookings/1"),
        expires_at: None,
        note: String::new(),
    }
}

async fn take(db: &Db, takes: Vec<NewClaim>) -> bool {
    let takes = Arc::new(takes);
    db.write(Stamp { now: at(0), by: None }, move |tx| {
        let takes = Arc::clone(&takes);
        Box::pin(async move { store::apply(tx, &[], &takes).await })
    })
    .await
    .unwrap()
    .is_ok()
}

async fn give_back(db: &Db, id: ClaimId) {
    db.write(Stamp { now: at(0), by: None }, move |tx| {
        Box::pin(async move {
            store::queue(tx).await?;
            let found = store::by_ids(tx, &[id]).await?;
            let back: Vec<_> = found.into_iter().map(|claim| claim.released(at(0))).collect();
            drop(store::apply(tx, &back, &[]).await?);
            Ok(())
        })
    })
    .await
    .unwrap();
}

/// What the process that is killed does: books one room or two, and gives back, for ever.
async fn hammer(url: &str, seed: u64) {
    let db = Db::open(url, Bus::new()).await.unwrap();
    let mut people = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let db = db.clone();
        people.spawn(async move {
            let mut chance = StdRng::seed_from_u64(seed * TASKS + task);
            loop {
                let room = chance.random_range(1..11);
                let from = chance.random_range(0..400) * 15;
                let to = from + chance.random_range(2..10) * 15;
                match chance.random_range(0..4) {
                    0 => give_back(&db, ClaimId(chance.random_range(1..5_000))).await,
                    1 => drop(
                        take(&db, vec![wish(room, from, to), wish(room % 10 + 1, from, to)]).await,
                    ),
                    _ => drop(take(&db, vec![wish(room, from, to)]).await),
                }
            }
        });
    }
    drop(people.join_all().await);
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut words = std::env::args().skip(1);
    if words.next().as_deref() == Some("hammer") {
        let (url, seed) = (words.next().unwrap(), words.next().unwrap());
        hammer(&url, seed.parse().unwrap()).await;
        return;
    }
    let mut kept = true;
    for place in kit::places().await {
        let engine = if place.url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
        drop(Db::open(&place.url, Bus::new()).await.unwrap());
        for part in 0..PARTS {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["hammer", &place.url, &part.to_string()])
                .stdout(Stdio::null())
                .spawn()
                .unwrap();
            tokio::time::sleep(PART).await;
            // SIGKILL: nothing is finished, nothing is flushed
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let db = Db::open(&place.url, Bus::new()).await.unwrap();
        let twice: i64 = db.read(TWICE).value().await.unwrap();
        let all: i64 = db.read(ALL).value().await.unwrap();
        kept &= twice == 0 && all > 0;
        println!("{engine:<12} {all} claims in {PARTS} lives, {twice} taken twice (promised 0)");
        let (p50, p99) = saves(&db).await;
        println!(
            "{engine:<12} contended save p50 {p50} ms, p99 {p99} ms (promised {PROMISED_P99_MS})"
        );
        kept &= engine != "SQLite" || p99 <= PROMISED_P99_MS;
    }
    println!("{}", if kept { "kept" } else { "NOT KEPT" });
    if !kept {
        std::process::exit(1);
    }
}

/// Fifty people save once a second each on the same ten rooms; the middle and the worst of a hundred.
async fn saves(db: &Db) -> (u128, u128) {
    let mut people = tokio::task::JoinSet::new();
    for seed in 0..PEOPLE {
        let db = db.clone();
        people.spawn(async move {
            let mut chance = StdRng::seed_from_u64(seed + 1_000);
            let mut took = Vec::new();
            tokio::time::sleep(Duration::from_millis(seed * 20)).await;
            for _ in 0..SECONDS {
                let from = chance.random_range(0..4_000) * 15;
                let begin = Instant::now();
                take(&db, vec![wish(chance.random_range(1..11), from, from + 120)]).await;
                took.push(begin.elapsed().as_millis());
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            took
        });
    }
    let mut all: Vec<_> = people.join_all().await.into_iter().flatten().collect();
    all.sort_unstable();
    let of = |percent: usize| all.get(all.len() * percent / 100).copied().unwrap_or(0);
    (of(50), of(99))
}

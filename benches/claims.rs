//! Nothing is taken twice: thirty-two people on five rooms for a minute through the panel's own acts, in
//! a process that is killed with -9 and started again on the way; what a save costs while fifty people
//! save; how many acts a second thirty-two people get done in a closed loop; and how many bookings are
//! made in the time of a bare insert. `tests/run/bench claims` runs it on both engines,
//! `cargo bench --bench claims -- short` in some seconds.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]
#![expect(clippy::float_arithmetic, reason = "milliseconds for people to read")]

#[path = "../tests/house/kit.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod kit;
#[path = "../tests/house/race.rs"]
mod race;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use switchboard::bookings::acts::{Command as Act, Opening};
use switchboard::bookings::doing;
use switchboard::bookings::store::world::Actor;
use switchboard::bus::Bus;
use switchboard::claims::{Kind, NewClaim, Owner, Resource, store};
use switchboard::db::{Db, Sql, Stamp};
use switchboard::kernel::{BookingId, ClaimId, Moment, RoomId, StaffId};
use switchboard::rooms;

use race::{PEOPLE, Race, day, evening, furnish, never, untold};

/// How long everything takes.
#[derive(Clone, Copy)]
struct Plan {
    /// The process is killed after every part of the race.
    parts: i64,
    part: Duration,
    /// Fifty people save once a second each for so many seconds.
    seconds: u64,
    /// A closed loop lasts so long.
    round: Duration,
    /// Bookings beside as many bare inserts.
    bare: usize,
}

const WHOLE: Plan = Plan {
    parts: 6,
    part: Duration::from_secs(10),
    seconds: 20,
    round: Duration::from_secs(15),
    bare: 1_000,
};
const SHORT: Plan = Plan {
    parts: 2,
    part: Duration::from_secs(3),
    seconds: 3,
    round: Duration::from_secs(2),
    bare: 100,
};

/// People who save once a second each.
const SAVERS: u64 = 50;
/// Promised for their saves on SQLite, in milliseconds.
const PROMISED_P99_MS: f64 = 20.0;
/// What the prototype did in a closed loop of 32 with claims alone (storage.md §2, quiet machine): acts a
/// second, p99 in milliseconds; SQLite with FULL, PostgreSQL with one booker at a time.
const PROTOTYPE: [(f64, f64); 2] = [(1_365.0, 47.0), (1_028.0, 60.0)];

const ALL: Sql = Sql::both("SELECT count(*) AS claims FROM claims");
const LAST: Sql = Sql::both("SELECT coalesce(max(id), 0) AS last FROM claims");

/// What the process that is killed does; it says how far it is and what broke.
async fn hammer(url: &str, part: i64, by: i64) {
    let db = Db::open(url, Bus::new()).await.unwrap();
    let (race, mut broke) = Race::new(&db, StaffId(by), part * 600);
    for task in 0..PEOPLE {
        let seed = part.unsigned_abs() * PEOPLE + task;
        tokio::spawn(race.clone().person(seed, None));
    }
    // until the process is killed
    while !broke.is_closed() {
        tokio::time::sleep(Duration::from_millis(200)).await;
        while let Ok(wrong) = broke.try_recv() {
            println!("wrong {wrong}");
        }
        let tally = &race.tally;
        let [done, refused, clock] = [
            tally.done.load(Ordering::Relaxed),
            tally.refused.load(Ordering::Relaxed),
            usize::try_from(race.clock.load(Ordering::Relaxed)).unwrap_or(0),
        ];
        println!("tally {done} {refused} {clock}");
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [what, url, part, by, ..] = words.as_slice()
        && what == "hammer"
    {
        hammer(url, part.parse().unwrap(), by.parse().unwrap()).await;
        return;
    }
    let plan = if words.iter().any(|word| word == "short") { SHORT } else { WHOLE };
    let mut kept = true;
    for (place, prototype) in kit::places().await.into_iter().zip(PROTOTYPE) {
        let engine = if place.url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
        kept &= lives(engine, &place.url, plan).await;
        let fresh = if engine == "SQLite" { kit::sqlite() } else { kit::postgres().await };
        kept &= saves(engine, &fresh.url, plan, prototype).await;
    }
    println!("{}", if kept { "kept" } else { "NOT KEPT" });
    if !kept {
        std::process::exit(1);
    }
}

fn word(kept: bool) -> &'static str {
    if kept { "kept" } else { "NOT KEPT" }
}

/// The race, killed after every part, and what the tables say then.
async fn lives(engine: &str, url: &str, plan: Plan) -> bool {
    let by = {
        let db = Db::open(url, Bus::new()).await.unwrap();
        let by = furnish(&db).await;
        db.close().await;
        by
    };
    let said = tempfile::tempdir().unwrap();
    let (mut done, mut refused, mut wrong, mut clock) = (0, 0, Vec::new(), 0);
    for part in 0..plan.parts {
        let path = said.path().join(part.to_string());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["hammer", url, &part.to_string(), &by.to_string()])
            .stdout(Stdio::from(File::create(&path).unwrap()))
            .spawn()
            .unwrap();
        tokio::time::sleep(plan.part).await;
        // SIGKILL: nothing is finished, nothing is flushed
        child.kill().unwrap();
        child.wait().unwrap();
        let said = fs::read_to_string(&path).unwrap();
        wrong.extend(said.lines().filter(|line| line.starts_with("wrong")).map(str::to_owned));
        if let Some(last) = said.lines().rev().find(|line| line.starts_with("tally ")) {
            let numbers: Vec<i64> =
                last.split(' ').skip(1).filter_map(|word| word.parse().ok()).collect();
            if let [more, no, at] = numbers.as_slice() {
                (done, refused, clock) = (done + more, refused + no, *at);
            }
        }
    }
    let db = Db::open(url, Bus::new()).await.unwrap();
    let all: i64 = db.read(ALL).value().await.unwrap();
    // the last life may have gone on a little after it last told the time
    let mut never = never(&db, evening(120).plus_millis(clock)).await.unwrap();
    never.extend(untold(&db).await.unwrap());
    let twice = never.iter().map(|(_, many)| many).sum::<i64>();
    println!(
        "{engine:<12} {done} acts, {refused} refused, {all} claims in {} lives of {} s; taken twice or left over: {twice}, promised 0  {}",
        plan.parts,
        plan.part.as_secs(),
        word(twice == 0)
    );
    println!(
        "{engine:<12} acts that broke, refusals that name nobody: {}, promised 0  {}",
        wrong.len(),
        word(wrong.is_empty())
    );
    for one in
        never.iter().map(|(what, many)| format!("{what}: {many}")).chain(wrong.clone()).take(5)
    {
        println!("    {one}");
    }
    db.close().await;
    twice == 0 && wrong.is_empty() && all > 0
}

/// Fifty who save, thirty-two in a closed loop, one beside a bare insert.
async fn saves(engine: &str, url: &str, plan: Plan, prototype: (f64, f64)) -> bool {
    let db = Db::open(url, Bus::new()).await.unwrap();
    let stamp = Stamp { now: evening(0), by: None };
    let mut sheet = "房号,区域,房型,人数\n".to_owned();
    for k in 1..=10 {
        writeln!(sheet, "R{k},3F,大包,8").unwrap();
    }
    rooms::import_rooms(&db, stamp, &sheet, false).await.unwrap();
    let by = furnish(&db).await;

    let mut people = tokio::task::JoinSet::new();
    for seed in 0..SAVERS {
        let db = db.clone();
        people.spawn(async move {
            let mut chance = StdRng::seed_from_u64(seed + 1_000);
            let mut took = Vec::new();
            tokio::time::sleep(Duration::from_millis(seed * 20)).await;
            for _ in 0..plan.seconds {
                let begin = Instant::now();
                drop(
                    doing::open_booking(&db, whose(by), actor(), wish(&mut chance)).await.unwrap(),
                );
                took.push(begin.elapsed());
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            took
        });
    }
    let took = sorted(people.join_all().await.into_iter().flatten());
    let (p50, p99) = (of(&took, 50), of(&took, 99));
    let mut kept = engine != "SQLite" || p99 <= PROMISED_P99_MS;
    println!(
        "{engine:<12} contended save, {SAVERS} people: p50 {p50:.1} ms, p99 {p99:.1} ms, promised {PROMISED_P99_MS} on SQLite  {}",
        word(kept)
    );

    let (rate, p50, p99) =
        closed(&db, plan.round, |db, chance| Box::pin(claim_only(db, chance))).await;
    let as_before = rate >= prototype.0 && p99 <= prototype.1;
    kept &= as_before;
    println!(
        "{engine:<12} closed loop of {PEOPLE}, claims alone: {rate:.0} acts/s, p50 {p50:.1} ms, p99 {p99:.1} ms; promised the prototype's {:.0}/s (p99 {} ms)  {}",
        prototype.0,
        prototype.1,
        word(as_before)
    );
    let (rate, p50, p99) =
        closed(&db, plan.round, move |db, chance| Box::pin(whole_booking(db, chance, by))).await;
    println!(
        "{engine:<12} closed loop of {PEOPLE}, whole bookings with journal and undo: {rate:.0} acts/s, p50 {p50:.1} ms, p99 {p99:.1} ms"
    );

    let mut chance = StdRng::seed_from_u64(7);
    let mut bare = Bare::open(url).await;
    let (mut inserts, mut bookings) = (Duration::ZERO, Duration::ZERO);
    for k in 0..plan.bare {
        let begin = Instant::now();
        bare.insert(&format!("a booking {k}")).await;
        inserts += begin.elapsed();
        let begin = Instant::now();
        drop(doing::open_booking(&db, whose(by), actor(), wish(&mut chance)).await.unwrap());
        bookings += begin.elapsed();
    }
    let per = |all: Duration| f64::from(u32::try_from(plan.bare).unwrap()) / all.as_secs_f64();
    println!(
        "{engine:<12} one after the other: {:.0} bookings/s beside {:.0} bare inserts/s, a booking is {:.1} inserts",
        per(bookings),
        per(inserts),
        per(inserts) / per(bookings)
    );
    db.close().await;
    kept
}

fn actor() -> Actor {
    Actor { day: day(), approves: true }
}

fn whose(by: StaffId) -> Stamp {
    Stamp { now: evening(0), by: Some(by) }
}

/// A booking on one of the ten rooms within two months.
fn wish(chance: &mut StdRng) -> Opening {
    Opening {
        name: "客人".to_owned(),
        party: 4,
        phone: "13800001234".to_owned(),
        starts_at: Some(evening(chance.random_range(0..5_760) * 15)),
        minutes: Some(120),
        rooms: vec![RoomId(chance.random_range(1..=10))],
        ..Opening::default()
    }
}

type Did<'a> = std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Acts a second, and the middle and the worst of a hundred in milliseconds.
async fn closed<F>(db: &Db, round: Duration, act: F) -> (f64, f64, f64)
where
    F: for<'a> Fn(&'a Db, &'a mut StdRng) -> Did<'a> + Send + Sync + 'static,
{
    let act = Arc::new(act);
    let begin = Instant::now();
    let mut people = tokio::task::JoinSet::new();
    for seed in 0..PEOPLE {
        let (db, act) = (db.clone(), Arc::clone(&act));
        people.spawn(async move {
            let mut chance = StdRng::seed_from_u64(seed);
            let mut took = Vec::new();
            while begin.elapsed() < round {
                let from = Instant::now();
                act(&db, &mut chance).await;
                took.push(from.elapsed());
            }
            took
        });
    }
    let took = sorted(people.join_all().await.into_iter().flatten());
    let many = f64::from(u32::try_from(took.len()).unwrap());
    (many / begin.elapsed().as_secs_f64(), of(&took, 50), of(&took, 99))
}

/// As the prototype: seven of ten book, two give back, one moves; nothing but claims.
async fn claim_only(db: &Db, chance: &mut StdRng) {
    let room = Resource::room(RoomId(chance.random_range(1..=10)));
    let from = chance.random_range(0..20_000) * 15;
    let (from_at, to_at) = (evening(from + 200_000), evening(from + 200_120));
    let last: i64 = db.read(LAST).value().await.unwrap();
    let some = ClaimId(chance.random_range((last - 500).max(1)..=last.max(1)));
    let which = chance.random_range(0..10);
    let stamp = Stamp { now: evening(0), by: None };
    let did = db.write_in_line(stamp, move |tx| {
        let room = room.clone();
        Box::pin(async move {
            if which < 7 {
                let claim = NewClaim {
                    resource: room,
                    from_at,
                    to_at,
                    buffer_ms: 0,
                    kind: Kind::Booking,
                    owner: Owner::of("bookings/1"),
                    expires_at: None,
                    note: String::new(),
                };
                return store::apply(tx, &[], &[claim]).await.map(drop);
            }
            store::queue(tx).await?;
            let found = store::by_ids(tx, &[some]).await?.pop();
            let Some(mut claim) = found.filter(|one| one.released_at.is_none()) else {
                return Ok(());
            };
            if which < 9 {
                claim = claim.released(Moment::from_millis(1));
            } else {
                (claim.resource, claim.from_at, claim.to_at) = (room, from_at, to_at);
            }
            store::apply(tx, &[claim], &[]).await.map(drop)
        })
    });
    did.await.unwrap();
}

/// The same with whole bookings: journal, picture for undoing, calls in the corridor.
async fn whole_booking(db: &Db, chance: &mut StdRng, by: StaffId) {
    let which = chance.random_range(0..10);
    if which < 7 {
        drop(doing::open_booking(db, whose(by), actor(), wish(chance)).await.unwrap());
        return;
    }
    let id = BookingId(chance.random_range(1..=400));
    let command = if which < 9 {
        Act::Cancel { reason: "客人取消".to_owned() }
    } else {
        let to = Some(RoomId(chance.random_range(1..=10)));
        Act::Change { from: None, to, starts_at: None, minutes: None, despite: None }
    };
    drop(doing::act(db, whose(by), actor(), id, None, command).await.unwrap());
}

fn sorted(times: impl Iterator<Item = Duration>) -> Vec<f64> {
    let mut all: Vec<f64> = times.map(|one| one.as_secs_f64() * 1_000.0).collect();
    all.sort_unstable_by(f64::total_cmp);
    all
}

fn of(sorted: &[f64], percent: usize) -> f64 {
    sorted
        .get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1)))
        .copied()
        .unwrap_or(0.0)
}

/// What a durable insert costs without any of us around it.
enum Bare {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bare {
    async fn open(url: &str) -> Self {
        if url.starts_with("sqlite") {
            let mut on = SqliteConnection::connect(url).await.unwrap();
            for pragma in ["PRAGMA synchronous = FULL", "PRAGMA busy_timeout = 5000"] {
                sqlx::query(pragma).execute(&mut on).await.unwrap();
            }
            let table = "CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT NOT NULL)";
            sqlx::query(table).execute(&mut on).await.unwrap();
            Self::Sqlite(on)
        } else {
            let mut on = PgConnection::connect(url).await.unwrap();
            let table = "CREATE TABLE bare (id bigserial PRIMARY KEY, text TEXT NOT NULL)";
            sqlx::query(table).execute(&mut on).await.unwrap();
            Self::Postgres(on)
        }
    }

    async fn insert(&mut self, text: &str) {
        const INSERT: &str = "INSERT INTO bare (text) VALUES ($1)";
        match self {
            Self::Sqlite(on) => drop(sqlx::query(INSERT).bind(text).execute(on).await.unwrap()),
            Self::Postgres(on) => drop(sqlx::query(INSERT).bind(text).execute(on).await.unwrap()),
        }
    }
}

//! From the last byte of an INVITE to the event on `/live`, with the call stored, at fifty calls a
//! second: the real program on each engine, beside a bare durable insert into the same database in
//! the same run. `make bench` runs it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]

mod floor;
#[path = "../tests/house/kit.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod kit;
#[path = "../tests/house/program.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod program;
mod ringer;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection, SqliteConnection};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use program::Site;
use ringer::{HOTLINE, Ringer};

/// Calls that are measured on each engine, after as many seconds of warming up as [`WARM`] calls take.
const CALLS: usize = 2_000;
const WARM: usize = 100;
/// Fifty calls a second.
const BETWEEN: Duration = Duration::from_millis(20);
/// How many calls ring at a time: each is answered elsewhere after a second.
const RINGING: usize = 50;

/// Promised: above the bare insert, at most so many microseconds.
const PROMISED: [(usize, u64); 2] = [(50, 1_500), (99, 5_000)];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    println!("INVITE's last byte to /live, call stored, 50 calls/s, {CALLS} calls; microseconds");
    println!(
        "{:<12} {:>4} {:>10} {:>12} {:>8} {:>9}",
        "", "", "to /live", "bare insert", "above", "promised"
    );
    let mut kept = true;
    for place in kit::places().await {
        let engine = if place.url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
        let (live, bare, floor) = measure(place).await;
        for (percent, promised) in PROMISED {
            let (live, bare) = (percentile(&live, percent), percentile(&bare, percent));
            let above = live.saturating_sub(bare);
            kept &= above <= promised;
            println!("{engine:<12} p{percent:<3} {live:>10} {bare:>12} {above:>8} {promised:>9}");
        }
        let floor = [50, 99].map(|percent| percentile(&floor, percent));
        println!(
            "{engine:<12} a bare program, datagram to reader: p50 {}, p99 {}",
            floor[0], floor[1]
        );
    }
    println!("{}", if kept { "kept" } else { "NOT KEPT" });
    if !kept {
        std::process::exit(1);
    }
}

/// Microseconds to `/live` of each call, of each bare insert between them, and what a program takes for
/// the same way that does nothing else.
async fn measure(place: kit::Place) -> (Vec<u64>, Vec<u64>, Vec<u64>) {
    let url = place.url.clone();
    let mut site = Site::new(place, HOTLINE);
    site.start().await;
    let mut bare = Bare::open(&url).await;
    let (web, token) = (site.web, site.token("supervisor"));
    let mut tasks = JoinSet::new();
    let stream = listen(web, &token).await;
    tasks.spawn(first_words(stream, WARM + CALLS));

    let pbx = Ringer::of(site.sip, "bench", "138", true).await;
    let mut beat = tokio::time::interval(BETWEEN);
    let (mut sent, mut inserts) = (Vec::new(), Vec::new());
    for call in 0..WARM + CALLS {
        beat.tick().await;
        let invite = pbx.request("INVITE", call);
        pbx.send(&invite).await;
        sent.push(Instant::now());
        // the other half of the time belongs to the bare insert
        tokio::time::sleep_until((sent[call] + BETWEEN / 2).into()).await;
        let from = Instant::now();
        bare.insert(&invite).await;
        inserts.push(from.elapsed());
        if let Some(over) = call.checked_sub(RINGING) {
            pbx.send(&pbx.request("CANCEL", over)).await;
        }
        pbx.acknowledge().await;
    }
    let Some(Ok(heard)) = tasks.join_next().await else {
        panic!("/live ended: {}", site.words());
    };
    let live = sent.iter().zip(heard).map(|(from, at)| at.duration_since(*from));
    let live = micros(live.skip(WARM));
    site.kill();
    let floor = micros(floor::measure(bare).await.into_iter());
    (live, micros(inserts.into_iter().skip(WARM)), floor)
}

async fn listen(web: SocketAddr, token: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(web).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let ask = format!(
        "GET /live HTTP/1.1\r\nHost: {web}\r\nAuthorization: Bearer {token}\r\n\
         Accept: text/event-stream\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.contains("200"), "{line}");
    stream
}

/// When each call was spoken of first, in the order of the calls.
async fn first_words(mut stream: BufReader<TcpStream>, calls: usize) -> Vec<Instant> {
    let mut seen = std::collections::BTreeSet::new();
    let mut at = Vec::new();
    let mut line = String::new();
    while at.len() < calls {
        line.clear();
        assert!(stream.read_line(&mut line).await.unwrap() > 0, "/live was closed");
        let now = Instant::now();
        let subject = line.split("\"subject\":\"calls/").nth(1);
        if let Some(id) = subject.and_then(|rest| rest.split('"').next())
            && seen.insert(id.parse::<u64>().unwrap())
        {
            at.push(now);
        }
    }
    assert!(seen.iter().is_sorted(), "calls are numbered in the order in which they came");
    at
}

/// What a durable insert costs without any of us around it.
enum Bare {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Bare {
    async fn open(url: &str) -> Self {
        const TABLE: &str = "CREATE TABLE bare (id INTEGER PRIMARY KEY, text TEXT NOT NULL)";
        if url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(url).await.unwrap();
            sqlx::query("PRAGMA synchronous = FULL").execute(&mut connection).await.unwrap();
            sqlx::query("PRAGMA busy_timeout = 5000").execute(&mut connection).await.unwrap();
            // moving pages out of the log is no part of an insert, here as in the house
            sqlx::query("PRAGMA wal_autocheckpoint = 0").execute(&mut connection).await.unwrap();
            sqlx::query(TABLE).execute(&mut connection).await.unwrap();
            Self::Sqlite(connection)
        } else {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let table = "CREATE TABLE bare (id bigserial PRIMARY KEY, text TEXT NOT NULL)";
            sqlx::query(table).execute(&mut connection).await.unwrap();
            Self::Postgres(connection)
        }
    }

    async fn insert(&mut self, text: &str) {
        const INSERT: &str = "INSERT INTO bare (text) VALUES ($1)";
        match self {
            Self::Sqlite(on) => {
                sqlx::query(INSERT).bind(text).execute(on).await.unwrap();
            }
            Self::Postgres(on) => {
                sqlx::query(INSERT).bind(text).execute(on).await.unwrap();
            }
        }
    }
}

fn micros(times: impl Iterator<Item = Duration>) -> Vec<u64> {
    let mut sorted: Vec<u64> =
        times.map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX)).collect();
    sorted.sort_unstable();
    sorted
}

fn percentile(sorted: &[u64], percent: usize) -> u64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)]
}

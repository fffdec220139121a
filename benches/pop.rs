//! From the INVITE to the card on the screen: the real program with a million customers' cards, one
//! real browser and nineteen more desks that listen. The clock runs from the send to the animation
//! frame in which the card, with the caller's name, is drawn: in the queue where several ring, large
//! and with all that is known where one rings alone. `make bench` runs it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]

#[path = "../tests/house/kit.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod kit;
#[path = "../tests/house/program.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod program;
mod ringer;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sqlx::{Connection as _, PgConnection};
use switchboard::bus::Bus;
use switchboard::db::{Db, Sql, Stamp};
use switchboard::kernel::Moment;
use switchboard::staff::{self, Newcomer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use program::Site;
use ringer::{HOTLINE, Ringer};

/// Calls that are measured, after some of warming up.
const CALLS: usize = 300;
const WARM: usize = 20;
/// Eight calls a second, each rings for half a second.
const BETWEEN: Duration = Duration::from_millis(125);
const RINGING: usize = 4;
/// Calls that ring alone, each for half of this time.
const ALONE: usize = 60;
const APART: Duration = Duration::from_millis(800);
/// Desks beside the one in the browser.
const READERS: usize = 19;
/// Promised: at most so many milliseconds.
const PROMISED: [(usize, i64); 2] = [(50, 60), (99, 150)];

const CARDS: Sql = Sql::pair(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
     INSERT INTO contacts (kind, name, created_at, changed_at) SELECT 'person', '客户' || i, 0, 0 FROM n",
    "INSERT INTO contacts (kind, name, created_at, changed_at)
     SELECT 'person', '客户' || i, 0, 0 FROM generate_series(1, 1000000) AS n(i)",
);
const NUMBERS: Sql = Sql::pair(
    "INSERT INTO contact_numbers (contact_id, place, number, label, as_written, reversed)
     SELECT id, 1, '+86138' || printf('%08d', id), 'mobile', '138' || printf('%08d', id), CAST(id AS TEXT) FROM contacts",
    "INSERT INTO contact_numbers (contact_id, place, number, label, as_written, reversed)
     SELECT id, 1, '+86138' || lpad(CAST(id AS text), 8, '0'), 'mobile', '138' || lpad(CAST(id AS text), 8, '0'), CAST(id AS text) FROM contacts",
);

/// What an import does at its end (the server plans by how many cards there are), and what the server does
/// by itself in the minutes after it. Neither may stand inside a transaction.
const TIDY: [&str; 2] = ["VACUUM (ANALYZE)", "CHECKPOINT"];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    println!(
        "INVITE to the drawn card, {READERS} more desks, a million contacts, {CALLS} calls in a stack, {ALONE} alone; ms"
    );
    let mut kept = true;
    for place in kit::places().await {
        let engine = if place.url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
        let taken = measure(place).await;
        for (card, taken) in [("in the stack", &taken.queue), ("large, alone", &taken.hand)] {
            for (percent, promised) in PROMISED {
                let rank = (taken.len() * percent / 100).min(taken.len() - 1);
                let ms = taken[rank];
                kept &= ms <= promised;
                let word = if ms <= promised { "kept" } else { "NOT KEPT" };
                println!(
                    "{engine:<12} {card:<14} p{percent:<3} {ms:>6} ms   promised {promised:>4}  {word}"
                );
            }
        }
    }
    if !kept {
        std::process::exit(1);
    }
}

/// Milliseconds of each call, shortest first.
struct Taken {
    queue: Vec<i64>,
    hand: Vec<i64>,
}

/// When each caller's name was drawn, in milliseconds of the clock.
#[derive(serde::Deserialize)]
struct Drawn {
    queue: BTreeMap<String, i64>,
    hand: BTreeMap<String, i64>,
}

async fn measure(place: kit::Place) -> Taken {
    fill(&place.url).await;
    let mut site = Site::new(place, HOTLINE);
    site.start().await;
    let token = site.token("operator");
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..READERS {
        tasks.spawn(listen(site.web, token.clone()));
    }
    let mut node = Command::new("node")
        .arg("pop.bench.mjs")
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser"))
        .env("PANEL", format!("http://{}", site.web))
        .env("PASSWORD", PASSWORD)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(node.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "ready", "the browser is up");

    let pbx = Ringer::of(site.sip, "pop", "138", false).await;
    let mut sent = BTreeMap::new();
    let mut beat = tokio::time::interval(BETWEEN);
    for call in 1..=WARM + CALLS + RINGING {
        beat.tick().await;
        if call <= WARM + CALLS {
            sent.insert(call, now_ms());
            pbx.send(&pbx.request("INVITE", call)).await;
        }
        if let Some(over) = call.checked_sub(RINGING).filter(|over| *over > 0) {
            pbx.send(&pbx.request("CANCEL", over)).await;
        }
        pbx.acknowledge().await;
    }
    let mut alone = BTreeMap::new();
    let mut beat = tokio::time::interval(APART / 2);
    beat.tick().await;
    for call in (0..ALONE).map(|call| WARM + CALLS + RINGING + 1 + call) {
        beat.tick().await;
        alone.insert(call, now_ms());
        pbx.send(&pbx.request("INVITE", call)).await;
        beat.tick().await;
        pbx.send(&pbx.request("CANCEL", call)).await;
        pbx.acknowledge().await;
    }
    node.stdin.take().unwrap().write_all(b"done\n").unwrap();
    let drawn: Drawn = serde_json::from_str(&said.next().unwrap().unwrap()).unwrap();
    node.wait().unwrap();
    let waits = |sent: Vec<(&usize, &i64)>, drawn: &BTreeMap<String, i64>| {
        let mut waits = Vec::new();
        for (call, at) in sent {
            let frame = drawn.get(&format!("客户{call}"));
            let frame =
                frame.unwrap_or_else(|| panic!("call {call} was never drawn: {}", site.words()));
            waits.push(frame - at);
        }
        waits.sort_unstable();
        waits
    };
    Taken {
        queue: waits(sent.iter().skip(WARM).collect(), &drawn.queue),
        hand: waits(alone.iter().collect(), &drawn.hand),
    }
}

const PASSWORD: &str = "three rings and no more";

/// A million cards and one operator.
async fn fill(url: &str) {
    let db = Db::open(url, Bus::new()).await.unwrap();
    let stamp = Stamp { now: Moment::from_millis(0), by: None };
    for sql in [CARDS, NUMBERS] {
        let write = db.write(stamp, move |tx| Box::pin(async move { tx.keep(sql).run().await }));
        write.await.unwrap();
    }
    let newcomer = Newcomer {
        name: "李红".to_owned(),
        login: "li".to_owned(),
        roles: "operator".parse().unwrap(),
        extension: None,
        password: PASSWORD.to_owned(),
    };
    staff::add(&db, stamp, newcomer).await.unwrap();
    db.close().await;
    if url.starts_with("postgres") {
        let mut aside = PgConnection::connect(url).await.unwrap();
        for tidy in TIDY {
            sqlx::query(tidy).execute(&mut aside).await.unwrap();
        }
        aside.close().await.unwrap();
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// A desk that listens and throws away what it hears.
async fn listen(web: SocketAddr, token: String) {
    let mut stream = TcpStream::connect(web).await.unwrap();
    let ask = format!(
        "GET /live HTTP/1.1\r\nHost: {web}\r\nAuthorization: Bearer {token}\r\n\
         Accept: text/event-stream\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    let mut heard = [0; 16_384];
    while stream.read(&mut heard).await.is_ok_and(|bytes| bytes > 0) {}
}

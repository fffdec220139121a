//! From starting the program to its being ready, with a million calls in the log, on each engine.
//! `make bench` runs it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]

#[path = "../tests/house/kit.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod kit;
#[path = "../tests/house/program.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod program;

use std::time::Instant;

use sqlx::{Connection as _, PgConnection, SqliteConnection};
use switchboard::bus::Bus;
use switchboard::db::Db;

use program::Site;

/// Promised, in milliseconds.
const PROMISED: u128 = 300;
/// Starts on each engine; the median counts.
const STARTS: usize = 7;

/// A million ended calls over a hundred weeks, one a minute, with a leg, three events and three
/// journal rows each. Both engines read the same SQL.
const MILLION: [&str; 5] = [
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
     INSERT INTO calls (uid, version, pbx, hotline_number, hotline_name, caller_number,
        caller_reversed, caller_as_sent, withheld, state, offered_at, rang_at, answered_at,
        rings, answer_rings, answer_ms, caller_wait_ms, within_target, outcome, ended_by, end_seen,
        evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, local_hour)
     SELECT 'seed-' || i, 4, 'main', '4008001234', '400', '+86138' || (10000000 + i),
        (10000000 + i) || '83168+', '138' || (10000000 + i), FALSE, 'ended',
        CAST(1735660800000 AS BIGINT) + i * CAST(60000 AS BIGINT),
        CAST(1735660800000 AS BIGINT) + i * CAST(60000 AS BIGINT),
        CAST(1735660807000 AS BIGINT) + i * CAST(60000 AS BIGINT),
        2, 2, 7000, 7000, TRUE, 'met', 'unknown', FALSE,
        'member', 5000, 3, 15000, 2, '2026-01-01', i % 24
     FROM n",
    "INSERT INTO call_legs (call_id, leg, kind, offered_at, rang_at, ended_at, ending)
     SELECT id, 'main/' || uid || '/z9hG4bK', 'member', offered_at, rang_at, answered_at, 'elsewhere'
     FROM calls",
    "INSERT INTO call_events (call_id, seq, at, kind)
     SELECT id, s.seq, rang_at, s.kind FROM calls,
        (SELECT 1 AS seq, 'offered' AS kind UNION ALL SELECT 2, 'ringing' UNION ALL SELECT 3, 'ended')
        AS s",
    "INSERT INTO journal (seq, at, kind, subject, change, version)
     SELECT (id - 1) * 3 + s.version, rang_at, 'call', 'calls/' || id, s.change, s.version FROM calls,
        (SELECT 1 AS version, 'offered' AS change UNION ALL SELECT 2, 'ringing'
         UNION ALL SELECT 3, 'ended') AS s",
    "UPDATE journal_head SET seq = 3000000",
];

#[tokio::main]
async fn main() {
    println!("start to ready with a million calls in the log; median of {STARTS} starts, ms");
    let mut kept = true;
    for place in kit::places().await {
        let engine = if place.url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
        seed(&place.url).await;
        let mut site = Site::new(place, "");
        let mut times = Vec::new();
        for _ in 0..STARTS {
            let from = Instant::now();
            site.start().await;
            times.push(from.elapsed().as_millis());
            site.stop();
        }
        times.sort_unstable();
        let median = times[STARTS / 2];
        kept &= median <= PROMISED;
        println!("{engine:<12} {median:>5} ms   promised {PROMISED:>4}   all {times:?}");
    }
    println!("{}", if kept { "kept" } else { "NOT KEPT" });
    if !kept {
        std::process::exit(1);
    }
}

async fn seed(url: &str) {
    Db::open(url, Bus::new()).await.unwrap().close().await;
    if url.starts_with("sqlite") {
        let mut connection = SqliteConnection::connect(url).await.unwrap();
        for sql in MILLION {
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await.unwrap();
    } else {
        let mut connection = PgConnection::connect(url).await.unwrap();
        // a trigger for each row takes a server minutes; all it leaves is which days' sums are to be made
        // anew, and those are made after the start
        sqlx::query("SET session_replication_role = replica")
            .execute(&mut connection)
            .await
            .unwrap();
        for sql in MILLION {
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
        sqlx::query("VACUUM ANALYZE").execute(&mut connection).await.unwrap();
    }
}

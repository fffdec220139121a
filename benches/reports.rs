//! The supervisor's pages and the log's filters over many calls, on both engines, while calls come in.
//!
//! `REPORTS_CALLS` says how many calls (100 000 by default, 10 000 000 for the promise), over 730 days;
//! `REPORTS_ENGINES` is `sqlite,postgres`. Prints the median and the worst of each question.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a measuring program: it stops where it cannot go on, and reads the machine's clock"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _};
use switchboard::bus::Bus;
use switchboard::calls::Figure;
use switchboard::calls::store::{CallerFilter, Filter, page};
use switchboard::db::{Db, Sql, Stamp};
use switchboard::kernel::{BusinessDay, Moment, StaffId};
use switchboard::reports::answering::gather;
use switchboard::reports::{self, By, Period, store};

const DAYS: i64 = 730;
const PERSONS: i64 = 20;
const ROUNDS: usize = 15;

fn day() -> BusinessDay {
    let cutoff = chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap();
    BusinessDay { zone: chrono_tz::Asia::Shanghai, cutoff }
}

fn now() -> Moment {
    Moment::parse_rfc3339("2026-11-23T17:00:00+08:00").unwrap()
}

/// One call as numbers made of its own number, the same on both engines.
struct Rows {
    count: i64,
}

/// Splits a number into chance (splitmix64).
fn mix(n: i64) -> u64 {
    let mut z = u64::from_ne_bytes(n.to_ne_bytes()).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Rows {
    /// A line for COPY or VALUES, cells in the order of `COLUMNS`.
    fn cells(&self, n: i64) -> Vec<Option<String>> {
        let chance = mix(n);
        let pick = |shift: u32, of: u64| i64::try_from((chance >> shift) % of).unwrap();
        // newest last, spread over the days; the last ends a minute ago
        let span = DAYS * 86_400_000;
        let offered = now().millis() - 60_000 - span + span / self.count * n;
        let at = Moment::from_millis(offered);
        let (outcome, after) = match pick(0, 100) {
            0..72 => ("met", pick(8, 14_900)),
            72..84 => ("late", 15_000 + pick(8, 30_000)),
            84..91 => ("abandoned", 5_000 + pick(8, 30_000)),
            91..95 => ("abandoned_short", pick(8, 5_000)),
            95..97 => ("not_offered", pick(8, 20_000)),
            97 => ("machine_only", 20_000),
            _ => ("unmeasured", 0),
        };
        let answered = matches!(outcome, "met" | "late");
        let rang = (outcome != "not_offered").then(|| offered + 60 + pick(20, 40));
        let lifted = rang.filter(|_| answered).map(|rang| rang + after);
        let over = lifted.map_or(offered + after, |lifted| lifted + 20_000 + pick(24, 300_000));
        let over = over.max(rang.unwrap_or(offered));
        let number = |n: i64| Some(n.to_string());
        let text = |text: &str| Some(text.to_owned());
        let caller = format!("+86138{:08}", pick(30, 90_000_000));
        let reversed: String = caller.chars().rev().filter(char::is_ascii_digit).collect();
        vec![
            number(n + 1),
            Some(format!("b{n}")),
            number(1),
            text("main"),
            text(if pick(40, 4) == 0 { "4008005678" } else { "4008001234" }),
            text("400"),
            Some(caller),
            Some(reversed),
            text("false"),
            text("ended"),
            number(offered),
            rang.map(|at| at.to_string()),
            lifted.map(|at| at.to_string()),
            number(over),
            number(1),
            lifted.map(|_| (after / 5_000 + 1).to_string()),
            lifted.map(|_| after.to_string()),
            number(lifted.unwrap_or(over) - offered),
            lifted.map(|_| "801".to_owned()),
            lifted.map(|_| (1 + pick(44, PERSONS.unsigned_abs())).to_string()),
            text(outcome),
            (pick(50, 50) == 0).then(|| "after_hours".to_owned()),
            text(if pick(56, 2) == 0 { "caller" } else { "us" }),
            text("true"),
            text("position_180"),
            number(5_000),
            number(3),
            number(15_000),
            number(2),
            Some(day().date(at).to_string()),
            number(day().local_hour(at)),
        ]
    }
}

const COLUMNS: &str = "id, uid, version, pbx, hotline_number, hotline_name, caller_number, caller_reversed, withheld, state, \
    offered_at, rang_at, answered_at, ended_at, rings, answer_rings, answer_ms, caller_wait_ms, answered_extension, \
    answered_staff, outcome, excluded, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, \
    business_date, local_hour";

fn values(cells: Vec<Option<String>>) -> String {
    let cell = |cell: Option<String>| cell.map_or_else(|| "NULL".to_owned(), |c| format!("'{c}'"));
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("({})", cells.join(","))
}

fn sql(text: String) -> sqlx::SqlStr {
    AssertSqlSafe(text).into_sql_str()
}

/// Fills a store with `count` calls as fast as the engine takes them; marks and sums come after.
async fn fill(url: &str, count: i64) {
    let rows = Rows { count };
    let people = (1..=PERSONS).map(|n| format!("({n}, 'P{n}', 'p{n}', 'operator', 0)"));
    let people: Vec<String> = people.collect();
    let people = format!(
        "INSERT INTO staff (id, name, login, roles, created_at) VALUES {}",
        people.join(",")
    );
    // a common pair of characters in every tenth call's notes, for the search
    let pieces =
        "INSERT INTO call_grams (gram, call_id) SELECT '电梯', id FROM calls WHERE id % 10 = 0";
    let rare =
        "INSERT INTO call_grams (gram, call_id) SELECT '梯困', id FROM calls WHERE id % 1000 = 0";
    let notes = "UPDATE calls SET notes = '电梯门不开' WHERE id % 1000 = 0";
    if url.starts_with("postgres") {
        let mut on = PgConnection::connect(url).await.unwrap();
        on.execute(sql(people)).await.unwrap();
        on.execute(sql("ALTER TABLE calls DISABLE TRIGGER USER".into())).await.unwrap();
        let copy = format!("COPY calls ({COLUMNS}) FROM STDIN");
        let mut into = on.copy_in_raw(&copy).await.unwrap();
        let mut part = String::new();
        for n in 0..count {
            let line: Vec<String> = rows
                .cells(n)
                .into_iter()
                .map(|cell| cell.unwrap_or_else(|| "\\N".into()))
                .collect();
            part.push_str(&line.join("\t"));
            part.push('\n');
            if part.len() > 1 << 20 {
                into.send(std::mem::take(&mut part).into_bytes()).await.unwrap();
            }
        }
        into.send(part.into_bytes()).await.unwrap();
        into.finish().await.unwrap();
        for text in [notes, pieces, rare] {
            on.execute(sql(text.to_owned())).await.unwrap();
        }
        on.execute(sql("ALTER TABLE calls ENABLE TRIGGER USER".into())).await.unwrap();
        on.execute(sql(
            "SELECT setval(pg_get_serial_sequence('calls', 'id'), max(id)) FROM calls".into()
        ))
        .await
        .unwrap();
        on.execute(sql(
            "INSERT INTO report_marks (business_date) SELECT DISTINCT business_date FROM calls"
                .into(),
        ))
        .await
        .unwrap();
        on.execute(sql("VACUUM ANALYZE".into())).await.unwrap();
        return;
    }
    let mut on = SqliteConnection::connect(url).await.unwrap();
    on.execute(sql("PRAGMA synchronous = OFF".into())).await.unwrap();
    on.execute(sql("PRAGMA cache_size = -400000".into())).await.unwrap();
    on.execute(sql(people)).await.unwrap();
    on.execute(sql("BEGIN".into())).await.unwrap();
    let mut n = 0;
    while n < count {
        let part: Vec<String> =
            (n..(n + 500).min(count)).map(|n| values(bare(rows.cells(n)))).collect();
        let text = format!("INSERT INTO calls ({COLUMNS}) VALUES {}", part.join(","));
        on.execute(sql(text)).await.unwrap();
        n += 500;
    }
    for text in [notes, pieces, rare] {
        on.execute(sql(text.to_owned())).await.unwrap();
    }
    on.execute(sql("COMMIT".into())).await.unwrap();
    on.execute(sql("PRAGMA wal_checkpoint(TRUNCATE)".into())).await.unwrap();
}

/// SQLite writes true and false as numbers.
fn bare(cells: Vec<Option<String>>) -> Vec<Option<String>> {
    let one = |cell: Option<String>| match cell.as_deref() {
        Some("true") => Some("1".to_owned()),
        Some("false") => Some("0".to_owned()),
        _ => cell,
    };
    cells.into_iter().map(one).collect()
}

/// Writes calls as they would come, so many a second, until told to stop; counts them.
async fn ingest(
    db: Db,
    from: i64,
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
    worst: Arc<AtomicU64>,
) {
    let mut beat = tokio::time::interval(Duration::from_millis(20));
    let mut n = from;
    while !stop.load(Ordering::Relaxed) {
        beat.tick().await;
        let offered = now().millis() - 30_000;
        let begun = format!(
            "INSERT INTO calls (uid, version, pbx, hotline_number, withheld, state, offered_at, rang_at, rings, ended_by, \
             end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, local_hour) VALUES \
             ('n{n}', 1, 'main', '4008001234', FALSE, 'ringing', {offered}, {offered}, 1, 'unknown', FALSE, 'member', 5000, 3, \
             15000, 2, '{}', {})",
            day().date(Moment::from_millis(offered)),
            day().local_hour(Moment::from_millis(offered)),
        );
        let over = format!(
            "UPDATE calls SET state = 'ended', outcome = 'met', answered_at = {0}, ended_at = {0}, answer_rings = 2, \
             answer_ms = 7000, caller_wait_ms = 7000 WHERE uid = 'n{n}'",
            offered + 7_000
        );
        n += 1;
        let rows = [Sql::both(begun.leak()), Sql::both(over.leak())];
        let start = Instant::now();
        let stamp = Stamp { now: now(), by: None };
        let write = db.write(stamp, move |tx| {
            Box::pin(async move {
                for row in rows {
                    tx.keep(row).run().await?;
                }
                Ok(())
            })
        });
        write.await.unwrap();
        let took = u64::try_from(start.elapsed().as_micros()).unwrap();
        worst.fetch_max(took, Ordering::Relaxed);
        written.fetch_add(1, Ordering::Relaxed);
    }
}

fn shown(name: &str, mut times: Vec<Duration>, promised_ms: Option<u128>) {
    times.sort();
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    let promise = promised_ms.map_or_else(String::new, |most| {
        let kept = if median.as_millis() < most { "kept" } else { "NOT KEPT" };
        format!("promised < {most} ms  {kept}")
    });
    println!(
        "{name:<52} {:>8.1} ms  worst {:>8.1} ms   {promise}",
        median.as_secs_f64() * 1e3,
        worst.as_secs_f64() * 1e3
    );
}

async fn measure<F: Future<Output = ()>>(
    name: &str,
    promised: Option<u128>,
    mut ask: impl FnMut() -> F,
) {
    ask().await;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        ask().await;
        times.push(began.elapsed());
    }
    shown(name, times, promised);
}

async fn reports_of(db: &Db, person: Option<StaffId>, tag: &str) {
    let today = day().date(now());
    let back = |days| today.checked_sub_days(chrono::Days::new(days)).unwrap();
    let periods = [
        ("today", Period { name: "today", from: today, to: today }),
        ("yesterday", Period { name: "yesterday", from: back(1), to: back(1) }),
        ("four weeks", Period { name: "four_weeks", from: back(27), to: today }),
        ("a year", Period { name: "custom", from: back(364), to: today }),
    ];
    let settings = store::settings(db).await.unwrap();
    for (name, period) in periods {
        let scope = store::Scope { period, hotline: None, person };
        let by = By::usual(&period);
        measure(&format!("{tag}: report of {name}"), Some(50), || async {
            gather(db, &scope, by, settings).await.unwrap();
        })
        .await;
    }
}

async fn filters(db: &Db, tag: &str) {
    let from = |days: i64| Some(now().plus_millis(-days * 86_400_000));
    let all = Filter::default;
    let filters = [
        ("newest", all()),
        ("late of the last week", Filter { figure: Some(Figure::Late), from: from(7), ..all() }),
        (
            "a cell: Friday 18 h of a year",
            Filter {
                figure: Some(Figure::Counted),
                weekday: Some(5),
                hour: Some(18),
                from: from(365),
                ..all()
            },
        ),
        ("why busy, four weeks", Filter { figure: Some(Figure::WhyBusy), from: from(28), ..all() }),
        (
            "one person's, a year",
            Filter { answered_by: Some(StaffId(7)), from: from(365), ..all() },
        ),
        ("a caller", Filter { caller: CallerFilter::read("13800001234"), ..all() }),
        ("the end of a number", Filter { caller: CallerFilter::read("1234"), ..all() }),
        (
            "slower than 40 s, a year",
            Filter { answer_from_ms: Some(40_000), from: from(365), ..all() },
        ),
    ];
    for (name, filter) in filters {
        measure(&format!("{tag}: log, {name}"), Some(50), || async {
            page(db, &filter, 50, None).await.unwrap();
        })
        .await;
    }
    let absent = Filter { q: Some("电梯困人".into()), ..all() };
    measure(&format!("{tag}: log, a common pair in an absent phrase"), Some(250), || async {
        page(db, &absent, 50, None).await.unwrap();
    })
    .await;
}

async fn engine(tag: &str, url: &str, count: i64) {
    drop(Db::open(url, Bus::new()).await.unwrap());
    let began = Instant::now();
    fill(url, count).await;
    println!("{tag}: {count} calls in {:.0} s", began.elapsed().as_secs_f64());
    let db = Db::open(url, Bus::new()).await.unwrap();
    let began = Instant::now();
    let days = reports::sum_marked(&db, &day(), now()).await.unwrap();
    let each = began.elapsed() / u32::try_from(days.max(1)).unwrap();
    println!(
        "{tag}: {days} days summed in {:.0} s, {:.1} ms each",
        began.elapsed().as_secs_f64(),
        each.as_secs_f64() * 1e3
    );
    let stop = Arc::new(AtomicBool::new(false));
    let (written, worst) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let writer =
        tokio::spawn(ingest(db.clone(), count, stop.clone(), written.clone(), worst.clone()));
    let began = Instant::now();
    reports_of(&db, None, tag).await;
    reports_of(&db, Some(StaffId(7)), &format!("{tag}, one person")).await;
    filters(&db, tag).await;
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    let rate = written.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    let worst = worst.load(Ordering::Relaxed) as f64 / 1e3;
    println!("{tag}: {rate:.0} calls/s came in meanwhile, the slowest write {worst:.1} ms");
    db.close().await;
}

#[tokio::main]
async fn main() {
    let number = |name: &str| std::env::var(name).ok();
    let count = number("REPORTS_CALLS").map_or(100_000, |text| text.parse().unwrap());
    let engines = number("REPORTS_ENGINES").unwrap_or_else(|| "sqlite,postgres".to_owned());
    let folder = tempfile::tempdir().unwrap();
    if engines.contains("sqlite") {
        let url = format!("sqlite://{}", folder.path().join("house.db").display());
        engine("sqlite", &url, count).await;
    }
    if engines.contains("postgres") {
        let server = number("SWITCHBOARD_TEST_PG").expect("tests/run/postgres with …");
        let mut on = PgConnection::connect(&server).await.unwrap();
        on.execute(sql("CREATE DATABASE reports_bench".into())).await.unwrap();
        let url = server.replace("/postgres?", "/reports_bench?");
        let url = if url == server {
            format!("{}/reports_bench", server.trim_end_matches("/postgres"))
        } else {
            url
        };
        engine("postgres", &url, count).await;
        on.execute(sql("DROP DATABASE reports_bench WITH (FORCE)".into())).await.unwrap();
    }
}

//! The supervisor's pages and the log's filters over ten million calls, on both engines, while calls come
//! in: the pages as a browser gets them, made by the whole house.
//!
//! `REPORTS_CALLS` says how many calls (10 000 000), over 730 days; `REPORTS_ENGINES` is
//! `sqlite,postgres`. Prints the median and the worst of each page beside what is promised. The calls
//! are made by the engines themselves, then summed, both engines at once; that takes some minutes and
//! some eight gigabytes each, which are given back. The calls that come in meanwhile come as INVITEs of a
//! PBX and go the whole way through the house.
//!
//! `REPORTS_STORES` names stores that an earlier run made and left (`REPORTS_KEEP=yes`), by their URLs with
//! blanks between: they are measured as they are, brought up to this release first.
//!
//! They are calls as a house has them: few at night, and of every kind that is rare some so rare that a
//! year has a handful. The server has its statistics, as it gathers them by itself; the embedded store
//! has none, as at a site.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a measuring program: it stops where it cannot go on, and reads the machine's clock"
)]

mod ringer;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, SqlSafeStr as _};
use switchboard::app::{self, Opening};
use switchboard::bus::Bus;
use switchboard::clock::Clock;
use switchboard::db::{Db, Stamp};
use switchboard::kernel::{BusinessDay, Moment, Roles};
use switchboard::{config, reports, staff};
use tokio::net::UdpSocket;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use ringer::{HOTLINE, Ringer};

const DAYS: i64 = 730;
const PERSONS: i64 = 20;
/// Stood in once or twice a month.
const STAND_IN: i64 = PERSONS + 1;
const ROUNDS: usize = 15;
const CALLS_A_SECOND: u64 = 50;
/// How many of them ring at a time: each is answered elsewhere after a second.
const RINGING: usize = 50;

fn day() -> BusinessDay {
    let cutoff = chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap();
    BusinessDay { zone: chrono_tz::Asia::Shanghai, cutoff }
}

fn now() -> Moment {
    Moment::parse_rfc3339("2026-11-23T17:00:00+08:00").unwrap()
}

fn sql(text: impl Into<String>) -> sqlx::SqlStr {
    AssertSqlSafe(text.into()).into_sql_str()
}

/// So many calls as one statement: each is made of its own number, the newest last, the last of this
/// afternoon. Two in a hundred come between eleven at night and seven. `a` to `d` are chances of one in
/// 1 048 576.
fn calls(count: i64, postgres: bool) -> String {
    let step = DAYS * 86_400_000 / count;
    let first = now().millis() - 60_000 - step * count;
    let series = if postgres {
        format!("SELECT g AS n FROM generate_series(1::bigint, {count}) g")
    } else {
        format!(
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s"
        )
    };
    // Shanghai is eight hours ahead all year; its business day begins at six
    let date = if postgres {
        "to_char(to_timestamp((offered + 7200000) / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')"
    } else {
        "date((offered + 7200000) / 1000, 'unixepoch')"
    };
    // what is spread evenly over a day that begins at seven (23 h UTC) is drawn apart: 98 % into 16 hours
    let even = format!("({first} + {step} * n + 3600000)");
    let time = format!("({even} % 86400000)");
    let offered = format!(
        "{even} - {time} - 3600000 + CASE WHEN {time} < 84672000 THEN {time} * 100 / 147 \
         ELSE 57600000 + ({time} - 84672000) * 50 / 3 END"
    );
    // each step is reckoned once
    let hold = if postgres { " OFFSET 0" } else { " LIMIT -1" };
    let digits: Vec<String> =
        (0..8).map(|place| format!("(who / {} % 10)", 10_i64.pow(place))).collect();
    let reversed = digits.join(" || '' || ");
    format!(
        "INSERT INTO calls (id, uid, version, pbx, hotline_number, hotline_name, caller_number, caller_reversed, withheld, state, \
         offered_at, rang_at, answered_at, ended_at, rings, answer_rings, answer_ms, caller_wait_ms, answered_extension, \
         answered_staff, outcome, excluded, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, \
         notes, business_date, local_hour) \
         SELECT n, 'b' || (10000000000 + n), 1, 'main', CASE WHEN d % 4 = 0 THEN '4008005678' ELSE '4008001234' END, '400', \
             '+86138' || who, {reversed} || '83168', FALSE, 'ended', offered, rang, CASE WHEN lifted = 1 THEN rang + after_ms END, \
             coalesce(rang, offered) + after_ms + CASE WHEN lifted = 1 THEN 20000 + c % 300000 ELSE 0 END, 1, \
             CASE WHEN lifted = 1 THEN after_ms / 5000 + 1 END, CASE WHEN lifted = 1 THEN after_ms END, \
             after_ms + coalesce(rang, offered) - offered, CASE WHEN lifted = 1 THEN '801' END, \
             CASE WHEN lifted = 1 AND c % 150001 = 1 THEN NULL WHEN lifted = 1 AND c % 20011 = 2 THEN {STAND_IN} \
                 WHEN lifted = 1 THEN 1 + d / 8 % {PERSONS} END, outcome, \
             CASE WHEN c % 50 = 0 THEN 'after_hours' WHEN c % 20011 = 5 THEN 'outage' WHEN c % 150001 = 7 THEN 'test' END, \
             CASE WHEN d % 150001 = 3 THEN 'us' WHEN d % 150001 = 5 THEN 'unknown' ELSE 'caller' END, TRUE, \
             CASE WHEN outcome = 'not_offered' THEN 'none' WHEN c % 150001 = 11 THEN 'dialog' WHEN c % 100 = 0 THEN 'trunk_180' \
                 WHEN c % 100 < 10 THEN 'member' ELSE 'position_180' END, 5000, 3, 15000, 2, \
             CASE WHEN n % 1000 = 0 THEN '电梯里有困难的人' ELSE '' END, {date}, (offered / 3600000 + 8) % 24 \
         FROM (SELECT n, c, d, who, outcome, offered, CASE WHEN outcome IN ('met', 'late') THEN 1 ELSE 0 END AS lifted, \
                 CASE WHEN outcome <> 'not_offered' THEN offered + CASE WHEN d % 300 = 0 THEN 2500 ELSE 60 + c % 40 END END AS rang, \
                 CASE outcome WHEN 'met' THEN b % 14900 WHEN 'late' THEN 15000 + b % 30000 WHEN 'abandoned' THEN 5000 + b % 30000 \
                     WHEN 'abandoned_short' THEN b % 5000 ELSE 20000 END AS after_ms \
             FROM (SELECT n, b, c, d, 10000000 + b * 85 AS who, {offered} AS offered, \
                     CASE WHEN a % 10000 < 7300 THEN 'met' WHEN a % 10000 < 8500 THEN 'late' WHEN a % 10000 < 9200 THEN 'abandoned' \
                         WHEN a % 10000 < 9600 THEN 'abandoned_short' WHEN a % 10000 < 9800 THEN 'not_offered' \
                         WHEN a % 10000 < 9999 THEN 'unmeasured' ELSE 'machine_only' END AS outcome \
                 FROM (SELECT n, n * 2654435761 % 4294967296 / 4096 AS a, (n + 77) * 2246822519 % 4294967296 / 4096 AS b, \
                         (n + 991) * 3266489917 % 4294967296 / 4096 AS c, (n + 5) * 668265263 % 4294967296 / 4096 AS d \
                     FROM ({series}) AS numbers{hold}) AS chances{hold}) AS made{hold}) AS whole"
    )
}

/// A common pair of characters in every tenth call's notes; the others of the phrase in each
/// thousandth, never together: the phrase is absent.
const PIECES: [&str; 3] = [
    "INSERT INTO call_grams (gram, call_id) SELECT '电梯', id FROM calls WHERE id % 10 = 0",
    "INSERT INTO call_grams (gram, call_id) SELECT '梯困', id FROM calls WHERE id % 1000 = 0",
    "INSERT INTO call_grams (gram, call_id) SELECT '困人', id FROM calls WHERE id % 1000 = 0",
];

/// What telephones showed: every fiftieth answered call was fetched, some were busy, a few could not be reached.
const LEGS: [&str; 3] = [
    "INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ending) \
     SELECT id, 'f' || id, 'extension', '801', offered_at, NULL, answered_at, 'answered' FROM calls \
     WHERE id % 50 = 0 AND outcome IN ('met', 'late')",
    "INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ending) \
     SELECT id, 'b' || id, 'position', '802', offered_at, NULL, NULL, 'busy' FROM calls \
     WHERE id % 20 = 1 AND outcome IN ('late', 'abandoned')",
    "INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, rang_at, answered_at, ending) \
     SELECT id, 'u' || id, 'position', '803', offered_at, NULL, NULL, 'unreachable' FROM calls \
     WHERE id % 40 = 3 AND outcome = 'not_offered'",
];

/// Every abandoned call was owed a call back: most were kept, one in twenty too late, a few a person let be,
/// and the newest are still owed.
fn debts(count: i64) -> [String; 4] {
    let open = count - count / 1_000;
    let over = "c.offered_at + CASE WHEN c.id % 20 = 0 THEN 2000000 ELSE 600000 END";
    let closed = format!("CASE WHEN c.id <= {open} THEN {over} END");
    let missed = "FROM calls c WHERE c.outcome = 'abandoned' AND c.excluded IS NULL";
    [
        format!(
            "INSERT INTO follow_ups (id, kind, about, state, assignee_role, opened_at, due_at, ladder, closed_at) \
             SELECT c.id, 'call_back', 'calls/' || c.id, CASE WHEN c.id <= {open} THEN 'done' ELSE 'open' END, 'operator', \
                 c.ended_at, c.offered_at + 900000, '[]', {closed} {missed}"
        ),
        format!(
            "INSERT INTO missed_debts (id, follow_up_id, calls, first_call, last_call, first_at, last_at, closed_at, closed_how) \
             SELECT c.id, c.id, 1, c.id, c.id, c.offered_at, c.offered_at, {closed}, \
                 CASE WHEN c.id > {open} THEN NULL WHEN c.id % 20011 = 0 THEN 'by_hand' ELSE 'called_back' END {missed}"
        ),
        format!("INSERT INTO missed_debt_calls (call_id, debt_id) SELECT c.id, c.id {missed}"),
        "INSERT INTO report_call_backs (business_date, hotline, state, n) \
         SELECT b.business_date, b.hotline, b.state, count(*) FROM call_backs b GROUP BY b.business_date, b.hotline, b.state"
            .to_owned(),
    ]
}

/// What calls are found by that is said by their telephones and debts.
const FINDS: [&str; 4] = [
    "INSERT INTO call_finds (what, offered_at, call_id, local_hour) SELECT 'fetched', c.offered_at, c.id, c.local_hour \
     FROM call_legs l JOIN calls c ON c.id = l.call_id WHERE l.kind = 'extension' AND l.answered_at IS NOT NULL",
    "INSERT INTO call_finds (what, offered_at, call_id, local_hour) SELECT 'unreachable', c.offered_at, c.id, c.local_hour \
     FROM call_legs l JOIN calls c ON c.id = l.call_id WHERE l.ending = 'unreachable'",
    "INSERT INTO call_finds (what, offered_at, call_id, local_hour) SELECT 'owed', c.offered_at, c.id, c.local_hour \
     FROM missed_debt_calls m JOIN calls c ON c.id = m.call_id",
    "INSERT INTO call_finds (what, offered_at, call_id, local_hour) SELECT 'kept_late', c.offered_at, c.id, c.local_hour \
     FROM call_backs b JOIN calls c ON c.id = b.call_id WHERE b.state = 'kept_late'",
];

/// The tables that are filled without their indexes and triggers.
const FILLED: &str = "('calls', 'call_grams', 'call_legs', 'follow_ups', 'missed_debts', 'missed_debt_calls', \
     'call_finds')";

fn people() -> String {
    let people = (1..=STAND_IN).map(|n| format!("({n}, 'P{n}', 'p{n}', 'operator', 0)"));
    let people: Vec<String> = people.collect();
    format!("INSERT INTO staff (id, name, login, roles, created_at) VALUES {}", people.join(", "))
}

async fn texts<'c, C: sqlx::Executor<'c>>(on: C, text: &str) -> Vec<String>
where
    for<'r> String: sqlx::Decode<'r, C::Database> + sqlx::Type<C::Database>,
    usize: sqlx::ColumnIndex<<C::Database as sqlx::Database>::Row>,
{
    let rows = on.fetch_all(sql(text)).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect()
}

/// Fills a store as fast as the engine takes it: indexes and triggers come back after.
async fn fill_sqlite(url: &str, count: i64) {
    let mut on = SqliteConnection::connect(url).await.unwrap();
    for pragma in ["synchronous = OFF", "cache_size = -600000", "foreign_keys = OFF"] {
        on.execute(sql(format!("PRAGMA {pragma}"))).await.unwrap();
    }
    let own = format!("tbl_name IN {FILLED} AND type IN ('index', 'trigger') AND sql IS NOT NULL");
    let makes =
        texts(&mut on, &format!("SELECT sql FROM sqlite_master WHERE {own} ORDER BY type")).await;
    let drops = format!("SELECT 'DROP ' || type || ' ' || name FROM sqlite_master WHERE {own}");
    for drop in texts(&mut on, &drops).await {
        on.execute(sql(drop)).await.unwrap();
    }
    on.execute(sql(people())).await.unwrap();
    on.execute(sql(calls(count, false))).await.unwrap();
    let more = PIECES.into_iter().chain(LEGS).map(str::to_owned).chain(debts(count));
    let more = more.chain(FINDS.map(str::to_owned));
    for text in more.chain(makes) {
        on.execute(sql(text)).await.unwrap();
    }
    on.execute(sql(MARKS)).await.unwrap();
    on.execute(sql("PRAGMA wal_checkpoint(TRUNCATE)")).await.unwrap();
}

const MARKS: &str =
    "INSERT INTO report_marks (business_date) SELECT DISTINCT business_date FROM calls";

async fn fill_postgres(url: &str, count: i64) {
    let mut on = PgConnection::connect(url).await.unwrap();
    for set in ["session_replication_role = replica", "maintenance_work_mem = '512MB'"] {
        on.execute(sql(format!("SET {set}"))).await.unwrap();
    }
    let own = format!(
        "schemaname = current_schema() AND tablename IN {FILLED} AND indexname NOT LIKE '%_pkey' \
         AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    );
    let makes = texts(&mut on, &format!("SELECT indexdef FROM pg_indexes WHERE {own}")).await;
    let drops =
        format!("SELECT 'DROP INDEX ' || quote_ident(indexname) FROM pg_indexes WHERE {own}");
    for drop in texts(&mut on, &drops).await {
        on.execute(sql(drop)).await.unwrap();
    }
    on.execute(sql(people())).await.unwrap();
    on.execute(sql(calls(count, true))).await.unwrap();
    let more = PIECES.into_iter().chain(LEGS).map(str::to_owned).chain(debts(count));
    let more = more.chain(FINDS.map(str::to_owned));
    for text in more.chain(makes) {
        on.execute(sql(text)).await.unwrap();
    }
    on.execute(sql(MARKS)).await.unwrap();
    for table in ["calls", "follow_ups", "missed_debts"] {
        let next =
            format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}");
        on.execute(sql(next)).await.unwrap();
    }
    on.execute(sql("VACUUM ANALYZE")).await.unwrap();
}

/// An engine with all its calls, summed.
async fn prepare(tag: &str, url: &str, count: i64) {
    drop(Db::open(url, Bus::new()).await.unwrap());
    let began = Instant::now();
    if tag == "postgres" {
        fill_postgres(url, count).await;
    } else {
        fill_sqlite(url, count).await;
    }
    println!("{tag}: {count} calls made in {:.0} s", began.elapsed().as_secs_f64());
    let db = Db::open(url, Bus::new()).await.unwrap();
    let began = Instant::now();
    let renewed = reports::sum_marked(&db, &day(), now()).await.unwrap();
    let took = began.elapsed();
    println!(
        "{tag}: {} days summed in {:.0} s, {:.1} ms each",
        renewed.days,
        took.as_secs_f64(),
        took.as_secs_f64() * 1e3 / renewed.days.max(1) as f64
    );
    if tag == "postgres" {
        let mut on = PgConnection::connect(url).await.unwrap();
        on.execute(sql("VACUUM ANALYZE")).await.unwrap();
    }
    db.close().await;
}

/// What came in meanwhile.
#[derive(Default)]
struct Ingest {
    stop: AtomicBool,
    /// How many calls began.
    sent: AtomicU64,
    /// How many calls that had begun the store did not have yet, at most.
    behind: AtomicU64,
}

/// Rings the house until told to stop, and lets its clock go on meanwhile; how long that took.
async fn ingest(sip: SocketAddr, start: Moment, clock: Clock, meter: Arc<Ingest>) -> Duration {
    // no call has the name of one that an earlier run sent
    let name = format!("bench{}", start.millis()).leak();
    let pbx = Ringer::of(sip, name, "139", true).await;
    let mut beat = tokio::time::interval(Duration::from_micros(1_000_000 / CALLS_A_SECOND));
    let began = Instant::now();
    for call in 0.. {
        beat.tick().await;
        clock.set(start.plus_millis(i64::try_from(began.elapsed().as_millis()).unwrap()));
        if meter.stop.load(Ordering::Relaxed) && call > RINGING {
            break;
        }
        pbx.send(&pbx.request("INVITE", call)).await;
        meter.sent.fetch_add(1, Ordering::Relaxed);
        if let Some(over) = call.checked_sub(RINGING) {
            pbx.send(&pbx.request("CANCEL", over)).await;
        }
        pbx.acknowledge().await;
    }
    began.elapsed()
}

async fn number_of(url: &str, text: String) -> Option<i64> {
    if url.starts_with("sqlite") {
        SqliteConnection::connect(url).await.unwrap().fetch_one(sql(text)).await.unwrap().get(0)
    } else {
        PgConnection::connect(url).await.unwrap().fetch_one(sql(text)).await.unwrap().get(0)
    }
}

/// How many of the calls that came in since then stand in the store.
async fn stored(url: &str, start: Moment) -> u64 {
    const COUNT: &str = "SELECT count(*) FROM calls WHERE pbx = 'bench' AND offered_at >= ";
    let found = number_of(url, format!("{COUNT}{}", start.millis())).await;
    u64::try_from(found.unwrap()).unwrap()
}

/// When calls begin to come in: this afternoon, or after those that an earlier run sent.
async fn start_of(url: &str) -> Moment {
    const LAST: &str = "SELECT max(offered_at) FROM calls WHERE pbx = 'bench'";
    let last = number_of(url, LAST.to_owned()).await;
    last.map_or_else(now, |last| now().max(Moment::from_millis(last + 600_000)))
}

/// Adds calls that are over to the sums, as the house does every second, and looks how far the store is
/// behind what was sent.
async fn renew(db: Db, url: String, start: Moment, clock: Clock, meter: Arc<Ingest>) {
    let mut beat = tokio::time::interval(Duration::from_secs(1));
    while !meter.stop.load(Ordering::Relaxed) {
        beat.tick().await;
        let sent = meter.sent.load(Ordering::Relaxed);
        meter.behind.fetch_max(sent.saturating_sub(stored(&url, start).await), Ordering::Relaxed);
        reports::sum_marked(&db, &day(), clock.now()).await.unwrap();
    }
}

/// Every page, with what is promised of it in milliseconds.
fn pages() -> Vec<(String, String, u128)> {
    let today = day().date(now());
    let back = |days| today.checked_sub_days(chrono::Days::new(days)).unwrap();
    let (month, year) = (format!("from={}", back(27)), format!("from={}", back(364)));
    let mut pages = Vec::new();
    let mut page = |name: &str, path: String, most| pages.push((name.to_owned(), path, most));
    for (whose, person) in [("", ""), (", one person's", "&person=7")] {
        for (name, period) in [
            ("today", "period=today"),
            ("yesterday", "period=yesterday"),
            ("four weeks", "period=four_weeks"),
            ("a year", year.as_str()),
            ("a year by hour", &format!("{year}&by=hour")),
        ] {
            let to =
                if period.starts_with("from") { format!("&to={today}") } else { String::new() };
            let path = format!("/reports/answering?{period}{to}{person}");
            page(&format!("report of {name}{whose}"), path, 50);
        }
    }
    for (name, period) in [("today", "period=today"), ("a year", year.as_str())] {
        let to = if period.starts_with("from") { format!("&to={today}") } else { String::new() };
        let path = format!("/reports/answering?{period}{to}&hotline=4008005678");
        page(&format!("report of {name}, one hotline's"), path, 50);
    }
    for by in ["weekday", "day", "week", "month"] {
        for (whose, more) in [
            ("", ""),
            (", one person's", "&person=7"),
            (", one hotline's", "&hotline=4008005678"),
            (", one person's on one hotline", "&person=7&hotline=4008005678"),
        ] {
            let path = format!("/reports/answering?{year}&to={today}&by={by}{more}");
            page(&format!("report of a year by {by}{whose}"), path, 50);
        }
    }
    page("report of a year as CSV", format!("/reports/answering?{year}&to={today}&format=csv"), 50);
    page("the wall", "/wall".into(), 50);
    page("staffing, eight weeks", "/reports/staffing".into(), 50);
    let pivot = format!("/reports/analysis?{year}&to={today}");
    for (rows, columns, measure) in [
        ("hotline", "person", "presented"),
        ("person", "hour", "why_busy"),
        ("person", "weekday", "pickups"),
        ("month", "hotline", "abandoned"),
        ("day", "hour", "counted"),
        ("week", "weekday", "late"),
        ("hour", "nothing", "machine_only"),
    ] {
        let path = format!("{pivot}&rows={rows}&columns={columns}&measure={measure}");
        page(&format!("analysis: {measure} by {rows} and {columns}, a year"), path, 50);
    }
    page(
        "analysis: late by weekday and hour, a year",
        format!("{pivot}&rows=weekday&columns=hour&measure=late"),
        50,
    );
    page(
        "analysis: answered by person and month, a year",
        format!("{pivot}&rows=person&columns=month&measure=answered"),
        50,
    );
    let week = format!("from={}", back(6));
    for (name, filter) in [
        ("newest", String::new()),
        ("late, the last week", format!("figure=late&{week}")),
        ("a cell: Friday 18 h of a year", format!("figure=counted&weekday=5&hour=18&{year}")),
        ("why busy, four weeks", format!("figure=why_busy&{month}")),
        ("one person's, a year", format!("answered_by=7&{year}")),
        ("a caller", "caller=13810000085".into()),
        ("the end of a number", "caller=4321".into()),
        ("slower than 40 s, a year", format!("answer_from_ms=40000&{year}")),
        ("call-backs still owed", format!("call_back=open&{month}")),
        ("fetched by a colleague, a year", format!("figure=pickups&{year}")),
        ("fetched, one person's, a year", format!("figure=pickups&answered_by=7&{year}")),
        ("fetched, a stand-in's, a year", format!("figure=pickups&answered_by={STAND_IN}&{year}")),
        ("fetched, answered or taken by one, a year", format!("figure=pickups&staff=7&{year}")),
        (
            "fetched, answered or taken by a stand-in, a year",
            format!("figure=pickups&staff={STAND_IN}&{year}"),
        ),
        ("fetched at four in the morning, a year", format!("figure=pickups&hour=4&{year}")),
        ("fetched on a Friday at 18 h, a year", format!("figure=pickups&weekday=5&hour=18&{year}")),
        (
            "fetched and late, one hotline's, a year",
            format!("figure=pickups&outcome=late&hotline=4008005678&{year}"),
        ),
        ("why busy, a year", format!("figure=why_busy&{year}")),
        ("why nobody lifted, a year", format!("figure=why_away&{year}")),
        ("why not registered, a year", format!("figure=why_unreachable&{year}")),
        (
            "why not registered, one hotline's, a year",
            format!("figure=why_unreachable&hotline=4008005678&{year}"),
        ),
        (
            "why not registered, one person's, a year",
            format!("figure=why_unreachable&answered_by=7&{year}"),
        ),
        (
            "why not registered, Fridays at 18 h, a year",
            format!("figure=why_unreachable&weekday=5&hour=18&{year}"),
        ),
        ("why the PBX was late, a year", format!("figure=why_pbx&{year}")),
        ("not seen why, a year", format!("figure=why_unknown&{year}")),
        (
            "not seen why, one hotline's Fridays",
            format!("figure=why_unknown&hotline=4008005678&weekday=5&{year}"),
        ),
        ("the longest, a year", format!("figure=measured&answer_from_ms=44998&{year}")),
        ("the caller's longest, a year", format!("figure=waited&wait_from_ms=47300&{year}")),
        (
            "one person's longest, a year",
            format!("figure=measured&answered_by=7&answer_from_ms=44990&{year}"),
        ),
        ("one hotline, a year", format!("hotline=4008005678&{year}")),
        ("no hotline known, a year", format!("hotline=-&{year}")),
        ("one hotline's late, four weeks", format!("hotline=4008005678&figure=late&{month}")),
        ("timed by the trunk, a year", format!("figure=counted&evidence=trunk_180&{year}")),
        (
            "timed by a position, a stand-in's, a year",
            format!("figure=counted&evidence=position_180&answered_by={STAND_IN}&{year}"),
        ),
        (
            "timed by a member, a stand-in's, a year",
            format!("figure=counted&evidence=member&answered_by={STAND_IN}&{year}"),
        ),
        (
            "timed by a member, one person's, a year",
            format!("figure=measured&evidence=member&answered_by=7&{year}"),
        ),
        (
            "timed by a member, one hotline's, a year",
            format!("figure=counted&evidence=member&hotline=4008005678&{year}"),
        ),
        ("timed by a lamp, a year", format!("evidence=dialog&{year}")),
        ("timed by a lamp, counted", format!("figure=counted&evidence=dialog&{year}")),
        ("timed by a lamp, one hotline", format!("evidence=dialog&hotline=4008001234&{year}")),
        ("timed by a lamp, late, ever", "evidence=dialog&outcome=late".into()),
        ("a machine alone, a year", format!("outcome=machine_only&{year}")),
        ("a machine alone, one hotline", format!("outcome=machine_only&hotline=4008001234&{year}")),
        ("tests, a year", format!("figure=test&{year}")),
        ("tests, one hotline", format!("figure=test&hotline=4008001234&{year}")),
        ("while deaf, a year", format!("figure=outage&{year}")),
        ("not counted, a year", format!("figure=excluded&{year}")),
        ("not over, a year", format!("figure=live&{year}")),
        ("still ringing, a year", format!("state=ringing&{year}")),
        ("we hung up, a year", format!("figure=hung_us&{year}")),
        ("not seen who hung up, a year", format!("figure=hung_unknown&{year}")),
        ("answered in the fourth ring, a year", format!("figure=ring_4&{year}")),
        ("answered later than the fifth, a year", format!("figure=ring_6&{year}")),
        ("served by nobody, a year", format!("figure=unserved&{year}")),
        ("lost before the promise, a year", format!("figure=gone_in_time&{year}")),
        ("rang late, a year", format!("figure=pbx_late&{year}")),
        ("at four in the morning, a year", format!("hour=4&{year}")),
        ("a cell: Sunday 4 h of a year", format!("figure=counted&weekday=7&hour=4&{year}")),
        ("lost at four in the morning, a year", format!("figure=abandoned&hour=4&{year}")),
        ("one person's late, a year", format!("figure=late&answered_by=7&{year}")),
        ("a stand-in's, a year", format!("answered_by={STAND_IN}&{year}")),
        ("a stand-in's late, a year", format!("figure=late&answered_by={STAND_IN}&{year}")),
        ("answered by nobody known, a year", format!("figure=answered&answered_by=0&{year}")),
        ("late by nobody known, a year", format!("figure=late&answered_by=0&{year}")),
        ("answered or taken by one, a year", format!("staff=7&{year}")),
        (
            "over, a stand-in's on one hotline, a year",
            format!("state=ended&hotline=4008005678&staff={STAND_IN}&{year}"),
        ),
        ("abandoned at four in the morning, a year", format!("outcome=abandoned&hour=4&{year}")),
        ("answered or taken by a stand-in, a year", format!("staff={STAND_IN}&{year}")),
        ("the end of a number, a year", format!("caller=4321&{year}")),
        ("call-backs ever owed, a year", format!("call_back=owed&{year}")),
        ("call-backs kept too late, a year", format!("call_back=kept_late&{year}")),
        (
            "call-backs kept too late, one hotline's, a year",
            format!("call_back=kept_late&hotline=4008005678&{year}"),
        ),
        (
            "call-backs kept too late, at four in the morning",
            format!("call_back=kept_late&hour=4&{year}"),
        ),
        ("call-backs kept in time, a year", format!("call_back=kept&{year}")),
        (
            "call-backs ever owed, one hotline's, a year",
            format!("call_back=owed&hotline=4008005678&{year}"),
        ),
        ("call-backs let be, a year", format!("call_back=waived&{year}")),
        ("call-backs still owed, a year", format!("call_back=open&{year}")),
    ] {
        page(&format!("log: {name}"), format!("/calls?{filter}"), 50);
    }
    // 电梯困人
    let phrase = "/calls?q=%E7%94%B5%E6%A2%AF%E5%9B%B0%E4%BA%BA";
    page("log: a common pair in an absent phrase", phrase.into(), 250);
    pages
}

/// Lists that are read on: their name, and the address of the first page.
fn lists() -> Vec<(&'static str, String)> {
    let year = day().date(now()).checked_sub_days(chrono::Days::new(364)).unwrap();
    vec![
        ("all", "/calls?limit=200".to_owned()),
        ("late, a year", format!("/calls?figure=late&from={year}&limit=200")),
        ("one person's, a year", format!("/calls?answered_by=7&from={year}&limit=200")),
        ("fetched, a year", format!("/calls?figure=pickups&from={year}&limit=200")),
        ("kept too late, a year", format!("/calls?call_back=kept_late&from={year}&limit=200")),
    ]
}

async fn measure(tag: &str, web: SocketAddr, token: &str) -> bool {
    let http = reqwest::Client::new();
    let ask = async |path: &str| {
        let request = http.get(format!("http://{web}{path}")).bearer_auth(token);
        let began = Instant::now();
        let answer = request.header("accept", "text/html").send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        began.elapsed()
    };
    let mut all = true;
    let mut pages = pages();
    for (name, first) in lists() {
        let mut path = first.clone();
        for _ in 0..20 {
            let request = http.get(format!("http://{web}{path}")).bearer_auth(token);
            let page = request.header("accept", "application/json").send().await.unwrap();
            let page: serde_json::Value =
                serde_json::from_str(&page.text().await.unwrap()).unwrap();
            // of few calls a list ends sooner
            let Some(next) = page["next"].as_str() else { break };
            path = format!("{first}&after={next}");
        }
        pages.push((format!("log: {name}, its 21st page of 200"), path, 50));
    }
    for (name, path, promised) in pages {
        ask(&path).await;
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            times.push(ask(&path).await);
        }
        times.sort();
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        let kept = median.as_millis() < promised;
        all &= kept;
        println!(
            "{:<62} {:>8.1} ms  worst {:>8.1} ms   promised < {promised} ms  {}",
            format!("{tag}: {name}"),
            median.as_secs_f64() * 1e3,
            worst.as_secs_f64() * 1e3,
            if kept { "kept" } else { "NOT KEPT" }
        );
    }
    all
}

/// Opens the house on a prepared store and asks for every page while calls come in.
async fn engine(tag: &str, url: &str) -> bool {
    let db = Db::open(url, Bus::new()).await.unwrap();
    let start = start_of(url).await;
    let stamp = Stamp { now: start, by: None };
    let (_, token) = staff::create_token(&db, stamp, "bench", Roles::all()).await.unwrap();
    // a port that was free a moment ago
    let sip = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let text = format!(
        "[web]\nlisten = \"127.0.0.1:0\"\n[store]\nurl = \"{url}\"\n[sip]\nlisten = [\"udp://{sip}\"]\n{HOTLINE}\
         [[hotline]]\nname = \"订餐\"\nnumber = \"4008005678\"\n"
    );
    let config = config::parse("bench", &text, &[]).unwrap();
    let stop = CancellationToken::new();
    let clock = Clock::manual(start);
    let opening = Opening { config, clock: clock.clone(), stop: stop.clone() };
    let house = app::open(opening).await.unwrap();
    let web = house.address();
    let serving = tokio::spawn(house.serve());
    let meter = Arc::new(Ingest::default());
    let writer = tokio::spawn(ingest(sip, start, clock.clone(), meter.clone()));
    let adder = tokio::spawn(renew(db.clone(), url.to_owned(), start, clock, meter.clone()));
    let kept = measure(tag, web, &token).await;
    meter.stop.store(true, Ordering::Relaxed);
    // calls came for so long; the adder's last second is none of it
    let took = writer.await.unwrap();
    adder.await.unwrap();
    let (sent, kept_calls) = (meter.sent.load(Ordering::Relaxed), stored(url, start).await);
    let rate = kept_calls as f64 / took.as_secs_f64();
    let fed = rate > CALLS_A_SECOND as f64 * 0.98;
    println!(
        "{:<62} {rate:>8.1} /s  {sent} sent, {kept_calls} stored, at most {} behind   promised {CALLS_A_SECOND}/s  {}",
        format!("{tag}: calls that came in meanwhile"),
        meter.behind.load(Ordering::Relaxed),
        if fed { "kept" } else { "NOT KEPT" }
    );
    stop.cancel();
    serving.await.unwrap().unwrap();
    db.close().await;
    kept && fed
}

#[tokio::main]
async fn main() {
    let number = |name: &str| std::env::var(name).ok();
    let count = number("REPORTS_CALLS").map_or(10_000_000, |text| text.parse().unwrap());
    let engines = number("REPORTS_ENGINES").unwrap_or_else(|| "sqlite,postgres".to_owned());
    if let Some(stores) = number("REPORTS_STORES") {
        let mut kept = true;
        for url in stores.split_whitespace() {
            kept &=
                engine(if url.starts_with("sqlite") { "sqlite" } else { "postgres" }, url).await;
        }
        std::process::exit(i32::from(!kept));
    }
    let keeping = number("REPORTS_KEEP").is_some();
    // beside the build, not in a folder that may live in memory
    let mut folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    folder.disable_cleanup(keeping);
    let began = Instant::now();
    let ready = Mutex::new(Vec::new());
    let sqlite = async {
        if engines.contains("sqlite") {
            let url = format!("sqlite://{}", folder.path().join("house.db").display());
            prepare("sqlite", &url, count).await;
            ready.lock().await.push(("sqlite", url));
        }
    };
    let server = number("SWITCHBOARD_TEST_PG");
    let postgres = async {
        if engines.contains("postgres") {
            let server = server.clone().expect("tests/run/postgres with …");
            let mut on = PgConnection::connect(&server).await.unwrap();
            on.execute(sql("DROP DATABASE IF EXISTS reports_bench")).await.unwrap();
            on.execute(sql("CREATE DATABASE reports_bench")).await.unwrap();
            let url = server.replace("/postgres?", "/reports_bench?");
            let url = if url == server {
                format!("{}/reports_bench", server.trim_end_matches("/postgres"))
            } else {
                url
            };
            prepare("postgres", &url, count).await;
            ready.lock().await.push(("postgres", url));
        }
    };
    // two engines on two cores; measured one after the other
    tokio::join!(sqlite, postgres);
    println!("{count} calls are ready after {:.0} s", began.elapsed().as_secs_f64());
    let mut kept = true;
    for (tag, url) in ready.into_inner() {
        kept &= engine(tag, &url).await;
        if keeping {
            println!("{tag}: kept in {url}");
        }
    }
    if let Some(server) = server.filter(|_| engines.contains("postgres") && !keeping) {
        let mut on = PgConnection::connect(&server).await.unwrap();
        on.execute(sql("DROP DATABASE reports_bench WITH (FORCE)")).await.unwrap();
    }
    println!("all in {:.0} s", began.elapsed().as_secs_f64());
    if !kept {
        // a status of its own, once the folder is gone
        drop(folder);
        std::process::exit(1);
    }
}

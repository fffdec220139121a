//! Finding one of a million contacts, on each engine: by name, sound, number, company, and the
//! caller's card at the first ring. `make bench` runs it.
//!
//! Some thousands of cards are written as people write them, then the engines copy them by themselves,
//! both at once, without indexes that come back after: a minute or two. The server gets its statistics,
//! as it gathers them by itself; the embedded store has none, as at a site.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]

#[path = "../tests/house/kit.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod kit;

use std::time::Instant;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _, SqlSafeStr as _};
use switchboard::bus::Bus;
use switchboard::contacts::store::{self, search, write};
use switchboard::contacts::{Draft, Entry, Kind, Label, Number, SiteRules};
use switchboard::db::{Db, Stamp};
use switchboard::kernel::Moment;

/// Promised for every question, in milliseconds.
const PROMISED_MS: u128 = 30;
/// Times each kind of question is asked, mostly for somebody else; of them 99 in 100 are to be in time.
const ASKED: usize = 201;
/// Asked before that and not counted: what a service has at hand after its first minute.
const WARM: usize = 10;
/// Cards written as people write them; the others are copies under other numbers.
const WRITTEN: usize = 50_000;
/// Copies beside them that make a million.
const COPIES: usize = 19;
/// Companies among those that are written.
const COMPANIES: usize = 1_000;

const FAMILY: &str =
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕";
const GIVEN: &str =
    "建国明秋实雨桐思远月小满清和望舒若水知行南星北辰云舟一诺晚晴长安乐之子衿怀瑾锦书青禾未央楚慈";
const TRADE: [&str; 8] = ["茶业", "物流", "电梯维保", "旅行社", "文具", "净水", "地毯", "陶器"];

/// Everything many times more under other ids and numbers, in one text for both engines; every other
/// copy's people are of companies of their own, the others of those that were written.
fn copies(last: i64) -> [String; 5] {
    let again = format!(
        "WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {COPIES}) INSERT INTO"
    );
    let on = format!("k.i * {last}");
    let who = format!("(n.contact_id + {on})");
    let digits = (0..8).map(|place| format!("({who} / {} % 10)", 10_i64.pow(place)));
    let reversed = digits.collect::<Vec<_>>().join(" || '' || ");
    [
        format!(
            "{again} contacts (id, kind, name, form_of_address, company_id, vip, warning, notes, created_at, changed_at)
             SELECT c.id + {on}, c.kind, c.name, c.form_of_address,
                    c.company_id + CASE WHEN k.i % 2 = 0 THEN {on} ELSE 0 END, c.vip, c.warning, c.notes,
                    c.created_at, c.changed_at
             FROM k CROSS JOIN contacts c"
        ),
        format!(
            "{again} contact_numbers (contact_id, place, number, extension, label, as_written, reversed)
             SELECT {who}, n.place, '+86' || CAST(13700000000 + {who} AS TEXT), n.extension, n.label, n.as_written,
                    {reversed} || '73168'
             FROM k CROSS JOIN contact_numbers n"
        ),
        // in the order of their table
        format!(
            "{again} contact_words (word, contact_id) SELECT w.word, w.contact_id + {on}
             FROM contact_words w CROSS JOIN k ORDER BY w.word"
        ),
        format!(
            "{again} company_words (word, contact_id) SELECT w.word, w.contact_id + {on}
             FROM company_words w CROSS JOIN k ORDER BY w.word"
        ),
        format!(
            "{again} contact_tags (tag, contact_id) SELECT t.tag, t.contact_id + {on}
             FROM contact_tags t CROSS JOIN k ORDER BY t.tag"
        ),
    ]
}

/// The tables that are copied without their indexes.
const FILLED: &str =
    "('contacts', 'contact_numbers', 'contact_words', 'company_words', 'contact_tags')";

#[tokio::main]
async fn main() {
    println!("one of a million contacts; p50, p95 and p99 of {ASKED}, ms");
    let begun = Instant::now();
    let mut places = kit::places().await;
    let (server, embedded) = (places.pop().unwrap(), places.pop().unwrap());
    tokio::join!(fill(&embedded.url), fill(&server.url));
    println!("both filled in {} s", begun.elapsed().as_secs());
    let mut kept = true;
    for (engine, place) in [("SQLite", embedded), ("PostgreSQL", server)] {
        let db = Db::open(&place.url, Bus::new()).await.unwrap();
        kept &= measure(engine, &db).await;
        db.close().await;
    }
    if !kept {
        std::process::exit(1);
    }
}

fn stamp() -> Stamp {
    Stamp { now: Moment::from_millis(1_795_443_529_587), by: None }
}

/// Characters of a text by place, over and over.
fn pick(text: &str, place: usize) -> char {
    text.chars().cycle().nth(place % text.chars().count()).unwrap()
}

fn draft(which: usize, rules: &SiteRules) -> Draft {
    if which < COMPANIES {
        let name: String = [which, which / 7, which / 3].map(|k| pick(GIVEN, k)).iter().collect();
        let trade = TRADE[which % TRADE.len()];
        let name = format!("{name}{trade}有限公司");
        return Draft { kind: Kind::Company, name, ..Draft::default() };
    }
    // spread, so that names come in every combination
    let name: String = [
        pick(FAMILY, which * 7),
        pick(GIVEN, which * 11 + which / 41),
        pick(GIVEN, which * 13 + which / 97),
    ]
    .iter()
    .collect();
    let number = Number::read(&format!("1380{which:07}"), rules).unwrap();
    let of = draft_company(which);
    Draft {
        name,
        company: if which.is_multiple_of(3) { of } else { String::new() },
        vip: which.is_multiple_of(50),
        tags: if which.is_multiple_of(10) { vec!["老客户".to_owned()] } else { Vec::new() },
        numbers: vec![Entry { as_written: number.to_string(), label: Label::Mobile, number }],
        ..Draft::default()
    }
}

fn draft_company(which: usize) -> String {
    draft(which % COMPANIES, &SiteRules::default()).name
}

async fn fill(url: &str) {
    let last = write_some(url).await;
    if url.starts_with("sqlite") {
        copy_sqlite(url, last).await;
    } else {
        copy_postgres(url, last).await;
    }
}

/// Writes cards as the panel does; the last one's id.
async fn write_some(url: &str) -> i64 {
    let db = Db::open(url, Bus::new()).await.unwrap();
    let rules = SiteRules::default();
    let all: Vec<Draft> = (0..WRITTEN).map(|which| draft(which, &rules)).collect();
    let mut last = 0;
    for chunk in all.chunks(2_000) {
        let chunk = chunk.to_vec();
        let write = db.write(stamp(), move |tx| {
            let chunk = chunk.clone();
            Box::pin(async move { write::add_many_in(tx, &chunk).await })
        });
        last = write.await.unwrap().into_iter().map(|id| id.0).max().unwrap();
    }
    db.close().await;
    last
}

fn sql(text: impl Into<String>) -> sqlx::SqlStr {
    AssertSqlSafe(text.into()).into_sql_str()
}

async fn texts<'c, C: sqlx::Executor<'c>>(on: C, text: &str) -> Vec<String>
where
    for<'r> String: sqlx::Decode<'r, C::Database> + sqlx::Type<C::Database>,
    usize: sqlx::ColumnIndex<<C::Database as sqlx::Database>::Row>,
{
    let rows = on.fetch_all(sql(text)).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect()
}

async fn copy_sqlite(url: &str, last: i64) {
    let mut on = SqliteConnection::connect(url).await.unwrap();
    for pragma in ["synchronous = OFF", "cache_size = -600000", "foreign_keys = OFF"] {
        on.execute(sql(format!("PRAGMA {pragma}"))).await.unwrap();
    }
    let own = format!("tbl_name IN {FILLED} AND type = 'index' AND sql IS NOT NULL");
    let makes = texts(&mut on, &format!("SELECT sql FROM sqlite_master WHERE {own}")).await;
    let drops = format!("SELECT 'DROP INDEX ' || name FROM sqlite_master WHERE {own}");
    for drop in texts(&mut on, &drops).await {
        on.execute(sql(drop)).await.unwrap();
    }
    for text in copies(last).into_iter().chain(makes) {
        on.execute(sql(text)).await.unwrap();
    }
    on.execute(sql("PRAGMA wal_checkpoint(TRUNCATE)")).await.unwrap();
    on.close().await.unwrap();
}

async fn copy_postgres(url: &str, last: i64) {
    let mut on = PgConnection::connect(url).await.unwrap();
    // nobody asks for each of ten million words whether its card is there
    for set in [
        "session_replication_role = replica",
        "maintenance_work_mem = '512MB'",
        "work_mem = '256MB'",
    ] {
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
    for text in copies(last).into_iter().chain(makes) {
        on.execute(sql(text)).await.unwrap();
    }
    on.execute(sql("VACUUM ANALYZE")).await.unwrap();
    on.close().await.unwrap();
}

/// What is asked again and again, each time the next of these.
type Questions = Vec<search::Asked>;

fn words(q: &str) -> search::Asked {
    search::Asked { q: Some(q.to_owned()), ..search::Asked::default() }
}

fn of(all: &[&str]) -> Questions {
    all.iter().copied().map(words).collect()
}

fn important(all: &[&str]) -> Questions {
    all.iter().map(|q| search::Asked { vip: true, ..words(q) }).collect()
}

fn tagged(all: &[&str]) -> Questions {
    let tag = || Some("老客户".to_owned());
    all.iter().map(|q| search::Asked { tag: tag(), ..words(q) }).collect()
}

/// The same of somebody else each time.
fn each(make: impl Fn(usize) -> String) -> Questions {
    (0..ASKED).map(|turn| words(&make(turn))).collect()
}

/// Every kind of question by its name.
async fn questions(db: &Db) -> Vec<(&'static str, Questions)> {
    let rules = SiteRules::default();
    let firm = search::companies(db, &draft_company(0)).await.unwrap();
    assert!(!firm.is_empty(), "a company to ask for the people of");
    let people = |vip, tag: Option<&str>| {
        let (companies, tag) = (Some(firm.clone()), tag.map(str::to_owned));
        vec![search::Asked { companies, vip, tag, ..search::Asked::default() }]
    };
    vec![
        ("a whole name", each(|turn| draft(COMPANIES + turn * 241, &rules).name)),
        ("a common family name", of(&["王", "李", "张", "刘", "陈"])),
        ("a given name", of(&["建国", "思远", "小满", "望舒", "一诺"])),
        ("pinyin", of(&["wangjian", "liyu", "zhangqiu", "chen", "w", "xu"])),
        ("initials", of(&["wjg", "ly", "zq", "cx", "lyt"])),
        ("the last four digits", each(|turn| format!("{:04}", turn * 47 % 10_000))),
        ("a whole number", each(|turn| format!("137{:08}", 50_001 + turn * 4_001))),
        ("a company", each(|turn| draft(turn * 4, &rules).name)),
        ("the end of every company", of(&["有限公司", "yxgs", "gongsi"])),
        ("a trade and a name", of(&["王 茶业", "li 物流", "zhang wl"])),
        ("three common words", of(&["wang jian dian", "li yu si"])),
        ("words nobody has", of(&["王 没有这个", "没有这个"])),
        ("a name among the important", important(&["王", "li", "建国"])),
        ("digits among the important", important(&["0417", "888", "000"])),
        ("a name with a tag", tagged(&["li", "王"])),
        ("digits with a tag", tagged(&["0417", "888"])),
        ("the people of a company", people(false, None)),
        ("important people of a company", people(true, None)),
        ("tagged people of a company", people(false, Some("老客户"))),
        ("the newest", vec![search::Asked::default()]),
        ("the important", vec![search::Asked { vip: true, ..search::Asked::default() }]),
        (
            "a tag",
            vec![search::Asked { tag: Some("老客户".to_owned()), ..search::Asked::default() }],
        ),
    ]
}

/// Whether every question was answered in the promised time.
async fn measure(engine: &str, db: &Db) -> bool {
    let mut kept = true;
    let rules = SiteRules::default();
    for (name, asked) in questions(db).await {
        let mut times = Vec::new();
        let mut many = 0;
        for asked in asked.iter().cycle().take(WARM + ASKED) {
            let begun = Instant::now();
            let found = search::find(db, &rules, asked, 50, None).await.unwrap();
            many = store::cards(db, &found.ids).await.unwrap().len();
            times.push(begun.elapsed().as_micros());
        }
        kept &= tell(engine, name, many, &times[WARM..]);
    }
    for (name, calls) in [("the card of a caller", 1), ("the cards of fifty calls", 50)] {
        let mut times = Vec::new();
        let mut many = 0;
        for turn in 0..WARM + ASKED {
            let who = |call: usize| 50_001 + (turn * 4_001 + call * 17_003) % 900_000;
            let number = |call: usize| format!("+86137{:08}", who(call));
            let numbers: Vec<String> = (0..calls).map(number).collect();
            let asked: Vec<&str> = numbers.iter().map(String::as_str).collect();
            let begun = Instant::now();
            many = store::by_numbers(db, &asked).await.unwrap().len();
            times.push(begun.elapsed().as_micros());
        }
        kept &= tell(engine, name, many, &times[WARM..]);
    }
    kept
}

fn tell(engine: &str, name: &str, found: usize, times: &[u128]) -> bool {
    let mut times = times.to_vec();
    times.sort_unstable();
    let at = |percent: usize| times[times.len() * percent / 100];
    let ms = |percent: usize| format!("{}.{:02}", at(percent) / 1_000, at(percent) % 1_000 / 10);
    let kept = at(99) <= PROMISED_MS * 1_000;
    println!(
        "{engine:<11} {name:<30} p50 {:>7} ms  p95 {:>7} ms  p99 {:>7} ms  {found:>3} found   promised {PROMISED_MS} ms  {}",
        ms(50),
        ms(95),
        ms(99),
        if kept { "kept" } else { "NOT KEPT" },
    );
    kept
}

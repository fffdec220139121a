//! Finding one of a million contacts, on each engine: by name, sound, number, company, and the
//! caller's card at the first ring. `make bench` runs it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]

#[path = "../tests/house/kit.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod kit;

use std::time::Instant;

use switchboard::contacts::store::{self, search, write};
use switchboard::contacts::{Draft, Entry, Kind, Label, Number, SiteRules};
use switchboard::db::{Db, Sql, Stamp};
use switchboard::kernel::Moment;

/// Promised for every question, in milliseconds.
const PROMISED_MS: u128 = 30;
/// Times each question is asked; of them 95 in 100 are to be in time.
const ASKED: usize = 101;
/// Cards written as people write them; the others are copies under other numbers.
const WRITTEN: i64 = 50_000;
/// Copies that make a million.
const COPIES: i64 = 20;
/// Companies among those that are written.
const COMPANIES: usize = 1_000;

const FAMILY: &str =
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕";
const GIVEN: &str =
    "建国明秋实雨桐思远月小满清和望舒若水知行南星北辰云舟一诺晚晴长安乐之子衿怀瑾锦书青禾未央楚慈";
const TRADE: [&str; 8] = ["茶业", "物流", "电梯维保", "旅行社", "文具", "净水", "地毯", "陶器"];

/// Everything once more under other ids and numbers; `$1` is how many ids further. Both engines
/// read the same.
const COPY: [Sql; 4] = [
    Sql::both(
        "INSERT INTO contacts (id, kind, name, form_of_address, company_id, vip, warning, notes, created_at, changed_at)
         SELECT id + $1, kind, name, form_of_address, company_id, vip, warning, notes, created_at, changed_at FROM contacts
         WHERE id <= $2",
    ),
    Sql::both(
        "INSERT INTO contact_numbers (contact_id, place, number, extension, label, as_written, reversed)
         SELECT contact_id + $1, place, '+861' || CAST(3700000000 + contact_id + $1 AS TEXT), extension, label, as_written,
                CAST(90000000 - contact_id - $1 AS TEXT) || '73168'
         FROM contact_numbers WHERE contact_id <= $2",
    ),
    Sql::both(
        "INSERT INTO contact_words (word, contact_id) SELECT word, contact_id + $1 FROM contact_words WHERE contact_id <= $2",
    ),
    Sql::both(
        "INSERT INTO contact_tags (tag, contact_id) SELECT tag, contact_id + $1 FROM contact_tags WHERE contact_id <= $2",
    ),
];

#[tokio::main]
async fn main() {
    println!("one of a million contacts; median, 95 % and worst of {ASKED}, ms");
    let mut kept = true;
    for (engine, fresh) in ["SQLite", "PostgreSQL"].into_iter().zip(kit::stores().await) {
        let begun = Instant::now();
        fill(&fresh.db).await;
        println!("{engine}: filled in {} s", begun.elapsed().as_secs());
        kept &= measure(engine, &fresh.db).await;
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

async fn fill(db: &Db) {
    let rules = SiteRules::default();
    let all: Vec<Draft> =
        (0..usize::try_from(WRITTEN).unwrap()).map(|which| draft(which, &rules)).collect();
    for chunk in all.chunks(2_000) {
        let chunk = chunk.to_vec();
        let write = db.write(stamp(), move |tx| {
            let chunk = chunk.clone();
            Box::pin(async move { write::add_many_in(tx, &chunk).await.map(drop) })
        });
        write.await.unwrap();
    }
    let last: i64 = db.read(Sql::both("SELECT max(id) AS id FROM contacts")).value().await.unwrap();
    for copy in 1..COPIES {
        let write = db.write(stamp(), move |tx| {
            Box::pin(async move {
                for sql in COPY {
                    tx.keep(sql).bind(copy * last).bind(last).run().await?;
                }
                Ok(())
            })
        });
        write.await.unwrap();
    }
    let analyze = db.write(stamp(), |tx| {
        Box::pin(async move { tx.keep(Sql::both("ANALYZE")).run().await.map(drop) })
    });
    analyze.await.unwrap();
}

/// Whether every question was answered in the promised time.
async fn measure(engine: &str, db: &Db) -> bool {
    let mut kept = true;
    let words = |q: &str| search::Asked { q: Some(q.to_owned()), ..search::Asked::default() };
    let firm = search::companies(db, "建南").await.unwrap();
    let questions = [
        ("a whole name", words("王建国")),
        ("a common family name", words("王")),
        ("a given name", words("建国")),
        ("pinyin", words("wangjian")),
        ("initials", words("wjg")),
        ("one letter", words("w")),
        ("the last four digits", words("0417")),
        ("a whole number", words("13800012345")),
        ("a company", words("有限公司")),
        ("a trade and a name", words("王 茶业")),
        ("three common words", words("wang jian dian")),
        ("words nobody has", words("王 没有这个")),
        ("a name among the important", search::Asked { vip: true, ..words("王") }),
        ("a name with a tag", search::Asked { tag: Some("老客户".to_owned()), ..words("li") }),
        (
            "the people of a company",
            search::Asked { companies: Some(firm), ..search::Asked::default() },
        ),
        ("the newest", search::Asked::default()),
        ("the important", search::Asked { vip: true, ..search::Asked::default() }),
        ("a tag", search::Asked { tag: Some("老客户".to_owned()), ..search::Asked::default() }),
    ];
    let rules = SiteRules::default();
    for (name, asked) in questions {
        let mut times = Vec::new();
        let mut many = 0;
        for _ in 0..ASKED {
            let begun = Instant::now();
            let found = search::find(db, &rules, &asked, 50, None).await.unwrap();
            many = store::cards(db, &found.ids).await.unwrap().len();
            times.push(begun.elapsed().as_micros());
        }
        kept &= tell(engine, name, many, times);
    }
    let numbers: Vec<String> = (1..=50).map(|k| format!("+86137{:08}", k * 17_003)).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    for (name, asked) in
        [("the card of a caller", &numbers[..1]), ("the cards of fifty calls", &numbers)]
    {
        let mut times = Vec::new();
        let mut many = 0;
        for _ in 0..ASKED {
            let begun = Instant::now();
            many = store::by_numbers(db, asked).await.unwrap().len();
            times.push(begun.elapsed().as_micros());
        }
        kept &= tell(engine, name, many, times);
    }
    kept
}

fn tell(engine: &str, name: &str, found: usize, mut times: Vec<u128>) -> bool {
    times.sort_unstable();
    let ms = |micros: u128| format!("{}.{:02}", micros / 1_000, micros % 1_000 / 10);
    let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
    let usual = times[times.len() * 95 / 100];
    let kept = usual <= PROMISED_MS * 1_000;
    println!(
        "{engine:<11} {name:<28} {:>8} ms  95 % {:>8} ms  worst {:>8} ms  {found:>3} found   promised {PROMISED_MS} ms  {}",
        ms(median),
        ms(usual),
        ms(worst),
        if kept { "kept" } else { "NOT KEPT" },
    );
    kept
}

//! The customers of the demo: cards of most of those who call, some who do not, and a few doubles
//! for tidy minds.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::callers::{Caller, one_of};
use crate::contacts::store::{rules, write};
use crate::contacts::{Draft, Entry, Kind, Label, Number, SiteRules};
use crate::db::{Db, Result, Stamp};
use crate::kernel::Moment;

const GIVEN: [&str; 24] = [
    "建国", "秋实", "雨桐", "思远", "明月", "小满", "清和", "望舒", "若水", "知行", "南星", "北辰",
    "云舟", "一诺", "晚晴", "长安", "乐之", "子衿", "怀瑾", "锦书", "青禾", "未央", "楚楚", "念慈",
];
const TAGS: [&str; 8] =
    ["老客户", "月结", "生日布置", "靠窗", "维保合同", "怕辣", "开发票", "带儿童"];
const NOTES: [&str; 6] = [
    "喜欢坐靠窗的位置。",
    "每月第一个周一来核对账单。",
    "先发短信再打电话。",
    "去年电梯困人一次，赔付已结清。",
    "常订十人以上的包房。",
    "普通话不太好，请说慢一点。",
];
const WARNINGS: [&str; 4] = [
    "对花生过敏",
    "勿提上次的投诉，由主管跟进",
    "行动不便，请安排一楼",
    "只与采购部联系，不找本人",
];
/// So many customers never call.
const QUIET: u16 = 180;

/// Writes the cards of the demo into an empty store. One seed is one set of cards.
pub async fn acquaint(db: &Db, now: Moment, seed: u64) -> Result<()> {
    let site = SiteRules { area_code: "25".to_owned(), ..SiteRules::default() };
    let mut chance = StdRng::seed_from_u64(seed);
    let mut cards = Vec::new();
    for (which, caller) in Caller::everyone() {
        // every ninth is somebody nobody knows yet
        if which % 9 != 8 {
            cards.extend(known(which, &caller, &site, &mut chance));
        }
    }
    for which in 0..QUIET {
        let number = format!("1370000{which:04}");
        cards.extend(person(which.wrapping_mul(5), &number, &site, &mut chance));
    }
    // two cards of one person, as busy desks make them
    let mut doubles: Vec<Draft> = cards.iter().step_by(61).cloned().collect();
    for double in &mut doubles {
        double.name = format!("{}（旧）", double.name);
        double.notes = String::new();
        double.tags = Vec::new();
    }
    cards.extend(doubles);
    rules::change(db, Stamp { now, by: None }, 0, site).await?;
    db.write(Stamp { now, by: None }, move |tx| {
        let cards = cards.clone();
        Box::pin(async move { write::add_many_in(tx, &cards).await.map(drop) })
    })
    .await
}

/// The card of somebody who calls.
fn known(which: u16, caller: &Caller, site: &SiteRules, chance: &mut StdRng) -> Option<Draft> {
    let number = caller.number.as_deref()?;
    if !number.starts_with('0') {
        return person(which, number, site, chance);
    }
    // a landline is the company's
    let (_, company) = Caller::roots(which);
    let number = Number::read(number, site).ok()?;
    Some(Draft {
        kind: Kind::Company,
        name: format!("{company}{}", BRANCH.get(usize::from(which / 5) % BRANCH.len())?),
        vip: chance.random_ratio(1, 8),
        tags: some(&TAGS, chance),
        numbers: vec![Entry { as_written: number.to_string(), label: Label::Work, number }],
        ..Draft::default()
    })
}

const BRANCH: [&str; 8] =
    ["", "城东店", "城西店", "总部", "江北仓", "新街口店", "河西店", "售后部"];

fn person(which: u16, number: &str, site: &SiteRules, chance: &mut StdRng) -> Option<Draft> {
    let (family, company) = Caller::roots(which);
    let given = one_of(&GIVEN, chance)?;
    let number = Number::read(number, site).ok()?;
    let mut numbers = vec![Entry { as_written: number.to_string(), label: Label::Mobile, number }];
    if chance.random_ratio(1, 4) {
        let second = format!("8455{:04}转{}", chance.random_range(0..10_000), which % 90 + 800);
        let read = Number::read(&second, site).ok()?;
        numbers.push(Entry { number: read, label: Label::Work, as_written: second });
    }
    let title = if which.is_multiple_of(2) { "先生" } else { "女士" };
    let some_text = |texts: &[&str], one_in, chance: &mut StdRng| {
        let given = chance.random_ratio(1, one_in);
        one_of(texts, chance).filter(|_| given).unwrap_or_default().to_owned()
    };
    Some(Draft {
        name: format!("{family}{given}"),
        form_of_address: format!("{family}{title}"),
        company: if which.is_multiple_of(3) { company.to_owned() } else { String::new() },
        vip: chance.random_ratio(1, 12),
        warning: some_text(&WARNINGS, 15, chance),
        notes: some_text(&NOTES, 3, chance),
        tags: some(&TAGS, chance),
        numbers,
        ..Draft::default()
    })
}

fn some(tags: &[&str], chance: &mut StdRng) -> Vec<String> {
    let mut kept: Vec<String> =
        tags.iter().filter(|_| chance.random_ratio(1, 7)).map(|&tag| tag.to_owned()).collect();
    kept.sort();
    kept
}

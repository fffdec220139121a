//! The people and companies that call: cards found by any spelling of a number, by name and sound.

use proptest::prelude::*;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _};
use switchboard::contacts::store::{self, merges, search, write};
use switchboard::contacts::{Draft, Kind, Number, SiteRules};
use switchboard::db::{Db, Stamp};
use switchboard::kernel::{ContactId, Moment};

use super::kit;

pub(crate) fn stamp() -> Stamp {
    Stamp { now: Moment::parse_rfc3339("2026-11-23T18:30:00+08:00").unwrap(), by: None }
}

pub(crate) fn nanjing() -> SiteRules {
    SiteRules {
        area_code: "25".to_owned(),
        strip: vec!["9".to_owned(), "17951".to_owned()],
        ..SiteRules::default()
    }
}

/// A card as a story writes it.
pub(crate) fn person(name: &str, company: &str, numbers: &[&str]) -> Draft {
    let entry = |text: &&str| switchboard::contacts::Entry {
        number: Number::read(text, &nanjing()).unwrap(),
        label: switchboard::contacts::Label::Mobile,
        as_written: (*text).to_owned(),
    };
    Draft {
        name: name.to_owned(),
        company: company.to_owned(),
        numbers: numbers.iter().map(entry).collect(),
        ..Draft::default()
    }
}

pub(crate) async fn add(db: &Db, draft: Draft) -> ContactId {
    write::add(db, stamp(), draft).await.unwrap()
}

#[tokio::test]
async fn a_caller_is_known_by_each_of_their_numbers() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let mut wang = person("王建国", "纸月亮茶业", &["138 0000 1234", "025-84523317转801"]);
        wang.vip = true;
        wang.form_of_address = "王总".to_owned();
        wang.warning = "对花生过敏".to_owned();
        wang.tags = vec!["老客户".to_owned()];
        let id = add(db, wang).await;
        for number in ["+8613800001234", "+862584523317"] {
            let card = store::by_number(db, number).await.unwrap().unwrap();
            assert_eq!((card.id, card.name.as_str(), card.vip), (id, "王建国", true));
            assert_eq!(card.form_of_address, "王总");
            assert_eq!(card.company.as_deref(), Some("纸月亮茶业"));
            assert_eq!(card.warnings, ["对花生过敏"]);
            assert_eq!(card.tags, ["老客户"]);
        }
        assert_eq!(store::by_number(db, "+8613800001235").await.unwrap(), None);
        let mut firm = person("纸月亮茶业总机", "", &["84523317"]);
        firm.kind = Kind::Company;
        let firm = add(db, firm).await;
        let numbers = ["+862584523317", "+8613800001234", "95588"];
        let cards = store::by_numbers(db, &numbers).await.unwrap();
        assert_eq!(cards.len(), 2);
        let main = &cards["+862584523317"];
        assert_eq!((main.id, main.also), (firm, 1), "the switchboard before who is behind it");
    }
}

#[tokio::test]
async fn a_card_is_found_by_name_sound_number_and_company() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let wang = add(db, person("王建国", "纸月亮茶业", &["13800001234"])).await;
        let mut li = person("李红", "纸月亮茶业", &["13900005678"]);
        li.vip = true;
        li.tags = vec!["老客户".to_owned()];
        let li = add(db, li).await;
        let other = add(db, person("王红", "南柯物流", &["95588"])).await;
        let find = async |q: &str| {
            let asked = search::Asked { q: Some(q.to_owned()), ..search::Asked::default() };
            let mut ids = search::find(db, &nanjing(), &asked, 50, None).await.unwrap().ids;
            ids.sort_unstable();
            ids
        };
        for q in [
            "王建",
            "建国",
            "wangjian",
            "wjg",
            "WJG",
            "1234",
            "138 0000 1234",
            "13800001234",
            "王 纸月亮",
            "wang zhiyue",
            "wang jian guo",
            "茶业 wjg",
        ] {
            assert_eq!(find(q).await, [wang], "{q}");
        }
        assert_eq!(find("红").await, [li, other]);
        assert_eq!(find("955 88").await, [other]);
        assert_eq!(find("南柯 王").await, [other]);
        assert_eq!(find("没有").await, []);
        assert_eq!(find("%").await, [], "a question without a word finds nothing");
        let firm = search::companies(db, "纸月亮").await.unwrap();
        assert_eq!(
            find("zyl").await,
            [&[wang, li][..], &firm]
                .concat()
                .into_iter()
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
        );
        let narrowed = async |asked: search::Asked| {
            search::find(db, &nanjing(), &asked, 50, None).await.unwrap().ids
        };
        let vip = search::Asked { vip: true, ..search::Asked::default() };
        assert_eq!(narrowed(vip.clone()).await, [li]);
        let tag = search::Asked { tag: Some("老客户".to_owned()), ..search::Asked::default() };
        assert_eq!(narrowed(tag.clone()).await, [li]);
        let of_firm = search::Asked { companies: Some(firm.clone()), ..search::Asked::default() };
        assert_eq!(narrowed(of_firm.clone()).await, [li, wang, firm[0]]);
        let both = search::Asked { tag: tag.tag.clone(), ..of_firm.clone() };
        assert_eq!(narrowed(both).await, [li]);
        assert_eq!(narrowed(search::Asked { vip: true, ..of_firm }).await, [li]);
        let all = search::Asked {
            q: Some("hong".to_owned()),
            vip: true,
            tag: tag.tag,
            companies: Some(firm),
            ..search::Asked::default()
        };
        assert_eq!(narrowed(all).await, [li]);
        assert_eq!(search::tags(db).await.unwrap(), ["老客户"]);
    }
}

/// An embedded store has no statistics: at a million cards it must not go through all that are important.
#[tokio::test]
async fn the_end_of_a_number_leads_whatever_else_is_asked() {
    let place = kit::sqlite();
    let mut on = SqliteConnection::connect(&place.url).await.unwrap();
    let (_, tail) = search::STATEMENTS.iter().find(|(name, _)| *name == "BY_TAIL").unwrap();
    for more in NARROWED {
        let ask = format!("{}{more} ORDER BY n.reversed, n.contact_id LIMIT 9", tail.for_sqlite());
        let steps = plan(&mut on, &ask).await;
        assert!(steps[0].contains("contact_numbers_reversed"), "{more}: {steps:?}");
        assert!(!steps.iter().any(|step| step.contains("ORDER BY")), "{more}: {steps:?}");
    }
}

/// The same of a word beside another: the important of a company, say.
#[tokio::test]
async fn a_word_leads_whatever_else_is_asked() {
    const ANOTHER: &str = " AND (SELECT 1 FROM company_words o WHERE o.contact_id = c.company_id AND o.word >= 'a' LIMIT 1) IS NOT NULL";
    let place = kit::sqlite();
    let mut on = SqliteConnection::connect(&place.url).await.unwrap();
    let register = search::words::STATEMENTS;
    let (_, word) = register.iter().find(|(name, _)| *name == "BY_WORD").unwrap();
    for more in NARROWED {
        let ask = format!("{}{ANOTHER}{more} ORDER BY word, contact_id LIMIT 9", word.for_sqlite());
        let steps = plan(&mut on, &ask).await;
        let at = |begins: &str| steps.iter().position(|step| step.starts_with(begins));
        let (words, cards) = (at("SCAN w"), at("SEARCH c "));
        assert!(words.is_some() && words < cards, "{more}: {steps:?}");
    }
}

const NARROWED: [&str; 3] =
    ["", " AND c.vip = 1", " AND (c.company_id IN (1, 2) OR c.id IN (1, 2))"];

async fn plan(on: &mut SqliteConnection, ask: &str) -> Vec<String> {
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {ask}"));
    let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain).fetch_all(on).await.unwrap();
    plan.into_iter().map(|(.., step)| step).collect()
}

/// A word that few cards have is read whole, a common one is looked up card by card; a page is filled by the first
/// that fit, or by all of them.
#[tokio::test]
async fn common_words_find_the_same_as_rare_ones() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let strangers: Vec<Draft> = (0..600).map(|_| person("op qr", "", &[])).collect();
        let firm: Vec<Draft> = (0..3).map(|_| person("op qr", "kl mn", &[])).collect();
        let all = [strangers, firm].concat();
        let write = db.write(stamp(), move |tx| {
            let all = all.clone();
            Box::pin(async move { write::add_many_in(tx, &all).await })
        });
        let ids = write.await.unwrap();
        let (strangers, people) = ids.split_at(600);
        let find = async |q: &str, limit: usize| {
            let asked = search::Asked { q: Some(q.to_owned()), ..search::Asked::default() };
            let found = search::find(db, &nanjing(), &asked, limit, None).await.unwrap();
            (found.ids, found.too_many)
        };
        for q in ["op", "qr op", "qr op q o"] {
            assert_eq!(find(q, 50).await, (strangers[..50].to_vec(), true), "{q}");
        }
        // each of them has two words that begin so
        assert_eq!(find("o", 604).await, (ids.clone(), false));
        for q in ["kl op", "op kl", "mn op kl", "op kl qr mn"] {
            assert_eq!(find(q, 50).await.0, people, "{q}");
        }
        assert_eq!(find("op kl nobody", 50).await, (Vec::new(), false));
    }
}

#[tokio::test]
async fn a_merge_loses_nothing_and_its_undoing_restores_both_exactly() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let one = add(db, person("王建国", "纸月亮茶业", &["13800001234", "84523317转801"])).await;
        let mut other = person("老王", "", &["13900001234", "13800001234"]);
        other.notes = "喜欢靠窗".to_owned();
        other.tags = vec!["生日布置".to_owned()];
        other.vip = true;
        let other = add(db, other).await;
        let suspects = merges::suspects(db, 50).await.unwrap();
        let ids: Vec<_> = suspects[0].cards.iter().map(|card| card.id).collect();
        assert_eq!((suspects.len(), ids), (1, vec![one, other]));

        let before = store::cards(db, &[one, other]).await.unwrap();
        let seen = |id| merges::Seen { id, version: 1 };
        let merge = merges::merge(db, stamp(), seen(one), seen(other)).await.unwrap();
        let card = store::card(db, one).await.unwrap().unwrap();
        assert_eq!(card.numbers.len(), 3);
        assert!(card.vip && card.notes.contains("喜欢靠窗") && card.notes.contains("老王"));
        let gone = store::card(db, other).await.unwrap().unwrap();
        assert_eq!((gone.merged_into, gone.numbers.len()), (Some(one), 0));
        assert_eq!(store::by_number(db, "+8613900001234").await.unwrap().unwrap().id, one);
        assert!(merges::suspects(db, 50).await.unwrap().is_empty());
        let again = merges::merge(db, stamp(), seen(one), seen(other)).await.unwrap_err();
        assert!(again.is_refusal(write::STALE));

        merges::undo(db, stamp(), merge).await.unwrap();
        let bare = |cards: Vec<switchboard::contacts::Card>| {
            cards.into_iter().map(|card| card.written()).collect::<Vec<_>>()
        };
        let after = store::cards(db, &[one, other]).await.unwrap();
        assert!(after.iter().all(|card| card.merged_into.is_none()));
        assert_eq!(bare(after), bare(before));
        let twice = merges::undo(db, stamp(), merge).await.unwrap_err();
        assert!(twice.is_refusal(merges::NOT_UNDONE));

        let versions = store::cards(db, &[one, other]).await.unwrap();
        let seen = |at: usize| merges::Seen { id: versions[at].id, version: versions[at].version };
        let merge = merges::merge(db, stamp(), seen(0), seen(1)).await.unwrap();
        let mut card = store::card(db, one).await.unwrap().unwrap();
        card.notes = "改过了".to_owned();
        write::edit(db, stamp(), one, card.version, card.written()).await.unwrap();
        let moved_on = merges::undo(db, stamp(), merge).await.unwrap_err();
        assert!(moved_on.is_refusal(merges::NOT_UNDONE), "nothing that was written since is lost");
        merges::set_apart(db, stamp(), one, other).await.unwrap();
    }
}

/// Ways in which one number is written.
fn spelt(digits: &'static str, fronts: &'static [&'static str]) -> impl Strategy<Value = String> {
    let gaps =
        prop::sample::select(vec!["", "", "", " ", "-", "/", "\u{3000}", "\u{202d}", ".", "－"]);
    let wide = any::<bool>();
    let front = prop::sample::select(fronts);
    (front, prop::collection::vec(gaps, digits.len()), wide, any::<bool>()).prop_map(
        move |(front, gaps, wide, tel)| {
            let mut text = String::from(if tel { "tel:" } else { " " });
            text.push_str(front);
            for (place, (digit, gap)) in digits.chars().zip(gaps).enumerate() {
                // the last dash may stand before an extension
                if place > 0 {
                    text.push_str(gap);
                }
                text.push(digit);
            }
            if !wide {
                return text;
            }
            let widened = text.chars().map(|c| match c {
                '0'..='9' => char::from_u32(u32::from(c) - u32::from('0') + 0xff10).unwrap(),
                '+' => '\u{ff0b}',
                other => other,
            });
            widened.collect()
        },
    )
}

proptest! {
    #[test]
    fn every_spelling_of_a_mobile_number_is_one_number(
        text in spelt("13800001234", &["", "0", "+86", "0086", "86", "9", "90", "17951", "+86 "])
    ) {
        prop_assert_eq!(Number::read(&text, &nanjing()).unwrap().to_string(), "+8613800001234");
    }

    #[test]
    fn every_spelling_of_a_landline_is_one_number(
        text in spelt("84523317", &["", "025", "025-", "(025)", "+8625", "+86 (25) ", "008625", "9", "9025"]),
        word in prop::sample::select(vec!["", "转801", " ext.801", "x 801", "#801", " 分机：８０１", ";ext=801"]),
    ) {
        let read = Number::read(&format!("{text}{word}"), &nanjing()).unwrap();
        prop_assert_eq!(read.as_str(), "+862584523317");
        prop_assert_eq!(read.extension(), if word.is_empty() { "" } else { "801" });
    }

    #[test]
    fn every_spelling_of_a_service_number_is_one_number(
        which in prop::sample::select(vec![0usize, 1, 2]),
        bank in spelt("95588", &["", "+86", "0086", "025"]),
        line in spelt("4008001234", &["", "+86", "0086"]),
        city in spelt("12345", &["", "025"]),
    ) {
        let text = [&bank, &line, &city][which];
        let read = Number::read(text, &nanjing()).unwrap();
        let plain = Number::read(["95588", "4008001234", "12345"][which], &nanjing()).unwrap();
        prop_assert_eq!(read, plain);
    }

    #[test]
    fn reading_what_was_read_changes_nothing(text in "[0-9+＋０-９ x#转,/.()-]{0,24}") {
        if let Ok(read) = Number::read(&text, &nanjing()) {
            prop_assert_eq!(Number::read(&read.to_string(), &nanjing()), Ok(read));
        }
    }

    #[test]
    fn no_text_whatever_makes_the_reader_fall(text in any::<String>(), rule in "[0-9x转#,]{0,6}") {
        let rules = SiteRules {
            extension_words: vec![rule.clone()],
            services: vec![rule.clone()],
            strip: vec![rule],
            ..nanjing()
        };
        drop(Number::read(&text, &rules).map(|number| number.for_people()));
    }
}

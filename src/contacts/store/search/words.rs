//! Cards found by words: the rarest leads, then each as a company's; of every candidate it is looked
//! up whether it has the others.

use super::super::super::index::{self, Range};
use super::{Asked, Gathered, narrowed};
use crate::db::{Db, Query, Result, Sql, statements};

/// People of a company with a word in a range; every other word is the company's or their own. Whether it is the
/// company's is looked up once for all its people, and not where it has none: hence the limit, which is none. A word
/// is looked up by a value that is there or not, for of an `EXISTS` a server would gather whoever has the word.
macro_rules! people {
    ($($has:literal $from:literal $to:literal),*) => {
        concat!(
            "SELECT c.contact_id FROM (SELECT p.id, p.id AS contact_id, p.company_id, p.vip, w.word",
            $(", w.", $has,)*
            " FROM (SELECT w.word, w.contact_id",
            $(", (SELECT 1 FROM company_words o WHERE o.contact_id = w.contact_id AND o.word >= ", $from,
              " AND o.word < ", $to, " LIMIT 1) AS ", $has,)*
            " FROM company_words w WHERE w.word >= $1 AND w.word < $2
              AND (SELECT p.id FROM contacts p WHERE p.company_id = w.contact_id LIMIT 1) IS NOT NULL
              ORDER BY w.word, w.contact_id LIMIT 9000000000000000000) AS w
              JOIN contacts p ON p.company_id = w.contact_id ORDER BY w.word, w.contact_id, p.id LIMIT $3) AS c
              WHERE 1 = 1",
            $(" AND (c.", $has, " IS NOT NULL OR (SELECT 1 FROM contact_words o WHERE o.contact_id = c.id AND o.word >= ",
              $from, " AND o.word < ", $to, " LIMIT 1) IS NOT NULL)",)*
        )
    };
}

statements! {
    /// How many words are in a range, counted up to a few.
    HOW_MANY = "SELECT CAST(count(*) AS BIGINT) AS n FROM (SELECT contact_id FROM contact_words WHERE word >= $1 AND word < $2 LIMIT $3) AS few";
    /// Cards with a word in a range, in the order of the words, at most so many candidates. The words lead: an embedded
    /// store without statistics would rather go through all that are important.
    BY_WORD = "SELECT w.contact_id FROM (SELECT contact_id, word FROM contact_words WHERE word >= $1 AND word < $2
               ORDER BY word, contact_id LIMIT $3) AS w CROSS JOIN contacts c WHERE c.id = w.contact_id";
    /// People of a company with a word in a range.
    BY_COMPANY = of people!();
    /// The same with another word.
    BY_COMPANY_AND_WORD = of people!("has_1" "$4" "$5");
    /// The same with two other words.
    BY_COMPANY_AND_TWO = of people!("has_1" "$4" "$5", "has_2" "$6" "$7");
    /// The same with three other words.
    BY_COMPANY_AND_THREE = of people!("has_1" "$4" "$5", "has_2" "$6" "$7", "has_3" "$8" "$9");
}

/// So many candidates of a question are looked at.
pub(super) const SCAN_MOST: i64 = 4_000;
/// So many times a candidate is compared with a further word, over all leading words.
const COMPARED_MOST: usize = 3_840;
/// Words are counted up to so many.
const COUNTED_MOST: i64 = 2_000;
/// A further word is read whole where fewer cards have it than so many times the candidates; otherwise
/// it is looked up of each candidate whether it has it.
const FEW_TIMES: i64 = 2;

/// Takes the cards that have every word, by themselves or by their company.
pub(super) async fn by_words(
    db: &Db,
    asked: &Asked,
    words: &[Range],
    found: &mut Gathered,
) -> Result<()> {
    // "wang jian guo" is one name first of all
    if let Some(name) = index::joined(words) {
        found.gather(|| narrowed(led(db, BY_WORD, &name, SCAN_MOST), asked)).await?;
    }
    let filtered = asked.tag.is_some() || asked.vip || asked.companies.is_some();
    let narrow = words.len() > 1 || filtered;
    let scan = scan_most(words.len());
    let few = if words.len() > 1 { scan.saturating_mul(FEW_TIMES) } else { 0 };
    let mut counted: Vec<(i64, usize)> = Vec::new();
    let mut others: Vec<Other<'_>> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let many: i64 =
            if narrow { led(db, HOW_MANY, word, few.max(COUNTED_MOST)).value().await? } else { 0 };
        counted.push((many.min(COUNTED_MOST), place));
        others.push(Other { word, few: (many < few).then_some(few) });
    }
    counted.sort_unstable();
    // the rarest word leads; each may also be the company's
    let leads = counted.first().map(|&(_, place)| (false, place));
    let companies = (0..words.len()).map(|place| (true, place));
    for (by_company, lead) in leads.into_iter().chain(companies) {
        if found.full() {
            return Ok(());
        }
        let Some(word) = words.get(lead) else { continue };
        let others = || others.iter().enumerate().filter(move |(place, _)| *place != lead);
        let ask = || {
            let others = others().map(|(_, other)| other);
            let query = if by_company {
                people(db, word, others, scan)
            } else {
                others.fold(led(db, BY_WORD, word, scan), also)
            };
            narrowed(query, asked)
        };
        // every candidate was taken: there are more of them
        let all = found.gather(ask).await? >= scan;
        found.too_many |= all && !narrow;
    }
    // fewer than a page of a common word: others may lie beyond what was looked at
    let common = counted.first().is_some_and(|&(many, _)| many >= scan.min(COUNTED_MOST));
    found.too_many |= narrow && common && !found.full();
    Ok(())
}

/// A word beside the one that leads.
struct Other<'w> {
    word: &'w Range,
    /// Fewer cards than this have it, where they are few.
    few: Option<i64>,
}

/// The candidates one word leads to, the first of them in the order of the words.
fn led<'d>(db: &'d Db, statement: Sql, word: &Range, most: i64) -> Query<'d> {
    db.read(statement).bind(word.from.clone()).bind(word.to.clone()).bind(most)
}

/// The people of companies with a word, who have the others by themselves or by their company.
fn people<'d, 'o, 'w: 'o>(
    db: &'d Db,
    word: &Range,
    others: impl Iterator<Item = &'o Other<'w>>,
    most: i64,
) -> Query<'d> {
    let others: Vec<&Range> = others.map(|other| other.word).collect();
    let statement = match others.len() {
        0 => BY_COMPANY,
        1 => BY_COMPANY_AND_WORD,
        2 => BY_COMPANY_AND_TWO,
        _ => BY_COMPANY_AND_THREE,
    };
    let query = led(db, statement, word, most);
    others
        .into_iter()
        .fold(query, |query, other| query.bind(other.from.clone()).bind(other.to.clone()))
}

/// Those of `c` who have another word by themselves or by their company.
fn also<'q>(query: Query<'q>, other: &Other<'_>) -> Query<'q> {
    let Range { from, to } = other.word;
    let between = |query: Query<'q>| {
        query.push_bind(from.clone()).push(" AND o.word < ").push_bind(to.clone())
    };
    let query = match other.few {
        Some(few) => between(
            query.push(" AND (c.id IN (SELECT o.contact_id FROM contact_words o WHERE o.word >= "),
        )
        .push(" LIMIT ")
        .push_bind(few)
        .push(")"),
        None => {
            between(query.push(
                " AND ((SELECT 1 FROM contact_words o WHERE o.contact_id = c.id AND o.word >= ",
            ))
            .push(" LIMIT 1) IS NOT NULL")
        }
    };
    between(query.push(
        " OR (SELECT 1 FROM company_words o WHERE o.contact_id = c.company_id AND o.word >= ",
    ))
    .push(" LIMIT 1) IS NOT NULL)")
}

/// So many candidates each leading word may have, so that a question of several words compares no
/// more than one of two does.
fn scan_most(words: usize) -> i64 {
    let others = words.saturating_sub(1);
    let each = COMPARED_MOST.checked_div(words.saturating_add(1).saturating_mul(others));
    each.and_then(|each| i64::try_from(each).ok()).unwrap_or(SCAN_MOST)
}

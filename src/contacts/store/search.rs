//! Cards found: by the beginning of any word of a name, by the end of a number, by company; and
//! the newest cards where nothing is asked.
//!
//! Every question is a short range of an index; of several words the rarest leads. No question
//! looks at more than [`SCAN_MOST`] candidates: one that would is told to be more precise.

use std::collections::BTreeSet;

use super::super::index::{self, Range};
use super::super::number::Number;
use super::super::rules::SiteRules;
use crate::db::{Db, Query, Result, Sql, statements};
use crate::kernel::{Closed, ContactId};

statements! {
    /// How many words are in a range, counted up to a few.
    HOW_MANY = "SELECT CAST(count(*) AS BIGINT) AS n FROM (SELECT contact_id FROM contact_words WHERE word >= $1 AND word < $2 LIMIT 2000) AS few";
    /// Cards with a word in a range, in the order of the words, at most so many candidates.
    BY_WORD = "SELECT w.contact_id FROM (SELECT contact_id, word FROM contact_words WHERE word >= $1 AND word < $2
               ORDER BY word, contact_id LIMIT $3) AS w JOIN contacts c ON c.id = w.contact_id WHERE 1 = 1";
    /// People of a company with a word in a range.
    BY_COMPANY = "SELECT c.id AS contact_id FROM (SELECT p.id AS contact_id, w.word FROM company_words w JOIN contacts p ON p.company_id = w.contact_id
                  WHERE w.word >= $1 AND w.word < $2 ORDER BY w.word, w.contact_id, p.id LIMIT $3) AS w
                  JOIN contacts c ON c.id = w.contact_id WHERE 1 = 1";
    /// Cards with this number.
    BY_NUMBER = "SELECT n.contact_id FROM contact_numbers n JOIN contacts c ON c.id = n.contact_id WHERE n.number = $1";
    /// Cards whose number ends so; the digits last first. The digits lead: an embedded store without statistics would rather
    /// go through all that are important.
    BY_TAIL = "SELECT n.contact_id FROM contact_numbers n CROSS JOIN contacts c
               WHERE c.id = n.contact_id AND n.reversed >= $1 AND n.reversed < $2";
    /// Companies with a word in a range.
    COMPANIES = "SELECT w.contact_id FROM company_words w WHERE w.word >= $1 AND w.word < $2 ORDER BY w.word, w.contact_id LIMIT 50";
    /// The newest cards.
    NEWEST = "SELECT c.id FROM contacts c WHERE c.merged_into IS NULL AND c.erased_at IS NULL";
    /// The newest cards with a tag.
    TAGGED = "SELECT c.id FROM contact_tags t JOIN contacts c ON c.id = t.contact_id WHERE t.tag = $1";
    /// Every tag there is, at most so many: each the first after the one before.
    ALL_TAGS = "WITH RECURSIVE every(tag, n) AS (
                    SELECT min(tag), 1 FROM contact_tags
                    UNION ALL SELECT (SELECT min(t.tag) FROM contact_tags t WHERE t.tag > every.tag), n + 1 FROM every
                    WHERE every.tag IS NOT NULL AND n < 200)
                SELECT tag FROM every WHERE tag IS NOT NULL ORDER BY tag";
}

/// So many candidates of a question are looked at.
const SCAN_MOST: i64 = 4_000;
/// So many times a candidate is compared with a further word, over all leading words.
const COMPARED_MOST: usize = 3_840;
/// Words are counted up to so many.
const COUNTED_MOST: i64 = 2_000;

/// What is asked; every field that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Words of names as they are written or sound, or the end of a number.
    pub q: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// The important alone.
    pub vip: bool,
    /// Companies: their people and themselves.
    pub companies: Option<Vec<ContactId>>,
    /// Numbers by which nobody is found.
    pub closed: Closed,
}

/// Cards that were found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Which, the best first; without words the newest first.
    pub ids: Vec<ContactId>,
    /// The page of newest cards goes on behind this one.
    pub next: Option<ContactId>,
    /// There are more than can be looked through: the question should be more precise.
    pub too_many: bool,
}

/// The cards that fit, at most `limit`. Without words they are paged: `before` is where the last
/// page ended.
pub async fn find(
    db: &Db,
    rules: &SiteRules,
    asked: &Asked,
    limit: usize,
    before: Option<ContactId>,
) -> Result<Found> {
    let Some(q) = asked.q.as_deref().filter(|q| !q.trim().is_empty()) else {
        return newest(db, asked, limit, before).await;
    };
    let mut found = Gathered { limit, seen: BTreeSet::new(), ids: Vec::new(), too_many: false };
    if let Some(digits) = index::digits(q) {
        by_digits(db, rules, asked, q, &digits, &mut found).await?;
    }
    let words = index::asked(q);
    if !found.full() && !words.is_empty() {
        by_words(db, asked, &words, &mut found).await?;
    }
    let Gathered { ids, too_many, .. } = found;
    Ok(Found { ids, next: None, too_many })
}

struct Gathered {
    limit: usize,
    seen: BTreeSet<ContactId>,
    ids: Vec<ContactId>,
    too_many: bool,
}

impl Gathered {
    fn full(&self) -> bool {
        self.ids.len() >= self.limit
    }

    fn take(&mut self, found: Vec<ContactId>) {
        for id in found {
            if self.full() {
                self.too_many = true;
                return;
            }
            if self.seen.insert(id) {
                self.ids.push(id);
            }
        }
    }

    /// More than a page, for one card may be found by several of its words.
    fn generous(&self) -> i64 {
        i64::try_from(self.limit.saturating_mul(4).saturating_add(1)).unwrap_or(i64::MAX)
    }
}

async fn by_digits(
    db: &Db,
    rules: &SiteRules,
    asked: &Asked,
    q: &str,
    digits: &str,
    found: &mut Gathered,
) -> Result<()> {
    if let Ok(number) = Number::read(q, rules) {
        let query = narrowed(db.read(BY_NUMBER).bind(number.as_str().to_owned()), asked);
        let query = without_closed(query, &asked.closed);
        let query = query.push(" ORDER BY n.extension, n.contact_id LIMIT ");
        found.take(query.push_bind(found.generous()).values().await?);
    }
    if found.full() {
        return Ok(());
    }
    let from: String = digits.chars().rev().collect();
    // ':' follows '9'
    let to = format!("{from}:");
    let query = narrowed(db.read(BY_TAIL).bind(from).bind(to), asked);
    let query = without_closed(query, &asked.closed);
    let query = query.push(" ORDER BY n.reversed, n.contact_id LIMIT ");
    found.take(query.push_bind(found.generous()).values().await?);
    Ok(())
}

async fn by_words(db: &Db, asked: &Asked, words: &[Range], found: &mut Gathered) -> Result<()> {
    // "wang jian guo" is one name first of all
    if let Some(name) = index::joined(words) {
        let query = narrowed(led(db, BY_WORD, &name, SCAN_MOST), asked);
        let query = query.push(" ORDER BY w.word, w.contact_id LIMIT ");
        found.take(query.push_bind(found.generous()).values().await?);
    }
    let filtered = asked.tag.is_some() || asked.vip || asked.companies.is_some();
    let narrow = words.len() > 1 || filtered;
    let mut counted: Vec<(i64, usize)> = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let many = if narrow {
            db.read(HOW_MANY).bind(word.from.clone()).bind(word.to.clone()).value().await?
        } else {
            0
        };
        counted.push((many, place));
    }
    counted.sort_unstable();
    let scan = scan_most(words.len());
    // the rarest word leads; each may also be the company's
    let leads = counted.first().map(|&(_, place)| (BY_WORD, place));
    let companies = (0..words.len()).map(|place| (BY_COMPANY, place));
    for (statement, lead) in leads.into_iter().chain(companies) {
        if found.full() {
            return Ok(());
        }
        let Some(word) = words.get(lead) else { continue };
        let mut query = led(db, statement, word, scan);
        for (_, other) in words.iter().enumerate().filter(|(place, _)| *place != lead) {
            query = query
                .push(" AND (EXISTS (SELECT 1 FROM contact_words o WHERE o.contact_id = c.id AND o.word >= ")
                .push_bind(other.from.clone())
                .push(" AND o.word < ")
                .push_bind(other.to.clone())
                .push(") OR EXISTS (SELECT 1 FROM company_words o WHERE o.contact_id = c.company_id AND o.word >= ")
                .push_bind(other.from.clone())
                .push(" AND o.word < ")
                .push_bind(other.to.clone())
                .push("))");
        }
        let query = narrowed(query, asked).push(" ORDER BY w.word, w.contact_id LIMIT ");
        let ids: Vec<ContactId> = query.push_bind(found.generous()).values().await?;
        // every candidate was taken: there are more of them
        let all = i64::try_from(ids.len()).is_ok_and(|many| many >= scan);
        found.take(ids);
        found.too_many |= all && !narrow;
    }
    // fewer than a page of a common word: others may lie beyond what was looked at
    let common = counted.first().is_some_and(|&(many, _)| many >= scan.min(COUNTED_MOST));
    found.too_many |= narrow && common && !found.full();
    Ok(())
}

/// The candidates one word leads to, the first of them in the order of the words.
fn led<'d>(db: &'d Db, statement: Sql, word: &Range, most: i64) -> Query<'d> {
    db.read(statement).bind(word.from.clone()).bind(word.to.clone()).bind(most)
}

/// So many candidates each leading word may have, so that a question of several words compares no
/// more than one of two does.
fn scan_most(words: usize) -> i64 {
    let others = words.saturating_sub(1);
    let each = COMPARED_MOST.checked_div(words.saturating_add(1).saturating_mul(others));
    each.and_then(|each| i64::try_from(each).ok()).unwrap_or(SCAN_MOST)
}

/// Leaves out numbers that are closed, on `n`: digit by digit one could be guessed by what is found.
fn without_closed<'q>(mut query: Query<'q>, closed: &Closed) -> Query<'q> {
    for (digits, more) in closed.reversed() {
        let until = if more { format!("{digits}:") } else { digits.clone() };
        let below = if more { " AND n.reversed < " } else { " AND n.reversed <= " };
        query = query
            .push(" AND NOT (n.reversed >= ")
            .push_bind(digits)
            .push(below)
            .push_bind(until)
            .push(")");
    }
    query
}

/// The other filters, on `c`.
fn narrowed<'q>(mut query: Query<'q>, asked: &Asked) -> Query<'q> {
    if asked.vip {
        query = query.push(" AND c.vip = ").push_bind(true);
    }
    if let Some(tag) = &asked.tag {
        query = query
            .push(
                " AND EXISTS (SELECT 1 FROM contact_tags f WHERE f.contact_id = c.id AND f.tag = ",
            )
            .push_bind(tag.clone())
            .push(")");
    }
    of_companies(query, asked)
}

/// A company's people and itself. The list is of a few ids, each a placeholder of its own.
fn of_companies<'q>(mut query: Query<'q>, asked: &Asked) -> Query<'q> {
    let Some(companies) = &asked.companies else { return query };
    if companies.is_empty() {
        return query.push(" AND 1 = 0");
    }
    for (field, close) in [(" AND (c.company_id IN (", ")"), (" OR c.id IN (", "))")] {
        query = query.push(field);
        for (place, id) in companies.iter().enumerate() {
            query = if place == 0 { query } else { query.push(", ") }.push_bind(*id);
        }
        query = query.push(close);
    }
    query
}

async fn newest(db: &Db, asked: &Asked, limit: usize, before: Option<ContactId>) -> Result<Found> {
    // a company has fewer people than a tag may have
    let tag = asked.tag.as_ref().filter(|_| asked.companies.is_none());
    let query = match tag {
        Some(tag) => {
            let query = db.read(TAGGED).bind(tag.clone());
            let query = if asked.vip { query.push(" AND c.vip = ").push_bind(true) } else { query };
            query.when(" AND t.contact_id < ", before)
        }
        None => narrowed(db.read(NEWEST), asked).when(" AND c.id < ", before),
    };
    let most = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let query = match tag {
        Some(_) => query.push(" ORDER BY t.contact_id DESC LIMIT "),
        None => query.push(" ORDER BY c.id DESC LIMIT "),
    };
    let mut ids: Vec<ContactId> = query.push_bind(most).values().await?;
    let more = ids.len() > limit;
    ids.truncate(limit);
    Ok(Found { next: ids.last().copied().filter(|_| more), ids, too_many: false })
}

/// The companies whose name has these words; all words must be theirs. At most 50.
pub async fn companies(db: &Db, text: &str) -> Result<Vec<ContactId>> {
    let mut all: Option<Vec<ContactId>> = None;
    for word in index::asked(text) {
        let found: Vec<ContactId> =
            db.read(COMPANIES).bind(word.from).bind(word.to).values().await?;
        all = Some(match all {
            None => found,
            Some(before) => before.into_iter().filter(|id| found.contains(id)).collect(),
        });
    }
    let mut ids = all.unwrap_or_default();
    ids.dedup();
    Ok(ids)
}

/// Every tag that is in use, at most 200.
pub async fn tags(db: &Db) -> Result<Vec<String>> {
    db.read(ALL_TAGS).values().await
}

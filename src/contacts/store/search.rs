//! Cards found: by the beginning of any word of a name, by the end of a number, by company; and
//! the newest cards where nothing is asked.
//!
//! Every question is a short range of an index; of several words the rarest leads. No question
//! looks at more than [`words::SCAN_MOST`] candidates: one that would is told to be more precise.

pub mod words;

use std::collections::BTreeSet;

use super::super::index;
use super::super::number::Number;
use super::super::rules::SiteRules;
use crate::db::{Db, Query, Result, statements};
use crate::kernel::{Closed, ContactId};

statements! {
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
        words::by_words(db, asked, &words, &mut found).await?;
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

    /// Whether there was one more than there is room for.
    fn take(&mut self, found: impl IntoIterator<Item = ContactId>) -> bool {
        for id in found {
            if self.full() {
                self.too_many = true;
                return true;
            }
            if self.seen.insert(id) {
                self.ids.push(id);
            }
        }
        false
    }

    /// Takes what a question finds, in the order of the words; how many it found. As a rule little more
    /// than there is room for fills the page: only where it does not are all asked for.
    async fn gather<'d>(&mut self, ask: impl Fn() -> Query<'d>) -> Result<i64> {
        let room = self.limit.saturating_sub(self.ids.len());
        let few = room.saturating_add(room.div_ceil(4)).saturating_add(1);
        let few = i64::try_from(few).unwrap_or(i64::MAX);
        let mut known = 0;
        for most in [few, self.generous()] {
            let query = ask().push(" ORDER BY word, contact_id LIMIT ").push_bind(most);
            let ids: Vec<ContactId> = query.values().await?;
            let many = ids.len();
            let full = self.take(ids.into_iter().skip(known));
            known = many;
            if full || i64::try_from(many).is_ok_and(|many| many < most) {
                break;
            }
        }
        Ok(i64::try_from(known).unwrap_or(i64::MAX))
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
    // a company has fewer people than there are important ones: those are not gone through for it
    query = match (asked.vip, asked.companies.is_some()) {
        (true, true) => query.push(" AND (c.vip = ").push_bind(true).push(") = TRUE"),
        (true, false) => query.push(" AND c.vip = ").push_bind(true),
        (false, _) => query,
    };
    if let Some(tag) = &asked.tag {
        // nor is everybody with a tag: a server would gather them for an `EXISTS`
        let (has, closes) = if asked.companies.is_some() {
            (" AND (SELECT 1 ", " LIMIT 1) IS NOT NULL")
        } else {
            (" AND EXISTS (SELECT 1 ", ")")
        };
        let of = "FROM contact_tags f WHERE f.contact_id = c.id AND f.tag = ";
        query = query.push(has).push(of).push_bind(tag.clone()).push(closes);
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
        // written as a sum, so that nobody goes through all cards from the newest on to find a company's people
        None if asked.companies.is_some() => {
            narrowed(db.read(NEWEST), asked).when(" AND c.id + 0 < ", before)
        }
        None => narrowed(db.read(NEWEST), asked).when(" AND c.id < ", before),
    };
    let most = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let query = match tag {
        Some(_) => query.push(" ORDER BY t.contact_id DESC LIMIT "),
        None if asked.companies.is_some() => query.push(" ORDER BY c.id + 0 DESC LIMIT "),
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

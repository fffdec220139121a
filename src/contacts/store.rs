//! Cards read back: by id, by number, in lists; every question of the other rooms.

pub mod erase;
pub mod imports;
pub mod merges;
pub mod renumber;
pub mod rules;
pub mod search;
pub mod write;

use std::collections::{BTreeMap, BTreeSet};

use sqlx::types::Json;

use super::card::{Card, CompanyRef, ContactCard, Kind, Label, Line};
use super::number::Number;
use super::rules::SiteRules;
use crate::db::{Db, Error, Query, Result, Sql, Tx, statements};
use crate::kernel::{ContactId, Moment};

statements! {
    /// The cards of the JSON list `$1`.
    CARDS = sqlite "SELECT c.id, c.version, c.kind, c.name, c.form_of_address, c.company_id, k.name AS company_name, c.vip, c.warning,
                           c.notes, c.created_at, c.changed_at, c.merged_into, c.erased_at
                    FROM contacts c LEFT JOIN contacts k ON k.id = c.company_id
                    WHERE c.id IN (SELECT value FROM json_each($1)) ORDER BY c.id",
            postgres "SELECT c.id, c.version, c.kind, c.name, c.form_of_address, c.company_id, k.name AS company_name, c.vip, c.warning,
                             c.notes, c.created_at, c.changed_at, c.merged_into, c.erased_at
                      FROM contacts c LEFT JOIN contacts k ON k.id = c.company_id
                      WHERE c.id IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text($1)) ORDER BY c.id";
    /// Their numbers.
    NUMBERS = sqlite "SELECT contact_id, number, extension, label, as_written FROM contact_numbers
                      WHERE contact_id IN (SELECT value FROM json_each($1)) ORDER BY contact_id, place",
              postgres "SELECT contact_id, number, extension, label, as_written FROM contact_numbers
                        WHERE contact_id IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text($1)) ORDER BY contact_id, place";
    /// Their tags.
    TAGS = sqlite "SELECT contact_id, tag FROM contact_tags
                   WHERE contact_id IN (SELECT value FROM json_each($1)) ORDER BY contact_id, tag",
           postgres "SELECT contact_id, tag FROM contact_tags
                     WHERE contact_id IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text($1)) ORDER BY contact_id, tag";
    /// The first card of each number of the JSON list `$1`: the number itself before one behind it, the important first, the
    /// oldest first.
    BY_NUMBERS = sqlite "SELECT number, contact_id, cards FROM (
                             SELECT n.number, n.contact_id, count(*) OVER (PARTITION BY n.number) AS cards,
                                    row_number() OVER (PARTITION BY n.number ORDER BY CASE WHEN n.extension = '' THEN 0 ELSE 1 END,
                                                       CASE WHEN c.vip THEN 0 ELSE 1 END, n.contact_id) AS rank
                             FROM contact_numbers n JOIN contacts c ON c.id = n.contact_id
                             WHERE n.number IN (SELECT value FROM json_each($1))) AS ranked
                         WHERE rank = 1",
                 postgres "SELECT number, contact_id, cards FROM (
                               SELECT n.number, n.contact_id, count(*) OVER (PARTITION BY n.number) AS cards,
                                      row_number() OVER (PARTITION BY n.number ORDER BY CASE WHEN n.extension = '' THEN 0 ELSE 1 END,
                                                         CASE WHEN c.vip THEN 0 ELSE 1 END, n.contact_id) AS rank
                               FROM contact_numbers n JOIN contacts c ON c.id = n.contact_id
                               WHERE n.number = ANY (ARRAY(SELECT jsonb_array_elements_text($1)))) AS ranked
                           WHERE rank = 1";
    /// All cards with a number.
    WITH_NUMBER = "SELECT DISTINCT contact_id FROM contact_numbers WHERE number = $1 ORDER BY contact_id LIMIT 200";
    /// Cards that were merged into this one.
    MERGED_INTO = "SELECT id FROM contacts WHERE merged_into = $1 ORDER BY id";
    /// Whether there is any card at all.
    ANY = "SELECT id FROM contacts WHERE merged_into IS NULL AND erased_at IS NULL ORDER BY id LIMIT 1";
}

/// The statements of every store file of this room, for the test that prepares them.
pub const REGISTER: &[&[(&str, Sql)]] = &[
    STATEMENTS,
    erase::STATEMENTS,
    imports::STATEMENTS,
    merges::STATEMENTS,
    renumber::STATEMENTS,
    rules::STATEMENTS,
    search::STATEMENTS,
    search::words::STATEMENTS,
    write::STATEMENTS,
];

#[derive(sqlx::FromRow)]
struct CardRow {
    id: ContactId,
    version: i64,
    kind: String,
    name: String,
    form_of_address: String,
    company_id: Option<ContactId>,
    company_name: Option<String>,
    vip: bool,
    warning: String,
    notes: String,
    created_at: Moment,
    changed_at: Moment,
    merged_into: Option<ContactId>,
    erased_at: Option<Moment>,
}

#[derive(sqlx::FromRow)]
struct NumberRow {
    contact_id: ContactId,
    number: String,
    extension: String,
    label: String,
    as_written: String,
}

impl TryFrom<CardRow> for Card {
    type Error = Error;

    fn try_from(row: CardRow) -> Result<Self> {
        let kind = Kind::from_word(&row.kind);
        let company = row.company_id.zip(row.company_name);
        Ok(Self {
            kind: kind
                .ok_or_else(|| Error::Unreadable(format!("the kind of contacts/{}", row.id)))?,
            id: row.id,
            version: row.version,
            name: row.name,
            form_of_address: row.form_of_address,
            company: company.map(|(id, name)| CompanyRef { id, name }),
            vip: row.vip,
            warning: row.warning,
            notes: row.notes,
            tags: Vec::new(),
            numbers: Vec::new(),
            created_at: row.created_at,
            changed_at: row.changed_at,
            merged_into: row.merged_into,
            erased_at: row.erased_at,
        })
    }
}

/// Where questions go: the store as it is committed, or as a change under way sees it.
pub(super) enum Ask<'a> {
    Db(&'a Db),
    Tx(&'a mut Tx),
}

impl Ask<'_> {
    fn q(&mut self, sql: Sql) -> Query<'_> {
        match self {
            Ask::Db(db) => db.read(sql),
            Ask::Tx(tx) => tx.q(sql),
        }
    }
}

/// One card, also one that was merged or erased.
pub async fn card(db: &Db, id: ContactId) -> Result<Option<Card>> {
    Ok(cards(db, &[id]).await?.pop())
}

/// Cards, in the order of the list; those that are not there are left out.
pub async fn cards(db: &Db, ids: &[ContactId]) -> Result<Vec<Card>> {
    gather(Ask::Db(db), ids).await
}

/// One card as a change under way sees it.
pub(super) async fn card_in(tx: &mut Tx, id: ContactId) -> Result<Option<Card>> {
    Ok(gather(Ask::Tx(tx), &[id]).await?.pop())
}

pub(super) async fn gather(mut ask: Ask<'_>, ids: &[ContactId]) -> Result<Vec<Card>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<CardRow> = ask.q(CARDS).bind(Json(ids)).all().await?;
    let mut found = BTreeMap::new();
    for row in rows {
        found.insert(row.id, Card::try_from(row)?);
    }
    let numbers: Vec<NumberRow> = ask.q(NUMBERS).bind(Json(ids)).all().await?;
    for row in numbers {
        let label = Label::from_word(&row.label).unwrap_or(Label::Other);
        let NumberRow { contact_id, number, extension, as_written, .. } = row;
        if let Some(card) = found.get_mut(&contact_id) {
            card.numbers.push(Line { number, extension, label, as_written, masked: false });
        }
    }
    let tags: Vec<(ContactId, String)> = ask.q(TAGS).bind(Json(ids)).all().await?;
    for (id, tag) in tags {
        if let Some(card) = found.get_mut(&id) {
            card.tags.push(tag);
        }
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// The card of a number as a call has it: E.164, or what was sent. It is read by the site's rules
/// like a card's, so that `02595588` is `95588`. Of several cards the number's own comes before one
/// behind its switchboard, then the important, then the oldest; `also` says how many more there are.
pub async fn by_number(db: &Db, number: &str) -> Result<Option<ContactCard>> {
    Ok(by_numbers(db, &[number]).await?.remove(number))
}

/// The cards of several numbers, by number as it was given, for lists; numbers nobody is known for
/// are left out.
pub async fn by_numbers(db: &Db, numbers: &[&str]) -> Result<BTreeMap<String, ContactCard>> {
    if numbers.is_empty() {
        return Ok(BTreeMap::new());
    }
    // as a rule they are spelt as cards spell them already, so nobody waits for the rules first
    let asked: BTreeSet<&str> = numbers.iter().copied().collect();
    let both = Box::pin(async { tokio::try_join!(rules::current(db), first_of(db, &asked)) });
    let (rules, first) = both.await?;
    let spelt: Vec<(&str, String)> =
        numbers.iter().map(|&text| (text, spelling(text, &rules.1))).collect();
    let meant: BTreeSet<&str> = spelt.iter().map(|(_, number)| number.as_str()).collect();
    let first = if meant == asked { first } else { first_of(db, &meant).await? };
    let ids: BTreeSet<ContactId> = first.iter().map(|(_, id, _)| *id).collect();
    let ids: Vec<ContactId> = ids.into_iter().collect();
    let cards: BTreeMap<_, _> =
        cards(db, &ids).await?.into_iter().map(|card| (card.id, card)).collect();
    let first: BTreeMap<String, (ContactId, i64)> =
        first.into_iter().map(|(number, id, all)| (number, (id, all))).collect();
    let shown = spelt.into_iter().filter_map(|(text, number)| {
        let (id, all) = first.get(&number)?;
        Some((text.to_owned(), at_the_ring(cards.get(id)?, all - 1)))
    });
    Ok(shown.collect())
}

/// The first card of each number, and how many have it.
async fn first_of(db: &Db, numbers: &BTreeSet<&str>) -> Result<Vec<(String, ContactId, i64)>> {
    db.read(BY_NUMBERS).bind(Json(numbers)).all().await
}

/// A number as cards spell it; what is none is left as it is.
fn spelling(text: &str, rules: &SiteRules) -> String {
    Number::read(text, rules).map_or_else(|_| text.to_owned(), |number| number.as_str().to_owned())
}

fn at_the_ring(card: &Card, also: i64) -> ContactCard {
    ContactCard {
        id: card.id,
        kind: card.kind,
        name: card.name.clone(),
        form_of_address: card.form_of_address.clone(),
        company: card.company.as_ref().map(|of| of.name.clone()),
        vip: card.vip,
        tags: card.tags.clone(),
        notes: card.notes.clone(),
        warnings: Some(&card.warning)
            .filter(|text| !text.is_empty())
            .cloned()
            .into_iter()
            .collect(),
        also,
    }
}

/// Every card with a number, the oldest first; at most 200.
pub async fn with_number(db: &Db, number: &str) -> Result<Vec<ContactId>> {
    db.read(WITH_NUMBER).bind(number).values().await
}

/// The cards that were merged into this one: what other rooms keep under their ids belongs to it.
pub async fn merged_into(db: &Db, id: ContactId) -> Result<Vec<ContactId>> {
    db.read(MERGED_INTO).bind(id).values().await
}

/// Whether there is any card yet.
pub async fn any(db: &Db) -> Result<bool> {
    Ok(db.read(ANY).maybe::<(ContactId,)>().await?.is_some())
}

//! Cards written: many at once or one, with everything by which they are found.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::types::Json;

use super::super::card::{Draft, Kind};
use super::super::index;
use crate::db::{Change, Db, Error, Result, Sql, Stamp, Tx, statements};
use crate::kernel::ContactId;

statements! {
    /// As many ids as the JSON list `$1` is long.
    RESERVE = sqlite "SELECT (SELECT coalesce(max(id), 0) FROM contacts) + e.key + 1 AS id FROM json_each($1) e",
              postgres "SELECT nextval(pg_get_serial_sequence('contacts', 'id')) AS id FROM jsonb_array_elements($1)";
    /// New cards from the JSON list `$1`, at `$2`.
    ADD = sqlite "INSERT INTO contacts (id, kind, name, form_of_address, company_id, vip, warning, notes, created_at, changed_at)
                  SELECT e.value->>'id', e.value->>'kind', e.value->>'name', e.value->>'form_of_address', e.value->>'company_id',
                         e.value->>'vip', e.value->>'warning', e.value->>'notes', $2, $2
                  FROM json_each($1) e",
          postgres "INSERT INTO contacts (id, kind, name, form_of_address, company_id, vip, warning, notes, created_at, changed_at)
                    SELECT id, kind, name, form_of_address, company_id, vip, warning, notes, $2, $2
                    FROM jsonb_to_recordset($1) AS e(id bigint, kind text, name text, form_of_address text, company_id bigint,
                        vip boolean, warning text, notes text)";
    /// Numbers from the JSON list `$1`.
    NUMBERS = sqlite "INSERT INTO contact_numbers (contact_id, place, number, extension, label, as_written, reversed)
                      SELECT e.value->>'contact_id', e.value->>'place', e.value->>'number', e.value->>'extension', e.value->>'label',
                             e.value->>'as_written', e.value->>'reversed'
                      FROM json_each($1) e",
              postgres "INSERT INTO contact_numbers (contact_id, place, number, extension, label, as_written, reversed)
                        SELECT contact_id, place, number, extension, label, as_written, reversed
                        FROM jsonb_to_recordset($1) AS e(contact_id bigint, place bigint, number text, extension text, label text,
                            as_written text, reversed text)";
    /// Tags from the JSON list `$1`.
    TAGS = sqlite "INSERT INTO contact_tags (tag, contact_id) SELECT e.value->>'word', e.value->>'contact_id' FROM json_each($1) e",
           postgres "INSERT INTO contact_tags (tag, contact_id)
                     SELECT word, contact_id FROM jsonb_to_recordset($1) AS e(word text, contact_id bigint)";
    /// Words from the JSON list `$1`.
    WORDS = sqlite "INSERT INTO contact_words (word, contact_id) SELECT e.value->>'word', e.value->>'contact_id' FROM json_each($1) e",
            postgres "INSERT INTO contact_words (word, contact_id)
                      SELECT word, contact_id FROM jsonb_to_recordset($1) AS e(word text, contact_id bigint)";
    /// Words of companies from the JSON list `$1`.
    COMPANY_WORDS = sqlite "INSERT INTO company_words (word, contact_id) SELECT e.value->>'word', e.value->>'contact_id' FROM json_each($1) e",
                    postgres "INSERT INTO company_words (word, contact_id)
                              SELECT word, contact_id FROM jsonb_to_recordset($1) AS e(word text, contact_id bigint)";
    /// The companies of the names in the JSON list `$1`; of several with one name the oldest.
    COMPANIES = sqlite "SELECT name, min(id) AS id FROM contacts
                        WHERE kind = 'company' AND merged_into IS NULL AND erased_at IS NULL AND name IN (SELECT value FROM json_each($1))
                        GROUP BY name",
                postgres "SELECT name, min(id) AS id FROM contacts
                          WHERE kind = 'company' AND merged_into IS NULL AND erased_at IS NULL
                                AND name IN (SELECT value FROM jsonb_array_elements_text($1))
                          GROUP BY name";
    /// Another text of a card, if its version is still this and it is nobody else's: id, version, kind, name, form of address,
    /// company, vip, warning, notes, now.
    EDIT = "UPDATE contacts SET kind = $3, name = $4, form_of_address = $5, company_id = $6, vip = $7, warning = $8, notes = $9,
                changed_at = $10, version = version + 1
            WHERE id = $1 AND version = $2 AND merged_into IS NULL AND erased_at IS NULL";
    /// Whether somebody belongs to this company.
    HAS_PEOPLE = "SELECT id FROM contacts WHERE company_id = $1 LIMIT 1";
    /// Takes the numbers off a card.
    NO_NUMBERS = "DELETE FROM contact_numbers WHERE contact_id = $1";
    /// Takes the tags off a card.
    NO_TAGS = "DELETE FROM contact_tags WHERE contact_id = $1";
    /// A card is found by nothing.
    NO_WORDS = "DELETE FROM contact_words WHERE contact_id = $1";
    /// A company's people are found by nothing of it.
    NO_COMPANY_WORDS = "DELETE FROM company_words WHERE contact_id = $1";
}

/// The refusal of a change to a card that somebody else changed meanwhile.
pub const STALE: &str = "contacts_stale";

/// The refusal to make a person of a company to which people belong.
pub const HAS_PEOPLE_REFUSAL: &str = "contacts_company_has_people";

#[derive(Serialize)]
struct Row<'d> {
    id: ContactId,
    kind: Kind,
    name: &'d str,
    form_of_address: &'d str,
    company_id: Option<ContactId>,
    vip: bool,
    warning: &'d str,
    notes: &'d str,
}

#[derive(Serialize)]
struct NumberRow<'d> {
    contact_id: ContactId,
    place: usize,
    number: &'d str,
    extension: &'d str,
    label: &'static str,
    as_written: &'d str,
    reversed: String,
}

#[derive(Serialize)]
struct WordRow {
    word: String,
    contact_id: ContactId,
}

/// Makes a card; a company that is not known yet gets one too.
pub async fn add(db: &Db, stamp: Stamp, draft: Draft) -> Result<ContactId> {
    db.write(stamp, move |tx| {
        let draft = draft.clone();
        Box::pin(async move { add_in(tx, &draft).await })
    })
    .await
}

/// The same as part of a larger change.
pub async fn add_in(tx: &mut Tx, draft: &Draft) -> Result<ContactId> {
    let ids = add_many_in(tx, std::slice::from_ref(draft)).await?;
    ids.first().copied().ok_or(Error::NotFound)
}

/// Makes many cards, in a few statements however many they are.
pub async fn add_many_in(tx: &mut Tx, drafts: &[Draft]) -> Result<Vec<ContactId>> {
    let companies = companies(tx, drafts).await?;
    put_new(tx, drafts, &companies).await
}

/// The companies the drafts name; those that have no card yet get one.
async fn companies(tx: &mut Tx, drafts: &[Draft]) -> Result<BTreeMap<String, ContactId>> {
    let named: BTreeSet<&str> =
        drafts.iter().map(|draft| draft.company.as_str()).filter(|name| !name.is_empty()).collect();
    if named.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut known = known_companies(tx, &named).await?;
    // one that comes in the same batch is the one that is meant
    let absent: Vec<Draft> = named
        .into_iter()
        .filter(|name| !known.contains_key(*name))
        .map(|name| Draft { kind: Kind::Company, name: name.to_owned(), ..Draft::default() })
        .filter(|one| {
            !drafts.iter().any(|other| other.kind == Kind::Company && other.name == one.name)
        })
        .collect();
    let ids = put_new(tx, &absent, &BTreeMap::new()).await?;
    known.extend(absent.into_iter().map(|draft| draft.name).zip(ids));
    Ok(known)
}

async fn known_companies(
    tx: &mut Tx,
    names: &BTreeSet<&str>,
) -> Result<BTreeMap<String, ContactId>> {
    let rows: Vec<(String, ContactId)> = tx.q(COMPANIES).bind(Json(names)).all().await?;
    Ok(rows.into_iter().collect())
}

async fn put_new(
    tx: &mut Tx,
    drafts: &[Draft],
    companies: &BTreeMap<String, ContactId>,
) -> Result<Vec<ContactId>> {
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<usize> = (0..drafts.len()).collect();
    let ids: Vec<ContactId> = tx.q(RESERVE).bind(Json(&places)).values().await?;
    let inside = |draft: &Draft| {
        let mut batch = drafts.iter().zip(&ids);
        let found = batch.find(|(one, _)| one.kind == Kind::Company && one.name == draft.company);
        found.map(|(_, id)| *id)
    };
    let company = |draft: &Draft| {
        let named = !draft.company.is_empty();
        named.then(|| companies.get(&draft.company).copied().or_else(|| inside(draft))).flatten()
    };
    // companies first: people refer to them
    let mut rows: Vec<Row<'_>> = drafts
        .iter()
        .zip(&ids)
        .map(|(draft, &id)| Row {
            id,
            kind: draft.kind,
            name: &draft.name,
            form_of_address: &draft.form_of_address,
            company_id: company(draft),
            vip: draft.vip,
            warning: &draft.warning,
            notes: &draft.notes,
        })
        .collect();
    rows.sort_by_key(|row| (row.kind == Kind::Person, row.id));
    let now = tx.now();
    tx.q(ADD).bind(Json(&rows)).bind(now).run().await?;
    let together: Vec<(ContactId, &Draft)> = ids.iter().copied().zip(drafts).collect();
    put_parts(tx, &together).await?;
    for &id in &ids {
        record(tx, id, "added", 1);
    }
    Ok(ids)
}

/// Writes numbers, tags and words of cards that have none.
async fn put_parts(tx: &mut Tx, cards: &[(ContactId, &Draft)]) -> Result<()> {
    let mut numbers = Vec::new();
    let (mut tags, mut words, mut of_companies) = (Vec::new(), Vec::new(), Vec::new());
    for &(contact_id, draft) in cards {
        for (place, entry) in (1..).zip(&draft.numbers) {
            numbers.push(NumberRow {
                contact_id,
                place,
                number: entry.number.as_str(),
                extension: entry.number.extension(),
                label: entry.label.word(),
                as_written: &entry.as_written,
                reversed: entry.number.reversed(),
            });
        }
        tags.extend(draft.tags.iter().map(|tag| WordRow { word: tag.clone(), contact_id }));
        let mut found = index::words(&draft.name);
        found.extend(index::words(&draft.form_of_address));
        for word in found {
            if draft.kind == Kind::Company {
                of_companies.push(WordRow { word: word.clone(), contact_id });
            }
            words.push(WordRow { word, contact_id });
        }
    }
    put(tx, NUMBERS, &numbers).await?;
    put(tx, TAGS, &tags).await?;
    put(tx, WORDS, &words).await?;
    put(tx, COMPANY_WORDS, &of_companies).await
}

async fn put<T: Serialize + Sync>(tx: &mut Tx, sql: Sql, rows: &[T]) -> Result<()> {
    if !rows.is_empty() {
        tx.q(sql).bind(Json(rows)).run().await?;
    }
    Ok(())
}

/// Changes a card; refused as [`STALE`] where its version is another, or it was merged or erased.
pub async fn edit(db: &Db, stamp: Stamp, id: ContactId, version: i64, draft: Draft) -> Result<()> {
    db.write(stamp, move |tx| {
        let draft = draft.clone();
        Box::pin(async move { edit_in(tx, id, version, &draft, "edited").await })
    })
    .await
}

/// The same as part of a larger change, told as `change`.
pub(in crate::contacts) async fn edit_in(
    tx: &mut Tx,
    id: ContactId,
    version: i64,
    draft: &Draft,
    change: &'static str,
) -> Result<()> {
    if draft.kind == Kind::Person
        && tx.q(HAS_PEOPLE).bind(id).maybe::<(ContactId,)>().await?.is_some()
    {
        return Err(Error::Refused(HAS_PEOPLE_REFUSAL.to_owned()));
    }
    let company = companies(tx, std::slice::from_ref(draft)).await?.remove(&draft.company);
    let now = tx.now();
    let edit = tx.q(EDIT).bind(id).bind(version).bind(draft.kind.word()).bind(&draft.name);
    let edit = edit.bind(&draft.form_of_address).bind(company.filter(|company| *company != id));
    let edit = edit.bind(draft.vip).bind(&draft.warning).bind(&draft.notes).bind(now);
    if edit.run().await? == 0 {
        return Err(Error::Refused(STALE.to_owned()));
    }
    bare(tx, id).await?;
    put_parts(tx, &[(id, draft)]).await?;
    record(tx, id, change, version + 1);
    Ok(())
}

/// Takes numbers, tags and words off a card.
pub(super) async fn bare(tx: &mut Tx, id: ContactId) -> Result<()> {
    for statement in [NO_NUMBERS, NO_TAGS, NO_WORDS, NO_COMPANY_WORDS] {
        tx.q(statement).bind(id).run().await?;
    }
    Ok(())
}

pub(super) fn record(tx: &mut Tx, id: ContactId, change: &'static str, version: i64) {
    tx.record(Change::new("contact", format!("contacts/{id}"), change).version(version));
}

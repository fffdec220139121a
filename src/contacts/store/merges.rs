//! Suspected doubles, and cards that were made one: with a snapshot of both, so that it can be
//! undone exactly.

use serde::Serialize;
use sqlx::types::Json;

use super::super::card::{Card, Draft};
use super::super::merge::{Snapshot, Unlike, together};
use super::write::{STALE, bare, edit_in, record};
use super::{card_in, cards};
use crate::db::{Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{ContactId, Moment};

statements! {
    /// Numbers that are on several cards, after `$1`, at most `$2`.
    DOUBLE_NUMBERS = "SELECT number, extension FROM contact_numbers WHERE number > $1
                      GROUP BY number, extension HAVING count(*) > 1 ORDER BY number, extension LIMIT $2";
    /// The cards of a number and extension.
    OF_NUMBER = "SELECT contact_id FROM contact_numbers WHERE number = $1 AND extension = $2 ORDER BY contact_id LIMIT 20";
    /// Names that several cards of one company, or several companies, bear, after `$1`, at most `$2`.
    DOUBLE_NAMES = "SELECT name, kind, company_id FROM contacts
                    WHERE name > $1 AND merged_into IS NULL AND erased_at IS NULL AND (company_id IS NOT NULL OR kind = 'company')
                    GROUP BY name, kind, company_id HAVING count(*) > 1 ORDER BY name, kind, company_id LIMIT $2";
    /// The cards of a name and company.
    OF_NAME = "SELECT id FROM contacts WHERE name = $1 AND kind = $2 AND coalesce(company_id, 0) = $3
               AND merged_into IS NULL AND erased_at IS NULL ORDER BY id LIMIT 20";
    /// Whether somebody said of two that they are two.
    APART = "SELECT one_id FROM contact_apart WHERE one_id = $1 AND other_id = $2";
    /// Says so.
    SET_APART = "INSERT INTO contact_apart (one_id, other_id, at, by_staff) VALUES ($1, $2, $3, $4) ON CONFLICT (one_id, other_id) DO NOTHING";
    /// Keeps what both cards were: kept, gone, now, by, version, snapshot.
    KEEP = "INSERT INTO contact_merges (kept_id, gone_id, at, by_staff, kept_version, snapshot) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    /// A card is now on another: id, version, into, now.
    GONE = "UPDATE contacts SET merged_into = $3, changed_at = $4, version = version + 1
            WHERE id = $1 AND version = $2 AND merged_into IS NULL AND erased_at IS NULL";
    /// The people of a company that went.
    MOVE_PEOPLE = "UPDATE contacts SET company_id = $2, version = version + 1, changed_at = $3 WHERE company_id = $1 RETURNING id";
    /// People go back to the company they had before: the JSON list `$1`.
    BACK_PEOPLE = sqlite "UPDATE contacts SET company_id = $2, version = version + 1, changed_at = $3
                          WHERE id IN (SELECT value FROM json_each($1)) AND company_id = $4",
                  postgres "UPDATE contacts SET company_id = $2, version = version + 1, changed_at = $3
                            WHERE id IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text($1)) AND company_id = $4";
    /// A card is its own again: id, now.
    RETURNED = "UPDATE contacts SET merged_into = NULL, changed_at = $2, version = version + 1 WHERE id = $1 AND merged_into = $3 RETURNING version";
    /// One merge.
    MERGE = "SELECT m.id, m.kept_id, m.gone_id, m.at, s.name AS by_name, m.kept_version, m.snapshot, m.undone_at
             FROM contact_merges m LEFT JOIN staff s ON s.id = m.by_staff WHERE m.id = $1";
    /// The merges of a card, newest first.
    OF_CARD = "SELECT m.id, m.kept_id, m.gone_id, m.at, s.name AS by_name, m.kept_version, m.snapshot, m.undone_at
               FROM contact_merges m LEFT JOIN staff s ON s.id = m.by_staff WHERE m.kept_id = $1 OR m.gone_id = $1 ORDER BY m.id DESC LIMIT 20";
    /// The newest merges of the house.
    NEWEST = "SELECT m.id, m.kept_id, m.gone_id, m.at, s.name AS by_name, m.kept_version, m.snapshot, m.undone_at
              FROM contact_merges m LEFT JOIN staff s ON s.id = m.by_staff ORDER BY m.id DESC LIMIT 20";
    /// A merge is undone: id, now, by.
    UNDONE = "UPDATE contact_merges SET undone_at = $2, undone_by = $3, snapshot = NULL WHERE id = $1 AND undone_at IS NULL";
}

/// The refusal to make one of two that are not alike.
pub const KINDS: &str = "contacts_merge_kinds";
/// The refusal to make one card that holds more than a card can.
pub const TOO_MUCH: &str = "contacts_merge_too_much";
/// The refusal to undo what was undone, or what the card has been changed since.
pub const NOT_UNDONE: &str = "contacts_merge_moved_on";

/// One merge.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct Merge {
    /// Which.
    pub id: i64,
    /// The card that has everything now.
    pub kept_id: ContactId,
    /// The card that went.
    pub gone_id: ContactId,
    /// When.
    pub at: Moment,
    /// Who did it.
    pub by_name: Option<String>,
    #[serde(skip)]
    pub(in crate::contacts) kept_version: i64,
    #[serde(skip)]
    snapshot: Option<String>,
    /// When it was undone.
    pub undone_at: Option<Moment>,
}

impl Merge {
    /// What the card that went was called; `None` once that is no longer known.
    pub fn gone_name(&self) -> Option<String> {
        let text = self.snapshot.as_deref()?;
        let (snapshot, _): (Snapshot, Vec<ContactId>) = serde_json::from_str(text).ok()?;
        Some(snapshot.gone.name)
    }

    /// Whether it may still be undone, the kept card being at this version.
    pub fn can_be_undone(&self, version: i64) -> bool {
        self.undone_at.is_none() && self.snapshot.is_some() && self.kept_version == version
    }
}

/// Cards that may be one, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspects {
    /// By number rather than by name.
    pub number: Option<String>,
    /// The cards, the oldest first.
    pub cards: Vec<Card>,
}

/// Cards that may be one: those that share a number, then those that share name and company, after
/// a number or a name, at most `limit` groups of each. Pairs that were told apart are left out.
pub async fn suspects(db: &Db, limit: i64) -> Result<Vec<Suspects>> {
    let mut found = Vec::new();
    let numbers: Vec<(String, String)> =
        db.read(DOUBLE_NUMBERS).bind("").bind(limit.saturating_mul(2)).all().await?;
    for (number, extension) in numbers {
        let ids = db.read(OF_NUMBER).bind(number.clone()).bind(extension).values().await?;
        put_group(db, Some(number), ids, &mut found).await?;
    }
    let names: Vec<(String, String, Option<ContactId>)> =
        db.read(DOUBLE_NAMES).bind("").bind(limit).all().await?;
    for (name, kind, company) in names {
        let company = company.unwrap_or(ContactId(0));
        let ids = db.read(OF_NAME).bind(name).bind(kind).bind(company).values().await?;
        put_group(db, None, ids, &mut found).await?;
    }
    Ok(found)
}

async fn put_group(
    db: &Db,
    number: Option<String>,
    ids: Vec<ContactId>,
    found: &mut Vec<Suspects>,
) -> Result<()> {
    let mut kept: Vec<ContactId> = Vec::new();
    for id in ids {
        let mut apart = false;
        for one in &kept {
            let (low, high) = (id.min(*one), id.max(*one));
            apart |= db.read(APART).bind(low).bind(high).maybe::<(ContactId,)>().await?.is_some();
        }
        if !apart {
            kept.push(id);
        }
    }
    let same = |group: &Suspects| group.cards.iter().map(|card| card.id).eq(kept.iter().copied());
    if kept.len() > 1 && !found.iter().any(same) {
        let cards = cards(db, &kept).await?;
        // a person and the company behind one switchboard are no doubles
        if cards.iter().all(|card| card.kind == cards[0].kind) {
            found.push(Suspects { number, cards });
        }
    }
    Ok(())
}

/// Says that two cards are two; they are not suspected again.
pub async fn set_apart(db: &Db, stamp: Stamp, one: ContactId, other: ContactId) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let (now, by) = (tx.now(), tx.by());
            let pair = tx.q(SET_APART).bind(one.min(other)).bind(one.max(other)).bind(now).bind(by);
            pair.run().await?;
            tx.record(Change::new("contact", format!("contacts/{one}"), "told_apart"));
            Ok(())
        })
    })
    .await
}

/// A card as it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Which.
    pub id: ContactId,
    /// At which version.
    pub version: i64,
}

/// Makes one card of two. Everything is on `kept` afterwards; `gone` leads to it.
pub async fn merge(db: &Db, stamp: Stamp, kept: Seen, gone: Seen) -> Result<i64> {
    db.write(stamp, move |tx| Box::pin(async move { merge_in(tx, kept, gone).await })).await
}

async fn merge_in(tx: &mut Tx, kept: Seen, gone: Seen) -> Result<i64> {
    let (one, other) = (alive(tx, kept).await?, alive(tx, gone).await?);
    let snapshot = Snapshot { kept: one.written(), gone: other.written() };
    let both = together(&snapshot.kept, &snapshot.gone).map_err(|why| {
        Error::Refused(match why {
            Unlike::Kinds => KINDS.to_owned(),
            Unlike::TooMuch => TOO_MUCH.to_owned(),
        })
    })?;
    let (now, by) = (tx.now(), tx.by());
    let people: Vec<ContactId> =
        tx.q(MOVE_PEOPLE).bind(gone.id).bind(kept.id).bind(now).values().await?;
    let went = tx.q(GONE).bind(gone.id).bind(gone.version).bind(kept.id).bind(now).run().await?;
    if went == 0 {
        return Err(Error::Refused(STALE.to_owned()));
    }
    bare(tx, gone.id).await?;
    edit_in(tx, kept.id, kept.version, &both, "merged").await?;
    record(tx, gone.id, "merged_away", gone.version + 1);
    let text = serde_json::to_string(&(&snapshot, &people)).unwrap_or_default();
    let keep = tx.q(KEEP).bind(kept.id).bind(gone.id).bind(now).bind(by);
    keep.bind(kept.version + 1).bind(text).value().await
}

async fn alive(tx: &mut Tx, seen: Seen) -> Result<Card> {
    let card = card_in(tx, seen.id).await?.ok_or(Error::NotFound)?;
    let fits =
        card.version == seen.version && card.merged_into.is_none() && card.erased_at.is_none();
    if fits { Ok(card) } else { Err(Error::Refused(STALE.to_owned())) }
}

/// Undoes a merge: both cards are as they were. Refused where the card was changed since, for then
/// nobody could say on which of the two the change belongs.
pub async fn undo(db: &Db, stamp: Stamp, id: i64) -> Result<Merge> {
    db.write(stamp, move |tx| Box::pin(async move { undo_in(tx, id).await })).await
}

async fn undo_in(tx: &mut Tx, id: i64) -> Result<Merge> {
    let merge: Merge = tx.q(MERGE).bind(id).one().await?;
    let moved_on = || Error::Refused(NOT_UNDONE.to_owned());
    let text = merge.snapshot.as_deref().filter(|_| merge.undone_at.is_none());
    let (snapshot, people): (Snapshot, Vec<ContactId>) =
        text.and_then(|text| serde_json::from_str(text).ok()).ok_or_else(moved_on)?;
    let (kept, gone) = (merge.kept_id, merge.gone_id);
    let (now, by) = (tx.now(), tx.by());
    // the name of the company may be one that was made meanwhile: it is found again by its name
    edit_in(tx, kept, merge.kept_version, &snapshot.kept, "unmerged")
        .await
        .map_err(|error| if error.is_refusal(STALE) { moved_on() } else { error })?;
    let returned = tx.q(RETURNED).bind(gone).bind(now).bind(kept);
    let version: i64 = returned.value().await?;
    restore(tx, gone, version, &snapshot.gone).await?;
    if !people.is_empty() {
        tx.q(BACK_PEOPLE).bind(Json(&people)).bind(gone).bind(now).bind(kept).run().await?;
    }
    if tx.q(UNDONE).bind(id).bind(now).bind(by).run().await? == 0 {
        return Err(moved_on());
    }
    Ok(merge)
}

async fn restore(tx: &mut Tx, id: ContactId, version: i64, draft: &Draft) -> Result<()> {
    edit_in(tx, id, version, draft, "unmerged").await
}

/// One merge.
pub async fn one(db: &Db, id: i64) -> Result<Option<Merge>> {
    db.read(MERGE).bind(id).maybe().await
}

/// The merges a card was part of, newest first.
pub async fn of_card(db: &Db, id: ContactId) -> Result<Vec<Merge>> {
    db.read(OF_CARD).bind(id).all().await
}

/// The newest merges of the house.
pub async fn newest(db: &Db) -> Result<Vec<Merge>> {
    db.read(NEWEST).all().await
}

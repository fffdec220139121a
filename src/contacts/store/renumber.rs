//! Stored numbers read again as they were written, after the site's rules have changed.

use super::super::number::Number;
use super::super::rules::SiteRules;
use super::write::record;
use crate::db::{Db, Result, Stamp, Tx, statements};
use crate::kernel::{ContactId, Moment};

statements! {
    /// Numbers after an id, at most `$2`.
    PAGE = "SELECT id, contact_id, number, extension, as_written FROM contact_numbers WHERE id > $1 ORDER BY id LIMIT $2";
    /// Whether the card has such a number already.
    THERE = "SELECT id FROM contact_numbers WHERE contact_id = $1 AND number = $2 AND extension = $3";
    /// Another spelling: id, number, extension, digits last first.
    WRITE = "UPDATE contact_numbers SET number = $2, extension = $3, reversed = $4 WHERE id = $1";
    /// A number that is on the card twice now.
    DROP = "DELETE FROM contact_numbers WHERE id = $1";
    /// The card was changed: id, now.
    TOUCH = "UPDATE contacts SET version = version + 1, changed_at = $2 WHERE id = $1 RETURNING version";
}

/// So many numbers are read in one change, so that nobody waits long behind it.
const CHUNK: i64 = 1_000;

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    contact_id: ContactId,
    number: String,
    extension: String,
    as_written: String,
}

/// Reads all numbers again, part by part; says how many changed. What is no number by the new rules
/// stays as it is. Breaking off in the middle does no harm: it is done again from the start.
pub async fn all(db: &Db, stamp: Stamp, rules: &SiteRules) -> Result<u64> {
    let (db, mut after, mut changed) = (db.unhurried(), 0_i64, 0);
    loop {
        let rows: Vec<Row> = db.read(PAGE).bind(after).bind(CHUNK).all().await?;
        let Some(last) = rows.last() else { return Ok(changed) };
        after = last.id;
        let other: Vec<(i64, ContactId, Number)> = rows
            .into_iter()
            .filter_map(|row| {
                let read = Number::read(&row.as_written, rules).ok()?;
                let same = read.as_str() == row.number && read.extension() == row.extension;
                (!same).then_some((row.id, row.contact_id, read))
            })
            .collect();
        if other.is_empty() {
            continue;
        }
        changed += db
            .write(stamp, move |tx| {
                let other = other.clone();
                Box::pin(async move { respell(tx, &other).await })
            })
            .await?;
    }
}

async fn respell(tx: &mut Tx, other: &[(i64, ContactId, Number)]) -> Result<u64> {
    let now: Moment = tx.now();
    let mut cards: Vec<ContactId> = Vec::new();
    for (id, contact, number) in other {
        let there = tx.q(THERE).bind(*contact).bind(number.as_str()).bind(number.extension());
        if there.maybe::<(i64,)>().await?.is_some() {
            tx.q(DROP).bind(*id).run().await?;
        } else {
            let write = tx.q(WRITE).bind(*id).bind(number.as_str()).bind(number.extension());
            write.bind(number.reversed()).run().await?;
        }
        if !cards.contains(contact) {
            cards.push(*contact);
        }
    }
    for id in cards {
        let version = tx.q(TOUCH).bind(id).bind(now).value().await?;
        record(tx, id, "renumbered", version);
    }
    Ok(u64::try_from(other.len()).unwrap_or(u64::MAX))
}

//! What the law lets a person ask: everything we hold under a number, and that it be erased.

use serde_json::{Value, json};

use super::write::{bare, record};
use super::{card_in, cards, merged_into, with_number};
use crate::db::{Change, Db, Error, Result, Tx, statements};
use crate::kernel::{ContactId, Moment};

statements! {
    /// Takes everything off a card and those that were merged into it: id, now.
    ERASE = "UPDATE contacts SET name = '', form_of_address = '', company_id = NULL, vip = $3, warning = '', notes = '', erased_at = $2,
                 changed_at = $2, version = version + 1
             WHERE (id = $1 OR merged_into = $1) AND erased_at IS NULL RETURNING id, version";
    /// Nobody belongs to an erased company.
    LEAVE = "UPDATE contacts SET company_id = NULL, version = version + 1 WHERE company_id = $1";
    /// What a card was before a merge goes with it.
    FORGET = "UPDATE contact_merges SET snapshot = NULL WHERE kept_id = $1 OR gone_id = $1";
    /// Spreadsheets that were read and not taken over may hold anybody.
    DROP_IMPORTS = "UPDATE contact_imports SET state = 'dropped', lines = NULL WHERE state = 'checked'";
}

/// Everything on the cards with this number, as JSON for the person who asks.
pub async fn held(db: &Db, number: &str) -> Result<Value> {
    let ids = with_number(db, number).await?;
    let mut all = Vec::new();
    for card in cards(db, &ids).await? {
        let merged = merged_into(db, card.id).await?;
        all.push(json!({ "card": card, "merged_into_it": merged }));
    }
    Ok(json!(all))
}

/// Erases cards, for good: their rows stay as numbers without a name. Only cards that have the
/// number are touched. Returns which were erased.
pub(in crate::contacts) async fn erase_in(
    tx: &mut Tx,
    number: &str,
    ids: &[ContactId],
) -> Result<Vec<ContactId>> {
    let now: Moment = tx.now();
    let mut erased = Vec::new();
    for &id in ids {
        let card = card_in(tx, id).await?.ok_or(Error::NotFound)?;
        if !card.numbers.iter().any(|line| line.number == number) {
            return Err(Error::NotFound);
        }
        bare(tx, id).await?;
        tx.q(LEAVE).bind(id).run().await?;
        tx.q(FORGET).bind(id).run().await?;
        let gone: Vec<(ContactId, i64)> = tx.q(ERASE).bind(id).bind(now).bind(false).all().await?;
        for (id, version) in gone {
            tx.q(FORGET).bind(id).run().await?;
            record(tx, id, "erased", version);
            erased.push(id);
        }
    }
    tx.q(DROP_IMPORTS).run().await?;
    Ok(erased)
}

/// Says in the journal that somebody was erased, and on what ground; not who.
pub(in crate::contacts) fn record_in(tx: &mut Tx, ground: &'static str) {
    let change = Change::new("contact", "contacts/privacy".to_owned(), "erased");
    tx.record(Change { why: Some(ground.to_owned()), ..change });
}

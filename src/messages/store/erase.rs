//! What slips hold of a person, and how they are taken out of them.

use serde_json::{Value, json};

use super::{SLIPS, subject};
use crate::db::{Change, Db, Result, Tx, statements};
use crate::followups;
use crate::kernel::{MessageId, Phone, spellings};

statements! {
    /// Slips with a telephone, or of a call of this number, or saying it.
    MAYBE = "SELECT m.id, m.phone, CAST(CASE WHEN c.caller_number = $1 OR m.body LIKE $2 OR m.answer LIKE $2 THEN 1 ELSE 0 END AS BIGINT) AS sure
             FROM messages m LEFT JOIN calls c ON c.id = m.call_id
             WHERE m.phone <> '' OR c.caller_number = $1 OR m.body LIKE $2 OR m.answer LIKE $2 ORDER BY m.id";
    /// A slip says nothing any more.
    BLANK = "UPDATE messages SET from_name = '', phone = '', body = '–', answer = '', why = '', version = version + 1 WHERE id = $1 RETURNING version";
}

fn theirs(rows: Vec<(MessageId, String, i64)>, number: &str) -> Vec<MessageId> {
    let is = |phone: &str| Phone::read(phone).is_some_and(|phone| phone.as_str() == number);
    rows.into_iter().filter(|(_, phone, sure)| *sure == 1 || is(phone)).map(|row| row.0).collect()
}

/// The slips of a number.
pub(in crate::messages) async fn held(db: &Db, number: &str) -> Result<Value> {
    let pattern = spellings(number).into_iter().next().unwrap_or_default();
    let rows = db.read(MAYBE).bind(number.to_owned()).bind(pattern).all().await?;
    let mut slips = Vec::new();
    for id in theirs(rows, number) {
        let slip: super::Message = db.read(SLIPS).push(" AND m.id = ").push_bind(id).one().await?;
        slips.push(slip);
    }
    Ok(json!(slips))
}

/// Takes the person out of their slips; how many there were.
pub(in crate::messages) async fn erase(tx: &mut Tx, number: &str) -> Result<u64> {
    let mut ids = Vec::new();
    for pattern in spellings(number) {
        let rows = tx.q(MAYBE).bind(number.to_owned()).bind(pattern).all().await?;
        ids.extend(theirs(rows, number));
    }
    ids.sort_unstable();
    ids.dedup();
    for id in &ids {
        let version: i64 = tx.q(BLANK).bind(*id).value().await?;
        tx.record(Change::new("message", subject(*id), "erased").version(version));
        followups::store::erase::about(tx, &subject(*id)).await?;
    }
    Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
}

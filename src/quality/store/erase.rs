//! What sheets hold of people who call, and how it is taken out: the notes of a call of theirs, and
//! notes that say their number. Marks stay, so the figures of the operator stay.

use serde_json::{Value, json};

use super::super::sheet::Item;
use super::subject;
use crate::db::{Change, Db, Result, Tx, statements};
use crate::kernel::{SheetId, spellings};

statements! {
    /// Sheets with words that are about a call of this number, or say it.
    MAYBE = "SELECT DISTINCT s.id FROM quality_sheets s JOIN calls c ON c.id = s.call_id JOIN quality_saves v ON v.sheet_id = s.id
             WHERE (v.tone_note || v.no_rude_words_note || v.no_jokes_note || v.please_thanks_note || v.never_wei_note) <> ''
               AND (c.caller_number = $1 OR v.tone_note LIKE $2 OR v.no_rude_words_note LIKE $2 OR v.no_jokes_note LIKE $2
                    OR v.please_thanks_note LIKE $2 OR v.never_wei_note LIKE $2)
             ORDER BY s.id";
    /// The words of every save of a sheet are gone; that something was not met still has its dash.
    BLANK = "UPDATE quality_saves SET
                 tone_note = CASE WHEN tone = 'not_met' THEN '–' ELSE '' END,
                 no_rude_words_note = CASE WHEN no_rude_words = 'not_met' THEN '–' ELSE '' END,
                 no_jokes_note = CASE WHEN no_jokes = 'not_met' THEN '–' ELSE '' END,
                 please_thanks_note = CASE WHEN please_thanks = 'not_met' THEN '–' ELSE '' END,
                 never_wei_note = CASE WHEN never_wei = 'not_met' THEN '–' ELSE '' END
             WHERE sheet_id = $1";
    /// Who has it open must read it again.
    RISE = "UPDATE quality_sheets SET version = version + 1 WHERE id = $1 RETURNING version";
}

/// The sheets of a number that say something.
pub(in crate::quality) async fn held(db: &Db, number: &str) -> Result<Value> {
    let mut sheets: Vec<SheetId> = Vec::new();
    for pattern in spellings(number) {
        sheets.extend(
            db.read(MAYBE).bind(number.to_owned()).bind(pattern).values::<SheetId>().await?,
        );
    }
    sheets.sort_unstable();
    sheets.dedup();
    let mut all = Vec::new();
    for id in sheets {
        let (sheet, saves) = super::one(db, id).await?;
        let notes = saves.iter().flat_map(|save| {
            let note = |item: &Item| save.scores.of(*item).note.clone();
            Item::ALL.iter().map(note).filter(|note| !note.is_empty())
        });
        let notes: Vec<String> = notes.collect();
        all.push(json!({ "sheet": id, "call": sheet.call, "notes": notes }));
    }
    Ok(Value::Array(all))
}

/// Takes the person out of the sheets; how many there were.
pub(in crate::quality) async fn erase(tx: &mut Tx, number: &str) -> Result<u64> {
    let mut sheets: Vec<SheetId> = Vec::new();
    for pattern in spellings(number) {
        sheets.extend(tx.q(MAYBE).bind(number.to_owned()).bind(pattern).values::<SheetId>().await?);
    }
    sheets.sort_unstable();
    sheets.dedup();
    for id in &sheets {
        tx.q(BLANK).bind(*id).run().await?;
        let version: i64 = tx.q(RISE).bind(*id).value().await?;
        tx.record(Change::new("quality", subject(*id), "erased").version(version));
    }
    Ok(u64::try_from(sheets.len()).unwrap_or(u64::MAX))
}

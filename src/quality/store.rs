//! What is kept of quality sheets: which call, by which way it was chosen, every save.

pub mod erase;
mod write;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::FromRow;

pub use write::{
    Draw, NO_TALK, NONE_LEFT, OWN, STALE, STATEMENTS as WRITE_STATEMENTS, Saved, Scoring, choose,
    draw, score,
};

use super::sheet::{Mark, Origin, Score, Scores};
use crate::calls::StaffRef;
use crate::db::{Db, Error, Result, Sql, statements};
use crate::kernel::{CallId, Moment, SheetId, StaffId};

statements! {
    /// Sheets with what is shown of their calls; a WHERE is to follow.
    SHEETS = "SELECT s.id, s.version, s.call_id, s.staff_id, p.name AS staff_name, s.business_date, s.origin, s.opened_by, o.name AS opened_name,
                     s.opened_at, s.marks_version, c.hotline_name, c.offered_at, c.answered_at, c.ended_at, c.end_seen
              FROM quality_sheets s JOIN staff p ON p.id = s.staff_id JOIN calls c ON c.id = s.call_id LEFT JOIN staff o ON o.id = s.opened_by
              WHERE 1 = 1";
    /// The saves that hold, of sheets between two dates; of one operator where `$3` is not 0.
    HOLDING = "SELECT v.sheet_id, v.version, v.saved_by, b.name AS saved_name, v.saved_at, v.tone, v.tone_note, v.no_rude_words, v.no_rude_words_note,
                      v.no_jokes, v.no_jokes_note, v.please_thanks, v.please_thanks_note, v.never_wei, v.never_wei_note
               FROM quality_sheets s JOIN quality_saves v ON v.sheet_id = s.id AND v.version = s.marks_version LEFT JOIN staff b ON b.id = v.saved_by
               WHERE s.business_date >= $1 AND s.business_date <= $2 AND (s.staff_id = $3 OR $3 = 0)";
    /// Every save of one sheet, the oldest first.
    SAVES = "SELECT v.sheet_id, v.version, v.saved_by, b.name AS saved_name, v.saved_at, v.tone, v.tone_note, v.no_rude_words, v.no_rude_words_note,
                    v.no_jokes, v.no_jokes_note, v.please_thanks, v.please_thanks_note, v.never_wei, v.never_wei_note
             FROM quality_saves v LEFT JOIN staff b ON b.id = v.saved_by WHERE v.sheet_id = $1 ORDER BY v.version";
    /// The sheet of a call.
    OF_CALL = "SELECT id FROM quality_sheets WHERE call_id = $1";
}

/// The statements of every store file of this room, for the test that prepares them.
pub const REGISTER: &[&[(&str, Sql)]] = &[STATEMENTS, WRITE_STATEMENTS, erase::STATEMENTS];

/// The name of a sheet in the journal.
pub fn subject(id: SheetId) -> String {
    format!("quality/{id}")
}

/// A sheet with the save that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Which.
    pub id: SheetId,
    /// Rises with every change.
    pub version: i64,
    /// The call.
    pub call: CallId,
    /// Who answered it.
    pub operator: StaffRef,
    /// The business date of the call.
    pub date: NaiveDate,
    /// The hotline's name.
    pub hotline: Option<String>,
    /// When the call came.
    pub offered_at: Moment,
    /// How long they talked, in milliseconds; `None` where the end was not seen.
    pub talk_ms: Option<i64>,
    /// How it was chosen.
    pub origin: Origin,
    /// By whom; `None` for a program.
    pub opened_by: Option<StaffRef>,
    /// When.
    pub opened_at: Moment,
    /// What was scored; `None` until it is.
    pub scores: Option<Scores>,
    /// Who saved that; `None` for a program.
    pub scored_by: Option<StaffRef>,
    /// When.
    pub scored_at: Option<Moment>,
}

/// One save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Save {
    /// The version of the sheet after it.
    pub version: i64,
    /// Who; `None` for a program.
    pub by: Option<StaffRef>,
    /// When.
    pub at: Moment,
    /// What.
    pub scores: Scores,
}

#[derive(FromRow)]
struct SheetRow {
    id: SheetId,
    version: i64,
    call_id: CallId,
    staff_id: StaffId,
    staff_name: String,
    business_date: String,
    origin: Origin,
    opened_by: Option<StaffId>,
    opened_name: Option<String>,
    opened_at: Moment,
    marks_version: Option<i64>,
    hotline_name: Option<String>,
    offered_at: Moment,
    answered_at: Option<Moment>,
    ended_at: Option<Moment>,
    end_seen: bool,
}

#[derive(FromRow)]
struct SaveRow {
    sheet_id: SheetId,
    version: i64,
    saved_by: Option<StaffId>,
    saved_name: Option<String>,
    saved_at: Moment,
    tone: Mark,
    tone_note: String,
    no_rude_words: Mark,
    no_rude_words_note: String,
    no_jokes: Mark,
    no_jokes_note: String,
    please_thanks: Mark,
    please_thanks_note: String,
    never_wei: Mark,
    never_wei_note: String,
}

fn person(id: Option<StaffId>, name: Option<String>) -> Option<StaffRef> {
    id.zip(name).map(|(id, name)| StaffRef { id, name })
}

impl SaveRow {
    fn save(self) -> Save {
        let score = |mark, note| Score { mark, note };
        Save {
            version: self.version,
            by: person(self.saved_by, self.saved_name),
            at: self.saved_at,
            scores: Scores {
                tone: score(self.tone, self.tone_note),
                no_rude_words: score(self.no_rude_words, self.no_rude_words_note),
                no_jokes: score(self.no_jokes, self.no_jokes_note),
                please_thanks: score(self.please_thanks, self.please_thanks_note),
                never_wei: score(self.never_wei, self.never_wei_note),
            },
        }
    }
}

impl SheetRow {
    fn sheet(self, holds: Option<Save>) -> Result<Sheet> {
        let unreadable = |_| Error::Unreadable(format!("the date of quality/{}", self.id));
        let ended = self.ended_at.filter(|_| self.end_seen);
        let holds = holds.filter(|save| Some(save.version) == self.marks_version);
        Ok(Sheet {
            date: self.business_date.parse().map_err(unreadable)?,
            id: self.id,
            version: self.version,
            call: self.call_id,
            operator: StaffRef { id: self.staff_id, name: self.staff_name },
            hotline: self.hotline_name,
            offered_at: self.offered_at,
            talk_ms: self.answered_at.zip(ended).map(|(from, to)| to.millis_since(from)),
            origin: self.origin,
            opened_by: person(self.opened_by, self.opened_name),
            opened_at: self.opened_at,
            scored_at: holds.as_ref().map(|save| save.at),
            scored_by: holds.as_ref().and_then(|save| save.by.clone()),
            scores: holds.map(|save| save.scores),
        })
    }
}

/// A sheet with all its saves, the oldest first. [`Error::NotFound`] where there is none.
pub async fn one(db: &Db, id: SheetId) -> Result<(Sheet, Vec<Save>)> {
    let row: Option<SheetRow> = db.read(SHEETS).push(" AND s.id = ").push_bind(id).maybe().await?;
    let row = row.ok_or(Error::NotFound)?;
    let saves: Vec<SaveRow> = db.read(SAVES).bind(id).all().await?;
    let saves: Vec<Save> = saves.into_iter().map(SaveRow::save).collect();
    let holds = saves.iter().find(|save| Some(save.version) == row.marks_version).cloned();
    Ok((row.sheet(holds)?, saves))
}

/// The sheet of a call.
pub async fn of_call(db: &Db, call: CallId) -> Result<Option<Sheet>> {
    let found: Option<(SheetId,)> = db.read(OF_CALL).bind(call).maybe().await?;
    match found {
        Some((id,)) => one(db, id).await.map(|(sheet, _)| Some(sheet)),
        None => Ok(None),
    }
}

/// The sheets of calls between two business dates, first and last included, of one operator or of all;
/// the newest call first.
pub async fn between(
    db: &Db,
    from: NaiveDate,
    to: NaiveDate,
    operator: Option<StaffId>,
) -> Result<Vec<Sheet>> {
    let (first, last) = (from.to_string(), to.to_string());
    let query = db.read(SHEETS).push(" AND s.business_date >= ").push_bind(first.clone());
    let query = query.push(" AND s.business_date <= ").push_bind(last.clone());
    let query = query.when(" AND s.staff_id = ", operator);
    let rows: Vec<SheetRow> = query.push(" ORDER BY c.offered_at DESC, s.id DESC").all().await?;
    let query = db.read(HOLDING).bind(first).bind(last);
    let saves: Vec<SaveRow> = query.bind(operator.unwrap_or(StaffId(0))).all().await?;
    let mut saves: BTreeMap<SheetId, Save> =
        saves.into_iter().map(|row| (row.sheet_id, row.save())).collect();
    rows.into_iter()
        .map(|row| {
            let holds = saves.remove(&row.id);
            row.sheet(holds)
        })
        .collect()
}

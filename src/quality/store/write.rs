//! Draws calls, opens their sheets, keeps what was scored.

use serde_json::{Map, Value, json};

use super::super::sheet::{Item, Origin, Score, Scores};
use super::{OF_CALL, SAVES, SaveRow, subject};
use crate::db::{Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{CallId, Moment, SheetId, StaffId};
use crate::notices::{self, NewNotice, Recipients};
use crate::staff;
use crate::words::Said;

statements! {
    /// Holds an operator until the end of the change: their calls are drawn one after the other.
    HOLD_OPERATOR = "UPDATE staff SET version = version WHERE id = $1";
    /// How many talks of an operator can be drawn: over, no test, without a sheet. Whose a talk is says the
    /// telephone that answered; where that was not seen, whoever said "I take it".
    CANDIDATES = "SELECT count(*) AS talks FROM calls c
                  WHERE (c.answered_staff = $1 OR (c.answered_staff IS NULL AND c.taken_by = $1)) AND c.offered_at >= $2 AND c.offered_at < $3 AND c.state = 'ended' AND c.answered_at IS NOT NULL
                    AND coalesce(c.excluded, '') <> 'test' AND NOT EXISTS (SELECT 1 FROM quality_sheets s WHERE s.call_id = c.id)";
    /// The one of them after so many others.
    CANDIDATE = "SELECT c.id, c.business_date FROM calls c
                 WHERE (c.answered_staff = $1 OR (c.answered_staff IS NULL AND c.taken_by = $1)) AND c.offered_at >= $2 AND c.offered_at < $3 AND c.state = 'ended' AND c.answered_at IS NOT NULL
                   AND coalesce(c.excluded, '') <> 'test' AND NOT EXISTS (SELECT 1 FROM quality_sheets s WHERE s.call_id = c.id)
                 ORDER BY c.offered_at, c.id LIMIT 1 OFFSET $4";
    /// Who answered a talk that is over and no test, and when it counts.
    ANSWERED = "SELECT coalesce(answered_staff, taken_by) AS operator, business_date FROM calls
                WHERE id = $1 AND state = 'ended' AND answered_at IS NOT NULL AND coalesce(answered_staff, taken_by) IS NOT NULL
                  AND coalesce(excluded, '') <> 'test'";
    /// Whether there is such a call.
    CALL = "SELECT id FROM calls WHERE id = $1";
    /// A new sheet.
    OPEN = "INSERT INTO quality_sheets (call_id, staff_id, business_date, origin, opened_by, opened_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    /// Holds a sheet until the end of the change.
    HOLD = "UPDATE quality_sheets SET version = version WHERE id = $1 RETURNING version, staff_id, marks_version";
    /// The save that holds now.
    SCORED = "UPDATE quality_sheets SET version = $2, marks_version = $2 WHERE id = $1";
    /// What was scored.
    SAVE = "INSERT INTO quality_saves (sheet_id, version, saved_by, saved_at, tone, tone_note, no_rude_words, no_rude_words_note, no_jokes, no_jokes_note,
                                       please_thanks, please_thanks_note, never_wei, never_wei_note)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
}

/// What the notice to an operator is called.
const KIND: &str = "quality";

/// The refusal of a save at another version.
pub const STALE: &str = "quality_stale";
/// The refusal where somebody would judge how they spoke themselves.
pub const OWN: &str = "quality_own";
/// The refusal where no talk of the operator is left in these days.
pub const NONE_LEFT: &str = "quality_none_left";
/// The refusal of a call that nobody answered, that goes on, or that is a test.
pub const NO_TALK: &str = "quality_no_talk";

/// Among which calls one is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// Whose.
    pub operator: StaffId,
    /// The first moment.
    pub from: Moment,
    /// The moment after the last.
    pub to: Moment,
    /// Which of them, whatever there are: any number.
    pub chance: u64,
}

/// Draws one of the operator's answered calls that have no sheet yet and opens a sheet for it. Refused
/// as [`NONE_LEFT`] or [`OWN`].
pub async fn draw(db: &Db, stamp: Stamp, draw: Draw) -> Result<SheetId> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            if tx.q(HOLD_OPERATOR).bind(draw.operator).run().await? == 0 {
                return Err(Error::NotFound);
            }
            let ask = tx.q(CANDIDATES).bind(draw.operator).bind(draw.from).bind(draw.to);
            let count: i64 = ask.value().await?;
            // of nothing no remainder is left
            let place = u64::try_from(count).ok().and_then(|count| draw.chance.checked_rem(count));
            let place = place.and_then(|place| i64::try_from(place).ok());
            let Some(place) = place else { return Err(Error::Refused(NONE_LEFT.to_owned())) };
            let ask = tx.q(CANDIDATE).bind(draw.operator).bind(draw.from).bind(draw.to);
            let (call, date): (CallId, String) = ask.bind(place).one().await?;
            open_in(tx, call, draw.operator, date, Origin::Drawn).await
        })
    })
    .await
}

/// Opens a sheet for this call, or gives the one it has. Refused as [`NO_TALK`] or [`OWN`].
pub async fn choose(db: &Db, stamp: Stamp, call: CallId) -> Result<SheetId> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let answered: Option<(StaffId, String)> = tx.q(ANSWERED).bind(call).maybe().await?;
            let Some((operator, date)) = answered else {
                tx.q(CALL).bind(call).one::<(CallId,)>().await?;
                return Err(Error::Refused(NO_TALK.to_owned()));
            };
            tx.q(HOLD_OPERATOR).bind(operator).run().await?;
            let there: Option<(SheetId,)> = tx.q(OF_CALL).bind(call).maybe().await?;
            match there {
                Some((id,)) => Ok(id),
                None => open_in(tx, call, operator, date, Origin::Chosen).await,
            }
        })
    })
    .await
}

async fn open_in(
    tx: &mut Tx,
    call: CallId,
    operator: StaffId,
    date: String,
    origin: Origin,
) -> Result<SheetId> {
    let (now, by) = (tx.now(), tx.by());
    if by == Some(operator) {
        return Err(Error::Refused(OWN.to_owned()));
    }
    let open = tx.q(OPEN).bind(call).bind(operator).bind(date).bind(origin.name());
    let id: SheetId = open.bind(by).bind(now).value().await?;
    let change = if origin == Origin::Drawn { "drawn" } else { "opened" };
    let mut change = Change::new("quality", subject(id), change).version(1);
    change.after = Some(json!({ "call": call, "staff": operator }));
    tx.record(change);
    Ok(id)
}

/// What a save did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// Scored for the first time.
    First,
    /// Corrected.
    Corrected,
    /// It said so already.
    Nothing,
}

/// What is kept of a sheet that was listened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scoring {
    /// Which sheet.
    pub sheet: SheetId,
    /// The version it was read at.
    pub version: i64,
    /// The scores.
    pub scores: Scores,
    /// What its operator is told.
    pub told: Said,
}

/// Scores a sheet, and tells its operator so. Refused as [`STALE`] or [`OWN`]; [`Error::NotFound`] where
/// there is no such sheet.
pub async fn score(db: &Db, stamp: Stamp, scoring: Scoring) -> Result<Saved> {
    db.write(stamp, move |tx| {
        let scoring = scoring.clone();
        Box::pin(async move { score_in(tx, scoring).await })
    })
    .await
}

async fn score_in(tx: &mut Tx, scoring: Scoring) -> Result<Saved> {
    let Scoring { sheet: id, version, scores, told } = scoring;
    let (now, by) = (tx.now(), tx.by());
    let held: Option<(i64, StaffId, Option<i64>)> = tx.q(HOLD).bind(id).maybe().await?;
    let (current, operator, holding) = held.ok_or(Error::NotFound)?;
    if current != version {
        return Err(Error::Refused(STALE.to_owned()));
    }
    if by == Some(operator) {
        return Err(Error::Refused(OWN.to_owned()));
    }
    let saves: Vec<SaveRow> = tx.q(SAVES).bind(id).all().await?;
    let before = saves.into_iter().map(SaveRow::save);
    let before =
        before.filter(|save| Some(save.version) == holding).map(|save| save.scores).next_back();
    let differ = scores.differ(before.as_ref());
    if differ.is_empty() {
        return Ok(Saved::Nothing);
    }
    let next = current + 1;
    let save = tx.q(SAVE).bind(id).bind(next).bind(by).bind(now);
    let put = Item::ALL.iter().fold(save, |save, item| {
        let Score { mark, note } = scores.of(*item);
        save.bind(mark.name()).bind(note.clone())
    });
    put.run().await?;
    tx.q(SCORED).bind(id).bind(next).run().await?;
    let done = if before.is_none() { Saved::First } else { Saved::Corrected };
    let word = if done == Saved::First { "scored" } else { "corrected" };
    let mut change = Change::new("quality", subject(id), word).version(next);
    // marks alone: the words of a note can be erased, the journal cannot
    let marks = |of: &Scores| {
        let mark = |item: Item| (item.name().to_owned(), Value::from(of.of(item).mark.name()));
        let marks: Map<String, Value> = differ.iter().map(|one| mark(one.item)).collect();
        Value::Object(marks)
    };
    change.before = before.as_ref().map(marks);
    change.after = Some(marks(&scores));
    tx.record(change);
    // who has left the house hears nothing; a correction says what holds now
    if staff::store::roles_of_in(tx, operator).await?.is_some() {
        let notice = NewNotice::to_be_known(KIND, told, Recipients::People(vec![operator]));
        notices::store::send(tx, notice.about(subject(id)).superseding()).await?;
    }
    Ok(done)
}

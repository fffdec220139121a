//! The legs of one call as its page draws them: with what they are, and from when they were called.

use sqlx::FromRow;

use super::super::call::LegEnd;
use super::super::record::LegKind;
use super::load::{extension, word};
use crate::db::{Db, Result, statements};
use crate::kernel::{CallId, Extension, Moment};

statements! {
    /// The legs of call `$1`, in the order they were called.
    LEGS = "SELECT l.leg, l.kind, l.extension, l.offered_at, l.rang_at, l.answered_at, l.ended_at, l.ending,
                EXISTS (SELECT 1 FROM call_detours d WHERE d.call_id = l.call_id AND d.leg = l.leg) AS service
            FROM call_legs l WHERE l.call_id = $1 ORDER BY l.offered_at, l.id";
    /// At which PBX call `$1` was.
    PBX = "SELECT pbx FROM calls WHERE id = $1";
    /// When the newest message of call `$1` was sent.
    HEARD = "SELECT max(at) AS at FROM call_messages WHERE call_id = $1";
}

/// One leg of a call from its first message to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegLife {
    /// Its name for all time: PBX, Call-ID, branch.
    pub name: String,
    /// What it is.
    pub kind: LegKind,
    /// It leads to a service that sends the call back: nobody's telephone.
    pub service: bool,
    /// Which telephone, where that is known.
    pub extension: Option<Extension>,
    /// The PBX called it.
    pub offered_at: Moment,
    /// It began to ring.
    pub rang_at: Option<Moment>,
    /// It was lifted.
    pub answered_at: Option<Moment>,
    /// It was over.
    pub ended_at: Option<Moment>,
    /// How.
    pub end: Option<LegEnd>,
}

#[derive(FromRow)]
struct Row {
    leg: String,
    kind: String,
    extension: Option<String>,
    offered_at: Moment,
    rang_at: Option<Moment>,
    answered_at: Option<Moment>,
    ended_at: Option<Moment>,
    ending: Option<String>,
    service: bool,
}

/// The name of the PBX at which a call was; empty where there is no such call.
pub async fn pbx_of(db: &Db, id: CallId) -> Result<String> {
    let row: Option<(String,)> = db.read(PBX).bind(id).maybe().await?;
    Ok(row.map(|(pbx,)| pbx).unwrap_or_default())
}

/// When the last message of a call was sent; `None` where none was kept.
pub async fn heard_at(db: &Db, id: CallId) -> Result<Option<Moment>> {
    db.read(HEARD).bind(id).value().await
}

/// The legs of a call, in the order they were called; none where there is no such call.
pub async fn legs_of(db: &Db, id: CallId) -> Result<Vec<LegLife>> {
    let rows: Vec<Row> = db.read(LEGS).bind(id).all().await?;
    let leg = |row: Row| {
        Ok(LegLife {
            name: row.leg,
            kind: word(&row.kind, LegKind::from_word)?,
            service: row.service,
            extension: extension(row.extension)?,
            offered_at: row.offered_at,
            rang_at: row.rang_at,
            answered_at: row.answered_at,
            ended_at: row.ended_at,
            end: row.ending.map(|text| word(&text, LegEnd::from_word)).transpose()?,
        })
    };
    rows.into_iter().map(leg).collect()
}

//! The ledger of acts in the store.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{Moment, StaffId};

statements! {
    /// An act of a room.
    ADD = "INSERT INTO acts (at, by_staff, room, kind, subject, image) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    /// An act, while it can be undone.
    ONE = "SELECT id, at, by_staff, room, kind, subject, image, undone_at FROM acts WHERE id = $1";
    /// The newest act of a person in a room that can still be undone.
    LATEST = "SELECT id, at, by_staff, room, kind, subject, image, undone_at FROM acts
              WHERE room = $1 AND by_staff = $2 AND image IS NOT NULL AND undone_at IS NULL AND at >= $3 ORDER BY id DESC LIMIT 1";
    /// The newest acts on a record.
    OF_SUBJECT = "SELECT id, at, by_staff, room, kind, subject, NULL AS image, undone_at FROM acts WHERE subject = $1 ORDER BY id DESC LIMIT 50";
    /// The newest act on a record that can still be undone.
    OPEN = "SELECT id, at, by_staff, room, kind, subject, image, undone_at FROM acts
            WHERE subject = $1 AND image IS NOT NULL AND undone_at IS NULL AND at >= $2 ORDER BY id DESC LIMIT 1";
    /// It is being undone: until the end of this change the moves back are legal.
    BEGIN = "UPDATE acts SET undoing = TRUE WHERE id = $1 AND undone_at IS NULL AND image IS NOT NULL";
    /// It was undone.
    UNDO = "UPDATE acts SET undoing = FALSE, undone_at = $2, undone_by = $3, image = NULL WHERE id = $1 AND undone_at IS NULL";
    /// Forgets the pictures of acts before `$1`.
    FORGET = "UPDATE acts SET image = NULL WHERE image IS NOT NULL AND at < $1";
    /// The first picture that is to be forgotten.
    OLDEST = "SELECT min(at) AS oldest FROM acts WHERE image IS NOT NULL";
    /// The picture again, where things stand as it left them in other versions.
    REIMAGE = "UPDATE acts SET image = $2 WHERE id = $1 AND image IS NOT NULL";
    /// What was to be undone is undone no more: the picture shows a person who is erased.
    ERASE = "UPDATE acts SET image = NULL WHERE image IS NOT NULL AND (subject = $1 OR CAST(image AS TEXT) LIKE $2)";
}

/// How long an act can be undone, in milliseconds: ten minutes (operations.md §4.13).
pub const UNDO_MS: i64 = 10 * 60_000;
/// How long of these it is offered on a key, in milliseconds.
pub const KEY_MS: i64 = 60_000;

/// An act.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Act {
    /// Which.
    pub id: i64,
    /// When.
    pub at: Moment,
    /// Who.
    pub by_staff: Option<StaffId>,
    /// Whose acts these are: `bookings`, `faults`.
    pub room: String,
    /// What: `booked`, `changed_room`, `accepted`, …
    pub kind: String,
    /// The address of the record.
    pub subject: String,
    /// How things stood before, as JSON; `None` where it cannot be undone any more, or could not from the beginning.
    pub image: Option<String>,
    /// When it was undone.
    pub undone_at: Option<Moment>,
}

impl Act {
    /// Whether it may still be undone.
    pub fn can_be_undone(&self, now: Moment) -> bool {
        self.undone_at.is_none() && self.image.is_some() && now.millis_since(self.at) <= UNDO_MS
    }

    /// How things stood before; `None` where it cannot be undone.
    pub fn picture<I: DeserializeOwned>(&self, now: Moment) -> Option<I> {
        let image = self.image.as_deref().filter(|_| self.can_be_undone(now))?;
        serde_json::from_str(image).ok()
    }
}

/// Notes an act that is undone with others or not at all, for the history of its record.
pub async fn note_in(tx: &mut Tx, room: &str, kind: &str, subject: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.by());
    let add = tx.q(ADD).bind(now).bind(by).bind(room).bind(kind).bind(subject);
    add.bind(None::<String>).value::<i64>().await.map(drop)
}

/// Notes an act with how things stood before it.
pub async fn add_in<I: Serialize + Sync>(
    tx: &mut Tx,
    room: &str,
    kind: &str,
    subject: &str,
    image: &I,
) -> Result<i64> {
    let (now, by) = (tx.now(), tx.by());
    // an image is a plain struct and always writable
    let image = serde_json::to_string(image).unwrap_or_default();
    let add = tx.q(ADD).bind(now).bind(by).bind(room).bind(kind).bind(subject);
    add.bind(image).value().await
}

/// An act.
pub async fn one(db: &Db, id: i64) -> Result<Option<Act>> {
    db.read(ONE).bind(id).maybe().await
}

/// The same inside a change.
pub async fn one_in(tx: &mut Tx, id: i64) -> Result<Option<Act>> {
    tx.q(ONE).bind(id).maybe().await
}

/// The newest act of a person in a room that can still be undone.
pub async fn latest(db: &Db, room: &str, by: StaffId, now: Moment) -> Result<Option<Act>> {
    db.read(LATEST).bind(room).bind(by).bind(now.plus_millis(-UNDO_MS)).maybe().await
}

/// The newest acts on a record.
pub async fn of_subject(db: &Db, subject: &str) -> Result<Vec<Act>> {
    db.read(OF_SUBJECT).bind(subject).all().await
}

/// The newest act on a record that can still be undone.
pub async fn open(db: &Db, subject: &str, now: Moment) -> Result<Option<Act>> {
    db.read(OPEN).bind(subject).bind(now.plus_millis(-UNDO_MS)).maybe().await
}

/// The same inside a change.
pub async fn open_in(tx: &mut Tx, subject: &str, now: Moment) -> Result<Option<Act>> {
    tx.q(OPEN).bind(subject).bind(now.plus_millis(-UNDO_MS)).maybe().await
}

/// Keeps the picture of an act in another form.
pub async fn reimage_in<I: Serialize + Sync>(tx: &mut Tx, id: i64, image: &I) -> Result<()> {
    let image = serde_json::to_string(image).unwrap_or_default();
    tx.q(REIMAGE).bind(id).bind(image).run().await.map(drop)
}

/// Begins to undo it: the store lets its moves back pass until [`undone_in`]. False: somebody did before.
pub async fn begin_in(tx: &mut Tx, id: i64) -> Result<bool> {
    Ok(tx.q(BEGIN).bind(id).run().await? == 1)
}

/// Notes that it was undone; false: somebody did before.
pub async fn undone_in(tx: &mut Tx, id: i64) -> Result<bool> {
    let (now, by) = (tx.now(), tx.by());
    Ok(tx.q(UNDO).bind(id).bind(now).bind(by).run().await? == 1)
}

/// Forgets the pictures whose time is over.
pub async fn forget_in(tx: &mut Tx, before: Moment) -> Result<()> {
    tx.q(FORGET).bind(before).run().await.map(drop)
}

/// The oldest act with a picture.
pub async fn oldest(db: &Db) -> Result<Option<Moment>> {
    db.read(OLDEST).value().await
}

/// Forgets the pictures of a record and those that say a number (`pattern`, for LIKE).
pub async fn erase_in(tx: &mut Tx, subject: &str, pattern: &str) -> Result<()> {
    tx.q(ERASE).bind(subject).bind(pattern).run().await.map(drop)
}

//! What was done to bookings, with the picture from before while it can be undone; and what waits for
//! approval.

use chrono::NaiveDate;

use crate::bookings::booking::{Booking, Segment};
use crate::claims::Claim;
use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{BookingId, ClaimId, Moment, RoomId, StaffId};
use crate::rooms::Readiness;
use crate::words::Said;

statements! {
    /// An act.
    ADD = "INSERT INTO booking_acts (at, by_staff, kind, subject, image) VALUES ($1, $2, $3, $4, $5) RETURNING id";
    /// An act, while it can be undone.
    ONE = "SELECT id, at, by_staff, kind, subject, image, undone_at FROM booking_acts WHERE id = $1";
    /// The newest act of a person that can still be undone.
    LATEST = "SELECT id, at, by_staff, kind, subject, image, undone_at FROM booking_acts
              WHERE by_staff = $1 AND image IS NOT NULL AND undone_at IS NULL AND at >= $2 ORDER BY id DESC LIMIT 1";
    /// The newest acts on a booking.
    OF_SUBJECT = "SELECT id, at, by_staff, kind, subject, NULL AS image, undone_at FROM booking_acts WHERE subject = $1 ORDER BY id DESC LIMIT 50";
    /// It was undone.
    UNDO = "UPDATE booking_acts SET undone_at = $2, undone_by = $3, image = NULL WHERE id = $1 AND undone_at IS NULL";
    /// Forgets the pictures of acts before `$1`.
    FORGET = "UPDATE booking_acts SET image = NULL WHERE image IS NOT NULL AND at < $1";
    /// The first picture that is to be forgotten.
    OLDEST = "SELECT min(at) AS oldest FROM booking_acts WHERE image IS NOT NULL";
    /// Asks for approval.
    ASK = "INSERT INTO booking_approvals (booking_id, command, asked_by, asked_at) VALUES ($1, $2, $3, $4) RETURNING id";
    /// What waits for approval.
    ASKED = "SELECT id, booking_id, command, asked_by, asked_at, state FROM booking_approvals WHERE state = 'asked' ORDER BY id";
    /// One of them.
    ASKED_ONE = "SELECT id, booking_id, command, asked_by, asked_at, state FROM booking_approvals WHERE id = $1";
    /// The answer.
    ANSWER = "UPDATE booking_approvals SET state = $2, answered_by = $3, answered_at = $4 WHERE id = $1 AND state = 'asked'";
}

/// How long an act can be undone, in milliseconds: ten minutes, the first of them on a key.
pub const UNDO_MS: i64 = 10 * 60_000;

/// How things stood before an act. Holds people's words, so it is forgotten with the time for undoing.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct Image {
    /// The bookings as they were.
    pub bookings: Vec<Booking>,
    /// Their versions after the act.
    pub versions: Vec<(BookingId, i64)>,
    /// Bookings the act made.
    pub created: Vec<BookingId>,
    /// The stretches as they were.
    pub segments: Vec<Segment>,
    /// Stretches the act made.
    pub fresh: Vec<i64>,
    /// The claims as they were.
    pub claims: Vec<Claim>,
    /// Claims the act took.
    pub taken: Vec<ClaimId>,
    /// Rooms, as ready as they were, and as the act left them.
    pub ready: Vec<(RoomId, Readiness, Readiness)>,
    /// Offers to those who wait that followed from it.
    pub offers: Vec<i64>,
    /// What was called out, and for which rooms.
    pub call: Option<(Said, Vec<RoomId>)>,
    /// The business date that was about, where it was not the day's own.
    #[serde(default)]
    pub date: Option<NaiveDate>,
    /// Several acts in one: each booking has a line of its own in the journal.
    #[serde(default)]
    pub each: bool,
}

impl Image {
    /// Takes in the picture of the next of several acts that are undone together. Of what both touched,
    /// the older picture holds.
    pub fn take_in(&mut self, next: Self) {
        self.bookings.extend(next.bookings);
        self.versions.extend(next.versions);
        self.created.extend(next.created);
        self.segments.extend(next.segments);
        self.fresh.extend(next.fresh);
        for claim in next.claims {
            if self.claims.iter().all(|known| known.id != claim.id) {
                self.claims.push(claim);
            }
        }
        self.taken.extend(next.taken);
        self.ready.extend(next.ready);
        self.offers.extend(next.offers);
        self.each = true;
    }
}

/// An act.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Act {
    /// Which.
    pub id: i64,
    /// When.
    pub at: Moment,
    /// Who.
    pub by_staff: Option<StaffId>,
    /// What: `booked`, `changed_room`, …
    pub kind: String,
    /// The address of the record.
    pub subject: String,
    /// How things stood before, as JSON.
    pub image: Option<String>,
    /// When it was undone.
    pub undone_at: Option<Moment>,
}

impl Act {
    /// Whether it may still be undone.
    pub fn can_be_undone(&self, now: Moment) -> bool {
        self.undone_at.is_none() && self.image.is_some() && now.millis_since(self.at) <= UNDO_MS
    }
}

/// Notes an act that is undone with others, for the history of its record.
pub async fn note_in(tx: &mut Tx, kind: &str, subject: &str) -> Result<()> {
    let (now, by) = (tx.now(), tx.by());
    let add = tx.q(ADD).bind(now).bind(by).bind(kind).bind(subject).bind(None::<String>);
    add.value::<i64>().await.map(drop)
}

/// Notes an act.
pub async fn add_in(tx: &mut Tx, kind: &str, subject: &str, image: &Image) -> Result<i64> {
    let (now, by) = (tx.now(), tx.by());
    // an image is a plain struct and always writable
    let image = serde_json::to_string(image).unwrap_or_default();
    tx.q(ADD).bind(now).bind(by).bind(kind).bind(subject).bind(image).value().await
}

/// An act.
pub async fn one(db: &Db, id: i64) -> Result<Option<Act>> {
    db.read(ONE).bind(id).maybe().await
}

/// The same inside a change.
pub async fn one_in(tx: &mut Tx, id: i64) -> Result<Option<Act>> {
    tx.q(ONE).bind(id).maybe().await
}

/// The newest act of a person that can still be undone.
pub async fn latest(db: &Db, by: StaffId, now: Moment) -> Result<Option<Act>> {
    db.read(LATEST).bind(by).bind(now.plus_millis(-UNDO_MS)).maybe().await
}

/// The newest acts on a record.
pub async fn of_subject(db: &Db, subject: &str) -> Result<Vec<Act>> {
    db.read(OF_SUBJECT).bind(subject).all().await
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

/// What waits for a supervisor's or manager's word.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Approval {
    /// Which.
    pub id: i64,
    /// On which booking.
    pub booking_id: BookingId,
    /// The act, as JSON.
    pub command: String,
    /// Who asked.
    pub asked_by: Option<StaffId>,
    /// When.
    pub asked_at: Moment,
    /// `asked`, `granted`, `refused`.
    pub state: String,
}

/// Asks for approval.
pub async fn ask_in(tx: &mut Tx, booking: BookingId, command: &str) -> Result<i64> {
    let (now, by) = (tx.now(), tx.by());
    tx.q(ASK).bind(booking).bind(command).bind(by).bind(now).value().await
}

/// What waits for approval.
pub async fn asked(db: &Db) -> Result<Vec<Approval>> {
    db.read(ASKED).all().await
}

/// One of them.
pub async fn asked_one(db: &Db, id: i64) -> Result<Option<Approval>> {
    db.read(ASKED_ONE).bind(id).maybe().await
}

/// The answer; false: somebody answered before.
pub async fn answer_in(tx: &mut Tx, id: i64, granted: bool) -> Result<bool> {
    let (now, by) = (tx.now(), tx.by());
    let state = if granted { "granted" } else { "refused" };
    Ok(tx.q(ANSWER).bind(id).bind(state).bind(by).bind(now).run().await? == 1)
}

//! What was done to bookings, with the picture from before while it can be undone, in the ledger of the house;
//! and what waits for approval.

use chrono::NaiveDate;

use crate::bookings::booking::{Booking, Segment};
use crate::claims::Claim;
use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{BookingId, ClaimId, Moment, RoomId, StaffId};
use crate::rooms::Readiness;
use crate::undo::store as ledger;
use crate::words::Said;

pub use ledger::{Act, of_subject, undone_in};

statements! {
    /// Asks for approval.
    ASK = "INSERT INTO booking_approvals (booking_id, command, asked_by, asked_at) VALUES ($1, $2, $3, $4) RETURNING id";
    /// What waits for approval.
    ASKED = "SELECT id, booking_id, command, asked_by, asked_at, state FROM booking_approvals WHERE state = 'asked' ORDER BY id";
    /// One of them.
    ASKED_ONE = "SELECT id, booking_id, command, asked_by, asked_at, state FROM booking_approvals WHERE id = $1";
    /// The newest that were asked for on a booking, answered or not.
    ASKED_OF = "SELECT id, command, asked_by, asked_at, state, answered_by, answered_at, why FROM booking_approvals
                WHERE booking_id = $1 ORDER BY id DESC LIMIT 50";
    /// The answer.
    ANSWER = "UPDATE booking_approvals SET state = $2, answered_by = $3, answered_at = $4, why = $5 WHERE id = $1 AND state = 'asked'";
}

/// Whose acts these are in the ledger.
pub const ROOM: &str = "bookings";

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
    /// The viewing that began with it.
    #[serde(default)]
    pub viewing: Option<i64>,
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

/// Notes an act that is undone with others, for the history of its record.
pub async fn note_in(tx: &mut Tx, kind: &str, subject: &str) -> Result<()> {
    ledger::note_in(tx, ROOM, kind, subject).await
}

/// Notes an act.
pub async fn add_in(tx: &mut Tx, kind: &str, subject: &str, image: &Image) -> Result<i64> {
    ledger::add_in(tx, ROOM, kind, subject, image).await
}

/// An act of this room.
pub async fn one(db: &Db, id: i64) -> Result<Option<Act>> {
    Ok(ledger::one(db, id).await?.filter(|act| act.room == ROOM))
}

/// The same inside a change.
pub async fn one_in(tx: &mut Tx, id: i64) -> Result<Option<Act>> {
    Ok(ledger::one_in(tx, id).await?.filter(|act| act.room == ROOM))
}

/// The newest act of a person that can still be undone.
pub async fn latest(db: &Db, by: StaffId, now: Moment) -> Result<Option<Act>> {
    ledger::latest(db, ROOM, by, now).await
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

/// What was asked for on a booking, and the answer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Decision {
    /// Which.
    pub id: i64,
    /// The act, as JSON.
    pub command: String,
    /// Who asked.
    pub asked_by: Option<StaffId>,
    /// When.
    pub asked_at: Moment,
    /// `asked`, `granted`, `refused`.
    pub state: String,
    /// Who answered.
    pub answered_by: Option<StaffId>,
    /// When; `None` while it waits, and where it fell away without an answer.
    pub answered_at: Option<Moment>,
    /// Why, in the words of whoever answered; may be empty.
    pub why: String,
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

/// What was asked for on a booking, the newest first.
pub async fn asked_of(db: &Db, booking: BookingId) -> Result<Vec<Decision>> {
    db.read(ASKED_OF).bind(booking).all().await
}

/// The answer and its reason; false: somebody answered before.
pub async fn answer_in(tx: &mut Tx, id: i64, granted: bool, why: &str) -> Result<bool> {
    let (now, by) = (tx.now(), tx.by());
    let state = if granted { "granted" } else { "refused" };
    Ok(tx.q(ANSWER).bind(id).bind(state).bind(by).bind(now).bind(why).run().await? == 1)
}

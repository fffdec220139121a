//! The waitlist as it is kept.

use chrono::NaiveDate;
use sqlx::types::Json;

use crate::bookings::waitlist::{Entry, Gap, Standing};
use crate::db::{Change, Db, Error, Result, Tx, statements};
use crate::kernel::{AreaId, BookingId, CallId, Moment, RoomClassId};

statements! {
    /// Those who wait or are offered something, in the order they are called.
    OPEN = "SELECT id, version, name, phone, party, class_id, area_id, from_at, to_at, min_minutes, tier, note, state, no_answers, call_id, contact_id, by_staff, created_at, readback_at
            FROM waitlist WHERE state IN ('waiting', 'offered') AND to_at > $1 ORDER BY tier DESC, created_at, id";
    /// Up to when somebody waits.
    HORIZON = "SELECT max(to_at) AS far FROM waitlist WHERE state IN ('waiting', 'offered') AND to_at > $1";
    /// The first of those who wait at `$1` for whom there is a room of the kind `$2` in the part `$3` for `$5` to `$4` guests, free from `$6`
    /// up to `$7`. Not who passed on the room `$8` since `$9`, nor the entries `$10`. Who is too few for it has it only soon, and where nobody else fits.
    FIRST_FOR = sqlite "SELECT id, version, name, phone, party, class_id, area_id, from_at, to_at, min_minutes, tier, note, state, no_answers, call_id, contact_id, by_staff, created_at, readback_at
                        FROM waitlist WHERE state IN ('waiting', 'offered') AND to_at > $1 AND state = 'waiting'
                          AND (class_id IS NULL OR class_id = $2) AND (area_id IS NULL OR area_id = $3) AND party <= $4
                          AND CASE WHEN from_at > $6 THEN from_at ELSE $6 END + min_minutes * 60000 <= CASE WHEN to_at < $7 THEN to_at ELSE $7 END
                          AND (party >= $5 OR CASE WHEN from_at > $6 THEN from_at ELSE $6 END - $1 < 1800000)
                          AND id NOT IN (SELECT o.waitlist_id FROM offers o WHERE o.room_id = $8 AND o.created_at > $9 AND o.state IN ('declined', 'no_answer', 'expired'))
                          AND id NOT IN (SELECT value FROM json_each($10))
                        ORDER BY CASE WHEN party >= $5 THEN 0 ELSE 1 END, tier DESC, created_at, id LIMIT 1",
                postgres "SELECT id, version, name, phone, party, class_id, area_id, from_at, to_at, min_minutes, tier, note, state, no_answers, call_id, contact_id, by_staff, created_at, readback_at
                          FROM waitlist WHERE state IN ('waiting', 'offered') AND to_at > $1 AND state = 'waiting'
                            AND (class_id IS NULL OR class_id = $2) AND (area_id IS NULL OR area_id = $3) AND party <= $4
                            AND CASE WHEN from_at > $6 THEN from_at ELSE $6 END + min_minutes * 60000 <= CASE WHEN to_at < $7 THEN to_at ELSE $7 END
                            AND (party >= $5 OR CASE WHEN from_at > $6 THEN from_at ELSE $6 END - $1 < 1800000)
                            AND id NOT IN (SELECT o.waitlist_id FROM offers o WHERE o.room_id = $8 AND o.created_at > $9 AND o.state IN ('declined', 'no_answer', 'expired'))
                            AND id NOT IN (SELECT v::bigint FROM jsonb_array_elements_text($10) v)
                          ORDER BY CASE WHEN party >= $5 THEN 0 ELSE 1 END, tier DESC, created_at, id LIMIT 1";
    /// One entry.
    ONE = "SELECT id, version, name, phone, party, class_id, area_id, from_at, to_at, min_minutes, tier, note, state, no_answers, call_id, contact_id, by_staff, created_at, readback_at
           FROM waitlist WHERE id = $1";
    /// The entries of a business date, over or not.
    DAY = "SELECT id, version, name, phone, party, class_id, area_id, from_at, to_at, min_minutes, tier, note, state, no_answers, call_id, contact_id, by_staff, created_at, readback_at
           FROM waitlist WHERE business_date = $1 ORDER BY tier DESC, created_at, id";
    /// A new entry.
    ADD = "INSERT INTO waitlist (business_date, contact_id, name, phone, party, class_id, area_id, from_at, to_at, min_minutes, tier, note, state, call_id, by_staff,
                                 created_at, changed_at, readback_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'waiting', $13, $14, $15, $15, $16) RETURNING id";
    /// Another standing.
    MOVE = "UPDATE waitlist SET state = $2, no_answers = $3, changed_at = $4, version = version + 1 WHERE id = $1 RETURNING version";
    /// The booking it became.
    BECAME = "UPDATE waitlist SET booking_id = $2 WHERE id = $1";
    /// Whoever became this booking waits again.
    AGAIN = "UPDATE waitlist SET state = 'waiting', booking_id = NULL, changed_at = $2, version = version + 1
             WHERE booking_id = $1 AND state = 'accepted' RETURNING id, version";
    /// The follow-up that somebody owes them.
    OWED = "UPDATE waitlist SET follow_up = $2 WHERE id = $1";
    /// Which follow-up that is.
    OWES = "SELECT follow_up FROM waitlist WHERE id = $1";
    /// When the next entry's time is over.
    NEXT_END = "SELECT min(to_at) AS due FROM waitlist WHERE state = 'waiting'";
    /// Whose time is over.
    ENDED = "SELECT id FROM waitlist WHERE state = 'waiting' AND to_at <= $1 ORDER BY to_at, id";
}

/// Somebody who wants to wait.
#[derive(Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// The business date they want to come on.
    pub date: NaiveDate,
    /// See [`Entry::contact_id`].
    pub contact_id: Option<i64>,
    /// See [`Entry::name`].
    pub name: String,
    /// See [`Entry::phone`].
    pub phone: String,
    /// See [`Entry::party`].
    pub party: i64,
    /// See [`Entry::class_id`].
    pub class_id: Option<RoomClassId>,
    /// See [`Entry::area_id`].
    pub area_id: Option<AreaId>,
    /// See [`Entry::from_at`].
    pub from_at: Moment,
    /// See [`Entry::to_at`].
    pub to_at: Moment,
    /// See [`Entry::min_minutes`].
    pub min_minutes: i64,
    /// See [`Entry::tier`].
    pub tier: i64,
    /// See [`Entry::note`].
    pub note: String,
    /// See [`Entry::call_id`].
    pub call_id: Option<CallId>,
    /// Whether it was read back to them as it is written.
    pub read_back: bool,
}

/// The address of an entry, for the journal.
pub fn subject(id: i64) -> String {
    format!("waitlist/{id}")
}

/// Those who wait or are offered something, in the order they are called.
pub async fn open(db: &Db, now: Moment) -> Result<Vec<Entry>> {
    db.read(OPEN).bind(now).all().await
}

/// Up to when somebody waits; `None`: nobody does.
pub async fn horizon_in(tx: &mut Tx) -> Result<Option<Moment>> {
    let now = tx.now();
    tx.q(HORIZON).bind(now).value().await
}

/// Who passed on a room is not offered it again for so long, in milliseconds.
const PASSED_MS: i64 = 2 * 3_600_000;

/// The first of those who wait that a gap fits, and when they could begin, as [`first_for`] says: the store
/// looks through them, so that hundreds need not come here. Not who passed on this room a while ago, nor `but`.
///
/// [`first_for`]: crate::bookings::waitlist::first_for
pub async fn first_for_in(
    tx: &mut Tx,
    gap: Gap<'_>,
    but: &[i64],
) -> Result<Option<(Entry, Moment)>> {
    let (now, room) = (tx.now(), gap.room);
    let query = tx.q(FIRST_FOR).bind(now).bind(room.class_id).bind(room.area_id);
    let query = query.bind(room.most()).bind(room.cap_min).bind(gap.from.max(now));
    let query = query.bind(gap.to.plus_millis(-gap.buffer_ms)).bind(room.id);
    let query = query.bind(now.plus_millis(-PASSED_MS)).bind(Json(but));
    let found: Option<Entry> = query.maybe().await?;
    Ok(found.and_then(|entry| gap.start_for(&entry, now).map(|start| (entry, start))))
}

/// The entries of a business date.
pub async fn of_day(db: &Db, date: NaiveDate) -> Result<Vec<Entry>> {
    db.read(DAY).bind(date.to_string()).all().await
}

/// One entry.
pub async fn one(db: &Db, id: i64) -> Result<Option<Entry>> {
    db.read(ONE).bind(id).maybe().await
}

/// The same inside a change.
pub async fn one_in(tx: &mut Tx, id: i64) -> Result<Entry> {
    tx.q(ONE).bind(id).one().await
}

/// Somebody waits from now on.
pub async fn add_in(tx: &mut Tx, entry: &NewEntry) -> Result<i64> {
    let (now, by) = (tx.now(), tx.by());
    let add = tx.q(ADD).bind(entry.date.to_string()).bind(entry.contact_id).bind(&entry.name);
    let add = add.bind(&entry.phone).bind(entry.party).bind(entry.class_id).bind(entry.area_id);
    let add = add.bind(entry.from_at).bind(entry.to_at).bind(entry.min_minutes).bind(entry.tier);
    let add = add.bind(&entry.note).bind(entry.call_id).bind(by).bind(now);
    let id: i64 = add.bind(entry.read_back.then_some(now)).value().await?;
    tx.record(Change::new("booking", subject(id), "waiting").version(1));
    if entry.read_back {
        tx.record(Change::new("booking", subject(id), "read_back").version(1));
    }
    Ok(id)
}

/// The bookings that were made for them are undone: they wait again. Gives the entries.
pub async fn wait_again_in(tx: &mut Tx, bookings: &[BookingId]) -> Result<Vec<i64>> {
    let now = tx.now();
    let mut again = Vec::new();
    for booking in bookings {
        let found: Option<(i64, i64)> = tx.q(AGAIN).bind(*booking).bind(now).maybe().await?;
        if let Some((id, version)) = found {
            tx.record(Change::new("booking", subject(id), "waiting").version(version));
            again.push(id);
        }
    }
    Ok(again)
}

/// Another standing.
pub async fn move_in(
    tx: &mut Tx,
    id: i64,
    to: Standing,
    no_answers: i64,
    word: &'static str,
) -> Result<()> {
    let now = tx.now();
    let version = tx.q(MOVE).bind(id).bind(to).bind(no_answers).bind(now).value().await?;
    tx.record(Change::new("booking", subject(id), word).version(version));
    Ok(())
}

/// The booking it became.
pub async fn became_in(tx: &mut Tx, id: i64, booking: BookingId) -> Result<()> {
    tx.q(BECAME).bind(id).bind(booking).run().await.map(drop)
}

/// The follow-up that somebody owes them.
pub async fn owed_in(tx: &mut Tx, id: i64, follow_up: Option<i64>) -> Result<()> {
    tx.q(OWED).bind(id).bind(follow_up).run().await.map(drop)
}

/// Which follow-up that is.
pub async fn owes_in(tx: &mut Tx, id: i64) -> Result<Option<i64>> {
    tx.q(OWES).bind(id).value().await
}

/// When the next entry's time is over.
pub async fn next_end(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT_END).value().await
}

/// Lets those go whose time is over.
pub async fn end_due_in(tx: &mut Tx, due: Moment) -> Result<(), Error> {
    let ids: Vec<i64> = tx.q(ENDED).bind(due).values().await?;
    for id in ids {
        move_in(tx, id, Standing::Expired, 0, "expired").await?;
    }
    Ok(())
}

//! Banquets and viewings as they are kept.

use chrono::NaiveDate;

use crate::bookings::banquet::{Banquet, Stage, Viewing};
use crate::db::{Change, Db, Error, Result, Tx, statements};
use crate::kernel::{BookingId, CallId, ClaimId, Moment, RoomId, StaffId};

statements! {
    /// All banquets, the open ones first, by date.
    ALL = "SELECT id, version, contact_id, name, phone, occasion, solar_date, lunar_asked <> 0 AS lunar_asked, period_id, tables, party, budget_fen, hall_id, note, owner_staff,
                  state, option_claim, option_until, reason, booking_id, call_id, by_staff, created_at
           FROM banquets ORDER BY CASE WHEN state IN ('won', 'lost') THEN 1 ELSE 0 END, solar_date, id";
    /// One.
    ONE = "SELECT id, version, contact_id, name, phone, occasion, solar_date, lunar_asked <> 0 AS lunar_asked, period_id, tables, party, budget_fen, hall_id, note, owner_staff,
                  state, option_claim, option_until, reason, booking_id, call_id, by_staff, created_at
           FROM banquets WHERE id = $1";
    /// A new one.
    ADD = "INSERT INTO banquets (contact_id, name, phone, occasion, solar_date, lunar_asked, period_id, tables, party, budget_fen, hall_id, note, state, call_id, booking_id, by_staff, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'new', $13, $14, $15, $16) RETURNING id";
    /// One as it shall be.
    PUT = "UPDATE banquets SET state = $3, owner_staff = $4, option_claim = $5, option_until = $6, reason = $7, booking_id = $8, hall_id = $9, version = version + 1
           WHERE id = $1 AND version = $2";
    /// The follow-up that somebody owes them.
    OWED = "UPDATE banquets SET follow_up = $2 WHERE id = $1";
    /// Which follow-up that is.
    OWES = "SELECT follow_up FROM banquets WHERE id = $1";
    /// Options whose claim has ended by itself.
    LAPSED = "SELECT b.id FROM banquets b WHERE b.state = 'option' AND b.option_until <= $1 ORDER BY b.option_until, b.id";
    /// When the next option lapses.
    NEXT_LAPSE = "SELECT min(option_until) AS due FROM banquets WHERE state = 'option'";
    /// How many that are not lost came from a booking, or from one of its series.
    KNOWN = "SELECT count(*) AS known FROM banquets WHERE state <> 'lost' AND (booking_id = $1 OR booking_id IN (SELECT id FROM bookings WHERE series_id = CAST($2 AS BIGINT)))";
    /// Those that came from a booking and nobody has spoken of yet.
    FRESH_OF = "SELECT id FROM banquets WHERE booking_id = $1 AND state IN ('new', 'handed_over') ORDER BY id";
    /// How bookings come again, how many of them stand, and up to which day.
    SERIES_OF = "SELECT s.every, count(b.id) AS times, max(b.business_date) AS until FROM booking_series s
                 JOIN bookings b ON b.series_id = s.id AND b.state NOT IN ('cancelled', 'no_show', 'left_unseated')
                 WHERE s.id = $1 GROUP BY s.every";
    /// A viewing.
    ADD_VIEWING = "INSERT INTO viewings (room_id, claim_id, name, staff_id, started_at) VALUES ($1, $2, $3, $4, $5) RETURNING id";
    /// The viewing a person has not come back from.
    VIEWING_OF = "SELECT id, room_id, claim_id, name, staff_id, started_at, ended_at, outcome FROM viewings WHERE staff_id = $1 AND ended_at IS NULL ORDER BY id DESC LIMIT 1";
    /// One viewing.
    VIEWING = "SELECT id, room_id, claim_id, name, staff_id, started_at, ended_at, outcome FROM viewings WHERE id = $1";
    /// All that are under way.
    VIEWINGS = "SELECT id, room_id, claim_id, name, staff_id, started_at, ended_at, outcome FROM viewings WHERE ended_at IS NULL ORDER BY id";
    /// The booking it led to.
    LED_TO = "UPDATE viewings SET booking_id = $2 WHERE id = $1 RETURNING room_id";
    /// It is over.
    END_VIEWING = "UPDATE viewings SET ended_at = $2, outcome = $3 WHERE id = $1 AND ended_at IS NULL";
}

/// The refusal of a change to a banquet that somebody else changed meanwhile.
pub const STALE: &str = "banquet_stale";

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    version: i64,
    contact_id: Option<i64>,
    name: String,
    phone: String,
    occasion: String,
    solar_date: String,
    lunar_asked: bool,
    period_id: Option<i64>,
    tables: Option<i64>,
    party: Option<i64>,
    budget_fen: Option<i64>,
    hall_id: Option<RoomId>,
    note: String,
    owner_staff: Option<StaffId>,
    state: Stage,
    option_claim: Option<ClaimId>,
    option_until: Option<Moment>,
    reason: Option<String>,
    booking_id: Option<BookingId>,
    call_id: Option<CallId>,
    by_staff: Option<StaffId>,
    created_at: Moment,
}

impl TryFrom<Row> for Banquet {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let unreadable = |_| Error::Unreadable(format!("the date of banquets/{}", row.id));
        Ok(Self {
            solar_date: row.solar_date.parse::<NaiveDate>().map_err(unreadable)?,
            id: row.id,
            version: row.version,
            contact_id: row.contact_id,
            name: row.name,
            phone: row.phone,
            occasion: row.occasion,
            lunar_asked: row.lunar_asked,
            period_id: row.period_id,
            tables: row.tables,
            party: row.party,
            budget_fen: row.budget_fen,
            hall_id: row.hall_id,
            note: row.note,
            owner_staff: row.owner_staff,
            state: row.state,
            option_claim: row.option_claim,
            option_until: row.option_until,
            reason: row.reason,
            booking_id: row.booking_id,
            call_id: row.call_id,
            by_staff: row.by_staff,
            created_at: row.created_at,
        })
    }
}

/// The address of a banquet, for the journal.
pub fn subject(id: i64) -> String {
    format!("banquets/{id}")
}

/// All banquets, the open ones first.
pub async fn all(db: &Db) -> Result<Vec<Banquet>> {
    let rows: Vec<Row> = db.read(ALL).all().await?;
    rows.into_iter().map(Banquet::try_from).collect()
}

/// One banquet.
pub async fn one(db: &Db, id: i64) -> Result<Option<Banquet>> {
    let row: Option<Row> = db.read(ONE).bind(id).maybe().await?;
    row.map(Banquet::try_from).transpose()
}

/// The same inside a change.
pub async fn one_in(tx: &mut Tx, id: i64) -> Result<Banquet> {
    let row: Row = tx.q(ONE).bind(id).one().await?;
    row.try_into()
}

/// A new banquet.
pub async fn add_in(tx: &mut Tx, banquet: &Banquet) -> Result<i64> {
    let (now, by) = (tx.now(), tx.by());
    let add = tx.q(ADD).bind(banquet.contact_id).bind(&banquet.name).bind(&banquet.phone);
    let add = add.bind(&banquet.occasion).bind(banquet.solar_date.to_string());
    let add = add.bind(i64::from(banquet.lunar_asked)).bind(banquet.period_id);
    let add = add.bind(banquet.tables).bind(banquet.party).bind(banquet.budget_fen);
    let add = add
        .bind(banquet.hall_id)
        .bind(&banquet.note)
        .bind(banquet.call_id)
        .bind(banquet.booking_id);
    let id: i64 = add.bind(by).bind(now).value().await?;
    tx.record(Change::new("booking", subject(id), "asked").version(1));
    Ok(id)
}

/// A banquet as it shall be; refused as [`STALE`] where its version is another.
pub async fn put_in(tx: &mut Tx, banquet: &Banquet, word: &'static str) -> Result<()> {
    let put = tx.q(PUT).bind(banquet.id).bind(banquet.version).bind(banquet.state);
    let put = put.bind(banquet.owner_staff).bind(banquet.option_claim).bind(banquet.option_until);
    let put = put.bind(banquet.reason.as_deref()).bind(banquet.booking_id).bind(banquet.hall_id);
    if put.run().await? == 0 {
        return Err(Error::Refused(STALE.to_owned()));
    }
    let mut change = Change::new("booking", subject(banquet.id), word);
    change.why.clone_from(&banquet.reason);
    tx.record(change.version(banquet.version + 1));
    Ok(())
}

/// Whether a booking, or another of its series, is a banquet that is not lost.
pub async fn known_in(tx: &mut Tx, booking: BookingId, series: Option<i64>) -> Result<bool> {
    let known: i64 = tx.q(KNOWN).bind(booking).bind(series).value().await?;
    Ok(known > 0)
}

/// The banquets that came from a booking and nobody has spoken of yet.
pub async fn fresh_of_in(tx: &mut Tx, booking: BookingId) -> Result<Vec<i64>> {
    tx.q(FRESH_OF).bind(booking).values().await
}

/// Bookings that come again, in short.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Recurring {
    /// `daily`, `weekly`, `monthly`.
    pub every: String,
    /// How many of them stand.
    pub times: i64,
    /// The business date of the last, `2027-01-23`.
    pub until: String,
}

/// How bookings come again; `None` where none of them stands.
pub async fn recurring(db: &Db, series: i64) -> Result<Option<Recurring>> {
    db.read(SERIES_OF).bind(series).maybe().await
}

/// The same inside a change.
pub async fn recurring_in(tx: &mut Tx, series: i64) -> Result<Option<Recurring>> {
    tx.q(SERIES_OF).bind(series).maybe().await
}

/// The follow-up that somebody owes them.
pub async fn owed_in(tx: &mut Tx, id: i64, follow_up: Option<i64>) -> Result<()> {
    tx.q(OWED).bind(id).bind(follow_up).run().await.map(drop)
}

/// Which follow-up that is.
pub async fn owes_in(tx: &mut Tx, id: i64) -> Result<Option<i64>> {
    tx.q(OWES).bind(id).value().await
}

/// When the next option lapses.
pub async fn next_lapse(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT_LAPSE).value().await
}

/// Options that have lapsed go back to their manager.
pub async fn lapse_in(tx: &mut Tx, due: Moment) -> Result<()> {
    let ids: Vec<i64> = tx.q(LAPSED).bind(due).values().await?;
    for id in ids {
        let mut banquet = one_in(tx, id).await?;
        (banquet.state, banquet.option_claim) = (Stage::Contacted, None);
        banquet.option_until = None;
        put_in(tx, &banquet, "option_lapsed").await?;
    }
    Ok(())
}

/// Somebody shows a room from now on.
pub async fn add_viewing_in(tx: &mut Tx, room: RoomId, claim: ClaimId, name: &str) -> Result<i64> {
    let (now, by) = (tx.now(), tx.by());
    let add = tx.q(ADD_VIEWING).bind(room).bind(claim).bind(name);
    add.bind(by).bind(now).value().await
}

/// The viewing a person has not come back from.
pub async fn viewing_of_in(tx: &mut Tx, staff: StaffId) -> Result<Option<Viewing>> {
    tx.q(VIEWING_OF).bind(staff).maybe().await
}

/// One viewing, over or not.
pub async fn viewing(db: &Db, id: i64) -> Result<Option<Viewing>> {
    db.read(VIEWING).bind(id).maybe().await
}

/// One viewing.
pub async fn viewing_in(tx: &mut Tx, id: i64) -> Result<Viewing> {
    tx.q(VIEWING).bind(id).one().await
}

/// All that are under way.
pub async fn viewings(db: &Db) -> Result<Vec<Viewing>> {
    db.read(VIEWINGS).all().await
}

/// It is over; false: it was before.
pub async fn end_viewing_in(tx: &mut Tx, id: i64, outcome: &str) -> Result<bool> {
    let now = tx.now();
    Ok(tx.q(END_VIEWING).bind(id).bind(now).bind(outcome).run().await? == 1)
}

/// A viewing led to a booking, as part of the change that books.
pub async fn led_to_in(tx: &mut Tx, viewing: i64, booking: BookingId) -> Result<()> {
    let room: Option<RoomId> =
        tx.q(LED_TO).bind(viewing).bind(booking).maybe().await?.map(|(room,)| room);
    if let Some(room) = room {
        tx.record(Change::new("room", format!("rooms/{room}"), "viewing_led"));
    }
    Ok(())
}

//! Bookings as they are kept: rows in and out, and what pages ask for.

pub mod acts;
pub mod areas;
pub mod asks;
pub mod banquets;
pub mod corridor;
pub mod erase;
pub mod facts;
pub mod grown;
pub mod offers;
pub mod perform;
pub mod rail;
pub mod reading;
pub mod span;
pub mod undo;
pub mod waiting;
pub mod world;

use super::booking::{Booking, Role, Segment, State};
use super::world::{Fresh, NewBooking};
use crate::db::{Db, Error, Result, Tx, counters, statements};
use crate::kernel::{BookingId, BookingNo, BusinessDay, ClaimId, Moment, RoomId};
use chrono::NaiveDate;

pub use reading::{
    Whole, about_in, by_ids, by_ids_in, segments_of, segments_of_in, whole, whole_in,
};

statements! {
    /// The number of a booking as people say it.
    BY_NO = "SELECT id FROM bookings WHERE no = $1";
    /// The bookings of a business date.
    DAY = "SELECT id FROM bookings WHERE business_date = $1 ORDER BY starts_at, id";
    /// Those of a business date that have not sat down and come before `$2`, the first first.
    EXPECTED = "SELECT id FROM bookings WHERE business_date = $1 AND state IN ('booked', 'arrived') AND starts_at < $2 ORDER BY starts_at, id";
    /// The bookings of a telephone, newest first.
    OF_PHONE = "SELECT id FROM bookings WHERE phone = $1 AND state <> 'cancelled' ORDER BY starts_at DESC, id DESC LIMIT $2";
    /// A new booking.
    ADD = "INSERT INTO bookings (no, business_date, local_hour, contact_id, name, party, phone, wall, starts_at, planned_minutes, wishes, note, occasion, source,
                                 sold_by, sold_dept, handled_by, call_id, deposit_fen, tier, pinned, state, due_at, series_id, arrived_at, seated_at,
                                 attribution_locked_at, created_at, changed_at, readback_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $28, $29) RETURNING id";
    /// A booking as it shall be, if the version is still this.
    PUT = "UPDATE bookings SET version = version + 1, business_date = $3, local_hour = $4, contact_id = $5, name = $6, party = $7, phone = $8, wall = $9,
                  starts_at = $10, planned_minutes = $11, eta_at = $12, delay_count = $13, attempts = $14, wishes = $15, note = $16, occasion = $17, source = $18,
                  sold_by = $19, sold_dept = $20, deposit_fen = $21, bill_fen = $22, tier = $23, pinned = $24, readback_at = $25, attribution_locked_at = $26,
                  attribution_round = $27, state = $28, reason = $29, due_at = $30, arrived_at = $31, seated_at = $32, ended_at = $33,
                  apart = $34, changed_at = $35
           WHERE id = $1 AND version = $2";
    /// A new stretch.
    ADD_SEGMENT = "INSERT INTO segments (booking_id, room_id, claim_id, from_at, to_at, role, combine_group, seated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id";
    /// A stretch as it shall be.
    PUT_SEGMENT = "UPDATE segments SET room_id = $2, from_at = $3, to_at = $4, role = $5, combine_group = $6, seated_at = $7, ended_at = $8, ended_reason = $9 WHERE id = $1";
    /// A new series.
    ADD_SERIES = "INSERT INTO booking_series (every, created_at, by_staff) VALUES ($1, $2, $3) RETURNING id";
    /// The rooms in which guests sit.
    IN_USE = sqlite "SELECT DISTINCT s.room_id FROM bookings b CROSS JOIN segments s ON s.booking_id = b.id
                     WHERE b.state = 'in_room' AND s.ended_at IS NULL AND s.seated_at IS NOT NULL",
             postgres "SELECT DISTINCT s.room_id FROM bookings b JOIN segments s ON s.booking_id = b.id
                       WHERE b.state = 'in_room' AND s.ended_at IS NULL AND s.seated_at IS NOT NULL";
    /// How often a series comes.
    EVERY = "SELECT every FROM booking_series WHERE id = $1";
    /// The bookings of a series.
    OF_SERIES = "SELECT id FROM bookings WHERE series_id = $1 ORDER BY starts_at, id";
    /// Takes the alarm off a booking that was looked after.
    UNDUE = "UPDATE bookings SET due_at = NULL WHERE id = $1";
    /// The first booking that somebody must look after.
    NEXT_DUE = "SELECT min(due_at) AS due FROM bookings WHERE due_at IS NOT NULL";
    /// Those that somebody must look after now.
    DUE = "SELECT id FROM bookings WHERE due_at <= $1 ORDER BY due_at, id";
    /// The claims of stretches of a room for its calendar.
    OF_ROOM = "SELECT DISTINCT s.booking_id FROM segments s WHERE s.room_id = $1 AND s.from_at < $3 AND s.to_at > $2 ORDER BY s.booking_id";
}

/// The refusal of a change to a booking that somebody else changed meanwhile.
pub const STALE: &str = "booking_stale";

/// The booking with this number.
pub async fn by_no(db: &Db, no: &str) -> Result<Option<Booking>> {
    let id = db.read(BY_NO).bind(no).maybe::<(BookingId,)>().await?;
    let Some((id,)) = id else { return Ok(None) };
    Ok(by_ids(db, &[id]).await?.pop())
}

/// One booking.
pub async fn by_id(db: &Db, id: BookingId) -> Result<Option<Booking>> {
    Ok(by_ids(db, &[id]).await?.pop())
}

/// The bookings of a business date, by time.
pub async fn of_day(db: &Db, date: NaiveDate) -> Result<Vec<Booking>> {
    let ids: Vec<BookingId> = db.read(DAY).bind(date.to_string()).values().await?;
    by_ids(db, &ids).await
}

/// The same inside a change.
pub(super) async fn of_day_in(tx: &mut Tx, date: NaiveDate) -> Result<Vec<Booking>> {
    let ids: Vec<BookingId> = tx.q(DAY).bind(date.to_string()).values().await?;
    by_ids_in(tx, &ids).await
}

/// Guests of a business date who have not sat down and come before a moment, by time.
pub async fn expected(db: &Db, date: NaiveDate, before: Moment) -> Result<Vec<Booking>> {
    let query = db.read(EXPECTED).bind(date.to_string()).bind(before);
    let ids: Vec<BookingId> = query.values().await?;
    by_ids(db, &ids).await
}

/// The newest bookings of a telephone in E.164.
pub async fn of_phone(db: &Db, phone: &str, limit: i64) -> Result<Vec<Booking>> {
    let ids: Vec<BookingId> = db.read(OF_PHONE).bind(phone).bind(limit).values().await?;
    let mut bookings = by_ids(db, &ids).await?;
    bookings.reverse();
    Ok(bookings)
}

/// The bookings of a room between two moments.
pub async fn of_room(db: &Db, room: RoomId, from: Moment, to: Moment) -> Result<Vec<Booking>> {
    let ids: Vec<BookingId> = db.read(OF_ROOM).bind(room).bind(from).bind(to).values().await?;
    by_ids(db, &ids).await
}

/// The rooms in which guests sit.
pub async fn in_use(db: &Db) -> Result<Vec<RoomId>> {
    db.read(IN_USE).values().await
}

/// The wall time of a moment at the site, as it is kept: `2026-11-23 19:00`.
pub(super) fn wall(day: &BusinessDay, at: Moment) -> String {
    at.utc().with_timezone(&day.zone).format("%Y-%m-%d %H:%M").to_string()
}

/// Writes a new booking with the next number of its day, and gives its id and that number.
pub(super) async fn add_in(
    tx: &mut Tx,
    day: &BusinessDay,
    booking: &NewBooking,
) -> Result<(BookingId, String)> {
    let (now, by) = (tx.now(), tx.by());
    let today = day.date(now);
    let serial = counters::next(tx, &BookingNo::series(today)).await?;
    let no = BookingNo { date: today, serial }.to_string();
    let state = if booking.seated { State::InRoom } else { State::Booked };
    let seated = booking.seated.then_some(now);
    let add = tx.q(ADD).bind(no.as_str()).bind(day.date(booking.starts_at).to_string());
    let add = add.bind(day.local_hour(booking.starts_at)).bind(booking.contact_id);
    let add = add.bind(&booking.name).bind(booking.party).bind(booking.phone.as_deref());
    let add = add.bind(wall(day, booking.starts_at)).bind(booking.starts_at);
    let add = add.bind(booking.planned_minutes).bind(&booking.wishes).bind(&booking.note);
    let add = add.bind(&booking.occasion).bind(booking.source).bind(booking.sold_by.as_deref());
    let add = add.bind(booking.sold_dept.as_deref()).bind(by).bind(booking.call_id);
    let add = add.bind(booking.deposit_fen).bind(booking.tier).bind(i64::from(booking.pinned));
    let add = add.bind(state).bind(booking.due_at).bind(booking.series_id);
    let add = add.bind(seated).bind(seated).bind(seated).bind(now);
    Ok((add.bind(booking.read_back.then_some(now)).value().await?, no))
}

/// Writes a booking as it shall be; refused as [`STALE`] where its version is another.
pub(super) async fn put_in(tx: &mut Tx, day: &BusinessDay, booking: &Booking) -> Result<()> {
    let now = tx.now();
    let put = tx.q(PUT).bind(booking.id).bind(booking.version);
    let put = put.bind(day.date(booking.starts_at).to_string());
    let put = put.bind(day.local_hour(booking.starts_at)).bind(booking.contact_id);
    let put = put.bind(&booking.name).bind(booking.party).bind(booking.phone.as_deref());
    let put = put.bind(wall(day, booking.starts_at)).bind(booking.starts_at);
    let put = put.bind(booking.planned_minutes).bind(booking.eta_at).bind(booking.delay_count);
    let put = put.bind(booking.attempts).bind(&booking.wishes).bind(&booking.note);
    let put = put.bind(&booking.occasion).bind(booking.source).bind(booking.sold_by.as_deref());
    let put = put.bind(booking.sold_dept.as_deref()).bind(booking.deposit_fen);
    let put = put.bind(booking.bill_fen).bind(booking.tier).bind(i64::from(booking.pinned));
    let put = put.bind(booking.readback_at).bind(booking.attribution_locked_at);
    let put = put.bind(booking.attribution_round).bind(booking.state);
    let put = put.bind(booking.reason.as_deref()).bind(booking.due_at).bind(booking.arrived_at);
    let put = put.bind(booking.seated_at).bind(booking.ended_at);
    let rows = put.bind(i64::from(booking.apart)).bind(now).run().await?;
    if rows == 1 { Ok(()) } else { Err(Error::Refused(STALE.to_owned())) }
}

/// Writes a new stretch.
pub(super) async fn add_segment_in(
    tx: &mut Tx,
    booking: BookingId,
    claim: ClaimId,
    fresh: &Fresh,
) -> Result<i64> {
    let role: Role = fresh.role;
    let group = fresh.combine_group.map(|group| if group == 0 { booking.0 } else { group });
    let add = tx.q(ADD_SEGMENT).bind(booking).bind(fresh.room_id).bind(claim);
    let add = add.bind(fresh.from_at).bind(fresh.to_at).bind(role).bind(group);
    add.bind(fresh.seated_at).value().await
}

/// Writes a stretch as it shall be.
pub(super) async fn put_segment_in(tx: &mut Tx, segment: &Segment) -> Result<()> {
    let put = tx.q(PUT_SEGMENT).bind(segment.id).bind(segment.room_id).bind(segment.from_at);
    let put = put.bind(segment.to_at).bind(segment.role).bind(segment.combine_group);
    let put = put.bind(segment.seated_at).bind(segment.ended_at);
    put.bind(segment.ended_reason.as_deref()).run().await.map(drop)
}

/// A series of bookings that come again: `weekly`, `daily`, `monthly`.
pub(super) async fn add_series_in(tx: &mut Tx, every: &str) -> Result<i64> {
    let (now, by) = (tx.now(), tx.by());
    tx.q(ADD_SERIES).bind(every).bind(now).bind(by).value().await
}

/// How often a series comes, and its bookings by time.
pub async fn series(db: &Db, id: i64) -> Result<(String, Vec<Booking>)> {
    let every: String = db.read(EVERY).bind(id).value().await?;
    let ids: Vec<BookingId> = db.read(OF_SERIES).bind(id).values().await?;
    Ok((every, by_ids(db, &ids).await?))
}

/// The bookings of a series by time, inside a change.
pub(super) async fn of_series_in(tx: &mut Tx, id: i64) -> Result<Vec<Booking>> {
    let ids: Vec<BookingId> = tx.q(OF_SERIES).bind(id).values().await?;
    by_ids_in(tx, &ids).await
}

/// When somebody must look after a booking next.
pub(super) async fn next_due(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT_DUE).value().await
}

/// The bookings that somebody must look after by now, in order; their alarm is taken off.
pub(super) async fn take_due_in(tx: &mut Tx, due: Moment) -> Result<Vec<BookingId>> {
    let ids: Vec<BookingId> = tx.q(DUE).bind(due).values().await?;
    for id in &ids {
        tx.q(UNDUE).bind(*id).run().await?;
    }
    Ok(ids)
}

/// Every statement of this room, file by file.
pub const REGISTER: &[&[(&str, crate::db::Sql)]] = &[
    STATEMENTS,
    acts::STATEMENTS,
    areas::STATEMENTS,
    asks::STATEMENTS,
    banquets::STATEMENTS,
    corridor::STATEMENTS,
    erase::STATEMENTS,
    facts::STATEMENTS,
    grown::STATEMENTS,
    offers::STATEMENTS,
    rail::STATEMENTS,
    reading::STATEMENTS,
    span::STATEMENTS,
    waiting::STATEMENTS,
];

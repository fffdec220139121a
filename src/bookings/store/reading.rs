//! Bookings as they come out of the store, alone or with their stretches.

use chrono::NaiveDate;
use sqlx::types::Json;

use super::super::booking::{Booking, Segment, Source, State};
use crate::db::{Db, Error, Result, Tx, statements};
use crate::kernel::{BookingId, CallId, ClaimId, Moment, RoomId, StaffId};

/// The columns of a booking `b`.
macro_rules! columns {
    () => {
        "b.id, b.version, b.no, b.business_date, b.local_hour, b.contact_id, b.name, b.party, b.phone, b.wall, b.starts_at, b.planned_minutes, b.eta_at,
         b.delay_count, b.attempts, b.wishes, b.note, b.occasion, b.source, b.sold_by, b.sold_dept, b.handled_by, b.call_id, b.deposit_fen, b.bill_fen,
         b.tier, b.pinned <> 0 AS pinned, b.readback_at, b.attribution_locked_at, b.attribution_round, b.state, b.reason, b.due_at, b.series_id,
         b.apart <> 0 AS apart, b.arrived_at, b.seated_at, b.ended_at, b.created_at, b.changed_at"
    };
}

/// A booking `b` and, in one column, its stretches: a row of their own for each costs more on its way than in the store.
macro_rules! whole {
    (sqlite) => {
        concat!(
            "SELECT ", columns!(), ",
             (SELECT json_group_array(json_object('id', s.id, 'booking_id', s.booking_id, 'room_id', s.room_id, 'claim_id', s.claim_id,
                  'from_at', s.from_at, 'to_at', s.to_at, 'role', s.role, 'combine_group', s.combine_group, 'seated_at', s.seated_at,
                  'ended_at', s.ended_at, 'ended_reason', s.ended_reason)) FROM segments s WHERE s.booking_id = b.id) AS segments FROM bookings b "
        )
    };
    (postgres) => {
        concat!(
            "SELECT ", columns!(), ",
             (SELECT coalesce(json_agg(json_build_object('id', s.id, 'booking_id', s.booking_id, 'room_id', s.room_id, 'claim_id', s.claim_id,
                  'from_at', s.from_at, 'to_at', s.to_at, 'role', s.role, 'combine_group', s.combine_group, 'seated_at', s.seated_at,
                  'ended_at', s.ended_at, 'ended_reason', s.ended_reason)), '[]') FROM segments s WHERE s.booking_id = b.id) AS segments FROM bookings b "
        )
    };
}

statements! {
    /// These bookings.
    BY_IDS = sqlite concat!("SELECT ", columns!(), " FROM bookings b WHERE b.id IN (SELECT value FROM json_each($1)) ORDER BY b.starts_at, b.id"),
             postgres concat!("SELECT ", columns!(), " FROM bookings b WHERE b.id = ANY (ARRAY(SELECT v::bigint FROM jsonb_array_elements_text($1) v)) ORDER BY b.starts_at, b.id");
    /// The stretches of these bookings, in one row: hundreds cost more on their way than in the store.
    SEGMENTS_OF = sqlite "SELECT json_group_array(json_object('id', s.id, 'booking_id', s.booking_id, 'room_id', s.room_id, 'claim_id', s.claim_id,
                              'from_at', s.from_at, 'to_at', s.to_at, 'role', s.role, 'combine_group', s.combine_group, 'seated_at', s.seated_at,
                              'ended_at', s.ended_at, 'ended_reason', s.ended_reason)) AS segments
                          FROM (SELECT * FROM segments WHERE booking_id IN (SELECT value FROM json_each($1)) ORDER BY id) s",
                  postgres "SELECT coalesce(json_agg(s ORDER BY s.id), '[]') AS segments
                            FROM (SELECT id, booking_id, room_id, claim_id, from_at, to_at, role, combine_group, seated_at, ended_at, ended_reason FROM segments
                                  WHERE booking_id = ANY (ARRAY(SELECT v::bigint FROM jsonb_array_elements_text($1) v))) s";
    /// These bookings with their stretches.
    WHOLE = sqlite concat!(whole!(sqlite), "WHERE b.id IN (SELECT value FROM json_each($1)) ORDER BY b.starts_at, b.id"),
            postgres concat!(whole!(postgres), "WHERE b.id = ANY (ARRAY(SELECT v::bigint FROM jsonb_array_elements_text($1) v)) ORDER BY b.starts_at, b.id");
    /// The bookings that stand on these claims or sit in these rooms, but for some, with their stretches: `$1` claims, `$2` rooms, `$3` those.
    ABOUT = sqlite concat!(whole!(sqlite), "WHERE b.id IN (SELECT s.booking_id FROM segments s WHERE s.ended_at IS NULL AND s.claim_id IN (SELECT value FROM json_each($1))
                               UNION SELECT s.booking_id FROM bookings o CROSS JOIN segments s ON s.booking_id = o.id
                               WHERE o.state = 'in_room' AND s.ended_at IS NULL AND s.room_id IN (SELECT value FROM json_each($2)))
                               AND b.id NOT IN (SELECT value FROM json_each($3)) ORDER BY b.starts_at, b.id"),
            postgres concat!(whole!(postgres), "WHERE b.id IN (SELECT s.booking_id FROM segments s WHERE s.ended_at IS NULL
                                 AND s.claim_id = ANY (ARRAY(SELECT v::bigint FROM jsonb_array_elements_text($1) v))
                                 UNION SELECT s.booking_id FROM bookings o JOIN segments s ON s.booking_id = o.id
                                 WHERE o.state = 'in_room' AND s.ended_at IS NULL AND s.room_id IN (SELECT v::bigint FROM jsonb_array_elements_text($2) v))
                                 AND b.id NOT IN (SELECT v::bigint FROM jsonb_array_elements_text($3) v) ORDER BY b.starts_at, b.id");
}

#[derive(sqlx::FromRow)]
struct Row {
    id: BookingId,
    version: i64,
    no: String,
    business_date: String,
    local_hour: i64,
    contact_id: Option<i64>,
    name: String,
    party: i64,
    phone: Option<String>,
    wall: String,
    starts_at: Moment,
    planned_minutes: i64,
    eta_at: Option<Moment>,
    delay_count: i64,
    attempts: i64,
    wishes: String,
    note: String,
    occasion: String,
    source: Source,
    sold_by: Option<String>,
    sold_dept: Option<String>,
    handled_by: Option<StaffId>,
    call_id: Option<CallId>,
    deposit_fen: i64,
    bill_fen: Option<i64>,
    tier: i64,
    pinned: bool,
    readback_at: Option<Moment>,
    attribution_locked_at: Option<Moment>,
    attribution_round: i64,
    state: State,
    reason: Option<String>,
    due_at: Option<Moment>,
    series_id: Option<i64>,
    apart: bool,
    arrived_at: Option<Moment>,
    seated_at: Option<Moment>,
    ended_at: Option<Moment>,
    created_at: Moment,
    changed_at: Option<Moment>,
}

impl TryFrom<Row> for Booking {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let date = row.business_date.parse::<NaiveDate>();
        Ok(Self {
            business_date: date
                .map_err(|_| Error::Unreadable(format!("the date of bookings/{}", row.no)))?,
            id: row.id,
            version: row.version,
            no: row.no,
            local_hour: row.local_hour,
            contact_id: row.contact_id,
            name: row.name,
            party: row.party,
            phone: row.phone,
            wall: row.wall,
            starts_at: row.starts_at,
            planned_minutes: row.planned_minutes,
            eta_at: row.eta_at,
            delay_count: row.delay_count,
            attempts: row.attempts,
            wishes: row.wishes,
            note: row.note,
            occasion: row.occasion,
            source: row.source,
            sold_by: row.sold_by,
            sold_dept: row.sold_dept,
            handled_by: row.handled_by,
            call_id: row.call_id,
            deposit_fen: row.deposit_fen,
            bill_fen: row.bill_fen,
            tier: row.tier,
            pinned: row.pinned,
            readback_at: row.readback_at,
            attribution_locked_at: row.attribution_locked_at,
            attribution_round: row.attribution_round,
            state: row.state,
            reason: row.reason,
            due_at: row.due_at,
            series_id: row.series_id,
            apart: row.apart,
            arrived_at: row.arrived_at,
            seated_at: row.seated_at,
            ended_at: row.ended_at,
            created_at: row.created_at,
            changed_at: row.changed_at,
        })
    }
}

#[derive(sqlx::FromRow)]
struct WholeRow {
    #[sqlx(flatten)]
    row: Row,
    segments: Json<Vec<Segment>>,
}

/// A booking with its stretches, the first first.
pub type Whole = (Booking, Vec<Segment>);

fn read(rows: Vec<Row>) -> Result<Vec<Booking>> {
    rows.into_iter().map(Booking::try_from).collect()
}

fn read_whole(rows: Vec<WholeRow>) -> Result<Vec<Whole>> {
    let one = |WholeRow { row, segments }: WholeRow| -> Result<Whole> {
        let Json(mut segments) = segments;
        segments.sort_unstable_by_key(|segment| segment.id);
        Ok((Booking::try_from(row)?, segments))
    };
    rows.into_iter().map(one).collect()
}

/// These bookings, by time.
pub async fn by_ids(db: &Db, ids: &[BookingId]) -> Result<Vec<Booking>> {
    read(db.read(BY_IDS).bind(Json(ids)).all().await?)
}

/// The same inside a change.
pub async fn by_ids_in(tx: &mut Tx, ids: &[BookingId]) -> Result<Vec<Booking>> {
    read(tx.q(BY_IDS).bind(Json(ids)).all().await?)
}

/// The stretches of these bookings.
pub async fn segments_of(db: &Db, ids: &[BookingId]) -> Result<Vec<Segment>> {
    let Json(segments) = db.read(SEGMENTS_OF).bind(Json(ids)).value().await?;
    Ok(segments)
}

/// The same inside a change.
pub async fn segments_of_in(tx: &mut Tx, ids: &[BookingId]) -> Result<Vec<Segment>> {
    let Json(segments) = tx.q(SEGMENTS_OF).bind(Json(ids)).value().await?;
    Ok(segments)
}

/// These bookings with their stretches, by time.
pub async fn whole(db: &Db, ids: &[BookingId]) -> Result<Vec<Whole>> {
    read_whole(db.read(WHOLE).bind(Json(ids)).all().await?)
}

/// The same inside a change.
pub async fn whole_in(tx: &mut Tx, ids: &[BookingId]) -> Result<Vec<Whole>> {
    read_whole(tx.q(WHOLE).bind(Json(ids)).all().await?)
}

/// The bookings that stand on these claims or sit in these rooms, without those that are known already.
pub async fn about_in(
    tx: &mut Tx,
    claims: &[ClaimId],
    rooms: &[RoomId],
    known: &[BookingId],
) -> Result<Vec<Whole>> {
    read_whole(tx.q(ABOUT).bind(Json(claims)).bind(Json(rooms)).bind(Json(known)).all().await?)
}

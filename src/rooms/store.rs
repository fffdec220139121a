//! The rooms as they are kept: reading the whole house, and what changes while it is open.

pub mod setup;

use chrono::NaiveDate;

use super::{Area, House, Link, Period, Price, Readiness, Room, RoomClass};
use crate::db::{Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, RoomClassId, RoomId};

statements! {
    /// Parts of the house.
    AREAS = "SELECT id, version, name, sort FROM areas ORDER BY sort, id";
    /// Kinds of rooms.
    CLASSES = "SELECT id, version, name, sort, stay_small, stay_medium, stay_large, buffer_minutes FROM room_classes ORDER BY sort, id";
    /// Rooms in use, area by area.
    ROOMS = "SELECT r.id, r.version, r.name, r.alias, r.kind, r.area_id, r.class_id, r.cap_min, r.cap_max, r.cap_extra, r.tables,
                    r.shareable <> 0 AS shareable, r.priority, r.features, r.equipment, r.notes, r.sort, r.readiness, r.readiness_at
             FROM rooms r JOIN areas a ON a.id = r.area_id WHERE r.retired_at IS NULL ORDER BY a.sort, a.id, r.sort, r.name, r.id";
    /// Walls that open.
    LINKS = "SELECT low_id, high_id, seats_lost FROM room_links ORDER BY low_id, high_id";
    /// The periods of a day.
    PERIODS = "SELECT id, version, name, from_minute, to_minute, stay_minutes FROM periods ORDER BY from_minute, id";
    /// All prices.
    PRICES = "SELECT id, room_id, class_id, period_id, valid_from, min_spend_fen, per_hour_fen, deposit_fen FROM room_prices ORDER BY valid_from, id";
    /// Whether guests may be led in.
    READY = "UPDATE rooms SET readiness = $2, readiness_at = $3, version = version + 1 WHERE id = $1 RETURNING version";
    /// The room a feed's key opens.
    BY_FEED = "SELECT id FROM rooms WHERE feed_key = $1 AND retired_at IS NULL";
    /// The key of a room's feed.
    FEED_KEY = "SELECT feed_key FROM rooms WHERE id = $1";
}

#[derive(sqlx::FromRow)]
struct PriceRow {
    id: i64,
    room_id: Option<RoomId>,
    class_id: Option<RoomClassId>,
    period_id: Option<i64>,
    valid_from: String,
    min_spend_fen: i64,
    per_hour_fen: i64,
    deposit_fen: i64,
}

impl TryFrom<PriceRow> for Price {
    type Error = Error;

    fn try_from(row: PriceRow) -> Result<Self> {
        let PriceRow { id, room_id, class_id, period_id, valid_from, .. } = row;
        let date = valid_from.parse::<NaiveDate>();
        let valid_from = date.map_err(|_| Error::Unreadable(format!("the date of price {id}")))?;
        Ok(Self {
            id,
            room_id,
            class_id,
            period_id,
            valid_from,
            min_spend_fen: row.min_spend_fen,
            per_hour_fen: row.per_hour_fen,
            deposit_fen: row.deposit_fen,
        })
    }
}

/// The whole house.
pub async fn house(db: &Db) -> Result<House> {
    let asked = Box::pin(async {
        tokio::try_join!(
            db.read(AREAS).all::<Area>(),
            db.read(CLASSES).all::<RoomClass>(),
            db.read(ROOMS).all::<Room>(),
            db.read(LINKS).all::<Link>(),
            db.read(PERIODS).all::<Period>(),
            db.read(PRICES).all::<PriceRow>()
        )
    });
    let (areas, classes, rooms, links, periods, prices) = asked.await?;
    let prices = prices.into_iter().map(Price::try_from).collect::<Result<_>>()?;
    Ok(House { areas, classes, rooms, links, periods, prices })
}

/// The same inside a change.
pub async fn house_in(tx: &mut Tx) -> Result<House> {
    let areas: Vec<Area> = tx.q(AREAS).all().await?;
    let classes: Vec<RoomClass> = tx.q(CLASSES).all().await?;
    let rooms: Vec<Room> = tx.q(ROOMS).all().await?;
    let links: Vec<Link> = tx.q(LINKS).all().await?;
    let periods: Vec<Period> = tx.q(PERIODS).all().await?;
    let prices: Vec<PriceRow> = tx.q(PRICES).all().await?;
    let prices = prices.into_iter().map(Price::try_from).collect::<Result<_>>()?;
    Ok(House { areas, classes, rooms, links, periods, prices })
}

/// Says whether guests may be led in, as part of another change.
pub async fn ready_in(
    tx: &mut Tx,
    room: RoomId,
    readiness: Readiness,
    since: Moment,
) -> Result<()> {
    let version: i64 = tx.q(READY).bind(room).bind(readiness).bind(since).value().await?;
    tx.record(Change::new("room", format!("rooms/{room}"), readiness.name()).version(version));
    Ok(())
}

/// Says whether guests may be led in.
pub async fn ready(db: &Db, stamp: Stamp, room: RoomId, readiness: Readiness) -> Result<()> {
    db.write(stamp, move |tx| Box::pin(ready_in(tx, room, readiness, stamp.now))).await
}

/// The room whose feed this key opens.
pub async fn by_feed(db: &Db, key: &str) -> Result<Option<RoomId>> {
    db.read(BY_FEED).bind(key).maybe::<(RoomId,)>().await.map(|row| row.map(|row| row.0))
}

/// The key of a room's feed.
pub async fn feed_key(db: &Db, room: RoomId) -> Result<String> {
    db.read(FEED_KEY).bind(room).value().await
}

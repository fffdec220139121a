//! The rooms as they are kept: reading the whole house, and what changes while it is open.

pub mod setup;

use sqlx::types::Json;

use super::{Area, House, Link, Period, Price, Readiness, Room, RoomClass};
use crate::db::{Change, Db, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, RoomId};

statements! {
    /// The whole house in one row of lists, and the rules of booking: parts, kinds of rooms, rooms in use area by area,
    /// walls that open, the periods of a day, all prices.
    HOUSE = sqlite "SELECT
            (SELECT json_group_array(json_array(id, version, name, sort)) FROM (SELECT * FROM areas ORDER BY sort, id)) AS areas,
            (SELECT json_group_array(json_array(id, version, name, sort, stay_small, stay_medium, stay_large, buffer_minutes))
             FROM (SELECT * FROM room_classes ORDER BY sort, id)) AS classes,
            (SELECT json_group_array(json_array(id, version, name, alias, kind, area_id, class_id, cap_min, cap_max, cap_extra, tables,
                 json(CASE WHEN shareable <> 0 THEN 'true' ELSE 'false' END), priority, features, equipment, notes, sort, readiness, readiness_at))
             FROM (SELECT r.* FROM rooms r JOIN areas a ON a.id = r.area_id WHERE r.retired_at IS NULL ORDER BY a.sort, a.id, r.sort, r.name, r.id)) AS rooms,
            (SELECT json_group_array(json_array(low_id, high_id, seats_lost)) FROM (SELECT * FROM room_links ORDER BY low_id, high_id)) AS links,
            (SELECT json_group_array(json_array(id, version, name, from_minute, to_minute, stay_minutes)) FROM (SELECT * FROM periods ORDER BY from_minute, id)) AS periods,
            (SELECT json_group_array(json_array(id, room_id, class_id, period_id, valid_from, min_spend_fen, per_hour_fen, deposit_fen))
             FROM (SELECT * FROM room_prices ORDER BY valid_from, id)) AS prices,
            (SELECT rules FROM booking_rules WHERE one = 1) AS rules",
        postgres "SELECT
            (SELECT coalesce(json_agg(json_build_array(id, version, name, sort) ORDER BY sort, id), '[]') FROM areas) AS areas,
            (SELECT coalesce(json_agg(json_build_array(id, version, name, sort, stay_small, stay_medium, stay_large, buffer_minutes) ORDER BY sort, id), '[]')
             FROM room_classes) AS classes,
            (SELECT coalesce(json_agg(json_build_array(r.id, r.version, r.name, r.alias, r.kind, r.area_id, r.class_id, r.cap_min, r.cap_max, r.cap_extra, r.tables,
                 r.shareable <> 0, r.priority, r.features, r.equipment, r.notes, r.sort, r.readiness, r.readiness_at)
                 ORDER BY a.sort, a.id, r.sort, r.name, r.id), '[]')
             FROM rooms r JOIN areas a ON a.id = r.area_id WHERE r.retired_at IS NULL) AS rooms,
            (SELECT coalesce(json_agg(json_build_array(low_id, high_id, seats_lost) ORDER BY low_id, high_id), '[]') FROM room_links) AS links,
            (SELECT coalesce(json_agg(json_build_array(id, version, name, from_minute, to_minute, stay_minutes) ORDER BY from_minute, id), '[]') FROM periods) AS periods,
            (SELECT coalesce(json_agg(json_build_array(id, room_id, class_id, period_id, valid_from, min_spend_fen, per_hour_fen, deposit_fen)
                 ORDER BY valid_from, id), '[]') FROM room_prices) AS prices,
            (SELECT rules FROM booking_rules WHERE one = 1) AS rules";
    /// Whether guests may be led in.
    READY = "UPDATE rooms SET readiness = $2, readiness_at = $3, version = version + 1 WHERE id = $1 RETURNING version";
    /// The room a feed's key opens.
    BY_FEED = "SELECT id FROM rooms WHERE feed_key = $1 AND retired_at IS NULL";
    /// The key of a room's feed.
    FEED_KEY = "SELECT feed_key FROM rooms WHERE id = $1";
}

/// The columns of [`HOUSE`].
type Columns = (
    Json<Vec<Area>>,
    Json<Vec<RoomClass>>,
    Json<Vec<Room>>,
    Json<Vec<Link>>,
    Json<Vec<Period>>,
    Json<Vec<Price>>,
    Option<String>,
);

fn read(columns: Columns) -> (House, Option<String>) {
    let (Json(areas), Json(classes), Json(rooms), Json(links), Json(periods), Json(prices), rules) =
        columns;
    (House { areas, classes, rooms, links, periods, prices }, rules)
}

/// The whole house.
pub async fn house(db: &Db) -> Result<House> {
    Ok(house_and_rules(db).await?.0)
}

/// The whole house, and its rules of booking as they are kept, where it has any of its own.
pub async fn house_and_rules(db: &Db) -> Result<(House, Option<String>)> {
    db.read(HOUSE).one().await.map(read)
}

/// The same inside a change.
pub async fn house_and_rules_in(tx: &mut Tx) -> Result<(House, Option<String>)> {
    tx.q(HOUSE).one().await.map(read)
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

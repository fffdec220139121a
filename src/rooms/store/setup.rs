//! Setting the house up: areas, kinds, rooms, walls, periods, prices, rules.

use super::super::{Area, Draft, Link, Period, Price, Restored, RoomClass};
use crate::db::{Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{AreaId, RoomClassId, RoomId};

statements! {
    /// A new area.
    ADD_AREA = "INSERT INTO areas (name, sort) VALUES ($1, $2) RETURNING id";
    /// An area as it shall be.
    EDIT_AREA = "UPDATE areas SET name = $3, sort = $4, version = version + 1 WHERE id = $1 AND version = $2";
    /// A new kind.
    ADD_CLASS = "INSERT INTO room_classes (name, sort, stay_small, stay_medium, stay_large, buffer_minutes) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
    /// A kind as it shall be.
    EDIT_CLASS = "UPDATE room_classes SET name = $3, sort = $4, stay_small = $5, stay_medium = $6, stay_large = $7, buffer_minutes = $8, version = version + 1
                  WHERE id = $1 AND version = $2";
    /// A new period.
    ADD_PERIOD = "INSERT INTO periods (name, from_minute, to_minute, stay_minutes) VALUES ($1, $2, $3, $4) RETURNING id";
    /// A period as it shall be.
    EDIT_PERIOD = "UPDATE periods SET name = $3, from_minute = $4, to_minute = $5, stay_minutes = $6, version = version + 1 WHERE id = $1 AND version = $2";
    /// A new room.
    ADD_ROOM = "INSERT INTO rooms (name, alias, kind, area_id, class_id, cap_min, cap_max, cap_extra, tables, shareable, priority, features, equipment, notes,
                                   sort, readiness_at, feed_key)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING id";
    /// A room as it shall be.
    EDIT_ROOM = "UPDATE rooms SET name = $3, alias = $4, kind = $5, area_id = $6, class_id = $7, cap_min = $8, cap_max = $9, cap_extra = $10, tables = $11,
                        shareable = $12, priority = $13, features = $14, equipment = $15, notes = $16, sort = $17, version = version + 1
                 WHERE id = $1 AND version = $2 AND retired_at IS NULL";
    /// No longer in use.
    RETIRE = "UPDATE rooms SET retired_at = $2, version = version + 1 WHERE id = $1 AND retired_at IS NULL RETURNING version";
    /// Whether it is still promised to somebody.
    PROMISED = "SELECT count(*) AS claims FROM claims WHERE resource = $1 AND released_at IS NULL AND to_at > $2";
    /// A wall that opens.
    LINK = "INSERT INTO room_links (low_id, high_id, seats_lost) VALUES ($1, $2, $3) ON CONFLICT (low_id, high_id) DO UPDATE SET seats_lost = excluded.seats_lost";
    /// A wall that opens no more.
    UNLINK = "DELETE FROM room_links WHERE low_id = $1 AND high_id = $2";
    /// A new price.
    ADD_PRICE = "INSERT INTO room_prices (room_id, class_id, period_id, valid_from, min_spend_fen, per_hour_fen, deposit_fen) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id";
    /// A price that was a mistake.
    DROP_PRICE = "DELETE FROM room_prices WHERE id = $1";
    /// The house's own rules.
    RULES = "SELECT version, rules FROM booking_rules WHERE one = 1";
    /// The rules as they shall be.
    PUT_RULES = "INSERT INTO booking_rules (one, version, rules) VALUES (1, 1, $1)
                 ON CONFLICT (one) DO UPDATE SET rules = excluded.rules, version = booking_rules.version + 1 RETURNING version";
}

/// The refusal of a change to a record that somebody else changed meanwhile.
pub const STALE: &str = "room_stale";

/// The refusal to take a room away that is promised to somebody.
pub const PROMISED_ROOM: &str = "room_promised";

fn record(tx: &mut Tx, subject: String, change: &'static str) {
    tx.record(Change::new("room", subject, change));
}

fn edited(tx: &mut Tx, rows: u64, subject: String) -> Result<()> {
    if rows == 0 {
        return Err(Error::Refused(STALE.to_owned()));
    }
    record(tx, subject, "edited");
    Ok(())
}

/// A new area, as part of another change.
pub async fn add_area_in(tx: &mut Tx, name: &str, sort: i64) -> Result<AreaId> {
    let id: AreaId = tx.q(ADD_AREA).bind(name).bind(sort).value().await?;
    record(tx, format!("areas/{id}"), "added");
    Ok(id)
}

/// Puts an area as it shall be; id 0 is a new one.
pub async fn put_area(db: &Db, stamp: Stamp, area: Area) -> Result<()> {
    db.write(stamp, move |tx| {
        let area = area.clone();
        Box::pin(async move {
            if area.id.0 == 0 {
                return add_area_in(tx, &area.name, area.sort).await.map(drop);
            }
            let edit = tx.q(EDIT_AREA).bind(area.id).bind(area.version);
            let rows = edit.bind(&area.name).bind(area.sort).run().await?;
            edited(tx, rows, format!("areas/{}", area.id))
        })
    })
    .await
}

/// A new kind of rooms, as part of another change.
pub async fn add_class_in(tx: &mut Tx, class: &RoomClass) -> Result<RoomClassId> {
    let add = tx.q(ADD_CLASS).bind(&class.name).bind(class.sort).bind(class.stay_small);
    let add = add.bind(class.stay_medium).bind(class.stay_large).bind(class.buffer_minutes);
    let id: RoomClassId = add.value().await?;
    record(tx, format!("room-classes/{id}"), "added");
    Ok(id)
}

/// Puts a kind as it shall be; id 0 is a new one.
pub async fn put_class(db: &Db, stamp: Stamp, class: RoomClass) -> Result<()> {
    db.write(stamp, move |tx| {
        let class = class.clone();
        Box::pin(async move {
            if class.id.0 == 0 {
                return add_class_in(tx, &class).await.map(drop);
            }
            let edit = tx.q(EDIT_CLASS).bind(class.id).bind(class.version).bind(&class.name);
            let edit = edit.bind(class.sort).bind(class.stay_small).bind(class.stay_medium);
            let rows = edit.bind(class.stay_large).bind(class.buffer_minutes).run().await?;
            edited(tx, rows, format!("room-classes/{}", class.id))
        })
    })
    .await
}

/// A new period, as part of another change.
pub async fn add_period_in(tx: &mut Tx, period: &Period) -> Result<i64> {
    let add = tx.q(ADD_PERIOD).bind(&period.name).bind(period.from_minute);
    let id = add.bind(period.to_minute).bind(period.stay_minutes).value().await?;
    record(tx, format!("periods/{id}"), "added");
    Ok(id)
}

/// Puts a period as it shall be; id 0 is a new one.
pub async fn put_period(db: &Db, stamp: Stamp, period: Period) -> Result<()> {
    db.write(stamp, move |tx| {
        let period = period.clone();
        Box::pin(async move {
            if period.id == 0 {
                return add_period_in(tx, &period).await.map(drop);
            }
            let edit = tx.q(EDIT_PERIOD).bind(period.id).bind(period.version).bind(&period.name);
            let edit = edit.bind(period.from_minute).bind(period.to_minute);
            let rows = edit.bind(period.stay_minutes).run().await?;
            edited(tx, rows, format!("periods/{}", period.id))
        })
    })
    .await
}

/// A new room, as part of another change; `feed_key` opens its calendar.
pub async fn add_room_in(tx: &mut Tx, draft: &Draft, feed_key: &str) -> Result<RoomId> {
    let now = tx.now();
    let add = tx.q(ADD_ROOM).bind(&draft.name).bind(&draft.alias).bind(draft.kind);
    let add = add.bind(draft.area_id).bind(draft.class_id).bind(draft.cap_min);
    let add = add.bind(draft.cap_max).bind(draft.cap_extra).bind(draft.tables);
    let add = add.bind(i64::from(draft.shareable)).bind(draft.priority).bind(&draft.features);
    let add = add.bind(&draft.equipment).bind(&draft.notes).bind(draft.sort);
    let id: RoomId = add.bind(now).bind(feed_key).value().await?;
    tx.record(Change::new("room", format!("rooms/{id}"), "added").version(1));
    Ok(id)
}

/// A new room.
pub async fn add_room(db: &Db, stamp: Stamp, draft: Draft, feed_key: String) -> Result<RoomId> {
    db.write(stamp, move |tx| {
        let (draft, feed_key) = (draft.clone(), feed_key.clone());
        Box::pin(async move { add_room_in(tx, &draft, &feed_key).await })
    })
    .await
}

/// A room as it shall be, as part of another change.
pub async fn edit_room_in(tx: &mut Tx, id: RoomId, version: i64, draft: &Draft) -> Result<()> {
    let edit = tx.q(EDIT_ROOM).bind(id).bind(version).bind(&draft.name).bind(&draft.alias);
    let edit = edit.bind(draft.kind).bind(draft.area_id).bind(draft.class_id);
    let edit = edit.bind(draft.cap_min).bind(draft.cap_max).bind(draft.cap_extra);
    let edit = edit.bind(draft.tables).bind(i64::from(draft.shareable)).bind(draft.priority);
    let edit = edit.bind(&draft.features).bind(&draft.equipment).bind(&draft.notes);
    let rows = edit.bind(draft.sort).run().await?;
    edited(tx, rows, format!("rooms/{id}"))
}

/// A room as it shall be; refused as [`STALE`] where the version is another.
pub async fn edit_room(
    db: &Db,
    stamp: Stamp,
    id: RoomId,
    version: i64,
    draft: Draft,
) -> Result<()> {
    db.write(stamp, move |tx| {
        let draft = draft.clone();
        Box::pin(async move { edit_room_in(tx, id, version, &draft).await })
    })
    .await
}

/// Takes a room out of use; refused as [`PROMISED_ROOM`] while it is promised to somebody.
pub async fn retire(db: &Db, stamp: Stamp, id: RoomId) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let resource = format!("rooms/{id}");
            crate::claims::store::queue(tx).await?;
            if tx.q(PROMISED).bind(&resource).bind(now).value::<i64>().await? > 0 {
                return Err(Error::Refused(PROMISED_ROOM.to_owned()));
            }
            let version = tx.q(RETIRE).bind(id).bind(now).value().await?;
            tx.record(Change::new("room", resource, "retired").version(version));
            Ok(())
        })
    })
    .await
}

/// A wall that opens, as part of another change.
pub async fn link_in(tx: &mut Tx, a: RoomId, b: RoomId, seats_lost: i64) -> Result<()> {
    let link = Link { low_id: a.min(b), high_id: a.max(b), seats_lost };
    tx.q(LINK).bind(link.low_id).bind(link.high_id).bind(link.seats_lost).run().await?;
    record(tx, format!("rooms/{}", link.low_id), "linked");
    Ok(())
}

/// A wall that opens, and how many seats that costs.
pub async fn link(db: &Db, stamp: Stamp, a: RoomId, b: RoomId, seats_lost: i64) -> Result<()> {
    db.write(stamp, move |tx| Box::pin(link_in(tx, a, b, seats_lost))).await
}

/// A wall that opens no more.
pub async fn unlink(db: &Db, stamp: Stamp, a: RoomId, b: RoomId) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            tx.q(UNLINK).bind(a.min(b)).bind(a.max(b)).run().await?;
            record(tx, format!("rooms/{}", a.min(b)), "unlinked");
            Ok(())
        })
    })
    .await
}

/// A new price, as part of another change.
pub async fn add_price_in(tx: &mut Tx, price: &Price) -> Result<i64> {
    let add = tx.q(ADD_PRICE).bind(price.room_id).bind(price.class_id).bind(price.period_id);
    let add = add.bind(price.valid_from.to_string()).bind(price.min_spend_fen);
    let id = add.bind(price.per_hour_fen).bind(price.deposit_fen).value().await?;
    record(tx, format!("room-prices/{id}"), "added");
    Ok(id)
}

/// A new price.
pub async fn add_price(db: &Db, stamp: Stamp, price: Price) -> Result<i64> {
    db.write(stamp, move |tx| {
        let price = price.clone();
        Box::pin(async move { add_price_in(tx, &price).await })
    })
    .await
}

/// Takes a price away that was a mistake.
pub async fn drop_price(db: &Db, stamp: Stamp, id: i64) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            if tx.q(DROP_PRICE).bind(id).run().await? == 0 {
                return Err(Error::NotFound);
            }
            record(tx, format!("room-prices/{id}"), "removed");
            Ok(())
        })
    })
    .await
}

/// The house's own rules as JSON, and their version; `None`: as delivered.
pub async fn rules(db: &Db) -> Result<Option<(i64, String)>> {
    db.read(RULES).maybe().await
}

/// What the house calls it that a room is ready again.
pub async fn restored(db: &Db) -> Result<Restored> {
    Ok(rules(db).await?.map(|(_, text)| Restored::read(&text)).unwrap_or_default())
}

/// The same inside a change.
pub async fn rules_in(tx: &mut Tx) -> Result<Option<(i64, String)>> {
    tx.q(RULES).maybe().await
}

/// Puts the rules as they shall be, as part of another change.
pub async fn put_rules_in(tx: &mut Tx, rules: &str) -> Result<i64> {
    let version = tx.q(PUT_RULES).bind(rules).value().await?;
    tx.record(Change::new("room", "booking-rules".to_owned(), "edited").version(version));
    Ok(version)
}

/// Puts the rules as they shall be; refused as [`STALE`] where the version is another.
pub async fn put_rules(db: &Db, stamp: Stamp, version: i64, rules: String) -> Result<i64> {
    db.write(stamp, move |tx| {
        let rules = rules.clone();
        Box::pin(async move {
            let before = rules_in(tx).await?.map_or(0, |(version, _)| version);
            if before != version {
                return Err(Error::Refused(STALE.to_owned()));
            }
            put_rules_in(tx, &rules).await
        })
    })
    .await
}

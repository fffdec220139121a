//! What is laid out and tidied before a desk opens: the house's list, and what was ticked of it on a business
//! date (clauses 1-2a, 1-2c). The moment of a tick is the server's.

use chrono::{Days, NaiveDate};

use crate::db::{Change, Db, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, StaffId};

statements! {
    /// What stands on the list.
    ITEMS = "SELECT id, name FROM opening_items WHERE retired_at IS NULL ORDER BY id";
    /// Whether something stands on it.
    STANDS = "SELECT count(*) AS stands FROM opening_items WHERE id = $1 AND retired_at IS NULL";
    /// One more.
    ADD = "INSERT INTO opening_items (name) VALUES ($1) RETURNING id";
    /// It is no longer asked for; what was ticked of it stays.
    RETIRE = "UPDATE opening_items SET retired_at = $2 WHERE id = $1 AND retired_at IS NULL";
    /// What was ticked on a business date.
    TICKS = "SELECT item_id, desk, at, by_staff, note FROM opening_ticks WHERE business_date = $1 ORDER BY at, item_id";
    /// Ticked at a desk; who ticked first has ticked it.
    TICK = "INSERT INTO opening_ticks (item_id, business_date, desk, at, by_staff, note) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (item_id, business_date, desk) DO NOTHING";
    /// Not done after all.
    UNTICK = "DELETE FROM opening_ticks WHERE item_id = $1 AND business_date = $2 AND desk = $3";
    /// Whether something was ticked at a desk.
    TICKED = "SELECT count(*) AS ticked FROM opening_ticks WHERE item_id = $1 AND business_date = $2 AND desk = $3";
    /// A photo of it; the newest stays.
    PHOTO = "INSERT INTO opening_photos (item_id, business_date, desk, at, by_staff, mime, bytes) VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (business_date, desk, item_id) DO UPDATE
             SET at = excluded.at, by_staff = excluded.by_staff, mime = excluded.mime, bytes = excluded.bytes";
    /// It goes with its tick.
    DROP_PHOTO = "DELETE FROM opening_photos WHERE item_id = $1 AND business_date = $2 AND desk = $3";
    /// Photos of before a business date are kept no longer.
    FORGET_PHOTOS = "DELETE FROM opening_photos WHERE business_date < $1";
    /// The photos of a business date, without their bytes.
    PHOTOS = "SELECT id, item_id, desk FROM opening_photos WHERE business_date = $1 ORDER BY item_id, id";
    /// One of them.
    BYTES = "SELECT mime, bytes FROM opening_photos WHERE id = $1";
    /// By when it is to be done, in minutes from midnight.
    MINUTE = "SELECT minute FROM opening_time WHERE one = 1";
    /// By when it is to be done from now on.
    PUT_MINUTE = "UPDATE opening_time SET minute = $1 WHERE one = 1";
}

/// A photo is kept for so many days, as what is written of a visitor is; that it was ticked stays.
const PHOTO_DAYS: Days = Days::new(90);

/// The refusal of a name that stands on the list already.
pub const TWICE: &str = "opening_items_name_key";

/// What is to be done before a desk opens.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Item {
    /// Which.
    pub id: i64,
    /// In words: `房态表打印纸`.
    pub name: String,
}

/// One that was ticked.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Ticked {
    /// What.
    pub item_id: i64,
    /// At which desk, by its extension.
    pub desk: String,
    /// When.
    pub at: Moment,
    /// By whom.
    pub by_staff: StaffId,
    /// What is to be said of it.
    pub note: String,
}

/// A photo of something that was ticked.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Photo {
    /// Which.
    pub id: i64,
    /// Of what.
    pub item_id: i64,
    /// At which desk, by its extension.
    pub desk: String,
}

/// A picture as it was taken.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Its media type.
    pub mime: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A desk on a business date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The business date.
    pub date: NaiveDate,
    /// The desk, by its extension.
    pub desk: String,
}

/// The address of the list, for the journal.
const SUBJECT: &str = "shifts/opening";

fn record(tx: &mut Tx, item: i64, word: &'static str) {
    told(tx, word, serde_json::json!({ "item": item }));
}

fn told(tx: &mut Tx, word: &'static str, after: serde_json::Value) {
    let mut change = Change::new("shift", SUBJECT.to_owned(), word);
    change.after = Some(after);
    tx.record(change);
}

/// What stands on the list, in the order in which it was written.
pub async fn items(db: &Db) -> Result<Vec<Item>> {
    db.read(ITEMS).all().await
}

/// What was ticked on a business date.
pub async fn ticks(db: &Db, date: NaiveDate) -> Result<Vec<Ticked>> {
    db.read(TICKS).bind(date.to_string()).all().await
}

/// By when it is to be done, in minutes from midnight.
pub async fn minute(db: &Db) -> Result<i64> {
    db.read(MINUTE).value().await
}

/// Puts something on the list; refused as [`TWICE`] where it stands there.
pub async fn add(db: &Db, stamp: Stamp, name: String) -> Result<i64> {
    db.write(stamp, move |tx| {
        let name = name.clone();
        Box::pin(async move {
            let id: i64 = tx.q(ADD).bind(name).value().await?;
            record(tx, id, "added");
            Ok(id)
        })
    })
    .await
}

/// Takes something off the list. False: it was not on it.
pub async fn retire(db: &Db, stamp: Stamp, item: i64) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let now = tx.now();
            let gone = tx.q(RETIRE).bind(item).bind(now).run().await? > 0;
            if gone {
                record(tx, item, "removed");
            }
            Ok(gone)
        })
    })
    .await
}

/// Says by when it is to be done.
pub async fn put_minute(db: &Db, stamp: Stamp, minute: i64) -> Result<()> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            tx.q(PUT_MINUTE).bind(minute).run().await?;
            told(tx, "changed", serde_json::json!({ "minute": minute }));
            Ok(())
        })
    })
    .await
}

/// Forgets the photos whose time is over on a business date.
async fn forget(tx: &mut Tx, today: NaiveDate) -> Result<()> {
    if let Some(first) = today.checked_sub_days(PHOTO_DAYS) {
        let gone = tx.q(FORGET_PHOTOS).bind(first.to_string()).run().await?;
        if gone > 0 {
            told(tx, "photos_erased", serde_json::json!({ "photos": gone }));
        }
    }
    Ok(())
}

/// Ticks something at a desk. False: it is not on the list.
pub async fn tick(
    db: &Db,
    stamp: Stamp,
    (item, place): (i64, Place),
    by: StaffId,
    note: String,
) -> Result<bool> {
    db.write(stamp, move |tx| {
        let (place, note) = (place.clone(), note.clone());
        Box::pin(async move {
            let stands: i64 = tx.q(STANDS).bind(item).value().await?;
            if stands == 0 {
                return Ok(false);
            }
            forget(tx, place.date).await?;
            let now = tx.now();
            let tick = tx.q(TICK).bind(item).bind(place.date.to_string()).bind(&place.desk);
            if tick.bind(now).bind(by).bind(note).run().await? > 0 {
                told(tx, "ticked", serde_json::json!({ "item": item, "desk": place.desk }));
            }
            Ok(true)
        })
    })
    .await
}

/// Takes a tick away. False: there was none.
pub async fn untick(db: &Db, stamp: Stamp, (item, place): (i64, Place)) -> Result<bool> {
    db.write(stamp, move |tx| {
        let place = place.clone();
        Box::pin(async move {
            let gone = tx.q(UNTICK).bind(item).bind(place.date.to_string()).bind(&place.desk);
            let gone = gone.run().await? > 0;
            if gone {
                let photo = tx.q(DROP_PHOTO).bind(item).bind(place.date.to_string());
                photo.bind(&place.desk).run().await?;
                told(tx, "reopened", serde_json::json!({ "item": item, "desk": place.desk }));
            }
            Ok(gone)
        })
    })
    .await
}

/// Keeps a photo of something that was ticked at a desk. False: it was not.
pub async fn add_photo(
    db: &Db,
    stamp: Stamp,
    (item, place): (i64, Place),
    by: StaffId,
    picture: Picture,
) -> Result<bool> {
    db.write(stamp, move |tx| {
        let (place, picture) = (place.clone(), picture.clone());
        Box::pin(async move {
            let date = place.date.to_string();
            let ticked = tx.q(TICKED).bind(item).bind(&date).bind(&place.desk);
            let ticked: i64 = ticked.value().await?;
            if ticked == 0 {
                return Ok(false);
            }
            forget(tx, place.date).await?;
            let now = tx.now();
            let photo = tx.q(PHOTO).bind(item).bind(&date).bind(&place.desk).bind(now).bind(by);
            photo.bind(picture.mime).bind(picture.bytes).run().await?;
            told(tx, "photo", serde_json::json!({ "item": item, "desk": place.desk }));
            Ok(true)
        })
    })
    .await
}

/// The photos of a business date.
pub async fn photos(db: &Db, date: NaiveDate) -> Result<Vec<Photo>> {
    db.read(PHOTOS).bind(date.to_string()).all().await
}

/// One photo: its media type and bytes.
pub async fn photo(db: &Db, id: i64) -> Result<Option<(String, Vec<u8>)>> {
    db.read(BYTES).bind(id).maybe().await
}

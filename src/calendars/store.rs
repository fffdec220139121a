//! What is kept of calendars: the house's own, and those of contracts.

use std::sync::Arc;

use chrono::{NaiveDate, Weekday};
use chrono_tz::Tz;

use super::Calendar;
use super::spoken::{day, read_week, read_windows, say_day};
use super::week::{Day, Days, Weekly};
use crate::db::{Books, Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{CalendarId, Language};

statements! {
    /// Every calendar, the house's first.
    ALL = "SELECT id, version, name, weekly, house, house_days FROM calendars ORDER BY house DESC, name, id";
    /// One calendar.
    BY_ID = "SELECT id, version, name, weekly, house, house_days FROM calendars WHERE id = $1";
    /// The days of a calendar that are not as their weekday.
    DAYS = "SELECT date, kind, like_day, windows, name FROM calendar_days WHERE calendar_id = $1 ORDER BY date";
    /// The days of the house's calendar.
    HOUSE_DAYS = "SELECT d.date, d.kind, d.like_day, d.windows, d.name FROM calendar_days d
                  JOIN calendars c ON c.id = d.calendar_id WHERE c.house = 1 ORDER BY d.date";
    /// A new calendar: name, week, whether it takes the house's days.
    ADD = "INSERT INTO calendars (name, weekly, house_days) VALUES ($1, $2, $3) RETURNING id";
    /// Another name and week, if the version is still this.
    EDIT = "UPDATE calendars SET name = $3, weekly = $4, house_days = CASE WHEN house = 1 THEN 0 ELSE $5 END, version = version + 1
            WHERE id = $1 AND version = $2";
    /// Its days changed.
    TOUCH = "UPDATE calendars SET version = version + 1 WHERE id = $1 RETURNING version";
    /// A day that is otherwise from now on.
    PUT_DAY = "INSERT INTO calendar_days (calendar_id, date, kind, like_day, windows, name) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (calendar_id, date) DO UPDATE SET kind = excluded.kind, like_day = excluded.like_day, windows = excluded.windows, name = excluded.name";
    /// A day that is as its weekday again.
    DROP_DAY = "DELETE FROM calendar_days WHERE calendar_id = $1 AND date = $2";
}

/// The refusal of a change to a calendar that somebody else changed meanwhile.
pub const STALE: &str = "calendar_stale";
/// The refusal of a name that another calendar has.
pub const NAME_TAKEN: &str = "calendars_name_key";

/// A calendar as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub id: CalendarId,
    /// Rises with every change, of its days too.
    pub version: i64,
    /// Its name.
    pub name: String,
    /// Its windows.
    pub weekly: Weekly,
    /// Whether it is the house's own: its days are those of every hotline.
    pub house: bool,
    /// Whether the house's holidays and extra days count for it too; its own days go before.
    pub house_days: bool,
}

/// A day that is not as its weekday, with the name people gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDay {
    /// The local date.
    pub date: NaiveDate,
    /// What it is.
    pub day: Day,
    /// 春节, 调休 …; may be empty.
    pub name: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: CalendarId,
    version: i64,
    name: String,
    weekly: String,
    house: i64,
    house_days: i64,
}

impl TryFrom<Row> for Kept {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let weekly = read_week(&row.weekly);
        Ok(Self {
            weekly: weekly.map_err(|_| unreadable(row.id, "the week"))?,
            id: row.id,
            version: row.version,
            name: row.name,
            house: row.house == 1,
            house_days: row.house_days == 1,
        })
    }
}

#[derive(sqlx::FromRow)]
struct DayRow {
    date: String,
    kind: String,
    like_day: Option<String>,
    windows: Option<String>,
    name: String,
}

fn unreadable(id: CalendarId, what: &str) -> Error {
    Error::Unreadable(format!("{what} of calendars/{id}"))
}

impl DayRow {
    fn read(self) -> Option<KeptDay> {
        let day = match (self.kind.as_str(), self.like_day, self.windows) {
            ("closed", ..) => Day::Closed,
            ("open", Some(like), _) => Day::Like(day(&like)?),
            ("open", None, Some(windows)) => Day::Open(read_windows(&windows).ok()?),
            _ => return None,
        };
        Some(KeptDay { date: self.date.parse().ok()?, day, name: self.name })
    }
}

/// Every calendar, the house's own first.
pub async fn all(db: &Db) -> Result<Vec<Kept>> {
    all_of(&mut Books::Now(db)).await
}

async fn all_of(books: &mut Books<'_>) -> Result<Vec<Kept>> {
    let rows: Vec<Row> = books.ask(ALL).all().await?;
    rows.into_iter().map(Kept::try_from).collect()
}

/// One calendar.
pub async fn by_id(db: &Db, id: CalendarId) -> Result<Option<Kept>> {
    one_of(&mut Books::Now(db), id).await
}

async fn one_of(books: &mut Books<'_>, id: CalendarId) -> Result<Option<Kept>> {
    let row: Option<Row> = books.ask(BY_ID).bind(id).maybe().await?;
    row.map(Kept::try_from).transpose()
}

/// The days of one calendar that are not as their weekday, in order.
pub async fn days(db: &Db, id: CalendarId) -> Result<Vec<KeptDay>> {
    days_of(&mut Books::Now(db), id).await
}

async fn days_of(books: &mut Books<'_>, id: CalendarId) -> Result<Vec<KeptDay>> {
    let rows: Vec<DayRow> = books.ask(DAYS).bind(id).all().await?;
    let read = |row: DayRow| row.read().ok_or_else(|| unreadable(id, "a day"));
    rows.into_iter().map(read).collect()
}

/// The holidays and extra working days of the house: those of every hotline with hours.
pub async fn house_days(db: &Db) -> Result<Arc<Days>> {
    house_days_of(&mut Books::Now(db)).await
}

async fn house_days_of(books: &mut Books<'_>) -> Result<Arc<Days>> {
    let rows: Vec<DayRow> = books.ask(HOUSE_DAYS).all().await?;
    let read = |row: DayRow| row.read().ok_or_else(|| Error::Unreadable("a day".to_owned()));
    let days = rows.into_iter().map(read).map(|day| day.map(|day| (day.date, day.day)));
    Ok(Arc::new(days.collect::<Result<Days>>()?))
}

/// The house's own working time.
pub async fn house(db: &Db, zone: Tz) -> Result<Calendar> {
    house_of(&mut Books::Now(db), zone).await
}

/// The same, also inside a change.
pub async fn house_of(books: &mut Books<'_>, zone: Tz) -> Result<Calendar> {
    let kept = all_of(books).await?.into_iter().find(|kept| kept.house).ok_or(Error::NotFound)?;
    Ok(Calendar::new(zone, kept.weekly, house_days_of(books).await?))
}

/// The working time of one calendar, with the house's days where it takes them.
pub async fn calendar(db: &Db, id: CalendarId, zone: Tz) -> Result<Option<Calendar>> {
    calendar_of(&mut Books::Now(db), id, zone).await
}

/// The same, also inside a change.
pub async fn calendar_of(
    books: &mut Books<'_>,
    id: CalendarId,
    zone: Tz,
) -> Result<Option<Calendar>> {
    let Some(kept) = one_of(books, id).await? else { return Ok(None) };
    let mut together = if kept.house_days { house_days_of(books).await? } else { Arc::default() };
    let own = days_of(books, id).await?.into_iter().map(|day| (day.date, day.day));
    Arc::make_mut(&mut together).extend(own);
    Ok(Some(Calendar::new(zone, kept.weekly, together)))
}

/// A new calendar; refused as [`NAME_TAKEN`] where another has the name.
pub async fn add(
    db: &Db,
    stamp: Stamp,
    name: String,
    weekly: Weekly,
    house_days: bool,
) -> Result<CalendarId> {
    db.write(stamp, move |tx| {
        let (name, weekly) = (name.clone(), weekly.stored());
        Box::pin(async move {
            let add = tx.q(ADD).bind(name).bind(weekly).bind(i64::from(house_days));
            let id = add.value().await?;
            record(tx, id, "added", 1);
            Ok(id)
        })
    })
    .await
}

/// Changes name and week; refused as [`STALE`] where the version is another.
pub async fn edit(db: &Db, stamp: Stamp, edited: Kept) -> Result<()> {
    db.write(stamp, move |tx| {
        let edited = edited.clone();
        Box::pin(async move {
            let Kept { id, version, name, weekly, house_days, .. } = edited;
            let edit = tx.q(EDIT).bind(id).bind(version).bind(name).bind(weekly.stored());
            if edit.bind(i64::from(house_days)).run().await? == 0 {
                return Err(Error::Refused(STALE.to_owned()));
            }
            record(tx, id, "edited", version + 1);
            Ok(())
        })
    })
    .await
}

/// Says of days that they are otherwise; what was said of them before is forgotten.
pub async fn put_days(db: &Db, stamp: Stamp, id: CalendarId, days: Vec<KeptDay>) -> Result<()> {
    db.write(stamp, move |tx| {
        let days = days.clone();
        Box::pin(async move {
            for KeptDay { date, day, name } in days {
                let (kind, like, windows) = written(&day);
                let put = tx.q(PUT_DAY).bind(id).bind(date.to_string()).bind(kind);
                put.bind(like).bind(windows).bind(name).run().await?;
            }
            let version = tx.q(TOUCH).bind(id).value().await?;
            record(tx, id, "days", version);
            Ok(())
        })
    })
    .await
}

/// Makes a day as its weekday again; `false` where it was.
pub async fn drop_day(db: &Db, stamp: Stamp, id: CalendarId, date: NaiveDate) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            if tx.q(DROP_DAY).bind(id).bind(date.to_string()).run().await? == 0 {
                return Ok(false);
            }
            let version = tx.q(TOUCH).bind(id).value().await?;
            record(tx, id, "days", version);
            Ok(true)
        })
    })
    .await
}

fn written(day: &Day) -> (&'static str, Option<String>, Option<String>) {
    let like = |weekday: Weekday| say_day(weekday, Language::En);
    match day {
        Day::Closed => ("closed", None, None),
        Day::Like(weekday) => ("open", Some(like(*weekday)), None),
        Day::Open(windows) => {
            let windows: Vec<String> = windows.iter().map(ToString::to_string).collect();
            ("open", None, Some(windows.join(", ")))
        }
    }
}

fn record(tx: &mut Tx, id: CalendarId, change: &'static str, version: i64) {
    tx.record(Change::new("calendar", format!("calendars/{id}"), change).version(version));
}

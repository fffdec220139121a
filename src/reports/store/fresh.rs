//! What the sums do not hold: days that changed since they were summed, and calls that came since.
//! Both are read call by call, once for a page, and used for every figure of it.

use chrono::NaiveDate;
use sqlx::FromRow;
use sqlx::types::Json;

use super::super::period::{By, Period};
use super::super::tally::Tally;
use super::figures::{facts, figures};
use super::tallies::Scope;
use crate::db::{Db, Result, statements};

/// Calls counted one by one, by everything a sum can be cut by; the engines write a list differently.
macro_rules! raw {
    ($engine:ident $which:literal) => {
        concat!("SELECT r.business_date, r.week, r.weekday, r.local_hour, r.hotline, r.staff, ", figures!(read),
            " FROM ", facts!($engine $which, " AND (CAST($2 AS TEXT) IS NULL OR f.hotline = $2)
                  AND (CAST($3 AS BIGINT) IS NULL OR f.staff = $3)"),
            " r GROUP BY r.business_date, r.week, r.weekday, r.local_hour, r.hotline, r.staff")
    };
}

statements! {
    /// Days between two dates that are not summed, or no longer as they are.
    MARKED = "SELECT DISTINCT m.business_date FROM report_marks m WHERE m.business_date >= $1 AND m.business_date <= $2 ORDER BY m.business_date";
    /// Calls between two dates that no sum holds yet. The sign keeps SQLite from reading the log for them.
    NEW = sqlite "SELECT n.call_id FROM report_new n JOIN calls c ON c.id = +n.call_id
                  WHERE c.business_date >= $1 AND c.business_date <= $2 ORDER BY n.call_id",
        postgres "SELECT n.call_id FROM report_new n JOIN calls c ON c.id = n.call_id
                  WHERE c.business_date >= $1 AND c.business_date <= $2 ORDER BY n.call_id";
    /// The last day that a sum has, or will have as soon as it is summed; none has the empty one.
    LAST = "SELECT coalesce(max(d.last_day), '') AS last_day FROM (SELECT max(l.business_date) AS last_day FROM report_line_days l
            UNION ALL SELECT max(m.business_date) AS last_day FROM report_marks m) d";
    /// How often new calls were added to the sums.
    FOLDED = "SELECT folded FROM report_head WHERE one = 1";
    /// The days of the JSON list `$1`, call by call.
    RAW = sqlite raw!(sqlite "f.business_date IN (SELECT value FROM json_each($1))"),
        postgres raw!(postgres "f.business_date = ANY (ARRAY(SELECT jsonb_array_elements_text($1)))");
    /// The calls of the JSON list `$4` that are not of the days `$1`.
    RAW_NEW = sqlite raw!(sqlite "f.id IN (SELECT value FROM json_each($4)) AND f.business_date NOT IN (SELECT value FROM json_each($1))"),
        postgres raw!(postgres "f.id = ANY (ARRAY(SELECT CAST(jsonb_array_elements_text($4) AS BIGINT))) AND f.business_date <> ALL (ARRAY(SELECT jsonb_array_elements_text($1)))");
}

/// A page is read again at most so often because calls were added to the sums meanwhile.
const AGAIN: usize = 20;

/// The days of a time that must be read call by call, the calls no sum holds, and both counted.
#[derive(Debug, Clone, Default)]
pub struct Fresh {
    days: Vec<String>,
    new: Vec<i64>,
    rows: Vec<RawRow>,
    /// The last day of the sums.
    last: String,
}

impl Fresh {
    /// The days, as the statements take a list.
    pub(super) fn days(&self) -> Json<&[String]> {
        Json(&self.days)
    }

    /// The days in one text, for the statements that leave them out.
    pub(super) fn named(&self) -> String {
        self.days.join(" ")
    }

    /// The new calls, as the statements take a list.
    pub(super) fn new_calls(&self) -> Json<&[i64]> {
        Json(&self.new)
    }

    /// Whether nothing must be read call by call.
    pub(super) fn is_empty(&self) -> bool {
        self.days.is_empty() && self.new.is_empty()
    }

    /// Whether a time is fresh throughout, so that it needs no sums.
    pub(super) fn covers(&self, scope: &Scope) -> bool {
        let inside = |day: &&String| {
            let day = day.as_str();
            scope.period.from.to_string().as_str() <= day
                && day <= scope.period.to.to_string().as_str()
        };
        let days = self.days.iter().filter(inside).count();
        i64::try_from(days).is_ok_and(|days| days >= scope.period.days())
    }

    /// Whether a day or, by its first seven characters, a month has a day that must be read call by call.
    pub(super) fn touches(&self, date: &str) -> bool {
        self.days.iter().any(|day| day.starts_with(date))
    }

    /// Whether no sum has anything of a day after the end of a time.
    pub(super) fn ends(&self, period: &Period) -> bool {
        self.last <= period.to.to_string()
    }

    /// What was counted between two dates, line by line.
    pub(super) fn rows(&self, from: &str, to: &str) -> impl Iterator<Item = &RawRow> {
        self.rows.iter().filter(move |row| (from..=to).contains(&row.business_date.as_str()))
    }
}

/// Calls of one hour, line and person, counted.
#[derive(Debug, Clone, FromRow)]
pub(super) struct RawRow {
    pub(super) business_date: String,
    week: String,
    weekday: i64,
    pub(super) local_hour: i64,
    hotline: String,
    staff: i64,
    #[sqlx(flatten)]
    pub(super) tally: Tally,
}

impl RawRow {
    pub(super) fn key(&self, by: By) -> String {
        match by {
            By::Hour => self.local_hour.to_string(),
            By::Weekday => self.weekday.to_string(),
            By::Day => self.business_date.clone(),
            By::Week => self.week.clone(),
            By::Month => self.business_date.get(..7).unwrap_or_default().to_owned(),
            By::Person => self.staff.to_string(),
            By::Hotline => self.hotline.clone(),
            By::State | By::Kind | By::Customer | By::Nothing => String::new(),
        }
    }
}

/// Reads what is not summed between two dates, for the hotline and the person of a scope.
pub async fn fresh(db: &Db, scope: &Scope, from: NaiveDate, to: NaiveDate) -> Result<Fresh> {
    let days: Vec<String> =
        db.read(MARKED).bind(from.to_string()).bind(to.to_string()).values().await?;
    let new: Vec<i64> = db.read(NEW).bind(from.to_string()).bind(to.to_string()).values().await?;
    let last: String = db.read(LAST).value().await?;
    let mut fresh = Fresh { days, new, rows: Vec::new(), last };
    let (hotline, person) = (scope.hotline.as_deref(), scope.person.map(|person| person.0));
    if !fresh.days.is_empty() {
        let query = db.read(RAW).bind(fresh.days()).bind(hotline).bind(person);
        fresh.rows = query.all().await?;
    }
    if !fresh.new.is_empty() {
        let query = db.read(RAW_NEW).bind(fresh.days()).bind(hotline).bind(person);
        fresh.rows.extend(query.bind(fresh.new_calls()).all::<RawRow>().await?);
    }
    Ok(fresh)
}

/// Several statements that must not see calls being added to the sums in between: a call that was read
/// as new would be found in a sum as well. What was read is read again until nothing was added.
#[derive(Debug)]
pub struct Turn {
    folded: i64,
    tries: usize,
}

impl Turn {
    /// Before the first statement.
    pub async fn begin(db: &Db) -> Result<Self> {
        Ok(Self { folded: db.read(FOLDED).value().await?, tries: 0 })
    }

    /// After the last one: whether what was read holds.
    pub async fn holds(&mut self, db: &Db) -> Result<bool> {
        let was = std::mem::replace(&mut self.folded, db.read(FOLDED).value().await?);
        self.tries += 1;
        Ok(was == self.folded || self.tries >= AGAIN)
    }
}

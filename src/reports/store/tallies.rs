//! Counting calls: from the sums of months, days and hours; what they do not hold call by call.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::FromRow;

use super::super::period::{By, Period};
use super::super::tally::Tally;
use super::figures::figures;
use super::fresh::{Fresh, Turn, fresh};
use super::spans::Spans;
use crate::db::{Db, Result, Sql, statements};
use crate::kernel::StaffId;

/// Rows of a table of sums, cut by the words `$1` and `$2` where the table has that column.
macro_rules! tallied {
    ($table:literal by [$($cut:ident)+] where $where:literal) => {
        concat!("SELECT CASE $1", $(" WHEN ", cut!($cut)),+, " ELSE '' END AS a, CASE $2",
            $(" WHEN ", cut!($cut)),+, " ELSE '' END AS b, ", figures!(read),
            " FROM ", $table, " r WHERE ", $where, " GROUP BY 1, 2")
    };
}

/// The word of a cut and what it cuts by: [`By::word`].
macro_rules! cut {
    (day) => {
        "'day' THEN r.business_date"
    };
    (week) => {
        "'week' THEN r.week"
    };
    (month_of_day) => {
        "'month' THEN substr(r.business_date, 1, 7)"
    };
    (month) => {
        "'month' THEN r.month"
    };
    (weekday) => {
        "'weekday' THEN CAST(r.weekday AS TEXT)"
    };
    (hotline) => {
        "'hotline' THEN r.hotline"
    };
    (person) => {
        "'person' THEN CAST(r.staff AS TEXT)"
    };
    (hour) => {
        "'hour' THEN CAST(r.local_hour AS TEXT)"
    };
}

statements! {
    /// Days by line and person, cut by `$1` and `$2`, but those that `$6` names.
    DAYS = of tallied!("report_days" by [day week month_of_day weekday hotline person] where "r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
            AND $6 NOT LIKE '%' || r.business_date || '%' AND (CAST($7 AS BIGINT) IS NULL OR r.staff = $7)");
    /// The same without the person.
    LINE_DAYS = of tallied!("report_line_days" by [day week month_of_day weekday hotline] where "r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
            AND $6 NOT LIKE '%' || r.business_date || '%'");
    /// The same with the hour and without the person.
    LINES = of tallied!("report_lines" by [day week month_of_day weekday hotline hour] where "r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
            AND $6 NOT LIKE '%' || r.business_date || '%'");
    /// The same with both.
    HOURS = of tallied!("report_hours" by [day week month_of_day weekday hotline person hour] where "r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
            AND $6 NOT LIKE '%' || r.business_date || '%' AND (CAST($7 AS BIGINT) IS NULL OR r.staff = $7)");
    /// Months by line and person, cut by `$1` and `$2`.
    MONTHS = of tallied!("report_months" by [month hotline person] where "r.month >= $3 AND r.month <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5) AND (CAST($6 AS BIGINT) IS NULL OR r.staff = $6)");
    /// Months by weekday, hour and line.
    MONTH_LINES = of tallied!("report_month_lines" by [month weekday hotline hour] where "r.month >= $3 AND r.month <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)");
}

/// Which calls a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// When they came.
    pub period: Period,
    /// On which hotline, by number; empty for calls of which it is not known; `None` for all.
    pub hotline: Option<String>,
    /// Who answered them; `None` for all.
    pub person: Option<StaffId>,
}

impl Scope {
    /// The same calls of another time.
    #[must_use]
    pub fn over(&self, period: Period) -> Self {
        Self { period, ..self.clone() }
    }
}

/// Tallies by two keys.
pub type Tallies = BTreeMap<(String, String), Tally>;

#[derive(FromRow)]
struct SumRow {
    a: String,
    b: String,
    #[sqlx(flatten)]
    tally: Tally,
}

/// Counts the calls of a scope, cut in two ways; `fresh` must cover its days.
pub async fn tallies(db: &Db, scope: &Scope, fresh: &Fresh, by: [By; 2]) -> Result<Tallies> {
    let [a, b] = by;
    let (from, to) = (scope.period.from.to_string(), scope.period.to.to_string());
    let mut tallies = Tallies::new();
    let mut add = |rows: Vec<SumRow>| {
        for row in rows {
            *tallies.entry((row.a, row.b)).or_default() += row.tally;
        }
    };
    // a time of fresh days alone needs no sums
    if !fresh.covers(scope) {
        let Tables { days, months, persons } = Tables::of(by, scope);
        let spans = Spans::of(&scope.period, months.is_some(), |month| fresh.touches(month));
        let (hotline, person) = (scope.hotline.as_deref(), scope.person.map(|person| person.0));
        for (from, to) in &spans.days {
            let query = db.read(days).bind(a.word()).bind(b.word()).bind(from.to_string());
            let query = query.bind(to.to_string()).bind(hotline).bind(fresh.named());
            let query = if persons { query.bind(person) } else { query };
            add(query.all().await?);
        }
        if let Some(table) = months {
            for (from, to) in &spans.months {
                let query = db.read(table).bind(a.word()).bind(b.word()).bind(from.as_str());
                let query = query.bind(to.as_str()).bind(hotline);
                let query = if persons { query.bind(person) } else { query };
                add(query.all().await?);
            }
        }
    }
    for row in fresh.rows(&from, &to) {
        *tallies.entry((row.key(a), row.key(b))).or_default() += row.tally;
    }
    Ok(tallies)
}

/// Counts the calls of a scope at this moment, cut in two ways.
pub async fn counted(db: &Db, scope: &Scope, by: [By; 2]) -> Result<Tallies> {
    let period = scope.period;
    let mut turn = Turn::begin(db).await?;
    loop {
        let fresh = fresh(db, scope, period.from, period.to).await?;
        let told = tallies(db, scope, &fresh, by).await?;
        if turn.holds(db).await? {
            return Ok(told);
        }
    }
}

/// The smallest tables that know both cuts.
struct Tables {
    days: Sql,
    months: Option<Sql>,
    /// Whether they know persons.
    persons: bool,
}

impl Tables {
    fn of(by: [By; 2], scope: &Scope) -> Self {
        let cuts = |what: &[By]| by.iter().any(|cut| what.contains(cut));
        let persons = cuts(&[By::Person]) || scope.person.is_some();
        let (hours, days) = (cuts(&[By::Hour]), cuts(&[By::Day, By::Week]));
        let (fine, coarse) = match (hours, persons) {
            (true, true) => (HOURS, None),
            (true, false) => (LINES, Some(MONTH_LINES)),
            (false, true) => (DAYS, Some(MONTHS).filter(|_| !cuts(&[By::Weekday]))),
            // the days of a line are few
            (false, false) => (LINE_DAYS, None),
        };
        Self { days: fine, months: coarse.filter(|_| !days), persons }
    }
}

/// All in one.
pub fn sum<'t>(tallies: impl IntoIterator<Item = &'t Tally>) -> Tally {
    let mut all = Tally::default();
    for &one in tallies {
        all += one;
    }
    all
}

/// A tally with its key, as JSON lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Keyed {
    /// The hour, weekday, date, Monday, month, person or hotline.
    pub key: String,
    /// What was counted.
    pub tally: Tally,
}

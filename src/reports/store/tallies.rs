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
    ($table:literal by [$($cut:ident)+] where $where:expr) => {
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

/// Days `$3` to `$4` of a table, on line `$5`, but those that `$6` names.
macro_rules! days {
    ($table:literal by $cuts:tt $($more:literal)?) => {
        tallied!($table by $cuts where concat!(
            "r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)
             AND ($6 = '' OR $6 NOT LIKE '%' || r.business_date || '%')" $(, $more)?))
    };
}

/// The same of the person `$7` alone, of a table that is in the order of persons and days: a row is
/// compared as a whole, so that no planner reads everybody's days for one.
macro_rules! days_of {
    ($table:literal by $cuts:tt) => {
        tallied!($table by $cuts where concat!(
            "(r.staff, r.business_date) >= ($7, $3) AND (r.staff, r.business_date) <= ($7, $4)
             AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5) AND ($6 = '' OR $6 NOT LIKE '%' || r.business_date || '%')"))
    };
}

/// Months `$3` to `$4` of a table, on line `$5`.
macro_rules! months {
    ($table:literal by $cuts:tt $($more:literal)?) => {
        tallied!($table by $cuts where concat!(
            "r.month >= $3 AND r.month <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5)" $(, $more)?))
    };
}

statements! {
    /// Days by line and person, cut by `$1` and `$2`.
    DAYS = of days!("report_days" by [day week month_of_day weekday hotline person]);
    /// The same of the person `$7` alone.
    DAYS_OF = of days!("report_days" by [day week month_of_day weekday hotline person] " AND r.staff = $7");
    /// The same without the person.
    LINE_DAYS = of days!("report_line_days" by [day week month_of_day weekday hotline]);
    /// The same with the hour and without the person.
    LINES = of days!("report_lines" by [day week month_of_day weekday hotline hour]);
    /// The same with both.
    HOURS = of days!("report_hours" by [day week month_of_day weekday hotline person hour]);
    /// The same of the person `$7` alone.
    HOURS_OF = of days_of!("report_hours" by [day week month_of_day weekday hotline person hour]);
    /// Months by line and person, cut by `$1` and `$2`.
    MONTHS = of months!("report_months" by [month hotline person]);
    /// The same of the person `$6` alone.
    MONTHS_OF = of months!("report_months" by [month hotline person] " AND r.staff = $6");
    /// Months by weekday, hour and line.
    MONTH_LINES = of months!("report_month_lines" by [month weekday hotline hour]);
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
        let Tables { days, months } = Tables::of(by, scope);
        let ends = fresh.ends(&scope.period);
        let spans = Spans::of(&scope.period, months.is_some(), ends, |month| fresh.touches(month));
        let (hotline, person) = (scope.hotline.as_deref(), scope.person.map(|person| person.0));
        for (from, to) in &spans.days {
            let query = db.read(days).bind(a.word()).bind(b.word()).bind(from.to_string());
            let query = query.bind(to.to_string()).bind(hotline).bind(fresh.named());
            let query = if let Some(person) = person { query.bind(person) } else { query };
            add(query.all().await?);
        }
        if let Some(table) = months {
            for (from, to) in &spans.months {
                let query = db.read(table).bind(a.word()).bind(b.word()).bind(from.as_str());
                let query = query.bind(to.as_str()).bind(hotline);
                let query = if let Some(person) = person { query.bind(person) } else { query };
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
}

impl Tables {
    fn of(by: [By; 2], scope: &Scope) -> Self {
        let cuts = |what: &[By]| by.iter().any(|cut| what.contains(cut));
        let one = scope.person.is_some();
        let (hours, days, persons) =
            (cuts(&[By::Hour]), cuts(&[By::Day, By::Week]), cuts(&[By::Person]));
        let (fine, coarse) = match (hours, one, persons) {
            (true, true, _) => (HOURS_OF, None),
            (true, false, true) => (HOURS, None),
            (true, false, false) => (LINES, Some(MONTH_LINES)),
            (false, true, _) => (DAYS_OF, Some(MONTHS_OF).filter(|_| !cuts(&[By::Weekday]))),
            (false, false, true) => (DAYS, Some(MONTHS).filter(|_| !cuts(&[By::Weekday]))),
            // the days of a line are few
            (false, false, false) => (LINE_DAYS, None),
        };
        Self { days: fine, months: coarse.filter(|_| !days) }
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

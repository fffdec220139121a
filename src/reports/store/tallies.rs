//! Counting calls: from the sums of months, days and hours; what they do not hold call by call.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use futures_util::future::try_join_all;
use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use super::super::period::{By, Period};
use super::super::tally::Tally;
use super::figures::figures;
use super::fresh::{Fresh, Turn, fresh};
use super::spans::Spans;
use super::tables::{Tables, Which};
use crate::calls::Figure;
use crate::db::{Db, Query, Result};
use crate::kernel::StaffId;

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

/// What is made of tallies, by their keys; of some figures a row has no others.
async fn read<T: Send>(
    query: Query<'_>,
    which: Which,
    of: impl Fn(&Tally) -> T + Send + Sync,
) -> Result<Vec<((String, String), T)>> {
    let made = |(key, tally): ((String, String), Tally)| (key, of(&tally));
    Ok(match which {
        Which::All => {
            let rows: Vec<SumRow> = query.all().await?;
            rows.into_iter().map(|row| made(((row.a, row.b), row.tally))).collect()
        }
        Which::Outcomes => {
            let Json(rows) = query.value::<Json<Vec<_>>>().await?;
            rows.into_iter().map(figures!(kept outcomes)).map(made).collect()
        }
        Which::Ends => {
            let Json(rows) = query.value::<Json<Vec<_>>>().await?;
            rows.into_iter().map(figures!(kept ends)).map(made).collect()
        }
        Which::Manners => {
            let Json(rows) = query.value::<Json<Vec<_>>>().await?;
            rows.into_iter().map(figures!(kept manners)).map(made).collect()
        }
        Which::Causes => {
            let Json(rows) = query.value::<Json<Vec<_>>>().await?;
            rows.into_iter().map(figures!(kept causes)).map(made).collect()
        }
    })
}

/// Counts the calls of a scope, cut in two ways; `fresh` must cover its days.
pub async fn tallies(db: &Db, scope: &Scope, fresh: &Fresh, by: [By; 2]) -> Result<Tallies> {
    some_tallies(db, scope, fresh, by, Which::All).await
}

/// The same of some figures; what else a tally says is not to be read.
pub async fn some_tallies(
    db: &Db,
    scope: &Scope,
    fresh: &Fresh,
    by: [By; 2],
    which: Which,
) -> Result<Tallies> {
    gathered(db, scope, fresh, by, which, |tally| *tally).await
}

/// What is made of each tally, added by both keys: of thousands a tally is more than can be moved about.
async fn gathered<T: Default + AddAssign + Send>(
    db: &Db,
    scope: &Scope,
    fresh: &Fresh,
    by: [By; 2],
    which: Which,
    of: impl Fn(&Tally) -> T + Copy + Send + Sync,
) -> Result<BTreeMap<(String, String), T>> {
    let [a, b] = by;
    let (from, to) = (scope.period.from.to_string(), scope.period.to.to_string());
    let mut tallies = BTreeMap::<(String, String), T>::new();
    let mut queries = Vec::new();
    // a time of fresh days alone needs no sums
    if !fresh.covers(scope) {
        let Tables { days, months } = Tables::of(by, scope, which);
        let ends = fresh.ends(&scope.period);
        let spans = Spans::of(&scope.period, months.is_some(), ends, |month| fresh.touches(month));
        let hour_by_hour = months.is_none() && by.contains(&By::Hour);
        let spans = if hour_by_hour { spans.halved() } else { spans };
        let (hotline, person) = (scope.hotline.as_deref(), scope.person.map(|person| person.0));
        for (from, to) in &spans.days {
            let query = db.read(days).bind(a.word()).bind(b.word()).bind(from.to_string());
            let query = query.bind(to.to_string()).bind(hotline).bind(fresh.named());
            let query = if let Some(person) = person { query.bind(person) } else { query };
            queries.push(query);
        }
        if let Some(table) = months {
            for (from, to) in &spans.months {
                let query = db.read(table).bind(a.word()).bind(b.word()).bind(from.clone());
                let query = query.bind(to.clone()).bind(hotline);
                let query = if let Some(person) = person { query.bind(person) } else { query };
                queries.push(query);
            }
        }
    }
    // beside each other: days and months wait for nothing of one another
    for rows in try_join_all(queries.into_iter().map(|query| read(query, which, of))).await? {
        for (key, tally) in rows {
            *tallies.entry(key).or_default() += tally;
        }
    }
    for row in fresh.rows(&from, &to) {
        *tallies.entry((row.key(a), row.key(b))).or_default() += of(&row.tally);
    }
    Ok(tallies)
}

/// Counts the calls of a scope at this moment, cut in two ways: some figures or all.
pub async fn counted(db: &Db, scope: &Scope, by: [By; 2], which: Which) -> Result<Tallies> {
    let period = scope.period;
    let mut turn = Turn::begin(db).await?;
    loop {
        let fresh = fresh(db, scope, period.from, period.to).await?;
        let told = some_tallies(db, scope, &fresh, by, which).await?;
        if turn.holds(db).await? {
            return Ok(told);
        }
    }
}

/// Counts one figure at this moment, cut in two ways.
pub async fn figure_counted(
    db: &Db,
    scope: &Scope,
    by: [By; 2],
    figure: Figure,
) -> Result<BTreeMap<(String, String), i64>> {
    let (period, which) = (scope.period, Which::of(figure));
    let mut turn = Turn::begin(db).await?;
    loop {
        let fresh = fresh(db, scope, period.from, period.to).await?;
        let told = gathered(db, scope, &fresh, by, which, |tally| tally.of(figure)).await?;
        if turn.holds(db).await? {
            return Ok(told);
        }
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

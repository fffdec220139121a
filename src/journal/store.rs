//! Reading the journal: a page of it, by number, filtered.

use std::collections::BTreeSet;

use sqlx::FromRow;

use crate::db::{Db, Query, Result, statements};
use crate::kernel::{Moment, StaffId};

statements! {
    /// Rows with the name of who did it; a WHERE is to follow.
    ROWS = "SELECT j.seq, j.at, j.by_staff, s.name AS by_name, j.kind, j.subject, j.change, j.version, j.before, j.after, j.why
            FROM journal j LEFT JOIN staff s ON s.id = j.by_staff WHERE 1 = 1";
    /// The first row from a number on, and when it was.
    FROM = "SELECT seq, at FROM journal WHERE seq >= $1 ORDER BY seq LIMIT 1";
    /// What a person did lately, by kind and change.
    DID = "SELECT DISTINCT d.kind, d.change FROM (SELECT j.kind, j.change FROM journal j WHERE j.by_staff = $1
           ORDER BY j.seq DESC LIMIT 5000) d";
}

/// Rows are numbered when they are stored; what they tell may have happened so much earlier, in
/// milliseconds, while the store was away.
const STORED_LATE_MS: i64 = 24 * 60 * 60 * 1000;

/// Which rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this record: `calls/17`.
    pub subject: Option<String>,
    /// Of this sort: `call`.
    pub kind: Option<String>,
    /// Changed so: `answered`.
    pub change: Option<String>,
    /// Done by this person.
    pub by: Option<StaffId>,
    /// Done by the house itself.
    pub by_house: bool,
    /// From this moment on.
    pub from: Option<Moment>,
    /// Before this moment.
    pub to: Option<Moment>,
    /// Older than this number.
    pub before: Option<i64>,
}

/// A row of the journal.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Row {
    /// Its number; gapless and rising.
    pub seq: i64,
    /// When.
    pub at: Moment,
    /// Who; none is the house itself.
    pub by_staff: Option<StaffId>,
    /// Their name.
    pub by_name: Option<String>,
    /// What sort of record.
    pub kind: String,
    /// Which.
    pub subject: String,
    /// How it changed.
    pub change: String,
    /// Its version afterwards.
    pub version: Option<i64>,
    /// What was there before, as JSON.
    pub before: Option<String>,
    /// What is there now, as JSON.
    pub after: Option<String>,
    /// Why, as far as no words of people.
    pub why: Option<String>,
}

/// A page of rows, newest first, and whether there are older ones.
pub async fn page(db: &Db, filter: &Filter, limit: usize) -> Result<(Vec<Row>, bool)> {
    let mut query = narrowed(db.read(ROWS), filter);
    // rows are in order of their storing: a time is a range of numbers, found without reading them
    if let Some(from) = filter.from {
        let first = first_from(db, from).await?;
        query = query.push(" AND j.seq >= ").push_bind(first);
    }
    if let Some(to) = filter.to {
        let first = first_from(db, to.plus_millis(STORED_LATE_MS)).await?;
        query = query.push(" AND j.seq < ").push_bind(first);
    }
    let more = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let query = query.push(" ORDER BY j.seq DESC LIMIT ").push_bind(more);
    let mut rows: Vec<Row> = query.all().await?;
    let older = rows.len() > limit;
    rows.truncate(limit);
    Ok((rows, older))
}

/// What a person did lately: each kind and change once.
pub async fn did(db: &Db, by: StaffId) -> Result<BTreeSet<(String, String)>> {
    let rows: Vec<(String, String)> = db.read(DID).bind(by).all().await?;
    Ok(rows.into_iter().collect())
}

fn narrowed<'q>(query: Query<'q>, filter: &Filter) -> Query<'q> {
    let query = query
        .when(" AND j.subject = ", filter.subject.as_deref())
        .when(" AND j.kind = ", filter.kind.as_deref())
        .when(" AND j.change = ", filter.change.as_deref())
        .when(" AND j.by_staff = ", filter.by)
        .when(" AND j.at >= ", filter.from)
        .when(" AND j.at < ", filter.to)
        .when(" AND j.seq < ", filter.before);
    if filter.by_house { query.push(" AND j.by_staff IS NULL") } else { query }
}

/// The number of the first row that was stored at `at` or later; found by halving.
async fn first_from(db: &Db, at: Moment) -> Result<i64> {
    let (mut low, mut high) = (1, crate::db::head(db).await?.saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        let row: Option<(i64, Moment)> = db.read(FROM).bind(middle).maybe().await?;
        match row {
            Some((seq, when)) if when < at => low = seq + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

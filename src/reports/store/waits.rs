//! How long answered calls waited, on both clocks: past days from their counts, days that changed
//! since call by call.

use sqlx::FromRow;

use super::super::waits::Waits;
use super::tallies::{Fresh, Scope};
use crate::db::{Db, Result, statements};

statements! {
    /// Counted days but those of the JSON list `$4`.
    WAITS = sqlite "SELECT w.clock, w.tenths, CAST(sum(w.n) AS BIGINT) AS n FROM report_waits w
                WHERE w.business_date >= $1 AND w.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR w.hotline = $3)
                    AND w.business_date NOT IN (SELECT value FROM json_each($4)) GROUP BY w.clock, w.tenths",
        postgres "SELECT w.clock, w.tenths, CAST(sum(w.n) AS BIGINT) AS n FROM report_waits w
                WHERE w.business_date >= $1 AND w.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR w.hotline = $3)
                    AND w.business_date NOT IN (SELECT jsonb_array_elements_text($4)) GROUP BY w.clock, w.tenths";
    /// The same of one person.
    PERSON_WAITS = sqlite "SELECT w.clock, w.tenths, CAST(sum(w.n) AS BIGINT) AS n FROM report_person_waits w
                WHERE w.business_date >= $1 AND w.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR w.hotline = $3)
                    AND w.business_date NOT IN (SELECT value FROM json_each($4)) AND w.staff = $5 GROUP BY w.clock, w.tenths",
        postgres "SELECT w.clock, w.tenths, CAST(sum(w.n) AS BIGINT) AS n FROM report_person_waits w
                WHERE w.business_date >= $1 AND w.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR w.hotline = $3)
                    AND w.business_date NOT IN (SELECT jsonb_array_elements_text($4)) AND w.staff = $5 GROUP BY w.clock, w.tenths";
    /// The days of the JSON list `$1`, call by call.
    RAW = sqlite "SELECT w.clock, w.tenths, CAST(count(*) AS BIGINT) AS n FROM call_waits w
                WHERE w.business_date IN (SELECT value FROM json_each($1)) AND w.business_date >= $2 AND w.business_date <= $3
                    AND (CAST($4 AS TEXT) IS NULL OR w.hotline = $4) AND (CAST($5 AS BIGINT) IS NULL OR w.staff = $5)
                GROUP BY w.clock, w.tenths",
        postgres "SELECT w.clock, w.tenths, CAST(count(*) AS BIGINT) AS n FROM call_waits w
                WHERE w.business_date IN (SELECT jsonb_array_elements_text($1)) AND w.business_date >= $2 AND w.business_date <= $3
                    AND (CAST($4 AS TEXT) IS NULL OR w.hotline = $4) AND (CAST($5 AS BIGINT) IS NULL OR w.staff = $5)
                GROUP BY w.clock, w.tenths";
}

/// How long callers waited for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clocks {
    /// From the first ring: the operator's clock.
    pub operator: Waits,
    /// From the first sight of the call: the caller's.
    pub caller: Waits,
}

#[derive(FromRow)]
struct Row {
    clock: String,
    tenths: i64,
    n: i64,
}

/// Reads both clocks of a scope; `fresh` must cover its days.
pub async fn clocks(db: &Db, scope: &Scope, fresh: &Fresh) -> Result<Clocks> {
    let (from, to) = (scope.period.from.to_string(), scope.period.to.to_string());
    let (hotline, person) = (scope.hotline.as_deref(), scope.person.map(|person| person.0));
    let mut clocks = Clocks::default();
    let mut rows: Vec<Row> = Vec::new();
    if i64::try_from(fresh.count()).is_ok_and(|days| days < scope.period.days()) {
        let table = if person.is_some() { PERSON_WAITS } else { WAITS };
        let query = db.read(table).bind(from.as_str()).bind(to.as_str()).bind(hotline);
        let query = query.bind(fresh.days());
        let query = if person.is_some() { query.bind(person) } else { query };
        rows = query.all().await?;
    }
    if fresh.count() > 0 {
        let query = db.read(RAW).bind(fresh.days()).bind(from.as_str()).bind(to.as_str());
        rows.extend(query.bind(hotline).bind(person).all::<Row>().await?);
    }
    for row in rows {
        let clock = if row.clock == "operator" { &mut clocks.operator } else { &mut clocks.caller };
        clock.add(row.tenths, row.n);
    }
    Ok(clocks)
}

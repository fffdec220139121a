//! How long answered calls waited, on both clocks: from the counts of months and days; what those do
//! not hold call by call.

use sqlx::FromRow;

use super::super::waits::Waits;
use super::fresh::Fresh;
use super::spans::Spans;
use super::tallies::Scope;
use crate::db::{Db, Result, statements};

/// The waits of calls on both clocks, one by one; the engines write a list differently.
macro_rules! raw {
    ($which:literal) => {
        concat!(raw!($which, "'operator'", "f.answer_ms", "f.answer_n"), " UNION ALL ",
            raw!($which, "'caller'", "f.wait_ms", "f.wait_n"))
    };
    ($which:literal, $clock:literal, $wait:literal, $has:literal) => {
        concat!("SELECT ", $clock, " AS clock, ", $wait, " / 100 AS tenths, CAST(count(*) AS BIGINT) AS n
            FROM call_facts f WHERE ", $which, " AND ", $has, " = 1 AND f.business_date >= $2 AND f.business_date <= $3
            AND (CAST($4 AS TEXT) IS NULL OR f.hotline = $4) AND (CAST($5 AS BIGINT) IS NULL OR f.staff = $5)
            GROUP BY 1, 2")
    };
}

statements! {
    /// Counted days but those that `$4` names.
    WAITS = "SELECT w.clock, w.tenths, CAST(sum(w.n) AS BIGINT) AS n FROM report_waits w
        WHERE w.business_date >= $1 AND w.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR w.hotline = $3)
            AND $4 NOT LIKE '%' || w.business_date || '%' GROUP BY w.clock, w.tenths";
    /// The same of one person.
    PERSON_WAITS = "SELECT w.clock, w.tenths, CAST(sum(w.n) AS BIGINT) AS n FROM report_person_waits w
        WHERE w.business_date >= $1 AND w.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR w.hotline = $3)
            AND $4 NOT LIKE '%' || w.business_date || '%' AND w.staff = $5 GROUP BY w.clock, w.tenths";
    /// Counted months.
    MONTH_WAITS = "SELECT w.clock, w.tenths, CAST(sum(w.n) AS BIGINT) AS n FROM report_month_waits w
        WHERE w.month >= $1 AND w.month <= $2 AND (CAST($3 AS TEXT) IS NULL OR w.hotline = $3) GROUP BY w.clock, w.tenths";
    /// The same of one person.
    MONTH_PERSON_WAITS = "SELECT w.clock, w.tenths, CAST(sum(w.n) AS BIGINT) AS n FROM report_month_person_waits w
        WHERE w.staff = $4 AND w.month >= $1 AND w.month <= $2 AND (CAST($3 AS TEXT) IS NULL OR w.hotline = $3)
        GROUP BY w.clock, w.tenths";
    /// The days of the JSON list `$1`, call by call.
    RAW = sqlite raw!("f.business_date IN (SELECT value FROM json_each($1))"),
        postgres raw!("f.business_date IN (SELECT jsonb_array_elements_text($1))");
    /// The calls of the JSON list `$6` that are not of the days `$1`.
    RAW_NEW = sqlite raw!("f.id IN (SELECT value FROM json_each($6)) AND f.business_date NOT IN (SELECT value FROM json_each($1))"),
        postgres raw!("f.id IN (SELECT CAST(jsonb_array_elements_text($6) AS BIGINT)) AND f.business_date NOT IN (SELECT jsonb_array_elements_text($1))");
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
    let (hotline, person) = (scope.hotline.as_deref(), scope.person.map(|person| person.0));
    let mut rows: Vec<Row> = Vec::new();
    if !fresh.covers(scope) {
        let spans = Spans::of(&scope.period, true, |month| fresh.touches(month));
        for (from, to) in &spans.days {
            let table = if person.is_some() { PERSON_WAITS } else { WAITS };
            let query = db.read(table).bind(from.to_string()).bind(to.to_string()).bind(hotline);
            let query = query.bind(fresh.named());
            let query = if person.is_some() { query.bind(person) } else { query };
            rows.extend(query.all::<Row>().await?);
        }
        for (from, to) in &spans.months {
            let table = if person.is_some() { MONTH_PERSON_WAITS } else { MONTH_WAITS };
            let query = db.read(table).bind(from.as_str()).bind(to.as_str()).bind(hotline);
            let query = if person.is_some() { query.bind(person) } else { query };
            rows.extend(query.all::<Row>().await?);
        }
    }
    if !fresh.is_empty() {
        let (from, to) = (scope.period.from.to_string(), scope.period.to.to_string());
        let days = db.read(RAW).bind(fresh.days()).bind(from.as_str()).bind(to.as_str());
        rows.extend(days.bind(hotline).bind(person).all::<Row>().await?);
        let new = db.read(RAW_NEW).bind(fresh.days()).bind(from.as_str()).bind(to.as_str());
        let new = new.bind(hotline).bind(person).bind(fresh.new_calls());
        rows.extend(new.all::<Row>().await?);
    }
    let mut clocks = Clocks::default();
    for row in rows {
        let clock = if row.clock == "operator" { &mut clocks.operator } else { &mut clocks.caller };
        if row.n > 0 {
            clock.add(row.tenths, row.n);
        }
    }
    Ok(clocks)
}

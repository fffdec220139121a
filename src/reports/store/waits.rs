//! How long answered calls waited, on both clocks: from the counts of months and days; what those do
//! not hold call by call.

use sqlx::types::Json;

use super::super::waits::Waits;
use super::fresh::Fresh;
use super::spans::Spans;
use super::tallies::Scope;
use super::tenths::tenths;
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

/// Counted waits in one row: a thousand small rows cost more on their way than in the store.
macro_rules! one_row {
    (sqlite $($rows:expr),+) => {
        concat!("SELECT json_group_array(json_array(q.clock, q.tenths, q.n)) AS counted FROM (", $($rows),+, ") q")
    };
    (postgres $($rows:expr),+) => {
        concat!("SELECT coalesce(json_agg(json_build_array(q.clock, q.tenths, q.n)), '[]') AS counted FROM (", $($rows),+, ") q")
    };
}

/// Seconds of waiting of the table, `$which` of its rows, with their tenths: all in one row as well.
macro_rules! seconds {
    ($engine:ident $table:literal $($which:literal)+) => {
        seconds!(@$engine concat!("SELECT w.second", tenths!(summed), " FROM ", $table, " w WHERE ", $($which,)+ " GROUP BY w.second"))
    };
    (@sqlite $rows:expr) => {
        concat!("SELECT json_group_array(json_array(q.second", tenths!(named), ")) AS counted FROM (", $rows, ") q")
    };
    (@postgres $rows:expr) => {
        concat!("SELECT coalesce(json_agg(json_build_array(q.second", tenths!(named), ")), '[]') AS counted FROM (", $rows, ") q")
    };
}

/// Counted days, `$between` `$1` and `$2`, but those that `$4` names.
macro_rules! days {
    ($engine:ident $table:literal $between:literal) => {
        seconds!($engine $table $between " AND (CAST($3 AS TEXT) IS NULL OR w.hotline = $3)
            AND ($4 = '' OR $4 NOT LIKE '%' || w.business_date || '%')")
    };
}

/// Counted months from `$1` to `$2`.
macro_rules! months {
    ($engine:ident $table:literal $more:literal) => {
        seconds!($engine $table "w.month >= $1 AND w.month <= $2 AND (CAST($3 AS TEXT) IS NULL OR w.hotline = $3)" $more)
    };
}

statements! {
    SECONDS = sqlite days!(sqlite "report_seconds" "w.business_date >= $1 AND w.business_date <= $2"),
        postgres days!(postgres "report_seconds" "w.business_date >= $1 AND w.business_date <= $2");
    /// Of the person `$5`; on SQLite a row is compared as a whole, so that without statistics it does not read
    /// everybody's days. PostgreSQL would look through all her days for that.
    PERSON_SECONDS = sqlite days!(sqlite "report_person_seconds" "(w.staff, w.business_date) >= ($5, $1) AND (w.staff, w.business_date) <= ($5, $2)"),
        postgres days!(postgres "report_person_seconds" "w.staff = $5 AND w.business_date >= $1 AND w.business_date <= $2");
    MONTH_SECONDS = sqlite months!(sqlite "report_month_seconds" ""), postgres months!(postgres "report_month_seconds" "");
    /// Of the person `$4`.
    MONTH_PERSON_SECONDS = sqlite months!(sqlite "report_month_person_seconds" " AND w.staff = $4"),
        postgres months!(postgres "report_month_person_seconds" " AND w.staff = $4");
    /// The days of the JSON list `$1`, call by call.
    RAW = sqlite one_row!(sqlite raw!("f.business_date IN (SELECT value FROM json_each($1))")),
        postgres one_row!(postgres raw!("f.business_date = ANY (ARRAY(SELECT jsonb_array_elements_text($1)))"));
    /// The calls of the JSON list `$6` that are not of the days `$1`.
    RAW_NEW = sqlite one_row!(sqlite raw!("f.id IN (SELECT value FROM json_each($6)) AND f.business_date NOT IN (SELECT value FROM json_each($1))")),
        postgres one_row!(postgres raw!("f.id = ANY (ARRAY(SELECT CAST(jsonb_array_elements_text($6) AS BIGINT))) AND f.business_date <> ALL (ARRAY(SELECT jsonb_array_elements_text($1)))"));
}

/// How long callers waited for an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clocks {
    /// From the first ring: the operator's clock.
    pub operator: Waits,
    /// From the first sight of the call: the caller's.
    pub caller: Waits,
}

/// The clock, tenths of a second, and how many calls.
type Counted = Json<Vec<(String, i64, i64)>>;

/// A second and how many calls waited each tenth of it: ten on the operator's clock, ten on the caller's.
type Seconds = Json<Vec<[i64; 21]>>;

impl Clocks {
    fn add(&mut self, rows: Vec<(String, i64, i64)>) {
        for (clock, tenths, n) in rows {
            let clock = if clock == "operator" { &mut self.operator } else { &mut self.caller };
            if n > 0 {
                clock.add(tenths, n);
            }
        }
    }

    fn add_seconds(&mut self, rows: Vec<[i64; 21]>) {
        for [second, counts @ ..] in rows {
            for (place, n) in (0..).zip(counts) {
                let clock = if place < 10 { &mut self.operator } else { &mut self.caller };
                if n > 0 {
                    clock.add(second * 10 + place % 10, n);
                }
            }
        }
    }
}

/// Reads both clocks of a scope; `fresh` must cover its days.
pub async fn clocks(db: &Db, scope: &Scope, fresh: &Fresh) -> Result<Clocks> {
    let (hotline, person) = (scope.hotline.as_deref(), scope.person.map(|person| person.0));
    let mut clocks = Clocks::default();
    if !fresh.covers(scope) {
        let ends = fresh.ends(&scope.period);
        let spans = Spans::of(&scope.period, true, ends, |month| fresh.touches(month));
        for (from, to) in &spans.days {
            let table = if person.is_some() { PERSON_SECONDS } else { SECONDS };
            let query = db.read(table).bind(from.to_string()).bind(to.to_string()).bind(hotline);
            let query = query.bind(fresh.named());
            let query = if person.is_some() { query.bind(person) } else { query };
            clocks.add_seconds(query.value::<Seconds>().await?.0);
        }
        for (from, to) in &spans.months {
            let table = if person.is_some() { MONTH_PERSON_SECONDS } else { MONTH_SECONDS };
            let query = db.read(table).bind(from.as_str()).bind(to.as_str()).bind(hotline);
            let query = if person.is_some() { query.bind(person) } else { query };
            clocks.add_seconds(query.value::<Seconds>().await?.0);
        }
    }
    if !fresh.is_empty() {
        let (from, to) = (scope.period.from.to_string(), scope.period.to.to_string());
        let days = db.read(RAW).bind(fresh.days()).bind(from.as_str()).bind(to.as_str());
        clocks.add(days.bind(hotline).bind(person).value::<Counted>().await?.0);
        let new = db.read(RAW_NEW).bind(fresh.days()).bind(from.as_str()).bind(to.as_str());
        let new = new.bind(hotline).bind(person).bind(fresh.new_calls());
        clocks.add(new.value::<Counted>().await?.0);
    }
    Ok(clocks)
}

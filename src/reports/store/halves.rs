//! Arrivals and talk by weekday and half hour, for staffing. Summed days alone: staffing looks at
//! whole days that are over.

use sqlx::FromRow;

use super::super::period::Period;
use crate::db::{Db, Result, statements};

statements! {
    /// Half hours of a week, summed over the days between two dates; `n` days of that weekday have calls.
    HALVES = "SELECT h.weekday, h.half, CAST(sum(h.arrivals) AS BIGINT) AS arrivals, CAST(sum(h.talk_ms) AS BIGINT) AS talk_ms,
                  CAST(sum(h.talk_n) AS BIGINT) AS talk_n, CAST(sum(h.gone) AS BIGINT) AS gone, CAST(sum(h.waited_ms) AS BIGINT) AS waited_ms
              FROM report_halves h
              WHERE h.business_date >= $1 AND h.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR h.hotline = $3)
              GROUP BY h.weekday, h.half ORDER BY h.weekday, h.half";
}

/// One half hour of the week.
#[expect(clippy::struct_field_names, reason = "which half is what it is about")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Half {
    /// 1 is Monday.
    pub weekday: i64,
    /// 0 to 47: 18 is 9:00 to 9:30.
    pub half: i64,
    /// Calls that came in it, over all days.
    pub arrivals: i64,
    /// How long was talked, in milliseconds.
    pub talk_ms: i64,
    /// Over so many calls.
    pub talk_n: i64,
    /// Callers who left.
    pub gone: i64,
    /// How long all callers waited, those who left and those who were answered, in milliseconds.
    pub waited_ms: i64,
}

/// The half hours of a week over a time.
pub async fn halves(db: &Db, period: &Period, hotline: Option<&str>) -> Result<Vec<Half>> {
    let query = db.read(HALVES).bind(period.from.to_string()).bind(period.to.to_string());
    query.bind(hotline).all().await
}

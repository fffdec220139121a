//! Arrivals and talk by weekday and half hour, for staffing: from the sums, and the calls they do not
//! hold yet.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::super::period::Period;
use super::fresh::Turn;
use crate::db::{Db, Result, statements};

/// Half hours of the calls that are `$among` those no sum holds yet.
macro_rules! new {
    ($among:literal) => {
        concat!("SELECT f.weekday, f.local_hour * 2 + CASE WHEN (c.offered_at + $4) % 3600000 >= 1800000 THEN 1 ELSE 0 END AS half,
               CAST(count(*) AS BIGINT) AS arrivals, CAST(sum(f.talk_ms) AS BIGINT) AS talk_ms, CAST(sum(f.talk_n) AS BIGINT) AS talk_n,
               CAST(sum(f.gone_n) AS BIGINT) AS gone, CAST(sum(f.gone_ms + f.wait_ms) AS BIGINT) AS waited_ms
           FROM call_facts f JOIN calls c ON c.id = f.id
           WHERE f.id ", $among, " AND c.excluded IS NULL
               AND f.business_date >= $1 AND f.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR f.hotline = $3)
           GROUP BY 1, 2")
    };
}

statements! {
    /// Half hours of a week, summed over the days between two dates; `n` days of that weekday have calls.
    HALVES = "SELECT h.weekday, h.half, CAST(sum(h.arrivals) AS BIGINT) AS arrivals, CAST(sum(h.talk_ms) AS BIGINT) AS talk_ms,
                  CAST(sum(h.talk_n) AS BIGINT) AS talk_n, CAST(sum(h.gone) AS BIGINT) AS gone, CAST(sum(h.waited_ms) AS BIGINT) AS waited_ms
              FROM report_halves h
              WHERE h.business_date >= $1 AND h.business_date <= $2 AND (CAST($3 AS TEXT) IS NULL OR h.hotline = $3)
              GROUP BY h.weekday, h.half ORDER BY h.weekday, h.half";
    /// The same of calls that no sum holds yet; `$4` is what the zone's offset is more than whole hours, in milliseconds.
    NEW = sqlite new!("IN (SELECT w.call_id FROM report_new w)"),
        postgres new!("= ANY (ARRAY(SELECT w.call_id FROM report_new w))");
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

/// The half hours of a week over a time. `sub_hour_ms`: what the site's zone is off UTC beyond whole hours.
pub async fn halves(
    db: &Db,
    period: &Period,
    hotline: Option<&str>,
    sub_hour_ms: i64,
) -> Result<Vec<Half>> {
    let mut turn = Turn::begin(db).await?;
    loop {
        let (from, to) = (period.from.to_string(), period.to.to_string());
        let new = db.read(NEW).bind(from.as_str()).bind(to.as_str()).bind(hotline);
        let new: Vec<Half> = new.bind(sub_hour_ms).all().await?;
        let summed = db.read(HALVES).bind(from).bind(to).bind(hotline);
        let mut halves: BTreeMap<(i64, i64), Half> = BTreeMap::new();
        for half in summed.all::<Half>().await?.into_iter().chain(new) {
            let nothing =
                Half { arrivals: 0, talk_ms: 0, talk_n: 0, gone: 0, waited_ms: 0, ..half };
            let sum = halves.entry((half.weekday, half.half)).or_insert(nothing);
            sum.arrivals += half.arrivals;
            sum.talk_ms += half.talk_ms;
            sum.talk_n += half.talk_n;
            sum.gone += half.gone;
            sum.waited_ms += half.waited_ms;
        }
        if turn.holds(db).await? {
            return Ok(halves.into_values().collect());
        }
    }
}

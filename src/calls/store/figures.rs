//! The figures of one business day, as the head of a page shows them.

use chrono::NaiveDate;
use sqlx::FromRow;

use crate::db::{Db, Result, statements};

statements! {
    /// One business day, counted; what is excluded counts only as excluded.
    FIGURES = "SELECT
        CAST(count(*) AS BIGINT) AS seen,
        CAST(coalesce(sum(CASE WHEN excluded IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS excluded,
        CAST(coalesce(sum(CASE WHEN excluded IS NULL AND outcome = 'met' THEN 1 ELSE 0 END), 0) AS BIGINT) AS met,
        CAST(coalesce(sum(CASE WHEN excluded IS NULL AND outcome = 'late' THEN 1 ELSE 0 END), 0) AS BIGINT) AS late,
        CAST(coalesce(sum(CASE WHEN excluded IS NULL AND outcome = 'abandoned' THEN 1 ELSE 0 END), 0) AS BIGINT) AS abandoned,
        CAST(coalesce(sum(CASE WHEN excluded IS NULL AND outcome = 'abandoned_short' THEN 1 ELSE 0 END), 0) AS BIGINT) AS abandoned_short,
        CAST(coalesce(sum(CASE WHEN excluded IS NULL AND outcome IN ('not_offered', 'machine_only') THEN 1 ELSE 0 END), 0) AS BIGINT) AS unserved,
        CAST(coalesce(sum(CASE WHEN excluded IS NULL AND outcome = 'unmeasured' THEN 1 ELSE 0 END), 0) AS BIGINT) AS unmeasured,
        CAST(coalesce(sum(CASE WHEN excluded IS NULL AND within_target IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS counted,
        CAST(coalesce(sum(CASE WHEN excluded IS NULL AND answer_ms IS NOT NULL THEN answer_ms ELSE 0 END), 0) AS BIGINT) AS answer_ms_sum,
        CAST(coalesce(sum(CASE WHEN excluded IS NULL AND answer_ms IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT) AS answer_ms_count
        FROM calls WHERE business_date = $1";
}

/// The calls of one business day. The rate "answered within the promise" is `met` of `counted`,
/// and a dash where nothing was counted.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, FromRow, serde::Serialize, utoipa::ToSchema,
)]
pub struct Figures {
    /// All calls of the day, live ones too.
    pub seen: i64,
    /// Shown, not counted: after hours, outage, test.
    pub excluded: i64,
    /// Answered within the promise.
    pub met: i64,
    /// Answered after it.
    pub late: i64,
    /// The caller left, or the PBX gave up.
    pub abandoned: i64,
    /// The caller left before the second ring.
    pub abandoned_short: i64,
    /// Nobody was rung, or only a machine answered.
    pub unserved: i64,
    /// What was needed was not seen.
    pub unmeasured: i64,
    /// Calls whose outcome counts for the promise, kept or broken.
    pub counted: i64,
    /// Milliseconds from ring to answer, summed over `answer_ms_count` calls.
    pub answer_ms_sum: i64,
    /// Calls with a measured answer.
    pub answer_ms_count: i64,
}

impl Figures {
    /// The mean time to answer in milliseconds; `None` over nothing.
    pub fn answer_ms_mean(&self) -> Option<i64> {
        self.answer_ms_sum.checked_div(self.answer_ms_count)
    }
}

/// The figures of a business date, by an index over that day.
pub async fn figures(db: &Db, date: NaiveDate) -> Result<Figures> {
    db.read(FIGURES).bind(date.to_string()).one().await
}

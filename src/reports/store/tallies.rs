//! Counting calls: from the sums of months, days and hours; what they do not hold call by call.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::FromRow;

use super::super::period::{By, Period};
use super::super::tally::Tally;
use super::fresh::{Fresh, Turn, fresh};
use super::spans::Spans;
use crate::db::{Db, Result, Sql, statements};
use crate::kernel::StaffId;

statements! {
    /// Days by line and person, cut by `$1` and `$2`, but those that `$6` names.
    DAYS = "SELECT CASE $1 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN
        substr(r.business_date, 1, 7) WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN
        'person' THEN CAST(r.staff AS TEXT) ELSE '' END AS a, CASE $2 WHEN 'day' THEN r.business_date WHEN 'week' THEN
        r.week WHEN 'month' THEN substr(r.business_date, 1, 7) WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN
        'hotline' THEN r.hotline WHEN 'person' THEN CAST(r.staff AS TEXT) ELSE '' END AS b, CAST(sum(seen) AS BIGINT)
        AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage)
        AS BIGINT) AS outage, CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS
        BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short, CAST(sum(abandoned) AS BIGINT) AS abandoned,
        CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only,
        CAST(sum(unmeasured) AS BIGINT) AS unmeasured, CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time,
        CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS
        BIGINT) AS rings_sum, CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms,
        CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms, CAST(sum(gone_n) AS BIGINT) AS
        gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
        CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6,
        CAST(sum(hung_caller) AS BIGINT) AS hung_caller, CAST(sum(hung_us) AS BIGINT) AS hung_us,
        CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy)
        AS BIGINT) AS why_busy, CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS
        why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
        CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS
        pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms, CAST(sum(talk_n) AS BIGINT) AS talk_n, CAST(max(answer_max)
        AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max FROM report_days r WHERE r.business_date
        >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5) AND $6 NOT LIKE '%' ||
        r.business_date || '%' AND (CAST($7 AS BIGINT) IS NULL OR r.staff = $7) GROUP BY 1, 2";
    /// The same without the person.
    LINE_DAYS = "SELECT CASE $1 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN
        substr(r.business_date, 1, 7) WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline ELSE
        '' END AS a, CASE $2 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN
        substr(r.business_date, 1, 7) WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline ELSE
        '' END AS b, CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS
        BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage, CAST(sum(test) AS BIGINT) AS test,
        CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short,
        CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS not_offered,
        CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
        CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms,
        CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum, CAST(sum(rings_n) AS
        BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n,
        CAST(sum(gone_ms) AS BIGINT) AS gone_ms, CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1,
        CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3, CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS
        BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
        CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups)
        AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy, CAST(sum(why_away) AS BIGINT) AS why_away,
        CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx,
        CAST(sum(why_unknown) AS BIGINT) AS why_unknown, CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS
        BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
        CAST(sum(talk_n) AS BIGINT) AS talk_n, CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS
        BIGINT) AS wait_max FROM report_line_days r WHERE r.business_date >= $3 AND r.business_date <= $4 AND (CAST($5
        AS TEXT) IS NULL OR r.hotline = $5) AND $6 NOT LIKE '%' || r.business_date || '%' GROUP BY 1, 2";
    /// The same with the hour and without the person.
    LINES = "SELECT CASE $1 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN
        substr(r.business_date, 1, 7) WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN
        'hour' THEN CAST(r.local_hour AS TEXT) ELSE '' END AS a, CASE $2 WHEN 'day' THEN r.business_date WHEN 'week'
        THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7) WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN
        'hotline' THEN r.hotline WHEN 'hour' THEN CAST(r.local_hour AS TEXT) ELSE '' END AS b, CAST(sum(seen) AS
        BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours,
        CAST(sum(outage) AS BIGINT) AS outage, CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met,
        CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short, CAST(sum(abandoned) AS BIGINT) AS
        abandoned, CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only,
        CAST(sum(unmeasured) AS BIGINT) AS unmeasured, CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time,
        CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS
        BIGINT) AS rings_sum, CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms,
        CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms, CAST(sum(gone_n) AS BIGINT) AS
        gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
        CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6,
        CAST(sum(hung_caller) AS BIGINT) AS hung_caller, CAST(sum(hung_us) AS BIGINT) AS hung_us,
        CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy)
        AS BIGINT) AS why_busy, CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS
        why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
        CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS
        pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms, CAST(sum(talk_n) AS BIGINT) AS talk_n, CAST(max(answer_max)
        AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max FROM report_lines r WHERE r.business_date
        >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5) AND $6 NOT LIKE '%' ||
        r.business_date || '%' GROUP BY 1, 2";
    /// The same with both.
    HOURS = "SELECT CASE $1 WHEN 'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN
        substr(r.business_date, 1, 7) WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN
        'person' THEN CAST(r.staff AS TEXT) WHEN 'hour' THEN CAST(r.local_hour AS TEXT) ELSE '' END AS a, CASE $2 WHEN
        'day' THEN r.business_date WHEN 'week' THEN r.week WHEN 'month' THEN substr(r.business_date, 1, 7) WHEN
        'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'person' THEN CAST(r.staff AS TEXT)
        WHEN 'hour' THEN CAST(r.local_hour AS TEXT) ELSE '' END AS b, CAST(sum(seen) AS BIGINT) AS seen,
        CAST(sum(live) AS BIGINT) AS live, CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS
        BIGINT) AS outage, CAST(sum(test) AS BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS
        BIGINT) AS late, CAST(sum(short) AS BIGINT) AS short, CAST(sum(abandoned) AS BIGINT) AS abandoned,
        CAST(sum(not_offered) AS BIGINT) AS not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only,
        CAST(sum(unmeasured) AS BIGINT) AS unmeasured, CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time,
        CAST(sum(answer_ms) AS BIGINT) AS answer_ms, CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS
        BIGINT) AS rings_sum, CAST(sum(rings_n) AS BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms,
        CAST(sum(wait_n) AS BIGINT) AS wait_n, CAST(sum(gone_ms) AS BIGINT) AS gone_ms, CAST(sum(gone_n) AS BIGINT) AS
        gone_n, CAST(sum(r1) AS BIGINT) AS r1, CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3,
        CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6,
        CAST(sum(hung_caller) AS BIGINT) AS hung_caller, CAST(sum(hung_us) AS BIGINT) AS hung_us,
        CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups) AS BIGINT) AS pickups, CAST(sum(why_busy)
        AS BIGINT) AS why_busy, CAST(sum(why_away) AS BIGINT) AS why_away, CAST(sum(why_unreachable) AS BIGINT) AS
        why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx, CAST(sum(why_unknown) AS BIGINT) AS why_unknown,
        CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS
        pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms, CAST(sum(talk_n) AS BIGINT) AS talk_n, CAST(max(answer_max)
        AS BIGINT) AS answer_max, CAST(max(wait_max) AS BIGINT) AS wait_max FROM report_hours r WHERE r.business_date
        >= $3 AND r.business_date <= $4 AND (CAST($5 AS TEXT) IS NULL OR r.hotline = $5) AND $6 NOT LIKE '%' ||
        r.business_date || '%' AND (CAST($7 AS BIGINT) IS NULL OR r.staff = $7) GROUP BY 1, 2";
    /// Months by line and person, cut by `$1` and `$2`.
    MONTHS = "SELECT CASE $1 WHEN 'month' THEN r.month WHEN 'hotline' THEN r.hotline WHEN 'person' THEN CAST(r.staff AS
        TEXT) ELSE '' END AS a, CASE $2 WHEN 'month' THEN r.month WHEN 'hotline' THEN r.hotline WHEN 'person' THEN
        CAST(r.staff AS TEXT) ELSE '' END AS b, CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live,
        CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage, CAST(sum(test) AS
        BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS
        BIGINT) AS short, CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS
        not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
        CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms,
        CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum, CAST(sum(rings_n) AS
        BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n,
        CAST(sum(gone_ms) AS BIGINT) AS gone_ms, CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1,
        CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3, CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS
        BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
        CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups)
        AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy, CAST(sum(why_away) AS BIGINT) AS why_away,
        CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx,
        CAST(sum(why_unknown) AS BIGINT) AS why_unknown, CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS
        BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
        CAST(sum(talk_n) AS BIGINT) AS talk_n, CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS
        BIGINT) AS wait_max FROM report_months r WHERE r.month >= $3 AND r.month <= $4 AND (CAST($5 AS TEXT) IS NULL
        OR r.hotline = $5) AND (CAST($6 AS BIGINT) IS NULL OR r.staff = $6) GROUP BY 1, 2";
    /// Months by weekday, hour and line.
    MONTH_LINES = "SELECT CASE $1 WHEN 'month' THEN r.month WHEN 'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN
        r.hotline WHEN 'hour' THEN CAST(r.local_hour AS TEXT) ELSE '' END AS a, CASE $2 WHEN 'month' THEN r.month WHEN
        'weekday' THEN CAST(r.weekday AS TEXT) WHEN 'hotline' THEN r.hotline WHEN 'hour' THEN CAST(r.local_hour AS
        TEXT) ELSE '' END AS b, CAST(sum(seen) AS BIGINT) AS seen, CAST(sum(live) AS BIGINT) AS live,
        CAST(sum(after_hours) AS BIGINT) AS after_hours, CAST(sum(outage) AS BIGINT) AS outage, CAST(sum(test) AS
        BIGINT) AS test, CAST(sum(met) AS BIGINT) AS met, CAST(sum(late) AS BIGINT) AS late, CAST(sum(short) AS
        BIGINT) AS short, CAST(sum(abandoned) AS BIGINT) AS abandoned, CAST(sum(not_offered) AS BIGINT) AS
        not_offered, CAST(sum(machine_only) AS BIGINT) AS machine_only, CAST(sum(unmeasured) AS BIGINT) AS unmeasured,
        CAST(sum(gone_in_time) AS BIGINT) AS gone_in_time, CAST(sum(answer_ms) AS BIGINT) AS answer_ms,
        CAST(sum(answer_n) AS BIGINT) AS answer_n, CAST(sum(rings_sum) AS BIGINT) AS rings_sum, CAST(sum(rings_n) AS
        BIGINT) AS rings_n, CAST(sum(wait_ms) AS BIGINT) AS wait_ms, CAST(sum(wait_n) AS BIGINT) AS wait_n,
        CAST(sum(gone_ms) AS BIGINT) AS gone_ms, CAST(sum(gone_n) AS BIGINT) AS gone_n, CAST(sum(r1) AS BIGINT) AS r1,
        CAST(sum(r2) AS BIGINT) AS r2, CAST(sum(r3) AS BIGINT) AS r3, CAST(sum(r4) AS BIGINT) AS r4, CAST(sum(r5) AS
        BIGINT) AS r5, CAST(sum(r6) AS BIGINT) AS r6, CAST(sum(hung_caller) AS BIGINT) AS hung_caller,
        CAST(sum(hung_us) AS BIGINT) AS hung_us, CAST(sum(hung_unknown) AS BIGINT) AS hung_unknown, CAST(sum(pickups)
        AS BIGINT) AS pickups, CAST(sum(why_busy) AS BIGINT) AS why_busy, CAST(sum(why_away) AS BIGINT) AS why_away,
        CAST(sum(why_unreachable) AS BIGINT) AS why_unreachable, CAST(sum(why_pbx) AS BIGINT) AS why_pbx,
        CAST(sum(why_unknown) AS BIGINT) AS why_unknown, CAST(sum(pbx_ms) AS BIGINT) AS pbx_ms, CAST(sum(pbx_n) AS
        BIGINT) AS pbx_n, CAST(sum(pbx_late) AS BIGINT) AS pbx_late, CAST(sum(talk_ms) AS BIGINT) AS talk_ms,
        CAST(sum(talk_n) AS BIGINT) AS talk_n, CAST(max(answer_max) AS BIGINT) AS answer_max, CAST(max(wait_max) AS
        BIGINT) AS wait_max FROM report_month_lines r WHERE r.month >= $3 AND r.month <= $4 AND (CAST($5 AS TEXT) IS
        NULL OR r.hotline = $5) GROUP BY 1, 2";
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

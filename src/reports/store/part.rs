//! Calls of a stretch of one day, counted one by one: what is less than an hour no sum knows.

use chrono::NaiveDate;

use super::super::before::Part;
use super::super::period::{By, Period};
use super::super::tally::Tally;
use super::figures::{facts, figures};
use super::fresh::Fresh;
use super::tallies::{Scope, tallies};
use crate::db::{Db, Result, statements};
use crate::kernel::Moment;

/// The calls of a list of numbers, counted in one line; none where there are none.
macro_rules! stretch {
    ($engine:ident $which:literal, $day:literal) => {
        concat!("SELECT ", figures!(read), " FROM ", facts!($engine $which, " AND ", $day, " = $3
                AND (CAST($4 AS TEXT) IS NULL OR f.hotline = $4) AND (CAST($5 AS BIGINT) IS NULL OR f.staff = $5)"),
            " r GROUP BY r.business_date")
    };
}

statements! {
    /// Calls offered from `$1` and before `$2` that belong to the day `$3`. They are found by when they
    /// came, not by their day.
    STRETCH = sqlite stretch!(sqlite "f.id IN (SELECT c.id FROM calls c WHERE c.offered_at >= $1 AND c.offered_at < $2)", "+f.business_date"),
        postgres stretch!(postgres "f.id = ANY (ARRAY(SELECT c.id FROM calls c WHERE c.offered_at >= $1 AND c.offered_at < $2))", "f.business_date");
}

/// Counts a part of a day; `fresh` must cover it.
pub(in crate::reports) async fn part_of(
    db: &Db,
    scope: &Scope,
    fresh: &Fresh,
    part: &Part,
) -> Result<Tally> {
    let day = scope.over(Period { name: "custom", from: part.date, to: part.date });
    let mut counted = Tally::default();
    for ((hour, _), tally) in tallies(db, &day, fresh, [By::Hour, By::Nothing]).await? {
        if hour.parse().is_ok_and(|hour| part.hours.contains(&hour)) {
            counted += tally;
        }
    }
    for &between in &part.rest {
        counted += stretch(db, scope, part.date, between).await?;
    }
    Ok(counted)
}

async fn stretch(
    db: &Db,
    scope: &Scope,
    date: NaiveDate,
    (from, to): (Moment, Moment),
) -> Result<Tally> {
    let query = db.read(STRETCH).bind(from).bind(to).bind(date.to_string());
    let query = query.bind(scope.hotline.as_deref()).bind(scope.person.map(|person| person.0));
    Ok(query.maybe().await?.unwrap_or_default())
}

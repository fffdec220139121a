//! Bookings that come again, and what is done where somebody is in the way of one.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::super::super::acts::Opening;
use super::super::super::doing;
use super::super::super::refusal::Refusal;
use super::super::super::series::{Choices, OnConflict};
use super::super::super::store;
use super::super::act::actor;
use super::super::say::refused;
use super::super::view::views;
use super::Written;
use crate::kernel::Moment;
use crate::rooms::{Skipped, agreed_at, minute_of};
use crate::web::{OnDuty, Problem, Want};

/// The moments of a series: the same wall time each day, week or month, but where the clocks skip it.
fn moments(
    want: &Want,
    first: Moment,
    every: &str,
    times: i64,
) -> Option<Vec<Result<Moment, Skipped>>> {
    let day = &want.kit.day;
    let (date, minute) = (day.date(first), minute_of(day, first));
    let next = |k: i64| match every {
        "daily" => date.checked_add_signed(chrono::TimeDelta::days(k)),
        "weekly" => date.checked_add_signed(chrono::TimeDelta::days(7 * k)),
        "monthly" => date.checked_add_months(chrono::Months::new(u32::try_from(k).ok()?)),
        _ => None,
    };
    (0..times).map(|k| next(k).map(|date| agreed_at(day, date, minute))).collect()
}

/// One occurrence somebody is in the way of.
#[derive(Serialize)]
struct Conflict {
    at: Moment,
    /// Its business date: what a choice names it by.
    date: chrono::NaiveDate,
    /// The time as it is written.
    said: String,
    detail: String,
    /// The clocks skip this time: it can be left out, or begin at the next there is.
    skipped: bool,
    chosen: OnConflict,
}

pub(super) async fn series(
    want: &Want,
    reader: &OnDuty,
    written: &Written,
    opening: Opening,
    every: &str,
) -> Result<Response, Problem> {
    let wrong = || Problem::rules().field("times", |l| l.bookings_wrong_series().to_string());
    let times = written.times.filter(|times| (2..=60).contains(times)).ok_or_else(wrong)?;
    let first = opening.starts_at.ok_or_else(wrong)?;
    let word = match every {
        "daily" => "daily",
        "weekly" => "weekly",
        "monthly" => "monthly",
        _ => return Err(wrong()),
    };
    let at = moments(want, first, word, times).ok_or_else(wrong)?;
    let choices = Choices::read(&written.choice, written.on_conflict.as_deref());
    let choices = choices.ok_or_else(Problem::syntax)?;
    let (db, stamp) = (&want.kit.db, want.stamp());
    let repeats = doing::Repeats { every: word, at, choices };
    let made = match doing::open_series(db, stamp, actor(want, reader), opening, repeats).await? {
        Ok(made) => made,
        Err(refusal) => return Err(refused(want, refusal).await),
    };
    let l = want.messages();
    let mut conflicts = Vec::new();
    for (at, refusal, chosen) in made.conflicts {
        let skipped = matches!(refusal, Refusal::Skipped(_));
        let detail = refused(want, refusal).await.detail(&l);
        let (date, said) = (want.kit.day.date(at), want.spelling().moment(at));
        conflicts.push(Conflict { at, date, said, detail, skipped, chosen });
    }
    if made.done.bookings.is_empty() {
        let line = |one: &Conflict| format!("{} {}", one.said, one.detail);
        let lines: Vec<String> = conflicts.iter().map(line).collect();
        return Err(clash(&lines, &conflicts));
    }
    let house = crate::rooms::store::house(db).await?;
    let bookings = store::by_ids(db, &made.done.bookings).await?;
    let items = views(want, reader, &house, bookings).await?;
    let record =
        serde_json::json!({ "act": made.done.act, "items": items, "conflicts": conflicts });
    want.done("/bookings", &record)
}

/// 409: somebody is in the way of some, and nobody said what then.
pub(in crate::bookings::web) fn clash<T: Serialize>(lines: &[String], conflicts: &T) -> Problem {
    let title = |l: &crate::words::Messages| l.bookings_series_clash().to_string();
    let said = lines.join(" ");
    let detail =
        move |l: &crate::words::Messages| l.bookings_series_choose(said.as_str()).to_string();
    Problem::new(StatusCode::CONFLICT, "series", title, detail)
        .current(&serde_json::json!({ "conflicts": conflicts }))
}

//! Bookings that come again, and what is done where somebody is in the way of one.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::super::super::acts::Opening;
use super::super::super::doing::{self, OnConflict};
use super::super::super::store;
use super::super::act::actor;
use super::super::say::refused;
use super::super::view::views;
use super::Written;
use crate::kernel::Moment;
use crate::rooms::{at_minute, minute_of};
use crate::web::{OnDuty, Problem, Want};

/// The moments of a series: the same wall time each day, week or month.
fn moments(want: &Want, first: Moment, every: &str, times: i64) -> Option<Vec<Moment>> {
    let day = &want.kit.day;
    let (date, minute) = (day.date(first), minute_of(day, first));
    let next = |k: i64| match every {
        "daily" => date.checked_add_signed(chrono::TimeDelta::days(k)),
        "weekly" => date.checked_add_signed(chrono::TimeDelta::days(7 * k)),
        "monthly" => date.checked_add_months(chrono::Months::new(u32::try_from(k).ok()?)),
        _ => None,
    };
    (0..times).map(|k| next(k).map(|date| at_minute(day, date, minute))).collect()
}

/// One occurrence somebody is in the way of.
#[derive(Serialize)]
struct Conflict {
    at: Moment,
    detail: String,
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
    let then = match written.on_conflict.as_deref() {
        None | Some("abort") => OnConflict::Ask,
        Some("skip") => OnConflict::Skip,
        Some("other_room") => OnConflict::OtherRoom,
        Some(_) => return Err(Problem::syntax()),
    };
    let (db, stamp) = (&want.kit.db, want.stamp());
    let repeats = doing::Repeats { every: word, at, then };
    let made = doing::open_series(db, stamp, actor(want, reader), opening, repeats).await?;
    let l = want.messages();
    let mut conflicts = Vec::new();
    for (at, refusal) in made.conflicts {
        let detail = refused(want, refusal).await.detail(&l);
        conflicts.push(Conflict { at, detail });
    }
    if made.done.is_empty() {
        let title = |l: &crate::words::Messages| l.bookings_series_clash().to_string();
        let days: Vec<String> = conflicts
            .iter()
            .map(|one| format!("{} {}", want.spelling().moment(one.at), one.detail))
            .collect();
        let said = days.join(" ");
        let detail =
            move |l: &crate::words::Messages| l.bookings_series_choose(said.as_str()).to_string();
        return Err(Problem::new(StatusCode::CONFLICT, "series", title, detail)
            .current(&serde_json::json!({ "conflicts": conflicts })));
    }
    let ids: Vec<_> = made.done.iter().flat_map(|done| done.bookings.clone()).collect();
    let house = crate::rooms::store::house(db).await?;
    let bookings = store::by_ids(db, &ids).await?;
    let items = views(want, reader, &house, bookings).await?;
    let record = serde_json::json!({ "items": items, "conflicts": conflicts });
    want.done("/bookings", &record)
}

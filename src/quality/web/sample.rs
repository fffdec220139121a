//! `/quality/samples`: a call of an operator is drawn by chance.

use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use rand::RngExt as _;
use serde::Deserialize;

use super::super::store::{self, Draw};
use super::month::{MonthDays, gather};
use super::{RecordView, SCORERS, refused};
use crate::db;
use crate::kernel::StaffId;
use crate::web::{Input, Problem, Reader, Want, maybe_text};

/// Whose calls of which days; nothing asks for this month.
#[derive(Deserialize)]
pub(super) struct Wanted {
    person: String,
    #[serde(default, deserialize_with = "maybe_text")]
    from: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    to: Option<String>,
}

/// Draws a call by chance and opens its sheet.
pub(super) async fn draw(
    want: Want,
    reader: Reader,
    Input(wanted): Input<Wanted>,
) -> Result<Response, Problem> {
    reader.may(SCORERS)?;
    let today = want.kit.day.date(want.now);
    let chance: u64 = rand::rng().random();
    match drawn(&want, &wanted, today, chance).await {
        Ok(record) => want.done(&format!("/quality/{}", record.sheet.id), &record),
        Err(problem) if problem.has_fields() && !want.json => {
            let day = wanted.from.as_deref().and_then(|from| from.parse().ok()).unwrap_or(today);
            let person = wanted.person.parse().ok();
            let mut page = gather(&want, &reader, MonthDays::of(day), person).await?;
            page.view.errors = problem.fields(&want.messages());
            want.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(problem) => Err(problem),
    }
}

async fn drawn(
    want: &Want,
    wanted: &Wanted,
    today: NaiveDate,
    chance: u64,
) -> Result<RecordView, Problem> {
    let usual = MonthDays::of(today);
    let date =
        |text: Option<&str>, usual: NaiveDate| text.map_or(Some(usual), |text| text.parse().ok());
    let (from, to) =
        (date(wanted.from.as_deref(), usual.first), date(wanted.to.as_deref(), usual.last));
    let operator = wanted.person.trim().parse::<StaffId>().ok();
    let mut wrong = Problem::rules();
    if operator.is_none() {
        wrong = wrong.field("person", |l| l.quality_wrong_person().to_string());
    }
    for (field, day) in [("from", from), ("to", to)] {
        if day.is_none() {
            wrong = wrong.field(field, |l| l.quality_wrong_day().to_string());
        }
    }
    let (Some(operator), Some(from), Some(to)) = (operator, from, to) else { return Err(wrong) };
    if to < from {
        return Err(wrong.field("to", |l| l.quality_wrong_order().to_string()));
    }
    let day = want.kit.day;
    let end = day.begin(to.succ_opt().unwrap_or(to));
    let draw = Draw { operator, from: day.begin(from), to: end, chance };
    let db = &want.kit.db;
    let id = match store::draw(db, want.stamp(), draw).await {
        Err(db::Error::NotFound) => {
            return Err(wrong.field("person", |l| l.quality_wrong_person().to_string()));
        }
        drawn => drawn.map_err(refused)?,
    };
    let (sheet, saves) = store::one(db, id).await?;
    Ok(RecordView::of(&sheet, &saves))
}

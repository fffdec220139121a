//! Holidays and extra working days: a range is named at once, a day is taken back alone.

use std::collections::BTreeMap;

use axum::response::Response;
use chrono::{Datelike as _, NaiveDate};
use serde::Deserialize;

use super::super::spoken::{day, read_windows};
use super::super::store::{self, KeptDay};
use super::super::week::Day;
use super::{CalendarView, Fields, KEEPERS, NAME_MOST, one, one_page};
use crate::kernel::CalendarId;
use crate::web::{At, Input, Problem, Reader, Want, maybe_text};

/// A range has at most so many days.
const RANGE_MOST: usize = 62;

/// Days as somebody names them; also what stands in the fields.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    pub(super) from: String,
    /// The last day; the first alone where absent.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) to: Option<String>,
    /// `closed` or `open`.
    pub(super) kind: String,
    /// The weekday they are worked like.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) like: Option<String>,
    /// Windows of their own.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) windows: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) name: Option<String>,
    #[serde(skip)]
    pub(super) errors: BTreeMap<&'static str, String>,
}

impl Asked {
    pub(super) fn to(&self) -> &str {
        self.to.as_deref().unwrap_or_default()
    }

    pub(super) fn windows(&self) -> &str {
        self.windows.as_deref().unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    pub(super) fn is_open(&self) -> bool {
        self.kind == "open"
    }

    pub(super) fn is_like(&self, weekday: &str) -> bool {
        self.like.as_deref() == Some(weekday)
    }

    fn read(&self) -> Result<Vec<KeptDay>, Problem> {
        let mut problem = Problem::rules();
        let date = |text: &str| {
            let date: Option<NaiveDate> = text.trim().parse().ok();
            date.filter(|date| (2000..2200).contains(&date.year()))
        };
        let from = date(&self.from);
        if from.is_none() {
            problem = problem.field("from", |l| l.calendars_wrong_date().to_string());
        }
        let to = self.to.as_deref().map_or(from, date);
        let range = from.zip(to).filter(|(from, to)| from <= to);
        let dates: Vec<NaiveDate> = range.map_or_else(Vec::new, |(from, to)| {
            from.iter_days().take_while(|date| *date <= to).take(RANGE_MOST + 1).collect()
        });
        if from.is_some() && (dates.is_empty() || dates.len() > RANGE_MOST) {
            problem = problem.field("to", |l| l.calendars_wrong_range(RANGE_MOST).to_string());
        }
        let name = self.name().trim().to_owned();
        if name.chars().count() > NAME_MOST || name.chars().any(char::is_control) {
            problem = problem.field("name", |l| l.calendars_wrong_name().to_string());
        }
        let day = match self.day() {
            Ok(day) => day,
            Err((field, text)) => {
                return Err(problem.field(field, move |l| match field {
                    "windows" => l.calendars_wrong_weekly(text.as_str()).to_string(),
                    _ => l.calendars_wrong_kind().to_string(),
                }));
            }
        };
        if problem.has_fields() {
            return Err(problem);
        }
        let kept = |date| KeptDay { date, day: day.clone(), name: name.clone() };
        Ok(dates.into_iter().map(kept).collect())
    }

    fn day(&self) -> Result<Day, (&'static str, String)> {
        match (self.kind.as_str(), self.windows.as_deref(), self.like.as_deref()) {
            ("closed", ..) => Ok(Day::Closed),
            ("open", Some(windows), _) => {
                read_windows(windows).map(Day::Open).map_err(|wrong| ("windows", wrong.0))
            }
            ("open", None, Some(like)) => {
                day(like).map(Day::Like).ok_or_else(|| ("kind", like.to_owned()))
            }
            (other, ..) => Err(("kind", other.to_owned())),
        }
    }
}

pub(super) async fn put(
    want: Want,
    reader: Reader,
    At(id): At<CalendarId>,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let kept = one(&want, id).await?;
    match asked.read() {
        Ok(days) => {
            store::put_days(&want.kit.db, want.stamp(), id, days).await?;
            let now = one(&want, id).await?;
            let place = format!("/admin/calendars/{id}");
            want.done(&place, &CalendarView::of(&now, want.language))
        }
        Err(problem) if !want.json => {
            let l = want.messages();
            let form = Fields {
                name: kept.name.clone(),
                weekly: kept.weekly.lines(want.language).join("\n"),
                house: kept.house,
                house_days: kept.house_days,
                errors: BTreeMap::new(),
            };
            let asked = Asked { errors: problem.fields(&l), ..asked };
            want.page_with(problem.status, &one_page(&want, &reader, &kept, form, asked).await?)
        }
        Err(problem) => Err(problem),
    }
}

pub(super) async fn drop_one(
    want: Want,
    reader: Reader,
    At((id, date)): At<(CalendarId, NaiveDate)>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    if !store::drop_day(&want.kit.db, want.stamp(), id, date).await? {
        return Err(Problem::not_found());
    }
    let kept = one(&want, id).await?;
    let place = format!("/admin/calendars/{id}");
    want.done(&place, &CalendarView::of(&kept, want.language))
}

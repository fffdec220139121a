//! Making the roster: a shift, or the same one on several days.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::roster::{Kind, NewShift};
use super::super::store::roster;
use super::day::{ShiftView, page};
use super::{KEEPERS, Panel, when};
use crate::calendars;
use crate::db;
use crate::kernel::{Moment, Role, ShiftId, StaffId};
use crate::web::{At, Input, Problem, Reader, Want, flag, maybe_number, maybe_text, number};

/// A shift is put on at most so many days at once.
const DAYS_MOST: usize = 62;

/// A shift as somebody writes it; also what stands in the fields.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    #[serde(deserialize_with = "number")]
    pub(super) staff: i64,
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) role: Option<String>,
    /// The hotline's number; all where absent.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) hotline: Option<String>,
    /// `duty` or `on_call`.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) kind: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) rank: Option<i64>,
    pub(super) date: String,
    /// The last day; the first alone where absent.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) last: Option<String>,
    /// Only on days on which the house works.
    #[serde(default, deserialize_with = "flag")]
    pub(super) working_days: bool,
    pub(super) from: String,
    /// Not after `from` means the day after.
    pub(super) to: String,
    #[serde(skip)]
    pub(super) errors: BTreeMap<&'static str, String>,
}

impl Fields {
    pub(super) fn is_staff(&self, id: impl Borrow<StaffId>) -> bool {
        self.staff == id.borrow().0
    }

    pub(super) fn is_hotline(&self, number: &str) -> bool {
        self.hotline.as_deref() == Some(number)
    }

    pub(super) fn is_role(&self, role: impl Borrow<Role>) -> bool {
        self.role.as_deref().unwrap_or("operator") == role.borrow().name()
    }

    pub(super) fn is_on_call(&self) -> bool {
        self.kind.as_deref() == Some("on_call")
    }

    pub(super) fn rank(&self) -> i64 {
        self.rank.unwrap_or(1)
    }

    pub(super) fn last(&self) -> &str {
        self.last.as_deref().unwrap_or_default()
    }

    async fn read(&self, panel: &Panel, want: &Want) -> Result<Vec<NewShift>, Problem> {
        let mut problem = Problem::rules();
        let date: Option<NaiveDate> = self.date.trim().parse().ok();
        if date.is_none() {
            problem = problem.field("date", |l| l.calendars_wrong_date().to_string());
        }
        let last = self.last.as_deref().map_or(date, |last| last.trim().parse().ok());
        let dates: Vec<NaiveDate> = date.zip(last).map_or_else(Vec::new, |(first, last)| {
            first.iter_days().take_while(|day| *day <= last).take(DAYS_MOST + 1).collect()
        });
        if date.is_some() && (dates.is_empty() || dates.len() > DAYS_MOST) {
            problem = problem.field("last", |l| l.calendars_wrong_range(DAYS_MOST).to_string());
        }
        let (from, to) = (when::time(&self.from), when::time(&self.to));
        for (name, time) in [("from", from), ("to", to)] {
            if time.is_none() {
                problem = problem.field(name, |l| l.shifts_wrong_time().to_string());
            }
        }
        let role = self.role.as_deref().unwrap_or("operator").parse::<Role>().ok();
        let kind = Kind::from_name(self.kind.as_deref().unwrap_or("duty"));
        if role.is_none() || kind.is_none() {
            problem = problem.field("kind", |l| l.shifts_wrong_kind().to_string());
        }
        if !(1..=9).contains(&self.rank()) {
            problem = problem.field("rank", |l| l.shifts_wrong_rank().to_string());
        }
        let known = |number: &String| panel.lines.iter().any(|line| line.number == *number);
        if self.hotline.as_ref().is_some_and(|number| !known(number)) {
            problem = problem.field("hotline", |l| l.shifts_wrong_hotline().to_string());
        }
        let db = &want.kit.db;
        let person = super::super::store::person(db, StaffId(self.staff), want.now).await?;
        if person.is_none() {
            problem = problem.field("staff", |l| l.shifts_wrong_staff().to_string());
        }
        let (Some(from), Some(to), Some(role), Some(kind)) = (from, to, role, kind) else {
            return Err(problem);
        };
        if problem.has_fields() {
            return Err(problem);
        }
        let zone = want.kit.day.zone;
        let house = calendars::store::house(db, zone).await?;
        let mut shifts = Vec::new();
        for date in dates {
            if self.working_days && house.on(date).is_empty() {
                continue;
            }
            let end = if to <= from { date.succ_opt().unwrap_or(date) } else { date };
            let bounds = when::local(zone, date, from).zip(when::local(zone, end, to));
            let Some((from, to)) = bounds else {
                return Err(problem.field("from", |l| l.shifts_wrong_skipped().to_string()));
            };
            shifts.push(self.shift(role, kind, from, to));
        }
        Ok(shifts)
    }

    fn shift(&self, role: Role, kind: Kind, from: Moment, to: Moment) -> NewShift {
        let (staff, rank) = (StaffId(self.staff), self.rank());
        NewShift { staff, role, hotline: self.hotline.clone(), kind, rank, from, to }
    }
}

pub(super) async fn add(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Input(written): Input<Fields>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let added = async {
        let shifts = written.read(&panel, &want).await?;
        let added = want.kit.db.write(want.stamp(), move |tx| {
            let shifts = shifts.clone();
            Box::pin(async move {
                let mut ids = Vec::new();
                for shift in shifts {
                    ids.push(roster::add_in(tx, shift).await?);
                }
                Ok(ids)
            })
        });
        added.await.map_err(refused)
    };
    match added.await {
        Ok(ids) if want.json => {
            let body = serde_json::json!({ "items": ids });
            want.json_with(StatusCode::CREATED, &body)
        }
        Ok(_) => want.done(&format!("/shifts?date={}", written.date.trim()), &()),
        Err(problem) if problem.has_fields() && !want.json => {
            let today = want.now.utc().with_timezone(&want.kit.day.zone).date_naive();
            let date = written.date.trim().parse().unwrap_or(today);
            let form = Fields { errors: problem.fields(&want.messages()), ..written };
            want.page_with(problem.status, &page(&panel, &want, &reader, date, form).await?)
        }
        Err(problem) => Err(problem),
    }
}

fn refused(error: db::Error) -> Problem {
    if error.is_refusal(roster::OVERLAP) {
        Problem::rules().field("from", |l| l.shifts_wrong_overlap().to_string())
    } else {
        error.into()
    }
}

pub(super) async fn remove(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<ShiftId>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let shift = roster::by_id(&want.kit.db, id).await?.ok_or_else(Problem::not_found)?;
    if !roster::remove(&want.kit.db, want.stamp(), id).await? {
        return Err(Problem::not_found());
    }
    let date = shift.from.utc().with_timezone(&want.kit.day.zone).date_naive();
    want.done(&format!("/shifts?date={date}"), &ShiftView::of(shift, &panel))
}

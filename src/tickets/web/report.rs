//! `/reports/faults`: the summary of a day or a week. Handed in, it is frozen; the head reads it and answers.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use chrono::{Datelike as _, Days, NaiveDate};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde::{Deserialize, Serialize};

use super::super::store::reports::{self, Figures, Kept, Line};
use super::{READERS, WRITERS, say};
use crate::kernel::Role;
use crate::web::csv::Csv;
use crate::web::{Filter, Frame, Input, Place, Problem, Reader, Want, maybe_text};

/// A day or a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Period {
    Day,
    Week,
}

impl Period {
    const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
        }
    }
}

/// A rate in tenths of a percent; nothing over nothing.
fn rate(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let tenths = part * 1000 / whole;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

/// A figure with its name, as the page shows it.
#[derive(Debug, Clone)]
struct Tile {
    name: String,
    value: String,
    of: String,
}

#[derive(Template, Serialize)]
#[template(path = "tickets/report.html")]
struct ReportPage {
    #[serde(skip)]
    frame: Frame,
    period: Period,
    #[serde(flatten)]
    figures: Figures,
    /// When it was handed in; `None`: these are the figures as they are now.
    submitted_at: Option<crate::kernel::Moment>,
    submitted_by: Option<String>,
    remarks: String,
    read_at: Option<crate::kernel::Moment>,
    read_by: Option<String>,
    answer: String,
    #[serde(skip)]
    tiles: Vec<Tile>,
    #[serde(skip)]
    goal_names: Vec<(String, String, String)>,
    #[serde(skip)]
    title: String,
    #[serde(skip)]
    before: String,
    #[serde(skip)]
    after: String,
    #[serde(skip)]
    submits: bool,
    #[serde(skip)]
    reads: bool,
    #[serde(skip)]
    oldest: String,
}

/// `?period=week&date=2026-11-23`
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_text")]
    period: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    date: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    remarks: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    answer: Option<String>,
}

impl Asked {
    /// The period, its first and its last business date.
    fn read(&self, want: &Want) -> Result<(Period, NaiveDate, NaiveDate), Problem> {
        let period = match self.period.as_deref() {
            None | Some("day") => Period::Day,
            Some("week") => Period::Week,
            Some(_) => return Err(Problem::syntax()),
        };
        let date = match &self.date {
            None => want.kit.day.date(want.now),
            Some(text) => text.parse().map_err(|_| Problem::syntax())?,
        };
        if period == Period::Day {
            return Ok((period, date, date));
        }
        let from = date - Days::new(u64::from(date.weekday().num_days_from_monday()));
        Ok((period, from, from + Days::new(6)))
    }
}

/// The figures: as they were handed in, or as they are now.
async fn figures(
    want: &Want,
    period: Period,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<(Figures, Option<Kept>), Problem> {
    let db = &want.kit.db;
    let kept = reports::kept(db, period.name(), &from.to_string()).await?;
    if let Some(kept) = kept {
        let figures = serde_json::from_str(&kept.figures).map_err(Problem::broken)?;
        return Ok((figures, Some(kept)));
    }
    let month = to - Days::new(30);
    let dates = (from.to_string(), to.to_string(), month.to_string());
    let dates = (dates.0.as_str(), dates.1.as_str(), dates.2.as_str());
    let figures = reports::figures(db, dates, want.kit.day.zone, want.now).await?;
    Ok((figures, None))
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let (period, from, to) = asked.read(&want)?;
    let (figures, kept) = figures(&want, period, from, to).await?;
    want.page(&page(&want, &reader, period, figures, kept, from))
}

fn page(
    want: &Want,
    reader: &Reader,
    period: Period,
    figures: Figures,
    kept: Option<Kept>,
    from: NaiveDate,
) -> ReportPage {
    let l = want.messages();
    let spelling = want.spelling();
    let tile = |name: String, value: String, of: String| Tile { name, value, of };
    let n = |number: i64| number.to_string();
    let tiles = vec![
        tile(l.tickets_report_came().to_string(), n(figures.came), String::new()),
        tile(
            l.tickets_report_solved().to_string(),
            n(figures.solved),
            rate(figures.solved, figures.came),
        ),
        tile(l.tickets_report_open().to_string(), n(figures.open), String::new()),
        tile(
            l.tickets_report_first().to_string(),
            rate(figures.first_call, figures.came),
            format!("{}/{}", figures.first_call, figures.came),
        ),
        tile(l.tickets_report_reopened().to_string(), n(figures.reopened), String::new()),
    ];
    let goal_names = figures.goals.iter().map(|goal| {
        let name = goal.metric.parse().map(|metric| say::metric(&l, metric)).unwrap_or_default();
        (name, rate(goal.met, goal.number), format!("{}/{}", goal.met, goal.number))
    });
    let step = if period == Period::Day { 1 } else { 7 };
    let oldest = figures.oldest.as_ref().map(|(no, at)| format!("{no}·{}", spelling.moment(*at)));
    let first = NaiveDate::parse_from_str(&figures.from, "%Y-%m-%d").unwrap_or(from);
    let heading = match period {
        Period::Day => l.tickets_report_day(spelling.day(first)).to_string(),
        Period::Week => {
            let last = NaiveDate::parse_from_str(&figures.to, "%Y-%m-%d").unwrap_or(from);
            l.tickets_report_week(spelling.day(first), spelling.day(last)).to_string()
        }
    };
    ReportPage {
        tiles,
        goal_names: goal_names.collect(),
        title: heading,
        before: (from - Days::new(step)).to_string(),
        after: (from + Days::new(step)).to_string(),
        submits: kept.is_none() && reader.roles.has_any(WRITERS) && reader.in_browser(),
        reads: kept.as_ref().is_some_and(|kept| kept.read_at.is_none())
            && reader.roles.has(Role::Head),
        oldest: oldest.unwrap_or_default(),
        period,
        submitted_at: kept.as_ref().map(|kept| kept.submitted_at),
        submitted_by: kept.as_ref().map(|kept| kept.submitted_name.clone()),
        remarks: kept.as_ref().map(|kept| kept.remarks.clone()).unwrap_or_default(),
        read_at: kept.as_ref().and_then(|kept| kept.read_at),
        read_by: kept.as_ref().map(|kept| kept.read_name.clone()).filter(|name| !name.is_empty()),
        answer: kept.map(|kept| kept.answer).unwrap_or_default(),
        figures,
        frame: want.frame(Place::FaultReport),
    }
}

fn conflict(already: fn(&crate::words::Messages) -> String) -> Problem {
    let title = |l: &crate::words::Messages| l.tickets_report_already_title().to_string();
    Problem::new(axum::http::StatusCode::CONFLICT, "already", title, already)
}

pub(super) async fn submit(
    want: Want,
    reader: Reader,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let (period, from, to) = asked.read(&want)?;
    let (figures, kept) = figures(&want, period, from, to).await?;
    let already = |l: &crate::words::Messages| l.tickets_report_already().to_string();
    if kept.is_some() {
        return Err(conflict(already));
    }
    let text = serde_json::to_string(&figures).map_err(Problem::broken)?;
    let remarks = asked.remarks.unwrap_or_default();
    let done =
        reports::submit(&want.kit.db, want.stamp(), period.name(), from.to_string(), text, remarks)
            .await?;
    if !done {
        return Err(conflict(already));
    }
    want.done(&format!("/reports/faults?period={}&date={from}", period.name()), &figures)
}

pub(super) async fn read(
    want: Want,
    reader: Reader,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    reader.may(&[Role::Head])?;
    let by = reader.staff().ok_or_else(Problem::forbidden)?;
    let (period, from, to) = asked.read(&want)?;
    let (figures, kept) = figures(&want, period, from, to).await?;
    if kept.is_none() {
        return Err(Problem::not_found());
    }
    let answer = asked.answer.unwrap_or_default();
    if !reports::read(&want.kit.db, want.stamp(), period.name(), from.to_string(), by, answer)
        .await?
    {
        return Err(conflict(|l| l.tickets_report_read_already().to_string()));
    }
    want.done(&format!("/reports/faults?period={}&date={from}", period.name()), &figures)
}

/// The cells of one ticket.
fn cells(want: &Want, line: &Line) -> [String; 12] {
    let l = want.messages();
    let spelling = want.spelling();
    let state = line.state.parse().map(|state| say::state(&l, state)).unwrap_or_default();
    [
        line.no.clone(),
        line.business_date.clone(),
        spelling.moment(line.opened_at),
        line.company.clone(),
        line.place.clone(),
        line.serial.clone(),
        line.symptom.clone(),
        line.category.clone(),
        say::priority(&l, line.priority),
        state,
        line.resolved_at.map(|at| spelling.moment(at)).unwrap_or_default(),
        line.owner.clone(),
    ]
}

fn headings(want: &Want) -> [String; 12] {
    let l = want.messages();
    [
        l.tickets_no().to_string(),
        l.tickets_report_date().to_string(),
        l.tickets_opened().to_string(),
        l.tickets_company().to_string(),
        l.tickets_place().to_string(),
        l.tickets_serial().to_string(),
        l.tickets_symptom().to_string(),
        l.tickets_category().to_string(),
        l.tickets_priority().to_string(),
        l.tickets_state().to_string(),
        l.tickets_resolved().to_string(),
        l.tickets_owner().to_string(),
    ]
}

async fn lines(
    want: &Want,
    reader: &Reader,
    asked: &Asked,
) -> Result<(String, Vec<Line>), Problem> {
    reader.may(READERS)?;
    let (_, from, to) = asked.read(want)?;
    let lines = reports::lines(&want.kit.db, &from.to_string(), &to.to_string()).await?;
    Ok((format!("faults-{from}"), lines))
}

pub(super) async fn csv(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    let (name, lines) = lines(&want, &reader, &asked).await?;
    let headings = headings(&want);
    let mut table = Csv::with_headings(headings.iter().map(String::as_str));
    for line in &lines {
        table.row(cells(&want, line).iter().map(String::as_str));
    }
    Ok(table.answer(&name))
}

pub(super) async fn xlsx(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    let (name, lines) = lines(&want, &reader, &asked).await?;
    let book = workbook(&want, &lines).map_err(Problem::broken)?;
    let headers = [
        (
            "content-type",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned(),
        ),
        ("content-disposition", format!("attachment; filename=\"{name}.xlsx\"")),
        ("cache-control", "private, no-store".to_owned()),
    ];
    Ok((headers, book).into_response())
}

/// A sheet of texts: a cell of text is never a formula and keeps its leading zeros.
fn workbook(want: &Want, lines: &[Line]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let bold = Format::new().set_bold();
    for (column, heading) in (0_u16..).zip(headings(want)) {
        sheet.write_string_with_format(0, column, heading, &bold)?;
    }
    for (row, line) in (1_u32..).zip(lines) {
        for (column, cell) in (0_u16..).zip(cells(want, line)) {
            sheet.write_string(row, column, cell)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.autofit();
    book.save_to_buffer()
}

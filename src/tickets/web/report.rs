//! `/reports/faults`: the summary of a day or a week. Handed in, it is frozen; the head reads it and answers.

use askama::Template;
use axum::response::Response;
use chrono::{Datelike as _, Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::super::store::reports::{self, Figures, Handed, Kept, Line};
use super::{READERS, WRITERS, hidden, say, tables};
use crate::db::Books;
use crate::kernel::Role;
use crate::web::table::Book;
use crate::web::{Filter, Frame, Input, Place, Problem, Reader, Want, maybe_text};
use crate::words::{Messages, Said, Spelling};

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

/// A share in tenths of a percent, to the nearest; all of it only where it is all.
pub(super) fn permille(part: i64, whole: i64) -> Option<i64> {
    let nearest = (part * 2000 + whole).checked_div(whole * 2)?;
    Some(if part < whole { nearest.min(999) } else { nearest })
}

/// A rate in tenths of a percent; nothing over nothing.
fn rate(part: i64, whole: i64) -> String {
    let Some(tenths) = permille(part, whole) else { return "–".to_owned() };
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
    /// `figures`: they come first, and are what CSV holds.
    #[serde(default, deserialize_with = "maybe_text")]
    table: Option<String>,
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

/// The first of the thirty days for what came again.
fn month_before(to: NaiveDate) -> String {
    (to - Days::new(30)).to_string()
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
    let dates = (from.to_string(), to.to_string(), month_before(to));
    let dates = (dates.0.as_str(), dates.1.as_str(), dates.2.as_str());
    let zone = want.kit.day.zone;
    let figures = reports::figures(&mut Books::Now(db), dates, zone, want.now).await?;
    Ok((figures, None))
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let (period, from, to) = asked.read(&want)?;
    let (mut figures, mut kept) = figures(&want, period, from, to).await?;
    hidden::clear_summary(&mut figures, kept.as_mut(), &reader.closed);
    want.page(&page(&want, &reader, period, figures, kept, from))
}

/// What a summary is called.
fn heading(
    l: &Messages,
    spelling: Spelling,
    period: Period,
    (from, to): (NaiveDate, NaiveDate),
) -> String {
    match period {
        Period::Day => l.tickets_report_day(spelling.day(from)).to_string(),
        Period::Week => l.tickets_report_week(spelling.day(from), spelling.day(to)).to_string(),
    }
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
    let dot = l.layout_dot().to_string();
    let goal_names = figures.goals.iter().map(|goal| {
        let name = goal.metric.parse().map(|metric| say::metric(&l, metric)).unwrap_or_default();
        let of = format!("{}/{}", goal.met, goal.number);
        let unvisited = l.tickets_report_unvisited(goal.unvisited).to_string();
        let of = if goal.unvisited > 0 { [of, unvisited].join(&dot) } else { of };
        (name, rate(goal.met, goal.number), of)
    });
    let step = if period == Period::Day { 1 } else { 7 };
    let oldest =
        figures.oldest.as_ref().map(|(no, at)| format!("{no}{dot}{}", spelling.moment(*at)));
    let first = NaiveDate::parse_from_str(&figures.from, "%Y-%m-%d").unwrap_or(from);
    let last = NaiveDate::parse_from_str(&figures.to, "%Y-%m-%d").unwrap_or(from);
    let heading = heading(&l, spelling, period, (first, last));
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

fn conflict(already: fn(&Messages) -> String) -> Problem {
    let title = |l: &Messages| l.tickets_report_already_title().to_string();
    Problem::new(axum::http::StatusCode::CONFLICT, "already", title, already)
}

pub(super) async fn submit(
    want: Want,
    reader: Reader,
    Input(asked): Input<Asked>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let (period, from, to) = asked.read(&want)?;
    let already = |l: &Messages| l.tickets_report_already().to_string();
    let remarks = asked.remarks.unwrap_or_default();
    let zone = want.kit.day.zone;
    let handed = Handed {
        period: period.name(),
        from: from.to_string(),
        to: to.to_string(),
        month_before: month_before(to),
        zone,
        remarks,
        said: Said::with(|l, language| {
            let spelling = Spelling { language, zone };
            l.tickets_report_tell(heading(l, spelling, period, (from, to))).to_string()
        }),
    };
    let handed = reports::submit(&want.kit.db, want.stamp(), handed).await?;
    let mut figures = handed.ok_or_else(|| conflict(already))?;
    hidden::clear_summary(&mut figures, None, &reader.closed);
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

pub(super) async fn csv(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    kept_as(&want, &reader, &asked, "csv").await
}

pub(super) async fn xlsx(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    kept_as(&want, &reader, &asked, "xlsx").await
}

/// The faults of a period: as they were when its summary was handed in, or as they are now.
async fn lines(want: &Want, figures: &Figures, kept: Option<&Kept>) -> Result<Vec<Line>, Problem> {
    let db = &want.kit.db;
    if let Some(kept) = kept {
        let lines = reports::kept_lines(db, kept.id).await?;
        // an older summary has kept its figures alone
        if !lines.is_empty() || (figures.came == 0 && figures.left_out.is_empty()) {
            return Ok(lines);
        }
    }
    Ok(reports::lines(db, &figures.from, &figures.to).await?)
}

/// The faults of a period and its figures as a file to keep; handed in, the figures are those that were.
async fn kept_as(
    want: &Want,
    reader: &Reader,
    asked: &Asked,
    format: &str,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let (period, from, to) = asked.read(want)?;
    let (mut figures, mut kept) = figures(want, period, from, to).await?;
    let mut lines = lines(want, &figures, kept.as_ref()).await?;
    hidden::clear_summary(&mut figures, kept.as_mut(), &reader.closed);
    hidden::clear_lines(&mut lines, &reader.closed);
    let mut name = format!("faults-{from}");
    if period == Period::Week {
        name.push_str("-week");
    }
    let mut sheets =
        vec![tables::faults(want, &lines), tables::figures(want, &figures, kept.as_ref())];
    if asked.table.as_deref() == Some("figures") {
        sheets.reverse();
        name.push_str("-figures");
    }
    let book = Book { name, sheets };
    book.answer(format).ok_or_else(Problem::syntax)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_the_nearest_and_all_only_where_it_is_all() {
        assert_eq!(rate(1, 7), "14.3 %");
        assert_eq!([rate(2, 3), rate(1, 2), rate(0, 5)], ["66.7 %", "50.0 %", "0.0 %"]);
        assert_eq!([rate(2999, 3000), rate(3, 3), rate(0, 0)], ["99.9 %", "100.0 %", "–"]);
    }
}

//! A report as tables to keep: CSV and XLSX of exactly the figures on the page.

use axum::response::Response;

use super::grounds;
use super::words::{self, Names};
use crate::calls::missed::CallBack;
use crate::calls::store::Outage;
use crate::calls::{Figure, figures, outages};
use crate::reports::answering::{Answering, Clock};
use crate::reports::period::By;
use crate::reports::store::Keyed;
use crate::reports::tally::Tally;
use crate::web::Problem;
use crate::web::table::{Book, Cell, Sheet};
use crate::words::{Messages, Spelling};

/// The report of answering as tables.
pub(super) fn answering(
    l: &Messages,
    spelling: Spelling,
    names: &Names,
    report: &Answering,
) -> Book {
    let title = l.reports_answering().to_string();
    let days = format!("{} {}", report.period.from, report.period.to);
    let piece = |one: &Keyed| names.piece(l, spelling, report.by, &one.key);
    let person = |one: &Keyed| names.person(l, &one.key);
    let day = |one: &Keyed| names.piece(l, spelling, By::Day, &one.key);
    Book {
        name: format!("{title} {days}"),
        sheets: vec![
            tallies(l, words::by(l, report.by), &report.pieces, Some(&report.tally), piece),
            tallies(l, words::by(l, By::Person), &report.persons, None, person),
            // cut by days the report itself is a table of days
            Sheet {
                name: l.reports_trend().to_string(),
                ..tallies(l, words::by(l, By::Day), &report.trend, None, day)
            },
            clocks(l, report),
            grounds::sheet(l, &report.tally),
            call_backs(l, report),
            deaf(l, spelling, report),
            definitions(l),
        ],
    }
}

/// When the house was deaf.
fn deaf(l: &Messages, spelling: Spelling, report: &Answering) -> Sheet {
    let row = |outage: &Outage| {
        let said = outages::Period::of(l, spelling, outage);
        let to = outage.to_at.map(|at| spelling.exact(at)).unwrap_or_default();
        [said.source, spelling.exact(outage.from_at), to, said.why].map(Cell::Text).into()
    };
    Sheet {
        name: l.reports_deaf().to_string(),
        headings: [l.lines_col_source(), l.reports_from(), l.reports_to(), l.lines_col_why()]
            .map(|heading| heading.to_string())
            .into(),
        rows: report.outages.iter().map(row).collect(),
    }
}

fn tallies(
    l: &Messages,
    name: String,
    rows: &[Keyed],
    sum: Option<&Tally>,
    label: impl Fn(&Keyed) -> String,
) -> Sheet {
    let line = |first: String, tally: &Tally| {
        let mut cells = vec![Cell::Text(first)];
        cells.extend(Figure::ALL.iter().map(|&figure| Cell::Number(tally.of(figure))));
        cells.push(Cell::Permille(tally.strict().permille()));
        cells.push(Cell::Permille(tally.of_answered().permille()));
        cells.push(Cell::Permille(tally.ignoring().permille()));
        cells.push(Cell::Permille(tally.negative().permille()));
        cells.push(Cell::Permille(tally.positive().permille()));
        cells.push(Cell::Millis(tally.asa_ms()));
        cells.push(Cell::Millis(tally.caller_asa_ms()));
        cells
    };
    let mut headings = vec![name.clone()];
    headings.extend(Figure::ALL.iter().map(|&figure| figures::name(l, figure)));
    headings.extend([
        format!("{} %", l.reports_rate_strict()),
        format!("{} %", l.reports_rate_answered()),
        format!("{} %", l.reports_sl_ignoring()),
        format!("{} %", l.reports_sl_negative()),
        format!("{} %", l.reports_sl_positive()),
        format!("{} s", l.reports_clock_operator()),
        format!("{} s", l.reports_clock_caller()),
    ]);
    let mut lines: Vec<Vec<Cell>> = rows.iter().map(|one| line(label(one), &one.tally)).collect();
    if let Some(sum) = sum {
        lines.push(line(l.reports_total().to_string(), sum));
    }
    Sheet { name, headings, rows: lines }
}

fn clocks(l: &Messages, report: &Answering) -> Sheet {
    let row = |name: String, clock: &Clock| {
        vec![
            Cell::Text(name),
            Cell::Number(clock.calls),
            Cell::Millis(clock.mean_ms),
            Cell::Millis(clock.median_ms),
            Cell::Millis(clock.p90_ms),
            Cell::Millis(clock.p95_ms),
            Cell::Millis(clock.longest_ms),
        ]
    };
    Sheet {
        name: l.reports_clocks().to_string(),
        headings: vec![
            l.reports_clock().to_string(),
            l.reports_calls().to_string(),
            format!("{} s", l.reports_asa()),
            format!("{} s", l.reports_median()),
            "90% s".to_owned(),
            "95% s".to_owned(),
            format!("{} s", l.reports_longest()),
        ],
        rows: vec![
            row(l.reports_clock_operator().to_string(), &report.operator_clock),
            row(l.reports_clock_caller().to_string(), &report.caller_clock),
        ],
    }
}

fn call_backs(l: &Messages, report: &Answering) -> Sheet {
    let row = |(counted, call_back): (i64, CallBack)| {
        vec![
            Cell::Text(figures::call_back(l, call_back)),
            Cell::Number(counted),
            Cell::Text(figures::call_back_definition(l, call_back)),
        ]
    };
    let counted = report.call_backs.iter();
    let rows = counted.flat_map(|all| CallBack::ALL.map(|one| (all.of(one), one)));
    Sheet {
        name: l.reports_call_backs().to_string(),
        headings: vec![
            l.reports_call_backs().to_string(),
            l.reports_calls().to_string(),
            l.reports_definition().to_string(),
        ],
        rows: rows.map(row).collect(),
    }
}

/// What each heading means, in the file itself: a table goes on without the page.
fn definitions(l: &Messages) -> Sheet {
    let row = |name: String, definition: String| vec![Cell::Text(name), Cell::Text(definition)];
    let mut rows: Vec<Vec<Cell>> = Figure::ALL
        .iter()
        .map(|&figure| row(figures::name(l, figure), figures::definition(l, figure)))
        .collect();
    rows.extend([
        row(l.reports_rate_strict().to_string(), l.reports_def_strict().to_string()),
        row(l.reports_rate_answered().to_string(), l.reports_def_answered().to_string()),
        row(l.reports_sl_ignoring().to_string(), l.reports_def_sl_ignoring().to_string()),
        row(l.reports_sl_negative().to_string(), l.reports_def_sl_negative().to_string()),
        row(l.reports_sl_positive().to_string(), l.reports_def_sl_positive().to_string()),
        row(l.reports_clock_operator().to_string(), l.reports_def_clock_operator().to_string()),
        row(l.reports_clock_caller().to_string(), l.reports_def_clock_caller().to_string()),
    ]);
    Sheet {
        name: l.reports_definitions().to_string(),
        headings: vec![l.reports_rate().to_string(), l.reports_definition().to_string()],
        rows,
    }
}

/// The table that was asked for, `csv` or `xlsx`; `None` where the page was.
pub(super) fn asked(
    format: Option<&str>,
    book: impl FnOnce() -> Book,
) -> Result<Option<Response>, Problem> {
    let Some(format) = format else { return Ok(None) };
    let wrong = || Problem::syntax().field("format", |l| l.reports_wrong_format().to_string());
    book().answer(format).ok_or_else(wrong)?.map(Some)
}

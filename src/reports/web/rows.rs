//! The lines of a report's tables, every cell a link to its calls.

use std::sync::Arc;

use super::figures::{Shown, tint};
use super::links::{Link, written};
use super::words::{Names, seconds};
use crate::calls::missed::CallBack;
use crate::calls::{Figure, figures, outages};
use crate::reports::answering::Answering;
use crate::reports::chart::{self, Bar};
use crate::reports::period::By;
use crate::reports::store::{Keyed, Scope};
use crate::reports::tally::{Rate, Tally, percent};
use crate::words::{Messages, Spelling, minutes};

/// The columns of the table of pieces.
pub(super) const COLUMNS: [Figure; 9] = [
    Figure::Presented,
    Figure::Met,
    Figure::Late,
    Figure::Short,
    Figure::Abandoned,
    Figure::NotOffered,
    Figure::MachineOnly,
    Figure::Unmeasured,
    Figure::Outage,
];

/// A cell: a number and its calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) href: String,
}

/// A piece of time, or all of it.
pub(super) struct PieceRow {
    pub(super) label: String,
    /// The begin of the addresses of its cells, as the page writes it.
    pub(super) head: Arc<str>,
    pub(super) cells: Vec<PieceCell>,
    pub(super) rate: String,
    pub(super) tint: &'static str,
}

/// A count of a piece, and the end of its address as the page writes it.
pub(super) struct PieceCell {
    pub(super) count: i64,
    pub(super) tail: Arc<str>,
}

/// Call-backs, each with its share of those that were owed.
pub(super) fn call_backs(l: &Messages, scope: &Scope, report: &Answering) -> Vec<(Shown, String)> {
    let Some(counted) = report.call_backs else { return Vec::new() };
    let line = |call_back: CallBack| {
        let rate = Rate { of: counted.of(call_back), all: counted.owed };
        let shown = Shown {
            name: figures::call_back(l, call_back),
            text: counted.of(call_back).to_string(),
            definition: figures::call_back_definition(l, call_back),
            href: Link::of(scope).with("call_back", call_back.word()).href(),
            before: String::new(),
        };
        (shown, rate.shown())
    };
    CallBack::ALL.map(line).into()
}

/// The pieces and their sum. A year of days has three thousand cells.
pub(super) fn pieces(
    l: &Messages,
    spelling: Spelling,
    names: &Names,
    scope: &Scope,
    report: &Answering,
) -> Vec<PieceRow> {
    let tails: Vec<(Figure, Arc<str>)> = COLUMNS
        .iter()
        .map(|&figure| (figure, written(&format!("&figure={}", figure.word()))))
        .collect();
    let row = |label: String, link: &Link, tally: &Tally| {
        let cell = |(figure, tail): &(Figure, Arc<str>)| PieceCell {
            count: tally.of(*figure),
            tail: tail.clone(),
        };
        let rate = tally.strict();
        PieceRow {
            label,
            head: written(&link.href()),
            cells: tails.iter().map(cell).collect(),
            rate: rate.shown(),
            tint: tint(rate.permille(), report.target_permille),
        }
    };
    let whole = Link::of(scope);
    let piece = |one: &Keyed| {
        let link = whole.clone().piece(report.by, &one.key, &scope.period);
        row(names.piece(l, spelling, report.by, &one.key), &link, &one.tally)
    };
    let mut rows: Vec<PieceRow> = report.pieces.iter().map(piece).collect();
    rows.push(row(l.reports_total().to_string(), &whole, &report.tally));
    rows
}

/// Who answered.
pub(super) struct PersonRow {
    pub(super) name: String,
    pub(super) answered: Cell,
    pub(super) bars: Vec<Bar>,
    pub(super) bars_label: String,
    pub(super) rate: Cell,
    pub(super) tint: &'static str,
    pub(super) rings: Cell,
    pub(super) mean: Cell,
    pub(super) longest: Cell,
    pub(super) pickups: Cell,
    pub(super) hung: Cell,
    pub(super) talk: Cell,
}

/// Everyone who answered, and all together.
pub(super) fn persons(
    l: &Messages,
    names: &Names,
    scope: &Scope,
    report: &Answering,
) -> Vec<PersonRow> {
    let answered = report.persons.iter().filter(|one| one.tally.answered() > 0);
    let mut rows: Vec<PersonRow> = answered
        .map(|one| {
            let link = Link::of(scope).piece(By::Person, &one.key, &scope.period);
            person(l, names.person(l, &one.key), &link, one, report.target_permille)
        })
        .collect();
    if !rows.is_empty() {
        let all = Keyed { key: String::new(), tally: report.tally };
        let name = l.reports_total().to_string();
        rows.push(person(l, name, &Link::of(scope), &all, report.target_permille));
    }
    rows
}

fn person(l: &Messages, name: String, link: &Link, one: &Keyed, target: i64) -> PersonRow {
    let tally = &one.tally;
    let [first, second, third, rest @ ..] = tally.rings();
    let late: i64 = rest.iter().sum();
    let said =
        |figure: Figure, text: String| Cell { text, href: link.clone().figure(figure).href() };
    let cell = |figure: Figure| said(figure, tally.of(figure).to_string());
    let rings = tally.rings_tenths().map_or_else(|| "–".to_owned(), percent);
    let longest = (tally.answer_n > 0).then_some(tally.answer_max);
    let slowest = link.clone().figure(Figure::Measured);
    PersonRow {
        answered: cell(Figure::Answered),
        bars: chart::parts(&[first, second, third, late], 1000),
        bars_label: l.reports_bars_of(first, second, third, late).to_string(),
        rate: said(Figure::Met, tally.of_answered().shown()),
        tint: tint(tally.of_answered().permille(), target),
        rings: said(Figure::Measured, rings),
        mean: said(Figure::Measured, seconds(tally.asa_ms())),
        longest: Cell {
            text: seconds(longest),
            href: slowest.with("answer_from_ms", tally.answer_max).href(),
        },
        pickups: cell(Figure::Pickups),
        hung: said(Figure::HungCaller, tally.hung_by_caller().shown()),
        talk: said(Figure::Talked, seconds(tally.talk_mean_ms())),
        name,
    }
}

/// One weekday of the heat map.
pub(super) struct HeatRow {
    pub(super) label: String,
    pub(super) cells: Vec<HeatCell>,
}

/// One hour of it.
pub(super) struct HeatCell {
    pub(super) text: String,
    pub(super) class: &'static str,
    pub(super) href: String,
    pub(super) title: String,
}

/// The hours that are drawn: from the first to the last that has calls; 8 to 18 without any.
pub(super) fn heat_hours(report: &Answering) -> Vec<i64> {
    let hours = || report.heat.iter().map(|cell| cell.hour);
    match (hours().min(), hours().max()) {
        (Some(first), Some(last)) => (first..=last).collect(),
        _ => (8..=18).collect(),
    }
}

/// The heat map, Monday first; an hour without counted calls is a dot, never a full one.
pub(super) fn heat(l: &Messages, scope: &Scope, report: &Answering) -> Vec<HeatRow> {
    let hours = heat_hours(report);
    let behind = Link::of(&scope.over(report.heat_period)).figure(Figure::Counted).href();
    let row = |weekday: i64| {
        let day = figures::weekday(l, &weekday.to_string());
        let cell = |&hour: &i64| {
            let found =
                report.heat.iter().find(|cell| (cell.weekday, cell.hour) == (weekday, hour));
            let (met, counted) = found.map_or((0, 0), |cell| (cell.met, cell.counted));
            let share = found.and_then(|cell| cell.strict_permille);
            HeatCell {
                text: share.map_or_else(|| "·".to_owned(), |share| (share / 10).to_string()),
                class: heat_class(share),
                href: format!("{behind}&weekday={weekday}&hour={hour}"),
                title: l.reports_heat_cell(day.as_str(), hour, met, counted).to_string(),
            }
        };
        HeatRow { label: day.clone(), cells: hours.iter().map(cell).collect() }
    };
    (1..=7).map(row).collect()
}

fn heat_class(share: Option<i64>) -> &'static str {
    match share {
        None => "",
        Some(970..) => "g3",
        Some(950..970) => "g2",
        Some(900..950) => "g1",
        Some(850..900) => "b1",
        Some(_) => "b2",
    }
}

/// So many outages stand on the page.
const OUTAGES_SHOWN: usize = 12;

/// How long the house was deaf, when, and how many more such times there were; `None` where it heard
/// all the time.
pub(super) fn deaf(
    l: &Messages,
    spelling: Spelling,
    report: &Answering,
) -> Option<(String, Vec<outages::Period>, usize)> {
    let all = &report.outages;
    let newest = all.iter().take(OUTAGES_SHOWN);
    let shown = newest.map(|one| outages::Period::of(l, spelling, one)).collect();
    let more = all.len().saturating_sub(OUTAGES_SHOWN);
    (!all.is_empty()).then(|| (minutes(report.deaf_ms), shown, more))
}

//! `/reports/answering`: what the supervisor proves.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::asked::Asked;
use super::figures::{Figures, Shown, ShownRate, against};
use super::links::Link;
use super::promise::{self, Promise};
use super::rows::{self, COLUMNS, HeatRow, PersonRow, PieceRow};
use super::words::{self, Names, seconds};
use super::{Office, READERS, tables};
use crate::calls::{Figure, figures, outages};
use crate::reports::answering::{Answering, Clock, gather};
use crate::reports::chart::{self, Bar};
use crate::reports::period::{By, Period};
use crate::reports::store::{self, Scope};
use crate::reports::tally::{Rate, percent};
use crate::web::{Filter, Frame, Place, Problem, Reader, Want, go};

const HERE: &str = "/reports/answering";

/// A choice that is a link.
pub(super) struct Way {
    pub(super) href: String,
    pub(super) label: String,
    pub(super) current: bool,
}

/// A choice of a list.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// The bar chart of rings.
struct Ring {
    bar: Bar,
    count: i64,
    share: String,
    name: String,
    href: String,
}

/// A day of the small line.
struct TrendDay {
    x: i64,
    y: i64,
    label: String,
    percent: String,
    href: String,
}

/// One clock as a line of its table; each figure with its calls.
struct ClockRow {
    name: String,
    definition: String,
    calls: i64,
    href: String,
    mean: String,
    median: String,
    p90: String,
    p95: String,
    longest: String,
    longest_href: String,
}

#[derive(Template, Serialize)]
#[template(path = "reports/answering.html")]
struct Page {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    report: Answering,
    #[serde(skip)]
    view: View,
}

/// Everything the template repeats.
struct View {
    days: String,
    before_days: String,
    periods: Vec<Way>,
    cuts: Vec<Way>,
    hotlines: Vec<Choice>,
    people: Vec<Choice>,
    csv: String,
    xlsx: String,
    rate: ShownRate,
    rate_tint: &'static str,
    rate_said: String,
    trend: chart::Line,
    trend_days: Vec<TrendDay>,
    trend_low: Option<TrendDay>,
    presented: Shown,
    unserved: (Shown, String),
    short: Shown,
    rings: Vec<Ring>,
    promise: Option<Promise>,
    promise_said: String,
    measured: Shown,
    heat_days: String,
    heat_hours: Vec<i64>,
    heat: Vec<HeatRow>,
    columns: Vec<(String, String)>,
    pieces: Vec<PieceRow>,
    by_name: String,
    persons: Vec<PersonRow>,
    rates: Vec<ShownRate>,
    levels: Vec<ShownRate>,
    clocks: Vec<ClockRow>,
    hung: Vec<(Shown, String)>,
    whys: Vec<(Shown, String)>,
    pbx: (Shown, String, String),
    excluded: Vec<Shown>,
    deaf: Option<(String, Vec<outages::Period>, usize)>,
    call_backs: Vec<(Shown, String)>,
    definitions: Vec<(String, String)>,
}

/// `/reports` is the supervisor's.
pub(super) async fn home(reader: Reader) -> Result<Response, Problem> {
    reader.may(READERS)?;
    Ok(go(HERE))
}

pub(super) async fn show(
    State(office): State<Office>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let scope = asked.scope(&want)?;
    let by = asked.by(&scope.period)?;
    let db = &want.kit.db;
    let report =
        gather(db, &scope, by, store::settings(db).await?, (&want.kit.day, want.now)).await?;
    let names = Names::read(db, &office).await?;
    let frame = want.frame(Place::Reports);
    let book = || tables::answering(&frame.l, frame.spelling, &names, &report);
    if let Some(table) = tables::asked(asked.format.as_deref(), book)? {
        return Ok(table);
    }
    let view = View::of(&office, (&frame, &names), &asked, &scope, &report);
    want.page(&Page { frame, report, view })
}

impl View {
    fn of(
        office: &Office,
        (frame, names): (&Frame, &Names),
        asked: &Asked,
        scope: &Scope,
        report: &Answering,
    ) -> Self {
        let (l, spelling) = (&frame.l, frame.spelling);
        let figures =
            Figures { l, scope, tally: &report.tally, before: Some(&report.before.tally) };
        let strict = figures.rate(
            l.reports_rate_strict().to_string(),
            l.reports_def_strict().to_string(),
            Figure::Met,
            Figure::Counted,
        );
        let (rate_tint, rate_said) =
            against(l, report.rates.strict_permille, report.target_permille);
        let mut trend_days = trend_days(frame, scope, report);
        let shares: Vec<Option<i64>> = trend_days.iter().map(|(_, share)| *share).collect();
        let trend = chart::line(&shares, report.target_permille, 400, 80);
        for &(x, y, index) in &trend.points {
            if let Some((day, _)) = trend_days.get_mut(index) {
                (day.x, day.y) = (x, y);
            }
        }
        let low = trend.lowest.and_then(|(.., index)| {
            let (day, _) = trend_days.get(index)?;
            Some(TrendDay {
                label: day.label.clone(),
                percent: day.percent.clone(),
                href: day.href.clone(),
                ..*day
            })
        });
        let promise = Promise::of(office, scope);
        Self {
            days: words::days(spelling, &scope.period),
            before_days: words::days(spelling, &report.before.period),
            periods: periods(frame, asked, &scope.period),
            cuts: cuts(frame, asked, report.by),
            hotlines: choices(&names.hotlines, scope.hotline.as_deref()),
            people: choices(&names.people, scope.person.map(|p| p.to_string()).as_deref()),
            csv: asked.address(HERE, &[("format", Some("csv"))]),
            xlsx: asked.address(HERE, &[("format", Some("xlsx"))]),
            rate: strict.clone(),
            rate_tint,
            rate_said,
            trend_low: low,
            trend_days: trend_days.into_iter().map(|(day, _)| day).collect(),
            trend,
            presented: figures.count(Figure::Presented),
            unserved: figures.share(Figure::Unserved, Figure::Counted),
            short: figures.count(Figure::Short),
            rings: rings(&figures, report),
            promise_said: promise::said(l, promise.as_ref(), report),
            promise,
            measured: figures.count(Figure::Answered),
            heat_days: words::days(spelling, &report.heat_period),
            heat_hours: rows::heat_hours(report),
            heat: rows::heat(l, scope, report),
            columns: COLUMNS
                .iter()
                .map(|&figure| (figures::name(l, figure), figures::definition(l, figure)))
                .collect(),
            pieces: rows::pieces(l, spelling, names, scope, report),
            by_name: words::by(l, report.by),
            persons: rows::persons(l, names, scope, report),
            rates: vec![
                strict,
                figures.rate(
                    l.reports_rate_answered().to_string(),
                    l.reports_def_answered().to_string(),
                    Figure::Met,
                    Figure::Answered,
                ),
            ],
            levels: levels(&figures),
            clocks: clocks(frame, scope, report),
            hung: [Figure::HungCaller, Figure::HungUs, Figure::HungUnknown]
                .map(|figure| figures.share(figure, Figure::Answered))
                .into(),
            whys: [
                Figure::WhyBusy,
                Figure::WhyAway,
                Figure::WhyUnreachable,
                Figure::WhyPbx,
                Figure::WhyUnknown,
            ]
            .map(|figure| why(&figures, figure))
            .into(),
            pbx: {
                let (late, share) = figures.share(Figure::PbxLate, Figure::Rang);
                (late, share, seconds(report.tally.pbx_mean_ms()))
            },
            excluded: [Figure::Outage, Figure::AfterHours, Figure::Test]
                .map(|figure| figures.count(figure))
                .into(),
            deaf: rows::deaf(l, spelling, report),
            call_backs: rows::call_backs(l, scope, report),
            definitions: Figure::ALL
                .iter()
                .map(|&figure| (figures::name(l, figure), figures::definition(l, figure)))
                .collect(),
        }
    }
}

fn why(figures: &Figures<'_>, figure: Figure) -> (Shown, String) {
    let tally = figures.tally;
    let all = tally.late + tally.abandoned + tally.not_offered;
    let rate = Rate { of: tally.of(figure), all };
    (figures.count(figure), rate.percent())
}

fn levels(figures: &Figures<'_>) -> Vec<ShownRate> {
    let l = figures.l;
    let level = |name: String, definition: String, of, all| figures.rate(name, definition, of, all);
    vec![
        level(
            l.reports_sl_ignoring().to_string(),
            l.reports_def_sl_ignoring().to_string(),
            Figure::Met,
            Figure::Patient,
        ),
        level(
            l.reports_sl_negative().to_string(),
            l.reports_def_sl_negative().to_string(),
            Figure::Met,
            Figure::Counted,
        ),
        level(
            l.reports_sl_positive().to_string(),
            l.reports_def_sl_positive().to_string(),
            Figure::InTime,
            Figure::Counted,
        ),
    ]
}

fn rings(figures: &Figures<'_>, report: &Answering) -> Vec<Ring> {
    let all = report.tally.rings();
    let total: i64 = all.iter().sum();
    let bars = chart::upright(&all, &[1, 2, 3, 4, 4, 4], 70, 46, 186, 158);
    let of =
        [Figure::Ring1, Figure::Ring2, Figure::Ring3, Figure::Ring4, Figure::Ring5, Figure::Ring6];
    let ring = |((bar, count), figure): ((Bar, i64), Figure)| Ring {
        bar,
        count,
        share: Rate { of: count, all: total }.percent(),
        name: figures::name(figures.l, figure),
        href: figures.link(figure),
    };
    bars.into_iter().zip(all).zip(of).map(ring).collect()
}

fn clocks(frame: &Frame, scope: &Scope, report: &Answering) -> Vec<ClockRow> {
    let l = &frame.l;
    let row = |name: String, definition: String, clock: &Clock, figure, from: &'static str| {
        let link = Link::of(scope).figure(figure);
        ClockRow {
            name,
            definition,
            calls: clock.calls,
            mean: seconds(clock.mean_ms),
            median: seconds(clock.median_ms),
            p90: seconds(clock.p90_ms),
            p95: seconds(clock.p95_ms),
            longest: seconds(clock.longest_ms),
            longest_href: link.clone().with(from, clock.longest_ms.unwrap_or(0)).href(),
            href: link.href(),
        }
    };
    vec![
        row(
            l.reports_clock_operator().to_string(),
            l.reports_def_clock_operator().to_string(),
            &report.operator_clock,
            Figure::Measured,
            "answer_from_ms",
        ),
        row(
            l.reports_clock_caller().to_string(),
            l.reports_def_clock_caller().to_string(),
            &report.caller_clock,
            Figure::Waited,
            "wait_from_ms",
        ),
    ]
}

/// The last days, those without calls too, so that a gap is a gap.
fn trend_days(frame: &Frame, scope: &Scope, report: &Answering) -> Vec<(TrendDay, Option<i64>)> {
    let last = scope.period.last_days(14);
    let dates = last.from.iter_days().take_while(|day| *day <= last.to);
    let day = |date: chrono::NaiveDate| {
        let key = date.to_string();
        let tally = report.trend.iter().find(|one| one.key == key).map(|one| one.tally);
        let share = tally.and_then(|tally| tally.strict().permille());
        let link = Link::of(scope).with("from", date).with("to", date).figure(Figure::Counted);
        let shown = TrendDay {
            x: 0,
            y: 0,
            label: frame.spelling.day(date),
            percent: share.map_or_else(|| "–".to_owned(), percent),
            href: link.href(),
        };
        (shown, share)
    };
    dates.map(day).collect()
}

fn periods(frame: &Frame, asked: &Asked, period: &Period) -> Vec<Way> {
    let way = |&name: &&str| Way {
        href: asked.with_period(HERE, name),
        label: words::period(&frame.l, name),
        current: period.name == name,
    };
    Period::NAMES.iter().filter(|name| **name != "custom").map(way).collect()
}

fn cuts(frame: &Frame, asked: &Asked, by: By) -> Vec<Way> {
    let way = |cut: By| Way {
        href: asked.address(HERE, &[("by", Some(cut.word()))]),
        label: words::by(&frame.l, cut),
        current: by == cut,
    };
    By::TIMES.map(way).into()
}

pub(super) fn choices(all: &[(String, String)], chosen: Option<&str>) -> Vec<Choice> {
    let choice = |(value, label): &(String, String)| Choice {
        value: value.clone(),
        label: label.clone(),
        chosen: chosen == Some(value.as_str()),
    };
    all.iter().map(choice).collect()
}

impl Page {
    fn rings(&self) -> String {
        self.report.tally.rings_tenths().map_or_else(|| "–".to_owned(), percent)
    }

    fn asa(&self) -> String {
        seconds(self.report.operator_clock.mean_ms)
    }
}

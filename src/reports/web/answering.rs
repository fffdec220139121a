//! `/reports/answering`: what the supervisor proves.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::asked::Asked;
use super::choices::{Choice, Way, choices, cuts, periods};
use super::clocks::{ClockRow, Ring, clocks, rings};
use super::figures::{Figures, Shown, ShownRate, against};
use super::grounds::{GroundRow, grounds};
use super::promise::{self, Promise};
use super::rows::{self, COLUMNS, HeatRow, PersonRow, PieceRow};
use super::trend::{TrendDay, trend_days};
use super::words::{self, Names, seconds};
use super::{Office, READERS, tables};
use crate::calls::{Figure, figures, outages};
use crate::reports::answering::{Answering, gather};
use crate::reports::chart;
use crate::reports::store::{self, Scope, Which};
use crate::reports::tally::{Rate, percent};
use crate::web::{Filter, Frame, Place, Problem, Reader, Want, go};

pub(super) const HERE: &str = "/reports/answering";

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
    before_said: String,
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
    pbx: (Shown, String, String, String),
    excluded: Vec<Shown>,
    grounds: Vec<GroundRow>,
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
    // a page shows how the calls of a piece ended; programs and tables are given every figure of it
    let data = want.json || asked.format.is_some();
    let which = if data { Which::All } else { Which::Outcomes };
    let (settings, when) = (store::settings(db).await?, (&want.kit.day, want.now));
    let report = gather(db, &scope, (by, which), settings, when).await?;
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
            before_said: report.before.until.map_or_else(
                || l.reports_before().to_string(),
                |until| l.reports_before_until(spelling.minute(until)).to_string(),
            ),
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
            measured: figures.count(Figure::Measured),
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
                (late, share, seconds(report.tally.pbx_mean_ms()), figures.link(Figure::Rang))
            },
            excluded: [Figure::Outage, Figure::AfterHours, Figure::Test]
                .map(|figure| figures.count(figure))
                .into(),
            grounds: grounds(l, scope, &report.tally),
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
    (figures.count(figure), rate.shown())
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

impl Page {
    fn rings(&self) -> String {
        self.report.tally.rings_tenths().map_or_else(|| "–".to_owned(), percent)
    }

    fn asa(&self) -> String {
        seconds(self.report.operator_clock.mean_ms)
    }
}

//! A report as a plain letter.

use chrono::NaiveDate;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::answering::Answering;
use super::facts::{Bookings, Faults};
use super::period::By;
use super::pivot::{Question, Source};
use super::store::Scope;
use super::tally::{Rate, shown};
use crate::calls::missed::CallBack;
use crate::calls::{Figure, figures};
use crate::db::{Db, Result};
use crate::kernel::{BusinessDay, Closed};
use crate::words::{Messages, Spelling, minutes, tenths};

/// What the house had to do beside its calls, counted by every measure.
#[derive(Default)]
pub(super) struct House(Vec<Counted>);

/// The records of one source.
struct Counted {
    source: &'static dyn Source,
    counts: Vec<(&'static str, i64)>,
}

impl House {
    /// Counts faults and bookings of a time.
    pub(super) async fn read(db: &Db, scope: &Scope, day: BusinessDay) -> Result<Self> {
        const SOURCES: [&dyn Source; 2] = [&Faults, &Bookings];
        let mut house = Self::default();
        for source in SOURCES {
            let mut counts = Vec::new();
            for measure in source.measures() {
                let question = Question {
                    scope: scope.clone(),
                    rows: By::Nothing,
                    columns: By::Nothing,
                    measure: measure.to_owned(),
                    day,
                    closed: Closed::default(),
                };
                let answer = source.answer(db, &question).await?;
                counts.push((measure, answer.counts.iter().flatten().sum()));
            }
            house.0.push(Counted { source, counts });
        }
        Ok(house)
    }
}

/// The letter: the rate first, then every outcome, the waiting, the call-backs, faults and bookings, then
/// the pieces of the time; under each part where its records are.
pub(super) fn letter(
    l: &Messages,
    spelling: Spelling,
    report: &Answering,
    house: &House,
    url: &str,
) -> String {
    let period = report.period;
    let days = format!("from={}&to={}", period.from, period.to);
    let line = report.hotline.as_ref().map(|number| {
        let number = if number.is_empty() { "-" } else { number.as_str() };
        format!("&hotline={}", utf8_percent_encode(number, NON_ALPHANUMERIC))
    });
    let line = line.unwrap_or_default();
    let tally = &report.tally;
    let share = |rate: Rate| match rate.permille() {
        Some(_) => format!("{} ({} / {})", rate.shown(), rate.of, rate.all),
        None => rate.shown(),
    };
    let seconds = |millis: Option<i64>| millis.map_or_else(|| "–".to_owned(), tenths);
    let clock = &report.operator_clock;
    let mut lines = vec![
        format!("{}: {}", l.reports_rate_strict(), share(tally.strict())),
        format!("{}: {}", l.reports_target(), shown(Some(report.target_permille))),
        String::new(),
    ];
    let outcomes = [
        Figure::Presented,
        Figure::Met,
        Figure::Late,
        Figure::Short,
        Figure::Abandoned,
        Figure::NotOffered,
        Figure::MachineOnly,
        Figure::Unmeasured,
        Figure::Excluded,
    ];
    lines.extend(
        outcomes.map(|figure| format!("{}: {}", figures::name(l, figure), tally.of(figure))),
    );
    lines.extend([
        String::new(),
        format!("{}: {} s", l.reports_asa(), seconds(clock.mean_ms)),
        format!("{}: {} s", l.reports_median(), seconds(clock.median_ms)),
        format!("90%: {} s", seconds(clock.p90_ms)),
        format!("{}: {} s", l.reports_longest(), seconds(clock.longest_ms)),
        String::new(),
    ]);
    if report.deaf_ms > 0 {
        lines.push(format!("{}: {}", l.reports_deaf(), minutes(report.deaf_ms)));
        lines.push(String::new());
    }
    if let Some(counted) = report.call_backs {
        for call_back in CallBack::ALL {
            lines.push(format!("{}: {}", figures::call_back(l, call_back), counted.of(call_back)));
        }
        lines.push(format!("{url}/calls?{days}{line}&call_back={}", CallBack::Owed.word()));
        lines.push(String::new());
    }
    for Counted { source, counts } in &house.0 {
        lines.push(format!("[{}]", source.name(l)));
        for (measure, count) in counts {
            lines.push(format!("{}: {count}", source.measure(l, measure).0));
        }
        lines.push(format!("{url}/reports/analysis?source={}&{days}", source.word()));
        lines.push(String::new());
    }
    for piece in &report.pieces {
        let name = match (report.by, piece.key.parse::<NaiveDate>()) {
            (By::Day, Ok(day)) => spelling.day(day),
            _ => l.reports_hour(piece.key.as_str()).to_string(),
        };
        let (all, rate) = (piece.tally.presented(), share(piece.tally.strict()));
        lines.push(format!("{name}  {all}  {rate}"));
    }
    lines.push(String::new());
    lines.push(format!("{url}/reports/answering?{days}{line}"));
    lines.push(String::new());
    lines.join("\n")
}

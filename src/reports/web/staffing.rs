//! `/reports/staffing`: what one more pair of hands would give, half hour by half hour.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::{Datelike as _, Days, NaiveDate, Timelike as _};
use serde::{Deserialize, Serialize};

use super::choices::{Choice, Way, choices};
use super::links::{Link, escaped};
use super::words::{self, Names, seconds};
use super::{Office, READERS, tables};
use crate::calls::{Figure, figures};
use crate::config::Hotline;
use crate::db::Db;
use crate::kernel::{BusinessDay, Role, StaffId};
use crate::reports::keeper::sub_hour_ms;
use crate::reports::period::Period;
use crate::reports::staffing::{Ground, HalfHour, ground, week};
use crate::reports::store::{self, Scope};
use crate::reports::tally::{percent, shown};
use crate::shifts::{self, Kind, Shift};
use crate::web::table::{Book, Cell, Sheet};
use crate::web::{Filter, Frame, Place, Problem, Reader, Want, maybe_number, maybe_text};
use crate::words::Messages;

/// Weeks that are looked back.
const WEEKS: i64 = 8;
const WEEKS_MOST: i64 = 52;
/// Handling times that somebody may give, in seconds.
const HANDLING_S: std::ops::RangeInclusive<i64> = 1..=7_200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    hotline: Option<String>,
    #[serde(deserialize_with = "maybe_number")]
    weeks: Option<i64>,
    #[serde(deserialize_with = "maybe_number")]
    weekday: Option<i64>,
    /// A handling time of one's own, in seconds.
    #[serde(deserialize_with = "maybe_number")]
    handling_s: Option<i64>,
    #[serde(deserialize_with = "maybe_text")]
    format: Option<String>,
}

/// A half hour as a line of the table.
struct Row {
    time: String,
    calls: String,
    href: String,
    load: String,
    hands: Vec<HandsCell>,
    needed: u32,
    rostered: String,
    missing: String,
    /// Fewer are on the roster than are needed.
    short: bool,
}

struct HandsCell {
    within: String,
    answer: String,
    gone: String,
    enough: bool,
}

#[derive(Template, Serialize)]
#[template(path = "reports/staffing.html")]
struct Page {
    #[serde(skip)]
    frame: Frame,
    /// The days that were looked at: whole weeks that are over.
    period: Period,
    hotline: Option<String>,
    ground: Ground,
    /// The half hours of the week that had calls.
    halves: Vec<HalfHour>,
    #[serde(skip)]
    weekdays: Vec<Way>,
    #[serde(skip)]
    hotlines: Vec<Choice>,
    #[serde(skip)]
    rows: Vec<Row>,
    /// How many hands are compared.
    #[serde(skip)]
    compared: [i64; 3],
    #[serde(skip)]
    weekday: String,
    #[serde(skip)]
    said: Option<String>,
    #[serde(skip)]
    days: String,
    #[serde(skip)]
    weeks: i64,
    #[serde(skip)]
    handling_given: String,
    #[serde(skip)]
    csv: String,
}

pub(super) async fn show(
    State(office): State<Office>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let wrong = |field, sentence: fn(&Messages) -> String| Problem::syntax().field(field, sentence);
    let weeks = asked.weeks.unwrap_or(WEEKS);
    if !(1..=WEEKS_MOST).contains(&weeks) {
        return Err(wrong("weeks", |l| l.reports_wrong_weeks().to_string()));
    }
    if asked.handling_s.is_some_and(|given| !HANDLING_S.contains(&given)) {
        return Err(wrong("handling_s", |l| l.reports_wrong_handling().to_string()));
    }
    let today = want.kit.day.date(want.now);
    let weekday = asked.weekday.unwrap_or_else(|| i64::from(today.weekday().number_from_monday()));
    if !(1..=7).contains(&weekday) {
        return Err(wrong("weekday", |l| l.reports_wrong_period().to_string()));
    }
    let back = |days: i64| today.checked_sub_days(Days::new(days.unsigned_abs())).unwrap_or(today);
    let period = Period { name: "custom", from: back(weeks * 7), to: back(1) };
    let hotline = asked.hotline.clone();
    let promised = office
        .hotlines
        .iter()
        .find(|line| hotline.as_ref().is_none_or(|number| *number == line.number))
        .or(office.hotlines.first());
    let promise_ms = promised.map_or(15_000, Hotline::target_ms);
    let db = &want.kit.db;
    let settings = store::settings(db).await?;
    let sub_hour_ms = sub_hour_ms(&want.kit.day, want.now);
    let found = store::halves(db, &period, hotline.as_deref(), sub_hour_ms).await?;
    let given_ms = asked.handling_s.map(|seconds| seconds * 1000);
    let ground = ground(&found, given_ms, promise_ms, settings.target_permille);
    let roster = Roster::read(db, &want.kit.day, today, hotline.as_deref()).await?;
    let halves = week(&found, &period, &ground, |weekday, half| roster.hands(weekday, half));
    let names = Names::read(db, &office).await?;
    let frame = want.frame(Place::Reports);
    let l = &frame.l;
    if let Some(table) = tables::asked(asked.format.as_deref(), || book(l, &halves))? {
        return Ok(table);
    }
    let scope = Scope { period, hotline: hotline.clone(), person: None };
    let here = |name: &str, value: &str| address(&asked, weekday, &[(name, value)]);
    let page = Page {
        weekdays: (1..=7)
            .map(|day: i64| Way {
                href: address(&asked, day, &[]),
                label: figures::weekday(l, &day.to_string()),
                current: day == weekday,
            })
            .collect(),
        hotlines: choices(&names.hotlines, hotline.as_deref()),
        rows: halves
            .iter()
            .filter(|half| half.weekday == weekday)
            .map(|half| row(l, &scope, half, &ground))
            .collect(),
        compared: [1, 2, 3],
        weekday: figures::weekday(l, &weekday.to_string()),
        said: busiest(l, &halves),
        days: words::days(frame.spelling, &period),
        handling_given: asked.handling_s.map(|s| s.to_string()).unwrap_or_default(),
        csv: here("format", "csv"),
        weeks,
        period,
        hotline,
        ground,
        halves,
        frame,
    };
    want.page(&page)
}

/// The shifts of the seven days that begin today.
struct Roster {
    day: BusinessDay,
    from: NaiveDate,
    shifts: Vec<Shift>,
}

impl Roster {
    async fn read(
        db: &Db,
        day: &BusinessDay,
        from: NaiveDate,
        hotline: Option<&str>,
    ) -> crate::db::Result<Self> {
        let until = from.checked_add_days(Days::new(7)).unwrap_or(from);
        let mut shifts =
            shifts::store::roster::between(db, day.begin(from), day.begin(until)).await?;
        shifts.retain(|shift| {
            let line = hotline.is_none() || shift.hotline.is_none();
            // who is on call is at home
            let sits = shift.kind == Kind::Duty && shift.role == Role::Operator;
            sits && (line || shift.hotline.as_deref() == hotline)
        });
        Ok(Self { day: *day, from, shifts })
    }

    /// How many operators are on the roster in the middle of a half hour; `None` where nobody
    /// keeps one.
    fn hands(&self, weekday: i64, half: i64) -> Option<i64> {
        if self.shifts.is_empty() {
            return None;
        }
        let is = |date: &NaiveDate| i64::from(date.weekday().number_from_monday()) == weekday;
        let date = self.from.iter_days().take(7).find(is)?;
        // minutes after the business day began, which is not midnight
        let cutoff = i64::from(self.day.cutoff.num_seconds_from_midnight());
        let after = (half * 1_800 + 900 - cutoff).rem_euclid(86_400);
        let at = self.day.begin(date).plus_millis(after * 1_000);
        let runs = self.shifts.iter().filter(|shift| shift.runs(at));
        let hands: BTreeSet<StaffId> = runs.map(|shift| shift.staff).collect();
        i64::try_from(hands.len()).ok()
    }
}

fn address(asked: &Asked, weekday: i64, more: &[(&str, &str)]) -> String {
    let mut fields = vec![format!("weekday={weekday}")];
    let numbers = [("weeks", asked.weeks), ("handling_s", asked.handling_s)];
    fields.extend(numbers.into_iter().filter_map(|(name, n)| Some(format!("{name}={}", n?))));
    fields.extend(asked.hotline.as_ref().map(|number| format!("hotline={}", escaped(number))));
    fields.extend(more.iter().map(|(name, value)| format!("{name}={value}")));
    format!("/reports/staffing?{}", fields.join("&"))
}

/// `9:00–9:30`.
fn time(half: i64) -> String {
    let at = |half: i64| format!("{}:{:02}", half / 2 % 24, half % 2 * 30);
    format!("{}–{}", at(half), at(half + 1))
}

fn row(l: &Messages, scope: &Scope, half: &HalfHour, ground: &Ground) -> Row {
    let none = || l.reports_none_short().to_string();
    Row {
        time: time(half.half),
        calls: percent(half.calls_an_hour_permille / 100),
        // the log knows hours; both halves of the hour are behind this link
        href: Link::of(scope)
            .figure(Figure::Presented)
            .with("weekday", half.weekday)
            .with("hour", half.half / 2)
            .href(),
        load: format!("{}.{:02}", half.load_permille / 1000, half.load_permille / 10 % 100),
        hands: half
            .hands
            .iter()
            .map(|hands| HandsCell {
                within: shown(Some(hands.within_permille)),
                answer: hands.answer_ms.map_or_else(|| "∞".to_owned(), |ms| seconds(Some(ms))),
                gone: shown(Some(hands.gone_permille)),
                enough: hands.within_permille >= ground.target_permille,
            })
            .collect(),
        needed: half.needed,
        rostered: half.rostered.map_or_else(none, |n| n.to_string()),
        missing: half.missing().map_or_else(none, |n| n.to_string()),
        short: half.missing().is_some_and(|n| n > 0),
    }
}

/// The busiest half hour in one sentence: alone, and with one more.
fn busiest(l: &Messages, halves: &[HalfHour]) -> Option<String> {
    let half = halves.iter().max_by_key(|half| half.calls_an_hour_permille)?;
    let [alone, helped, ..] = half.hands.as_slice() else { return None };
    let when = format!("{} {}", figures::weekday(l, &half.weekday.to_string()), time(half.half));
    let (alone, helped) = (shown(Some(alone.within_permille)), shown(Some(helped.within_permille)));
    Some(l.reports_busiest(when, alone, helped).to_string())
}

fn book(l: &Messages, halves: &[HalfHour]) -> Book {
    let mut headings = vec![
        l.reports_by_weekday().to_string(),
        l.reports_half_hour().to_string(),
        l.reports_calls_an_hour().to_string(),
        l.reports_load().to_string(),
        l.reports_needed().to_string(),
        l.reports_rostered().to_string(),
        l.reports_missing().to_string(),
    ];
    // an empty cell where nobody keeps a roster: no number is not none
    let maybe = |n: Option<i64>| n.map_or_else(|| Cell::Text(String::new()), Cell::Number);
    for n in 1..=3 {
        headings.push(format!("{} {n} %", l.reports_within()));
        headings.push(format!("{} {n} s", l.reports_asa()));
        headings.push(format!("{} {n} %", l.reports_leave()));
    }
    let row = |half: &HalfHour| {
        let mut cells = vec![
            Cell::Text(figures::weekday(l, &half.weekday.to_string())),
            Cell::Text(time(half.half)),
            Cell::Millis(Some(half.calls_an_hour_permille)),
            Cell::Millis(Some(half.load_permille)),
            Cell::Number(i64::from(half.needed)),
            maybe(half.rostered),
            maybe(half.missing()),
        ];
        for hands in &half.hands {
            cells.push(Cell::Permille(Some(hands.within_permille)));
            cells.push(Cell::Millis(hands.answer_ms));
            cells.push(Cell::Permille(Some(hands.gone_permille)));
        }
        cells
    };
    let name = l.reports_staffing().to_string();
    let rows = halves.iter().map(row).collect();
    Book { name: name.clone(), sheets: vec![Sheet { name, headings, rows }] }
}

impl Page {
    #[expect(clippy::unused_self, reason = "templates know the page, not this crate's functions")]
    fn seconds(&self, millis: impl std::borrow::Borrow<i64>) -> String {
        seconds(Some(*millis.borrow()))
    }

    #[expect(clippy::unused_self, reason = "templates know the page, not this crate's functions")]
    fn share(&self, permille: impl std::borrow::Borrow<i64>) -> String {
        shown(Some(*permille.borrow()))
    }

    fn from(&self, word: &str) -> String {
        match word {
            "measured" => self.frame.l.reports_from_measured(),
            "given" => self.frame.l.reports_from_given(),
            _ => self.frame.l.reports_from_assumed(),
        }
        .to_string()
    }
}

//! `/quality`: the sheets of a month and the sums of each operator.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use chrono::{Datelike as _, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::super::month::{Month, OperatorMonth, Share, by_operator};
use super::super::sheet::Item;
use super::super::store::{self, Sheet};
use super::{HEARD, READERS, SCORERS, SheetView, say, tables};
use crate::db;
use crate::kernel::{Role, StaffId};
use crate::staff;
use crate::web::{Filter, Frame, OnDuty, Place, Problem, Reader, Want, maybe_text};
use crate::words::{Messages, minutes};

/// `?month=2026-11&person=5&format=csv&table=operators`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    month: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    person: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    format: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    table: Option<String>,
}

/// Whole days of one month.
#[derive(Clone, Copy)]
pub(super) struct MonthDays {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
}

impl MonthDays {
    pub(super) fn of(day: NaiveDate) -> Self {
        let first = day.with_day(1).unwrap_or(day);
        let next = first.checked_add_months(Months::new(1)).unwrap_or(first);
        Self { first, last: next.checked_sub_days(Days::new(1)).unwrap_or(first) }
    }

    /// `2026-11`; nothing asks for this month.
    fn read(text: Option<&str>, today: NaiveDate) -> Result<Self, Problem> {
        let Some(text) = text else { return Ok(Self::of(today)) };
        let wrong = || Problem::syntax().field("month", |l| l.quality_wrong_month().to_string());
        // a month alone: a whole date would be cut silently
        let first = (text.len() == 7).then(|| format!("{text}-01").parse::<NaiveDate>().ok());
        first.flatten().map(Self::of).ok_or_else(wrong)
    }

    fn name(self) -> String {
        self.first.format("%Y-%m").to_string()
    }
}

/// A line of the sums.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) href: Option<String>,
    pub(super) sheets: i64,
    pub(super) drawn: i64,
    pub(super) open: i64,
    pub(super) faultless: i64,
    pub(super) shares: Vec<(String, &'static str, String)>,
}

/// A sheet of the list.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) href: String,
    pub(super) call: String,
    pub(super) when: String,
    pub(super) name: String,
    pub(super) talk: String,
    pub(super) origin: String,
    pub(super) scored: bool,
    pub(super) by: String,
    pub(super) marks: Vec<MarkCell>,
    pub(super) notes: Vec<(String, String)>,
}

/// One mark of a row.
pub(super) struct MarkCell {
    pub(super) tint: &'static str,
    pub(super) clause: &'static str,
    pub(super) text: String,
    pub(super) title: String,
}

#[derive(Template, Serialize)]
#[template(path = "quality/month.html")]
pub(super) struct Page {
    #[serde(skip)]
    pub(super) frame: Frame,
    /// `2026-11`.
    pub(super) month: String,
    /// Its first day.
    pub(super) from: String,
    /// Its last.
    pub(super) to: String,
    /// Whose; null for everybody.
    pub(super) person: Option<StaffId>,
    /// The sheets, the newest call first.
    pub(super) items: Vec<SheetView>,
    pub(super) next: Option<String>,
    /// The sums of each operator.
    pub(super) operators: Vec<OperatorMonth>,
    /// The sums of all.
    pub(super) all: Month,
    #[serde(skip)]
    pub(super) view: View,
}

/// Everything the template repeats.
pub(super) struct View {
    pub(super) whose: Option<String>,
    pub(super) reads_all: bool,
    pub(super) may_draw: bool,
    pub(super) earlier: String,
    pub(super) later: String,
    pub(super) csv: String,
    pub(super) csv_operators: String,
    pub(super) xlsx: String,
    pub(super) titles: Vec<(&'static str, String, String)>,
    pub(super) lines: Vec<Line>,
    pub(super) rows: Vec<Row>,
    pub(super) people: Vec<(String, String, bool)>,
    pub(super) errors: BTreeMap<&'static str, String>,
}

/// Whose sheets this reader may look at: everybody's or one person's as asked, else their own.
fn whose(reader: &OnDuty, asked: Option<&str>) -> Result<Option<StaffId>, Problem> {
    let wrong = |_| Problem::syntax().field("person", |l| l.quality_wrong_person().to_string());
    let asked = asked.map(str::parse::<StaffId>).transpose().map_err(wrong)?;
    if reader.roles.has_any(READERS) {
        return Ok(asked);
    }
    // a program with an operator's role was never heard: it has no sheets
    let own = reader.staff().unwrap_or(StaffId(0));
    if asked.is_some_and(|asked| asked != own) {
        return Err(Problem::forbidden());
    }
    Ok(Some(own))
}

/// A month for a reader.
pub(super) async fn gather(
    want: &Want,
    reader: &OnDuty,
    days: MonthDays,
    person: Option<StaffId>,
) -> db::Result<Page> {
    let db = &want.kit.db;
    let mut sheets = store::between(db, days.first, days.last, person).await?;
    sheets.retain(|sheet| super::sees(reader, sheet));
    let frame = want.frame(Place::Quality);
    let may_draw = reader.roles.has_any(SCORERS);
    let mut people = Vec::new();
    let everyone = staff::store::everyone(db).await?;
    if may_draw {
        let talks = [Role::Operator, Role::Supervisor];
        let drawn = everyone.iter().filter(|one| one.roles.has_any(&talks));
        let drawn = drawn.filter(|one| one.disabled_at.is_none() && reader.staff() != Some(one.id));
        people.extend(
            drawn.map(|one| (one.id.to_string(), one.name.clone(), person == Some(one.id))),
        );
    }
    let named = person.and_then(|id| everyone.into_iter().find(|one| one.id == id));
    let (operators, all) = (by_operator(&sheets), Month::of(&sheets));
    let address = |month: String, more: &str| {
        let person = person.filter(|_| reader.roles.has_any(READERS));
        let person = person.map(|id| format!("&person={id}")).unwrap_or_default();
        format!("/quality?month={month}{person}{more}")
    };
    let beside = |months: i32| {
        let first = days.first;
        let step = Months::new(months.unsigned_abs());
        let moved = if months < 0 {
            first.checked_sub_months(step)
        } else {
            first.checked_add_months(step)
        };
        address(MonthDays::of(moved.unwrap_or(first)).name(), "")
    };
    let l = &frame.l;
    let mut lines: Vec<Line> = operators
        .iter()
        .map(|one| {
            let href = format!("/quality?month={}&person={}", days.name(), one.operator.id);
            line(l, one.operator.name.clone(), Some(href), &one.month)
        })
        .collect();
    if operators.len() > 1 {
        lines.push(line(l, l.quality_all().to_string(), None, &all));
    }
    let view = View {
        whose: named.map(|one| one.name),
        reads_all: reader.roles.has_any(READERS),
        may_draw,
        earlier: beside(-1),
        later: beside(1),
        csv: address(days.name(), "&format=csv"),
        csv_operators: address(days.name(), "&format=csv&table=operators"),
        xlsx: address(days.name(), "&format=xlsx"),
        titles: Item::ALL
            .iter()
            .map(|item| (item.clause(), say::item(l, *item), say::hint(l, *item)))
            .collect(),
        lines,
        rows: sheets.iter().map(|sheet| row(&frame, sheet)).collect(),
        people,
        errors: BTreeMap::new(),
    };
    Ok(Page {
        month: days.name(),
        from: days.first.to_string(),
        to: days.last.to_string(),
        person,
        items: sheets.iter().map(SheetView::of).collect(),
        next: None,
        operators,
        all,
        view,
        frame,
    })
}

fn line(l: &Messages, name: String, href: Option<String>, month: &Month) -> Line {
    let share = |share: &Share| {
        let of = l.quality_of(share.met, share.met + share.not_met).to_string();
        let tint = if share.not_met == 0 { "" } else { "c4" };
        (say::percent(share.permille), tint, of)
    };
    Line {
        name,
        href,
        sheets: month.sheets,
        drawn: month.drawn,
        open: month.open,
        faultless: month.faultless,
        shares: month.items.iter().map(share).collect(),
    }
}

fn row(frame: &Frame, sheet: &Sheet) -> Row {
    let (l, spelling) = (&frame.l, frame.spelling);
    let scores = sheet.scores.as_ref();
    let cell = |item: &Item| {
        let mark = scores.map(|scores| scores.of(*item).mark);
        MarkCell {
            tint: mark.map(say::tint).unwrap_or_default(),
            clause: item.clause(),
            text: mark.map_or_else(|| "–".to_owned(), |mark| say::mark(l, mark)),
            title: say::item(l, *item),
        }
    };
    let note = |item: &Item| {
        let note = scores.map(|scores| scores.of(*item).note.clone()).unwrap_or_default();
        (!note.is_empty()).then(|| (format!("{} {}", item.clause(), say::item(l, *item)), note))
    };
    Row {
        id: sheet.id.to_string(),
        href: format!("/quality/{}", sheet.id),
        call: format!("/calls/{}", sheet.call),
        when: spelling.moment(sheet.offered_at),
        name: sheet.operator.name.clone(),
        talk: sheet.talk_ms.map_or_else(|| "–".to_owned(), minutes),
        origin: say::origin(l, sheet.origin),
        scored: scores.is_some(),
        by: sheet.scored_by.as_ref().map(|by| by.name.clone()).unwrap_or_default(),
        marks: Item::ALL.iter().map(cell).collect(),
        notes: Item::ALL.iter().filter_map(note).collect(),
    }
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(HEARD)?;
    let days = MonthDays::read(asked.month.as_deref(), want.kit.day.date(want.now))?;
    let person = whose(&reader, asked.person.as_deref())?;
    let page = gather(&want, &reader, days, person).await?;
    let operators = match asked.table.as_deref() {
        None => false,
        Some("operators") => true,
        Some(_) => {
            return Err(Problem::syntax().field("table", |l| l.quality_wrong_table().to_string()));
        }
    };
    let Some(format) = asked.format.as_deref() else { return want.page(&page) };
    let wrong = || Problem::syntax().field("format", |l| l.quality_wrong_format().to_string());
    tables::book(&page, operators).answer(format).ok_or_else(wrong)?
}

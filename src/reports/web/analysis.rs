//! `/reports/analysis`: questions of one's own, kept and asked again (clause 3-i).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::asked::Asked as ScopeAsked;
use super::behind::Hrefs;
use super::choices::{Choice, choices};
use super::words::{self, Names};
use super::{Office, READERS, tables};
use crate::kernel::QuestionId;
use crate::reports::period::By;
use crate::reports::pivot::{Answer, Question as Asking, Source};
use crate::reports::store::{self, Question};
use crate::web::table::{Book, Cell as Kept, Sheet};
use crate::web::{At, Filter, Frame, Input, OnDuty, Place, Problem, Reader, Want, maybe_text};
use crate::words::Messages;

/// The longest name of a question, in characters.
const NAME_MOST: usize = 80;
/// The longest address of a question, in bytes.
const ASKED_MOST: usize = 1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(flatten)]
    pub(super) scope: ScopeAsked,
    #[serde(deserialize_with = "maybe_text")]
    source: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    rows: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    columns: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    measure: Option<String>,
}

/// A count and where it leads: what its line and its column say of that, as the page writes it. A year of days by hours
/// has nearly nine thousand.
struct Cell {
    count: i64,
    head: Arc<str>,
    tail: Arc<str>,
}

struct Line {
    label: String,
    cells: Vec<Cell>,
    sum: Cell,
    bar: i64,
}

#[derive(Template, Serialize)]
#[template(path = "reports/analysis.html")]
struct Page {
    #[serde(skip)]
    frame: Frame,
    source: &'static str,
    rows: By,
    columns: By,
    measure: String,
    from: chrono::NaiveDate,
    to: chrono::NaiveDate,
    #[serde(flatten)]
    answer: Answer,
    questions: Vec<Question>,
    #[serde(skip)]
    asked: String,
    #[serde(skip)]
    measure_name: String,
    #[serde(skip)]
    definition: String,
    #[serde(skip)]
    rows_name: String,
    #[serde(skip)]
    heads: Vec<String>,
    #[serde(skip)]
    lines: Vec<Line>,
    #[serde(skip)]
    sums: Vec<Cell>,
    #[serde(skip)]
    total: Cell,
    #[serde(skip)]
    sources: Vec<Choice>,
    #[serde(skip)]
    has_hotlines: bool,
    #[serde(skip)]
    row_choices: Vec<Choice>,
    #[serde(skip)]
    column_choices: Vec<Choice>,
    #[serde(skip)]
    measures: Vec<Choice>,
    #[serde(skip)]
    hotlines: Vec<Choice>,
    #[serde(skip)]
    people: Vec<Choice>,
    #[serde(skip)]
    days: String,
}

pub(super) async fn show(
    State(office): State<Office>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let (source, question) = asked.question(&office, &want, &reader)?;
    let db = &want.kit.db;
    let answer = source.answer(db, &question).await?;
    let names = Names::read(db, &office).await?;
    let frame = want.frame(Place::Reports);
    let format = asked.scope.format.as_deref();
    let book = || book(&frame, &names, source, &question, &answer);
    if let Some(table) = tables::asked(format, book)? {
        return Ok(table);
    }
    let questions = store::questions(db).await?;
    let sources = office.sources.iter().map(|one| Choice {
        value: one.word().to_owned(),
        label: one.name(&frame.l),
        chosen: one.word() == source.word(),
    });
    let sources = sources.collect();
    want.page(&Page { sources, ..page(frame, &names, source, &question, answer, questions) })
}

impl Asked {
    /// What is asked, and of what; 400 with a sentence for what cannot be read.
    pub(super) fn question<'o>(
        &self,
        office: &'o Office,
        want: &Want,
        reader: &OnDuty,
    ) -> Result<(&'o dyn Source, Asking), Problem> {
        let mut with_time = self.scope.clone();
        if with_time.period.is_none() && with_time.from.is_none() && with_time.to.is_none() {
            with_time.period = Some("four_weeks".to_owned());
        }
        let scope = with_time.scope(want)?;
        let source = office.sources.find(self.source.as_deref().unwrap_or("calls"));
        let source = source.ok_or_else(|| {
            Problem::syntax().field("source", |l| l.reports_wrong_source().to_string())
        })?;
        let cut = |field: &'static str, text: &Option<String>, usual: By| match text {
            None => Ok(usual),
            Some(word) => {
                By::from_word(word).filter(|by| source.cuts().contains(by)).ok_or_else(|| {
                    Problem::syntax().field(field, |l| l.reports_wrong_by().to_string())
                })
            }
        };
        let other = if source.cuts().contains(&By::Hotline) { By::Hotline } else { By::State };
        let rows = cut("rows", &self.rows, By::Weekday)?;
        let columns = cut("columns", &self.columns, other)?;
        let usual = || source.measures().first().copied().unwrap_or_default().to_owned();
        let measure = self.measure.clone().unwrap_or_else(usual);
        if !source.measures().contains(&measure.as_str()) {
            return Err(
                Problem::syntax().field("measure", |l| l.reports_wrong_measure().to_string())
            );
        }
        let (day, closed) = (want.kit.day, reader.closed.clone());
        Ok((source, Asking { scope, rows, columns, measure, day, closed }))
    }
}

fn page(
    frame: Frame,
    names: &Names,
    source: &dyn Source,
    question: &Asking,
    answer: Answer,
    questions: Vec<Question>,
) -> Page {
    let (l, spelling) = (&frame.l, frame.spelling);
    let Asking { scope, rows, columns, measure, .. } = question;
    let hrefs = Hrefs::of(question, source);
    let label = |by, key: &str| {
        source.label(l, by, key).unwrap_or_else(|| names.piece(l, spelling, by, key))
    };
    let lines: Vec<(i64, &String, &Vec<i64>)> = answer
        .rows
        .iter()
        .zip(&answer.counts)
        .map(|(key, counts)| (counts.iter().sum(), key, counts))
        .collect();
    let most = lines.iter().map(|(sum, ..)| *sum).max().unwrap_or(0).max(1);
    let tails: Vec<Arc<str>> =
        answer.columns.iter().map(|key| hrefs.tail(None, Some(key))).collect();
    let differ = hrefs.differ();
    let line = |&(sum, key, counts): &(i64, &String, &Vec<i64>)| {
        let head = hrefs.head(Some(key));
        let cell = |((&count, tail), column): ((&i64, &Arc<str>), &String)| Cell {
            count,
            head: head.clone(),
            // a cell without a count leads nowhere
            tail: if differ && count != 0 {
                hrefs.tail(Some(key), Some(column))
            } else {
                tail.clone()
            },
        };
        Line {
            label: label(*rows, key),
            cells: counts.iter().zip(&tails).zip(&answer.columns).map(cell).collect(),
            sum: Cell { count: sum, head: head.clone(), tail: hrefs.tail(Some(key), None) },
            bar: sum * 1000 / most,
        }
    };
    let head = hrefs.head(None);
    let column_sum = |(place, tail): (usize, &Arc<str>)| Cell {
        count: answer.counts.iter().filter_map(|row| row.get(place)).sum(),
        head: head.clone(),
        tail: tail.clone(),
    };
    let (measure_name, definition) = source.measure(l, measure);
    Page {
        asked: kept_address(question, source.word()),
        measure_name,
        definition,
        rows_name: words::by(l, *rows),
        heads: answer.columns.iter().map(|key| label(*columns, key)).collect(),
        lines: lines.iter().map(line).collect(),
        sums: tails.iter().enumerate().map(column_sum).collect(),
        total: Cell {
            count: answer.counts.iter().flatten().sum(),
            head: head.clone(),
            tail: hrefs.tail(None, None),
        },
        row_choices: cuts(l, source, *rows),
        column_choices: cuts(l, source, *columns),
        measures: source
            .measures()
            .into_iter()
            .map(|one| Choice {
                value: one.to_owned(),
                label: source.measure(l, one).0,
                chosen: one == measure,
            })
            .collect(),
        sources: Vec::new(),
        has_hotlines: source.cuts().contains(&By::Hotline),
        hotlines: choices(&names.hotlines, scope.hotline.as_deref()),
        people: choices(&names.people, scope.person.map(|p| p.to_string()).as_deref()),
        days: words::days(spelling, &scope.period),
        source: source.word(),
        rows: *rows,
        columns: *columns,
        measure: measure.clone(),
        from: scope.period.from,
        to: scope.period.to,
        answer,
        questions,
        frame,
    }
}

fn cuts(l: &Messages, source: &dyn Source, chosen: By) -> Vec<Choice> {
    let choice = |&by: &By| Choice {
        value: by.word().to_owned(),
        label: words::by(l, by),
        chosen: by == chosen,
    };
    source.cuts().iter().map(choice).collect()
}

/// What is kept of a question: named times stay named, so that "this month" stays this month.
pub(super) fn kept_address(question: &Asking, source: &str) -> String {
    let Asking { scope, rows, columns, measure, .. } = question;
    let mut fields = vec![
        ("source", source.to_owned()),
        ("rows", rows.word().to_owned()),
        ("columns", columns.word().to_owned()),
        ("measure", measure.clone()),
    ];
    if scope.period.name == "custom" {
        fields.push(("from", scope.period.from.to_string()));
        fields.push(("to", scope.period.to.to_string()));
    } else {
        fields.push(("period", scope.period.name.to_owned()));
    }
    if let Some(hotline) = &scope.hotline {
        let word = if hotline.is_empty() { "-" } else { hotline.as_str() };
        fields.push(("hotline", super::links::escaped(word)));
    }
    fields.extend(scope.person.map(|person| ("person", person.to_string())));
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

fn book(
    frame: &Frame,
    names: &Names,
    source: &dyn Source,
    question: &Asking,
    answer: &Answer,
) -> Book {
    let (l, spelling) = (&frame.l, frame.spelling);
    let label = |by, key: &String| {
        source.label(l, by, key).unwrap_or_else(|| names.piece(l, spelling, by, key))
    };
    let mut headings = vec![words::by(l, question.rows)];
    headings.extend(answer.columns.iter().map(|key| label(question.columns, key)));
    headings.push(l.reports_total().to_string());
    let row = |(key, counts): (&String, &Vec<i64>)| {
        let mut cells = vec![Kept::Text(label(question.rows, key))];
        cells.extend(counts.iter().map(|&count| Kept::Number(count)));
        cells.push(Kept::Number(counts.iter().sum()));
        cells
    };
    let (name, _) = source.measure(l, &question.measure);
    let period = question.scope.period;
    let rows = answer.rows.iter().zip(&answer.counts).map(row).collect();
    let sheets = vec![Sheet { name: name.clone(), headings, rows }];
    Book { name: format!("{name} {} {}", period.from, period.to), sheets }
}

/// The kept questions as a list.
#[derive(Serialize)]
struct Questions {
    items: Vec<Question>,
    next: Option<String>,
}

/// A program's list of questions; a person sees them beside the analysis.
pub(super) async fn kept(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(READERS)?;
    if !want.json {
        return Ok(crate::web::go("/reports/analysis"));
    }
    let items = store::questions(&want.kit.db).await?;
    want.json_with(StatusCode::OK, &Questions { items, next: None })
}

#[derive(Deserialize)]
pub(super) struct Written {
    name: String,
    asked: String,
}

pub(super) async fn keep(
    State(office): State<Office>,
    want: Want,
    reader: Reader,
    Input(Written { name, asked }): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let name = name.trim().to_owned();
    if !(1..=NAME_MOST).contains(&name.chars().count()) {
        return Err(Problem::rules().field("name", |l| l.reports_question_wrong_name().to_string()));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "=&-_.%".contains(c);
    if asked.len() > ASKED_MOST || !asked.chars().all(plain) {
        return Err(Problem::rules().field("asked", |l| l.reports_wrong_source().to_string()));
    }
    let source = asked.split('&').find_map(|pair| pair.strip_prefix("source="));
    let source = source.unwrap_or("calls").to_owned();
    if office.sources.find(&source).is_none() {
        return Err(Problem::rules().field("asked", |l| l.reports_wrong_source().to_string()));
    }
    let place = format!("/reports/analysis?{asked}");
    let id = store::keep_question(&want.kit.db, want.stamp(), name, source, asked).await?;
    let all = store::questions(&want.kit.db).await?;
    let found = all.into_iter().find(|one| one.id == id).ok_or_else(Problem::not_found)?;
    want.done(&place, &found)
}

pub(super) async fn forget(
    want: Want,
    reader: Reader,
    At(id): At<QuestionId>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    if !store::drop_question(&want.kit.db, want.stamp(), id).await? {
        return Err(Problem::not_found());
    }
    want.done("/reports/analysis", &serde_json::json!({ "id": id }))
}

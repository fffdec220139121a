//! `/reports/analysis`: questions of one's own, kept and asked again (clause 3-i).

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::answering::{Choice, choices};
use super::asked::Asked as ScopeAsked;
use super::links::Link;
use super::words::{self, Names};
use super::{Office, READERS, tables};
use crate::calls::{Figure, figures};
use crate::kernel::QuestionId;
use crate::reports::export::{Book, Cell as Kept, Sheet};
use crate::reports::period::By;
use crate::reports::pivot::{Answer, Question as Asking};
use crate::reports::store::{self, Question};
use crate::web::{At, Filter, Frame, Input, Place, Problem, Reader, Want, maybe_text};
use crate::words::Messages;

/// The longest name of a question, in characters.
const NAME_MOST: usize = 80;
/// The longest address of a question, in bytes.
const ASKED_MOST: usize = 1_000;
/// How the lines and columns may be cut.
const CUTS: [By; 8] =
    [By::Nothing, By::Hour, By::Weekday, By::Day, By::Week, By::Month, By::Person, By::Hotline];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(flatten)]
    scope: ScopeAsked,
    #[serde(deserialize_with = "maybe_text")]
    source: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    rows: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    columns: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    measure: Option<String>,
}

struct Cell {
    count: i64,
    href: String,
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
    let mut with_time = asked.scope.clone();
    if with_time.period.is_none() && with_time.from.is_none() && with_time.to.is_none() {
        with_time.period = Some("four_weeks".to_owned());
    }
    let scope = with_time.scope(&want)?;
    let cut = |field: &'static str, text: &Option<String>, usual: By| match text {
        None => Ok(usual),
        Some(word) => By::from_word(word)
            .ok_or_else(|| Problem::syntax().field(field, |l| l.reports_wrong_by().to_string())),
    };
    let rows = cut("rows", &asked.rows, By::Weekday)?;
    let columns = cut("columns", &asked.columns, By::Hotline)?;
    let source = office.sources.find(asked.source.as_deref().unwrap_or("calls"));
    let source = source.ok_or_else(|| {
        Problem::syntax().field("source", |l| l.reports_wrong_source().to_string())
    })?;
    let measure = asked.measure.clone().unwrap_or_else(|| "presented".to_owned());
    if !source.measures().contains(&measure.as_str()) {
        return Err(Problem::syntax().field("measure", |l| l.reports_wrong_measure().to_string()));
    }
    let question = Asking { scope, rows, columns, measure };
    let db = &want.kit.db;
    let answer = source.answer(db, &question).await?;
    let names = Names::read(db, &office).await?;
    let frame = want.frame(Place::Reports);
    let format = asked.scope.format.as_deref();
    let book = || book(&frame, &names, &question, &answer);
    if let Some(table) = tables::asked(format, book)? {
        return Ok(table);
    }
    let questions = store::questions(db).await?;
    want.page(&page(frame, &names, source.word(), &question, answer, questions))
}

fn page(
    frame: Frame,
    names: &Names,
    source: &'static str,
    question: &Asking,
    answer: Answer,
    questions: Vec<Question>,
) -> Page {
    let (l, spelling) = (&frame.l, frame.spelling);
    let Asking { scope, rows, columns, measure } = question;
    let figure = Figure::from_word(measure).unwrap_or(Figure::Presented);
    let of = || Link::of(scope).figure(figure);
    let lines: Vec<(i64, &String, &Vec<i64>)> = answer
        .rows
        .iter()
        .zip(&answer.counts)
        .map(|(key, counts)| (counts.iter().sum(), key, counts))
        .collect();
    let most = lines.iter().map(|(sum, ..)| *sum).max().unwrap_or(0).max(1);
    let line = |&(sum, key, counts): &(i64, &String, &Vec<i64>)| {
        let link = || of().piece(*rows, key, &scope.period);
        let cell = |(&count, column): (&i64, &String)| Cell {
            count,
            // days inside days: a column's days may only narrow those of its line
            href: narrowed(link(), *rows, key, *columns, column, &scope.period).href(),
        };
        Line {
            label: names.piece(l, spelling, *rows, key),
            cells: counts.iter().zip(&answer.columns).map(cell).collect(),
            sum: Cell { count: sum, href: link().href() },
            bar: sum * 1000 / most,
        }
    };
    let column_sum = |(place, key): (usize, &String)| Cell {
        count: answer.counts.iter().filter_map(|row| row.get(place)).sum(),
        href: of().piece(*columns, key, &scope.period).href(),
    };
    Page {
        asked: kept_address(question, source),
        measure_name: figures::name(l, figure),
        definition: figures::definition(l, figure),
        rows_name: words::by(l, *rows),
        heads: answer.columns.iter().map(|key| names.piece(l, spelling, *columns, key)).collect(),
        lines: lines.iter().map(line).collect(),
        sums: answer.columns.iter().enumerate().map(column_sum).collect(),
        total: Cell { count: answer.counts.iter().flatten().sum(), href: of().href() },
        row_choices: cuts(l, *rows),
        column_choices: cuts(l, *columns),
        measures: Figure::ALL
            .iter()
            .map(|&one| Choice {
                value: one.word().to_owned(),
                label: figures::name(l, one),
                chosen: one == figure,
            })
            .collect(),
        hotlines: choices(&names.hotlines, scope.hotline.as_deref()),
        people: choices(&names.people, scope.person.map(|p| p.to_string()).as_deref()),
        days: words::days(spelling, &scope.period),
        source,
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

/// Both cuts of a cell. Where both are days, weeks or months, the days of the column are cut by
/// those of the line.
fn narrowed(
    link: Link,
    rows: By,
    row: &str,
    columns: By,
    column: &str,
    period: &crate::reports::period::Period,
) -> Link {
    let timed = |by: By| matches!(by, By::Day | By::Week | By::Month);
    if timed(rows) && timed(columns) {
        return link.piece(columns, column, &super::links::days_of(rows, row, period));
    }
    link.piece(columns, column, period)
}

fn cuts(l: &Messages, chosen: By) -> Vec<Choice> {
    let choice = |by: By| Choice {
        value: by.word().to_owned(),
        label: words::by(l, by),
        chosen: by == chosen,
    };
    CUTS.map(choice).into()
}

/// What is kept of a question: named times stay named, so that "this month" stays this month.
fn kept_address(question: &Asking, source: &str) -> String {
    let Asking { scope, rows, columns, measure } = question;
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

fn book(frame: &Frame, names: &Names, question: &Asking, answer: &Answer) -> Book {
    let (l, spelling) = (&frame.l, frame.spelling);
    let figure = Figure::from_word(&question.measure).unwrap_or(Figure::Presented);
    let label = |by, key: &String| names.piece(l, spelling, by, key);
    let mut headings = vec![words::by(l, question.rows)];
    headings.extend(answer.columns.iter().map(|key| label(question.columns, key)));
    headings.push(l.reports_total().to_string());
    let row = |(key, counts): (&String, &Vec<i64>)| {
        let mut cells = vec![Kept::Text(label(question.rows, key))];
        cells.extend(counts.iter().map(|&count| Kept::Number(count)));
        cells.push(Kept::Number(counts.iter().sum()));
        cells
    };
    let name = figures::name(l, figure);
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

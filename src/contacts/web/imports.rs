//! A spreadsheet of cards: read and shown line by line first, taken over when somebody says so.

use askama::Template;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::super::import::{Fate, ImportTally, Verdict};
use super::super::sheet::{NotASheet, Sheet};
use super::super::sight::MOVERS;
use super::super::store::{imports, rules};
use super::super::wrong::Wrong;
use crate::web::{At, Frame, Place, Problem, Reader, Want, file, go};
use crate::words::Messages;

/// So many lines are shown of a file; the mistakes first.
const SHOWN: usize = 500;

/// A line and what becomes of it.
#[derive(Debug, Clone, Serialize)]
struct LineView {
    line: u64,
    name: String,
    /// `add`, `complete`, `same`, `repeat` or `wrong`.
    fate: &'static str,
    /// The card that is meant.
    contact: Option<i64>,
    /// What is wrong, in the reader's language.
    problems: Vec<String>,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    tint: &'static str,
}

impl LineView {
    fn of(l: &Messages, verdict: &Verdict) -> Self {
        let (fate, contact, said, tint) = match &verdict.fate {
            Fate::Add(_) => ("add", None, l.contacts_fate_add().to_string(), "t1"),
            Fate::Complete { id, .. } => {
                ("complete", Some(id.0), l.contacts_fate_complete().to_string(), "ti")
            }
            Fate::Same(id) => ("same", Some(id.0), l.contacts_fate_same().to_string(), ""),
            Fate::Repeat(line) => ("repeat", None, l.contacts_fate_repeat(*line).to_string(), ""),
            Fate::Wrong(_) => ("wrong", None, l.contacts_fate_wrong().to_string(), "t4"),
        };
        let problems = match &verdict.fate {
            Fate::Wrong(wrong) => {
                wrong.iter().map(|one| problem(l, *one, &verdict.numbers)).collect()
            }
            Fate::Add(_) | Fate::Complete { .. } | Fate::Same(_) | Fate::Repeat(_) => Vec::new(),
        };
        let (line, name) = (verdict.line, verdict.name.clone());
        Self { line, name, fate, contact, problems, said, tint }
    }
}

/// What is wrong; of a number also what is written there.
fn problem(l: &Messages, wrong: Wrong, numbers: &[String]) -> String {
    let said = wrong.say(l);
    let Wrong::Number { place, .. } = wrong else { return said };
    match numbers.get(place.saturating_sub(1)) {
        Some(number) => l.contacts_wrong_written(said.as_str(), number.as_str()).to_string(),
        None => said,
    }
}

#[derive(Template, Serialize)]
#[template(path = "contacts/imports.html")]
struct ImportsPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<imports::Import>,
    next: Option<String>,
    #[serde(skip)]
    problem: Option<String>,
}

#[derive(Template, Serialize)]
#[template(path = "contacts/import.html")]
struct ImportPage {
    #[serde(skip)]
    frame: Frame,
    /// `null` where nothing is kept because a line is wrong.
    id: Option<i64>,
    state: String,
    file_name: String,
    encoding: Option<String>,
    /// Headings nobody knows.
    unknown: Vec<String>,
    tally: ImportTally,
    lines: Vec<LineView>,
    #[serde(skip)]
    hidden: usize,
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(MOVERS)?;
    want.page(&page(&want, None).await?)
}

async fn page(want: &Want, problem: Option<String>) -> Result<ImportsPage, Problem> {
    let items = imports::newest(&want.kit.db).await?;
    Ok(ImportsPage { frame: want.frame(Place::Contacts), items, next: None, problem })
}

/// Takes in a file: from a form (multipart, field `file`), or as the body itself (`text/csv`). What
/// it would do is shown; nothing is done.
pub(super) async fn read(
    want: Want,
    reader: Reader,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    reader.may(MOVERS)?;
    let (file_name, bytes) = taken(&headers, body).await?;
    let sheet = match Sheet::read(&bytes) {
        Ok(sheet) => sheet,
        Err(why) => {
            let problem = Problem::rules().field("file", move |l| no_sheet(l, &why));
            if want.json {
                return Err(problem);
            }
            let said = problem.fields(&want.messages()).remove("file");
            return want.page_with(problem.status, &page(&want, said).await?);
        }
    };
    let db = &want.kit.db;
    let (_, site) = rules::current(db).await?;
    let verdicts = imports::judge(db, &site, &sheet.lines).await?;
    let tally = ImportTally::of(&verdicts);
    if tally.wrong == 0 && tally.added + tally.completed > 0 {
        let id = imports::keep(db, want.stamp(), file_name.clone(), sheet.lines.clone()).await?;
        let view = judged(&want, Some(id), "checked", file_name, Some(&sheet), &verdicts);
        if want.json {
            return want.json_with(StatusCode::CREATED, &view);
        }
        return Ok(go(&format!("/contacts/imports/{id}")));
    }
    let status = if tally.wrong > 0 { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let view = judged(&want, None, "dropped", file_name, Some(&sheet), &verdicts);
    want.page_with(status, &view)
}

/// The name and the bytes of the file that was sent.
async fn taken(headers: &HeaderMap, body: Bytes) -> Result<(String, Bytes), Problem> {
    let Some((name, bytes)) = file(headers, body).await? else {
        return Err(Problem::rules().field("file", |l| l.contacts_import_no_file().to_string()));
    };
    Ok((super::super::text::line(&name).chars().take(80).collect(), bytes))
}

fn judged(
    want: &Want,
    id: Option<i64>,
    state: &str,
    file_name: String,
    sheet: Option<&Sheet>,
    verdicts: &[Verdict],
) -> ImportPage {
    let frame = want.frame(Place::Contacts);
    let mut order: Vec<&Verdict> = verdicts.iter().collect();
    order.sort_by_key(|verdict| (!matches!(verdict.fate, Fate::Wrong(_)), verdict.line));
    let lines = order.iter().take(SHOWN).map(|verdict| LineView::of(&frame.l, verdict)).collect();
    ImportPage {
        id,
        state: state.to_owned(),
        file_name,
        encoding: sheet.map(|sheet| sheet.encoding.to_owned()),
        unknown: sheet.map(|sheet| sheet.unknown.clone()).unwrap_or_default(),
        tally: ImportTally::of(verdicts),
        lines,
        hidden: verdicts.len().saturating_sub(SHOWN),
        frame,
    }
}

pub(super) async fn one(want: Want, reader: Reader, At(id): At<i64>) -> Result<Response, Problem> {
    reader.may(MOVERS)?;
    let db = &want.kit.db;
    let import = imports::one(db, id).await?.ok_or_else(Problem::not_found)?;
    let (_, site) = rules::current(db).await?;
    let verdicts = imports::judge(db, &site, &import.lines()?).await?;
    let mut view =
        judged(&want, Some(id), &import.state, import.file_name.clone(), None, &verdicts);
    if import.state == "done" {
        let count = |n: i64| usize::try_from(n).unwrap_or(0);
        view.tally = ImportTally {
            added: count(import.added),
            completed: count(import.changed),
            ..view.tally
        };
    }
    want.page(&view)
}

pub(super) async fn take_over(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
) -> Result<Response, Problem> {
    reader.may(MOVERS)?;
    let db = &want.kit.db;
    let (_, site) = rules::current(db).await?;
    let done = imports::take_over(db, want.stamp(), site, id).await;
    let tally = done.map_err(|error| {
        if error.is_refusal(imports::OVER) {
            over()
        } else if error.is_refusal(imports::WRONG) {
            Problem::rule(|l| l.contacts_import_rules_changed().to_string())
        } else {
            error.into()
        }
    })?;
    want.done(&format!("/contacts/imports/{id}"), &tally)
}

pub(super) async fn drop_it(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
) -> Result<Response, Problem> {
    reader.may(MOVERS)?;
    imports::drop_it(&want.kit.db, want.stamp(), id)
        .await
        .map_err(|error| if error.is_refusal(imports::OVER) { over() } else { error.into() })?;
    want.done("/contacts/imports", &serde_json::json!({ "id": id, "state": "dropped" }))
}

fn over() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "over",
        |l| l.contacts_import_over().to_string(),
        |l| l.contacts_import_over_detail().to_string(),
    )
}

fn no_sheet(l: &Messages, why: &NotASheet) -> String {
    let said = match why {
        NotASheet::Empty => l.contacts_sheet_empty(),
        NotASheet::NotText { line } => l.contacts_sheet_not_text(*line),
        NotASheet::NoName => l.contacts_sheet_no_name(),
        NotASheet::Twice(heading) => l.contacts_sheet_twice(heading.as_str()),
        NotASheet::TooLong => l.contacts_sheet_too_long(super::super::sheet::MOST),
    };
    said.to_string()
}

//! The directory into a spreadsheet and out of one. Nothing is imported unless every row is right.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};

use super::super::exchange::{self, COLUMNS, Row, Unreadable};
use super::super::person::{Disclosure, Person};
use super::super::store;
use super::super::store::looks::{self, Look};
use super::change::{Fields, refused};
use super::view::Scene;
use super::{KEEPERS, Panel};
use crate::kernel::PersonId;
use crate::web::{Frame, Input, Place, Problem, Reader, Want, flag};

/// A file has at most so many rows.
const ROWS_MOST: usize = 5_000;

/// What became of a row.
#[derive(Debug, Clone, Serialize)]
struct Outcome {
    line: usize,
    name: String,
    /// `new`, `changed`, `wrong`.
    what: &'static str,
    /// What is wrong, by field.
    fields: std::collections::BTreeMap<&'static str, String>,
}

#[derive(Template, Serialize)]
#[template(path = "directory/import.html")]
struct ImportPage {
    #[serde(skip)]
    frame: Frame,
    rows: Vec<Outcome>,
    /// Whether it was only tried.
    dry_run: bool,
    /// Whether it is in the directory now.
    imported: bool,
    #[serde(skip)]
    csv: String,
    #[serde(skip)]
    asked: bool,
    #[serde(skip)]
    columns: String,
    #[serde(skip)]
    wrong: Option<String>,
}

fn page(want: &Want, csv: String) -> ImportPage {
    let columns: Vec<&str> = COLUMNS.iter().map(|(_, chinese)| *chinese).collect();
    ImportPage {
        frame: want.frame(Place::Directory),
        rows: Vec::new(),
        dry_run: true,
        imported: false,
        csv,
        asked: false,
        columns: columns.join(","),
        wrong: None,
    }
}

impl ImportPage {
    /// What a column is called; a column of none is called as it is written.
    fn column(&self, field: &str) -> String {
        let l = &self.frame.l;
        match field {
            "name" => l.directory_name().to_string(),
            "department" => l.directory_department().to_string(),
            "title" => l.directory_job().to_string(),
            "location" => l.directory_location().to_string(),
            "extension" => l.directory_extension().to_string(),
            "phone" => l.directory_phone().to_string(),
            "mobile" => l.directory_mobile().to_string(),
            "email" => l.directory_email().to_string(),
            "disclosure" => l.directory_level().to_string(),
            "secretary" => l.directory_secretary().to_string(),
            "note" => l.directory_note().to_string(),
            other => other.to_owned(),
        }
    }

    fn wrong_rows(&self) -> usize {
        self.rows.iter().filter(|row| row.what == "wrong").count()
    }
}

pub(super) async fn form(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    want.page(&page(&want, String::new()))
}

/// A file, to be tried or taken.
#[derive(Deserialize)]
pub(super) struct Sent {
    csv: String,
    #[serde(default, deserialize_with = "flag")]
    dry_run: bool,
}

/// One row that is right: whom it changes, and to what.
type Planned = (Option<(PersonId, i64)>, super::super::person::Draft);

pub(super) async fn import(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Input(sent): Input<Sent>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let scene = Scene::load(&panel, &want, &reader).await?;
    let l = want.messages();
    let mut page = ImportPage { asked: true, ..page(&want, sent.csv.clone()) };
    let rows = match exchange::read(&sent.csv) {
        Ok(rows) if rows.len() <= ROWS_MOST => rows,
        Ok(_) => return told(&want, page, l.directory_import_long(ROWS_MOST).to_string()),
        Err(Unreadable::Heading) => {
            return told(&want, page, l.directory_import_heading().to_string());
        }
        Err(Unreadable::Row(line)) => {
            return told(&want, page, l.directory_import_row(line).to_string());
        }
    };
    let mut plan: Vec<Planned> = Vec::new();
    for row in &rows {
        let known = match_of(&scene.people, row);
        let fields = fields_of(row, known, &scene.people);
        let outcome = match fields.read(|id| scene.person(id).is_some()) {
            Ok(draft) => {
                plan.push((known.map(|person| (person.id, person.version)), draft));
                let what = if known.is_some() { "changed" } else { "new" };
                Outcome {
                    line: row.line,
                    name: fields.name,
                    what,
                    fields: std::collections::BTreeMap::new(),
                }
            }
            Err(problem) => Outcome {
                line: row.line,
                name: fields.name,
                what: "wrong",
                fields: problem.fields(&l),
            },
        };
        page.rows.push(outcome);
    }
    let good = page.wrong_rows() == 0;
    page.dry_run = sent.dry_run;
    if good && !sent.dry_run {
        let done = want.kit.db.write(want.stamp(), move |tx| {
            let plan = plan.clone();
            Box::pin(async move {
                for (known, draft) in plan {
                    match known {
                        Some((id, version)) => store::edit_in(tx, id, version, draft).await?,
                        None => store::add_in(tx, draft).await.map(drop)?,
                    }
                }
                Ok(())
            })
        });
        done.await.map_err(refused)?;
        page.imported = true;
    }
    let status = if good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    want.page_with(status, &page)
}

fn told(want: &Want, mut page: ImportPage, wrong: String) -> Result<Response, Problem> {
    if want.json {
        return Err(Problem::rules().field("csv", move |_| wrong.clone()));
    }
    page.wrong = Some(wrong);
    want.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// The person a row is about: of that name and department, or of that name where only one is.
fn match_of<'p>(people: &'p [Person], row: &Row) -> Option<&'p Person> {
    let mut named = people.iter().filter(|person| person.draft.name == row.cell("name"));
    let department = row.cell("department");
    let exact = named.clone().find(|person| person.draft.department == department);
    exact.or_else(|| {
        let only = named.next().filter(|_| department.is_empty());
        only.filter(|_| named.next().is_none())
    })
}

/// The form a row means: what the file has no column for stays as it is.
fn fields_of(row: &Row, known: Option<&Person>, people: &[Person]) -> Fields {
    let before = known.map(|person| person.draft.clone());
    let cell = |column: &str, kept: fn(&super::super::person::Draft) -> Option<String>| {
        let old = || before.as_ref().and_then(kept).unwrap_or_default();
        row.cells.get(column).cloned().unwrap_or_else(old)
    };
    let level = row.cells.get("disclosure").filter(|text| !text.is_empty()).cloned();
    let kept_level = before.as_ref().map(|draft| draft.disclosure.name().to_owned());
    let secretary = match row.cells.get("secretary").map(String::as_str) {
        Some("") => None,
        Some(name) => {
            let found = people.iter().find(|person| person.draft.name == name);
            // an unknown name is told as a wrong field
            Some(found.map_or(-1, |person| person.id.0))
        }
        None => before.as_ref().and_then(|draft| draft.secretary).map(|id| id.0),
    };
    Fields {
        name: row.cell("name").to_owned(),
        department: cell("department", |draft| Some(draft.department.clone())),
        title: cell("title", |draft| Some(draft.title.clone())),
        location: cell("location", |draft| Some(draft.location.clone())),
        extension: cell("extension", |draft| draft.extension.clone()),
        phone: cell("phone", |draft| draft.phone.clone()),
        mobile: cell("mobile", |draft| draft.mobile.clone()),
        email: cell("email", |draft| draft.email.clone()),
        note: cell("note", |draft| draft.note.clone()),
        disclosure: level.or(kept_level).unwrap_or_else(|| "internal".to_owned()),
        secretary,
        deputy: before.as_ref().and_then(|draft| draft.deputy).map(|id| id.0),
        staff: before.as_ref().and_then(|draft| draft.staff).map(|id| id.0),
        ..Fields::default()
    }
}

pub(super) async fn export(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let scene = Scene::load(&panel, &want, &reader).await?;
    let restricted: Vec<PersonId> = scene
        .people
        .iter()
        .filter(|person| person.draft.disclosure == Disclosure::Restricted)
        .map(|person| person.id)
        .collect();
    looks::write(&want.kit.db, want.stamp(), &restricted, Look::Exported, false).await?;
    let mut out = csv::Writer::from_writer(Vec::from("\u{feff}".as_bytes()));
    out.write_record(COLUMNS.map(|(name, _)| name)).map_err(Problem::broken)?;
    for person in &scene.people {
        let view = scene.view(&want, person);
        let secretary = view.secretary.map(|one| one.name);
        let cells = [
            Some(view.name),
            Some(view.department),
            Some(view.title),
            view.location,
            view.extension,
            view.phone,
            view.mobile,
            view.email,
            Some(view.disclosure.name().to_owned()),
            secretary,
            view.note,
        ];
        let cells = cells.map(|cell| exchange::harmless(cell.as_deref().unwrap_or_default()));
        out.write_record(cells).map_err(Problem::broken)?;
    }
    let body = out.into_inner().map_err(|error| Problem::broken(error.error()))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"directory.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, body).into_response())
}

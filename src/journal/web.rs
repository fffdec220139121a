//! The journal on a page and as a table for a spreadsheet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use serde_json::Value;

use super::asked::Asked;
use super::happenings;
use super::own::{Own, OwnWords};
use super::picked::{Choice, Group, groups, people};
use super::spelt::{Names, spelt};
use super::store::{self, Row};
use crate::kernel::{Moment, Role, StaffId};
use crate::staff;
use crate::web::csv::Csv;
use crate::web::{
    Filter, Frame, Named, OnDuty, Place, Problem, Reader, Subjects, Want, doors, to_cursor,
};
use crate::words;

/// Who reads all of it.
pub(super) const READERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Manager, Role::Admin];
const PAGE: usize = 100;
/// A table has at most so many rows: more is a copy of the store, not a table.
const TABLE: usize = 50_000;
/// Rows are read so many at a time.
const CHUNK: usize = 1_000;

/// The room. Cheap to clone.
#[derive(Clone)]
pub struct Room {
    subjects: Subjects,
    own: Arc<dyn OwnWords>,
}

impl Room {
    /// The room; `subjects` knows what records are called, `own` what the house calls changes itself.
    pub fn new(subjects: Subjects, own: Arc<dyn OwnWords>) -> Self {
        Self { subjects, own }
    }
}

/// `/journal` and `/journal.csv`.
pub fn routes(room: Room) -> Router {
    Router::new().route("/journal", get(show)).route("/journal.csv", get(table)).with_state(room)
}

/// A row as pages and programs see it.
#[derive(Serialize)]
struct Line {
    seq: i64,
    at: Moment,
    /// Who did it; null is the house itself, or not for this reader to know.
    by: Option<Person>,
    kind: String,
    subject: String,
    /// What the record is called, where the reader may know.
    name: Option<Named>,
    change: String,
    version: Option<i64>,
    before: Option<Value>,
    after: Option<Value>,
    why: Option<String>,
    #[serde(skip)]
    when: String,
    #[serde(skip)]
    who: String,
    #[serde(skip)]
    what: String,
    #[serde(skip)]
    more: String,
}

#[derive(Serialize)]
struct Person {
    id: StaffId,
    name: String,
}

#[derive(Template, Serialize)]
#[template(path = "journal/list.html")]
struct JournalPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Line>,
    next: Option<String>,
    #[serde(skip)]
    asked: Asked,
    #[serde(skip)]
    people: Vec<Choice>,
    /// What was asked and stands in no group.
    #[serde(skip)]
    other: Option<Choice>,
    /// What happens, by kind.
    #[serde(skip)]
    groups: Vec<Group>,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
    /// The reader reads only what they did themselves.
    #[serde(skip)]
    own: bool,
}

impl JournalPage {
    fn older(&self) -> String {
        format!("/journal?{}", self.asked.query(self.next.as_deref()))
    }

    fn csv(&self) -> String {
        format!("/journal.csv?{}", self.asked.query(None))
    }

    fn narrow(&self) -> bool {
        !self.asked.query(None).is_empty()
    }
}

async fn names(want: &Want) -> Result<Names, Problem> {
    let everyone = staff::store::everyone(&want.kit.db).await?.into_iter();
    Ok(everyone.map(|person| (person.id, person.name)).collect())
}

fn line(
    want: &Want,
    row: Row,
    known: &BTreeMap<String, Named>,
    (people, own): (&Names, &Own),
) -> Line {
    let l = want.messages();
    let json =
        |text: Option<String>| text.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let (before, after) = (json(row.before), json(row.after));
    let mut more: Vec<String> = Vec::new();
    if let Some(before) = &before {
        more.push(format!("{} →", spelt(&l, want.spelling(), before, people)));
    }
    if let Some(after) = &after {
        more.push(spelt(&l, want.spelling(), after, people));
    }
    if let Some(why) = &row.why {
        more.push(l.journal_because(words::why(&l, why)).to_string());
    }
    Line {
        when: want.spelling().exact(row.at),
        who: row.by_name.clone().unwrap_or_else(|| l.journal_house().to_string()),
        what: happenings::change(&l, own, &row.kind, &row.change),
        more: more.join(" "),
        name: known.get(&row.subject).cloned(),
        by: row.by_staff.map(|id| Person { id, name: row.by_name.unwrap_or_default() }),
        seq: row.seq,
        at: row.at,
        kind: row.kind,
        subject: row.subject,
        change: row.change,
        version: row.version,
        before,
        after,
        why: row.why,
    }
}

fn may_read(reader: &OnDuty) -> Result<(), Problem> {
    reader.may(doors::JOURNAL)
}

async fn lines(
    room: &Room,
    want: &Want,
    reader: &OnDuty,
    (rows, own): (Vec<Row>, &Own),
) -> Result<Vec<Line>, Problem> {
    let subjects: BTreeSet<&str> = rows.iter().map(|row| row.subject.as_str()).collect();
    let known = room.subjects.names(want, reader, subjects).await?;
    let people = names(want).await?;
    Ok(rows.into_iter().map(|row| line(want, row, &known, (&people, own))).collect())
}

/// A page of rows, and whether there are older ones. Where there is none it may be that no house has such a kind.
async fn found(
    want: &Want,
    reader: &OnDuty,
    asked: &Asked,
    before: Option<i64>,
) -> Result<(Vec<Row>, bool), Problem> {
    let mut filter = asked.filter(reader, &want.kit.day)?;
    filter.before = before;
    let (rows, older) = store::page(&want.kit.db, &filter, PAGE).await?;
    if rows.is_empty() {
        asked.picked().known()?;
    }
    Ok((rows, older))
}

async fn show(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    may_read(&reader)?;
    let asked = asked.settled();
    // no field of the form is at fault where the place of a page is none of ours
    let before = asked.before()?;
    let (status, (rows, older), errors) = match found(&want, &reader, &asked, before).await {
        Ok(found) => (StatusCode::OK, found, BTreeMap::new()),
        Err(problem) if problem.has_fields() && !want.json => {
            (problem.status, (Vec::new(), false), problem.fields(&want.messages()))
        }
        Err(problem) => return Err(problem),
    };
    let next = rows.last().filter(|_| older).map(|last| to_cursor(&last.seq));
    let words = room.own.words(&want.kit.db, want.language).await?;
    let items = lines(&room, &want, &reader, (rows, &words)).await?;
    let own = !reader.roles.has_any(READERS);
    let l = want.messages();
    let everyone = if own || want.json { Names::new() } else { names(&want).await? };
    let people = people(&l, everyone, asked.person.as_deref());
    let did = match reader.staff().filter(|_| own && !want.json) {
        Some(by) => Some(store::did(&want.kit.db, by).await?),
        None => None,
    };
    let (other, groups) = groups(&l, &words, asked.picked(), did.as_ref());
    let frame = want.frame(Place::Journal);
    let page = JournalPage { frame, items, next, asked, people, other, groups, errors, own };
    want.page_with(status, &page)
}

async fn table(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    may_read(&reader)?;
    let asked = asked.settled();
    let mut filter = asked.filter(&reader, &want.kit.day)?;
    filter.before = asked.before()?;
    let own = room.own.words(&want.kit.db, want.language).await?;
    let l = want.messages();
    let headings = [
        l.journal_col_seq().to_string(),
        l.journal_col_at().to_string(),
        l.journal_col_who().to_string(),
        l.journal_col_kind().to_string(),
        l.journal_col_subject().to_string(),
        l.journal_col_name().to_string(),
        l.journal_col_change().to_string(),
        l.journal_col_more().to_string(),
    ];
    let mut csv = Csv::with_headings(headings.iter().map(String::as_str));
    let mut left = TABLE;
    loop {
        let (rows, older) = store::page(&want.kit.db, &filter, CHUNK.min(left)).await?;
        left = left.saturating_sub(rows.len());
        filter.before = rows.last().map(|last| last.seq);
        for line in lines(&room, &want, &reader, (rows, &own)).await? {
            let name = line.name.map(|named| named.text).unwrap_or_default();
            let (seq, at) = (line.seq.to_string(), want.spelling().exact(line.at));
            let cells =
                [&seq, &at, &line.who, &line.kind, &line.subject, &name, &line.change, &line.more];
            csv.row(cells.map(String::as_str));
        }
        if !older || left == 0 {
            return Ok(csv.answer(&l.journal_title().to_string()));
        }
    }
}

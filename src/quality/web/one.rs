//! `/quality/{id}`: one sheet, its form for those who score, its history.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::super::sheet::{Difference, Item, Mark, Scores};
use super::super::store::{self, OWN, STALE, Save, Scoring, Sheet};
use super::written::Written;
use super::{HEARD, RecordView, SCORERS, refused, say, scores, sees};
use crate::kernel::SheetId;
use crate::web::{At, Frame, Input, Place, Problem, Reader, Want};
use crate::words::{Said, minutes};

/// One item as the page shows it and asks for it.
struct Field {
    name: &'static str,
    note_name: &'static str,
    clause: &'static str,
    title: String,
    hint: String,
    /// What stands in the form: what was sent, else what holds.
    mark: Option<Mark>,
    note: String,
    /// What holds, in a word and its tint.
    holds: Option<(String, &'static str)>,
    held_note: String,
}

/// One save in the history.
struct Past {
    when: String,
    who: String,
    changed: Vec<String>,
}

#[derive(Template, Serialize)]
#[template(path = "quality/one.html")]
struct Page {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    record: RecordView,
    #[serde(skip)]
    fields: Vec<Field>,
    #[serde(skip)]
    marks: Vec<(Mark, String)>,
    #[serde(skip)]
    pasts: Vec<Past>,
    #[serde(skip)]
    when: String,
    #[serde(skip)]
    talk: String,
    #[serde(skip)]
    origin: String,
    #[serde(skip)]
    opened: String,
    #[serde(skip)]
    month: String,
    #[serde(skip)]
    scored: bool,
    #[serde(skip)]
    may_score: bool,
    #[serde(skip)]
    own: bool,
    /// What somebody else has saved since the form was read; `None` where nobody has.
    #[serde(skip)]
    meanwhile: Option<Vec<String>>,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

impl Page {
    fn of(want: &Want, reader: &Reader, sheet: &Sheet, saves: &[Save]) -> Self {
        let frame = want.frame(Place::Quality);
        let (l, spelling) = (&frame.l, frame.spelling);
        let record = RecordView::of(sheet, saves);
        let field = |item: &Item| {
            let score = sheet.scores.as_ref().map(|scores| scores.of(*item));
            let note = score.map(|score| score.note.clone()).unwrap_or_default();
            Field {
                name: item.name(),
                note_name: item.note_name(),
                clause: item.clause(),
                title: say::item(l, *item),
                hint: say::hint(l, *item),
                mark: score.map(|score| score.mark),
                holds: score.map(|score| (say::mark(l, score.mark), say::tint(score.mark))),
                held_note: note.clone(),
                note,
            }
        };
        let nobody = || l.quality_program().to_string();
        let past = |save: &super::SaveView| Past {
            when: spelling.moment(save.at),
            who: save.by.as_ref().map_or_else(nobody, |by| by.name.clone()),
            changed: save.changed.iter().map(|one| say::difference(l, *one)).collect(),
        };
        Self {
            fields: Item::ALL.iter().map(field).collect(),
            marks: Mark::ALL.iter().map(|mark| (*mark, say::mark(l, *mark))).collect(),
            pasts: record.saves.iter().rev().map(past).collect(),
            when: spelling.moment(sheet.offered_at),
            talk: sheet.talk_ms.map_or_else(|| "–".to_owned(), minutes),
            origin: say::origin(l, sheet.origin),
            opened: sheet.opened_by.as_ref().map_or_else(nobody, |by| by.name.clone()),
            month: sheet.date.format("%Y-%m").to_string(),
            scored: sheet.scores.is_some(),
            may_score: scores(reader, &sheet.operator),
            own: reader.staff() == Some(sheet.operator.id),
            meanwhile: None,
            errors: BTreeMap::new(),
            record,
            frame,
        }
    }

    /// With what was sent in the fields.
    fn with(mut self, written: &Written) -> Self {
        for (field, item) in self.fields.iter_mut().zip(Item::ALL) {
            field.mark = written.mark(*item);
            field.note = written.note(*item);
        }
        self
    }
}

impl Field {
    fn is(&self, mark: impl Borrow<Mark>) -> bool {
        self.mark == Some(*mark.borrow())
    }
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    At(id): At<SheetId>,
) -> Result<Response, Problem> {
    reader.may(HEARD)?;
    let (sheet, saves) = store::one(&want.kit.db, id).await?;
    if !sees(&reader, &sheet) {
        let own = reader.staff() == Some(sheet.operator.id);
        // a sheet of one's own that is not scored yet says nothing
        return Err(if own { Problem::not_found() } else { Problem::forbidden() });
    }
    want.page(&Page::of(&want, &reader, &sheet, &saves))
}

/// What is another now than at the version that was read.
fn since(sheet: &Sheet, saves: &[Save], version: i64) -> Vec<Difference> {
    let read: Option<&Scores> =
        saves.iter().rev().find(|save| save.version <= version).map(|save| &save.scores);
    sheet.scores.as_ref().map(|now| now.differ(read)).unwrap_or_default()
}

pub(super) async fn score(
    want: Want,
    reader: Reader,
    At(id): At<SheetId>,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(SCORERS)?;
    let db = &want.kit.db;
    let (sheet, saves) = store::one(db, id).await?;
    let given = match written.scores() {
        Ok(given) => given,
        Err(problem) if !want.json => {
            let mut page = Page::of(&want, &reader, &sheet, &saves).with(&written);
            page.errors = problem.fields(&want.messages());
            // it is still the sheet that was read
            page.record.sheet.version = written.version;
            return want.page_with(problem.status, &page);
        }
        Err(problem) => return Err(problem),
    };
    let met = given.count(Mark::Met);
    let heard = met + given.count(Mark::NotMet);
    let told = Said::with(|l, own| {
        let when = want.kit.spelling(own).moment(sheet.offered_at);
        l.quality_told(when, heard, met).to_string()
    });
    let scoring = Scoring { sheet: id, version: written.version, scores: given, told };
    match store::score(db, want.stamp(), scoring).await {
        Ok(_) => {}
        Err(error) if error.is_refusal(STALE) => {
            let (sheet, saves) = store::one(db, id).await?;
            let changed = since(&sheet, &saves, written.version);
            if want.json {
                let current = RecordView::of(&sheet, &saves);
                return Err(Problem::stale(&current).with("changed", &changed));
            }
            let mut page = Page::of(&want, &reader, &sheet, &saves).with(&written);
            let said = changed.iter().map(|one| say::difference(&page.frame.l, *one));
            page.meanwhile = Some(said.collect());
            return want.page_with(StatusCode::CONFLICT, &page);
        }
        Err(error) if error.is_refusal(OWN) => return Err(refused(error)),
        Err(error) => return Err(error.into()),
    }
    let (sheet, saves) = store::one(db, id).await?;
    want.done(&format!("/quality/{id}"), &RecordView::of(&sheet, &saves))
}

//! The pages of quality sheets: the month, one sheet, and the way to a sheet from a call.

mod beside;
mod month;
mod one;
mod sample;
mod say;
mod tables;
mod written;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Serialize;
use utoipa::ToSchema;

pub use beside::{OnCallPage, names};

use super::sheet::{Difference, Item, Mark, Origin};
use super::store::{self, NO_TALK, NONE_LEFT, OWN, Save, Sheet};
use crate::bus::News;
use crate::calls::StaffRef;
use crate::db;
use crate::kernel::{CallId, Moment, Role, SheetId};
use crate::web::live::Fragments;
use crate::web::{At, OnDuty, Problem, Reader, Want, doors};

/// Who may read every sheet.
const READERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Manager, Role::Admin];
/// Who listens and scores.
const SCORERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Admin];
/// Who may open the pages: an operator reads their own.
const HEARD: &[Role] = doors::CALLS;

/// `/quality` and what is under it, and a sheet for a call.
pub fn routes() -> Router {
    Router::new()
        .route("/quality", get(month::show))
        .route("/quality/samples", post(sample::draw))
        .route("/quality/{id}", get(one::show).post(one::score))
        .route("/calls/{id}/quality", post(choose))
}

/// The room's news on `/live`: for those who read every sheet. An operator is told of their own by a
/// notice.
pub struct QualityNews;

impl Fragments for QualityNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["quality"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reader.roles.has_any(READERS)
    }
}

/// Whether somebody reads this sheet: all of them, or their own once it is scored.
fn sees(reader: &OnDuty, sheet: &Sheet) -> bool {
    let own = reader.staff() == Some(sheet.operator.id) && reader.roles.has_any(HEARD);
    reader.roles.has_any(READERS) || (own && sheet.scores.is_some())
}

/// Whether somebody may score how this person spoke: not their own talks.
fn scores(reader: &OnDuty, operator: &StaffRef) -> bool {
    reader.roles.has_any(SCORERS) && reader.staff() != Some(operator.id)
}

/// One item of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualityScore)]
struct ItemView {
    /// Which.
    #[schema(value_type = String)]
    item: Item,
    /// The clause it comes from: `4.5`.
    clause: &'static str,
    /// What was heard; null until it is scored.
    #[schema(value_type = Option<String>)]
    mark: Option<Mark>,
    /// What is said to it.
    note: String,
}

/// A sheet as pages and programs see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualitySheet)]
pub struct SheetView {
    /// Which.
    id: SheetId,
    /// Rises with every change; a save names the version it was read at.
    version: i64,
    /// The call.
    call: CallId,
    /// Who answered it.
    operator: StaffRef,
    /// The business date of the call.
    date: String,
    /// The hotline's name.
    hotline: Option<String>,
    /// When the call came.
    offered_at: Moment,
    /// How long they talked; null where the end was not seen.
    talk_ms: Option<i64>,
    /// `drawn` by chance or `chosen`.
    #[schema(value_type = String)]
    origin: Origin,
    /// Who drew or chose it; null for a program.
    opened_by: Option<StaffRef>,
    /// When.
    opened_at: Moment,
    /// Who scored it last; null until it is, or for a program.
    scored_by: Option<StaffRef>,
    /// When; null until it is.
    scored_at: Option<Moment>,
    /// The five items, in the order of the clauses.
    items: Vec<ItemView>,
}

impl SheetView {
    fn of(sheet: &Sheet) -> Self {
        let item = |item: &Item| {
            let score = sheet.scores.as_ref().map(|scores| scores.of(*item));
            ItemView {
                item: *item,
                clause: item.clause(),
                mark: score.map(|score| score.mark),
                note: score.map(|score| score.note.clone()).unwrap_or_default(),
            }
        };
        Self {
            id: sheet.id,
            version: sheet.version,
            call: sheet.call,
            operator: sheet.operator.clone(),
            date: sheet.date.to_string(),
            hotline: sheet.hotline.clone(),
            offered_at: sheet.offered_at,
            talk_ms: sheet.talk_ms,
            origin: sheet.origin,
            opened_by: sheet.opened_by.clone(),
            opened_at: sheet.opened_at,
            scored_by: sheet.scored_by.clone(),
            scored_at: sheet.scored_at,
            items: Item::ALL.iter().map(item).collect(),
        }
    }
}

/// One save of a sheet: who, when, and what it made another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualitySave)]
struct SaveView {
    /// The version of the sheet after it.
    version: i64,
    /// Who; null for a program.
    by: Option<StaffRef>,
    /// When.
    at: Moment,
    /// What differs from the save before.
    changed: Vec<Difference>,
}

/// A sheet with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = QualityRecord)]
pub struct RecordView {
    #[serde(flatten)]
    sheet: SheetView,
    /// Every save, the oldest first.
    saves: Vec<SaveView>,
}

impl RecordView {
    fn of(sheet: &Sheet, saves: &[Save]) -> Self {
        let before = std::iter::once(None).chain(saves.iter().map(|save| Some(&save.scores)));
        let view = |(save, before): (&Save, _)| SaveView {
            version: save.version,
            by: save.by.clone(),
            at: save.at,
            changed: save.scores.differ(before),
        };
        Self { sheet: SheetView::of(sheet), saves: saves.iter().zip(before).map(view).collect() }
    }
}

/// Why a call has no sheet, in the reader's words.
fn refused(error: db::Error) -> Problem {
    if error.is_refusal(OWN) {
        return Problem::rule(|l| l.quality_wrong_own().to_string());
    }
    if error.is_refusal(NONE_LEFT) {
        return Problem::rules().field("person", |l| l.quality_wrong_none_left().to_string());
    }
    if error.is_refusal(NO_TALK) {
        return Problem::rule(|l| l.quality_wrong_no_talk().to_string());
    }
    error.into()
}

/// A sheet for a call that somebody wants to listen to.
async fn choose(want: Want, reader: Reader, At(call): At<CallId>) -> Result<Response, Problem> {
    reader.may(SCORERS)?;
    let db = &want.kit.db;
    let id = store::choose(db, want.stamp(), call).await.map_err(refused)?;
    let (sheet, saves) = store::one(db, id).await?;
    want.done(&format!("/quality/{id}"), &RecordView::of(&sheet, &saves))
}

//! Taking back what was done to a fault or an order: offered for a minute on a key, for ten in the history.

use axum::extract::State as Given;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use serde::Serialize;

use super::super::desk::{ACTS, Trouble, undoable};
use super::super::ticket::Ticket;
use super::{Panel, WRITERS, say, views};
use crate::kernel::Role;
use crate::undo::store::{self as ledger, Act, KEY_MS};
use crate::web::{At, OnDuty, Problem, Reader, Want};
use crate::words::Messages;

/// Who may take something back: the desk anything, an engineer their own.
const HANDS: &[Role] = &[Role::Operator, Role::Supervisor, Role::Head, Role::Admin, Role::Engineer];

/// What can be taken back now.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Undoing {
    /// The act.
    id: i64,
    /// What it was, in words.
    said: String,
    /// Whose it was, where it was not the reader's own: no key takes that back, and one is asked first.
    by: Option<String>,
    /// On a key for the one who did it, until this moment, in milliseconds of the epoch.
    #[serde(skip)]
    key_until: Option<i64>,
}

/// An act in words: `issued W26-0198`.
pub(super) fn said(l: &Messages, kind: &str) -> String {
    match kind.split_once(' ') {
        Some((word, no)) => format!("{no} {}", say::act(l, word)),
        None => say::act(l, kind),
    }
}

/// Whether this reader may take it back.
fn may(reader: &OnDuty, act: &Act) -> bool {
    reader.roles.has_any(WRITERS) || (act.by_staff.is_some() && act.by_staff == reader.staff())
}

/// What this reader can take back of a fault now.
pub(super) async fn undoing(
    want: &Want,
    reader: &OnDuty,
    ticket: &Ticket,
) -> crate::db::Result<Option<Undoing>> {
    let act = undoable(&want.kit.db, ticket, want.now).await?;
    let Some(act) = act.filter(|act| may(reader, act)) else { return Ok(None) };
    let mine = act.by_staff == reader.staff();
    let by = match act.by_staff.filter(|_| !mine) {
        Some(by) => views::names(&want.kit.db).await?.remove(&by),
        None => None,
    };
    let until = act.at.plus_millis(KEY_MS);
    Ok(Some(Undoing {
        said: said(&want.messages(), &act.kind),
        key_until: (mine && want.now < until).then(|| until.millis()),
        id: act.id,
        by,
    }))
}

impl Undoing {
    pub(super) fn by(&self) -> Option<&String> {
        self.by.as_ref()
    }

    pub(super) fn id(&self) -> i64 {
        self.id
    }
    pub(super) fn said(&self) -> &str {
        &self.said
    }
    pub(super) fn key_until(&self) -> Option<i64> {
        self.key_until
    }
}

/// The answer to an act, with the act by which it is taken back.
pub(super) async fn named(
    want: &Want,
    reader: &OnDuty,
    ticket: &Ticket,
    mut response: Response,
) -> Result<Response, Problem> {
    if let Some(undo) = undoing(want, reader, ticket).await?
        && let Ok(act) = HeaderValue::from_str(&undo.id.to_string())
    {
        response.headers_mut().insert(HeaderName::from_static("x-act"), act);
    }
    Ok(response)
}

async fn undone(
    panel: &Panel,
    want: &Want,
    reader: &Reader,
    act: Act,
) -> Result<Response, Problem> {
    if !may(reader, &act) {
        return Err(Problem::forbidden());
    }
    let ticket = panel.desk.undo(want.stamp(), act.id).await?;
    let place = if reader.roles.has_any(WRITERS) {
        format!("/faults/{}", ticket.no)
    } else {
        "/my/jobs".to_owned()
    };
    want.done(&place, &views::ticket(want, reader, ticket).await?)
}

pub(super) async fn undo(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(act): At<i64>,
) -> Result<Response, Problem> {
    reader.may(HANDS)?;
    let found = ledger::one(&want.kit.db, act).await?.filter(|act| act.room == ACTS);
    let Some(found) = found else { return Err(Trouble::TooLate.into()) };
    undone(&panel, &want, &reader, found).await
}

/// Ctrl+Z: the reader's own newest act.
pub(super) async fn undo_latest(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    reader.may(HANDS)?;
    let staff = reader.staff().ok_or_else(Problem::forbidden)?;
    match ledger::latest(&want.kit.db, ACTS, staff, want.now).await? {
        Some(act) => undone(&panel, &want, &reader, act).await,
        None => Err(Trouble::TooLate.into()),
    }
}

/// What was done to the fault itself, in its history; what notes and orders say already is left to them.
pub(super) async fn acts(want: &Want, ticket: &Ticket) -> crate::db::Result<Vec<Act>> {
    let all = ledger::of_subject(&want.kit.db, &format!("faults/{}", ticket.no)).await?;
    Ok(all.into_iter().filter(|act| act.room == ACTS && !act.kind.contains(' ')).collect())
}

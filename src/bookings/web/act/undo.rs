//! Taking back what was done, as an act that is checked like any other.

use axum::response::Response;

use super::super::super::doing;
use super::super::super::refusal::Refusal;
use super::super::super::store::{self, acts as kept};
use super::super::say::refused;
use super::super::view::views;
use super::super::{APPROVERS, FLOOR, WRITERS};
use super::{actor, found};
use crate::web::{At, OnDuty, Problem, Reader, Want};

async fn undone(want: &Want, reader: &OnDuty, act: i64) -> Result<Response, Problem> {
    let (db, stamp) = (&want.kit.db, want.stamp());
    if let Some(found) = kept::one(db, act).await? {
        // one's own always; what others did by those who write bookings; who sold it by those who decide
        let own = found.by_staff.is_some() && found.by_staff == reader.staff();
        let others = if found.kind == "attributed" { APPROVERS } else { WRITERS };
        if !own {
            reader.may(others)?;
        }
    }
    match doing::undo(db, stamp, actor(want, reader), act).await? {
        Ok(ids) => {
            let house = crate::rooms::store::house(db).await?;
            let bookings = store::by_ids(db, &ids).await?;
            let place = bookings.first().map_or_else(
                || "/rooms/board".to_owned(),
                |booking| format!("/bookings/{}", booking.no),
            );
            let items = views(want, reader, &house, bookings).await?;
            want.done(&place, &serde_json::json!({ "undone": act, "items": items }))
        }
        Err(refusal) => Err(refused(want, refusal).await),
    }
}

pub(in crate::bookings::web) async fn undo(
    want: Want,
    reader: Reader,
    At(act): At<i64>,
) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    undone(&want, &reader, act).await
}

/// Ctrl+Z: the reader's own newest act.
pub(in crate::bookings::web) async fn undo_latest(
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    let staff = reader.staff().ok_or_else(Problem::forbidden)?;
    match kept::latest(&want.kit.db, staff, want.now).await? {
        Some(act) => undone(&want, &reader, act.id).await,
        None => Err(refused(&want, Refusal::TooLate).await),
    }
}

/// Undoes the newest act of this kind on a booking.
async fn undo_of(want: &Want, reader: &OnDuty, no: &str, kind: &str) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    let booking = found(want, no).await?;
    let acts = kept::of_subject(&want.kit.db, &format!("bookings/{}", booking.no)).await?;
    match acts.into_iter().find(|act| act.undone_at.is_none() && act.kind == kind) {
        Some(act) => undone(want, reader, act.id).await,
        None => Err(refused(want, Refusal::TooLate).await),
    }
}

/// They are not here after all.
pub(in crate::bookings::web) async fn undo_arrival(
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    undo_of(&want, &reader, &no, "arrived").await
}

/// They do not sit yet.
pub(in crate::bookings::web) async fn undo_seat(
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    undo_of(&want, &reader, &no, "seated").await
}

/// They have not left.
pub(in crate::bookings::web) async fn undo_departure(
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    undo_of(&want, &reader, &no, "departed").await
}

/// They have not gone away.
pub(in crate::bookings::web) async fn undo_left(
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    undo_of(&want, &reader, &no, "left_unseated").await
}

//! Guests who have not come by the cut-off, released together with one key.

use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::{doing, store};
use super::WRITERS;
use super::act::actor;
use super::say::refused;
use super::view::views;
use crate::web::{Input, Problem, Reader, Want, maybe_text};

#[derive(Deserialize)]
pub(super) struct Of {
    /// A business date; none: today's.
    #[serde(default, deserialize_with = "maybe_text")]
    date: Option<String>,
}

/// Somebody who keeps their room, and why.
#[derive(Serialize)]
struct Left {
    no: String,
    detail: String,
}

pub(super) async fn release(
    want: Want,
    reader: Reader,
    Input(Of { date }): Input<Of>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    let date = match date.as_deref() {
        Some(text) => text.parse().map_err(|_| Problem::syntax())?,
        None => want.kit.day.date(want.now),
    };
    let released = doing::release(db, want.stamp(), actor(&want, &reader), date).await?;
    let l = want.messages();
    let mut left = Vec::new();
    for (id, refusal) in released.left {
        let Some(one) = store::by_id(db, id).await? else { continue };
        left.push(Left { no: one.no, detail: refused(&want, refusal).await.detail(&l) });
    }
    let house = crate::rooms::store::house(db).await?;
    let gone = store::by_ids(db, &released.done.bookings).await?;
    let record = serde_json::json!({
        "act": Some(released.done.act).filter(|act| *act != 0),
        "offered": released.done.offered.len(),
        "items": views(&want, &reader, &house, gone).await?,
        "left": left,
    });
    want.done(&format!("/bookings?date={date}&state=releasable"), &record)
}

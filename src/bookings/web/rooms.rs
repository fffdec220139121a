//! Rooms that the house takes, gives back, says are ready, or shows to somebody.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::super::doing::{self, RoomAct};
use super::super::store::banquets;
use super::act::{actor, done, in_field, moment, room};
use super::say::refused;
use super::{FLOOR, Panel, WRITERS};
use crate::claims::Kind;
use crate::kernel::RoomId;
use crate::rooms::Readiness;
use crate::web::{At, Input, OnDuty, Problem, Reader, Want, maybe_text};

/// Does something with a room and answers.
pub(super) async fn act(
    want: &Want,
    reader: &OnDuty,
    room: RoomId,
    act: RoomAct,
) -> Result<Response, Problem> {
    let (db, stamp) = (&want.kit.db, want.stamp());
    match doing::act_on_room(db, stamp, actor(want, reader), room, act).await? {
        Ok(did) if want.json => done(want, reader, &did).await,
        Ok(_) => want.done(&format!("/rooms/{room}"), &serde_json::json!({})),
        Err(refusal) => Err(refused(want, refusal).await),
    }
}

#[derive(Deserialize)]
pub(super) struct Ready {
    state: Readiness,
}

pub(super) async fn ready(
    want: Want,
    reader: Reader,
    At(id): At<RoomId>,
    Input(Ready { state }): Input<Ready>,
) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    act(&want, &reader, id, RoomAct::Ready(state)).await
}

#[derive(Deserialize)]
pub(super) struct Closure {
    kind: Kind,
    #[serde(default, deserialize_with = "maybe_text")]
    from: Option<String>,
    to: String,
    #[serde(default)]
    reason: String,
}

pub(super) async fn close(
    want: Want,
    reader: Reader,
    At(id): At<RoomId>,
    Input(written): Input<Closure>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    if !matches!(written.kind, Kind::OutOfOrder | Kind::Internal) {
        return Err(Problem::syntax());
    }
    let from = match written.from.as_deref() {
        None => want.now,
        Some(text) => moment(&want, text).map_err(in_field("from"))?,
    };
    let to = moment(&want, &written.to).map_err(in_field("to"))?;
    let close = RoomAct::Close { kind: written.kind, from, to, reason: written.reason };
    act(&want, &reader, id, close).await
}

pub(super) async fn reopen(
    want: Want,
    reader: Reader,
    At(id): At<RoomId>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    act(&want, &reader, id, RoomAct::Reopen).await
}

#[derive(Deserialize)]
pub(super) struct Shown {
    room: String,
    name: String,
}

/// Shows a room to somebody: everyone sees it on the board.
pub(super) async fn view(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Input(Shown { room: named, name }): Input<Shown>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let id = room(&house, &named)?;
    match doing::show_room(db, want.stamp(), actor(&want, &reader), panel.tells(), id, name).await?
    {
        Ok(viewing) => {
            let record = serde_json::json!({ "id": viewing, "room_id": id });
            if want.json {
                return want.json_with(StatusCode::CREATED, &record);
            }
            want.done(&format!("/rooms/{id}"), &record)
        }
        Err(refusal) => Err(refused(&want, refusal).await),
    }
}

#[derive(Deserialize)]
pub(super) struct Over {
    /// `booked`, `considering`, `declined`, `abandoned`.
    outcome: String,
}

pub(super) async fn view_over(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
    Input(Over { outcome }): Input<Over>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let outcome = match outcome.as_str() {
        "booked" => "booked",
        "considering" => "considering",
        "declined" => "declined",
        "abandoned" => "abandoned",
        _ => return Err(Problem::syntax()),
    };
    let db = &want.kit.db;
    let all = banquets::viewings(db).await?;
    let viewing = all.into_iter().find(|one| one.id == id).ok_or_else(Problem::not_found)?;
    doing::shown(db, want.stamp(), id, outcome).await?;
    let record = serde_json::json!({ "id": id, "outcome": outcome });
    // who came to see a room came by themselves, whatever is said later
    let place = if outcome == "booked" {
        let name = reader.closed.text(&viewing.name);
        let name = utf8_percent_encode(&name, NON_ALPHANUMERIC);
        format!("/bookings/new?room={}&name={name}&viewing={id}", viewing.room_id)
    } else {
        "/rooms/board".to_owned()
    };
    want.done(&place, &record)
}

//! What is done to a booking: each act is a noun under it, and all go one way.

mod approvals;
mod change;
mod edit;
mod late;
mod times;
mod together;
mod undo;

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::acts::Command;
use super::super::booking::{Booking, Source};
use super::super::doing;
use super::super::refusal::{Refusal, Wrong};
use super::super::store;
use super::super::store::perform::Done;
use super::super::store::world::Actor;
use super::again::or_again;
use super::say::refused;
use super::suggest::{Asked, with_others};
use super::view::{BookingView, views};
use super::{APPROVERS, FLOOR, WRITERS};
use crate::kernel::{BookingId, CallId, Role, RoomId};
use crate::rooms::{House, fen};
use crate::web::{
    At, Input, OnDuty, Problem, Reader, Typed, Want, flag, maybe_number, maybe_text, number,
};

pub(super) use approvals::{approvals, grant, history, refuse, waiting};
pub(super) use change::{Change, change, change_of};
pub(super) use edit::{Edit, edit};
pub(super) use late::{chase, eta};
pub(super) use times::{agreed, in_field, moment, moment_of};
pub(super) use together::{add, combine, join, split, swap};
pub(super) use undo::{undo, undo_arrival, undo_departure, undo_latest, undo_left, undo_seat};

/// Who acts, as the acts see them.
pub(super) fn actor(want: &Want, reader: &OnDuty) -> Actor {
    Actor { day: want.kit.day, approves: reader.roles.has_any(APPROVERS) }
}

/// A booking by its number.
pub(super) async fn found(want: &Want, no: &str) -> Result<Booking, Problem> {
    store::by_no(&want.kit.db, no).await?.ok_or_else(Problem::not_found)
}

/// A room that somebody typed: its id or its name.
pub(super) fn room(house: &House, text: &str) -> Result<RoomId, Problem> {
    let by_id = text.trim().parse::<i64>().ok().map(RoomId).filter(|id| house.room(*id).is_some());
    house
        .room_called(text)
        .map(|room| room.id)
        .or(by_id)
        .ok_or_else(|| Problem::rules().field("room", |l| Wrong::Room.say(l)))
}

/// After an act a browser goes back to the booking; its act can be undone by `x-act`.
pub(super) async fn done(want: &Want, reader: &OnDuty, done: &Done) -> Result<Response, Problem> {
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let bookings = store::by_ids(&want.kit.db, &done.bookings).await?;
    let first = done.bookings.first().copied();
    let mut views = views(want, reader, &house, bookings).await?;
    let mut answer = Answered { act: done.act, offered: done.offered.len(), booking: None };
    let place = match first {
        Some(id) => {
            let booking = store::by_id(&want.kit.db, id).await?.ok_or_else(Problem::not_found)?;
            let at = views.iter().position(|view| view.no == booking.no);
            answer.booking = at.map(|at| views.swap_remove(at));
            format!("/bookings/{}", booking.no)
        }
        None => "/rooms/board".to_owned(),
    };
    let mut response = want.done(&place, &answer)?;
    if let Ok(act) = HeaderValue::from_str(&done.act.to_string()) {
        response.headers_mut().insert(HeaderName::from_static("x-act"), act);
    }
    Ok(response)
}

/// The call that was in hand until this was made leaves the console.
pub(super) async fn put_away(want: &Want, call: Option<CallId>) -> Result<(), Problem> {
    match call {
        Some(call) => Ok(crate::calls::put_away(want, call).await?),
        None => Ok(()),
    }
}

/// What an act answers.
#[derive(Serialize)]
pub(super) struct Answered {
    /// For undoing it.
    act: i64,
    /// So many of those who wait were offered what became free.
    offered: usize,
    #[serde(flatten)]
    booking: Option<BookingView>,
}

/// One way for all acts.
async fn act(
    want: Want,
    reader: Reader,
    roles: &[Role],
    no: &str,
    version: Option<i64>,
    command: Command,
) -> Result<Response, Problem> {
    reader.may(roles)?;
    let booking = found(&want, no).await?;
    act_on(&want, &reader, booking.id, version, command, Else::default()).await
}

/// What is done where an act is refused.
#[derive(Clone, Copy, Default)]
struct Else {
    /// Ask for approval where it is needed.
    ask: bool,
    /// Who cannot have their room again waits for one.
    wait: bool,
}

#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike")]
async fn act_on(
    want: &Want,
    reader: &OnDuty,
    id: BookingId,
    version: Option<i64>,
    command: Command,
    Else { ask, wait }: Else,
) -> Result<Response, Problem> {
    let (db, stamp, actor) = (&want.kit.db, want.stamp(), actor(want, reader));
    match doing::act(db, stamp, actor, id, version, command.clone()).await? {
        Ok(did) => done(want, reader, &did).await,
        Err(Refusal::LowerSpend(..) | Refusal::LateCancel) if ask => {
            // what whoever decides could not do either is not asked for
            let could = Actor { approves: true, ..actor };
            if let Err(refusal) = doing::preview(db, stamp, could, id, command.clone()).await? {
                return Err(refused(want, refusal).await);
            }
            let asked = doing::ask(db, stamp, id, doing::Petition::One(command)).await?;
            let record = serde_json::json!({ "approval": asked });
            want.done("/bookings/approvals", &record)
        }
        Err(Refusal::Taken(taken)) if wait && matches!(command, Command::Reinstate) => {
            // their room is somebody else's now: they wait, before the others
            match doing::wait_again(db, stamp, id).await? {
                Ok(entry) => want.done("/waitlist", &serde_json::json!({ "waitlist_id": entry })),
                Err(_) => Err(refused(want, Refusal::Taken(taken)).await),
            }
        }
        Err(Refusal::Stale) => {
            let house = crate::rooms::store::house(db).await?;
            let now = store::by_id(db, id).await?.into_iter().collect();
            match views(want, reader, &house, now).await?.pop() {
                Some(current) => Err(Problem::stale(&current)),
                None => Err(Problem::not_found()),
            }
        }
        Err(refusal @ (Refusal::Taken(_) | Refusal::RunsInto(_))) => {
            let problem = refused(want, refusal).await;
            let booking = store::by_id(db, id).await?.ok_or_else(Problem::not_found)?;
            let (at, minutes) = match &command {
                Command::Change { starts_at, minutes, .. } => (*starts_at, *minutes),
                Command::Eta { at, .. } => (Some(*at), None),
                _ => (None, None),
            };
            let asked = Asked {
                party: Some(booking.party),
                at: Some(at.unwrap_or(booking.starts_at.max(want.now)).to_string()),
                minutes: Some(minutes.unwrap_or(booking.planned_minutes)),
                wishes: Some(booking.wishes),
                ..Asked::default()
            };
            Err(with_others(want, problem, &asked).await?)
        }
        Err(refusal) => Err(refused(want, refusal).await),
    }
}

#[derive(Deserialize)]
pub(super) struct Why {
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
    /// Ask for approval where it is needed.
    #[serde(default, deserialize_with = "flag")]
    ask: bool,
}

pub(super) async fn arrive(
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    act(want, reader, FLOOR, &no, None, Command::Arrive).await
}

pub(super) async fn seat(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(Why { reason, .. }): Input<Why>,
) -> Result<Response, Problem> {
    act(want, reader, FLOOR, &no, None, Command::Seat { despite: reason }).await
}

#[derive(Deserialize)]
pub(super) struct Bill {
    /// In yuan, as people type it; none: later.
    #[serde(default, deserialize_with = "maybe_text")]
    bill: Option<String>,
}

pub(super) async fn depart(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Typed { read, texts }: Typed<Bill>,
) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    let done = departed(&want, &reader, &no, read).await;
    or_again(&want, &reader, &no, ("depart", texts), done).await
}

async fn departed(
    want: &Want,
    reader: &OnDuty,
    no: &str,
    read: Result<Bill, Problem>,
) -> Result<Response, Problem> {
    let bill_fen = money("bill", read?.bill.as_deref())?;
    let booking = found(want, no).await?;
    let command = Command::Depart { bill_fen };
    act_on(want, reader, booking.id, None, command, Else::default()).await
}

pub(super) fn money(field: &'static str, text: Option<&str>) -> Result<Option<i64>, Problem> {
    let Some(text) = text else { return Ok(None) };
    fen(text).map(Some).ok_or_else(|| Problem::rules().field(field, |l| Wrong::Money.say(l)))
}

pub(super) async fn cancel(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(Why { reason, ask }): Input<Why>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let booking = found(&want, &no).await?;
    let reason = reason.unwrap_or_default();
    act_on(&want, &reader, booking.id, None, Command::Cancel { reason }, Else { ask, wait: false })
        .await
}

pub(super) async fn no_show(
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    act(want, reader, WRITERS, &no, None, Command::NoShow).await
}

pub(super) async fn reinstate(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(Again { wait }): Input<Again>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let booking = found(&want, &no).await?;
    let or = Else { ask: false, wait };
    act_on(&want, &reader, booking.id, None, Command::Reinstate, or).await
}

/// Promised again.
#[derive(Deserialize, Default)]
pub(super) struct Again {
    /// Where somebody else has the room: onto the waitlist, before the others.
    #[serde(default, deserialize_with = "flag")]
    wait: bool,
}

pub(super) async fn leave_unseated(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(Why { reason, .. }): Input<Why>,
) -> Result<Response, Problem> {
    let reason = reason.unwrap_or_default();
    act(want, reader, WRITERS, &no, None, Command::LeaveUnseated { reason }).await
}

#[derive(Deserialize)]
pub(super) struct Longer {
    #[serde(deserialize_with = "number")]
    minutes: i64,
}

pub(super) async fn extend(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(Longer { minutes }): Input<Longer>,
) -> Result<Response, Problem> {
    act(want, reader, FLOOR, &no, None, Command::Extend { minutes }).await
}

/// What was read: the booking as it stood then.
#[derive(Deserialize)]
pub(super) struct Heard {
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
}

pub(super) async fn read_back(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(Heard { version }): Input<Heard>,
) -> Result<Response, Problem> {
    act(want, reader, WRITERS, &no, version, Command::Readback).await
}

#[derive(Deserialize)]
pub(super) struct Seller {
    source: Source,
    #[serde(default, deserialize_with = "maybe_text")]
    sold_by: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    sold_dept: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
}

pub(super) async fn attribute(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Typed { read, texts }: Typed<Seller>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let done = attributed(&want, &reader, &no, read).await;
    or_again(&want, &reader, &no, ("attribution", texts), done).await
}

async fn attributed(
    want: &Want,
    reader: &OnDuty,
    no: &str,
    read: Result<Seller, Problem>,
) -> Result<Response, Problem> {
    let Seller { source, sold_by, sold_dept, reason } = read?;
    let booking = found(want, no).await?;
    let command = Command::Attribute { source, sold_by, sold_dept, reason };
    act_on(want, reader, booking.id, None, command, Else::default()).await
}

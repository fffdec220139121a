//! A full house is packed anew: the moves that free a room are shown, and done as they were shown or not
//! at all.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::acts::Command;
use super::super::booking::State;
use super::super::doing;
use super::super::fit::{Ground, Movable, Move, Wanted, repack};
use super::super::refusal::Refusal;
use super::super::store;
use super::WRITERS;
use super::act::{actor, found};
use super::say::refused;
use super::suggest::{Asked, Suggested, suggestions};
use crate::kernel::{ClaimId, Moment, RoomId};
use crate::web::{Input, Problem, Reader, Want};
use crate::words::Messages;

/// Moves that free a room for what was asked.
#[derive(Serialize, Clone)]
pub(super) struct Plan {
    room: RoomId,
    /// The room that becomes free.
    name: String,
    /// The moves, in the order in which they are made.
    moves: Vec<Step>,
    /// The whole in one sentence.
    said: String,
    /// From when on it is free.
    at: Moment,
    /// What it was looked for: sent back with the moves, it is looked for again.
    asked: Asked,
}

/// One booking goes from one room to another.
#[derive(Debug, Serialize, Deserialize, Clone, PartialEq, Eq)]
pub(super) struct Step {
    no: String,
    from: String,
    to: String,
}

/// The fewest moves that free a room, where some do.
pub(super) async fn plan(
    want: &Want,
    ground: Ground<'_>,
    wanted: &Wanted,
    asked: &Asked,
) -> Result<Option<Plan>, Problem> {
    let at = Moment::from_millis(wanted.from);
    let movable = movable(want, at).await?;
    let Some((room, moves)) = repack(ground, &movable, wanted) else { return Ok(None) };
    let ids: Vec<_> = moves.iter().map(|one| one.booking).collect();
    let bookings = store::by_ids(&want.kit.db, &ids).await?;
    let house = ground.house;
    let step = |one: &Move| {
        let booking = bookings.iter().find(|booking| booking.id == one.booking)?;
        Some(Step { no: booking.no.clone(), from: house.name(one.from), to: house.name(one.to) })
    };
    let moves: Vec<Step> = moves.iter().filter_map(step).collect();
    let said: Vec<String> = moves.iter().map(|one| format!("{}→{}", one.from, one.to)).collect();
    let name = house.name(room);
    let said = want.messages().bookings_repack(name.as_str(), said.join("，")).to_string();
    let asked = Asked { at: Some(at.to_string()), ..asked.clone() };
    Ok(Some(Plan { room, name, moves, said, at, asked }))
}

/// Bookings around a moment that nobody sits in and nobody insists on.
async fn movable(want: &Want, at: Moment) -> Result<Vec<Movable>, Problem> {
    let db = &want.kit.db;
    let (from, to) = (at.plus_millis(-86_400_000), at.plus_millis(86_400_000));
    let bookings = store::span::between(db, from, to).await?;
    let ids: Vec<_> = bookings.iter().map(|one| one.id).collect();
    let segments = store::segments_of(db, &ids).await?;
    let free = bookings.iter().filter(|one| one.state == State::Booked && !one.pinned);
    let movable = free.filter_map(|booking| {
        let mut own = segments.iter().filter(|one| one.booking_id == booking.id && one.is_live());
        let (only, more) = (own.next()?, own.next());
        more.is_none().then_some(Movable {
            booking: booking.id,
            room: only.room_id,
            party: booking.party,
            from: only.from_at,
            to: only.to_at,
        })
    });
    Ok(movable.collect())
}

/// A plan as it was shown, with what it was looked for.
#[derive(Deserialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    asked: Asked,
    /// The room that was to become free.
    #[serde(default)]
    room: String,
    /// The moves that were shown.
    #[serde(default)]
    moves: Vec<Step>,
}

/// Makes the moves that were shown, all or none, each an act of its own that is called out and can be
/// undone, and keeps the room for whoever asked. Where they are no longer what frees a room, nobody is
/// moved and what holds now is said.
pub(super) async fn carry_out(
    want: Want,
    reader: Reader,
    Input(shown): Input<Shown>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let now = suggestions(&want, &house, &shown.asked).await?;
    let same =
        now.repack.as_ref().filter(|plan| plan.name == shown.room && plan.moves == shown.moves);
    let Some(plan) = same else { return Err(other(&now)) };
    let mut steps = Vec::new();
    for step in &plan.moves {
        let room = |name: &str| house.room_called(name).map(|room| room.id);
        let command = Command::Change {
            from: room(&step.from),
            to: room(&step.to),
            starts_at: None,
            minutes: None,
            despite: None,
        };
        let booking = found(&want, &step.no).await?;
        steps.push((booking.id, booking.version, command));
    }
    let (day, party, at) = (&want.kit.day, shown.asked.party.unwrap_or(4), plan.at);
    let touch = doing::Touch {
        rooms: BTreeSet::from([plan.room]),
        from: at,
        minutes: shown.asked.minutes.or_else(|| Some(house.stay(day, plan.room, party, at))),
        instead: shown.asked.hold.iter().copied().map(ClaimId).collect(),
    };
    let actor = actor(&want, &reader);
    let (done, hold) = match doing::make_room(db, want.stamp(), actor, steps, touch).await? {
        Ok(made) => made,
        // somebody came in between: what holds is said
        Err(
            Refusal::Taken(_)
            | Refusal::Looking(_)
            | Refusal::NotNow(_)
            | Refusal::NoRoom
            | Refusal::NoSuchRoom
            | Refusal::Stale,
        ) => {
            return Err(other(&suggestions(&want, &house, &shown.asked).await?));
        }
        Err(refusal) => return Err(refused(&want, refusal).await),
    };
    let acts: Vec<i64> = done.into_iter().map(|done| done.act).collect();
    let record =
        serde_json::json!({ "acts": acts, "room": plan.room, "name": plan.name, "hold": hold });
    want.done("/rooms/board", &record)
}

/// 409: what was shown no longer holds; this is what holds now.
fn other(now: &Suggested) -> Problem {
    let free = now.first(1).pop().map(|one| one.said).filter(|_| now.is_free());
    let plan = now.repack.as_ref().map(|plan| plan.said.clone());
    let title = |l: &Messages| l.bookings_refused().to_string();
    let detail = move |l: &Messages| match (&plan, &free) {
        (Some(said), _) => l.bookings_repack_other(said.as_str()).to_string(),
        (None, Some(said)) => l.bookings_repack_free(said.as_str()).to_string(),
        (None, None) => l.bookings_no_repack().to_string(),
    };
    Problem::new(StatusCode::CONFLICT, "repacked", title, detail).current(now)
}

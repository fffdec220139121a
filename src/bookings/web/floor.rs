//! `/my/floor`: the greeter's page. Five buttons a room (已到 已走 复房 转房 求助), and what is called out
//! full on the screen until it is answered (clauses 1-9a, 1-9b).

use askama::Template;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::acts::Command;
use super::super::board::face::{Face, Seen, seen};
use super::super::booking::State;
use super::super::doing::{self, RoomAct};
use super::super::{corridor, owed, store};
use super::FLOOR;
use super::act::{actor, done, room};
use super::say::refused;
use crate::claims;
use crate::kernel::{Moment, RoomId};
use crate::rooms::Readiness;
use crate::web::{
    At, Frame, Input, OnDuty, Place, Problem, Reader, Want, maybe_number, maybe_text,
};
use crate::words::Messages;

/// A room as the greeter sees it.
#[derive(Serialize)]
struct Tile {
    room_id: RoomId,
    room: String,
    alias: String,
    area: String,
    face: Face,
    /// Who sits there, is expected or comes next: name and party, no number.
    guest: Option<String>,
    no: Option<String>,
    at: Option<Moment>,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    clock: String,
    /// Which of the five make sense now.
    acts: Vec<&'static str>,
}

#[derive(Template, Serialize)]
#[template(path = "bookings/floor.html")]
struct FloorPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Tile>,
    next: Option<String>,
    /// What waits for this person's answer.
    calls: Vec<corridor::Waiting>,
}

/// The word of a face.
pub(in crate::bookings) fn face_said(l: &Messages, face: Face) -> String {
    match face {
        Face::OutOfOrder => l.bookings_face_out_of_order(),
        Face::Locked => l.bookings_face_locked(),
        Face::Overstay => l.bookings_face_overstay(),
        Face::InUse => l.bookings_face_in_use(),
        Face::Arrived => l.bookings_face_arrived(),
        Face::Held => l.bookings_face_held(),
        Face::Viewing => l.bookings_face_viewing(),
        Face::Late => l.bookings_face_late(),
        Face::DueSoon => l.bookings_face_due_soon(),
        Face::Cleaning => l.bookings_face_cleaning(),
        Face::Dirty => l.bookings_face_dirty(),
        Face::Booked => l.bookings_face_booked(),
        Face::Option => l.bookings_face_option(),
        Face::Vacant => l.bookings_face_vacant(),
    }
    .to_string()
}

/// Every room and what is so of it now.
pub(in crate::bookings) async fn rooms_now(
    want: &Want,
) -> Result<(crate::rooms::House, Vec<(RoomId, Seen)>), Problem> {
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let rules = super::new::rules(want).await?;
    let (from, to) = (want.now.plus_millis(-86_400_000), want.now.plus_millis(86_400_000));
    let bookings = store::in_span(db, from, to).await?;
    let ids: Vec<_> = bookings.iter().map(|one| one.id).collect();
    let segments = store::segments_of(db, &ids).await?;
    let claims = claims::store::between(db, want.now, to, want.now).await?;
    let seen = house
        .rooms
        .iter()
        .map(|room| (room.id, seen(room, &claims, &bookings, &segments, &rules, want.now)))
        .collect();
    Ok((house, seen))
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    let (l, spelling) = (want.messages(), want.spelling());
    let (house, rooms) = rooms_now(&want).await?;
    let mut items = Vec::new();
    for (id, seen) in rooms {
        let Some(room) = house.room(id) else { continue };
        let open = seen.booking.as_ref();
        let mut acts = Vec::new();
        match seen.face {
            Face::InUse | Face::Overstay => acts.extend(["departure", "transfer"]),
            Face::Arrived => acts.extend(["seat", "transfer"]),
            Face::Late | Face::DueSoon | Face::Booked => acts.push("arrival"),
            Face::Dirty | Face::Cleaning => acts.push("ready"),
            Face::OutOfOrder
            | Face::Locked
            | Face::Held
            | Face::Viewing
            | Face::Option
            | Face::Vacant => {}
        }
        if !room.readiness.is_ready() && !acts.contains(&"ready") && seen.face != Face::InUse {
            acts.push("ready");
        }
        acts.push("help");
        items.push(Tile {
            room_id: id,
            room: room.name.clone(),
            alias: room.alias.clone(),
            area: house.area(room.area_id).map(|area| area.name.clone()).unwrap_or_default(),
            face: seen.face,
            guest: open.map(super::super::booking::Booking::called),
            no: open.map(|booking| booking.no.clone()),
            at: open.map(|booking| booking.starts_at),
            said: face_said(&l, seen.face),
            clock: open.map(|booking| spelling.minute(booking.starts_at)).unwrap_or_default(),
            acts,
        });
    }
    let calls = match reader.staff() {
        Some(staff) => corridor::waiting(&want.kit.db, staff, spelling).await?,
        None => Vec::new(),
    };
    want.page(&FloorPage { frame: want.frame(Place::Floor), items, next: None, calls })
}

/// What a greeter taps.
#[derive(Deserialize)]
pub(super) struct Tap {
    /// When it was tapped, in epoch milliseconds, where it was sent later.
    #[serde(default, deserialize_with = "maybe_number")]
    at: Option<i64>,
    /// The room they go to.
    #[serde(default, deserialize_with = "maybe_text")]
    to: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    words: Option<String>,
}

/// A tap older than this is not believed.
const OLDEST_MS: i64 = 12 * 3_600_000;

#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike")]
pub(super) async fn act(
    want: Want,
    reader: Reader,
    At((id, act)): At<(RoomId, String)>,
    Input(tap): Input<Tap>,
) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    if tap.at.is_some_and(|at| want.now.millis() - at > OLDEST_MS) {
        return Err(Problem::rule(|l| l.bookings_tap_too_old().to_string()));
    }
    let (house, rooms) = rooms_now(&want).await?;
    let Some((_, seen)) = rooms.into_iter().find(|(room, _)| *room == id) else {
        return Err(Problem::not_found());
    };
    let said = face_said(&want.messages(), seen.face);
    let name = house.name(id);
    let no_guest = {
        let (name, said) = (name.clone(), said.clone());
        move || {
            let (name, said) = (name.clone(), said.clone());
            Problem::rule(move |l| l.bookings_floor_not(name.as_str(), said.as_str()).to_string())
        }
    };
    let command = match act.as_str() {
        "ready" => {
            return ready(&want, &reader, id).await;
        }
        "help" => {
            let words = tap.words.unwrap_or_default();
            let words: String = words.chars().take(200).collect();
            let stamp = want.stamp();
            let help = want.kit.db.write(stamp, move |tx| {
                let (name, words) = (name.clone(), words.clone());
                Box::pin(async move { owed::help(tx, id, &name, &words).await })
            });
            help.await?;
            return want.done("/my/floor", &serde_json::json!({ "room_id": id }));
        }
        "arrival" => Command::Arrive,
        "seat" => Command::Seat { despite: None },
        "departure" => Command::Depart { bill_fen: None },
        "transfer" => {
            let to = tap.to.as_deref().ok_or_else(Problem::syntax)?;
            let to = Some(room(&house, to)?);
            Command::Change { from: Some(id), to, starts_at: None, minutes: None, despite: None }
        }
        _ => return Err(Problem::not_found()),
    };
    let fits = |state: State| match command {
        Command::Arrive => state == State::Booked,
        Command::Seat { .. } => matches!(state, State::Booked | State::Arrived),
        Command::Depart { .. } => state == State::InRoom,
        _ => state.is_open(),
    };
    let booking = seen.booking.filter(|one| fits(one.state)).ok_or_else(no_guest)?;
    let (db, stamp) = (&want.kit.db, want.stamp());
    let done_ = doing::act(db, stamp, actor(&want, &reader), booking.id, None, command).await?;
    match done_ {
        Ok(did) if want.json => done(&want, &reader, &did).await,
        Ok(_) => want.done("/my/floor", &serde_json::json!({ "room_id": id })),
        Err(refusal) => Err(refused(&want, refusal).await),
    }
}

async fn ready(want: &Want, reader: &OnDuty, id: RoomId) -> Result<Response, Problem> {
    let (db, stamp) = (&want.kit.db, want.stamp());
    let act = RoomAct::Ready(Readiness::Ready);
    match doing::act_on_room(db, stamp, actor(want, reader), id, act).await? {
        Ok(_) => want.done("/my/floor", &serde_json::json!({ "room_id": id, "ready": true })),
        Err(refusal) => Err(refused(want, refusal).await),
    }
}

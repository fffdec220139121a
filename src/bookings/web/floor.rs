//! `/my/floor`: the greeter's page. Five buttons a room (已到 已走 复房 转房 求助), and what is called out
//! full on the screen until it is answered (clauses 1-9a, 1-9b).

mod act;
mod areas;

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::response::Response;
use serde::Serialize;

use super::super::board::face::{Face, Seen, seen};
use super::super::booking::{Booking, Segment, State};
use super::super::owed::{self, Help};
use super::super::{corridor, store};
use super::{FLOOR, called_said};
use crate::claims;
use crate::kernel::{BookingId, Moment, Role, RoomId};
use crate::rooms::House;
use crate::rooms::store::setup;
use crate::shifts;
use crate::web::{Frame, Place, Problem, Reader, Want};
use crate::words::Messages;

pub(super) use act::act;
pub(super) use areas::choose;
use areas::{Part, parts};

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
    /// What they asked for: who receives them has it ready.
    wishes: Vec<String>,
    /// The other rooms they have at once: several rooms of one party are one arrival.
    with: Vec<String>,
    no: Option<String>,
    at: Option<Moment>,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    clock: String,
    /// Which of the five make sense now.
    acts: Vec<&'static str>,
    /// Help that was asked for and has not come.
    help: Option<Help>,
    #[serde(skip)]
    help_clock: String,
    /// Who comes next into a room where others still sit, or that is not clean yet.
    coming: Option<Coming>,
    /// The rooms of an area stand together; the first of them names it.
    #[serde(skip)]
    first: bool,
}

/// A party that is expected.
#[derive(Clone, Serialize)]
struct Coming {
    no: String,
    guest: String,
    wishes: Vec<String>,
    with: Vec<String>,
    at: Moment,
    #[serde(skip)]
    clock: String,
}

impl Tile {
    /// The booking a button of this room is about: who comes for an arrival, else who is shown.
    fn about(&self, act: &str) -> &str {
        let coming = self.coming.as_ref().filter(|_| act == "arrival");
        coming.map(|one| one.no.as_str()).or(self.no.as_deref()).unwrap_or_default()
    }
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
    /// Whether what is called out reaches this person: greeters on duty are asked, others not.
    on_duty: bool,
    /// The parts of the house, for a greeter to choose those they are called for.
    areas: Vec<Part>,
    /// Every free and ready room, for a transfer.
    #[serde(skip)]
    free: Vec<String>,
    /// Whose page it is: a telephone goes from hand to hand.
    #[serde(skip)]
    me: String,
    /// What the house calls it that a room is ready again.
    #[serde(skip)]
    restored: String,
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
pub(super) struct Now {
    pub(super) house: House,
    pub(super) bookings: BTreeMap<BookingId, Booking>,
    pub(super) segments: Vec<Segment>,
    pub(super) rooms: Vec<(RoomId, Seen)>,
}

impl Now {
    /// The bookings that have this room from now on, by time.
    fn of(&self, room: RoomId) -> impl Iterator<Item = &Booking> {
        let here = self.segments.iter().filter(|one| one.room_id == room && one.is_live());
        let bookings = here.filter_map(|one| self.bookings.get(&one.booking_id));
        let mut open: Vec<&Booking> = bookings.filter(|booking| booking.state.is_open()).collect();
        open.sort_by_key(|booking| (booking.starts_at, booking.id));
        open.dedup_by_key(|booking| booking.id);
        open.into_iter()
    }

    /// The other rooms that a booking has, by name.
    fn beside(&self, room: RoomId, booking: &Booking) -> Vec<String> {
        let own = self.segments.iter().filter(|one| one.booking_id == booking.id && one.is_live());
        let others: BTreeSet<RoomId> =
            own.map(|one| one.room_id).filter(|id| *id != room).collect();
        others.into_iter().map(|id| self.house.name(id)).collect()
    }

    /// The first party that is expected in this room and not there yet.
    fn coming(&self, room: RoomId, now: Moment) -> Option<&Booking> {
        let soon = |booking: &&Booking| {
            booking.state == State::Booked && booking.starts_at.millis_since(now) < SOON_MS
        };
        self.of(room).find(soon)
    }
}

/// Who comes within so long is shown behind those who still sit, in milliseconds.
const SOON_MS: i64 = 2 * 3_600_000;

/// Reads it.
pub(super) async fn rooms_now(want: &Want) -> Result<Now, Problem> {
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let rules = super::new::rules(want).await?;
    let (from, to) = (want.now.plus_millis(-86_400_000), want.now.plus_millis(86_400_000));
    let found = store::span::between(db, from, to).await?;
    let bookings: BTreeMap<BookingId, Booking> =
        found.into_iter().map(|one| (one.id, one)).collect();
    let ids: Vec<BookingId> = bookings.keys().copied().collect();
    let segments = store::segments_of(db, &ids).await?;
    let claims = claims::store::between(db, want.now, to, want.now).await?;
    let stays = || {
        segments
            .iter()
            .filter_map(|one| bookings.get(&one.booking_id).map(|booking| (booking, one)))
    };
    let rooms = house
        .rooms
        .iter()
        .map(|room| (room.id, seen(room, &claims, stays(), &rules, want.now)))
        .collect();
    Ok(Now { house, bookings, segments, rooms })
}

/// What may be tapped of a room that shows this face.
fn acts_of(face: Face, ready: bool, coming: bool) -> Vec<&'static str> {
    let mut acts = match face {
        Face::InUse | Face::Overstay => vec!["departure", "transfer"],
        Face::Arrived => vec!["seat", "transfer"],
        Face::Late | Face::DueSoon | Face::Booked => vec!["arrival"],
        Face::Dirty
        | Face::Cleaning
        | Face::OutOfOrder
        | Face::Locked
        | Face::Held
        | Face::Viewing
        | Face::Option
        | Face::Vacant => Vec::new(),
    };
    if coming && !acts.contains(&"arrival") {
        acts.push("arrival");
    }
    if !ready && !matches!(face, Face::InUse | Face::Overstay) {
        acts.push("ready");
    }
    acts.push("help");
    acts
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    let (l, spelling) = (want.messages(), want.spelling());
    let now = rooms_now(&want).await?;
    let called = |booking: &Booking| reader.closed.text(&called_said(&l, booking));
    let asked = |booking: &Booking| -> Vec<String> {
        booking.wishes().map(|wish| reader.closed.text(wish)).collect()
    };
    let mut helps = owed::helps(&want.kit.db).await?;
    let (mut items, mut free) = (Vec::<Tile>::new(), Vec::new());
    for (id, seen) in &now.rooms {
        let Some(room) = now.house.room(*id) else { continue };
        let open = seen.booking.and_then(|id| now.bookings.get(&id));
        let coming = now.coming(*id, want.now);
        let coming = coming.filter(|next| open.is_none_or(|open| open.id != next.id));
        if seen.face == Face::Vacant && room.readiness.is_ready() {
            free.push(room.name.clone());
        }
        let area = now.house.area(room.area_id).map(|area| area.name.clone()).unwrap_or_default();
        let help =
            helps.remove(id).map(|help| Help { words: reader.closed.text(&help.words), ..help });
        items.push(Tile {
            help_clock: help.as_ref().map(|help| spelling.minute(help.since)).unwrap_or_default(),
            help,
            room_id: *id,
            room: room.name.clone(),
            alias: room.alias.clone(),
            first: items.last().is_none_or(|last| last.area != area),
            area,
            face: seen.face,
            guest: open.map(called),
            wishes: open.map(asked).unwrap_or_default(),
            with: open.map(|booking| now.beside(*id, booking)).unwrap_or_default(),
            no: open.map(|booking| booking.no.clone()),
            at: open.map(|booking| booking.starts_at),
            said: face_said(&l, seen.face),
            clock: open.map(|booking| spelling.minute(booking.starts_at)).unwrap_or_default(),
            acts: acts_of(seen.face, room.readiness.is_ready(), coming.is_some()),
            coming: coming.map(|next| Coming {
                no: next.no.clone(),
                guest: called(next),
                wishes: asked(next),
                with: now.beside(*id, next),
                at: next.starts_at,
                clock: spelling.minute(next.expected_at()),
            }),
        });
    }
    let (mut calls, on_duty) = match reader.staff() {
        Some(staff) => {
            let db = &want.kit.db;
            let duty = shifts::store::person(db, staff, want.now).await?;
            let on_duty = duty.is_none_or(|duty| duty.since.is_some());
            (corridor::waiting(db, &now.house, staff, spelling).await?, on_duty)
        }
        None => (Vec::new(), true),
    };
    for call in &mut calls {
        call.text = reader.closed.text(&call.text);
    }
    let on_duty = on_duty || !reader.roles.has(Role::Greeter);
    let frame = want.frame(Place::Floor);
    let areas = parts(&want, &reader, &now.house).await?;
    let me = reader.staff().map(|staff| staff.to_string()).unwrap_or_default();
    let restored = setup::restored(&want.kit.db).await?.say(&l, want.language);
    want.page(&FloorPage { frame, items, next: None, calls, on_duty, areas, free, me, restored })
}

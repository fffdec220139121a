//! `/rooms`: every room with what it seats, what it costs now and whether it is free.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::{House, Readiness, Room, store, yuan};
use super::{Panel, READERS};
use crate::claims::{self, Claim, Kind, Resource};
use crate::kernel::{Closed, Moment, RoomId, folded};
use crate::web::{Filter, Frame, Place, Problem, Reader, Want};
use crate::words::Messages;

/// A room as the list shows it.
#[derive(Serialize)]
pub(super) struct Entry {
    #[serde(flatten)]
    pub(super) room: Room,
    pub(super) area: String,
    pub(super) class: String,
    /// `free`, `in_use`, `hold`, `booking`, `viewing`, `out_of_order`, `internal`, `option`.
    pub(super) taken: &'static str,
    /// Until when it is taken, or from when on.
    pub(super) until: Option<Moment>,
    pub(super) next_at: Option<Moment>,
    pub(super) min_spend_fen: i64,
    #[serde(skip)]
    pub(super) said: String,
    #[serde(skip)]
    pub(super) tint: &'static str,
    #[serde(skip)]
    pub(super) ready: String,
    #[serde(skip)]
    pub(super) seats: String,
    #[serde(skip)]
    pub(super) spend: String,
    #[serde(skip)]
    pub(super) next: String,
}

#[derive(Template, Serialize)]
#[template(path = "rooms/list.html")]
pub(super) struct ListPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Entry>,
    next: Option<String>,
    #[serde(skip)]
    q: String,
    #[serde(skip)]
    keeper: bool,
}

impl ListPage {
    /// The entries area by area, for the page.
    fn areas(&self) -> Vec<(&str, Vec<&Entry>)> {
        let mut areas: Vec<(&str, Vec<&Entry>)> = Vec::new();
        for entry in &self.items {
            match areas.last_mut() {
                Some((area, entries)) if *area == entry.area => entries.push(entry),
                _ => areas.push((&entry.area, vec![entry])),
            }
        }
        areas
    }
}

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
}

pub(super) async fn show(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Filter(Asked { q }): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let house = store::house(&want.kit.db).await?;
    let until = want.now.plus_millis(24 * 3_600_000);
    let taken = claims::store::between(&want.kit.db, want.now, until, want.now).await?;
    let sat_in = panel.in_use(&want.kit.db).await?;
    let here = Here { taken, sat_in, closed: &reader.closed };
    let words: Vec<String> = q.split_whitespace().map(folded).collect();
    let items = house.rooms.iter().map(|room| entry(&want, &house, &here, room));
    let items = items.filter(|entry| words.iter().all(|word| is_about(entry, word))).collect();
    let keeper = reader.roles.has_any(super::KEEPERS);
    want.page(&ListPage { frame: want.frame(Place::Rooms), items, next: None, q, keeper })
}

fn is_about(entry: &Entry, word: &str) -> bool {
    let room = &entry.room;
    [&room.name, &room.alias, &room.features, &entry.area, &entry.class]
        .iter()
        .any(|text| folded(text).contains(word))
}

/// What a claim of now is called.
pub(super) fn kind_said(l: &Messages, kind: Kind) -> String {
    match kind {
        Kind::Hold => l.rooms_taken_hold(),
        Kind::Booking => l.rooms_taken_booking(),
        Kind::Viewing => l.rooms_taken_viewing(),
        Kind::OutOfOrder => l.rooms_taken_out_of_order(),
        Kind::Internal => l.rooms_taken_internal(),
        Kind::Option => l.rooms_taken_option(),
        Kind::Appointment => l.rooms_taken_appointment(),
    }
    .to_string()
}

/// What stands in the rooms: what is taken, and where guests sit.
struct Here<'a> {
    taken: Vec<Claim>,
    sat_in: Vec<RoomId>,
    closed: &'a Closed,
}

/// What a claim of now is called, with the guests a room is kept for or shown to.
fn taken_said(l: &Messages, claim: &Claim, closed: &Closed) -> String {
    let kind = kind_said(l, claim.kind);
    let whose = matches!(claim.kind, Kind::Hold | Kind::Viewing).then_some(claim.note.trim());
    match whose.filter(|note| !note.is_empty()) {
        Some(note) => format!("{kind} {}", closed.text(note)),
        None => kind,
    }
}

/// Whether it is the stay of now in a room.
pub(super) fn is_stay(claim: &Claim, now: Moment) -> bool {
    claim.kind == Kind::Booking && claim.from_at <= now && claim.stay_ends() > now
}

/// Where guests sit: that, and until when they have the room; without a stay, that they are over their time.
pub(super) fn in_use_said(want: &Want, claim: Option<&Claim>) -> String {
    let l = want.messages();
    match claim {
        Some(claim) => {
            let until = want.spelling().minute(claim.stay_ends());
            l.rooms_until(l.bookings_face_in_use().to_string(), until).to_string()
        }
        None => l.bookings_face_overstay().to_string(),
    }
}

fn entry(want: &Want, house: &House, stands: &Here<'_>, room: &Room) -> Entry {
    let (l, spelling) = (want.messages(), want.spelling());
    let resource = Resource::room(room.id);
    let here = || stands.taken.iter().filter(|claim| claim.resource == resource);
    // of a stay that is over only the cleaning is left: that is how the room is, and not whose
    let now = here().find(|claim| claim.from_at <= want.now && claim.stay_ends() > want.now);
    let later = here().find(|claim| claim.from_at > want.now && !claim.kind.is_soft());
    let min_spend_fen = house.min_spend(&want.kit.day, room.id, want.now);
    let sat_in = stands.sat_in.contains(&room.id);
    let (said, tint) = match now {
        _ if sat_in => (in_use_said(want, here().find(|claim| is_stay(claim, want.now))), "t1"),
        Some(claim) => {
            let until = spelling.minute(claim.stay_ends());
            let said = taken_said(&l, claim, stands.closed);
            let said = l.rooms_until(said, until).to_string();
            (said, if claim.kind == Kind::Booking { "ti" } else { "" })
        }
        None if room.readiness.is_ready() => (l.rooms_free().to_string(), "ta"),
        None => (room.readiness.say(&l), "t2"),
    };
    let taken = now.map_or("free", |claim| claim.kind.name());
    Entry {
        area: house.area(room.area_id).map(|area| area.name.clone()).unwrap_or_default(),
        class: house.class(room.class_id).map(|class| class.name.clone()).unwrap_or_default(),
        taken: if sat_in { "in_use" } else { taken },
        until: now.map(|claim| claim.to_at),
        next_at: later.map(|claim| claim.from_at),
        min_spend_fen,
        said,
        tint,
        ready: if room.readiness == Readiness::Ready || (now.is_none() && !sat_in) {
            String::new()
        } else {
            room.readiness.say(&l)
        },
        seats: seats(&l, room),
        spend: if min_spend_fen > 0 { format!("¥{}", yuan(min_spend_fen)) } else { String::new() },
        next: later.map(|claim| spelling.minute(claim.from_at)).unwrap_or_default(),
        room: room.clone(),
    }
}

/// `6–8 (+2)`, or the tables of a hall.
pub(super) fn seats(l: &Messages, room: &Room) -> String {
    let seats = if room.cap_min == room.cap_max {
        room.cap_max.to_string()
    } else {
        format!("{}–{}", room.cap_min, room.cap_max)
    };
    let seats = if room.cap_extra > 0 { format!("{seats} (+{})", room.cap_extra) } else { seats };
    match room.tables {
        Some(tables) => l.rooms_tables(tables).to_string(),
        None => l.rooms_guests(seats).to_string(),
    }
}

/// The rooms of a set, for claims.
pub(super) fn resources(ids: impl IntoIterator<Item = RoomId>) -> BTreeSet<Resource> {
    ids.into_iter().map(Resource::room).collect()
}

//! The quick line, read while it is typed: the fields, who it is, and the rooms that suit.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::super::lunar;
use super::super::super::quick::quick;
use super::super::WRITERS;
use super::super::act::agreed;
use super::super::say::had;
use super::super::suggest::{Asked, Suggested, suggestions};
use super::guest::{Guest, guest};
use super::{rooms, when_said};
use crate::claims::{self, Kind, NewClaim, Owner, Resource, clash, soft};
use crate::kernel::{Moment, Phone, RoomId};
use crate::rooms::{House, minute_of};
use crate::web::{Filter, Problem, Reader, Want, flag, maybe_number, maybe_text, numbers};

/// What was typed so far.
#[derive(Deserialize)]
pub(in crate::bookings::web) struct Typed {
    #[serde(default)]
    line: String,
    #[serde(default, deserialize_with = "maybe_text")]
    phone: Option<String>,
    /// From a field of its own; the line goes before it.
    #[serde(default, deserialize_with = "maybe_number")]
    minutes: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    wishes: Option<String>,
    /// From the room's own field: `A5+A6`; it goes before the line.
    #[serde(default)]
    room: String,
    /// What is kept for the form: one hold for each room.
    #[serde(default, deserialize_with = "numbers")]
    hold: Vec<i64>,
    /// They stand at the door: what suits is asked for now.
    #[serde(default, deserialize_with = "flag")]
    walk_in: bool,
}

/// The fields of a line, who it is, and the rooms that suit; asked while somebody types.
#[derive(Serialize)]
struct Draft {
    name: Option<String>,
    party: Option<i64>,
    phone: Option<String>,
    when: Option<String>,
    starts_at: Option<Moment>,
    minutes: Option<i64>,
    room: Option<String>,
    /// Who has the room that is meant at that time, in a sentence; null where nobody has.
    taken: Option<String>,
    class: Option<String>,
    wishes: Vec<String>,
    occasion: Option<String>,
    note: String,
    /// The lunar date, where it was told so or a banquet is meant.
    lunar: Option<String>,
    guest: Option<Guest>,
    suggestions: Option<Suggested>,
}

/// A number that was typed just now, as people write it.
fn as_written(number: &str) -> String {
    Phone::read(number).map_or_else(|| number.to_owned(), |phone| phone.for_people())
}

/// The rooms that are meant, and for how many and how long, where that is known.
struct Wish<'a> {
    rooms: &'a [RoomId],
    party: Option<i64>,
    minutes: Option<i64>,
}

/// Who has one of these rooms at that time: what a save would be refused with. What is kept for whoever asks is in
/// nobody's way.
async fn in_the_way(
    want: &Want,
    house: &House,
    wish: &Wish<'_>,
    at: Moment,
) -> Result<Option<String>, Problem> {
    let rooms: BTreeSet<RoomId> = wish.rooms.iter().copied().collect();
    let usual = |room: &RoomId| house.stay(&want.kit.day, *room, wish.party.unwrap_or(1), at);
    let usual = || rooms.iter().map(usual).max().unwrap_or_default();
    let ends = at.plus_millis(wish.minutes.unwrap_or_else(usual).clamp(1, 2_880) * 60_000);
    let take = |room: &RoomId| {
        let buffer_ms = house.buffer_ms(*room);
        NewClaim {
            resource: Resource::room(*room),
            from_at: at,
            to_at: ends.plus_millis(buffer_ms),
            buffer_ms,
            kind: Kind::Booking,
            owner: Owner::of("bookings/new"),
            expires_at: None,
            note: String::new(),
        }
    };
    let takes: Vec<NewClaim> = rooms.iter().map(take).collect();
    let Some(last) = takes.iter().map(|take| take.to_at).max() else { return Ok(None) };
    let own = Owner::keeper(want.stamp().by);
    let mut live = claims::store::between(&want.kit.db, at, last, want.now).await?;
    live.retain(|claim| !(matches!(claim.kind, Kind::Hold | Kind::Option) && claim.owner == own));
    // who has it before who only looks at it
    let first = clash(&live, &[], &takes, want.now).or_else(|| soft(&live, &[], &takes, want.now));
    Ok(match first {
        Some(first) => Some(had(want, house, &first).await),
        None => None,
    })
}

pub(in crate::bookings::web) async fn draft(
    want: Want,
    reader: Reader,
    Filter(Typed { line, phone, minutes, wishes, room, hold, walk_in }): Filter<Typed>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let day = &want.kit.day;
    let read = quick(&line, &house, day.date(want.now), minute_of(day, want.now));
    let starts_at = agreed(day, read.when.date, read.when.minute).ok();
    let number = read.phone.clone().or(phone);
    // who types a number that is closed to them is told nothing by it
    let known = number.clone().filter(|number| !reader.closed.hides(number));
    let guest = match known.as_deref() {
        Some(number) => guest(&want, number).await?,
        None => None,
    };
    let at = if walk_in { Some(want.now) } else { starts_at };
    let meant = rooms(&house, &[room]).unwrap_or_default();
    let meant = if meant.is_empty() { read.room.into_iter().collect() } else { meant };
    let taken = match at {
        Some(at) => {
            let wish = Wish { rooms: &meant, party: read.party, minutes: read.minutes.or(minutes) };
            in_the_way(&want, &house, &wish, at).await?
        }
        None => None,
    };
    let suggestions = match (read.party, at) {
        (Some(party), Some(at)) => {
            let asked = Asked {
                party: Some(party),
                at: Some(at.to_string()),
                minutes: read.minutes.or(minutes),
                class: read.class.map(|id| id.0),
                wishes: Some(read.wishes.join(",")).filter(|said| !said.is_empty()).or(wishes),
                phone: known,
                walk_in,
                hold,
            };
            Some(suggestions(&want, &house, &asked).await?)
        }
        _ => None,
    };
    let told = read.when.lunar || read.occasion.is_some();
    let lunar = read.when.date.filter(|_| told);
    let lunar = lunar.and_then(|date| lunar::of((&want.messages(), want.language), date));
    let answer = Draft {
        name: read.name.or_else(|| guest.as_ref().map(|guest| guest.name.clone())),
        party: read.party,
        phone: number.map(|number| as_written(&number)),
        when: starts_at.map(|at| when_said(&want, at)),
        starts_at,
        minutes: read.minutes,
        room: read.room.map(|id| house.name(id)),
        taken,
        class: read.class.and_then(|id| house.class(id)).map(|class| class.name.clone()),
        wishes: read.wishes,
        occasion: read.occasion,
        note: read.note,
        lunar,
        guest,
        suggestions,
    };
    want.json_with(StatusCode::OK, &answer)
}

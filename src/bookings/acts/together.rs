//! Parties and rooms that come together or part: one more room, rooms opened into one, two parties at
//! one table, a party that splits.

use std::collections::BTreeSet;

use crate::claims::Owner;
use crate::kernel::{BookingId, Moment, RoomId};
use crate::words::Said;

use super::super::booking::{Booking, Role, State};
use super::super::refusal::{Decided, Refusal, Wrong};
use super::super::world::{Call, Fresh, NewBooking, Outcome, Stands, Whose, World};
use super::moving::ready_to_sit;
use super::pieces::{
    MINUTE, end_stretch, free, free_and_unseen, late_at, must_be, seats_alone, stay, unread,
};

/// From when to when a party has what it has; from now on where it sits.
fn span(world: &World, booking: &Booking) -> (Moment, Moment) {
    let live = world.live(booking.id);
    let usual = booking.starts_at.plus_millis(booking.planned_minutes * MINUTE);
    let end = live.iter().map(|one| one.to_at).max().unwrap_or(usual);
    if booking.state == State::InRoom {
        (world.now, end.max(world.now.plus_millis(30 * MINUTE)))
    } else {
        let begin = live.iter().map(|one| one.from_at).min().unwrap_or(booking.starts_at);
        (begin, end)
    }
}

fn take(world: &World, outcome: &mut Outcome, booking: &Booking, room: RoomId, role: Role) {
    let (from_at, to_at) = span(world, booking);
    let stands = Stands::Taken(outcome.takes.len());
    outcome.takes.push(stay(world, Owner::booking(booking.id), room, from_at, to_at));
    outcome.fresh.push(Fresh {
        whose: Whose::Known(booking.id),
        room_id: room,
        stands,
        from_at,
        to_at,
        role,
        combine_group: None,
        seated_at: (booking.state == State::InRoom).then_some(world.now),
    });
}

/// One more room for a party.
pub(super) fn add(world: &World, booking: &Booking, room: RoomId) -> Decided<Outcome> {
    must_be(booking, &[State::Booked, State::Arrived, State::InRoom])?;
    if world.rooms_of(booking.id).contains(&room) {
        return Err(Refusal::Itself);
    }
    if world.house.room(room).is_none() {
        return Err(Refusal::NoSuchRoom);
    }
    let mut more = booking.clone();
    unread(&mut more);
    let mut outcome = Outcome { word: "added_room", bookings: vec![more], ..Outcome::default() };
    if booking.state == State::InRoom {
        ready_to_sit(world, booking, room)?;
    }
    take(world, &mut outcome, booking, room, Role::Added);
    free_and_unseen(world, &outcome, None)?;
    let name = world.house.name(room);
    let said = Said::of(|l| l.bookings_call_add(name.as_str(), booking.called_in(l)).to_string());
    outcome.call = Some(Call { kind: "add", rooms: vec![room], said });
    Ok(outcome)
}

/// Rooms opened into one for a party: all of them, or the refusal changes none.
pub(super) fn combine(world: &World, booking: &Booking, rooms: &[RoomId]) -> Decided<Outcome> {
    must_be(booking, &[State::Booked, State::Arrived, State::InRoom])?;
    let have = world.rooms_of(booking.id);
    let all: BTreeSet<RoomId> = have.iter().chain(rooms).copied().collect();
    if all.len() < 2 {
        return Err(Refusal::NoSuchRoom);
    }
    if !world.house.opens_into_one(&all) {
        return Err(Refusal::NoWall);
    }
    let mut whole = booking.clone();
    unread(&mut whole);
    let mut outcome = Outcome { word: "combined", bookings: vec![whole], ..Outcome::default() };
    let group = Some(booking.id.0);
    for segment in world.live(booking.id) {
        if world.is_shared(segment) {
            return Err(Refusal::NotShared(segment.room_id));
        }
        let mut part = segment.clone();
        part.combine_group = group;
        outcome.segments.push(part);
    }
    for room in all.difference(&have) {
        if booking.state == State::InRoom {
            ready_to_sit(world, booking, *room)?;
        }
        take(world, &mut outcome, booking, *room, Role::Combined);
    }
    for fresh in &mut outcome.fresh {
        fresh.combine_group = group;
    }
    free_and_unseen(world, &outcome, None)?;
    let names = world.house.names(&all);
    let said =
        Said::of(|l| l.bookings_call_combine(names.as_str(), booking.called_in(l)).to_string());
    outcome.call = Some(Call { kind: "combine", rooms: all.into_iter().collect(), said });
    Ok(outcome)
}

/// A party goes to another party's room and frees its own. A table for sharing takes strangers;
/// any other room takes those who belong together, as many as fit.
pub(super) fn join(world: &World, booking: &Booking, with: &Booking) -> Decided<Outcome> {
    must_be(booking, &[State::Booked, State::Arrived, State::InRoom])?;
    must_be(with, &[State::Booked, State::Arrived, State::InRoom])?;
    let theirs = world.live(with.id).into_iter().next().ok_or(Refusal::NoRoom)?.clone();
    if world.rooms_of(booking.id).contains(&theirs.room_id) {
        return Err(Refusal::Itself);
    }
    let room = world.house.room(theirs.room_id).ok_or(Refusal::NoSuchRoom)?;
    let there =
        world.segments.iter().filter(|one| one.claim_id == theirs.claim_id && one.is_live());
    let ids: BTreeSet<BookingId> = there.map(|one| one.booking_id).collect();
    let guests: i64 = ids.iter().filter_map(|id| world.booking(*id)).map(|one| one.party).sum();
    let most = world.house.seats(&world.rooms_of(with.id)).max(room.most());
    if guests + booking.party > most {
        return Err(Refusal::NoSeats(room.id, most, guests));
    }
    let mut joined = booking.clone();
    unread(&mut joined);
    let mut outcome =
        Outcome { word: "joined", bookings: vec![joined], recalls: true, ..Outcome::default() };
    let own = world.rooms_of(booking.id);
    for segment in world.live(booking.id) {
        end_stretch(world, &mut outcome, segment, "joined", true);
    }
    let sits = booking.state == State::InRoom;
    outcome.fresh.push(Fresh {
        whose: Whose::Known(booking.id),
        room_id: room.id,
        stands: Stands::Known(theirs.claim_id),
        from_at: if sits { world.now } else { theirs.from_at },
        to_at: theirs.to_at.max(world.now),
        role: Role::Shared,
        combine_group: None,
        seated_at: sits.then_some(world.now),
    });
    free(world, &outcome)?;
    let said = Said::of(|l| {
        let from = if own.is_empty() {
            l.bookings_unassigned().to_string()
        } else {
            world.house.names(&own)
        };
        let (to, who, whom) = (room.name.as_str(), booking.called_in(l), with.called_in(l));
        if room.shareable {
            l.bookings_call_share(from, to, who, whom).to_string()
        } else {
            l.bookings_call_join(from, to, who, whom).to_string()
        }
    });
    let kind = if room.shareable { "share" } else { "join" };
    let rooms = own.into_iter().chain([room.id]).collect();
    outcome.call = Some(Call { kind, rooms, said });
    Ok(outcome)
}

/// Part of a party goes elsewhere under a booking of its own, sold by the same.
pub(super) fn split(
    world: &World,
    booking: &Booking,
    party: i64,
    room: RoomId,
) -> Decided<Outcome> {
    must_be(booking, &[State::Booked, State::Arrived, State::InRoom])?;
    if party < 1 || party >= booking.party {
        return Err(Refusal::Field("party", Wrong::Party));
    }
    if world.rooms_of(booking.id).contains(&room) {
        return Err(Refusal::Itself);
    }
    seats_alone(world, room, party)?;
    let (from_at, to_at) = span(world, booking);
    let sits = booking.state == State::InRoom;
    if sits {
        ready_to_sit(world, booking, room)?;
    }
    let mut rest = booking.clone();
    rest.party -= party;
    unread(&mut rest);
    let part = NewBooking {
        contact_id: booking.contact_id,
        name: booking.name.clone(),
        party,
        phone: booking.phone.clone(),
        starts_at: from_at,
        planned_minutes: (to_at.millis_since(from_at) / MINUTE).clamp(5, 2880),
        wishes: booking.wishes.clone(),
        note: booking.note.clone(),
        occasion: booking.occasion.clone(),
        source: booking.source,
        sold_by: booking.sold_by.clone(),
        sold_dept: booking.sold_dept.clone(),
        call_id: booking.call_id,
        deposit_fen: 0,
        tier: booking.tier,
        pinned: false,
        series_id: None,
        seated: sits,
        read_back: false,
        due_at: if sits { None } else { Some(late_at(world, booking)) },
    };
    let mut outcome =
        Outcome { word: "split", bookings: vec![rest], creates: vec![part], ..Outcome::default() };
    outcome.takes.push(stay(world, Owner::of("bookings/new"), room, from_at, to_at));
    outcome.fresh.push(Fresh {
        whose: Whose::New(0),
        room_id: room,
        stands: Stands::Taken(0),
        from_at,
        to_at,
        role: Role::Primary,
        combine_group: None,
        seated_at: sits.then_some(world.now),
    });
    free_and_unseen(world, &outcome, None)?;
    let (name, whose) = (world.house.name(room), booking.name.as_str());
    let said = Said::of(|l| {
        let who = l.bookings_called(whose, party).to_string();
        l.bookings_call_split(name.as_str(), who).to_string()
    });
    outcome.call = Some(Call { kind: "split", rooms: vec![room], said });
    Ok(outcome)
}

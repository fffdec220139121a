//! Guests who get another room, another time, more of it or less; and two parties who change places.

use crate::claims::{Owner, Resource};
use crate::kernel::{Moment, RoomId};
use crate::words::Said;

use super::super::booking::{Booking, Role, Segment, State};
use super::super::refusal::{Decided, Refusal, Wrong};
use super::super::world::{Call, Fresh, Outcome, Stands, Whose, World};
use super::pieces::{
    MINUTE, end_stretch, free, free_and_unseen, late_at, must_be, put, seats, seats_alone, spends,
    stay, unread,
};

/// What a change asks for.
pub(super) struct Wish<'a> {
    pub(super) from: Option<RoomId>,
    pub(super) to: Option<RoomId>,
    pub(super) starts_at: Option<Moment>,
    pub(super) minutes: Option<i64>,
    pub(super) despite: Option<&'a str>,
}

/// The stretch an act is about: in this room, or the only one. Where none `leaves` its room, any of them
/// stands for all.
fn stretch<'w>(
    world: &'w World,
    booking: &Booking,
    room: Option<RoomId>,
    leaves: bool,
) -> Decided<Option<&'w Segment>> {
    let live = world.live(booking.id);
    match room {
        Some(room) => {
            live.into_iter().find(|one| one.room_id == room).map(Some).ok_or(Refusal::NoSuchRoom)
        }
        None if live.len() > 1 && leaves => Err(Refusal::NoSuchRoom),
        None => Ok(live.into_iter().next()),
    }
}

/// Another room, another time, or both. Guests who sit move now and leave the old room to be cleaned;
/// guests who do not have their booking moved. A booking without a room gets one.
pub(super) fn change(world: &World, booking: &Booking, wish: &Wish<'_>) -> Decided<Outcome> {
    must_be(booking, &[State::Booked, State::Arrived, State::InRoom])?;
    let minutes = wish.minutes.unwrap_or(booking.planned_minutes);
    if !(5..=2880).contains(&minutes) {
        return Err(Refusal::Field("minutes", Wrong::Minutes));
    }
    not_over(world, booking, wish.starts_at)?;
    let Some(segment) = stretch(world, booking, wish.from, wish.to.is_some())? else {
        return assign(world, booking, wish, minutes);
    };
    let to = wish.to.unwrap_or(segment.room_id);
    let mut outcome = if segment.seated_at.is_some() {
        if wish.starts_at.is_some_and(|at| at != booking.starts_at) {
            return Err(Refusal::NotNow(booking.state));
        }
        move_now(world, booking, segment, to, wish.minutes)?
    } else {
        let starts_at = wish.starts_at.unwrap_or(booking.starts_at);
        move_later(world, booking, segment, to, (starts_at, minutes))?
    };
    // what neither a reason nor a supervisor can give comes before what they can
    free(world, &outcome)?;
    if to != segment.room_id {
        seats(world, to, alone(world, booking), wish.despite)?;
        spends(world, segment.room_id, to, booking.starts_at)?;
    }
    free_and_unseen(world, &outcome, wish.despite)?;
    let rooms = vec![segment.room_id, to];
    let from = world.house.name(segment.room_id);
    if to != segment.room_id {
        let to = world.house.name(to);
        let said = Said::of(|l| {
            let who = booking.called_in(l);
            l.bookings_call_change(from.as_str(), to.as_str(), who).to_string()
        });
        outcome.call = Some(Call { kind: "change", rooms, said });
    } else if minutes != booking.planned_minutes && wish.starts_at.is_none() {
        outcome.call = Some(longer(world, booking, &[to], minutes - booking.planned_minutes));
    } else {
        let clock = clock(world, wish.starts_at.unwrap_or(booking.starts_at));
        let said = Said::of(|l| {
            let who = booking.called_in(l);
            l.bookings_call_time(from.as_str(), who, clock.as_str()).to_string()
        });
        outcome.call = Some(Call { kind: "change", rooms: vec![to], said });
    }
    Ok(outcome)
}

/// Refuses a new time that is over: half an hour is forgiven, as for a new booking.
pub(super) fn not_over(world: &World, booking: &Booking, at: Option<Moment>) -> Decided<()> {
    match at.filter(|at| *at != booking.starts_at) {
        Some(at) if at < world.now.plus_millis(-30 * MINUTE) => {
            Err(Refusal::Field("when", Wrong::Past))
        }
        _ => Ok(()),
    }
}

/// The guests of a party that has one room; nobody knows how a party spreads over several.
fn alone(world: &World, booking: &Booking) -> i64 {
    if world.live(booking.id).len() > 1 { 1 } else { booking.party }
}

/// The local time of day, for a sentence.
pub(super) fn clock(world: &World, at: Moment) -> String {
    at.utc().with_timezone(&world.day.zone).format("%H:%M").to_string()
}

fn assign(world: &World, booking: &Booking, wish: &Wish<'_>, minutes: i64) -> Decided<Outcome> {
    let to = wish.to.ok_or(Refusal::NoRoom)?;
    let starts_at = wish.starts_at.unwrap_or(booking.starts_at);
    let end = starts_at.plus_millis(minutes * MINUTE);
    let mut given = booking.clone();
    retimed(world, &mut given, starts_at, minutes);
    let mut outcome = Outcome { word: "assigned", bookings: vec![given], ..Outcome::default() };
    outcome.takes.push(stay(world, Owner::booking(booking.id), to, starts_at, end));
    outcome.fresh.push(Fresh {
        whose: Whose::Known(booking.id),
        room_id: to,
        stands: Stands::Taken(0),
        from_at: starts_at,
        to_at: end,
        role: Role::Primary,
        combine_group: None,
        seated_at: None,
    });
    free(world, &outcome)?;
    seats(world, to, booking.party, wish.despite)?;
    free_and_unseen(world, &outcome, wish.despite)?;
    Ok(outcome)
}

/// Gives a booking another time; what was read back counts no more.
pub(super) fn retimed(world: &World, booking: &mut Booking, starts_at: Moment, minutes: i64) {
    if booking.starts_at == starts_at && booking.planned_minutes == minutes {
        return;
    }
    if booking.starts_at != starts_at {
        booking.starts_at = starts_at;
        booking.eta_at = None;
        booking.delay_count = 0;
        if booking.state == State::Booked {
            booking.due_at = Some(late_at(world, booking));
        }
    }
    booking.planned_minutes = minutes;
    unread(booking);
}

fn move_later(
    world: &World,
    booking: &Booking,
    segment: &Segment,
    to: RoomId,
    (starts_at, minutes): (Moment, i64),
) -> Decided<Outcome> {
    let end = starts_at.plus_millis(minutes * MINUTE);
    if end <= starts_at {
        return Err(Refusal::Span);
    }
    let mut moved = booking.clone();
    retimed(world, &mut moved, starts_at, minutes);
    unread(&mut moved);
    let what = if to == segment.room_id { "moved" } else { "changed_room" };
    let mut outcome = Outcome { word: what, recalls: true, ..Outcome::default() };
    for one in world.live(booking.id) {
        let room = if one.id == segment.id { to } else { one.room_id };
        place(world, &mut outcome, one, room, (starts_at, end))?;
    }
    outcome.bookings.push(moved);
    Ok(outcome)
}

/// Puts a stretch nobody sits in elsewhere: same claim, other room or time.
pub(super) fn place(
    world: &World,
    outcome: &mut Outcome,
    segment: &Segment,
    room: RoomId,
    (from_at, to_at): (Moment, Moment),
) -> Decided<()> {
    let mut there = segment.clone();
    (there.room_id, there.from_at, there.to_at) = (room, from_at, to_at);
    let mut claim = world.claim(segment.claim_id).ok_or(Refusal::Changed)?.clone();
    if world.is_shared(segment) {
        // two parties at one table: this one leaves it
        return Err(Refusal::NotShared(segment.room_id));
    }
    let buffer_ms = world.house.buffer_ms(room);
    claim.resource = Resource::room(room);
    (claim.from_at, claim.to_at) = (from_at, to_at.plus_millis(buffer_ms));
    claim.buffer_ms = buffer_ms;
    put(outcome, claim);
    outcome.segments.push(there);
    Ok(())
}

fn move_now(
    world: &World,
    booking: &Booking,
    segment: &Segment,
    to: RoomId,
    minutes: Option<i64>,
) -> Decided<Outcome> {
    let began = booking.seated_at.unwrap_or(segment.from_at);
    let end = minutes.map_or(segment.to_at, |minutes| began.plus_millis(minutes * MINUTE));
    let mut moved = booking.clone();
    moved.planned_minutes = minutes.unwrap_or(booking.planned_minutes);
    if to == segment.room_id {
        let by = end.millis_since(segment.to_at) / MINUTE;
        return extend(world, booking, by);
    }
    let now = world.now;
    let least = now.plus_millis(30 * MINUTE);
    let end = end.max(least);
    let mut outcome = Outcome { word: "changed_room", bookings: vec![moved], ..Outcome::default() };
    end_stretch(world, &mut outcome, segment, "moved", true);
    outcome.takes.push(stay(world, Owner::booking(booking.id), to, now, end));
    outcome.fresh.push(sitting(world, booking, to, (now, end), Stands::Taken(0)));
    ready_to_sit(world, booking, to)?;
    Ok(outcome)
}

/// A stretch that begins now with guests who sit.
fn sitting(
    world: &World,
    booking: &Booking,
    room: RoomId,
    (from_at, to_at): (Moment, Moment),
    stands: Stands,
) -> Fresh {
    Fresh {
        whose: Whose::Known(booking.id),
        room_id: room,
        stands,
        from_at,
        to_at,
        role: Role::Moved,
        combine_group: None,
        seated_at: Some(world.now),
    }
}

/// Guests who sit go into no room where others still sit, or that is not ready.
pub(super) fn ready_to_sit(world: &World, booking: &Booking, room: RoomId) -> Decided<()> {
    if let Some(other) = world.sits_in(room, booking.id) {
        return Err(Refusal::Occupied(room, other.name.clone(), other.party));
    }
    let known = world.house.room(room).ok_or(Refusal::NoSuchRoom)?;
    if known.readiness.is_ready() { Ok(()) } else { Err(Refusal::NotReady(room)) }
}

/// Two parties change places in one step: a full house has no room to park one of them in.
pub(super) fn swap(
    world: &World,
    (mine, my_room): (&Booking, Option<RoomId>),
    (theirs, their_room): (&Booking, Option<RoomId>),
) -> Decided<Outcome> {
    for booking in [mine, theirs] {
        must_be(booking, &[State::Booked, State::Arrived, State::InRoom])?;
    }
    let here = stretch(world, mine, my_room, true)?.ok_or(Refusal::NoRoom)?;
    let there = stretch(world, theirs, their_room, true)?.ok_or(Refusal::NoRoom)?;
    if here.room_id == there.room_id {
        return Err(Refusal::Itself);
    }
    let mut outcome = Outcome { word: "swapped", recalls: true, ..Outcome::default() };
    for (booking, from, to) in [(mine, here, there.room_id), (theirs, there, here.room_id)] {
        let mut moved = booking.clone();
        unread(&mut moved);
        outcome.bookings.push(moved);
        if from.seated_at.is_some() {
            // the others come straight in: nobody cleans between
            end_stretch(world, &mut outcome, from, "moved", false);
            let end = from.to_at.max(world.now.plus_millis(30 * MINUTE));
            let stands = Stands::Taken(outcome.takes.len());
            outcome.takes.push(stay(world, Owner::booking(booking.id), to, world.now, end));
            outcome.fresh.push(sitting(world, booking, to, (world.now, end), stands));
        } else {
            place(world, &mut outcome, from, to, (from.from_at, from.to_at))?;
        }
    }
    free(world, &outcome)?;
    for (booking, from, to) in [(mine, here, there.room_id), (theirs, there, here.room_id)] {
        seats_alone(world, to, alone(world, booking))?;
        spends(world, from.room_id, to, booking.starts_at)?;
    }
    let (a, b) = (world.house.name(here.room_id), world.house.name(there.room_id));
    outcome.call = Some(Call {
        kind: "swap",
        rooms: vec![here.room_id, there.room_id],
        said: Said::of(|l| {
            let (mine, theirs) = (mine.called_in(l), theirs.called_in(l));
            l.bookings_call_swap(a.as_str(), b.as_str(), mine, theirs).to_string()
        }),
    });
    Ok(outcome)
}

/// Longer or shorter, in every room they have.
pub(super) fn extend(world: &World, booking: &Booking, minutes: i64) -> Decided<Outcome> {
    must_be(booking, &[State::Booked, State::Arrived, State::InRoom])?;
    let planned = booking.planned_minutes + minutes;
    if minutes == 0 || !(5..=2880).contains(&planned) {
        return Err(Refusal::Field("minutes", Wrong::Minutes));
    }
    let live = world.live(booking.id);
    if live.is_empty() {
        return Err(Refusal::NoRoom);
    }
    let mut outcome = Outcome { word: "extended", recalls: minutes < 0, ..Outcome::default() };
    let mut rooms = Vec::new();
    for segment in live {
        let to_at = segment.to_at.plus_millis(minutes * MINUTE);
        if to_at <= segment.from_at || (segment.seated_at.is_some() && to_at < world.now) {
            return Err(Refusal::Span);
        }
        let mut longer = segment.clone();
        longer.to_at = to_at;
        let mut claim = world.claim(segment.claim_id).ok_or(Refusal::Changed)?.clone();
        let others = world.segments.iter().filter(|one| {
            one.id != segment.id && one.claim_id == segment.claim_id && one.is_live()
        });
        let last = others.map(|one| one.to_at).max().unwrap_or(to_at).max(to_at);
        claim.to_at = last.plus_millis(claim.buffer_ms);
        put(&mut outcome, claim);
        outcome.segments.push(longer);
        rooms.push(segment.room_id);
    }
    free(world, &outcome)?;
    let mut longer_stay = booking.clone();
    longer_stay.planned_minutes = planned;
    outcome.bookings.push(longer_stay);
    outcome.call = Some(longer(world, booking, &rooms, minutes));
    if minutes < 0 {
        outcome.word = "shortened";
    }
    Ok(outcome)
}

fn longer(world: &World, booking: &Booking, rooms: &[RoomId], minutes: i64) -> Call {
    let names = world.house.names(rooms);
    let (kind, by) = (if minutes < 0 { "shorten" } else { "extend" }, minutes.abs());
    let said = Said::of(|l| {
        let who = booking.called_in(l);
        if minutes < 0 {
            l.bookings_call_shorten(names.as_str(), who, by).to_string()
        } else {
            l.bookings_call_extend(names.as_str(), who, by).to_string()
        }
    });
    Call { kind, rooms: rooms.to_vec(), said }
}

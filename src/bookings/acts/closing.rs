//! Rooms the house itself takes: out of order, locked, shown to somebody, and ready again.

use crate::claims::{Claim, Kind, NewClaim, Owner, Resource};
use crate::kernel::{Moment, RoomId};
use crate::rooms::Readiness;
use crate::words::Said;

use super::super::refusal::{Decided, Refusal};
use super::super::world::{Call, Outcome, World};
use super::moving::clock;
use super::pieces::{MINUTE, free, given, put};

/// Takes a room out of order or keeps it for the house. Refused while it is promised to somebody.
pub fn close(
    world: &World,
    room: RoomId,
    kind: Kind,
    (from_at, to_at): (Moment, Moment),
    reason: &str,
) -> Decided<Outcome> {
    let reason = given(reason)?;
    if to_at <= from_at || to_at <= world.now {
        return Err(Refusal::Span);
    }
    if from_at <= world.now
        && let Some(other) = world.sits_in(room, crate::kernel::BookingId(0))
    {
        return Err(Refusal::Occupied(room, other.name.clone(), other.party));
    }
    let claim = NewClaim {
        resource: Resource::room(room),
        from_at,
        to_at,
        buffer_ms: 0,
        kind,
        owner: Owner::of(format!("rooms/{room}")),
        expires_at: None,
        note: reason.clone(),
    };
    let (name, until) = (world.house.name(room), clock(world, to_at));
    let said = Said::of(|l| {
        l.bookings_call_close(name.as_str(), until.as_str(), reason.as_str()).to_string()
    });
    let outcome = Outcome {
        word: kind.name(),
        takes: vec![claim],
        call: Some(Call { kind: "close", rooms: vec![room], said }),
        why: Some(reason),
        ..Outcome::default()
    };
    free(world, &outcome)?;
    Ok(outcome)
}

/// The claims of the house itself on a room that are not over.
fn own(world: &World, room: RoomId) -> impl Iterator<Item = &Claim> {
    world.claims.iter().filter(move |claim| {
        claim.resource.room_id() == Some(room)
            && matches!(claim.kind, Kind::OutOfOrder | Kind::Internal)
            && claim.counts(world.now)
            && claim.to_at > world.now
    })
}

/// A claim that ends now.
pub(in crate::bookings) fn cut(claim: &Claim, now: Moment) -> Claim {
    let mut cut = claim.clone();
    if claim.from_at < now && claim.to_at > now {
        (cut.to_at, cut.buffer_ms) = (now, 0);
    }
    cut.released(now)
}

/// Gives a room that the house kept back to the guests.
pub fn reopen(world: &World, room: RoomId) -> Decided<Outcome> {
    let mut outcome = Outcome { word: "reopened", recalls: true, ..Outcome::default() };
    for claim in own(world, room) {
        put(&mut outcome, cut(claim, world.now));
    }
    if outcome.puts.is_empty() {
        return Err(Refusal::Changed);
    }
    let name = world.house.name(room);
    let said = Said::of(|l| l.bookings_call_reopen(name.as_str()).to_string());
    outcome.call = Some(Call { kind: "reopen", rooms: vec![room], said });
    Ok(outcome)
}

/// Says whether a room is ready. Once it is, the cleaning after the last stay is over and those who
/// wait may have it.
pub fn restore(world: &World, room: RoomId, readiness: Readiness) -> Decided<Outcome> {
    world.house.room(room).ok_or(Refusal::NoSuchRoom)?;
    let mut outcome =
        Outcome { word: "readiness", ready: vec![(room, readiness)], ..Outcome::default() };
    if readiness.is_ready() {
        if let Some(other) = world.sits_in(room, crate::kernel::BookingId(0)) {
            return Err(Refusal::Occupied(room, other.name.clone(), other.party));
        }
        // who is late still stands on theirs
        let stood_on = |claim: &Claim| {
            world.segments.iter().any(|one| one.claim_id == claim.id && one.is_live())
        };
        let cleaning = world.claims.iter().filter(|claim| {
            claim.resource.room_id() == Some(room)
                && !stood_on(claim)
                && claim.kind == Kind::Booking
                && claim.counts(world.now)
                && claim.stay_ends() <= world.now
                && claim.to_at > world.now
        });
        for claim in cleaning {
            put(&mut outcome, cut(claim, world.now));
        }
    }
    Ok(outcome)
}

/// Shows a room to somebody for a while: everyone sees it, and it refuses nobody. Whoever shows it has no
/// time for another party meanwhile, and that does.
pub fn view(world: &World, room: RoomId, name: &str) -> Decided<Outcome> {
    let name = super::details::name(name)?;
    if let Some(other) = world.sits_in(room, crate::kernel::BookingId(0)) {
        return Err(Refusal::Occupied(room, other.name.clone(), other.party));
    }
    let known = world.house.room(room).ok_or(Refusal::NoSuchRoom)?;
    if !known.readiness.is_ready() {
        return Err(Refusal::NotReady(room));
    }
    let to_at = world.now.plus_millis(world.rules.viewing_minutes * MINUTE);
    let claim = NewClaim {
        resource: Resource::room(room),
        from_at: world.now,
        to_at,
        buffer_ms: 0,
        kind: Kind::Viewing,
        owner: Owner::of("viewings/new"),
        expires_at: None,
        note: name,
    };
    let guide = world.by.map(|by| NewClaim {
        resource: Resource::person(by),
        kind: Kind::Appointment,
        note: String::new(),
        ..claim.clone()
    });
    let takes = [claim].into_iter().chain(guide).collect();
    let outcome = Outcome { word: "viewing", takes, ..Outcome::default() };
    free(world, &outcome)?;
    Ok(outcome)
}

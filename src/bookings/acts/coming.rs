//! Guests who come: late, put off, arrived, seated.

use crate::claims::Kind;
use crate::kernel::Moment;

use super::super::booking::{Booking, State};
use super::super::refusal::{Decided, Refusal, Wrong};
use super::super::world::{Outcome, World};
use super::pieces::{MINUTE, free, late_at, must_be, put};

/// The guests are here: who sold it is frozen, nobody calls them any more.
pub(super) fn arrive(world: &World, booking: &Booking) -> Decided<Outcome> {
    must_be(booking, &[State::Booked])?;
    if booking.business_date != world.day.date(world.now) {
        return Err(Refusal::OtherDay);
    }
    let mut here = booking.clone();
    come(world, &mut here);
    here.state = State::Arrived;
    Ok(Outcome { word: "arrived", bookings: vec![here], ..Outcome::default() })
}

fn come(world: &World, booking: &mut Booking) {
    booking.arrived_at = booking.arrived_at.or(Some(world.now));
    booking.attribution_locked_at = booking.attribution_locked_at.or(Some(world.now));
    booking.due_at = None;
}

/// They sit down. The claim moves to the moment they really begin.
pub(super) fn seat(world: &World, booking: &Booking, despite: Option<&str>) -> Decided<Outcome> {
    must_be(booking, &[State::Booked, State::Arrived])?;
    if booking.business_date != world.day.date(world.now) {
        return Err(Refusal::OtherDay);
    }
    let live = world.live(booking.id);
    if live.is_empty() {
        return Err(Refusal::NoRoom);
    }
    let mut outcome = Outcome { word: "seated", ..Outcome::default() };
    for segment in live {
        let room = world.house.room(segment.room_id).ok_or(Refusal::NoSuchRoom)?;
        let shut = world.claims.iter().any(|claim| {
            claim.resource.room_id() == Some(room.id)
                && claim.counts(world.now)
                && matches!(claim.kind, Kind::OutOfOrder | Kind::Internal)
                && claim.meets(world.now, world.now.plus_millis(1))
        });
        if shut {
            return Err(Refusal::OutOfService(room.id));
        }
        if !world.is_shared(segment) {
            if let Some(other) = world.sits_in(room.id, booking.id) {
                return Err(Refusal::Occupied(room.id, other.name.clone(), other.party));
            }
            if !room.readiness.is_ready() && despite.is_none_or(|why| why.trim().is_empty()) {
                return Err(Refusal::NotReady(room.id));
            }
        }
        let mut sat = segment.clone();
        sat.seated_at = Some(world.now);
        sat.from_at = world.now.min(segment.to_at);
        if let Some(claim) = world.claim(segment.claim_id)
            && !world.is_shared(segment)
        {
            let mut claim = claim.clone();
            if world.now < claim.stay_ends() {
                claim.from_at = world.now;
                put(&mut outcome, claim);
            } else {
                // so late that their time is over: an hour from now, if the room is free
                sat.from_at = world.now;
                sat.to_at = world.now.plus_millis(world.rules.shortest_minutes * MINUTE);
                claim.from_at = world.now;
                claim.to_at = sat.to_at.plus_millis(claim.buffer_ms);
                put(&mut outcome, claim);
            }
        }
        outcome.segments.push(sat);
    }
    free(world, &outcome)?;
    let mut seated = booking.clone();
    come(world, &mut seated);
    seated.state = State::InRoom;
    seated.seated_at = Some(world.now);
    outcome.bookings.push(seated);
    Ok(outcome)
}

/// They expect to come at another time: the room stays theirs and the clock of lateness begins anew
/// from there (operations 1-6b). Where that runs into the next booking, it is said before.
pub(super) fn eta(world: &World, booking: &Booking, at: Moment, despite: bool) -> Decided<Outcome> {
    must_be(booking, &[State::Booked])?;
    if at < world.now || at > booking.starts_at.plus_millis(12 * 60 * MINUTE) {
        return Err(Refusal::Field("eta", Wrong::When));
    }
    if !despite {
        let least = at.plus_millis(world.rules.shortest_minutes * MINUTE);
        for segment in world.live(booking.id) {
            let next = world.claims.iter().find(|claim| {
                claim.id != segment.claim_id
                    && claim.resource.room_id() == Some(segment.room_id)
                    && claim.counts(world.now)
                    && !claim.kind.is_soft()
                    && claim.from_at >= segment.from_at
                    && claim.from_at < least
            });
            if let Some(next) = next {
                return Err(Refusal::RunsInto(next.into()));
            }
        }
    }
    let mut later = booking.clone();
    later.eta_at = Some(at);
    later.delay_count += 1;
    later.due_at = Some(late_at(world, &later));
    Ok(Outcome { word: "eta", bookings: vec![later], ..Outcome::default() })
}

/// Somebody tried to reach them: kept as the evidence without which nobody is a no-show.
pub(super) fn chase(world: &World, booking: &Booking, answered: bool) -> Decided<Outcome> {
    must_be(booking, &[State::Booked])?;
    let mut chased = booking.clone();
    chased.attempts += 1;
    let again = world.now.plus_millis(world.rules.retry_minutes * MINUTE);
    chased.due_at = Some(again.max(if answered { late_at(world, booking) } else { again }));
    let how = if answered { "reached" } else { "not_reached" };
    Ok(Outcome { word: how, bookings: vec![chased], ..Outcome::default() })
}

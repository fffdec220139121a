//! Pieces that several acts are made of: ending a stretch, taking a room, checking what a party gets.

use crate::claims::{Claim, Kind, NewClaim, Owner, Resource, clash, soft};
use crate::kernel::{BookingId, ClaimId, Moment, RoomId};
use crate::rooms::Readiness;

use super::super::booking::{Booking, Segment, State};
use super::super::refusal::{Decided, Refusal};
use super::super::world::{Outcome, Stands, Whose, World};

/// Milliseconds in a minute.
pub(super) const MINUTE: i64 = 60_000;

/// Refuses where the booking is in none of these states.
pub(super) fn must_be(booking: &Booking, states: &[State]) -> Decided<()> {
    if states.contains(&booking.state) { Ok(()) } else { Err(Refusal::NotNow(booking.state)) }
}

/// A reason of at least one word.
pub(in crate::bookings) fn given(reason: &str) -> Decided<String> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Refusal::Reason);
    }
    if reason.chars().count() > 200 {
        return Err(Refusal::Field("reason", super::super::refusal::Wrong::Long));
    }
    Ok(reason.to_owned())
}

/// A new claim of a booking on a room: the stay and the cleaning after it.
pub(super) fn stay(
    world: &World,
    owner: Owner,
    room: RoomId,
    from_at: Moment,
    to_at: Moment,
) -> NewClaim {
    let buffer_ms = world.house.buffer_ms(room);
    NewClaim {
        resource: Resource::room(room),
        from_at,
        to_at: to_at.plus_millis(buffer_ms),
        buffer_ms,
        kind: Kind::Booking,
        owner,
        expires_at: None,
        note: String::new(),
    }
}

/// Ends a stretch now and with it its claim. Guests who sat there leave cleaning behind, which is
/// still theirs; `clean` says who follows at once needs none. Another party at the same table keeps
/// the claim and becomes its owner.
pub(super) fn end_stretch(
    world: &World,
    outcome: &mut Outcome,
    segment: &Segment,
    why: &str,
    clean: bool,
) {
    let now = world.now;
    let mut ended = segment.clone();
    ended.ended_at = Some(now);
    ended.ended_reason = Some(why.to_owned());
    if segment.seated_at.is_some() || segment.from_at < now {
        ended.to_at = now.max(segment.from_at);
    }
    let sat = segment.seated_at.is_some();
    if let Some(claim) = world.claim(segment.claim_id) {
        let heir = world
            .segments
            .iter()
            .find(|one| one.id != segment.id && one.claim_id == segment.claim_id && one.is_live());
        match heir {
            Some(heir) => {
                let mut kept = claim.clone();
                kept.owner = Owner::booking(heir.booking_id);
                put(outcome, kept);
            }
            None => put(outcome, shortened(claim, now, sat && clean)),
        }
        if sat && clean && heir.is_none() {
            outcome.ready.push((segment.room_id, Readiness::Dirty));
        }
    }
    outcome.segments.push(ended);
}

/// A claim that ends now: with the cleaning after it, or at once. It never grows: who stayed over
/// their time leaves no cleaning of their own to the next booking.
fn shortened(claim: &Claim, now: Moment, clean: bool) -> Claim {
    let mut short = claim.clone();
    if claim.from_at >= now || claim.to_at <= now {
        return short.released(now);
    }
    if !clean || claim.buffer_ms == 0 {
        (short.to_at, short.buffer_ms) = (now, 0);
        return short.released(now);
    }
    short.to_at = claim.to_at.min(now.plus_millis(claim.buffer_ms));
    short.buffer_ms = short.to_at.millis_since(now);
    short
}

/// Puts a claim; an earlier word of this act about it is replaced.
pub(super) fn put(outcome: &mut Outcome, claim: Claim) {
    outcome.puts.retain(|other| other.id != claim.id);
    outcome.puts.push(claim);
}

/// Refuses a room that is too small even with chairs brought in, where nobody gave a reason.
pub(super) fn seats(world: &World, room: RoomId, party: i64, despite: Option<&str>) -> Decided<()> {
    let most = world.house.room(room).ok_or(Refusal::NoSuchRoom)?.most();
    if party > most && despite.is_none() {
        return Err(Refusal::TooSmall(room, most));
    }
    Ok(())
}

/// The same where no reason is asked for.
pub(super) fn seats_alone(world: &World, room: RoomId, party: i64) -> Decided<()> {
    let most = world.house.room(room).ok_or(Refusal::NoSuchRoom)?.most();
    if party > most { Err(Refusal::NoSeats(room, most, 0)) } else { Ok(()) }
}

/// Refuses a room that spends less than the one before, for those who may not decide that.
pub(super) fn spends(world: &World, from: RoomId, to: RoomId, at: Moment) -> Decided<()> {
    let before = world.house.min_spend(&world.day, from, at);
    let after = world.house.min_spend(&world.day, to, at);
    if after < before && world.rules.lower_spend_needs_approval && !world.approves {
        return Err(Refusal::LowerSpend(before, after));
    }
    Ok(())
}

/// Refuses where somebody else has what the outcome asks for.
pub(super) fn free(world: &World, outcome: &Outcome) -> Decided<()> {
    match clash(&world.claims, &outcome.puts, &outcome.takes, world.now) {
        Some(taken) => Err(Refusal::Taken(taken)),
        None => Ok(()),
    }
}

/// The same, and asks first where somebody is being shown the room.
pub(super) fn free_and_unseen(
    world: &World,
    outcome: &Outcome,
    despite: Option<&str>,
) -> Decided<()> {
    free(world, outcome)?;
    match soft(&world.claims, &outcome.puts, &outcome.takes, world.now) {
        Some(taken) if despite.is_none() => Err(Refusal::Looking(taken)),
        _ => Ok(()),
    }
}

/// Who still sits in a room where a party would sit down, at another table than theirs. Guests who stay
/// over their time have no claim any more and are in nobody's way but here.
pub(in crate::bookings) fn still_there(
    world: &World,
    sits: &[(BookingId, RoomId, Option<ClaimId>)],
    changed: &[Segment],
) -> Option<Refusal> {
    let stays = |one: &&Segment| {
        let after = changed.iter().find(|other| other.id == one.id).unwrap_or(one);
        one.is_live() && one.seated_at.is_some() && after.is_live() && after.room_id == one.room_id
    };
    for (booking, room, claim) in sits {
        let other = world.segments.iter().filter(stays).find(|one| {
            one.room_id == *room && one.booking_id != *booking && Some(one.claim_id) != *claim
        });
        let other = other.and_then(|one| world.booking(one.booking_id));
        if let Some(other) = other.filter(|other| other.state == State::InRoom) {
            return Some(Refusal::Occupied(*room, other.name.clone(), other.party));
        }
    }
    None
}

/// The same for what an act would do.
pub(super) fn alone(world: &World, outcome: Outcome) -> Decided<Outcome> {
    let known = outcome.segments.iter().filter(|one| one.is_live() && one.seated_at.is_some());
    let known = known.map(|one| (one.booking_id, one.room_id, Some(one.claim_id)));
    let fresh = outcome.fresh.iter().filter(|one| one.seated_at.is_some()).map(|one| {
        let whose = match one.whose {
            Whose::Known(id) => id,
            Whose::New(_) => BookingId(0),
        };
        let claim = match one.stands {
            Stands::Known(id) => Some(id),
            Stands::Taken(_) => None,
        };
        (whose, one.room_id, claim)
    });
    let sits: Vec<_> = known.chain(fresh).collect();
    match still_there(world, &sits, &outcome.segments) {
        Some(refusal) => Err(refusal),
        None => Ok(outcome),
    }
}

/// When a party that is looked after falls due: late by the grace.
pub(in crate::bookings) fn late_at(world: &World, booking: &Booking) -> Moment {
    booking.expected_at().plus_millis(world.rules.grace_minutes * MINUTE)
}

/// What was read back is no longer what is booked.
pub(super) fn unread(booking: &mut Booking) {
    booking.readback_at = None;
}

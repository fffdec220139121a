//! Bookings that end: left, called off, nobody came; and promised again.

use crate::claims::Owner;
use crate::rooms::at_minute;
use crate::words::Said;

use super::super::booking::{Booking, State};
use super::super::refusal::{Decided, Refusal};
use super::super::world::{Call, Fresh, Outcome, Stands, Whose, World};
use super::moving::clock;
use super::pieces::{MINUTE, end_stretch, free, given, late_at, must_be, stay};
use crate::bookings::booking::Role;

/// They have left: the rest of their time is free once the room is cleaned.
pub(super) fn depart(world: &World, booking: &Booking, bill_fen: Option<i64>) -> Decided<Outcome> {
    must_be(booking, &[State::InRoom])?;
    let mut outcome = Outcome { word: "departed", ..Outcome::default() };
    for segment in world.live(booking.id) {
        end_stretch(world, &mut outcome, segment, "departed", true);
    }
    let mut gone = over(world, booking, State::Departed);
    gone.bill_fen = bill_fen.or(booking.bill_fen);
    outcome.bookings.push(gone);
    Ok(outcome)
}

fn over(world: &World, booking: &Booking, state: State) -> Booking {
    let mut over = booking.clone();
    over.state = state;
    over.ended_at = Some(world.now);
    over.due_at = None;
    over
}

/// Gives back all rooms of a booking that nobody sat in.
fn give_back(world: &World, booking: &Booking, outcome: &mut Outcome, why: &str) {
    for segment in world.live(booking.id) {
        end_stretch(world, outcome, segment, why, false);
    }
    outcome.recalls = true;
}

/// Called off.
pub(super) fn cancel(world: &World, booking: &Booking, reason: &str) -> Decided<Outcome> {
    must_be(booking, &[State::Booked, State::Arrived])?;
    let reason = given(reason)?;
    let cut_off = world
        .rules
        .release_minute
        .map(|minute| at_minute(&world.day, booking.business_date, minute));
    let late = cut_off.is_some_and(|at| world.now >= at);
    if late && world.rules.late_cancel_needs_approval && !world.approves {
        return Err(Refusal::LateCancel);
    }
    let rooms = world.rooms_of(booking.id);
    let mut outcome = Outcome { word: "cancelled", ..Outcome::default() };
    give_back(world, booking, &mut outcome, "cancelled");
    let mut off = over(world, booking, State::Cancelled);
    off.reason = Some(reason.clone());
    outcome.why = Some(reason);
    outcome.bookings.push(off);
    if !rooms.is_empty() {
        let names = world.house.names(&rooms);
        let said =
            Said::of(|l| l.bookings_call_cancel(names.as_str(), booking.called_in(l)).to_string());
        outcome.call = Some(Call { kind: "cancel", rooms: rooms.into_iter().collect(), said });
    }
    Ok(outcome)
}

/// Nobody came: only once they are late and somebody tried to reach them, or a supervisor says so.
pub(super) fn no_show(world: &World, booking: &Booking) -> Decided<Outcome> {
    must_be(booking, &[State::Booked])?;
    let late = late_at(world, booking);
    if world.now < late {
        return Err(Refusal::NotLate(late));
    }
    if booking.attempts == 0 && !world.approves {
        return Err(Refusal::NoAttempt);
    }
    let rooms = world.rooms_of(booking.id);
    let mut outcome = Outcome { word: "no_show", ..Outcome::default() };
    give_back(world, booking, &mut outcome, "no_show");
    outcome.bookings.push(over(world, booking, State::NoShow));
    if !rooms.is_empty() {
        let names = world.house.names(&rooms);
        let said =
            Said::of(|l| l.bookings_call_no_show(names.as_str(), booking.called_in(l)).to_string());
        outcome.call = Some(Call { kind: "cancel", rooms: rooms.into_iter().collect(), said });
    }
    Ok(outcome)
}

/// They came and left before they were seated.
pub(super) fn leave_unseated(world: &World, booking: &Booking, reason: &str) -> Decided<Outcome> {
    must_be(booking, &[State::Arrived])?;
    let reason = given(reason)?;
    let mut outcome = Outcome { word: "left_unseated", ..Outcome::default() };
    give_back(world, booking, &mut outcome, "left_unseated");
    let mut left = over(world, booking, State::LeftUnseated);
    left.reason = Some(reason.clone());
    outcome.why = Some(reason);
    outcome.bookings.push(left);
    Ok(outcome)
}

/// Promised again: the rooms it had, if nobody has them now.
pub(super) fn reinstate(world: &World, booking: &Booking) -> Decided<Outcome> {
    must_be(booking, &[State::NoShow, State::Cancelled])?;
    if booking.business_date < world.day.date(world.now) {
        return Err(Refusal::OtherDay);
    }
    let begin = booking.starts_at.max(world.now);
    let usual = booking.starts_at.plus_millis(booking.planned_minutes * MINUTE);
    let least = begin.plus_millis(world.rules.shortest_minutes * MINUTE);
    let end = usual.max(least);
    let mut outcome = Outcome { word: "reinstated", ..Outcome::default() };
    let given_back = ["cancelled", "no_show"];
    let had = world.segments.iter().filter(|segment| {
        segment.booking_id == booking.id
            && segment.ended_reason.as_deref().is_some_and(|why| given_back.contains(&why))
            && segment.ended_at == booking.ended_at
    });
    for (k, segment) in had.enumerate() {
        let owner = Owner::booking(booking.id);
        outcome.takes.push(stay(world, owner, segment.room_id, begin, end));
        outcome.fresh.push(Fresh {
            whose: Whose::Known(booking.id),
            room_id: segment.room_id,
            stands: Stands::Taken(k),
            from_at: begin,
            to_at: end,
            role: if k == 0 { Role::Primary } else { segment.role },
            combine_group: segment.combine_group,
            seated_at: None,
        });
    }
    free(world, &outcome)?;
    if !outcome.fresh.is_empty() {
        // the corridor was told that these rooms are free
        let rooms: Vec<_> = outcome.fresh.iter().map(|one| one.room_id).collect();
        let names = world.house.names(&rooms);
        let at = clock(world, begin);
        let said = Said::of(|l| {
            let who = booking.called_in(l);
            l.bookings_call_reinstate(names.as_str(), who, at.as_str()).to_string()
        });
        outcome.call = Some(Call { kind: "reinstate", rooms, said });
    }
    let mut again = booking.clone();
    again.state = State::Booked;
    again.reason = None;
    again.ended_at = None;
    again.due_at = Some(late_at(world, &again).max(world.now.plus_millis(MINUTE)));
    outcome.bookings.push(again);
    Ok(outcome)
}

//! The one face a room shows: the first that is so, of what is out of order, who sits there, who is
//! expected, and whether it is clean (operations §2.1).

use crate::claims::{Claim, Kind, Resource};
use crate::kernel::{BookingId, Moment};
use crate::rooms::{Readiness, Room};

pub(in crate::bookings) use super::super::booking::Face;
use super::super::booking::{Booking, Segment, State};
use super::super::rules::Rules;

/// A room's face, and whom it is about.
#[derive(Debug, Clone, Copy)]
pub(in crate::bookings) struct Seen {
    pub(in crate::bookings) face: Face,
    /// Who sits there, is here, is late, or comes next.
    pub(in crate::bookings) booking: Option<BookingId>,
}

/// Milliseconds in a minute.
const MINUTE: i64 = 60_000;

/// The face of a booking that has a room: late, about to come, or simply booked.
pub(in crate::bookings) fn of_booking(
    booking: &Booking,
    end: Moment,
    rules: &Rules,
    now: Moment,
) -> Face {
    match booking.state {
        State::InRoom if end <= now => Face::Overstay,
        State::InRoom => Face::InUse,
        State::Arrived => Face::Arrived,
        State::Booked => {
            let expected = booking.expected_at();
            if expected.plus_millis(rules.grace_minutes * MINUTE) <= now {
                Face::Late
            } else if expected.plus_millis(-rules.due_soon_minutes * MINUTE) <= now {
                Face::DueSoon
            } else {
                Face::Booked
            }
        }
        State::Departed | State::Cancelled | State::NoShow | State::LeftUnseated => Face::Vacant,
    }
}

/// A booking of the room that has not begun counts as its own until so long before.
const LATER_MS: i64 = 12 * 60 * MINUTE;

/// What is so of a room now. `stays`: bookings with the stretches in which they have it, or any room.
pub(in crate::bookings) fn seen<'s>(
    room: &Room,
    claims: &[Claim],
    stays: impl Iterator<Item = (&'s Booking, &'s Segment)>,
    rules: &Rules,
    now: Moment,
) -> Seen {
    let resource = Resource::room(room.id);
    let held = |kind: Kind| {
        claims.iter().any(|claim| {
            claim.resource == resource
                && claim.kind == kind
                && claim.counts(now)
                && claim.meets(now, now.plus_millis(1))
        })
    };
    let mut here: Vec<(Face, Moment, BookingId)> = stays
        .filter(|(_, one)| one.room_id == room.id && one.is_live())
        .filter(|(booking, one)| {
            let near = booking.starts_at.millis_since(now) < LATER_MS;
            let sits = booking.state != State::InRoom || one.seated_at.is_some();
            booking.state.is_open() && near && sits
        })
        .map(|(booking, one)| (of_booking(booking, one.to_at, rules, now), one.from_at, booking.id))
        .collect();
    here.sort_unstable();
    let mut faces: Vec<(Face, Option<BookingId>)> =
        here.into_iter().map(|(face, _, booking)| (face, Some(booking))).collect();
    let kinds = [
        (Kind::OutOfOrder, Face::OutOfOrder),
        (Kind::Internal, Face::Locked),
        (Kind::Hold, Face::Held),
        (Kind::Viewing, Face::Viewing),
        (Kind::Option, Face::Option),
    ];
    faces.extend(kinds.into_iter().filter(|(kind, _)| held(*kind)).map(|(_, face)| (face, None)));
    match room.readiness {
        Readiness::Cleaning => faces.push((Face::Cleaning, None)),
        Readiness::Dirty => faces.push((Face::Dirty, None)),
        Readiness::Ready | Readiness::Inspected => {}
    }
    let next = faces.iter().find_map(|(_, booking)| *booking);
    let first = faces.into_iter().min_by_key(|(face, _)| *face);
    match first {
        Some((face, booking)) => Seen { face, booking: booking.or(next) },
        None => Seen { face: Face::Vacant, booking: None },
    }
}

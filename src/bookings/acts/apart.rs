//! A booking of a series that is changed alone is like the others no more: when they are changed it stays
//! as it is.

use std::collections::BTreeSet;

use crate::bookings::booking::{Booking, Segment, State};
use crate::bookings::world::{Outcome, Whose, World};
use crate::kernel::{BookingId, Moment};

/// Marks the bookings of a series that an act makes unlike the others: another time, room, party or word.
pub(super) fn mark(world: &World, outcome: &mut Outcome) {
    let moved = moved(world, outcome);
    for booking in outcome.bookings.iter_mut().filter(|one| one.series_id.is_some()) {
        let Some(before) = world.booking(booking.id) else { continue };
        let promised = before.state == State::Booked && booking.state == State::Booked;
        booking.apart |= promised && (moved.contains(&booking.id) || said(before) != said(booking));
    }
}

/// Whose rooms or times are others after the act. Who had no room yet and gets one is none of them.
fn moved(world: &World, outcome: &Outcome) -> BTreeSet<BookingId> {
    let place = |one: &Segment| (one.room_id, one.from_at, one.to_at);
    let changed = outcome.segments.iter().filter(|one| {
        let before = world.segments.iter().find(|before| before.id == one.id);
        !one.is_live() || before.is_none_or(|before| place(before) != place(one))
    });
    let changed = changed.map(|one| one.booking_id);
    let fresh = outcome.fresh.iter().filter_map(|one| match one.whose {
        Whose::Known(id) if !world.live(id).is_empty() => Some(id),
        Whose::Known(_) | Whose::New(_) => None,
    });
    changed.chain(fresh).collect()
}

/// What is written of a booking.
type Said<'a> = (&'a str, i64, Option<&'a str>, Moment, i64, [&'a str; 3]);

fn said(one: &Booking) -> Said<'_> {
    let words = [one.wishes.as_str(), one.note.as_str(), one.occasion.as_str()];
    (&one.name, one.party, one.phone.as_deref(), one.starts_at, one.planned_minutes, words)
}

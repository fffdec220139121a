//! When, as people type it in a field, and what is said where that is no time.

use chrono::NaiveDate;

use super::super::super::booking::Booking;
use super::super::super::refusal::Wrong;
use super::super::super::when::when;
use crate::kernel::{BusinessDay, Moment};
use crate::rooms::{agreed_at, minute_of};
use crate::web::{Problem, Want};

/// A moment that somebody typed: `19:40`, `明天 12:00`, RFC 3339. One that the clocks skip that day is
/// nobody's to move.
pub(in crate::bookings::web) fn moment(want: &Want, text: &str) -> Result<Moment, Wrong> {
    if let Some(at) = Moment::parse_rfc3339(text.trim()) {
        return Ok(at);
    }
    let day = &want.kit.day;
    let said = when(text, day.date(want.now), minute_of(day, want.now));
    agreed(day, said.date, said.minute)
}

/// The moment of a date and a time of day that were read.
pub(in crate::bookings::web) fn agreed(
    day: &BusinessDay,
    date: Option<NaiveDate>,
    minute: Option<i64>,
) -> Result<Moment, Wrong> {
    let (date, minute) = date.zip(minute).ok_or(Wrong::When)?;
    agreed_at(day, date, minute).map_err(|_| Wrong::Skipped)
}

/// The same for a booking, which has a day and an hour of its own: `19:40` alone is on its day, `12/8`
/// alone at its hour.
pub(in crate::bookings::web) fn moment_of(
    want: &Want,
    booking: &Booking,
    text: &str,
) -> Result<Moment, Wrong> {
    if let Some(at) = Moment::parse_rfc3339(text.trim()) {
        return Ok(at);
    }
    let day = &want.kit.day;
    let today = day.date(want.now);
    let over = if booking.business_date == today { minute_of(day, want.now) } else { 0 };
    let said = when(text, today, over);
    let own = Some(minute_of(day, booking.starts_at)).filter(|_| said.named);
    let date = if said.named { said.date } else { Some(booking.business_date) };
    agreed(day, date, said.minute.or(own))
}

/// What is wrong with a field, as the answer to a request.
pub(in crate::bookings::web) fn in_field(field: &'static str) -> impl Fn(Wrong) -> Problem {
    move |wrong| Problem::rules().field(field, move |l| wrong.say(l))
}

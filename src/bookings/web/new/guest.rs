//! A guest recognised by the number: how often they came, what they asked for, when they did not come.

use serde::Serialize;

use super::super::super::booking::{Booking, State};
use super::super::super::store;
use super::super::say;
use crate::contacts;
use crate::kernel::{Moment, Phone};
use crate::web::{Problem, Want};

/// Somebody who was here before.
#[derive(Serialize, Clone)]
pub(in crate::bookings::web) struct Guest {
    pub(in crate::bookings::web) contact_id: Option<i64>,
    pub(in crate::bookings::web) name: String,
    pub(in crate::bookings::web) vip: bool,
    pub(in crate::bookings::web) visits: usize,
    pub(in crate::bookings::web) no_shows: usize,
    /// The last three, newest first.
    pub(in crate::bookings::web) last: Vec<Visit>,
    /// What they asked for before.
    pub(in crate::bookings::web) wishes: Vec<String>,
    pub(in crate::bookings::web) warnings: Vec<String>,
}

#[derive(Serialize, Clone)]
pub(in crate::bookings::web) struct Visit {
    pub(in crate::bookings::web) no: String,
    pub(in crate::bookings::web) state: State,
    pub(in crate::bookings::web) starts_at: Moment,
    pub(in crate::bookings::web) party: i64,
    /// When, and what became of it, in the reader's words.
    pub(in crate::bookings::web) said: String,
}

/// Recognises a guest by the number.
pub(super) async fn guest(want: &Want, number: &str) -> Result<Option<Guest>, Problem> {
    let Some(phone) = Phone::read(number) else { return Ok(None) };
    let db = &want.kit.db;
    let card = contacts::store::by_number(db, phone.as_str()).await?;
    let past = store::of_phone(db, phone.as_str(), 50).await?;
    if card.is_none() && past.is_empty() {
        return Ok(None);
    }
    let l = want.messages();
    let own = card.as_ref().map(|card| {
        if card.form_of_address.is_empty() {
            card.name.clone()
        } else {
            card.form_of_address.clone()
        }
    });
    let name = own.or_else(|| past.first().map(|one| one.name.clone()));
    let closed = say::closed(want);
    let mut wishes: Vec<String> =
        past.iter().flat_map(Booking::wishes).map(|wish| closed.text(wish)).collect();
    wishes.sort();
    wishes.dedup();
    let visit = |booking: &Booking| Visit {
        no: booking.no.clone(),
        state: booking.state,
        starts_at: booking.starts_at,
        party: booking.party,
        said: format!(
            "{} {}",
            want.spelling().moment(booking.starts_at),
            say::state(&l, booking.state)
        ),
    };
    let warnings = card.as_ref().map(|card| card.warnings.as_slice()).unwrap_or_default();
    Ok(Some(Guest {
        contact_id: card.as_ref().map(|card| card.id.0),
        name: closed.text(&name.unwrap_or_default()),
        vip: card.as_ref().is_some_and(|card| card.vip),
        visits: past.iter().filter(|one| one.arrived_at.is_some()).count(),
        no_shows: past.iter().filter(|one| one.state == State::NoShow).count(),
        last: past.iter().take(3).map(visit).collect(),
        wishes,
        warnings: warnings.iter().map(|warning| closed.text(warning)).collect(),
    }))
}

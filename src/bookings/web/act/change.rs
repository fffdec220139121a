//! Another room, another time, longer or shorter.

use axum::response::Response;
use serde::Deserialize;

use super::super::super::acts::Command;
use super::super::super::booking::Booking;
use super::super::FLOOR;
use super::super::again::or_again;
use super::{Else, act_on, found, in_field, moment_of, room};
use crate::rooms::House;
use crate::web::{At, OnDuty, Problem, Reader, Typed, Want, flag, maybe_number, maybe_text};

#[derive(Deserialize)]
pub(in crate::bookings::web) struct Change {
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    from_room: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    room: Option<String>,
    /// A new beginning, as people say it.
    #[serde(default, deserialize_with = "maybe_text")]
    at: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    minutes: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    ask: bool,
}

/// What a change asks for, as a command.
pub(in crate::bookings::web) fn change_of(
    want: &Want,
    house: &House,
    booking: &Booking,
    written: &Change,
) -> Result<Command, Problem> {
    let named = |text: &Option<String>| text.as_deref().map(|text| room(house, text)).transpose();
    let starts_at = match written.at.as_deref() {
        None => None,
        Some(text) => Some(moment_of(want, booking, text).map_err(in_field("at"))?),
    };
    Ok(Command::Change {
        from: named(&written.from_room)?,
        to: named(&written.room)?,
        starts_at,
        minutes: written.minutes,
        despite: written.reason.clone(),
    })
}

pub(in crate::bookings::web) async fn change(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    typed: Typed<Change>,
) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    let Typed { read, texts } = typed.with_numbers(&["minutes"]);
    let done = changed(&want, &reader, &no, read).await;
    or_again(&want, &reader, &no, ("change", texts), done).await
}

async fn changed(
    want: &Want,
    reader: &OnDuty,
    no: &str,
    read: Result<Change, Problem>,
) -> Result<Response, Problem> {
    let written = read?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let booking = found(want, no).await?;
    let command = change_of(want, &house, &booking, &written)?;
    let or = Else { ask: written.ask, wait: false };
    act_on(want, reader, booking.id, written.version, command, or).await
}

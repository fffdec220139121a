//! Changing what is written of a booking; what somebody else changed meanwhile is shown, not lost.

use axum::response::Response;
use serde::Deserialize;

use super::super::super::acts::{Command, Details};
use super::super::super::refusal::Wrong;
use super::super::WRITERS;
use super::{Else, act_on, found, moment, money, room};
use crate::kernel::Phone;
use crate::web::{At, Input, Problem, Reader, Want, maybe_number, maybe_text, number};

#[derive(Deserialize)]
pub(in crate::bookings::web) struct Edit {
    #[serde(deserialize_with = "number")]
    version: i64,
    name: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    party: Option<i64>,
    phone: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    when: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    minutes: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    room: Option<String>,
    wishes: Option<String>,
    note: Option<String>,
    occasion: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    deposit: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    bill: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    tier: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
}

pub(in crate::bookings::web) async fn edit(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(written): Input<Edit>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let booking = found(&want, &no).await?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let starts_at = match written.when.as_deref() {
        None => None,
        Some(text) => Some(
            moment(&want, text)
                .ok_or_else(|| Problem::rules().field("when", |l| Wrong::When.say(l)))?,
        ),
    };
    let phone = match written.phone.as_deref().map(str::trim) {
        None => None,
        Some("") => Some(String::new()),
        // a masked number is not one that was typed
        Some(text) if text.contains('*') => None,
        Some(text) => Some(
            Phone::read(text)
                .map(|phone| phone.as_str().to_owned())
                .ok_or_else(|| Problem::rules().field("phone", |l| Wrong::Phone.say(l)))?,
        ),
    };
    let details = Details {
        name: written.name,
        party: written.party,
        phone,
        starts_at,
        minutes: written.minutes,
        room: written.room.as_deref().map(|text| room(&house, text)).transpose()?,
        wishes: written.wishes,
        note: written.note,
        occasion: written.occasion,
        deposit_fen: money("deposit", written.deposit.as_deref())?,
        bill_fen: money("bill", written.bill.as_deref())?,
        tier: written.tier,
        pinned: None,
        despite: written.reason,
    };
    let command = Command::Edit(Box::new(details));
    act_on(&want, &reader, booking.id, Some(written.version), command, Else::default()).await
}

//! Guests who are late: when they expect to come, and that somebody tried to reach them.

use axum::response::Response;
use serde::Deserialize;

use super::super::super::acts::Command;
use super::super::super::booking::Booking;
use super::super::again::or_again;
use super::super::one::short;
use super::super::{APPROVERS, WRITERS};
use super::{Else, act, act_on, found, in_field, moment_of};
use crate::kernel::Moment;
use crate::web::{At, Input, OnDuty, Problem, Reader, Typed, Want, flag};

#[derive(Deserialize)]
pub(in crate::bookings::web) struct Eta {
    at: String,
    #[serde(default, deserialize_with = "flag")]
    despite: bool,
}

pub(in crate::bookings::web) async fn eta(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Typed { read, texts }: Typed<Eta>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let done = put_off(&want, &reader, &no, read).await;
    or_again(&want, &reader, &no, ("eta", texts), done).await
}

async fn put_off(
    want: &Want,
    reader: &OnDuty,
    no: &str,
    read: Result<Eta, Problem>,
) -> Result<Response, Problem> {
    let Eta { at, despite } = read?;
    let booking = found(want, no).await?;
    let at = moment_of(want, &booking, &at).map_err(in_field("at"))?;
    if booking.delay_count >= 1 && !reader.roles.has_any(APPROVERS) {
        not_too_late(want, &booking, at).await?;
    }
    let command = Command::Eta { at, despite };
    act_on(want, reader, booking.id, None, command, Else::default()).await
}

/// Who puts it off again while rooms are short is given so long and no longer (clause 1-6c); more is a
/// supervisor's to give.
async fn not_too_late(want: &Want, booking: &Booking, at: Moment) -> Result<(), Problem> {
    let rules = super::super::new::rules(want).await?;
    let latest = want.now.plus_millis(rules.short_eta_minutes * 60_000);
    if at <= latest || !short(want, booking).await? {
        return Ok(());
    }
    let latest = want.spelling().minute(latest);
    Err(Problem::rule(move |l| l.bookings_eta_capped(latest.as_str()).to_string()))
}

#[derive(Deserialize)]
pub(in crate::bookings::web) struct Chase {
    #[serde(default, deserialize_with = "flag")]
    answered: bool,
}

pub(in crate::bookings::web) async fn chase(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(Chase { answered }): Input<Chase>,
) -> Result<Response, Problem> {
    act(want, reader, WRITERS, &no, None, Command::Chase { answered }).await
}

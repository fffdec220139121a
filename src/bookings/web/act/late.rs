//! Guests who are late: when they expect to come, and that somebody tried to reach them.

use axum::response::Response;
use serde::Deserialize;

use super::super::super::acts::Command;
use super::super::super::refusal::Wrong;
use super::super::WRITERS;
use super::{act, moment};
use crate::web::{At, Input, Problem, Reader, Want, flag};

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
    Input(Eta { at, despite }): Input<Eta>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let at =
        moment(&want, &at).ok_or_else(|| Problem::rules().field("at", |l| Wrong::When.say(l)))?;
    act(want, reader, WRITERS, &no, None, Command::Eta { at, despite }).await
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

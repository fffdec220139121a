//! Rooms and parties that come together or part.

use axum::response::Response;
use serde::Deserialize;

use super::super::super::acts::Command;
use super::super::super::refusal::Wrong;
use super::super::super::store;
use super::super::WRITERS;
use super::super::again::or_again;
use super::{Else, act, act_on, found, room};
use crate::kernel::{BookingId, RoomId};
use crate::web::{
    At, Input, OnDuty, Problem, Reader, Typed, Want, flag, list as many, maybe_text, number,
};

#[derive(Deserialize)]
pub(in crate::bookings::web) struct Rooms {
    #[serde(default, deserialize_with = "many")]
    room: Vec<String>,
}

impl Rooms {
    async fn ids(&self, want: &Want) -> Result<Vec<RoomId>, Problem> {
        let house = crate::rooms::store::house(&want.kit.db).await?;
        let names = self.room.iter().flat_map(|text| text.split(['+', ',', '，', '、', ' ']));
        names.filter(|name| !name.trim().is_empty()).map(|name| room(&house, name)).collect()
    }
}

pub(in crate::bookings::web) async fn add(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Typed { read, texts }: Typed<Rooms>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let done = added(&want, &reader, &no, read).await;
    or_again(&want, &reader, &no, ("add", texts), done).await
}

async fn added(
    want: &Want,
    reader: &OnDuty,
    no: &str,
    read: Result<Rooms, Problem>,
) -> Result<Response, Problem> {
    let ids = read?.ids(want).await?;
    let [room] = ids.as_slice() else {
        return Err(Problem::rules().field("room", |l| Wrong::Room.say(l)));
    };
    let command = Command::Add { room: *room };
    act_on(want, reader, found(want, no).await?.id, None, command, Else::default()).await
}

pub(in crate::bookings::web) async fn combine(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Typed { read, texts }: Typed<Rooms>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let done = combined(&want, &reader, &no, read).await;
    or_again(&want, &reader, &no, ("combine", texts), done).await
}

async fn combined(
    want: &Want,
    reader: &OnDuty,
    no: &str,
    read: Result<Rooms, Problem>,
) -> Result<Response, Problem> {
    let command = Command::Combine { rooms: read?.ids(want).await? };
    act_on(want, reader, found(want, no).await?.id, None, command, Else::default()).await
}

#[derive(Deserialize)]
pub(in crate::bookings::web) struct Other {
    /// The number of the other booking.
    with: String,
    #[serde(default, deserialize_with = "maybe_text")]
    room: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    with_room: Option<String>,
    /// Ask for approval where one of the two would spend less.
    #[serde(default, deserialize_with = "flag")]
    ask: bool,
}

async fn other(want: &Want, no: &str) -> Result<BookingId, Problem> {
    let found = store::by_no(&want.kit.db, no.trim()).await?;
    found
        .map(|booking| booking.id)
        .ok_or_else(|| Problem::rules().field("with", |l| l.bookings_wrong_number().to_string()))
}

pub(in crate::bookings::web) async fn join(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(Other { with, .. }): Input<Other>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let with = other(&want, &with).await?;
    act(want, reader, WRITERS, &no, None, Command::Join { with }).await
}

pub(in crate::bookings::web) async fn swap(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(written): Input<Other>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let with = other(&want, &written.with).await?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let named = |text: &Option<String>| text.as_deref().map(|text| room(&house, text)).transpose();
    let (room, with_room) = (named(&written.room)?, named(&written.with_room)?);
    let booking = found(&want, &no).await?;
    let or = Else { ask: written.ask, wait: false };
    let command = Command::Swap { room, with, with_room };
    act_on(&want, &reader, booking.id, None, command, or).await
}

#[derive(Deserialize)]
pub(in crate::bookings::web) struct Split {
    #[serde(deserialize_with = "number")]
    party: i64,
    room: String,
}

pub(in crate::bookings::web) async fn split(
    want: Want,
    reader: Reader,
    At(no): At<String>,
    typed: Typed<Split>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let Typed { read, texts } = typed.with_numbers(&["party"]);
    let done = parted(&want, &reader, &no, read).await;
    or_again(&want, &reader, &no, ("split", texts), done).await
}

async fn parted(
    want: &Want,
    reader: &OnDuty,
    no: &str,
    read: Result<Split, Problem>,
) -> Result<Response, Problem> {
    let Split { party, room: name } = read?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let command = Command::Split { party, room: room(&house, &name)? };
    act_on(want, reader, found(want, no).await?.id, None, command, Else::default()).await
}

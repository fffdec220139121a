//! A place on the board that is kept while somebody writes the booking.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::super::super::doing;
use super::super::super::refusal::Refusal;
use super::super::WRITERS;
use super::super::act::{actor, in_field, moment, room};
use super::super::say::refused;
use super::super::suggest::{Asked, with_others};
use super::rules;
use crate::kernel::ClaimId;
use crate::web::{At, Input, Problem, Reader, Want, maybe_number};

/// A hold that is asked for.
#[derive(Deserialize)]
pub(in crate::bookings::web) struct Wanted {
    room: String,
    at: String,
    #[serde(default, deserialize_with = "maybe_number")]
    minutes: Option<i64>,
    /// A hold of one's own that is given back for it.
    #[serde(default, deserialize_with = "maybe_number")]
    instead: Option<i64>,
}

pub(in crate::bookings::web) async fn hold(
    want: Want,
    reader: Reader,
    Input(wanted): Input<Wanted>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let room = room(&house, &wanted.room)?;
    let at = moment(&want, &wanted.at).map_err(in_field("at"))?;
    let instead = wanted.instead.map(ClaimId);
    let touch = doing::Touch { room, from: at, minutes: wanted.minutes, instead };
    match doing::hold(db, want.stamp(), actor(&want, &reader), touch).await? {
        Ok(hold) => want.json_with(StatusCode::CREATED, &hold),
        Err(refusal) => {
            let full = matches!(refusal, Refusal::Taken(_));
            let problem = refused(&want, refusal).await;
            if !full {
                return Err(problem);
            }
            // nobody has said yet how many they are: as many as the room is for
            let party = house.room(room).map(|room| room.cap_max);
            let at = Some(at.to_string());
            let asked = Asked { party, at, minutes: wanted.minutes, ..Asked::default() };
            Err(with_others(&want, problem, &asked).await?)
        }
    }
}

pub(in crate::bookings::web) async fn renew(
    want: Want,
    reader: Reader,
    At(id): At<ClaimId>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let minutes = rules(&want).await?.hold_minutes;
    kept(&want, id, Some(minutes)).await
}

pub(in crate::bookings::web) async fn give_back(
    want: Want,
    reader: Reader,
    At(id): At<ClaimId>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    kept(&want, id, None).await
}

async fn kept(want: &Want, id: ClaimId, minutes: Option<i64>) -> Result<Response, Problem> {
    match doing::hold_on(&want.kit.db, want.stamp(), id, minutes).await? {
        Ok(()) => want.json_with(StatusCode::OK, &serde_json::json!({ "id": id })),
        Err(refusal) => Err(refused(want, refusal).await),
    }
}

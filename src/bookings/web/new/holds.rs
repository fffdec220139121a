//! A place on the board that is kept while somebody writes the booking.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::super::super::doing;
use super::super::super::refusal::{Refusal, Wrong};
use super::super::WRITERS;
use super::super::act::{actor, in_field, moment};
use super::super::say::refused;
use super::super::suggest::{Asked, with_others};
use super::{rooms, rules};
use crate::kernel::{ClaimId, RoomId};
use crate::web::{At, Input, Problem, Reader, Want, list, maybe_number, numbers};

/// A hold that is asked for.
#[derive(Deserialize)]
pub(in crate::bookings::web) struct Wanted {
    /// One room, or several that open into one: `A5+A6`.
    #[serde(default, deserialize_with = "list")]
    room: Vec<String>,
    at: String,
    #[serde(default, deserialize_with = "maybe_number")]
    minutes: Option<i64>,
    /// Holds of one's own that are given back for it.
    #[serde(default, deserialize_with = "numbers")]
    instead: Vec<i64>,
}

pub(in crate::bookings::web) async fn hold(
    want: Want,
    reader: Reader,
    Input(wanted): Input<Wanted>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let rooms: BTreeSet<RoomId> = rooms(&house, &wanted.room)?.into_iter().collect();
    if rooms.is_empty() {
        return Err(Problem::rules().field("room", |l| Wrong::Room.say(l)));
    }
    let at = moment(&want, &wanted.at).map_err(in_field("at"))?;
    let seats = house.seats(&rooms);
    let own = wanted.instead;
    let instead = own.iter().copied().map(ClaimId).collect();
    let touch = doing::Touch { rooms, from: at, minutes: wanted.minutes, instead };
    match doing::hold(db, want.stamp(), actor(&want, &reader), touch).await? {
        Ok(hold) => want.json_with(StatusCode::CREATED, &hold),
        Err(refusal) => {
            let full = matches!(refusal, Refusal::Taken(_));
            let problem = refused(&want, refusal).await;
            if !full {
                return Err(problem);
            }
            // nobody has said yet how many they are: as many as the rooms are for
            let party = Some(seats);
            let at = Some(at.to_string());
            let asked = Asked { party, at, minutes: wanted.minutes, hold: own, ..Asked::default() };
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
        Ok(ends) => {
            let lasts_ms = ends.map(|at| at.millis_since(want.now));
            let hold = serde_json::json!({ "id": id, "expires_at": ends, "lasts_ms": lasts_ms });
            want.json_with(StatusCode::OK, &hold)
        }
        Err(refusal) => Err(refused(want, refusal).await),
    }
}

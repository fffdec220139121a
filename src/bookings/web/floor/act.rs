//! What a greeter taps, at once or sent later with the time it was made.

use axum::response::Response;
use serde::Deserialize;

use super::super::super::acts::Command;
use super::super::super::booking::{Booking, State};
use super::super::super::doing::{self, RoomAct};
use super::super::super::owed;
use super::super::FLOOR;
use super::super::act::{actor, done, room};
use super::super::say::refused;
use super::{Now, face_said, rooms_now};
use crate::kernel::{Moment, RoomId};
use crate::rooms::Readiness;
use crate::web::{At, Input, Problem, Reader, Want, maybe_number, maybe_text};

/// What a greeter taps.
#[derive(Deserialize)]
pub(in crate::bookings::web) struct Tap {
    /// When it was tapped, in epoch milliseconds, where it was sent later.
    #[serde(default, deserialize_with = "maybe_number")]
    at: Option<i64>,
    /// The booking the page showed; without it, the one that fits.
    #[serde(default, deserialize_with = "maybe_text")]
    no: Option<String>,
    /// The room they go to.
    #[serde(default, deserialize_with = "maybe_text")]
    to: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    words: Option<String>,
}

/// A tap older than this is not believed.
const OLDEST_MS: i64 = 12 * 3_600_000;

impl Tap {
    /// When it was made; `None`: now.
    fn made(&self, now: Moment) -> Result<Option<Moment>, Problem> {
        let Some(at) = self.at.map(Moment::from_millis) else { return Ok(None) };
        if now.millis_since(at) > OLDEST_MS {
            return Err(Problem::rule(|l| l.bookings_tap_too_old().to_string()));
        }
        // a telephone whose clock is ahead tapped now
        Ok(Some(at).filter(|at| *at < now))
    }
}

pub(in crate::bookings::web) async fn act(
    want: Want,
    reader: Reader,
    At((id, act)): At<(RoomId, String)>,
    Input(tap): Input<Tap>,
) -> Result<Response, Problem> {
    reader.may(FLOOR)?;
    let made = tap.made(want.now)?;
    let now = rooms_now(&want).await?;
    let Some((_, seen)) = now.rooms.iter().find(|(room, _)| *room == id) else {
        return Err(Problem::not_found());
    };
    let (name, said) = (now.house.name(id), face_said(&want.messages(), seen.face));
    let not_so = move || {
        let (name, said) = (name.clone(), said.clone());
        Problem::rule(move |l| l.bookings_floor_not(name.as_str(), said.as_str()).to_string())
    };
    let command = match act.as_str() {
        "ready" => {
            let since = now.house.room(id).map(|room| room.readiness_at);
            if made.is_some_and(|made| since.is_some_and(|since| since > made)) {
                // it was used again after the tap
                return Err(not_so());
            }
            let act = RoomAct::Ready(Readiness::Ready);
            let (db, stamp) = (&want.kit.db, want.stamp());
            let answer = doing::act_on_room(db, stamp, actor(&want, &reader), id, act).await?;
            return match answer {
                Ok(_) => tapped(&want, id),
                Err(refusal) => Err(refused(&want, refusal).await),
            };
        }
        "help" => {
            let name = now.house.name(id);
            let words: String = tap.words.unwrap_or_default().chars().take(200).collect();
            let help = want.kit.db.write(want.stamp(), move |tx| {
                let (name, words) = (name.clone(), words.clone());
                Box::pin(async move { owed::help(tx, id, &name, &words).await })
            });
            help.await?;
            return tapped(&want, id);
        }
        "arrival" => Command::Arrive,
        "seat" => Command::Seat { despite: None },
        "departure" => Command::Depart { bill_fen: None },
        "transfer" => {
            let to = tap.to.as_deref().ok_or_else(Problem::syntax)?;
            let to = Some(room(&now.house, to)?);
            Command::Change { from: Some(id), to, starts_at: None, minutes: None, despite: None }
        }
        _ => return Err(Problem::not_found()),
    };
    let booking = meant(&now, id, tap.no.as_deref(), &command, made).ok_or_else(not_so)?.id;
    let (db, stamp) = (&want.kit.db, want.stamp());
    let answer = doing::act_since(db, stamp, actor(&want, &reader), booking, made, command).await?;
    match answer {
        Ok(did) if want.json => done(&want, &reader, &did).await,
        Ok(_) => tapped(&want, id),
        Err(refusal) => Err(refused(&want, refusal).await),
    }
}

/// The booking a tap is about: the one the page showed, if it still has the room and the tap makes
/// sense for it. What was tapped before that party came is about somebody who is gone.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike")]
fn meant<'n>(
    now: &'n Now,
    room: RoomId,
    no: Option<&str>,
    command: &Command,
    made: Option<Moment>,
) -> Option<&'n Booking> {
    let fits = |booking: &&Booking| match command {
        Command::Arrive => booking.state == State::Booked,
        Command::Seat { .. } => matches!(booking.state, State::Booked | State::Arrived),
        Command::Depart { .. } => booking.state == State::InRoom,
        _ => booking.state.is_open(),
    };
    let there = |booking: &&Booking| {
        let since = booking.seated_at.unwrap_or(booking.created_at);
        made.is_none_or(|made| since <= made)
    };
    let named = |booking: &&Booking| no.is_none_or(|no| booking.no == no);
    // who sits there before who is expected, and who is expected first
    let order = |booking: &&Booking| {
        let place = match booking.state {
            State::InRoom => 0,
            State::Arrived => 1,
            _ => 2,
        };
        (place, booking.starts_at, booking.id)
    };
    now.of(room).filter(fits).filter(there).filter(named).min_by_key(order)
}

fn tapped(want: &Want, room: RoomId) -> Result<Response, Problem> {
    want.done("/my/floor", &serde_json::json!({ "room_id": room }))
}

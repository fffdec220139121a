//! `POST /demo/clock`: moves the demo's manual clock forward, ring by ring.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calls::Room;
use crate::clock::Clock;
use crate::kernel::{Moment, Role};
use crate::web::{Input, Problem, Reader, Want};

#[derive(Clone)]
struct Hands {
    clock: Clock,
    room: Room,
}

/// Where to move the clock: to `now`, or forward by `advance_ms`.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Move {
    /// The new time.
    pub now: Option<Moment>,
    /// Milliseconds to move forward.
    pub advance_ms: Option<i64>,
}

/// What the clock says after all that fell due is done.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Told {
    /// The new time.
    pub now: Moment,
}

/// The one address of a manual clock.
pub(super) fn routes(clock: Clock, room: Room) -> Router {
    Router::new().route("/demo/clock", post(set)).with_state(Hands { clock, room })
}

async fn set(
    State(hands): State<Hands>,
    want: Want,
    reader: Reader,
    Input(asked): Input<Move>,
) -> Result<Response, Problem> {
    reader.may(&[Role::Admin])?;
    let now = hands.clock.now();
    let target = match (asked.now, asked.advance_ms) {
        (Some(target), None) => target,
        (None, Some(by)) => now.plus_millis(by),
        _ => return Err(Problem::rule(|l| l.demo_clock_one().to_string())),
    };
    if target < now {
        return Err(Problem::rule(|l| l.demo_clock_back().to_string()));
    }
    hands.clock.set(target);
    hands.room.settle(target).await;
    want.json_with(axum::http::StatusCode::OK, &Told { now: target })
}

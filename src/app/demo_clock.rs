//! `POST /demo/clock`: moves the demo's manual clock forward, from one thing that falls due to the
//! next, rings and timers in one order.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calls::Room;
use crate::clock::Clock;
use crate::kernel::{Moment, Role};
use crate::timers::Timers;
use crate::web::{Input, Problem, Reader, Want};

#[derive(Clone)]
struct Hands {
    clock: Clock,
    room: Room,
    timers: Timers,
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
pub(super) fn routes(clock: Clock, room: Room, timers: Timers) -> Router {
    Router::new().route("/demo/clock", post(set)).with_state(Hands { clock, room, timers })
}

impl Hands {
    /// Lets time pass up to `target`. The clock stops at every moment at which something falls due:
    /// the calls first, then the rooms; what follows from it may fall due on the way too.
    async fn pass(&self, target: Moment) {
        let mut served = None;
        loop {
            // a call that stays due where it was is left for the end
            let ring =
                self.room.next_alarm().await.filter(|at| served.is_none_or(|last| *at > last));
            let timer = self.timers.next_due().await;
            let first = ring.into_iter().chain(timer).min();
            let Some(next) = first.filter(|next| *next <= target) else { break };
            let now = next.max(self.clock.now());
            self.clock.set(now);
            if ring.is_some_and(|at| at <= now) {
                served = ring;
                self.room.settle(now).await;
            }
            if timer.is_some_and(|at| at <= now) {
                self.timers.settle(now).await;
            }
        }
        self.clock.set(target);
        self.room.settle(target).await;
        self.timers.settle(target).await;
    }
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
    hands.pass(target).await;
    want.json_with(axum::http::StatusCode::OK, &Told { now: target })
}

//! Practising alone (telephony.md §4 item 9): the signalling of a call that was recorded is played
//! again on this screen, in its own time, and answered with the key. Nothing is stored and nobody is
//! told: what came of it stays in the browser. A real call ends the practice.

use askama::Template;
use axum::extract::State as Given;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::call::{Call, Outcome, State};
use super::super::store;
use super::card::Card;
use super::row::Row;
use super::{Panel, ladder, say, sight};
use crate::kernel::CallId;
use crate::web::{Filter, Frame, OnDuty, Place, Problem, Reader, Want, maybe_number};

/// So many recorded calls are offered.
const OFFERED: usize = 20;
/// A caller of whom the record does not say that they gave up waits so many rings beyond the promise.
const PATIENT_RINGS: i64 = 4;
/// Messages so shortly before an answer belong to it, in milliseconds.
const TOGETHER_MS: i64 = 50;
/// So many messages of the signalling are played.
const PLAYED: usize = 60;

/// A message of the signalling.
#[derive(Serialize)]
struct Step {
    /// From the first message, in milliseconds.
    after_ms: i64,
    /// When it is played: what followed an answer then follows the answer now.
    #[serde(skip)]
    plays_ms: i64,
    /// Its first line: `INVITE`, `180 Ringing`.
    said: String,
    #[serde(skip)]
    kind: &'static str,
    #[serde(skip)]
    clock: String,
}

/// A recorded call as it is played.
#[derive(Serialize)]
struct Recorded {
    call: CallId,
    /// When the first ring begins, in milliseconds from the first message.
    rings_after_ms: i64,
    /// When the caller gives up.
    ends_after_ms: i64,
    /// From one ring to the next, in milliseconds.
    cycle_ms: i64,
    /// An answer before so many milliseconds of ringing keeps the promise.
    target_ms: i64,
    steps: Vec<Step>,
    #[serde(skip)]
    card: String,
    #[serde(skip)]
    greeting: String,
    /// How it went then.
    #[serde(skip)]
    then: String,
}

#[derive(Template, Serialize)]
#[template(path = "calls/practice.html")]
struct PracticePage {
    #[serde(skip)]
    frame: Frame,
    /// `null` where no call was recorded yet.
    recorded: Option<Recorded>,
    #[serde(skip)]
    rows: Vec<Row>,
}

impl PracticePage {
    /// Whether this is the call that is played.
    fn plays(&self, id: impl std::borrow::Borrow<i64>) -> bool {
        self.recorded.as_ref().is_some_and(|recorded| recorded.call.0 == *id.borrow())
    }
}

/// `?call=17`: which recorded call; none: the newest.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_number")]
    call: Option<i64>,
}

/// `GET /practice`
pub(super) async fn show(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    sight::may_write(&reader)?;
    let db = &want.kit.db;
    let filter = store::Filter { state: Some(State::Ended), ..store::Filter::default() };
    let page = store::page(db, &filter, OFFERED, None).await?;
    let closed = reader.closed.clone();
    let seen = |call| sight::seen(call, &reader, &closed, want.now);
    let calls: Vec<Call> =
        page.items.into_iter().filter(|call| call.rang_at.is_some()).map(seen).collect();
    let chosen = match asked.call {
        Some(id) => {
            let call = seen(store::call(db, CallId(id)).await?);
            // what still rings, or never did, cannot be played
            let over = call.state == State::Ended && call.rang_at.is_some();
            Some(Some(call).filter(|_| over).ok_or_else(Problem::not_found)?)
        }
        None => calls.first().cloned(),
    };
    let recorded = match &chosen {
        Some(call) => Some(played(&panel, &want, &reader, call).await?),
        None => None,
    };
    let (l, spelling) = (want.messages(), want.spelling());
    let rows = calls.iter().map(|call| Row::of(&l, spelling, call, None)).collect();
    want.page(&PracticePage { frame: want.frame(Place::Calls), recorded, rows })
}

async fn played(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    call: &Call,
) -> Result<Recorded, Problem> {
    let l = want.messages();
    panel.live.written().await;
    let mut messages = store::ladder(&want.kit.db, call.id).await?;
    messages.sort_by_key(|message| message.at);
    let begin = messages.first().map_or(call.offered_at, |first| first.at.min(call.offered_at));
    let rang = call.rang_at.unwrap_or(call.offered_at);
    let rings_after_ms = rang.millis_since(begin).max(0);
    let promise = call.promise;
    let cycle_ms = promise.cycle_ms.max(1);
    let gave_up = call.outcome == Some(Outcome::Abandoned);
    let ends_after_ms = match call.ended_at.filter(|_| gave_up) {
        Some(ended) => ended.millis_since(begin).max(rings_after_ms),
        None => rings_after_ms + promise.target_ms + PATIENT_RINGS * cycle_ms,
    };
    let answered = call.answered_at.filter(|_| !gave_up).map(|at| at.millis_since(begin));
    let whole = reader.sees_numbers();
    let steps = messages.iter().take(PLAYED).map(|message| {
        let said = ladder::short(&message.text);
        let after_ms = message.at.millis_since(begin);
        let follows = answered.is_some_and(|answered| after_ms >= answered - TOGETHER_MS);
        Step {
            after_ms,
            plays_ms: if follows { ends_after_ms } else { after_ms },
            said: if whole { said } else { sight::mask_numbers(&said) },
            kind: ladder::kind(&message.text),
            clock: ladder::gap(Some(begin), message.at),
        }
    });
    let ringing = Call {
        state: State::Ringing,
        taken_by: None,
        answered_at: None,
        ended_at: None,
        alarm: 1,
        ..call.clone()
    };
    let card = Card::of(want.messages(), &ringing, reader, rang);
    Ok(Recorded {
        call: call.id,
        rings_after_ms,
        ends_after_ms,
        cycle_ms,
        target_ms: promise.target_ms,
        steps: steps.collect(),
        card: card.render().map_err(Problem::broken)?,
        greeting: panel.greeting(want, reader, Some(call)).await?,
        then: call.outcome.map(|ended| say::outcome(&l, ended)).unwrap_or_default(),
    })
}

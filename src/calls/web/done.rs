//! What is said after an act on a call: the call as it is now, or why it was not done.

use axum::http::StatusCode;
use axum::response::Response;

use super::super::call::Call;
use super::super::desk::{DeskError, Refusal};
use super::{hold, sight, written};
use crate::web::{OnDuty, Problem, Want};

/// After an act: the browser goes to `place`, a program gets the call as it may see it.
pub(super) fn answered(
    want: &Want,
    reader: &OnDuty,
    place: &str,
    done: Result<Call, DeskError>,
) -> Result<Response, Problem> {
    let closed = reader.closed.clone();
    let seen = |call| sight::seen(call, reader, &closed, want.now);
    match done {
        Ok(call) => want.done(place, &seen(call)),
        Err(DeskError::Refused { why, call }) => Err(refused(why, &seen(*call))),
        Err(DeskError::TooLong) => {
            Err(Problem::rules().field("notes", |l| l.calls_notes_too_long().to_string()))
        }
        Err(DeskError::LongFields(wrong)) => Err(written::too_long(wrong)),
        Err(DeskError::Store(error)) => Err(error.into()),
    }
}

fn refused(why: Refusal, call: &Call) -> Problem {
    let name = call.taken_by.as_ref().map(|by| by.name.clone()).unwrap_or_default();
    let problem = match why {
        Refusal::Stale => return Problem::stale(call),
        Refusal::AlreadyTaken => Problem::new(
            StatusCode::CONFLICT,
            "already_taken",
            |l| l.calls_taken_first().to_string(),
            move |l| l.calls_taken_first_detail(name.as_str()).to_string(),
        ),
        Refusal::Over => Problem::new(
            StatusCode::CONFLICT,
            "over",
            |l| l.calls_over().to_string(),
            |l| l.calls_over_detail().to_string(),
        ),
        Refusal::NotYours => {
            return Problem::rule(move |l| l.calls_not_yours(name.as_str()).to_string());
        }
        Refusal::NotCountedAnyway => {
            return Problem::rule(|l| l.calls_not_counted_anyway().to_string());
        }
        Refusal::NotHeld | Refusal::NotInHand => return hold::refused(why, call),
    };
    problem.current(call)
}

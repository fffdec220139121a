//! What is done about a call that is owed: taken, given back, tried, closed.

use axum::response::Response;
use futures_util::FutureExt as _;
use serde::Deserialize;

use super::super::web::sight::may_write;
use super::store::{self, Debt};
use super::web::View;
use crate::followups::{self, AttemptOutcome, Refusal};
use crate::kernel::{DebtId, FollowUpId, StaffId};
use crate::web::{At, Input, OnDuty, Problem, Reader, Want, maybe_number, maybe_text};

/// The longest reason, in characters.
const REASON_MOST: usize = 500;

/// What comes with an act; each takes what it needs.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct With {
    #[serde(default)]
    reason: String,
    #[serde(default, deserialize_with = "maybe_text")]
    outcome: Option<String>,
    #[serde(default)]
    note: String,
    #[serde(default, deserialize_with = "maybe_number")]
    again_in_minutes: Option<i64>,
}

async fn owed(want: &Want, reader: &OnDuty, id: DebtId) -> Result<(Debt, FollowUpId), Problem> {
    may_write(reader)?;
    let debt = store::debt(&want.kit.db, id).await?;
    if let Some(follow_up) = debt.follow_up_id.filter(|_| debt.closed_at.is_none()) {
        return Ok((debt, follow_up));
    }
    let problem = Problem::rule(|l| l.missed_over().to_string());
    Err(problem.current(&seen(want, reader, debt)))
}

fn seen(want: &Want, reader: &OnDuty, debt: Debt) -> View {
    View::of(want, reader, &reader.closed, debt)
}

async fn done(want: &Want, reader: &OnDuty, id: DebtId) -> Result<Response, Problem> {
    let debt = store::debt(&want.kit.db, id).await?;
    want.done("/calls/missed", &seen(want, reader, debt))
}

fn person(reader: &OnDuty) -> Result<StaffId, Problem> {
    reader.staff().ok_or_else(|| Problem::rule(|l| l.followups_person_only().to_string()))
}

pub(super) async fn claim(
    want: Want,
    reader: Reader,
    At(id): At<DebtId>,
) -> Result<Response, Problem> {
    may_write(&reader)?;
    let (by, now) = (person(&reader)?, want.now);
    let (debt, follow_up) = owed(&want, &reader, id).await?;
    let taken = want.kit.db.write(want.stamp(), move |tx| {
        async move { followups::store::take(tx, follow_up, by, now).await }.boxed()
    });
    if let Err(Refusal::Taken(_)) = taken.await? {
        let name = debt.staff_name.clone().unwrap_or_default();
        let problem = Problem::new(
            axum::http::StatusCode::CONFLICT,
            "already_taken",
            |l| l.followups_taken().to_string(),
            move |l| l.followups_taken_detail(name.as_str()).to_string(),
        );
        return Err(problem.current(&seen(&want, &reader, debt)));
    }
    done(&want, &reader, id).await
}

pub(super) async fn give_back(
    want: Want,
    reader: Reader,
    At(id): At<DebtId>,
) -> Result<Response, Problem> {
    let (_, follow_up) = owed(&want, &reader, id).await?;
    let given = want.kit.db.write(want.stamp(), move |tx| {
        async move { followups::store::give_back(tx, follow_up).await }.boxed()
    });
    if given.await?.is_err() {
        tracing::debug!("what was given back was over already");
    }
    done(&want, &reader, id).await
}

pub(super) async fn attempt(
    want: Want,
    reader: Reader,
    At(id): At<DebtId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    let (_, follow_up) = owed(&want, &reader, id).await?;
    let Some(outcome) = with.outcome.as_deref().and_then(AttemptOutcome::from_word) else {
        return Err(Problem::rules().field("outcome", |l| l.followups_wrong_outcome().to_string()));
    };
    // who was reached is owed nothing any more, and not tried again
    let reached = outcome == AttemptOutcome::Reached;
    let minutes = with.again_in_minutes.filter(|_| !reached);
    if minutes.is_some_and(|minutes| !(1..=10_080).contains(&minutes)) {
        // what is said to be tried again and is not would be forgotten
        let words = |l: &crate::words::Messages| l.missed_wrong_minutes().to_string();
        return Err(Problem::rules().field("again_in_minutes", words));
    }
    let again = minutes.map(|minutes| want.now.plus_millis(minutes * 60_000));
    let noted = want.kit.db.write(want.stamp(), move |tx| {
        let note = with.note.clone();
        async move {
            followups::store::attempt(tx, follow_up, outcome, &note, again).await?;
            if reached {
                let said = note.trim().to_owned();
                store::settle(tx, id, Some(follow_up), "called_back", None, said).await?;
            }
            Ok(())
        }
        .boxed()
    });
    match noted.await {
        Err(error) if error.is_refusal(followups::store::TOO_LONG) => {
            Err(Problem::rules().field("note", |l| l.followups_wrong_note().to_string()))
        }
        Err(error) => Err(error.into()),
        Ok(()) => done(&want, &reader, id).await,
    }
}

pub(super) async fn close(
    want: Want,
    reader: Reader,
    At(id): At<DebtId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    let (_, follow_up) = owed(&want, &reader, id).await?;
    let length = with.reason.trim().chars().count();
    if !(1..=REASON_MOST).contains(&length) {
        return Err(Problem::rules().field("reason", |l| l.followups_wrong_reason().to_string()));
    }
    let closed = want.kit.db.write(want.stamp(), move |tx| {
        let why = with.reason.trim().to_owned();
        async move { store::settle(tx, id, Some(follow_up), "by_hand", None, why).await }.boxed()
    });
    closed.await?;
    done(&want, &reader, id).await
}

//! What people do to a follow-up: each is one address and, on the page, one key.

use axum::extract::State;
use axum::response::Response;
use futures_util::FutureExt as _;
use serde::Deserialize;
use serde_json::json;

use super::super::due;
use super::super::followup::{Closing, FollowUp, Refusal};
use super::super::given::AttemptOutcome;
use super::super::store;
use super::list::{assignee, instant};
use super::view::View;
use super::{DESK, LEADERS, Room, Rule, acts, change, seen};
use crate::db::{self, Tx};
use crate::kernel::{FollowUpId, Moment, StaffId};
use crate::notices::{self, NewNotice, Recipients};
use crate::staff;
use crate::web::{At, Input, OnDuty, Problem, Reader, Want, maybe_number, maybe_text};
use crate::words::Said;

/// What comes with an act; each act takes what it needs.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct With {
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    /// What came of it.
    #[serde(default)]
    result: String,
    /// Why it is refused or dropped.
    #[serde(default)]
    reason: String,
    #[serde(default, deserialize_with = "maybe_number")]
    minutes: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    until: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    outcome: Option<String>,
    #[serde(default)]
    note: String,
    #[serde(default, deserialize_with = "maybe_number")]
    again_in_minutes: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    staff: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    role: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    due_at: Option<String>,
}

async fn acting(want: &Want, reader: &OnDuty, id: FollowUpId) -> Result<FollowUp, Problem> {
    let listed = seen(&want.kit.db, reader, id).await?;
    if listed.follow_up.is_about(reader.staff()) {
        return Err(Problem::rule(|l| l.followups_concerned().to_string()));
    }
    if acts(reader, &listed) { Ok(listed.follow_up) } else { Err(Problem::forbidden()) }
}

fn person(reader: &OnDuty) -> Result<StaffId, Problem> {
    reader.staff().ok_or_else(|| Problem::rule(|l| l.followups_person_only().to_string()))
}

/// A change by the rules of the follow-up alone.
async fn do_to(
    want: &Want,
    reader: &OnDuty,
    id: FollowUpId,
    version: Option<i64>,
    word: &'static str,
    rule: impl Fn(&mut FollowUp) -> Result<(), Refusal> + Send + Sync + 'static,
) -> Result<Response, Problem> {
    acting(want, reader, id).await?;
    let rule: std::sync::Arc<Rule> = std::sync::Arc::new(rule);
    let done = want.kit.db.write(want.stamp(), move |tx| {
        let rule = std::sync::Arc::clone(&rule);
        async move { change(tx, id, version, word, &*rule).await }.boxed()
    });
    finish(want, reader, id, done.await).await
}

/// The page, the record, or why not.
async fn finish(
    want: &Want,
    reader: &OnDuty,
    id: FollowUpId,
    done: db::Result<Result<FollowUp, Refusal>>,
) -> Result<Response, Problem> {
    finish_at(want, reader, id, "/follow-ups", done).await
}

/// What was done leads to this page.
async fn finish_at(
    want: &Want,
    reader: &OnDuty,
    id: FollowUpId,
    page: &str,
    done: db::Result<Result<FollowUp, Refusal>>,
) -> Result<Response, Problem> {
    let listed = store::follow_up(&want.kit.db, id).await?;
    match done {
        Ok(Ok(_)) => want.done(page, &View::of(want, reader, listed, None)),
        Ok(Err(refusal)) => {
            let by = listed.staff_name.clone();
            Err(refused(refusal, by, &View::of(want, reader, listed, None)))
        }
        Err(error) if error.is_refusal(store::STALE) => {
            Err(Problem::stale(&View::of(want, reader, listed, None)))
        }
        Err(error) if error.is_refusal(store::TOO_LONG) => {
            Err(Problem::rules().field("note", |l| l.followups_wrong_note().to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

fn refused(refusal: Refusal, by: Option<String>, current: &View) -> Problem {
    let name = by.unwrap_or_default();
    let problem = match refusal {
        Refusal::Over => Problem::rule(|l| l.followups_over().to_string()),
        Refusal::Taken(_) => Problem::new(
            axum::http::StatusCode::CONFLICT,
            "already_taken",
            |l| l.followups_taken().to_string(),
            move |l| l.followups_taken_detail(name.as_str()).to_string(),
        ),
        Refusal::Reason => {
            Problem::rules().field("reason", |l| l.followups_wrong_reason().to_string())
        }
        Refusal::Time => Problem::rules().field("until", |l| l.followups_wrong_due().to_string()),
        Refusal::NotGiven => Problem::rule(|l| l.followups_not_given().to_string()),
        Refusal::Concerned => Problem::rule(|l| l.followups_concerned().to_string()),
        Refusal::ToConcerned => {
            Problem::rules().field("staff", |l| l.followups_wrong_concerned().to_string())
        }
    };
    problem.current(current)
}

pub(super) async fn take(
    want: Want,
    reader: Reader,
    At(id): At<FollowUpId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    let (by, now) = (person(&reader)?, want.now);
    do_to(&want, &reader, id, with.version, "taken", move |one| one.take(by, now)).await
}

pub(super) async fn give_back(
    want: Want,
    reader: Reader,
    At(id): At<FollowUpId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    do_to(&want, &reader, id, with.version, "given_back", FollowUp::give_back).await
}

pub(super) async fn snooze(
    want: Want,
    reader: Reader,
    At(id): At<FollowUpId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    let now = want.now;
    let until = with.until.as_deref().and_then(|text| instant(text, &want.kit.day));
    let until = until.or_else(|| with.minutes.map(|minutes| later(now, minutes)));
    let Some(until) = until else {
        return Err(Problem::rules().field("until", |l| l.followups_wrong_due().to_string()));
    };
    do_to(&want, &reader, id, with.version, "snoozed", move |one| one.snooze(until, now)).await
}

fn later(now: Moment, minutes: i64) -> Moment {
    now.plus_millis(minutes.saturating_mul(60_000))
}

pub(super) async fn complete(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    At(id): At<FollowUpId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    close(&room, &want, &reader, id, with.version, Closing::Done(with.result)).await
}

pub(super) async fn dismiss(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    At(id): At<FollowUpId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    close(&room, &want, &reader, id, with.version, Closing::Dropped(with.reason)).await
}

async fn close(
    room: &Room,
    want: &Want,
    reader: &OnDuty,
    id: FollowUpId,
    version: Option<i64>,
    how: Closing,
) -> Result<Response, Problem> {
    let before = acting(want, reader, id).await?;
    if before.kind == "missed_call" {
        // a debt is settled where it is kept
        return Err(Problem::rule(|l| l.followups_close_in_ledger().to_string()));
    }
    if before.kind == "approval" {
        // it is over once it is granted or refused
        return Err(Problem::rule(|l| l.followups_close_in_approvals().to_string()));
    }
    let (Closing::Done(said) | Closing::Dropped(said)) = &how;
    if said.chars().count() > store::NOTE_MOST {
        return Err(Problem::rules().field("note", |l| l.followups_wrong_note().to_string()));
    }
    // what was decided is told to whoever complained
    if before.kind == "complaint" && matches!(&how, Closing::Done(said) if said.trim().is_empty()) {
        return Err(Problem::rules().field("result", |l| l.followups_wrong_remedy().to_string()));
    }
    let (name, title) = (reader.name(), before.title.as_str());
    let told = Said::of(|l| match &how {
        Closing::Done(_) => l.followups_tell_done(name, title).to_string(),
        Closing::Dropped(why) => l.followups_tell_dropped(name, title, why.as_str()).to_string(),
    });
    let zone = room.due.zone;
    let done = want.kit.db.write(want.stamp(), move |tx| {
        let (how, told) = (how.clone(), told.clone());
        async move { closed(tx, id, version, how, told, zone).await }.boxed()
    });
    finish(want, reader, id, done.await).await
}

async fn closed(
    tx: &mut Tx,
    id: FollowUpId,
    version: Option<i64>,
    how: Closing,
    told: Said,
    zone: chrono_tz::Tz,
) -> db::Result<Result<FollowUp, Refusal>> {
    let (now, by) = (tx.now(), tx.by());
    let mut one = store::change(tx, id, version).await?;
    let word = match how {
        Closing::Done(_) => "done",
        Closing::Dropped(_) => "dropped",
    };
    if let Err(refusal) = one.close(how, by, now) {
        return Ok(Err(refusal));
    }
    store::save(tx, &mut one, word, None).await?;
    notices::store::close_about(tx, &store::subject(id)).await?;
    // whoever gave it hears what became of it
    if let Some(giver) = one.opened_by.filter(|giver| Some(*giver) != by && one.kind == "task") {
        let (told, to) = (told.cut(500), Recipients::People(vec![giver]));
        let new = NewNotice::to_be_known("follow_up", told, to);
        notices::store::send(tx, new.about(store::subject(id))).await?;
    }
    if let Some(repeat) = one.repeat {
        store::again(tx, &one, repeat.after(one.due_at, now, zone)).await?;
    }
    Ok(Ok(one))
}

pub(super) async fn refuse(
    want: Want,
    reader: Reader,
    At(id): At<FollowUpId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    let by = person(&reader)?;
    let before = acting(&want, &reader, id).await?;
    let (name, title, why) = (reader.name(), before.title.as_str(), with.reason.trim());
    let said = Said::of(|l| l.followups_tell_refused(name, title, why).to_string()).cut(500);
    let done = want.kit.db.write(want.stamp(), move |tx| {
        let (why, said) = (with.reason.clone(), said.clone());
        async move {
            let mut one = store::change(tx, id, with.version).await?;
            let giver = match one.refuse(by, &why) {
                Ok(giver) => giver,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let note = why.trim().to_owned();
            one.note = if one.note.is_empty() { note } else { format!("{}\n{note}", one.note) };
            let after = json!({ "staff": giver });
            store::save(tx, &mut one, "refused", Some(after)).await?;
            notices::store::close_about(tx, &store::subject(id)).await?;
            let to = Recipients::People(vec![giver]);
            let new = NewNotice::to_be_known("follow_up", said, to).about(store::subject(id));
            notices::store::send(tx, new).await?;
            Ok(Ok(one))
        }
        .boxed()
    });
    finish(&want, &reader, id, done.await).await
}

pub(super) async fn attempt(
    want: Want,
    reader: Reader,
    At(id): At<FollowUpId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    let before = acting(&want, &reader, id).await?;
    let Some(outcome) = with.outcome.as_deref().and_then(AttemptOutcome::from_word) else {
        return Err(Problem::rules().field("outcome", |l| l.followups_wrong_outcome().to_string()));
    };
    if before.kind == "missed_call" && outcome == AttemptOutcome::Reached {
        // that settles the debt, where it is kept
        return Err(Problem::rule(|l| l.followups_close_in_ledger().to_string()));
    }
    let again = with.again_in_minutes.map(|minutes| later(want.now, minutes));
    if again.is_some_and(|at| at <= want.now) {
        let words = |l: &crate::words::Messages| l.followups_wrong_due().to_string();
        return Err(Problem::rules().field("again_in_minutes", words));
    }
    let done = want.kit.db.write(want.stamp(), move |tx| {
        let note = with.note.clone();
        async move {
            match store::attempt(tx, id, outcome, &note, again).await {
                Ok(one) => Ok(Ok(one)),
                Err(error) if error.is_refusal(&Refusal::Over.to_string()) => {
                    Ok(Err(Refusal::Over))
                }
                Err(error) => Err(error),
            }
        }
        .boxed()
    });
    finish(&want, &reader, id, done.await).await
}

pub(super) async fn assign(
    want: Want,
    reader: Reader,
    At(id): At<FollowUpId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    reader.may(DESK)?;
    let to = assignee(&reader, with.staff, with.role.as_deref()).map_err(|field| {
        Problem::rules().field(field, |l| l.followups_wrong_assignee().to_string())
    })?;
    let now = want.now;
    let due = with.due_at.as_deref().map(|text| instant(text, &want.kit.day));
    if due == Some(None) {
        return Err(Problem::rules().field("due_at", |l| l.followups_wrong_due().to_string()));
    }
    let due: Option<Moment> = due.flatten();
    if due.is_some() {
        reader.may(LEADERS)?;
    }
    do_to(&want, &reader, id, with.version, "handed_over", move |one| {
        one.assign(to)?;
        due.map_or(Ok(()), |due| one.move_due(due, now))
    })
    .await
}

/// `POST /follow-ups/{id}/concerned`: whom of the house a complaint is about.
pub(super) async fn name_concerned(
    want: Want,
    reader: Reader,
    At(id): At<FollowUpId>,
    Input(with): Input<With>,
) -> Result<Response, Problem> {
    let one = acting(&want, &reader, id).await?;
    let whom = with.staff.map(StaffId);
    let everyone = staff::store::everyone(&want.kit.db).await?;
    let known = whom.is_none_or(|whom| everyone.iter().any(|person| person.id == whom));
    if one.kind != "complaint" || !known {
        return Err(Problem::rules().field("staff", |l| l.followups_wrong_whom().to_string()));
    }
    let (by, zone) = (reader.staff(), want.kit.day.zone);
    let done = want.kit.db.write(want.stamp(), move |tx| {
        async move {
            let mut one = store::change(tx, id, with.version).await?;
            let told = one.told();
            if let Err(refusal) = one.name_concerned(whom, by) {
                return Ok(Err(refusal));
            }
            if let Some(whom) = whom {
                due::keep_from(tx, &mut one, whom, told, zone).await?;
            }
            let owner = json!({ "state": one.state, "staff": one.staff, "role": one.role });
            store::save(tx, &mut one, "concerned", Some(owner)).await?;
            Ok(Ok(one))
        }
        .boxed()
    });
    // it is still to be dealt with
    finish_at(&want, &reader, id, &format!("/follow-ups/{id}"), done.await).await
}

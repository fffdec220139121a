//! What is done to a ticket by its page.

use axum::extract::State as Given;
use axum::response::Response;
use serde::Deserialize;

use super::super::store;
use super::super::ticket::{Act, State, Ticket, WaitingFor};
use super::meant::number_meant;
use super::one::or_current;
use super::say::local;
use super::{Panel, WRITERS, undo, views};
use crate::kernel::{Moment, Role, StaffId};
use crate::web::{At, Input, Problem, Reader, Want, maybe_number, maybe_text};

async fn acted(
    panel: &Panel,
    want: &Want,
    reader: &Reader,
    no: &str,
    version: Option<i64>,
    (act, said): (Act, Option<(&'static str, String)>),
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let done = panel.desk.act(want.stamp(), no, version, act, said).await;
    let ticket: Ticket = or_current(want, reader, no, done).await?;
    let after = ticket.clone();
    let response =
        want.done(&format!("/faults/{no}"), &views::ticket(want, reader, ticket).await?)?;
    undo::named(want, reader, &after, response).await
}

/// What comes with an act.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    owner: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    solution: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    cause: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    why: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    until: Option<String>,
    #[serde(default)]
    until_at: Option<Moment>,
    #[serde(default, deserialize_with = "maybe_text")]
    text: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    of: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    satisfaction: Option<i64>,
}

pub(super) async fn accept(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let owner = said.owner.map(StaffId).or_else(|| reader.staff());
    let owner = owner
        .ok_or_else(|| Problem::rules().field("owner", |l| l.tickets_wrong_owner().to_string()))?;
    acted(&panel, &want, &reader, &no, said.version, (Act::Accept(owner), None)).await
}

pub(super) async fn solve(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let (solution, cause) = (said.solution.unwrap_or_default(), said.cause.unwrap_or_default());
    let current = store::by_no(&want.kit.db, &no).await?.ok_or_else(Problem::not_found)?;
    let on_site = current.state == State::InProgress;
    let act = if on_site {
        Act::ResolveOnSite { solution, cause }
    } else {
        Act::ResolveByPhone { solution, cause }
    };
    acted(&panel, &want, &reader, &no, said.version, (act, None)).await
}

pub(super) async fn wait(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let why: Option<WaitingFor> = said.why.as_deref().and_then(|name| name.parse().ok());
    let until = said.until_at.or_else(|| local(&want, said.until.as_deref()?));
    let wrong = Problem::rules();
    let (why, until) = match (why, until) {
        (Some(why), Some(until)) => (why, until),
        (None, _) => return Err(wrong.field("why", |l| l.tickets_wrong_why().to_string())),
        (_, None) => return Err(wrong.field("until", |l| l.tickets_wrong_time().to_string())),
    };
    let note = said.text.map(|text| ("waiting", text));
    acted(&panel, &want, &reader, &no, said.version, (Act::Wait { why, until }, note)).await
}

pub(super) async fn go_on(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    acted(&panel, &want, &reader, &no, None, (Act::Return, None)).await
}

pub(super) async fn close(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let current = store::by_no(&want.kit.db, &no).await?.ok_or_else(Problem::not_found)?;
    // what the customer said on site counts where nothing else was said on the telephone
    let word = match said.satisfaction {
        Some(word) => Some(word),
        None => store::orders::rated(&want.kit.db, &current).await?,
    };
    if word.is_none() && current.state == State::Resolved {
        let wrong = Problem::rules();
        return Err(wrong.field("satisfaction", |l| l.tickets_wrong_word().to_string()));
    }
    let note = said.text.map(|text| ("closed", text));
    acted(&panel, &want, &reader, &no, said.version, (Act::Close(word), note)).await
}

pub(super) async fn reopen(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    let note = said.text.or(said.reason).map(|text| ("reopened", text));
    acted(&panel, &want, &reader, &no, said.version, (Act::Reopen, note)).await
}

pub(super) async fn duplicate(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let of = said.of.unwrap_or_default();
    let other = store::by_no(&want.kit.db, &number_meant(&of, &no)).await?;
    let other =
        other.ok_or_else(|| Problem::rules().field("of", |l| l.tickets_wrong_of().to_string()))?;
    let note = Some(("duplicate", other.no.clone()));
    acted(&panel, &want, &reader, &no, said.version, (Act::DuplicateOf(other.id), note)).await
}

pub(super) async fn cancel(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    let reason = said.reason.or(said.text).unwrap_or_default();
    let note = Some(("cancelled", reason.clone()));
    acted(&panel, &want, &reader, &no, said.version, (Act::Cancel(reason), note)).await
}

/// Whom, and what.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Question {
    #[serde(default, deserialize_with = "maybe_number")]
    engineer: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    text: Option<String>,
}

pub(super) async fn consult(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(asked): Input<Question>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let wrong = Problem::rules();
    let (whom, text) = match (asked.engineer, asked.text) {
        (Some(whom), Some(text)) => (StaffId(whom), text),
        (None, _) => return Err(wrong.field("engineer", |l| l.tickets_refused_crew().to_string())),
        (_, None) => return Err(wrong.field("text", |l| l.tickets_wrong_needed().to_string())),
    };
    let ticket = panel.desk.consult(want.stamp(), &no, whom, text).await?;
    want.done(&format!("/faults/{no}"), &views::ticket(&want, &reader, ticket).await?)
}

pub(super) async fn note(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(&[Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin])?;
    let text = said.text.unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Problem::rules().field("text", |l| l.tickets_refused_reason().to_string()));
    }
    let ticket = panel.desk.note(want.stamp(), &no, text).await?;
    want.done(&format!("/faults/{no}"), &views::ticket(&want, &reader, ticket).await?)
}

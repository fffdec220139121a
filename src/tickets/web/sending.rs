//! Orders are written, changed and sent.

use axum::extract::State as Given;
use axum::response::Response;
use serde::Deserialize;

use super::super::store::orders::Plan;
use super::super::store::{self, orders};
use super::orders::{or_current, shown};
use super::say::local;
use super::{Panel, WRITERS, hidden};
use crate::kernel::{Moment, StaffId};
use crate::web::{At, Input, Problem, Reader, Want, list as texts, maybe_number, maybe_text};

/// What a dispatcher writes.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Written {
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    skills: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    from: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    to: Option<String>,
    #[serde(default)]
    window_from: Option<Moment>,
    #[serde(default)]
    window_to: Option<Moment>,
    #[serde(default, deserialize_with = "maybe_text")]
    tasks: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    tools: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    instructions: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    lead: Option<i64>,
    #[serde(default, deserialize_with = "texts")]
    crew: Vec<serde_json::Value>,
}

impl Written {
    fn plan(&self, want: &Want) -> Result<Plan, Problem> {
        let at = |given: Option<Moment>, text: &Option<String>| {
            given.or_else(|| text.as_deref().and_then(|text| local(want, text)))
        };
        let (from, to) = (at(self.window_from, &self.from), at(self.window_to, &self.to));
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            return Err(Problem::rules().field("to", |l| l.tickets_wrong_window().to_string()));
        }
        let text = |field: &Option<String>| field.clone().unwrap_or_default().replace("\r\n", "\n");
        Ok(Plan {
            skills: text(&self.skills),
            window_from: from,
            window_to: to,
            tasks: text(&self.tasks),
            tools: text(&self.tools),
            instructions: text(&self.instructions),
        })
    }

    /// The lead first.
    fn crew(&self) -> Vec<StaffId> {
        let id =
            |value: &serde_json::Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
        let others = self.crew.iter().filter_map(id);
        let mut crew: Vec<StaffId> = self.lead.into_iter().chain(others).map(StaffId).collect();
        let mut seen = std::collections::BTreeSet::new();
        crew.retain(|one| seen.insert(*one));
        crew
    }
}

pub(super) async fn draft(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let mut plan = written.plan(&want)?;
    // an order begins with what the fault or an earlier order says
    if let Some(ticket) = store::by_no(&want.kit.db, &no).await? {
        let begun = orders::of_ticket(&want.kit.db, ticket.id).await?;
        let mut said: Vec<String> = begun.into_iter().map(|order| order.next_step).collect();
        said.push(ticket.symptom);
        said.retain(|before| reader.guarded.text(before) != *before);
        let kept = said.iter().any(|before| reader.put_back(&mut plan.tasks, before));
        if !kept && !said.is_empty() {
            return Err(hidden::lost("tasks"));
        }
    }
    let done = panel.desk.send(want.stamp(), &no, written.version, plan, written.crew()).await;
    let order = super::one::or_current(&want, &reader, &no, done).await?;
    let place = format!("/work-orders/{}", order.no);
    shown(&want, &reader, &place, order).await
}

pub(super) async fn replan(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let version = written.version.ok_or_else(Problem::syntax)?;
    let mut plan = written.plan(&want)?;
    if let Some(before) = orders::by_no(&want.kit.db, &no).await? {
        for (field, text, before) in [
            ("tasks", &mut plan.tasks, &before.tasks),
            ("tools", &mut plan.tools, &before.tools),
            ("instructions", &mut plan.instructions, &before.instructions),
        ] {
            if !reader.put_back(text, before) {
                return Err(hidden::lost(field));
            }
        }
    }
    let done = panel.desk.replan(want.stamp(), &no, version, plan).await;
    let order = or_current(&want, &no, done).await?;
    shown(&want, &reader, &format!("/work-orders/{no}"), order).await
}

pub(super) async fn issue(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let done = panel.desk.issue(want.stamp(), &no, written.version, written.crew()).await;
    let order = or_current(&want, &no, done).await?;
    shown(&want, &reader, &format!("/work-orders/{no}"), order).await
}

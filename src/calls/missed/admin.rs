//! How missed calls are owed, hotline by hotline: by whom, within what time.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::Ledger;
use super::store::{self, Rule};
use crate::kernel::{Role, StaffId};
use crate::staff;
use crate::web::{
    Frame, Input, Place, Problem, Reader, Want, flag, maybe_number, maybe_text, number,
};

/// Who says how missed calls are owed.
pub(super) const KEEPERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Admin];
const MINUTE_MS: i64 = 60_000;

/// A hotline's rule in its form.
struct Line {
    hotline: String,
    name: String,
    /// 0 where the rule of all holds.
    version: i64,
    staff: Option<i64>,
    role: String,
    due: i64,
    escalate: i64,
    short: bool,
    /// What is wrong with it as it was sent.
    wrong: Vec<String>,
}

#[derive(Template, Serialize)]
#[template(path = "calls/missed_rules.html")]
struct RulesPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Rule>,
    next: Option<String>,
    #[serde(skip)]
    lines: Vec<Line>,
    #[serde(skip)]
    people: Vec<(i64, String)>,
    #[serde(skip)]
    roles: Vec<Role>,
}

pub(super) async fn show(
    State(ledger): State<Ledger>,
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    want.page(&page(&ledger, &want).await?)
}

async fn page(ledger: &Ledger, want: &Want) -> Result<RulesPage, Problem> {
    let l = want.messages();
    let items = store::rules(&want.kit.db).await?;
    let general = items.iter().find(|rule| rule.hotline.is_empty()).cloned();
    let line = |hotline: &str, name: String| {
        let own = items.iter().find(|rule| rule.hotline == hotline);
        let rule = own.or(general.as_ref())?;
        Some(Line {
            hotline: hotline.to_owned(),
            name,
            version: own.map_or(0, |rule| rule.version),
            staff: rule.owner_staff.map(|staff| staff.0),
            role: rule.owner_role.clone(),
            due: rule.due_ms / MINUTE_MS,
            escalate: rule.escalate_ms / MINUTE_MS,
            short: rule.count_short,
            wrong: Vec::new(),
        })
    };
    let all = line("", l.missed_rules_all().to_string());
    let of_hotlines = ledger.hotlines.iter();
    let of_hotlines = of_hotlines.filter_map(|one| line(&one.number, one.name.clone()));
    let everyone = staff::store::everyone(&want.kit.db).await?.into_iter();
    let here = everyone.filter(|person| person.disabled_at.is_none());
    Ok(RulesPage {
        lines: all.into_iter().chain(of_hotlines).collect(),
        frame: want.frame(Place::Missed),
        people: here.map(|person| (person.id.0, person.name)).collect(),
        roles: vec![Role::Operator, Role::Supervisor, Role::Manager, Role::Head],
        next: None,
        items,
    })
}

impl RulesPage {
    /// The form of a refused rule as it was written, with what is wrong.
    fn refused(mut self, written: &Written, wrong: BTreeMap<&'static str, String>) -> Self {
        if let Some(line) = self.lines.iter_mut().find(|line| line.hotline == written.hotline) {
            line.staff = written.staff;
            line.role = written.role.clone().unwrap_or_default();
            line.due = written.due_minutes;
            line.escalate = written.escalate_minutes;
            line.short = written.count_short;
            line.wrong = wrong.into_values().collect();
            line.wrong.dedup();
        }
        self
    }
}

/// A rule as somebody writes it; times in minutes.
#[derive(Debug, Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    hotline: String,
    #[serde(deserialize_with = "number")]
    version: i64,
    #[serde(default, deserialize_with = "maybe_number")]
    staff: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    role: Option<String>,
    #[serde(deserialize_with = "number")]
    due_minutes: i64,
    #[serde(deserialize_with = "number")]
    escalate_minutes: i64,
    #[serde(default, deserialize_with = "flag")]
    count_short: bool,
}

impl Written {
    fn read(&self, ledger: &Ledger) -> Result<Rule, Problem> {
        let mut wrong = Problem::rules();
        let known = ledger.hotlines.iter().any(|line| line.number == self.hotline);
        if !self.hotline.is_empty() && !known {
            wrong = wrong.field("hotline", |l| l.missed_wrong_hotline().to_string());
        }
        let role = self.role.as_deref().map_or(Ok(Role::Operator), str::parse::<Role>);
        if role.is_err() {
            wrong = wrong.field("role", |l| l.followups_wrong_assignee().to_string());
        }
        for (name, minutes) in
            [("due_minutes", self.due_minutes), ("escalate_minutes", self.escalate_minutes)]
        {
            if !(1..=10_080).contains(&minutes) {
                wrong = wrong.field(name, |l| l.missed_wrong_minutes().to_string());
            }
        }
        match role {
            Ok(role) if !wrong.has_fields() => Ok(Rule {
                hotline: self.hotline.clone(),
                version: self.version,
                owner_staff: self.staff.map(StaffId),
                owner_role: role.name().to_owned(),
                due_ms: self.due_minutes * MINUTE_MS,
                escalate_ms: self.escalate_minutes * MINUTE_MS,
                count_short: self.count_short,
            }),
            _ => Err(wrong),
        }
    }
}

pub(super) async fn set(
    State(ledger): State<Ledger>,
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let rule = match written.read(&ledger) {
        Ok(rule) => rule,
        Err(problem) if !want.json => {
            let wrong = problem.fields(&want.messages());
            let page = page(&ledger, &want).await?.refused(&written, wrong);
            return want.page_with(problem.status, &page);
        }
        Err(problem) => return Err(problem),
    };
    let set = store::set_rule(&want.kit.db, want.stamp(), rule.clone()).await;
    match set {
        Err(error) if error.is_refusal(store::STALE) => {
            let rules = store::rules(&want.kit.db).await?;
            let now = rules.into_iter().find(|one| one.hotline == rule.hotline);
            Err(Problem::stale(&now))
        }
        Err(error) => Err(error.into()),
        Ok(()) => {
            let rules = store::rules(&want.kit.db).await?;
            let now = rules.into_iter().find(|one| one.hotline == rule.hotline);
            want.done("/admin/missed-calls", &now)
        }
    }
}

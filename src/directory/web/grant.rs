//! Granting a look at a restricted person: to whom, why, until when.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::super::grants::{LONGEST_MS, NewGrant, REASON_MOST};
use super::super::person::Disclosure;
use super::super::store::grants;
use super::change::Fields;
use super::view::Scene;
use super::{GRANTERS, Panel, one};
use crate::kernel::{Moment, PersonId, StaffId};
use crate::staff;
use crate::web::{At, Input, Problem, Reader, Want, maybe_number, maybe_text, number};

/// A grant as somebody writes it; also what stands in the fields.
#[derive(Default, Deserialize)]
pub(super) struct GrantFields {
    #[serde(deserialize_with = "number")]
    pub(super) staff: i64,
    #[serde(default)]
    pub(super) reason: String,
    /// Minutes from now.
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) minutes: Option<i64>,
    /// Or an instant.
    #[serde(default, deserialize_with = "maybe_text")]
    pub(super) until: Option<String>,
    #[serde(skip)]
    pub(super) errors: BTreeMap<&'static str, String>,
    #[serde(skip)]
    pub(super) people: Vec<(StaffId, String)>,
}

impl GrantFields {
    pub(super) fn is_staff(&self, id: impl Borrow<StaffId>) -> bool {
        self.staff == id.borrow().0
    }

    pub(super) fn lasts(&self, minutes: impl Borrow<i64>) -> bool {
        self.minutes.unwrap_or(30) == *minutes.borrow()
    }

    /// With everyone it may be granted to.
    pub(super) async fn with_staff(mut self, want: &Want) -> Result<Self, Problem> {
        let everyone = staff::store::everyone(&want.kit.db).await?;
        let may_sign_in = everyone.into_iter().filter(|person| person.disabled_at.is_none());
        self.people = may_sign_in.map(|person| (person.id, person.name)).collect();
        Ok(self)
    }

    async fn read(&self, want: &Want, person: PersonId, by: StaffId) -> Result<NewGrant, Problem> {
        let mut problem = Problem::rules();
        let reason = self.reason.trim().to_owned();
        let length = reason.chars().count();
        if !(2..=REASON_MOST).contains(&length) || reason.chars().any(char::is_control) {
            problem = problem.field("reason", |l| l.directory_wrong_reason().to_string());
        }
        let until = match (&self.until, self.minutes) {
            (Some(text), _) => Moment::parse_rfc3339(text),
            (None, Some(minutes)) => Some(want.now.plus_millis(minutes.saturating_mul(60_000))),
            (None, None) => None,
        };
        let longest = want.now.plus_millis(LONGEST_MS);
        let until = until.filter(|until| *until > want.now && *until <= longest);
        if until.is_none() {
            problem = problem.field("minutes", |l| l.directory_wrong_until().to_string());
        }
        let staff = staff::store::by_id(&want.kit.db, StaffId(self.staff)).await?;
        let staff = staff.filter(|one| one.disabled_at.is_none());
        if staff.is_none() {
            problem = problem.field("staff", |l| l.shifts_wrong_staff().to_string());
        }
        match (until, staff) {
            (Some(until), Some(staff)) if !problem.has_fields() => {
                Ok(NewGrant { person, staff: staff.id, by, reason, until })
            }
            _ => Err(problem),
        }
    }
}

pub(super) async fn add(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<PersonId>,
    Input(written): Input<GrantFields>,
) -> Result<Response, Problem> {
    reader.may(GRANTERS)?;
    let by = reader.staff();
    let by = by.ok_or_else(|| Problem::rule(|l| l.shifts_person_only().to_string()))?;
    let scene = Scene::load(&panel, &want, &reader).await?;
    let person = scene.person(id).ok_or_else(Problem::not_found)?;
    if person.draft.disclosure != Disclosure::Restricted {
        return Err(Problem::rule(|l| l.directory_not_restricted().to_string()));
    }
    match written.read(&want, id, by).await {
        Ok(grant) => {
            let until = grant.until;
            let made = grants::add(&want.kit.db, want.stamp(), grant).await?;
            let body = serde_json::json!({ "id": made, "until": until });
            if want.json {
                return want.json_with(StatusCode::CREATED, &body);
            }
            want.done(&format!("/directory/{id}"), &body)
        }
        Err(problem) if problem.has_fields() && !want.json => {
            let form = Fields::of(&want, &scene, person).await?;
            let errors = problem.fields(&want.messages());
            let granting = GrantFields { errors, ..written };
            let page = one::page(&want, &reader, &scene, id, form, granting).await?;
            want.page_with(problem.status, &page)
        }
        Err(problem) => Err(problem),
    }
}

pub(super) async fn revoke(
    want: Want,
    reader: Reader,
    At((id, grant)): At<(PersonId, i64)>,
) -> Result<Response, Problem> {
    reader.may(GRANTERS)?;
    if !grants::revoke(&want.kit.db, want.stamp(), id, grant).await? {
        return Err(Problem::not_found());
    }
    want.done(&format!("/directory/{id}"), &serde_json::json!({ "id": grant }))
}

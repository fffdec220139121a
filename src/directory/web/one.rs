//! One person: what the reader may know, what to say, whom to turn to.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::person::Disclosure;
use super::super::store::grants::{self, Grant};
use super::super::store::looks::{self, Look};
use super::change::Fields;
use super::grant::GrantFields;
use super::view::{Other, PersonView, Scene};
use super::{GRANTERS, KEEPERS, PLACERS, Panel, READERS};
use crate::kernel::{Moment, PersonId, StaffId};
use crate::shifts::{Presence, presence_said};
use crate::web::{At, Filter, Frame, OnDuty, Place, Problem, Reader, Want, flag};

/// A grant as those who grant see it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct GrantView {
    id: i64,
    staff: StaffId,
    name: String,
    by: String,
    reason: String,
    from: Moment,
    until: Moment,
}

impl From<Grant> for GrantView {
    fn from(grant: Grant) -> Self {
        Self {
            id: grant.id,
            staff: grant.staff_id,
            name: grant.name,
            by: grant.by_name,
            reason: grant.reason,
            from: grant.from_at,
            until: grant.to_at,
        }
    }
}

#[derive(Template, Serialize)]
#[template(path = "directory/one.html")]
pub(super) struct OnePage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    person: PersonView,
    /// The grants that run; only for those who grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    grants: Option<Vec<GrantView>>,
    #[serde(skip)]
    transfer: Option<Transfer>,
    #[serde(skip)]
    keeper: bool,
    #[serde(skip)]
    placer: bool,
    #[serde(skip)]
    form: Fields,
    #[serde(skip)]
    granting: GrantFields,
}

impl OnePage {
    fn is_restricted(&self) -> bool {
        self.person.disclosure == Disclosure::Restricted
    }

    /// How long a grant may last: minutes, and in words.
    fn lengths(&self) -> Vec<(i64, String)> {
        let l = &self.frame.l;
        let minutes = |n: i64| (n, l.directory_minutes(n).to_string());
        let hours = |n: i64| (n * 60, l.directory_hours(n).to_string());
        vec![minutes(15), minutes(30), hours(1), hours(4), hours(24)]
    }

    /// Where somebody may be.
    fn states(&self) -> Vec<(&'static str, String)> {
        let all =
            [Presence::Present, Presence::Away, Presence::Meeting, Presence::Out, Presence::Off];
        all.map(|state| (state.name(), presence_said(&self.frame.l, state))).to_vec()
    }

    fn is_internal(&self) -> bool {
        self.person.disclosure == Disclosure::Internal
    }
}

/// `?transfer=1` shows where to put a caller through.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "flag")]
    transfer: bool,
}

pub(super) async fn show(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<PersonId>,
    Filter(asked): Filter<Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let scene = Scene::load(&panel, &want, &reader).await?;
    let person = scene.person(id).ok_or_else(Problem::not_found)?;
    if person.draft.disclosure == Disclosure::Restricted {
        let look = if scene.sight(person).is_open() { Look::Looked } else { Look::Refused };
        // an open page that asks itself anew says that it is no navigation
        let again = headers.get("sec-fetch-dest").is_some_and(|dest| dest == "empty");
        looks::write(&want.kit.db, want.stamp(), &[id], look, again && !want.json).await?;
    }
    let form = Fields::of(&want, &scene, person).await?;
    let mut page = page(&want, &reader, &scene, id, form, GrantFields::default()).await?;
    if asked.transfer {
        page.transfer = Some(transfer_of(&page.person));
    }
    want.page(&page)
}

pub(super) async fn page(
    want: &Want,
    reader: &OnDuty,
    scene: &Scene,
    id: PersonId,
    form: Fields,
    granting: GrantFields,
) -> Result<OnePage, Problem> {
    let person = scene.person(id).ok_or_else(Problem::not_found)?;
    let view = scene.view(want, person);
    let granter = reader.roles.has_any(GRANTERS) && view.disclosure == Disclosure::Restricted;
    let grants = if granter {
        let running = grants::of_person(&want.kit.db, id, want.now).await?;
        Some(running.into_iter().map(GrantView::from).collect())
    } else {
        None
    };
    let granting = if granter { granting.with_staff(want).await? } else { granting };
    Ok(OnePage {
        frame: want.frame(Place::Directory),
        keeper: reader.roles.has_any(KEEPERS),
        placer: reader.roles.has_any(PLACERS) && !view.closed && !view.account,
        person: view,
        grants,
        transfer: None,
        form,
        granting,
    })
}

/// Where to put a caller through: to the person, or for a closed one to the secretary.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Transfer {
    /// What to dial; null where nobody can be dialled: take a message.
    dial: Option<String>,
    /// Who will answer there.
    to: Option<String>,
    /// Whether that is the secretary.
    secretary: bool,
}

fn transfer_of(person: &PersonView) -> Transfer {
    let by_number = person.extension.clone().or_else(|| person.phone.clone());
    match (&by_number, &person.secretary) {
        (Some(_), _) if !person.closed => {
            Transfer { dial: by_number, to: Some(person.name.clone()), secretary: false }
        }
        (_, Some(Other { name, extension, .. })) => {
            Transfer { dial: extension.clone(), to: Some(name.clone()), secretary: true }
        }
        (_, None) => Transfer { dial: None, to: None, secretary: false },
    }
}

pub(super) async fn transfer(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<PersonId>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let scene = Scene::load(&panel, &want, &reader).await?;
    let person = scene.person(id).ok_or_else(Problem::not_found)?;
    if person.draft.disclosure == Disclosure::Restricted {
        looks::write(&want.kit.db, want.stamp(), &[id], Look::Transfer, false).await?;
    }
    let transfer = transfer_of(&scene.view(&want, person));
    want.done(&format!("/directory/{id}?transfer=1"), &transfer)
}

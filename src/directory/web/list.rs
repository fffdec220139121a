//! The search: three keystrokes, and the person stands there.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::find::fits;
use super::super::person::{Disclosure, Person};
use super::super::store::looks::{self, Look};
use super::change::Fields;
use super::view::{PersonView, Scene};
use super::{KEEPERS, Panel, READERS};
use crate::kernel::PersonId;
use crate::web::{
    Filter, Frame, OnDuty, Place, Problem, Reader, Want, from_cursor, maybe_number, maybe_text,
    to_cursor,
};

/// So many on a page where it is not said.
const PAGE: usize = 60;
/// So many at most.
const PAGE_MOST: usize = 500;

/// `?q=zhw&department=财务部`.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_text")]
    q: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    department: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    limit: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    after: Option<String>,
}

#[derive(Template, Serialize)]
#[template(path = "directory/list.html")]
pub(super) struct ListPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<PersonView>,
    next: Option<String>,
    #[serde(skip)]
    q: String,
    #[serde(skip)]
    department: String,
    #[serde(skip)]
    departments: BTreeSet<String>,
    #[serde(skip)]
    total: usize,
    #[serde(skip)]
    keeper: bool,
    #[serde(skip)]
    form: Fields,
}

pub(super) async fn show(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let scene = Scene::load(&panel, &want, &reader).await?;
    let form = Fields::fresh(&want, &scene).await?;
    want.page(&page(&want, &reader, &scene, asked, form).await?)
}

/// The list with a form that must be corrected.
pub(super) async fn again(
    want: &Want,
    reader: &OnDuty,
    scene: &Scene,
    form: Fields,
) -> Result<ListPage, Problem> {
    let asked = Asked { q: None, department: None, limit: None, after: None };
    page(want, reader, scene, asked, form).await
}

async fn page(
    want: &Want,
    reader: &OnDuty,
    scene: &Scene,
    asked: Asked,
    form: Fields,
) -> Result<ListPage, Problem> {
    let q = asked.q.unwrap_or_default();
    let department = asked.department.unwrap_or_default();
    let mut found: Vec<(u8, &Person)> = scene
        .people
        .iter()
        .filter(|person| department.is_empty() || person.draft.department == department)
        .filter_map(|person| Some((fits(person, &q, scene.sight(person).is_open())?, person)))
        .collect();
    // by their sound, as a book of names is
    found.sort_by(|(fit, one), (other_fit, other)| {
        (fit, &one.spelled, &one.draft.name).cmp(&(other_fit, &other.spelled, &other.draft.name))
    });
    let begin: usize = asked.after.as_deref().map(from_cursor).transpose()?.unwrap_or(0);
    let limit = asked.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(PAGE);
    let limit = limit.clamp(1, PAGE_MOST);
    let shown: Vec<&Person> =
        found.iter().skip(begin).take(limit).map(|(_, person)| *person).collect();
    let restricted =
        shown.iter().filter(|person| person.draft.disclosure == Disclosure::Restricted);
    let (restricted, look): (Vec<PersonId>, Look) = if q.is_empty() {
        // a list that was not searched shows whom it shows whole; the closed ones stand there by name
        let own =
            |person: &Person| reader.staff().is_some_and(|own| Some(own) == person.draft.staff);
        let whole = restricted.filter(|person| scene.sight(person).is_open() && !own(person));
        (whole.map(|person| person.id).collect(), Look::Looked)
    } else {
        (restricted.map(|person| person.id).collect(), Look::Found)
    };
    looks::write(&want.kit.db, want.stamp(), &restricted, look, true).await?;
    let end = begin + shown.len();
    let departments = scene.people.iter().map(|person| person.draft.department.clone());
    Ok(ListPage {
        frame: want.frame(Place::Directory),
        items: shown.into_iter().map(|person| scene.view(want, person)).collect(),
        next: (end < found.len()).then(|| to_cursor(&end)),
        q,
        department,
        departments: departments.filter(|name| !name.is_empty()).collect(),
        total: found.len(),
        keeper: reader.roles.has_any(KEEPERS),
        form,
    })
}

//! The people's list, one person, and their one-time links.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::enlist::setup_address;
use super::super::person::{Draft, Person, may_change};
use super::super::store::{self, links};
use super::{KEEPERS, refused, refused_by_store};
use crate::kernel::{Extension, Moment, Role, Roles, StaffId};
use crate::web::{
    At, Frame, Input, NotKept, Place, Problem, Reader, Want, fingerprint, fresh_secret, list,
    maybe_text, number,
};

/// A person as pages and programs see them.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PersonView {
    pub(super) id: StaffId,
    pub(super) version: i64,
    pub(super) name: String,
    pub(super) login: String,
    pub(super) roles: Roles,
    pub(super) extension: Option<Extension>,
    /// Has not chosen a password yet.
    pub(super) invited: bool,
    pub(super) created_at: Moment,
    /// Since when they may not sign in.
    pub(super) disabled_at: Option<Moment>,
    /// Whether the reader may change them.
    #[serde(skip)]
    pub(super) mine: bool,
}

impl PersonView {
    fn of(person: Person, reader: &Roles) -> Self {
        Self {
            mine: may_change(reader, &person.roles),
            invited: person.password_hash.is_none(),
            id: person.id,
            version: person.version,
            name: person.name,
            login: person.login,
            roles: person.roles,
            extension: person.extension,
            created_at: person.created_at,
            disabled_at: person.disabled_at,
        }
    }

    /// The first character of the name.
    pub(super) fn initial(&self) -> String {
        self.name.chars().next().map(|c| c.to_uppercase().to_string()).unwrap_or_default()
    }
}

/// What stands in the fields of a person's form.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) login: String,
    pub(super) extension: String,
    pub(super) roles: Roles,
    /// What is wrong, by field.
    pub(super) errors: BTreeMap<&'static str, String>,
    /// The roles this reader may give.
    pub(super) choice: Vec<Role>,
    /// Whether the person is new and needs a login.
    pub(super) adding: bool,
}

impl Fields {
    fn choice(reader: &Roles) -> Vec<Role> {
        let may = |role: &Role| may_change(reader, &std::iter::once(*role).collect());
        Role::ALL.into_iter().filter(may).collect()
    }
}

#[derive(Template, Serialize)]
#[template(path = "staff/list.html")]
pub(super) struct StaffPage {
    #[serde(skip)]
    pub(super) frame: Frame,
    pub(super) items: Vec<PersonView>,
    /// Everyone is on the first page.
    pub(super) next: Option<String>,
    #[serde(skip)]
    pub(super) form: Fields,
    /// Whether the reader may see to the programs too.
    #[serde(skip)]
    pub(super) admin: bool,
}

#[derive(Template, Serialize)]
#[template(path = "staff/person.html")]
pub(super) struct PersonPage {
    #[serde(skip)]
    pub(super) frame: Frame,
    #[serde(flatten)]
    pub(super) person: PersonView,
    #[serde(skip)]
    pub(super) form: Fields,
}

/// A link, shown once.
#[derive(Template, Serialize)]
#[template(path = "staff/link.html")]
pub(super) struct LinkPage {
    #[serde(skip)]
    pub(super) frame: Frame,
    pub(super) id: StaffId,
    pub(super) name: String,
    pub(super) link: String,
    pub(super) expires_at: Moment,
}

pub(super) async fn everyone(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let choice = Fields::choice(&reader.roles);
    let form = Fields { choice, adding: true, ..Fields::default() };
    want.page(&page(&want, &reader, form).await?)
}

async fn page(want: &Want, reader: &Reader, form: Fields) -> Result<StaffPage, Problem> {
    let everyone = store::everyone(&want.kit.db).await?;
    let view = |person| PersonView::of(person, &reader.roles);
    Ok(StaffPage {
        frame: want.frame(Place::Staff),
        items: everyone.into_iter().map(view).collect(),
        next: None,
        form,
        admin: reader.roles.has(Role::Admin),
    })
}

#[derive(Deserialize)]
pub(super) struct Written {
    name: String,
    #[serde(default)]
    login: String,
    #[serde(default, deserialize_with = "maybe_text")]
    extension: Option<String>,
    #[serde(default, deserialize_with = "list")]
    roles: Roles,
}

pub(super) async fn add(
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    match added(&want, &reader, &written).await {
        Ok((id, name, secret)) => link_page(&want, id, name, &secret),
        Err(problem) if problem.has_fields() && !want.json => {
            let form = Fields { adding: true, ..fields(&want, &reader, written, &problem) };
            want.page_with(problem.status, &page(&want, &reader, form).await?)
        }
        Err(problem) => Err(problem),
    }
}

async fn added(
    want: &Want,
    reader: &Reader,
    written: &Written,
) -> Result<(StaffId, String, String), Problem> {
    let Written { name, login, extension, roles } = written;
    let draft = Draft::read(name, login, roles.clone(), extension.as_deref());
    let draft = draft.map_err(|wrong| refused(&wrong))?;
    allow(reader, &draft.roles)?;
    let secret = fresh_secret(&mut rand::rng());
    let (db, name) = (&want.kit.db, draft.name.clone());
    let id = links::add_person(db, want.stamp(), draft, fingerprint(&secret)).await;
    Ok((id.map_err(refused_by_store)?, name, secret))
}

fn allow(reader: &Reader, roles: &Roles) -> Result<(), Problem> {
    if may_change(&reader.roles, roles) { Ok(()) } else { Err(Problem::forbidden()) }
}

fn fields(want: &Want, reader: &Reader, written: Written, problem: &Problem) -> Fields {
    Fields {
        name: written.name,
        login: written.login,
        extension: written.extension.unwrap_or_default(),
        roles: written.roles,
        errors: problem.fields(&want.messages()),
        choice: Fields::choice(&reader.roles),
        adding: false,
    }
}

fn link_page(want: &Want, id: StaffId, name: String, secret: &str) -> Result<Response, Problem> {
    let page = LinkPage {
        frame: want.frame(Place::Staff),
        id,
        name,
        link: setup_address(&want.kit.public_url, secret),
        expires_at: want.now.plus_millis(links::LASTS_MS),
    };
    let mut response = want.page_with(StatusCode::CREATED, &page)?;
    response.extensions_mut().insert(NotKept);
    Ok(response)
}

/// The person, if the reader may open the staff pages.
async fn person(want: &Want, reader: &Reader, id: StaffId) -> Result<Person, Problem> {
    reader.may(KEEPERS)?;
    store::by_id(&want.kit.db, id).await?.ok_or_else(Problem::not_found)
}

/// The person, if the reader may change them.
async fn changeable(want: &Want, reader: &Reader, id: StaffId) -> Result<Person, Problem> {
    let person = person(want, reader, id).await?;
    allow(reader, &person.roles)?;
    Ok(person)
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    At(id): At<StaffId>,
) -> Result<Response, Problem> {
    let person = person(&want, &reader, id).await?;
    let form = Fields {
        name: person.name.clone(),
        login: person.login.clone(),
        extension: person.extension.as_ref().map(ToString::to_string).unwrap_or_default(),
        roles: person.roles.clone(),
        errors: BTreeMap::new(),
        choice: Fields::choice(&reader.roles),
        adding: false,
    };
    let frame = want.frame(Place::Staff);
    want.page(&PersonPage { frame, person: PersonView::of(person, &reader.roles), form })
}

#[derive(Deserialize)]
pub(super) struct Rewritten {
    #[serde(deserialize_with = "number")]
    version: i64,
    #[serde(flatten)]
    written: Written,
}

pub(super) async fn edit(
    want: Want,
    reader: Reader,
    At(id): At<StaffId>,
    Input(Rewritten { version, written }): Input<Rewritten>,
) -> Result<Response, Problem> {
    let before = changeable(&want, &reader, id).await?;
    match edited(&want, &reader, &before, version, &written).await {
        Ok(()) => {
            let now = person(&want, &reader, id).await?;
            want.done("/staff", &PersonView::of(now, &reader.roles))
        }
        Err(problem) if problem.has_fields() && !want.json => {
            let form = fields(&want, &reader, written, &problem);
            let person = PersonView::of(before, &reader.roles);
            let frame = want.frame(Place::Staff);
            want.page_with(problem.status, &PersonPage { frame, person, form })
        }
        Err(problem) => Err(problem),
    }
}

async fn edited(
    want: &Want,
    reader: &Reader,
    before: &Person,
    version: i64,
    written: &Written,
) -> Result<(), Problem> {
    let Written { name, extension, roles, .. } = written;
    let draft = Draft::read(name, &before.login, roles.clone(), extension.as_deref());
    let draft = draft.map_err(|wrong| refused(&wrong))?;
    allow(reader, &draft.roles)?;
    let db = &want.kit.db;
    match store::edit(db, want.stamp(), before.id, version, draft).await {
        Err(error) if error.is_refusal(store::STALE) => {
            let now = person(want, reader, before.id).await?;
            Err(Problem::stale(&PersonView::of(now, &reader.roles)))
        }
        done => done.map_err(refused_by_store),
    }
}

pub(super) async fn new_link(
    want: Want,
    reader: Reader,
    At(id): At<StaffId>,
) -> Result<Response, Problem> {
    let person = changeable(&want, &reader, id).await?;
    if person.disabled_at.is_some() {
        return Err(Problem::rule(|l| l.staff_link_disabled().to_string()));
    }
    let secret = fresh_secret(&mut rand::rng());
    links::add(&want.kit.db, want.stamp(), Some(id), fingerprint(&secret)).await?;
    link_page(&want, id, person.name, &secret)
}

pub(super) async fn disable(
    want: Want,
    reader: Reader,
    At(id): At<StaffId>,
) -> Result<Response, Problem> {
    changeable(&want, &reader, id).await?;
    store::disable(&want.kit.db, want.stamp(), id).await.map_err(|error| {
        if error.is_refusal(store::LAST_ADMIN) {
            Problem::rule(|l| l.staff_wrong_last_admin().to_string())
        } else {
            error.into()
        }
    })?;
    let now = store::by_id(&want.kit.db, id).await?.ok_or_else(Problem::not_found)?;
    want.done("/staff", &PersonView::of(now, &reader.roles))
}

pub(super) async fn enable(
    want: Want,
    reader: Reader,
    At(id): At<StaffId>,
) -> Result<Response, Problem> {
    changeable(&want, &reader, id).await?;
    store::enable(&want.kit.db, want.stamp(), id).await.map_err(refused_by_store)?;
    let now = person(&want, &reader, id).await?;
    want.done("/staff", &PersonView::of(now, &reader.roles))
}

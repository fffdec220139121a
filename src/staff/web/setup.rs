//! One-time links: the first administrator of a new site, and colleagues who choose a password.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::password;
use super::super::person::{Draft, Person, Wrong};
use super::super::store::{self, links};
use super::sign_in::{remember_language, set_session};
use super::{Porter, refused, refused_by_store};
use crate::db;
use crate::kernel::{Language, Role, Roles, StaffId};
use crate::web::{
    At, Filter, Frame, Input, Place, Problem, Want, fingerprint, fresh_secret, go, list, maybe_text,
};

#[derive(Template, Serialize)]
#[template(path = "staff/setup.html")]
struct SetupPage {
    #[serde(skip)]
    frame: Frame,
    /// Whether this makes the first administrator.
    first: bool,
    /// The person's name.
    name: String,
    /// What they sign in with.
    login: String,
    /// Their telephone.
    extension: String,
    /// What they will be able to do.
    roles: Roles,
    /// What is wrong, by field.
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

/// `?lang=en`.
#[derive(Deserialize)]
pub(super) struct Speaking {
    lang: Option<String>,
}

pub(super) async fn show(
    mut want: Want,
    At(token): At<String>,
    Filter(speaking): Filter<Speaking>,
) -> Result<Response, Problem> {
    let chosen = speaking.lang.as_deref().and_then(Language::from_tag);
    want.language = chosen.unwrap_or(want.language);
    want.reader = None;
    let person = behind(&want, &fingerprint(&token)).await?;
    let (name, login, extension, roles) = match &person {
        Some(person) => (
            person.name.clone(),
            person.login.clone(),
            person.extension.as_ref().map(ToString::to_string).unwrap_or_default(),
            person.roles.clone(),
        ),
        None => (String::new(), String::new(), String::new(), first_roles()),
    };
    let page = SetupPage {
        frame: want.frame(Place::Elsewhere),
        first: person.is_none(),
        name,
        login,
        extension,
        roles,
        errors: BTreeMap::new(),
    };
    let mut response = want.page(&page)?;
    remember_language(&mut response, chosen, want.kit.secure());
    Ok(response)
}

#[derive(Deserialize)]
pub(super) struct Chosen {
    #[serde(default)]
    name: String,
    #[serde(default)]
    login: String,
    #[serde(default, deserialize_with = "maybe_text")]
    extension: Option<String>,
    #[serde(default, deserialize_with = "list")]
    roles: Roles,
    password: String,
    /// A form asks twice, a program need not.
    #[serde(default)]
    repeat: Option<String>,
}

/// What the new person's program is told.
#[derive(Serialize)]
struct Ready<'p> {
    id: StaffId,
    login: &'p str,
}

pub(super) async fn choose(
    State(porter): State<Porter>,
    mut want: Want,
    At(token): At<String>,
    Input(chosen): Input<Chosen>,
) -> Result<Response, Problem> {
    want.reader = None;
    let link = fingerprint(&token);
    let person = behind(&want, &link).await?;
    let roles = if chosen.roles.is_empty() { first_roles() } else { chosen.roles.clone() };
    match settle(&porter, &want, link, person.as_ref(), &chosen, roles.clone()).await {
        Ok((id, login, secret)) => {
            let mut response = if want.json {
                want.json_with(StatusCode::CREATED, &Ready { id, login: &login })?
            } else {
                go("/")
            };
            set_session(&mut response, &secret, want.kit.secure());
            Ok(response)
        }
        Err(problem) if problem.has_fields() && !want.json => {
            let page = SetupPage {
                frame: want.frame(Place::Elsewhere),
                first: person.is_none(),
                name: person.as_ref().map_or(chosen.name, |person| person.name.clone()),
                login: person.as_ref().map_or(chosen.login, |person| person.login.clone()),
                extension: chosen.extension.unwrap_or_default(),
                roles,
                errors: problem.fields(&want.messages()),
            };
            want.page_with(problem.status, &page)
        }
        Err(problem) => Err(problem),
    }
}

async fn settle(
    porter: &Porter,
    want: &Want,
    link: String,
    person: Option<&Person>,
    chosen: &Chosen,
    roles: Roles,
) -> Result<(StaffId, String, String), Problem> {
    let draft = person.is_none().then(|| {
        let extension = chosen.extension.as_deref();
        let draft = Draft::read(&chosen.name, &chosen.login, roles, extension)?;
        if draft.roles.has(Role::Admin) { Ok(draft) } else { Err(vec![Wrong::LastAdmin]) }
    });
    let login =
        person.map_or_else(|| chosen.login.trim().to_lowercase(), |person| person.login.clone());
    let mut wrong: Vec<Wrong> = Vec::new();
    if let Some(Err(several)) = &draft {
        wrong.extend(several);
    }
    wrong.extend(password::check(&chosen.password, &login).err().map(Wrong::Password));
    if chosen.repeat.as_ref().is_some_and(|repeat| *repeat != chosen.password) {
        wrong.push(Wrong::Repeat);
    }
    if !wrong.is_empty() {
        return Err(refused(&wrong));
    }
    let hash = porter.hasher().hash(chosen.password.clone()).await?;
    let secret = fresh_secret(&mut rand::rng());
    let session = fingerprint(&secret);
    let db = &want.kit.db;
    let id = match (person, draft) {
        (Some(person), _) => {
            let used = links::use_own(db, want.now, link, person.id, hash, session).await;
            used.map(|()| person.id)
        }
        (None, Some(Ok(draft))) => links::use_first(db, want.now, link, draft, hash, session).await,
        (None, _) => Err(db::Error::NotFound),
    };
    Ok((id.map_err(spent)?, login, secret))
}

fn first_roles() -> Roles {
    [Role::Admin, Role::Supervisor, Role::Operator].into_iter().collect()
}

/// Who chooses a password with this link; `None` is the first administrator.
async fn behind(want: &Want, link: &str) -> Result<Option<Person>, Problem> {
    let db = &want.kit.db;
    match links::find(db, want.now, link).await? {
        Some(None) if store::is_empty(db).await? => Ok(None),
        None | Some(None) => Err(gone()),
        Some(Some(id)) => {
            let person = store::by_id(db, id).await?;
            person.filter(|person| person.disabled_at.is_none()).map(Some).ok_or_else(gone)
        }
    }
}

fn spent(error: db::Error) -> Problem {
    if error.is_refusal(links::SPENT) { gone() } else { refused_by_store(error) }
}

fn gone() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "link_spent",
        |l| l.staff_link_spent().to_string(),
        |l| l.staff_link_spent_detail().to_string(),
    )
}

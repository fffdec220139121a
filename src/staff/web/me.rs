//! The reader's own settings.

use std::collections::BTreeMap;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::door::ThisSession;
use super::super::password;
use super::super::person::Wrong;
use super::super::store::{self, sessions};
use super::{Porter, refused};
use crate::kernel::{Extension as Telephone, Language, Roles, StaffId};
use crate::web::{Account, Frame, Input, Place, Problem, Reader, Theme, Want, maybe_text, number};

#[derive(Template, Serialize)]
#[template(path = "staff/me.html")]
pub(super) struct MePage {
    #[serde(skip)]
    pub(super) frame: Frame,
    /// `None` for a program.
    pub(super) id: Option<StaffId>,
    pub(super) name: String,
    pub(super) login: Option<String>,
    pub(super) roles: Roles,
    pub(super) extension: Option<Telephone>,
    pub(super) language: Option<Language>,
    pub(super) theme: Option<Theme>,
    pub(super) volume: i64,
    /// What is wrong with the new password, by field.
    #[serde(skip)]
    pub(super) errors: BTreeMap<&'static str, String>,
}

impl MePage {
    fn speaks(&self, tag: &str) -> bool {
        self.language.is_some_and(|language| language.tag() == tag)
    }

    fn looks(&self, name: &str) -> bool {
        self.theme.is_some_and(|theme| theme.name() == name)
    }

    fn of(want: &Want, reader: &Reader, errors: BTreeMap<&'static str, String>) -> Self {
        let (id, login, extension) = match &reader.account {
            Account::Staff { id, login, extension, .. } => {
                (Some(*id), Some(login.clone()), extension.clone())
            }
            Account::Token { .. } => (None, None, None),
        };
        Self {
            frame: want.frame(Place::Me),
            id,
            name: reader.name().to_owned(),
            login,
            roles: reader.roles.clone(),
            extension,
            language: reader.language,
            theme: reader.theme,
            volume: reader.volume,
            errors,
        }
    }
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    want.page(&MePage::of(&want, &reader, BTreeMap::new()))
}

#[derive(Deserialize)]
pub(super) struct Preferred {
    #[serde(default, deserialize_with = "maybe_text")]
    language: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    theme: Option<String>,
    #[serde(deserialize_with = "number")]
    volume: i64,
}

pub(super) async fn prefer(
    want: Want,
    mut reader: Reader,
    Input(preferred): Input<Preferred>,
) -> Result<Response, Problem> {
    // a program has no settings
    let id = reader.staff().ok_or_else(Problem::forbidden)?;
    let language = known(preferred.language.as_deref(), Language::from_tag)?;
    let theme = known(preferred.theme.as_deref(), Theme::from_name)?;
    if !(0..=100).contains(&preferred.volume) {
        return Err(Problem::rules().field("volume", |l| l.me_wrong_volume().to_string()));
    }
    store::prefer(&want.kit.db, want.stamp(), id, language, theme, preferred.volume).await?;
    (reader.0.language, reader.0.theme, reader.0.volume) = (language, theme, preferred.volume);
    want.done("/me", &MePage::of(&want, &reader, BTreeMap::new()))
}

/// Nothing chosen, or one of the values we know; another text is a syntax problem.
fn known<T>(text: Option<&str>, read: fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
    text.map(|text| read(text).ok_or_else(Problem::syntax)).transpose()
}

#[derive(Deserialize)]
pub(super) struct NewPassword {
    current: String,
    password: String,
    /// A form asks twice, a program need not.
    #[serde(default)]
    repeat: Option<String>,
}

pub(super) async fn choose_password(
    State(porter): State<Porter>,
    want: Want,
    reader: Reader,
    this: Option<Extension<ThisSession>>,
    Input(new): Input<NewPassword>,
) -> Result<Response, Problem> {
    let this = this.map(|Extension(ThisSession(fingerprint))| fingerprint);
    match chosen(&porter, &want, &reader, this, new).await {
        Ok(()) => want.done("/me", &MePage::of(&want, &reader, BTreeMap::new())),
        Err(problem) if problem.has_fields() && !want.json => {
            let errors = problem.fields(&want.messages());
            want.page_with(problem.status, &MePage::of(&want, &reader, errors))
        }
        Err(problem) => Err(problem),
    }
}

async fn chosen(
    porter: &Porter,
    want: &Want,
    reader: &Reader,
    this: Option<String>,
    new: NewPassword,
) -> Result<(), Problem> {
    let id = reader.staff().ok_or_else(Problem::forbidden)?;
    let db = &want.kit.db;
    let person = store::by_id(db, id).await?.ok_or_else(Problem::not_found)?;
    let weak = password::check(&new.password, &person.login).err().map(Wrong::Password);
    let differs = new.repeat.as_ref().is_some_and(|repeat| *repeat != new.password);
    let wrong: Vec<Wrong> = weak.into_iter().chain(differs.then_some(Wrong::Repeat)).collect();
    if !wrong.is_empty() {
        return Err(refused(&wrong));
    }
    // guessing here is as slow as at the door
    let successes = sessions::successes(db, id).await?;
    porter.throttle().may_try(&person.login, None, successes).map_err(Problem::too_often)?;
    if !porter.hasher().matches(new.current, person.password_hash).await? {
        return Err(refused(&[Wrong::Current]));
    }
    let hash = porter.hasher().hash(new.password).await?;
    store::choose_password(db, want.stamp(), id, hash, this).await?;
    Ok(())
}

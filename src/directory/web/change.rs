//! Adding and changing people of the directory, and saying where they are.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use super::super::person::{Disclosure, Draft, Person};
use super::super::store::{self, ACCOUNT_TAKEN, ONESELF, STALE};
use super::grant::GrantFields;
use super::view::Scene;
use super::{KEEPERS, PLACERS, Panel, list, one};
use crate::db;
use crate::kernel::{Extension, Moment, PersonId, Phone, StaffId};
use crate::shifts::Presence;
use crate::staff;
use crate::web::{At, Input, Problem, Reader, Want, maybe_number, maybe_text, number};

/// The longest text of a field, in characters.
const WORDS_MOST: usize = 120;

/// A person as somebody writes them; also what stands in the fields.
#[derive(Debug, Default, Clone, Deserialize)]
pub(super) struct Fields {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) department: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) location: String,
    #[serde(default)]
    pub(super) extension: String,
    #[serde(default)]
    pub(super) phone: String,
    #[serde(default)]
    pub(super) mobile: String,
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    pub(super) note: String,
    #[serde(default)]
    pub(super) disclosure: String,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) secretary: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) deputy: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    pub(super) staff: Option<i64>,
    #[serde(skip)]
    pub(super) errors: BTreeMap<&'static str, String>,
    /// Who may be secretary or deputy.
    #[serde(skip)]
    pub(super) others: Vec<(i64, String)>,
    /// The accounts there are.
    #[serde(skip)]
    pub(super) accounts: Vec<(i64, String)>,
}

impl Fields {
    /// An empty form, for those who may fill it in.
    pub(super) async fn fresh(want: &Want, scene: &Scene) -> Result<Self, Problem> {
        let form = Self { disclosure: "internal".to_owned(), ..Self::default() };
        form.with_choices(want, scene).await
    }

    /// The form of a person; empty for a reader who may not change them.
    pub(super) async fn of(want: &Want, scene: &Scene, person: &Person) -> Result<Self, Problem> {
        let keeper = want.reader.as_ref().is_some_and(|reader| reader.roles.has_any(KEEPERS));
        if !keeper {
            return Ok(Self::default());
        }
        let Draft { secretary, deputy, staff, disclosure, .. } = person.draft;
        let draft = person.draft.clone();
        let form = Self {
            name: draft.name,
            department: draft.department,
            title: draft.title,
            location: draft.location,
            extension: draft.extension.unwrap_or_default(),
            phone: draft.phone.unwrap_or_default(),
            mobile: draft.mobile.unwrap_or_default(),
            email: draft.email.unwrap_or_default(),
            note: draft.note.unwrap_or_default(),
            disclosure: disclosure.name().to_owned(),
            secretary: secretary.map(|id| id.0),
            deputy: deputy.map(|id| id.0),
            staff: staff.map(|id| id.0),
            ..Self::default()
        };
        form.with_choices(want, scene).await
    }

    async fn with_choices(mut self, want: &Want, scene: &Scene) -> Result<Self, Problem> {
        let keeper = want.reader.as_ref().is_some_and(|reader| reader.roles.has_any(KEEPERS));
        if keeper {
            let name = |person: &Person| (person.id.0, person.draft.name.clone());
            self.others = scene.people.iter().map(name).collect();
            let accounts = staff::store::everyone(&want.kit.db).await?;
            self.accounts = accounts.into_iter().map(|one| (one.id.0, one.name)).collect();
        }
        Ok(self)
    }

    pub(super) fn is_level(&self, level: &str) -> bool {
        self.disclosure == level
    }

    pub(super) fn is_secretary(&self, id: impl Borrow<i64>) -> bool {
        self.secretary == Some(*id.borrow())
    }

    pub(super) fn is_deputy(&self, id: impl Borrow<i64>) -> bool {
        self.deputy == Some(*id.borrow())
    }

    pub(super) fn is_account(&self, id: impl Borrow<i64>) -> bool {
        self.staff == Some(*id.borrow())
    }

    /// Checks what was written; all that is wrong at once.
    pub(super) fn read(&self, known: impl Fn(PersonId) -> bool) -> Result<Draft, Problem> {
        let mut problem = Problem::rules();
        let words = |text: &str| text.trim().to_owned();
        let texts = [
            ("name", &self.name),
            ("department", &self.department),
            ("title", &self.title),
            ("location", &self.location),
            ("email", &self.email),
            ("note", &self.note),
        ];
        for (field, text) in texts {
            let length = text.trim().chars().count();
            let needed = field == "name" && length == 0;
            if needed || length > WORDS_MOST || text.trim().chars().any(char::is_control) {
                problem = problem.field(field, |l| l.directory_wrong_words().to_string());
            }
        }
        let maybe = |text: &str| Some(words(text)).filter(|text| !text.is_empty());
        let extension = maybe(&self.extension);
        if extension.as_ref().is_some_and(|text| text.parse::<Extension>().is_err()) {
            problem = problem.field("extension", |l| l.staff_wrong_extension().to_string());
        }
        let mut outside = |field: &'static str, text: &str| {
            let text = maybe(text)?;
            let read = Phone::read(&text).map(|phone| phone.as_str().to_owned());
            if read.is_none() {
                let told = std::mem::replace(&mut problem, Problem::rules());
                problem = told.field(field, |l| l.directory_wrong_number().to_string());
            }
            read
        };
        let (phone, mobile) = (outside("phone", &self.phone), outside("mobile", &self.mobile));
        let disclosure = Disclosure::from_name(&self.disclosure);
        if disclosure.is_none() {
            problem = problem.field("disclosure", |l| l.directory_wrong_level().to_string());
        }
        for (field, other) in [("secretary", self.secretary), ("deputy", self.deputy)] {
            if other.is_some_and(|id| !known(PersonId(id))) {
                problem = problem.field(field, |l| l.directory_wrong_other().to_string());
            }
        }
        let Some(disclosure) = disclosure.filter(|_| !problem.has_fields()) else {
            return Err(problem);
        };
        Ok(Draft {
            name: words(&self.name),
            department: words(&self.department),
            title: words(&self.title),
            location: words(&self.location),
            extension,
            phone,
            mobile,
            email: maybe(&self.email),
            note: maybe(&self.note),
            disclosure,
            secretary: self.secretary.map(PersonId),
            deputy: self.deputy.map(PersonId),
            staff: self.staff.map(StaffId),
        })
    }
}

pub(super) fn refused(error: db::Error) -> Problem {
    if error.is_refusal(ACCOUNT_TAKEN) {
        Problem::rules().field("staff", |l| l.directory_wrong_account().to_string())
    } else if error.is_refusal(ONESELF) {
        Problem::rules().field("secretary", |l| l.directory_wrong_oneself().to_string())
    } else {
        error.into()
    }
}

/// Whether an account is one of the house's.
async fn check_account(want: &Want, draft: &Draft) -> Result<(), Problem> {
    let Some(staff) = draft.staff else { return Ok(()) };
    match staff::store::by_id(&want.kit.db, staff).await? {
        Some(_) => Ok(()),
        None => Err(Problem::rules().field("staff", |l| l.shifts_wrong_staff().to_string())),
    }
}

pub(super) async fn add(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    Input(written): Input<Fields>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let scene = Scene::load(&panel, &want, &reader).await?;
    let added = async {
        let draft = written.read(|id| scene.person(id).is_some())?;
        check_account(&want, &draft).await?;
        store::add(&want.kit.db, want.stamp(), draft).await.map_err(refused)
    };
    match added.await {
        Ok(id) => {
            let scene = Scene::load(&panel, &want, &reader).await?;
            let person = scene.person(id).ok_or_else(Problem::not_found)?;
            let view = scene.view(&want, person);
            if want.json {
                return want.json_with(StatusCode::CREATED, &view);
            }
            want.done(&format!("/directory/{id}"), &view)
        }
        Err(problem) if problem.has_fields() && !want.json => {
            let form = Fields { errors: problem.fields(&want.messages()), ..written };
            let form = form.with_choices(&want, &scene).await?;
            let page = list::again(&want, &reader, &scene, form).await?;
            want.page_with(problem.status, &page)
        }
        Err(problem) => Err(problem),
    }
}

#[derive(Deserialize)]
pub(super) struct Rewritten {
    #[serde(deserialize_with = "number")]
    version: i64,
    #[serde(flatten)]
    fields: Fields,
}

pub(super) async fn edit(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<PersonId>,
    Input(Rewritten { version, fields }): Input<Rewritten>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let scene = Scene::load(&panel, &want, &reader).await?;
    let before = scene.person(id).ok_or_else(Problem::not_found)?;
    let edited = async {
        let draft = fields.read(|id| scene.person(id).is_some())?;
        check_account(&want, &draft).await?;
        let done = store::edit(&want.kit.db, want.stamp(), id, version, draft).await;
        done.map_err(|error| {
            if error.is_refusal(STALE) {
                Problem::stale(&scene.view(&want, before))
            } else {
                refused(error)
            }
        })
    };
    match edited.await {
        Ok(()) => {
            let scene = Scene::load(&panel, &want, &reader).await?;
            let person = scene.person(id).ok_or_else(Problem::not_found)?;
            want.done(&format!("/directory/{id}"), &scene.view(&want, person))
        }
        Err(problem) if problem.has_fields() && !want.json => {
            let form = Fields { errors: problem.fields(&want.messages()), ..fields };
            let form = form.with_choices(&want, &scene).await?;
            let granting = GrantFields::default();
            let page = one::page(&want, &reader, &scene, id, form, granting).await?;
            want.page_with(problem.status, &page)
        }
        Err(problem) => Err(problem),
    }
}

pub(super) async fn remove(
    want: Want,
    reader: Reader,
    At(id): At<PersonId>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    if !store::remove(&want.kit.db, want.stamp(), id).await? {
        return Err(Problem::not_found());
    }
    want.done("/directory", &serde_json::json!({ "id": id }))
}

/// Where somebody without an account is.
#[derive(Deserialize)]
pub(super) struct Placed {
    /// `present`, `away`, `meeting`, `out`, `off`; nothing forgets it.
    #[serde(default, deserialize_with = "maybe_text")]
    state: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    place: Option<String>,
    /// An instant, or `16:00` of today.
    #[serde(default, deserialize_with = "maybe_text")]
    until: Option<String>,
}

pub(super) async fn place(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<PersonId>,
    Input(placed): Input<Placed>,
) -> Result<Response, Problem> {
    reader.may(PLACERS)?;
    let scene = Scene::load(&panel, &want, &reader).await?;
    let person = scene.person(id).ok_or_else(Problem::not_found)?;
    if !scene.sight(person).is_open() {
        return Err(Problem::forbidden());
    }
    if person.draft.staff.is_some() {
        return Err(Problem::rule(|l| l.directory_has_account().to_string()));
    }
    let state = placed.state.as_deref().map(Presence::from_name);
    if matches!(state, Some(None | Some(Presence::OnCall))) {
        return Err(Problem::rules().field("state", |l| l.shifts_wrong_state().to_string()));
    }
    if placed.place.as_ref().is_some_and(|place| place.chars().count() > WORDS_MOST) {
        return Err(Problem::rules().field("place", |l| l.directory_wrong_words().to_string()));
    }
    let until = placed.until.as_deref().map(|text| time(&want, text));
    if until == Some(None) {
        return Err(Problem::rules().field("until", |l| l.shifts_wrong_until().to_string()));
    }
    let (db, stamp) = (&want.kit.db, want.stamp());
    store::place(db, stamp, id, state.flatten(), placed.place, until.flatten()).await?;
    let scene = Scene::load(&panel, &want, &reader).await?;
    let person = scene.person(id).ok_or_else(Problem::not_found)?;
    want.done(&format!("/directory/{id}"), &scene.view(&want, person))
}

fn time(want: &Want, text: &str) -> Option<Moment> {
    crate::shifts::next_time(want.kit.day.zone, want.now, text)
}

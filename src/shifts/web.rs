//! The pages of who is there: the day with its roster and gaps, one's own duty.

mod day;
mod duty;
mod opening;
mod picture;
mod roster;
mod when;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};
use futures_util::future::BoxFuture;
use serde::Serialize;

use super::coverage::Line;
use super::devices::Verdict;
use super::presence::{Duty, Presence, Talking};
use super::tell::Tells;
use crate::bus::News;
use crate::db::{self, Db, Stamp};
use crate::kernel::{Extension, Moment, Role, Roles, StaffId};
use crate::web::live::Fragments;
use crate::web::{OnDuty, doors};

pub use duty::DutyCard;
use duty::duty_card;
pub use when::next as next_time;

/// Who may look at who is there: everyone but a screen on the wall.
const READERS: &[Role] = doors::HOUSE;
/// Who makes the roster, and sees who skipped the self-check.
const KEEPERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Admin];
/// Who may know where private people are.
const CONFIDANTS: &[Role] = &[Role::Head, Role::Admin];

/// What the pages stand on. Cheap to clone.
#[derive(Clone)]
pub struct Panel {
    lines: Arc<[Line]>,
    talking: Arc<dyn Talking>,
    tells: Arc<dyn Tells>,
    notes: Option<Arc<dyn NotesLooks>>,
}

/// Writes down that somebody looked at where private people are: a room above that knows who they
/// are.
pub trait NotesLooks: Send + Sync + 'static {
    /// The reader of this moment was shown these.
    fn looked<'a>(
        &'a self,
        db: &'a Db,
        stamp: Stamp,
        shown: &'a [StaffId],
    ) -> BoxFuture<'a, db::Result<()>>;
}

impl Panel {
    /// The pages for these hotlines; `talking` knows who is on the telephone, `tells` has people
    /// told.
    pub fn new(lines: Arc<[Line]>, talking: Arc<dyn Talking>, tells: Arc<dyn Tells>) -> Self {
        Self { lines, talking, tells, notes: None }
    }

    /// Who writes down looks at private people.
    #[must_use]
    pub fn noting(self, notes: Arc<dyn NotesLooks>) -> Self {
        Self { notes: Some(notes), ..self }
    }
}

/// `/shifts` and what is under it.
pub fn routes(panel: Panel) -> Router {
    Router::new()
        .route("/shifts", get(day::show).post(roster::add))
        .route("/shifts/{id}", delete(roster::remove))
        .route("/shifts/duty", get(duty::show))
        .route("/shifts/sign-on", post(duty::sign_on).delete(duty::sign_off))
        .route("/shifts/sign-ons/{staff}", delete(duty::sign_off_other))
        .route("/shifts/self-check", post(duty::check))
        .route("/shifts/opening", get(opening::show))
        .route("/shifts/opening/items", post(opening::add))
        .route("/shifts/opening/items/{item}", delete(opening::remove))
        .route("/shifts/opening/ticks/{item}", post(opening::tick).delete(opening::untick))
        .route("/shifts/opening/ticks/{item}/photo", post(opening::add_photo))
        .route("/shifts/opening/photos/{id}", get(opening::photo))
        .route("/shifts/opening/time", post(opening::set_time))
        .route("/shifts/absence", post(duty::leave).delete(duty::come_back))
        .route("/shifts/absence/departure", post(duty::depart))
        .route("/shifts/stand-ins/{absence}", post(duty::stand_in).delete(duty::decline))
        .with_state(panel)
}

/// The room's news on `/live`. Where somebody is stays with those who may know it: the news say
/// only that it changed, and of private people only the head and the administrators hear even that.
pub struct PresenceNews;

impl Fragments for PresenceNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["presence", "presence_private", "shift", "coverage"]
    }

    fn may_see(&self, reader: &OnDuty, news: &News) -> bool {
        match news.kind.as_str() {
            "presence_private" => {
                reader.roles.has_any(CONFIDANTS) || reader.account.key() == news.subject
            }
            _ => reader.roles.has_any(READERS),
        }
    }
}

impl PresenceNews {
    /// Ready to be handed to [`crate::web::live::routes`].
    pub fn speaker() -> Arc<dyn Fragments> {
        Arc::new(Self)
    }
}

/// A person, by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonRef {
    /// Who.
    pub id: StaffId,
    /// Their name.
    pub name: String,
}

/// A person and where they are, as one reader may see it.
#[derive(Debug, Clone, Serialize)]
struct PersonView {
    id: StaffId,
    name: String,
    extension: Option<Extension>,
    roles: Roles,
    /// Since when they are on duty; null off duty.
    on_duty_since: Option<Moment>,
    presence: Presence,
    since: Option<Moment>,
    reason: Option<String>,
    place: Option<String>,
    until: Option<Moment>,
    stand_in: Option<String>,
    /// Whether the self-check of this duty was ticked; only for those who keep the roster.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked: Option<bool>,
    /// How telephone and radios did at their last check of this business date; only for those who keep the
    /// roster.
    #[serde(skip_serializing_if = "Option::is_none")]
    devices: Option<DevicesView>,
}

/// A check of telephone and radios in short.
#[derive(Debug, Clone, Serialize)]
struct DevicesView {
    /// When it began; null where none was made.
    at: Option<Moment>,
    telephone: Verdict,
    radio: Verdict,
    asked: i64,
    answered: i64,
    /// Who stayed silent.
    silent: Vec<String>,
    #[serde(skip)]
    tint: &'static str,
    #[serde(skip)]
    said: String,
}

/// Whether this reader may know where a person is.
pub fn may_know(reader: &OnDuty, duty: &Duty) -> bool {
    !duty.private || reader.roles.has_any(CONFIDANTS) || reader.staff() == Some(duty.staff)
}

impl PersonView {
    fn of(duty: &Duty, reader: &OnDuty, now: Moment, talking: bool) -> Self {
        let at = duty.whereabouts(now, talking);
        let keeps = reader.roles.has_any(KEEPERS) || reader.staff() == Some(duty.staff);
        Self {
            id: duty.staff,
            name: duty.name.clone(),
            extension: duty.extension.clone(),
            roles: duty.roles.clone(),
            on_duty_since: duty.since,
            presence: at.presence,
            since: at.since,
            reason: at.reason,
            place: at.place,
            until: at.until,
            stand_in: at.stand_in,
            checked: (keeps && duty.since.is_some()).then_some(duty.checked.is_some()),
            devices: None,
        }
    }

    fn tint(&self) -> &'static str {
        super::say::tint(self.presence)
    }

    fn initial(&self) -> String {
        self.name.chars().next().map(String::from).unwrap_or_default()
    }
}

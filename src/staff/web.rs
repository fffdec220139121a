//! The pages of the staff room.

mod me;
mod names;
mod people;
mod programs;
mod setup;
mod sign_in;

pub use names::names;

use std::sync::Arc;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use super::Porter;
use super::enlist::{Taken, taken};
use super::password::HashingFailed;
use super::person::Wrong;
use crate::bus::News;
use crate::db;
use crate::kernel::Role;
use crate::web::live::Fragments;
use crate::web::{OnDuty, Problem, Reader, doors, go};

/// Who may open the pages of people.
const KEEPERS: &[Role] = doors::STAFF;

/// Pages for those who are signed in.
pub fn routes(porter: &Porter) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/me", get(me::show).post(me::prefer))
        .route("/me/password", post(me::choose_password))
        .route("/staff", get(people::everyone).post(people::add))
        .route("/staff/{id}", get(people::show).post(people::edit))
        .route("/staff/{id}/link", post(people::new_link))
        .route("/staff/{id}/disabled", post(people::disable).delete(people::enable))
        .route("/admin/tokens", get(programs::list).post(programs::add))
        .route("/admin/tokens/{id}", axum::routing::delete(programs::revoke))
        .with_state(porter.clone())
}

/// Pages for those who are not.
pub fn open_routes(porter: &Porter) -> Router {
    Router::new()
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/setup/{token}", get(setup::show).post(setup::choose))
        .with_state(porter.clone())
}

/// The room's news on `/live`: for those who may open its pages, and about oneself.
pub struct StaffNews;

impl Fragments for StaffNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["staff", "token"]
    }

    fn may_see(&self, reader: &OnDuty, news: &News) -> bool {
        reader.roles.has_any(KEEPERS) || reader.account.key() == news.subject
    }
}

impl StaffNews {
    /// Ready to be handed to [`crate::web::live::routes`].
    pub fn speaker() -> Arc<dyn Fragments> {
        Arc::new(Self)
    }
}

/// Each to their own first page.
async fn home(reader: Reader) -> Response {
    let desk = [Role::Operator, Role::Supervisor, Role::Admin];
    let place = if reader.roles.has_any(&desk) {
        "/console"
    } else if reader.roles.has(Role::Head) {
        "/calls"
    } else if reader.roles.has(Role::Manager) {
        "/banquets"
    } else if reader.roles.has(Role::Engineer) {
        "/my/jobs"
    } else if reader.roles.has(Role::Greeter) {
        "/my/floor"
    } else if reader.roles.has(Role::Finance) {
        "/bookings"
    } else if reader.roles.has(Role::Wallboard) {
        "/wall"
    } else {
        "/me"
    };
    go(place).into_response()
}

/// All that is wrong, as 422 with a sentence for each field.
fn refused(wrong: &[Wrong]) -> Problem {
    wrong.iter().fold(Problem::rules(), |problem, &wrong| {
        problem.field(wrong.field(), move |l| wrong.say(l))
    })
}

/// A refusal of the store: a sentence for a field where it is about one.
fn refused_by_store(error: db::Error) -> Problem {
    match taken(error) {
        Taken::Wrong(wrong) => refused(&[wrong]),
        Taken::Other(error) => Problem::from(error),
    }
}

impl From<HashingFailed> for Problem {
    fn from(error: HashingFailed) -> Self {
        Self::broken(error)
    }
}

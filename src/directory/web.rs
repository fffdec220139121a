//! The pages of the directory: search, one person, changes, grants, spreadsheets.

mod change;
mod grant;
mod list;
mod names;
mod one;
mod sheet;
mod view;

pub use names::names;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};
use futures_util::future::BoxFuture;

use super::person::KEEPERS;
use super::store::looks;
use crate::bus::News;
use crate::db::{self, Db, Stamp};
use crate::kernel::{Role, StaffId};
use crate::shifts::{NotesLooks, Talking};
use crate::web::live::Fragments;
use crate::web::{OnDuty, doors};

/// Who may look people up: everyone but a screen on the wall.
const READERS: &[Role] = doors::HOUSE;
/// Who may grant a look at a restricted person, and sees who looked.
const GRANTERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Admin];
/// Who may say where somebody without an account is.
const PLACERS: &[Role] =
    &[Role::Operator, Role::Supervisor, Role::Manager, Role::Head, Role::Admin];

/// What the pages stand on. Cheap to clone.
#[derive(Clone)]
pub struct Panel {
    talking: Arc<dyn Talking>,
}

impl Panel {
    /// The pages; `talking` knows who is on the telephone.
    pub fn new(talking: Arc<dyn Talking>) -> Self {
        Self { talking }
    }
}

/// `/directory` and what is under it.
pub fn routes(panel: Panel) -> Router {
    Router::new()
        .route("/directory", get(list::show).post(change::add))
        .route("/directory/export", get(sheet::export))
        .route("/directory/import", get(sheet::form).post(sheet::import))
        .route("/directory/{id}", get(one::show).post(change::edit).delete(change::remove))
        .route("/directory/{id}/transfer", post(one::transfer))
        .route("/directory/{id}/presence", post(change::place))
        .route("/directory/{id}/grants", post(grant::add))
        .route("/directory/{id}/grants/{grant}", delete(grant::revoke))
        .with_state(panel)
}

/// Writes looks at restricted people down that other rooms' pages give, as the directory does.
pub struct LooksElsewhere;

impl NotesLooks for LooksElsewhere {
    fn looked<'a>(
        &'a self,
        db: &'a Db,
        stamp: Stamp,
        shown: &'a [StaffId],
    ) -> BoxFuture<'a, db::Result<()>> {
        Box::pin(looks::write_of(db, stamp, shown))
    }
}

/// The room's news on `/live`: that a card changed, for everyone; that somebody looked, for those
/// who grant.
pub struct DirectoryNews;

impl Fragments for DirectoryNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["directory", "disclosure"]
    }

    fn may_see(&self, reader: &OnDuty, news: &News) -> bool {
        let may = if news.kind == "disclosure" { GRANTERS } else { READERS };
        reader.roles.has_any(may)
    }
}

impl DirectoryNews {
    /// Ready to be handed to [`crate::web::live::routes`].
    pub fn speaker() -> Arc<dyn Fragments> {
        Arc::new(Self)
    }
}

//! The pages of cards: the list, one card, writing one, doubles, spreadsheets, what the law asks,
//! and the rules for numbers.

mod conflict;
mod doubles;
mod export;
mod form;
mod hidden;
mod imports;
mod list;
mod names;
mod numbers;
mod one;
mod privacy;
mod say;

pub use names::names;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post};

use super::known::{Holds, Knows};
use super::sight::WRITERS;
use crate::bus::News;
use crate::web::OnDuty;
use crate::web::live::Fragments;

/// What the pages stand on: what other rooms know and hold. Cheap to clone.
#[derive(Clone, Default)]
pub struct Panel {
    knows: Arc<[Arc<dyn Knows>]>,
    holds: Arc<[Arc<dyn Holds>]>,
}

impl Panel {
    /// Rooms above that know what has been with somebody; a card shows it in this order.
    #[must_use]
    pub fn knowing(self, rooms: Vec<Arc<dyn Knows>>) -> Self {
        Self { knows: rooms.into(), ..self }
    }

    /// Rooms above that hold something under a telephone number.
    #[must_use]
    pub fn holding(self, rooms: Vec<Arc<dyn Holds>>) -> Self {
        Self { holds: rooms.into(), ..self }
    }
}

/// Everything under `/contacts`, and `/admin/numbers`.
pub fn routes(panel: Panel) -> Router {
    Router::new()
        .route("/contacts", get(list::show).post(form::add))
        .route("/contacts/new", get(form::new))
        .route("/contacts/export", get(export::show))
        .route("/contacts/duplicates", get(doubles::show))
        .route("/contacts/merges/{id}", delete(doubles::undo))
        .route(
            "/contacts/imports",
            get(imports::show).post(imports::read).layer(DefaultBodyLimit::disable()),
        )
        .route("/contacts/imports/{id}", get(imports::one).delete(imports::drop_it))
        .route("/contacts/imports/{id}/acceptance", post(imports::take_over))
        .route("/contacts/privacy", get(privacy::show))
        .route("/contacts/privacy/export", get(privacy::export))
        .route("/contacts/privacy/erasure", post(privacy::erase))
        .route("/contacts/{id}", get(one::show).post(form::edit))
        .route("/contacts/{id}/edit", get(form::show))
        .route("/contacts/{id}/merges", post(doubles::merge))
        .route("/contacts/{id}/apart", post(doubles::set_apart))
        .route("/admin/numbers", get(numbers::show).post(numbers::change))
        .route("/admin/numbers/trial", post(numbers::try_out))
        .route("/admin/numbers/rereading", post(numbers::read_again))
        .with_state(panel)
}

/// The room's news on `/live`: for those who look through cards.
pub struct ContactNews;

impl ContactNews {
    /// Ready to be handed to [`crate::web::live::routes`].
    pub fn speaker() -> Arc<dyn Fragments> {
        Arc::new(Self)
    }
}

impl Fragments for ContactNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["contact", "number_rules"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reader.roles.has_any(WRITERS)
    }
}

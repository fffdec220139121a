//! The pages of the reports: answering, staffing, analysis, the wall, what is set and what goes out.

mod analysis;
mod answering;
mod asked;
mod behind;
mod choices;
mod clocks;
mod evidence;
mod figures;
mod grounds;
mod links;
mod promise;
mod rows;
mod setup;
mod staffing;
mod tables;
mod trend;
mod wall;
mod wall_keys;
mod words;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post};

use super::pivot::Sources;
use crate::bus::News;
use crate::calls::LiveCalls;
use crate::config::Hotline;
use crate::kernel::Role;
use crate::web::live::Fragments;
use crate::web::{OnDuty, doors};

/// Who may read reports.
const READERS: &[Role] = doors::REPORTS;

/// Who may set targets, alerts, screens and mails.
const SETTERS: &[Role] = doors::REPORT_SETTINGS;

/// What the pages of the reports stand on. Cheap to clone.
#[derive(Clone)]
pub struct Office {
    hotlines: Arc<[Hotline]>,
    live: LiveCalls,
    sources: Sources,
    posts: bool,
}

impl Office {
    /// The reports of these hotlines; who rings is read from `live`.
    pub fn new(hotlines: &[Hotline], live: LiveCalls) -> Self {
        Self { hotlines: hotlines.into(), live, sources: Sources::default(), posts: false }
    }

    /// Whether there is a way for letters, so that scheduled reports go out.
    #[must_use]
    pub fn posting(self, posts: bool) -> Self {
        Self { posts, ..self }
    }
}

/// The room's news on `/live`: for those who may read reports.
struct ReportNews;

impl Fragments for ReportNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["report", "question", "wall"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reader.roles.has_any(READERS)
    }
}

/// What speaks on `/live` for reports.
pub fn news() -> Arc<dyn Fragments> {
    Arc::new(ReportNews)
}

/// `/reports/…` and the evidence of a call, for those who are signed in.
pub fn routes(office: Office) -> Router {
    Router::new()
        .route("/reports", get(answering::home))
        .route("/reports/answering", get(answering::show))
        .route("/reports/staffing", get(staffing::show))
        .route("/reports/analysis", get(analysis::show))
        .route("/reports/analysis/rows", get(behind::show))
        .route("/reports/questions", get(analysis::kept).post(analysis::keep))
        .route("/reports/questions/{id}", delete(analysis::forget))
        .route("/reports/settings", get(setup::show).post(setup::change))
        .route("/reports/mails", post(setup::add_mail))
        .route("/reports/mails/{id}", delete(setup::drop_mail))
        .route("/reports/walls", get(wall_keys::show).post(wall_keys::add))
        .route("/reports/walls/{id}", delete(wall_keys::revoke))
        .route("/calls/{id}/evidence", get(evidence::show))
        .with_state(office)
}

/// The wall: for screens with a key, and for those who are signed in.
pub fn open_routes(office: Office) -> Router {
    Router::new()
        .route("/wall", get(wall::show))
        .route("/wall/live", get(wall::live))
        .route("/wall/{key}", get(wall::exchange))
        .with_state(office)
}

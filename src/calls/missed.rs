//! The ledger of missed calls: every missed call is a debt with an owner and a due time, until there
//! is contact with that number again, in either direction.
//!
//! Several missed calls of one number are one debt. The [`keeper`] reads what happened to calls off
//! the journal, so that nothing is forgotten over a restart and nothing is owed twice; who owes what
//! is a follow-up. A withheld number cannot be called back: it is shown and nobody owes it.
//! (telephony.md §4, 18)

mod acts;
mod admin;
mod callback;
mod keeper;
mod say;
pub mod store;
pub(in crate::calls) mod web;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use chrono_tz::Tz;

use crate::bus::News;
use crate::config::Hotline;
use crate::timers::FallsDue;
use crate::web::OnDuty;
use crate::web::live::Fragments;

pub use callback::CallBack;
pub use store::Rule;
pub use web::View as MissedView;

use super::web::sight::reads;

/// The ledger: what the roof hands to the timers and the pages. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    hotlines: Arc<[Hotline]>,
    zone: Tz,
}

impl Ledger {
    /// The ledger of these hotlines; their hours are local times of `zone`.
    pub fn new(hotlines: &[Hotline], zone: Tz) -> Self {
        Self { hotlines: hotlines.into(), zone }
    }

    /// What keeps the ledger after what happened to calls.
    pub fn falls_due(&self) -> Arc<dyn FallsDue> {
        Arc::new(keeper::Keeper::new(self.clone()))
    }

    /// What speaks on `/live` for the ledger.
    pub fn fragments() -> Arc<dyn Fragments> {
        Arc::new(LedgerNews)
    }
}

/// Speaks for the ledger on the live stream: to whoever reads calls.
struct LedgerNews;

impl Fragments for LedgerNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["missed_call"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reads(reader)
    }
}

/// `/calls/missed` and everything under it, and how missed calls are owed.
pub fn routes(ledger: Ledger) -> Router {
    Router::new()
        .route("/calls/missed", get(web::show))
        .route("/calls/missed/{id}/claim", post(acts::claim).delete(acts::give_back))
        .route("/calls/missed/{id}/attempts", post(acts::attempt))
        .route("/calls/missed/{id}/closure", post(acts::close))
        .route("/admin/missed-calls", get(admin::show).post(admin::set))
        .with_state(ledger)
}

//! The pages of faults: the board, one ticket, work orders, the engineer's telephone, the summary.

mod acts;
mod answer;
mod board;
mod changed;
mod conflict;
mod filled;
mod hand;
mod helps;
mod hidden;
mod intake;
mod jobs;
mod known;
mod meant;
mod missing;
mod names;
mod one;
mod orders;
mod paper;
mod pictures;
mod places;
mod report;
mod road;
pub(crate) mod say;
mod sending;
mod steps;
mod tables;
mod undo;
mod views;
mod written;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};

use super::desk::{Desk, Trouble};
use crate::bus::News;
use crate::kernel::Role;
use crate::web::live::Fragments;
use crate::web::{OnDuty, Problem, doors};
use crate::words::Messages;

pub use helps::CallsForHelp;
pub use known::KnowsFaults;
pub use names::names;
pub use say::state_by_name;

/// Who sees the board.
const READERS: &[Role] = doors::CALLS;
/// Who may open a work order: the desk, and engineers their own.
const ROAD: &[Role] =
    &[Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin, Role::Engineer];
/// Who writes tickets and sends engineers.
const WRITERS: &[Role] = &[Role::Operator, Role::Supervisor, Role::Head, Role::Admin];
/// Who sets what is promised.
const KEEPERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Admin];

/// Faults and work orders have forms that two may have open at once.
pub const EDITED: &[crate::editing::Kind] = &[
    crate::editing::Kind { room: "faults", writers: WRITERS, readers: READERS },
    crate::editing::Kind { room: "work-orders", writers: WRITERS, readers: READERS },
];

/// What the pages stand on. Cheap to clone.
#[derive(Clone)]
pub struct Panel {
    desk: Desk,
}

impl Panel {
    /// The pages over this desk.
    pub fn new(desk: &Desk) -> Self {
        Self { desk: desk.clone() }
    }
}

/// `/faults`, `/work-orders`, `/my/jobs`, `/sites`, `/reports/faults`.
pub fn routes(panel: Panel) -> Router {
    Router::new()
        .route("/faults", get(board::show).post(intake::open))
        .route("/faults/new", get(intake::form))
        .route("/faults/acts/latest", axum::routing::delete(undo::undo_latest))
        .route("/faults/acts/{id}", axum::routing::delete(undo::undo))
        .route("/faults/{no}", get(one::show).post(intake::edit))
        .route("/faults/{no}/acceptance", post(steps::accept))
        .route("/faults/{no}/solution", post(steps::solve))
        .route("/faults/{no}/waiting", post(steps::wait).delete(steps::go_on))
        .route("/faults/{no}/closing", post(steps::close))
        .route("/faults/{no}/reopening", post(steps::reopen))
        .route("/faults/{no}/duplicate", post(steps::duplicate))
        .route("/faults/{no}/cancellation", post(steps::cancel))
        .route("/faults/{no}/notes", post(steps::note))
        .route("/faults/{no}/helping", post(helps::take_up))
        .route("/faults/{no}/consultations", post(steps::consult))
        .route("/faults/{no}/work-orders", post(sending::draft))
        .route("/work-orders", get(orders::list))
        .route("/work-orders/{no}", get(orders::show).post(sending::replan))
        .route("/work-orders/{no}/print", get(paper::print).post(paper::printed))
        .route("/work-orders/{no}/issue", post(sending::issue))
        .route("/work-orders/{no}/acts/{verb}", post(acts::act))
        .route("/work-orders/{no}/pictures", post(pictures::add_picture))
        .route("/work-orders/{no}/pictures/{id}", get(pictures::picture).delete(pictures::withdraw))
        .route("/work-orders/{no}/dial", get(pictures::dial))
        .route("/work-orders/{no}/crew/{mate}/dial", get(pictures::dial_mate))
        .route("/my/jobs", get(jobs::show))
        .route("/my/jobs/acts", post(road::act))
        .route("/my/heartbeat", post(jobs::beat))
        .route("/sites", get(places::show).post(places::put_site))
        .route("/sites/contracts", post(places::put_contract))
        .route("/sites/assets", post(places::put_asset))
        .route("/sites/goals", post(places::put_goals))
        .route("/sites/engineers/{id}", post(places::put_engineer))
        .route("/reports/faults", get(report::show).post(report::submit))
        .route("/reports/faults/reading", post(report::read))
        .route("/reports/faults/table.csv", get(report::csv))
        .route("/reports/faults/table.xlsx", get(report::xlsx))
        .with_state(panel)
}

/// The answer links: for whoever holds the key, signed in or not.
pub fn open_routes(panel: Panel) -> Router {
    Router::new().route("/w/{key}", get(answer::show).post(answer::answer)).with_state(panel)
}

/// The room's news on `/live`: for the desk, and of orders for engineers.
pub struct TicketNews;

impl Fragments for TicketNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["fault", "work_order", "fault_report"]
    }

    fn may_see(&self, reader: &OnDuty, news: &News) -> bool {
        reader.roles.has_any(READERS)
            || (news.kind == "work_order" && reader.roles.has(Role::Engineer))
    }
}

impl TicketNews {
    /// Ready to be handed to [`crate::web::live::routes`].
    pub fn speaker() -> Arc<dyn Fragments> {
        Arc::new(Self)
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Ticket(why, _) => {
                let problem = conflict_or_rule(
                    matches!(why, super::ticket::Refusal::NoSuchMove(_)),
                    move |l| say::refusal(l, why),
                );
                match say::field(why) {
                    Some(field) => problem.field(field, move |l| say::refusal(l, why)),
                    None => problem,
                }
            }
            Trouble::Order(why, _) => {
                conflict_or_rule(matches!(why, super::order::Refusal::NoSuchMove(_)), move |l| {
                    say::order_refusal(l, why)
                })
            }
            Trouble::Nobody(why) => {
                let said = move |l: &Messages| say::order_refusal(l, why);
                Self::rules().field("lead", said)
            }
            Trouble::Stale => Self::stale(&serde_json::json!({})),
            Trouble::Changed => undo_refused("changed", |l| l.tickets_undo_changed().to_string()),
            Trouble::TooLate => undo_refused("too_late", |l| l.tickets_undo_too_late().to_string()),
            Trouble::Gone => Self::not_found(),
            Trouble::NotYours => Self::forbidden(),
            Trouble::Store(error) => error.into(),
        }
    }
}

fn undo_refused(name: &'static str, said: fn(&Messages) -> String) -> Problem {
    let title = |l: &Messages| l.tickets_too_late_title().to_string();
    Problem::new(StatusCode::CONFLICT, name, title, said)
}

/// What came too late is a conflict; what is incomplete is against the rules.
fn conflict_or_rule(
    late: bool,
    said: impl Fn(&Messages) -> String + Send + Sync + 'static,
) -> Problem {
    if late {
        let title = |l: &Messages| l.tickets_too_late_title().to_string();
        Problem::new(StatusCode::CONFLICT, "no_such_move", title, said)
    } else {
        Problem::rule(said)
    }
}

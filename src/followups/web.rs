//! Follow-ups on screens: the page of what is owed, one follow-up, and the acts of one key.

mod acts;
mod list;
mod one;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use futures_util::future::BoxFuture;

use super::due::{Due, OnCall};
use super::followup::{FollowUp, Refusal};
use super::store;
use super::store::Listed;
use crate::bus::News;
use crate::db::{self, Db, Tx};
use crate::kernel::{BusinessDay, FollowUpId, Role};
use crate::timers::FallsDue;
use crate::web::live::Fragments;
use crate::web::{
    At, Filter, KnowsSubjects, Named, OnDuty, Problem, Reader, Subjects, Want, id_in,
};

pub use view::{Person, View};

pub use view::what;

/// Who sees what others owe, and may give others something to do.
const DESK: &[Role] = &[Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin];
/// Who may act for everybody.
const LEADERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Manager, Role::Admin];

/// The room: what the roof hands to the timers, the streams and the pages. Cheap to clone.
#[derive(Clone)]
pub struct Room {
    due: Arc<Due>,
    subjects: Subjects,
}

impl Room {
    /// The room. `on_call` knows who is on call.
    pub fn new(subjects: Subjects, on_call: Option<Arc<dyn OnCall>>, day: &BusinessDay) -> Self {
        Self { due: Arc::new(Due { on_call, zone: day.zone }), subjects }
    }

    /// What falls due of follow-ups.
    pub fn falls_due(&self) -> Arc<dyn FallsDue> {
        Arc::new(Arc::clone(&self.due))
    }

    /// What speaks on `/live` for follow-ups.
    pub fn fragments() -> Arc<dyn Fragments> {
        Arc::new(FollowUpNews)
    }

    /// What follow-ups are called.
    pub fn names() -> Arc<dyn KnowsSubjects> {
        Arc::new(Names)
    }
}

/// Speaks for follow-ups on the live stream: whoever may owe something hears that something changed.
struct FollowUpNews;

impl Fragments for FollowUpNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["follow_up"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        // the news carries a number; what it is about is read with the reader's own rights
        reader.roles.is_a_person()
    }
}

/// Names follow-ups for the journal and for notices about them.
struct Names;

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["follow-ups"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        subjects: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<std::collections::BTreeMap<String, Named>>> {
        Box::pin(async move {
            let mut named = std::collections::BTreeMap::new();
            for subject in subjects {
                let Some(id) = id_in::<FollowUpId>(subject, "follow-ups") else { continue };
                match store::follow_up(&want.kit.db, id).await {
                    Ok(one) if sees(reader, &one.follow_up) => {
                        let text = what(&want.messages(), &one.follow_up);
                        let text = reader.closed.text(&text);
                        // an approval is granted or refused on its own page
                        let href = match one.follow_up.kind.as_str() {
                            "approval" => "/bookings/approvals".to_owned(),
                            _ => format!("/follow-ups/{id}"),
                        };
                        named.insert((*subject).to_owned(), Named { text, href: Some(href) });
                    }
                    Ok(_) | Err(db::Error::NotFound) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(named)
        })
    }
}

/// `/follow-ups` and everything under it.
pub fn routes(room: Room) -> Router {
    Router::new()
        .route("/follow-ups", get(show_all).post(list::open))
        .route("/follow-ups/{id}", get(show_one))
        .route("/follow-ups/{id}/taking", post(acts::take).delete(acts::give_back))
        .route("/follow-ups/{id}/completion", post(acts::complete))
        .route("/follow-ups/{id}/dismissal", post(acts::dismiss))
        .route("/follow-ups/{id}/snooze", post(acts::snooze))
        .route("/follow-ups/{id}/refusal", post(acts::refuse))
        .route("/follow-ups/{id}/attempts", post(acts::attempt))
        .route("/follow-ups/{id}/assignment", post(acts::assign))
        .route("/follow-ups/{id}/concerned", post(acts::name_concerned))
        .with_state(room)
}

async fn show_all(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<list::Asked>,
) -> Result<Response, Problem> {
    want.page(&list::list(&room.subjects, &want, &reader, asked, list::Form::default()).await?)
}

async fn show_one(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    At(id): At<FollowUpId>,
) -> Result<Response, Problem> {
    let listed = seen(&want.kit.db, &reader, id).await?;
    want.page(&one::one(&room.subjects, &want, &reader, listed).await?)
}

/// Whether the reader owes it.
fn owes(reader: &OnDuty, one: &FollowUp) -> bool {
    let has = |role: Option<Role>| role.is_some_and(|role| reader.roles.has(role));
    let is = |staff| staff == reader.staff() && reader.staff().is_some();
    // nobody owes the answer to a complaint about themselves
    if one.is_about(reader.staff()) {
        return false;
    }
    is(one.staff)
        || is(one.escalated_staff)
        || (one.staff.is_none() && has(one.role))
        || has(one.escalated_role)
}

/// Whether the reader may know of it.
fn sees(reader: &OnDuty, one: &FollowUp) -> bool {
    let gave = reader.staff().is_some() && one.opened_by == reader.staff();
    reader.roles.has_any(DESK) || gave || owes(reader, one)
}

/// Whether the reader stands in for the person who owes it.
fn instead(reader: &OnDuty, listed: &Listed) -> bool {
    listed.stand_in.is_some() && listed.stand_in == reader.staff()
}

/// Whether the reader may act on it.
fn acts(reader: &OnDuty, listed: &Listed) -> bool {
    let one = &listed.follow_up;
    let gave = reader.staff().is_some() && one.opened_by == reader.staff();
    if one.is_about(reader.staff()) {
        return false;
    }
    reader.roles.has_any(LEADERS)
        || gave
        || owes(reader, one)
        || instead(reader, listed)
        // a colleague of the same role may take over what one of them has taken
        || one.role.is_some_and(|role| reader.roles.has(role))
}

async fn seen(db: &Db, reader: &OnDuty, id: FollowUpId) -> Result<Listed, Problem> {
    let listed = store::follow_up(db, id).await?;
    let may = sees(reader, &listed.follow_up) || instead(reader, &listed);
    if may { Ok(listed) } else { Err(Problem::forbidden()) }
}

/// A change of one follow-up by its own rules.
type Rule = dyn Fn(&mut FollowUp) -> Result<(), Refusal> + Send + Sync;

/// Makes a change of one follow-up and records it.
async fn change(
    tx: &mut Tx,
    id: FollowUpId,
    version: Option<i64>,
    word: &'static str,
    rule: &Rule,
) -> db::Result<Result<FollowUp, Refusal>> {
    let mut one = store::change(tx, id, version).await?;
    if let Err(refusal) = rule(&mut one) {
        return Ok(Err(refusal));
    }
    let owner = serde_json::json!({ "state": one.state, "staff": one.staff, "role": one.role });
    store::save(tx, &mut one, word, Some(owner)).await?;
    Ok(Ok(one))
}

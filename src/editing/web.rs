//! `/editing`: a browser says that its reader is at work in a record's form, and that they have left it.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use serde::Deserialize;

use super::store;
use crate::bus::News;
use crate::kernel::{Role, StaffId};
use crate::web::live::Fragments;
use crate::web::{Input, OnDuty, Problem, Reader, Want};

/// Records with a form that two may have open at once.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// The first part of their address: `faults`.
    pub room: &'static str,
    /// Who changes them.
    pub writers: &'static [Role],
    /// Who may know that somebody does.
    pub readers: &'static [Role],
}

/// The records of all rooms that have such forms. Cheap to clone.
#[derive(Clone)]
pub struct Room(Arc<[Kind]>);

impl Room {
    /// Collects them.
    pub fn new(kinds: Vec<Kind>) -> Self {
        Self(kinds.into())
    }

    fn of(&self, about: &str) -> Option<&Kind> {
        let (room, no) = about.split_once('/')?;
        let plain = !no.is_empty() && no.len() <= 40 && !no.contains('/');
        self.0.iter().find(|kind| plain && kind.room == room)
    }
}

/// `/editing`.
pub fn routes(room: Room) -> Router {
    Router::new().route("/editing", post(begin).delete(end)).with_state(room)
}

/// The room's news on `/live`: who may read the record hears that somebody is at work on it.
pub struct EditingNews(pub Room);

impl Fragments for EditingNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["editing"]
    }

    fn may_see(&self, reader: &OnDuty, news: &News) -> bool {
        self.0.of(&news.subject).is_some_and(|kind| reader.roles.has_any(kind.readers))
    }
}

/// Which record.
#[derive(Debug, Deserialize)]
struct About {
    about: String,
}

/// Who speaks, where they may change such a record.
fn writer(room: &Room, reader: &Reader, about: &str) -> Result<StaffId, Problem> {
    let all: Vec<Role> = room.0.iter().flat_map(|kind| kind.writers).copied().collect();
    reader.may(&all)?;
    let kind = room.of(about).ok_or_else(Problem::not_found)?;
    reader.may(kind.writers)?;
    reader.staff().ok_or_else(Problem::forbidden)
}

async fn begin(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    Input(About { about }): Input<About>,
) -> Result<Response, Problem> {
    let who = writer(&room, &reader, &about)?;
    let record = about.clone();
    let seen = want.kit.db.write(want.stamp(), move |tx| {
        let record = record.clone();
        Box::pin(async move { store::seen_in(tx, &record, who).await })
    });
    seen.await?;
    let editors = store::others(&want.kit.db, &about, Some(who)).await?;
    want.json_with(StatusCode::OK, &serde_json::json!({ "editors": editors }))
}

async fn end(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    Input(About { about }): Input<About>,
) -> Result<Response, Problem> {
    let who = writer(&room, &reader, &about)?;
    let left = want.kit.db.write(want.stamp(), move |tx| {
        let about = about.clone();
        Box::pin(async move { store::leave_in(tx, &about, who).await })
    });
    left.await?;
    want.json_with(StatusCode::OK, &serde_json::json!({ "editors": [] }))
}

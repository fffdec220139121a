//! The rooms on screens: the list, the fact sheet of one, setting the house up, a room's calendar.

mod list;
mod setup;
mod sheet;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use futures_util::future::BoxFuture;
use serde::Deserialize;

use super::{Event, calendar, store};
use crate::bus::News;
use crate::db::{self, Db};
use crate::kernel::{Moment, Role, RoomId};
use crate::web::live::Fragments;
use crate::web::{At, Filter, OnDuty, Problem, Want, doors};

/// Who may see rooms.
pub(crate) const READERS: &[Role] = doors::ROOMS;

/// Who may set the house up.
pub(crate) const KEEPERS: &[Role] = &[Role::Supervisor, Role::Manager, Role::Admin];

/// What is booked in a room, for its calendar, and where guests sit; told by the bookings upstairs.
pub trait FeedEvents: Send + Sync + 'static {
    /// The bookings of a room between two moments, those called off included.
    fn events<'a>(
        &'a self,
        db: &'a Db,
        room: RoomId,
        from: Moment,
        to: Moment,
    ) -> BoxFuture<'a, db::Result<Vec<Event>>>;

    /// The rooms in which guests sit now.
    fn in_use<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Vec<RoomId>>>;
}

/// What the pages of rooms stand on. Cheap to clone.
#[derive(Clone)]
pub struct Panel(Arc<dyn FeedEvents>);

impl Panel {
    /// The pages of rooms; `events` fills their calendars and says where guests sit.
    pub fn new(events: Arc<dyn FeedEvents>) -> Self {
        Self(events)
    }

    /// The rooms in which guests sit now.
    async fn in_use(&self, db: &Db) -> db::Result<Vec<RoomId>> {
        self.0.in_use(db).await
    }
}

/// `/rooms`, one room, and setting the house up.
pub fn routes(panel: Panel) -> Router {
    Router::new()
        .route("/rooms", get(list::show))
        .route("/rooms/{id}", get(sheet::show))
        .route("/admin/rooms", get(setup::show).post(setup::add_room))
        .route("/admin/rooms/{id}", get(setup::show_room).post(setup::edit_room))
        .route("/admin/rooms/{id}/retirement", post(setup::retire))
        .route("/admin/areas", post(setup::put_area))
        .route("/admin/room-classes", post(setup::put_class))
        .route("/admin/periods", post(setup::put_period))
        .route("/admin/room-links", post(setup::link).delete(setup::unlink))
        .route("/admin/room-prices", post(setup::add_price))
        .route("/admin/room-prices/{id}", axum::routing::delete(setup::drop_price))
        .with_state(panel)
}

/// The calendars: opened by their key, without signing in.
pub fn open_routes(panel: Panel) -> Router {
    Router::new().route("/rooms/{id}/calendar.ics", get(feed)).with_state(panel)
}

/// News of rooms, for those who may see them.
pub struct RoomNews;

impl Fragments for RoomNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["room"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reader.roles.has_any(READERS)
    }
}

#[derive(Deserialize)]
struct Key {
    #[serde(default)]
    key: String,
}

/// A calendar reaches so far back and ahead, in milliseconds.
const BACK_MS: i64 = 7 * 24 * 3_600_000;
const AHEAD_MS: i64 = 365 * 24 * 3_600_000;

async fn feed(
    State(panel): State<Panel>,
    want: Want,
    At(id): At<RoomId>,
    Filter(Key { key }): Filter<Key>,
) -> Result<Response, Problem> {
    let db = &want.kit.db;
    if store::by_feed(db, &key).await? != Some(id) {
        return Err(Problem::not_found());
    }
    let house = store::house(db).await?;
    let room = house.room(id).ok_or_else(Problem::not_found)?;
    let (from, to) = (want.now.plus_millis(-BACK_MS), want.now.plus_millis(AHEAD_MS));
    let events = panel.0.events(db, id, from, to).await?;
    let name = format!("{} · {}", room.full_name(), want.kit.site_name);
    let kind = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    Ok((kind, calendar(&name, want.kit.day.zone, &events)).into_response())
}

//! Bookings on screens: the board, the list, one booking and everything that is done to it, the
//! waitlist, banquets, viewings, and the greeter's page.

mod act;
mod again;
mod banquets;
mod floor;
mod list;
mod names;
mod new;
mod one;
mod release;
mod repacking;
mod rooms;
mod rules;
mod say;
mod series;
mod suggest;
mod view;
mod waiting;

use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::board::Boards;
use super::store;
use crate::bus::News;
use crate::db::{self, Db};
use crate::kernel::{Moment, Role, RoomId};
use crate::rooms::{Event, FeedEvents};
use crate::shifts::{Silent, Tells};
use crate::web::live::Fragments;
use crate::web::{OnDuty, doors};

pub(crate) use banquets::BanquetView;
pub(super) use floor::face_said;
pub use names::names;
pub(super) use say::{called as called_said, kind as kind_said, state as state_said};
pub use say::{source_by_name, state_by_name};
pub(crate) use view::BookingView;
pub(super) use view::{Sight, people};
pub(crate) use waiting::EntryView;

/// Who may see bookings.
pub(super) const READERS: &[Role] = doors::ROOMS;

/// Who may write them.
pub(super) const WRITERS: &[Role] = doors::BOOKERS;

/// Bookings have a form that two may have open at once.
pub const EDITED: &[crate::editing::Kind] =
    &[crate::editing::Kind { room: "bookings", writers: WRITERS, readers: READERS }];

/// Who may say what happens on the floor.
pub(super) const FLOOR: &[Role] = &[Role::Operator, Role::Supervisor, Role::Manager, Role::Greeter];

/// Who asks for approval, and who is asked.
pub(super) const DECIDING: &[Role] = &[Role::Operator, Role::Supervisor, Role::Manager, Role::Head];

/// Who may approve, and sets how bookings are taken.
pub(super) const APPROVERS: &[Role] = doors::BOOKING_RULES;

/// What the pages stand on. Cheap to clone.
#[derive(Clone)]
pub struct Panel {
    boards: Boards,
    tells: Arc<dyn Tells>,
}

/// Everything under `/bookings`, `/waitlist`, `/banquets`, `/viewings`, the board and `/my/floor`.
pub fn routes(panel: Panel) -> Router {
    Router::new()
        .route("/rooms/board", get(super::board::show))
        .route("/rooms/{id}/readiness", post(rooms::ready))
        .route("/rooms/{id}/closure", post(rooms::close).delete(rooms::reopen))
        .route("/bookings", get(list::show).post(new::create))
        .route("/bookings/new", get(new::show))
        .route("/bookings/draft", get(new::draft))
        .route("/bookings/suggestions", get(suggest::show))
        .route("/bookings/repacking", post(repacking::carry_out))
        .route("/bookings/holds", post(new::hold))
        .route("/bookings/holds/{id}", post(new::renew).delete(new::give_back))
        .route("/bookings/acts/latest", axum::routing::delete(act::undo_latest))
        .route("/bookings/acts/{id}", axum::routing::delete(act::undo))
        .route("/bookings/approvals", get(act::approvals))
        .route("/bookings/approvals/{id}", post(act::grant).delete(act::refuse))
        .route("/bookings/{no}", get(one::show).post(act::edit))
        .route("/bookings/{no}/arrival", post(act::arrive).delete(act::undo_arrival))
        .route("/bookings/{no}/seat", post(act::seat).delete(act::undo_seat))
        .route("/bookings/{no}/departure", post(act::depart).delete(act::undo_departure))
        .route("/bookings/{no}/cancellation", post(act::cancel).delete(act::reinstate))
        .route("/bookings/{no}/no-show", post(act::no_show).delete(act::reinstate))
        .route("/bookings/{no}/left-unseated", post(act::leave_unseated).delete(act::undo_left))
        .route("/bookings/{no}/eta", post(act::eta))
        .route("/bookings/{no}/chase", post(act::chase))
        .route("/bookings/{no}/change", post(act::change))
        .route("/bookings/{no}/addition", post(act::add))
        .route("/bookings/{no}/combination", post(act::combine))
        .route("/bookings/{no}/join", post(act::join))
        .route("/bookings/{no}/split", post(act::split))
        .route("/bookings/{no}/swap", post(act::swap))
        .route("/bookings/{no}/extension", post(act::extend))
        .route("/bookings/{no}/readback", post(act::read_back))
        .route("/bookings/{no}/attribution", post(act::attribute))
        .route("/bookings/{no}/preview", get(suggest::preview))
        .route("/bookings/{no}/series", get(series::show).post(series::change))
        .route("/bookings/{no}/series/cancellation", post(series::cancel))
        .route("/bookings/release", post(release::release))
        .route("/waitlist", get(waiting::show).post(waiting::add))
        .route("/waitlist/{id}", axum::routing::delete(waiting::leave))
        .route("/waitlist/{id}/reply", post(waiting::reply))
        .route("/banquets", get(banquets::show).post(banquets::add))
        .route("/banquets/{id}", get(banquets::one).post(banquets::step))
        .route("/viewings", post(rooms::view))
        .route("/viewings/{id}/end", post(rooms::view_over))
        .route("/my/floor", get(floor::show))
        .route("/my/floor/areas", post(floor::choose))
        .route("/my/floor/{room}/{act}", post(floor::act))
        .route("/admin/booking-rules", get(rules::show).post(rules::put))
        .with_state(panel)
}

/// News of bookings, for those who may see them.
pub struct BookingNews;

impl Fragments for BookingNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["booking"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reader.roles.has_any(READERS)
    }
}

/// What is booked in a room, for its calendar, and where guests sit.
pub struct Feeds;

impl FeedEvents for Feeds {
    fn in_use<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, db::Result<Vec<RoomId>>> {
        Box::pin(store::in_use(db))
    }

    fn events<'a>(
        &'a self,
        db: &'a Db,
        room: RoomId,
        from: Moment,
        to: Moment,
    ) -> BoxFuture<'a, db::Result<Vec<Event>>> {
        Box::pin(async move {
            let bookings = store::of_room(db, room, from, to).await?;
            let ids: Vec<_> = bookings.iter().map(|one| one.id).collect();
            let segments = store::segments_of(db, &ids).await?;
            let mut events = Vec::new();
            for booking in &bookings {
                let here = segments.iter().filter(|one| {
                    one.booking_id == booking.id
                        && one.room_id == room
                        && one.ended_reason.as_deref() != Some("undone")
                });
                for segment in here {
                    let off = matches!(segment.ended_reason.as_deref(), Some(why) if why != "departed" && why != "moved");
                    events.push(Event {
                        uid: format!("{}-{}@switchboard", booking.no, segment.id),
                        sequence: booking.version,
                        summary: format!("{} · {}", booking.no, booking.party),
                        from: segment.from_at,
                        to: segment.to_at.max(segment.from_at.plus_millis(60_000)),
                        cancelled: off,
                        changed_at: booking.changed_at.unwrap_or(booking.created_at),
                    });
                }
            }
            Ok(events)
        })
    }
}

impl Default for Panel {
    fn default() -> Self {
        Self::new()
    }
}

impl Panel {
    /// The pages with an empty cupboard of drawn boards; nobody is told of who leaves a desk.
    pub fn new() -> Self {
        Self { boards: Boards::default(), tells: Arc::new(Silent) }
    }

    /// The same with somebody who is told when an operator leaves the desk to show a room.
    #[must_use]
    pub fn telling(self, tells: Arc<dyn Tells>) -> Self {
        Self { tells, ..self }
    }

    pub(super) fn tells(&self) -> Arc<dyn Tells> {
        Arc::clone(&self.tells)
    }

    pub(super) fn boards(&self) -> &Boards {
        &self.boards
    }
}

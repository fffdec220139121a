//! `/bookings`: who comes on a day, by time; for the keyboard, the door and the close of the day.

use askama::Template;
use axum::response::Response;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::super::booking::State;
use super::super::store;
use super::view::{BookingView, views};
use super::{READERS, WRITERS};
use crate::contacts;
use crate::kernel::{Phone, digits, folded};
use crate::web::{Filter, Frame, Place, Problem, Reader, Want, maybe_text};

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_text")]
    date: Option<String>,
    /// A state, `late`, or `releasable`.
    #[serde(default, deserialize_with = "maybe_text")]
    state: Option<String>,
    /// A name or its first sounds, a room, a number or its end.
    #[serde(default, deserialize_with = "maybe_text")]
    q: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    phone: Option<String>,
}

#[derive(Template, Serialize)]
#[template(path = "bookings/list.html")]
struct ListPage {
    #[serde(skip)]
    frame: Frame,
    date: NaiveDate,
    items: Vec<BookingView>,
    next: Option<String>,
    /// Bookings, guests.
    guests: i64,
    #[serde(skip)]
    before: NaiveDate,
    #[serde(skip)]
    after: NaiveDate,
    #[serde(skip)]
    day: String,
    #[serde(skip)]
    state: String,
    #[serde(skip)]
    q: String,
    #[serde(skip)]
    choices: Vec<(&'static str, String)>,
    #[serde(skip)]
    writer: bool,
}

pub(super) async fn show(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let (db, l) = (&want.kit.db, want.messages());
    let house = crate::rooms::store::house(db).await?;
    let date = match asked.date.as_deref() {
        Some(text) => text.parse().map_err(|_| Problem::syntax())?,
        None => want.kit.day.date(want.now),
    };
    let bookings = match asked.phone.as_deref().and_then(Phone::read) {
        // nobody is found by a number they may not know
        Some(phone) if reader.closed.hides(phone.as_str()) => Vec::new(),
        Some(phone) => store::of_phone(db, phone.as_str(), 50).await?,
        None => store::of_day(db, date).await?,
    };
    let rules = super::new::rules(&want).await?;
    let mut items = Vec::new();
    for (booking, view) in
        bookings.iter().zip(views(&want, &reader, &house, bookings.clone()).await?)
    {
        let phone = booking.phone.as_deref().filter(|phone| !reader.closed.hides(phone));
        let found = asked.q.as_deref().is_none_or(|q| is_about(&view, phone, q));
        let stands = match asked.state.as_deref() {
            None => true,
            Some("late") => view.late,
            Some("releasable") => rules.releases(&want.kit.day, booking, want.now),
            Some(state) => booking.state.name() == state,
        };
        if found && stands {
            items.push(view);
        }
    }
    let mut choices: Vec<(&'static str, String)> =
        State::ALL.iter().map(|state| (state.name(), super::say::state(&l, *state))).collect();
    choices.push(("late", l.bookings_late().to_string()));
    choices.push(("releasable", l.bookings_releasable().to_string()));
    want.page(&ListPage {
        frame: want.frame(Place::Bookings),
        guests: items.iter().map(|one| one.party).sum(),
        items,
        next: None,
        before: date.pred_opt().unwrap_or(date),
        after: date.succ_opt().unwrap_or(date),
        day: want.spelling().day_from(date, want.now),
        date,
        state: asked.state.unwrap_or_default(),
        q: asked.q.unwrap_or_default(),
        choices,
        writer: reader.roles.has_any(WRITERS),
    })
}

/// A part of the name as it is written or as it sounds, the room, the end of the telephone's or of the
/// booking's number: every number of the year begins alike, so that its begin says nothing.
fn is_about(view: &BookingView, phone: Option<&str>, q: &str) -> bool {
    let (q, digits) = (folded(q), digits(q));
    let ends = digits.len() >= 3 && phone.is_some_and(|phone| phone.ends_with(&digits));
    ends || folded(&view.name).contains(&q)
        || contacts::is_found(&view.name, &q)
        || folded(&view.no).ends_with(&q)
        || view.rooms.iter().any(|place| folded(&place.room) == q)
}

//! What the desk has to know of the guests to come: who is late, who is about to come, who waits for a
//! room; on the console's dock.

use futures_util::future::BoxFuture;

use super::super::booking::{Booking, Segment};
use super::super::rules::Rules;
use super::super::store;
use super::super::web::{READERS, Sight, called_said};
use super::rail::{Arrival, arrival};
use crate::calls::{Agenda, AgendaItem, HasAgenda, Link, Tag, preparation};
use crate::db;
use crate::rooms::{self, House};
use crate::web::{OnDuty, Want};

/// Guests to come, for the console.
pub struct Coming;

/// So many guests stand under the heading.
const SHOWN: usize = 5;
/// Guests are expected who come within so long, in milliseconds.
const AHEAD_MS: i64 = 2 * 60 * 60 * 1000;

impl HasAgenda for Coming {
    fn agenda<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
    ) -> BoxFuture<'a, db::Result<Option<Agenda>>> {
        Box::pin(async move {
            if reader.roles.has_any(READERS) { agenda(want, reader).await } else { Ok(None) }
        })
    }
}

async fn agenda(want: &Want, reader: &OnDuty) -> db::Result<Option<Agenda>> {
    let db = &want.kit.db;
    let (today, until) = (want.kit.day.date(want.now), want.now.plus_millis(AHEAD_MS));
    let mut coming = store::expected(db, today, until).await?;
    if coming.is_empty() {
        return Ok(None);
    }
    let ids: Vec<_> = coming.iter().map(|one| one.id).collect();
    let segments = store::segments_of(db, &ids).await?;
    let house = rooms::store::house(db).await?;
    let kept = rooms::store::setup::rules(db).await?;
    let rules = kept.map_or_else(Rules::default, |(_, text)| Rules::read(&text));
    let sight = Sight::of(reader);
    for booking in &mut coming {
        sight.clear(booking);
    }
    let l = want.messages();
    let item = |booking: &Booking| {
        let (rooms, ready) = taken(&house, &segments, booking);
        let come = arrival(want, booking, (rooms.clone(), ready), &rules, &sight);
        item(want, reader, booking, &rooms, come)
    };
    Ok(Some(Agenda {
        kind: "bookings",
        title: l.bookings_agenda().to_string(),
        count: coming.len(),
        all: Some(Link { href: "/rooms/board".to_owned(), label: l.bookings_board().to_string() }),
        items: coming.iter().take(SHOWN).map(item).collect(),
    }))
}

/// The rooms a booking has, and whether all of them are ready.
fn taken(house: &House, segments: &[Segment], booking: &Booking) -> (String, bool) {
    let own = segments.iter().filter(|one| one.booking_id == booking.id && one.is_live());
    let own: Vec<_> = own.map(|one| one.room_id).collect();
    let ready = own.iter().all(|id| house.room(*id).is_none_or(|room| room.readiness.is_ready()));
    (house.names(&own), ready)
}

fn item(
    want: &Want,
    reader: &OnDuty,
    booking: &Booking,
    rooms: &str,
    come: Option<Arrival>,
) -> AgendaItem {
    let (l, spelling) = (want.messages(), want.spelling());
    let late = come.as_ref().is_some_and(|come| come.look == "late");
    let tint = match come.as_ref().map(|come| come.look) {
        Some("late") => "t3",
        Some("not_ready") => "t2",
        Some("arrived") => "t1",
        _ => "ti",
    };
    let tag = match &come {
        Some(_) if late => l.bookings_face_late().to_string(),
        Some(come) => come.tag.clone(),
        None => l.bookings_face_booked().to_string(),
    };
    let said = come.map_or_else(|| booking.wishes.clone(), |come| come.said);
    let parts = [spelling.minute(booking.starts_at), said];
    let aside: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let purpose = if late { l.bookings_chase() } else { l.calls_purpose_booking() };
    let sight = Sight::of(reader);
    let number = booking.phone.as_deref().filter(|number| sight.tells(number));
    let calls = reader.makes_calls() && reader.in_browser();
    let about = format!("bookings/{}", booking.no);
    AgendaItem {
        href: format!("/bookings/{}", booking.no),
        text: format!("{} {rooms}", called_said(&l, booking)).trim().to_owned(),
        aside: aside.join(&l.layout_dot().to_string()),
        overdue: late,
        tag: Some(Tag { text: tag, tint }),
        call: number
            .filter(|_| calls)
            .map(|number| preparation(Some(number), &purpose.to_string(), &about)),
        ..AgendaItem::default()
    }
}

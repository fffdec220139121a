//! What bookings know of a caller: what is coming, what was last, and whether they failed to come.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;

use super::booking::{Booking, State};
use super::store;
use super::web::{READERS, Sight, called_said, state_said};
use crate::calls::{
    Beside, Call, CallerKey, Kind, KnowsCall, KnowsCaller, Link, Links, Section, SectionLine, Tag,
    Way, Whom,
};
use crate::db::{self, Db};
use crate::kernel::CallId;
use crate::web::{OnDuty, Want};

/// Coming and past bookings on the card of a call.
pub struct Known;

/// So many lines stand under the heading.
const LINES: usize = 3;

impl KnowsCaller for Known {
    fn about<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        caller: &'a CallerKey,
    ) -> BoxFuture<'a, db::Result<Vec<Section>>> {
        Box::pin(async move {
            if !reader.roles.has_any(READERS) {
                return Ok(Vec::new());
            }
            let mut bookings: Vec<Booking> = Vec::new();
            for number in caller.numbers.iter().take(5) {
                bookings.extend(store::of_phone(&want.kit.db, number, 20).await?);
            }
            if bookings.is_empty() {
                return Ok(Vec::new());
            }
            let sight = Sight::of(reader);
            for booking in &mut bookings {
                sight.clear(booking);
            }
            section(want, bookings).await.map(|section| vec![section])
        })
    }

    fn whom<'a>(&'a self, db: &'a Db, subject: &'a str) -> BoxFuture<'a, db::Result<Option<Whom>>> {
        Box::pin(async move {
            let found = match subject.split_once('/') {
                Some(("bookings", no)) => {
                    let booking = store::by_no(db, no).await?;
                    booking.and_then(|one| Some((one.phone?, one.name)))
                }
                Some(("waitlist", id)) => {
                    let id = id.parse().unwrap_or_default();
                    let entry = store::waiting::one(db, id).await?;
                    entry.map(|one| (one.phone, one.name))
                }
                _ => None,
            };
            Ok(found.map(|(number, name)| Whom { number, name }))
        })
    }
}

impl KnowsCall for Known {
    fn beside<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        call: &'a Call,
    ) -> BoxFuture<'a, db::Result<Option<Beside>>> {
        Box::pin(async move {
            let (db, id) = (&want.kit.db, call.id);
            let mut found = store::grown::of(db, &[id]).await?;
            let newest = found.remove(&id).and_then(|mut all| all.pop());
            let Some(no) = newest.filter(|_| reader.roles.has_any(READERS)) else {
                return Ok(None);
            };
            let Some(booking) = store::by_no(db, &no).await? else { return Ok(None) };
            let l = want.messages();
            Ok(Some(Beside {
                icon: "door",
                label: l.bookings_of_call(no.as_str()).to_string(),
                tag: Some(Tag { text: state_said(&l, booking.state), tint: tint(booking.state) }),
                way: Way::See(format!("/bookings/{no}")),
            }))
        })
    }

    fn grown<'a>(
        &'a self,
        db: &'a Db,
        calls: &'a [CallId],
    ) -> BoxFuture<'a, db::Result<BTreeMap<CallId, Links>>> {
        Box::pin(async move {
            let grown = store::grown::of(db, calls).await?.into_iter();
            let link = |(call, bookings)| (call, Links { bookings, ..Links::default() });
            Ok(grown.map(link).collect())
        })
    }

    fn has_made<'a>(
        &'a self,
        db: &'a Db,
        call: CallId,
        kind: Kind,
    ) -> BoxFuture<'a, db::Result<bool>> {
        Box::pin(async move {
            if kind != Kind::Booking {
                return Ok(false);
            }
            // a house without rooms has nothing to book
            Ok(store::grown::any(db, call).await?
                || crate::rooms::store::house(db).await?.rooms.is_empty())
        })
    }
}

const fn tint(state: State) -> &'static str {
    match state {
        State::InRoom => "t1",
        State::NoShow => "t3",
        State::Booked | State::Arrived => "ti",
        State::Departed | State::Cancelled | State::LeftUnseated => "",
    }
}

async fn section(want: &Want, mut bookings: Vec<Booking>) -> db::Result<Section> {
    let (l, spelling) = (want.messages(), want.spelling());
    bookings.sort_by_key(|one| (one.starts_at, one.id));
    bookings.dedup_by_key(|one| one.id);
    let coming: Vec<&Booking> = bookings.iter().filter(|one| one.state.is_open()).collect();
    let past: Vec<&Booking> = bookings.iter().filter(|one| !one.state.is_open()).rev().collect();
    let ids: Vec<_> = bookings.iter().map(|one| one.id).collect();
    let segments = store::segments_of(&want.kit.db, &ids).await?;
    let house = crate::rooms::store::house(&want.kit.db).await?;
    let rooms = |booking: &Booking| {
        let own = segments.iter().filter(|one| one.booking_id == booking.id && one.is_live());
        own.map(|one| house.name(one.room_id)).collect::<Vec<_>>().join("+")
    };
    let line = |booking: &&Booking| SectionLine {
        id: spelling.moment_from(booking.starts_at, want.now),
        href: Some(format!("/bookings/{}", booking.no)),
        text: format!("{} {}", rooms(booking), called_said(&l, booking)).trim().to_owned(),
        aside: (!booking.wishes.is_empty()).then(|| booking.wishes.clone()),
        tag: Some(Tag { text: state_said(&l, booking.state), tint: tint(booking.state) }),
        meta: None,
        meta_tint: "",
    };
    let missed = bookings.iter().filter(|one| one.state == State::NoShow).count();
    let mut warnings = Vec::new();
    if missed > 0 {
        warnings.push(l.bookings_known_no_shows(missed).to_string());
    }
    let hint = coming.first().map(|first| {
        format!("{} {}", spelling.moment_from(first.starts_at, want.now), rooms(first))
            .trim()
            .to_owned()
    });
    let lines = coming.iter().chain(&past).take(LINES).map(line).collect();
    let visits = past.iter().filter(|one| one.state == State::Departed).count();
    Ok(Section {
        kind: "bookings",
        title: l.bookings_known_title().to_string(),
        icon: "door",
        count: coming.len(),
        tint: if coming.is_empty() { "" } else { "ci" },
        hint: hint.or_else(|| Some(l.bookings_known_visits(visits).to_string())),
        all: bookings.first().and_then(|one| one.phone.as_deref()).map(|phone| Link {
            href: format!("/bookings?phone={}", phone.replace('+', "%2B")),
            label: l.bookings_known_all(bookings.len()).to_string(),
        }),
        lines,
        warnings,
    })
}

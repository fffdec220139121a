//! Beside the board: who is late or about to come, who has answered what was called out, who waits.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::booking::Booking;
use super::super::corridor;
use super::super::rules::Rules;
use super::super::store::rail as kept;
use super::super::web::{Sight, called_said};
use super::face::{Face, of_booking};
use super::shown::due_in;
use crate::calls::preparation;
use crate::db;
use crate::kernel::{Moment, Phone, StaffId};
use crate::rooms::{House, minutes_between};
use crate::web::Want;

/// Somebody who is late, about to come, or waits in the house for a room that is not ready.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Arrival {
    pub(super) no: String,
    pub(super) called: String,
    pub(super) rooms: String,
    pub(super) expected_at: Moment,
    /// `late`, `due_soon`, `arrived`, `not_ready`.
    pub(super) look: &'static str,
    #[serde(skip)]
    pub(super) clock: String,
    #[serde(skip)]
    pub(super) said: String,
    #[serde(skip)]
    pub(super) tag: String,
    /// The number to dial, for those who may see it.
    pub(super) dial: Option<String>,
    /// Where a call to it about this booking is prepared.
    #[serde(skip)]
    pub(super) call: Option<String>,
    pub(super) attempts: i64,
}

/// Somebody who waits.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Waits {
    pub(super) id: i64,
    pub(super) position: usize,
    pub(super) name: String,
    pub(super) party: i64,
    #[serde(skip)]
    pub(super) window: String,
    #[serde(skip)]
    pub(super) phone: String,
    pub(super) dial: Option<String>,
    /// The room kept for them, and until when.
    pub(super) offered: Option<String>,
    #[serde(skip)]
    pub(super) until: String,
}

/// The three panels.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Rail {
    pub(super) arrivals: Vec<Arrival>,
    pub(super) calls: Vec<corridor::Called>,
    pub(super) waits: Vec<Waits>,
    /// Rooms that are being shown.
    pub(super) viewings: Vec<Showing>,
    /// So many have not come by the cut-off and may be released together.
    pub(super) releasable: usize,
}

/// A room that is being shown.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Showing {
    pub(super) id: i64,
    pub(super) room: String,
    pub(super) name: String,
    pub(super) by: String,
    pub(super) started_at: Moment,
}

/// Whether somebody is late, about to come, or waits in the house.
pub(super) fn is_arriving(booking: &Booking, rules: &Rules, now: Moment) -> bool {
    let face = of_booking(booking, booking.expected_at(), rules, now);
    matches!(face, Face::Late | Face::DueSoon | Face::Arrived)
}

/// One arrival.
#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike")]
pub(super) fn arrival(
    want: &Want,
    booking: &Booking,
    rooms: (String, bool),
    rules: &Rules,
    sight: &Sight,
) -> Option<Arrival> {
    let (l, spelling) = (want.messages(), want.spelling());
    let (rooms, ready) = rooms;
    let expected = booking.expected_at();
    let face = of_booking(booking, expected, rules, want.now);
    let late = minutes_between(booking.starts_at, want.now);
    let (look, said, tag) = match face {
        Face::Late => {
            let said = l.bookings_late_by(late).to_string();
            let said = if booking.eta_at.is_some() {
                let eta = spelling.minute(expected);
                format!("{said}{}{}", l.layout_dot(), l.bookings_expected(eta))
            } else if booking.attempts > 0 {
                format!("{said}{}{}", l.layout_dot(), l.bookings_tried(booking.attempts))
            } else {
                said
            };
            ("late", said, String::new())
        }
        Face::DueSoon | Face::Arrived if !ready => (
            "not_ready",
            l.bookings_room_not_ready().to_string(),
            l.bookings_not_prepared().to_string(),
        ),
        Face::DueSoon => {
            let left = minutes_between(want.now, expected).max(0);
            let tag = l.bookings_face_due_soon().to_string();
            ("due_soon", due_in(&l, left), tag)
        }
        Face::Arrived => {
            let tag = l.bookings_face_arrived().to_string();
            ("arrived", l.bookings_waits_for_room().to_string(), tag)
        }
        _ => return None,
    };
    let dial = booking.phone.clone().filter(|number| sight.tells(number));
    let about = format!("bookings/{}", booking.no);
    Some(Arrival {
        no: booking.no.clone(),
        called: called_said(&l, booking),
        rooms,
        expected_at: expected,
        look,
        clock: spelling.minute(booking.starts_at),
        said,
        tag,
        call: dial
            .as_deref()
            .map(|number| preparation(Some(number), &l.bookings_chase().to_string(), &about)),
        dial,
        attempts: booking.attempts,
    })
}

/// What is read for the panels.
pub(super) struct Beside {
    kept: kept::Beside,
    calls: Vec<corridor::Called>,
}

impl Beside {
    /// Reads it.
    pub(super) async fn read(want: &Want) -> db::Result<Self> {
        let db = &want.kit.db;
        let asked = Box::pin(async {
            tokio::try_join!(kept::beside(db, want.now), corridor::open(db, want.spelling()))
        });
        let (kept, calls) = asked.await?;
        Ok(Self { kept, calls })
    }
}

/// The panels.
pub(super) fn rail(
    want: &Want,
    (house, people): (&House, &BTreeMap<StaffId, String>),
    (arrivals, releasable): (Vec<Arrival>, usize),
    beside: Beside,
    sight: &Sight,
) -> Rail {
    let spelling = want.spelling();
    let Beside { kept, mut calls } = beside;
    let waits = kept.entries.iter().enumerate().map(|(k, entry)| {
        let offer = kept.offers.iter().find(|offer| offer.waitlist_id == entry.id);
        Waits {
            id: entry.id,
            position: k + 1,
            name: sight.text(&entry.name),
            party: entry.party,
            window: format!("{}–{}", spelling.minute(entry.from_at), spelling.minute(entry.to_at)),
            phone: sight.said(&entry.phone),
            dial: Some(entry.phone.clone())
                .filter(|phone| sight.tells(phone) && Phone::read(phone).is_some()),
            offered: offer.map(|offer| house.name(offer.room_id)),
            until: offer.map(|offer| spelling.minute(offer.expires_at)).unwrap_or_default(),
        }
    });
    let waits = waits.collect();
    let shown = kept.viewings.into_iter().map(|one| Showing {
        id: one.id,
        room: house.name(one.room_id),
        name: sight.text(&one.name),
        by: one.staff_id.and_then(|id| people.get(&id).cloned()).unwrap_or_default(),
        started_at: one.started_at,
    });
    for call in &mut calls {
        call.text = sight.text(&call.text);
    }
    Rail { arrivals, calls, waits, viewings: shown.collect(), releasable }
}

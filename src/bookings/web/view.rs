//! A booking as pages and programs see it, numbers masked for those without need.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::banquet::celebrated;
use super::super::board::face::{Face, of_booking};
use super::super::booking::{Booking, Role, Segment, Source, State};
use super::super::lunar;
use super::super::rules::Rules;
use super::super::store;
use super::say;
use crate::calls::preparation;
use crate::db;
use crate::kernel::{BookingId, CallId, Closed, HIDDEN, Moment, Phone, RoomId, StaffId, masked};
use crate::rooms::{House, yuan};
use crate::web::{OnDuty, Want};

/// Somebody of the house, by number and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(in crate::bookings) struct Person {
    pub(in crate::bookings) id: StaffId,
    pub(in crate::bookings) name: String,
}

/// A room a booking has or had.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(in crate::bookings) struct Place {
    pub(in crate::bookings) room_id: RoomId,
    pub(in crate::bookings) room: String,
    #[schema(value_type = String)]
    pub(in crate::bookings) role: Role,
    pub(in crate::bookings) from_at: Moment,
    pub(in crate::bookings) to_at: Moment,
    pub(in crate::bookings) seated_at: Option<Moment>,
    pub(in crate::bookings) ended_at: Option<Moment>,
    pub(in crate::bookings) ended_reason: Option<String>,
    #[serde(skip)]
    pub(in crate::bookings) when: String,
}

/// A booking.
#[derive(Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Booking)]
#[expect(clippy::struct_excessive_bools, reason = "a record as programs read it")]
pub(crate) struct BookingView {
    pub(in crate::bookings) no: String,
    pub(in crate::bookings) version: i64,
    #[schema(value_type = String)]
    pub(in crate::bookings) state: State,
    pub(in crate::bookings) business_date: chrono::NaiveDate,
    pub(in crate::bookings) name: String,
    pub(in crate::bookings) party: i64,
    pub(in crate::bookings) phone: Option<String>,
    pub(in crate::bookings) masked: bool,
    pub(in crate::bookings) contact_id: Option<i64>,
    pub(in crate::bookings) starts_at: Moment,
    pub(in crate::bookings) ends_at: Moment,
    pub(in crate::bookings) planned_minutes: i64,
    pub(in crate::bookings) eta_at: Option<Moment>,
    pub(in crate::bookings) delay_count: i64,
    pub(in crate::bookings) attempts: i64,
    pub(in crate::bookings) wishes: Vec<String>,
    pub(in crate::bookings) note: String,
    pub(in crate::bookings) occasion: String,
    #[schema(value_type = String)]
    pub(in crate::bookings) source: Source,
    pub(in crate::bookings) sold_by: Option<String>,
    pub(in crate::bookings) sold_dept: Option<String>,
    pub(in crate::bookings) attribution_locked_at: Option<Moment>,
    pub(in crate::bookings) handled_by: Option<Person>,
    pub(in crate::bookings) call_id: Option<CallId>,
    pub(in crate::bookings) deposit_fen: i64,
    pub(in crate::bookings) bill_fen: Option<i64>,
    pub(in crate::bookings) tier: i64,
    pub(in crate::bookings) pinned: bool,
    pub(in crate::bookings) readback_at: Option<Moment>,
    pub(in crate::bookings) reason: Option<String>,
    pub(in crate::bookings) arrived_at: Option<Moment>,
    pub(in crate::bookings) seated_at: Option<Moment>,
    pub(in crate::bookings) ended_at: Option<Moment>,
    pub(in crate::bookings) created_at: Moment,
    /// The series it belongs to.
    pub(in crate::bookings) series_id: Option<i64>,
    /// Changed alone: unlike the others of its series.
    pub(in crate::bookings) apart: bool,
    /// Where they sit or will sit.
    pub(in crate::bookings) rooms: Vec<Place>,
    /// Where they sat.
    pub(in crate::bookings) past: Vec<Place>,
    /// Whether they are late now.
    pub(in crate::bookings) late: bool,
    #[serde(skip)]
    pub(in crate::bookings) said: Said,
}

/// The words around it.
#[derive(Clone, Default)]
pub(in crate::bookings) struct Said {
    pub(in crate::bookings) state: String,
    pub(in crate::bookings) tint: &'static str,
    pub(in crate::bookings) when: String,
    pub(in crate::bookings) clock: String,
    pub(in crate::bookings) rooms: String,
    pub(in crate::bookings) phone: String,
    pub(in crate::bookings) dial: Option<String>,
    /// Where a call to a guest who is late is prepared.
    pub(in crate::bookings) chase: Option<String>,
    pub(in crate::bookings) source: String,
    /// In yuan; empty where nothing was paid.
    pub(in crate::bookings) deposit: String,
    /// In yuan; empty where it is not written yet.
    pub(in crate::bookings) bill: String,
    pub(in crate::bookings) lunar: Option<String>,
    /// What is celebrated.
    pub(in crate::bookings) celebrated: String,
    pub(in crate::bookings) eta: String,
    pub(in crate::bookings) written: String,
    pub(in crate::bookings) read_back: String,
}

/// The names of everyone, for lists.
pub(in crate::bookings) async fn people(want: &Want) -> db::Result<BTreeMap<StaffId, String>> {
    let everyone = crate::staff::store::everyone(&want.kit.db).await?;
    Ok(everyone.into_iter().map(|person| (person.id, person.name)).collect())
}

/// How much of the telephones of guests is seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::bookings) struct Sight {
    /// Whole numbers at all.
    whole: bool,
    /// The numbers of restricted people among them.
    closed: Closed,
}

impl Sight {
    /// What this reader sees.
    pub(in crate::bookings) fn of(reader: &OnDuty) -> Self {
        Self { whole: reader.sees_numbers(), closed: reader.closed.clone() }
    }

    /// Whether this number is told.
    pub(in crate::bookings) fn tells(&self, number: &str) -> bool {
        self.whole && !self.closed.hides(number)
    }

    /// The number as it is written for those who may see it, masked for the others.
    pub(in crate::bookings) fn said(&self, number: &str) -> String {
        if self.closed.hides(number) {
            HIDDEN.to_owned()
        } else if self.whole {
            Phone::read(number).map_or_else(|| number.to_owned(), |phone| phone.for_people())
        } else {
            masked(number)
        }
    }

    /// What people wrote, without what is not told.
    pub(in crate::bookings) fn text(&self, text: &str) -> String {
        self.closed.text(text)
    }

    /// Whether nothing is to be taken out of what was written.
    pub(in crate::bookings) fn is_clear(&self) -> bool {
        self.closed.is_empty()
    }

    /// Takes what is not told out of what was written of a booking.
    pub(in crate::bookings) fn clear(&self, booking: &mut Booking) {
        if self.closed.is_empty() {
            return;
        }
        let texts = [&mut booking.name, &mut booking.wishes, &mut booking.note];
        for text in texts.into_iter().chain(booking.reason.as_mut()) {
            *text = self.text(text);
        }
    }
}

/// A telephone as this reader may see it: the text, whether it is masked, the number to dial.
pub(in crate::bookings) fn phone(
    reader: &OnDuty,
    number: Option<&str>,
) -> (Option<String>, bool, Option<String>, String) {
    let Some(number) = number else { return (None, false, None, String::new()) };
    let sight = Sight::of(reader);
    let said = sight.said(number);
    if sight.tells(number) {
        (Some(number.to_owned()), false, Some(number.to_owned()), said)
    } else {
        (Some(said.clone()), true, None, said)
    }
}

impl BookingView {
    pub(in crate::bookings) fn of(
        want: &Want,
        reader: &OnDuty,
        house: &House,
        (people, rules): (&BTreeMap<StaffId, String>, &Rules),
        mut booking: Booking,
        segments: &[Segment],
    ) -> Self {
        Sight::of(reader).clear(&mut booking);
        let (l, spelling) = (want.messages(), want.spelling());
        let place = |segment: &Segment| Place {
            room_id: segment.room_id,
            room: house.name(segment.room_id),
            role: segment.role,
            from_at: segment.from_at,
            to_at: segment.to_at,
            seated_at: segment.seated_at,
            ended_at: segment.ended_at,
            ended_reason: segment.ended_reason.clone(),
            when: format!(
                "{}–{}",
                spelling.minute(segment.from_at),
                spelling.minute(segment.to_at)
            ),
        };
        let own = || segments.iter().filter(|segment| segment.booking_id == booking.id);
        let rooms: Vec<Place> = own().filter(|one| one.is_live()).map(place).collect();
        let past: Vec<Place> = own()
            .filter(|one| !one.is_live() && one.ended_reason.as_deref() != Some("undone"))
            .map(place)
            .collect();
        let (number, is_masked, dial, phone_said) = phone(reader, booking.phone.as_deref());
        let ends_at = rooms.iter().map(|one| one.to_at).max();
        let usual = booking.starts_at.plus_millis(booking.planned_minutes * 60_000);
        // who never sat there had the time they had asked for
        let ended_at = booking.ended_at.filter(|_| booking.seated_at.is_some());
        let ends_at = ended_at.or(ends_at).unwrap_or(usual);
        let mut names: Vec<&str> = rooms.iter().map(|one| one.room.as_str()).collect();
        if booking.state == State::Departed {
            // where they sat last: who has left is asked for by their room too
            let last = past.iter().filter_map(|one| one.ended_at).max();
            names.extend(
                past.iter().filter(|one| one.ended_at == last).map(|one| one.room.as_str()),
            );
        }
        let banquet = !booking.occasion.is_empty();
        let said = Said {
            state: say::state(&l, booking.state),
            tint: say::tint(booking.state),
            when: format!(
                "{}–{}",
                spelling.moment_from(booking.starts_at, want.now),
                spelling.minute(ends_at)
            ),
            clock: spelling.minute(booking.starts_at),
            rooms: names.join("+"),
            phone: phone_said,
            chase: dial.as_deref().filter(|_| reader.makes_calls() && reader.in_browser()).map(
                |number| {
                    preparation(
                        Some(number),
                        &l.bookings_chase().to_string(),
                        &format!("bookings/{}", booking.no),
                    )
                },
            ),
            dial,
            source: say::source(&l, booking.source),
            deposit: Some(booking.deposit_fen).filter(|fen| *fen > 0).map(yuan).unwrap_or_default(),
            bill: booking.bill_fen.map(yuan).unwrap_or_default(),
            celebrated: celebrated(&l, &booking.occasion),
            lunar: lunar::of((&l, spelling.language), booking.business_date).filter(|_| banquet),
            eta: booking.eta_at.map(|at| spelling.minute(at)).unwrap_or_default(),
            written: spelling.moment(booking.created_at),
            read_back: booking.readback_at.map(|at| spelling.minute(at)).unwrap_or_default(),
        };
        let late = matches!(of_booking(&booking, ends_at, rules, want.now), Face::Late);
        let handled_by = booking
            .handled_by
            .map(|id| Person { id, name: people.get(&id).cloned().unwrap_or_default() });
        Self {
            rooms,
            past,
            late,
            said,
            handled_by,
            ends_at,
            phone: number,
            masked: is_masked,
            wishes: booking.wishes().map(str::to_owned).collect(),
            no: booking.no,
            version: booking.version,
            state: booking.state,
            business_date: booking.business_date,
            name: booking.name,
            party: booking.party,
            contact_id: booking.contact_id,
            starts_at: booking.starts_at,
            planned_minutes: booking.planned_minutes,
            eta_at: booking.eta_at,
            delay_count: booking.delay_count,
            attempts: booking.attempts,
            note: booking.note,
            occasion: booking.occasion,
            source: booking.source,
            sold_by: booking.sold_by,
            sold_dept: booking.sold_dept,
            attribution_locked_at: booking.attribution_locked_at,
            call_id: booking.call_id,
            deposit_fen: booking.deposit_fen,
            bill_fen: booking.bill_fen,
            tier: booking.tier,
            pinned: booking.pinned,
            readback_at: booking.readback_at,
            reason: booking.reason,
            arrived_at: booking.arrived_at,
            seated_at: booking.seated_at,
            ended_at: booking.ended_at,
            created_at: booking.created_at,
            series_id: booking.series_id,
            apart: booking.apart,
        }
    }
}

/// Bookings with their rooms, as this reader sees them.
pub(in crate::bookings) async fn views(
    want: &Want,
    reader: &OnDuty,
    house: &House,
    bookings: Vec<Booking>,
) -> db::Result<Vec<BookingView>> {
    let ids: Vec<BookingId> = bookings.iter().map(|one| one.id).collect();
    let segments = store::segments_of(&want.kit.db, &ids).await?;
    let (people, rules) = (people(want).await?, super::new::rules(want).await?);
    let view =
        |booking| BookingView::of(want, reader, house, (&people, &rules), booking, &segments);
    Ok(bookings.into_iter().map(view).collect())
}

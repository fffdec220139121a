//! The words in a bar of the board: whose it is, what is so of it, and all of it for the pointer.

use std::sync::Arc;

use serde::Serialize;

use super::super::banquet::celebrated;
use super::super::booking::{Booking, Segment, State};
use super::super::web::{called_said, kind_said, state_said};
use super::bars::{Bar, BarId, What, Window, look};
use super::draw::Day;
use super::known::Party;
use crate::kernel::{Moment, RoomId};
use crate::rooms::{minutes_between, yuan};
use crate::web::Want;
use crate::words::{Messages, Spelling};

/// A bar with its words.
#[derive(Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    pub(super) bar: Bar,
    /// The booking's number.
    pub(super) no: Option<String>,
    /// The row it begins in.
    #[serde(skip)]
    pub(super) r: usize,
    /// In bold: whose it is.
    pub(super) head: String,
    /// After it: the state and what matters.
    pub(super) tail: String,
    /// In full, for the pointer and the screen reader.
    pub(super) title: String,
    #[serde(skip)]
    pub(super) icon: &'static str,
    #[serde(skip)]
    pub(super) late: String,
    /// So many guests; none where it is no booking, or one in several rooms.
    #[serde(skip)]
    pub(super) party: Option<i64>,
}

/// A bar with its words, in its row.
pub(super) fn shown(want: &Want, day: &Day, bar: Bar, r: usize) -> Shown {
    let (l, spelling) = (want.messages(), want.spelling());
    let booking = bar.booking.and_then(|id| day.bookings.get(&id));
    let span = format!("{}–{}", spelling.minute(bar.from_at), spelling.minute(bar.to_at));
    let room = day.house.name(bar.room_id);
    let Some(booking) = booking else {
        let said = match (bar.what, bar.kind) {
            (What::Cleaning, _) => l.bookings_face_cleaning().to_string(),
            (_, Some(kind)) => kind_said(&l, kind),
            (_, None) => String::new(),
        };
        let icon = match bar.look {
            "out_of_order" => "wrench",
            "internal" => "lock",
            "viewing" => "eye",
            "cleaning" => "broom",
            "hold" => "clock",
            _ => "",
        };
        let tail = bar.note.clone();
        let title = format!("{room} {said} {tail} {span}");
        let (no, late, party) = (None, String::new(), None);
        return Shown { bar, no, r, head: said, tail, title, icon, late, party };
    };
    let (mut tail, late) = aside(&l, spelling, booking, &bar, want.now);
    if let Some(next) = next_party(day, &bar, want.now) {
        tail.insert(0, l.bookings_ends_soon(spelling.minute(next)).to_string());
    }
    if bar.combined {
        tail.insert(0, l.bookings_combined_bar().to_string());
    }
    let tail = tail.join(&l.layout_dot().to_string());
    let icon = match (bar.look, bar.combined) {
        (_, true) => "link",
        ("late" | "overstay", _) => "alert",
        _ => "",
    };
    let by = booking.handled_by.and_then(|id| day.people.get(&id).cloned()).unwrap_or_default();
    let called = called_said(&l, booking);
    let title = format!(
        "{room} {span} {called} {} {tail} {late} {}",
        state_said(&l, booking.state),
        l.bookings_handled(by)
    );
    let party = (!bar.combined).then_some(booking.party);
    let no = Some(booking.no.clone());
    Shown { head: called, tail, title, icon, late, bar, no, r, party }
}

/// Guests whose time is nearly over, or over, and others have the room soon after: when those come
/// (operations §4.2).
fn next_party(day: &Day, bar: &Bar, now: Moment) -> Option<Moment> {
    let nearly = bar.to_at.millis_since(now) <= NEARLY_MS;
    if !nearly || !matches!(bar.look, "in_use" | "overstay") {
        return None;
    }
    let others = day.stays().filter(|(booking, one)| {
        one.room_id == bar.room_id
            && one.is_live()
            && Some(booking.id) != bar.booking
            && one.seated_at.is_none()
            && one.from_at >= bar.from_at
            && one.from_at.millis_since(bar.to_at) <= AFTER_MS
            && booking.state.is_open()
    });
    others.map(|(_, one)| one.from_at).min()
}

/// So long before the end of a stay it is said, in milliseconds.
const NEARLY_MS: i64 = 15 * 60_000;
/// Who comes later than so long after it is not waited for.
const AFTER_MS: i64 = 45 * 60_000;

/// What matters beside the name.
fn aside(
    l: &Messages,
    spelling: Spelling,
    booking: &Booking,
    bar: &Bar,
    now: Moment,
) -> (Vec<String>, String) {
    let mut tail = Vec::new();
    let mut late = String::new();
    match bar.look {
        "late" => {
            late = l.bookings_late_by(minutes_between(booking.starts_at, now)).to_string();
            if booking.attempts > 0 {
                tail.push(l.bookings_tried(booking.attempts).to_string());
            }
        }
        "due_soon" => {
            let left = minutes_between(now, booking.expected_at()).max(0);
            tail.push(due_in(l, left));
        }
        "overstay" => late = l.bookings_face_overstay().to_string(),
        "arrived" => {
            let at = booking.arrived_at.map(|at| spelling.minute(at)).unwrap_or_default();
            tail.push(l.bookings_arrived_at(at).to_string());
        }
        "in_use" => tail.push(l.bookings_face_in_use().to_string()),
        "gone" => tail.push(l.bookings_face_gone().to_string()),
        _ => {}
    }
    if let Some(eta) = booking.eta_at
        && booking.state == State::Booked
    {
        tail.push(l.bookings_expected(spelling.minute(eta)).to_string());
    }
    if booking.tier > 0 {
        tail.push("VIP".to_owned());
    }
    if !booking.occasion.is_empty() {
        tail.push(celebrated(l, &booking.occasion));
    }
    tail.extend(booking.wishes().map(str::to_owned));
    if booking.deposit_fen > 0 {
        tail.push(l.bookings_deposit_paid(yuan(booking.deposit_fen)).to_string());
    }
    (tail, late)
}

/// In how many minutes somebody is expected; a minute that has come is no number.
pub(super) fn due_in(l: &Messages, left: i64) -> String {
    if left == 0 {
        l.bookings_due_now().to_string()
    } else {
        l.bookings_in_minutes(left).to_string()
    }
}

/// Bookings that have no room yet stand above all rooms.
pub(super) fn unassigned(want: &Want, day: &Day, window: Window) -> Vec<Bar> {
    let roomless = day
        .bookings
        .values()
        .filter(|party| party.state.is_open() && !party.segments.iter().any(Segment::is_live));
    let bar = |booking: &Arc<Party>| {
        let to = booking.starts_at.plus_millis(booking.planned_minutes * 60_000);
        let (s, l) = window.place(booking.starts_at, to)?;
        Some(Bar {
            id: BarId::Roomless(booking.id),
            what: What::Booking,
            look: look(booking, to, &day.rules, want.now),
            combined: false,
            room_id: RoomId(0),
            from_at: booking.starts_at,
            to_at: to,
            s,
            l,
            h: 1,
            version: Some(booking.version),
            booking: Some(booking.id),
            note: String::new(),
            movable: true,
            seated: false,
            kind: None,
        })
    };
    roomless.filter_map(bar).collect()
}

//! The bars of the board: where each begins and ends on the grid of five minutes, in which row, and
//! what stands in it.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::claims::{Claim, Kind};
use crate::kernel::{BookingId, ClaimId, Moment, RoomId};

use super::super::booking::{Booking, Segment, State};
use super::super::rules::Rules;
use super::super::store::span::Cleaning;
use super::face::{Face, of_booking};

/// A column of the grid is so long, in milliseconds.
pub(super) const COLUMN_MS: i64 = 5 * 60_000;

/// The stretch of time a board shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Moment,
    pub(super) to: Moment,
}

impl Window {
    /// How many columns it has.
    pub(super) fn columns(self) -> i64 {
        self.to.millis_since(self.from) / COLUMN_MS
    }

    /// The column in which a moment lies, from 1.
    pub(super) fn column(self, at: Moment) -> i64 {
        at.millis_since(self.from).div_euclid(COLUMN_MS) + 1
    }

    /// Where the first column begins that is not before a moment.
    fn next_column(self, at: Moment) -> Moment {
        let whole = (at.millis_since(self.from) + COLUMN_MS - 1).div_euclid(COLUMN_MS);
        self.from.plus_millis(whole * COLUMN_MS)
    }

    /// First column and length of a stretch; `None`: it is outside.
    pub(super) fn place(self, from: Moment, to: Moment) -> Option<(i64, i64)> {
        if to <= self.from || from >= self.to {
            return None;
        }
        let first = self.column(from.max(self.from));
        let end = to.min(self.to).plus_millis(COLUMN_MS - 1);
        let length = (end.millis_since(self.from) / COLUMN_MS + 1 - first).max(1);
        Some((first, length.min(self.columns() - first + 1)))
    }
}

/// What a bar is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// Guests, expected or there.
    Booking,
    /// Where guests sat before they moved or left.
    Ghost,
    /// The cleaning after a stay.
    Cleaning,
    /// Taken for another reason.
    Claim,
}

/// Which bar: stays the same through every change, so that a bar moves rather than blinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BarId {
    /// A stretch of a booking.
    Stay(i64),
    /// A booking that has no room yet.
    Roomless(BookingId),
    /// A claim, or the cleaning at its end.
    Claim(ClaimId),
}

impl fmt::Display for BarId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stay(id) => write!(f, "b{id}"),
            Self::Roomless(id) => write!(f, "u{id}"),
            Self::Claim(id) => write!(f, "c{id}"),
        }
    }
}

impl Serialize for BarId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A bar of the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Bar {
    pub(super) id: BarId,
    pub(super) what: What,
    /// `booked`, `due_soon`, `late`, `arrived`, `in_use`, `overstay`, `gone`, `hold`, `viewing`,
    /// `out_of_order`, `internal`, `option`, `cleaning`.
    pub(super) look: &'static str,
    /// Opened into one with others.
    pub(super) combined: bool,
    pub(super) room_id: RoomId,
    pub(super) from_at: Moment,
    pub(super) to_at: Moment,
    /// First column and length.
    #[serde(skip)]
    pub(super) s: i64,
    #[serde(skip)]
    pub(super) l: i64,
    /// So many rows, for rooms beside each other that are one.
    #[serde(skip)]
    pub(super) h: i64,
    /// The booking's.
    pub(super) version: Option<i64>,
    #[serde(skip)]
    pub(super) booking: Option<BookingId>,
    #[serde(skip)]
    pub(super) note: String,
    /// Whether it can be moved by hand.
    pub(super) movable: bool,
    /// Guests sit there: only its end and its room can change.
    pub(super) seated: bool,
    #[serde(skip)]
    pub(super) kind: Option<Kind>,
}

/// The look of a booking's bar.
pub(super) fn look(booking: &Booking, end: Moment, rules: &Rules, now: Moment) -> &'static str {
    match of_booking(booking, end, rules, now) {
        Face::Overstay => "overstay",
        Face::InUse => "in_use",
        Face::Arrived => "arrived",
        Face::Late => "late",
        Face::DueSoon => "due_soon",
        Face::Booked => "booked",
        Face::OutOfOrder
        | Face::Locked
        | Face::Held
        | Face::Viewing
        | Face::Cleaning
        | Face::Dirty
        | Face::Option
        | Face::Vacant => "gone",
    }
}

/// The bar of a stretch.
pub(super) fn of_segment(
    window: Window,
    segment: &Segment,
    booking: &Booking,
    rules: &Rules,
    now: Moment,
) -> Option<Bar> {
    let ghost = !segment.is_live();
    if ghost && !matches!(segment.ended_reason.as_deref(), Some("moved" | "departed" | "joined")) {
        return None;
    }
    // who stays over their time is drawn up to now
    let over = booking.state == State::InRoom && !ghost && segment.to_at < now;
    let to_at = if over { now } else { segment.to_at };
    let (s, l) = window.place(segment.from_at, to_at)?;
    let open = booking.state.is_open() && !ghost;
    Some(Bar {
        id: BarId::Stay(segment.id),
        what: if ghost { What::Ghost } else { What::Booking },
        look: if ghost { "gone" } else { look(booking, segment.to_at, rules, now) },
        combined: segment.combine_group.is_some() && !ghost,
        room_id: segment.room_id,
        from_at: segment.from_at,
        to_at,
        s,
        l,
        h: 1,
        version: Some(booking.version),
        booking: Some(booking.id),
        note: String::new(),
        movable: open,
        seated: segment.seated_at.is_some(),
        kind: None,
    })
}

/// The bar of a claim that is no stay of a booking.
pub(super) fn of_claim(window: Window, claim: &Claim) -> Option<Bar> {
    let room_id = claim.resource.room_id()?;
    let (s, l) = window.place(claim.from_at, claim.to_at)?;
    Some(Bar {
        what: What::Claim,
        look: claim.kind.name(),
        note: claim.note.clone(),
        ..beside(claim.id, room_id, (claim.from_at, claim.to_at), (s, l), claim.kind)
    })
}

/// The bar of the cleaning after a stay.
pub(super) fn of_cleaning(window: Window, one: &Cleaning) -> Option<Bar> {
    // the column in which the stay ends is drawn as its own
    let begins = window.next_column(one.from_at).min(one.to_at.plus_millis(-1));
    let (s, l) = window.place(begins, one.to_at)?;
    Some(beside(one.claim, one.room_id, (one.from_at, one.to_at), (s, l), Kind::Booking))
}

/// A bar that is no booking: cleaning, where nothing else is said.
fn beside(
    claim: ClaimId,
    room_id: RoomId,
    (from_at, to_at): (Moment, Moment),
    (s, l): (i64, i64),
    kind: Kind,
) -> Bar {
    Bar {
        id: BarId::Claim(claim),
        what: What::Cleaning,
        look: "cleaning",
        combined: false,
        room_id,
        from_at,
        to_at,
        s,
        l,
        h: 1,
        version: None,
        booking: None,
        note: String::new(),
        movable: false,
        seated: false,
        kind: Some(kind),
    }
}

/// Each bar with its row; what is in no room of the board is left out. Bars of one party in rooms that stand
/// beside each other become one bar over several rows; those that do not stay apart. `row` gives each room its
/// place.
pub(super) fn merged(
    bars: impl Iterator<Item = Bar>,
    row: impl Fn(RoomId) -> Option<usize>,
) -> Vec<(Bar, usize)> {
    let placed = bars.filter_map(|bar| {
        let r = row(bar.room_id)?;
        Some((bar, r))
    });
    let mut sorted: Vec<(Bar, usize)> = placed.collect();
    sorted.sort_by_cached_key(|(bar, r)| (*r, bar.s));
    let mut whole: Vec<(Bar, usize)> = Vec::with_capacity(sorted.len());
    for (bar, r) in sorted {
        let of_party = |one: &Bar| {
            one.combined && one.booking == bar.booking && (one.s, one.l) == (bar.s, bar.l)
        };
        let beside = |one: &Bar, at: usize| usize::try_from(one.h).is_ok_and(|h| at + h == r);
        let above = if bar.combined {
            whole.iter_mut().rev().find(|(one, at)| of_party(one) && beside(one, *at))
        } else {
            None
        };
        match above {
            Some((one, _)) => one.h += 1,
            None => whole.push((bar, r)),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Moment {
        Moment::from_millis(minutes * 60_000)
    }

    #[test]
    fn a_bar_is_as_long_as_the_stay() {
        let window = Window { from: at(960), to: at(1560) };
        assert_eq!(window.columns(), 120);
        assert_eq!(window.place(at(1140), at(1260)), Some((37, 24)));
        assert_eq!(window.place(at(1141), at(1143)), Some((37, 1)), "never nothing");
        assert_eq!(window.place(at(900), at(980)), Some((1, 4)), "what began before is cut");
        assert_eq!(window.place(at(1500), at(1700)), Some((109, 12)));
        assert_eq!(window.place(at(900), at(960)), None);
    }

    #[test]
    fn cleaning_is_drawn_after_the_stay_and_not_over_it() {
        let window = Window { from: at(960), to: at(1560) };
        let after = |from_at: Moment| {
            let (claim, room_id, to_at) = (ClaimId(1), RoomId(1), at(1155));
            let bar = of_cleaning(window, &Cleaning { claim, room_id, from_at, to_at });
            bar.map(|bar| (bar.s, bar.l))
        };
        assert_eq!(after(at(1140)), Some((37, 3)));
        let stay = window.place(at(1110), at(1140).plus_millis(12_000));
        assert_eq!(stay, Some((31, 7)), "guests who left twelve seconds later");
        assert_eq!(after(at(1140).plus_millis(12_000)), Some((38, 2)));
        assert_eq!(after(at(1154)), Some((39, 1)), "never nothing");
    }

    #[test]
    fn a_party_in_rooms_beside_each_other_has_one_bar_and_what_has_no_row_has_none() {
        let bar = |id: i64, room: i64, combined: bool| Bar {
            combined,
            room_id: RoomId(room),
            booking: Some(BookingId(7)),
            ..beside(ClaimId(id), RoomId(room), (at(0), at(60)), (1, 12), Kind::Booking)
        };
        let bars = [bar(1, 5, true), bar(2, 9, false), bar(3, 3, true), bar(4, 4, true)];
        let alone = [bar(5, 6, false), bar(6, 8, true)];
        let row = |room: RoomId| usize::try_from(room.0).ok().filter(|row| *row < 9);
        let whole = merged(bars.into_iter().chain(alone), row);
        let said = whole.iter().map(|(bar, r)| (bar.id.to_string(), *r, bar.h));
        let said: Vec<(String, usize, i64)> = said.collect();
        let whole = [("c3", 3, 3), ("c5", 6, 1), ("c6", 8, 1)];
        assert_eq!(said, whole.map(|(id, r, h)| (id.to_owned(), r, h)));
    }
}

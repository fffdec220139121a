//! What an act on bookings is decided on: a piece of the house, read inside the change.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::claims::store::Seen;
use crate::claims::{Claim, NewClaim};
use crate::kernel::{BookingId, BusinessDay, ClaimId, Moment, RoomId, StaffId};
use crate::rooms::{House, Readiness};

use super::booking::{Booking, Role, Segment, Source, State};
use super::rules::Rules;
use crate::words::Said;

/// The house as an act sees it. Claims are those of the bookings here and all live ones on the rooms
/// concerned.
#[derive(Debug, Clone)]
pub struct World {
    /// When it is.
    pub now: Moment,
    /// The site's zone and the turn of its day.
    pub day: BusinessDay,
    /// The rooms.
    pub house: House,
    /// The rules.
    pub rules: Rules,
    /// The bookings concerned, and those that have the rooms concerned.
    pub bookings: Vec<Booking>,
    /// Their stretches.
    pub segments: Vec<Segment>,
    /// Who has what.
    pub claims: Vec<Claim>,
    /// On what, and between which moments, all live ones are among them.
    pub seen: Seen,
    /// Who acts; `None` is the house itself.
    pub by: Option<StaffId>,
    /// Whether they may approve.
    pub approves: bool,
}

impl World {
    /// A booking.
    pub fn booking(&self, id: BookingId) -> Option<&Booking> {
        self.bookings.iter().find(|booking| booking.id == id)
    }

    /// A claim.
    pub fn claim(&self, id: ClaimId) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == id)
    }

    /// The rooms a booking has now.
    pub fn live(&self, id: BookingId) -> Vec<&Segment> {
        self.segments.iter().filter(|one| one.booking_id == id && one.is_live()).collect()
    }

    /// The party that sits in a room, another than this.
    pub fn sits_in(&self, room: RoomId, other_than: BookingId) -> Option<&Booking> {
        let there = |one: &&Segment| {
            one.room_id == room
                && one.is_live()
                && one.booking_id != other_than
                && one.seated_at.is_some()
        };
        let mut sitting = self.segments.iter().filter(there);
        sitting.find_map(|one| {
            self.booking(one.booking_id).filter(|booking| booking.state == State::InRoom)
        })
    }

    /// Whether somebody else stands on the same claim.
    pub fn is_shared(&self, segment: &Segment) -> bool {
        self.segments
            .iter()
            .any(|one| one.id != segment.id && one.claim_id == segment.claim_id && one.is_live())
    }

    /// The rooms a booking has, as a set.
    pub fn rooms_of(&self, id: BookingId) -> BTreeSet<RoomId> {
        self.live(id).into_iter().map(|one| one.room_id).collect()
    }
}

/// A booking to be written. The store gives it id and number.
#[derive(Clone, PartialEq, Eq)]
pub struct NewBooking {
    /// See [`Booking::contact_id`].
    pub contact_id: Option<i64>,
    /// See [`Booking::name`].
    pub name: String,
    /// See [`Booking::party`].
    pub party: i64,
    /// See [`Booking::phone`].
    pub phone: Option<String>,
    /// See [`Booking::starts_at`].
    pub starts_at: Moment,
    /// See [`Booking::planned_minutes`].
    pub planned_minutes: i64,
    /// See [`Booking::wishes`].
    pub wishes: String,
    /// See [`Booking::note`].
    pub note: String,
    /// See [`Booking::occasion`].
    pub occasion: String,
    /// See [`Booking::source`].
    pub source: Source,
    /// See [`Booking::sold_by`].
    pub sold_by: Option<String>,
    /// See [`Booking::sold_dept`].
    pub sold_dept: Option<String>,
    /// See [`Booking::call_id`].
    pub call_id: Option<crate::kernel::CallId>,
    /// See [`Booking::deposit_fen`].
    pub deposit_fen: i64,
    /// See [`Booking::tier`].
    pub tier: i64,
    /// See [`Booking::pinned`].
    pub pinned: bool,
    /// See [`Booking::series_id`].
    pub series_id: Option<i64>,
    /// Whether the guests sit already.
    pub seated: bool,
    /// Whether it was read back to them as it is written.
    pub read_back: bool,
    /// When somebody must look after it next.
    pub due_at: Option<Moment>,
}

impl std::fmt::Debug for NewBooking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "a booking for {} at {}", self.party, self.starts_at)
    }
}

/// Whose a new stretch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// A booking that is there.
    Known(BookingId),
    /// The n-th of the new ones.
    New(usize),
}

/// On which claim a new stretch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// The n-th of the claims that are taken by this act.
    Taken(usize),
    /// One that is there.
    Known(ClaimId),
}

/// A stretch to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fresh {
    /// Whose.
    pub whose: Whose,
    /// Where.
    pub room_id: RoomId,
    /// By what right.
    pub stands: Stands,
    /// From here on.
    pub from_at: Moment,
    /// Up to here.
    pub to_at: Moment,
    /// Why.
    pub role: Role,
    /// Rooms of one number are opened into one.
    pub combine_group: Option<i64>,
    /// When the guests sat down there.
    pub seated_at: Option<Moment>,
}

/// What is called out in the corridor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// What happened: `change`, `add`, `combine`, `join`, `split`, `swap`, `cancel`, `extend`,
    /// `shorten`, `close`, `reopen`, `share`.
    pub kind: &'static str,
    /// The rooms concerned.
    pub rooms: Vec<RoomId>,
    /// The sentence, as it is read out.
    pub said: Said,
}

/// Everything an act does: one change, one line of the journal, one call.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// The word in the journal.
    pub word: &'static str,
    /// Bookings as they shall be; the store raises their version.
    pub bookings: Vec<Booking>,
    /// New bookings.
    pub creates: Vec<NewBooking>,
    /// Stretches as they shall be.
    pub segments: Vec<Segment>,
    /// New stretches.
    pub fresh: Vec<Fresh>,
    /// Claims as they shall be.
    pub puts: Vec<Claim>,
    /// New claims; the owner of those for a new booking is filled in by the store.
    pub takes: Vec<NewClaim>,
    /// Rooms that are ready, or not any more.
    pub ready: Vec<(RoomId, Readiness)>,
    /// What is called out.
    pub call: Option<Call>,
    /// The business date it is about, where that is not today's.
    pub date: Option<NaiveDate>,
    /// The reason given.
    pub why: Option<String>,
    /// Whether rooms given free are offered to those who wait.
    pub recalls: bool,
    /// When it really happened, where that was told later.
    pub since: Option<Moment>,
}

impl Outcome {
    /// Writes down what is dated `now` as of an earlier moment, though not before the guests came or
    /// the stretch began. Rooms become free from now on all the same.
    pub fn happened(&mut self, now: Moment, since: Moment) {
        self.since = Some(since);
        let dated = |field: &mut Option<Moment>, least: Moment| {
            if *field == Some(now) {
                *field = Some(since.max(least));
            }
        };
        for booking in &mut self.bookings {
            let before = |at: Option<Moment>| at.filter(|at| *at != now);
            let begun = before(booking.seated_at).or(before(booking.arrived_at));
            let least = begun.unwrap_or(booking.created_at);
            for field in [
                &mut booking.arrived_at,
                &mut booking.attribution_locked_at,
                &mut booking.seated_at,
                &mut booking.ended_at,
            ] {
                dated(field, least);
            }
        }
        for segment in &mut self.segments {
            if segment.to_at == now && segment.ended_at == Some(now) {
                segment.to_at = since.max(segment.from_at);
            }
            dated(&mut segment.ended_at, segment.from_at);
            if segment.seated_at == Some(now) && segment.from_at == now {
                segment.from_at = since;
            }
            dated(&mut segment.seated_at, since);
        }
        for fresh in &mut self.fresh {
            if fresh.from_at == now {
                fresh.from_at = since;
            }
            dated(&mut fresh.seated_at, since);
        }
    }
}

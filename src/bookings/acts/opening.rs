//! A new booking: the five fields checked, its rooms taken, a hold of one's own turned into it.

use std::collections::BTreeSet;

use crate::claims::{Claim, Kind, Owner};
use crate::kernel::{CallId, ClaimId, Moment, Phone, RoomId};

use super::super::booking::{Role, Source};
use super::super::refusal::{Decided, Refusal, Wrong};
use super::super::world::{Fresh, NewBooking, Outcome, Stands, Whose, World};
use super::details::{Seller, money, name, party, sold, text};
use super::pieces::{MINUTE, alone, free_and_unseen, put, stay};

/// What somebody writes to open a booking.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Opening {
    /// How to address the guest.
    pub name: String,
    /// How many.
    pub party: i64,
    /// Their telephone, as it was said.
    pub phone: String,
    /// When; `None` for guests who sit down now.
    pub starts_at: Option<Moment>,
    /// How long; `None`: as the room and the party suggest.
    pub minutes: Option<i64>,
    /// Which rooms; none: it waits for one on the board.
    pub rooms: Vec<RoomId>,
    /// What they asked for.
    pub wishes: String,
    /// What else was said.
    pub note: String,
    /// What is celebrated.
    pub occasion: String,
    /// How they came to the house.
    pub source: Option<Source>,
    /// Who sold it.
    pub sold_by: Option<String>,
    /// Of which department.
    pub sold_dept: Option<String>,
    /// The call it came by.
    pub call_id: Option<CallId>,
    /// The customer, where known.
    pub contact_id: Option<i64>,
    /// Paid in advance, in fen.
    pub deposit_fen: i64,
    /// 0; 1 for those who go first, 2 where the house owes them.
    pub tier: i64,
    /// They want this room and no other.
    pub pinned: bool,
    /// What was kept while it was written: one hold for each room.
    pub holds: Vec<ClaimId>,
    /// Whose those holds are; `None`: they must be the person's own.
    pub held_by: Option<Owner>,
    /// The series it belongs to.
    pub series_id: Option<i64>,
    /// Why it is all right although the room is small, or somebody looks at it.
    pub despite: Option<String>,
    /// Guests who sit down now accept that they must leave before the next booking.
    pub shorten: bool,
    /// It was read back to the guest as it is written.
    pub read_back: bool,
    /// The viewing it follows from.
    pub viewing: Option<i64>,
}

impl std::fmt::Debug for Opening {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "an opening for {}", self.party)
    }
}

/// Checks and opens a booking. Guests who come through the door sit down at once.
pub fn open(world: &World, opening: &Opening) -> Decided<Outcome> {
    let source = opening.source.unwrap_or(Source::SelfCome);
    let walk_in = source == Source::WalkIn;
    let title = if walk_in && opening.name.trim().is_empty() { "散客" } else { &opening.name };
    let (title, guests) = (name(title)?, party(opening.party)?);
    let phone = match Phone::read(&opening.phone) {
        Some(phone) => Some(phone.as_str().to_owned()),
        None if walk_in && opening.phone.trim().is_empty() => None,
        None => return Err(Refusal::Field("phone", Wrong::Phone)),
    };
    let seller = Seller {
        source,
        sold_by: opening.sold_by.as_deref(),
        sold_dept: opening.sold_dept.as_deref(),
    };
    let (sold_by, sold_dept) = sold(seller)?;
    let starts_at = match opening.starts_at {
        _ if walk_in => world.now,
        None => return Err(Refusal::Field("when", Wrong::When)),
        Some(at) if at < world.now.plus_millis(-30 * MINUTE) => {
            return Err(Refusal::Field("when", Wrong::Past));
        }
        Some(at) => at,
    };
    let rooms: BTreeSet<RoomId> = opening.rooms.iter().copied().collect();
    let mut minutes = opening.minutes.unwrap_or_else(|| usual(world, &rooms, guests, starts_at));
    if !(5..=2880).contains(&minutes) {
        return Err(Refusal::Field("minutes", Wrong::Minutes));
    }
    fits(world, &rooms, guests, opening.despite.as_deref())?;
    if walk_in {
        minutes = walk_in_minutes(world, &rooms, minutes, opening)?;
    }
    let end = starts_at.plus_millis(minutes * MINUTE);
    let booking = NewBooking {
        contact_id: opening.contact_id,
        name: title,
        party: guests,
        phone,
        starts_at,
        planned_minutes: minutes,
        wishes: text("wishes", &opening.wishes)?,
        note: text("note", &opening.note)?,
        occasion: text("occasion", &opening.occasion)?,
        source,
        sold_by,
        sold_dept,
        call_id: opening.call_id,
        deposit_fen: money("deposit", opening.deposit_fen)?,
        tier: opening.tier.clamp(0, 2),
        pinned: opening.pinned,
        series_id: opening.series_id,
        seated: walk_in,
        read_back: opening.read_back,
        due_at: (!walk_in).then(|| starts_at.plus_millis(world.rules.grace_minutes * MINUTE)),
    };
    let mut outcome = Outcome { word: "booked", creates: vec![booking], ..Outcome::default() };
    let held_by = opening.held_by.clone().unwrap_or_else(|| Owner::keeper(world.by));
    take_rooms(world, &mut outcome, (&opening.holds, &held_by), &rooms, (starts_at, end));
    if walk_in {
        outcome.word = "walked_in";
        for fresh in &mut outcome.fresh {
            fresh.seated_at = Some(world.now);
        }
    }
    free_and_unseen(world, &outcome, opening.despite.as_deref())?;
    alone(world, outcome)
}

/// How long the largest of the rooms suggests.
fn usual(world: &World, rooms: &BTreeSet<RoomId>, party: i64, at: Moment) -> i64 {
    let stays = rooms.iter().map(|room| world.house.stay(&world.day, *room, party, at));
    stays.max().unwrap_or(120)
}

fn fits(world: &World, rooms: &BTreeSet<RoomId>, party: i64, despite: Option<&str>) -> Decided<()> {
    let Some(first) = rooms.first() else { return Ok(()) };
    for room in rooms {
        if world.house.room(*room).is_none() {
            return Err(Refusal::Field("room", Wrong::Room));
        }
    }
    if rooms.len() > 1 && !world.house.opens_into_one(rooms) {
        return Err(Refusal::NoWall);
    }
    let extra = world.house.room(*first).map_or(0, |room| room.cap_extra);
    let most = world.house.seats(rooms) + if rooms.len() == 1 { extra } else { 0 };
    if party > most && despite.is_none() {
        return Err(Refusal::TooSmall(*first, most));
    }
    Ok(())
}

/// Guests without a booking sit until the next one begins at most, the cleaning before it left out;
/// they are told before they sit down.
fn walk_in_minutes(
    world: &World,
    rooms: &BTreeSet<RoomId>,
    minutes: i64,
    opening: &Opening,
) -> Decided<i64> {
    if rooms.is_empty() {
        return Err(Refusal::Field("room", Wrong::Room));
    }
    for room in rooms {
        if let Some(other) = world.sits_in(*room, crate::kernel::BookingId(0)) {
            return Err(Refusal::Occupied(*room, other.name.clone(), other.party));
        }
        let known = world.house.room(*room).ok_or(Refusal::NoSuchRoom)?;
        if !known.readiness.is_ready() && opening.despite.is_none() {
            return Err(Refusal::NotReady(*room));
        }
    }
    let wanted = world.now.plus_millis(minutes * MINUTE);
    let limits = rooms.iter().filter_map(|room| limit(world, *room, &opening.holds));
    let Some(limit) = limits.min().filter(|limit| *limit < wanted) else { return Ok(minutes) };
    let left = limit.millis_since(world.now) / MINUTE;
    // where nothing is left of it whoever has it is named, as for every other booking
    match left {
        ..5 => Ok(minutes),
        _ if opening.shorten => Ok(left),
        _ => Err(Refusal::Until(limit)),
    }
}

/// Up to when a room is free from now on, the cleaning left out; `None`: as long as one likes.
fn limit(world: &World, room: RoomId, holds: &[ClaimId]) -> Option<Moment> {
    let mine = |claim: &&Claim| holds.contains(&claim.id);
    let next = world.claims.iter().filter(|claim| {
        claim.resource.room_id() == Some(room)
            && claim.counts(world.now)
            && !claim.kind.is_soft()
            && claim.to_at > world.now
            && !mine(claim)
    });
    let next = next.map(|claim| claim.from_at).min()?;
    Some(next.plus_millis(-world.house.buffer_ms(room)))
}

fn take_rooms(
    world: &World,
    outcome: &mut Outcome,
    (holds, held_by): (&[ClaimId], &Owner),
    rooms: &BTreeSet<RoomId>,
    (from_at, to_at): (Moment, Moment),
) {
    // what was kept for a few minutes, or for a banquet until a date
    let keeps = |claim: &Claim| matches!(claim.kind, Kind::Hold | Kind::Option);
    let mut kept: Vec<&Claim> = holds
        .iter()
        .filter_map(|id| world.claim(*id))
        .filter(|claim| keeps(claim) && claim.counts(world.now))
        .filter(|claim| claim.owner == *held_by)
        .collect();
    let group = (rooms.len() > 1).then_some(0);
    for (k, room) in rooms.iter().enumerate() {
        let claim = stay(world, Owner::of("bookings/new"), *room, from_at, to_at);
        // the hold that was named, or another of one's own in the way: nobody is in their own way
        let own = || {
            world.claims.iter().find(|one| {
                keeps(one)
                    && one.owner == *held_by
                    && one.resource == claim.resource
                    && one.counts(world.now)
                    && one.meets(claim.from_at, claim.to_at)
            })
        };
        let named = kept.iter().copied().find(|kept| kept.resource == claim.resource);
        let mine = named.or_else(own);
        let stands = if let Some(own) = mine {
            // the hold becomes the booking and cannot be in its own way
            let mut turned = own.clone();
            (turned.from_at, turned.to_at) = (claim.from_at, claim.to_at);
            (turned.buffer_ms, turned.kind) = (claim.buffer_ms, claim.kind);
            (turned.owner, turned.expires_at) = (claim.owner, None);
            put(outcome, turned);
            kept.retain(|kept| kept.id != own.id);
            Stands::Known(own.id)
        } else {
            outcome.takes.push(claim);
            Stands::Taken(outcome.takes.len() - 1)
        };
        outcome.fresh.push(Fresh {
            whose: Whose::New(0),
            room_id: *room,
            stands,
            from_at,
            to_at,
            role: if k == 0 { Role::Primary } else { Role::Combined },
            combine_group: group,
            seated_at: None,
        });
    }
    for unused in kept {
        put(outcome, unused.clone().released(world.now));
    }
}

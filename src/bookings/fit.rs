//! Which room suits whom: free rooms ranked with reasons (operations §4.3), rooms opened into one
//! (§4.4), bookings moved to free a room, and what else could be offered when nothing is free.

mod other;
mod repack;

use std::collections::{BTreeMap, BTreeSet};

use crate::claims::Claim;
use crate::kernel::{AreaId, BusinessDay, Moment, RoomClassId, RoomId};
use crate::rooms::{House, Room, RoomKind};

use super::rules::Rules;

pub use other::{Other, OtherKind, others};
pub use repack::{Movable, Move, repack};

/// What somebody wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// So many guests.
    pub party: i64,
    /// From when on, in epoch milliseconds.
    pub from: i64,
    /// How long, in minutes; `None`: as room and party suggest.
    pub minutes: Option<i64>,
    /// Of this kind alone.
    pub class: Option<RoomClassId>,
    /// In this part of the house alone.
    pub area: Option<AreaId>,
    /// What they ask for by name.
    pub wishes: Vec<String>,
    /// Where they sat last time.
    pub last_room: Option<RoomId>,
    /// They sit down now: the room must be ready, and may be had until its next booking.
    pub walk_in: bool,
}

impl Wanted {
    /// From when on.
    pub const fn from(&self) -> Moment {
        Moment::from_millis(self.from)
    }
}

/// Why a room stands where it stands.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "why", content = "of", rename_all = "snake_case")]
pub enum Why {
    /// Seats for exactly this party.
    Exact,
    /// So many seats stay empty.
    Spare(i64),
    /// So many chairs are brought in.
    Extra(i64),
    /// Usually for larger parties, from so many on.
    BelowMin(i64),
    /// So many rooms opened into one.
    Combined(usize),
    /// It has what they asked for.
    Has(String),
    /// They sat there last time.
    LastTime,
    /// It leaves a gap nobody can use.
    LeavesGap,
    /// It can be had until then.
    Until(#[serde(serialize_with = "as_text")] Moment),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields by reference")]
fn as_text<S: serde::Serializer>(at: &Moment, to: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(at, to)
}

/// A room, or several opened into one, that is free.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Which.
    pub rooms: Vec<RoomId>,
    /// How many sit there.
    pub seats: i64,
    /// How long the stay is.
    pub minutes: i64,
    /// Why it stands where it stands.
    pub why: Vec<Why>,
}

/// The place of a proposal: the lowest first (operations §4.3).
type Rank = (u8, bool, bool, i64, i64, usize, bool, i64, i64, i64);

/// Milliseconds in a minute.
pub(super) const MINUTE: i64 = 60_000;

/// The claims that count, by room: a house of 60 is asked thousands of times who has one of them.
#[derive(Debug)]
pub struct Taken<'a> {
    /// Those that let nobody else in.
    firm: BTreeMap<RoomId, Vec<&'a Claim>>,
    /// Those of somebody who only looks at the room.
    looked_at: BTreeMap<RoomId, Vec<&'a Claim>>,
}

impl<'a> Taken<'a> {
    /// Those of `claims` that count now.
    pub fn of(claims: &'a [Claim], now: Moment) -> Self {
        let mut taken = Self { firm: BTreeMap::new(), looked_at: BTreeMap::new() };
        for claim in claims.iter().filter(|claim| claim.counts(now)) {
            let Some(room) = claim.resource.room_id() else { continue };
            let of_kind = if claim.kind.is_soft() { &mut taken.looked_at } else { &mut taken.firm };
            of_kind.entry(room).or_default().push(claim);
        }
        taken
    }
}

/// What ranking works on.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The rooms.
    pub house: &'a House,
    /// The site's day.
    pub day: &'a BusinessDay,
    /// The rules.
    pub rules: &'a Rules,
    /// Who has what, as far as the times asked about go.
    pub taken: &'a Taken<'a>,
    /// When it is.
    pub now: Moment,
}

impl Ground<'_> {
    /// The claims on a room that count and let nobody else in.
    fn on(&self, room: RoomId) -> impl Iterator<Item = &Claim> {
        self.taken.firm.get(&room).into_iter().flatten().copied()
    }

    /// Whether somebody looks at a room in a stretch of time.
    fn is_looked_at(&self, room: RoomId, from: Moment, to: Moment) -> bool {
        let looked_at = self.taken.looked_at.get(&room).into_iter().flatten();
        looked_at.copied().any(|claim| claim.meets(from, to))
    }

    /// Whether nobody has a room in a stretch of time.
    pub fn is_free(&self, room: RoomId, from: Moment, to: Moment) -> bool {
        !self.on(room).any(|claim| claim.meets(from, to))
    }

    /// The end of what a room has before a moment, and the beginning of what it has after another.
    fn around(&self, room: RoomId, from: Moment, to: Moment) -> (Option<Moment>, Option<Moment>) {
        let before = self.on(room).map(|claim| claim.to_at).filter(|end| *end <= from).max();
        let after = self.on(room).map(|claim| claim.from_at).filter(|begin| *begin >= to).min();
        (before, after)
    }

    /// How many unusable gaps a stay leaves beside it.
    fn gaps(&self, room: RoomId, from: Moment, to: Moment) -> i64 {
        let shortest = self.rules.shortest_minutes * MINUTE;
        let (before, after) = self.around(room, from, to);
        let unusable = |gap: i64| i64::from(gap > 0 && gap < shortest);
        let before = before.map_or(0, |end| unusable(from.millis_since(end)));
        before + after.map_or(0, |begin| unusable(begin.millis_since(to)))
    }

    /// How long a party stays in a room.
    fn stay(&self, wanted: &Wanted, room: RoomId) -> i64 {
        let usual = || self.house.stay(self.day, room, wanted.party, wanted.from());
        wanted.minutes.unwrap_or_else(usual)
    }

    /// Whether a party of this size is a banquet, so that halls are for it.
    const fn is_banquet(&self, party: i64) -> bool {
        party >= self.rules.banquet_party
    }
}

/// Every free room or set that suits, the best first.
pub fn rank(ground: Ground<'_>, wanted: &Wanted) -> Vec<Proposal> {
    let mut found: Vec<(Rank, Proposal)> = Vec::new();
    for room in &ground.house.rooms {
        found.extend(single(ground, wanted, room));
    }
    if !wanted.walk_in || found.is_empty() {
        for set in ground.house.sets() {
            found.extend(combined(ground, wanted, &set.rooms, set.cap_min, set.cap_max));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, proposal)| proposal).collect()
}

fn is_wanted(wanted: &Wanted, room: &Room) -> bool {
    wanted.class.is_none_or(|class| class == room.class_id)
        && wanted.area.is_none_or(|area| area == room.area_id)
}

fn single(ground: Ground<'_>, wanted: &Wanted, room: &Room) -> Option<(Rank, Proposal)> {
    let hall = room.kind == RoomKind::Hall;
    if !is_wanted(wanted, room)
        || (hall && !ground.is_banquet(wanted.party) && wanted.class.is_none())
    {
        return None;
    }
    if wanted.party > room.most() || (wanted.walk_in && !room.readiness.is_ready()) {
        return None;
    }
    let from = wanted.from();
    let mut minutes = ground.stay(wanted, room.id);
    let buffer = ground.house.buffer_ms(room.id);
    let mut why = Vec::new();
    if !ground.is_free(room.id, from, from.plus_millis(minutes * MINUTE + buffer)) {
        // guests through the door may have it for what is left
        let next = ground.on(room.id).map(|claim| claim.from_at).filter(|at| *at > from).min()?;
        let until = next.plus_millis(-buffer);
        let left = until.millis_since(from) / MINUTE;
        let short = wanted.walk_in && left >= ground.rules.shortest_minutes;
        if !short || !ground.is_free(room.id, from, next) {
            return None;
        }
        minutes = left;
        why.push(Why::Until(until));
    }
    let to = from.plus_millis(minutes * MINUTE + buffer);
    let spare = room.cap_max - wanted.party;
    let fit = if spare < 0 {
        why.push(Why::Extra(-spare));
        1
    } else if wanted.party < room.cap_min {
        why.push(Why::BelowMin(room.cap_min));
        2
    } else {
        0
    };
    match spare {
        0 => why.push(Why::Exact),
        1.. => why.push(Why::Spare(spare)),
        _ => {}
    }
    let gaps = ground.gaps(room.id, from, to);
    if gaps > 0 {
        why.push(Why::LeavesGap);
    }
    let has: Vec<&String> =
        wanted.wishes.iter().filter(|wish| room.features().any(|one| one == *wish)).collect();
    let missed = wanted.wishes.len() - has.len();
    why.extend(has.into_iter().cloned().map(Why::Has));
    let last = wanted.last_room == Some(room.id);
    if last {
        why.push(Why::LastTime);
    }
    let in_a_set = ground.house.is_in_a_set(room.id);
    let rank = (
        fit,
        false,
        in_a_set,
        spare.max(0),
        gaps,
        missed,
        !last,
        room.priority,
        room.sort,
        room.id.0,
    );
    let seats = room.cap_max;
    Some((rank, Proposal { rooms: vec![room.id], seats, minutes, why }))
}

fn combined(
    ground: Ground<'_>,
    wanted: &Wanted,
    rooms: &BTreeSet<RoomId>,
    cap_min: i64,
    cap_max: i64,
) -> Option<(Rank, Proposal)> {
    if wanted.party > cap_max || wanted.party < cap_min {
        return None;
    }
    let known: Vec<&Room> = rooms.iter().filter_map(|id| ground.house.room(*id)).collect();
    let here = |room: &&Room| wanted.area.is_none_or(|area| area == room.area_id);
    if known.len() != rooms.len() || !known.iter().all(here) {
        return None;
    }
    let ready = known.iter().all(|room| room.readiness.is_ready());
    if wanted.walk_in && !ready {
        return None;
    }
    let from = wanted.from();
    let minutes = rooms.iter().map(|room| ground.stay(wanted, *room)).max()?;
    let free = rooms.iter().all(|room| {
        let end = from.plus_millis(minutes * MINUTE + ground.house.buffer_ms(*room));
        ground.is_free(*room, from, end)
    });
    if !free {
        return None;
    }
    let gaps = rooms.iter().map(|room| {
        let end = from.plus_millis(minutes * MINUTE + ground.house.buffer_ms(*room));
        ground.gaps(*room, from, end)
    });
    let gaps: i64 = gaps.sum();
    let spare = cap_max - wanted.party;
    let mut why = vec![Why::Combined(rooms.len())];
    why.push(if spare == 0 { Why::Exact } else { Why::Spare(spare) });
    let size = i64::try_from(rooms.len()).unwrap_or(i64::MAX);
    let first = rooms.first()?.0;
    let rank = (0, true, true, spare, gaps, wanted.wishes.len(), true, size, 0, first);
    let rooms = rooms.iter().copied().collect();
    Some((rank, Proposal { rooms, seats: cap_max, minutes, why }))
}

#[cfg(test)]
mod tests;

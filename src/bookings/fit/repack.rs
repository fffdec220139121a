//! A full house is often full in the wrong places: up to three bookings nobody sits in yet are moved
//! to rooms as good, so that one becomes free (operations §4.3).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::kernel::{BookingId, Moment, RoomId};

use super::{Ground, MINUTE, Wanted, is_wanted};

/// A booking that may be moved: nobody is here yet, and nobody insists on this room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movable {
    /// Which.
    pub booking: BookingId,
    /// Where it is.
    pub room: RoomId,
    /// So many guests.
    pub party: i64,
    /// From when to when, the cleaning not included.
    pub from: Moment,
    /// Its end.
    pub to: Moment,
}

/// One booking goes from one room to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Move {
    /// Which.
    pub booking: BookingId,
    /// From here.
    pub from: RoomId,
    /// To there.
    pub to: RoomId,
}

/// The most bookings that are moved for one.
const MOST: usize = 3;

/// The fewest moves that free a room for a party, and which room; `None`: three are not enough.
pub fn repack(
    ground: Ground<'_>,
    movable: &[Movable],
    wanted: &Wanted,
) -> Option<(RoomId, Vec<Move>)> {
    Search::new(ground, movable).room_for(wanted)
}

struct Search<'a> {
    ground: Ground<'a>,
    /// Bookings by the room they are in.
    in_room: BTreeMap<RoomId, Vec<&'a Movable>>,
    by_id: BTreeMap<BookingId, &'a Movable>,
    /// Where a booking could go as the house is now.
    free: RefCell<BTreeMap<BookingId, Vec<RoomId>>>,
    /// Bookings that so many moves do not bring anywhere, as the house is now; but for one room that
    /// was not tried.
    hopeless: RefCell<BTreeMap<(BookingId, usize), Option<RoomId>>>,
    /// How many rooms were looked at: a full house has thousands of chains.
    looked: Cell<usize>,
}

impl<'a> Search<'a> {
    fn new(ground: Ground<'a>, movable: &'a [Movable]) -> Self {
        let mut in_room: BTreeMap<RoomId, Vec<&Movable>> = BTreeMap::new();
        for one in movable {
            in_room.entry(one.room).or_default().push(one);
        }
        let by_id = movable.iter().map(|one| (one.booking, one)).collect();
        let (free, hopeless) = (RefCell::default(), RefCell::default());
        Self { ground, in_room, by_id, free, hopeless, looked: Cell::new(0) }
    }

    fn room_for(&self, wanted: &Wanted) -> Option<(RoomId, Vec<Move>)> {
        let mut best: Option<(RoomId, Vec<Move>)> = None;
        let house = self.ground.house;
        let fits = house.rooms.iter().filter(|room| {
            is_wanted(wanted, room) && wanted.party <= room.most() && wanted.party >= room.cap_min
        });
        for room in fits {
            let from = wanted.from();
            let end = self.ground.stay(wanted, room.id) * MINUTE + house.buffer_ms(room.id);
            let limit = best.as_ref().map_or(MOST, |(_, moves)| moves.len().saturating_sub(1));
            if let Some(moves) = self.clear(room.id, from, from.plus_millis(end), &[], limit)
                && !moves.is_empty()
            {
                best = Some((room.id, moves));
            }
        }
        best
    }

    /// Moves on top of `done` that empty a room for a stretch of time, `limit` in all.
    fn clear(
        &self,
        room: RoomId,
        from: Moment,
        to: Moment,
        done: &[Move],
        limit: usize,
    ) -> Option<Vec<Move>> {
        self.looked.set(self.looked.get() + 1);
        let buffer = self.ground.house.buffer_ms(room);
        let meets = |one: &Movable| one.from < to && from < one.to.plus_millis(buffer);
        // who was moved here stays here
        let moved_here = done.iter().filter(|step| step.to == room);
        if moved_here.filter_map(|step| self.by_id.get(&step.booking)).any(|one| meets(one)) {
            return None;
        }
        let is_away = |one: &Movable| done.iter().any(|step| step.booking == one.booking);
        let own = self.in_room.get(&room).into_iter().flatten();
        let in_the_way: Vec<&Movable> =
            own.copied().filter(|one| meets(one) && !is_away(one)).collect();
        if done.len() + in_the_way.len() > limit {
            return None;
        }
        // what is not a booking that may be moved stays where it is
        let fixed = self.ground.on(room).filter(|claim| claim.meets(from, to)).any(|claim| {
            let owner = claim.owner.booking_id().and_then(|id| self.by_id.get(&id));
            owner.is_none_or(|one| one.room != room)
        });
        if fixed || self.ground.is_looked_at(room, from, to) {
            return None;
        }
        let mut moves = done.to_vec();
        for one in in_the_way {
            if moves.iter().any(|done| done.booking == one.booking) {
                return None;
            }
            moves = self.elsewhere(one, room, &moves, limit)?;
        }
        Some(moves)
    }

    /// The rooms as good for a booking as its own.
    fn as_good(&self, one: &Movable) -> Vec<RoomId> {
        let house = self.ground.house;
        let own = house.room(one.room);
        let Some(class) = own.and_then(|room| house.class(room.class_id)) else {
            return Vec::new();
        };
        let good = house.rooms.iter().filter(|room| {
            let better = house.class(room.class_id).is_some_and(|other| other.sort >= class.sort);
            better
                && room.id != one.room
                && room.kind == own.map_or(room.kind, |from| from.kind)
                && (room.cap_min..=room.most()).contains(&one.party)
                && self.is_worth_as_much(one, room.id)
        });
        good.map(|room| room.id).collect()
    }

    /// Whether nobody has to agree to the move because the party would owe less there.
    fn is_worth_as_much(&self, one: &Movable, room: RoomId) -> bool {
        let Ground { house, day, rules, .. } = self.ground;
        !rules.lower_spend_needs_approval
            || house.min_spend(day, room, one.from) >= house.min_spend(day, one.room, one.from)
    }

    /// Those of them that are free for it as the house is now.
    fn free_for(&self, one: &Movable) -> Vec<RoomId> {
        let mut free = self.free.borrow_mut();
        let find = || {
            let is_free = |room: &RoomId| self.clear_for(one, *room, &[], 0).is_some();
            self.as_good(one).into_iter().filter(is_free).collect()
        };
        free.entry(one.booking).or_insert_with(find).clone()
    }

    /// Moves on top of `done` that empty a room for a booking, `limit` in all.
    fn clear_for(
        &self,
        one: &Movable,
        room: RoomId,
        done: &[Move],
        limit: usize,
    ) -> Option<Vec<Move>> {
        let end = one.to.plus_millis(self.ground.house.buffer_ms(room));
        self.clear(room, one.from, end, done, limit)
    }

    /// The rooms worth trying for a booking, so many moves being left.
    fn worth(&self, one: &Movable, done: &[Move], limit: usize) -> Vec<RoomId> {
        if done.len() + 1 == limit {
            // the last move: into what is free, or was left by the moves before it
            let mut rooms = self.free_for(one);
            if !done.is_empty() {
                let good = self.as_good(one);
                let left = done.iter().map(|step| step.from);
                rooms.extend(left.filter(|room| good.contains(room)));
            }
            return rooms;
        }
        match self.hopeless.borrow().get(&(one.booking, limit)) {
            Some(untried) if done.is_empty() => untried.iter().copied().collect(),
            _ => self.as_good(one),
        }
    }

    /// Moves that bring one booking to another room as good, freeing it first if need be.
    fn elsewhere(
        &self,
        one: &Movable,
        but: RoomId,
        done: &[Move],
        limit: usize,
    ) -> Option<Vec<Move>> {
        if done.len() + 1 > limit {
            return None;
        }
        let worth = self.worth(one, done, limit);
        let untried = worth.contains(&but).then_some(but);
        let mut best: Option<Vec<Move>> = None;
        for room in worth.into_iter().filter(|room| *room != but) {
            let limit = best.as_ref().map_or(limit, |moves| moves.len().saturating_sub(1));
            if done.len() + 1 > limit {
                break;
            }
            // the room must be empty before the booking moves in
            if let Some(mut moves) = self.clear_for(one, room, done, limit - 1) {
                moves.push(Move { booking: one.booking, from: one.room, to: room });
                best = Some(moves);
            }
        }
        if best.is_none() && done.is_empty() {
            self.hopeless.borrow_mut().insert((one.booking, limit), untried);
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::super::Taken;
    use super::super::tests::{at, day, house, room, taken, wanted};
    use super::*;
    use crate::bookings::rules::Rules;

    /// Sixty rooms with fourteen parties each: whether three moves free one is known soon.
    #[test]
    fn a_full_house_is_looked_through_once() {
        let house = house((1..=60).map(|id| room(id, 2, 10)).collect());
        let parties = (0..60 * 14).map(|k| (k, 1 + k / 14, 100 * (k % 14)));
        let (claims, movable): (Vec<_>, Vec<_>) = parties
            .map(|(id, room, from)| {
                let (booking, room_id) = (BookingId(id), RoomId(room));
                let (from_at, to_at) = (at(from), at(from + 80));
                let party = Movable { booking, room: room_id, party: 6, from: from_at, to: to_at };
                (taken(id, room, from, from + 100), party)
            })
            .unzip();
        let (day, rules) = (day(), Rules::default());
        let all = Taken::of(&claims, at(0));
        let ground = Ground { house: &house, day: &day, rules: &rules, taken: &all, now: at(0) };
        let search = Search::new(ground, &movable);
        assert_eq!(search.room_for(&wanted(6)), None);
        assert!(search.looked.get() < 20_000, "{} rooms were looked at", search.looked.get());
    }
}

//! A full house is often full in the wrong places: up to three bookings nobody sits in yet are moved
//! to rooms as good, so that one becomes free (operations §4.3).

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
    let mut best: Option<(RoomId, Vec<Move>)> = None;
    let fits = ground.house.rooms.iter().filter(|room| {
        is_wanted(wanted, room) && wanted.party <= room.most() && wanted.party >= room.cap_min
    });
    for room in fits {
        let from = wanted.from();
        let end = ground.stay(wanted, room.id) * MINUTE + ground.house.buffer_ms(room.id);
        let search = Search { ground, movable };
        let limit = best.as_ref().map_or(MOST, |(_, moves)| moves.len().saturating_sub(1));
        if let Some(moves) = search.clear(room.id, from, from.plus_millis(end), &[], limit)
            && !moves.is_empty()
        {
            best = Some((room.id, moves));
        }
    }
    best
}

struct Search<'a> {
    ground: Ground<'a>,
    movable: &'a [Movable],
}

impl Search<'_> {
    /// Where a booking is after these moves.
    fn room_of(moves: &[Move], one: &Movable) -> RoomId {
        moves.iter().find(|done| done.booking == one.booking).map_or(one.room, |done| done.to)
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
        let buffer = self.ground.house.buffer_ms(room);
        let in_the_way: Vec<&Movable> = self
            .movable
            .iter()
            .filter(|one| {
                Self::room_of(done, one) == room
                    && one.from < to
                    && from < one.to.plus_millis(buffer)
            })
            .collect();
        // what is not a booking that may be moved stays where it is
        let fixed = self.ground.on(room).filter(|claim| claim.meets(from, to)).any(|claim| {
            let owner = claim.owner.booking_id();
            !self.movable.iter().any(|one| Some(one.booking) == owner && one.room == room)
        });
        if fixed || done.len() + in_the_way.len() > limit {
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

    /// Moves that bring one booking to another room as good, freeing it first if need be.
    fn elsewhere(
        &self,
        one: &Movable,
        but: RoomId,
        done: &[Move],
        limit: usize,
    ) -> Option<Vec<Move>> {
        let house = self.ground.house;
        let class = house.room(one.room).and_then(|room| house.class(room.class_id))?;
        let as_good = house.rooms.iter().filter(|room| {
            let better = house.class(room.class_id).is_some_and(|other| other.sort >= class.sort);
            better
                && room.id != but
                && room.id != one.room
                && room.kind == house.room(one.room).map_or(room.kind, |from| from.kind)
                && (room.cap_min..=room.most()).contains(&one.party)
        });
        let mut best: Option<Vec<Move>> = None;
        for room in as_good {
            if done.len() >= limit {
                break;
            }
            let step = Move { booking: one.booking, from: one.room, to: room.id };
            let end = one.to.plus_millis(house.buffer_ms(room.id));
            let limit = best.as_ref().map_or(limit, |moves| moves.len().saturating_sub(1));
            if done.len() + 1 > limit {
                break;
            }
            // the room must be empty before the booking moves in
            if let Some(mut moves) = self.clear(room.id, one.from, end, done, limit - 1) {
                moves.push(step);
                best = Some(moves);
            }
        }
        best
    }
}

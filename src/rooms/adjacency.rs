//! Rooms that open into each other, and what can be made of up to four of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::RoomId;

use super::Room;

/// Two rooms with a wall that opens.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
pub struct Link {
    /// The one with the lower id.
    pub low_id: RoomId,
    /// The other.
    pub high_id: RoomId,
    /// So many seats are lost when the wall is open: two tables of four often seat six.
    pub seats_lost: i64,
}

/// Rooms opened into one. A combination is no thing of its own: it is several claims of one booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set {
    /// Which rooms, by id.
    pub rooms: BTreeSet<RoomId>,
    /// Fewer guests than this fit one of its rooms alone.
    pub cap_min: i64,
    /// So many sit well.
    pub cap_max: i64,
}

/// The most rooms that are opened into one (operations §4.4).
const MOST: usize = 4;

/// Whether these rooms are one when their walls are open.
pub(super) fn is_connected(links: &[Link], rooms: &BTreeSet<RoomId>) -> bool {
    let Some(first) = rooms.first() else { return false };
    let mut reached = BTreeSet::from([*first]);
    loop {
        let next = links.iter().find_map(|link| {
            let ends = [(link.low_id, link.high_id), (link.high_id, link.low_id)];
            ends.into_iter()
                .find(|(a, b)| reached.contains(a) && !reached.contains(b) && rooms.contains(b))
                .map(|(_, b)| b)
        });
        match next {
            Some(room) => reached.insert(room),
            None => return reached.len() == rooms.len(),
        };
    }
}

/// How many sit in these rooms opened into one: all their seats less what the walls that are opened
/// cost, taking the cheapest walls.
pub(super) fn capacity(
    links: &[Link],
    rooms: &BTreeMap<RoomId, &Room>,
    set: &BTreeSet<RoomId>,
) -> i64 {
    let seats: i64 = set.iter().filter_map(|id| rooms.get(id)).map(|room| room.cap_max).sum();
    let mut walls: Vec<&Link> = links
        .iter()
        .filter(|link| set.contains(&link.low_id) && set.contains(&link.high_id))
        .collect();
    walls.sort_by_key(|link| link.seats_lost);
    let mut groups: Vec<BTreeSet<RoomId>> = set.iter().map(|id| BTreeSet::from([*id])).collect();
    let mut lost = 0;
    for wall in walls {
        let at = |id: &RoomId| groups.iter().position(|group| group.contains(id));
        if let (Some(a), Some(b)) = (at(&wall.low_id), at(&wall.high_id))
            && a != b
        {
            let joined = groups.swap_remove(a.max(b));
            if let Some(rest) = groups.get_mut(a.min(b)) {
                rest.extend(joined);
            }
            lost += wall.seats_lost;
        }
    }
    seats - lost
}

/// Every set of two to four rooms that can be opened into one, smallest first.
pub(super) fn sets(links: &[Link], rooms: &[Room]) -> Vec<Set> {
    let by_id: BTreeMap<RoomId, &Room> = rooms.iter().map(|room| (room.id, room)).collect();
    let mut found: BTreeSet<BTreeSet<RoomId>> = links
        .iter()
        .filter(|link| by_id.contains_key(&link.low_id) && by_id.contains_key(&link.high_id))
        .map(|link| BTreeSet::from([link.low_id, link.high_id]))
        .collect();
    let mut edge = found.clone();
    for _ in 2..MOST {
        let mut next = BTreeSet::new();
        for set in &edge {
            for link in links {
                for (a, b) in [(link.low_id, link.high_id), (link.high_id, link.low_id)] {
                    if set.contains(&a) && !set.contains(&b) && by_id.contains_key(&b) {
                        let mut larger = set.clone();
                        larger.insert(b);
                        next.insert(larger);
                    }
                }
            }
        }
        found.extend(next.iter().cloned());
        edge = next;
    }
    let mut sets: Vec<Set> = found
        .into_iter()
        .map(|set| {
            let largest = set.iter().filter_map(|id| by_id.get(id)).map(|room| room.cap_max).max();
            let cap_max = capacity(links, &by_id, &set);
            Set { cap_min: largest.unwrap_or(0) + 1, cap_max, rooms: set }
        })
        .filter(|set| set.cap_max >= set.cap_min)
        .collect();
    sets.sort_by_key(|set| (set.rooms.len(), set.cap_max));
    sets
}

//! All that is set up about rooms, read at once: a house has tens of rooms, not thousands.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::kernel::{AreaId, BusinessDay, Moment, RoomClassId, RoomId};

use super::adjacency::{capacity, is_connected, sets};
use super::price::price_on;
use super::{Area, Link, Period, Price, Room, RoomClass, Set};

/// The house as booking works with it.
#[derive(Debug, Clone, Default)]
pub struct House {
    /// Parts of the house, in their order.
    pub areas: Vec<Area>,
    /// Kinds of rooms, in their order.
    pub classes: Vec<RoomClass>,
    /// Rooms in use, area by area, in their order.
    pub rooms: Vec<Room>,
    /// Walls that open.
    pub links: Vec<Link>,
    /// The periods of a day, earliest first.
    pub periods: Vec<Period>,
    /// All prices.
    pub prices: Vec<Price>,
}

impl House {
    /// A room.
    pub fn room(&self, id: RoomId) -> Option<&Room> {
        self.rooms.iter().find(|room| room.id == id)
    }

    /// A room by its number or its other name, as people say it.
    pub fn room_called(&self, text: &str) -> Option<&Room> {
        let text = text.trim();
        let same = |name: &str| !name.is_empty() && name.eq_ignore_ascii_case(text);
        let by_name = self.rooms.iter().find(|room| same(&room.name));
        by_name.or_else(|| self.rooms.iter().find(|room| same(&room.alias)))
    }

    /// The name of a room, for a sentence.
    pub fn name(&self, id: RoomId) -> String {
        self.room(id).map_or_else(|| "?".to_owned(), |room| room.name.clone())
    }

    /// The names of rooms, joined: `A5+A6`.
    pub fn names<'r>(&self, ids: impl IntoIterator<Item = &'r RoomId>) -> String {
        ids.into_iter().map(|id| self.name(*id)).collect::<Vec<_>>().join("+")
    }

    /// A kind of rooms.
    pub fn class(&self, id: RoomClassId) -> Option<&RoomClass> {
        self.classes.iter().find(|class| class.id == id)
    }

    /// A kind of rooms by its name.
    pub fn class_called(&self, text: &str) -> Option<&RoomClass> {
        self.classes.iter().find(|class| class.name == text.trim())
    }

    /// A part of the house.
    pub fn area(&self, id: AreaId) -> Option<&Area> {
        self.areas.iter().find(|area| area.id == id)
    }

    /// The period a moment is in: the shortest, where several hold it.
    pub fn period_at(&self, day: &BusinessDay, at: Moment) -> Option<&Period> {
        let holding = self.periods.iter().filter(|period| period.holds(day, at));
        holding.min_by_key(|period| period.to_minute - period.from_minute)
    }

    /// What a room costs at a moment.
    pub fn price(&self, day: &BusinessDay, room: RoomId, at: Moment) -> Option<&Price> {
        let period = self.period_at(day, at).map(|period| period.id);
        price_on(&self.prices, self.room(room)?, day.date(at), period)
    }

    /// What a room costs in a period of a date.
    pub fn price_on(&self, room: RoomId, date: NaiveDate, period: Option<i64>) -> Option<&Price> {
        price_on(&self.prices, self.room(room)?, date, period)
    }

    /// What guests spend at least in a room at a moment, in fen; 0 where nothing is set.
    pub fn min_spend(&self, day: &BusinessDay, room: RoomId, at: Moment) -> i64 {
        self.price(day, room, at).map_or(0, |price| price.min_spend_fen)
    }

    /// How long a party is expected to stay, in minutes.
    pub fn stay(&self, day: &BusinessDay, room: RoomId, party: i64, at: Moment) -> i64 {
        let class = self.room(room).and_then(|room| self.class(room.class_id));
        class.map_or(120, |class| class.stay(party, self.period_at(day, at)))
    }

    /// The cleaning after a stay, in milliseconds.
    pub fn buffer_ms(&self, room: RoomId) -> i64 {
        let class = self.room(room).and_then(|room| self.class(room.class_id));
        class.map_or(0, RoomClass::buffer_ms)
    }

    /// Every set of rooms that can be opened into one.
    pub fn sets(&self) -> Vec<Set> {
        sets(&self.links, &self.rooms)
    }

    /// Whether a room is part of a set.
    pub fn is_in_a_set(&self, id: RoomId) -> bool {
        self.links.iter().any(|link| link.low_id == id || link.high_id == id)
    }

    /// Whether these rooms can be opened into one.
    pub fn opens_into_one(&self, rooms: &BTreeSet<RoomId>) -> bool {
        is_connected(&self.links, rooms)
    }

    /// How many sit in these rooms: opened into one where they can be, beside each other otherwise.
    pub fn seats(&self, rooms: &BTreeSet<RoomId>) -> i64 {
        let by_id: BTreeMap<RoomId, &Room> =
            self.rooms.iter().map(|room| (room.id, room)).collect();
        capacity(&self.links, &by_id, rooms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Moment;
    use crate::rooms::{Readiness, RoomKind};

    fn room(id: i64, cap_max: i64) -> Room {
        Room {
            id: RoomId(id),
            version: 1,
            name: format!("A{id}"),
            alias: String::new(),
            kind: RoomKind::Room,
            area_id: AreaId(1),
            class_id: RoomClassId(1),
            cap_min: 1,
            cap_max,
            cap_extra: 0,
            tables: None,
            shareable: false,
            priority: 0,
            features: String::new(),
            equipment: String::new(),
            notes: String::new(),
            sort: id,
            readiness: Readiness::Ready,
            readiness_at: Moment::from_millis(0),
        }
    }

    fn link(low: i64, high: i64, seats_lost: i64) -> Link {
        Link { low_id: RoomId(low), high_id: RoomId(high), seats_lost }
    }

    #[test]
    fn rooms_in_a_row_make_sets_of_neighbours_alone() {
        let house = House {
            rooms: (1..=5).map(|id| room(id, 8)).collect(),
            links: vec![link(1, 2, 2), link(2, 3, 0), link(3, 4, 0), link(4, 5, 0)],
            ..House::default()
        };
        let sets = house.sets();
        // 4 pairs, 3 threes, 2 fours
        assert_eq!(sets.len(), 9);
        let pair = BTreeSet::from([RoomId(1), RoomId(2)]);
        assert_eq!(sets.iter().find(|set| set.rooms == pair).map(|set| set.cap_max), Some(14));
        assert!(!house.opens_into_one(&BTreeSet::from([RoomId(1), RoomId(3)])));
        assert!(house.opens_into_one(&BTreeSet::from([RoomId(1), RoomId(2), RoomId(3)])));
    }

    #[test]
    fn a_price_from_saturday_on_does_not_hold_on_friday() {
        let date = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        let price = |id, from, room: Option<i64>, period, min_spend_fen| Price {
            id,
            room_id: room.map(RoomId),
            class_id: room.is_none().then_some(RoomClassId(1)),
            period_id: period,
            valid_from: from,
            min_spend_fen,
            per_hour_fen: 0,
            deposit_fen: 0,
        };
        let house = House {
            rooms: vec![room(1, 8)],
            prices: vec![
                price(1, date(1), None, None, 100),
                price(2, date(1), Some(1), None, 200),
                price(3, date(28), Some(1), None, 300),
                price(4, date(1), Some(1), Some(9), 250),
            ],
            ..House::default()
        };
        let on = |day, period| {
            house.price_on(RoomId(1), date(day), period).map(|price| price.min_spend_fen)
        };
        assert_eq!(on(27, None), Some(200));
        assert_eq!(on(28, None), Some(300));
        assert_eq!(on(28, Some(9)), Some(250), "the period's own goes before");
    }
}

//! Stories of rooms that suit.

use super::*;
use crate::claims::{Kind, Owner, Resource};
use crate::kernel::{BookingId, ClaimId};
use crate::rooms::{Link, Readiness, RoomClass};

pub(super) fn room(id: i64, cap_min: i64, cap_max: i64) -> Room {
    Room {
        id: RoomId(id),
        version: 1,
        name: format!("A{id}"),
        alias: String::new(),
        kind: RoomKind::Room,
        area_id: AreaId(1),
        class_id: RoomClassId(1),
        cap_min,
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

pub(super) fn house(rooms: Vec<Room>) -> House {
    let class = RoomClass {
        id: RoomClassId(1),
        version: 1,
        name: "包房".into(),
        sort: 1,
        stay_small: 120,
        stay_medium: 120,
        stay_large: 120,
        buffer_minutes: 20,
    };
    House { rooms, classes: vec![class], ..House::default() }
}

pub(super) fn taken(id: i64, room: i64, from: i64, to: i64) -> Claim {
    Claim {
        id: ClaimId(id),
        resource: Resource::room(RoomId(room)),
        from_at: at(from),
        to_at: at(to),
        buffer_ms: 20 * MINUTE,
        kind: Kind::Booking,
        owner: Owner::booking(BookingId(id)),
        expires_at: None,
        released_at: None,
        by_staff: None,
        created_at: at(0),
        note: String::new(),
    }
}

pub(super) fn at(minutes: i64) -> Moment {
    Moment::from_millis(minutes * MINUTE)
}

pub(super) fn day() -> BusinessDay {
    let cutoff = chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap();
    BusinessDay { zone: chrono_tz::Asia::Shanghai, cutoff }
}

pub(super) fn wanted(party: i64) -> Wanted {
    Wanted { party, from: 600 * MINUTE, ..Wanted::default() }
}

fn names(house: &House, claims: &[Claim], wanted: &Wanted) -> Vec<String> {
    let (day, rules) = (day(), Rules::default());
    let all = Taken::of(claims, at(0));
    let ground = Ground { house, day: &day, rules: &rules, taken: &all, now: at(0) };
    rank(ground, wanted).iter().map(|one| house.names(&one.rooms)).collect()
}

#[test]
fn the_smallest_room_that_seats_them_comes_first() {
    let house = house(vec![room(6, 1, 6), room(8, 1, 8), room(12, 1, 12), room(20, 1, 20)]);
    assert_eq!(names(&house, &[], &wanted(8)), ["A8", "A12", "A20"]);
}

#[test]
fn a_room_that_could_be_part_of_a_larger_one_is_kept_back() {
    let mut house = house(vec![room(1, 1, 8), room(2, 1, 8), room(3, 1, 8)]);
    let link = Link { low_id: RoomId(1), high_id: RoomId(2), seats_lost: 2 };
    house.links = vec![link];
    assert_eq!(names(&house, &[], &wanted(8)), ["A3", "A1", "A2"]);
    assert_eq!(names(&house, &[], &wanted(12)), ["A1+A2"], "fourteen sit there, not sixteen");
    assert!(names(&house, &[], &wanted(15)).is_empty());
    // one of the two is taken: the set is not free
    assert!(names(&house, &[taken(1, 2, 650, 700)], &wanted(12)).is_empty());
}

#[test]
fn a_gap_nobody_can_use_is_avoided() {
    let house = house(vec![room(1, 1, 8), room(2, 1, 8)]);
    // A1 was free from 570: half an hour before them stays empty
    assert_eq!(names(&house, &[taken(1, 1, 400, 570)], &wanted(8)), ["A2", "A1"]);
}

#[test]
fn guests_through_the_door_may_have_what_is_left() {
    let house = house(vec![room(1, 1, 8)]);
    let claims = [taken(1, 1, 700, 800)];
    assert!(names(&house, &claims, &wanted(4)).is_empty());
    let walk_in = Wanted { walk_in: true, ..wanted(4) };
    let (day, rules) = (day(), Rules::default());
    let all = Taken::of(&claims, at(600));
    let ground = Ground { house: &house, day: &day, rules: &rules, taken: &all, now: at(600) };
    let found = rank(ground, &walk_in);
    assert_eq!(found[0].minutes, 80, "the cleaning before the next guests is left out");
    assert!(found[0].why.contains(&Why::Until(at(680))));
}

#[test]
fn a_full_house_is_full_in_the_wrong_places() {
    // eight guests want a room; the couple in the large room could sit in the small one
    let house = house(vec![room(1, 1, 4), room(2, 1, 8)]);
    let claims = [taken(7, 2, 600, 740)];
    let (day, rules) = (day(), Rules::default());
    let all = Taken::of(&claims, at(0));
    let ground = Ground { house: &house, day: &day, rules: &rules, taken: &all, now: at(0) };
    assert!(rank(ground, &wanted(8)).is_empty());
    let couple =
        Movable { booking: BookingId(7), room: RoomId(2), party: 2, from: at(600), to: at(720) };
    let found = repack(ground, std::slice::from_ref(&couple), &wanted(8));
    let step = Move { booking: BookingId(7), from: RoomId(2), to: RoomId(1) };
    assert_eq!(found, Some((RoomId(2), vec![step])));
    assert_eq!(repack(ground, &[], &wanted(8)), None, "they insist on their room");
    // nobody is sent where somebody looks at the room
    let looks = Claim { kind: Kind::Viewing, ..taken(9, 1, 590, 605) };
    let claims = [taken(7, 2, 600, 740), looks];
    let all = Taken::of(&claims, at(0));
    let ground = Ground { taken: &all, ..ground };
    assert_eq!(repack(ground, std::slice::from_ref(&couple), &wanted(8)), None);
    // three small parties in a chain: the last free room lets each move up
    let chain = self::house(vec![room(1, 1, 2), room(2, 1, 4), room(3, 1, 8)]);
    let claims = [taken(2, 2, 600, 740), taken(3, 3, 600, 740)];
    let all = Taken::of(&claims, at(0));
    let ground = Ground { house: &chain, taken: &all, ..ground };
    let movable = [
        Movable { booking: BookingId(2), room: RoomId(2), party: 2, from: at(600), to: at(720) },
        Movable { booking: BookingId(3), room: RoomId(3), party: 4, from: at(600), to: at(720) },
    ];
    let (room, moves) = repack(ground, &movable, &wanted(8)).unwrap();
    assert_eq!((room, moves.len()), (RoomId(3), 2));
    assert_eq!(moves[0].booking, BookingId(2), "who makes room moves first");
}

#[test]
fn when_all_is_taken_something_else_is_offered() {
    let mut house = house(vec![room(1, 1, 8), room(2, 1, 6), room(3, 1, 6)]);
    for (k, class) in [(1, 2), (2, 1), (3, 1)] {
        house.rooms[k - 1].class_id = RoomClassId(class);
    }
    let mut large = house.classes[0].clone();
    (large.id, large.name, large.sort) = (RoomClassId(2), "大包".into(), 2);
    house.classes.push(large);
    house.links = vec![Link { low_id: RoomId(2), high_id: RoomId(3), seats_lost: 0 }];
    let claims = [taken(1, 1, 540, 740)];
    let (day, rules) = (day(), Rules::default());
    let all = Taken::of(&claims, at(590));
    let ground = Ground { house: &house, day: &day, rules: &rules, taken: &all, now: at(590) };
    let asked = Wanted { class: Some(RoomClassId(2)), ..wanted(8) };
    let found = others(ground, &asked);
    let set = found.iter().find(|one| one.kind == OtherKind::Combined).unwrap();
    assert_eq!((set.from, set.rooms.len()), (at(600), 2));
    let later = found.iter().find(|one| one.kind == OtherKind::Time).unwrap();
    assert_eq!((later.from, later.rooms.as_slice()), (at(750), [RoomId(1)].as_slice()));
}

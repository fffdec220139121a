//! When nothing is free: the nearest other time, another kind of room, rooms opened into one, another
//! day (clause 1-4a).

use crate::kernel::{Moment, RoomId};

use super::{Ground, MINUTE, Proposal, Wanted, rank};

/// In what an offer differs from what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OtherKind {
    /// Another time of the same day.
    Time,
    /// Another kind of room.
    Class,
    /// Rooms opened into one.
    Combined,
    /// Another day.
    Day,
}

/// Something else that could be offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// In what it differs.
    pub kind: OtherKind,
    /// From when on.
    pub from: Moment,
    /// Which rooms.
    pub rooms: Vec<RoomId>,
    /// How long.
    pub minutes: i64,
}

/// The grid other times are looked for on, in minutes.
const STEP: i64 = 15;

/// How far around the time asked for is near, in minutes.
const NEAR: i64 = 90;

/// How far ahead it is looked for the next free time, in minutes.
const FAR: i64 = 360;

/// The best at another time; rooms that are free at the time asked for need no other time.
fn first(ground: Ground<'_>, wanted: &Wanted, minutes: i64, free: &[Proposal]) -> Option<Proposal> {
    let at = Wanted { from: wanted.from + minutes * MINUTE, ..wanted.clone() };
    if at.from() < ground.now {
        return None;
    }
    rank(ground, &at).into_iter().find(|one| free.iter().all(|other| other.rooms != one.rooms))
}

fn offer(kind: OtherKind, wanted: &Wanted, minutes: i64, found: Proposal) -> Other {
    let from = Moment::from_millis(wanted.from + minutes * MINUTE);
    Other { kind, from, rooms: found.rooms, minutes: found.minutes }
}

/// What else could be offered, at most one of each sort but of times one before and one after; the
/// nearest first.
pub fn others(ground: Ground<'_>, wanted: &Wanted) -> Vec<Other> {
    let mut found = Vec::new();
    let any = Wanted { class: None, ..wanted.clone() };
    let all = rank(ground, &any);
    let later = (1..=FAR / STEP)
        .find_map(|k| first(ground, wanted, k * STEP, &all).map(|proposal| (k * STEP, proposal)));
    let earlier = (1..=NEAR / STEP)
        .find_map(|k| first(ground, wanted, -k * STEP, &all).map(|proposal| (-k * STEP, proposal)));
    let mut times: Vec<(i64, Proposal)> = later.into_iter().chain(earlier).collect();
    times.sort_by_key(|(minutes, _)| minutes.abs());
    for (minutes, proposal) in times {
        found.push(offer(OtherKind::Time, wanted, minutes, proposal));
    }
    if let Some(single) = all.iter().find(|one| one.rooms.len() == 1 && wanted.class.is_some()) {
        found.push(offer(OtherKind::Class, wanted, 0, single.clone()));
    }
    if let Some(set) = all.iter().find(|one| one.rooms.len() > 1) {
        found.push(offer(OtherKind::Combined, wanted, 0, set.clone()));
    }
    let day = (1..=7).find_map(|days| {
        first(ground, wanted, days * 24 * 60, &[]).map(|proposal| (days * 24 * 60, proposal))
    });
    if let Some((minutes, proposal)) = day {
        found.push(offer(OtherKind::Day, wanted, minutes, proposal));
    }
    found
}

//! Whose turn it is: the earliest moment over all rooms, and which room must wait after a failure.

use crate::kernel::Moment;

/// The first pause after a failure, in milliseconds; doubled with each further one.
const PAUSE_MS: i64 = 1_000;
/// The longest pause, in milliseconds.
const PAUSE_MOST_MS: i64 = 60_000;
/// A room may say so often in a row that the same moment is still open before it counts as failing.
const PATIENCE: u32 = 64;

/// The order of turns. Pure: the moments are told, the turns are read off.
#[derive(Debug, Default)]
pub struct Rota {
    rooms: Vec<Room>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Room {
    /// Its earliest open moment, as last told.
    due: Option<Moment>,
    /// Not before this moment, after a failure.
    not_before: Option<Moment>,
    /// Failures since the last success.
    failures: u32,
    /// The moment its last turn was for, and how often it stood still there.
    served: Option<(Moment, u32)>,
}

impl Room {
    /// When it is due, the pause after a failure included.
    fn at(&self) -> Option<Moment> {
        self.due.map(|due| self.not_before.map_or(due, |pause| pause.max(due)))
    }
}

/// One room's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Which room, by its place.
    pub room: usize,
    /// Its earliest open moment.
    pub due: Moment,
    /// Everything it has up to here comes before anything of another room.
    pub until: Moment,
}

impl Rota {
    /// A rota of so many rooms; nothing is due yet.
    pub fn new(rooms: usize) -> Self {
        Self { rooms: vec![Room::default(); rooms] }
    }

    /// Whether a room is to be asked now, or left in peace after a failure.
    pub fn may_ask(&self, room: usize, now: Moment) -> bool {
        self.rooms[room].not_before.is_none_or(|pause| pause <= now)
    }

    /// A room told its earliest open moment. Returns false where it stood still too often: that is
    /// a failure, and the pause begins.
    pub fn tell(&mut self, room: usize, due: Option<Moment>, now: Moment) -> bool {
        let asked = &mut self.rooms[room];
        asked.due = due;
        if let (Some((served, times)), Some(due)) = (&mut asked.served, due) {
            // an earlier moment that somebody stored meanwhile is served too, but not for ever
            if due > *served {
                asked.served = None;
            } else if *times >= PATIENCE {
                asked.served = None;
                self.fail(room, now);
                return false;
            }
        }
        true
    }

    /// When somebody has a turn next, or is to be asked again.
    pub fn next(&self) -> Option<Moment> {
        let of_room = |room: &Room| match room.due {
            Some(_) => room.at(),
            None => room.not_before,
        };
        self.rooms.iter().filter_map(of_room).min()
    }

    /// Whose turn it is at `now`: the earliest moment first, at the same moment the first room.
    pub fn turn(&self, now: Moment) -> Option<Turn> {
        let mut due: Vec<(Moment, usize)> =
            self.rooms.iter().enumerate().filter_map(|(i, room)| Some((room.at()?, i))).collect();
        due.sort_unstable();
        let &(at, room) = due.first().filter(|(at, _)| *at <= now)?;
        let others = due.get(1).map_or(now, |(at, _)| *at);
        Some(Turn { room, due: self.rooms[room].due?, until: others.min(now).max(at) })
    }

    /// A room did its turn.
    pub fn done(&mut self, turn: Turn) {
        let room = &mut self.rooms[turn.room];
        (room.failures, room.not_before, room.due) = (0, None, None);
        let times = room.served.map_or(0, |(_, times)| times);
        room.served = Some((turn.due, times.saturating_add(1)));
    }

    /// A room failed; returns how long it is left in peace, in milliseconds.
    pub fn fail(&mut self, room: usize, now: Moment) -> i64 {
        let room = &mut self.rooms[room];
        let pause = PAUSE_MS.saturating_mul(1 << room.failures.min(6)).min(PAUSE_MOST_MS);
        room.failures = room.failures.saturating_add(1);
        room.not_before = Some(now.plus_millis(pause));
        pause
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Moment {
        Moment::from_millis(millis)
    }

    #[test]
    fn the_earliest_is_served_until_the_next_room_is_due() {
        let mut rota = Rota::new(3);
        assert!(rota.tell(0, Some(at(30)), at(0)) && rota.tell(1, Some(at(10)), at(0)));
        assert_eq!((rota.next(), rota.turn(at(9))), (Some(at(10)), None));
        assert_eq!(rota.turn(at(10)), Some(Turn { room: 1, due: at(10), until: at(10) }));
        assert_eq!(rota.turn(at(99)), Some(Turn { room: 1, due: at(10), until: at(30) }));
    }

    #[test]
    fn a_room_that_fails_waits_longer_each_time_and_a_minute_at_most() {
        let mut rota = Rota::new(1);
        assert!(rota.tell(0, Some(at(0)), at(0)));
        let pauses: Vec<i64> = (0..8).map(|_| rota.fail(0, at(0))).collect();
        assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!((rota.turn(at(59_999)), rota.next()), (None, Some(at(60_000))));
        assert!(rota.turn(at(60_000)).is_some());
    }

    #[test]
    fn a_room_that_stands_still_counts_as_failing() {
        let mut rota = Rota::new(2);
        let mut turns = 0;
        while rota.tell(0, Some(at(5)), at(9)) {
            rota.done(rota.turn(at(9)).unwrap());
            turns += 1;
        }
        assert_eq!((turns, rota.turn(at(9))), (64, None));
        assert!(rota.tell(1, Some(at(7)), at(9)));
        assert_eq!(rota.turn(at(9)).unwrap().room, 1, "the others go on");
    }

    /// What each room holds, how often each of its turns fails, how time jumps.
    fn histories() -> impl Strategy<Value = (Vec<BTreeSet<i64>>, Vec<u8>, Vec<i64>)> {
        let rooms = prop::collection::vec(prop::collection::btree_set(0..2_000i64, 0..40), 1..5);
        let fails = prop::collection::vec(0..4u8, 5);
        (rooms, fails, prop::collection::vec(1..900i64, 1..12))
    }

    proptest! {
        #[test]
        fn each_falls_due_once_and_rooms_that_do_not_fail_in_order(
            (mut rooms, mut fails, jumps) in histories()
        ) {
            let faultless: Vec<bool> = fails.iter().map(|fails| *fails == 0).collect();
            let all: usize = rooms.iter().map(BTreeSet::len).sum();
            let mut rota = Rota::new(rooms.len());
            let mut served: Vec<(i64, usize)> = Vec::new();
            let mut now = 0;
            for jump in jumps.into_iter().chain([2_000, 60_000, 60_000, 60_000, 60_000]) {
                now += jump;
                loop {
                    for (index, room) in rooms.iter().enumerate() {
                        if rota.may_ask(index, at(now)) {
                            let due = room.first().map(|due| at(*due));
                            prop_assert!(rota.tell(index, due, at(now)));
                        }
                    }
                    let Some(turn) = rota.turn(at(now)) else { break };
                    prop_assert!(turn.due <= turn.until && turn.until <= at(now));
                    if fails[turn.room] > 0 {
                        fails[turn.room] -= 1;
                        rota.fail(turn.room, at(now));
                        continue;
                    }
                    let rest = rooms[turn.room].split_off(&(turn.until.millis() + 1));
                    let done = std::mem::replace(&mut rooms[turn.room], rest);
                    served.extend(done.into_iter().map(|due| (due, turn.room)));
                    rota.done(turn);
                }
            }
            prop_assert_eq!(served.len(), all, "each once");
            let sound: Vec<i64> =
                served.iter().filter(|(_, room)| faultless[*room]).map(|(due, _)| *due).collect();
            prop_assert!(sound.is_sorted(), "in order of time: {:?}", sound);
        }
    }
}

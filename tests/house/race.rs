//! Thirty-two people who book, hold, move, swap, combine, seat, cancel and undo on five rooms at once,
//! through the same acts as the panel. The story in `bookings_race.rs` runs it for some seconds, the
//! benchmark in `benches/claims.rs` for a minute, killed on the way.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use switchboard::bookings::acts::{Command, Opening};
use switchboard::bookings::booking::Source;
use switchboard::bookings::doing::{self, RoomAct, Touch};
use switchboard::bookings::refusal::Refusal;
use switchboard::bookings::store::perform::Done;
use switchboard::bookings::store::world::Actor;
use switchboard::claims::Kind;
use switchboard::db::{self, Db, Sql, Stamp};
use switchboard::kernel::{BookingId, BusinessDay, ClaimId, Moment, RoomId, StaffId};
use switchboard::rooms::{self, Readiness};
use switchboard::staff::{self, Newcomer};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// So many at once.
pub(crate) const PEOPLE: u64 = 32;
/// On so few rooms; 1–2 and 2–3 open into each other.
const ROOMS: i64 = 5;

/// The site's day.
pub(crate) fn day() -> BusinessDay {
    BusinessDay {
        zone: chrono_tz::Asia::Shanghai,
        cutoff: chrono::NaiveTime::from_hms_opt(6, 0, 0).unwrap(),
    }
}

/// Monday evening, and so many minutes later.
pub(crate) fn evening(minutes: i64) -> Moment {
    let begin = Moment::parse_rfc3339("2026-11-23T17:00:00+08:00").unwrap();
    begin.plus_millis(minutes * 60_000)
}

/// Rooms for the race and one who books them.
pub(crate) async fn furnish(db: &Db) -> StaffId {
    let stamp = Stamp { now: evening(-60), by: None };
    let mut sheet = "房号,区域,房型,人数,加位\n".to_owned();
    for k in 1..=ROOMS {
        writeln!(sheet, "A{k},2F,小包,8,2").unwrap();
    }
    let done = rooms::import_rooms(db, stamp, &sheet, false).await.unwrap();
    assert!(done.problems.is_empty(), "{done:?}");
    for (a, b) in [(1, 2), (2, 3)] {
        rooms::store::setup::link(db, stamp, RoomId(a), RoomId(b), 0).await.unwrap();
    }
    let newcomer = Newcomer {
        name: "李红".to_owned(),
        login: "li".to_owned(),
        roles: "operator".parse().unwrap(),
        extension: None,
        password: "three rings and no more".to_owned(),
    };
    staff::add(db, stamp, newcomer).await.unwrap()
}

/// What came of it.
pub(crate) struct Tally {
    pub(crate) done: AtomicUsize,
    pub(crate) refused: AtomicUsize,
    /// Refused because somebody has it.
    pub(crate) taken: AtomicUsize,
    /// What no act may end with: an error of the store, or a refusal that names nobody.
    wrong: UnboundedSender<String>,
}

impl Tally {
    fn say(&self, wrong: String) {
        // nobody listens once the race is over
        drop(self.wrong.send(wrong));
    }

    fn note<T>(&self, what: &str, answer: doing::Answer<T>) -> Option<T> {
        match answer {
            Ok(Ok(done)) => {
                self.done.fetch_add(1, Ordering::Relaxed);
                return Some(done);
            }
            Ok(Err(refusal)) => {
                self.refused.fetch_add(1, Ordering::Relaxed);
                if let Refusal::Taken(taken) = &refusal {
                    self.taken.fetch_add(1, Ordering::Relaxed);
                    // a change that is in its own way has nobody to name
                    if taken.owner.is_none() && taken.since.is_some() {
                        self.say(format!("{what}: names nobody: {taken:?}"));
                    }
                }
            }
            Err(error) => self.say(format!("{what}: {error}")),
        }
        None
    }
}

/// What somebody keeps: the holds, their rooms, from when on.
type Held = (Vec<ClaimId>, Vec<RoomId>, Moment);

/// The race: what everybody shares.
#[derive(Clone)]
pub(crate) struct Race {
    pub(crate) db: Db,
    pub(crate) by: StaffId,
    /// Milliseconds since five o'clock; every act is a second later than the one before.
    pub(crate) clock: Arc<AtomicI64>,
    pub(crate) tally: Arc<Tally>,
    /// The newest booking and the newest act.
    newest: Arc<(AtomicI64, AtomicI64)>,
}

impl Race {
    /// The race from so many minutes after five, and what breaks in it.
    pub(crate) fn new(
        db: &Db,
        by: StaffId,
        from_minutes: i64,
    ) -> (Self, UnboundedReceiver<String>) {
        let (wrong, heard) = unbounded_channel();
        let none = AtomicUsize::default;
        let tally = Arc::new(Tally { done: none(), refused: none(), taken: none(), wrong });
        let clock = Arc::new(AtomicI64::new(from_minutes * 60_000));
        let newest = Arc::new((AtomicI64::new(1), AtomicI64::new(1)));
        (Self { db: db.clone(), by, clock, tally, newest }, heard)
    }

    /// One person tries so often, or for ever.
    pub(crate) async fn person(self, seed: u64, tries: Option<usize>) {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut held: Option<Held> = None;
        let mut left = tries;
        while left != Some(0) {
            left = left.map(|left| left - 1);
            self.something(&mut chance, &mut held).await;
        }
    }

    fn keep(&self, done: Option<Done>) {
        let Some(done) = done else { return };
        for id in &done.bookings {
            self.newest.0.fetch_max(id.0, Ordering::Relaxed);
        }
        self.newest.1.fetch_max(done.act, Ordering::Relaxed);
    }

    /// One of the last hundred bookings.
    fn some_booking(&self, chance: &mut StdRng) -> BookingId {
        let newest = self.newest.0.load(Ordering::Relaxed);
        BookingId(chance.random_range((newest - 100).max(1)..=newest))
    }

    async fn something(&self, chance: &mut StdRng, held: &mut Option<Held>) {
        let now = evening(0).plus_millis(self.clock.fetch_add(1_000, Ordering::Relaxed));
        let (db, stamp) = (&self.db, Stamp { now, by: Some(self.by) });
        let actor = Actor { day: day(), approves: chance.random_range(0..2) == 0 };
        let room = RoomId(chance.random_range(1..=ROOMS));
        let from = now.plus_millis(chance.random_range(0..24) * 15 * 60_000);
        let opening = |rooms: Vec<RoomId>| Opening {
            name: "客人".to_owned(),
            party: 4,
            phone: "13800001234".to_owned(),
            starts_at: Some(from),
            minutes: Some(30 + 15 * (seed_of(from) % 6)),
            rooms,
            ..Opening::default()
        };
        let booking = self.some_booking(chance);
        let act = |command| doing::act(db, stamp, actor, booking, None, command);
        match chance.random_range(0..22) {
            0..=4 => {
                let done = doing::open_booking(db, stamp, actor, opening(vec![room])).await;
                self.keep(self.tally.note("book", done));
            }
            5 => {
                let pair = if chance.random_range(0..2) == 0 { [1, 2] } else { [2, 3] };
                let rooms = pair.map(RoomId).to_vec();
                let done = doing::open_booking(db, stamp, actor, opening(rooms)).await;
                self.keep(self.tally.note("book two", done));
            }
            6 => {
                let instead = held.take().map(|(ids, ..)| ids).unwrap_or_default();
                // two that open into one are kept together
                let both = chance.random_range(0..3) == 0;
                let rooms = if both { vec![RoomId(1), RoomId(2)] } else { vec![room] };
                let kept = rooms.iter().copied().collect();
                let touch = Touch { rooms: kept, from, minutes: Some(60), instead };
                let kept = doing::hold(db, stamp, actor, touch).await;
                if let Some(kept) = self.tally.note("hold", kept) {
                    *held = Some((kept.ids, rooms, from));
                }
            }
            7 => {
                let Some((ids, rooms, from)) = held.take() else { return };
                let mut booked = opening(rooms);
                (booked.holds, booked.starts_at) = (ids, Some(from));
                let done = doing::open_booking(db, stamp, actor, booked).await;
                self.keep(self.tally.note("book what was held", done));
            }
            8 | 9 => {
                let starts_at = (chance.random_range(0..2) == 0).then_some(from);
                let command = Command::Change {
                    from: None,
                    to: Some(room),
                    starts_at,
                    minutes: None,
                    despite: None,
                };
                self.keep(self.tally.note("change", act(command).await));
            }
            10 => {
                let with = self.some_booking(chance);
                let command = Command::Swap { room: None, with, with_room: None };
                self.keep(self.tally.note("swap", act(command).await));
            }
            11 | 12 => {
                let command = Command::Cancel { reason: "客人取消".to_owned() };
                self.keep(self.tally.note("cancel", act(command).await));
            }
            13 | 14 => {
                let newest = self.newest.1.load(Ordering::Relaxed);
                let which = chance.random_range((newest - 20).max(1)..=newest);
                let undone = doing::undo(db, stamp, actor, which).await;
                drop(self.tally.note("undo", undone));
            }
            15 => {
                let minutes = [-30, -15, 15, 30, 60][chance.random_range(0..5_usize)];
                self.keep(self.tally.note("extend", act(Command::Extend { minutes }).await));
            }
            16 => {
                let command = match chance.random_range(0..4) {
                    0 => Command::Add { room },
                    1 => Command::Combine { rooms: vec![RoomId(1), RoomId(2)] },
                    2 => Command::Split { party: 2, room },
                    _ => Command::Join { with: self.some_booking(chance) },
                };
                self.keep(self.tally.note("together", act(command).await));
            }
            17 => {
                let despite = Some("客人同意".to_owned());
                self.keep(self.tally.note("seat", act(Command::Seat { despite }).await));
            }
            18 => {
                let bill_fen = Some(10_000);
                self.keep(self.tally.note("depart", act(Command::Depart { bill_fen }).await));
                let ready = RoomAct::Ready(Readiness::Ready);
                let done = doing::act_on_room(db, stamp, actor, room, ready).await;
                self.keep(self.tally.note("ready", done));
            }
            19 => {
                let mut walk_in = opening(vec![room]);
                walk_in.source = Some(Source::WalkIn);
                walk_in.shorten = true;
                let done = doing::open_booking(db, stamp, actor, walk_in).await;
                self.keep(self.tally.note("walk in", done));
            }
            20 => {
                let act = if chance.random_range(0..2) == 0 {
                    let to = from.plus_millis(30 * 60_000);
                    let reason = "空调漏水".to_owned();
                    RoomAct::Close { kind: Kind::OutOfOrder, from, to, reason }
                } else {
                    RoomAct::Reopen
                };
                let done = doing::act_on_room(db, stamp, actor, room, act).await;
                self.keep(self.tally.note("close", done));
            }
            _ => self.keep(self.tally.note("reinstate", act(Command::Reinstate).await)),
        }
    }
}

fn seed_of(at: Moment) -> i64 {
    at.millis() / 900_000
}

/// Asked of the tables alone, without a word of the code that keeps them: each counts what must not be.
/// `$1` is now.
const NEVER: [(&str, Sql); 6] = [
    (
        "taken twice",
        Sql::both(
            "SELECT count(*) AS n FROM claims a JOIN claims b ON a.resource = b.resource AND a.id < b.id
             WHERE a.released_at IS NULL AND b.released_at IS NULL AND a.kind <> 'viewing' AND b.kind <> 'viewing'
               AND a.from_at < b.to_at AND b.from_at < a.to_at AND CAST($1 AS bigint) > 0",
        ),
    ),
    (
        "stays without the claim they stand on",
        Sql::both(
            "SELECT count(*) AS n FROM segments s JOIN bookings b ON b.id = s.booking_id JOIN claims c ON c.id = s.claim_id
             WHERE s.ended_at IS NULL AND b.state IN ('booked', 'arrived', 'in_room') AND CAST($1 AS bigint) > 0
               AND (c.released_at IS NOT NULL OR c.kind <> 'booking' OR c.resource <> 'rooms/' || s.room_id)",
        ),
    ),
    (
        "stays longer than their claim",
        Sql::both(
            "SELECT count(*) AS n FROM segments s JOIN bookings b ON b.id = s.booking_id JOIN claims c ON c.id = s.claim_id
             WHERE s.ended_at IS NULL AND b.state IN ('booked', 'arrived') AND s.role <> 'shared' AND CAST($1 AS bigint) > 0
               AND (c.from_at > s.from_at OR c.to_at < s.to_at)",
        ),
    ),
    (
        "stays of bookings that are over",
        Sql::both(
            "SELECT count(*) AS n FROM segments s JOIN bookings b ON b.id = s.booking_id
             WHERE s.ended_at IS NULL AND b.state NOT IN ('booked', 'arrived', 'in_room') AND CAST($1 AS bigint) > 0",
        ),
    ),
    (
        "claims of no stay",
        Sql::both(
            "SELECT count(*) AS n FROM claims c WHERE c.kind = 'booking' AND c.released_at IS NULL AND c.to_at - c.buffer_ms > $1
               AND NOT EXISTS (SELECT 1 FROM segments s WHERE s.claim_id = c.id AND s.ended_at IS NULL)",
        ),
    ),
    (
        "parties in one room that do not share it",
        Sql::both(
            "SELECT count(*) AS n FROM segments a JOIN segments b ON a.room_id = b.room_id AND a.id < b.id AND a.claim_id <> b.claim_id
             JOIN bookings x ON x.id = a.booking_id JOIN bookings y ON y.id = b.booking_id
             WHERE a.ended_at IS NULL AND b.ended_at IS NULL AND a.seated_at IS NOT NULL AND b.seated_at IS NOT NULL
               AND x.state = 'in_room' AND y.state = 'in_room' AND CAST($1 AS bigint) > 0",
        ),
    ),
];

/// What was done and what the journal tells of it are one change: each counts what has but one half.
const UNTOLD: [(&str, Sql); 6] = [
    (
        "bookings that no line of the journal begins; what is split off has its line at the party it was of",
        Sql::both(
            "SELECT count(*) AS n FROM bookings b WHERE NOT EXISTS
             (SELECT 1 FROM journal j WHERE j.subject = 'bookings/' || b.no AND j.change IN ('booked', 'walked_in'))
             AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.kind = 'booking' AND j.change = 'split' AND j.at = b.created_at)",
        ),
    ),
    (
        "lines of the journal about bookings that are not there",
        Sql::both(
            "SELECT count(*) AS n FROM journal j WHERE j.subject LIKE 'bookings/B%'
               AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.no = substr(j.subject, 10))",
        ),
    ),
    (
        "lines of the journal about a change the booking never saw",
        Sql::both(
            "SELECT count(*) AS n FROM journal j JOIN bookings b ON b.no = substr(j.subject, 10)
             WHERE j.subject LIKE 'bookings/B%' AND j.version > b.version",
        ),
    ),
    (
        "acts that no line of the journal tells of",
        Sql::both(
            "SELECT count(*) AS n FROM acts a WHERE a.room = 'bookings' AND NOT EXISTS
             (SELECT 1 FROM journal j WHERE j.subject = a.subject AND j.change = a.kind AND j.at = a.at)",
        ),
    ),
    (
        "lines of the journal of which no act is kept",
        Sql::both(
            "SELECT count(*) AS n FROM journal j WHERE j.kind = 'booking'
               AND j.change IN ('booked', 'walked_in', 'changed_room', 'swapped', 'combined', 'joined', 'extended', 'seated', 'cancelled')
               AND NOT EXISTS (SELECT 1 FROM acts a WHERE a.subject = j.subject AND a.kind = j.change AND a.at = j.at)",
        ),
    ),
    (
        "acts that were taken back without a word",
        Sql::both(
            "SELECT count(*) AS n FROM acts a WHERE a.room = 'bookings' AND a.undone_at IS NOT NULL AND NOT EXISTS
             (SELECT 1 FROM journal j WHERE j.subject = a.subject AND j.change = 'undone' AND j.at = a.undone_at)",
        ),
    ),
];

/// What was done without a line of the journal, and told without having been done.
pub(crate) async fn untold(db: &Db) -> db::Result<Vec<(&'static str, i64)>> {
    let mut found = Vec::new();
    for (what, sql) in UNTOLD {
        let many: i64 = db.read(sql).value().await?;
        if many > 0 {
            found.push((what, many));
        }
    }
    Ok(found)
}

/// What is so although it must not be.
pub(crate) async fn never(db: &Db, now: Moment) -> db::Result<Vec<(&'static str, i64)>> {
    let mut found = Vec::new();
    for (what, sql) in NEVER {
        let many: i64 = db.read(sql).bind(now).value().await?;
        if many > 0 {
            found.push((what, many));
        }
    }
    Ok(found)
}

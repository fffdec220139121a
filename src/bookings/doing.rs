//! Doing it: each function is one change from reading the world to making the outcome true. A refusal
//! changes nothing.

mod rooms;
mod waiting;

use std::sync::Arc;

use crate::claims;
use crate::db::{Change, Db, Result, Stamp, Tx};
use crate::kernel::{BookingId, Moment, RoomId};

use super::acts::{Command, Opening, concerns, decide, open};
use super::refusal::{Decided, Refusal};
use super::store::perform::{Done, perform};
use super::store::world::{Actor, Scope, load};
use super::store::{self, acts as kept, undo as undoing, waiting as waiting_store};
use super::world::{Outcome, World};

pub use rooms::{Hold, RoomAct, Touch, act_on_room, hold, hold_on, show_room, shown};
pub use waiting::{Reply, leave_waitlist, reply};

/// What came of it.
pub type Answer<T> = Result<Decided<T>>;

#[expect(clippy::wildcard_enum_match_arm, reason = "all others are alike")]
fn scope_of(id: BookingId, command: &Command) -> Scope {
    let (others, rooms) = concerns(command);
    let mut bookings = vec![id];
    bookings.extend(others);
    let times = match command {
        Command::Change { starts_at, .. } => starts_at.iter().copied().collect(),
        Command::Edit(details) => details.starts_at.iter().copied().collect(),
        _ => Vec::new(),
    };
    Scope { bookings, rooms, claims: Vec::new(), times }
}

async fn decided(
    tx: &mut Tx,
    actor: Actor,
    id: BookingId,
    version: Option<i64>,
    command: &Command,
) -> Answer<(World, Outcome)> {
    let world = load(tx, actor, &scope_of(id, command)).await?;
    let now = world.booking(id).map(|booking| booking.version);
    if version.is_some() && version != now {
        return Ok(Err(Refusal::Stale));
    }
    Ok(decide(&world, id, command).map(|outcome| (world, outcome)))
}

/// Does something to a booking. `version`: refused where it is another by now; `None`: as it stands.
pub async fn act(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    id: BookingId,
    version: Option<i64>,
    command: Command,
) -> Answer<Done> {
    let command = Arc::new(command);
    db.write(stamp, move |tx| {
        let command = Arc::clone(&command);
        Box::pin(async move {
            match decided(tx, actor, id, version, &command).await? {
                Ok((world, outcome)) => perform(tx, &world, outcome).await.map(Ok),
                Err(refusal) => Ok(Err(refusal)),
            }
        })
    })
    .await
}

/// What an act would do: which rooms become free from when to when, and who of those who wait would be
/// called. Changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Preview {
    /// What would be called out.
    pub call: Option<String>,
    /// What would become free.
    pub freed: Vec<(RoomId, Moment, Moment)>,
    /// Who would be called, by entry.
    pub gains: Vec<i64>,
}

/// Looks ahead.
pub async fn preview(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    id: BookingId,
    command: Command,
) -> Answer<Preview> {
    let command = Arc::new(command);
    db.write(stamp, move |tx| {
        let command = Arc::clone(&command);
        Box::pin(async move {
            let (world, outcome) = match decided(tx, actor, id, None, &command).await? {
                Ok(decided) => decided,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let freed = store::perform::freed(&world, &outcome.puts);
            let waiting = waiting_store::open_in(tx).await?;
            let mut gains = Vec::new();
            for (room, from, to) in &freed {
                let Some(room) = world.house.room(*room) else { continue };
                let buffer_ms = world.house.buffer_ms(room.id);
                let gap = super::waitlist::Gap { room, from: *from, to: *to, buffer_ms };
                let first = super::waitlist::first_for(&waiting, gap, world.now);
                gains.extend(first.map(|(entry, _)| entry.id));
            }
            gains.dedup();
            Ok(Ok(Preview { call: outcome.call.map(|call| call.text), freed, gains }))
        })
    })
    .await
}

/// Opens a booking.
pub async fn open_booking(db: &Db, stamp: Stamp, actor: Actor, opening: Opening) -> Answer<Done> {
    let opening = Arc::new(opening);
    db.write(stamp, move |tx| {
        let opening = Arc::clone(&opening);
        Box::pin(async move { open_in(tx, actor, &opening).await })
    })
    .await
}

async fn open_in(tx: &mut Tx, actor: Actor, opening: &Opening) -> Answer<Done> {
    let scope = Scope {
        bookings: Vec::new(),
        rooms: opening.rooms.clone(),
        claims: opening.hold.into_iter().collect(),
        times: opening.starts_at.into_iter().collect(),
    };
    let world = load(tx, actor, &scope).await?;
    match open(&world, opening) {
        Ok(outcome) => perform(tx, &world, outcome).await.map(Ok),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// What is done with an occurrence of a series that somebody is in the way of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnConflict {
    /// Nothing is booked at all, and the ones in the way are told.
    Ask,
    /// It is left out.
    Skip,
    /// It gets the best other room, or is left out where there is none.
    OtherRoom,
}

/// What came of a series.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// What was booked, each with its act.
    pub done: Vec<Done>,
    /// The occurrences that somebody is in the way of, and why.
    pub conflicts: Vec<(Moment, Refusal)>,
}

/// How a booking comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeats {
    /// `daily`, `weekly`, `monthly`.
    pub every: &'static str,
    /// At these moments.
    pub at: Vec<Moment>,
    /// What is done with those that somebody is in the way of.
    pub then: OnConflict,
}

/// Opens bookings that come again at these moments: all of them in one change, or, where somebody is
/// in the way and nobody said what then, none.
pub async fn open_series(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    opening: Opening,
    repeats: Repeats,
) -> Result<Series> {
    let Repeats { every, at, then } = repeats;
    let given = Arc::new((opening, at));
    db.write(stamp, move |tx| {
        let given = Arc::clone(&given);
        Box::pin(async move {
            let (opening, at) = &*given;
            let mut series = Series::default();
            let mut plan = Vec::new();
            for moment in at {
                let mut one = opening.clone();
                one.starts_at = Some(*moment);
                let scope =
                    Scope { rooms: one.rooms.clone(), times: vec![*moment], ..Scope::default() };
                let world = load(tx, actor, &scope).await?;
                match open(&world, &one) {
                    Ok(_) => plan.push(one),
                    Err(refusal) => {
                        series.conflicts.push((*moment, refusal));
                        if then == OnConflict::OtherRoom
                            && let Some(rooms) = other_room(tx, actor, &one, *moment).await?
                        {
                            one.rooms = rooms;
                            plan.push(one);
                        }
                    }
                }
            }
            if !series.conflicts.is_empty() && then == OnConflict::Ask {
                return Ok(series);
            }
            let id = store::add_series_in(tx, every).await?;
            for mut one in plan {
                one.series_id = Some(id);
                match open_in(tx, actor, &one).await? {
                    Ok(done) => series.done.push(done),
                    Err(refusal) => {
                        let at = one.starts_at.unwrap_or(tx.now());
                        series.conflicts.push((at, refusal));
                    }
                }
            }
            Ok(series)
        })
    })
    .await
}

async fn other_room(
    tx: &mut Tx,
    actor: Actor,
    opening: &Opening,
    at: Moment,
) -> Result<Option<Vec<RoomId>>> {
    let scope = Scope { times: vec![at], ..Scope::default() };
    let world = load(tx, actor, &scope).await?;
    let (from, to) = (at.plus_millis(-86_400_000), at.plus_millis(2 * 86_400_000));
    let claims = claims::store::between_in(tx, from, to).await?;
    let ground = super::fit::Ground {
        house: &world.house,
        day: &world.day,
        rules: &world.rules,
        claims: &claims,
        now: world.now,
    };
    let wanted = super::fit::Wanted {
        party: opening.party,
        from: at.millis(),
        minutes: opening.minutes,
        ..super::fit::Wanted::default()
    };
    Ok(super::fit::rank(ground, &wanted).into_iter().next().map(|one| one.rooms))
}

/// Undoes an act.
pub async fn undo(db: &Db, stamp: Stamp, actor: Actor, act: i64) -> Answer<Vec<BookingId>> {
    db.write(stamp, move |tx| Box::pin(undoing::undo(tx, actor, act))).await
}

/// Asks a supervisor or manager to decide.
pub async fn ask(db: &Db, stamp: Stamp, id: BookingId, command: Command) -> Result<i64> {
    // a command is a plain enum and always writable
    let text = serde_json::to_string(&command).unwrap_or_default();
    db.write(stamp, move |tx| {
        let text = text.clone();
        Box::pin(async move {
            let asked = kept::ask_in(tx, id, &text).await?;
            let booking = store::by_ids_in(tx, &[id]).await?.pop();
            let no = booking.map(|booking| booking.no).unwrap_or_default();
            tx.record(Change::new("booking", format!("bookings/{no}"), "approval_asked"));
            super::owed::approval(tx, &no).await?;
            Ok(asked)
        })
    })
    .await
}

/// Grants what was asked, and does it as it stands now; or refuses.
pub async fn answer(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    id: i64,
    granted: bool,
) -> Answer<Option<Done>> {
    let Some(asked) = kept::asked_one(db, id).await? else { return Ok(Err(Refusal::TooLate)) };
    let command = serde_json::from_str::<Command>(&asked.command).ok();
    let Some(command) = command else { return Ok(Err(Refusal::TooLate)) };
    let command = Arc::new(command);
    db.write(stamp, move |tx| {
        let (command, booking) = (Arc::clone(&command), asked.booking_id);
        Box::pin(async move {
            if !granted {
                if !kept::answer_in(tx, id, false).await? {
                    return Ok(Err(Refusal::TooLate));
                }
                let found = store::by_ids_in(tx, &[booking]).await?.pop();
                let no = found.map(|found| found.no).unwrap_or_default();
                tx.record(Change::new("booking", format!("bookings/{no}"), "approval_refused"));
                super::owed::approval_over(tx, &no, "refused").await?;
                return Ok(Ok(None));
            }
            let actor = Actor { approves: true, ..actor };
            match decided(tx, actor, booking, None, &command).await? {
                Err(refusal) => Ok(Err(refusal)),
                Ok((world, outcome)) => {
                    if !kept::answer_in(tx, id, true).await? {
                        return Ok(Err(Refusal::TooLate));
                    }
                    if let Some(found) = world.booking(booking) {
                        super::owed::approval_over(tx, &found.no, "granted").await?;
                    }
                    perform(tx, &world, outcome).await.map(|done| Ok(Some(done)))
                }
            }
        })
    })
    .await
}

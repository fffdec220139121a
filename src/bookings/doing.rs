//! Doing it: each function is one change from reading the world to making the outcome true. A refusal
//! changes nothing.

mod approvals;
mod leads;
mod occurrences;
mod release;
mod rooms;
mod series;
mod signing;
mod waiting;
mod whole;

use std::sync::Arc;

use crate::db::{Db, Error, Result, Stamp, Tx};
use crate::kernel::{BookingId, Moment, RoomId};
use crate::words::Said;

use super::acts::{Command, Opening, concerns, decide, open};
use super::refusal::{Decided, Refusal};
use super::store::perform::{Done, perform};
use super::store::world::{Actor, Scope, load};
use super::store::{self, banquets, offers, undo as undoing};
use super::world::{Outcome, World};

pub use approvals::{Answered, Petition, answer, ask};
pub use occurrences::{Changed, Deed, Pointed, change_series};
pub use release::{Released, release};
pub use rooms::{Hold, RoomAct, Touch, act_on_room, hold, hold_on, show_room, shown};
pub use series::{Repeats, Series, open_series};
pub use signing::{Signing, sign_in};
pub use waiting::{Reply, leave_waitlist, reply, wait_again};

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
    Scope { bookings, rooms, times, ..Scope::default() }
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
    db.write_in_line(stamp, move |tx| {
        let command = Arc::clone(&command);
        Box::pin(async move {
            match decided(tx, actor, id, version, &command).await? {
                Ok((world, outcome)) => {
                    let grows = leads::makes_one(&world, &outcome);
                    let done = perform(tx, &world, outcome).await?;
                    if grows {
                        leads::grown(tx, &world.bookings).await?;
                    }
                    Ok(Ok(done))
                }
                Err(refusal) => Ok(Err(refusal)),
            }
        })
    })
    .await
}

/// The same, done at an earlier moment and told only now: the room is free from now on, and the
/// record says when it was.
pub async fn act_since(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    id: BookingId,
    since: Option<Moment>,
    command: Command,
) -> Answer<Done> {
    let command = Arc::new(command);
    db.write_in_line(stamp, move |tx| {
        let command = Arc::clone(&command);
        Box::pin(async move {
            match decided(tx, actor, id, None, &command).await? {
                Ok((world, mut outcome)) => {
                    if let Some(since) = since {
                        outcome.happened(world.now, since);
                    }
                    perform(tx, &world, outcome).await.map(Ok)
                }
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
    #[serde(skip)]
    pub call: Option<Said>,
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
    db.write_in_line(stamp, move |tx| {
        let command = Arc::clone(&command);
        Box::pin(async move {
            let (world, outcome) = match decided(tx, actor, id, None, &command).await? {
                Ok(decided) => decided,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let ahead = (outcome.puts.as_slice(), outcome.takes.as_slice());
            let freed = store::perform::freed(&world, ahead.0);
            let mut gains = Vec::new();
            for (room, from, to) in freed.iter().filter(|_| outcome.recalls) {
                let (room, stretch) = (*room, (*from, *to));
                let next = offers::would_call(tx, &world, room, stretch, &gains, ahead).await?;
                gains.extend(next);
            }
            let freed = store::perform::left_free(&freed, ahead, world.now);
            Ok(Ok(Preview { call: outcome.call.map(|call| call.said), freed, gains }))
        })
    })
    .await
}

/// Opens a booking; one that is a banquet is taken up by the business manager too (clause 1-7b).
pub async fn open_booking(db: &Db, stamp: Stamp, actor: Actor, opening: Opening) -> Answer<Done> {
    let opening = Arc::new(opening);
    db.write_in_line(stamp, move |tx| {
        let opening = Arc::clone(&opening);
        Box::pin(async move { open_in(tx, actor, &opening).await })
    })
    .await
}

async fn open_in(tx: &mut Tx, actor: Actor, opening: &Opening) -> Answer<Done> {
    match opened(tx, actor, opening).await? {
        Ok((world, outcome)) => {
            let feast = leads::makes_one(&world, &outcome);
            let done = perform(tx, &world, outcome).await?;
            if feast {
                leads::made(tx, &done.bookings).await?;
            }
            led_to(tx, opening, &done).await?;
            Ok(Ok(done))
        }
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Notes which booking the viewing led to that it follows from; of those that come again, the first.
async fn led_to(tx: &mut Tx, opening: &Opening, done: &Done) -> Result<()> {
    match (opening.viewing, done.bookings.first()) {
        (Some(viewing), Some(booking)) => banquets::led_to_in(tx, viewing, *booking).await,
        _ => Ok(()),
    }
}

async fn opened(tx: &mut Tx, actor: Actor, opening: &Opening) -> Answer<(World, Outcome)> {
    let scope = Scope {
        rooms: opening.rooms.clone(),
        claims: opening.holds.clone(),
        times: opening.starts_at.into_iter().collect(),
        ..Scope::default()
    };
    let world = load(tx, actor, &scope).await?;
    Ok(open(&world, opening).map(|outcome| (world, outcome)))
}

/// The refusal that takes back what was done before it in the same change.
const BACK: &str = "booking_taken_back";

/// Makes room: does several acts in one change, each with its own line of the journal, and keeps what
/// becomes free by them for whoever asked, instead of what they kept before. All of it or nothing; refused where a booking is no longer
/// of the version with which its act was decided upon.
pub async fn make_room(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    acts: Vec<(BookingId, i64, Command)>,
    touch: Touch,
) -> Answer<(Vec<Done>, Hold)> {
    let (acts, touch) = (Arc::new(acts), Arc::new(touch));
    let (told, heard) = tokio::sync::watch::channel(None);
    let write = db.write(stamp, move |tx| {
        let (acts, touch, told) = (Arc::clone(&acts), Arc::clone(&touch), told.clone());
        Box::pin(async move {
            let back = |refusal| {
                told.send_replace(Some(refusal));
                Error::Refused(BACK.to_owned())
            };
            // what the asker keeps is in the way of no move
            rooms::let_go_in(tx, &touch.instead).await?;
            let mut done = Vec::with_capacity(acts.len());
            for (id, version, command) in acts.iter() {
                let (world, outcome) =
                    decided(tx, actor, *id, Some(*version), command).await?.map_err(back)?;
                done.push(perform(tx, &world, outcome).await?);
            }
            let kept = rooms::hold_in(tx, actor, &touch).await?.map_err(back)?;
            Ok((done, kept))
        })
    });
    match write.await {
        Ok(done) => Ok(Ok(done)),
        Err(error) if error.is_refusal(BACK) => {
            Ok(Err(heard.borrow().clone().unwrap_or(Refusal::Changed)))
        }
        Err(error) => Err(error),
    }
}

/// Undoes an act.
pub async fn undo(db: &Db, stamp: Stamp, actor: Actor, act: i64) -> Answer<Vec<BookingId>> {
    db.write_in_line(stamp, move |tx| {
        Box::pin(async move {
            let undone = undoing::undo(tx, actor, act).await?;
            if let Ok(bookings) = &undone {
                leads::undone(tx, bookings).await?;
            }
            Ok(undone)
        })
    })
    .await
}

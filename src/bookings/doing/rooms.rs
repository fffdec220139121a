//! What is done with rooms: kept for a few minutes, shown, taken out of order, ready again.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::acts::{close, reopen, restore, view};
use super::super::refusal::{Refusal, Wrong};
use super::super::showing;
use super::super::store::perform::{Carried, Done, carry_out, perform};
use super::super::store::world::{Actor, Scope, load};
use super::super::store::{acts, banquets, offers};
use super::Answer;
use crate::claims::{self, Kind, NewClaim, Owner, Resource};
use crate::db::{Change, Db, Result, Stamp, Tx};
use crate::kernel::{ClaimId, Moment, RoomId};
use crate::rooms::Readiness;
use crate::shifts::Tells;

/// What the house does with a room of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomAct {
    /// Takes it out of order, or keeps it.
    Close {
        /// Out of order or internal.
        kind: Kind,
        /// From here.
        from: Moment,
        /// To there.
        to: Moment,
        /// Why.
        reason: String,
    },
    /// Gives it back to the guests.
    Reopen,
    /// Says whether it is ready.
    Ready(Readiness),
}

/// Does something with a room.
pub async fn act_on_room(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    room: RoomId,
    act: RoomAct,
) -> Answer<Done> {
    let act = Arc::new(act);
    db.write_in_line(stamp, move |tx| {
        let act = Arc::clone(&act);
        Box::pin(async move {
            let times = match &*act {
                RoomAct::Close { from, to, .. } => vec![*from, *to],
                RoomAct::Reopen | RoomAct::Ready(_) => Vec::new(),
            };
            let world =
                load(tx, actor, &Scope { rooms: vec![room], times, ..Scope::default() }).await?;
            if world.house.room(room).is_none() {
                return Ok(Err(Refusal::NoSuchRoom));
            }
            let outcome = match &*act {
                RoomAct::Close { kind, from, to, reason } => {
                    close(&world, room, *kind, (*from, *to), reason)
                }
                RoomAct::Reopen => reopen(&world, room),
                RoomAct::Ready(readiness) => restore(&world, room, *readiness),
            };
            match outcome {
                Err(refusal) => Ok(Err(refusal)),
                Ok(outcome) => {
                    let mut done = perform(tx, &world, outcome).await?;
                    if let RoomAct::Ready(readiness) = &*act
                        && readiness.is_ready()
                    {
                        // nobody was in the way of the cleaning: whoever waits may have it now
                        let mut fresh = world.clone();
                        if let Some(known) = fresh.house.rooms.iter_mut().find(|one| one.id == room)
                        {
                            known.readiness = *readiness;
                        }
                        let span = (world.now, world.now.plus_millis(86_400_000));
                        let offered = offers::recall(tx, &fresh, room, span, &[]).await?;
                        done.offered.extend(offered.map(|(_, entry)| entry));
                    }
                    Ok(Ok(done))
                }
            }
        })
    })
    .await
}

/// Shows a room to somebody: whoever does it leaves the desk for as long and has no time for another party
/// until they are back (clause 1-8). Gives the number of the viewing.
pub async fn show_room(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    tells: Arc<dyn Tells>,
    room: RoomId,
    name: String,
) -> Answer<i64> {
    db.write_in_line(stamp, move |tx| {
        let (name, tells) = (name.clone(), Arc::clone(&tells));
        Box::pin(async move { show_in(tx, actor, &*tells, room, &name).await })
    })
    .await
}

async fn show_in(
    tx: &mut Tx,
    actor: Actor,
    tells: &dyn Tells,
    room: RoomId,
    name: &str,
) -> Answer<i64> {
    let people = tx.by().into_iter().collect();
    let scope = Scope { rooms: vec![room], people, ..Scope::default() };
    let world = load(tx, actor, &scope).await?;
    let outcome = match view(&world, room, name) {
        Ok(outcome) => outcome,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if let Some(taken) = showing::not_back(tx).await? {
        return Ok(Err(Refusal::Taken(taken)));
    }
    let Carried { word, subject, mut image, done } = carry_out(tx, &world, outcome).await?;
    let Some(claim) = done.claims.first().copied() else { return Ok(Err(Refusal::Changed)) };
    let until = world.now.plus_millis(world.rules.viewing_minutes * 60_000);
    showing::leave(tx, tells, world.house.name(room), until).await?;
    let viewing = banquets::add_viewing_in(tx, room, claim, name.trim()).await?;
    showing::own(tx, viewing, &done.claims).await?;
    image.viewing = Some(viewing);
    acts::add_in(tx, word, &subject, &image).await?;
    Ok(Ok(viewing))
}

/// Somebody who showed a room is back at the desk. False: they were before.
pub async fn shown(db: &Db, stamp: Stamp, viewing: i64, outcome: &'static str) -> Result<bool> {
    db.write_in_line(stamp, move |tx| {
        Box::pin(async move {
            claims::store::queue(tx).await?;
            let found = banquets::viewing_in(tx, viewing).await?;
            showing::end(tx, &found, outcome).await
        })
    })
    .await
}

/// A hold as the one who holds it sees it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Hold {
    /// The number of the first room's.
    pub id: ClaimId,
    /// The first room.
    pub room_id: RoomId,
    /// The number of each room's, in the order of the rooms.
    pub ids: Vec<ClaimId>,
    /// The rooms, several where they are opened into one.
    pub room_ids: Vec<RoomId>,
    /// From here.
    pub from_at: Moment,
    /// To there, the cleaning included.
    pub to_at: Moment,
    /// It ends by itself.
    pub expires_at: Moment,
    /// In so many milliseconds, for whoever counts by another clock.
    pub lasts_ms: i64,
}

/// A place on the board that somebody touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touch {
    /// The room, or several that open into one.
    pub rooms: BTreeSet<RoomId>,
    /// From here on.
    pub from: Moment,
    /// How long; `None`: as the rooms suggest.
    pub minutes: Option<i64>,
    /// Holds of one's own that are given back for it.
    pub instead: Vec<ClaimId>,
}

/// Keeps a room, or all rooms of a combination, for some minutes while a booking is written; holds of
/// one's own before it are given back.
pub async fn hold(db: &Db, stamp: Stamp, actor: Actor, touch: Touch) -> Answer<Hold> {
    let touch = Arc::new(touch);
    db.write_in_line(stamp, move |tx| {
        let touch = Arc::clone(&touch);
        Box::pin(async move { hold_in(tx, actor, &touch).await })
    })
    .await
}

/// The same as part of another change.
pub(super) async fn hold_in(tx: &mut Tx, actor: Actor, touch: &Touch) -> Answer<Hold> {
    let Touch { rooms, from, minutes, instead } = touch;
    let (from, room_ids) = (*from, rooms.iter().copied().collect::<Vec<_>>());
    let scope = Scope {
        rooms: room_ids.clone(),
        claims: instead.clone(),
        times: vec![from],
        claims_alone: true,
        ..Scope::default()
    };
    let world = load(tx, actor, &scope).await?;
    let house = &world.house;
    let Some(first) = room_ids.first().copied() else { return Ok(Err(Refusal::NoSuchRoom)) };
    if rooms.iter().any(|room| house.room(*room).is_none()) {
        return Ok(Err(Refusal::NoSuchRoom));
    }
    if rooms.len() > 1 && !house.opens_into_one(rooms) {
        return Ok(Err(Refusal::NoWall));
    }
    let usual = rooms.iter().map(|room| house.stay(&world.day, *room, 4, from)).max();
    let stay = minutes.or(usual).unwrap_or(120).clamp(5, 2880);
    let expires_at = world.now.plus_millis(world.rules.hold_minutes * 60_000);
    let owner = Owner::keeper(tx.by());
    let take = |room: &RoomId| {
        let buffer_ms = house.buffer_ms(*room);
        NewClaim {
            resource: Resource::room(*room),
            from_at: from,
            to_at: from.plus_millis(stay * 60_000 + buffer_ms),
            buffer_ms,
            kind: Kind::Hold,
            owner: owner.clone(),
            expires_at: Some(expires_at),
            note: String::new(),
        }
    };
    let wanted: Vec<NewClaim> = room_ids.iter().map(take).collect();
    let to_at = wanted.iter().map(|claim| claim.to_at).max().unwrap_or(from);
    if to_at <= world.now || from < world.now.plus_millis(-30 * 60_000) {
        return Ok(Err(Refusal::Field("at", Wrong::Past)));
    }
    let old = instead.iter().filter_map(|id| world.claim(*id)).filter(|claim| {
        claim.kind == Kind::Hold && claim.owner == owner && claim.released_at.is_none()
    });
    let puts: Vec<_> = old.map(|claim| claim.clone().released(world.now)).collect();
    let known = (&world.seen, world.claims.as_slice());
    let ids = match claims::store::apply_on(tx, known, &puts, &wanted).await? {
        Ok(taken) => taken,
        Err(taken) => return Ok(Err(Refusal::Taken(taken))),
    };
    for room in &room_ids {
        tx.record(Change::new("room", format!("rooms/{room}"), "held"));
    }
    let id = ids.first().copied().unwrap_or(ClaimId(0));
    let lasts_ms = expires_at.millis_since(world.now);
    Ok(Ok(Hold { id, room_id: first, ids, room_ids, from_at: from, to_at, expires_at, lasts_ms }))
}

/// Gives holds of one's own back, as part of a change that needs their rooms.
pub(super) async fn let_go_in(tx: &mut Tx, ids: &[ClaimId]) -> Result<()> {
    claims::store::queue(tx).await?;
    let (now, mine) = (tx.now(), Owner::keeper(tx.by()));
    let found = claims::store::by_ids(tx, ids).await?.into_iter();
    let own = found.filter(|claim| {
        claim.kind == Kind::Hold && claim.owner == mine && claim.released_at.is_none()
    });
    let back: Vec<_> = own.map(|claim| claim.released(now)).collect();
    drop(claims::store::apply(tx, &back, &[]).await?);
    for claim in &back {
        tx.record(Change::new("room", claim.resource.to_string(), "hold_ended"));
    }
    Ok(())
}

/// Keeps a hold of one's own for as long again, once; or gives it back. Says when it ends by itself from
/// now on.
pub async fn hold_on(
    db: &Db,
    stamp: Stamp,
    id: ClaimId,
    keep_minutes: Option<i64>,
) -> Answer<Option<Moment>> {
    db.write_in_line(stamp, move |tx| {
        Box::pin(async move {
            claims::store::queue(tx).await?;
            let mine = Owner::keeper(tx.by());
            let found = claims::store::by_ids(tx, &[id])
                .await?
                .pop()
                .filter(|claim| claim.kind == Kind::Hold && claim.owner == mine);
            let now = tx.now();
            let Some(claim) = found.filter(|claim| claim.counts(now)) else {
                return Ok(Err(Refusal::TooLate));
            };
            let put = match keep_minutes {
                None => claim.clone().released(now),
                Some(minutes) => {
                    let mut longer = claim.clone();
                    // a hold lasts twice its time at most
                    let most = claim.created_at.plus_millis(2 * minutes * 60_000);
                    longer.expires_at = Some(now.plus_millis(minutes * 60_000).min(most));
                    longer
                }
            };
            let word = if keep_minutes.is_some() { "held" } else { "hold_ended" };
            let ends = put.expires_at.filter(|_| keep_minutes.is_some());
            drop(claims::store::apply(tx, &[put], &[]).await?);
            tx.record(Change::new("room", claim.resource.to_string(), word));
            Ok(Ok(ends))
        })
    })
    .await
}

//! Offers to those who wait: a room is kept for the first it fits while somebody phones; when they
//! decline, do not answer twice or the time is over, the next one is called.

use std::collections::BTreeSet;

use super::waiting;
use super::world::{Actor, Scope, load};
use crate::bookings::acts::cut;
use crate::bookings::owed;
use crate::bookings::waitlist::{Entry, Gap, Standing};
use crate::bookings::world::World;
use crate::claims::store::Seen;
use crate::claims::{self, Claim, Kind, NewClaim, Owner, Resource, millis};
use crate::db::{Db, Result, Tx, statements};
use crate::kernel::{ClaimId, Moment, RoomId};

statements! {
    /// An offer.
    ADD = "INSERT INTO offers (waitlist_id, room_id, claim_id, state, created_at, expires_at) VALUES ($1, $2, $3, 'open', $4, $5) RETURNING id";
    /// The open offer of an entry.
    OPEN_OF = "SELECT id, waitlist_id, room_id, claim_id, state, created_at, expires_at FROM offers WHERE waitlist_id = $1 AND state = 'open'";
    /// All open offers.
    OPEN = "SELECT id, waitlist_id, room_id, claim_id, state, created_at, expires_at FROM offers WHERE state = 'open' ORDER BY expires_at, id";
    /// One offer.
    ONE = "SELECT id, waitlist_id, room_id, claim_id, state, created_at, expires_at FROM offers WHERE id = $1";
    /// It is over.
    END = "UPDATE offers SET state = $2, ended_at = $3 WHERE id = $1 AND state = 'open'";
    /// When the next offer is over.
    NEXT_END = "SELECT min(expires_at) AS due FROM offers WHERE state = 'open'";
    /// Offers whose time is over.
    ENDED = "SELECT id, waitlist_id, room_id, claim_id, state, created_at, expires_at FROM offers WHERE state = 'open' AND expires_at <= $1 ORDER BY expires_at, id";
}

/// A room that is kept for somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, sqlx::FromRow)]
pub struct Offer {
    /// Which.
    pub id: i64,
    /// Whose.
    pub waitlist_id: i64,
    /// Which room.
    pub room_id: RoomId,
    /// By which hold.
    pub claim_id: ClaimId,
    /// `open`, `accepted`, `declined`, `no_answer`, `expired`, `withdrawn`.
    pub state: String,
    /// Since when.
    #[serde(with = "millis")]
    pub created_at: Moment,
    /// Until when.
    #[serde(with = "millis")]
    pub expires_at: Moment,
}

/// What a change that is not made yet would do to the claims: how known ones would stand, and new ones.
pub type Ahead<'a> = (&'a [Claim], &'a [NewClaim]);

/// Whom a room fits that has become free, and when they could begin.
struct Fits {
    entry: Entry,
    start: Moment,
    /// What is taken on the room, and how far it was looked at.
    live: Vec<Claim>,
    seen: Seen,
}

/// The first of those who wait whom a room fits that has become free.
async fn fits(
    tx: &mut Tx,
    world: &World,
    room: RoomId,
    freed: (Moment, Moment),
    but: &[i64],
    (puts, takes): Ahead<'_>,
) -> Result<Option<Fits>> {
    let Some(known) = world.house.room(room) else { return Ok(None) };
    let now = tx.now();
    if !known.readiness.is_ready() && freed.0 <= now {
        return Ok(None);
    }
    let Some(far) = waiting::horizon_in(tx).await? else { return Ok(None) };
    let (from, to) = (now, far.max(freed.1).plus_millis(6 * 3_600_000));
    let resource = Resource::room(room);
    let resources = BTreeSet::from([resource.clone()]);
    let live = claims::store::on(tx, &resources, from, to).await?;
    let seen = Seen { resources, from, to };
    let stays = live.iter().filter(|claim| puts.iter().all(|put| put.id != claim.id));
    let moved = puts.iter().filter(|put| put.resource == resource);
    let stands = stays.chain(moved).filter(|one| !one.kind.is_soft() && one.counts(now));
    let again = takes.iter().filter(|one| one.resource == resource && !one.kind.is_soft());
    let occupied: Vec<(Moment, Moment)> = stands
        .map(|one| (one.from_at, one.to_at))
        .chain(again.map(|one| (one.from_at, one.to_at)))
        .collect();
    let Some((from, to)) = gap(&occupied, freed, now, to) else { return Ok(None) };
    let gap = Gap { room: known, from, to, buffer_ms: world.house.buffer_ms(room) };
    let first = waiting::first_for_in(tx, gap, but).await?;
    Ok(first.map(|(entry, start)| Fits { entry, start, live, seen }))
}

/// Who would be called for a room that a change would free, by entry. Changes nothing.
pub async fn would_call(
    tx: &mut Tx,
    world: &World,
    room: RoomId,
    freed: (Moment, Moment),
    but: &[i64],
    ahead: Ahead<'_>,
) -> Result<Option<i64>> {
    Ok(fits(tx, world, room, freed, but, ahead).await?.map(|fits| fits.entry.id))
}

/// A room has become free: offers it to the first of those who wait, if it fits one. Gives the offer
/// and the entry.
pub async fn recall(
    tx: &mut Tx,
    world: &World,
    room: RoomId,
    freed: (Moment, Moment),
    but: &[i64],
) -> Result<Option<(i64, i64)>> {
    let found = fits(tx, world, room, freed, but, (&[], &[])).await?;
    let Some(Fits { entry, start, live, seen }) = found else { return Ok(None) };
    let (now, resource) = (tx.now(), Resource::room(room));
    let buffer_ms = world.house.buffer_ms(room);
    let expires_at = now.plus_millis(world.rules.offer_minutes * 60_000);
    let hold = NewClaim {
        resource,
        from_at: start,
        to_at: start.plus_millis(entry.min_minutes * 60_000 + buffer_ms),
        buffer_ms,
        kind: Kind::Hold,
        owner: Owner::of(waiting::subject(entry.id)),
        expires_at: Some(expires_at),
        note: entry.name.clone(),
    };
    let kept = claims::store::apply_on(tx, (&seen, &live), &[], &[hold]).await?;
    let Ok(taken) = kept else { return Ok(None) };
    let Some(claim) = taken.first() else { return Ok(None) };
    let add = tx.q(ADD).bind(entry.id).bind(room).bind(*claim).bind(now).bind(expires_at);
    let offer: i64 = add.value().await?;
    waiting::move_in(tx, entry.id, Standing::Offered, 0, "offered").await?;
    owed::recall(tx, world, &entry, room, start, expires_at).await?;
    Ok(Some((offer, entry.id)))
}

/// The stretch around the moment something became free in which nobody has it.
fn gap(
    taken: &[(Moment, Moment)],
    freed: (Moment, Moment),
    now: Moment,
    far: Moment,
) -> Option<(Moment, Moment)> {
    let mut from = freed.0.max(now);
    // what was freed may have been taken again in the same change, in part
    while let Some((_, end)) = taken.iter().find(|(begin, end)| *begin <= from && from < *end) {
        from = *end;
    }
    let before = taken.iter().map(|(_, end)| *end).filter(|end| *end <= from).max();
    let from = before.map_or(now, |end| end.max(now)).min(from);
    let to = taken.iter().map(|(begin, _)| *begin).filter(|begin| *begin > from).min();
    let to = to.unwrap_or(far);
    (from < freed.1 && from < to).then_some((from, to))
}

/// The open offer of an entry.
pub async fn open_of(tx: &mut Tx, entry: i64) -> Result<Option<Offer>> {
    tx.q(OPEN_OF).bind(entry).maybe().await
}

/// All open offers.
pub async fn open(db: &Db) -> Result<Vec<Offer>> {
    db.read(OPEN).all().await
}

/// Ends an offer and gives its hold back.
pub async fn end_in(tx: &mut Tx, offer: &Offer, how: &str) -> Result<()> {
    let now = tx.now();
    if tx.q(END).bind(offer.id).bind(how).bind(now).run().await? == 0 || how == "accepted" {
        return Ok(());
    }
    claims::store::queue(tx).await?;
    let held = claims::store::by_ids(tx, &[offer.claim_id]).await?;
    let back: Vec<Claim> = held
        .iter()
        .filter(|claim| claim.released_at.is_none())
        .map(|claim| cut(claim, now))
        .collect();
    drop(claims::store::apply(tx, &back, &[]).await?);
    Ok(())
}

/// Takes offers back because what made them is undone; the claims to be given back.
pub async fn withdraw_in(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Claim>> {
    let now = tx.now();
    let mut back = Vec::new();
    for id in ids {
        let offer: Option<Offer> = tx.q(ONE).bind(*id).maybe().await?;
        let Some(offer) = offer.filter(|offer| offer.state == "open") else { continue };
        tx.q(END).bind(offer.id).bind("withdrawn").bind(now).run().await?;
        let entry = waiting::one_in(tx, offer.waitlist_id).await?;
        waiting::move_in(tx, entry.id, Standing::Waiting, entry.no_answers, "withdrawn").await?;
        owed::recall_over(tx, entry.id, "withdrawn").await?;
        let held = claims::store::by_ids(tx, &[offer.claim_id]).await?;
        back.extend(held.iter().filter(|one| one.released_at.is_none()).map(|one| cut(one, now)));
    }
    Ok(back)
}

/// The room of an offer that came to nothing goes to the next who waits.
pub async fn next(tx: &mut Tx, actor: Actor, offer: &Offer, entry: &Entry) -> Result<Option<i64>> {
    let scope =
        Scope { rooms: vec![offer.room_id], times: vec![entry.from_at], ..Scope::default() };
    let world = load(tx, actor, &scope).await?;
    let freed = (world.now, entry.to_at.max(world.now.plus_millis(1)));
    let next = recall(tx, &world, offer.room_id, freed, &[entry.id]).await?;
    Ok(next.map(|(_, entry)| entry))
}

/// When the next offer is over.
pub async fn next_end(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT_END).value().await
}

/// Offers nobody has answered in time: the next in the list is called.
pub async fn end_due_in(tx: &mut Tx, actor: Actor, due: Moment) -> Result<()> {
    let ended: Vec<Offer> = tx.q(ENDED).bind(due).all().await?;
    for offer in ended {
        let entry = waiting::one_in(tx, offer.waitlist_id).await?;
        end_in(tx, &offer, "expired").await?;
        waiting::move_in(tx, entry.id, Standing::Waiting, entry.no_answers, "offer_ended").await?;
        owed::recall_over(tx, entry.id, "expired").await?;
        next(tx, actor, &offer, &entry).await?;
    }
    Ok(())
}

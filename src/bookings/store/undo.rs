//! Undoing: what was there before is put back, as an act that is checked like any other.

use std::collections::BTreeSet;

use super::acts::{self, Image};
use super::perform::freed;
use super::{banquets, offers, waiting};
use crate::bookings::acts::{as_long_as_all, everybody_stands, given_back, late_at, still_there};
use crate::bookings::booking::{Segment, State};
use crate::bookings::refusal::Refusal;
use crate::bookings::world::{Call, World};
use crate::bookings::{corridor, showing};
use crate::claims::{self, Claim, Kind};
use crate::db::{Change, Result, Tx};
use crate::kernel::{BookingId, ClaimId};
use crate::rooms;
use crate::words::Said;

use super::world::{Actor, Scope, load};

/// Undoes an act. Refused where it is too long ago, where a booking it touched was changed since, and
/// where somebody else has the room meanwhile.
pub async fn undo(
    tx: &mut Tx,
    actor: Actor,
    act: i64,
) -> Result<std::result::Result<Vec<BookingId>, Refusal>> {
    claims::store::queue(tx).await?;
    let Some(found) = acts::one_in(tx, act).await? else { return Ok(Err(Refusal::TooLate)) };
    if !found.can_be_undone(tx.now()) {
        return Ok(Err(Refusal::TooLate));
    }
    let image = found.image.as_deref().and_then(|text| serde_json::from_str::<Image>(text).ok());
    let Some(image) = image else { return Ok(Err(Refusal::TooLate)) };
    let mut ids: Vec<BookingId> = image.versions.iter().map(|(id, _)| *id).collect();
    ids.extend(&image.created);
    let mut wanted = image.taken.clone();
    wanted.extend(image.claims.iter().map(|claim| claim.id));
    let scope = Scope {
        bookings: ids.clone(),
        rooms: image.ready.iter().map(|(room, ..)| *room).collect(),
        claims: wanted,
        times: image.claims.iter().map(|claim| claim.from_at).collect(),
        ..Scope::default()
    };
    let world = load(tx, actor, &scope).await?;
    if !is_untouched(&world, &image) {
        return Ok(Err(Refusal::Changed));
    }
    let shown = match image.viewing {
        Some(id) => Some(banquets::viewing_in(tx, id).await?),
        None => None,
    };
    // who is back with their guests has nothing to take back
    if shown.as_ref().is_some_and(|one| one.ended_at.is_some()) {
        return Ok(Err(Refusal::Changed));
    }
    // a hold is not held again: whoever undoes gives the place back
    let mut puts: Vec<Claim> = image
        .claims
        .iter()
        .map(|claim| if claim.kind == Kind::Hold { back(claim, &world) } else { claim.clone() })
        .collect();
    for id in &image.taken {
        if let Some(claim) = world.claim(*id)
            && claim.released_at.is_none()
        {
            puts.push(back(claim, &world));
        }
    }
    puts.extend(offers::withdraw_in(tx, &image.offers).await?);
    let after = ends(&world, &image);
    as_long_as_all(&world, &after, &mut puts);
    // the host may have gone since somebody joined them
    let made = world.segments.iter().filter(|one| image.fresh.contains(&one.id));
    let left: BTreeSet<ClaimId> = made.map(|one| one.claim_id).collect();
    let left = left.into_iter().filter(|id| puts.iter().all(|claim| claim.id != *id));
    let orphans = given_back(&world, &after, left);
    puts.extend(orphans);
    if !everybody_stands(&world, &after, &puts) {
        return Ok(Err(Refusal::Changed));
    }
    let again = image.segments.iter().filter(|one| one.is_live() && one.seated_at.is_some());
    let sits: Vec<_> = again.map(|one| (one.booking_id, one.room_id, Some(one.claim_id))).collect();
    if let Some(refusal) = still_there(&world, &sits, &after) {
        return Ok(Err(refusal));
    }
    if let Err(taken) = claims::store::apply(tx, &puts, &[]).await? {
        return Ok(Err(Refusal::Taken(taken)));
    }
    put_back(tx, &world, &image).await?;
    if let Some(shown) = shown {
        showing::over(tx, &shown, "abandoned").await?;
    }
    acts::undone_in(tx, act).await?;
    let waits = waiting::wait_again_in(tx, &image.created).await?;
    let mut change = Change::new("booking", found.subject.clone(), "undone");
    change.after = Some(serde_json::json!({ "act": act, "kind": found.kind }));
    tx.record(change);
    if image.each {
        let made = image.created.iter().filter_map(|id| world.booking(*id));
        for booking in image.bookings.iter().chain(made) {
            let subject = format!("bookings/{}", booking.no);
            if subject != found.subject {
                tx.record(Change::new("booking", subject, "undone"));
            }
        }
    }
    if let Some((before, rooms)) = image.call {
        let said = Said::with(|l, own| l.bookings_call_undo(before.to(own)).to_string());
        let call = Call { kind: "undo", rooms, said };
        corridor::call(tx, &world.rules, &found.subject, &call, image.date).await?;
    }
    for (room, from, to) in freed(&world, &puts) {
        // whoever took an offer and gave it back is not called at once again
        offers::recall(tx, &world, room, (from, to), &waits).await?;
    }
    Ok(Ok(ids))
}

/// Nobody has changed the bookings since, and new ones stand as they were made.
fn is_untouched(world: &World, image: &Image) -> bool {
    let same = |(id, version): &(BookingId, i64)| {
        world.booking(*id).is_some_and(|booking| booking.version == *version)
    };
    let fresh = |id: &BookingId| world.booking(*id).is_some_and(|booking| booking.version == 1);
    image.versions.iter().all(same) && image.created.iter().all(fresh)
}

/// A claim of the act, given back.
fn back(claim: &Claim, world: &World) -> Claim {
    crate::bookings::acts::cut(claim, world.now)
}

/// The stretches as they stand once the act is undone: those it made are gone.
fn ends(world: &World, image: &Image) -> Vec<Segment> {
    let made = world.segments.iter().filter(|one| image.fresh.contains(&one.id));
    let made = made.map(|one| {
        let mut gone = one.clone();
        gone.ended_at = Some(world.now);
        gone
    });
    image.segments.iter().cloned().chain(made).collect()
}

async fn put_back(tx: &mut Tx, world: &World, image: &Image) -> Result<()> {
    for before in &image.bookings {
        let mut again = before.clone();
        if let Some(now) = world.booking(before.id) {
            again.version = now.version;
        }
        let late = late_at(world, &again);
        if again.state == State::Booked && again.due_at.is_none_or(|due| due <= world.now) {
            // somebody looks after them again, at once where they are late
            again.due_at = Some(late.max(world.now.plus_millis(1)));
        }
        super::put_in(tx, &world.day, &again).await?;
    }
    for id in &image.created {
        if let Some(booking) = world.booking(*id) {
            let mut off = booking.clone();
            off.state = State::Cancelled;
            off.reason = Some("undone".to_owned());
            (off.ended_at, off.due_at) = (Some(world.now), None);
            super::put_in(tx, &world.day, &off).await?;
        }
    }
    // the board knows stretches by the version of their booking
    let raised = |one: &Segment| {
        let id = one.booking_id;
        image.bookings.iter().any(|booking| booking.id == id) || image.created.contains(&id)
    };
    for segment in &image.segments {
        debug_assert!(raised(segment), "a stretch is put back, its booking's version stays");
        super::put_segment_in(tx, segment).await?;
    }
    let made = world.segments.iter().filter(|one| image.fresh.contains(&one.id));
    for segment in made {
        debug_assert!(raised(segment), "a stretch is taken back, its booking's version stays");
        let mut gone: Segment = segment.clone();
        gone.to_at = gone.from_at;
        (gone.ended_at, gone.ended_reason) = (Some(world.now), Some("undone".to_owned()));
        super::put_segment_in(tx, &gone).await?;
    }
    for (room, before, after) in &image.ready {
        if world.house.room(*room).is_some_and(|room| room.readiness == *after) {
            rooms::store::ready_in(tx, *room, *before, world.now).await?;
        }
    }
    Ok(())
}

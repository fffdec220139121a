//! What is done with those who wait: they take what is offered, decline, do not answer, or leave.

use super::super::acts::Opening;
use super::super::booking::{Booking, State};
use super::super::owed;
use super::super::refusal::{Refusal, Wrong};
use super::super::store::perform::Done;
use super::super::store::world::Actor;
use super::super::store::{self, offers, waiting};
use super::super::waitlist::Standing;
use super::{Answer, open_in};
use crate::claims;
use crate::db::{Db, Result, Stamp};
use crate::kernel::BookingId;

/// How somebody who was offered a room answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// They take it.
    Accepted,
    /// Not this time; they wait on.
    Declined,
    /// They want no more.
    Closed,
    /// Nobody answered; the second time the next is called.
    NoAnswer,
}

/// Notes the answer of somebody who was offered a room: a booking, or the next in the list.
pub async fn reply(
    db: &Db,
    stamp: Stamp,
    actor: Actor,
    entry: i64,
    reply: Reply,
) -> Answer<Option<Done>> {
    db.write_in_line(stamp, move |tx| {
        Box::pin(async move {
            claims::store::queue(tx).await?;
            let found = waiting::one_in(tx, entry).await?;
            let Some(offer) = offers::open_of(tx, entry).await? else {
                return Ok(Err(Refusal::TooLate));
            };
            match reply {
                Reply::Accepted => {
                    let kept = claims::store::by_ids(tx, &[offer.claim_id]).await?.pop();
                    let now = tx.now();
                    let Some(hold) = kept.filter(|claim| claim.counts(now)) else {
                        return Ok(Err(Refusal::TooLate));
                    };
                    let opening = Opening {
                        name: found.name.clone(),
                        party: found.party,
                        phone: found.phone.clone(),
                        starts_at: Some(hold.from_at),
                        minutes: Some(found.min_minutes),
                        rooms: vec![offer.room_id],
                        note: found.note.clone(),
                        call_id: found.call_id,
                        contact_id: found.contact_id,
                        tier: found.tier,
                        holds: vec![hold.id],
                        held_by: Some(hold.owner.clone()),
                        ..Opening::default()
                    };
                    let done = match open_in(tx, actor, &opening).await? {
                        Ok(done) => done,
                        Err(refusal) => return Ok(Err(refusal)),
                    };
                    offers::end_in(tx, &offer, "accepted").await?;
                    waiting::move_in(tx, entry, Standing::Accepted, 0, "accepted").await?;
                    if let Some(booking) = done.bookings.first() {
                        waiting::became_in(tx, entry, *booking).await?;
                    }
                    owed::recall_over(tx, entry, "accepted").await?;
                    Ok(Ok(Some(done)))
                }
                Reply::NoAnswer if found.no_answers == 0 => {
                    waiting::move_in(tx, entry, Standing::Offered, 1, "no_answer").await?;
                    Ok(Ok(None))
                }
                Reply::NoAnswer | Reply::Declined | Reply::Closed => {
                    let how = if reply == Reply::NoAnswer { "no_answer" } else { "declined" };
                    offers::end_in(tx, &offer, how).await?;
                    let to =
                        if reply == Reply::Closed { Standing::Closed } else { Standing::Waiting };
                    waiting::move_in(tx, entry, to, 0, how).await?;
                    owed::recall_over(tx, entry, how).await?;
                    offers::next(tx, actor, &offer, &found).await?;
                    Ok(Ok(None))
                }
            }
        })
    })
    .await
}

/// Somebody waits no more.
pub async fn leave_waitlist(db: &Db, stamp: Stamp, actor: Actor, entry: i64) -> Result<()> {
    db.write_in_line(stamp, move |tx| {
        Box::pin(async move {
            claims::store::queue(tx).await?;
            let found = waiting::one_in(tx, entry).await?;
            if !matches!(found.state, Standing::Waiting | Standing::Offered) {
                // who has taken a room, or is off the list, stays so
                return Ok(());
            }
            let offer = offers::open_of(tx, entry).await?;
            waiting::move_in(tx, entry, Standing::Cancelled, 0, "cancelled").await?;
            if let Some(offer) = offer {
                offers::end_in(tx, &offer, "withdrawn").await?;
                owed::recall_over(tx, entry, "cancelled").await?;
                offers::next(tx, actor, &offer, &found).await?;
            }
            Ok(())
        })
    })
    .await
}

/// A booking that was called off, or whose guests did not come, and whose room somebody else has by
/// now: they wait for another, before those who came after. Gives the entry.
pub async fn wait_again(db: &Db, stamp: Stamp, id: BookingId) -> Answer<i64> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let found = store::by_ids_in(tx, &[id]).await?.pop();
            let off = |booking: &Booking| matches!(booking.state, State::Cancelled | State::NoShow);
            let Some(booking) = found.filter(off) else { return Ok(Err(Refusal::Changed)) };
            let Some(phone) = booking.phone.clone() else {
                return Ok(Err(Refusal::Field("phone", Wrong::Phone)));
            };
            let from = booking.starts_at.max(tx.now());
            let entry = waiting::NewEntry {
                date: booking.business_date,
                contact_id: booking.contact_id,
                name: booking.name.clone(),
                phone,
                party: booking.party,
                class_id: None,
                area_id: None,
                from_at: from,
                to_at: from.plus_millis(booking.planned_minutes * 60_000 + WAITS_MS),
                min_minutes: booking.planned_minutes.min(WAITS_MS / 60_000),
                tier: booking.tier.max(FIRST),
                note: booking.note.clone(),
                call_id: booking.call_id,
                read_back: false,
            };
            waiting::add_in(tx, &entry).await.map(Ok)
        })
    })
    .await
}

/// Who is promised again waits so long beyond the stay they had, in milliseconds.
const WAITS_MS: i64 = 2 * 3_600_000;
/// The rank of those the house owes a room.
const FIRST: i64 = 2;

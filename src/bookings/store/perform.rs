//! Making an outcome true: claims, bookings, stretches, rooms, one line of the journal, one call in the
//! corridor, the picture for undoing, and whoever waits for what became free. All of it in one change.

use std::collections::{BTreeMap, BTreeSet};

use super::acts::{self, Image};
use super::offers;
use crate::bookings::world::{Outcome, Stands, Whose, World};
use crate::bookings::{corridor, owed};
use crate::claims::{self, Claim, Owner, Resource};
use crate::db::{Change, Error, Result, Tx};
use crate::kernel::{BookingId, ClaimId, Moment, RoomId};
use crate::rooms;

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct Done {
    /// The act, for undoing it.
    pub act: i64,
    /// The bookings concerned, new ones first.
    pub bookings: Vec<BookingId>,
    /// The new claims, in the order they were asked for.
    pub claims: Vec<ClaimId>,
    /// Those who wait and were offered what became free, by entry.
    pub offered: Vec<i64>,
}

/// Makes it true, and keeps the picture for undoing it.
pub async fn perform(tx: &mut Tx, world: &World, outcome: Outcome) -> Result<Done> {
    let Carried { word, subject, image, mut done } = carry_out(tx, world, outcome).await?;
    done.act = acts::add_in(tx, word, &subject, &image).await?;
    Ok(done)
}

/// What was done, with the picture from before still in hand.
pub(in crate::bookings) struct Carried {
    /// The word in the journal.
    pub(in crate::bookings) word: &'static str,
    /// The address of the record.
    pub(in crate::bookings) subject: String,
    /// How things stood before.
    pub(in crate::bookings) image: Image,
    /// What was done; it has no act yet.
    pub(in crate::bookings) done: Done,
}

/// Makes it true. The outcome was decided on this very world, so nothing can be in the way; if
/// something is, the database says so and nothing is done.
pub(in crate::bookings) async fn carry_out(
    tx: &mut Tx,
    world: &World,
    outcome: Outcome,
) -> Result<Carried> {
    let mut outcome = outcome;
    let (mut created, mut number) = (Vec::new(), None);
    for booking in &outcome.creates {
        let (id, no) = super::add_in(tx, &world.day, booking).await?;
        created.push(id);
        number = Some(no);
    }
    if let Some(first) = created.first() {
        own_new(&mut outcome, *first);
    }
    let known = (&world.seen, world.claims.as_slice());
    let taken = claims::store::apply_on(tx, known, &outcome.puts, &outcome.takes).await?;
    let taken = taken.map_err(|_| Error::Refused(claims::OVERLAP.to_owned()))?;
    for booking in &outcome.bookings {
        super::put_in(tx, &world.day, booking).await?;
        let before = world.booking(booking.id);
        owed::chased(tx, before, booking).await?;
        if before.is_some_and(|before| before.attempts < booking.attempts) {
            owed::tried(tx, booking, outcome.word == "reached").await?;
        }
    }
    for segment in &outcome.segments {
        super::put_segment_in(tx, segment).await?;
    }
    debug_assert!(
        raises(&outcome),
        "{}: a stretch changes, its booking's version stays",
        outcome.word
    );
    let mut fresh = Vec::new();
    for one in &outcome.fresh {
        let booking = match one.whose {
            Whose::Known(id) => Some(id),
            Whose::New(k) => created.get(k).copied(),
        };
        let claim = match one.stands {
            Stands::Known(id) => Some(id),
            Stands::Taken(k) => taken.get(k).copied(),
        };
        let (Some(booking), Some(claim)) = (booking, claim) else { continue };
        fresh.push(super::add_segment_in(tx, booking, claim, one).await?);
    }
    let ready = make_ready(tx, world, &outcome).await?;
    let mut image = picture(world, &outcome);
    image.created.clone_from(&created);
    (image.fresh, image.taken, image.ready) = (fresh, taken.clone(), ready);
    let subject = record(tx, world, &outcome, number);
    read_back(tx, world, &outcome, &subject);
    if let Some(call) = &outcome.call {
        corridor::call(tx, &world.rules, &subject, call, outcome.date).await?;
        image.call = Some((call.said.clone(), call.rooms.clone()));
        image.date = outcome.date;
    }
    let mut offered = Vec::new();
    if outcome.recalls {
        for (room, from, to) in freed(world, &outcome.puts) {
            if let Some((offer, entry)) = offers::recall(tx, world, room, (from, to), &[]).await? {
                image.offers.push(offer);
                offered.push(entry);
            }
        }
    }
    let mut bookings = created;
    bookings.extend(outcome.bookings.iter().map(|booking| booking.id));
    let done = Done { act: 0, bookings, claims: taken, offered };
    Ok(Carried { word: outcome.word, subject, image, done })
}

/// Whether each booking whose stretches change is changed itself: the board knows stretches by the version
/// of their booking.
fn raises(outcome: &Outcome) -> bool {
    let changed = |id: BookingId| outcome.bookings.iter().any(|booking| booking.id == id);
    let fresh = outcome.fresh.iter().filter_map(|one| match one.whose {
        Whose::Known(id) => Some(id),
        Whose::New(_) => None,
    });
    outcome.segments.iter().map(|one| one.booking_id).chain(fresh).all(changed)
}

/// New claims and turned holds belong to the booking that was made for them.
fn own_new(outcome: &mut Outcome, booking: BookingId) {
    let fresh = Owner::of("bookings/new");
    for claim in outcome.takes.iter_mut().filter(|claim| claim.owner == fresh) {
        claim.owner = Owner::booking(booking);
    }
    for claim in outcome.puts.iter_mut().filter(|claim| claim.owner == fresh) {
        claim.owner = Owner::booking(booking);
    }
}

async fn make_ready(
    tx: &mut Tx,
    world: &World,
    outcome: &Outcome,
) -> Result<Vec<(RoomId, rooms::Readiness, rooms::Readiness)>> {
    let mut ready = Vec::new();
    for (room, readiness) in &outcome.ready {
        let before = world.house.room(*room).map(|room| room.readiness);
        if let Some(before) = before.filter(|before| before != readiness) {
            let since = outcome.since.unwrap_or(world.now);
            rooms::store::ready_in(tx, *room, *readiness, since).await?;
            ready.push((*room, before, *readiness));
        }
    }
    Ok(ready)
}

/// How things stood before.
fn picture(world: &World, outcome: &Outcome) -> Image {
    let bookings = outcome.bookings.iter().filter_map(|one| world.booking(one.id)).cloned();
    let by_id: BTreeMap<i64, _> = world.segments.iter().map(|one| (one.id, one)).collect();
    let segments = outcome.segments.iter().filter_map(|one| by_id.get(&one.id));
    let claims = outcome.puts.iter().filter_map(|one| world.claim(one.id)).cloned();
    Image {
        bookings: bookings.collect(),
        versions: outcome.bookings.iter().map(|one| (one.id, one.version + 1)).collect(),
        segments: segments.map(|one| (*one).clone()).collect(),
        claims: claims.collect(),
        ..Image::default()
    }
}

/// The rooms a booking has after it, or those of a new one.
fn rooms_after(world: &World, outcome: &Outcome, booking: Option<BookingId>) -> BTreeSet<RoomId> {
    let stays = booking
        .map(|id| world.live(id))
        .unwrap_or_default()
        .into_iter()
        .map(|one| outcome.segments.iter().find(|after| after.id == one.id).unwrap_or(one));
    let fresh = outcome.fresh.iter().filter(|one| match one.whose {
        Whose::Known(id) => Some(id) == booking,
        Whose::New(_) => booking.is_none(),
    });
    let stays = stays.filter(|one| one.is_live()).map(|one| one.room_id);
    stays.chain(fresh.map(|one| one.room_id)).collect()
}

/// One line of the journal, about the booking the act is on, or the room.
fn record(tx: &mut Tx, world: &World, outcome: &Outcome, number: Option<String>) -> String {
    let known = outcome.bookings.first().map(|one| (one.no.clone(), one.version + 1));
    let made = number.clone().filter(|_| known.is_some());
    let main = known.or_else(|| number.map(|no| (no, 1)));
    let own = outcome.bookings.first().map(|one| one.id);
    let (had, has) =
        (own.map(|id| world.rooms_of(id)).unwrap_or_default(), rooms_after(world, outcome, own));
    let mut change = if let Some((no, version)) = &main {
        Change::new("booking", format!("bookings/{no}"), outcome.word).version(*version)
    } else {
        let room = outcome.takes.first().map(|claim| claim.resource.to_string());
        let room = room.or_else(|| outcome.puts.first().map(|one| one.resource.to_string()));
        let ready = outcome.ready.first().map(|(room, _)| format!("rooms/{room}"));
        let subject = room.or(ready).unwrap_or_else(|| "rooms".to_owned());
        Change::new("room", subject, outcome.word)
    };
    let others: Vec<&str> = outcome.bookings.iter().skip(1).map(|one| one.no.as_str()).collect();
    let called = |rooms: &BTreeSet<RoomId>| -> Vec<String> {
        rooms.iter().map(|id| world.house.name(*id)).collect()
    };
    if !had.is_empty() && had != has {
        change.before = Some(serde_json::json!({ "rooms": called(&had) }));
    }
    change.after = Some(serde_json::json!({
        "rooms": called(&has), "with": others, "created": made,
        "approved": world.approves.then_some(true), "happened_at": outcome.since,
    }));
    change.why.clone_from(&outcome.why);
    let subject = change.subject.clone();
    tx.record(change);
    subject
}

/// A booking that was read back while it was written has a line of its own for that.
fn read_back(tx: &mut Tx, world: &World, outcome: &Outcome, subject: &str) {
    let line =
        |subject: String, version| Change::new("booking", subject, "read_back").version(version);
    if outcome.creates.iter().any(|one| one.read_back) {
        tx.record(line(subject.to_owned(), 1));
    }
    for one in outcome.bookings.iter().filter(|_| outcome.word == "edited") {
        let before = world.booking(one.id).and_then(|before| before.readback_at);
        if one.readback_at.is_some() && one.readback_at != before {
            tx.record(line(format!("bookings/{}", one.no), one.version + 1));
        }
    }
}

/// Where claims end sooner, begin later or go elsewhere: the stretches out of which something became free.
pub(in crate::bookings) fn freed(world: &World, puts: &[Claim]) -> Vec<(RoomId, Moment, Moment)> {
    let mut freed = Vec::new();
    for put in puts {
        let Some(before) = world.claim(put.id).filter(|before| before.counts(world.now)) else {
            continue;
        };
        let Some(room) = before.resource.room_id().filter(|_| !before.kind.is_soft()) else {
            continue;
        };
        let elsewhere = put.resource != before.resource || put.released_at.is_some();
        if elsewhere || put.from_at > before.from_at || put.to_at < before.to_at {
            freed.push((room, before.from_at.max(world.now), before.to_at));
        }
    }
    freed.retain(|(_, from, to)| from < to);
    freed.sort_unstable();
    freed.dedup();
    freed
}

/// What of such stretches is free after the change: part of them may be kept, or taken again by it.
pub(in crate::bookings) fn left_free(
    freed: &[(RoomId, Moment, Moment)],
    (puts, takes): offers::Ahead<'_>,
    now: Moment,
) -> Vec<(RoomId, Moment, Moment)> {
    let mut left = Vec::new();
    for (room, from, to) in freed {
        let resource = Resource::room(*room);
        let stays = puts.iter().filter(|one| one.resource == resource && one.counts(now));
        let stays = stays.filter(|one| !one.kind.is_soft()).map(|one| (one.from_at, one.to_at));
        let again = takes.iter().filter(|one| one.resource == resource && !one.kind.is_soft());
        let again = again.map(|one| (one.from_at, one.to_at));
        let pieces = stays.chain(again).fold(vec![(*from, *to)], |left, one| without(&left, one));
        left.extend(pieces.into_iter().map(|(from, to)| (*room, from, to)));
    }
    left.sort_unstable();
    left.dedup();
    left
}

/// What is left of stretches besides one that is taken.
fn without(left: &[(Moment, Moment)], (from, to): (Moment, Moment)) -> Vec<(Moment, Moment)> {
    let pieces = left.iter().flat_map(|(a, b)| [(*a, from.min(*b)), (to.max(*a), *b)]);
    pieces.filter(|(a, b)| a < b).collect()
}

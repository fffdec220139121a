//! Reading the piece of the house an act is decided on, inside the change and after waiting one's turn.

use std::collections::BTreeSet;

use crate::bookings::rules::Rules;
use crate::bookings::world::World;
use crate::claims::store::Seen;
use crate::claims::{self, Resource};
use crate::db::{Result, Tx};
use crate::kernel::{BookingId, BusinessDay, ClaimId, Moment, RoomId, StaffId};
use crate::rooms;

/// What a [`World`] is to hold.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// These bookings, and the rooms they have.
    pub bookings: Vec<BookingId>,
    /// These rooms.
    pub rooms: Vec<RoomId>,
    /// These claims.
    pub claims: Vec<ClaimId>,
    /// What these people have to do.
    pub people: Vec<StaffId>,
    /// Also at these moments.
    pub times: Vec<Moment>,
    /// Only who has what: whose bookings those are is not asked.
    pub claims_alone: bool,
}

/// Who acts.
#[derive(Debug, Clone, Copy)]
pub struct Actor {
    /// The site's day.
    pub day: BusinessDay,
    /// Whether they may approve.
    pub approves: bool,
}

/// A day, in milliseconds: no stay is longer than two.
const DAY_MS: i64 = 24 * 3_600_000;

/// Reads it, once it is one's turn to change claims: what is read here is still so when it is changed.
pub async fn load(tx: &mut Tx, actor: Actor, scope: &Scope) -> Result<World> {
    let now = tx.now();
    let (mut bookings, mut segments) = (Vec::new(), Vec::new());
    if !scope.bookings.is_empty() {
        claims::store::queue(tx).await?;
        for (booking, own) in super::whole_in(tx, &scope.bookings).await? {
            bookings.push(booking);
            segments.extend(own);
        }
    }
    let rooms: BTreeSet<RoomId> =
        segments.iter().map(|one| one.room_id).chain(scope.rooms.iter().copied()).collect();
    let times = bookings.iter().map(|one| one.starts_at).chain(scope.times.iter().copied());
    let times: Vec<Moment> = times.chain([now]).collect();
    let from = times.iter().min().copied().unwrap_or(now).plus_millis(-2 * DAY_MS);
    let to = times.iter().max().copied().unwrap_or(now).plus_millis(3 * DAY_MS);
    let people = scope.people.iter().copied().map(Resource::person);
    let resources: BTreeSet<Resource> =
        rooms.iter().copied().map(Resource::room).chain(people).collect();
    // this takes the turn where it was not taken before: the house is read after it
    let mut claims = claims::store::on(tx, &resources, from, to).await?;
    let seen = Seen { resources, from, to };
    let (house, rules) = rooms::store::house_and_rules_in(tx).await?;
    let rules = rules.map_or_else(Rules::default, |text| Rules::read(&text));
    let known: BTreeSet<ClaimId> = claims.iter().map(|claim| claim.id).collect();
    let own = segments.iter().map(|one| one.claim_id).chain(scope.claims.iter().copied());
    let missing: BTreeSet<ClaimId> = own.filter(|id| !known.contains(id)).collect();
    if !missing.is_empty() {
        let missing: Vec<ClaimId> = missing.into_iter().collect();
        claims.extend(claims::store::by_ids(tx, &missing).await?);
    }
    let rooms: Vec<RoomId> = rooms.into_iter().collect();
    let asked = !scope.claims_alone && (!rooms.is_empty() || !claims.is_empty());
    if asked {
        let ids: Vec<ClaimId> = claims.iter().map(|claim| claim.id).collect();
        for (other, own) in super::about_in(tx, &ids, &rooms, &scope.bookings).await? {
            bookings.push(other);
            segments.extend(own);
        }
    }
    let by = tx.by();
    let Actor { day, approves } = actor;
    Ok(World { now, day, house, rules, bookings, segments, claims, seen, by, approves })
}

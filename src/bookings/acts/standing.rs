//! Every party stands on a claim of the room it has, and no claim is kept for nobody: what has to hold once
//! stretches and claims are put elsewhere together.

use super::closing::cut;
use crate::bookings::booking::Segment;
use crate::bookings::world::World;
use crate::claims::{Claim, Kind};
use crate::kernel::ClaimId;

/// The stretches of the world that go on once some of them are as in `after`.
fn going_on<'a>(world: &'a World, after: &'a [Segment]) -> impl Iterator<Item = &'a Segment> {
    let others = world.segments.iter().filter(|one| after.iter().all(|other| other.id != one.id));
    after.iter().chain(others).filter(|one| one.is_live())
}

/// Whether everybody who goes on has their room: those of `after`, and whoever stands on a claim of `puts`.
pub(in crate::bookings) fn everybody_stands(
    world: &World,
    after: &[Segment],
    puts: &[Claim],
) -> bool {
    let concerned = |one: &&Segment| {
        after.iter().any(|other| other.id == one.id)
            || puts.iter().any(|claim| claim.id == one.claim_id)
    };
    going_on(world, after).filter(concerned).all(|one| {
        let put = puts.iter().find(|claim| claim.id == one.claim_id);
        put.or_else(|| world.claim(one.claim_id)).is_some_and(|claim| {
            claim.released_at.is_none()
                && claim.kind == Kind::Booking
                && claim.resource.room_id() == Some(one.room_id)
        })
    })
}

/// A claim that is put back as it was lasts as long as whoever else stands on it by now: who shares a room may have
/// been given longer since.
pub(in crate::bookings) fn as_long_as_all(world: &World, after: &[Segment], puts: &mut [Claim]) {
    for put in puts.iter_mut().filter(|put| put.released_at.is_none()) {
        let Some(now) = world.claim(put.id) else { continue };
        let ends = going_on(world, after).filter(|one| one.claim_id == put.id);
        let Some(last) = ends.map(|one| one.to_at).max() else { continue };
        put.to_at = put.to_at.max(now.to_at.min(last.plus_millis(put.buffer_ms)));
    }
}

/// The claims among `left` that nobody stands on any more, given back.
pub(in crate::bookings) fn given_back(
    world: &World,
    after: &[Segment],
    left: impl Iterator<Item = ClaimId>,
) -> Vec<Claim> {
    left.filter(|id| going_on(world, after).all(|one| one.claim_id != *id))
        .filter_map(|id| world.claim(id))
        .filter(|claim| claim.released_at.is_none())
        .map(|claim| cut(claim, world.now))
        .collect()
}

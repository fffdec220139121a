//! Whether a change of claims can be: worked out on a copy before anything is written, so that a
//! refusal can say who is in the way.

use crate::kernel::{ClaimId, Moment, StaffId};

use super::{Claim, Kind, NewClaim, Owner, Resource};

/// Who is in the way.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Taken {
    /// What was wanted.
    pub resource: Resource,
    /// From when it is taken.
    pub from_at: Moment,
    /// Up to when, the cleaning included.
    pub to_at: Moment,
    /// Why.
    pub kind: Kind,
    /// The record that has it; `None` when the change is in its own way.
    pub owner: Option<Owner>,
    /// Who took it.
    pub by_staff: Option<StaffId>,
    /// When.
    pub since: Option<Moment>,
}

impl From<&Claim> for Taken {
    fn from(claim: &Claim) -> Self {
        Self {
            resource: claim.resource.clone(),
            from_at: claim.from_at,
            to_at: claim.to_at,
            kind: claim.kind,
            owner: Some(claim.owner.clone()),
            by_staff: claim.by_staff,
            since: Some(claim.created_at),
        }
    }
}

/// A stretch of time on a thing that a change asks for.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    resource: &'a Resource,
    from_at: Moment,
    to_at: Moment,
    kind: Kind,
}

impl Wanted<'_> {
    fn meets(&self, resource: &Resource, from: Moment, to: Moment) -> bool {
        self.resource == resource && self.from_at < to && from < self.to_at
    }
}

fn wanted<'a>(puts: &'a [Claim], takes: &'a [NewClaim]) -> Vec<Wanted<'a>> {
    let puts = puts.iter().filter(|claim| claim.released_at.is_none()).map(|claim| Wanted {
        resource: &claim.resource,
        from_at: claim.from_at,
        to_at: claim.to_at,
        kind: claim.kind,
    });
    let takes = takes.iter().map(|claim| Wanted {
        resource: &claim.resource,
        from_at: claim.from_at,
        to_at: claim.to_at,
        kind: claim.kind,
    });
    puts.chain(takes).collect()
}

fn stays<'a>(live: &'a [Claim], puts: &[Claim], now: Moment) -> impl Iterator<Item = &'a Claim> {
    let moved: Vec<ClaimId> = puts.iter().map(|claim| claim.id).collect();
    live.iter().filter(move |claim| claim.counts(now) && !moved.contains(&claim.id))
}

/// The first claim in the way of putting `puts` (claims as they shall be) and taking `takes`, among
/// the `live` ones; `None`: nothing is. Released claims and soft ones are in nobody's way.
pub fn clash(live: &[Claim], puts: &[Claim], takes: &[NewClaim], now: Moment) -> Option<Taken> {
    let wanted: Vec<Wanted<'_>> =
        wanted(puts, takes).into_iter().filter(|want| !want.kind.is_soft()).collect();
    for claim in stays(live, puts, now).filter(|claim| !claim.kind.is_soft()) {
        if wanted.iter().any(|want| want.meets(&claim.resource, claim.from_at, claim.to_at)) {
            return Some(claim.into());
        }
    }
    for (k, want) in wanted.iter().enumerate() {
        let rest = wanted.iter().skip(k + 1);
        if let Some(other) =
            rest.into_iter().find(|other| want.meets(other.resource, other.from_at, other.to_at))
        {
            return Some(Taken {
                resource: other.resource.clone(),
                from_at: other.from_at,
                to_at: other.to_at,
                kind: other.kind,
                owner: None,
                by_staff: None,
                since: None,
            });
        }
    }
    None
}

/// Who is looking at what the change asks for: a reason to ask first, not to refuse.
pub fn soft(live: &[Claim], puts: &[Claim], takes: &[NewClaim], now: Moment) -> Option<Taken> {
    let wanted = wanted(puts, takes);
    let mut lookers = stays(live, puts, now).filter(|claim| claim.kind.is_soft());
    lookers
        .find(|claim| {
            wanted.iter().any(|want| want.meets(&claim.resource, claim.from_at, claim.to_at))
        })
        .map(Taken::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::RoomId;

    fn claim(id: i64, room: i64, from: i64, to: i64, kind: Kind) -> Claim {
        Claim {
            id: ClaimId(id),
            resource: Resource::room(RoomId(room)),
            from_at: Moment::from_millis(from),
            to_at: Moment::from_millis(to),
            buffer_ms: 0,
            kind,
            owner: Owner::of("bookings/1"),
            expires_at: None,
            released_at: None,
            by_staff: None,
            created_at: Moment::from_millis(0),
            note: String::new(),
        }
    }

    const NOW: Moment = Moment::from_millis(0);

    #[test]
    fn a_stay_that_contains_another_meets_it_and_one_that_touches_it_does_not() {
        let live = [claim(1, 7, 19, 20, Kind::Booking)];
        let contains = claim(2, 7, 18, 22, Kind::Booking);
        assert_eq!(clash(&live, &[contains], &[], NOW), Some((&live[0]).into()));
        let after = claim(2, 7, 20, 22, Kind::Booking);
        assert_eq!(clash(&live, &[after], &[], NOW), None);
    }

    #[test]
    fn two_rooms_change_places_in_one_step() {
        let live = [claim(1, 1, 0, 9, Kind::Booking), claim(2, 2, 0, 9, Kind::Booking)];
        let swapped = [claim(1, 2, 0, 9, Kind::Booking), claim(2, 1, 0, 9, Kind::Booking)];
        assert_eq!(clash(&live, &swapped, &[], NOW), None);
        assert!(clash(&live, &swapped[..1], &[], NOW).is_some(), "one alone is in the other's way");
    }

    #[test]
    fn a_dead_hold_refuses_nobody_and_somebody_looking_is_only_told() {
        let mut hold = claim(1, 7, 0, 9, Kind::Hold);
        hold.expires_at = Some(NOW);
        let looking = claim(2, 7, 0, 9, Kind::Viewing);
        let live = [hold, looking];
        let wish = [claim(3, 7, 0, 9, Kind::Booking)];
        assert_eq!(clash(&live, &wish, &[], NOW), None);
        assert_eq!(soft(&live, &wish, &[], NOW).map(|taken| taken.kind), Some(Kind::Viewing));
    }

    proptest! {
        /// Hour by hour by hand: a change is refused exactly when some hour would be taken twice.
        #[test]
        fn the_answer_is_that_of_counting_the_hours(
            old in proptest::collection::vec((1_i64..3, 0_i64..20, 1_i64..8), 0..6),
            new in proptest::collection::vec((1_i64..3, 0_i64..20, 1_i64..8), 1..4),
        ) {
            let mut taken = std::collections::BTreeSet::new();
            let mut live = Vec::new();
            for (k, (room, from, length)) in (1..).zip(old) {
                let hours: Vec<_> = (from..from + length).map(|hour| (room, hour)).collect();
                if hours.iter().all(|hour| !taken.contains(hour)) {
                    taken.extend(hours);
                    live.push(claim(k, room, from, from + length, Kind::Booking));
                }
            }
            let mut twice = false;
            let mut puts = Vec::new();
            for (k, (room, from, length)) in (100..).zip(new) {
                for hour in from..from + length {
                    twice |= !taken.insert((room, hour));
                }
                puts.push(claim(k, room, from, from + length, Kind::Booking));
            }
            prop_assert_eq!(clash(&live, &puts, &[], NOW).is_some(), twice);
        }
    }
}

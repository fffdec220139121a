//! Who waits for a room, and who is called first when one becomes free (operations §4.5).

use std::fmt;

use crate::claims::{maybe_millis, millis};
use crate::kernel::{AreaId, CallId, Moment, RoomClassId, StaffId, words};
use crate::rooms::Room;

words! {
    /// Where an entry stands.
    Standing {
        /// Waits.
        Waiting = "waiting",
        /// A room is kept for them while somebody phones.
        Offered = "offered",
        /// They took it; there is a booking.
        Accepted = "accepted",
        /// They want no more.
        Closed = "closed",
        /// Their time is over.
        Expired = "expired",
        /// Called off.
        Cancelled = "cancelled",
    }
}

/// Somebody who waits. `Debug` names nobody.
#[derive(Clone, PartialEq, Eq, serde::Deserialize, sqlx::FromRow)]
pub struct Entry {
    /// Which.
    pub id: i64,
    /// Rises with every change.
    pub version: i64,
    /// How to address them.
    pub name: String,
    /// E.164.
    pub phone: String,
    /// How many.
    pub party: i64,
    /// The kind of room they want.
    pub class_id: Option<RoomClassId>,
    /// The part of the house they want.
    pub area_id: Option<AreaId>,
    /// They can come from here on.
    #[serde(with = "millis")]
    pub from_at: Moment,
    /// They must be gone by here.
    #[serde(with = "millis")]
    pub to_at: Moment,
    /// They want at least so long.
    pub min_minutes: i64,
    /// 0; 1 for those who go first, 2 where the house owes them.
    pub tier: i64,
    /// What else was said.
    pub note: String,
    /// Where they stand.
    pub state: Standing,
    /// How often they did not answer.
    pub no_answers: i64,
    /// The call they asked by.
    pub call_id: Option<CallId>,
    /// The customer, where known.
    pub contact_id: Option<i64>,
    /// Who wrote it.
    pub by_staff: Option<StaffId>,
    /// When it was written.
    #[serde(with = "millis")]
    pub created_at: Moment,
    /// When it was read back to them.
    #[serde(with = "maybe_millis")]
    pub readback_at: Option<Moment>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "waitlist/{} {}", self.id, self.state)
    }
}

/// Milliseconds in a minute.
const MINUTE: i64 = 60_000;

/// A party that is too small for a room gets it only when it begins this soon and nobody larger fits.
const SOON_MS: i64 = 30 * MINUTE;

/// A room that is free for a while.
#[derive(Clone, Copy)]
pub struct Gap<'r> {
    /// Which.
    pub room: &'r Room,
    /// From here on.
    pub from: Moment,
    /// Up to here, the cleaning after the next stay included.
    pub to: Moment,
    /// How long that cleaning takes, in milliseconds.
    pub buffer_ms: i64,
}

impl Gap<'_> {
    /// When this entry could begin in it; `None`: it does not fit.
    pub fn start_for(&self, entry: &Entry, now: Moment) -> Option<Moment> {
        let wished = entry.class_id.is_none_or(|class| class == self.room.class_id)
            && entry.area_id.is_none_or(|area| area == self.room.area_id);
        let start = self.from.max(entry.from_at).max(now);
        let end = start.plus_millis(entry.min_minutes * MINUTE);
        let last = entry.to_at.min(self.to.plus_millis(-self.buffer_ms));
        (wished && entry.party <= self.room.most() && end <= last).then_some(start)
    }
}

/// The first of those who wait that a gap fits, and when they could begin: those of rank before the
/// others, then as they came. A couple gets the large room only where nobody larger fits and it is
/// about to stand empty. The store finds the same one ([`first_for_in`]); a story compares them.
///
/// [`first_for_in`]: super::store::waiting::first_for_in
pub fn first_for<'e>(
    entries: &'e [Entry],
    gap: Gap<'_>,
    now: Moment,
) -> Option<(&'e Entry, Moment)> {
    let waiting = entries.iter().filter(|entry| entry.state == Standing::Waiting);
    let fitting: Vec<(&Entry, Moment)> =
        waiting.filter_map(|entry| gap.start_for(entry, now).map(|start| (entry, start))).collect();
    let order = |(entry, _): &&(&Entry, Moment)| {
        (std::cmp::Reverse(entry.tier), entry.created_at, entry.id)
    };
    let large =
        fitting.iter().filter(|(entry, _)| entry.party >= gap.room.cap_min).min_by_key(order);
    let small = || {
        let soon = fitting.iter().filter(|(_, start)| start.millis_since(now) < SOON_MS);
        soon.min_by_key(order)
    };
    large.or_else(small).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::RoomId;
    use crate::rooms::{Readiness, RoomKind};

    fn room(cap_min: i64, cap_max: i64) -> Room {
        Room {
            id: RoomId(1),
            version: 1,
            name: "A1".into(),
            alias: String::new(),
            kind: RoomKind::Room,
            area_id: AreaId(1),
            class_id: RoomClassId(1),
            cap_min,
            cap_max,
            cap_extra: 0,
            tables: None,
            shareable: false,
            priority: 0,
            features: String::new(),
            equipment: String::new(),
            notes: String::new(),
            sort: 0,
            readiness: Readiness::Ready,
            readiness_at: Moment::from_millis(0),
        }
    }

    fn entry(id: i64, party: i64, tier: i64) -> Entry {
        Entry {
            id,
            version: 1,
            name: "李女士".into(),
            phone: "+8613800001234".into(),
            party,
            class_id: None,
            area_id: None,
            from_at: Moment::from_millis(0),
            to_at: Moment::from_millis(300 * MINUTE),
            min_minutes: 90,
            tier,
            note: String::new(),
            state: Standing::Waiting,
            no_answers: 0,
            call_id: None,
            contact_id: None,
            by_staff: None,
            created_at: Moment::from_millis(id),
            readback_at: None,
        }
    }

    #[test]
    fn the_first_that_fits_is_called_and_a_couple_does_not_take_the_hall() {
        let hall = room(6, 12);
        let at = |minutes: i64| Moment::from_millis(minutes * MINUTE);
        let gap = Gap { room: &hall, from: at(60), to: at(200), buffer_ms: 20 * MINUTE };
        let first = |entries: &[Entry], gap, now| first_for(entries, gap, now).map(|(e, _)| e.id);
        let entries = [entry(1, 2, 0), entry(2, 8, 0), entry(3, 8, 1)];
        assert_eq!(first(&entries, gap, at(0)), Some(3), "rank goes first");
        assert_eq!(first(&entries[..2], gap, at(0)), Some(2));
        assert_eq!(first(&entries[..1], gap, at(0)), None, "it is an hour until it stands empty");
        assert_eq!(first(&entries[..1], gap, at(55)), Some(1));
        let short = Gap { to: at(165), ..gap };
        assert_eq!(first(&entries, short, at(0)), None, "85 minutes are not 90");
    }
}

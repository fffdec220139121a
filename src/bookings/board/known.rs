//! What the boards know of bookings and of the house from one drawing to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::super::booking::{Booking, Segment};
use super::super::rules::Rules;
use super::super::store;
use super::super::web::people;
use super::heard::Heard;
use crate::db::{self, Db};
use crate::kernel::{BookingId, StaffId};
use crate::rooms::{self, House};
use crate::web::Want;

/// Bookings and their stretches as they were read for the last board: hundreds of them are not read again
/// because one of them changed. Every change of a booking or of its stretches makes its version another.
/// The house, its rules and people are read again when the journal has a line about a room or a person.
#[derive(Clone, Default)]
pub(super) struct Known {
    bookings: Arc<Mutex<BTreeMap<BookingId, Kept>>>,
    place: Arc<Mutex<Option<(i64, Place)>>>,
    pub(super) heard: Heard,
}

/// What is kept of a booking.
struct Kept {
    /// The version that was told before it was read: it is of this one or a newer.
    version: i64,
    party: Arc<Party>,
}

/// A booking with its stretches.
#[derive(Clone)]
pub(super) struct Party {
    pub(super) booking: Booking,
    pub(super) segments: Vec<Segment>,
}

impl Deref for Party {
    type Target = Booking;

    fn deref(&self) -> &Booking {
        &self.booking
    }
}

/// The bookings of a window with their stretches.
pub(super) type Booked = BTreeMap<BookingId, Arc<Party>>;

/// What the boards are drawn on, which seldom changes. Cheap to clone.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) house: Arc<House>,
    pub(super) rules: Arc<Rules>,
    pub(super) people: Arc<BTreeMap<StaffId, String>>,
}

/// The kinds of journal lines that may change it.
const PLACES: [&str; 2] = ["room", "staff"];

/// More than so many are not kept beside those that are shown.
const KEPT: usize = 4_000;

impl Known {
    /// The house, its rules and people as they are at `head`, a number of the journal that was read before.
    pub(super) async fn place(&self, want: &Want, head: i64) -> db::Result<Place> {
        let db = &want.kit.db;
        let mut kept = self.place.lock().await;
        if let Some((seq, place)) = kept.as_mut()
            && self.heard.is_quiet(db, &PLACES, *seq, head).await?
        {
            *seq = head.max(*seq);
            return Ok(place.clone());
        }
        let asked =
            Box::pin(async { tokio::try_join!(rooms::store::house_and_rules(db), people(want)) });
        let ((house, rules), people) = asked.await?;
        let rules = rules.map_or_else(Rules::default, |text| Rules::read(&text));
        let place = Place { house: house.into(), rules: rules.into(), people: people.into() };
        *kept = Some((head, place.clone()));
        Ok(place)
    }

    /// The house as it was last read; it may have changed since.
    pub(super) async fn last_house(&self) -> Option<Arc<House>> {
        self.place.lock().await.as_ref().map(|(_, place)| place.house.clone())
    }

    /// The bookings whose versions were told just now, with their stretches.
    pub(super) async fn booked(
        &self,
        db: &Db,
        versions: &[(BookingId, i64)],
    ) -> db::Result<Booked> {
        let mut kept = self.bookings.lock().await;
        let is_kept = |(id, version): &&(BookingId, i64)| {
            kept.get(id).is_some_and(|one| one.version == *version)
        };
        let changed: BTreeMap<BookingId, i64> =
            versions.iter().filter(|one| !is_kept(one)).copied().collect();
        if kept.len() > KEPT {
            let shown: BTreeSet<BookingId> = versions.iter().map(|(id, _)| *id).collect();
            kept.retain(|id, _| shown.contains(id));
        }
        if !changed.is_empty() {
            let ids: Vec<BookingId> = changed.keys().copied().collect();
            for (booking, segments) in store::whole(db, &ids).await? {
                let version = changed.get(&booking.id).copied().unwrap_or_default();
                let id = booking.id;
                kept.insert(id, Kept { version, party: Arc::new(Party { booking, segments }) });
            }
        }
        let shown = versions.iter().filter_map(|(id, _)| kept.get(id).map(|one| (*id, one)));
        Ok(shown.map(|(id, one)| (id, Arc::clone(&one.party))).collect())
    }

    /// Reads again the kept bookings of which the journal has told, beside the board's other questions: as a
    /// rule [`Self::booked`] has nothing left to ask then.
    pub(super) async fn refresh(&self, db: &Db) -> db::Result<()> {
        let told = self.heard.bookings().await;
        if told.is_empty() {
            return Ok(());
        }
        let changed = |one: &&Kept| told.contains(&one.party.no);
        let ids: Vec<BookingId> =
            self.bookings.lock().await.values().filter(changed).map(|one| one.party.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let found = store::whole(db, &ids).await?;
        let mut kept = self.bookings.lock().await;
        for (booking, segments) in found {
            let (id, version) = (booking.id, booking.version);
            if kept.get(&id).is_none_or(|one| one.version < version) {
                kept.insert(id, Kept { version, party: Arc::new(Party { booking, segments }) });
            }
        }
        Ok(())
    }
}

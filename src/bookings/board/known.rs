//! What the boards know of bookings and of the house from one drawing to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::super::booking::{Booking, Segment};
use super::super::store;
use super::LOOKED;
use crate::db::{self, Db};
use crate::kernel::BookingId;
use crate::rooms::{self, House};

/// Bookings and their stretches as they were read for the last board: hundreds of them are not read again
/// because one of them changed. Every change of a booking or of its stretches makes its version another.
/// The house is read again when the journal has a line about a room.
#[derive(Clone, Default)]
pub(super) struct Known {
    bookings: Arc<Mutex<BTreeMap<BookingId, Kept>>>,
    house: Arc<Mutex<Option<KeptHouse>>>,
}

/// A booking with its stretches.
struct Kept {
    /// The version that was told before they were read: they are of this one or a newer.
    version: i64,
    booking: Booking,
    segments: Vec<Segment>,
}

/// The bookings of a window with their stretches.
pub(super) type Booked = (BTreeMap<BookingId, Booking>, Vec<Segment>);

/// The house, with a number of the journal it is true for.
type KeptHouse = (i64, Arc<House>);

/// More than so many are not kept beside those that are shown.
const KEPT: usize = 4_000;

impl Known {
    /// The house as it is at `head`, a number of the journal that was read before.
    pub(super) async fn house(&self, db: &Db, head: i64) -> db::Result<Arc<House>> {
        let mut kept = self.house.lock().await;
        if let Some((seq, house)) = kept.as_mut()
            && is_quiet(db, &["room"], *seq, head).await?
        {
            *seq = head.max(*seq);
            return Ok(house.clone());
        }
        let house = Arc::new(rooms::store::house(db).await?);
        *kept = Some((head, house.clone()));
        Ok(house)
    }

    /// The house as it was last read; it may have changed since.
    pub(super) async fn last_house(&self) -> Option<Arc<House>> {
        self.house.lock().await.as_ref().map(|(_, house)| house.clone())
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
            let (bookings, segments) =
                tokio::try_join!(store::by_ids(db, &ids), store::segments_of(db, &ids))?;
            let mut own: BTreeMap<BookingId, Vec<Segment>> = BTreeMap::new();
            for segment in segments {
                own.entry(segment.booking_id).or_default().push(segment);
            }
            for booking in bookings {
                let (id, version) = (booking.id, changed.get(&booking.id).copied());
                let segments = own.remove(&id).unwrap_or_default();
                kept.insert(id, Kept { version: version.unwrap_or_default(), booking, segments });
            }
        }
        let shown = versions.iter().filter_map(|(id, _)| kept.get(id));
        let segments = shown.clone().flat_map(|one| one.segments.iter().cloned()).collect();
        Ok((shown.map(|one| (one.booking.id, one.booking.clone())).collect(), segments))
    }
}

/// Whether the journal has no line of these kinds between two numbers of it.
pub(super) async fn is_quiet(db: &Db, kinds: &[&str], seq: i64, head: i64) -> db::Result<bool> {
    if head <= seq {
        return Ok(true);
    }
    if head - seq > LOOKED {
        return Ok(false);
    }
    let news = db::news_after(db, seq, LOOKED).await?;
    Ok(!news.iter().any(|one| kinds.contains(&one.kind.as_str())))
}

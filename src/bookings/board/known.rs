//! What the boards know of bookings and of the house from one drawing to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::super::booking::Booking;
use super::super::store::{self, span};
use super::LOOKED;
use super::bars::Window;
use crate::db::{self, Db};
use crate::kernel::BookingId;
use crate::rooms::{self, House};

/// Bookings as they were read for the last board: hundreds of them are not read again because one of
/// them changed. Every change of a booking makes its version another. The house is read again when the
/// journal has a line about a room.
#[derive(Clone, Default)]
pub(super) struct Known {
    bookings: Arc<Mutex<BTreeMap<BookingId, Booking>>>,
    house: Arc<Mutex<Option<KeptHouse>>>,
}

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

    /// The bookings of a window as they are now.
    pub(super) async fn between(
        &self,
        db: &Db,
        window: Window,
    ) -> db::Result<BTreeMap<BookingId, Booking>> {
        let versions = span::versions(db, window.from, window.to).await?;
        let mut kept = self.bookings.lock().await;
        let is_kept = |id: &BookingId, version: i64| {
            kept.get(id).is_some_and(|booking| booking.version == version)
        };
        let changed: Vec<BookingId> = versions
            .iter()
            .filter(|(id, version)| !is_kept(id, *version))
            .map(|(id, _)| *id)
            .collect();
        if kept.len() > KEPT {
            let shown: BTreeSet<BookingId> = versions.iter().map(|(id, _)| *id).collect();
            kept.retain(|id, _| shown.contains(id));
        }
        if !changed.is_empty() {
            let read = store::by_ids(db, &changed).await?;
            kept.extend(read.into_iter().map(|one| (one.id, one)));
        }
        let known = |(id, _): &(BookingId, i64)| Some((*id, kept.get(id)?.clone()));
        Ok(versions.iter().filter_map(known).collect())
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

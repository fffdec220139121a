//! What the boards know of bookings from one drawing to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::super::booking::Booking;
use super::super::store::{self, span};
use super::bars::Window;
use crate::db::{self, Db};
use crate::kernel::BookingId;

/// Bookings as they were read for the last board: hundreds of them are not read again because one of
/// them changed. Every change of a booking makes its version another.
#[derive(Clone, Default)]
pub(super) struct Known(Arc<Mutex<BTreeMap<BookingId, Booking>>>);

/// More than so many are not kept beside those that are shown.
const KEPT: usize = 4_000;

impl Known {
    /// The bookings of a window as they are now.
    pub(super) async fn between(
        &self,
        db: &Db,
        window: Window,
    ) -> db::Result<BTreeMap<BookingId, Booking>> {
        let versions = span::versions(db, window.from, window.to).await?;
        let mut kept = self.0.lock().await;
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

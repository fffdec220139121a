//! What grew out of calls in other rooms: the numbers that programs read of a call.

use super::super::call::Call;
use super::Panel;
use crate::db::{self, Db};
use crate::kernel::CallId;

/// Puts into calls what grew out of them.
pub(super) async fn link(panel: &Panel, db: &Db, calls: &mut [Call]) -> db::Result<()> {
    let ids: Vec<CallId> = calls.iter().map(|call| call.id).collect();
    for room in panel.records.iter() {
        let grown = room.grown(db, &ids).await?;
        for call in calls.iter_mut() {
            let Some(links) = grown.get(&call.id) else { continue };
            call.links.faults.extend(links.faults.iter().cloned());
            call.links.bookings.extend(links.bookings.iter().cloned());
        }
    }
    Ok(())
}

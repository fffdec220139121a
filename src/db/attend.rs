//! Rooms that add to the changes of others: they are shown what a change records, before its commit,
//! and what they add is part of it.

use std::sync::{Arc, OnceLock};

use futures_util::future::BoxFuture;

use super::{Change, Result, Tx};

/// Adds to changes that other rooms make.
pub trait Attends: Send + Sync + 'static {
    /// The kinds of lines it looks at; a change without one of these is not shown to it.
    fn kinds(&self) -> &'static [&'static str];

    /// Sees what was recorded, and adds to it by the same transaction. What it records itself is
    /// shown again, so it must find nothing left to do then. An error undoes the whole change.
    fn attend<'t>(&'t self, tx: &'t mut Tx, recorded: &'t [Change]) -> BoxFuture<'t, Result<()>>;
}

/// Additions follow from additions so many times at most.
const ROUNDS: usize = 8;

/// Who attends; settled once, by the roof.
#[derive(Clone, Default)]
pub(super) struct Attending(Arc<OnceLock<Vec<Arc<dyn Attends>>>>);

impl Attending {
    /// From now on these; whoever was named first stays.
    pub(super) fn name(&self, rooms: Vec<Arc<dyn Attends>>) {
        if self.0.set(rooms).is_err() {
            tracing::debug!("who attends changes was named before");
        }
    }

    /// Whether nobody looks at any of these lines.
    pub(super) fn is_nobodys(&self, changes: &[Change]) -> bool {
        let rooms = self.0.get().into_iter().flatten();
        let mut kinds = rooms.flat_map(|room| room.kinds());
        kinds.all(|kind| changes.iter().all(|change| change.kind != *kind))
    }

    /// Shows what a change recorded, and what was added to it.
    pub(super) async fn show(&self, tx: &mut Tx) -> Result<()> {
        let Some(rooms) = self.0.get() else { return Ok(()) };
        let mut seen = 0;
        for _ in 0..ROUNDS {
            let fresh = tx.notes.changes.get(seen..).unwrap_or_default().to_vec();
            if fresh.is_empty() {
                return Ok(());
            }
            seen += fresh.len();
            for room in rooms {
                if fresh.iter().any(|change| room.kinds().contains(&change.kind)) {
                    room.attend(tx, &fresh).await?;
                }
            }
        }
        Ok(())
    }
}

//! Messages that came before what they belong to: datagrams overtake each other.

use std::sync::Arc;

use super::legs::Tags;
use super::recent::Recent;
use crate::kernel::Moment;
use crate::sip::{LegKey, Withdrawal};

/// Call-IDs of which something is kept.
const MOST: usize = 4096;
/// Things kept of one Call-ID.
const MOST_OF_ONE: usize = 16;
/// How long something waits for what it belongs to, in milliseconds.
const PATIENCE_MS: i64 = 10_000;

/// The end of a leg that is not known.
#[derive(Debug, Clone)]
pub(super) struct Stray {
    pub(super) at: Moment,
    pub(super) heard_at: Moment,
    pub(super) key: LegKey,
    pub(super) end: Ending,
}

/// How it ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    /// CANCEL.
    Cancel(Withdrawal),
    /// BYE.
    Bye(Tags),
}

/// What waits.
#[derive(Debug)]
pub(super) struct Strays {
    ends: Recent<Arc<str>, Vec<Stray>>,
    /// INVITEs within a dialog: an answer to one begins nothing.
    inside: Recent<LegKey, ()>,
}

impl Default for Strays {
    fn default() -> Self {
        Self { ends: Recent::new(MOST), inside: Recent::new(MOST) }
    }
}

impl Strays {
    /// Keeps an end for later; false for a repeat.
    pub(super) fn keep(&mut self, stray: Stray) -> bool {
        let Some(kept) = self.ends.get_mut(&stray.key.call_id) else {
            self.ends.put(Arc::clone(&stray.key.call_id), vec![stray]);
            return true;
        };
        let again = |one: &Stray| match (one.end, stray.end) {
            (Ending::Cancel(_), Ending::Cancel(_)) => one.key == stray.key,
            // each hop of a proxy has its own branch
            (Ending::Bye(_), Ending::Bye(_)) => true,
            (Ending::Cancel(_), Ending::Bye(_)) | (Ending::Bye(_), Ending::Cancel(_)) => false,
        };
        let new = !kept.iter().any(again);
        if new && kept.len() < MOST_OF_ONE {
            kept.push(stray);
        }
        new
    }

    /// What is kept for a leg that has appeared.
    pub(super) fn take(
        &mut self,
        key: &LegKey,
        caller_tag: Option<u64>,
        now: Moment,
    ) -> Option<Stray> {
        let kept = self.ends.get_mut(&key.call_id)?;
        let fits = |one: &Stray| match one.end {
            Ending::Cancel(_) => one.key == *key,
            Ending::Bye(tags) => tags.from == caller_tag || tags.to == caller_tag,
        };
        let fresh = |one: &Stray| now.millis_since(one.heard_at) <= PATIENCE_MS;
        kept.retain(fresh);
        let place = kept.iter().position(fits)?;
        Some(kept.remove(place))
    }

    /// An INVITE within a dialog was seen.
    pub(super) fn invited_again(&mut self, key: &LegKey) {
        self.inside.put(key.clone(), ());
    }

    /// Whether the INVITE of this answer was one within a dialog.
    pub(super) fn is_inside(&self, key: &LegKey) -> bool {
        self.inside.get(key).is_some()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.ends.len().saturating_add(self.inside.len())
    }
}

//! Calls in whose wait the clock by which they are dated was set back, where a mirror is all that tells of them.
//!
//! A message that comes late and one that is stamped early look alike until it is clear that all come so. By then an
//! answer may have been told, after a wait too short by as much, and the call may be over. How long such a call waited
//! is not known any more: it is left out of the figures, and says so. What was told before, what began after, and a
//! talk that was under way have their distances.

use std::sync::Arc;

use super::book::{Book, Seen};
use super::call::Excluded;
use super::machine::Live;
use super::record::{CallKey, Event, Happening};
use crate::kernel::Moment;
use crate::sip::{SetBack, What};

/// Delays that are no further apart than this are the same, in milliseconds.
const APART_MS: i64 = 250;
/// Calls that are over whose wait ended later than it began are kept for so long: it is soon known why ...
const KEPT_MS: i64 = 600_000;
/// ... and so many of them.
const MOST: usize = 64;

/// How late we learnt of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lags {
    /// Of its first leg, in milliseconds.
    begun_ms: i32,
    /// Of what ended its wait, in milliseconds.
    waited_ms: i32,
    /// When we learnt of that, by our own clock.
    waited_at: Option<Moment>,
}

impl Lags {
    pub(super) const NONE: Self = Self { begun_ms: 0, waited_ms: 0, waited_at: None };
}

impl Book {
    /// The clock of a PBX's mirror is known to have been set back. Looks through all calls: that is rare.
    pub fn set_back(&mut self, found: &SetBack) {
        self.wake(found.at);
        let theirs = self.calls.iter().filter(|(_, call)| call.was_cut_by(found));
        for key in theirs.map(|(key, _)| *key).collect::<Vec<_>>() {
            self.change(key, found.at, None, |call| Some(call.doubt()));
        }
        let Self { late, told, .. } = self;
        for (key, call) in late.iter_mut().filter(|(_, call)| call.was_cut_by(found)) {
            let what = call.doubt();
            let record = Arc::new(call.record(found.at));
            told.push_back(Happening { at: found.at, key: *key, what, record });
        }
    }

    /// A call is over. Where its wait ended later than it began it is kept for a while.
    pub(super) fn over(&mut self, key: CallKey) {
        let Some(call) = self.calls.remove(&key) else { return };
        if call.is_late() {
            if self.late.len() >= MOST {
                self.late.pop_front();
            }
            self.late.push_back((key, call));
        }
    }

    /// Lets go of calls that are long over.
    pub(super) fn forget_late(&mut self, now: Moment) {
        let old = |call: &Live| {
            let at = call.seen().lags.waited_at;
            at.is_none_or(|at| now.millis_since(at) >= KEPT_MS)
        };
        while self.late.front().is_some_and(|(_, call)| old(call)) {
            self.late.pop_front();
        }
    }
}

impl Live {
    /// A call begins with what a mirror shows.
    pub(super) fn begun_late(&mut self, seen: Seen) {
        let late = seen.now.millis_since(seen.at);
        self.more().lags.begun_ms = i32::try_from(late).unwrap_or(i32::MAX);
    }

    /// A mirror tells something of it: that may be the end of its wait.
    pub(super) fn told_late(&mut self, seen: Seen, what: &What) {
        let ends =
            matches!(what, What::Answered | What::Ended(_) | What::Withdrawn(_) | What::Refused(_));
        if ends && self.stage.is_waiting() {
            let late = seen.now.millis_since(seen.at);
            let lags = &mut self.more().lags;
            lags.waited_ms = i32::try_from(late).unwrap_or(i32::MAX);
            lags.waited_at = Some(seen.now);
        }
    }

    /// By how much later we learnt of the end of its wait than of its beginning, in milliseconds.
    fn later_ms(&self) -> i64 {
        let lags = self.seen().lags;
        i64::from(lags.waited_ms).saturating_sub(lags.begun_ms.into())
    }

    fn is_late(&self) -> bool {
        self.seen().lags.waited_at.is_some() && self.later_ms() > APART_MS
    }

    /// Whether the clock was set back while it waited: what ended its wait came later than what began it by as
    /// much.
    fn was_cut_by(&self, found: &SetBack) -> bool {
        let since = self.seen().lags.waited_at.is_some_and(|at| at >= found.since);
        let as_much = self.later_ms().saturating_sub(found.by_ms).abs() <= APART_MS;
        self.pbx == found.pbx && !self.stage.is_waiting() && since && as_much
    }

    /// How long it waited is not known.
    fn doubt(&mut self) -> Event {
        self.excluded = self.excluded.or(Some(Excluded::Outage));
        self.more().lags.waited_at = None;
        Event::Doubtful
    }
}

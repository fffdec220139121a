//! Calls in whose midst the clock by which they are dated was set back, where a mirror is all that tells of them.
//!
//! A message that comes late and one that is stamped early look alike until it is clear that all come so. By then an
//! answer may have been told, after a wait too short by as much, and the call may be over. What was told since then
//! is put right; what was told before, and calls that began after, have their distances. A call that is over keeps its
//! outcome for good: where it would have been another, it is left out of the figures.

use std::sync::Arc;

use super::book::{Book, Seen};
use super::call::Excluded;
use super::machine::Live;
use super::record::{CallKey, Event, Happening};
use super::stage::{End, Stage};
use crate::kernel::Moment;
use crate::sip::{SetBack, Source};

/// What is told by more than this later than the beginning of its call was late, or stamped early, in
/// milliseconds; delays that are no further apart are the same.
const APART_MS: i64 = 250;
/// Calls that are over in whose midst something came late: so many are kept, for it is soon known why.
const MOST: usize = 64;

/// What first came later than the beginning of its call did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Behind {
    /// When it happened, as it was told.
    from: Moment,
    /// The same of the last that came so.
    last: Moment,
    /// How much later we learnt of it, in milliseconds.
    lag_ms: i32,
    /// How far the clock had been set back, in milliseconds; 0 as long as it is not known to have been.
    by_ms: i32,
}

impl Book {
    /// The clock of a PBX's mirror is known to have been set back. Looks through all calls: that is rare.
    pub fn set_back(&mut self, found: &SetBack) {
        self.wake(found.at);
        let theirs = |(key, call): (&CallKey, &Box<Live>)| call.was_cut_by(found).then_some(*key);
        for key in self.calls.iter().filter_map(theirs).collect::<Vec<_>>() {
            self.change(key, found.at, None, |call| {
                call.redate(found.by_ms);
                Some(Event::Redated)
            });
        }
        let Self { behind, told, .. } = self;
        for (key, call) in behind.iter_mut().filter(|(_, call)| call.was_cut_by(found)) {
            let mut right = Live::clone(call);
            right.redate(found.by_ms);
            let outcome = |call: &Live| call.record(found.at).outcome;
            let what = if outcome(&right) == outcome(call) {
                **call = right;
                Event::Redated
            } else {
                call.excluded = call.excluded.or(Some(Excluded::Outage));
                call.more().behind = None;
                Event::Doubtful
            };
            let record = Arc::new(call.record(found.at));
            told.push_back(Happening { at: found.at, key: *key, what, record });
        }
    }

    /// When that happened which is told of this call: after the clock was set back, as much later, until its
    /// stamps are moved themselves.
    pub(super) fn dated(&mut self, key: CallKey, seen: Seen) -> Seen {
        let Source::Mirror { .. } = seen.source else { return seen };
        let Some(call) = self.calls.get_mut(&key) else { return seen };
        let lag = seen.now.millis_since(seen.at);
        match call.seen().behind {
            None if lag.saturating_sub(call.lag_ms) > APART_MS => {
                let lag_ms = i32::try_from(lag).unwrap_or(i32::MAX);
                call.more().behind =
                    Some(Behind { from: seen.at, last: seen.at, lag_ms, by_ms: 0 });
                seen
            }
            Some(Behind { by_ms, .. }) if by_ms > 0 && lag >= i64::from(by_ms) - APART_MS => {
                Seen { at: seen.at.plus_millis(by_ms.into()).min(seen.now), ..seen }
            }
            Some(Behind { by_ms: 0, .. }) if lag.saturating_sub(call.lag_ms) > APART_MS => {
                if let Some(behind) = &mut call.more().behind {
                    behind.last = seen.at;
                }
                seen
            }
            _ => seen,
        }
    }

    /// A call is over. Where something came late in its midst it is kept for a while.
    pub(super) fn over(&mut self, key: CallKey) {
        let Some(call) = self.calls.remove(&key) else { return };
        if call.seen().behind.is_some_and(|behind| behind.by_ms == 0) {
            if self.behind.len() >= MOST {
                self.behind.pop_front();
            }
            self.behind.push_back((key, call));
        }
    }
}

impl Live {
    /// Whether the clock was set back in its midst: what began it came as always, and then all was later by so
    /// much.
    fn was_cut_by(&self, found: &SetBack) -> bool {
        let cut = |behind: Behind| {
            let lag_ms = i64::from(behind.lag_ms);
            let later = lag_ms.saturating_sub(self.lag_ms).saturating_sub(found.by_ms);
            let heard_at = behind.from.plus_millis(lag_ms);
            behind.by_ms == 0 && heard_at >= found.since && later.abs() <= APART_MS
        };
        self.pbx == found.pbx && self.seen().behind.is_some_and(cut)
    }

    /// Moves what was told since the clock was set back. What was told as if it had been before the call rang
    /// was set to when it rang: an answer was the first of it, the end of a talk the last.
    fn redate(&mut self, by_ms: i64) {
        let Some(behind) = self.seen().behind else { return };
        let (from, rang_at) = (behind.from, self.rang_at.unwrap_or(self.offered_at));
        let moved = |at: Moment, told: Moment| match at {
            at if at < from => at,
            at if at <= rang_at && from <= rang_at => told.plus_millis(by_ms),
            at => at.plus_millis(by_ms),
        };
        let right = |at| moved(at, from);
        let over = |at| moved(at, behind.last);
        let more = self.more();
        more.behind = Some(Behind { by_ms: i32::try_from(by_ms).unwrap_or(i32::MAX), ..behind });
        more.answered_at = more.answered_at.map(right);
        more.machine_at = more.machine_at.map(right);
        for transfer in &mut more.transfers {
            transfer.at = right(transfer.at);
        }
        for leg in &mut self.legs {
            leg.answered_at = leg.answered_at.map(right);
            let talked = leg.answered_at.is_some();
            leg.ended_at = leg.ended_at.map(|at| if talked { over(at) } else { right(at) });
        }
        let answered_at = self.seen().answered_at;
        if let Stage::Over(end) = self.stage {
            let at = if end.seen { over(end.at) } else { right(end.at) };
            let outcome = match answered_at {
                Some(answered_at) => self.answered_outcome(answered_at),
                None if end.seen => self.unanswered_outcome(at),
                None => end.outcome,
            };
            self.stage = Stage::Over(End { at, outcome, ..end });
        }
    }
}

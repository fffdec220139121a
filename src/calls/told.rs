//! A call as the log keeps it, drawn from its machine at one moment.

use std::sync::Arc;

use super::call::{EndedBy, Excluded, Outcome, State};
use super::machine::Live;
use super::record::Record;
use super::stage::Stage;
use crate::kernel::Moment;

impl Live {
    /// Until when it was seen to live, of a call that is given up at that moment. What is mirrored was
    /// seen as long as anything was told of it, by the time of its messages: nobody saw it ring on.
    pub(super) fn last_seen(&self, now: Moment) -> Moment {
        let Some(mirror_at) = self.seen().mirror_at else { return now };
        let told_at = mirror_at.plus_millis(-self.lag_ms);
        let legs = self.legs.iter().flat_map(|leg| {
            [Some(leg.offered_at), leg.rang_at, leg.answered_at, leg.ended_at].into_iter().flatten()
        });
        legs.fold(told_at, Moment::max).min(now)
    }

    /// The call as the log keeps it, at that moment.
    pub(super) fn record(&self, at: Moment) -> Record {
        let promise = self.terms.promise;
        let (end, unseen) = match self.stage {
            Stage::Over(end) => (Some(end), None),
            Stage::Unseen { alive_at, .. } => (None, Some(alive_at)),
            Stage::Offered(_)
            | Stage::Ringing(_)
            | Stage::Paused { .. }
            | Stage::Talking { .. } => (None, None),
        };
        let state = match self.rang_at {
            _ if !self.is_live() => State::Ended,
            _ if matches!(self.stage, Stage::Talking { .. }) => State::Answered,
            Some(_) => State::Ringing,
            None => State::Offered,
        };
        let more = self.seen();
        let answered_at = more.answered_at.or(end.filter(|end| end.answered).map(|end| end.at));
        let ended_at = end.filter(|end| end.seen).map(|end| end.at);
        let until = answered_at.or(unseen).or(end.map(|end| end.at)).unwrap_or(at);
        let rings = promise.rings(self.rang_at, until);
        let outcome = match (end, unseen) {
            (Some(end), _) => Some(end.outcome),
            (None, Some(_)) => Some(match more.answered_at {
                Some(answered_at) => self.answered_outcome(answered_at),
                None => Outcome::Unmeasured,
            }),
            (None, None) => None,
        };
        // what became of it is not known because the house was deaf
        let cut = more.cut && outcome == Some(Outcome::Unmeasured);
        Record {
            uid: Arc::clone(&self.uid),
            pbx: self.pbx,
            hotline: self.hotline.map(usize::from),
            caller: Arc::clone(&self.caller),
            state,
            offered_at: self.offered_at,
            rang_at: self.rang_at,
            answered_at,
            ended_at,
            rings,
            answer_rings: answered_at.map(|at| promise.rings(self.rang_at, at)),
            answer_ms: answered_at.zip(self.rang_at).map(|(at, rang)| at.millis_since(rang).max(0)),
            caller_wait_ms: answered_at.or(ended_at).map(|at| at.millis_since(self.offered_at)),
            outcome,
            excluded: self.excluded.or(cut.then_some(Excluded::Outage)),
            ended_by: end.map_or(EndedBy::Unknown, |end| end.ended_by),
            end_seen: end.is_some_and(|end| end.seen),
            evidence: self.evidence,
            promise,
            alarm: self.alarm,
            answered_by: more.answered_by.clone(),
            transfers: more.transfers.clone(),
            trunk: self.trunk.clone(),
            legs: self.legs.clone(),
            detours: more.detours.clone(),
        }
    }
}

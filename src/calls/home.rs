//! Whose a new leg is, where no name of it says so: found by who calls, and by who waits.

use super::answer::is_asked;
use super::book::Book;
use super::leg::{LegKind, LegRecord};
use super::machine::Live;
use super::record::{CallKey, Party};
use super::stage::{Question, Stage};
use crate::kernel::PbxId;

/// Calls that wait among which the only one is looked for; where more wait there is none.
const MOST_WAITING: usize = 64;

impl Book {
    /// The call of this caller to which a leg belongs: one that does not ring at that place
    /// already; those that wait before those that talk, the newest first.
    pub(super) fn home_of(
        &self,
        pbx: PbxId,
        caller: &Party,
        leg: &LegRecord,
        fits: impl Fn(&Live) -> bool,
    ) -> Option<CallKey> {
        let mut talks = None;
        for key in self.names.of_caller(pbx, caller) {
            let Some(call) = self.calls.get(&key) else { continue };
            if call.has_slot(leg) || !fits(call) {
                continue;
            }
            if call.stage.is_waiting() {
                return Some(key);
            }
            talks = talks.or(Some(key));
        }
        // a caller in a talk is rung for again only when he is handed on
        talks.filter(|_| {
            matches!(leg.kind, LegKind::Position | LegKind::Extension | LegKind::Outside)
        })
    }

    /// The one call that waits at a PBX, where the telephones are shown another number than the
    /// caller's: none of the house's, and of nobody else who calls.
    pub(super) fn only_waiting(
        &self,
        pbx: PbxId,
        caller: &Party,
        leg: &LegRecord,
        hotline: Option<u16>,
    ) -> Option<CallKey> {
        if self.loose.calls_another(pbx, caller, leg.offered_at) {
            return None;
        }
        let waits = |call: &Live| hotline.is_none_or(|named| call.hotline == Some(named));
        let all = self.index.waiting(pbx).take(MOST_WAITING);
        let mut all = all.filter(|key| self.calls.get(key).is_some_and(|call| waits(call)));
        let key = all.next().filter(|_| all.next().is_none())?;
        (!self.calls.get(&key)?.has_slot(leg)).then_some(key)
    }

    /// The one call that waits and whose caller is known from an answer alone: that may be the
    /// number before the network's own, which the telephones are shown.
    pub(super) fn known_by_an_answer(&self, pbx: PbxId, leg: &LegRecord) -> Option<CallKey> {
        let mut all = self.index.guessed(pbx);
        let key = all.next().filter(|_| all.next().is_none())?;
        let call = self.calls.get(&key)?;
        (call.stage.is_waiting() && !call.has_slot(leg)).then_some(key)
    }

    /// The talk of this caller that is on its way back to the group: its telephone is idle and
    /// nobody has the caller yet, or other telephones ring for them again.
    pub(super) fn handed_back(&self, pbx: PbxId, caller: &Party) -> Option<CallKey> {
        self.names.of_caller(pbx, caller).find(|key| {
            let Some(call) = self.calls.get(key) else { return false };
            let Stage::Talking { .. } = call.stage else { return false };
            let idle = |question: &Question| matches!(question, Question::Idle { .. });
            is_asked(call, idle) || call.rings_again()
        })
    }

    /// Whether this caller talks, as far as can be seen.
    pub(super) fn talks(&self, pbx: PbxId, caller: &Party) -> bool {
        let talks = |call: &Live| matches!(call.stage, Stage::Talking { .. });
        self.names
            .of_caller(pbx, caller)
            .any(|key| self.calls.get(&key).is_some_and(|call| talks(call)))
    }
}

impl Live {
    /// Whether a telephone rings for a caller who was in a talk already.
    fn rings_again(&self) -> bool {
        let phone = |leg: &LegRecord| matches!(leg.kind, LegKind::Position | LegKind::Extension);
        let later = |leg: &LegRecord| Some(leg.offered_at) > self.seen().answered_at;
        let rings = |leg: &&LegRecord| leg.end.is_none() && leg.answered_at.is_none();
        self.legs.iter().filter(rings).any(|leg| phone(leg) && later(leg))
    }
}

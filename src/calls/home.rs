//! Whose a new leg is, where no name of it says so: found by who calls, and by who waits.

use super::book::Book;
use super::leg::{LegKind, LegRecord};
use super::machine::Live;
use super::record::{CallKey, Party};
use crate::kernel::PbxId;

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
        if self.loose.calls_another(pbx, caller) {
            return None;
        }
        let waits = |call: &Live| {
            call.pbx == pbx
                && call.stage.is_waiting()
                && call.is_governed()
                && hotline.is_none_or(|named| call.hotline == Some(named))
        };
        let mut all = self.calls.iter().filter(|(_, call)| waits(call));
        let (&key, call) = all.next()?;
        (all.next().is_none() && !call.has_slot(leg)).then_some(key)
    }

    /// The one call that waits and whose caller is known from an answer alone: that may be the
    /// number before the network's own, which the telephones are shown.
    pub(super) fn known_by_an_answer(&self, pbx: PbxId, leg: &LegRecord) -> Option<CallKey> {
        let all = (pbx, CallKey(0))..=(pbx, CallKey(u64::MAX));
        let mut all = self.guessed.range(all);
        let &(_, key) = all.next().filter(|_| all.next().is_none())?;
        let call = self.calls.get(&key)?;
        (call.stage.is_waiting() && !call.has_slot(leg)).then_some(key)
    }
}

//! Which ringing the clock of a call rests on (contract.md §3, `rang_at`).
//!
//! Every kind of evidence is kept as it was first seen, and the clock is read off all of it: so it
//! does not matter in which order the sources tell.

use super::call::Evidence;
use super::machine::Live;
use super::record::Event;
use super::stage::Stage;
use crate::kernel::Moment;

/// Stronger evidence that comes this much later than weaker does not restart the clock.
const SAME_RING_MS: i64 = 2_000;

/// What of the PBX can be seen while a call lives; gathered, never taken back but for `phones`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent things that can be seen")]
pub(super) struct Sight {
    /// The mirror shows the telephones' own legs, so that a ringing one is seen.
    pub(super) phones: bool,
    /// Every position is watched, so that a ringing one is mostly seen.
    pub(super) lamps: bool,
    /// A position rang or talked while the call waited: it may have rung for this one.
    pub(super) busy: bool,
    /// A position talked while the call waited: it may have taken this one as well.
    pub(super) talking: bool,
}

impl Live {
    /// Something rang. `now` is when we learnt of it.
    pub(super) fn rang(&mut self, evidence: Evidence, at: Moment, now: Moment) {
        let at = at.max(self.offered_at);
        let fact = match evidence {
            Evidence::Position180 => &mut self.more().position_rang,
            Evidence::Dialog => &mut self.more().dialog_rang,
            Evidence::Trunk180 => &mut self.more().trunk_rang,
            Evidence::Member => &mut self.member_rang,
            Evidence::None => return,
        };
        // what we did ourselves we know for sure; mirrored facts come in any order
        let sure = evidence == Evidence::Member;
        if fact.is_some_and(|before| sure || before <= at) {
            return;
        }
        *fact = Some(at);
        self.lag_ms = now.millis_since(at).max(0);
    }

    /// Reads the clock off the evidence; whether it begins to run with that.
    pub(super) fn wind(&mut self) -> Option<Event> {
        let (rang_at, evidence) = self.ringing();
        let began = self.rang_at.is_none() && rang_at.is_some();
        (self.rang_at, self.evidence) = (rang_at, evidence);
        if let (Stage::Offered(waiting), Some(_)) = (self.stage, rang_at) {
            self.stage = Stage::Ringing(waiting);
        }
        (began && self.stage.is_waiting()).then_some(Event::Ringing)
    }

    /// The clock's start, and what it rests on.
    fn ringing(&self) -> (Option<Moment>, Evidence) {
        let more = self.seen();
        let legs_seen = self.sight.phones || more.phones_seen;
        let trunk = more.trunk_rang.filter(|_| !legs_seen);
        // a position that rings is not ours to guess where rings can be seen
        let alone = !(self.is_governed() && legs_seen || self.sight.lamps);
        let known = self.sight.busy && !(self.is_governed() && legs_seen);
        let member = self.member_rang.filter(|_| alone || known || self.is_answered());
        let by_strength = [
            (more.position_rang, Evidence::Position180),
            (more.dialog_rang, Evidence::Dialog),
            (trunk, Evidence::Trunk180),
            (member, Evidence::Member),
        ];
        let mut found: Option<(Moment, Evidence)> = None;
        for (at, evidence) in by_strength {
            let Some(at) = at else { continue };
            if found.is_none_or(|(best, _)| best.millis_since(at) > SAME_RING_MS) {
                found = Some((at, evidence));
            }
        }
        found.map_or((None, Evidence::None), |(at, evidence)| {
            (Some(at.max(self.offered_at)), evidence)
        })
    }
}

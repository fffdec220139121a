//! What our own leg says of a call, where that is all there is to see: it rings, it is taken back,
//! and the CANCEL says why. The watched positions' legs end a call in the same way where there is
//! not even that.

use super::call::{Excluded, LegEnd, Outcome};
use super::machine::{Live, REPEATED_FOR_MS};
use super::outcome::Meaning;
use super::record::{Event, LegKind, LegRecord};
use super::stage::{End, Open, Question, Stage, Told};
use crate::kernel::Moment;
use crate::sip::{LegKey, Withdrawal};

/// An INVITE that is taken back this soon, just after we became able to hear, was over before.
const GHOST_MS: i64 = 100;
/// For so long a mirror may take to show the end of a trunk that we heard of ourselves.
const DEAF_MS: i64 = 1_000;
/// For so long a watched telephone may take to say that it is the one that answered; the PBX polls
/// for a call that is picked up elsewhere (`spec/pbx.md` §4).
const TAKER_MS: i64 = 700;

impl Live {
    /// The PBX took a leg back. `now` is when we learnt of it.
    pub(super) fn withdrawn(
        &mut self,
        leg: &LegKey,
        at: Moment,
        now: Moment,
        reason: Withdrawal,
    ) -> Option<Event> {
        let meaning = Meaning::of(reason);
        let at = at.max(self.rang_at.unwrap_or(self.offered_at));
        let open = self.open_leg(leg)?;
        if open.answered_at.is_some() {
            // a CANCEL that crossed the 200 has no effect (RFC 3261 §9.1)
            return None;
        }
        let kind = open.kind;
        let at = self.end_leg(leg, at, meaning.leg_end())?;
        self.outrun();
        let told = Told { meaning, at, earliest: self.earliest(leg, at), cause: reason.q850 };
        if kind == LegKind::Trunk {
            return self.trunk_withdrawn(at, reason);
        }
        if self.is_governed() {
            return Some(self.taken_back(kind, told, now));
        }
        let other = self.is_ours() && kind != LegKind::Member;
        if other || (meaning != Meaning::Elsewhere && self.rings_on()) {
            return Some(Event::LegEnded);
        }
        let first = self.legs.len() == 1 && at.millis_since(self.offered_at) <= GHOST_MS;
        if self.echo && first && meaning != Meaning::Elsewhere {
            self.excluded = Some(Excluded::Outage);
            if let Stage::Unseen { .. } = self.stage {
                // it ended when its leg was lost, unmeasured, and that it stays
                return Some(Event::LegEnded);
            }
            return Some(self.close_unmeasured(at, reason.q850));
        }
        self.told(told, now)
    }

    /// Our leg of a call whose trunk is seen was taken back: the trunk says what that means, unless
    /// it says nothing at all.
    fn taken_back(&mut self, kind: LegKind, told: Told, now: Moment) -> Event {
        let open = self.trunk_leg().is_some_and(|trunk| trunk.end.is_none());
        let quiet = self.seen().open.is_none() && self.stage.is_waiting();
        // that a round is over obliges the trunk to nothing
        let tells = told.meaning != Meaning::RoundOver;
        if open && tells && quiet && kind == LegKind::Member && !self.rings_on() {
            let question = Question::Deaf { told, heard_at: now };
            self.more().open = Some(Open { question, until: now.plus_millis(DEAF_MS) });
        }
        Event::LegEnded
    }

    /// What the end of the last member's leg does to the call.
    pub(super) fn told(&mut self, told: Told, now: Moment) -> Option<Event> {
        let Told { meaning, at, earliest, cause } = told;
        match (self.stage, meaning) {
            (Stage::Over(_) | Stage::Paused { .. }, _) => None,
            (Stage::Talking { .. }, _) => Some(self.told_again(told, now)),
            (Stage::Offered(_) | Stage::Ringing(_), Meaning::Elsewhere) if self.sight.lamps => {
                let question = Question::Elsewhere(told);
                self.more().open = Some(Open { question, until: now.plus_millis(TAKER_MS) });
                Some(Event::LegEnded)
            }
            (Stage::Offered(_) | Stage::Ringing(_), Meaning::RoundOver) => {
                let until = now.plus_millis(self.terms.round_gap_ms);
                self.stage = Stage::Paused { since: at, earliest, until, cause };
                Some(Event::RoundEnded)
            }
            (Stage::Unseen { .. }, _) => {
                self.end(meaning, earliest, at, cause);
                let learnt =
                    matches!(self.stage, Stage::Over(end) if end.outcome != Outcome::Unmeasured);
                learnt.then_some(Event::Amended)
            }
            (Stage::Offered(_) | Stage::Ringing(_), _) => {
                Some(self.end(meaning, earliest, at, cause))
            }
        }
    }

    /// The end of our leg of a caller who was handed back to the group: where another telephone took
    /// him its lamp says so; where nobody did he left, or another round may follow.
    fn told_again(&mut self, told: Told, now: Moment) -> Event {
        let Told { meaning, at, .. } = told;
        let question = match meaning {
            Meaning::Elsewhere => Question::Elsewhere(told),
            Meaning::RoundOver => Question::Idle { at },
            Meaning::CallerLeft | Meaning::GivenUp => {
                self.stage = self.over_after_answer(Some((at, meaning.ended_by())));
                return Event::Ended { cause: told.cause };
            }
        };
        let wait_ms = match meaning {
            Meaning::Elsewhere => TAKER_MS,
            Meaning::RoundOver | Meaning::CallerLeft | Meaning::GivenUp => self.terms.round_gap_ms,
        };
        self.more().open = Some(Open { question, until: now.plus_millis(wait_ms) });
        Event::LegEnded
    }

    /// A leg was refused: by us, or by a telephone whose leg is mirrored.
    pub(super) fn refused(
        &mut self,
        leg: &LegKey,
        at: Moment,
        now: Moment,
        status: u16,
    ) -> Option<Event> {
        let how = match status {
            300..=399 => LegEnd::Transferred,
            486 | 600 => LegEnd::Busy,
            603 => LegEnd::Declined,
            487 => LegEnd::Abandoned,
            _ => LegEnd::Unreachable,
        };
        let at = at.max(self.rang_at.unwrap_or(self.offered_at));
        let kind = self.open_leg(leg)?.kind;
        let at = self.end_leg(leg, at, how)?;
        if kind == LegKind::Trunk {
            return self.trunk_refused(at, status);
        }
        if self.is_governed() || self.rings_on() {
            return Some(Event::LegEnded);
        }
        match self.stage {
            // we do not ring, and the watched telephones tell how it goes on
            Stage::Offered(_) | Stage::Ringing(_) if self.sight.lamps => {
                let until = now.plus_millis(self.terms.round_gap_ms);
                self.stage = Stage::Paused { since: at, earliest: at, until, cause: None };
                Some(Event::LegEnded)
            }
            Stage::Offered(_) if self.rang_at.is_none() => {
                // where the PBX sends the caller now we cannot see
                self.stage = Stage::Over(End::unseen(at, Outcome::NotOffered));
                Some(Event::Ended { cause: None })
            }
            // once it rang, our own refusal does not tell how the caller fared
            Stage::Offered(_) | Stage::Ringing(_) => Some(self.close_unmeasured(at, None)),
            Stage::Paused { .. }
            | Stage::Talking { .. }
            | Stage::Unseen { .. }
            | Stage::Over(_) => None,
        }
    }

    /// Only its end was heard: when it began to ring, nobody here can know.
    pub(super) fn ended_unheard(&mut self, at: Moment, reason: Withdrawal) {
        let meaning = Meaning::of(reason);
        for leg in &mut self.legs {
            leg.ended_at = Some(at);
            leg.end = Some(meaning.leg_end());
        }
        let answered = meaning == Meaning::Elsewhere;
        self.stage = Stage::Over(End {
            answered,
            ended_by: meaning.ended_by(),
            seen: !answered,
            ..End::unseen(at, Outcome::Unmeasured)
        });
    }

    /// The endpoint gave a leg up.
    pub(super) fn lost(&mut self, leg: &LegKey, at: Moment) -> Option<Event> {
        let at = at.max(self.offered_at);
        let open = self.legs.iter().filter(|known| known.end.is_none()).count();
        let trunk = self.open_leg(leg)?.kind == LegKind::Trunk;
        if trunk && matches!(self.stage, Stage::Talking { .. }) {
            // its session is not refreshed any more (RFC 4028 §10)
            return Some(self.lose_talk(at));
        }
        if !self.is_live() {
            // how this telephone's part ended was not seen either
            return None;
        }
        let leg = self.open_leg(leg)?;
        if open > 1 {
            let lifted = leg.answered_at.is_some();
            leg.end = Some(if lifted { LegEnd::Answered } else { LegEnd::NoAnswer });
            return Some(Event::LegEnded);
        }
        let (Stage::Offered(_) | Stage::Ringing(_)) = self.stage else { return None };
        Some(self.lose(self.last_seen(at), at))
    }

    /// Closes the call with what the end means. Where the house was down and the end may have
    /// come earlier, both moments must mean the same, or nothing is claimed.
    pub(super) fn end(
        &mut self,
        meaning: Meaning,
        earliest: Moment,
        at: Moment,
        cause: Option<u16>,
    ) -> Event {
        if meaning != Meaning::Elsewhere && self.nobody_rang() {
            if at.millis_since(self.offered_at) <= GHOST_MS {
                // offered and taken back at once: it may have been over before we heard of it
                return self.close_unmeasured(at, cause);
            }
            return self.end_not_offered(at, meaning, cause);
        }
        if self.rang_at.is_none() {
            // no position is known to have rung; nor can it be known that none did
            self.sight.busy = true;
            self.wind();
        }
        let outcome = self.terms.outcome(meaning, self.rang_at, at);
        if outcome != self.terms.outcome(meaning, self.rang_at, earliest) {
            return self.close_unmeasured(at, cause);
        }
        let answered = meaning == Meaning::Elsewhere;
        for leg in self.legs.iter_mut().filter(|leg| answered && leg.end.is_none()) {
            leg.end = Some(LegEnd::Elsewhere);
            leg.ended_at = Some(at.max(leg.rang_at.unwrap_or(leg.offered_at)));
        }
        self.end_legs(at, meaning.leg_end());
        let ended_by = meaning.ended_by();
        self.stage = Stage::Over(End { at, answered, outcome, ended_by, seen: !answered });
        if answered { Event::Answered } else { Event::Ended { cause } }
    }

    /// Whether it is known that no position rang: all are watched, and none stirred.
    fn nobody_rang(&self) -> bool {
        self.sight.lamps && !self.sight.busy && self.rang_at.is_none()
    }

    fn end_not_offered(&mut self, at: Moment, meaning: Meaning, cause: Option<u16>) -> Event {
        let ended_by = meaning.ended_by();
        let end = End { ended_by, seen: true, ..End::unseen(at, Outcome::NotOffered) };
        self.end_legs(at, meaning.leg_end());
        self.stage = Stage::Over(end);
        Event::Ended { cause }
    }

    /// Whether a leg of ours, one that we did not refuse, says how the call goes.
    pub(super) fn is_ours(&self) -> bool {
        let refused = [LegEnd::Busy, LegEnd::Declined, LegEnd::Unreachable].map(Some);
        let ours = |leg: &LegRecord| leg.kind == LegKind::Member && !refused.contains(&leg.end);
        self.legs.iter().any(ours)
    }

    /// Whether another leg that would go on ringing is still open: of ours where we have any.
    fn rings_on(&self) -> bool {
        let ours = self.is_ours();
        let counts = |leg: &&LegRecord| !ours || leg.kind == LegKind::Member;
        self.legs.iter().filter(counts).any(|leg| leg.end.is_none())
    }

    /// The earliest moment at which the end of a leg that is heard now can have come.
    fn earliest(&self, leg: &LegKey, at: Moment) -> Moment {
        let Some(doubt) = self.doubt.filter(|doubt| at <= doubt.until) else { return at };
        let leg = self.legs.iter().find(|known| known.key == *leg);
        let begin = leg.map_or(self.clock(), |leg| leg.offered_at.max(self.clock()));
        doubt.alive_at.max(at.plus_millis(-REPEATED_FOR_MS)).max(begin).min(at)
    }
}

//! One call: what it is now, and what it becomes.
//!
//! ```text
//!   INVITE                180                round over
//!     v                    v                     v
//!  Offered ------------> Ringing ------------> Paused
//!     |                  | |  ^                 |  |
//!     |                  | |  +-- next round ---+  | no further round
//!     | refused, CANCEL  | |                       |
//!     +------------------+-|-----------------------+
//!     v                    | silent too long, or the house was down
//!    Over <---- CANCEL --- v
//!                        Unseen
//! ```
//!
//! What the picture does not show changes nothing: wires repeat themselves. The clock starts with
//! the first 180 and never restarts; while a call is paused it runs on and only its alarms wait.

use std::sync::Arc;

use super::call::{Evidence, Excluded, LegEnd, Outcome};
use super::correlate::Waiter;
use super::outcome::{Meaning, Terms};
use super::record::{Alarm, Event, LegRecord, Party, Why};
use super::stage::{Doubt, End, Stage, Waiting};
use crate::kernel::{Moment, PbxId};
use crate::sip::{LegKey, Withdrawal};

/// A leg of which nothing was heard for so long is given up: five minutes.
pub(super) const PATIENCE_MS: i64 = 300_000;
/// For so long a call that was closed without its end being seen may still get its end.
pub(super) const AMENDABLE_MS: i64 = 300_000;
/// An INVITE that is taken back this soon, just after we became able to hear, was over before.
const GHOST_MS: i64 = 100;
/// How long a PBX repeats a CANCEL: 64 × T1 (RFC 3261 §17.1.2.2, timer F).
pub(super) const REPEATED_FOR_MS: i64 = 32_000;
/// The longest pause between two repeats: T2 (RFC 3261 §17.1.2.2).
pub(super) const REPEATED_EVERY_MS: i64 = 4000;
/// More legs than this of one call are not kept in memory.
pub(super) const LEGS: usize = 64;

/// One call.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) uid: Arc<str>,
    pub(super) pbx: PbxId,
    pub(super) hotline: Option<u16>,
    pub(super) caller: Arc<Party>,
    pub(super) terms: Terms,
    pub(super) offered_at: Moment,
    pub(super) rang_at: Option<Moment>,
    pub(super) excluded: Option<Excluded>,
    pub(super) evidence: Evidence,
    /// The highest alarm so far.
    pub(super) alarm: u8,
    /// How far up the ladder the call is, in milliseconds after the clock's start.
    pub(super) passed_ms: i64,
    /// It came so soon after we became able to hear that it may be an echo.
    pub(super) echo: bool,
    /// While this lasts, an end may be the repeat of one that passed while we were down.
    pub(super) doubt: Option<Doubt>,
    /// The Call-ID of the trunk leg, where the dialplan adds it.
    pub(super) trunk: Option<Box<str>>,
    pub(super) stage: Stage,
    pub(super) legs: Vec<LegRecord>,
}

impl Live {
    /// A 180 was sent on a leg.
    pub(super) fn alerted(&mut self, leg: &LegKey, at: Moment) -> Option<Event> {
        let at = at.max(self.offered_at);
        let leg = self.legs.iter_mut().find(|known| known.key == *leg && known.end.is_none())?;
        leg.rang_at.get_or_insert(at.max(leg.offered_at));
        let (Stage::Offered(waiting) | Stage::Ringing(waiting)) = self.stage else { return None };
        self.stage = Stage::Ringing(waiting);
        if self.rang_at.is_some() {
            return None;
        }
        self.rang_at = Some(at);
        self.evidence = Evidence::Member;
        Some(Event::Ringing)
    }

    /// Another leg belongs to this call.
    pub(super) fn joined(&mut self, leg: LegRecord, at: Moment) -> Option<Event> {
        let waiting = Waiting { since: at, patience: at.plus_millis(PATIENCE_MS) };
        let event = match self.stage {
            Stage::Paused { .. } => {
                self.stage = match self.rang_at {
                    Some(_) => Stage::Ringing(waiting),
                    None => Stage::Offered(waiting),
                };
                Event::RoundBegan
            }
            Stage::Offered(old) => {
                self.stage = Stage::Offered(Waiting { since: old.since, ..waiting });
                Event::LegBegan
            }
            Stage::Ringing(old) => {
                self.stage = Stage::Ringing(Waiting { since: old.since, ..waiting });
                Event::LegBegan
            }
            Stage::Unseen { .. } | Stage::Over(_) => return None,
        };
        if self.legs.len() >= LEGS
            && let Some(oldest) = self.legs.iter().position(|leg| leg.end.is_some())
        {
            self.legs.remove(oldest);
        }
        self.legs.push(leg);
        Some(event)
    }

    /// Whether it can take one more leg.
    pub(super) fn has_room(&self) -> bool {
        self.legs.len() < LEGS || self.legs.iter().any(|leg| leg.end.is_some())
    }

    /// The PBX took a leg back.
    pub(super) fn withdrawn(
        &mut self,
        leg: &LegKey,
        at: Moment,
        reason: Withdrawal,
    ) -> Option<Event> {
        let meaning = Meaning::of(reason);
        let at = self.end_leg(leg, at, meaning.leg_end())?;
        if meaning != Meaning::Elsewhere && self.rings_on() {
            return Some(Event::LegEnded);
        }
        let first = self.legs.len() == 1 && at.millis_since(self.offered_at) <= GHOST_MS;
        if self.echo && first && meaning != Meaning::Elsewhere {
            self.excluded = Some(Excluded::Outage);
            return Some(self.close_unmeasured(at, reason.q850));
        }
        let earliest = self.earliest(leg, at);
        match (self.stage, meaning) {
            (Stage::Over(_) | Stage::Paused { .. }, _) => None,
            (Stage::Offered(_) | Stage::Ringing(_), Meaning::RoundOver) => {
                let until = at.plus_millis(self.terms.round_gap_ms);
                self.stage = Stage::Paused { since: at, earliest, until, cause: reason.q850 };
                Some(Event::RoundEnded)
            }
            (Stage::Unseen { .. }, _) => {
                self.end(meaning, earliest, at, reason.q850);
                let learnt =
                    matches!(self.stage, Stage::Over(end) if end.outcome != Outcome::Unmeasured);
                learnt.then_some(Event::Amended)
            }
            (Stage::Offered(_) | Stage::Ringing(_), _) => {
                Some(self.end(meaning, earliest, at, reason.q850))
            }
        }
    }

    /// We refused a leg ourselves.
    pub(super) fn refused(&mut self, leg: &LegKey, at: Moment, status: u16) -> Option<Event> {
        let how = match status {
            486 | 600 => LegEnd::Busy,
            603 => LegEnd::Declined,
            _ => LegEnd::Unreachable,
        };
        let at = self.end_leg(leg, at, how)?;
        if self.rings_on() {
            return Some(Event::LegEnded);
        }
        match self.stage {
            Stage::Offered(_) if self.rang_at.is_none() => {
                // where the PBX sends the caller now we cannot see
                self.stage = Stage::Over(End::unseen(at, Outcome::NotOffered));
                Some(Event::Ended { cause: None })
            }
            // once it rang, our own refusal does not tell how the caller fared
            Stage::Offered(_) | Stage::Ringing(_) => Some(self.close_unmeasured(at, None)),
            Stage::Paused { .. } | Stage::Unseen { .. } | Stage::Over(_) => None,
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
        let leg = self.legs.iter_mut().find(|known| known.key == *leg && known.end.is_none())?;
        let (Stage::Offered(_) | Stage::Ringing(_)) = self.stage else { return None };
        if open > 1 {
            leg.end = Some(LegEnd::NoAnswer);
            return Some(Event::LegEnded);
        }
        Some(self.lose(at, at))
    }

    /// Closes a call whose end was not seen; its open legs stay open for a late end.
    pub(super) fn lose(&mut self, alive_at: Moment, now: Moment) -> Event {
        self.stage = Stage::Unseen {
            alive_at: alive_at.max(self.offered_at),
            until: now.plus_millis(AMENDABLE_MS),
        };
        Event::Ended { cause: None }
    }

    /// When time alone will next change this call, and how.
    pub(super) fn due(&self) -> Option<Alarm> {
        match self.stage {
            Stage::Offered(waiting) | Stage::Ringing(waiting) => {
                let patience = Alarm { at: waiting.patience, why: Why::Patience };
                let Some(step) = self.terms.promise.next_step(self.passed_ms) else {
                    return Some(patience);
                };
                let at = self.clock().plus_millis(step.after_ms).max(waiting.since);
                let why = if step.level == 4 { Why::Breach } else { Why::Ring };
                Some(if at < patience.at { Alarm { at, why } } else { patience })
            }
            Stage::Paused { until, .. } => Some(Alarm { at: until, why: Why::RoundGap }),
            Stage::Unseen { until, .. } => Some(Alarm { at: until, why: Why::Forget }),
            Stage::Over(_) => None,
        }
    }

    /// Lets time pass up to the alarm that is due, and tells what that did.
    pub(super) fn wake(&mut self, alarm: Alarm) -> Option<Event> {
        match (alarm.why, self.stage) {
            (Why::Ring | Why::Breach, _) => {
                let step = self.terms.promise.next_step(self.passed_ms)?;
                self.passed_ms = step.after_ms;
                self.alarm = self.alarm.max(step.level);
                Some(self.terms.promise.event(step))
            }
            (Why::RoundGap, Stage::Paused { since, earliest, cause, .. }) => {
                Some(self.end(Meaning::RoundOver, earliest, since, cause))
            }
            (Why::Patience, _) => Some(self.lose(alarm.at, alarm.at)),
            (Why::Forget, Stage::Unseen { .. }) => {
                self.stage = Stage::Over(End::unseen(alarm.at, Outcome::Unmeasured));
                None
            }
            (Why::RoundGap | Why::Forget, _) => None,
        }
    }

    /// The caller, as the next round names them.
    pub(super) fn waiter(&self) -> Waiter {
        Waiter::new(self.pbx, self.hotline, &self.caller)
    }

    /// Whether nothing can follow.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over(_))
    }

    /// Whether it counts as live: not over and not closed.
    pub(super) fn is_live(&self) -> bool {
        self.stage.is_live()
    }

    /// Whether it is between two rounds.
    pub(super) fn is_paused(&self) -> bool {
        matches!(self.stage, Stage::Paused { .. })
    }

    /// Closes the call with what the end means. Where the house was down and the end may have
    /// come earlier, both moments must mean the same, or nothing is claimed.
    fn end(&mut self, meaning: Meaning, earliest: Moment, at: Moment, cause: Option<u16>) -> Event {
        let outcome = self.terms.outcome(meaning, self.rang_at, at);
        if outcome != self.terms.outcome(meaning, self.rang_at, earliest) {
            return self.close_unmeasured(at, cause);
        }
        let answered = meaning == Meaning::Elsewhere;
        for leg in self.legs.iter_mut().filter(|leg| answered && leg.end.is_none()) {
            leg.end = Some(LegEnd::Elsewhere);
            leg.ended_at = Some(at.max(leg.rang_at.unwrap_or(leg.offered_at)));
        }
        let ended_by = meaning.ended_by();
        self.stage = Stage::Over(End { at, answered, outcome, ended_by, seen: !answered });
        if answered { Event::Answered } else { Event::Ended { cause } }
    }

    fn close_unmeasured(&mut self, at: Moment, cause: Option<u16>) -> Event {
        self.stage = Stage::Over(End::unseen(at, Outcome::Unmeasured));
        Event::Ended { cause }
    }

    /// Closes one open leg. The moment it ended, never before it began.
    fn end_leg(&mut self, leg: &LegKey, at: Moment, how: LegEnd) -> Option<Moment> {
        let at = at.max(self.rang_at.unwrap_or(self.offered_at));
        let leg = self.legs.iter_mut().find(|known| known.key == *leg && known.end.is_none())?;
        let at = at.max(leg.rang_at.unwrap_or(leg.offered_at));
        leg.ended_at = Some(at);
        leg.end = Some(how);
        Some(at)
    }

    /// Whether a leg is still open.
    fn rings_on(&self) -> bool {
        self.legs.iter().any(|leg| leg.end.is_none())
    }

    /// The earliest moment at which the end of a leg that is heard now can have come.
    fn earliest(&self, leg: &LegKey, at: Moment) -> Moment {
        let Some(doubt) = self.doubt.filter(|doubt| at <= doubt.until) else { return at };
        let leg = self.legs.iter().find(|known| known.key == *leg);
        let begin = leg.map_or(self.clock(), |leg| leg.offered_at.max(self.clock()));
        doubt.alive_at.max(at.plus_millis(-REPEATED_FOR_MS)).max(begin).min(at)
    }

    /// Where the alarms count from: the first ring, or the first sight while nobody rings.
    fn clock(&self) -> Moment {
        self.rang_at.unwrap_or(self.offered_at)
    }
}

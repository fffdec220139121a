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
//!     |                  | | a person answered, and the end can be seen
//!     |                  | +----------> Talking --- BYE, idle ---+
//!     v                  v                |                      |
//!    Over <---- CANCEL --+                | patience             |
//!     ^                  | silent too     v                      |
//!     |                  +----------> Unseen                     |
//!     +----------------------------------------------------------+
//! ```
//!
//! What the picture does not show changes nothing: wires repeat themselves. The clock starts with
//! the first ringing (`ringing`) and never restarts; while a call is paused it runs on and only its
//! alarms wait. A call whose trunk is mirrored is governed by that (`trunk`); one of which only our
//! own leg is seen ends with it (`member`); `talk` follows what comes after the answer.

use std::sync::Arc;

use super::call::{EndedBy, Evidence, Excluded, LegEnd, Outcome};
use super::correlate::Waiter;
use super::outcome::{Meaning, Terms};
use super::record::{Alarm, Event, LegKind, LegRecord, Party, TransferRecord, Why};
use super::ringing::Sight;
use super::set_back::Lags;
use super::stage::{Doubt, End, Open, Question, Stage, Waiting};
use crate::kernel::{Extension, Moment, PbxId};
use crate::sip::LegKey;

/// A leg of which nothing was heard for so long is given up: five minutes.
pub(super) const PATIENCE_MS: i64 = 300_000;
/// A talk whose end did not come is given up: twelve hours.
pub(super) const TALK_MS: i64 = 43_200_000;
/// For so long a call that was closed without its end being seen may still get its end.
pub(super) const AMENDABLE_MS: i64 = 300_000;
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
    /// How much later than it happened we learnt of what set the clock, in milliseconds: what is
    /// measured counts from then, what is waited for counts from when we learnt of it.
    pub(super) lag_ms: i64,
    /// It came so soon after we became able to hear that it may be an echo.
    pub(super) echo: bool,
    /// While this lasts, an end may be the repeat of one that passed while we were down.
    pub(super) doubt: Option<Doubt>,
    /// The Call-ID of the trunk leg, where it is mirrored or the dialplan adds it.
    pub(super) trunk: Option<Box<str>>,
    /// Our own first ringing.
    pub(super) member_rang: Option<Moment>,
    /// What else could be seen of it.
    pub(super) sight: Sight,
    pub(super) stage: Stage,
    pub(super) legs: Vec<LegRecord>,
    /// What is known of it beyond our own leg; most calls of a member alone have none.
    pub(super) more: Option<Box<More>>,
}

/// What mirrored signalling and watched telephones tell of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent things that were seen")]
pub(super) struct More {
    pub(super) position_rang: Option<Moment>,
    pub(super) dialog_rang: Option<Moment>,
    pub(super) trunk_rang: Option<Moment>,
    /// A machine of the PBX answered.
    pub(super) machine_at: Option<Moment>,
    /// The first person answered.
    pub(super) answered_at: Option<Moment>,
    pub(super) answered_by: Option<Extension>,
    /// The telephone that talks now.
    pub(super) talker: Option<Extension>,
    pub(super) transfers: Vec<TransferRecord>,
    /// Who was seen to hang up first.
    pub(super) hung_up: Option<EndedBy>,
    /// When we last learnt of it from the mirror.
    pub(super) mirror_at: Option<Moment>,
    /// A telephone's own leg of this call was mirrored.
    pub(super) phones_seen: bool,
    /// The mirror was found not to tell of this call any more.
    pub(super) deaf: bool,
    /// Something that should have told of it fell silent while it waited: where it is not known what
    /// became of it, that is why.
    pub(super) cut: bool,
    pub(super) held: bool,
    /// Who calls is known from an answer alone: the INVITE may say more.
    pub(super) by_answer: bool,
    /// Legs to services that send the call back, and those on which it comes back: they are nobody's
    /// telephone.
    pub(super) detours: Vec<LegKey>,
    /// How late we learnt of it.
    pub(super) lags: Lags,
    pub(super) open: Option<Open>,
}

impl More {
    const NOTHING: Self = Self {
        position_rang: None,
        dialog_rang: None,
        trunk_rang: None,
        machine_at: None,
        answered_at: None,
        answered_by: None,
        talker: None,
        transfers: Vec::new(),
        hung_up: None,
        mirror_at: None,
        phones_seen: false,
        deaf: false,
        cut: false,
        held: false,
        by_answer: false,
        detours: Vec::new(),
        lags: Lags::NONE,
        open: None,
    };
}

static NOTHING_MORE: More = More::NOTHING;

impl Live {
    /// What is known beyond our own leg, to be read.
    pub(super) fn seen(&self) -> &More {
        self.more.as_deref().unwrap_or(&NOTHING_MORE)
    }

    /// What is known beyond our own leg, to be written.
    pub(super) fn more(&mut self) -> &mut More {
        self.more.get_or_insert_with(|| Box::new(More::NOTHING))
    }

    /// Whether a person answered.
    pub(super) fn is_answered(&self) -> bool {
        self.seen().answered_at.is_some()
            || matches!(self.stage, Stage::Over(End { answered: true, .. }))
    }

    /// The trunk's leg, the newest where it came with credentials a second time.
    pub(super) fn trunk_leg(&self) -> Option<&LegRecord> {
        self.legs.iter().rev().find(|leg| leg.kind == LegKind::Trunk)
    }

    /// Whether the trunk's own leg is seen, so that it alone says when the caller leaves.
    pub(super) fn is_governed(&self) -> bool {
        self.trunk_leg().is_some() && !self.seen().deaf
    }

    /// Whether the leg of an account or a telephone rings or talks in this call.
    pub(super) fn has_slot(&self, like: &LegRecord) -> bool {
        self.legs.iter().any(|leg| leg.end.is_none() && leg.is_same_place(like))
    }

    /// Another leg belongs to this call. `now` is when we learnt of it.
    pub(super) fn joined(&mut self, leg: LegRecord, now: Moment) -> Option<Event> {
        let waiting = Waiting { since: now, patience: now.plus_millis(PATIENCE_MS) };
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
            Stage::Talking { .. } => {
                let answered_at = self.seen().answered_at.unwrap_or(now);
                self.stage = Stage::Talking { until: answered_at.plus_millis(TALK_MS) };
                let ours = leg.kind == LegKind::Member && !self.is_governed();
                if ours {
                    // nobody's telephone has the caller now
                    self.more().open = None;
                }
                Event::LegBegan
            }
            Stage::Unseen { .. } | Stage::Over(_) => return None,
        };
        self.legs.push(leg);
        Some(event)
    }

    /// Lets the oldest ended leg go where there are as many as are kept.
    pub(super) fn make_room(&mut self) -> Option<LegRecord> {
        let ended = |leg: &LegRecord| leg.end.is_some() && leg.kind != LegKind::Trunk;
        let oldest = self.legs.iter().position(ended).filter(|_| self.legs.len() >= LEGS)?;
        Some(self.legs.remove(oldest))
    }

    /// Whether it can take one more leg.
    pub(super) fn has_room(&self) -> bool {
        self.legs.len() < LEGS
            || self.legs.iter().any(|leg| leg.end.is_some() && leg.kind != LegKind::Trunk)
    }

    /// Closes a call whose end was not seen; its open legs stay open for a late end.
    pub(super) fn lose(&mut self, alive_at: Moment, now: Moment) -> Event {
        self.stage = if self.seen().answered_at.is_some() {
            // how it was answered is known, and nothing that comes later changes that
            self.over_after_answer(None)
        } else {
            Stage::Unseen {
                alive_at: alive_at.max(self.offered_at),
                until: now.plus_millis(AMENDABLE_MS),
            }
        };
        Event::Ended { cause: None }
    }

    /// When time alone will next change this call, and how.
    pub(super) fn due(&self) -> Option<Alarm> {
        let asked = self.seen().open.as_ref();
        let asked = asked.map(|open| Alarm { at: open.until, why: Why::Settle });
        let own = match self.stage {
            Stage::Offered(waiting) | Stage::Ringing(waiting) => Some(self.due_while(waiting)),
            Stage::Paused { until, .. } => Some(Alarm { at: until, why: Why::RoundGap }),
            Stage::Talking { until } => Some(Alarm { at: until, why: Why::Patience }),
            Stage::Unseen { until, .. } => Some(Alarm { at: until, why: Why::Forget }),
            Stage::Over(_) => return None,
        };
        asked.into_iter().chain(own).min_by_key(|alarm| alarm.at)
    }

    fn due_while(&self, waiting: Waiting) -> Alarm {
        let patience = Alarm { at: waiting.patience, why: Why::Patience };
        // someone has most likely answered: the alarms hold their breath
        let held = self.seen().open.as_ref().is_some_and(|open| {
            matches!(open.question, Question::Elsewhere(_) | Question::Whose { .. })
        });
        let Some(step) = self.terms.promise.next_step(self.passed_ms).filter(|_| !held) else {
            return patience;
        };
        let at = self.clock().plus_millis(step.after_ms + self.lag_ms).max(waiting.since);
        let why = if step.level == 4 { Why::Breach } else { Why::Ring };
        if at < patience.at { Alarm { at, why } } else { patience }
    }

    /// Lets time pass up to the alarm that is due, and tells what that did.
    pub(super) fn wake(&mut self, alarm: Alarm) -> Option<Event> {
        match (alarm.why, self.stage) {
            (Why::Settle, _) => self.settled(alarm.at),
            (Why::Ring | Why::Breach, _) => {
                let step = self.terms.promise.next_step(self.passed_ms)?;
                self.passed_ms = step.after_ms;
                self.alarm = self.alarm.max(step.level);
                Some(self.terms.promise.event(step))
            }
            (Why::RoundGap, Stage::Paused { since, earliest, cause, .. }) => {
                Some(self.end(Meaning::RoundOver, earliest, since, cause))
            }
            (Why::Patience, _) if self.waits_on(alarm.at) => None,
            (Why::Patience, Stage::Talking { .. }) if self.is_governed() => {
                Some(self.lose_talk(alarm.at))
            }
            (Why::Patience, _) => Some(self.lose(self.last_seen(alarm.at), alarm.at)),
            (Why::Forget, Stage::Unseen { alive_at, .. }) => {
                self.stage = match self.seen().answered_at {
                    Some(_) => self.over_after_answer(None),
                    None => Stage::Over(End::unseen(alive_at, Outcome::Unmeasured)),
                };
                None
            }
            (Why::RoundGap | Why::Forget, _) => None,
        }
    }

    /// A caller whose trunk is seen to be open waits on, however long nobody is rung: in a queue,
    /// with all telephones busy.
    fn waits_on(&mut self, now: Moment) -> bool {
        let open = self.trunk_leg().is_some_and(|trunk| trunk.end.is_none());
        let young = now.millis_since(self.offered_at) < TALK_MS;
        let (Stage::Offered(waiting) | Stage::Ringing(waiting)) = &mut self.stage else {
            return false;
        };
        let on = open && young && !self.more.as_ref().is_some_and(|more| more.deaf);
        if on {
            waiting.patience = now.plus_millis(PATIENCE_MS);
        }
        on
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

    /// Whether this leg is over, or the call between two rounds.
    pub(super) fn has_ended(&self, leg: &LegKey) -> bool {
        self.legs.iter().any(|known| known.key == *leg && known.end.is_some()) || self.is_paused()
    }

    /// Closes the call without claiming anything of it.
    pub(super) fn close_unmeasured(&mut self, at: Moment, cause: Option<u16>) -> Event {
        self.stage = Stage::Over(End::unseen(at, Outcome::Unmeasured));
        Event::Ended { cause }
    }

    /// One open leg.
    pub(super) fn open_leg(&mut self, leg: &LegKey) -> Option<&mut LegRecord> {
        self.legs.iter_mut().find(|known| known.key == *leg && known.end.is_none())
    }

    /// Closes one open leg. The moment it ended, never before it began.
    pub(super) fn end_leg(&mut self, leg: &LegKey, at: Moment, how: LegEnd) -> Option<Moment> {
        let leg = self.open_leg(leg)?;
        let at = at.max(leg.answered_at.or(leg.rang_at).unwrap_or(leg.offered_at));
        leg.ended_at = Some(at);
        leg.end = Some(how);
        Some(at)
    }

    /// Closes every leg that is still open, as the end of the call means it. A telephone that rang when
    /// another was lifted has rung until then: nobody told of its own end, and the talk's is not it.
    pub(super) fn end_legs(&mut self, at: Moment, how: LegEnd) {
        let lifted_at = self.seen().answered_at;
        for leg in self.legs.iter_mut().filter(|leg| leg.end.is_none()) {
            let begun = leg.answered_at.or(leg.rang_at).unwrap_or(leg.offered_at);
            let lost = leg.answered_at.is_none() && leg.kind != LegKind::Trunk;
            let (how, at) = match lifted_at.filter(|lifted_at| lost && begun <= *lifted_at) {
                Some(lifted_at) => (LegEnd::Elsewhere, lifted_at),
                None if leg.answered_at.is_some() => (LegEnd::Answered, at),
                None => (how, at),
            };
            leg.end = Some(how);
            leg.ended_at = Some(at.max(begun));
        }
    }

    /// Where the alarms count from: the first ring, or the first sight while nobody rings.
    pub(super) fn clock(&self) -> Moment {
        self.rang_at.unwrap_or(self.offered_at)
    }
}

//! The calls that the house makes to outside, while they last.
//!
//! A pure machine beside the book: what the mirror shows of a telephone's own leg, and what a
//! watched telephone says of itself, go in with their times; [`OutgoingHappening`]s come out.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use super::call::LegEnd;
use super::correlate::uid;
use super::leg::WATCHED;
use super::machine::TALK_MS;
use super::outgoing::{
    OutgoingEndedBy, OutgoingEvent, OutgoingEvidence, OutgoingHappening, OutgoingKey,
    OutgoingRecord, OutgoingState, refusal,
};
use super::rules::Outside;
use crate::kernel::{Extension, Moment, PbxId, Phone};
use crate::sip::{DialogState, End, LegKey, Watched, What};

/// A call that nobody answers is given up after this; a mirrored one was given up before.
const UNANSWERED_MS: i64 = 660_000;
/// A talk whose telephone is seen idle is over, unless its BYE comes within this.
const IDLE_MS: i64 = 2_000;
/// The leg that leaves the house follows the telephone's own within this.
const LEAVES_MS: i64 = 3_000;
/// More outgoing calls at once are not followed.
const MOST: usize = 4_096;

/// The outgoing calls that are not over.
#[derive(Debug, Default)]
pub(super) struct Dialling {
    calls: BTreeMap<OutgoingKey, Dialled>,
    of_leg: HashMap<LegKey, OutgoingKey>,
    of_call_id: HashMap<Arc<str>, OutgoingKey>,
    of_phone: BTreeSet<(PbxId, Extension, OutgoingKey)>,
    due: BTreeSet<(Moment, OutgoingKey)>,
    told: VecDeque<OutgoingHappening>,
    last: u64,
}

/// One of them.
#[derive(Debug)]
struct Dialled {
    record: OutgoingRecord,
    /// What a watched telephone calls the dialog.
    dialog: Option<Arc<str>>,
    /// Its telephone is seen idle since then.
    idle_since: Option<Moment>,
    due: Moment,
}

impl Dialling {
    /// A telephone of the house dialled outside, as its mirrored leg says.
    pub(super) fn placed(
        &mut self,
        (pbx, name): (PbxId, &str),
        leg: &LegKey,
        extension: Extension,
        outside: Outside,
        at: Moment,
    ) {
        if let Some(key) = self.alike(pbx, &extension, &outside) {
            // the lamp was quicker
            self.index(key, leg);
            return self.change(key, at, |call| {
                call.record.leg = Some(leg.clone());
                call.record.evidence = OutgoingEvidence::Mirror;
                call.record.started_at = call.record.started_at.min(at);
                Some(OutgoingEvent::Amended)
            });
        }
        let record = OutgoingRecord {
            leg: Some(leg.clone()),
            evidence: OutgoingEvidence::Mirror,
            ..OutgoingRecord::new(uid(name, leg), pbx, extension, outside, at)
        };
        self.begin(record, None, at);
    }

    /// What was seen of a leg; whether it is one of these.
    pub(super) fn fact(&mut self, leg: &LegKey, at: Moment, now: Moment, what: &What) -> bool {
        let known = self.of_leg.get(leg);
        let known = known
            .or_else(|| leg.branch.is_empty().then(|| self.of_call_id.get(&leg.call_id)).flatten());
        let Some(&key) = known else { return false };
        match what {
            What::Offered(_) | What::Held(_) | What::Referred(_) => {}
            What::Alerted => self.change(key, at, |call| call.rings(at)),
            What::Answered => self.change(key, at, |call| call.answered(at, now)),
            What::Withdrawn(_) => {
                self.end(key, at, Some(at), LegEnd::Abandoned, OutgoingEndedBy::Us);
            }
            What::Refused(status) => {
                let (how, by) = refusal(*status);
                self.end(key, at, Some(at), how, by);
            }
            What::Ended(end) => {
                let by = match end {
                    End::Caller => OutgoingEndedBy::Us,
                    End::Callee => OutgoingEndedBy::Callee,
                };
                self.end(key, at, Some(at), LegEnd::Answered, by);
            }
            What::Lost => self.end(key, at, None, LegEnd::NoAnswer, OutgoingEndedBy::Unknown),
        }
        true
    }

    /// A leg leaves the house for that number: it may say in full what a telephone dialled short.
    pub(super) fn left(&mut self, pbx: PbxId, dialled: &str, at: Moment) {
        let Some(phone) = Phone::read(dialled) else { return };
        let whole = digits(phone.as_str());
        let short = |call: &Dialled| {
            let near = at.millis_since(call.record.started_at).abs() <= LEAVES_MS;
            let own = digits(&call.record.dialled);
            near && call.record.pbx == pbx
                && call.record.phone.is_none()
                && (whole.ends_with(own.trim_start_matches('0')) || own.ends_with(&digits(dialled)))
        };
        let found = self.calls.iter().rev().find(|(_, call)| short(call)).map(|(&key, _)| key);
        if let Some(key) = found {
            self.change(key, at, |call| {
                call.record.phone = Some(phone);
                Some(OutgoingEvent::Amended)
            });
        }
    }

    /// What a watched telephone does now; `outside` says whom it may have dialled.
    pub(super) fn watched(
        &mut self,
        name: &str,
        watched: &Watched,
        outside: impl Fn(&str) -> Option<Outside>,
    ) {
        let Watched { at, pbx, ref extension, fresh, ref dialogs } = *watched;
        let mut there = BTreeSet::new();
        for dialog in dialogs.iter().filter(|dialog| dialog.called == Some(false)) {
            let Some(outside) = dialog.remote.user.as_deref().and_then(&outside) else { continue };
            let known = self.at(pbx, extension).find(|key| {
                self.calls.get(key).is_some_and(|call| {
                    call.dialog.as_ref() == Some(&dialog.id) || call.is_to(&outside)
                })
            });
            // how long one lasts that was there before we looked is not known
            if known.is_none() && fresh {
                continue;
            }
            let key = known.unwrap_or_else(|| {
                let leg = LegKey {
                    call_id: WATCHED.into(),
                    branch: format!("{name}/{extension}/{}/{}", at.millis(), dialog.id).into(),
                };
                let record = OutgoingRecord {
                    evidence: OutgoingEvidence::Dialog,
                    ..OutgoingRecord::new(uid(name, &leg), pbx, extension.clone(), outside, at)
                };
                self.begin(record, Some(Arc::clone(&dialog.id)), at)
            });
            there.insert(key);
            let by_lamp = |call: &mut Dialled| {
                call.idle_since = None;
                // the telephone's own leg says it better
                let mirrored = call.record.evidence == OutgoingEvidence::Mirror;
                match dialog.state {
                    _ if mirrored => None,
                    DialogState::Trying => None,
                    DialogState::Early => call.rings(at),
                    DialogState::Confirmed => call.answered(at, at),
                }
            };
            self.change(key, at, by_lamp);
        }
        let idle = dialogs.is_empty();
        let gone: Vec<_> = self.at(pbx, extension).filter(|key| !there.contains(key)).collect();
        for key in gone {
            let by_lamp = self
                .calls
                .get(&key)
                .is_some_and(|call| call.record.evidence == OutgoingEvidence::Dialog);
            if by_lamp {
                self.end(
                    key,
                    at,
                    (!fresh).then_some(at),
                    LegEnd::NoAnswer,
                    OutgoingEndedBy::Unknown,
                );
            } else if idle {
                self.change(key, at, |call| {
                    call.idle_since = Some(at);
                    call.due = call.due.min(at.plus_millis(IDLE_MS));
                    None
                });
            }
        }
    }

    /// Lets time pass.
    pub(super) fn wake(&mut self, now: Moment) {
        while let Some(&(due, key)) = self.due.first().filter(|(due, _)| *due <= now) {
            let Some(call) = self.calls.get(&key) else {
                self.due.remove(&(due, key));
                continue;
            };
            let idle_since = call.idle_since;
            self.end(key, due, idle_since, LegEnd::NoAnswer, OutgoingEndedBy::Unknown);
        }
    }

    /// When to wake it.
    pub(super) fn next(&self) -> Option<Moment> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Hands out the oldest happening not yet handed out.
    pub(super) fn poll(&mut self) -> Option<OutgoingHappening> {
        self.told.pop_front()
    }

    /// Takes in a call that was not over when the house went down.
    pub(super) fn restore(&mut self, record: OutgoingRecord, now: Moment) {
        let due = match record.state {
            OutgoingState::Answered => record.answered_at.map(|at| at.plus_millis(TALK_MS)),
            OutgoingState::Dialling | OutgoingState::Ringing | OutgoingState::Ended => {
                Some(record.started_at.plus_millis(UNANSWERED_MS))
            }
        };
        let due = due.unwrap_or(now).max(now);
        self.keep(Dialled { record, dialog: None, idle_since: None, due });
    }

    fn begin(
        &mut self,
        record: OutgoingRecord,
        dialog: Option<Arc<str>>,
        at: Moment,
    ) -> OutgoingKey {
        while self.calls.len() >= MOST
            && let Some(&(_, soonest)) = self.due.first()
        {
            self.end(soonest, at, None, LegEnd::NoAnswer, OutgoingEndedBy::Unknown);
        }
        let due = at.plus_millis(UNANSWERED_MS);
        let key = self.keep(Dialled { record, dialog, idle_since: None, due });
        self.tell(key, at, OutgoingEvent::Dialled);
        key
    }

    fn keep(&mut self, call: Dialled) -> OutgoingKey {
        self.last += 1;
        let key = OutgoingKey(self.last);
        if let Some(leg) = call.record.leg.clone() {
            self.index(key, &leg);
        }
        self.of_phone.insert((call.record.pbx, call.record.extension.clone(), key));
        self.due.insert((call.due, key));
        self.calls.insert(key, call);
        key
    }

    fn index(&mut self, key: OutgoingKey, leg: &LegKey) {
        self.of_leg.insert(leg.clone(), key);
        self.of_call_id.insert(Arc::clone(&leg.call_id), key);
    }

    /// The calls of a telephone, oldest first.
    fn at(&self, pbx: PbxId, extension: &Extension) -> impl Iterator<Item = OutgoingKey> + use<'_> {
        let from = (pbx, extension.clone(), OutgoingKey(0));
        let to = (pbx, extension.clone(), OutgoingKey(u64::MAX));
        self.of_phone.range(from..=to).map(|&(.., key)| key)
    }

    /// The call of a telephone to the same number that only its lamp has told of.
    fn alike(&self, pbx: PbxId, extension: &Extension, outside: &Outside) -> Option<OutgoingKey> {
        self.at(pbx, extension).find(|key| {
            let call = self.calls.get(key);
            call.is_some_and(|call| call.record.leg.is_none() && call.is_to(outside))
        })
    }

    fn change(
        &mut self,
        key: OutgoingKey,
        at: Moment,
        act: impl FnOnce(&mut Dialled) -> Option<OutgoingEvent>,
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let due = call.due;
        let event = act(call);
        let now_due = call.due;
        if due != now_due {
            self.due.remove(&(due, key));
            self.due.insert((now_due, key));
        }
        if let Some(event) = event {
            self.tell(key, at, event);
        }
    }

    /// It is over: at that moment, or unseen as we know now. `how` it ended if nobody had answered.
    fn end(
        &mut self,
        key: OutgoingKey,
        now: Moment,
        at: Option<Moment>,
        how: LegEnd,
        by: OutgoingEndedBy,
    ) {
        let Some(mut call) = self.calls.remove(&key) else { return };
        self.due.remove(&(call.due, key));
        let record = &mut call.record;
        self.of_phone.remove(&(record.pbx, record.extension.clone(), key));
        if let Some(leg) = &record.leg {
            self.of_leg.remove(leg);
            if self.of_call_id.get(&leg.call_id) == Some(&key) {
                self.of_call_id.remove(&leg.call_id);
            }
        }
        record.state = OutgoingState::Ended;
        let begun = record.answered_at.or(record.rang_at).unwrap_or(record.started_at);
        record.ended_at = at.map(|at| at.max(begun));
        record.ending = match record.answered_at {
            Some(_) => Some(LegEnd::Answered),
            // a lamp that goes dark does not say why
            None if by == OutgoingEndedBy::Unknown && how == LegEnd::NoAnswer => None,
            None => Some(how),
        };
        record.ended_by = by;
        let at = record.ended_at.unwrap_or(now).max(begun);
        let record = Arc::new(call.record);
        self.told.push_back(OutgoingHappening { at, key, what: OutgoingEvent::Ended, record });
    }

    fn tell(&mut self, key: OutgoingKey, at: Moment, what: OutgoingEvent) {
        if let Some(call) = self.calls.get(&key) {
            let record = Arc::new(call.record.clone());
            self.told.push_back(OutgoingHappening { at, key, what, record });
        }
    }
}

impl Dialled {
    fn is_to(&self, outside: &Outside) -> bool {
        match (&self.record.phone, &outside.phone) {
            (Some(one), Some(other)) => one == other,
            _ => digits(&self.record.dialled) == digits(&outside.dialled),
        }
    }

    fn rings(&mut self, at: Moment) -> Option<OutgoingEvent> {
        let at = at.max(self.record.started_at);
        if self.record.rang_at.is_some() || self.record.state != OutgoingState::Dialling {
            return None;
        }
        self.record.rang_at = Some(at);
        self.record.state = OutgoingState::Ringing;
        Some(OutgoingEvent::Ringing)
    }

    fn answered(&mut self, at: Moment, now: Moment) -> Option<OutgoingEvent> {
        if self.record.answered_at.is_some() {
            return None;
        }
        let begun = self.record.rang_at.unwrap_or(self.record.started_at);
        self.record.answered_at = Some(at.max(begun));
        self.record.state = OutgoingState::Answered;
        self.due = now.plus_millis(TALK_MS);
        Some(OutgoingEvent::Answered)
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

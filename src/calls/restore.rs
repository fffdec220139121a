//! The book after a restart: what was ringing rings on, what ended meanwhile is closed as such.
//!
//! A PBX repeats a CANCEL for 32 s. So a house that was down for less hears of every end, at most
//! [`REPEATED_EVERY_MS`] after it is up again; one that was down longer may have missed it.

use super::book::Book;
use super::call::State;
use super::correlate::Owner;
use super::machine::{Live, PATIENCE_MS, REPEATED_EVERY_MS, REPEATED_FOR_MS, TALK_MS};
use super::outgoing::OutgoingRecord;
use super::record::{CallKey, LegKind, LegRecord, Record, Restored};
use super::ringing::Sight;
use super::rules::place;
use super::stage::{Doubt, Stage, Waiting};
use crate::kernel::Moment;
use crate::sip::LegKey;

impl Book {
    /// Takes in the calls that were live when the house went down, and gives their keys in the
    /// same order. `alive_at` is the last moment at which the house surely heard, `now` the moment
    /// from which it hears again. Clocks and alarms go on where they stood; wake the book next.
    pub fn restore(&mut self, calls: Vec<Restored>, alive_at: Moment, now: Moment) -> Vec<CallKey> {
        let alive_at = alive_at.min(now);
        calls.into_iter().map(|call| self.restore_one(call.record, alive_at, now)).collect()
    }

    /// Takes in the outgoing calls that were not over when the house went down.
    pub fn restore_outgoing(&mut self, calls: Vec<OutgoingRecord>, now: Moment) {
        for call in calls {
            self.dialling.restore(call, now);
        }
    }

    /// Remembers a leg that was over before the restart, so that its echo is no new call. Legs that
    /// ended up to [`Book::REMEMBERED_MS`] ago matter.
    pub fn remember(&mut self, leg: &LegKey, ended_at: Moment) {
        if self.names.owner(leg).is_none() {
            self.names.file(leg, Owner::Nobody);
            self.names.over(leg, ended_at);
        }
    }

    fn restore_one(&mut self, record: Record, alive_at: Moment, now: Moment) -> CallKey {
        let call = self.revived(record, alive_at, now);
        let (was, waiter) = (call.stage, call.waiter());
        let detours = call.seen().detours.clone();
        let talks = matches!(was, Stage::Talking { .. });
        let key = self.take_in(call);
        for leg in detours.iter().filter(|leg| self.names.owner(leg).is_none()).collect::<Vec<_>>()
        {
            self.ignore(leg, now);
        }
        if let Stage::Paused { since, .. } = was {
            self.names.pause(waiter, since, key);
        }
        if !talks && now.millis_since(alive_at) >= REPEATED_FOR_MS {
            self.close_unseen(key, alive_at, now);
        }
        key
    }

    fn revived(&self, record: Record, alive_at: Moment, now: Moment) -> Live {
        let mut terms = self.rules.terms(record.hotline);
        // the promise stands as it was given, whatever the configuration says since
        terms.promise = record.promise;
        let clock = record.rang_at.unwrap_or(record.offered_at);
        let mut passed_ms = terms.promise.passed_ms(record.alarm);
        // asking the colleagues leaves no trace in the alarm: what was due before is done
        while let Some(step) = terms.promise.next_step(passed_ms)
            && step.level == 0
            && clock.plus_millis(step.after_ms) <= alive_at
        {
            passed_ms = step.after_ms;
        }
        let stage = stage(&record, terms.round_gap_ms, alive_at, now);
        let doubt = Doubt { alive_at, until: now.plus_millis(REPEATED_EVERY_MS) };
        let mut call = Live {
            uid: record.uid,
            pbx: record.pbx,
            hotline: place(record.hotline),
            caller: record.caller,
            terms,
            offered_at: record.offered_at,
            rang_at: record.rang_at,
            excluded: record.excluded,
            evidence: record.evidence,
            alarm: record.alarm,
            passed_ms,
            lag_ms: 0,
            echo: false,
            doubt: Some(doubt),
            trunk: record.trunk,
            member_rang: None,
            sight: Sight::default(),
            stage,
            legs: record.legs,
            more: None,
        };
        if let Some(rang_at) = record.rang_at {
            call.rang(record.evidence, rang_at, rang_at);
        }
        if record.answered_at.is_some() || !record.transfers.is_empty() {
            let talker = record.transfers.iter().rev().find_map(|one| one.to.clone());
            let more = call.more();
            more.answered_at = record.answered_at;
            more.talker = talker.or_else(|| record.answered_by.clone());
            more.answered_by = record.answered_by;
            more.transfers = record.transfers;
        }
        if !record.detours.is_empty() {
            call.more().detours = record.detours;
        }
        if call.trunk_leg().is_some() {
            let phone = |leg: &LegRecord| leg.kind != LegKind::Trunk && leg.is_mirrored();
            let machine_at = call.trunk_leg().and_then(|trunk| trunk.answered_at);
            let phones_seen = call.legs.iter().any(phone);
            let more = call.more();
            more.phones_seen = phones_seen;
            if more.answered_at.is_none() {
                more.machine_at = machine_at;
            }
            more.mirror_at = Some(alive_at);
        }
        if call.stage.is_waiting() || call.is_paused() {
            // its end may have come while the house was down
            call.more().cut = true;
        }
        call
    }
}

/// Where the call stood when it was last written.
fn stage(record: &Record, round_gap_ms: i64, alive_at: Moment, now: Moment) -> Stage {
    if let (State::Answered, Some(answered_at)) = (record.state, record.answered_at) {
        return Stage::Talking { until: answered_at.plus_millis(TALK_MS) };
    }
    let open = |leg: &&LegRecord| leg.end.is_none();
    let last_open = record.legs.iter().filter(open).map(|leg| leg.offered_at).max();
    let last_end = record.legs.iter().filter_map(|leg| leg.ended_at).max();
    if last_open.is_none()
        && let Some(since) = last_end
    {
        let mut until = since.plus_millis(round_gap_ms);
        if until > alive_at {
            // the next round may have begun while we were down; its INVITE is repeated
            until = until.max(now.plus_millis(REPEATED_EVERY_MS));
        }
        return Stage::Paused { since, earliest: since, until, cause: None };
    }
    let heard_at = last_open.unwrap_or(record.offered_at);
    let waiting = Waiting { since: now, patience: heard_at.plus_millis(PATIENCE_MS) };
    match record.state {
        State::Ringing => Stage::Ringing(waiting),
        State::Offered | State::Answered | State::Ended => Stage::Offered(waiting),
    }
}

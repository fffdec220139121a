//! What answers, NOTIFYs and time do to a subscription.

use std::net::SocketAddr;

use super::{
    AFTER_SILENCE, Act, BRIEF, Dialogue, Ending, FIRST_PATIENCE, LONGEST_S, LOOK_IN_S, Notice,
    Reason, SILENCE, Standing, State, Subscription,
};
use crate::sip::answer::Answer;
use crate::sip::pauses;
use crate::sip::register::Shown;
use crate::sip::transaction::{Ms, Way};

impl Subscription {
    /// Asks within the dialog where there is one, else in a new one.
    pub(super) fn begin(&mut self, now: Ms) {
        if self.dialogue.is_none() {
            self.count = self.count.wrapping_add(1);
            self.cseq = 0;
            self.born = now;
            self.told = false;
            self.acts.push_back(Act::Begin);
        }
        self.ask(now, false);
    }

    pub(super) fn answered(&mut self, now: Ms, sent: Ms, correction: bool, answer: &Answer) {
        let moved = self.learn_address(answer);
        match answer.status {
            200..=299 => self.granted(now, sent, answer, moved && !correction),
            401 | 407 if self.keys.take(answer) => self.ask(now, correction),
            401 | 407 => self.refused(now, "wrong-password", answer.status),
            403 if self.keys.in_use() => self.refused(now, "wrong-password", 403),
            404 | 410 | 604 => {
                self.forget();
                self.refused(now, "no-hint", answer.status);
            }
            423 if answer.min_expires_s > self.wanted_s && answer.min_expires_s <= LONGEST_S => {
                self.wanted_s = answer.min_expires_s;
                self.ask(now, correction);
            }
            408 | 480 => self.pause(now, ("unreachable", Some(answer.status)), None),
            481 if self.dialogue.is_some() => {
                self.acts.push_back(Act::Lost);
                self.renew(now, answer.status);
            }
            481 | 500..=599 => {
                self.pause(now, ("refused", Some(answer.status)), answer.retry_after_s);
            }
            status => self.refused(now, "refused", status),
        }
    }

    fn granted(&mut self, now: Ms, sent: Ms, answer: &Answer, correct: bool) {
        self.keys.accepted();
        let granted_s = answer.expires_s.unwrap_or(self.wanted_s);
        let made = answer.end.clone().map(|end| Dialogue { end, heard: None });
        if granted_s == 0 || (made.is_none() && self.dialogue.is_none()) {
            self.forget();
            return self.refused(now, "refused", answer.status);
        }
        match (&mut self.dialogue, made) {
            (None, made) => self.dialogue = made,
            // each answer may name a new place (RFC 3261 §12.2.1.2)
            (Some(known), Some(made)) if known.end.tag == made.end.tag => {
                known.end.target = made.end.target.or(known.end.target.take());
            }
            (Some(_), _) => {}
        }
        // the PBX counted from before we heard of it
        let until = sent.saturating_add(u64::from(granted_s).saturating_mul(1000));
        self.lapse = Some(until);
        if self.told {
            self.pauses.succeeded();
            self.show_up(now);
        } else {
            self.reason = ("silent", None);
            self.silence = Some(now.saturating_add(SILENCE));
        }
        if correct {
            // the PBX sees us elsewhere than we said: say so at once
            self.ask(now, true);
        } else {
            let refresh = pauses::refresh_ms(granted_s.min(LOOK_IN_S), &mut self.rng);
            self.state = State::Resting { refresh: sent.saturating_add(refresh).max(now) };
        }
    }

    /// Does what a NOTIFY says.
    pub(super) fn heed(&mut self, now: Ms, notice: &Notice) {
        if let Some(dialogue) = self.dialogue.as_mut().filter(|_| notice.end.target.is_some()) {
            dialogue.end.target.clone_from(&notice.end.target);
        }
        let lasts = notice.expires_s.filter(|&seconds| seconds > 0);
        let leaving = matches!(self.state, State::Leaving { .. });
        match notice.state {
            Standing::Terminated(ending) => self.ended(now, ending, notice.retry_after_s),
            Standing::Active | Standing::Pending if leaving => {}
            Standing::Active => {
                self.silence = None;
                self.last(now, lasts);
                if !self.told {
                    self.told = true;
                    self.pauses.succeeded();
                    self.show_up(now);
                }
            }
            Standing::Pending => {
                self.silence = None;
                self.last(now, lasts);
                self.told = false;
                self.reason = ("refused", None);
                self.show_down(now);
            }
        }
    }

    /// The PBX says how long the subscription lasts from now.
    fn last(&mut self, now: Ms, seconds: Option<u32>) {
        let Some(seconds) = seconds else {
            let usual = now.saturating_add(u64::from(self.wanted_s).saturating_mul(1000));
            self.lapse.get_or_insert(usual);
            return;
        };
        self.lapse = Some(now.saturating_add(u64::from(seconds).saturating_mul(1000)));
        if let State::Resting { refresh } = &mut self.state {
            let sooner = pauses::refresh_ms(seconds.min(LOOK_IN_S), &mut self.rng);
            *refresh = (*refresh).min(now.saturating_add(sooner));
        }
    }

    fn ended(&mut self, now: Ms, ending: Ending, retry_after_s: Option<u32>) {
        if let State::Leaving { answered, noticed, .. } = &mut self.state {
            *noticed = true;
            if *answered {
                self.end();
            }
            return;
        }
        match ending {
            Ending::Renew => self.renew(now, 0),
            Ending::Nothing => {
                self.forget();
                self.refused(now, "no-hint", 0);
            }
            Ending::Refused if retry_after_s.is_none() => {
                self.forget();
                self.refused(now, "refused", 0);
            }
            Ending::Later | Ending::Refused => {
                self.forget();
                self.pause(now, ("refused", None), retry_after_s);
            }
        }
    }

    /// The dialog is gone and another may be had.
    fn renew(&mut self, now: Ms, status: u16) {
        self.forget();
        let reason = ("refused", Some(status).filter(|&status| status != 0));
        if now.saturating_sub(self.born) < BRIEF {
            return self.pause(now, reason, None);
        }
        self.reason = reason;
        self.down_since.get_or_insert(now);
        self.patience = Some(now.saturating_add(FIRST_PATIENCE));
        self.reach();
    }

    /// There is no dialog any more.
    fn forget(&mut self) {
        self.dialogue = None;
        self.lapse = None;
        self.silence = None;
        self.told = false;
    }

    /// What is over by now: the subscription, our patience, the silence.
    pub(super) fn lose_patience(&mut self, now: Ms) {
        if let Some(lapse) = self.lapse.filter(|&lapse| now >= lapse) {
            self.forget();
            self.show_down(lapse);
            if matches!(self.state, State::Resting { .. }) {
                self.reach();
            }
        }
        if let Some(end) = self.patience.filter(|&end| now >= end) {
            self.patience = None;
            self.show_down(end);
        }
        if self.silence.is_some_and(|end| now >= end) {
            self.silence = None;
            self.reason = ("silent", None);
            self.show_down(now);
            if let State::Resting { refresh } = &mut self.state {
                *refresh = (*refresh).min(now.saturating_add(AFTER_SILENCE));
            }
        }
    }

    /// RFC 3581: the PBX tells where our datagrams come from. True when that is news.
    fn learn_address(&mut self, answer: &Answer) -> bool {
        let learn = !self.fixed && self.way == Way::Datagrams;
        let news = |seen: &SocketAddr| learn && self.contact != Some(*seen);
        let Some(seen) = answer.seen_as.filter(news) else { return false };
        self.contact = Some(seen);
        true
    }

    /// A refusal that trying again soon would not change; status 0 is none.
    fn refused(&mut self, now: Ms, reason: &'static str, status: u16) {
        let until = now.saturating_add(self.pauses.long(&mut self.rng));
        self.pause_until(now, (reason, Some(status).filter(|&status| status != 0)), until);
    }

    pub(super) fn pause(&mut self, now: Ms, reason: Reason, retry_after_s: Option<u32>) {
        let until = now.saturating_add(self.pauses.short(retry_after_s, &mut self.rng));
        self.pause_until(now, reason, until);
    }

    fn pause_until(&mut self, now: Ms, reason: Reason, until: Ms) {
        self.reason = reason;
        self.state = State::Pausing { until };
        if !self.is_up() {
            self.patience = None;
            self.show_down(now);
        }
    }

    fn show_up(&mut self, now: Ms) {
        self.patience = None;
        self.reason = ("unreachable", None);
        self.down_since = None;
        self.shown = None;
        if let Some(until) = self.lapse {
            self.acts.push_back(Act::Show(Shown::Registered { since: now, until }));
        }
    }

    pub(super) fn show_down(&mut self, at: Ms) {
        let since = *self.down_since.get_or_insert(at);
        if self.shown != Some(self.reason) {
            self.shown = Some(self.reason);
            let (reason, status) = self.reason;
            self.acts.push_back(Act::Show(Shown::Down { since, reason, status }));
        }
    }
}

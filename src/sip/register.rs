//! One account's registration at its PBX (RFC 3261 §10): asked for, kept alive, given back.
//!
//! A pure machine: answers and wake-ups go in with `now`, [`Act`]s come out. It never knows a
//! socket; whoever drives it sends what it asks for.

mod act;
mod render;

use std::collections::VecDeque;
use std::net::SocketAddr;

use rand::Rng as _;
use rand::rngs::StdRng;

pub(crate) use self::act::{Act, Request, Shown};
pub(crate) use self::render::Form;
use super::answer::Answer;
use super::digest::Credentials;
use super::keyring::Keyring;
use super::pauses::{self, Pauses};
use super::transaction::{Client, Ms, Step, Way};

/// How long a registration is asked for, in seconds. Short, because a PBX that lost it is only
/// noticed at the next refresh.
const WANTED_S: u32 = 120;
/// The longest period a registrar can make us ask for by 423.
const LONGEST_S: u32 = 86_400;
/// A PBX that has not answered for this long after the start is said to be unreachable, though
/// we go on asking.
const FIRST_PATIENCE: Ms = 8_000;
/// How long we wait for the answer to a de-registration.
const GOODBYE: Ms = 2_000;

#[derive(Debug)]
enum State {
    /// Waits for [`Registration::reached`].
    Reaching,
    /// A request is out.
    Asking {
        branch: String,
        client: Client,
        /// When it was sent last.
        sent: Ms,
        /// It only corrects our address, and is not corrected again.
        correction: bool,
    },
    /// All is well until the refresh is due.
    Resting { refresh: Ms },
    /// It failed; tried again then.
    Pausing { until: Ms },
    /// The de-registration is out.
    Leaving { branch: String, client: Client, until: Ms },
    /// Done.
    Over,
}

/// Why the last attempt failed: a key of the locale files, and the status the PBX gave.
type Reason = (&'static str, Option<u16>);

/// The registration of one account.
#[derive(Debug)]
pub(crate) struct Registration {
    who: Credentials,
    /// The request-URI, as the digest hashes it: `sip:domain`.
    uri: String,
    state: State,
    way: Way,
    contact: Option<SocketAddr>,
    /// A configured address is never replaced by what the PBX sees.
    fixed: bool,
    cseq: u32,
    wanted_s: u32,
    keys: Keyring,
    /// When we stop being registered, or said to be on the way.
    lapse: Option<Ms>,
    /// The PBX granted it and it has not lapsed.
    held: bool,
    reason: Reason,
    down_since: Option<Ms>,
    shown: Option<Reason>,
    pauses: Pauses,
    rng: StdRng,
    acts: VecDeque<Act>,
}

impl Registration {
    /// A registration that wants to reach its PBX.
    pub(crate) fn new(now: Ms, who: Credentials, uri: String, fixed: bool, rng: StdRng) -> Self {
        Self {
            who,
            uri,
            state: State::Reaching,
            way: Way::Datagrams,
            contact: None,
            fixed,
            cseq: 0,
            wanted_s: WANTED_S,
            keys: Keyring::default(),
            lapse: Some(now.saturating_add(FIRST_PATIENCE)),
            held: false,
            reason: ("unreachable", None),
            down_since: None,
            shown: None,
            pauses: Pauses::default(),
            rng,
            acts: VecDeque::from([Act::Reach]),
        }
    }

    /// What is to be done next; call until it gives `None` after each of the calls below.
    pub(crate) fn poll(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    /// The PBX can be spoken to, and reaches us at `contact`.
    pub(crate) fn reached(&mut self, now: Ms, way: Way, contact: SocketAddr) {
        if matches!(self.state, State::Reaching) {
            self.way = way;
            self.contact = Some(contact);
            self.ask(now, false);
        }
    }

    /// The PBX cannot be spoken to, or the connection to it broke. `reason` is a key of the locale
    /// files.
    pub(crate) fn failed(&mut self, now: Ms, reason: &'static str) {
        match self.state {
            State::Leaving { .. } => self.end(),
            State::Resting { .. } | State::Asking { .. } if self.way == Way::Stream => {
                // the connection was our ear: without it no call reaches us
                let broke = self.held;
                self.held = false;
                self.lapse = None;
                self.reason = (reason, None);
                if broke {
                    self.show_down(now);
                    self.reach();
                } else {
                    self.pause(now, (reason, None), None);
                }
            }
            State::Reaching | State::Asking { .. } => self.pause(now, (reason, None), None),
            State::Resting { .. } | State::Pausing { .. } | State::Over => {}
        }
    }

    /// A response to one of our requests came.
    pub(crate) fn hear(&mut self, now: Ms, answer: &Answer) {
        match &mut self.state {
            State::Asking { branch, client, sent, correction } if *branch == answer.branch => {
                if client.answered(now, answer.status) {
                    let (sent, correction) = (*sent, *correction);
                    self.answered(now, sent, correction, answer);
                }
            }
            State::Leaving { branch, client, .. } if *branch == answer.branch => {
                if client.answered(now, answer.status) {
                    if matches!(answer.status, 401 | 407) && self.keys.take(answer) {
                        self.leave(now);
                    } else {
                        self.end();
                    }
                }
            }
            // repeats of older answers
            State::Asking { .. }
            | State::Leaving { .. }
            | State::Reaching
            | State::Resting { .. }
            | State::Pausing { .. }
            | State::Over => {}
        }
    }

    /// When [`Registration::wake`] wants to be called.
    pub(crate) fn next_timer(&self) -> Option<Ms> {
        let own = match &self.state {
            State::Reaching | State::Over => None,
            State::Asking { client, .. } => client.next_timer(),
            State::Resting { refresh } => Some(*refresh),
            State::Pausing { until } => Some(*until),
            State::Leaving { client, until, .. } => {
                Some(client.next_timer().map_or(*until, |next| next.min(*until)))
            }
        };
        own.into_iter().chain(self.lapse).min()
    }

    /// Time has passed.
    pub(crate) fn wake(&mut self, now: Ms) {
        if let Some(lapse) = self.lapse.filter(|&lapse| now >= lapse) {
            self.lapse = None;
            self.held = false;
            self.show_down(lapse);
        }
        match &mut self.state {
            State::Asking { client, sent, .. } => match client.wake(now) {
                Some(Step::Again) => {
                    *sent = now;
                    self.acts.push_back(Act::Again);
                }
                Some(Step::GiveUp) => self.pause(now, ("unreachable", None), None),
                None => {}
            },
            State::Resting { refresh } if now >= *refresh => self.ask(now, false),
            State::Pausing { until } if now >= *until => self.reach(),
            State::Leaving { until, .. } if now >= *until => self.end(),
            State::Leaving { client, .. } => match client.wake(now) {
                Some(Step::Again) => self.acts.push_back(Act::Again),
                Some(Step::GiveUp) => self.end(),
                None => {}
            },
            State::Reaching | State::Resting { .. } | State::Pausing { .. } | State::Over => {}
        }
    }

    /// The service ends: gives the registration back, if there may be one.
    pub(crate) fn leave(&mut self, now: Ms) {
        let asked = matches!(self.state, State::Asking { .. } | State::Leaving { .. });
        self.lapse = None;
        if (self.held || asked)
            && let Some(request) = self.request(0)
        {
            let branch = request.branch.clone();
            let until = now.saturating_add(GOODBYE);
            self.state = State::Leaving { branch, client: Client::sent(now, self.way), until };
            self.acts.push_back(Act::Send(request));
        } else {
            self.end();
        }
    }

    fn answered(&mut self, now: Ms, sent: Ms, correction: bool, answer: &Answer) {
        let moved = self.learn_address(answer);
        match answer.status {
            200..=299 => self.granted(now, sent, answer, moved && !correction),
            401 | 407 if self.keys.take(answer) => self.ask(now, correction),
            401 | 407 => self.refused(now, "wrong-password", answer.status),
            403 if self.keys.in_use() => self.refused(now, "wrong-password", 403),
            423 if answer.min_expires_s > self.wanted_s && answer.min_expires_s <= LONGEST_S => {
                self.wanted_s = answer.min_expires_s;
                self.ask(now, correction);
            }
            408 | 480 => self.pause(now, ("unreachable", Some(answer.status)), None),
            500..=599 => {
                self.pause(now, ("refused", Some(answer.status)), answer.retry_after_s);
            }
            status => self.refused(now, "refused", status),
        }
    }

    fn granted(&mut self, now: Ms, sent: Ms, answer: &Answer, correct: bool) {
        self.keys.accepted();
        let granted_s = answer.granted_s(self.contact).unwrap_or(self.wanted_s);
        if granted_s == 0 {
            self.held = false;
            self.refused(now, "refused", answer.status);
            return;
        }
        self.pauses.succeeded();
        // the registrar counted from before we heard of it
        let until = sent.saturating_add(u64::from(granted_s).saturating_mul(1000));
        self.held = true;
        self.lapse = Some(until);
        self.down_since = None;
        self.shown = None;
        self.acts.push_back(Act::Show(Shown::Registered { since: now, until }));
        if correct {
            // the PBX sees us elsewhere than we said: say so at once
            self.ask(now, true);
        } else {
            let refresh = pauses::refresh_ms(granted_s, &mut self.rng);
            self.state = State::Resting { refresh: sent.saturating_add(refresh).max(now) };
        }
    }

    /// RFC 3581: the registrar tells where our datagrams come from. True when that is news.
    fn learn_address(&mut self, answer: &Answer) -> bool {
        let learn = !self.fixed && self.way == Way::Datagrams;
        match answer.seen_as.filter(|seen| learn && self.contact != Some(*seen)) {
            Some(seen) => {
                self.contact = Some(seen);
                true
            }
            None => false,
        }
    }

    /// A refusal that trying again soon would not change.
    fn refused(&mut self, now: Ms, reason: &'static str, status: u16) {
        let until = now.saturating_add(self.pauses.long(&mut self.rng));
        self.pause_until(now, (reason, Some(status)), until);
    }

    fn pause(&mut self, now: Ms, reason: Reason, retry_after_s: Option<u32>) {
        let until = now.saturating_add(self.pauses.short(retry_after_s, &mut self.rng));
        self.pause_until(now, reason, until);
    }

    fn pause_until(&mut self, now: Ms, reason: Reason, until: Ms) {
        self.reason = reason;
        self.state = State::Pausing { until };
        if !self.held {
            self.lapse = None;
            self.show_down(now);
        }
    }

    fn show_down(&mut self, at: Ms) {
        let since = *self.down_since.get_or_insert(at);
        if self.shown != Some(self.reason) {
            self.shown = Some(self.reason);
            let (reason, status) = self.reason;
            self.acts.push_back(Act::Show(Shown::Down { since, reason, status }));
        }
    }

    fn reach(&mut self) {
        self.state = State::Reaching;
        self.acts.push_back(Act::Reach);
    }

    fn ask(&mut self, now: Ms, correction: bool) {
        if let Some(request) = self.request(self.wanted_s) {
            let client = Client::sent(now, self.way);
            let branch = request.branch.clone();
            self.state = State::Asking { branch, client, sent: now, correction };
            self.acts.push_back(Act::Send(request));
        } else {
            self.reach();
        }
    }

    fn end(&mut self) {
        self.state = State::Over;
        self.acts.push_back(Act::Over);
    }

    fn request(&mut self, expires_s: u32) -> Option<Request> {
        let contact = self.contact?;
        self.cseq = self.cseq.wrapping_add(1);
        let credentials = self.keys.answers(&self.who, "REGISTER", &self.uri, &mut self.rng);
        // RFC 3261 §8.1.1.7: the cookie says that the branch is unique
        let branch = format!("z9hG4bK{:016x}", self.rng.next_u64());
        Some(Request { branch, cseq: self.cseq, expires_s, contact, credentials })
    }
}

#[cfg(test)]
mod tests;

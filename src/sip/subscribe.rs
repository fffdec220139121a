//! The subscription to the dialogs of one extension (RFC 6665, RFC 4235 §3): asked for, kept alive,
//! asked for anew when it was lost, given back.
//!
//! A pure machine, the sibling of [`super::register`]: answers, NOTIFYs and wake-ups go in with
//! `now`, [`Act`]s come out. Bodies are none of its business.

mod act;
mod life;
mod notice;
mod render;

use std::collections::VecDeque;
use std::net::SocketAddr;

use rand::Rng as _;
use rand::rngs::StdRng;

pub(crate) use self::act::{Act, Request};
pub(crate) use self::notice::{Ending, Notice, Standing};
pub(crate) use self::render::Form;
use super::answer::Answer;
use super::dialog_end::DialogEnd;
use super::digest::Credentials;
use super::keyring::Keyring;
use super::pauses::Pauses;
use super::transaction::{Client, Ms, Step, Way};

/// How long a subscription is asked for, in seconds.
const WANTED_S: u32 = 3_600;
/// The longest period a PBX can make us ask for by 423.
const LONGEST_S: u32 = 86_400;
/// However long it was granted: so often, in seconds, we ask. A PBX that lost it is noticed then,
/// and what a lost NOTIFY had told is told again.
const LOOK_IN_S: u32 = 300;
/// A PBX that tells nothing for this long after the start, or after it lost the subscription, is
/// said to be unreachable, though we go on asking.
const FIRST_PATIENCE: Ms = 8_000;
/// How long after its 200 a first NOTIFY may take (timer N, RFC 6665 §4.1.2.4).
const SILENCE: Ms = 32_000;
/// When a subscription that tells nothing is refreshed.
const AFTER_SILENCE: Ms = 60_000;
/// A dialog that ends sooner than this is not asked for again at once.
const BRIEF: Ms = 10_000;
/// Refreshes out of turn are at least so far apart.
const APART: Ms = 5_000;
/// How long we wait for the answer to the last request.
const GOODBYE: Ms = 2_000;
/// How long we wait for the last NOTIFY when that answer came.
const LAST_NOTICE: Ms = 300;

#[derive(Debug)]
enum State {
    /// Waits for [`Subscription::reached`].
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
    /// The last request is out, or answered.
    Leaving { branch: String, client: Client, until: Ms, answered: bool, noticed: bool },
    /// Done.
    Over,
}

/// Our dialog with the PBX.
#[derive(Debug)]
struct Dialogue {
    end: DialogEnd,
    /// The highest CSeq of its NOTIFYs.
    heard: Option<u32>,
}

/// What a NOTIFY is to a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heeded {
    /// Not of its dialog: 481.
    Unknown,
    /// Of its dialog; whether it was sent after all that were heard.
    Known {
        /// It has the highest CSeq so far.
        later: bool,
    },
}

/// Why the last attempt failed: a key of the locale files, and the status the PBX gave.
type Reason = (&'static str, Option<u16>);

/// The subscription to one extension.
#[derive(Debug)]
pub(crate) struct Subscription {
    who: Credentials,
    /// The address of whom we watch.
    watched: String,
    state: State,
    way: Way,
    contact: Option<SocketAddr>,
    /// A configured address is never replaced by what the PBX sees.
    fixed: bool,
    /// How many dialogs we began.
    count: u32,
    /// When the present one began.
    born: Ms,
    dialogue: Option<Dialogue>,
    cseq: u32,
    asked: Ms,
    wanted_s: u32,
    keys: Keyring,
    /// When the PBX forgets us.
    lapse: Option<Ms>,
    /// When we are said to be down although we still try.
    patience: Option<Ms>,
    /// When a dialog that has told nothing is said to be mute.
    silence: Option<Ms>,
    /// A NOTIFY came since the PBX was last found, and said that we are told.
    told: bool,
    reason: Reason,
    down_since: Option<Ms>,
    shown: Option<Reason>,
    pauses: Pauses,
    rng: StdRng,
    acts: VecDeque<Act>,
}

impl Subscription {
    /// A subscription that wants to reach its PBX.
    pub(crate) fn new(
        now: Ms,
        who: Credentials,
        watched: String,
        fixed: bool,
        rng: StdRng,
    ) -> Self {
        Self {
            who,
            watched,
            state: State::Reaching,
            way: Way::Datagrams,
            contact: None,
            fixed,
            count: 0,
            born: now,
            dialogue: None,
            cseq: 0,
            asked: now,
            wanted_s: WANTED_S,
            keys: Keyring::default(),
            lapse: None,
            patience: Some(now.saturating_add(FIRST_PATIENCE)),
            silence: None,
            told: false,
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

    /// Which of its dialogs is the present one, counted from 1.
    pub(crate) const fn dialog(&self) -> u32 {
        self.count
    }

    /// The PBX tells us what happens there.
    pub(crate) const fn is_up(&self) -> bool {
        self.told && self.lapse.is_some()
    }

    /// Nothing more will be done.
    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// The PBX can be spoken to, and reaches us at `contact`.
    pub(crate) fn reached(&mut self, now: Ms, way: Way, contact: SocketAddr) {
        if matches!(self.state, State::Reaching) {
            self.way = way;
            self.contact = Some(contact);
            self.begin(now);
        }
    }

    /// The PBX cannot be spoken to, or the connection to it broke. `reason` is a key of the locale
    /// files.
    pub(crate) fn failed(&mut self, now: Ms, reason: &'static str) {
        match self.state {
            State::Leaving { .. } => self.end(),
            State::Resting { .. } | State::Asking { .. } if self.way == Way::Stream => {
                // the connection was our ear
                let broke = std::mem::take(&mut self.told);
                self.silence = None;
                self.reason = (reason, None);
                if broke {
                    self.show_down(now);
                    self.reach();
                } else {
                    self.pause(now, (reason, None), None);
                }
            }
            State::Reaching | State::Asking { .. } => self.pause(now, (reason, None), None),
            State::Pausing { .. } if self.way == Way::Stream && self.told => {
                self.told = false;
                self.reason = (reason, None);
                self.show_down(now);
            }
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
            State::Leaving { branch, client, until, answered, noticed }
                if *branch == answer.branch =>
            {
                if !client.answered(now, answer.status) {
                    return;
                }
                if matches!(answer.status, 401 | 407) && self.keys.take(answer) {
                    self.leave(now);
                } else if (200..=299).contains(&answer.status) && !*noticed {
                    *answered = true;
                    *until = now.saturating_add(LAST_NOTICE).min(*until);
                } else {
                    self.end();
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

    /// A NOTIFY of the present dialog's Call-ID and our tag came.
    pub(crate) fn notified(&mut self, now: Ms, notice: &Notice) -> Heeded {
        let asking = matches!(self.state, State::Asking { .. } | State::Leaving { .. });
        let later = match &mut self.dialogue {
            Some(known) if known.end.tag != notice.end.tag => return Heeded::Unknown,
            None if !asking => return Heeded::Unknown,
            Some(known) => {
                let later = known.heard.is_none_or(|heard| notice.cseq > heard);
                known.heard = known.heard.max(Some(notice.cseq));
                later
            }
            None => {
                // it may come before the 200 (RFC 6665 §4.4.1)
                self.dialogue =
                    Some(Dialogue { end: notice.end.clone(), heard: Some(notice.cseq) });
                true
            }
        };
        if later {
            self.heed(now, notice);
        }
        Heeded::Known { later }
    }

    /// Refreshes soon, not before `at`: a NOTIFY was missed, or the PBX lost others of our
    /// subscriptions.
    pub(crate) fn look_in(&mut self, at: Ms) {
        if let State::Resting { refresh } = &mut self.state {
            *refresh = (*refresh).min(at.max(self.asked.saturating_add(APART)));
        }
    }

    /// When [`Subscription::wake`] wants to be called.
    pub(crate) fn next_timer(&self) -> Option<Ms> {
        let own = match &self.state {
            State::Reaching => None,
            State::Over => return None,
            State::Asking { client, .. } => client.next_timer(),
            State::Resting { refresh } => Some(*refresh),
            State::Pausing { until } => Some(*until),
            State::Leaving { client, until, .. } => {
                Some(client.next_timer().map_or(*until, |next| next.min(*until)))
            }
        };
        own.into_iter().chain(self.lapse).chain(self.patience).chain(self.silence).min()
    }

    /// Time has passed.
    pub(crate) fn wake(&mut self, now: Ms) {
        self.lose_patience(now);
        match &mut self.state {
            State::Asking { client, sent, .. } => match client.wake(now) {
                Some(Step::Again) => {
                    *sent = now;
                    self.acts.push_back(Act::Again);
                }
                Some(Step::GiveUp) => {
                    self.acts.push_back(Act::Doubt);
                    self.pause(now, ("unreachable", None), None);
                }
                None => {}
            },
            State::Resting { refresh } if now >= *refresh => self.begin(now),
            State::Pausing { until } if now >= *until => self.reach(),
            State::Leaving { until, .. } if now >= *until => self.end(),
            State::Leaving { client, .. } => match client.wake(now) {
                Some(Step::Again) => self.acts.push_back(Act::Again),
                Some(Step::GiveUp) | None => {}
            },
            State::Reaching | State::Resting { .. } | State::Pausing { .. } | State::Over => {}
        }
    }

    /// The service ends: gives the subscription back, if there is one.
    pub(crate) fn leave(&mut self, now: Ms) {
        self.patience = None;
        self.silence = None;
        self.lapse = None;
        let held = self.dialogue.is_some();
        if let Some(request) = held.then(|| self.request(now, 0)).flatten() {
            let branch = request.branch.clone();
            let until = match self.state {
                State::Leaving { until, .. } => until,
                State::Reaching
                | State::Asking { .. }
                | State::Resting { .. }
                | State::Pausing { .. }
                | State::Over => now.saturating_add(GOODBYE),
            };
            let client = Client::sent(now, self.way);
            self.state = State::Leaving { branch, client, until, answered: false, noticed: false };
            self.acts.push_back(Act::Send(request));
        } else {
            self.end();
        }
    }

    fn ask(&mut self, now: Ms, correction: bool) {
        if let Some(request) = self.request(now, self.wanted_s) {
            let client = Client::sent(now, self.way);
            let branch = request.branch.clone();
            self.state = State::Asking { branch, client, sent: now, correction };
            self.acts.extend([Act::Asked, Act::Send(request)]);
        } else {
            self.reach();
        }
    }

    fn reach(&mut self) {
        self.state = State::Reaching;
        self.acts.push_back(Act::Reach);
    }

    fn end(&mut self) {
        self.state = State::Over;
        self.acts.push_back(Act::Over);
    }

    fn request(&mut self, now: Ms, expires_s: u32) -> Option<Request> {
        let contact = self.contact?;
        self.cseq = self.cseq.wrapping_add(1);
        self.asked = now;
        let end = self.dialogue.as_ref().map(|dialogue| &dialogue.end);
        let target = end.and_then(|end| end.target.as_ref()).unwrap_or(&self.watched).clone();
        let credentials = self.keys.answers(&self.who, "SUBSCRIBE", &target, &mut self.rng);
        Some(Request {
            // RFC 3261 §8.1.1.7: the cookie says that the branch is unique
            branch: format!("z9hG4bK{:016x}", self.rng.next_u64()),
            dialog: self.count,
            cseq: self.cseq,
            expires_s,
            contact,
            to_tag: end.map(|end| end.tag.clone()),
            routes: end.map(|end| end.routes.clone()).unwrap_or_default(),
            target,
            credentials,
        })
    }
}

#[cfg(test)]
mod tests;

//! A small PBX that exists only in the demo: it lets one telephone register and rings it, in real
//! SIP. A pure machine; [`super::play`] gives it a socket and a clock.

mod lamps;
mod wire;
mod write;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::plan::{Fate, Part};
use crate::kernel::{Moment, Secret};
use crate::sip::read::Name;
use lamps::{Lamp, Lamps};
use wire::{Seen, digest};

/// RFC 3261 §17.1.1.1: the first pause before a message is sent again, in milliseconds.
const T1_MS: i64 = 500;
/// How long people talk in the demo, in milliseconds.
const SHORTEST_TALK_MS: i64 = 6_000;
const LONGEST_TALK_MS: i64 = 25_000;
/// After this long without an answer a message is not sent again.
const PATIENCE_MS: i64 = 64 * T1_MS;

/// A message and where it goes.
pub struct Outgoing {
    /// The text.
    pub text: String,
    /// To whom.
    pub to: SocketAddr,
}

/// The PBX: who may register, who has, and the calls it has placed.
pub struct Pbx {
    here: SocketAddr,
    username: String,
    password: Secret,
    nonce: String,
    /// Who registered: the request URI of its calls and where its packets come from.
    telephone: Option<(String, SocketAddr)>,
    /// By Call-ID.
    calls: BTreeMap<String, Placed>,
    /// Who talks, and until when.
    talks: BTreeMap<String, Moment>,
    lamps: Lamps,
    chance: StdRng,
}

struct Placed {
    to: SocketAddr,
    uri: String,
    from: String,
    branch: String,
    hotline: String,
    cseq: u32,
    fate: Fate,
    cycle_ms: i64,
    stage: Stage,
    /// The To header as the telephone tagged it.
    to_header: String,
    /// When this stage began.
    since: Moment,
    /// When it is sent again, and after which pause.
    again: Option<(Moment, i64)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// INVITE sent, no answer yet.
    Inviting,
    /// 100 came, no 180 yet.
    Trying,
    /// 180 came; its fate comes at this moment.
    Ringing { until: Moment },
    /// CANCEL sent.
    Cancelling,
    /// CANCEL answered with 200; the 487 is awaited.
    Cancelled,
    /// 487 acknowledged; kept for its repetitions.
    Over,
}

impl Pbx {
    /// A PBX on this address with one account.
    pub fn new(here: SocketAddr, username: &str, password: Secret, seed: u64) -> Self {
        let mut chance = StdRng::seed_from_u64(seed);
        let nonce = format!("{:032x}", chance.random::<u128>());
        Self {
            here,
            username: username.to_owned(),
            password,
            nonce,
            telephone: None,
            calls: BTreeMap::new(),
            talks: BTreeMap::new(),
            lamps: Lamps::default(),
            chance,
        }
    }

    /// Whether anyone is registered, so that a call can be placed.
    pub fn can_ring(&self) -> bool {
        self.telephone.is_some()
    }

    /// Rings the registered telephone; nothing where there is none.
    pub fn ring(
        &mut self,
        part: &Part,
        hotline: &str,
        cycle_ms: i64,
        now: Moment,
    ) -> Vec<Outgoing> {
        let Some((uri, to)) = self.telephone.clone() else { return Vec::new() };
        let tag: u64 = self.chance.random();
        let from = match &part.caller.number {
            Some(number) => {
                format!("\"{}\" <sip:{number}@{}>;tag={tag:016x}", part.caller.name, self.here.ip())
            }
            None => {
                format!("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag={tag:016x}")
            }
        };
        let call = Placed {
            to,
            to_header: format!("<{uri}>"),
            uri,
            from,
            branch: format!("z9hG4bKPj{}", self.fresh(now)),
            hotline: hotline.to_owned(),
            cseq: self.chance.random_range(1..30_000),
            fate: part.fate,
            cycle_ms,
            stage: Stage::Inviting,
            since: now,
            again: Some((now.plus_millis(T1_MS), T1_MS)),
        };
        let call_id = self.fresh(now);
        let text = self.invite(&call, &call_id);
        self.calls.insert(call_id, call);
        vec![Outgoing { text, to }]
    }

    /// A name no call had before, also not in an earlier run with the same seed.
    fn fresh(&mut self, now: Moment) -> String {
        format!("{:016x}{:016x}", now.millis(), self.chance.random::<u64>())
    }

    /// A datagram came.
    pub fn hear(&mut self, datagram: &[u8], from: SocketAddr, now: Moment) -> Vec<Outgoing> {
        let Some(seen) = Seen::read(datagram) else { return Vec::new() };
        let mut texts = match seen.status() {
            Some(status) => self.answer_came(&seen, status, now),
            None => self.request_came(&seen, from),
        };
        texts.extend(self.light());
        texts
    }

    /// Tells what the telephones do to whoever watches them.
    fn light(&mut self) -> Vec<Outgoing> {
        let rings = |call: &&Placed| matches!(call.stage, Stage::Ringing { .. });
        // as on a real PBX a lamp shows the call that rings longest
        let first = self.calls.values().filter(rings).min_by_key(|call| call.since);
        let caller = first.map(|call| call.from.clone());
        let talks = &self.talks;
        self.lamps.show(self.here, |extension| match &caller {
            _ if talks.contains_key(extension) => Lamp::Talks,
            Some(caller) => Lamp::Rings(caller.clone()),
            None => Lamp::Idle,
        })
    }

    /// A talk is over there.
    fn hang_up(&mut self, extension: &str) -> Vec<Outgoing> {
        self.talks.remove(extension);
        self.lamps.dark(self.here, extension)
    }

    /// Someone lifts a telephone that is free, and talks for a while; where none is, the one that
    /// talked longest hangs up first.
    fn lift(&mut self, now: Moment) -> Vec<Outgoing> {
        let mut told = Vec::new();
        let all_talk = self.lamps.extensions().all(|one| self.talks.contains_key(one));
        let first = self.talks.iter().min_by_key(|(_, until)| **until);
        if let Some(first) = first.map(|(one, _)| one.clone()).filter(|_| all_talk) {
            told = self.hang_up(&first);
        }
        let free: Vec<String> = self
            .lamps
            .extensions()
            .filter(|extension| !self.talks.contains_key(*extension))
            .cloned()
            .collect();
        let place = self.chance.random_range(0..free.len().max(1));
        if let Some(extension) = free.into_iter().nth(place) {
            let talk_ms = self.chance.random_range(SHORTEST_TALK_MS..LONGEST_TALK_MS);
            self.talks.insert(extension, now.plus_millis(talk_ms));
        }
        told.extend(self.light());
        told
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Moment) -> Vec<Outgoing> {
        let mut due = Vec::new();
        let mut lifted = 0;
        // who hung up is told before what rings there next
        let over = |until: &Moment| *until <= now;
        let ended: Vec<String> = self
            .talks
            .iter()
            .filter(|(_, until)| over(until))
            .map(|(one, _)| one.clone())
            .collect();
        let mut told: Vec<_> = ended.iter().flat_map(|one| self.hang_up(one)).collect();
        for (call_id, call) in &mut self.calls {
            if let Stage::Ringing { until } = call.stage
                && until <= now
            {
                call.stage = Stage::Cancelling;
                call.since = now;
                call.again = Some((now.plus_millis(T1_MS), T1_MS));
                lifted += usize::from(matches!(call.fate, Fate::Answered(_)));
                due.push(call_id.clone());
            } else if let Some((at, pause)) = call.again
                && at <= now
            {
                let pause = (pause * 2).min(8 * T1_MS);
                let patient = now.millis_since(call.since) < PATIENCE_MS;
                call.again = patient.then(|| (now.plus_millis(pause), pause));
                if !patient {
                    call.stage = Stage::Over;
                }
                due.push(call_id.clone());
            }
        }
        for _ in 0..lifted {
            told.extend(self.lift(now));
        }
        told.extend(self.light());
        let texts = due.iter().filter_map(|call_id| {
            let call = self.calls.get(call_id)?;
            let text = match call.stage {
                Stage::Inviting => self.invite(call, call_id),
                Stage::Cancelling => self.cancel(call, call_id),
                Stage::Trying | Stage::Ringing { .. } | Stage::Cancelled | Stage::Over => {
                    return None;
                }
            };
            Some(Outgoing { text, to: call.to })
        });
        told.extend(texts);
        let forgotten =
            |call: &Placed| call.stage == Stage::Over && now.millis_since(call.since) > PATIENCE_MS;
        self.calls.retain(|_, call| !forgotten(call));
        told
    }

    /// When [`Pbx::wake`] has something to do.
    pub fn next_due(&self) -> Option<Moment> {
        let due = |call: &Placed| match call.stage {
            Stage::Ringing { until } => Some(until),
            Stage::Over => Some(call.since.plus_millis(PATIENCE_MS + 1)),
            Stage::Inviting | Stage::Trying | Stage::Cancelling | Stage::Cancelled => {
                call.again.map(|(at, _)| at)
            }
        };
        self.calls.values().filter_map(due).chain(self.talks.values().copied()).min()
    }

    fn answer_came(&mut self, seen: &Seen<'_>, status: u16, now: Moment) -> Vec<Outgoing> {
        let Some(call_id) = seen.header(Name::CallId) else { return Vec::new() };
        let Some(call) = self.calls.get_mut(call_id) else { return Vec::new() };
        let to_cancel = seen.header(Name::CSeq).is_some_and(|cseq| cseq.ends_with("CANCEL"));
        match (status, to_cancel) {
            (100, false) if call.stage == Stage::Inviting => {
                call.stage = Stage::Trying;
                call.again = None;
            }
            (101..=199, false) if matches!(call.stage, Stage::Inviting | Stage::Trying) => {
                let until = now.plus_millis(call.fate.after_ms(call.cycle_ms));
                call.stage = Stage::Ringing { until };
                call.again = None;
            }
            (200.., true) if call.stage == Stage::Cancelling => {
                call.stage = Stage::Cancelled;
                call.again = None;
            }
            (300.., false) => {
                if let Some(to) = seen.header(Name::To) {
                    to.clone_into(&mut call.to_header);
                }
                call.stage = Stage::Over;
                call.since = now;
                call.again = None;
                let Some(call) = self.calls.get(call_id) else { return Vec::new() };
                return vec![Outgoing { text: self.ack(call, call_id), to: call.to }];
            }
            _ => {}
        }
        Vec::new()
    }

    fn request_came(&mut self, seen: &Seen<'_>, from: SocketAddr) -> Vec<Outgoing> {
        let answer = match seen.method() {
            "SUBSCRIBE" => return self.lamps.subscribe(seen, self.here, from),
            "REGISTER" if !self.proves(seen) => {
                let nonce = &self.nonce;
                seen.answer(
                    "401 Unauthorized",
                    &format!(
                        "WWW-Authenticate: Digest realm=\"{REALM}\",nonce=\"{nonce}\",\
                         algorithm=MD5,qop=\"auth\"\r\n"
                    ),
                )
            }
            "REGISTER" => {
                let contact = seen.header(Name::Contact).unwrap_or_default();
                let expires = seen.expires().min(120);
                let uri = contact.split(['<', '>']).nth(1).filter(|_| expires > 0);
                self.telephone = uri.map(|uri| (uri.to_owned(), from));
                let bound = uri.map(|uri| format!("Contact: <{uri}>;expires={expires}\r\n"));
                seen.answer("200 OK", &bound.unwrap_or_default())
            }
            "OPTIONS" => {
                seen.answer("200 OK", "Allow: INVITE, ACK, CANCEL, OPTIONS, REGISTER, MESSAGE\r\n")
            }
            // the telephones of the demo take short messages
            "MESSAGE" => seen.answer("200 OK", ""),
            "ACK" => return Vec::new(),
            _ => seen.answer("501 Not Implemented", ""),
        };
        vec![Outgoing { text: answer, to: from }]
    }

    /// RFC 2617 §3.2.2 with `qop=auth`.
    fn proves(&self, seen: &Seen<'_>) -> bool {
        let Some(given) = seen.header(Name::Authorization) else { return false };
        let field = |name| wire::parameter(given, name).unwrap_or_default();
        let known = field("username") == self.username && field("nonce") == self.nonce;
        let ours = digest(&[
            &digest(&[&self.username, REALM, self.password.reveal()]),
            &self.nonce,
            field("nc"),
            field("cnonce"),
            field("qop"),
            &digest(&["REGISTER", field("uri")]),
        ]);
        known && ours == field("response")
    }
}

const REALM: &str = "demo";

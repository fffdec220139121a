//! From mirrored messages to sightings: what a PBX and everyone around it say to each other, told
//! as facts about legs.
//!
//! A pure machine: messages go in with their times, [`Heard`] comes out. It knows no socket and no
//! clock, and it trusts no byte: what is kept is bounded, and a message costs the same however many
//! were there before it.

mod asks;
mod detour;
mod ends;
mod legs;
pub(super) mod recent;
mod strays;
mod talk;
mod telephones;
mod tell;
mod unseen;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use self::detour::Detours;
use self::ends::{Ends, Sides};
use self::legs::{Fit, Hidden, Leg, Legs, Stage, Tags};
use self::strays::{Ending, Stray, Strays};
pub use self::telephones::Telephone;
use self::tell::{sighting, who};
use super::read::{self, Framing, Message, Name, Unnamed};
use super::{End, Heard, LegKey, Mirrored, Role, What};
use crate::config::Pbx;
use crate::kernel::{Moment, PbxId};

/// Legs that are known at once.
const MOST_LEGS: usize = 32_768;
/// An INVITE that may be challenged is told of when so much has passed, in milliseconds.
const CHALLENGE_MS: i64 = 500;
/// A talk is given up after this, in milliseconds.
const TALK_MS: i64 = 12 * 3_600_000;
/// An ended leg is remembered for so long, in milliseconds: nothing is repeated for longer (RFC
/// 3261 §17.1.1.2: 32 s).
const OVER_MS: i64 = 40_000;
/// What comes by more than this after its time is late, in milliseconds.
const LATE_MS: i64 = 250;
/// Messages of one leg that are shown.
const MOST_SHOWN: u16 = 512;

/// Turns mirrored messages into sightings and wires.
#[derive(Debug)]
pub struct Sorter {
    ends: Ends,
    legs: Legs,
    detours: Detours,
    strays: Strays,
    most_legs: usize,
    shows: u16,
    dropped: BTreeMap<&'static str, u64>,
}

/// One message with what was read of it.
struct Came<'a> {
    heard: &'a Mirrored<'a>,
    message: &'a Message<'a>,
    key: LegKey,
    tags: Tags,
    /// The number of its `CSeq`.
    number: u32,
    /// The method of its `CSeq`.
    method: &'a [u8],
}

impl Sorter {
    /// A sorter for these PBXes, in the order of the configuration.
    pub fn new(pbx: &[Pbx]) -> Self {
        Self::of(Ends::new(pbx, false))
    }

    /// The same for a capture that may come from somewhere else: as long as no PBX is heard at its
    /// address, whoever is invited is taken for one.
    pub fn guessing(pbx: &[Pbx]) -> Self {
        Self::of(Ends::new(pbx, true))
    }

    fn of(ends: Ends) -> Self {
        let (legs, detours, strays) = (Legs::default(), Detours::default(), Strays::default());
        Self {
            ends,
            legs,
            detours,
            strays,
            most_legs: MOST_LEGS,
            shows: MOST_SHOWN,
            dropped: BTreeMap::new(),
        }
    }

    /// The same without wires: for who wants no ladders.
    #[must_use]
    pub const fn without_wires(mut self) -> Self {
        self.shows = 0;
        self
    }

    /// The name of a PBX stands for these addresses now.
    pub fn learn(&mut self, pbx: PbxId, addresses: &[SocketAddr]) {
        self.ends.learn(pbx, addresses);
    }

    /// How many messages and legs were dropped since the beginning, by reason; the reasons are
    /// short words for a meter.
    pub const fn dropped(&self) -> &BTreeMap<&'static str, u64> {
        &self.dropped
    }

    /// How many legs are known, those that ended lately included.
    pub fn legs(&self) -> usize {
        self.legs.len()
    }

    /// Whether a leg goes on whose first message was told late: by the network, or by a clock that is
    /// behind.
    pub fn late_goes_on(&mut self) -> bool {
        self.legs.late_goes_on()
    }

    /// What was seen of telephones: who is registered, who rang.
    pub fn telephones(&self) -> Vec<Telephone> {
        self.ends.telephones.all()
    }

    /// When [`Sorter::wake`] wants to be called.
    pub fn next_timer(&self) -> Option<Moment> {
        self.legs.next().map(|(due, _)| due)
    }

    /// Lets time pass, by our own clock.
    pub fn wake(&mut self, now: Moment, tell: &mut impl FnMut(Heard)) {
        while let Some((due, id)) = self.legs.next().filter(|(due, _)| *due <= now) {
            let Some(leg) = self.legs.get(id) else { return };
            if matches!(leg.stage, Stage::Hidden(_)) {
                self.reveal(id, tell);
                continue;
            }
            let Some(leg) = self.legs.remove(id) else { return };
            if !leg.is_over() {
                self.drop("lost");
                tell(sighting(leg.pbx, due, due, leg.key, What::Lost));
            }
        }
    }

    /// Takes a message into account.
    pub fn hear(&mut self, heard: &Mirrored<'_>, tell: &mut impl FnMut(Heard)) {
        self.wake(heard.heard_at, tell);
        let message = match Message::parse(heard.payload, Framing::Datagram) {
            Ok(message) => message,
            Err(why) => return self.drop(why.label()),
        };
        let Some((number, method)) = message.get(Name::CSeq).and_then(read::cseq) else {
            return self.drop("no_cseq");
        };
        match method {
            b"REGISTER" => {
                if matches!(message.code(), Some(200..=299)) {
                    let way = (heard.source, heard.destination);
                    self.ends.registered(&message, way, heard.heard_at);
                }
                return;
            }
            b"NOTIFY" if asks::progress(&message).is_some() => {}
            b"SUBSCRIBE" | b"NOTIFY" | b"OPTIONS" | b"PUBLISH" | b"MESSAGE" => return,
            _ => {}
        }
        if message.method().is_some_and(|asked| asked != method) {
            return self.drop("no_cseq");
        }
        let Some(key) = read::leg_key(&message) else { return self.drop("no_leg") };
        let tags = Tags::of(&message);
        let came = Came { heard, message: &message, key, tags, number, method };
        self.sort(&came, tell);
    }

    fn sort(&mut self, came: &Came<'_>, tell: &mut impl FnMut(Heard)) {
        let invites = came.method == b"INVITE";
        let asks = came.message.method().is_some();
        if invites && asks && came.tags.to.is_some() {
            self.strays.invited_again(&came.key);
        } else if matches!(came.method, b"INVITE" | b"CANCEL" | b"ACK")
            && let Some(id) = self.legs.exact(&came.key)
        {
            return self.follow(id, came, tell);
        } else if invites && asks {
            return self.invited(came, tell);
        }
        let hop = (came.heard.source, came.heard.destination);
        let found = self.legs.in_dialog(&came.key.call_id, came.tags, hop);
        let code = came.message.code().filter(|_| invites);
        if let Some(code @ 101..=299) = code
            && !self.strays.is_inside(&came.key)
        {
            let within = found.filter(|(_, fit)| matches!(fit, Fit { peer: 2, whole: true, .. }));
            if within.is_none_or(|(id, _)| self.was_within(id, came, tell)) {
                return self.answered_unseen(came, code, tell);
            }
        }
        match (found, came.message.method()) {
            (_, Some(b"CANCEL")) if came.tags.to.is_none() => self.stray(came, tell),
            (None, Some(b"BYE")) => self.stray(came, tell),
            (Some((id, _)), _) => self.inside(id, came, tell),
            (None, _) => self.drop("no_leg_known"),
        }
    }

    /// An INVITE that begins a leg.
    fn invited(&mut self, came: &Came<'_>, tell: &mut impl FnMut(Heard)) {
        let Mirrored { source, destination, .. } = *came.heard;
        let Some(sides) = self.ends.sides_of_invite(came.message, source, destination) else {
            return self.drop("no_pbx");
        };
        let role = self.ends.role(came.message, &sides, sides.received);
        let mut offer = read::offer(came.message);
        let role = self.or_returned(role, &sides, &offer.caller, came, tell);
        offer.came_on = self.came_on(&role, sides.pbx, &offer.caller, came.heard.at);
        offer.role = role.clone();
        // what a PBX sends has its own Contact
        let unnamed = if sides.received { Unnamed::of_caller } else { Unnamed::of };
        let unnamed = unnamed(came.message).map(Box::new);
        let caller = offer.caller.clone();
        if let Some(id) = self.begin(came, &sides, role, offer, unnamed) {
            self.note_way(id, &sides, &caller, came, tell);
            self.show(id, came, tell);
            let Some(leg) = self.legs.get(id) else { return };
            // whoever is outside, or is no telephone we know, may have to say who they are first
            if matches!(leg.role, Role::Member | Role::Phone(_) | Role::Returned(_)) {
                self.reveal(id, tell);
            }
            self.came_back(id, &caller, tell);
            self.overtaken(id, came, tell);
        }
    }

    fn begin(
        &mut self,
        came: &Came<'_>,
        sides: &Sides,
        role: Role,
        offer: super::Offer,
        unnamed: Option<Box<Unnamed>>,
    ) -> Option<u64> {
        let Mirrored { at, heard_at, .. } = *came.heard;
        let first_hand = role == Role::Member && self.ends.is_member(sides.pbx);
        let leg = Leg {
            key: came.key.clone(),
            pbx: sides.pbx,
            role,
            stage: Stage::Hidden(Box::new(Hidden { at, heard_at, offer, wires: Vec::new() })),
            caller_tag: came.tags.from,
            callee_tag: None,
            local: sides.local,
            peer: sides.peer,
            unseen: came.message.code().is_some(),
            unnamed,
            shows: if first_hand { 0 } else { self.shows },
            held: false,
            refer: None,
            session_ms: None,
            since: at,
            over_at: None,
            due: heard_at.plus_millis(CHALLENGE_MS),
        };
        if self.legs.len() >= self.most_legs
            && let Some((_, soonest)) = self.legs.next()
        {
            // what is over goes before what rings, and that before what talks
            self.legs.remove(soonest);
            self.drop("too_many_legs");
        }
        let id = self.legs.add(leg, heard_at.millis_since(at) > LATE_MS);
        if id.is_none() {
            self.drop("too_many_forks");
        }
        id
    }

    /// A message of the very transaction that began a leg.
    fn follow(&mut self, id: u64, came: &Came<'_>, tell: &mut impl FnMut(Heard)) {
        let Mirrored { at, heard_at, .. } = *came.heard;
        let Some(leg) = self.legs.get(id) else { return };
        if came.message.method() == Some(b"INVITE") && std::mem::take(&mut leg.unseen) {
            return self.seen_after_all(id, came, tell);
        }
        let waits = matches!(leg.stage, Stage::Hidden(_));
        let code = came.message.code().filter(|_| came.method == b"INVITE");
        match (code, came.message.method()) {
            (Some(401 | 407), _) if waits => {
                leg.stage = Stage::Challenged;
                return self.legs.until(id, heard_at.plus_millis(OVER_MS));
            }
            (Some(401 | 407), _) => {
                // told too early: the next INVITE is the call
                if !matches!(leg.stage, Stage::Talking) {
                    self.end(id, at, heard_at, What::Lost, tell);
                }
            }
            (Some(code), _) => {
                self.reveal(id, tell);
                self.answered(id, came, code, tell);
            }
            // one that crossed the 200 has no effect (RFC 3261 §9.1)
            (None, Some(b"CANCEL")) if matches!(leg.stage, Stage::Talking) => {}
            (None, Some(b"CANCEL")) => {
                let why = read::reasons(came.message);
                self.end(id, at, heard_at, What::Withdrawn(why), tell);
            }
            (None, _) => {}
        }
        self.show(id, came, tell);
    }

    /// Tells what an answer to the INVITE of a leg says.
    fn answered(&mut self, id: u64, came: &Came<'_>, code: u16, tell: &mut impl FnMut(Heard)) {
        let Mirrored { at, heard_at, .. } = *came.heard;
        let Some(leg) = self.legs.get(id) else { return };
        if let (180 | 200..=299, Role::Phone(phone) | Role::Placed(phone)) = (code, &leg.role) {
            self.ends.telephones.rang(leg.pbx, phone, heard_at);
        }
        let what = match (code, &leg.stage) {
            (180, Stage::Offered) => {
                leg.stage = Stage::Ringing;
                What::Alerted
            }
            (200..=299, Stage::Offered | Stage::Ringing) => {
                leg.stage = Stage::Talking;
                leg.callee_tag = came.tags.to;
                self.legs.until(id, heard_at.plus_millis(TALK_MS));
                self.refreshed(id, came);
                What::Answered
            }
            (300.., Stage::Offered | Stage::Ringing) => {
                return self.end(id, at, heard_at, What::Refused(code), tell);
            }
            _ => return,
        };
        self.tell(id, at, heard_at, what, tell);
    }

    /// The end of a leg that is not known, or not yet.
    fn stray(&mut self, came: &Came<'_>, tell: &mut impl FnMut(Heard)) {
        let Mirrored { at, heard_at, source, destination, .. } = *came.heard;
        let Some(sides) = self.ends.sides(source, destination) else {
            return self.drop("no_pbx");
        };
        let cancels = came.method == b"CANCEL";
        let why = read::reasons(came.message);
        let end = if cancels { Ending::Cancel(why) } else { Ending::Bye(came.tags) };
        let stray = Stray { at, heard_at, key: came.key.clone(), end };
        if !self.strays.keep(stray) || self.legs.knows(&came.key.call_id) {
            return self.drop("no_leg_known");
        }
        let what = if cancels {
            What::Withdrawn(why)
        } else {
            // a telephone was called by the PBX, whoever is outside called it
            let phone = self.ends.role(came.message, &sides, sides.received);
            let phone = matches!(phone, Role::Placed(_) | Role::Phone(_) | Role::Member);
            What::Ended(if phone == sides.received { End::Callee } else { End::Caller })
        };
        let key = LegKey { call_id: came.key.call_id.clone(), branch: "".into() };
        tell(sighting(sides.pbx, at, heard_at, key, what));
    }

    /// What was heard of a leg before its INVITE.
    fn overtaken(&mut self, id: u64, came: &Came<'_>, tell: &mut impl FnMut(Heard)) {
        let Mirrored { at, heard_at, .. } = *came.heard;
        while let Some(stray) = self.strays.take(&came.key, came.tags.from, heard_at) {
            let Some(leg) = self.legs.get(id) else { return };
            let what = match stray.end {
                Ending::Cancel(why) => What::Withdrawn(why),
                Ending::Bye(tags) => What::Ended(who(leg, tags)),
            };
            self.end(id, stray.at.max(at), heard_at, what, tell);
        }
    }

    fn drop(&mut self, why: &'static str) {
        let count = self.dropped.entry(why).or_default();
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests;

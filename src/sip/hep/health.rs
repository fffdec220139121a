//! Who mirrors to us, whose calls, what their clocks say, and who fell silent.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use super::clock::{ClockState, SenderClock};
use super::gate::Passed;
use crate::kernel::{Moment, PbxId};
use crate::sip::{Heard, LineChange, LineState, SetBack, Source};

/// A mirror that gives nothing for so long is silent: PBXes register, qualify and are qualified all
/// the time.
const SILENT_MS: i64 = 120_000;
/// Most senders that are known at once; the one that was silent longest makes room.
const MANY: usize = 64;

/// Somebody who mirrors signalling to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    /// From which address.
    pub peer: IpAddr,
    /// Which of its captures; 0 where it does not say.
    pub capture_id: u32,
    /// Whose signalling it mirrors, once a message named a PBX.
    pub pbx: Option<PbxId>,
    /// Packets since we started, or since it was forgotten.
    pub packets: u64,
    /// When the last one came.
    pub last_at: Option<Moment>,
    /// What is known of its clock.
    pub clock: ClockState,
    /// Since when it has given nothing, once that is two minutes.
    pub silent_since: Option<Moment>,
}

/// A PBX whose mirrored signalling is expected, or may come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Its name in the configuration.
    pub name: String,
    /// Nothing else tells us of its calls: it is missed even if it was never heard.
    pub alone: bool,
}

/// What is mirrored of one PBX, whoever sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorLine {
    /// Which PBX.
    pub pbx: PbxId,
    /// `Trying` before anything came; `Hearing`; `Down` when it is missed.
    pub state: LineState,
    /// Since when.
    pub since: Moment,
    /// When the last packet of it came.
    pub last_at: Option<Moment>,
}

/// All senders and all lines.
#[derive(Debug)]
pub(super) struct Mirrors {
    senders: BTreeMap<(IpAddr, u32), Sender>,
    lines: Vec<Line>,
    places: Vec<(SocketAddr, PbxId)>,
}

#[derive(Debug)]
struct Sender {
    packets: u64,
    last_at: Moment,
    pbx: Option<PbxId>,
    clock: SenderClock,
    said: ClockState,
}

/// The mirror of one PBX.
#[derive(Debug)]
struct Line {
    pbx: PbxId,
    state: LineState,
    /// Nothing else tells us of this PBX.
    alone: bool,
    /// Since when it has been what it is.
    since: Moment,
    /// When it was heard last.
    last_at: Option<Moment>,
    /// The same; before that, when we began to listen.
    heard_at: Moment,
    /// A message named it by its address: from then on only such messages are its own.
    named: bool,
}

impl Mirrors {
    /// The mirrors of so many PBXes, none heard yet. Without any PBX in the configuration what is
    /// mirrored is the first one's.
    pub(super) fn new(expected: &[Expected], now: Moment) -> Self {
        let line = |(index, alone): (u16, bool)| Line {
            pbx: PbxId(index),
            state: LineState::Trying,
            alone,
            since: now,
            last_at: None,
            heard_at: now,
            named: false,
        };
        let none = expected.is_empty().then_some(true);
        let alone = expected.iter().map(|pbx| pbx.alone).chain(none);
        let lines = (0..).zip(alone).map(line).collect();
        Self { senders: BTreeMap::new(), lines, places: Vec::new() }
    }

    /// The name of a PBX stands for these addresses now.
    pub(super) fn learn(&mut self, pbx: PbxId, addresses: &[SocketAddr]) {
        self.places.retain(|(_, known)| *known != pbx);
        self.places.extend(addresses.iter().map(|&address| (address, pbx)));
    }

    /// A packet came: when its message passed, by our clock; and what else that tells: that its line came up,
    /// or that the sender's clock had been set back.
    /// `ours` is when the same message passed at our own socket, if it did; `bends` says whether
    /// something goes on that a correction of the sender's clock would bend.
    pub(super) fn hear(
        &mut self,
        sender: (IpAddr, u32),
        heard_at: Moment,
        message: Option<&Passed>,
        ours: Option<Moment>,
        bends: impl FnOnce() -> bool,
    ) -> (Moment, Vec<Heard>) {
        let of = message.and_then(|passed| self.of(passed));
        if !self.senders.contains_key(&sender) {
            self.make_room();
        }
        let known = self.senders.entry(sender).or_insert_with(|| Sender {
            packets: 0,
            last_at: heard_at,
            pbx: None,
            clock: SenderClock::new(),
            said: ClockState::default(),
        });
        known.packets = known.packets.saturating_add(1);
        known.last_at = heard_at;
        known.pbx = of.or(known.pbx);
        // of unknown ends: whose they are is known only as long as nothing better is
        let guess = known.pbx.or((self.lines.len() == 1).then_some(PbxId(0)));
        let stamp = message.and_then(|passed| passed.stamp);
        if let Some((ours, stamp)) = ours.zip(stamp) {
            known.clock.known(ours, stamp);
        }
        let at = stamp.map_or(heard_at, |stamp| known.clock.hear(stamp, heard_at, bends));
        let (pbx, exact) = (of.or(guess), of.is_some());
        let mut lines = self.lines.iter_mut();
        let line = lines.find(|line| Some(line.pbx) == pbx && (exact || !line.named));
        let change = line.and_then(|line| {
            line.named |= exact;
            line.heard_at = heard_at;
            line.last_at = Some(heard_at);
            line.turn(heard_at, heard_at, LineState::Hearing)
        });
        let pbx = known.pbx.or(guess);
        let set_back = known.clock.set_back().zip(pbx).map(|(found, pbx)| {
            Heard::SetBack(SetBack { at: heard_at, pbx, since: found.since, by_ms: found.by_ms })
        });
        (at, change.map(Heard::Line).into_iter().chain(set_back).collect())
    }

    /// Whose message it was: an address with its port weighs more than a host.
    fn of(&self, passed: &Passed) -> Option<PbxId> {
        let ends = [passed.source, passed.destination];
        let exact = self.places.iter().find(|(address, _)| ends.contains(address));
        let host =
            |(address, _): &&(SocketAddr, PbxId)| ends.iter().any(|end| end.ip() == address.ip());
        exact.or_else(|| self.places.iter().find(host)).map(|(_, pbx)| *pbx)
    }

    fn make_room(&mut self) {
        if self.senders.len() < MANY {
            return;
        }
        let longest = self.senders.iter().min_by_key(|(_, sender)| sender.last_at);
        if let Some(longest) = longest.map(|(name, _)| *name) {
            self.senders.remove(&longest);
        }
    }

    /// Which lines fell silent by now: each since its last packet, or since we began to listen.
    ///
    /// A PBX that never mirrored anything and tells us of its calls in another way is missed only
    /// while none mirrors: of several it may be the one that cannot.
    pub(super) fn look(&mut self, now: Moment) -> Vec<LineChange> {
        let heard = |line: &Line| !matches!(line.state, LineState::Trying);
        let any = self.lines.iter().any(heard);
        let silent = self
            .lines
            .iter_mut()
            .filter(|line| !any || line.alone || heard(line))
            .filter(|line| now.millis_since(line.heard_at) >= SILENT_MS);
        let down = LineState::Down { reason: "silent", status: None };
        silent.filter_map(|line| line.turn(now, line.heard_at, down.clone())).collect()
    }

    /// What is mirrored of each PBX, in the order of the configuration.
    pub(super) fn lines(&self) -> Vec<MirrorLine> {
        let show = |line: &Line| MirrorLine {
            pbx: line.pbx,
            state: line.state.clone(),
            since: line.since,
            last_at: line.last_at,
        };
        self.lines.iter().map(show).collect()
    }

    /// What is shown of the senders, in the order of their addresses. A clock that turned wrong or
    /// right is logged.
    pub(super) fn show(&mut self, now: Moment) -> Vec<Mirror> {
        let show = |(&(peer, capture_id), sender): (&(IpAddr, u32), &mut Sender)| {
            let clock = sender.clock.state();
            if clock.corrected != sender.said.corrected {
                say(peer, clock);
                sender.said = clock;
            }
            let silent = now.millis_since(sender.last_at) >= SILENT_MS;
            Mirror {
                peer,
                capture_id,
                pbx: sender.pbx,
                packets: sender.packets,
                last_at: Some(sender.last_at),
                clock,
                silent_since: silent.then_some(sender.last_at),
            }
        };
        self.senders.iter_mut().map(show).collect()
    }
}

impl Line {
    fn turn(&mut self, at: Moment, since: Moment, state: LineState) -> Option<LineChange> {
        if self.state == state {
            return None;
        }
        self.state = state.clone();
        self.since = since;
        Some(LineChange { at, since, source: Source::Mirror { pbx: self.pbx }, state })
    }
}

fn say(peer: IpAddr, ClockState { offset_ms, corrected }: ClockState) {
    if corrected {
        tracing::warn!(peer.ip = %peer, offset_ms, "the clock of the mirror at {peer} is off by {offset_ms} ms; what it tells is dated by ours");
    } else {
        tracing::info!(peer.ip = %peer, offset_ms, "the clock of the mirror at {peer} is right");
    }
}

#[cfg(test)]
mod tests;

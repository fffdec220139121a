//! The legs that are known, how a message finds its own, and when each is given up.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use crate::kernel::{Moment, PbxId};
use crate::sip::read::{Message, Name, Unnamed, name_addr, param};
use crate::sip::{LegKey, Offer, Referral, Role, Wire};

/// Most legs of one Call-ID: a proxy that forks further is none of ours.
const MOST_OF_ONE_CALL: usize = 64;

/// Where a leg is in its life.
#[derive(Debug)]
pub(super) enum Stage {
    /// An INVITE that may be challenged yet: nobody was told.
    Hidden(Box<Hidden>),
    /// Somebody is wanted.
    Offered,
    /// It rings.
    Ringing,
    /// People talk.
    Talking,
    /// It ended; it is remembered for its repeats.
    Over,
    /// It was challenged before anybody was told; it never was.
    Challenged,
}

/// What is told of a leg as soon as it is a call.
#[derive(Debug)]
pub(super) struct Hidden {
    pub(super) at: Moment,
    pub(super) heard_at: Moment,
    pub(super) offer: Offer,
    pub(super) wires: Vec<Wire>,
}

/// A REFER of which it is not known yet how it went.
#[derive(Debug)]
pub(super) struct Refer {
    /// The number of its `CSeq`.
    pub(super) number: u32,
    /// When it was accepted.
    pub(super) accepted: Option<Moment>,
    /// What it asks for.
    pub(super) to: Box<Referral>,
}

/// One leg.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) key: LegKey,
    pub(super) pbx: PbxId,
    pub(super) role: Role,
    pub(super) stage: Stage,
    /// The tag of whoever sent the INVITE.
    pub(super) caller_tag: Option<u64>,
    /// The tag of whoever answered it, once somebody did.
    pub(super) callee_tag: Option<u64>,
    /// The end of the PBX.
    pub(super) local: SocketAddr,
    /// The other end.
    pub(super) peer: SocketAddr,
    /// Its INVITE was not seen, only answers to it.
    pub(super) unseen: bool,
    /// Whom its ladder does not name.
    pub(super) unnamed: Option<Box<Unnamed>>,
    /// How many more of its messages may be shown.
    pub(super) shows: u16,
    /// The other end hears nothing.
    pub(super) held: bool,
    /// A REFER of which it is not known yet how it went.
    pub(super) refer: Option<Refer>,
    /// For how long its session lasts without being refreshed, in milliseconds (RFC 4028).
    pub(super) session_ms: Option<i64>,
    /// When it was first seen, by the PBX's clock.
    pub(super) since: Moment,
    /// When it ended, by the PBX's clock.
    pub(super) over_at: Option<Moment>,
    /// When it is given up unless something happens.
    pub(super) due: Moment,
}

impl Leg {
    /// Nothing more can happen to it.
    pub(super) const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over | Stage::Challenged)
    }
}

/// The tags of a message, as numbers that are compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tags {
    pub(super) from: Option<u64>,
    pub(super) to: Option<u64>,
}

impl Tags {
    /// Reads From and To.
    pub(super) fn of(message: &Message<'_>) -> Self {
        let tag = |name| {
            let params = message.get(name).and_then(name_addr)?.params;
            param(params, "tag").filter(|tag| !tag.is_empty()).map(xxh3_64)
        };
        Self { from: tag(Name::From), to: tag(Name::To) }
    }
}

/// How well a message fits a dialog; the greatest wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fit {
    /// 2: the same address; 1: the same host.
    pub(super) peer: u8,
    /// Both tags are those of the dialog, not only one.
    pub(super) whole: bool,
    open: bool,
}

/// All legs.
#[derive(Debug, Default)]
pub(super) struct Legs {
    by_id: HashMap<u64, Leg>,
    of_call: HashMap<Arc<str>, Vec<u64>>,
    due: BTreeSet<(Moment, u64)>,
    /// Those whose first message was late.
    late: BTreeSet<u64>,
    last: u64,
}

impl Legs {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// One leg.
    pub(super) fn get(&mut self, id: u64) -> Option<&mut Leg> {
        self.by_id.get_mut(&id)
    }

    /// Takes a leg in, whose first message was late or not; `None` when its call has too many.
    pub(super) fn add(&mut self, leg: Leg, late: bool) -> Option<u64> {
        let siblings = self.of_call.entry(Arc::clone(&leg.key.call_id)).or_default();
        if siblings.len() >= MOST_OF_ONE_CALL {
            return None;
        }
        self.last = self.last.wrapping_add(1);
        siblings.push(self.last);
        self.due.insert((leg.due, self.last));
        self.by_id.insert(self.last, leg);
        if late {
            self.late.insert(self.last);
        }
        Some(self.last)
    }

    /// Whether one whose first message was late is not over.
    pub(super) fn late_goes_on(&mut self) -> bool {
        while let Some(&id) = self.late.last() {
            if self.by_id.get(&id).is_some_and(|leg| !leg.is_over()) {
                return true;
            }
            self.late.remove(&id);
        }
        false
    }

    /// The legs of a Call-ID, oldest first.
    pub(super) fn of_call_id(&self, call_id: &str) -> Vec<u64> {
        self.of_call.get(call_id).cloned().unwrap_or_default()
    }

    /// Whether a Call-ID is known.
    pub(super) fn knows(&self, call_id: &str) -> bool {
        self.of_call.contains_key(call_id)
    }

    /// The leg of this very INVITE.
    pub(super) fn exact(&self, key: &LegKey) -> Option<u64> {
        let same = |id: &&u64| self.by_id.get(id).is_some_and(|leg| leg.key.branch == key.branch);
        self.of_call.get(&key.call_id)?.iter().find(same).copied()
    }

    /// The leg on which a message within a dialog travels. A proxy leaves Call-ID and tags as they
    /// are, so that one message passes several legs: the address tells which.
    pub(super) fn in_dialog(
        &self,
        call_id: &str,
        tags: Tags,
        (source, destination): (SocketAddr, SocketAddr),
    ) -> Option<(u64, Fit)> {
        let fit = |id: &u64| {
            let leg = self.by_id.get(id).filter(|leg| !matches!(leg.stage, Stage::Challenged))?;
            let callee = if leg.caller_tag == tags.from { tags.to } else { tags.from };
            if leg.caller_tag != tags.from && leg.caller_tag != tags.to {
                return None;
            }
            if leg.callee_tag.is_some() && leg.callee_tag != callee {
                return None;
            }
            let peer = if source == leg.peer || destination == leg.peer {
                2
            } else {
                u8::from(source.ip() == leg.peer.ip() || destination.ip() == leg.peer.ip())
            };
            Some((*id, Fit { peer, whole: leg.callee_tag.is_some(), open: !leg.is_over() }))
        };
        self.of_call.get(call_id)?.iter().filter_map(fit).max_by_key(|(_, fit)| *fit)
    }

    /// Gives a leg until then.
    pub(super) fn until(&mut self, id: u64, due: Moment) {
        if let Some(leg) = self.by_id.get_mut(&id) {
            self.due.remove(&(leg.due, id));
            leg.due = due;
            self.due.insert((due, id));
        }
    }

    /// When the next leg is due, and which.
    pub(super) fn next(&self) -> Option<(Moment, u64)> {
        self.due.first().copied()
    }

    /// Forgets a leg.
    pub(super) fn remove(&mut self, id: u64) -> Option<Leg> {
        let leg = self.by_id.remove(&id)?;
        self.due.remove(&(leg.due, id));
        self.late.remove(&id);
        if let Some(siblings) = self.of_call.get_mut(&leg.key.call_id) {
            siblings.retain(|&sibling| sibling != id);
            if siblings.is_empty() {
                self.of_call.remove(&leg.key.call_id);
            }
        }
        Some(leg)
    }
}

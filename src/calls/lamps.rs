//! What the watched telephones do: one lamp each, as on an operator's console. No lamp says which
//! call it is lit for; what can be said of that is asked here.

use std::collections::{BTreeMap, BTreeSet};

use super::call::TransferKind;
use super::record::Party;
use crate::kernel::{Extension, Moment, PbxId};
use crate::sip::{DialogState, Watched};

/// A telephone is taken to have answered a call when it was lifted this long before we heard that
/// someone did (a call picked up elsewhere is noticed late), or this long after.
const BEFORE_MS: i64 = 700;
const AFTER_MS: i64 = 700;
/// After every other moment.
const LAST: Moment = Moment::from_millis(i64::MAX);

/// The lamps of the house.
#[derive(Debug, Default)]
pub(super) struct Lamps {
    all: BTreeMap<(PbxId, Extension), Lamp>,
    /// Lamps that are not dark, by when they were lit.
    lit: BTreeMap<(PbxId, Moment, u64), Extension>,
    /// Telephones that no call has taken for its answer, by when they were lifted.
    lifted: BTreeMap<(PbxId, Moment, u64), Extension>,
    /// How many positions ring, and how many talk.
    positions: BTreeMap<PbxId, (usize, usize)>,
    /// PBXes at which a position's lamp was ever lit, and those found to tell of none.
    lively: BTreeSet<PbxId>,
    mute: BTreeSet<PbxId>,
    /// Telephones that were ever seen to ring: of these the PBX tells it.
    rung: BTreeSet<(PbxId, Extension)>,
    last: u64,
}

/// One watched telephone.
#[derive(Debug, Clone, Default)]
struct Lamp {
    number: u64,
    state: Light,
    /// It is an operator's telephone.
    position: bool,
    /// Who rings or talks, where it is told.
    remotes: Vec<Party>,
    /// When it was last lifted, until a call takes that for its answer.
    lifted_at: Option<Moment>,
    /// It has not been idle since then.
    lit_since: Option<Moment>,
    held: bool,
    /// It talked since it was last idle.
    talked: bool,
}

/// What a lamp shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Light {
    /// Idle, or not registered.
    #[default]
    Dark,
    /// It rings.
    Flashing,
    /// It talks; it may ring as well.
    Steady,
}

/// What a document changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// It began to ring, for this caller where that is told.
    Rings(Option<Party>),
    /// It was lifted.
    Lifted,
    /// It is idle again; whether it had talked.
    Idle {
        /// It had talked.
        talked: bool,
    },
    /// It talked, then rang, and is idle now: when the talk was over lies somewhere between. Where a
    /// PBX tells of ringing during a talk the lamp flashes while people talk.
    EndedUnseen,
    /// It put the other side on hold, or took it back.
    Held(bool),
}

impl Lamps {
    /// Takes a document in, and says what it changed, in order. `position`: it is an operator's
    /// telephone.
    pub(super) fn see(&mut self, watched: &Watched, position: bool) -> Vec<Turn> {
        let (pbx, extension) = (watched.pbx, &watched.extension);
        let mut lamp = self.put_out(pbx, extension).unwrap_or_else(|| {
            self.last += 1;
            Lamp { number: self.last, ..Lamp::default() }
        });
        lamp.position = position;
        let turns = lamp.see(watched);
        if lamp.state == Light::Flashing && position {
            self.rung.insert((pbx, extension.clone()));
        }
        self.put(pbx, extension, lamp);
        turns
    }

    /// Takes a lamp out of the places where lamps are looked for.
    fn put_out(&mut self, pbx: PbxId, extension: &Extension) -> Option<Lamp> {
        let lamp = self.all.remove(&(pbx, extension.clone()))?;
        if let Some(at) = lamp.lit_since {
            self.lit.remove(&(pbx, at, lamp.number));
        }
        if let Some(at) = lamp.lifted_at {
            self.lifted.remove(&(pbx, at, lamp.number));
        }
        self.count(pbx, &lamp, |number| number.saturating_sub(1));
        Some(lamp)
    }

    fn put(&mut self, pbx: PbxId, extension: &Extension, lamp: Lamp) {
        if let Some(at) = lamp.lit_since {
            self.lit.insert((pbx, at, lamp.number), extension.clone());
        }
        if let Some(at) = lamp.lifted_at {
            self.lifted.insert((pbx, at, lamp.number), extension.clone());
        }
        self.count(pbx, &lamp, |number| number + 1);
        self.all.insert((pbx, extension.clone()), lamp);
    }

    fn count(&mut self, pbx: PbxId, lamp: &Lamp, change: impl Fn(usize) -> usize) {
        if lamp.position && lamp.state != Light::Dark {
            self.lively.insert(pbx);
            self.mute.remove(&pbx);
        }
        let (ring, talk) = self.positions.entry(pbx).or_default();
        match lamp.state {
            Light::Flashing if lamp.position => *ring = change(*ring),
            Light::Steady if lamp.position => *talk = change(*talk),
            Light::Dark | Light::Flashing | Light::Steady => {}
        }
    }

    /// The subscription is gone: what the lamp shows is not known any more.
    pub(super) fn darken(&mut self, pbx: PbxId, extension: &Extension) {
        self.put_out(pbx, extension);
    }

    /// The telephones that began to ring after that moment, and for whom.
    pub(super) fn flashing_since(
        &self,
        pbx: PbxId,
        since: Moment,
    ) -> impl Iterator<Item = (&Extension, &[Party])> {
        let flashing = |lamp: &&Lamp| lamp.state == Light::Flashing;
        self.lit_since(pbx, since)
            .filter(move |(_, lamp)| flashing(lamp))
            .map(|(extension, lamp)| (extension, lamp.remotes.as_slice()))
    }

    /// The lamps that have been lit since that moment or later, in the order they were.
    fn lit_since(&self, pbx: PbxId, since: Moment) -> impl Iterator<Item = (&Extension, &Lamp)> {
        let all = self.lit.range((pbx, since, 0)..=(pbx, LAST, u64::MAX));
        all.filter_map(move |(_, extension)| self.all.get_key_value(&(pbx, extension.clone())))
            .map(|((_, extension), lamp)| (extension, lamp))
    }

    /// For whom a telephone rings or with whom it talks, where that is told.
    pub(super) fn remotes(&self, pbx: PbxId, extension: &Extension) -> &[Party] {
        let lamp = self.all.get(&(pbx, extension.clone()));
        lamp.map_or(&[], |lamp| lamp.remotes.as_slice())
    }

    /// Whether a position rings, and whether one talks.
    pub(super) fn positions(&self, pbx: PbxId) -> (bool, bool) {
        self.positions.get(&pbx).map_or((false, false), |&(ring, talk)| (ring > 0, talk > 0))
    }

    /// Somebody answered, or a hotline rings, as another source tells. Where no position's lamp was
    /// ever lit the PBX takes subscriptions to telephones and never tells of them (kamailio, where only
    /// the dialled number is published): whether it does is said.
    pub(super) fn others_are_at_work(&mut self, pbx: PbxId) -> bool {
        let mute = !self.lively.contains(&pbx);
        if mute {
            self.mute.insert(pbx);
        }
        mute
    }

    /// Whether a dark lamp of a position says that it is idle.
    pub(super) fn tell(&self, pbx: PbxId) -> bool {
        !self.mute.contains(&pbx)
    }

    /// Whether a lamp that is no telephone's, such as a group's, flashes just now.
    pub(super) fn flashes(&self, pbx: PbxId, extension: &Extension) -> bool {
        let lamp = self.all.get(&(pbx, extension.clone()));
        lamp.is_some_and(|lamp| lamp.state == Light::Flashing)
    }

    /// The telephone that was lifted nearest to that moment and has not been taken for another
    /// call's answer, when it was, and whether it had not rung before; it is taken now. `weight` is
    /// `None` of what is no telephone, and of two that could be it the one that weighs more is it.
    pub(super) fn take(
        &mut self,
        pbx: PbxId,
        at: Moment,
        weight: impl Fn(&Extension) -> Option<u8>,
    ) -> Option<(Extension, Moment, bool)> {
        let mut best: Option<((u8, i64), Extension, Moment)> = None;
        let from = (pbx, at.plus_millis(-BEFORE_MS), 0);
        let to = (pbx, at.plus_millis(AFTER_MS), u64::MAX);
        for (&(_, lifted_at, _), extension) in self.lifted.range(from..=to) {
            let Some(weight) = weight(extension) else { continue };
            let rank = (u8::MAX - weight, lifted_at.millis_since(at).abs());
            if best.as_ref().is_none_or(|(least, ..)| rank < *least) {
                best = Some((rank, extension.clone(), lifted_at));
            }
        }
        let (_, extension, lifted_at) = best?;
        let place = (pbx, extension);
        let lamp = self.all.get(&place);
        // of a position that is never told to ring nothing follows from its not having rung
        let tells = lamp.is_some_and(|lamp| !lamp.position) || self.rung.contains(&place);
        let straight = tells && lamp.is_some_and(|lamp| lamp.lit_since == Some(lifted_at));
        let (_, extension) = place;
        self.claim(pbx, &extension);
        Some((extension, lifted_at, straight))
    }

    /// A call has this telephone's last lifting for its answer.
    pub(super) fn claim(&mut self, pbx: PbxId, extension: &Extension) {
        if let Some(mut lamp) = self.put_out(pbx, extension) {
            lamp.lifted_at = None;
            self.put(pbx, extension, lamp);
        }
    }

    /// Another telephone to which `talker` handed this caller on: it rings or talks, and names the
    /// caller (blind) or the telephone that asked it first (attended).
    pub(super) fn heir(
        &self,
        pbx: PbxId,
        talker: &Extension,
        caller: &Party,
        answered_at: Moment,
    ) -> Option<(Extension, TransferKind)> {
        self.lit_since(pbx, answered_at).filter(|(extension, _)| *extension != talker).find_map(
            |(extension, lamp)| {
                lamp.remotes.iter().find_map(|remote| {
                    if is_same(remote, caller) {
                        Some((extension.clone(), TransferKind::Blind))
                    } else if remote.id.user.as_deref() == Some(talker.as_str()) {
                        Some((extension.clone(), TransferKind::Attended))
                    } else {
                        None
                    }
                })
            },
        )
    }
}

impl Lamp {
    fn see(&mut self, watched: &Watched) -> Vec<Turn> {
        let was = self.state;
        let in_state = |state| watched.dialogs.iter().filter(move |one| one.state == state);
        let talks = in_state(DialogState::Confirmed).next().is_some();
        let rings = in_state(DialogState::Early).filter(|one| one.called != Some(false));
        let ringing: Vec<Party> = rings.map(|one| Party::of(one.remote.clone())).collect();
        let mut turns = Vec::new();
        self.state = match (talks, ringing.is_empty()) {
            (true, _) => Light::Steady,
            (false, false) => Light::Flashing,
            (false, true) => Light::Dark,
        };
        for caller in &ringing {
            let known = was != Light::Dark && self.remotes.contains(caller);
            if !known && !watched.fresh {
                turns.push(Turn::Rings(is_named(caller).then(|| caller.clone())));
            }
        }
        self.lit_since = match self.state {
            Light::Dark => None,
            Light::Flashing | Light::Steady => self.lit_since.or(Some(watched.at)),
        };
        if talks && was != Light::Steady && !watched.fresh {
            self.lifted_at = Some(watched.at);
            turns.push(Turn::Lifted);
        }
        if self.state == Light::Dark && was != Light::Dark {
            self.lifted_at = None;
            turns.push(Turn::Idle { talked: was == Light::Steady });
            if self.talked && was == Light::Flashing {
                turns.push(Turn::EndedUnseen);
            }
        }
        self.talked = match self.state {
            Light::Dark => false,
            Light::Flashing => self.talked,
            Light::Steady => true,
        };
        let held = talks && in_state(DialogState::Confirmed).all(|one| one.held);
        if self.held != held {
            self.held = held;
            if self.state == Light::Steady {
                turns.push(Turn::Held(held));
            }
        }
        let remotes = watched.dialogs.iter().map(|one| Party::of(one.remote.clone()));
        let named: Vec<Party> = remotes.filter(is_named).collect();
        // Asterisk names the caller while it rings and never again
        if !named.is_empty() || self.state == Light::Dark {
            self.remotes = named;
        }
        turns
    }
}

fn is_named(party: &Party) -> bool {
    party.id.user.is_some() || party.id.withheld
}

/// Whether both are the same caller, as far as the names go.
pub(super) fn is_same(one: &Party, other: &Party) -> bool {
    match (&one.phone, &other.phone) {
        _ if one.id.withheld || other.id.withheld => one.id.withheld && other.id.withheld,
        (Some(one), Some(other)) => one == other,
        _ => one.id.user.is_some() && one.id.user == other.id.user,
    }
}

//! What the watched telephones do: one lamp each, as on an operator's console. No lamp says which
//! call it is lit for; what can be said of that is asked here.

use std::collections::BTreeMap;

use super::call::TransferKind;
use super::record::Party;
use crate::kernel::{Extension, Moment, PbxId};
use crate::sip::{DialogState, Watched};

/// A telephone is taken to have answered a call when it was lifted this long before we heard that
/// someone did (a call picked up elsewhere is noticed late), or this long after.
const BEFORE_MS: i64 = 700;
const AFTER_MS: i64 = 700;

/// The lamps of the house.
#[derive(Debug, Default)]
pub(super) struct Lamps {
    lamps: BTreeMap<(PbxId, Extension), Lamp>,
}

/// One watched telephone.
#[derive(Debug, Clone, Default)]
pub(super) struct Lamp {
    pub(super) state: Light,
    /// Who rings or talks, where it is told.
    pub(super) remotes: Vec<Party>,
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
pub(super) enum Light {
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
    /// Takes a document in, and says what it changed, in order.
    pub(super) fn see(&mut self, watched: &Watched) -> Vec<Turn> {
        let key = (watched.pbx, watched.extension.clone());
        let lamp = self.lamps.entry(key).or_default();
        let was = lamp.state;
        let in_state = |state| watched.dialogs.iter().filter(move |one| one.state == state);
        let talks = in_state(DialogState::Confirmed).next().is_some();
        let rings = in_state(DialogState::Early).filter(|one| one.called != Some(false));
        let ringing: Vec<Party> = rings.map(|one| Party::of(one.remote.clone())).collect();
        let mut turns = Vec::new();
        lamp.state = match (talks, ringing.is_empty()) {
            (true, _) => Light::Steady,
            (false, false) => Light::Flashing,
            (false, true) => Light::Dark,
        };
        for caller in &ringing {
            let known = was != Light::Dark && lamp.remotes.contains(caller);
            if !known && !watched.fresh {
                turns.push(Turn::Rings(is_named(caller).then(|| caller.clone())));
            }
        }
        lamp.lit_since = match lamp.state {
            Light::Dark => None,
            Light::Flashing | Light::Steady => lamp.lit_since.or(Some(watched.at)),
        };
        if talks && was != Light::Steady && !watched.fresh {
            lamp.lifted_at = Some(watched.at);
            turns.push(Turn::Lifted);
        }
        if lamp.state == Light::Dark && was != Light::Dark {
            lamp.lifted_at = None;
            turns.push(Turn::Idle { talked: was == Light::Steady });
            if lamp.talked && was == Light::Flashing {
                turns.push(Turn::EndedUnseen);
            }
        }
        lamp.talked = match lamp.state {
            Light::Dark => false,
            Light::Flashing => lamp.talked,
            Light::Steady => true,
        };
        let held = talks && in_state(DialogState::Confirmed).all(|one| one.held);
        if lamp.held != held {
            lamp.held = held;
            if lamp.state == Light::Steady {
                turns.push(Turn::Held(held));
            }
        }
        let remotes = watched.dialogs.iter().map(|one| Party::of(one.remote.clone()));
        let named: Vec<Party> = remotes.filter(is_named).collect();
        // Asterisk names the caller while it rings and never again
        if !named.is_empty() || lamp.state == Light::Dark {
            lamp.remotes = named;
        }
        turns
    }

    /// The subscription is gone: what the lamp shows is not known any more.
    pub(super) fn darken(&mut self, pbx: PbxId, extension: &Extension) {
        self.lamps.remove(&(pbx, extension.clone()));
    }

    /// The telephones that began to ring after that moment, and for whom.
    pub(super) fn flashing_since(
        &self,
        pbx: PbxId,
        since: Moment,
    ) -> impl Iterator<Item = (&Extension, &[Party])> {
        let flashing = self.of(pbx).filter(move |(_, lamp)| {
            lamp.state == Light::Flashing && lamp.lit_since.is_some_and(|lit| lit >= since)
        });
        flashing.map(|(extension, lamp)| (extension, lamp.remotes.as_slice()))
    }

    /// The lamps of one PBX.
    pub(super) fn of(&self, pbx: PbxId) -> impl Iterator<Item = (&Extension, &Lamp)> {
        let of_pbx = self.lamps.iter().filter(move |((at, _), _)| *at == pbx);
        of_pbx.map(|((_, extension), lamp)| (extension, lamp))
    }

    /// For whom a telephone rings or with whom it talks, where that is told.
    pub(super) fn remotes(&self, pbx: PbxId, extension: &Extension) -> &[Party] {
        let lamp = self.lamps.get(&(pbx, extension.clone()));
        lamp.map_or(&[], |lamp| lamp.remotes.as_slice())
    }

    /// Whether a position rings, and whether one talks.
    pub(super) fn positions(
        &self,
        pbx: PbxId,
        is_position: impl Fn(&Extension) -> bool,
    ) -> (bool, bool) {
        let lit = |light| {
            self.of(pbx).any(|(extension, lamp)| lamp.state == light && is_position(extension))
        };
        if self.lamps.is_empty() {
            (false, false)
        } else {
            (lit(Light::Flashing), lit(Light::Steady))
        }
    }

    /// The telephone that was lifted nearest to that moment and has not been taken for another
    /// call's answer; it is taken now. `weight` is `None` of what is no telephone, and of two that
    /// could be it the one that weighs more is it.
    pub(super) fn take(
        &mut self,
        pbx: PbxId,
        at: Moment,
        weight: impl Fn(&Extension) -> Option<u8>,
    ) -> Option<(Extension, Moment)> {
        let mut best: Option<((u8, i64), Extension, Moment)> = None;
        for (extension, lamp) in self.of(pbx) {
            let (Some(lifted_at), Some(weight)) = (lamp.lifted_at, weight(extension)) else {
                continue;
            };
            let after_ms = lifted_at.millis_since(at);
            let rank = (u8::MAX - weight, after_ms.abs());
            if (-BEFORE_MS..=AFTER_MS).contains(&after_ms)
                && best.as_ref().is_none_or(|(least, ..)| rank < *least)
            {
                best = Some((rank, extension.clone(), lifted_at));
            }
        }
        let (_, extension, lifted_at) = best?;
        self.claim(pbx, &extension);
        Some((extension, lifted_at))
    }

    /// A call has this telephone's last lifting for its answer.
    pub(super) fn claim(&mut self, pbx: PbxId, extension: &Extension) {
        if let Some(lamp) = self.lamps.get_mut(&(pbx, extension.clone())) {
            lamp.lifted_at = None;
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
        self.of(pbx).find_map(|(extension, lamp)| {
            if extension == talker || lamp.state == Light::Dark {
                return None;
            }
            lamp.lit_since.filter(|&since| since >= answered_at)?;
            lamp.remotes.iter().find_map(|remote| {
                if is_same(remote, caller) {
                    Some((extension.clone(), TransferKind::Blind))
                } else if remote.id.user.as_deref() == Some(talker.as_str()) {
                    Some((extension.clone(), TransferKind::Attended))
                } else {
                    None
                }
            })
        })
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

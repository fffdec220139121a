//! Which end of a message is the PBX, and what the other end is to it.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::recent::Recent;
use super::telephones::Telephones;
use crate::config::Pbx;
use crate::kernel::{Extension, Moment, PbxId};
use crate::sip::Role;
use crate::sip::read::{self, Message, Name, Start, name_addr, uri, user_text};

/// Registered telephones that are remembered.
const MOST_CONTACTS: usize = 16_384;
/// Addresses that are taken for a PBX by what they do.
const MOST_LEARNT: usize = 16;
/// Addresses that were invited while no PBX was known.
const MOST_INVITED: usize = 1024;

/// The two ends of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides {
    pub(super) pbx: PbxId,
    /// The PBX.
    pub(super) local: SocketAddr,
    /// The other end.
    pub(super) peer: SocketAddr,
    /// The PBX received it.
    pub(super) received: bool,
}

/// The PBXes, their addresses and their telephones.
#[derive(Debug)]
pub(super) struct Ends {
    places: Vec<Place>,
    /// While no PBX was heard at its address, whoever is invited is taken for one.
    guesses: bool,
    invited: Recent<SocketAddr, ()>,
    /// Who is registered at the PBX with a Contact; the key is `user@host:port`.
    by_contact: Recent<(PbxId, String), Arc<str>>,
    /// Who is registered from an address; `None` where it is several.
    by_address: Recent<(PbxId, SocketAddr), Option<Arc<str>>>,
    registered: Recent<(PbxId, Arc<str>), ()>,
    pub(super) telephones: Telephones,
}

#[derive(Debug)]
struct Place {
    pbx: PbxId,
    member: bool,
    accounts: Vec<Box<str>>,
    phones: HashSet<Box<str>>,
    /// From there calls come back that were sent there.
    services: Vec<IpAddr>,
    /// What the configuration says, or its name stands for.
    named: Vec<SocketAddr>,
    /// Who behaves as only this PBX does.
    learnt: Vec<SocketAddr>,
    heard: bool,
}

impl Place {
    /// 2: this address; 1: this host.
    fn nearness(&self, address: SocketAddr) -> u8 {
        let mut known = self.named.iter().chain(&self.learnt);
        if known.clone().any(|one| *one == address) {
            return 2;
        }
        u8::from(known.any(|one| one.ip() == address.ip()))
    }

    fn is_account(&self, user: &str) -> bool {
        self.accounts.iter().any(|known| **known == *user)
    }
}

impl Ends {
    /// The configured PBXes; without any, one of which nothing is known.
    pub(super) fn new(pbx: &[Pbx], guesses: bool) -> Self {
        let mut places: Vec<_> =
            pbx.iter().zip(0_u16..).map(|(one, index)| Place::of(one, PbxId(index))).collect();
        if places.is_empty() {
            places.push(Place {
                pbx: PbxId(0),
                member: false,
                accounts: Vec::new(),
                phones: HashSet::new(),
                services: Vec::new(),
                named: Vec::new(),
                learnt: Vec::new(),
                heard: false,
            });
        }
        Self {
            places,
            guesses,
            invited: Recent::new(MOST_INVITED),
            by_contact: Recent::new(MOST_CONTACTS),
            by_address: Recent::new(MOST_CONTACTS),
            registered: Recent::new(MOST_CONTACTS),
            telephones: Telephones::default(),
        }
    }

    /// The name of a PBX stands for these addresses now.
    pub(super) fn learn(&mut self, pbx: PbxId, addresses: &[SocketAddr]) {
        if let Some(place) = self.places.iter_mut().find(|place| place.pbx == pbx) {
            place.named = addresses.to_vec();
        }
    }

    /// Whether we ring along there, so that our own legs are heard first hand.
    pub(super) fn is_member(&self, pbx: PbxId) -> bool {
        self.places.iter().any(|place| place.pbx == pbx && place.member)
    }

    /// Whether the other end is a service in the path of calls, by the configuration.
    pub(super) fn is_service(&self, sides: &Sides) -> bool {
        let at =
            |place: &Place| place.pbx == sides.pbx && place.services.contains(&sides.peer.ip());
        self.places.iter().any(at)
    }

    /// The ends of any message; `None` when neither is a known PBX.
    pub(super) fn sides(&mut self, source: SocketAddr, destination: SocketAddr) -> Option<Sides> {
        let (to, at) = self.nearest(destination);
        let (from, of) = self.nearest(source);
        let received = to >= from;
        if to.max(from) == 0 {
            return None;
        }
        let place = self.places.get_mut(if received { at } else { of })?;
        place.heard = true;
        let (local, peer) = if received { (destination, source) } else { (source, destination) };
        Some(Sides { pbx: place.pbx, local, peer, received })
    }

    /// The ends of an INVITE that begins something, where need be by what they do.
    pub(super) fn sides_of_invite(
        &mut self,
        message: &Message<'_>,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> Option<Sides> {
        if let Some(sides) = self.sides(source, destination) {
            return Some(sides);
        }
        // whoever rings a telephone of the house for somebody outside it is its PBX
        let Start::Request { uri: target, .. } = message.start else { return None };
        let wanted = uri(target).as_ref().and_then(user_text);
        let caller = user_of(message, Name::From);
        let knows = |place: &Place, user: &Option<String>| {
            user.as_deref()
                .is_some_and(|user| place.phones.contains(user) || place.is_account(user))
        };
        let mut rings =
            self.places.iter().zip(0_usize..).filter(|(place, _)| knows(place, &wanted));
        if let (Some((place, index)), None) = (rings.next(), rings.next())
            && !knows(place, &caller)
        {
            self.learnt(index, source);
            return self.sides(source, destination);
        }
        if self.guesses && self.places.iter().all(|place| !place.heard || place.is_guessed()) {
            if self.invited.get(&source).is_some() {
                self.learnt(0, source);
                return self.sides(source, destination);
            }
            self.invited.put(destination, ());
            let pbx = self.places.first()?.pbx;
            return Some(Sides { pbx, local: destination, peer: source, received: true });
        }
        None
    }

    /// A registrar accepted a telephone: RFC 3261 §10.3. Of all of REGISTER only this is read: who,
    /// where they are reached, and for how long.
    pub(super) fn registered(
        &mut self,
        message: &Message<'_>,
        (source, destination): (SocketAddr, SocketAddr),
        at: Moment,
    ) {
        let Some(user) = user_of(message, Name::To) else { return };
        let sides = self.sides(source, destination).or_else(|| {
            // whoever keeps the register of a telephone of the house is its PBX
            let mut known = self.places.iter().zip(0_usize..).filter(|(place, _)| {
                place.phones.contains(user.as_str()) || place.is_account(&user)
            });
            let (Some((_, index)), None) = (known.next(), known.next()) else { return None };
            self.learnt(index, source);
            self.sides(source, destination)
        });
        let Some(Sides { pbx, peer, received: false, .. }) = sides else { return };
        self.telephones.registered((pbx, &user), message, at);
        let user: Arc<str> = user.into();
        for one in read::contacts(message) {
            if let Some(contact) = contact_key(one.uri) {
                self.by_contact.put((pbx, contact), Arc::clone(&user));
            }
        }
        let only = self
            .by_address
            .get(&(pbx, peer))
            .is_none_or(|known| known.as_deref().is_some_and(|known| *known == *user));
        self.by_address.put((pbx, peer), only.then(|| Arc::clone(&user)));
        self.registered.put((pbx, user), ());
    }

    /// What a leg leads to whose INVITE the PBX received, or sent; its answer tells it too.
    pub(super) fn role(&self, message: &Message<'_>, sides: &Sides, received: bool) -> Role {
        let Some(place) = self.places.iter().find(|place| place.pbx == sides.pbx) else {
            return Role::Trunk;
        };
        let at_address = self.by_address.get(&(sides.pbx, sides.peer));
        let at_address = at_address.and_then(Option::as_deref);
        if received {
            let caller = user_of(message, Name::From);
            let phone = caller.filter(|caller| place.phones.contains(caller.as_str()));
            let phone = phone.as_deref().or(at_address).and_then(|user| user.parse().ok());
            return phone.map_or(Role::Trunk, Role::Placed);
        }
        let target = match message.start {
            Start::Request { uri, .. } => Some(uri),
            Start::Response { .. } => None,
        };
        let at_contact = target.and_then(contact_key);
        let at_contact = at_contact.and_then(|key| self.by_contact.get(&(sides.pbx, key)));
        let wanted = target.and_then(uri).as_ref().and_then(user_text);
        let named = user_of(message, Name::To);
        [at_contact.map(|user| &**user), wanted.as_deref(), named.as_deref(), at_address]
            .into_iter()
            .flatten()
            .find_map(|user| self.meant(place, user))
            .unwrap_or(Role::Outbound)
    }

    fn meant(&self, place: &Place, user: &str) -> Option<Role> {
        if place.is_account(user) {
            return Some(Role::Member);
        }
        let known = place.phones.contains(user)
            || self.registered.get(&(place.pbx, Arc::from(user))).is_some();
        let phone = known.then(|| user.parse::<Extension>().ok()).flatten();
        phone.map(Role::Phone)
    }

    fn learnt(&mut self, index: usize, address: SocketAddr) {
        if let Some(place) = self.places.get_mut(index)
            && place.learnt.len() < MOST_LEARNT
            && !place.learnt.contains(&address)
        {
            place.learnt.push(address);
        }
    }

    /// The PBX that is at an address, how near, and its place. A host that several share is none's.
    fn nearest(&self, address: SocketAddr) -> (u8, usize) {
        let mut best = (0, 0);
        let mut shared = false;
        for (place, index) in self.places.iter().zip(0_usize..) {
            let near = place.nearness(address);
            if near > best.0 {
                best = (near, index);
                shared = false;
            } else if near > 0 && near == best.0 {
                shared = true;
            }
        }
        if shared && best.0 == 1 { (0, 0) } else { best }
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        [self.by_contact.len(), self.by_address.len(), self.registered.len(), self.invited.len()]
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}

impl Place {
    fn of(pbx: &Pbx, id: PbxId) -> Self {
        let ip = pbx.address.host.parse::<IpAddr>().ok();
        let phones = pbx.positions.iter().chain(&pbx.watch);
        Self {
            pbx: id,
            member: pbx.member,
            accounts: pbx.accounts.iter().map(|one| one.username.as_str().into()).collect(),
            phones: phones.map(|phone| phone.as_str().into()).collect(),
            services: pbx.services.clone(),
            named: ip.map(|ip| SocketAddr::new(ip, pbx.address.port)).into_iter().collect(),
            learnt: Vec::new(),
            heard: false,
        }
    }

    /// All that is known of its address is what it did.
    fn is_guessed(&self) -> bool {
        !self.learnt.is_empty()
    }
}

fn user_of(message: &Message<'_>, name: Name) -> Option<String> {
    user_text(&uri(message.get(name).and_then(name_addr)?.uri)?)
}

/// `user@host:port` of a Contact or Request-URI, comparable.
fn contact_key(bytes: &[u8]) -> Option<String> {
    let found = uri(bytes).filter(read::Uri::is_sip)?;
    let host = read::text(found.host).to_ascii_lowercase();
    let user = read::text(found.user);
    Some(format!("{user}@{host}:{}", found.port.unwrap_or(5060)))
}

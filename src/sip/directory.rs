//! Which PBX speaks, and to which of our accounts.

use std::net::SocketAddr;

use super::{Source, read};
use crate::config::Pbx;
use crate::kernel::PbxId;

/// The PBXes, their accounts, and the addresses their names stand for.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    places: Vec<Place>,
}

#[derive(Debug, Clone)]
struct Place {
    pbx: PbxId,
    users: Vec<String>,
    addresses: Vec<SocketAddr>,
}

impl Directory {
    /// No address is known yet.
    pub(crate) fn new(pbx: &[Pbx]) -> Self {
        let places = pbx.iter().zip(0_u16..).map(|(one, index)| Place {
            pbx: PbxId(index),
            users: one.accounts.iter().map(|account| account.username.clone()).collect(),
            addresses: Vec::new(),
        });
        Self { places: places.collect() }
    }

    /// The name of a PBX stands for these addresses now.
    pub(crate) fn learn(&mut self, pbx: PbxId, addresses: &[SocketAddr]) {
        if let Some(place) = self.places.iter_mut().find(|place| place.pbx == pbx) {
            place.addresses = addresses.to_vec();
        }
    }

    /// On which of our lines a PBX speaks that is known by its address.
    pub(crate) fn line(&self, peer: SocketAddr, request_uri: &[u8]) -> Option<Source> {
        let mut known = self.places.iter().flat_map(|place| &place.addresses);
        known.any(|known| known.ip() == peer.ip()).then(|| self.source(peer, &user(request_uri)))
    }

    /// Who speaks from `peer` to `user`, the user of the Request-URI. An address weighs more than a
    /// user name; without either it is the first account of the first PBX.
    pub(crate) fn source(&self, peer: SocketAddr, user: &str) -> Source {
        let weight = |place: &Place| {
            let account = place.users.iter().any(|known| known == user);
            let exact = place.addresses.contains(&peer);
            let host = place.addresses.iter().any(|known| known.ip() == peer.ip());
            // two PBXes behind one address are told apart by our account there
            (host && account, exact, host, account)
        };
        let mut best = None;
        for place in &self.places {
            let weight = weight(place);
            if best.is_none_or(|(_, most)| weight > most) {
                best = Some((place, weight));
            }
        }
        let Some((place, _)) = best else {
            return Source::Member { pbx: PbxId(0), account: 0 };
        };
        let account = place.users.iter().zip(0_u16..).find(|(known, _)| *known == user);
        Source::Member { pbx: place.pbx, account: account.map_or(0, |(_, index)| index) }
    }
}

/// The user of a Request-URI; empty where there is none.
pub(crate) fn user(request_uri: &[u8]) -> String {
    read::uri(request_uri).as_ref().and_then(read::user_text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Directory {
        let place = |index, users: &[&str], address: &str| Place {
            pbx: PbxId(index),
            users: users.iter().map(|&user| user.to_owned()).collect(),
            addresses: vec![address.parse().unwrap()],
        };
        Directory {
            places: vec![
                place(0, &["listener", "second"], "192.0.2.1:5060"),
                place(1, &["listener"], "192.0.2.2:5060"),
                place(2, &["other"], "192.0.2.2:5070"),
            ],
        }
    }

    #[track_caller]
    fn check(peer: &str, user: &str, pbx: u16, account: u16) {
        let source = directory().source(peer.parse().unwrap(), user);
        assert_eq!(source, Source::Member { pbx: PbxId(pbx), account }, "{user} from {peer}");
    }

    #[test]
    fn the_address_tells_the_pbx_and_the_user_the_account() {
        check("192.0.2.1:5060", "second", 0, 1);
        check("192.0.2.2:5060", "listener", 1, 0);
        check("192.0.2.2:40000", "other", 2, 0);
        check("192.0.2.2:5070", "unknown", 2, 0);
        check("198.51.100.9:5060", "other", 2, 0);
        check("198.51.100.9:5060", "nobody", 0, 0);
    }
}

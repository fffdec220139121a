//! What an answer owes to its request: the headers it repeats and the way it goes (RFC 3261 §8.2.6,
//! §18.2.2; RFC 3581).

use std::net::SocketAddr;

use sha2::{Digest as _, Sha256};

use super::model;
use super::read::{self, Message, Name};
use super::transport::Route;
use crate::config::Transport;
use crate::sip::LegKey;

/// Where a Via without a port listens (RFC 3261 §18.2.2).
const DEFAULT_PORT: u16 = 5060;

/// The header lines every answer to this request repeats, each ended by CR LF: all Via lines with
/// the top one stamped, From, To with our tag, Call-ID, CSeq. `method` replaces the method of CSeq.
/// `None` when there is no Via to answer to.
pub(crate) fn head(
    request: &Message<'_>,
    tag: &str,
    peer: SocketAddr,
    method: Option<&str>,
) -> Option<Box<[u8]>> {
    let mut vias = request.all(Name::Via);
    let mut lines = Lines(Vec::with_capacity(384));
    lines.add("Via", model::stamped(vias.next()?, peer).as_bytes());
    for older in vias {
        lines.add("Via", older);
    }
    for name in [Name::From, Name::To, Name::CallId, Name::CSeq] {
        let Some(value) = request.get(name) else { continue };
        match (name, method.zip(read::cseq(value))) {
            (Name::CSeq, Some((method, (number, _)))) => {
                lines.add(name.text(), format!("{number} {method}").as_bytes());
            }
            (Name::To, _) if !model::has_tag(request) => {
                lines.add(name.text(), &[value, b";tag=", tag.as_bytes()].concat());
            }
            _ => lines.add(name.text(), value),
        }
    }
    Some(lines.0.into())
}

struct Lines(Vec<u8>);

impl Lines {
    fn add(&mut self, name: &str, value: &[u8]) {
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b": ");
        self.0.extend_from_slice(value);
        self.0.extend_from_slice(b"\r\n");
    }
}

/// The way an answer goes: on a stream, the way the request came; of a datagram, to the port its
/// Via names, or to the one it came from when the sender asked for that.
pub(crate) fn way_back(request: &Message<'_>, came: &Route) -> Route {
    let mut back = came.clone();
    if came.transport == Transport::Udp
        && let Some(top) = request.get(Name::Via).and_then(read::via)
        && top.rport.is_none()
    {
        back.peer.set_port(top.port.unwrap_or(DEFAULT_PORT));
    }
    back
}

/// Our To tag for a leg: the same whenever it is asked for, and nobody else's guess.
pub(crate) fn tag(secret: &[u8; 32], leg: &LegKey) -> String {
    let mut hash = Sha256::new_with_prefix(secret);
    hash.update(leg.call_id.as_bytes());
    hash.update([0]);
    hash.update(leg.branch.as_bytes());
    let mut tag = hex::encode(hash.finalize());
    tag.truncate(16);
    tag
}

/// The lines of these headers as they came, each ended by CR LF.
pub(crate) fn lines_of(message: &Message<'_>, names: &[Name]) -> String {
    let mut lines = String::new();
    for name in names {
        for value in message.all(*name) {
            lines.extend([name.text(), ": ", &read::text(value), "\r\n"]);
        }
    }
    lines
}

/// The `Unsupported` line of a 420: what was required and we do not understand.
pub(crate) fn unsupported(message: &Message<'_>) -> String {
    let known = |tag: &[u8]| {
        read::UNDERSTOOD.iter().any(|known| tag.eq_ignore_ascii_case(known.as_bytes()))
    };
    let lines = message.all(Name::Require).flat_map(|line| read::items(line, b','));
    let tags: Vec<_> = lines.filter(|tag| !known(tag)).map(read::text).collect();
    format!("Unsupported: {}\r\n", tags.join(", "))
}

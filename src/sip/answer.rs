//! What the answer to a REGISTER or SUBSCRIBE says that matters to us.

use std::net::{IpAddr, SocketAddr};

use crate::sip::dialog_end::DialogEnd;
use crate::sip::digest::Challenge;
use crate::sip::read::{self, Message, Name};

/// One answer to a request of ours.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// The branch of our request, which names the transaction.
    pub(crate) branch: String,
    /// The status code.
    pub(crate) status: u16,
    /// The Contacts: the bindings a registrar holds, or where a subscription is served.
    pub(crate) bindings: Vec<Binding>,
    /// The `Expires` header, in seconds.
    pub(crate) expires_s: Option<u32>,
    /// The `Min-Expires` header of a 423, in seconds; 0 where absent.
    pub(crate) min_expires_s: u32,
    /// The `Retry-After` header, in seconds.
    pub(crate) retry_after_s: Option<u32>,
    /// The challenges we could answer.
    pub(crate) challenges: Vec<Challenge>,
    /// From where our request was seen to come: `received` and `rport` (RFC 3581 §4).
    pub(crate) seen_as: Option<SocketAddr>,
    /// The other end of the dialog, if this answer makes one.
    pub(crate) end: Option<DialogEnd>,
}

/// One Contact of a 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Binding {
    /// Its address, where the host is one.
    pub(crate) at: Option<SocketAddr>,
    /// Its `expires` parameter, in seconds.
    pub(crate) expires_s: Option<u32>,
}

impl Answer {
    /// Reads a response; `None` when it is none, or names no transaction.
    pub(crate) fn of(message: &Message<'_>) -> Option<Self> {
        let top = read::via(message.get(Name::Via)?)?;
        let seconds = |name| message.get(name).and_then(read::expires);
        let challenges = |name, proxy| {
            let all = read::challenges(message, name);
            all.into_iter().filter_map(move |one| Challenge::of(proxy, &one))
        };
        let of_registrar = challenges(Name::WwwAuthenticate, false);
        let of_proxy = challenges(Name::ProxyAuthenticate, true);
        Some(Self {
            branch: read::text(top.branch?).into_owned(),
            status: message.code()?,
            bindings: read::contacts(message).map(|one| Binding::of(&one)).collect(),
            expires_s: seconds(Name::Expires),
            min_expires_s: seconds(Name::MinExpires).unwrap_or(0),
            retry_after_s: seconds(Name::RetryAfter),
            challenges: of_registrar.chain(of_proxy).collect(),
            seen_as: seen_as(&top),
            end: DialogEnd::of_answer(message),
        })
    }

    /// The period granted to our contact, in seconds: the parameter of its Contact before the
    /// `Expires` header (RFC 3261 §10.2.4). `None` when the answer does not say.
    pub(crate) fn granted_s(&self, ours: Option<SocketAddr>) -> Option<u32> {
        let mine = self.bindings.iter().find(|one| one.at.is_some() && one.at == ours);
        let param = match (mine, self.bindings.as_slice()) {
            (Some(mine), _) => mine.expires_s,
            // a registrar that rewrote our only contact means ours
            (None, [only]) => only.expires_s,
            (None, others) => others.iter().filter_map(|one| one.expires_s).min(),
        };
        param.or(self.expires_s)
    }
}

impl Binding {
    fn of(contact: &read::NameAddr<'_>) -> Self {
        let at = read::uri(contact.uri)
            .and_then(|uri| Some(SocketAddr::new(address(uri.host)?, uri.port.unwrap_or(5060))));
        Self { at, expires_s: read::param(contact.params, "expires").and_then(read::expires) }
    }
}

fn seen_as(top: &read::Via<'_>) -> Option<SocketAddr> {
    let port = std::str::from_utf8(top.rport?).ok()?.parse().ok()?;
    Some(SocketAddr::new(address(top.received?)?, port))
}

/// An address with or without the brackets of IPv6.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(bytes).ok()?;
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok()
}

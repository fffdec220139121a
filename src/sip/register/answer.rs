//! What a registrar's answer says that matters to us.

use std::net::SocketAddr;

use crate::sip::digest::Challenge;

/// One answer to a REGISTER.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answer {
    /// The branch of our request, which names the transaction.
    pub(crate) branch: String,
    /// The status code.
    pub(crate) status: u16,
    /// The bindings the registrar holds.
    pub(crate) bindings: Vec<Binding>,
    /// The `Expires` header, in seconds.
    pub(crate) expires_s: Option<u32>,
    /// The `Min-Expires` header of a 423, in seconds; 0 where absent.
    pub(crate) min_expires_s: u32,
    /// The `Retry-After` header, in seconds.
    pub(crate) retry_after_s: Option<u32>,
    /// The challenges we could answer.
    pub(crate) challenges: Vec<Challenge>,
    /// From where the registrar saw our request come: `received` and `rport` (RFC 3581 §4).
    pub(crate) seen_as: Option<SocketAddr>,
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
    /// The period granted to our contact, in seconds: the parameter of its Contact before the
    /// `Expires` header (RFC 3261 §10.2.4). `None` when the answer does not say.
    pub(super) fn granted_s(&self, ours: Option<SocketAddr>) -> Option<u32> {
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

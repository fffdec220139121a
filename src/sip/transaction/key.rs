//! How a request finds the transaction it belongs to (RFC 3261 §17.2.3).

use std::sync::Arc;

use crate::sip::read::{self, Message, Name};

/// What the branch of an RFC 3261 sender begins with.
const COOKIE: &[u8] = b"z9hG4bK";

/// Names a server transaction: equal keys are one transaction. It holds all that is compared, so
/// two transactions never share a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(Arc<[u8]>);

impl Key {
    /// The transaction this request opens or repeats; of an ACK, the INVITE it acknowledges.
    pub(crate) fn of(message: &Message<'_>) -> Option<Self> {
        match message.method()? {
            b"ACK" => Self::as_method(message, b"INVITE"),
            method => Self::as_method(message, method),
        }
    }

    /// The INVITE a CANCEL wants back (RFC 3261 §9.2).
    pub(crate) fn cancelled(message: &Message<'_>) -> Option<Self> {
        Self::as_method(message, b"INVITE")
    }

    /// The CANCEL that would take an INVITE back.
    pub(crate) fn cancelling(message: &Message<'_>) -> Option<Self> {
        Self::as_method(message, b"CANCEL")
    }

    fn as_method(message: &Message<'_>, method: &[u8]) -> Option<Self> {
        let top = read::via(message.get(Name::Via)?)?;
        let port = top.port.unwrap_or_default().to_be_bytes();
        let branch = top.branch.unwrap_or_default();
        let cookie = branch.get(..COOKIE.len()).filter(|_| branch.len() > COOKIE.len());
        if cookie.is_some_and(|begin| begin.eq_ignore_ascii_case(COOKIE)) {
            let host = top.host.to_ascii_lowercase();
            return Some(Self::join(&[branch, &host, &port, method]));
        }
        // an RFC 2543 sender: everything but the To tag, which an ACK has and the INVITE has not
        let from = read::name_addr(message.get(Name::From)?)?;
        let tag = read::param(from.params, "tag").unwrap_or_default();
        let (number, _) = read::cseq(message.get(Name::CSeq)?)?;
        let call_id = message.get(Name::CallId)?;
        Some(Self::join(&[b"", top.whole, call_id, tag, &number.to_be_bytes(), method]))
    }

    fn join(parts: &[&[u8]]) -> Self {
        let mut key =
            Vec::with_capacity(parts.iter().map(|part| part.len().saturating_add(2)).sum());
        for part in parts {
            // lengths keep neighbours apart; no header is longer than 64 KB
            key.extend_from_slice(&u16::try_from(part.len()).unwrap_or(u16::MAX).to_be_bytes());
            key.extend_from_slice(part);
        }
        Self(key.into())
    }
}

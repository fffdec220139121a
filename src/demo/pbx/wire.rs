//! What the demo's PBX reads of a message, and the answers it gives.

use md5::{Digest as _, Md5};

use crate::sip::read::{Framing, Message, Name, Start};

/// A message from our own listener.
pub(super) struct Seen<'m>(Message<'m>);

impl<'m> Seen<'m> {
    pub(super) fn read(datagram: &'m [u8]) -> Option<Self> {
        Message::parse(datagram, Framing::Datagram).ok().map(Self)
    }

    /// The status of an answer; `None` for a request.
    pub(super) fn status(&self) -> Option<u16> {
        match self.0.start {
            Start::Response { code, .. } => Some(code),
            Start::Request { .. } => None,
        }
    }

    /// The method of a request; empty for an answer.
    pub(super) fn method(&self) -> &'m str {
        match self.0.start {
            Start::Request { method, .. } => std::str::from_utf8(method).unwrap_or_default(),
            Start::Response { .. } => "",
        }
    }

    pub(super) fn header(&self, name: Name) -> Option<&'m str> {
        std::str::from_utf8(self.0.get(name)?).ok()
    }

    /// For how long a REGISTER asks, in seconds; RFC 3261 §10.2.1.1.
    pub(super) fn expires(&self) -> u32 {
        let of_contact =
            self.header(Name::Contact).and_then(|contact| parameter(contact, "expires"));
        let asked = of_contact.or_else(|| self.header(Name::Expires));
        asked.and_then(|seconds| seconds.parse().ok()).unwrap_or(3600)
    }

    /// An answer to this request; `more` are further header lines, each with its line end.
    pub(super) fn answer(&self, status: &str, more: &str) -> String {
        let mut text = format!("SIP/2.0 {status}\r\n");
        let kept = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq];
        for (name, _, value) in self.0.headers().filter(|(name, ..)| kept.contains(name)) {
            let value = std::str::from_utf8(value).unwrap_or_default();
            let tagged = name != Name::To || value.contains(";tag=");
            text.extend([name.text(), ": ", value, if tagged { "" } else { ";tag=demo" }, "\r\n"]);
        }
        text.push_str(more);
        text.push_str("Content-Length: 0\r\n\r\n");
        text
    }
}

/// The value of `name=value` or `name="value"` among parameters split by commas or semicolons.
pub(super) fn parameter<'v>(value: &'v str, name: &str) -> Option<&'v str> {
    value.split([',', ';', ' ']).find_map(|part| {
        let (known, value) = part.trim().split_once('=')?;
        known.eq_ignore_ascii_case(name).then(|| value.trim_matches('"'))
    })
}

/// MD5 of the parts joined by colons, in hex.
pub(super) fn digest(parts: &[&str]) -> String {
    hex::encode(Md5::digest(parts.join(":")))
}

//! What the demo's PBX reads of a message, and the answers it gives.

use md5::{Digest as _, Md5};

/// A message as lines. The only one who writes to this PBX is our own listener.
pub(super) struct Seen<'m> {
    first: &'m str,
    headers: Vec<(&'m str, &'m str)>,
}

impl<'m> Seen<'m> {
    pub(super) fn read(datagram: &'m [u8]) -> Option<Self> {
        let text = std::str::from_utf8(datagram).ok()?;
        let mut lines = text.split("\r\n").take_while(|line| !line.is_empty());
        let first = lines.next()?;
        let headers = lines.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim(), value.trim()))
        });
        Some(Self { first, headers: headers.collect() })
    }

    /// The status of an answer; `None` for a request.
    pub(super) fn status(&self) -> Option<u16> {
        self.first.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    pub(super) fn method(&self) -> &'m str {
        self.first.split(' ').next().unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<&'m str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|&(_, value)| value)
    }

    /// For how long a REGISTER asks, in seconds; RFC 3261 §10.2.1.1.
    pub(super) fn expires(&self) -> u32 {
        let of_contact = self.header("Contact").and_then(|contact| parameter(contact, "expires"));
        let asked = of_contact.or_else(|| self.header("Expires"));
        asked.and_then(|seconds| seconds.parse().ok()).unwrap_or(3600)
    }

    /// An answer to this request; `more` are further header lines, each with its line end.
    pub(super) fn answer(&self, status: &str, more: &str) -> String {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for &(name, value) in &self.headers {
            let tagged = name.eq_ignore_ascii_case("To") && !value.contains(";tag=");
            let kept = ["Via", "From", "To", "Call-ID", "CSeq"];
            if kept.iter().any(|kept| kept.eq_ignore_ascii_case(name)) {
                let tag = if tagged { ";tag=demo" } else { "" };
                text.extend([name, ": ", value, tag, "\r\n"]);
            }
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

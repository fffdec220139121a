//! What a PBX asks before it believes us: digest challenges (RFC 3261 §22, RFC 7616, RFC 8760).

use std::borrow::Cow;

use super::lex::{is_token, items, split, trim, unquote};
use super::{Message, Name};

/// One challenge of a 401 or 407.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Challenge<'a> {
    /// `Digest`, as sent; compare without regard to case.
    pub scheme: &'a [u8],
    /// Where the password holds; escapes undone, to be escaped again when it is sent back.
    pub realm: Cow<'a, str>,
    /// To be sent back; escapes undone.
    pub nonce: Cow<'a, str>,
    /// To be sent back where there is one; escapes undone.
    pub opaque: Option<Cow<'a, str>>,
    /// `MD5`, `SHA-256`, `MD5-sess` …; absent means MD5.
    pub algorithm: Option<Cow<'a, str>>,
    /// The ways to protect that are offered, in order; empty when `qop` was not there (RFC 2069).
    pub qop: Vec<String>,
    /// The nonce was too old and the password right: try again at once.
    pub stale: bool,
}

/// Every challenge under `name` ([`Name::WwwAuthenticate`] or [`Name::ProxyAuthenticate`]) in the order
/// of preference, which is the order of the message (RFC 8760 §2.4): several lines, and several in
/// a line.
pub fn challenges<'a>(message: &Message<'a>, name: Name) -> Vec<Challenge<'a>> {
    let mut found: Vec<Challenge<'a>> = Vec::new();
    for line in message.all(name) {
        let mut begun = false;
        for item in items(line, b',') {
            let mut pair = item;
            if let Some((scheme, first)) = scheme(item) {
                found.push(Challenge { scheme, ..Challenge::default() });
                (pair, begun) = (first, true);
            }
            if let (true, Some(challenge)) = (begun, found.last_mut()) {
                take(challenge, pair);
            }
        }
    }
    found
}

/// `Digest realm="x"` begins a challenge, `nonce = "y"` goes on with it.
fn scheme(item: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = item.iter().position(|&byte| super::lex::is_blank(byte)).unwrap_or(item.len());
    let (word, rest) = item.split_at_checked(at)?;
    let rest = trim(rest);
    (is_token(word) && !rest.starts_with(b"=")).then_some((word, rest))
}

fn take<'a>(challenge: &mut Challenge<'a>, pair: &'a [u8]) {
    let Some((name, value)) = split(pair, b'=') else {
        return;
    };
    let name = trim(name);
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    if is("realm") {
        challenge.realm = unquote(value);
    } else if is("nonce") {
        challenge.nonce = unquote(value);
    } else if is("opaque") {
        challenge.opaque = Some(unquote(value));
    } else if is("algorithm") {
        challenge.algorithm = Some(unquote(value));
    } else if is("stale") {
        challenge.stale = unquote(value).eq_ignore_ascii_case("true");
    } else if is("qop") {
        let offered = unquote(value);
        challenge.qop = offered
            .split(',')
            .map(|one| one.trim().to_ascii_lowercase())
            .filter(|one| !one.is_empty())
            .collect();
    }
}

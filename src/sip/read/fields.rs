//! The headers a listener needs beside addresses: Via, CSeq, Expires, Reason.

use memchr::memchr2;

use super::address::host_port;
use super::lex::{MAX_PARAMS, is_blank, is_token, items, param, seconds, split, trim, unquoted};
use super::{MAX_VIAS, Message, Name};
use crate::sip::Withdrawal;

/// One hop a message took (RFC 3261 §20.42).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Via<'a> {
    /// `UDP`, `TCP`, `TLS` or another, as sent.
    pub transport: &'a [u8],
    /// Who sent it, as they call themselves; an IPv6 address without its brackets.
    pub host: &'a [u8],
    /// Their port where one is named.
    pub port: Option<u16>,
    /// Names the transaction; without the prefix `z9hG4bK` it is of RFC 2543 and names nothing.
    pub branch: Option<&'a [u8]>,
    /// Where it really came from; an IPv6 address with or without brackets (RFC 5118 §4.5).
    pub received: Option<&'a [u8]>,
    /// RFC 3581: `Some(b"")` asks for the port, a number tells it.
    pub rport: Option<&'a [u8]>,
    /// Where answers shall go instead of the host.
    pub maddr: Option<&'a [u8]>,
    /// All parameters.
    pub params: &'a [u8],
    /// This hop as sent.
    pub whole: &'a [u8],
    /// What follows the comma behind it: older hops of the same line.
    pub rest: &'a [u8],
}

/// Reads the first hop of a Via line; of the first line, that is the top Via. `None` when anything
/// in it is out of place, stray `;` and `,` included.
pub fn via(value: &[u8]) -> Option<Via<'_>> {
    let end = memchr2(b';', b',', value).unwrap_or(value.len());
    let (place, params) = value.split_at_checked(end)?;
    let (protocol, behind) = split(place, b'/')?;
    let (version, behind) = split(behind, b'/')?;
    if !trim(protocol).eq_ignore_ascii_case(b"SIP") || trim(version) != b"2.0" {
        return None;
    }
    let behind = trim(behind);
    let blank = behind.iter().position(|&byte| is_blank(byte))?;
    let (transport, sent_by) = behind.split_at_checked(blank)?;
    if !is_token(transport) {
        return None;
    }
    let (host, port) = host_port(sent_by)?;
    let mut hop = Via { transport, host, port, ..Via::default() };
    let mut rest = params;
    let mut count = 0_usize;
    while let [b';', behind @ ..] = rest {
        let end = unquoted(behind, b';', b',').ok()?.unwrap_or(behind.len());
        let (one, next) = behind.split_at_checked(end)?;
        let (name, value) = split(one, b'=').unwrap_or((one, &[]));
        hop.take(trim(name), trim(value))?;
        count = count.saturating_add(1);
        rest = next;
    }
    if count > MAX_PARAMS {
        return None;
    }
    let length = value.len().saturating_sub(rest.len());
    hop.whole = trim(value.get(..length)?);
    hop.params = trim(params.get(..params.len().saturating_sub(rest.len()))?);
    if let [b',', older @ ..] = rest {
        hop.rest = Some(trim(older)).filter(|older| !older.is_empty())?;
    }
    Some(hop)
}

impl<'a> Via<'a> {
    /// Takes one parameter; the first of several counts.
    fn take(&mut self, name: &[u8], value: &'a [u8]) -> Option<()> {
        let place = if name.eq_ignore_ascii_case(b"branch") {
            &mut self.branch
        } else if name.eq_ignore_ascii_case(b"rport") {
            &mut self.rport
        } else if name.eq_ignore_ascii_case(b"received") {
            &mut self.received
        } else if name.eq_ignore_ascii_case(b"maddr") {
            &mut self.maddr
        } else {
            return is_token(name).then_some(());
        };
        place.get_or_insert(value);
        Some(())
    }
}

/// Every hop of every Via line, the newest first; `None` for one that cannot be read, which ends
/// its line.
pub fn vias<'a>(message: &Message<'a>) -> impl Iterator<Item = Option<Via<'a>>> {
    message.all(Name::Via).flat_map(|line| {
        let mut rest = Some(line);
        std::iter::from_fn(move || {
            let hop = via(rest?);
            rest = hop.map(|hop| hop.rest).filter(|rest| !rest.is_empty());
            Some(hop)
        })
        .take(MAX_VIAS.saturating_add(1))
    })
}

/// Number and method of a CSeq; the number is below 2³¹ (RFC 3261 §8.1.1.5).
pub fn cseq(value: &[u8]) -> Option<(u32, &[u8])> {
    let blank = value.iter().position(|&byte| is_blank(byte))?;
    let (number, method) = value.split_at_checked(blank)?;
    let number = seconds(number).filter(|&number| number < 1 << 31)?;
    let method = trim(method);
    is_token(method).then_some((number, method))
}

/// Seconds of an Expires, Min-Expires or Retry-After value, or of an `expires` parameter; what
/// follows the number is not looked at.
pub fn expires(value: &[u8]) -> Option<u32> {
    let end = value.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(value.len());
    seconds(value.get(..end)?)
}

/// Why a CANCEL or BYE was sent: every Reason line, and every value in each (RFC 3326). Senders
/// write the same thing as `SIP;cause=200`, as text, or both.
pub fn reasons(message: &Message<'_>) -> Withdrawal {
    let mut why = Withdrawal::default();
    for one in message.all(Name::Reason).flat_map(|line| items(line, b',')) {
        let (protocol, params) = split(one, b';').unwrap_or((one, &[]));
        let cause = param(params, "cause").and_then(|cause| u16::try_from(seconds(cause)?).ok());
        let protocol = trim(protocol);
        if protocol.eq_ignore_ascii_case(b"SIP") {
            why.sip = why.sip.or(cause);
            why.elsewhere |= cause == Some(200);
        } else if protocol.eq_ignore_ascii_case(b"Q.850") {
            why.q850 = why.q850.or(cause);
        }
        why.elsewhere |= param(params, "text").is_some_and(says_elsewhere);
    }
    why
}

fn says_elsewhere(text: &[u8]) -> bool {
    const WORDS: &[u8] = b"completed elsewhere";
    text.windows(WORDS.len()).any(|words| words.eq_ignore_ascii_case(WORDS))
}

//! Whether a message that could be read is right, and how to refuse it (RFC 3261 §8.1.1, §8.2).

use super::lex::{items, trim};
use super::{MAX_VIAS, Message, Name, Start, cseq, name_addr, uri, vias};

/// Option tags that ask nothing of somebody who never answers, so a `Require` of them is kept by
/// doing nothing (RFC 4028, RFC 7044, RFC 4488, RFC 4916, RFC 3891).
pub const UNDERSTOOD: &[&str] = &["timer", "histinfo", "norefersub", "from-change", "replaces"];

/// What is wrong with a message. Of a request: answer [`Fault::status`]; of a response: drop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Another version than SIP/2.0.
    #[error("another version of SIP")]
    Version,
    /// A header that must be there is not.
    #[error("no {}", .0.text())]
    Missing(Name),
    /// A header that must be there once is there twice.
    #[error("{} repeated", .0.text())]
    Repeated(Name),
    /// A header that every message needs cannot be read.
    #[error("unreadable {}", .0.text())]
    Unreadable(Name),
    /// The method of CSeq is not the method of the request.
    #[error("CSeq of another method")]
    Method,
    /// The Request-URI cannot be read.
    #[error("unreadable Request-URI")]
    Uri,
    /// The Request-URI is of a scheme we do not serve.
    #[error("unknown URI scheme")]
    Scheme,
    /// `Require` names what we do not understand: the 420 repeats those in `Unsupported`.
    #[error("required extension not understood")]
    Extension,
}

impl Fault {
    /// The status that refuses it.
    pub const fn status(self) -> u16 {
        match self {
            Self::Missing(_)
            | Self::Repeated(_)
            | Self::Unreadable(_)
            | Self::Method
            | Self::Uri => 400,
            Self::Scheme => 416,
            Self::Extension => 420,
            Self::Version => 505,
        }
    }

    /// The phrase that goes with it.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::Missing(_)
            | Self::Repeated(_)
            | Self::Unreadable(_)
            | Self::Method
            | Self::Uri => "Bad Request",
            Self::Scheme => "Unsupported URI Scheme",
            Self::Extension => "Bad Extension",
            Self::Version => "Version Not Supported",
        }
    }
}

/// Headers without which nothing can be answered or matched. Max-Forwards is not asked: senders of
/// RFC 2543 have none.
const NEEDED: [Name; 5] = [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq];
/// Headers that hold one value.
const SINGLE: [Name; 6] =
    [Name::From, Name::To, Name::CallId, Name::CSeq, Name::MaxForwards, Name::ContentType];

/// Checks what every message must have, then what a request must have.
///
/// # Errors
///
/// The first [`Fault`] in the order in which RFC 3261 §8.2 looks.
pub fn check(message: &Message<'_>) -> Result<(), Fault> {
    if !message.version_2 {
        return Err(Fault::Version);
    }
    if let Some(&name) = NEEDED.iter().find(|&&name| message.get(name).is_none_or(<[u8]>::is_empty))
    {
        return Err(Fault::Missing(name));
    }
    if let Some(&name) = SINGLE.iter().find(|&&name| message.all(name).nth(1).is_some()) {
        return Err(Fault::Repeated(name));
    }
    for name in [Name::From, Name::To] {
        let one = message.get(name).and_then(name_addr).ok_or(Fault::Unreadable(name))?;
        if uri(one.uri).is_none() {
            return Err(Fault::Unreadable(name));
        }
        if !trim(one.rest).is_empty() {
            return Err(Fault::Repeated(name));
        }
    }
    hops(message)?;
    let (_, of) = message.get(Name::CSeq).and_then(cseq).ok_or(Fault::Unreadable(Name::CSeq))?;
    match message.start {
        Start::Request { method, .. } if method != of => Err(Fault::Method),
        Start::Request { uri: target, .. } => request(message, target),
        Start::Response { .. } => Ok(()),
    }
}

/// Every Via can be read to its end, and there are not too many.
fn hops(message: &Message<'_>) -> Result<(), Fault> {
    let mut count = 0_usize;
    for hop in vias(message) {
        count = count.saturating_add(1);
        if hop.is_none() || count > MAX_VIAS {
            return Err(Fault::Unreadable(Name::Via));
        }
    }
    Ok(())
}

fn request(message: &Message<'_>, target: &[u8]) -> Result<(), Fault> {
    let target = uri(target).ok_or(Fault::Uri)?;
    if !target.is_sip() && !target.is_tel() {
        return Err(Fault::Scheme);
    }
    // RFC 3261 §8.2.2.3: never for ACK and CANCEL
    if matches!(message.method(), Some(b"ACK" | b"CANCEL")) {
        return Ok(());
    }
    let understood =
        |tag: &[u8]| UNDERSTOOD.iter().any(|known| tag.eq_ignore_ascii_case(known.as_bytes()));
    if message.all(Name::Require).flat_map(|line| items(line, b',')).all(understood) {
        Ok(())
    } else {
        Err(Fault::Extension)
    }
}

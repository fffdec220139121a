//! Reads what others send: one pass over the bytes, nothing copied, nothing allocated, no panic.
//!
//! [`Message::parse`] is the only way in for bytes from the network. It finds the start line, the
//! headers and the body; what a header means is read when somebody asks: [`name_addr`], [`uri`],
//! [`param`], [`cseq`], [`via`], [`challenges`], [`reasons`]. [`check()`] says whether a message that could
//! be read is also right, and with which status to refuse it. [`party`], [`offer`] and [`leg_key`] give
//! the owned words that leave the room.
//!
//! It is liberal where real senders are sloppy (compact and folded headers, blanks, LF alone,
//! Latin-1, unknown methods) and strict where being liberal hurts (lengths, quotes, limits).

mod address;
mod challenge;
mod check;
mod fields;
mod identity;
mod lex;
mod name;
mod shown;

use memchr::{memchr, memchr3};

pub use address::{NameAddr, Uri, addresses, contacts, name_addr, number_in, uri, user_text};
pub use challenge::{Challenge, challenges};
pub use check::{Fault, UNDERSTOOD, check};
pub use fields::{Via, cseq, expires, reasons, via, vias};
pub use identity::{answered_offer, key, leg_key, offer, party, person};
pub use lex::{items, param, percent_decoded, text, unquote};
pub use name::Name;
pub use shown::{Unnamed, redacted_text, sent_text, text_without};

/// Largest message, in bytes: what a datagram can hold.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// Largest head (start line and headers), in bytes.
pub const MAX_HEAD: usize = 32 * 1024;
/// Largest body, in bytes.
pub const MAX_BODY: usize = 32 * 1024;
/// Most headers.
pub const MAX_HEADERS: usize = 96;
/// Most Via values, in lines or lists: no message takes more hops than Max-Forwards begins with (RFC 3261
/// §8.1.1.6).
pub const MAX_VIAS: usize = 70;

/// How the end of a message is known (RFC 3261 §18.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// The datagram ends it; bytes behind Content-Length are thrown away.
    Datagram,
    /// Content-Length ends it and must be there; bytes behind it are the next message.
    Stream,
}

/// Why bytes are no message. Nothing can be answered: drop and count under [`Unreadable::label`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Only line ends, blanks or NULs: somebody keeps a NAT open (RFC 5626 §4.4). Not a fault.
    #[error("keep-alive")]
    KeepAlive,
    /// Head, body or the whole is over its limit.
    #[error("message too long")]
    TooLong,
    /// The head never ends.
    #[error("message cut short")]
    CutShort,
    /// Neither a request line nor a status line.
    #[error("unreadable start line")]
    StartLine,
    /// A response of another version than SIP/2.0.
    #[error("another version of SIP")]
    Version,
    /// A line without a colon, or a name that is no token.
    #[error("unreadable header")]
    Header,
    /// More headers or Via lines than we read.
    #[error("too many headers")]
    TooManyHeaders,
    /// Content-Length is no number, contradicts itself or the bytes, or is missing on a stream.
    #[error("wrong Content-Length")]
    ContentLength,
}

impl Unreadable {
    /// A short word for a meter.
    pub const fn label(self) -> &'static str {
        match self {
            Self::KeepAlive => "keep_alive",
            Self::TooLong => "too_long",
            Self::CutShort => "cut_short",
            Self::StartLine => "start_line",
            Self::Version => "version",
            Self::Header => "header",
            Self::TooManyHeaders => "too_many_headers",
            Self::ContentLength => "content_length",
        }
    }
}

/// The first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start<'a> {
    /// Somebody asks.
    Request {
        /// The method, a token; its case matters.
        method: &'a [u8],
        /// The Request-URI, unread.
        uri: &'a [u8],
    },
    /// Somebody answers.
    Response {
        /// 100 to 699.
        code: u16,
        /// The phrase for people, as sent, often empty.
        reason: &'a [u8],
    },
}

/// Where one header stands: offsets into the head, which is shorter than 2¹⁵.
#[derive(Debug, Clone, Copy)]
struct Place {
    name: Name,
    written: (u16, u16),
    value: (u16, u16),
}

const NOWHERE: Place = Place { name: Name::Other, written: (0, 0), value: (0, 0) };

/// One message, borrowed from the bytes it was read from.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The first line.
    pub start: Start<'a>,
    /// The body, exactly as long as Content-Length says.
    pub body: &'a [u8],
    /// How many bytes it took, line ends in front included.
    pub len: usize,
    bytes: &'a [u8],
    places: [Place; MAX_HEADERS],
    count: usize,
    version_2: bool,
}

impl<'a> Message<'a> {
    /// Reads one message from the front of `bytes`.
    ///
    /// # Errors
    ///
    /// [`Unreadable`], when not even a status could be sent back. Messages that can be read but are
    /// wrong pass here and fail in [`check()`].
    pub fn parse(bytes: &'a [u8], framing: Framing) -> Result<Self, Unreadable> {
        if framing == Framing::Datagram && bytes.len() > MAX_MESSAGE {
            return Err(Unreadable::TooLong);
        }
        let (mut message, declared) = Self::head(bytes)?;
        let behind = bytes.get(message.len..).unwrap_or_default();
        let length = match (declared, framing) {
            (Some(length), _) => length,
            (None, Framing::Datagram) => behind.len(),
            (None, Framing::Stream) => return Err(Unreadable::ContentLength),
        };
        if length > MAX_BODY {
            return Err(Unreadable::TooLong);
        }
        message.body = behind.get(..length).ok_or(Unreadable::ContentLength)?;
        message.len = message.len.saturating_add(length);
        Ok(message)
    }

    /// The head alone, and what Content-Length says; `len` is the length of the head.
    fn head(bytes: &'a [u8]) -> Result<(Self, Option<usize>), Unreadable> {
        let window = bytes.get(..MAX_HEAD).unwrap_or(bytes);
        let endless =
            if window.len() < bytes.len() { Unreadable::TooLong } else { Unreadable::CutShort };
        let begin = after_line_ends(window);
        if begin.iter().all(|&byte| byte == 0 || lex::is_blank(byte)) {
            return Err(Unreadable::KeepAlive);
        }
        let (line, mut rest) = lex::split(begin, b'\n').ok_or(endless)?;
        let (start, version_2) = start_line(line.strip_suffix(b"\r").unwrap_or(line))?;
        let places = [NOWHERE; MAX_HEADERS];
        let mut message = Self { start, body: &[], len: 0, bytes, places, count: 0, version_2 };
        let mut length = None;
        let mut vias = 0_usize;
        loop {
            if let Some(behind) = after_empty_line(rest) {
                message.len = distance(bytes, behind);
                return Ok((message, length));
            }
            let (line, behind) = logical_line(rest).ok_or(endless)?;
            rest = behind;
            let (name, written, value) = header(line)?;
            if value.len() > name.longest_value() {
                return Err(Unreadable::TooLong);
            }
            if name == Name::ContentLength {
                let declared = content_length(value)?;
                if length.is_some_and(|known| known != declared) {
                    return Err(Unreadable::ContentLength);
                }
                length = Some(declared);
            }
            vias = vias.saturating_add(usize::from(name == Name::Via));
            if vias > MAX_VIAS {
                return Err(Unreadable::TooManyHeaders);
            }
            let place = message.places.get_mut(message.count).ok_or(Unreadable::TooManyHeaders)?;
            *place = Place { name, written: span(bytes, written), value: span(bytes, value) };
            message.count = message.count.saturating_add(1);
        }
    }

    /// The method of a request.
    pub const fn method(&self) -> Option<&'a [u8]> {
        match self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// The status of a response.
    pub const fn code(&self) -> Option<u16> {
        match self.start {
            Start::Request { .. } => None,
            Start::Response { code, .. } => Some(code),
        }
    }

    /// The first value of a header, without blanks around it, folds kept.
    pub fn get(&self, name: Name) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Every line of a header, in order; a line may hold several values.
    pub fn all(&self, name: Name) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.places()
            .iter()
            .filter(move |place| place.name == name)
            .map(|place| self.at(place.value))
    }

    /// Every line: what it means, its name as written, its value.
    pub fn headers(&self) -> impl Iterator<Item = (Name, &'a [u8], &'a [u8])> + '_ {
        self.places().iter().map(|place| (place.name, self.at(place.written), self.at(place.value)))
    }

    /// The first value of a header by its long name in any case, for those without a [`Name`].
    pub fn by_text(&self, name: &str) -> Option<&'a [u8]> {
        let meaning = Name::of(name.as_bytes());
        if meaning != Name::Other {
            return self.get(meaning);
        }
        self.headers()
            .find(|(_, written, _)| written.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, _, value)| value)
    }

    /// All bytes of this message.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes.get(..self.len).unwrap_or(self.bytes)
    }

    fn places(&self) -> &[Place] {
        self.places.get(..self.count).unwrap_or_default()
    }

    fn at(&self, (from, to): (u16, u16)) -> &'a [u8] {
        self.bytes.get(usize::from(from)..usize::from(to)).unwrap_or_default()
    }
}

/// Line ends in front of a message are no part of it (RFC 3261 §7.5).
pub(super) fn after_line_ends(mut bytes: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

/// What follows an empty line at the front.
pub(super) fn after_empty_line(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// One header with its folds, and what follows it; `None` while its end is not there.
pub(super) fn logical_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut end = memchr(b'\n', bytes)?;
    loop {
        let next = end.saturating_add(1);
        let rest = bytes.get(next..)?;
        if !matches!(rest, [b' ' | b'\t', ..]) {
            return Some((bytes.get(..end)?, rest));
        }
        end = next.saturating_add(memchr(b'\n', rest)?);
    }
}

/// Meaning, name as written and value of one header line.
pub(super) fn header(line: &[u8]) -> Result<(Name, &[u8], &[u8]), Unreadable> {
    let (mut written, value) = lex::split(line, b':').ok_or(Unreadable::Header)?;
    while let [rest @ .., b' ' | b'\t'] = written {
        written = rest;
    }
    let name = Name::of(written);
    if name == Name::Other && !lex::is_token(written) {
        return Err(Unreadable::Header);
    }
    Ok((name, written, lex::trim(value)))
}

/// At most nine digits, nothing else.
pub(super) fn content_length(value: &[u8]) -> Result<usize, Unreadable> {
    if value.len() > 9 {
        return Err(Unreadable::ContentLength);
    }
    let length = lex::seconds(value).ok_or(Unreadable::ContentLength)?;
    usize::try_from(length).map_err(|_| Unreadable::ContentLength)
}

fn start_line(line: &[u8]) -> Result<(Start<'_>, bool), Unreadable> {
    let (first, rest) = lex::split(line, b' ').ok_or(Unreadable::StartLine)?;
    if let Some((b"SIP/" | b"sip/" | b"Sip/", version)) = first.split_at_checked(4) {
        if version != b"2.0" {
            return Err(Unreadable::Version);
        }
        return Ok((status(rest).ok_or(Unreadable::StartLine)?, true));
    }
    let (uri, version) = lex::split(rest, b' ').ok_or(Unreadable::StartLine)?;
    let version = lex::trim(version);
    let of_sip = version.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"SIP/"));
    let plausible = lex::is_token(first)
        && memchr(b':', uri).is_some()
        && memchr3(b'<', b'>', b'"', uri).is_none()
        && of_sip
        && memchr(b' ', version).is_none();
    if !plausible {
        return Err(Unreadable::StartLine);
    }
    Ok((Start::Request { method: first, uri }, version.get(4..) == Some(b"2.0")))
}

fn status(rest: &[u8]) -> Option<Start<'_>> {
    let (digits, reason) = rest.split_at_checked(3)?;
    let reason = match reason {
        [] => reason,
        [b' ', reason @ ..] => reason,
        _ => return None,
    };
    let code = u16::try_from(lex::seconds(digits)?).ok()?;
    (100..700).contains(&code).then_some(Start::Response { code, reason })
}

/// How far `part` begins behind the begin of `whole`, of which it is a part.
fn distance(whole: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().wrapping_sub(whole.as_ptr().addr())
}

fn span(whole: &[u8], part: &[u8]) -> (u16, u16) {
    let from = distance(whole, part);
    let narrow = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
    (narrow(from), narrow(from.saturating_add(part.len())))
}

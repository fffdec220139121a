//! What we send of our own accord, built and owned in rsip's types, written by our own hand.
//!
//! rsip is the vocabulary here and nothing more. Its parsers never see a received byte: header
//! values go in as text that [`read`] gave, and URIs as opaque text that is printed as
//! it is, so that IPv6 hosts, `tel:` and escaped headers survive. Its `Display` is not used for
//! messages either, because it loses binary bodies and prints phrases as Rust names. Answers are not
//! built here: they repeat the request's own header bytes, which rsip's text could not hold.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use rsip::common::uri::{Domain, Host, HostWithPort};
use rsip::headers::{self, UntypedHeader as _};
pub use rsip::{Header, Method, Request, Response, SipMessage};
use rsip::{StatusCode, Uri, Version};

use super::read::{self, Message, Name, Start};
use crate::config::Transport;

/// A URI as text, printed as it is: rsip never looks into it.
pub fn opaque_uri(text: &str) -> Uri {
    let host = Host::Domain(Domain::new(text.to_owned()));
    Uri {
        scheme: None,
        auth: None,
        host_with_port: HostWithPort { host, port: None },
        params: Vec::new(),
        headers: Vec::new(),
    }
}

/// A header for which rsip has no word, or whose value is already text.
pub fn header(name: &str, value: impl Into<String>) -> Header {
    Header::Other(name.to_owned(), value.into())
}

/// A request to `target` with these headers, in this order. Content-Length is added when it is
/// written.
pub fn request(method: Method, target: &str, headers: Vec<Header>) -> Request {
    Request {
        method,
        uri: opaque_uri(target),
        version: Version::V2,
        headers: headers.into(),
        body: Vec::new(),
    }
}

/// Our Via; `rport` asks to be told where we are seen (RFC 3581 §3).
pub(super) fn own_via(transport: Transport, contact: SocketAddr, branch: &str) -> Header {
    let transport = transport.name().to_ascii_uppercase();
    header("Via", format!("SIP/2.0/{transport} {contact};branch={branch};rport"))
}

/// Where `user` of ours wants to be reached.
pub(super) fn own_contact(user: &str, contact: SocketAddr, transport: Transport) -> Header {
    let user = escaped(user);
    let value = match transport {
        Transport::Udp => format!("<sip:{user}@{contact}>"),
        Transport::Tcp | Transport::Tls => {
            format!("<sip:{user}@{contact};transport={}>", transport.name())
        }
    };
    header("Contact", value)
}

/// Who we are, for a log at the other end.
pub(super) fn own_agent() -> Header {
    header("User-Agent", concat!("switchboard/", env!("CARGO_PKG_VERSION")))
}

/// A user as it may stand in a URI (RFC 3261 §25.1, user).
pub(super) fn escaped(user: &str) -> String {
    let mut text = String::with_capacity(user.len());
    for byte in user.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.extend(["%", &hex::encode_upper([byte])]);
        }
    }
    text
}

pub(super) fn has_tag(message: &Message<'_>) -> bool {
    let to = message.get(Name::To).and_then(read::name_addr);
    to.is_some_and(|to| read::param(to.params, "tag").is_some())
}

/// The top Via line with `received` and `rport` of its first hop filled in.
pub(super) fn stamped(line: &[u8], peer: SocketAddr) -> String {
    let Some(hop) = read::via(line) else {
        return read::text(line).into_owned();
    };
    let asks = hop.rport.is_some();
    let mut value = String::new();
    for (at, part) in read::items(hop.whole, b';').enumerate() {
        let name = part.split(|&byte| byte == b'=').next().unwrap_or_default().trim_ascii();
        let ours = name.eq_ignore_ascii_case(b"received") || name.eq_ignore_ascii_case(b"rport");
        if at == 0 {
            value.push_str(&read::text(part));
        } else if !ours {
            value.push(';');
            value.push_str(&read::text(part));
        }
    }
    let address = peer.ip().to_canonical();
    let said = std::str::from_utf8(hop.host).ok().and_then(|host| host.parse::<IpAddr>().ok());
    // writing to a String cannot fail
    if asks || said != Some(address) {
        let _written = write!(value, ";received={address}");
    }
    if asks {
        let _written = write!(value, ";rport={}", peer.port());
    }
    if !hop.rest.is_empty() {
        value.push_str(", ");
        value.push_str(&read::text(hop.rest));
    }
    value
}

/// A received message in rsip's types, values as text. `None` for a method rsip has no word for.
pub fn owned(message: &Message<'_>) -> Option<SipMessage> {
    let headers: Vec<Header> = message
        .headers()
        .map(|(name, written, value)| {
            known(name, &read::text(written), read::text(value).into_owned())
        })
        .collect();
    let body = message.body.to_vec();
    Some(match message.start {
        Start::Request { method, uri } => SipMessage::Request(Request {
            method: method_named(method)?,
            uri: opaque_uri(&read::text(uri)),
            version: Version::V2,
            headers: headers.into(),
            body,
        }),
        Start::Response { code, reason } => SipMessage::Response(Response {
            status_code: StatusCode::Other(code, read::text(reason).into_owned()),
            version: Version::V2,
            headers: headers.into(),
            body,
        }),
    })
}

const METHODS: [Method; 14] = [
    Method::Ack,
    Method::Bye,
    Method::Cancel,
    Method::Info,
    Method::Invite,
    Method::Message,
    Method::Notify,
    Method::Options,
    Method::PRack,
    Method::Publish,
    Method::Refer,
    Method::Register,
    Method::Subscribe,
    Method::Update,
];

fn method_named(name: &[u8]) -> Option<Method> {
    METHODS.into_iter().find(|method| method.to_string().as_bytes() == name)
}

fn known(name: Name, written: &str, value: String) -> Header {
    macro_rules! words {
        ($($name:ident),*) => {
            match name {
                $(Name::$name => Header::$name(headers::$name::new(value)),)*
                Name::Other => Header::Other(written.to_owned(), value),
                other => Header::Other(other.text().to_owned(), value),
            }
        };
    }
    words!(Via, From, To, CallId, CSeq, MaxForwards, RecordRoute, Expires, Timestamp, ContentLength)
}

/// The message as bytes. Content-Length is always there, once, and right; a line end in a header
/// value becomes a blank, so no value can begin a header of its own.
pub fn to_bytes(message: &SipMessage) -> Vec<u8> {
    let (first, headers, body) = match message {
        SipMessage::Request(one) => {
            (format!("{} {} {}", one.method, one.uri, one.version), &one.headers, &one.body)
        }
        SipMessage::Response(one) => {
            (format!("{} {}", one.version, one.status_code), &one.headers, &one.body)
        }
    };
    let mut bytes = Vec::with_capacity(1024_usize.saturating_add(body.len()));
    let mut line = |text: &str| {
        bytes.extend_from_slice(one_line(text).as_bytes());
        bytes.extend_from_slice(b"\r\n");
    };
    line(&first);
    for one in headers.iter().filter(|one| !matches!(one, Header::ContentLength(_))) {
        line(&one.to_string());
    }
    line(&format!("Content-Length: {}", body.len()));
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

fn one_line(text: &str) -> Cow<'_, str> {
    if text.contains(['\r', '\n']) {
        Cow::Owned(text.replace(['\r', '\n'], " "))
    } else {
        Cow::Borrowed(text)
    }
}

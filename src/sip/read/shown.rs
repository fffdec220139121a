//! A message as the ladder of a call shows it: nothing to sign in with, nobody who withheld
//! themselves.

use super::lex::{is_blank, param, text};
use super::{Framing, Message, Name, addresses, name_addr, party, uri, user_text};

/// Fewer digits than this are no telephone number that could give somebody away.
const FEWEST_DIGITS: usize = 5;
/// So many last digits are the same however a number is spelled.
const TAIL: usize = 8;

/// The numbers of a caller who asked not to be known, by their digits. An INVITE tells them; its
/// CANCEL, its ACK and our answers repeat some of it without repeating the wish.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Unnamed(Vec<String>);

impl std::fmt::Debug for Unnamed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unnamed({})", self.0.len())
    }
}

impl Unnamed {
    /// What an INVITE wants hidden; `None` when the caller may be known.
    pub fn of(message: &Message<'_>) -> Option<Self> {
        party(message).withheld.then(|| Self::whoever(message))
    }

    /// The caller of this message, whatever they asked: for a message without its INVITE.
    pub fn whoever(message: &Message<'_>) -> Self {
        Self::in_headers(message, |name| name != Name::Contact)
    }

    /// What an INVITE that the caller themselves sent wants hidden: their Contact, which whoever
    /// answers speaks to, is theirs and may name them too.
    pub fn of_caller(message: &Message<'_>) -> Option<Self> {
        party(message).withheld.then(|| Self::in_headers(message, |_| true))
    }

    fn in_headers(message: &Message<'_>, counts: impl Fn(Name) -> bool) -> Self {
        let mut numbers = Vec::new();
        for (name, written, value) in message.headers() {
            if !names_caller(name, written) || !counts(name) {
                continue;
            }
            for one in addresses(value) {
                let user = uri(one.uri).as_ref().and_then(user_text);
                for words in [user, Some(text(one.display).into_owned())].into_iter().flatten() {
                    let digits: String = words.chars().filter(char::is_ascii_digit).collect();
                    if digits.len() >= FEWEST_DIGITS && !numbers.contains(&digits) {
                        numbers.push(digits);
                    }
                }
            }
        }
        Self(numbers)
    }

    /// Whether these digits are one of the numbers, with or without what is dialled before it.
    fn is(&self, digits: &str) -> bool {
        digits.len() >= FEWEST_DIGITS
            && self.0.iter().any(|number| {
                let tail = number.get(number.len().saturating_sub(TAIL)..).unwrap_or(number);
                digits.contains(tail)
            })
    }

    /// The words with every such number taken out.
    fn without_numbers(&self, words: &str) -> String {
        let mut kept = String::with_capacity(words.len());
        let mut rest = words;
        while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, from) = rest.split_at_checked(begin).unwrap_or((rest, ""));
            let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
            let (digits, behind) = from.split_at_checked(end).unwrap_or((from, ""));
            kept.push_str(before);
            kept.push_str(if self.is(digits) { "(withheld)" } else { digits });
            rest = behind;
        }
        kept.push_str(rest);
        kept
    }
}

/// The message as text for a ladder, without what could be used to sign in (of credentials and
/// challenges only the scheme stays) and, where the caller asks for it in this message,
/// without who calls.
pub fn redacted_text(message: &Message<'_>) -> String {
    text_without(message, Unnamed::of(message).as_ref())
}

/// The same for a message of a call whose caller is known to be hidden or not: headers that name
/// the caller say `anonymous`, and the number is taken out wherever else it stands.
pub fn text_without(message: &Message<'_>, caller: Option<&Unnamed>) -> String {
    let bytes = message.bytes();
    let shown_as = |part: &[u8]| {
        let words = lines(part);
        caller.map_or_else(|| words.clone(), |caller| caller.without_numbers(&words))
    };
    let mut shown = String::with_capacity(bytes.len());
    let mut done = 0_usize;
    for place in message.places() {
        let value = message.at(place.value);
        let signs_in = matches!(
            place.name,
            Name::Authorization
                | Name::ProxyAuthorization
                | Name::WwwAuthenticate
                | Name::ProxyAuthenticate
        );
        let proof = is_proof(message.at(place.written)).then_some(&b""[..]);
        let scheme = if signs_in { Some(value) } else { proof };
        // the Contact of an answer is ours
        let ours = place.name == Name::Contact && message.method().is_none();
        let names = !ours && names_caller(place.name, message.at(place.written));
        let instead = if let Some(scheme) = scheme {
            let end = scheme.iter().position(|&byte| is_blank(byte)).unwrap_or(0);
            let scheme = text(scheme.get(..end).unwrap_or_default());
            format!("{scheme} (removed)").trim_start().to_owned()
        } else if let Some(caller) = caller.filter(|_| names) {
            caller.without_numbers(&anonymous(value))
        } else {
            continue;
        };
        let (from, to) = (usize::from(place.value.0), usize::from(place.value.1));
        shown.push_str(&shown_as(bytes.get(done..from).unwrap_or_default()));
        shown.push_str(&instead);
        done = to;
    }
    let body = bytes.len().saturating_sub(message.body.len());
    shown.push_str(&shown_as(bytes.get(done..body).unwrap_or_default()));
    shown.push_str(&shown_body(&shown_as(message.body), message.method() == Some(b"INFO")));
    without_passwords(shown)
}

/// What a header that a URI asks for begins with, where it holds credentials (RFC 3261 §19.1.1, for
/// whoever a REFER names): `Authorization` and `Proxy-Authorization`.
const ASKED_FOR: &str = "authorization=";

/// The text with the passwords of its URIs taken out: `sip:user:password@host`.
fn without_passwords(shown: String) -> String {
    let ends = [' ', '\t', '\r', '\n', '<', '>', '"'];
    let secret = |word: &str| password_in(word).or_else(|| asked_for_in(word)).is_some();
    if !shown.split(ends).any(secret) {
        return shown;
    }
    let mut kept = String::with_capacity(shown.len());
    for word in shown.split_inclusive(ends) {
        let (before, behind) = password_in(word).unwrap_or_default();
        kept.push_str(word.get(..before).unwrap_or_default());
        let mut rest = word.get(behind..).unwrap_or_default();
        kept.push_str(if behind > before { "(removed)" } else { "" });
        while let Some((from, to)) = asked_for_in(rest) {
            kept.extend([rest.get(..from).unwrap_or_default(), "(removed)"]);
            rest = rest.get(to..).unwrap_or_default();
        }
        kept.push_str(rest);
    }
    kept
}

/// Where the password of a URI stands in a word.
fn password_in(word: &str) -> Option<(usize, usize)> {
    let end = word.find('@')?;
    let lower = word.get(..end)?.to_ascii_lowercase();
    let begins = ["sip:", "sips:", "://"];
    let after = |scheme: &str| lower.find(scheme).map(|at| at.saturating_add(scheme.len()));
    let user = begins.into_iter().filter_map(after).min()?;
    let colon = lower.get(user..)?.find(':')?;
    Some((user.saturating_add(colon).saturating_add(1), end))
}

/// Where a URI's credentials stand in a word.
fn asked_for_in(word: &str) -> Option<(usize, usize)> {
    let from = word.to_ascii_lowercase().find(ASKED_FOR)?.saturating_add(ASKED_FOR.len());
    let rest = word.get(from..)?;
    let length = rest.find(|c: char| matches!(c, '&' | '>' | '"') || c.is_whitespace());
    Some((from, from.saturating_add(length.unwrap_or(rest.len()))))
}

/// What a server proves that it knows the password with (RFC 7615): a hash of it, too.
fn is_proof(name: &[u8]) -> bool {
    [&b"Authentication-Info"[..], b"Proxy-Authentication-Info"]
        .iter()
        .any(|proof| name.eq_ignore_ascii_case(proof))
}

/// What a line of a body begins with that holds a secret: keys of encrypted media (RFC 4568, RFC 4567,
/// RFC 8866), the password of a media path (RFC 8839), and what signs in, in a body that is a message
/// itself (RFC 3420, RFC 3893).
const SECRETS: [&str; 10] = [
    "a=crypto:",
    "a=key-mgmt:",
    "a=ice-pwd:",
    "k=",
    "authorization:",
    "proxy-authorization:",
    "www-authenticate:",
    "proxy-authenticate:",
    "authentication-info:",
    "proxy-authentication-info:",
];

/// A body as the ladder shows it: without secrets, and without what a caller keys in (an INFO's).
fn shown_body(body: &str, keyed_in: bool) -> String {
    if keyed_in && !body.is_empty() {
        return "(removed)".to_owned();
    }
    let secret = |line: &str| {
        let begins = |name: &&&str| {
            line.get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name))
        };
        SECRETS.iter().find(begins).map(|name| name.len())
    };
    let mut kept = String::with_capacity(body.len());
    // a secret may go on in the next line, and half of that line's end may come after it
    let (mut folded, mut half) = (false, false);
    for line in body.split_inclusive(['\n', '\r']) {
        let said = line.trim_end_matches(['\n', '\r']);
        let end = line.get(said.len()..).unwrap_or_default();
        // a line of a message may go on in the next, behind a blank
        if folded && (said.is_empty() || said.starts_with([' ', '\t'])) {
            let belongs = !said.is_empty() || (half && end == "\n");
            half = !said.is_empty() && end == "\r";
            kept.push_str(if belongs { "" } else { end });
            continue;
        }
        let begins = said.trim_start();
        let name = secret(begins).and_then(|length| begins.get(..length));
        (folded, half) = (name.is_some(), false);
        match name {
            Some(name) => kept.extend([name, "(removed)"]),
            None => kept.push_str(said),
        }
        kept.push_str(end);
    }
    kept
}

/// What we send, likewise. What echoes a head of the greatest length may be longer than what is
/// read: of that, the first line.
pub fn sent_text(bytes: &[u8], caller: Option<&Unnamed>) -> String {
    Message::parse(bytes, Framing::Stream).map_or_else(
        |_| lines(bytes.split(|&byte| byte == b'\r').next().unwrap_or_default()),
        |message| text_without(&message, caller),
    )
}

/// Whether a header says who calls (RFC 3261 §20.10, §20.20; RFC 3325 §9).
fn names_caller(name: Name, written: &[u8]) -> bool {
    matches!(name, Name::From | Name::Contact | Name::AssertedIdentity | Name::RemotePartyId)
        || written.eq_ignore_ascii_case(b"P-Preferred-Identity")
}

/// Somebody at the same host; the tag stays, because it tells dialogs apart.
fn anonymous(value: &[u8]) -> String {
    let Some(one) = name_addr(value) else { return "(withheld)".to_owned() };
    let host = uri(one.uri).map(|uri| uri.host).filter(|host| !host.is_empty());
    let host = host.map_or_else(|| "anonymous.invalid".into(), text);
    let host = if host.contains(':') { format!("[{host}]") } else { host.into_owned() };
    let tag = param(one.params, "tag").map(|tag| format!(";tag={}", text(tag)));
    format!("\"Anonymous\" <sip:anonymous@{host}>{}", tag.unwrap_or_default())
}

/// Several lines as text: as [`text`] reads them, but the line ends stay.
fn lines(bytes: &[u8]) -> String {
    let read = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    };
    if read.contains('\0') { read.replace('\0', "\u{fffd}") } else { read }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_uris_and_credentials_a_refer_carries_stay_out_of_the_ladder() {
        let text = "REFER sip:801:geheim@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bK1\r\n\
                    From: <sip:1@192.0.2.2>;tag=1\r\nTo: <sip:801@192.0.2.1:5060>\r\nCall-ID: a:b@c\r\n\
                    Route: <SIPS:carrier:p:w@192.0.2.1;lr>, <sip:[2001:db8::1]:5060;lr>\r\n\
                    Call-Info: <http://user:geheim@h.example/x>\r\n\
                    Refer-To: <sip:804@h?Proxy-Authorization=Digest%20response%3Dabcd&Replaces=x%40y>\r\n\
                    CSeq: 1 REFER\r\nContent-Length: 0\r\n\r\n";
        let shown = redacted_text(&Message::parse(text.as_bytes(), Framing::Datagram).unwrap());
        for secret in ["geheim", "p:w", "abcd"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        let kept = [
            "REFER sip:801:(removed)@192.0.2.1 SIP/2.0\r\n",
            "192.0.2.2:5060;branch=z9hG4bK1",
            "<sip:801@192.0.2.1:5060>",
            "Call-ID: a:b@c\r\n",
            "<SIPS:carrier:(removed)@192.0.2.1;lr>, <sip:[2001:db8::1]:5060;lr>",
            "<http://user:(removed)@h.example/x>",
            "?Proxy-Authorization=(removed)&Replaces=x%40y>",
        ];
        for part in kept {
            assert!(shown.contains(part), "{part} in {shown}");
        }
    }

    #[test]
    fn keys_of_encrypted_media_and_what_is_keyed_in_stay_out_of_the_ladder() {
        let shown = |method: &str, body: &str| {
            let text = format!(
                "{method} sip:801@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\r\n\
                 From: <sip:1@192.0.2.2>;tag=1\r\nTo: <sip:801@192.0.2.1>\r\nCall-ID: a\r\n\
                 CSeq: 1 {method}\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            redacted_text(&Message::parse(text.as_bytes(), Framing::Datagram).unwrap())
        };
        let sdp = "v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\r\nk=clear:geheim\r\nm=audio 1\r\n";
        let text = shown("INVITE", sdp);
        assert!(!text.contains("c2VjcmV0") && !text.contains("geheim"), "{text}");
        assert!(text.contains("v=0") && text.contains("m=audio 1"), "{text}");
        let keys = "v=0\n\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0\n\rk=clear:geheim\rA=ICE-PWD:passwort\n";
        let text = shown("INVITE", keys);
        let kept = ["c2VjcmV0", "geheim", "passwort"].iter().any(|key| text.contains(key));
        assert!(!kept && text.matches("(removed)").count() == 3, "{text}");
        let inner = "INVITE sip:1@192.0.2.1 SIP/2.0\r\nauthorization: Digest username=\"u\",\r\n\tresponse=\"abcd\"\r\nTo: x\r\n";
        let text = shown("NOTIFY", inner);
        assert!(!text.contains("abcd") && !text.contains("Digest"), "{text}");
        assert!(text.ends_with("authorization:(removed)\r\nTo: x\r\n"), "{text}");
        let text = shown("INFO", "Signal=7\r\nDuration=160\r\n");
        assert!(!text.contains("Signal") && text.contains("(removed)"), "{text}");
        // a head that ends in one kind of line end and then another
        let mixed = "INFO sip:801@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1\n\
                     From: <sip:1@192.0.2.2>;tag=1\nTo: <sip:801@192.0.2.1>\nCall-ID: a\nCSeq: 1 INFO\n\r\nSignal=7\n";
        let read = Message::parse(mixed.as_bytes(), Framing::Datagram).unwrap();
        assert!(!redacted_text(&read).contains("Signal"));
    }
}

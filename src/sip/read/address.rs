//! Who and where: name-addr, URIs, hosts (RFC 3261 §19.1, §25.1; RFC 3966 for tel).

use memchr::{memchr, memchr_iter, memchr2};

use super::lex::{MAX_PARAMS, cut, is_blank, percent_decoded, split, text, trim, unquoted};
use super::{Message, Name};

/// One address as a From, To, Contact, Diversion … holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NameAddr<'a> {
    /// The display name as sent, with its quotation marks; [`unquote`](super::unquote) reads it.
    pub display: &'a [u8],
    /// The URI, unread.
    pub uri: &'a [u8],
    /// The parameters of the header, `;tag=…`.
    pub params: &'a [u8],
    /// What follows the comma behind it: the next address of a list.
    pub rest: &'a [u8],
}

/// A URI, read as far as its scheme allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Uri<'a> {
    /// `sip`, `sips`, `tel` or another, as sent.
    pub scheme: &'a [u8],
    /// The user as sent, password cut off; of a `tel:` the number. Empty where there is none.
    pub user: &'a [u8],
    /// The host; an IPv6 address without its brackets. Empty for every scheme but sip and sips.
    pub host: &'a [u8],
    /// The port where one is named.
    pub port: Option<u16>,
    /// `;transport=tcp;lr`, of a `tel:` too.
    pub params: &'a [u8],
}

impl Uri<'_> {
    /// `sip:` or `sips:`.
    pub fn is_sip(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(b"sip") || self.scheme.eq_ignore_ascii_case(b"sips")
    }

    /// `tel:`.
    pub fn is_tel(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(b"tel")
    }
}

/// Reads the first address of a value. What is in quotation marks never counts as an address:
/// `"<sip:110@police>" <sip:evil@x>` is from `evil`. `None` when it is none, a quotation or a
/// bracket stays open, or it has more than 64 parameters.
pub fn name_addr(value: &[u8]) -> Option<NameAddr<'_>> {
    let value = trim(value);
    let at = unquoted(value, b'<', b',').ok()?;
    let found = if let Some(at) = at.filter(|&at| value.get(at) == Some(&b'<')) {
        let (display, behind) = cut(value, at);
        let (uri, tail) = split(behind, b'>')?;
        let (params, rest) = first_of_list(tail)?;
        let bracket = memchr2(b'<', b'>', params).is_some();
        if bracket && !matches!(unquoted(params, b'<', b'>'), Ok(None)) {
            return None;
        }
        NameAddr { display: trim(display), uri: trim(uri), params: trim(params), rest }
    } else {
        // without brackets, parameters are the header's, never the URI's (§20.10)
        let (whole, rest) = first_of_list(value)?;
        let end = memchr(b';', whole).unwrap_or(whole.len());
        let (uri, params) = whole.split_at_checked(end)?;
        NameAddr { display: &[], uri: trim(uri), params: trim(params), rest }
    };
    let (scheme, _) = split(found.uri, b':')?;
    let plain = is_scheme(scheme) && memchr2(b'"', b'<', found.uri).is_none();
    (plain && !too_many_params(found.params)).then_some(found)
}

fn first_of_list(value: &[u8]) -> Option<(&[u8], &[u8])> {
    Some(unquoted(value, b',', b',').ok()?.map_or((value, &[][..]), |at| cut(value, at)))
}

fn too_many_params(params: &[u8]) -> bool {
    params.len() > MAX_PARAMS && memchr_iter(b';', params).count() > MAX_PARAMS
}

fn is_scheme(scheme: &[u8]) -> bool {
    scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Every address of one line; one that cannot be read ends it.
pub fn addresses(line: &[u8]) -> impl Iterator<Item = NameAddr<'_>> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let one = name_addr(rest)?;
        rest = one.rest;
        Some(one)
    })
    .take(MAX_PARAMS)
}

/// Every address in every Contact line; `*` is an address whose URI is `*`.
pub fn contacts<'a>(message: &Message<'a>) -> impl Iterator<Item = NameAddr<'a>> {
    message.all(Name::Contact).flat_map(|line| {
        let all = (line == b"*").then_some(NameAddr { uri: line, ..NameAddr::default() });
        all.into_iter().chain(addresses(line))
    })
}

/// Reads a URI. `None` when it has no scheme, or is a sip URI whose host or port is none (an IPv6
/// address without brackets, RFC 5118 §4.2).
pub fn uri(bytes: &[u8]) -> Option<Uri<'_>> {
    let (scheme, rest) = split(bytes, b':')?;
    if !is_scheme(scheme) {
        return None;
    }
    let none = Uri { scheme, ..Uri::default() };
    if none.is_tel() {
        let (user, params) = rest.split_at_checked(memchr(b';', rest).unwrap_or(rest.len()))?;
        return Some(Uri { user, params, ..none });
    }
    if !none.is_sip() {
        return Some(none);
    }
    // a user may hold ; and ? (§19.1.1), so it is cut off first
    let (user, place) = split(rest, b'@').unwrap_or((&[], rest));
    let (user, _password) = split(user, b':').unwrap_or((user, &[]));
    let end = memchr2(b';', b'?', place).unwrap_or(place.len());
    let (host, behind) = place.split_at_checked(end)?;
    let (params, _headers) = split(behind, b'?').unwrap_or((behind, &[]));
    let (host, port) = host_port(host)?;
    Some(Uri { user, host, port, params, ..none })
}

/// Host and port; blanks around the colon are allowed in a Via (§25.1 `sent-by`).
pub(super) fn host_port(bytes: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let bytes = trim(bytes);
    let (host, behind, plausible) = if let [b'[', inner @ ..] = bytes {
        let (host, behind) = split(inner, b']')?;
        let address = |byte: &u8| byte.is_ascii_hexdigit() || b":.%".contains(byte);
        (host, trim(behind), host.iter().all(address))
    } else {
        let end = memchr(b':', bytes).unwrap_or(bytes.len());
        let (host, behind) = bytes.split_at_checked(end)?;
        let host = trim(host);
        let never = |&byte: &u8| is_blank(byte) || b"<>\"@[],;".contains(&byte);
        (host, behind, !host.iter().any(never))
    };
    if host.is_empty() || !plausible {
        return None;
    }
    match behind {
        [] => Some((host, None)),
        [b':', port @ ..] => {
            let port = u16::try_from(super::lex::seconds(port)?).ok()?;
            Some((host, Some(port)))
        }
        _ => None,
    }
}

/// The user of an address as text, percent-decoded; parameters behind a telephone number
/// (`+8613…;phone-context=…`) are cut off. `None` without one.
pub fn user_text(of: &Uri<'_>) -> Option<String> {
    let mut user = of.user;
    if let Some((number, _)) = split(user, b';')
        && number.iter().all(|b| b.is_ascii_digit() || b"+-.()*#".contains(b))
    {
        user = number;
    }
    let plain = percent_decoded(user);
    let found = text(&plain);
    let found = found.trim();
    (!found.is_empty()).then(|| found.to_owned())
}

/// The number a value names, whether it is an address, a URI or the number itself.
pub fn number_in(value: &[u8]) -> Option<String> {
    if memchr(b':', value).is_some() {
        return user_text(&uri(name_addr(value)?.uri)?);
    }
    let plain = super::unquote(value);
    let plain = plain.trim();
    (!plain.is_empty()).then(|| plain.to_owned())
}

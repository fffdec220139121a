//! The letters of SIP: blanks, tokens, quotes, escapes, lists (RFC 3261 §25.1).

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3};

/// A quotation mark was opened and never closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpenQuote;

/// Parameters of one value that are looked at; more are not a name, they are an attack.
pub(super) const MAX_PARAMS: usize = 64;

pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

pub(super) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~')
}

pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
}

/// Without the blanks, folds included, at both ends.
pub(super) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes
        && is_blank(*first)
    {
        bytes = rest;
    }
    while let [rest @ .., last] = bytes
        && is_blank(*last)
    {
        bytes = rest;
    }
    bytes
}

/// What stands before and after the byte at `at`.
pub(super) fn cut(bytes: &[u8], at: usize) -> (&[u8], &[u8]) {
    let (before, from) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
    (before, from.split_first().map_or(&[], |(_, after)| after))
}

/// What stands before and after the first `byte`; `None` without one.
pub(super) fn split(bytes: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    memchr(byte, bytes).map(|at| cut(bytes, at))
}

/// Where the first `a` or `b` outside quotation marks is.
pub(super) fn unquoted(bytes: &[u8], a: u8, b: u8) -> Result<Option<usize>, OpenQuote> {
    let mut from = 0_usize;
    loop {
        let rest = bytes.get(from..).unwrap_or_default();
        let Some(at) = memchr3(a, b, b'"', rest) else {
            return Ok(None);
        };
        from = from.saturating_add(at);
        if rest.get(at) != Some(&b'"') {
            return Ok(Some(from));
        }
        from = from.saturating_add(1);
        from = from.saturating_add(closing(bytes.get(from..).unwrap_or_default())?);
    }
}

/// Just behind the mark that closes a quotation; `bytes` begin just behind the one that opens it.
fn closing(bytes: &[u8]) -> Result<usize, OpenQuote> {
    let mut from = 0_usize;
    loop {
        let rest = bytes.get(from..).unwrap_or_default();
        let at = memchr2(b'"', b'\\', rest).ok_or(OpenQuote)?;
        let escapes = rest.get(at) == Some(&b'\\');
        from = from.saturating_add(at).saturating_add(if escapes { 2 } else { 1 });
        if !escapes {
            return Ok(from);
        }
    }
}

/// The members of a list, split at `separator` outside quotation marks, without blanks; empty
/// members are left out. A quotation that never closes ends the list.
pub fn items(value: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let whole = rest?;
        let Ok(at) = unquoted(whole, separator, separator) else {
            rest = None;
            return None;
        };
        let (item, after) = at.map_or((whole, None), |at| {
            let (item, after) = cut(whole, at);
            (item, Some(after))
        });
        rest = after;
        Some(trim(item))
    })
    .filter(|item| !item.is_empty())
}

/// The value of the parameter `name` among `;a=b;c`, as written (quotation marks kept); empty for
/// a flag. The first of several counts, and quotation marks hide what is in them.
pub fn param<'a>(params: &'a [u8], name: &str) -> Option<&'a [u8]> {
    each_param(params)
        .find(|(written, _)| written.eq_ignore_ascii_case(name.as_bytes()))
        .map(|(_, value)| value)
}

/// All parameters of `;a=b;c` as (name, value), at most 64; the value of a flag is empty.
pub(super) fn each_param(params: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    items(params, b';').take(MAX_PARAMS).map(|one| {
        split(one, b'=').map_or((one, &[][..]), |(name, value)| (trim(name), trim(value)))
    })
}

/// Bytes as text for people and for the store: UTF-8 where it is, else Latin-1; folded lines are
/// joined with one blank (RFC 3261 §7.3.1); NUL, which no store keeps, becomes U+FFFD.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    let read = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().copied().map(char::from).collect()),
    };
    if memchr3(b'\r', b'\n', 0, bytes).is_none() {
        return read;
    }
    let mut joined = String::with_capacity(read.len());
    for piece in read.split(['\r', '\n']) {
        let piece = piece.trim_matches([' ', '\t']);
        if !piece.is_empty() {
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(piece);
        }
    }
    Cow::Owned(if memchr(0, bytes).is_some() { joined.replace('\0', "\u{fffd}") } else { joined })
}

/// The text within quotation marks with its escapes undone, or the text as it is without marks.
pub fn unquote(value: &[u8]) -> Cow<'_, str> {
    let value = trim(value);
    let [b'"', inner @ .., b'"'] = value else {
        return text(value);
    };
    if memchr(b'\\', inner).is_none() {
        return text(inner);
    }
    let mut plain = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied();
    while let Some(byte) = bytes.next() {
        let byte = if byte == b'\\' { bytes.next() } else { Some(byte) };
        plain.extend(byte);
    }
    Cow::Owned(text(&plain).into_owned())
}

/// Undoes `%41` (RFC 3261 §19.1.2). `%00` and what is no escape stay as they are.
pub fn percent_decoded(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'%', bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        (plain, rest) = match rest {
            [b'%', high, low, behind @ ..] if let Some(value @ 1..) = hex_pair(*high, *low) => {
                plain.push(value);
                (plain, behind)
            }
            _ => {
                plain.push(*byte);
                (plain, after)
            }
        };
    }
    Cow::Owned(plain)
}

fn hex_pair(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let value = digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?;
    u8::try_from(value).ok()
}

/// Digits only, as a number; more than 2³² − 1 counts as that (RFC 3261 §20.19).
pub(super) fn seconds(value: &[u8]) -> Option<u32> {
    let value = trim(value);
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |byte: u8| u32::from(byte.saturating_sub(b'0'));
    Some(value.iter().fold(0, |sum: u32, &byte| sum.saturating_mul(10).saturating_add(digit(byte))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_in_quotes_separates_nothing() {
        let found: Vec<_> = items(br#"a;t="x, \"y", b ,, c"#, b',').collect();
        assert_eq!(found, [&br#"a;t="x, \"y""#[..], b"b", b"c"]);
    }

    #[test]
    fn a_parameter_in_quotes_is_none() {
        assert_eq!(param(br#";a="q;tag=evil";tag = good"#, "tag"), Some(&b"good"[..]));
        assert_eq!(param(b";lr;TAG=x", "tag"), Some(&b"x"[..]));
        assert_eq!(param(b";lr", "lr"), Some(&b""[..]));
        assert_eq!(param(b"", "tag"), None);
    }

    #[test]
    fn text_is_utf8_else_latin_1_and_unfolded() {
        assert_eq!(text("王先生".as_bytes()), "王先生");
        assert_eq!(text(b"M\xfcller"), "Müller");
        assert_eq!(text(b"one\r\n  two\r\n\tthree"), "one two three");
        assert_eq!(text(b"a\0b"), "a\u{fffd}b");
    }

    #[test]
    fn escapes_are_undone_and_what_is_no_escape_stays() {
        assert_eq!(unquote(br#""a \"b\" \\ c""#), r#"a "b" \ c"#);
        assert_eq!(unquote(b" plain "), "plain");
        assert_eq!(&*percent_decoded(b"%2B86%20x%zz%0%00"), b"+86 x%zz%0%00");
    }

    #[test]
    fn too_many_seconds_are_very_many_seconds() {
        assert_eq!(seconds(b" 3600 "), Some(3600));
        assert_eq!(seconds(b"99999999999999999999"), Some(u32::MAX));
        assert_eq!(seconds(b"-1"), None);
        assert_eq!(seconds(b""), None);
    }
}

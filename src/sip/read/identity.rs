//! Who calls, whom, and by which leg: the owned words that leave the room.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::lex::{items, param, text, trim, unquote};
use super::{
    Message, Name, NameAddr, Start, addresses, cseq, name_addr, number_in, uri, user_text, via,
};
use crate::sip::{LegKey, Offer, PartyId, Role};

/// Longest name or number that is kept, in characters; longer ones are cut.
const LONGEST_WORDS: usize = 256;
/// Longest part of a leg key that is kept as it is, in bytes; an index row must hold it.
const LONGEST_KEY: usize = 512;
/// Most numbers that may name the hotline.
const MOST_NUMBERS: usize = 32;
/// Begins every branch that names a transaction for all time (RFC 3261 §8.1.1.7).
const MAGIC_COOKIE: &[u8] = b"z9hG4bK";

/// Who calls: P-Asserted-Identity, put there by the network, before From, written by the caller
/// (RFC 3325 §9.1). Whoever asked not to be known is not: neither number nor name is given.
pub fn party(message: &Message<'_>) -> PartyId {
    let from = message.get(Name::From).and_then(name_addr);
    let asserted = message.all(Name::AssertedIdentity).find_map(name_addr);
    let asked = privacy_asked(message);
    let remote = message.get(Name::RemotePartyId).and_then(name_addr);
    let hides = |what: &[u8]| {
        remote
            .and_then(|remote| param(remote.params, "privacy"))
            .is_some_and(|asked| asked.eq_ignore_ascii_case(what))
    };
    let anonymous =
        from.as_ref().is_some_and(is_anonymous) || asserted.as_ref().is_some_and(is_anonymous);
    if asked || anonymous || hides(b"full") || hides(b"uri") {
        return PartyId { user: None, display: None, withheld: true };
    }
    PartyId {
        user: asserted.as_ref().and_then(user).or_else(|| from.as_ref().and_then(user)),
        display: asserted
            .as_ref()
            .and_then(name)
            .or_else(|| from.as_ref().and_then(name))
            .filter(|_| !hides(b"name")),
        withheld: false,
    }
}

fn user(one: &NameAddr<'_>) -> Option<String> {
    user_text(&uri(one.uri)?).and_then(shown)
}

fn name(one: &NameAddr<'_>) -> Option<String> {
    shown(unquote(one.display).into_owned())
}

/// What an answer repeats of its INVITE: From and To. An identity that the network put into an
/// answer is that of whoever answered (RFC 3325 §9.1).
pub fn answered_offer(message: &Message<'_>) -> Offer {
    let from = message.get(Name::From).and_then(name_addr);
    let withheld = from.as_ref().is_some_and(is_anonymous);
    let from = from.filter(|_| !withheld);
    let caller = PartyId {
        user: from.as_ref().and_then(user),
        display: from.as_ref().and_then(name),
        withheld,
    };
    let dialled = message.get(Name::To).and_then(number_in).and_then(shown);
    Offer { caller, dialled: dialled.into_iter().collect(), from_answer: true, ..Offer::default() }
}

/// Whom an address names where there is no header: `name` is the display name beside it. Whoever is
/// anonymous is withheld, as in [`party`].
pub fn person(address: &[u8], name: &str) -> PartyId {
    let mut one = name_addr(address).unwrap_or_default();
    if !name.is_empty() {
        one.display = name.as_bytes();
    }
    if is_anonymous(&one) {
        return PartyId { user: None, display: None, withheld: true };
    }
    PartyId {
        user: uri(one.uri).as_ref().and_then(user_text).and_then(shown),
        display: shown(unquote(one.display).into_owned()),
        withheld: false,
    }
}

/// `Privacy: id` (RFC 3325 §9.3) or `user` (RFC 3323 §4.2).
fn privacy_asked(message: &Message<'_>) -> bool {
    message
        .all(Name::Privacy)
        .flat_map(|line| items(line, b';'))
        .flat_map(|part| items(part, b','))
        .any(|what| what.eq_ignore_ascii_case(b"id") || what.eq_ignore_ascii_case(b"user"))
}

/// RFC 3323 §4.1.1.3 and RFC 3261 §8.1.1.3: the display name, the user or the host says so.
fn is_anonymous(one: &NameAddr<'_>) -> bool {
    let told = uri(one.uri).is_some_and(|uri| {
        uri.user.eq_ignore_ascii_case(b"anonymous") || ends_with(uri.host, b"anonymous.invalid")
    });
    told || unquote(one.display).eq_ignore_ascii_case("anonymous")
}

/// What a stranger wrote, fit to be shown: no control characters, nothing that turns the direction
/// of the text around it, not endless. `None` when nothing is left.
fn shown(words: String) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    if words.len() <= LONGEST_WORDS && words.bytes().all(plain) {
        let is_trim = words.trim().len() == words.len();
        let words = if is_trim { words } else { words.trim().to_owned() };
        return Some(words).filter(|words| !words.is_empty());
    }
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept = words.chars().filter(|&c| !c.is_control() && !turns(c));
    let kept = kept.take(LONGEST_WORDS).collect::<String>();
    Some(kept.trim().to_owned()).filter(|words| !words.is_empty())
}

fn ends_with(bytes: &[u8], end: &[u8]) -> bool {
    let from = bytes.len().saturating_sub(end.len());
    bytes.get(from..).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

/// Who calls whom, as an INVITE says it.
pub fn offer(message: &Message<'_>) -> Offer {
    let mut dialled = Vec::new();
    let mut add = |number: Option<String>| {
        if let Some(number) = number.and_then(shown)
            && !dialled.contains(&number)
            && dialled.len() < MOST_NUMBERS
        {
            dialled.push(number);
        }
    };
    add(message.by_text("X-Hotline-DID").and_then(number_in));
    add(message.by_text("X-Hotline-Number").and_then(number_in));
    for name in [Name::Diversion, Name::HistoryInfo] {
        for one in message.all(name).flat_map(addresses) {
            add(uri(one.uri).as_ref().and_then(user_text));
        }
    }
    add(message.get(Name::To).and_then(number_in));
    if let Start::Request { uri: target, .. } = message.start {
        add(uri(target).as_ref().and_then(user_text));
    }
    Offer {
        role: Role::default(),
        caller: party(message),
        dialled,
        from_answer: false,
        trunk_call_id: message
            .by_text("X-Hotline-Call-ID")
            .map(trim)
            .filter(|id| !id.is_empty())
            .map(|id| key(id).to_string()),
        came_on: None,
    }
}

/// Names the leg of a request or of its answers. An INVITE, its CANCEL and the ACK of its refusal
/// have the same. `None` without a Call-ID, a readable top Via or a CSeq.
pub fn leg_key(message: &Message<'_>) -> Option<LegKey> {
    let call_id = message.get(Name::CallId).filter(|id| !id.is_empty())?;
    let top = via(message.get(Name::Via)?)?;
    let unique = top.branch.filter(|branch| {
        branch.len() > MAGIC_COOKIE.len()
            && branch
                .get(..MAGIC_COOKIE.len())
                .is_some_and(|begin| begin.eq_ignore_ascii_case(MAGIC_COOKIE))
    });
    let branch = if let Some(branch) = unique {
        key(branch)
    } else {
        // RFC 3261 §17.2.3 for senders of RFC 2543
        let (number, _) = cseq(message.get(Name::CSeq)?)?;
        key(format!("{} {number}", text(top.whole)).as_bytes())
    };
    Some(LegKey { call_id: key(call_id), branch })
}

/// As sent; what is too long for an index is named by its digest.
pub fn key(bytes: &[u8]) -> Arc<str> {
    if bytes.len() <= LONGEST_KEY {
        return text(bytes).into();
    }
    format!("sha256:{}", hex::encode(Sha256::digest(bytes))).into()
}

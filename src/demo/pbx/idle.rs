//! What the demo's PBX tells whoever watches its extensions: nobody talks there. Its calls ring one
//! telephone alone, ours.

use std::net::SocketAddr;

use super::wire::Seen;
use crate::sip::read::Name;

/// The 200 to a SUBSCRIBE and the NOTIFY that follows it (RFC 6665 §4.2.1); nothing where the
/// request names no dialog.
pub(super) fn granted(seen: &Seen<'_>, here: SocketAddr) -> Vec<String> {
    let seconds = seen.expires();
    let more = format!("Expires: {seconds}\r\nContact: <sip:demo@{here}>\r\n");
    let mut texts = vec![seen.answer("200 OK", &more)];
    texts.extend(notice(seen, here, seconds));
    texts
}

fn notice(seen: &Seen<'_>, here: SocketAddr, seconds: u32) -> Option<String> {
    let header = |name| seen.header(name);
    let (watcher, call_id) = (header(Name::From)?, header(Name::CallId)?);
    let extension = header(Name::To)?.split(';').next()?;
    let (count, _) = header(Name::CSeq)?.split_once(' ')?;
    let target = header(Name::Contact)?.trim_matches(['<', '>']);
    let state = if seconds == 0 {
        "terminated;reason=timeout".to_owned()
    } else {
        format!("active;expires={seconds}")
    };
    let entity = extension.trim_matches(['<', '>']);
    let body = format!(
        "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" \
         version=\"{count}\" state=\"full\" entity=\"{entity}\"/>\n"
    );
    Some(format!(
        "NOTIFY {target} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {here};branch=z9hG4bKwatch{count}{call_id}\r\n\
         Max-Forwards: 70\r\nFrom: {extension};tag=demo\r\nTo: {watcher}\r\n\
         Call-ID: {call_id}\r\nCSeq: {count} NOTIFY\r\nContact: <sip:demo@{here}>\r\n\
         Event: dialog\r\nSubscription-State: {state}\r\n\
         Content-Type: application/dialog-info+xml\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    ))
}

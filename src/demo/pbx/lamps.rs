//! What the demo's PBX tells whoever watches its extensions, as Asterisk 22 does it: the state of
//! the telephone and, while it rings, who calls (`spec/pbx.md` §3).

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::Outgoing;
use super::wire::Seen;
use crate::sip::read::Name;

/// What a telephone does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Lamp {
    /// Nothing.
    #[default]
    Idle,
    /// It rings for this caller: the From of the call, without its tag.
    Rings(String),
    /// Someone talks on it.
    Talks,
}

/// All that watch, by the extension they watch.
#[derive(Debug, Default)]
pub(super) struct Lamps {
    watchers: BTreeMap<String, Watcher>,
}

#[derive(Debug)]
struct Watcher {
    to: SocketAddr,
    target: String,
    /// The watched end and the watching one, with their tags.
    extension: String,
    by: String,
    call_id: String,
    /// The number of the last NOTIFY, and of its body.
    count: u32,
    version: u32,
    shown: Lamp,
}

impl Lamps {
    /// The 200 to a SUBSCRIBE and the NOTIFY that follows it (RFC 6665 §4.2.1); nothing where the
    /// request names no dialog.
    pub(super) fn subscribe(
        &mut self,
        seen: &Seen<'_>,
        here: SocketAddr,
        from: SocketAddr,
    ) -> Vec<Outgoing> {
        let seconds = seen.expires();
        let more = format!("Expires: {seconds}\r\nContact: <sip:demo@{here}>\r\n");
        let mut texts = vec![Outgoing { text: seen.answer("200 OK", &more), to: from }];
        let Some(watcher) = Watcher::of(seen, from) else { return texts };
        let Some(name) = user_of(&watcher.extension) else { return texts };
        let known = self.watchers.remove(&name).filter(|known| known.call_id == watcher.call_id);
        let mut watcher = known.unwrap_or(watcher);
        texts.push(watcher.notice(here, seconds));
        if seconds > 0 {
            self.watchers.insert(name, watcher);
        }
        texts
    }

    /// The extensions that are watched.
    pub(super) fn extensions(&self) -> impl Iterator<Item = &String> {
        self.watchers.keys()
    }

    /// Tells that one is idle.
    pub(super) fn dark(&mut self, here: SocketAddr, extension: &str) -> Vec<Outgoing> {
        let watcher = self.watchers.get_mut(extension);
        let told = watcher.map(|watcher| {
            watcher.shown = Lamp::Idle;
            watcher.notice(here, 3600)
        });
        told.into_iter().collect()
    }

    /// Tells what changed.
    pub(super) fn show(&mut self, here: SocketAddr, lamp: impl Fn(&str) -> Lamp) -> Vec<Outgoing> {
        let mut told = Vec::new();
        for (extension, watcher) in &mut self.watchers {
            let now = lamp(extension);
            if watcher.shown != now {
                watcher.shown = now;
                told.push(watcher.notice(here, 3600));
            }
        }
        told
    }
}

impl Watcher {
    fn of(seen: &Seen<'_>, to: SocketAddr) -> Option<Self> {
        let (count, _) = seen.header(Name::CSeq)?.split_once(' ')?;
        Some(Self {
            to,
            target: seen.header(Name::Contact)?.trim_matches(['<', '>']).to_owned(),
            extension: seen.header(Name::To)?.split(';').next()?.to_owned(),
            by: seen.header(Name::From)?.to_owned(),
            call_id: seen.header(Name::CallId)?.to_owned(),
            count: count.parse().ok()?,
            version: 0,
            shown: Lamp::Idle,
        })
    }

    fn notice(&mut self, here: SocketAddr, seconds: u32) -> Outgoing {
        self.count = self.count.wrapping_add(1);
        self.version = self.version.wrapping_add(1);
        let Self { target, extension, by, call_id, count, version, .. } = self;
        let state = if seconds == 0 {
            "terminated;reason=timeout".to_owned()
        } else {
            format!("active;expires={seconds}")
        };
        let entity = extension.trim_matches(['<', '>']);
        let id = user_of(extension).unwrap_or_default();
        let dialog = match &self.shown {
            Lamp::Idle => format!("<dialog id=\"{id}\"><state>terminated</state></dialog>"),
            Lamp::Rings(caller) => {
                let uri = caller.split(['<', '>']).nth(1).unwrap_or_default();
                format!(
                    "<dialog id=\"{id}\" direction=\"recipient\"><remote><identity>{uri}</identity>\
                     </remote><state>early</state></dialog>"
                )
            }
            Lamp::Talks => format!("<dialog id=\"{id}\"><state>confirmed</state></dialog>"),
        };
        let body = format!(
            "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" \
             version=\"{version}\" state=\"full\" entity=\"{entity}\">{dialog}</dialog-info>\n"
        );
        let text = format!(
            "NOTIFY {target} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {here};branch=z9hG4bKwatch{count}{call_id}\r\n\
             Max-Forwards: 70\r\nFrom: {extension};tag=demo\r\nTo: {by}\r\n\
             Call-ID: {call_id}\r\nCSeq: {count} NOTIFY\r\nContact: <sip:demo@{here}>\r\n\
             Event: dialog\r\nSubscription-State: {state}\r\n\
             Content-Type: application/dialog-info+xml\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Outgoing { text, to: self.to }
    }
}

/// `801` of `<sip:801@host>`.
fn user_of(address: &str) -> Option<String> {
    let (_, rest) = address.split_once("sip:")?;
    Some(rest.split(['@', '>']).next()?.to_owned())
}

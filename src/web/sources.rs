//! What tells us of calls beside the registrations: subscriptions, mirrored signalling, sockets.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::LineView;
use crate::kernel::Moment;
use crate::words::Messages;

/// Everything but the registrations, as the screens show it. The app keeps it up to date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// One a watched extension, in the order of the configuration.
    pub watches: Vec<WatchView>,
    /// One a sender of mirrored packets.
    pub mirrors: Vec<MirrorView>,
    /// What is mirrored of each PBX, where mirrored signalling is to be heard at all.
    pub mirrored: Vec<LineView>,
    /// What mirrored signalling says of telephones; changes of it wake nobody.
    pub telephones: Arc<[TelephoneView]>,
    /// Messages that were lost on the way in since the start.
    pub lost: Vec<Lost>,
    /// The sockets, SIP first.
    pub sockets: Vec<SocketView>,
}

/// Messages that were lost on the way in, of one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lost {
    /// Why, as in `switchboard_dropped` of `/metrics`; `hep_kernel` where we did not read in time.
    pub reason: &'static str,
    /// How many since the start.
    pub count: u64,
}

/// A telephone as mirrored signalling shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelephoneView {
    /// The PBX's name in the configuration.
    pub pbx: String,
    /// Which.
    pub extension: String,
    /// When its registrar spoke of it last; `None` where only its ringing was seen.
    pub told_at: Option<Moment>,
    /// Until when it is registered; `None` where it is not.
    pub until: Option<Moment>,
    /// When it last rang, answered, or called somebody.
    pub rang_at: Option<Moment>,
}

/// A subscription to an extension's dialogs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WatchView {
    /// The PBX's name in the configuration.
    pub pbx: String,
    /// Which extension or hint.
    pub extension: String,
    /// Whether it is an operator's telephone.
    pub position: bool,
    /// Whether the PBX tells us of it.
    pub up: bool,
    /// Since when it is up or down; `None` before the first attempt ended.
    pub since: Option<Moment>,
    /// Why it is down: `no-hint`, `refused`, `unreachable`, `wrong-password`, …
    pub reason: Option<&'static str>,
    /// The status the PBX gave with it, where it gave one.
    pub status: Option<u16>,
    /// When the last NOTIFY came.
    pub last_notify_at: Option<Moment>,
    /// When it was last told to ring or talk.
    pub rang_at: Option<Moment>,
    /// How many came since the start.
    pub notifies: u64,
}

/// A sender of mirrored signalling (HEPv3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MirrorView {
    /// Its address.
    pub peer: String,
    /// Its number, chunk 0x000c.
    pub capture_id: u32,
    /// Whose signalling it mirrors; null before a message named a PBX.
    pub pbx: Option<String>,
    /// How many packets came since the start.
    pub packets: u64,
    /// When the last one came.
    pub last_at: Option<Moment>,
    /// Our time less its time, in milliseconds: above zero its clock is behind.
    pub clock_offset_ms: i64,
    /// Whether its times are put right by that.
    pub clock_corrected: bool,
    /// Whether its clock is so far off that somebody should look at it.
    pub clock_off: bool,
    /// Since when nothing has come although something should have.
    pub silent_since: Option<Moment>,
}

/// One of our sockets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SocketView {
    /// `sip` or `hep`.
    pub hears: &'static str,
    /// As configured: `udp://127.0.0.1:5060`.
    pub listen: String,
    /// It is open.
    pub ok: bool,
    /// Why it is not: `port-taken`, `no-such-address`, `forbidden`, `certificate`, `other`.
    pub reason: Option<&'static str>,
    /// The same as the system says it.
    pub problem: Option<String>,
}

impl Sources {
    /// The mirrors that tell nothing, or nothing yet, of PBXes that can still be heard in another way.
    pub fn mirrors_missed<'a>(
        &'a self,
        lines: &'a [LineView],
    ) -> impl Iterator<Item = &'a LineView> {
        let alone =
            |one: &LineView| lines.iter().any(|line| line.pbx == one.pbx && line.by == one.by);
        self.mirrored.iter().filter(move |one| !one.up && !alone(one))
    }

    /// How many of the watched extensions and mirrors tell us something, and how many there are.
    pub fn heard(&self) -> (usize, usize) {
        let watches = self.watches.iter().filter(|watch| watch.up).count();
        let mirrors = self.mirrors.iter().filter(|mirror| mirror.silent_since.is_none()).count();
        (watches + mirrors, self.watches.len() + self.mirrors.len())
    }

    /// Whether anything is down that was tried.
    pub fn any_down(&self) -> bool {
        let deaf = |watch: &WatchView| !watch.up && watch.since.is_some();
        self.watches.iter().any(deaf)
            || self.mirrored.iter().any(|line| !line.up && line.since.is_some())
            || self.mirrors.iter().any(|mirror| mirror.silent_since.is_some())
            || self.sockets.iter().any(|socket| !socket.ok)
    }
}

/// Why a line, a subscription or a mirror is down, in the reader's language.
pub fn why_down(l: &Messages, reason: &str, status: Option<u16>) -> String {
    let why = match reason {
        "wrong-password" => l.layout_why_wrong_password(),
        "refused" => l.layout_why_refused(),
        "no-address" => l.layout_why_no_address(),
        "port-taken" => l.layout_why_port_taken(),
        "no-such-address" => l.layout_why_no_such_address(),
        "forbidden" => l.layout_why_forbidden(),
        "certificate" => l.layout_why_certificate(),
        "other" => l.layout_why_other(),
        "no-hint" => l.layout_why_no_hint(),
        "silent" => l.layout_why_silent(),
        "stopped" => l.layout_why_stopped(),
        _ => l.layout_why_unreachable(),
    }
    .to_string();
    match status {
        Some(status) => l.layout_why_status(why, status).to_string(),
        None => why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(up: bool, since: Option<i64>) -> WatchView {
        WatchView {
            pbx: "main".into(),
            extension: "801".into(),
            position: true,
            up,
            since: since.map(Moment::from_millis),
            reason: (!up).then_some("no-hint"),
            status: None,
            last_notify_at: None,
            rang_at: None,
            notifies: 0,
        }
    }

    #[test]
    fn a_subscription_that_is_still_being_tried_is_not_called_down() {
        let trying = Sources { watches: vec![watch(false, None)], ..Sources::default() };
        assert!(!trying.any_down());
        assert_eq!(trying.heard(), (0, 1));
        let refused = Sources { watches: vec![watch(false, Some(1))], ..Sources::default() };
        assert!(refused.any_down());
    }
}

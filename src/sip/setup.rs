//! What the SIP side is given when it starts, and what it shows of itself while it runs.

use std::io;
use std::net::SocketAddr;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::pager::{Page, Pager};
use super::{Heard, LegKey, LineState, Mirror, MirrorLine, Telephone};
use crate::clock::Clock;
use crate::config::{Hep, Pbx, Sip, SipListen, Transport};
use crate::kernel::{Extension, Moment, PbxId};
use crate::meters::Meters;

/// Everything [`super::start`] needs.
pub struct Setup {
    /// The sockets, whom to trust, what address to give.
    pub sip: Sip,
    /// Where mirrored signalling is heard; `None` is off.
    pub hep: Option<Hep>,
    /// The PBXes in the order of the file; a [`PbxId`] is a place in it.
    pub pbx: Vec<Pbx>,
    /// Stamps what is heard.
    pub clock: Clock,
    /// Counts what is heard, sent and dropped.
    pub meters: Meters,
    /// Makes our To tags: the same leg gets the same tag before and after a restart.
    pub site_secret: [u8; 32],
    /// Legs that rang when the service last stopped: a CANCEL for one is answered as if it had
    /// not.
    pub live_legs: Vec<(PbxId, LegKey)>,
    /// Where everything heard goes. Full means counted and lost, never waited for.
    pub out: mpsc::Sender<Heard>,
    /// Where short messages from telephones go. Full means counted and lost.
    pub pages: mpsc::Sender<Page>,
    /// Knows all tasks that are started.
    pub tasks: TaskTracker,
    /// Ends them: what the PBXes keep for us is given back, within 3 s.
    pub stop: CancellationToken,
    /// Seeds branches, tags and the spread of pauses.
    pub seed: u64,
}

/// What the SIP side shows of itself.
#[derive(Debug, Clone)]
pub struct Handle {
    /// Sends short messages to telephones; `None` where no PBX has an account of ours.
    pub pager: Option<Pager>,
    /// Our accounts at the PBXes, in the order of the file.
    pub lines: watch::Receiver<Vec<Line>>,
    /// The extensions we watch, in the order of the file. A NOTIFY that changes no state is counted
    /// in it and wakes nobody.
    pub watches: watch::Receiver<Vec<WatchLine>>,
    /// The sockets, in the order of the file. Each has been tried once when the handle is given.
    pub sockets: watch::Receiver<Vec<SocketState>>,
    /// Who mirrors signalling to us; told at most once a second.
    pub mirrors: watch::Receiver<Vec<Mirror>>,
    /// What is mirrored of each PBX, in the order of the file; empty where nothing is to be heard.
    /// A packet that turns nothing wakes nobody.
    pub mirrored: watch::Receiver<Vec<MirrorLine>>,
    /// What mirrored signalling says of telephones: who is registered, who rang.
    pub telephones: watch::Receiver<Vec<Telephone>>,
    /// The sockets for mirrored signalling, in the order of the file, as `sockets`.
    pub hep_sockets: watch::Receiver<Vec<SocketState>>,
}

/// One account of ours at a PBX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Which PBX.
    pub pbx: PbxId,
    /// Its name in the configuration.
    pub pbx_name: String,
    /// Which of the PBX's accounts, by its place in the configuration.
    pub account: u16,
    /// Our user there.
    pub username: String,
    /// What it is.
    pub state: LineState,
    /// Since when it has been up, down or off; a refresh does not change it.
    pub since: Moment,
    /// When the PBX last said anything to us on it. Nobody is woken for it.
    pub last_heard_at: Option<Moment>,
}

/// One extension that we watch at a PBX.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchLine {
    /// Which PBX.
    pub pbx: PbxId,
    /// Its name in the configuration.
    pub pbx_name: String,
    /// Which of the PBX's `watch`, by its place in the configuration.
    pub place: u16,
    /// Whom we watch.
    pub extension: Extension,
    /// It is an operator's telephone.
    pub position: bool,
    /// What the subscription is; `Off` where the PBX has no account of ours.
    pub state: LineState,
    /// Since when it has been up, down or off; a refresh does not change it.
    pub since: Moment,
    /// When the PBX last told us something.
    pub last_notify_at: Option<Moment>,
    /// When it was last told to ring or talk.
    pub rang_at: Option<Moment>,
    /// How often it did since the start; repeats of the network do not count.
    pub notifies: u64,
}

/// One socket of the configuration, for SIP or for mirrored SIP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketState {
    /// As configured.
    pub listen: SipListen,
    /// The address it has; `None` while it could not be opened.
    pub bound: Option<SocketAddr>,
    /// Why it is not open.
    pub problem: Option<SocketProblem>,
}

/// Why a socket is not open. It is tried again every few seconds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SocketProblem {
    /// Another program holds the port.
    #[error("another program holds the port")]
    PortTaken,
    /// This machine has no such address.
    #[error("this machine has no such address")]
    NoSuchAddress,
    /// A port below 1024 needs a privilege we do not have.
    #[error("no permission to use this port")]
    Forbidden,
    /// The certificate or key cannot be used.
    #[error("the certificate or key cannot be used: {0}")]
    Certificate(String),
    /// Anything else the system said.
    #[error("{0}")]
    Other(String),
}

impl SocketProblem {
    /// What a refusal of the system means to the reader.
    pub fn of(fault: &io::Error) -> Self {
        let kind = fault.kind();
        if kind == io::ErrorKind::AddrInUse {
            Self::PortTaken
        } else if kind == io::ErrorKind::AddrNotAvailable {
            Self::NoSuchAddress
        } else if kind == io::ErrorKind::PermissionDenied {
            Self::Forbidden
        } else {
            Self::Other(fault.to_string())
        }
    }

    /// What it is and what can be done about it, for the administrator; `key` is where the address
    /// stands in the configuration.
    pub fn advice(&self, key: &str, listen: SipListen) -> String {
        let port = listen.addr.port();
        let sockets = if listen.transport == Transport::Udp { "-lunp" } else { "-ltnp" };
        let every = if listen.addr.is_ipv4() { "0.0.0.0" } else { "[::]" };
        match self {
            Self::PortTaken => format!(
                "{self} (`ss {sockets} 'sport = :{port}'` says which): end that one, or set another port in {key}"
            ),
            Self::NoSuchAddress => format!(
                "{self} (`ip address` lists those it has): set one of them, or {every} for all, in {key}"
            ),
            Self::Forbidden => format!(
                "{self}: set one from 1024 on in {key}, or give the service the right to lower ones (CAP_NET_BIND_SERVICE)"
            ),
            Self::Certificate(_) => format!("{self}; see sip.tls_cert and sip.tls_key"),
            Self::Other(_) => format!("{self}; the address stands in {key}"),
        }
    }
}

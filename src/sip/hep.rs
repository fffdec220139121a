//! Mirrored signalling: a PBX, or whoever stands beside it, sends us a copy of each SIP message
//! inside a HEPv3 packet.
//!
//! Sockets → [`gate`] (trust, budget, key, [`read`]) → [`desk`] ([`clock`], [`health`]) →
//! [`Hears`]. Bytes are copied once, between the sockets and the desk.

pub mod clock;
pub mod cut;
mod desk;
mod drops;
mod gate;
mod health;
mod open;
mod own;
pub mod read;
mod seam;
mod tcp;
mod udp;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::desk::Desk;
use self::gate::{Gate, WAITING};
use self::health::Mirrors;
use self::open::Opener;
use super::transport::Sockets;
use super::{Heard, SocketState, Telephone};
use crate::clock::Clock;
use crate::config;
use crate::kernel::PbxId;
use crate::meters::Meters;

pub use clock::ClockState;
pub use health::{Expected, Mirror, MirrorLine};
pub use own::Notes;
pub(crate) use own::Tap;
pub use seam::Hears;

/// Everything [`start`] needs.
pub struct Setup {
    /// The sockets, whom to trust, what key to ask for; `None` is off.
    pub hep: Option<config::Hep>,
    /// The PBXes of the configuration, in its order.
    pub pbxes: Vec<Expected>,
    /// Which addresses their names stand for.
    pub addresses: watch::Receiver<BTreeMap<PbxId, Vec<SocketAddr>>>,
    /// What we sent and received ourselves.
    pub own: Notes,
    /// Stamps what is heard.
    pub clock: Clock,
    /// Counts what is heard and dropped.
    pub meters: Meters,
    /// Where everything heard goes. Full means counted and lost, never waited for.
    pub out: mpsc::Sender<Heard>,
    /// Knows all tasks that are started.
    pub tasks: TaskTracker,
    /// Ends them.
    pub stop: CancellationToken,
}

/// What the mirrors show of themselves.
#[derive(Debug, Clone)]
pub struct Handle {
    /// Who mirrors to us; told at most once a second.
    pub mirrors: watch::Receiver<Vec<Mirror>>,
    /// What is mirrored of each PBX, in the order of the configuration; empty where nothing is to
    /// be heard. A packet that turns nothing wakes nobody.
    pub lines: watch::Receiver<Vec<MirrorLine>>,
    /// What was seen of telephones; told at most once a second.
    pub telephones: watch::Receiver<Vec<Telephone>>,
    /// The sockets, in the order of the file. Each has been tried once when the handle is given.
    pub sockets: watch::Receiver<Vec<SocketState>>,
}

/// Starts everything that hears mirrored signalling; returns when each socket was tried once.
pub async fn start(setup: Setup, sorter: impl Hears) -> Handle {
    let Setup { hep, pbxes, addresses, own, clock, meters, out, tasks, stop } = setup;
    let (shown, mirrors) = watch::channel(Vec::new());
    let (lines_shown, lines) = watch::channel(Vec::new());
    let (telephones_shown, telephones) = watch::channel(Vec::new());
    let listen = hep.as_ref().map(|hep| hep.listen.as_slice()).unwrap_or_default();
    let sockets = Sockets::new(listen);
    let states = sockets.states.subscribe();
    let handle = Handle { mirrors, lines, telephones, sockets: states };
    let Some(hep) = &hep else { return handle };
    let (let_in, inbound) = mpsc::channel(WAITING);
    let desk = Desk {
        inbound,
        addresses,
        own,
        mirrors: Mirrors::new(&pbxes, clock.now()),
        names: pbxes.into_iter().map(|pbx| pbx.name).collect(),
        clock: clock.clone(),
        meters: meters.clone(),
        out,
        shown,
        lines: lines_shown,
        telephones: telephones_shown,
        counted: BTreeMap::new(),
        sorter,
    };
    let close = stop.clone();
    tasks.spawn(async move {
        close.run_until_cancelled(desk.run()).await;
    });
    let gate = Gate::new(hep, clock, &meters, let_in);
    Opener { gate, meters, sockets, tasks, close: stop }.keep_open(&hep.listen).await;
    handle
}

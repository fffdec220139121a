//! The sockets: datagrams and streams in, datagrams and streams out, and who may use them.

mod open;
pub(crate) mod stream;
pub(crate) mod tcp;
pub(crate) mod tls;
pub(crate) mod udp;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Weak};

use ipnet::IpNet;
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub(crate) use open::{AGAIN, Sockets, keep_open};

use super::budget::{Allowance, Budget};
use super::transaction::Way;
use super::trust::Trust;
use crate::clock::Clock;
use crate::config::Transport;
use crate::kernel::{Moment, PbxId};
use crate::meters::Meters;

/// What a PBX may send: fifty calls a second at a hundred watched extensions, with repeats.
const PBX: Allowance = Allowance::new(4_000, 8_000);
/// What any other trusted host may send: a dozen calls a second, and a burst of them.
const OTHERS: Allowance = Allowance::new(50, 250);

/// One message as it came, still unread.
#[derive(Debug)]
pub(crate) struct Received {
    /// When its last byte came.
    pub(crate) at: Moment,
    /// How it came, and how an answer goes back.
    pub(crate) route: Route,
    /// The message, whole.
    pub(crate) bytes: Vec<u8>,
}

/// A way to one peer.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// How.
    pub(crate) transport: Transport,
    /// Our end.
    pub(crate) local: SocketAddr,
    /// The other end.
    pub(crate) peer: SocketAddr,
    /// Where bytes go in.
    pub(crate) outlet: Outlet,
}

/// Takes bytes for a peer.
#[derive(Debug, Clone)]
pub(crate) enum Outlet {
    /// A datagram socket. Weak, so that a port is free as soon as its task gives it up.
    Datagrams(Weak<UdpSocket>),
    /// The queue of a connection.
    Stream(mpsc::Sender<Vec<u8>>),
}

/// Why bytes did not go out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsent {
    /// The system refused.
    #[error("{0}")]
    Refused(#[from] std::io::Error),
    /// The socket or connection is closed.
    #[error("the way is closed")]
    Closed,
    /// The other end does not read.
    #[error("the other end does not read")]
    Full,
}

impl Route {
    /// Sends without waiting. A datagram that finds no room is lost like any other.
    pub(crate) fn send(&self, bytes: Vec<u8>) -> Result<(), Unsent> {
        match &self.outlet {
            Outlet::Datagrams(socket) => {
                let socket = socket.upgrade().ok_or(Unsent::Closed)?;
                socket.try_send_to(&bytes, self.peer)?;
                Ok(())
            }
            Outlet::Stream(queue) => queue.try_send(bytes).map_err(|refused| match refused {
                mpsc::error::TrySendError::Full(_) => Unsent::Full,
                mpsc::error::TrySendError::Closed(_) => Unsent::Closed,
            }),
        }
    }

    /// Whether it leads nowhere any more.
    pub(crate) fn is_closed(&self) -> bool {
        match &self.outlet {
            Outlet::Datagrams(socket) => socket.strong_count() == 0,
            Outlet::Stream(queue) => queue.is_closed(),
        }
    }

    /// Whether it repeats by itself.
    pub(crate) const fn way(&self) -> Way {
        match self.transport {
            Transport::Udp => Way::Datagrams,
            Transport::Tcp | Transport::Tls => Way::Stream,
        }
    }
}

/// What every socket needs to hear.
#[derive(Clone)]
pub(crate) struct Ear {
    /// Stamps what is heard.
    pub(crate) clock: Clock,
    /// Counts what is not.
    pub(crate) meters: Meters,
    /// Where messages go.
    pub(crate) inbound: mpsc::Sender<Received>,
    /// Knows the tasks.
    pub(crate) tasks: TaskTracker,
    /// Closes every socket, after the good-byes are said.
    pub(crate) close: CancellationToken,
    trust: Trust,
    pbxes: watch::Receiver<BTreeMap<PbxId, Vec<SocketAddr>>>,
    budgets: Arc<Budgets>,
}

struct Budgets {
    pbx: Budget,
    others: Budget,
}

impl Ear {
    /// An ear that hears these networks, knows where the PBXes are, and passes messages on to
    /// `inbound`.
    pub(crate) fn new(
        clock: Clock,
        meters: Meters,
        trusted: &[IpNet],
        pbxes: watch::Receiver<BTreeMap<PbxId, Vec<SocketAddr>>>,
        inbound: mpsc::Sender<Received>,
        tasks: TaskTracker,
    ) -> Self {
        Self {
            clock,
            meters,
            inbound,
            tasks,
            close: CancellationToken::new(),
            trust: Trust::new(trusted),
            pbxes,
            budgets: Arc::new(Budgets { pbx: Budget::new(PBX), others: Budget::new(OTHERS) }),
        }
    }

    /// Whether this address is in a trusted network.
    pub(crate) fn knows(&self, ip: IpAddr) -> bool {
        self.trust.knows(ip)
    }

    /// Whether what just came from this address is heard. A stranger is counted, and logged once
    /// a minute.
    pub(crate) fn trusts(&self, ip: IpAddr) -> bool {
        if self.knows(ip) {
            return true;
        }
        self.meters.drop_one("untrusted");
        if self.trust.says(self.clock.now()) {
            tracing::warn!(peer.ip = %ip, "a stranger speaks SIP to us and is not heard; if it is your PBX, add it to sip.trusted");
        }
        false
    }

    /// Whether one more message from this trusted address is within its budget; what is over it is
    /// counted.
    pub(crate) fn affords(&self, ip: IpAddr) -> bool {
        let is_pbx = self.pbxes.borrow().values().flatten().any(|known| known.ip() == ip);
        let budget = if is_pbx { &self.budgets.pbx } else { &self.budgets.others };
        let affords = budget.allows(ip);
        if !affords {
            self.meters.drop_one("budget");
        }
        affords
    }
}

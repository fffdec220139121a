//! Keeps the configured sockets open: a taken port is said and tried again.

use std::io;

use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::gate::Gate;
use super::{tcp, udp};
use crate::config::{SipListen, Transport};
use crate::meters::Meters;
use crate::sip::SocketProblem;
use crate::sip::transport::{self, AGAIN, Sockets};

/// What a socket's task needs.
#[derive(Clone)]
pub(super) struct Opener {
    /// What is let in.
    pub(super) gate: Gate,
    /// Counts what is not.
    pub(super) meters: Meters,
    /// Where the sockets are shown.
    pub(super) sockets: Sockets,
    /// Knows the tasks.
    pub(super) tasks: TaskTracker,
    /// Closes the sockets.
    pub(super) close: CancellationToken,
}

impl Opener {
    /// Starts a task for each socket and returns when each was tried once.
    pub(super) async fn keep_open(self, listen: &[SipListen]) {
        for (index, &one) in listen.iter().enumerate() {
            let opener = self.clone();
            self.tasks.spawn(async move {
                let close = opener.close.clone();
                close.run_until_cancelled(opener.keep(index, one)).await;
            });
        }
        self.sockets.tried().await;
    }

    async fn keep(self, index: usize, listen: SipListen) {
        let name = listen.transport.name();
        let mut pause = AGAIN.0;
        loop {
            let problem = match bind(listen) {
                Ok(bound) => {
                    pause = AGAIN.0;
                    let local = bound.local_addr().ok();
                    self.sockets.show(index, local, None);
                    tracing::info!(hep.transport = name, hep.addr = ?local, "listening for mirrored signalling");
                    let Some(problem) = self.heard(bound).await else { return };
                    tracing::error!(hep.transport = name, hep.addr = %listen.addr, "a socket for mirrored signalling closed: {problem}; opening it again");
                    problem
                }
                Err(fault) => {
                    let problem = SocketProblem::of(&fault);
                    if !self.sockets.says(index, &problem) {
                        let advice = problem.advice("hep.listen", listen);
                        tracing::error!(hep.transport = name, hep.addr = %listen.addr, "cannot listen for mirrored signalling on {name}://{}: {advice}; trying again every few seconds", listen.addr);
                    }
                    problem
                }
            };
            self.sockets.show(index, None, Some(problem));
            tokio::time::sleep(pause).await;
            pause = pause.saturating_mul(2).min(AGAIN.1);
        }
    }

    /// Hears in a task of its own: should it die, the port is opened again. `None` when nobody
    /// listens any more.
    async fn heard(&self, bound: Bound) -> Option<SocketProblem> {
        let (opener, close) = (self.clone(), self.close.clone());
        let hearing = self.tasks.spawn(async move {
            let Self { gate, meters, tasks, close: line, .. } = &opener;
            close
                .run_until_cancelled(async {
                    match bound {
                        Bound::Datagrams(socket) => udp::hear(gate, meters, socket).await,
                        Bound::Streams(listener) => {
                            tcp::hear(gate, meters, listener, tasks, line).await
                        }
                    }
                })
                .await
        });
        match hearing.await {
            Ok(None | Some(Ok(()))) => None,
            Ok(Some(Err(fault))) => Some(SocketProblem::of(&fault)),
            Err(died) => Some(SocketProblem::Other(died.to_string())),
        }
    }
}

enum Bound {
    Datagrams(UdpSocket),
    Streams(TcpListener),
}

impl Bound {
    fn local_addr(&self) -> io::Result<std::net::SocketAddr> {
        match self {
            Self::Datagrams(socket) => socket.local_addr(),
            Self::Streams(listener) => listener.local_addr(),
        }
    }
}

fn bind(listen: SipListen) -> io::Result<Bound> {
    match listen.transport {
        Transport::Udp => {
            transport::udp::open(listen.addr, udp::KERNEL_BUFFER).map(Bound::Datagrams)
        }
        Transport::Tcp | Transport::Tls => transport::tcp::open(listen.addr).map(Bound::Streams),
    }
}

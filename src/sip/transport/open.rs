//! Keeps the configured sockets open: a taken port is said and tried again.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::{Ear, tcp, tls, udp};
use crate::config::{Sip, SipListen, TlsFiles, Transport};
use crate::sip::{SocketProblem, SocketState};

/// How long to wait before a socket is tried again: at first, and at most.
pub(crate) const AGAIN: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5));

/// The sockets as they are now.
#[derive(Clone)]
pub(crate) struct Sockets {
    /// What is shown, in the order of the file.
    pub(crate) states: watch::Sender<Vec<SocketState>>,
    /// The datagram sockets that are open, by place in the file.
    pub(crate) datagrams: watch::Sender<BTreeMap<usize, Arc<UdpSocket>>>,
}

impl Sockets {
    /// None is open yet.
    pub(crate) fn new(listen: &[SipListen]) -> Self {
        let states = listen
            .iter()
            .map(|&listen| SocketState { listen, bound: None, problem: None })
            .collect();
        Self { states: watch::Sender::new(states), datagrams: watch::Sender::new(BTreeMap::new()) }
    }

    /// Waits until each socket was tried once.
    pub(crate) async fn tried(&self) {
        let tried = |states: &Vec<SocketState>| {
            states.iter().all(|state| state.bound.is_some() || state.problem.is_some())
        };
        // the sender lives in self: this waits for the sockets and nothing else
        drop(self.states.subscribe().wait_for(tried).await);
    }

    /// Whether this problem is what is shown already.
    pub(crate) fn says(&self, index: usize, problem: &SocketProblem) -> bool {
        self.states.borrow().get(index).is_some_and(|state| state.problem.as_ref() == Some(problem))
    }

    /// Shows what a socket is now.
    pub(crate) fn show(
        &self,
        index: usize,
        bound: Option<SocketAddr>,
        problem: Option<SocketProblem>,
    ) {
        self.states.send_if_modified(|states| {
            let Some(state) = states.get_mut(index) else { return false };
            let changed = state.bound != bound || state.problem != problem;
            (state.bound, state.problem) = (bound, problem);
            changed
        });
    }
}

/// Starts a task for each socket and returns when each was tried once.
pub(crate) async fn keep_open(ear: &Ear, sip: &Sip, sockets: &Sockets) {
    for (index, &listen) in sip.listen.iter().enumerate() {
        let (ear, sockets, files) = (ear.clone(), sockets.clone(), sip.tls.clone());
        let tasks = ear.tasks.clone();
        tasks.spawn(async move {
            let close = ear.close.clone();
            close.run_until_cancelled(one(ear, sockets, index, listen, files)).await;
        });
    }
    sockets.tried().await;
}

async fn one(ear: Ear, sockets: Sockets, index: usize, listen: SipListen, files: Option<TlsFiles>) {
    let mut pause = AGAIN.0;
    loop {
        let name = listen.transport.name();
        match bind(listen, files.as_ref()) {
            Ok(bound) => {
                pause = AGAIN.0;
                let local = bound.local_addr();
                if let Bound::Datagrams(socket) = &bound {
                    let socket = Arc::clone(socket);
                    sockets.datagrams.send_modify(|open| {
                        open.insert(index, socket);
                    });
                }
                sockets.show(index, local.as_ref().ok().copied(), None);
                if let Ok(local) = local {
                    tracing::info!(sip.transport = name, sip.addr = %local, "listening for SIP");
                }
                // a task of its own: should it die, the port is opened again
                let hearing = {
                    let ear = ear.clone();
                    let close = ear.close.clone();
                    ear.tasks
                        .clone()
                        .spawn(async move { close.run_until_cancelled(hear(&ear, bound)).await })
                };
                let problem = match hearing.await {
                    Ok(None | Some(Ok(()))) => return,
                    Ok(Some(Err(fault))) => SocketProblem::of(&fault),
                    Err(died) => SocketProblem::Other(died.to_string()),
                };
                tracing::error!(sip.transport = name, sip.addr = %listen.addr, "a SIP socket closed: {problem}; opening it again");
                sockets.datagrams.send_modify(|open| {
                    open.remove(&index);
                });
                sockets.show(index, None, Some(problem));
            }
            Err(problem) => {
                if !sockets.says(index, &problem) {
                    let advice = problem.advice("sip.listen", listen);
                    tracing::error!(sip.transport = name, sip.addr = %listen.addr, "cannot listen for SIP on {name}://{}: {advice}; trying again every few seconds", listen.addr);
                }
                sockets.show(index, None, Some(problem));
            }
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(AGAIN.1);
    }
}

enum Bound {
    Datagrams(Arc<UdpSocket>),
    Streams(tokio::net::TcpListener, Option<tokio_rustls::TlsAcceptor>),
}

impl Bound {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Datagrams(socket) => socket.local_addr(),
            Self::Streams(listener, _) => listener.local_addr(),
        }
    }
}

fn bind(listen: SipListen, files: Option<&TlsFiles>) -> Result<Bound, SocketProblem> {
    let of = |fault: io::Error| SocketProblem::of(&fault);
    match listen.transport {
        Transport::Udp => {
            Ok(Bound::Datagrams(Arc::new(udp::open(listen.addr, udp::KERNEL_BUFFER).map_err(of)?)))
        }
        Transport::Tcp => Ok(Bound::Streams(tcp::open(listen.addr).map_err(of)?, None)),
        Transport::Tls => {
            let acceptor = tls::acceptor(files)
                .map_err(|problem| SocketProblem::Certificate(problem.to_string()))?;
            Ok(Bound::Streams(tcp::open(listen.addr).map_err(of)?, Some(acceptor)))
        }
    }
}

async fn hear(ear: &Ear, bound: Bound) -> io::Result<()> {
    match bound {
        Bound::Datagrams(socket) => udp::hear(ear, socket).await,
        Bound::Streams(listener, tls) => tcp::hear(ear, listener, tls).await,
    }
}

//! The house's SIP side by itself, and somebody who calls it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use switchboard::clock::Clock;
use switchboard::config::{
    Account, Hep, Pbx, PbxAddress, Sip, SipListen, TlsFiles, Transport, WhenAllBusy,
};
use switchboard::kernel::{PbxId, Secret};
use switchboard::meters::{Kind, Meters};
use switchboard::sip::{
    self, Handle, Heard, LegKey, Line, LineState, Setup, Sighting, WatchLine, Watched,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::mpsc;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::registrar::soon;

/// The house's SIP side, running.
pub(crate) struct House {
    pub(crate) handle: Handle,
    pub(crate) heard: mpsc::Receiver<Heard>,
    pub(crate) meters: Meters,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// What a story changes of the usual.
pub(crate) struct Plan {
    pub(crate) listen: Vec<SipListen>,
    pub(crate) trusted: &'static str,
    pub(crate) pbx: Vec<Pbx>,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) tls_ca: Option<PathBuf>,
    pub(crate) live_legs: Vec<(PbxId, LegKey)>,
    pub(crate) hep: Option<Hep>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            listen: vec![on(Transport::Udp, "127.0.0.1:0")],
            trusted: "127.0.0.0/8",
            pbx: vec![],
            tls: None,
            tls_ca: None,
            live_legs: vec![],
            hep: None,
        }
    }
}

pub(crate) fn on(transport: Transport, addr: &str) -> SipListen {
    SipListen { transport, addr: addr.parse().unwrap() }
}

pub(crate) fn pbx(addr: SocketAddr, transport: Transport) -> Pbx {
    Pbx {
        name: "main".to_owned(),
        address: PbxAddress { host: addr.ip().to_string(), port: addr.port(), transport },
        domain: "pbx.example".to_owned(),
        accounts: vec![Account {
            username: "listener".to_owned(),
            password: Secret::new("let me in".to_owned()),
            hotline: None,
        }],
        member: true,
        when_all_busy: WhenAllBusy::Ring,
        watch: vec![],
        positions: vec![],
        services: Vec::new(),
    }
}

impl House {
    pub(crate) async fn open(plan: Plan) -> Self {
        Self::open_with_pages(plan).await.0
    }

    /// The same, and what telephones write to it.
    pub(crate) async fn open_with_pages(plan: Plan) -> (Self, mpsc::Receiver<sip::Page>) {
        let (telephones, pages) = mpsc::channel(8);
        let (out, heard) = mpsc::channel(4096);
        let (tasks, stop, meters) = (TaskTracker::new(), CancellationToken::new(), Meters::new());
        let trusted = [plan.trusted, "::1/128"].map(|net| net.parse().unwrap()).to_vec();
        let handle = sip::start(Setup {
            sip: Sip {
                listen: plan.listen,
                trusted,
                advertise: None,
                tls: plan.tls,
                tls_ca: plan.tls_ca,
            },
            hep: plan.hep,
            pbx: plan.pbx,
            clock: Clock::house(),
            meters: meters.clone(),
            site_secret: [7; 32],
            live_legs: plan.live_legs,
            out,
            pages: telephones,
            tasks: tasks.clone(),
            stop: stop.clone(),
            seed: 1,
        })
        .await;
        (Self { handle, heard, meters, tasks, stop }, pages)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.handle.sockets.borrow()[0].bound.unwrap()
    }

    /// The next sighting; the ladder and the lines are passed over.
    pub(crate) async fn sighting(&mut self) -> Sighting {
        loop {
            if let Heard::Sighting(one) = soon("a sighting", self.heard.recv()).await.unwrap() {
                return one;
            }
        }
    }

    /// The next that was told of a watched extension.
    pub(crate) async fn watched(&mut self) -> Watched {
        loop {
            if let Heard::Watched(one) = soon("a NOTIFY", self.heard.recv()).await.unwrap() {
                return one;
            }
        }
    }

    /// The first of the watched extensions, once it is as wanted.
    pub(crate) async fn watch(&mut self, what: &str, wanted: fn(&LineState) -> bool) -> WatchLine {
        let waiting = self.handle.watches.wait_for(|watches| wanted(&watches[0].state));
        soon(what, waiting).await.unwrap()[0].clone()
    }

    pub(crate) fn sightings_waiting(&mut self) -> usize {
        std::iter::from_fn(|| self.heard.try_recv().ok())
            .filter(|heard| matches!(heard, Heard::Sighting(_)))
            .count()
    }

    pub(crate) async fn line(&mut self, what: &str, wanted: fn(&LineState) -> bool) -> Line {
        let waiting = self.handle.lines.wait_for(|lines| wanted(&lines[0].state));
        soon(what, waiting).await.unwrap()[0].clone()
    }

    pub(crate) fn dropped(&self, why: &str) -> u64 {
        self.meters.dropped.get_or_create(&Kind { kind: why.to_owned() }).get()
    }

    pub(crate) async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        soon("the end of all tasks", self.tasks.wait()).await;
    }
}

pub(crate) const fn is_up(state: &LineState) -> bool {
    matches!(state, LineState::Registered { .. })
}

pub(crate) const fn is_down(state: &LineState) -> bool {
    matches!(state, LineState::Down { .. })
}

// ------------------------------------------------------------------------------ somebody who rings

/// A PBX that calls us.
pub(crate) enum Caller {
    Datagrams(UdpSocket),
    Stream(Box<dyn Both>, Vec<u8>),
}

pub(crate) trait Both: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Both for S {}

impl Caller {
    pub(crate) async fn udp(from: &str, to: SocketAddr) -> Self {
        let socket = UdpSocket::bind(from).await.unwrap();
        socket.connect(to).await.unwrap();
        Self::Datagrams(socket)
    }

    pub(crate) async fn tcp(to: SocketAddr) -> Self {
        Self::Stream(Box::new(TcpStream::connect(to).await.unwrap()), vec![])
    }

    pub(crate) async fn tls(to: SocketAddr, keys: &Keys) -> Self {
        let socket = TcpStream::connect(to).await.unwrap();
        let name = rustls::pki_types::ServerName::from(to.ip());
        Self::Stream(Box::new(keys.connector().connect(name, socket).await.unwrap()), vec![])
    }

    pub(crate) async fn say(&mut self, text: &str) {
        match self {
            Self::Datagrams(socket) => drop(socket.send(text.as_bytes()).await.unwrap()),
            Self::Stream(stream, _) => {
                stream.write_all(text.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            }
        }
    }

    /// The next message, and its status.
    pub(crate) async fn hear(&mut self) -> (u16, String) {
        let text = self.next().await;
        (text.split(' ').nth(1).unwrap().parse().unwrap(), text)
    }

    /// The next message, whatever it is.
    pub(crate) async fn next(&mut self) -> String {
        soon("a message", self.read()).await
    }

    async fn read(&mut self) -> String {
        match self {
            Self::Datagrams(socket) => {
                let mut buffer = vec![0; 65_536];
                let length = socket.recv(&mut buffer).await.unwrap();
                String::from_utf8(buffer[..length].to_vec()).unwrap()
            }
            Self::Stream(stream, held) => loop {
                let text = String::from_utf8(held.clone()).unwrap();
                if let Some(end) = text.find("\r\n\r\n") {
                    held.drain(..end + 4);
                    return text[..end + 4].to_owned();
                }
                let mut buffer = vec![0; 8192];
                let length = stream.read(&mut buffer).await.unwrap();
                assert!(length > 0, "the connection was closed");
                held.extend_from_slice(&buffer[..length]);
            },
        }
    }

    pub(crate) async fn expect(&mut self, statuses: &[u16]) -> String {
        let mut last = String::new();
        for &expected in statuses {
            let (status, text) = self.hear().await;
            assert_eq!(status, expected, "{text}");
            last = text;
        }
        last
    }
}

pub(crate) fn request(method: &str, transport: &str, call: &str, more: &str) -> String {
    format!(
        "{method} sip:listener@127.0.0.1 SIP/2.0\r\n\
         Via: SIP/2.0/{transport} 127.0.0.1:5999;rport;branch=z9hG4bK-{call}\r\n\
         Max-Forwards: 70\r\n\
         From: \"Wang\" <sip:13800001234@127.0.0.1>;tag=f{call}\r\n\
         To: <sip:listener@127.0.0.1>\r\n\
         Call-ID: {call}\r\n\
         CSeq: 1 {method}\r\n\
         {more}Content-Length: 0\r\n\r\n"
    )
}

/// A certificate for loopback that its own holder vouches for.
pub(crate) struct Keys {
    folder: tempfile::TempDir,
    key: CertifiedKey<rcgen::KeyPair>,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned);
        let key = generate_simple_self_signed(names).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("cert.pem"), key.cert.pem()).unwrap();
        std::fs::write(folder.path().join("key.pem"), key.signing_key.serialize_pem()).unwrap();
        Self { folder, key }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        Path::join(self.folder.path(), name)
    }

    pub(crate) fn files(&self) -> TlsFiles {
        TlsFiles { cert: self.path("cert.pem"), key: self.path("key.pem") }
    }

    fn connector(&self) -> TlsConnector {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.key.cert.der().clone()).unwrap();
        let config =
            rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let key = rustls::pki_types::PrivateKeyDer::try_from(self.key.signing_key.serialize_der());
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![self.key.cert.der().clone()], key.unwrap())
                .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

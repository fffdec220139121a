//! A small PBX over real sockets: a registrar that asks for a digest, and a caller that rings.
//!
//! It reads and hashes with its own few lines, so that it can disagree with the house.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use md5::Md5;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_util::task::TaskTracker;

/// Long enough for any machine; a story that waits so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits for something that must come.
pub(crate) async fn soon<T>(what: &str, coming: impl Future<Output = T>) -> T {
    let came = tokio::time::timeout(PATIENCE, coming).await;
    came.unwrap_or_else(|_| panic!("{what} did not come"))
}

/// How a registrar behaves.
#[derive(Clone)]
pub(crate) struct Rules {
    /// One challenge for each, in this order.
    pub(crate) algorithms: &'static [&'static str],
    /// The only password it takes.
    pub(crate) password: &'static str,
    /// The period it grants, whatever is asked.
    pub(crate) grants_s: u32,
    /// The first credentials are answered with a new nonce.
    pub(crate) stale_once: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { algorithms: &["MD5"], password: "let me in", grants_s: 60, stale_once: false }
    }
}

/// What a registrar did with a REGISTER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Did {
    /// Asked who it is.
    Challenged,
    /// Said that the nonce is too old.
    Stale,
    /// Did not believe it.
    Disbelieved,
    /// Granted it, having been answered with this algorithm.
    Granted(String),
    /// Took it back.
    Released,
}

/// A registrar at work.
pub(crate) struct Registrar {
    /// Where it is.
    pub(crate) addr: SocketAddr,
    did: mpsc::UnboundedReceiver<Did>,
    away: Arc<AtomicBool>,
    streams: mpsc::UnboundedReceiver<Stream>,
    tasks: TaskTracker,
}

/// The connection over which somebody registered.
pub(crate) struct Stream {
    /// What comes in that is no REGISTER.
    pub(crate) heard: mpsc::UnboundedReceiver<String>,
    /// What goes out; dropped, the connection is closed.
    pub(crate) say: mpsc::UnboundedSender<String>,
}

impl Registrar {
    /// Opens one for datagrams on loopback.
    pub(crate) async fn udp(rules: Rules) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let addr = socket.local_addr().unwrap();
        let away = Arc::new(AtomicBool::new(false));
        let (told, did) = mpsc::unbounded_channel();
        let (_, streams) = mpsc::unbounded_channel();
        let tasks = TaskTracker::new();
        let gone = Arc::clone(&away);
        tasks.spawn(async move {
            let mut desk = Desk { rules, told, nonces: 0 };
            let mut buffer = vec![0; 65_536];
            loop {
                let (length, peer) = socket.recv_from(&mut buffer).await.unwrap();
                if gone.load(Ordering::Relaxed) {
                    continue;
                }
                let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
                if let Some(answer) = desk.hear(&text) {
                    socket.send_to(answer.as_bytes(), peer).await.unwrap();
                }
            }
        });
        Self { addr, did, away, streams, tasks }
    }

    /// Opens one for streams; with an acceptor it speaks TLS.
    pub(crate) async fn stream(rules: Rules, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (told, did) = mpsc::unbounded_channel();
        let (opened, streams) = mpsc::unbounded_channel();
        let tasks = TaskTracker::new();
        let own = tasks.clone();
        tasks.spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let desk = Desk { rules: rules.clone(), told: told.clone(), nonces: 0 };
                let (heard_in, heard) = mpsc::unbounded_channel();
                let (say, saying) = mpsc::unbounded_channel();
                let stream = Stream { heard, say };
                match &tls {
                    None => drop(own.spawn(carry(socket, desk, heard_in, saying))),
                    Some(tls) => {
                        // whoever does not believe our certificate hangs up
                        let Ok(socket) = tls.accept(socket).await else { continue };
                        drop(own.spawn(carry(socket, desk, heard_in, saying)));
                    }
                }
                if opened.send(stream).is_err() {
                    return;
                }
            }
        });
        Self { addr, did, away: Arc::default(), streams, tasks }
    }

    /// What it does next.
    pub(crate) async fn did(&mut self) -> Did {
        soon("a REGISTER", self.did.recv()).await.unwrap()
    }

    /// Waits until it has granted one.
    pub(crate) async fn grants(&mut self) -> String {
        loop {
            if let Did::Granted(algorithm) = self.did().await {
                return algorithm;
            }
        }
    }

    /// Whether it was left alone since it was last asked.
    pub(crate) fn is_left_alone(&mut self) -> bool {
        self.did.try_recv().is_err()
    }

    /// The next connection somebody opened.
    pub(crate) async fn connection(&mut self) -> Stream {
        soon("a connection", self.streams.recv()).await.unwrap()
    }

    /// Goes deaf and dumb, or comes back.
    pub(crate) fn away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// How many tasks it runs: one, and one for each connection.
    pub(crate) fn open(&self) -> usize {
        self.tasks.len()
    }
}

async fn carry<S>(
    socket: S,
    mut desk: Desk,
    heard: mpsc::UnboundedSender<String>,
    mut saying: mpsc::UnboundedReceiver<String>,
) where
    S: AsyncRead + AsyncWrite + Send,
{
    let (mut from, mut to) = tokio::io::split(socket);
    let mut held = String::new();
    let mut buffer = vec![0; 8192];
    loop {
        tokio::select! {
            said = saying.recv() => match said {
                Some(text) => to.write_all(text.as_bytes()).await.unwrap(),
                None => return,
            },
            length = from.read(&mut buffer) => {
                let Ok(length @ 1..) = length else { return };
                held.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
                // none of what the house sends has a body
                while let Some(end) = held.find("\r\n\r\n") {
                    let message: String = held.drain(..end + 4).collect();
                    match desk.hear(&message) {
                        Some(answer) => to.write_all(answer.as_bytes()).await.unwrap(),
                        None => drop(heard.send(message)),
                    }
                }
            }
        }
    }
}

struct Desk {
    rules: Rules,
    told: mpsc::UnboundedSender<Did>,
    nonces: u32,
}

impl Desk {
    fn hear(&mut self, text: &str) -> Option<String> {
        if !text.starts_with("REGISTER ") {
            return None;
        }
        let (did, status, more) = self.judge(text);
        // the story may be over
        let _told = self.told.send(did);
        Some(answer(text, status, &more))
    }

    fn judge(&mut self, text: &str) -> (Did, &'static str, String) {
        const UNAUTHORIZED: &str = "401 Unauthorized";
        let Some(credentials) = header(text, "Authorization") else {
            return (Did::Challenged, UNAUTHORIZED, self.challenges(false));
        };
        let param = |name| param(credentials, name).unwrap_or_default();
        if param("nonce") != self.nonce() {
            return (Did::Challenged, UNAUTHORIZED, self.challenges(false));
        }
        if std::mem::take(&mut self.rules.stale_once) {
            return (Did::Stale, UNAUTHORIZED, self.challenges(true));
        }
        if param("response") != expected("REGISTER", credentials, self.rules.password) {
            return (Did::Disbelieved, UNAUTHORIZED, self.challenges(false));
        }
        let contact = header(text, "Contact").unwrap();
        if header(text, "Expires") == Some("0") {
            return (Did::Released, "200 OK", String::new());
        }
        let period = self.rules.grants_s;
        // the parameter counts, the header is a trap
        let more = format!("Contact: {contact};expires={period}\r\nExpires: 4000\r\n");
        (Did::Granted(param("algorithm").to_owned()), "200 OK", more)
    }

    fn nonce(&self) -> String {
        format!("nonce-{}", self.nonces)
    }

    fn challenges(&mut self, stale: bool) -> String {
        self.nonces += 1;
        let nonce = self.nonce();
        let stale = if stale { ", stale=TRUE" } else { "" };
        let mut lines = String::new();
        for algorithm in self.rules.algorithms {
            let digest = format!(
                "Digest realm=\"pbx, \\\"old\\\"\", nonce=\"{nonce}\", algorithm={algorithm}"
            );
            lines.extend(["WWW-Authenticate: ", &digest, ", qop=\"auth,auth-int\"", stale, "\r\n"]);
        }
        lines
    }
}

/// The answer to a request, with its Via, From, To, Call-ID and CSeq.
pub(crate) fn answer(request: &str, status: &str, more: &str) -> String {
    let mut copied = String::new();
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        copied.extend([name, ": ", header(request, name).unwrap(), "\r\n"]);
    }
    format!("SIP/2.0 {status}\r\n{copied}{more}Content-Length: 0\r\n\r\n")
}

/// The first value of a header, by its long name.
pub(crate) fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// One parameter of a header, without its quotation marks.
pub(crate) fn param<'a>(credentials: &'a str, name: &str) -> Option<&'a str> {
    let begin = credentials.find(&format!("{name}="))? + name.len() + 1;
    let rest = &credentials[begin..];
    match rest.strip_prefix('"') {
        Some(quoted) => {
            let ends = |(at, _): &(usize, &str)| !quoted[..*at].ends_with('\\');
            quoted.match_indices('"').find(ends).map(|(end, _)| &quoted[..end])
        }
        None => Some(rest.split(',').next().unwrap_or(rest)),
    }
}

/// The response that proves the password.
pub(crate) fn expected(method: &str, credentials: &str, password: &str) -> String {
    let of = |name| param(credentials, name).unwrap_or_default();
    let hash = |text: String| match of("algorithm") {
        "SHA-256" | "SHA-256-sess" => hex::encode(Sha256::digest(text)),
        _ => hex::encode(Md5::digest(text)),
    };
    let mut first = hash(format!("{}:{}:{password}", of("username"), of("realm")));
    if of("algorithm").ends_with("-sess") {
        first = hash(format!("{first}:{}:{}", of("nonce"), of("cnonce")));
    }
    let second = hash(format!("{method}:{}", of("uri")));
    let (nonce, count, cnonce) = (of("nonce"), of("nc"), of("cnonce"));
    hash(format!("{first}:{nonce}:{count}:{cnonce}:auth:{second}"))
}

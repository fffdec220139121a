//! A PBX that tells what its extensions do: each word of it is the story's own.

use std::net::SocketAddr;

use switchboard::config::{Pbx, Transport};
use tokio::net::{TcpListener, UdpSocket};
use tokio_rustls::TlsAcceptor;

use super::listener::{self, Caller};
use super::registrar::{answer, expected, header, param, soon};

/// Where it can be found; nobody has spoken to it yet.
pub(crate) enum Door {
    Datagrams(UdpSocket),
    Streams(TcpListener),
    Sealed(TcpListener, TlsAcceptor),
}

/// In conversation with the house.
pub(crate) struct Notifier {
    line: Caller,
    transport: &'static str,
    sent: u32,
}

impl Door {
    /// Opens one on loopback.
    pub(crate) async fn open(transport: Transport) -> Self {
        let any = "127.0.0.1:0";
        match transport {
            Transport::Udp => Self::Datagrams(UdpSocket::bind(any).await.unwrap()),
            Transport::Tcp | Transport::Tls => Self::Streams(TcpListener::bind(any).await.unwrap()),
        }
    }

    /// Opens one that speaks TLS.
    pub(crate) async fn sealed(acceptor: TlsAcceptor) -> Self {
        Self::Sealed(TcpListener::bind("127.0.0.1:0").await.unwrap(), acceptor)
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::Datagrams(socket) => socket.local_addr().unwrap(),
            Self::Streams(listener) | Self::Sealed(listener, _) => listener.local_addr().unwrap(),
        }
    }

    /// What the house is told of it: whom to watch there, without ringing along.
    pub(crate) fn pbx(&self, watch: &[&str]) -> Pbx {
        let transport = match self {
            Self::Datagrams(_) => Transport::Udp,
            Self::Streams(_) => Transport::Tcp,
            Self::Sealed(..) => Transport::Tls,
        };
        let watch = watch.iter().map(|one| one.parse().unwrap()).collect();
        Pbx { member: false, watch, ..listener::pbx(self.address(), transport) }
    }

    /// Somebody comes, and goes when they see our certificate.
    pub(crate) async fn turned_away(&mut self) {
        let Self::Sealed(listener, acceptor) = self else { panic!("it speaks no TLS") };
        let (stream, _) = soon("a connection", listener.accept()).await.unwrap();
        assert!(soon("a handshake", acceptor.accept(stream)).await.is_err());
    }

    /// The first who comes.
    pub(crate) async fn welcome(&mut self) -> Notifier {
        match self {
            Self::Datagrams(socket) => {
                let mut first = [0; 16];
                let (_, peer) = soon("a message", socket.peek_from(&mut first)).await.unwrap();
                let free = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                let socket = std::mem::replace(socket, free);
                socket.connect(peer).await.unwrap();
                Notifier { line: Caller::Datagrams(socket), transport: "UDP", sent: 0 }
            }
            Self::Streams(listener) => {
                let (stream, _) = soon("a connection", listener.accept()).await.unwrap();
                let line = Caller::Stream(Box::new(stream), vec![]);
                Notifier { line, transport: "TCP", sent: 0 }
            }
            Self::Sealed(listener, acceptor) => {
                let (stream, _) = soon("a connection", listener.accept()).await.unwrap();
                let stream = soon("a handshake", acceptor.accept(stream)).await.unwrap();
                let line = Caller::Stream(Box::new(stream), vec![]);
                Notifier { line, transport: "TLS", sent: 0 }
            }
        }
    }
}

impl Notifier {
    /// The next request of the house.
    pub(crate) async fn asked(&mut self) -> String {
        let text = self.line.next().await;
        assert!(text.starts_with("SUBSCRIBE "), "{text}");
        text
    }

    /// The next request, after it proved who we are.
    pub(crate) async fn believed(&mut self) -> String {
        let asked = self.asked().await;
        let challenge = "WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n1\", qop=\"auth\"\r\n";
        self.refuse(&asked, "401 Unauthorized", challenge).await;
        let again = self.asked().await;
        let credentials = header(&again, "Authorization").unwrap();
        let right = expected("SUBSCRIBE", credentials, "let me in");
        assert_eq!(param(credentials, "response"), Some(right.as_str()));
        again
    }

    /// Answers a request.
    pub(crate) async fn refuse(&mut self, asked: &str, status: &str, more: &str) {
        self.line.say(&answer(asked, status, more)).await;
    }

    /// Grants a request.
    pub(crate) async fn grant(&mut self, asked: &str, seconds: u32) {
        let contact = "<sip:pbx@127.0.0.1:5070>";
        let more = format!("Expires: {seconds}\r\nContact: {contact}\r\n");
        let granted = answer(asked, "200 OK", &more);
        let to = header(&granted, "To").unwrap().to_owned();
        let tagged = if to.contains("tag=") { to.clone() } else { format!("{to};tag=pbx") };
        self.line.say(&granted.replacen(&format!("To: {to}"), &format!("To: {tagged}"), 1)).await;
    }

    /// A NOTIFY in the dialog of a request.
    pub(crate) fn notice(&mut self, asked: &str, cseq: u32, standing: &str, body: &str) -> String {
        self.sent += 1;
        let (transport, sent) = (self.transport, self.sent);
        let (us, call_id) = (header(asked, "From").unwrap(), header(asked, "Call-ID").unwrap());
        let to = header(asked, "To").unwrap().split(';').next().unwrap();
        format!(
            "NOTIFY sip:listener@127.0.0.1 SIP/2.0\r\n\
             Via: SIP/2.0/{transport} 127.0.0.1:5070;rport;branch=z9hG4bK-n{sent}\r\n\
             Max-Forwards: 70\r\nFrom: {to};tag=pbx\r\nTo: {us}\r\nCall-ID: {call_id}\r\n\
             CSeq: {cseq} NOTIFY\r\nContact: <sip:pbx@127.0.0.1:5070>\r\nEvent: dialog\r\n\
             Subscription-State: {standing}\r\nContent-Type: application/dialog-info+xml\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Says something and waits for its answer.
    pub(crate) async fn say(&mut self, text: &str) -> u16 {
        self.line.say(text).await;
        let (status, answer) = self.line.hear().await;
        assert!(answer.starts_with("SIP/2.0 "), "{answer}");
        status
    }

    /// Tells something in the dialog of a request, which must be taken.
    pub(crate) async fn tell(&mut self, asked: &str, cseq: u32, standing: &str, body: &str) {
        let notice = self.notice(asked, cseq, standing, body);
        assert_eq!(self.say(&notice).await, 200);
    }
}

/// What an extension does, as Asterisk says it.
pub(crate) fn body(version: u32, extension: &str, state: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" \
         state=\"full\" entity=\"sip:{extension}@127.0.0.1\">\n \
         <dialog id=\"{extension}\" direction=\"recipient\">\n  \
         <remote><identity>sip:13800001234@127.0.0.1</identity></remote>\n  \
         <state>{state}</state>\n </dialog>\n</dialog-info>\n"
    )
}

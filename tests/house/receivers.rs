//! Whom the house writes to, played over real sockets: robots and webhooks, a mail relay, a telephone.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{Mutex, mpsc, watch};

use super::registrar::soon;

/// What was posted.
#[derive(Debug, Clone)]
pub(crate) struct Posted {
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Posted {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// How it answers next: status, `Retry-After`, body. The last one stays.
pub(crate) type Says = (u16, Option<u32>, &'static str);

/// Something that takes posts.
#[derive(Clone)]
pub(crate) struct Robot {
    pub(crate) url: String,
    says: Arc<Mutex<VecDeque<Says>>>,
    told: mpsc::UnboundedSender<Posted>,
    open: watch::Sender<bool>,
}

impl Robot {
    /// Opens one on loopback.
    pub(crate) async fn open(says: &[Says]) -> (Self, mpsc::UnboundedReceiver<Posted>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/robot?key=k1", listener.local_addr().unwrap());
        let (told, posted) = mpsc::unbounded_channel();
        let robot = Self {
            url,
            says: Arc::new(Mutex::new(says.iter().copied().collect())),
            told,
            open: watch::Sender::new(true),
        };
        let router = Router::new().fallback(take).with_state(robot.clone());
        #[expect(clippy::disallowed_methods, reason = "it lives as long as its story")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        (robot, posted)
    }

    /// Takes what comes, and answers only once the door is open again.
    pub(crate) fn hold(&self, held: bool) {
        self.open.send_replace(!held);
    }
}

async fn take(State(robot): State<Robot>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    robot.told.send(Posted { uri, headers, body: body.to_vec() }).unwrap();
    robot.open.subscribe().wait_for(|open| *open).await.unwrap();
    let (status, after, text) = {
        let mut says = robot.says.lock().await;
        if says.len() > 1 { says.pop_front().unwrap() } else { says[0] }
    };
    let status = StatusCode::from_u16(status).unwrap();
    let mut response = (status, text).into_response();
    if let Some(after) = after {
        response.headers_mut().insert("retry-after", after.into());
    }
    response
}

/// A mail as the relay took it.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) from: String,
    pub(crate) to: Vec<String>,
    pub(crate) raw: Vec<u8>,
}

/// A mail relay; `refuses` is answered to RCPT so often first.
pub(crate) async fn relay(refuses: &[&'static str]) -> (SocketAddr, mpsc::UnboundedReceiver<Mail>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (told, mails) = mpsc::unbounded_channel();
    let mut refuses: VecDeque<&'static str> = refuses.iter().copied().collect();
    #[expect(clippy::disallowed_methods, reason = "it lives as long as its story")]
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let (read, mut write) = socket.split();
            let mut lines = BufReader::new(read).split(b'\n');
            let mut mail = Mail { from: String::new(), to: vec![], raw: vec![] };
            let mut in_data = false;
            write.write_all(b"220 sink ESMTP\r\n").await.unwrap();
            while let Ok(Some(line)) = lines.next_segment().await {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                if in_data {
                    if text == "." {
                        in_data = false;
                        told.send(mail.clone()).unwrap();
                        write.write_all(b"250 taken\r\n").await.unwrap();
                    } else {
                        mail.raw.extend_from_slice(
                            line.strip_prefix(b"..").map_or(&line, |_| &line[1..]),
                        );
                        mail.raw.push(b'\n');
                    }
                    continue;
                }
                let upper = text.to_ascii_uppercase();
                let answer = if upper.starts_with("EHLO") {
                    "250-sink\r\n250 8BITMIME"
                } else if upper.starts_with("MAIL FROM:") {
                    mail.from = text[10..].to_owned();
                    "250 ok"
                } else if upper.starts_with("RCPT TO:") {
                    mail.to.push(text[8..].to_owned());
                    refuses.pop_front().unwrap_or("250 ok")
                } else if upper == "DATA" {
                    in_data = true;
                    "354 go on"
                } else if upper == "QUIT" {
                    "221 bye"
                } else {
                    "250 ok"
                };
                if write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    (addr, mails)
}

/// A PBX with one telephone behind it: asks who we are, hands on what is written.
pub(crate) struct Telephone {
    pub(crate) addr: SocketAddr,
    socket: Arc<UdpSocket>,
    heard: mpsc::UnboundedReceiver<(String, SocketAddr)>,
}

impl Telephone {
    pub(crate) async fn open() -> Self {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let addr = socket.local_addr().unwrap();
        let (told, heard) = mpsc::unbounded_channel();
        let own = Arc::clone(&socket);
        #[expect(clippy::disallowed_methods, reason = "it lives as long as its story")]
        tokio::spawn(async move {
            let mut buffer = vec![0; 65_536];
            while let Ok((length, peer)) = own.recv_from(&mut buffer).await {
                let text = String::from_utf8(buffer[..length].to_vec()).unwrap();
                let asks =
                    text.starts_with("MESSAGE") && !text.contains("Proxy-Authorization: Digest");
                let answer = if asks {
                    answered(
                        &text,
                        "407 Who",
                        "Proxy-Authenticate: Digest realm=\"pbx\", nonce=\"n1\", qop=\"auth\"\r\n",
                    )
                } else if text.starts_with("MESSAGE") || text.starts_with("REGISTER") {
                    answered(&text, "200 OK", "")
                } else {
                    String::new()
                };
                if !answer.is_empty() {
                    own.send_to(answer.as_bytes(), peer).await.unwrap();
                }
                if !asks && !text.starts_with("REGISTER") && told.send((text, peer)).is_err() {
                    return;
                }
            }
        });
        Self { addr, socket, heard }
    }

    /// The next that came and was no registration.
    pub(crate) async fn next(&mut self) -> (String, SocketAddr) {
        soon("a message to the telephone", self.heard.recv()).await.unwrap()
    }

    /// A caller rings the group of which the house is a member.
    pub(crate) async fn ring(&self, house: SocketAddr, caller: &str) {
        let invite = format!(
            "INVITE sip:listener@{house} SIP/2.0\r\nVia: SIP/2.0/UDP {};rport;branch=z9hG4bK{caller}\r\n\
             From: <sip:{caller}@pbx.example>;tag={caller}\r\nTo: <sip:listener@{house}>\r\nCall-ID: {caller}@pbx\r\n\
             CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:pbx@{}>\r\nX-Hotline-DID: 4008001234\r\n\
             Content-Length: 0\r\n\r\n",
            self.addr, self.addr
        );
        self.socket.send_to(invite.as_bytes(), house).await.unwrap();
    }

    /// Writes to the house.
    pub(crate) async fn write(&self, house: SocketAddr, extension: &str, text: &str, number: u32) {
        let message = format!(
            "MESSAGE sip:listener@{house} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{extension}@pbx.example>;tag=a{number}\r\nTo: <sip:listener@pbx.example>\r\n\
             Call-ID: c{number}@t\r\nCSeq: 1 MESSAGE\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{text}",
            self.addr,
            text.len()
        );
        self.socket.send_to(message.as_bytes(), house).await.unwrap();
    }
}

/// The answer that repeats what it must.
fn answered(request: &str, status: &str, more: &str) -> String {
    let head = request.split("\r\n\r\n").next().unwrap();
    let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Contact:"];
    let mut lines: String = head
        .split("\r\n")
        .filter(|line| kept.iter().any(|name| line.starts_with(name)))
        .map(|line| {
            if line.starts_with("To:") {
                format!("{line};tag=t1\r\n")
            } else {
                format!("{line}\r\n")
            }
        })
        .collect();
    lines.push_str(more);
    format!("SIP/2.0 {status}\r\n{lines}Content-Length: 0\r\n\r\n")
}

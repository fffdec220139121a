//! Asks a PBX "are you there?" (OPTIONS, RFC 3261 §11) from a port of its own, so that it can be
//! done beside a running service. Any answer will do; its Server header says what make it is.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::time::timeout;

use super::evidence::Answered;
use crate::config::{Pbx, Transport};

/// How long it may take to answer, and after what time UDP is asked again (T1 and on).
const PATIENCE: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(500);
/// The longest answer that is read.
const LONGEST: usize = 8192;

/// What the PBX answers; `None` where it is not asked: over TLS.
pub(super) async fn ask(pbx: &Pbx) -> Option<Answered> {
    let place = (pbx.address.host.trim_matches(['[', ']']), pbx.address.port);
    let asked = async {
        let to = lookup_host(place).await.ok()?.next()?;
        match pbx.address.transport {
            Transport::Udp => by_udp(pbx, to).await.ok(),
            Transport::Tcp => by_tcp(pbx, to).await.ok(),
            Transport::Tls => None,
        }
    };
    if pbx.address.transport == Transport::Tls {
        return None;
    }
    let answer = timeout(PATIENCE, asked).await.ok().flatten();
    Some(answer.and_then(|answer| read(&answer)).unwrap_or(Answered::Nothing))
}

fn question(pbx: &Pbx, from: SocketAddr, transport: &str) -> String {
    let chance = crate::web::fresh_secret(&mut rand::rng());
    let (token, domain) = (chance.get(..12).unwrap_or(&chance), &pbx.domain);
    format!(
        "OPTIONS sip:{domain} SIP/2.0\r\n\
         Via: SIP/2.0/{transport} {from};rport;branch=z9hG4bK{token}\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:check@{domain}>;tag={token}\r\n\
         To: <sip:{domain}>\r\n\
         Call-ID: {token}@{}\r\n\
         CSeq: 1 OPTIONS\r\n\
         Contact: <sip:check@{from};transport={}>\r\n\
         Accept: application/sdp\r\n\
         Content-Length: 0\r\n\r\n",
        from.ip(),
        transport.to_ascii_lowercase(),
    )
}

async fn by_udp(pbx: &Pbx, to: SocketAddr) -> std::io::Result<Vec<u8>> {
    let any = if to.is_ipv6() { "[::]:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(to).await?;
    let question = question(pbx, socket.local_addr()?, "UDP");
    let mut answer = vec![0; LONGEST];
    loop {
        socket.send(question.as_bytes()).await?;
        if let Ok(length) = timeout(AGAIN, socket.recv(&mut answer)).await {
            answer.truncate(length?);
            return Ok(answer);
        }
    }
}

async fn by_tcp(pbx: &Pbx, to: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(question(pbx, stream.local_addr()?, "TCP").as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") && answer.len() < LONGEST {
        if stream.read_buf(&mut answer).await? == 0 {
            break;
        }
    }
    Ok(answer)
}

/// The status, and the name in Server or User-Agent.
fn read(answer: &[u8]) -> Option<Answered> {
    let text = String::from_utf8_lossy(answer);
    let status = text.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()?;
    let named = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let sign = ["server", "user-agent"].contains(&name.trim().to_ascii_lowercase().as_str());
        sign.then(|| value.trim().to_owned())
    });
    Some(Answered::Status(status, named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_answer_shows_that_a_pbx_is_there_and_of_what_make() {
        let answer = b"SIP/2.0 401 Unauthorized\r\nVia: x\r\nServer: Asterisk PBX 22.10.1\r\n\r\n";
        assert_eq!(read(answer), Some(Answered::Status(401, Some("Asterisk PBX 22.10.1".into()))));
        assert_eq!(read(b"SIP/2.0 200 OK\r\n\r\n"), Some(Answered::Status(200, None)));
        assert_eq!(read(b"HTTP/1.1 400 Bad Request\r\n"), None);
        assert_eq!(read(b"\xff\xfe"), None);
    }
}

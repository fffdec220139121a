//! A PBX that rings a house over a real socket, takes its calls back and acknowledges each 487: shared by
//! the benchmarks.

use std::net::SocketAddr;

use tokio::net::UdpSocket;

/// The PBX and its hotline, as the configuration of the house says it.
pub(crate) const HOTLINE: &str = "[[pbx]]\nname = \"bench\"\naddress = \"sip:127.0.0.1:9;transport=udp\"\n\
    username = \"listener\"\npassword = \"listener\"\nhotline = \"4008001234\"\n\
    [[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\n";

/// Rings one house; calls are known by their number.
pub(crate) struct Ringer {
    wire: UdpSocket,
    local: SocketAddr,
    name: &'static str,
    callers: &'static str,
    elsewhere: bool,
}

impl Ringer {
    /// A PBX for a house. `name` begins the name of each call, `callers` the number of each caller; calls
    /// that are taken back were answered `elsewhere`, or their caller left.
    pub(crate) async fn of(
        house: SocketAddr,
        name: &'static str,
        callers: &'static str,
        elsewhere: bool,
    ) -> Self {
        let wire = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        wire.connect(house).await.unwrap();
        let local = wire.local_addr().unwrap();
        Self { wire, local, name, callers, elsewhere }
    }

    /// A message of a call, as it goes over the wire.
    pub(crate) fn request(&self, method: &str, call: usize) -> String {
        let Self { local, name, callers, .. } = self;
        let reason = if self.elsewhere && method == "CANCEL" {
            "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"
        } else {
            ""
        };
        format!(
            "{method} sip:listener@127.0.0.1 SIP/2.0\r\n\
             Via: SIP/2.0/UDP {local};rport;branch=z9hG4bK{name}{call}\r\n\
             From: <sip:{callers}{call:08}@127.0.0.1>;tag={name}{call}\r\n\
             To: <sip:listener@127.0.0.1>\r\nCall-ID: {name}-{call}@127.0.0.1\r\n\
             CSeq: 1 {method}\r\nContact: <sip:pbx@{local}>\r\nMax-Forwards: 70\r\n{reason}\
             Content-Length: 0\r\n\r\n"
        )
    }

    /// Sends a message to the house.
    pub(crate) async fn send(&self, message: &str) {
        self.wire.send(message.as_bytes()).await.unwrap();
    }

    /// Reads what came and acknowledges each 487, as a PBX does.
    pub(crate) async fn acknowledge(&self) {
        let named = format!("Call-ID: {}-", self.name);
        let mut packet = [0; 4_096];
        while let Ok(len) = self.wire.try_recv(&mut packet) {
            let text = String::from_utf8_lossy(&packet[..len]);
            if !text.starts_with("SIP/2.0 487") {
                continue;
            }
            let id = text.split(named.as_str()).nth(1).and_then(|rest| rest.split('@').next());
            let call = id.unwrap().parse().unwrap();
            let to = text.lines().find(|line| line.starts_with("To:")).unwrap();
            let ack = self.request("ACK", call);
            self.send(&ack.replace("To: <sip:listener@127.0.0.1>", to)).await;
        }
    }
}

//! What a PBX sends to a member of its ring group, as bytes: shared by the benchmarks.

use std::net::SocketAddr;

use switchboard::calls::{Book, Rules};
use switchboard::config::{Account, Hotline, Pbx, PbxAddress, Transport, WhenAllBusy};
use switchboard::kernel::{Cadence, Moment, PbxId, Secret};
use switchboard::sip::read::{self, Framing, Message, Start};
use switchboard::sip::{Sighting, Source, What};

/// The account through which everything is heard.
const LISTENER: Source = Source::Member { pbx: PbxId(0), account: 0 };

const INVITE: &str = "INVITE sip:listener@127.0.0.90:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bKPj6706ac71-ae2c-4651-ba27-########dd7c
From: \"13800001111\" <sip:1380000####@127.0.0.1>;tag=01c0ef50-1a4f-4c9b-acbf-4d5e20f7b471
To: <sip:listener@127.0.0.90>
Contact: <sip:asterisk@127.0.0.1:5070>
Call-ID: 4619f77a-bc5d-430c-bc23-########cedf
CSeq: 10961 INVITE
Allow: OPTIONS, REGISTER, SUBSCRIBE, NOTIFY, PUBLISH, INVITE, ACK, BYE, CANCEL, UPDATE, PRACK, MESSAGE, INFO, REFER
Supported: 100rel, timer, replaces, norefersub, histinfo
Session-Expires: 1800
Min-SE: 90
Max-Forwards: 70
User-Agent: Asterisk PBX
Content-Type: application/sdp
Content-Length:   255

v=0
o=- 1746157024 1746157024 IN IP4 127.0.0.1
s=Asterisk
c=IN IP4 127.0.0.1
t=0 0
m=audio 20074 RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-16
a=ptime:20
a=maxptime:140
a=sendrecv
";

const CANCEL: &str = "CANCEL sip:listener@127.0.0.90:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bKPj6706ac71-ae2c-4651-ba27-########dd7c
From: \"13800001111\" <sip:1380000####@127.0.0.1>;tag=01c0ef50-1a4f-4c9b-acbf-4d5e20f7b471
To: <sip:listener@127.0.0.90>
Call-ID: 4619f77a-bc5d-430c-bc23-########cedf
CSeq: 10961 CANCEL
Reason: SIP;cause=200;text=\"Call completed elsewhere\"
Reason: Q.850;cause=26
Max-Forwards: 70
User-Agent: Asterisk PBX
Content-Length:  0

";

const ACK: &str = "ACK sip:listener@127.0.0.90:5060 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bKPj6706ac71-ae2c-4651-ba27-########dd7c
From: \"13800001111\" <sip:1380000####@127.0.0.1>;tag=01c0ef50-1a4f-4c9b-acbf-4d5e20f7b471
To: <sip:listener@127.0.0.90>;tag=c07f32bc
Call-ID: 4619f77a-bc5d-430c-bc23-########cedf
CSeq: 10961 ACK
Max-Forwards: 70
User-Agent: Asterisk PBX
Content-Length:  0

";

/// A PBX that rings a house again and again.
pub(crate) struct Traffic {
    invite: Template,
    cancel: Template,
    ack: Template,
    begun: u64,
    /// How many calls ring at once.
    at_once: u64,
}

impl Traffic {
    /// Keeps so many calls ringing.
    pub(crate) fn new(at_once: u64) -> Self {
        let [invite, cancel, ack] = [INVITE, CANCEL, ACK].map(Template::new);
        Self { invite, cancel, ack, begun: 0, at_once }
    }

    /// Plays one more call to `hear`: its INVITE now, CANCEL and ACK of the one that rings longest.
    /// A hundred calls a second, so that those that ring for long reach their alarms.
    pub(crate) fn call(&mut self, mut hear: impl FnMut(Moment, &[u8])) {
        let at = Moment::from_millis(1_795_443_529_000 + i64::try_from(self.begun * 10).unwrap());
        hear(at, self.invite.numbered(self.begun));
        if let Some(oldest) = self.begun.checked_sub(self.at_once) {
            hear(at, self.cancel.numbered(oldest));
            hear(at, self.ack.numbered(oldest));
        }
        self.begun += 1;
    }
}

/// A message with places for the number of the call.
struct Template {
    bytes: Vec<u8>,
    places: Vec<std::ops::Range<usize>>,
}

impl Template {
    fn new(text: &str) -> Self {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        let mut places = Vec::new();
        let mut from = 0;
        while let Some(begin) = bytes[from..].iter().position(|&byte| byte == b'#') {
            let begin = from + begin;
            let length = bytes[begin..].iter().take_while(|&&byte| byte == b'#').count();
            from = begin + length;
            places.push(begin..from);
        }
        Self { bytes, places }
    }

    fn numbered(&mut self, number: u64) -> &[u8] {
        for place in &self.places {
            let mut rest = number;
            for digit in self.bytes[place.clone()].iter_mut().rev() {
                *digit = b'0' + u8::try_from(rest % 10).unwrap();
                rest /= 10;
            }
        }
        &self.bytes
    }
}

/// Reads one message; what it says of a call goes to `see`.
pub(crate) fn heard(at: Moment, bytes: &[u8], mut see: impl FnMut(Sighting)) {
    let message = Message::parse(bytes, Framing::Datagram).unwrap();
    read::check(&message).unwrap();
    let Start::Request { method, .. } = message.start else { return };
    let leg = read::leg_key(&message).unwrap();
    let mut see =
        |what| see(Sighting { at, heard_at: at, source: LISTENER, leg: leg.clone(), what });
    match method {
        b"INVITE" => {
            see(What::Offered(Box::new(read::offer(&message))));
            see(What::Alerted);
        }
        b"CANCEL" => see(What::Withdrawn(read::reasons(&message))),
        _ => {}
    }
}

/// Drains what the book tells, as the driver does. How much it was.
pub(crate) fn drain(book: &mut Book) -> usize {
    std::iter::from_fn(|| book.poll()).map(std::hint::black_box).count()
}

/// A book of a house with one hotline.
pub(crate) fn book() -> Book {
    let hotline = Hotline {
        name: "400".to_owned(),
        number: "4008001234".to_owned(),
        aliases: vec!["700".to_owned()],
        greeting: "您好,南京北斗星".to_owned(),
        cadence: Cadence::default(),
        target_rings: 3,
        target_limit_ms: None,
        short_abandon_rings: 1,
        colleague_rings: 2,
        round_gap_ms: 2000,
        hours: Vec::new(),
    };
    let pbx = pbx(SocketAddr::from(([127, 0, 0, 1], 5070)));
    let rules = Rules::new(&[hotline], &[pbx], chrono_tz::Asia::Shanghai);
    Book::new(rules, Moment::from_millis(0))
}

/// A PBX at that address, where we are `listener`.
pub(crate) fn pbx(address: SocketAddr) -> Pbx {
    Pbx {
        name: "main".to_owned(),
        address: PbxAddress {
            host: address.ip().to_string(),
            port: address.port(),
            transport: Transport::Udp,
        },
        domain: "127.0.0.1".to_owned(),
        accounts: vec![Account {
            username: "listener".to_owned(),
            password: Secret::new("secret".to_owned()),
            hotline: Some("4008001234".to_owned()),
        }],
        member: true,
        when_all_busy: WhenAllBusy::Ring,
        watch: Vec::new(),
        positions: ["801", "802", "803"].map(|phone| phone.parse().unwrap()).to_vec(),
        services: Vec::new(),
    }
}

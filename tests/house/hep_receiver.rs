//! Mirrored signalling over real sockets: who is heard, what arrives, and what hostile bytes do.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use switchboard::clock::Clock;
use switchboard::config::{Hep, SipListen, Transport};
use switchboard::kernel::{Moment, PbxId, Secret};
use switchboard::meters::{Kind, Meters};
use switchboard::sip::hep::{self, Hears};
use switchboard::sip::{Heard, LineChange, LineState, Mirrored, SocketProblem, Source};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::hep_kit::Mirroring;
use super::listener::{Caller, House, Plan, on, request};
use super::registrar::soon;

/// One mirrored message as it reached whoever sorts them.
#[derive(Debug, PartialEq, Eq)]
struct Got {
    at: Moment,
    heard_at: Moment,
    transport: Transport,
    source: SocketAddr,
    destination: SocketAddr,
    payload: Vec<u8>,
}

struct Sink(mpsc::UnboundedSender<Got>);

impl Hears for Sink {
    fn hear(&mut self, mirrored: &Mirrored<'_>, _: &mut dyn FnMut(Heard)) {
        let &Mirrored { at, heard_at, transport, source, destination, payload } = mirrored;
        let payload = payload.to_vec();
        // a story that has seen enough is over
        let _told = self.0.send(Got { at, heard_at, transport, source, destination, payload });
    }

    fn next_timer(&self) -> Option<Moment> {
        None
    }

    fn wake(&mut self, _: Moment, _: &mut dyn FnMut(Heard)) {}

    fn learn(&mut self, _: PbxId, _: &[SocketAddr]) {}
}

/// The receiver by itself.
struct Post {
    handle: hep::Handle,
    got: mpsc::UnboundedReceiver<Got>,
    _heard: mpsc::Receiver<Heard>,
    meters: Meters,
    clock: Clock,
    tasks: TaskTracker,
    stop: CancellationToken,
    _addresses: watch::Sender<BTreeMap<PbxId, Vec<SocketAddr>>>,
}

impl Post {
    async fn open(listen: &[SipListen], trusted: &str, key: Option<&str>) -> Self {
        let (out, heard) = mpsc::channel(64);
        let (told, got) = mpsc::unbounded_channel();
        let (kept, addresses) = watch::channel(BTreeMap::new());
        let (tasks, stop, meters) = (TaskTracker::new(), CancellationToken::new(), Meters::new());
        let clock = Clock::house();
        let config = Hep {
            listen: listen.to_vec(),
            trusted: [trusted, "::1/128"].map(|net| net.parse().unwrap()).to_vec(),
            auth_key: key.map(|key| Secret::new(key.to_owned())),
        };
        let setup = hep::Setup {
            hep: Some(config),
            pbxes: vec![hep::Expected { name: "main".into(), alone: true }],
            addresses,
            own: hep::Notes::none(),
            clock: clock.clone(),
            meters: meters.clone(),
            out,
            tasks: tasks.clone(),
            stop: stop.clone(),
        };
        let handle = hep::start(setup, Sink(told)).await;
        Self { handle, got, _heard: heard, meters, clock, tasks, stop, _addresses: kept }
    }

    async fn usual() -> Self {
        let listen = [Transport::Udp, Transport::Tcp].map(|transport| on(transport, "127.0.0.1:0"));
        Self::open(&listen, "127.0.0.0/8", None).await
    }

    fn address(&self, socket: usize) -> SocketAddr {
        self.handle.sockets.borrow()[socket].bound.unwrap()
    }

    async fn udp(&self, from: &str) -> UdpSocket {
        let socket = UdpSocket::bind(from).await.unwrap();
        socket.connect(self.address(0)).await.unwrap();
        socket
    }

    async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address(1)).await.unwrap()
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().millis()
    }

    async fn next(&mut self) -> Got {
        soon("a mirrored message", self.got.recv()).await.unwrap()
    }

    fn dropped(&self, why: &str) -> u64 {
        self.meters.dropped.get_or_create(&Kind { kind: why.to_owned() }).get()
    }

    async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        soon("the end of all tasks", self.tasks.wait()).await;
    }
}

fn invite(call: &str) -> Vec<u8> {
    request("INVITE", "UDP", call, "").into_bytes()
}

// ---------------------------------------------------------------------------------------- messages

#[tokio::test]
async fn a_message_arrives_with_its_addresses_and_its_own_time_over_every_socket() {
    let pairs =
        [("192.0.2.1:5060", "192.0.2.2:5070"), ("[2001:db8::1]:5060", "[2001:db8::2]:5060")];
    for ip in ["127.0.0.1:0", "[::1]:0"] {
        let listen = [Transport::Udp, Transport::Tcp].map(|transport| on(transport, ip));
        let mut post = Post::open(&listen, "127.0.0.0/8", None).await;
        let datagrams = post.udp(ip).await;
        let mut stream = post.tcp().await;
        for (source, destination) in pairs {
            // four seconds late, as after a buffer: its own time stands
            let at_ms = post.now_ms() - 4_000;
            let payload = invite("c1");
            let (source, destination) = (source.parse().unwrap(), destination.parse().unwrap());
            let one = Mirroring { source, destination, ..Mirroring::of(&payload, at_ms) };
            datagrams.send(&one.packet()).await.unwrap();
            let got = post.next().await;
            assert_eq!(got.at, Moment::from_millis(at_ms));
            assert!(got.heard_at.millis() >= at_ms + 4_000);
            assert_eq!((got.source, got.destination), (source, destination));
            assert_eq!((got.transport, got.payload), (Transport::Udp, payload.clone()));
            stream.write_all(&Mirroring { protocol: 6, ..one }.packet()).await.unwrap();
            let got = post.next().await;
            assert_eq!((got.transport, got.payload), (Transport::Tcp, payload));
        }
        post.close().await;
    }
}

#[tokio::test]
async fn a_sender_that_writes_byte_by_byte_is_understood_and_holds_nobody_up() {
    let mut post = Post::usual().await;
    let (mut slow, mut quick) = (post.tcp().await, post.tcp().await);
    slow.set_nodelay(true).unwrap();
    let (first, second) = (invite("slow"), invite("quick"));
    let packet = Mirroring::of(&first, post.now_ms()).packet();
    let (begin, end) = packet.split_at(packet.len() / 2);
    for byte in begin {
        slow.write_all(&[*byte]).await.unwrap();
    }
    let quickly = Mirroring::of(&second, post.now_ms()).packet();
    quick.write_all(&[quickly.clone(), quickly].concat()).await.unwrap();
    assert_eq!(post.next().await.payload, second);
    assert_eq!(post.next().await.payload, second);
    for byte in end {
        slow.write_all(&[*byte]).await.unwrap();
    }
    assert_eq!(post.next().await.payload, first);
    post.close().await;
}

#[tokio::test]
async fn a_clock_an_hour_ahead_is_shown_and_corrected_with_the_first_message() {
    let mut post = Post::usual().await;
    let datagrams = post.udp("127.0.0.1:0").await;
    let payload = invite("c1");
    let ahead = post.now_ms() + 3_600_000;
    for (stamp, distance) in [(ahead, 0), (ahead - 700, -700)] {
        datagrams.send(&Mirroring::of(&payload, stamp).packet()).await.unwrap();
        let got = post.next().await;
        assert!((got.at.millis() - (ahead - 3_600_000 + distance)).abs() <= 1_000, "{got:?}");
        assert!(got.at <= got.heard_at);
    }
    let shown = post.handle.mirrors.wait_for(|mirrors| mirrors.iter().any(|one| one.packets == 2));
    let mirror = soon("the mirror", shown).await.unwrap()[0].clone();
    assert_eq!((mirror.capture_id, mirror.silent_since), (2022, None));
    assert!(mirror.clock.corrected && (mirror.clock.offset_ms + 3_600_000).abs() < 1_000);
    post.close().await;
}

// --------------------------------------------------------------------------------- who is not heard

#[tokio::test]
async fn without_the_key_nothing_is_heard_and_everything_is_counted() {
    let listen = [on(Transport::Udp, "127.0.0.1:0")];
    let mut post = Post::open(&listen, "127.0.0.0/8", Some("labhep")).await;
    let datagrams = post.udp("127.0.0.1:0").await;
    let payload = invite("c1");
    for key in [None, Some(&b""[..]), Some(b"labhe"), Some(b"labhepp"), Some(b"LABHEP")] {
        let wrong = Mirroring { key, ..Mirroring::of(&payload, post.now_ms()) };
        datagrams.send(&wrong.packet()).await.unwrap();
    }
    let right = Mirroring { key: Some(b"labhep"), ..Mirroring::of(&payload, post.now_ms()) };
    datagrams.send(&right.packet()).await.unwrap();
    post.next().await;
    assert_eq!((post.dropped("hep_auth"), post.got.len()), (5, 0));
    post.close().await;
}

#[tokio::test]
async fn a_stranger_is_counted_and_not_heard() {
    let listen = [Transport::Udp, Transport::Tcp].map(|transport| on(transport, "127.0.0.1:0"));
    let mut post = Post::open(&listen, "127.0.0.2/32", None).await;
    let payload = invite("c1");
    let packet = Mirroring::of(&payload, post.now_ms()).packet();
    let (stranger, friend) = (post.udp("127.0.0.1:0").await, post.udp("127.0.0.2:0").await);
    stranger.send(&packet).await.unwrap();
    friend.send(&packet).await.unwrap();
    post.next().await;
    assert_eq!((post.dropped("hep_untrusted"), post.got.len()), (1, 0));
    let mut refused = post.tcp().await;
    assert_eq!(soon("the end", refused.read(&mut [0; 16])).await.unwrap_or(0), 0);
    assert_eq!(post.dropped("hep_untrusted"), 2);
    post.close().await;
}

#[tokio::test]
async fn a_taken_port_is_said_and_taken_when_it_is_free() {
    let holder = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let listen = [on(Transport::Udp, &holder.local_addr().unwrap().to_string())];
    let mut post = Post::open(&listen, "127.0.0.0/8", None).await;
    let problem = post.handle.sockets.borrow()[0].problem.clone();
    assert_eq!(problem, Some(SocketProblem::PortTaken));
    drop(holder);
    let open = post.handle.sockets.wait_for(|sockets| sockets[0].bound.is_some());
    drop(soon("the socket", open).await.unwrap());
    let payload = invite("c1");
    let packet = Mirroring::of(&payload, post.now_ms()).packet();
    post.udp("127.0.0.1:0").await.send(&packet).await.unwrap();
    assert_eq!(post.next().await.payload, payload);
    post.close().await;
}

// ----------------------------------------------------------------------------------- hostile bytes

#[tokio::test]
async fn datagrams_of_junk_leave_it_alive() {
    let mut post = Post::usual().await;
    let datagrams = post.udp("127.0.0.1:0").await;
    let packet = Mirroring::of(b"BYE", post.now_ms()).packet();
    for cut in 0..packet.len() {
        datagrams.send(&packet[..cut]).await.unwrap();
        let mut bent = packet.clone();
        bent[cut] ^= 0xff;
        datagrams.send(&bent).await.unwrap();
    }
    for junk in
        [&vec![0xff; 60_000][..], b"HEP3\xff\xff", b"HEP3\0\0", b"\x01\x10\x02\x11", b"INVITE"]
    {
        datagrams.send(junk).await.unwrap();
    }
    let payload = invite("c1");
    datagrams.send(&Mirroring::of(&payload, post.now_ms()).packet()).await.unwrap();
    while post.next().await.payload != payload {}
    assert!(post.dropped("hep_unreadable") > packet.len() as u64);
    post.close().await;
}

#[tokio::test]
async fn a_stream_of_junk_is_closed_and_the_longest_packet_is_none() {
    let mut post = Post::usual().await;
    for junk in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"HEP3\0\x05", b"HEP1"] {
        let mut stream = post.tcp().await;
        stream.write_all(junk).await.unwrap();
        assert_eq!(soon("the end", stream.read(&mut [0; 16])).await.unwrap_or(0), 0);
    }
    assert_eq!(post.dropped("hep_unreadable"), 3);
    // a packet that promises the most and keeps it, beside one that is broken inside
    let mut stream = post.tcp().await;
    let empty = Mirroring::of(b"", post.now_ms()).packet().len();
    let payload = vec![b'x'; usize::from(u16::MAX) - empty];
    stream.write_all(b"HEP3\0\x0c\0\0\0\x0f\0\x07").await.unwrap();
    stream.write_all(&Mirroring::of(&payload, post.now_ms()).packet()).await.unwrap();
    assert_eq!(post.next().await.payload.len(), payload.len());
    assert_eq!(post.dropped("hep_unreadable"), 4);
    // one that promises the most and goes away
    stream.write_all(b"HEP3\xff\xff half").await.unwrap();
    drop(stream);
    let mut held = vec![];
    for _ in 0..33 {
        held.push(post.tcp().await);
    }
    let mut any_refused = false;
    for stream in &mut held {
        let closed = tokio::time::timeout(std::time::Duration::from_millis(20), stream.read_u8());
        any_refused |= closed.await.is_ok();
    }
    assert!(any_refused, "one address cannot take all connections");
    post.close().await;
}

// -------------------------------------------------------------------------------- as the house runs

#[tokio::test]
async fn the_house_tells_that_a_pbx_is_mirrored_as_soon_as_it_is() {
    let config = Hep {
        listen: vec![on(Transport::Udp, "127.0.0.1:0")],
        trusted: vec!["127.0.0.0/8".parse().unwrap()],
        auth_key: None,
    };
    let mut house = House::open(Plan { hep: Some(config), ..Plan::default() }).await;
    let to = house.handle.hep_sockets.borrow()[0].bound.unwrap();
    let datagrams = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let packet = Mirroring::of(&invite("c1"), Clock::house().now().millis()).packet();
    datagrams.send_to(&packet, to).await.unwrap();
    loop {
        if let Heard::Line(change) = soon("the line", house.heard.recv()).await.unwrap() {
            let LineChange { source, state, .. } = change;
            assert_eq!((source, state), (Source::Mirror { pbx: PbxId(0) }, LineState::Hearing));
            break;
        }
    }
    let shown = house.handle.mirrors.wait_for(|mirrors| !mirrors.is_empty());
    assert_eq!(soon("the mirror", shown).await.unwrap()[0].packets, 1);
    house.close().await;
}

#[tokio::test]
async fn a_mirrored_copy_of_our_own_message_tells_at_once_that_its_clock_is_behind() {
    let config = Hep {
        listen: vec![on(Transport::Udp, "127.0.0.1:0")],
        trusted: vec!["127.0.0.0/8".parse().unwrap()],
        auth_key: None,
    };
    let mut house = House::open(Plan { hep: Some(config), ..Plan::default() }).await;
    let to = house.handle.hep_sockets.borrow()[0].bound.unwrap();
    let mut caller = Caller::udp("127.0.0.1:0", house.address()).await;
    let options = request("OPTIONS", "UDP", "o1", "");
    let passed_ms = Clock::house().now().millis();
    caller.say(&options).await;
    caller.expect(&[200]).await;
    let datagrams = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let behind = Mirroring::of(options.as_bytes(), passed_ms - 90_000);
    datagrams.send_to(&behind.packet(), to).await.unwrap();
    let shown = house.handle.mirrors.wait_for(|mirrors| !mirrors.is_empty());
    let clock = soon("the mirror", shown).await.unwrap()[0].clock;
    assert!(clock.corrected && (clock.offset_ms - 90_000).abs() < 1_000, "{clock:?}");
    house.close().await;
}

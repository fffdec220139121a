//! A hundred thousand mirrored packets a second over loopback for thirty seconds: how many arrive,
//! and what it costs. `make bench` runs it; `HEP_SECONDS` shortens it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]

#[path = "../tests/house/hep_kit.rs"]
mod hep_kit;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use switchboard::clock::Clock;
use switchboard::config::{Hep, SipListen, Transport};
use switchboard::kernel::{Moment, PbxId};
use switchboard::meters::Meters;
use switchboard::sip::hep::{self, Hears};
use switchboard::sip::{Heard, Mirrored};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use hep_kit::Mirroring;

/// Offered each second.
const A_SECOND: u64 = 100_000;
/// Promised: at most so many of a million are lost.
const PROMISED_LOST: u64 = 1_000;

struct Count(Arc<AtomicU64>);

impl Hears for Count {
    fn hear(&mut self, mirrored: &Mirrored<'_>, _: &mut dyn FnMut(Heard)) {
        std::hint::black_box(mirrored.payload);
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn next_timer(&self) -> Option<Moment> {
        None
    }

    fn wake(&mut self, _: Moment, _: &mut dyn FnMut(Heard)) {}

    fn learn(&mut self, _: PbxId, _: &[SocketAddr]) {}
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let seconds =
        std::env::var("HEP_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(30);
    let received = Arc::new(AtomicU64::new(0));
    let meters = Meters::new();
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let (out, _heard) = mpsc::channel(64);
    let (_kept, addresses) = watch::channel(BTreeMap::new());
    let listen = SipListen { transport: Transport::Udp, addr: "127.0.0.1:0".parse().unwrap() };
    let setup = hep::Setup {
        hep: Some(Hep {
            listen: vec![listen],
            trusted: vec!["127.0.0.0/8".parse().unwrap()],
            auth_key: None,
        }),
        pbxes: vec![hep::Expected { name: "main".to_owned(), alone: false }],
        addresses,
        own: hep::Notes::none(),
        clock: Clock::house(),
        meters: meters.clone(),
        out,
        tasks: tasks.clone(),
        stop: stop.clone(),
    };
    let handle = hep::start(setup, Count(Arc::clone(&received))).await;
    let to = handle.sockets.borrow()[0].bound.unwrap();

    let before = cpu_ms("self");
    let sending = std::thread::spawn(move || send(to, seconds));
    let (offered, sender_ms) =
        tokio::task::spawn_blocking(|| sending.join().unwrap()).await.unwrap();
    // what is on its way arrives, and the kernel is asked once more
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let spent_ms = cpu_ms("self").saturating_sub(before).saturating_sub(sender_ms);
    let received = received.load(Ordering::Relaxed);
    let lost = offered.saturating_sub(received);
    let ppm = lost * 1_000_000 / offered.max(1);
    println!(
        "offered {offered} in {seconds} s, received {received}, lost {lost} ({}.{:04} %)",
        ppm / 10_000,
        ppm % 10_000
    );
    println!("dropped by the kernel {}", meters.hep_kernel_drops.get());
    println!("CPU of the receiver {}.{:02} s", spent_ms / 1_000, spent_ms % 1_000 / 10);
    let kept = ppm <= PROMISED_LOST;
    println!(
        "promised: lost at most 0.1 % at {A_SECOND}/s: {}",
        if kept { "kept" } else { "NOT KEPT" }
    );
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    if !kept {
        std::process::exit(1);
    }
}

/// Sends at an even pace; how many, and the milliseconds of CPU it took.
fn send(to: SocketAddr, seconds: u64) -> (u64, u64) {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(to).unwrap();
    let now_ms = Clock::house().now().millis();
    let packets = messages().map(|text| Mirroring::of(text.as_bytes(), now_ms).packet());
    let begun = Instant::now();
    let mut sent = 0_u64;
    for message in packets.iter().cycle() {
        if sent.is_multiple_of(50) {
            let due = Duration::from_nanos(sent * (1_000_000_000 / A_SECOND));
            if due >= Duration::from_secs(seconds) {
                break;
            }
            if let Some(early) = due.checked_sub(begun.elapsed()) {
                std::thread::sleep(early);
            }
        }
        socket.send(message).unwrap();
        sent += 1;
    }
    (sent, cpu_ms("thread-self"))
}

/// An INVITE and its answers, of the sizes a PBX makes.
fn messages() -> [String; 4] {
    let head = |first: &str, more: &str| {
        format!(
            "{first}\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK-1a2b3c4d5e6f\r\n\
             Max-Forwards: 70\r\nFrom: \"Caller\" <sip:13800001234@192.0.2.1>;tag=9f8e7d6c\r\n\
             To: <sip:4008001234@192.0.2.2>\r\nCall-ID: 5d4c3b2a-1f0e-4d3c-8b7a@192.0.2.1\r\n\
             CSeq: 1 INVITE\r\nUser-Agent: a PBX of some make\r\n{more}\r\n"
        )
    };
    let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
               m=audio 10000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
               a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendrecv\r\n";
    let with_sdp = format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n", sdp.len());
    [
        head("INVITE sip:4008001234@192.0.2.2 SIP/2.0", &with_sdp) + sdp,
        head("SIP/2.0 100 Trying", "Content-Length: 0\r\n"),
        head("SIP/2.0 180 Ringing", "Content-Length: 0\r\n"),
        head("SIP/2.0 200 OK", &with_sdp) + sdp,
    ]
}

/// User and system time of this process or thread, in milliseconds: ticks of 10 ms.
fn cpu_ms(whose: &str) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{whose}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let times = after_name.split_ascii_whitespace().skip(11).take(2);
    times.map(|ticks| ticks.parse::<u64>().unwrap() * 10).sum()
}

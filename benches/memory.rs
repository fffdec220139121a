//! What one live call costs: the slope of resident memory from 1 000 to 10 000 ringing calls, which
//! come as datagrams into the real SIP side, with its transactions, and are followed by the book.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "it prints its one figure")]

mod traffic;

use std::collections::BTreeMap;

use switchboard::clock::Clock;
use switchboard::config::{Sip, SipListen, Transport};
use switchboard::meters::Meters;
use switchboard::sip::{self, Heard, Setup};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use traffic::{Traffic, book, drain, pbx};

const FEW: usize = 1_000;
const MANY: usize = 10_000;
/// Promised, in bytes.
const PROMISED: u64 = 2_048;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (out, mut heard) = mpsc::channel(4_096);
    let stop = CancellationToken::new();
    let listen = SipListen { transport: Transport::Udp, addr: "127.0.0.1:0".parse().unwrap() };
    let side = sip::start(Setup {
        sip: Sip {
            listen: vec![listen],
            trusted: vec!["127.0.0.0/8".parse().unwrap()],
            advertise: None,
            tls: None,
            tls_ca: None,
        },
        pbx: vec![pbx()],
        clock: Clock::house(),
        meters: Meters::new(),
        site_secret: [7; 32],
        live_legs: Vec::new(),
        decline: BTreeMap::new(),
        out,
        tasks: TaskTracker::new(),
        stop: stop.clone(),
        seed: 7,
    })
    .await;
    let wire = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    wire.connect(side.sockets.borrow()[0].bound.unwrap()).await.unwrap();

    let mut house = book();
    let mut calls = Traffic::new(u64::MAX);
    let mut few = 0;
    while house.live() < MANY {
        let mut invite = Vec::new();
        calls.call(|_, bytes| invite = bytes.to_vec());
        wire.send(&invite).await.unwrap();
        let wanted = house.live() + 1;
        while house.live() < wanted {
            if let Heard::Sighting(sighting) = heard.recv().await.unwrap() {
                house.see(sighting);
                drain(&mut house);
            }
        }
        if house.live() == FEW {
            few = resident_bytes();
        }
    }
    let many = resident_bytes();
    let slope = many.saturating_sub(few) / u64::try_from(MANY - FEW).unwrap();
    let kept = if slope <= PROMISED { "kept" } else { "NOT KEPT" };
    println!("book and transaction: {slope} bytes a live call   promised {PROMISED}   {kept}");
    stop.cancel();
}

/// Resident memory of this process, in bytes.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

//! What one live call costs: the slope of resident memory from 1 000 to 10 000 ringing calls, of
//! the call book alone and of book and SIP endpoint together (transactions included; the ladder's
//! text, which goes to the store, is dropped here). Each is measured in a process of its own.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "it prints its figures")]

mod traffic;

use std::env;
use std::net::SocketAddr;
use std::process::Command;

use switchboard::clock::Clock;
use switchboard::config::{Sip, SipListen, Transport};
use switchboard::meters::Meters;
use switchboard::sip::{self, Heard, Setup, What};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use traffic::{Traffic, book, drain, heard, pbx};

const FEW: u64 = 1000;
const MANY: u64 = 10_000;
/// The most that a live call may cost, in bytes.
const ALLOWED: u64 = 2048;

fn main() {
    match env::args().nth(1).as_deref() {
        Some("book") => measure_book(),
        Some("endpoint") => {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(measure_endpoint());
        }
        _ => {
            for part in ["book", "endpoint"] {
                let status = Command::new(env::current_exe().unwrap()).arg(part).status().unwrap();
                assert!(status.success(), "{part} failed");
            }
        }
    }
}

fn measure_book() {
    let mut pbx = Traffic::new(MANY);
    let mut house = book();
    let mut ring = |calls: u64| {
        for _ in 0..calls {
            pbx.call(|at, bytes| heard(at, bytes, |sighting| house.see(sighting)));
            drain(&mut house);
        }
        resident_bytes()
    };
    let (few, many) = (ring(FEW), ring(MANY - FEW));
    assert_eq!(house.live(), usize::try_from(MANY).unwrap());
    tell("book", few, many);
}

async fn measure_endpoint() {
    let carrier = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (out, mut hears) = mpsc::channel(4096);
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let handle = sip::start(setup(carrier.local_addr().unwrap(), out, &tasks, &stop)).await;
    let member = handle.sockets.borrow().first().unwrap().bound.unwrap();

    let mut pbx = Traffic::new(MANY);
    let mut house = book();
    let mut figures = Vec::new();
    for calls in 1..=MANY {
        if calls % 3_000 == 0 {
            // a PBX may send so much at once and no more: its budget fills again
            tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
        }
        let mut invite = Vec::new();
        pbx.call(|_, bytes| invite = bytes.to_vec());
        carrier.send_to(&invite, member).await.unwrap();
        // the 180 is the last that an INVITE brings about
        loop {
            let Heard::Sighting(sighting) = hears.recv().await.unwrap() else { continue };
            let rings = sighting.what == What::Alerted;
            house.see(sighting);
            if rings {
                break;
            }
        }
        drain(&mut house);
        let mut answer = [0; 2048];
        while carrier.try_recv(&mut answer).is_ok() {}
        if [FEW, MANY].contains(&calls) {
            figures.push(resident_bytes());
        }
    }
    assert_eq!(house.live(), usize::try_from(MANY).unwrap());
    let slope = tell("book and transaction", figures[0], figures[1]);
    assert!(slope <= ALLOWED, "a live call may cost {ALLOWED} bytes");
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

fn setup(
    carrier: SocketAddr,
    out: mpsc::Sender<Heard>,
    tasks: &TaskTracker,
    stop: &CancellationToken,
) -> Setup {
    let addr = "127.0.0.1:0".parse().unwrap();
    Setup {
        hep: None,
        sip: Sip {
            listen: vec![SipListen { transport: Transport::Udp, addr }],
            trusted: vec!["127.0.0.0/8".parse().unwrap()],
            advertise: None,
            tls: None,
            tls_ca: None,
        },
        pbx: vec![pbx(carrier)],
        clock: Clock::house(),
        meters: Meters::new(),
        site_secret: [7; 32],
        live_legs: Vec::new(),
        out,
        pages: mpsc::channel(8).0,
        tasks: tasks.clone(),
        stop: stop.clone(),
        seed: 7,
    }
}

/// Prints the slope and gives it.
fn tell(what: &str, few: u64, many: u64) -> u64 {
    let slope = many.saturating_sub(few) / (MANY - FEW);
    println!("{what}: {slope} bytes a live call ({few} resident at {FEW} calls, {many} at {MANY})");
    slope
}

/// Resident memory of this process, in bytes.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes * 1024
}

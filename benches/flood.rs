//! A flood of INVITEs, two thousand a second, while twenty real calls ring: from an address nobody
//! trusts, then from a trusted one of its own. The real program over real sockets: are the twenty
//! right, are their alarms in time, does memory stay where it was? `make bench` runs it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]

#[path = "../tests/house/kit.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod kit;
#[path = "../tests/house/program.rs"]
#[expect(dead_code, reason = "the stories use the rest")]
mod program;

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use program::Site;

/// The PBX, a trusted machine that is none, and a stranger.
const PBX: &str = "127.0.0.1";
const TRUSTED: &str = "127.0.0.7";
const STRANGER: &str = "127.0.0.66";

/// Real calls that ring at once, and for how long before they are over.
const CALLS: usize = 20;
const RING: Duration = Duration::from_millis(16_500);
/// INVITEs of the flood a second.
const RATE: u32 = 2_000;

/// Promised: the latest alarm, in milliseconds; how much memory may grow meanwhile, in megabytes.
const ALARM_MS: i64 = 50;
const GROWTH_MB: u64 = 64;

const HOTLINE: &str = "[[pbx]]\nname = \"bench\"\naddress = \"sip:127.0.0.1:9;transport=udp\"\n\
    username = \"listener\"\npassword = \"listener\"\nhotline = \"4008001234\"\n\
    [[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\n";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    println!("{RATE} INVITEs a second beside {CALLS} calls that ring for {} s", RING.as_secs_f32());
    let mut kept = true;
    for place in kit::places().await {
        let engine = if place.url.starts_with("sqlite") { "SQLite" } else { "PostgreSQL" };
        let trusted = [PBX, TRUSTED].map(|address| format!("{address}/32"));
        let trusted: Vec<_> = trusted.iter().map(String::as_str).collect();
        let mut site = Site::trusting(place, &trusted, HOTLINE);
        site.start().await;
        let token = site.token("supervisor");
        for (round, (who, from)) in
            [("no flood", None), ("a stranger", Some(STRANGER)), ("a trusted one", Some(TRUSTED))]
                .into_iter()
                .enumerate()
        {
            let seen = round_of(&site, &token, round, from).await;
            let grown = seen.memory_after.saturating_sub(seen.memory_before) / 1024;
            let good = seen.right == CALLS && seen.latest_ms <= ALARM_MS && grown <= GROWTH_MB;
            kept &= good || from.is_none();
            println!(
                "{engine:<10} {who:<14} right {:>2} of {CALLS} (promised {CALLS})   alarms {:>3}, latest \
                 {:>3} ms late (promised {ALARM_MS})   memory +{grown} MB (promised {GROWTH_MB})   flood \
                 sent {}, let in {}",
                seen.right, seen.alarms, seen.latest_ms, seen.flooded, seen.let_in
            );
        }
    }
    println!("{}", if kept { "kept" } else { "NOT KEPT" });
    if !kept {
        std::process::exit(1);
    }
}

/// What one round showed.
struct Seen {
    right: usize,
    alarms: usize,
    latest_ms: i64,
    memory_before: u64,
    memory_after: u64,
    flooded: u64,
    let_in: usize,
}

async fn round_of(site: &Site, token: &str, round: usize, flood: Option<&str>) -> Seen {
    let began = Utc::now();
    let memory_before = memory(site.pid());
    let stop = Arc::new(AtomicBool::new(false));
    let alarms = tokio::spawn(alarms(listen(site.web, token).await, Arc::clone(&stop)));
    let flood = flood.map(|from| flood_from(from, site.sip, round, Arc::clone(&stop)));
    let wire = UdpSocket::bind((PBX, 0)).unwrap();
    wire.connect(site.sip).unwrap();
    wire.set_nonblocking(true).unwrap();
    let local = wire.local_addr().unwrap();
    let mut beat = tokio::time::interval(Duration::from_millis(50));
    for call in 0..CALLS {
        beat.tick().await;
        wire.send(real("INVITE", round, call, local).as_bytes()).unwrap();
    }
    let mut rest = tokio::time::interval(Duration::from_millis(20));
    let until = Instant::now() + RING;
    while Instant::now() < until {
        rest.tick().await;
        answers(&wire, round, local);
    }
    for call in 0..CALLS {
        beat.tick().await;
        wire.send(real("CANCEL", round, call, local).as_bytes()).unwrap();
    }
    let until = Instant::now() + Duration::from_secs(2);
    while Instant::now() < until {
        rest.tick().await;
        answers(&wire, round, local);
    }
    let memory_after = memory(site.pid());
    stop.store(true, Ordering::Relaxed);
    let flooded = flood.map_or(0, |flood| flood.join().unwrap());
    let (alarms, latest_ms) = alarms.await.unwrap();
    // those that the flood put through wait for the store too
    tokio::time::sleep(Duration::from_secs(3)).await;
    let calls = calls_since(site.web, token, began).await;
    let (real, other): (Vec<&Value>, Vec<&Value>) = calls.iter().partition(|call| {
        call["caller"]["number"].as_str().is_some_and(|n| n.starts_with("+86138"))
    });
    let right = real.iter().filter(|call| is_right(call)).count();
    let right = if real.len() == CALLS { right } else { 0 };
    Seen { right, alarms, latest_ms, memory_before, memory_after, flooded, let_in: other.len() }
}

/// Answered by a colleague after the promise, measured to a quarter of a second.
fn is_right(call: &Value) -> bool {
    let near = call["answer_ms"].as_i64().is_some_and(|ms| (ms - 17_000).abs() < 750);
    call["outcome"] == "late" && call["rings"] == 4 && near
}

fn real(method: &str, round: usize, call: usize, local: SocketAddr) -> String {
    let reason = if method == "CANCEL" {
        "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"
    } else {
        ""
    };
    request(
        method,
        &format!("138{round:02}{call:06}"),
        &format!("real-{round}-{call}"),
        local,
        reason,
    )
}

fn request(method: &str, caller: &str, name: &str, local: SocketAddr, more: &str) -> String {
    format!(
        "{method} sip:listener@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {local};rport;branch=z9hG4bK{name}\r\n\
         From: <sip:{caller}@127.0.0.1>;tag={name}\r\nTo: <sip:listener@127.0.0.1>\r\n\
         Call-ID: {name}@{}\r\nCSeq: 1 {method}\r\nContact: <sip:pbx@{local}>\r\nMax-Forwards: 70\r\n\
         {more}Content-Length: 0\r\n\r\n",
        local.ip()
    )
}

/// Reads what came and acknowledges each 487, as a PBX does.
fn answers(wire: &UdpSocket, round: usize, local: SocketAddr) {
    let mut packet = [0; 4_096];
    while let Ok(len) = wire.recv(&mut packet) {
        let text = String::from_utf8_lossy(&packet[..len]);
        let Some(rest) =
            text.split("Call-ID: real-").nth(1).filter(|_| text.starts_with("SIP/2.0 487"))
        else {
            continue;
        };
        let call = rest.split('@').next().and_then(|name| name.split('-').nth(1));
        let to = text.lines().find(|line| line.starts_with("To:")).unwrap();
        let ack = real("ACK", round, call.unwrap().parse().unwrap(), local);
        wire.send(ack.replace("To: <sip:listener@127.0.0.1>", to).as_bytes()).unwrap();
    }
}

/// Sends INVITEs of ever new callers until told to stop; how many.
fn flood_from(from: &str, to: SocketAddr, round: usize, stop: Arc<AtomicBool>) -> JoinHandle<u64> {
    let wire = UdpSocket::bind((from, 0)).unwrap();
    wire.connect(to).unwrap();
    std::thread::spawn(move || {
        let local = wire.local_addr().unwrap();
        let began = Instant::now();
        let mut sent = 0_u64;
        while !stop.load(Ordering::Relaxed) {
            let due = u64::from(RATE) * u64::try_from(began.elapsed().as_millis()).unwrap() / 1_000;
            while sent < due {
                let text = request(
                    "INVITE",
                    &format!("139{sent:08}"),
                    &format!("flood-{round}-{sent}"),
                    local,
                    "",
                );
                // a full buffer at the other end is what a flood does
                let _lost = wire.send(text.as_bytes());
                sent += 1;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        sent
    })
}

async fn listen(web: SocketAddr, token: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(web).await.unwrap();
    let ask = format!(
        "GET /live HTTP/1.1\r\nHost: {web}\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n\r\n"
    );
    stream.write_all(ask.as_bytes()).await.unwrap();
    BufReader::new(stream)
}

/// How many alarms were told on `/live`, and how late the latest was, in milliseconds. An alarm is
/// dated when it was due.
async fn alarms(mut stream: BufReader<TcpStream>, stop: Arc<AtomicBool>) -> (usize, i64) {
    let (mut count, mut latest) = (0, 0);
    let mut line = String::new();
    while !stop.load(Ordering::Relaxed) {
        line.clear();
        assert!(stream.read_line(&mut line).await.unwrap() != 0, "/live was closed");
        let now = Utc::now();
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let Ok(news) = serde_json::from_str::<Value>(data) else { continue };
        if !matches!(news["change"].as_str(), Some("ring2" | "ring3" | "breach")) {
            continue;
        }
        let due: DateTime<Utc> = news["at"].as_str().unwrap().parse().unwrap();
        count += 1;
        latest = latest.max((now - due).num_milliseconds());
    }
    (count, latest)
}

async fn calls_since(web: SocketAddr, token: &str, from: DateTime<Utc>) -> Vec<Value> {
    let client = reqwest::Client::new();
    let (mut all, mut after) = (Vec::new(), None::<String>);
    loop {
        let from = from.to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let mut ask = format!("http://{web}/calls?from={from}&limit=200");
        if let Some(after) = &after {
            ask = format!("{ask}&after={after}");
        }
        let ask = client.get(ask).bearer_auth(token).header("accept", "application/json");
        let page: Value = ask.send().await.unwrap().json().await.unwrap();
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = Some(next.to_owned()),
            None => return all,
        }
    }
}

/// Resident memory of a process, in kilobytes.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

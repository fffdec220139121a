//! More mirrored packets than the kernel has room for: what it dropped is counted to the last one.

use std::net::UdpSocket;
use std::process::Command;
use std::time::Duration;

use switchboard::clock::Clock;

use super::hep_kit::Mirroring;
use super::kit;
use super::listener::request;
use super::program::{Reader, Site, free_udp};

/// More than the largest buffer the receiver asks for holds, each packet being this long.
const PACKETS: u64 = 1_600;
const LONG: usize = 48_000;

/// A counter of `/metrics`, over all its kinds.
fn count(metrics: &str, name: &str) -> u64 {
    let of_name = |line: &&str| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
    };
    let value = |line: &str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    metrics.lines().filter(of_name).map(value).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nobody_reads_what_the_kernel_drops_is_counted_to_the_last_packet() {
    let hep = free_udp();
    let more = format!("[hep]\nlisten = \"udp://{hep}\"\ntrusted = [\"127.0.0.0/8\"]\n");
    let mut site = Site::new(kit::sqlite(), &more);
    site.start().await;
    let reader = Reader::new(site.web, site.token("admin"));
    let signal = |name: &str| {
        let told = Command::new("kill").args([name, &site.pid().to_string()]).status();
        assert!(told.unwrap().success());
    };
    let mut payload = request("OPTIONS", "UDP", "flood", "").into_bytes();
    payload.resize(LONG, b' ');
    let packet = Mirroring::of(&payload, Clock::house().now().millis()).packet();
    let road = UdpSocket::bind("127.0.0.1:0").unwrap();
    road.connect(hep).unwrap();
    // as when the machine looks elsewhere: the program stands still, the network does not
    signal("-STOP");
    for _ in 0..PACKETS {
        road.send(&packet).unwrap();
    }
    signal("-CONT");
    let mut beat = tokio::time::interval(Duration::from_millis(50));
    let mut told = (0, 0);
    for _ in 0..600 {
        beat.tick().await;
        let metrics = reader.page("/metrics").await;
        told = (
            count(&metrics, "switchboard_hep_in_total"),
            count(&metrics, "switchboard_hep_kernel_drops_total"),
        );
        if told.0 + told.1 >= PACKETS {
            break;
        }
    }
    let (heard, dropped) = told;
    assert!(heard > 0 && dropped > 0, "{heard} heard, {dropped} dropped");
    assert_eq!(heard + dropped, PACKETS, "every packet is heard or counted as lost");
    site.stop();
}

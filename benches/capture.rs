//! A capture of many calls: how fast it is read, and the file itself for `make bench-peers`.
//!
//! One recorded call is played again and again under other names, a new one ten times a second, so
//! that some dozens live at once. The same seed makes the same file.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::print_stdout, reason = "this is what it is for")]
#![expect(clippy::disallowed_methods, reason = "this is a stopwatch")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufWriter, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use etherparse::PacketBuilder;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use switchboard::sip::read::{Framing, Message, Name, name_addr, param, text, vias};
use switchboard::sip::{Sorter, read_capture};

const RECORDING: &str = "tests/fixtures/mirror/01-ring1-answered/sip.txt";
const CALLER: &str = "13800001111";
/// A new call begins so many microseconds after the one before.
const APART: u64 = 100_000;
/// 2026-11-23 09:00 in Nanjing, in microseconds.
const BEGIN: u64 = 1_795_395_600_000_000;

/// One message of the recording, cut where its names stand.
struct Line {
    after: u64,
    source: SocketAddr,
    destination: SocketAddr,
    parts: Vec<Part>,
}

enum Part {
    Same(String),
    /// Names a call, a transaction or an end: its own text, and which it is.
    Named(String, usize),
    Caller,
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|one| one != "--bench");
    match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (Some("write"), Some(file), Some(calls)) => {
            let mut out = BufWriter::new(std::fs::File::create(file).unwrap());
            let messages = write(&mut out, calls.parse().unwrap());
            out.flush().unwrap();
            println!("{messages}");
        }
        _ => measure(),
    }
}

fn measure() {
    let mut file = Vec::new();
    let messages = write(&mut file, 2000);
    for (name, wires) in [("with ladders", true), ("without", false)] {
        let begin = Instant::now();
        let mut sorter = Sorter::guessing(&[]);
        if !wires {
            sorter = sorter.without_wires();
        }
        let mut told = 0_u64;
        let found = read_capture(&file[..], &mut |one| sorter.hear(one, &mut |_| told += 1));
        let took = begin.elapsed().as_micros().max(1);
        assert_eq!(found.unwrap().messages, messages);
        let rate = u128::from(messages) * 1_000_000 / took;
        let kept = if rate >= 100_000 { "kept" } else { "NOT KEPT" };
        println!("mirrored messages sorted, {name}: {rate}/s   promised 100000/s  {kept}");
    }
}

/// Writes a pcap; how many messages it holds.
fn write(out: &mut impl Write, calls: u64) -> u64 {
    let mut chance = StdRng::seed_from_u64(3);
    let lines = recording();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        out.write_all(&word.to_le_bytes()).unwrap();
    }
    let mut ahead = BTreeMap::new();
    let mut messages = 0;
    for call in 0..calls {
        let begin = BEGIN + call * APART;
        let caller = format!("138{:08}", chance.random_range(0..100_000_000));
        // some wait longer, and some very long
        let slower = [1, 1, 1, 2, 6][chance.random_range(0..5)];
        for line in &lines {
            messages += 1;
            ahead.insert((begin + line.after * slower, messages), packet(line, call, &caller));
        }
        while let Some(first) = ahead.first_entry().filter(|first| first.key().0 < begin) {
            frame(out, first.remove_entry());
        }
    }
    for packet in ahead {
        frame(out, packet);
    }
    messages
}

fn frame(out: &mut impl Write, ((at, _), packet): ((u64, u64), Vec<u8>)) {
    let length = u64::try_from(packet.len()).unwrap();
    for word in [at / 1_000_000, at % 1_000_000, length, length] {
        out.write_all(&u32::try_from(word).unwrap().to_le_bytes()).unwrap();
    }
    out.write_all(&packet).unwrap();
}

fn packet(line: &Line, call: u64, caller: &str) -> Vec<u8> {
    let mut payload = String::with_capacity(1200);
    for part in &line.parts {
        match part {
            Part::Same(text) => payload.push_str(text),
            Part::Caller => payload.push_str(caller),
            Part::Named(text, which) => {
                payload.push_str(&text[..text.len() - 8]);
                write!(payload, "{call:06x}{which:02x}").unwrap();
            }
        }
    }
    let (IpAddr::V4(from), IpAddr::V4(to)) = (line.source.ip(), line.destination.ip()) else {
        panic!("the recording has addresses of the old kind")
    };
    let mut packet = Vec::new();
    PacketBuilder::ethernet2([2; 6], [4; 6])
        .ipv4(from.octets(), to.octets(), 64)
        .udp(line.source.port(), line.destination.port())
        .write(&mut packet, payload.as_bytes())
        .unwrap();
    packet
}

fn recording() -> Vec<Line> {
    let whole = std::fs::read_to_string(RECORDING).unwrap();
    let blocks: Vec<_> =
        whole.split("==== ").skip(1).map(|one| one.split_once('\n').unwrap()).collect();
    let messages: Vec<_> = blocks.iter().map(|(_, one)| one.replace('\n', "\r\n")).collect();
    let mut names = Vec::new();
    for one in &messages {
        let message = Message::parse(one.as_bytes(), Framing::Datagram).unwrap();
        let tag = |name| param(name_addr(message.get(name)?)?.params, "tag");
        let branch = vias(&message).next().flatten().and_then(|via| via.branch);
        let found = [message.get(Name::CallId), branch, tag(Name::From), tag(Name::To)];
        for name in found.into_iter().flatten() {
            let name = text(name).into_owned();
            if name.len() >= 8 && !names.contains(&name) {
                names.push(name);
            }
        }
    }
    // the longest first, so that no name is cut within another
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let micros =
        |head: &str| head.split(' ').next().unwrap().replace('.', "").parse::<u64>().unwrap();
    let begin = blocks.iter().map(|(head, _)| micros(head)).min().unwrap();
    let line = |(head, text): (&str, &String)| {
        let words: Vec<_> = head.split(' ').collect();
        Line {
            after: micros(head) - begin,
            source: words[1].parse().unwrap(),
            destination: words[3].parse().unwrap(),
            parts: parts(text, &names),
        }
    };
    blocks.iter().map(|(head, _)| *head).zip(&messages).map(line).collect()
}

fn parts(text: &str, known: &[String]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let named = known.iter().enumerate().filter_map(|(which, name)| {
            Some((rest.find(name.as_str())?, name.len(), Part::Named(name.clone(), which)))
        });
        let caller = rest.find(CALLER).map(|at| (at, CALLER.len(), Part::Caller));
        let Some((at, length, part)) =
            named.chain(caller).min_by_key(|(at, length, _)| (*at, usize::MAX - length))
        else {
            parts.push(Part::Same(rest.to_owned()));
            return parts;
        };
        parts.push(Part::Same(rest[..at].to_owned()));
        parts.push(part);
        rest = &rest[at + length..];
    }
}

//! Who is heard, whose calls they are, and who fell silent.

use super::*;
use crate::config::Transport;

const NOON: Moment = Moment::from_millis(1_795_443_600_000);
const AGENT: (IpAddr, u32) = (IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 9)), 7);

fn passed(source: &str, destination: &str, stamp: Moment) -> Passed {
    let (source, destination) = (source.parse().unwrap(), destination.parse().unwrap());
    let stamp = Some(stamp);
    Passed { stamp, transport: Transport::Udp, source, destination, from: 0, to: 0 }
}

fn expected(name: &str, alone: bool) -> Expected {
    Expected { name: name.into(), alone }
}

fn one() -> Mirrors {
    Mirrors::new(&[expected("main", false)], NOON)
}

fn two() -> Mirrors {
    let mut mirrors = Mirrors::new(&[expected("east", false), expected("west", false)], NOON);
    mirrors.learn(PbxId(0), &["192.0.2.1:5060".parse().unwrap()]);
    mirrors
        .learn(PbxId(1), &["192.0.2.1:5070".parse().unwrap(), "192.0.2.2:5060".parse().unwrap()]);
    mirrors
}

fn hear(
    mirrors: &mut Mirrors,
    after_ms: i64,
    source: &str,
    destination: &str,
) -> Option<LineChange> {
    let at = NOON.plus_millis(after_ms);
    let told = mirrors.hear(AGENT, at, Some(&passed(source, destination, at)), None, || false).1;
    told.into_iter().find_map(|one| match one {
        Heard::Line(change) => Some(change),
        Heard::Sighting(_) | Heard::Watched(_) | Heard::Wire(_) | Heard::SetBack(_) => None,
    })
}

/// Silent since then, noticed at that moment.
fn down(since_ms: i64, after_ms: i64, pbx: u16) -> LineChange {
    let state = LineState::Down { reason: "silent", status: None };
    let (at, since) = (NOON.plus_millis(after_ms), NOON.plus_millis(since_ms));
    LineChange { at, since, source: Source::Mirror { pbx: PbxId(pbx) }, state }
}

fn up(after_ms: i64, pbx: u16) -> LineChange {
    LineChange { state: LineState::Hearing, ..down(after_ms, after_ms, pbx) }
}

#[test]
fn a_mirror_that_is_never_heard_is_silent_after_two_minutes() {
    let mut mirrors = one();
    assert_eq!(mirrors.look(NOON.plus_millis(119_999)), []);
    assert_eq!(mirrors.look(NOON.plus_millis(120_000)), [down(0, 120_000, 0)]);
    assert_eq!(mirrors.look(NOON.plus_millis(240_000)), [], "it is said once");
    assert_eq!(
        hear(&mut mirrors, 250_000, "192.0.2.1:5060", "192.0.2.5:5060"),
        Some(up(250_000, 0))
    );
    assert_eq!(hear(&mut mirrors, 251_000, "192.0.2.1:5060", "192.0.2.5:5060"), None);
    assert_eq!(mirrors.look(NOON.plus_millis(371_000)), [down(251_000, 371_000, 0)]);
}

#[test]
fn the_addresses_of_a_message_tell_whose_it_is() {
    let mut mirrors = two();
    assert_eq!(
        hear(&mut mirrors, 0, "192.0.2.1:5070", "192.0.2.50:5060"),
        Some(up(0, 1)),
        "exactly"
    );
    assert_eq!(
        hear(&mut mirrors, 1, "198.51.100.7:5060", "192.0.2.1:40000"),
        Some(up(1, 0)),
        "the host"
    );
    let mut mirrors = two();
    assert_eq!(hear(&mut mirrors, 0, "192.0.2.2:40000", "192.0.2.50:5060"), Some(up(0, 1)));
    let unknown = hear(&mut mirrors, 5, "192.0.2.50:5060", "192.0.2.51:5060");
    assert_eq!(unknown, None, "the same sender mirrors the same PBX");
    let other = (AGENT.0, 8);
    let other = mirrors.hear(other, NOON, None, None, || false).1;
    assert!(other.is_empty(), "of two PBXes it is neither's: {other:?}");
}

#[test]
fn messages_of_strangers_keep_no_mirror_hearing() {
    let mut mirrors = two();
    hear(&mut mirrors, 0, "192.0.2.1:5060", "192.0.2.50:5060");
    for n in 1..130 {
        hear(&mut mirrors, n * 1_000, "198.51.100.1:5060", "198.51.100.2:5060");
    }
    assert_eq!(mirrors.look(NOON.plus_millis(130_000)), [down(0, 130_000, 0)]);

    let mut only = one();
    let unnamed = hear(&mut only, 0, "10.0.0.1:5060", "10.0.0.2:5060");
    assert_eq!(unnamed, Some(up(0, 0)), "behind another address it is still the only one's");
    only.learn(PbxId(0), &["192.0.2.1:5060".parse().unwrap()]);
    hear(&mut only, 1_000, "192.0.2.1:5060", "192.0.2.50:5060");
    hear(&mut only, 119_000, "10.0.0.1:5060", "10.0.0.2:5060");
    assert_eq!(only.look(NOON.plus_millis(121_000)), [down(1_000, 121_000, 0)]);
}

#[test]
fn of_several_pbxes_one_that_never_mirrored_is_not_missed() {
    let mut mirrors = two();
    hear(&mut mirrors, 0, "192.0.2.1:5070", "192.0.2.50:5060");
    assert_eq!(mirrors.look(NOON.plus_millis(119_000)), []);
    assert_eq!(mirrors.look(NOON.plus_millis(120_000)), [down(0, 120_000, 1)]);
    let mut silent = two();
    assert_eq!(silent.look(NOON.plus_millis(120_000)), [down(0, 120_000, 0), down(0, 120_000, 1)]);
}

#[test]
fn of_several_pbxes_one_that_nothing_else_tells_of_is_missed() {
    let mut mirrors = Mirrors::new(&[expected("east", true), expected("west", false)], NOON);
    mirrors.learn(PbxId(0), &["192.0.2.1:5060".parse().unwrap()]);
    mirrors.learn(PbxId(1), &["192.0.2.2:5060".parse().unwrap()]);
    hear(&mut mirrors, 0, "192.0.2.2:5060", "192.0.2.50:5060");
    hear(&mut mirrors, 119_000, "192.0.2.2:5060", "192.0.2.50:5060");
    assert_eq!(mirrors.look(NOON.plus_millis(120_000)), [down(0, 120_000, 0)]);
    let silent = LineState::Down { reason: "silent", status: None };
    let last = NOON.plus_millis(119_000);
    let line = |pbx, state, since, last_at| MirrorLine { pbx: PbxId(pbx), state, since, last_at };
    assert_eq!(
        mirrors.lines(),
        [line(0, silent, NOON, None), line(1, LineState::Hearing, NOON, Some(last))]
    );
}

#[test]
fn each_sender_is_shown_with_its_clock_and_its_silence() {
    let mut mirrors = two();
    for n in 0..40 {
        let at = NOON.plus_millis(n * 500);
        let stamp = at.plus_millis(-3_600_000);
        let told = mirrors
            .hear(AGENT, at, Some(&passed("192.0.2.1:5060", "192.0.2.5:5060", stamp)), None, || {
                false
            })
            .0;
        assert_eq!(told, if n < 20 { stamp } else { at }, "packet {n}");
    }
    let clock = ClockState { offset_ms: 3_600_000, corrected: true };
    let last_at = NOON.plus_millis(19_500);
    let mirror = Mirror {
        peer: AGENT.0,
        capture_id: 7,
        pbx: Some(PbxId(0)),
        packets: 40,
        last_at: Some(last_at),
        clock,
        silent_since: None,
    };
    assert_eq!(mirrors.show(NOON.plus_millis(20_000)), std::slice::from_ref(&mirror));
    let silent = Mirror { silent_since: Some(last_at), ..mirror };
    assert_eq!(mirrors.show(NOON.plus_millis(139_500)), [silent]);
}

#[test]
fn made_up_senders_do_not_crowd_out_the_one_that_speaks() {
    let mut mirrors = two();
    for n in 0..10_000 {
        let at = NOON.plus_millis(i64::from(n));
        mirrors.hear(AGENT, at, None, None, || false);
        mirrors.hear((AGENT.0, 1_000 + n), at, None, None, || false);
    }
    let shown = mirrors.show(NOON.plus_millis(10_000));
    assert_eq!(shown.len(), MANY);
    assert!(shown.iter().any(|mirror| mirror.capture_id == AGENT.1 && mirror.packets == 10_000));
}

#[test]
fn that_a_senders_clock_was_set_back_is_told_of_the_pbx_it_mirrors() {
    let mut mirrors = two();
    let mut told = Vec::new();
    for n in 0..60 {
        let at = NOON.plus_millis(n * 500);
        let stamp = if n < 20 { at } else { at.plus_millis(-7_000) };
        let passed = passed("192.0.2.1:5070", "192.0.2.50:5060", stamp);
        told.extend(mirrors.hear(AGENT, at, Some(&passed), None, || true).1);
    }
    let since = NOON.plus_millis(10_000);
    let found = SetBack { at: NOON.plus_millis(20_000), pbx: PbxId(1), since, by_ms: 7_000 };
    let line = |one: &Heard| matches!(one, Heard::Line(line) if *line == up(0, 1));
    let back = |one: &Heard| matches!(one, Heard::SetBack(back) if *back == found);
    assert!(told.len() == 2 && told.first().is_some_and(line), "{told:?}");
    assert!(told.last().is_some_and(back), "{told:?}");
}

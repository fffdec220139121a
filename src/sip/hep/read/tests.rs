//! What the reader owes to real senders, and to hostile ones.

#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a story that goes wrong should stop"
)]

use proptest::prelude::*;

use super::*;

fn chunk(out: &mut Vec<u8>, vendor: u16, kind: u16, body: &[u8]) {
    out.extend(vendor.to_be_bytes());
    out.extend(kind.to_be_bytes());
    out.extend(u16::try_from(body.len() + HEAD).unwrap().to_be_bytes());
    out.extend(body);
}

fn packet(chunks: &[(u16, u16, &[u8])]) -> Vec<u8> {
    let mut out = b"HEP3\0\0".to_vec();
    for (vendor, kind, body) in chunks {
        chunk(&mut out, *vendor, *kind, body);
    }
    let length = u16::try_from(out.len()).unwrap().to_be_bytes();
    out[4..6].copy_from_slice(&length);
    out
}

const OPTIONS: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\n\r\n";

const WHOLE: &[(u16, u16, &[u8])] = &[
    (0, 1, &[2]),
    (0, 2, &[17]),
    (0, 3, &[192, 0, 2, 1]),
    (0, 4, &[192, 0, 2, 2]),
    (0, 7, &[0x13, 0xc4]),
    (0, 8, &[0x13, 0xce]),
    (0, 9, &[0x6b, 0x04, 0x4b, 0x49]),
    (0, 10, &[0, 8, 0xa6, 0xd8]),
    (0, 11, &[1]),
    (0, 12, &[0, 0, 7, 0xe6]),
    (0, 14, b"labhep"),
    (0, 15, OPTIONS),
];

/// [`WHOLE`] with these chunks in front of it: of two the first counts.
fn with(first: &[(u16, u16, &'static [u8])]) -> Vec<u8> {
    packet(&[first, WHOLE].concat())
}

fn without(kinds: &[u16]) -> Vec<u8> {
    let rest: Vec<_> = WHOLE.iter().filter(|(_, kind, _)| !kinds.contains(kind)).copied().collect();
    packet(&rest)
}

#[track_caller]
fn sip(bytes: &[u8]) -> Packet<'_> {
    match read(bytes).and_then(|envelope| envelope.content()) {
        Ok(Content::Sip(packet)) => packet,
        other => panic!("no SIP but {other:?}"),
    }
}

fn content(bytes: &[u8]) -> Result<Content<'_>, Unreadable> {
    read(bytes).and_then(|envelope| envelope.content())
}

#[test]
fn a_whole_packet_tells_from_where_to_where_when_and_by_whom() {
    let bytes = packet(WHOLE);
    let packet = sip(&bytes);
    assert_eq!(packet.transport, Transport::Udp);
    assert_eq!(packet.source, "192.0.2.1:5060".parse().unwrap());
    assert_eq!(packet.destination, "192.0.2.2:5070".parse().unwrap());
    assert_eq!(packet.stamp, Moment::parse_rfc3339("2026-11-23T14:18:49.567Z"));
    assert_eq!(packet.capture_id, 2022);
    assert_eq!(packet.auth_key, Some(&b"labhep"[..]));
    assert_eq!(packet.payload, OPTIONS);
}

#[test]
fn ipv6_is_read_whatever_number_the_sender_gives_the_family() {
    let (from, to) = ([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0; 16]);
    for family in [10, 28, 30] {
        let bytes = packet(&[
            (0, 1, &[family]),
            (0, 2, &[6]),
            (0, 5, &from),
            (0, 6, &to),
            (0, 7, &[0x13, 0xc4]),
            (0, 15, OPTIONS),
        ]);
        let packet = sip(&bytes);
        assert_eq!(packet.source, "[2001:db8::1]:5060".parse().unwrap());
        assert_eq!(packet.destination, "[::]:0".parse().unwrap());
        assert_eq!((packet.transport, packet.stamp), (Transport::Tcp, None));
    }
}

#[test]
fn what_a_sender_may_leave_out_is_not_missed() {
    let bytes = without(&[1, 2, 7, 8, 9, 10, 11, 12, 14]);
    let packet = sip(&bytes);
    assert_eq!(packet.source, "192.0.2.1:0".parse().unwrap());
    assert_eq!((packet.stamp, packet.capture_id, packet.auth_key), (None, 0, None));
    assert_eq!(content(&without(&[3])), Err(Unreadable::NoAddress));
}

#[test]
fn chunks_of_other_vendors_and_second_ones_change_nothing() {
    let whole = packet(WHOLE);
    for vendor in [1, 0x100, 0xffff] {
        let bytes = with(&[(vendor, 15, b"INVITE"), (vendor, 14, b"wrong"), (vendor, 9, b"")]);
        assert_eq!(sip(&bytes), sip(&whole));
    }
    let doubled = packet(&[WHOLE, &[(0, 15, b"BYE"), (0, 14, b"x"), (0, 12, b"")]].concat());
    assert_eq!(sip(&doubled), sip(&whole));
    let unknown = with(&[(0, 0, b"?"), (0, 0x11, b"correlation"), (0, 0xffff, b"?")]);
    assert_eq!(sip(&unknown), sip(&whole));
}

#[test]
fn what_is_no_sip_message_is_told_apart() {
    assert_eq!(content(&with(&[(0, 11, &[5])])), Ok(Content::Other), "RTCP");
    assert_eq!(content(&without(&[15])), Ok(Content::Other));
    assert_eq!(content(&with(&[(0, 15, b"")])), Ok(Content::Other));
    let compressed = [without(&[15]), vec![]].concat();
    let mut compressed = compressed;
    chunk(&mut compressed, 0, 0x10, b"\x78\x9c");
    let length = u16::try_from(compressed.len()).unwrap().to_be_bytes();
    compressed[4..6].copy_from_slice(&length);
    assert_eq!(content(&compressed), Ok(Content::Compressed));
}

#[test]
fn impossible_lengths_are_refused() {
    assert_eq!(content(b""), Err(Unreadable::Short));
    assert_eq!(content(b"HEP3"), Err(Unreadable::Short));
    assert_eq!(content(b"HEP3\0\x05"), Err(Unreadable::Length));
    assert_eq!(content(b"HEP3\0\x07"), Err(Unreadable::Short));
    assert_eq!(content(b"\x01\x02HEP"), Err(Unreadable::Magic), "version 1 has no magic");
    assert_eq!(
        content(b"HEP3\0\x0c\0\0\0\x0f\0\x05"),
        Err(Unreadable::Chunk),
        "shorter than its head"
    );
    assert_eq!(
        content(b"HEP3\0\x0c\0\0\0\x0f\0\x07"),
        Err(Unreadable::Chunk),
        "longer than the packet"
    );
    assert_eq!(content(b"HEP3\0\x09\0\0\0"), Err(Unreadable::Chunk), "half a head");
    for (kind, body) in
        [(1, &b"12"[..]), (2, b""), (3, b"12345"), (7, b"1"), (9, b"123"), (12, b"12345")]
    {
        assert_eq!(content(&with(&[(0, kind, body)])), Err(Unreadable::Chunk), "chunk {kind}");
    }
}

#[test]
fn recorded_packets_of_asterisk_and_kamailio_are_read_byte_for_byte() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/hep");
    let mut packets = 0;
    for entry in std::fs::read_dir(fixtures).unwrap() {
        for line in std::fs::read_to_string(entry.unwrap().path()).unwrap().lines() {
            let (received, hex) = line.split_once(' ').unwrap();
            let bytes = hex::decode(hex).unwrap();
            let packet = sip(&bytes);
            let received: i64 = received.parse().unwrap();
            let late = received / 1_000 - packet.stamp.unwrap().millis();
            assert!((0..500).contains(&late), "stamped {late} ms before it came");
            assert!(bytes.ends_with(packet.payload), "the payload is last in both");
            assert!(packet.source.ip().is_loopback() && packet.source.port() > 0);
            let head = std::str::from_utf8(packet.payload.split_at(8).0).unwrap();
            assert!(packet.payload.ends_with(b"\r\n\r\n") || head.is_ascii());
            let known = [(2022, Some(&b"labhep"[..])), (56, None)];
            assert!(known.contains(&(packet.capture_id, packet.auth_key)));
            packets += 1;
        }
    }
    assert_eq!(packets, 16 + 12 + 4);
}

proptest! {
    #[test]
    fn no_bytes_whatever_panic_or_read_beyond_their_end(bytes: Vec<u8>) {
        let _read = content(&bytes);
        let mut framed = packet(&[]);
        framed.extend(&bytes);
        let length = u16::try_from(framed.len()).unwrap().to_be_bytes();
        framed[4..6].copy_from_slice(&length);
        let _read = content(&framed);
    }

    #[test]
    fn a_packet_with_one_byte_changed_is_read_or_refused(at in 0_usize..138, to: u8) {
        let mut bytes = packet(WHOLE);
        if let Some(byte) = bytes.get_mut(at) {
            *byte = to;
        }
        let _read = content(&bytes);
        let mut cut = packet(WHOLE);
        cut.truncate(at);
        prop_assert_eq!(content(&cut), Err(Unreadable::Short));
    }
}

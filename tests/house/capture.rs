//! Captures: whatever the packets are wrapped in, the SIP in them comes out whole, and nothing that
//! is in a file can do harm.

use std::net::SocketAddr;

use proptest::prelude::*;
use switchboard::kernel::Moment;
use switchboard::sip::{CaptureError, Found, read_capture};

use super::capture_kit::{
    COOKED, COOKED_2, ETHERNET, Link, NULL, RAW, VLAN, datagrams, fragments, pcap, pcapng, tcp, udp,
};
use super::mirror_kit::recorded;

type Message = (Moment, SocketAddr, SocketAddr, Vec<u8>);

fn read(file: &[u8]) -> (Vec<Message>, Result<Found, CaptureError>) {
    let mut messages = Vec::new();
    let found = read_capture(file, &mut |one| {
        messages.push((one.at, one.source, one.destination, one.payload.to_vec()));
    });
    (messages, found)
}

fn recording() -> Vec<Message> {
    let one = recorded("01-ring1-answered");
    one.into_iter().map(|one| (one.at, one.source, one.destination, one.payload)).collect()
}

#[test]
fn sip_comes_out_of_every_link_layer_as_it_went_in() {
    let packets = datagrams(&recorded("01-ring1-answered"));
    let links: [Link; 6] = [ETHERNET, VLAN, COOKED, COOKED_2, NULL, RAW];
    for link in links {
        for file in [pcap(link, &packets), pcapng(link, &packets)] {
            let (messages, found) = read(&file);
            let found = found.unwrap();
            assert_eq!(
                (found.packets, found.messages, found.unreadable),
                (35, 35, 0),
                "{}",
                link.0
            );
            assert_eq!(messages, recording(), "link {}", link.0);
        }
    }
}

#[test]
fn addresses_of_the_new_kind_are_read_too() {
    let ends = ("[2001:db8::1]:5060".parse().unwrap(), "[2001:db8::2]:5061".parse().unwrap());
    let payload = b"OPTIONS sip:x SIP/2.0\r\n\r\n";
    let at = Moment::from_millis(1_700_000_000_123);
    let (messages, _) = read(&pcap(ETHERNET, &[(at, udp(ends.0, ends.1, payload))]));
    assert_eq!(messages, [(at, ends.0, ends.1, payload.to_vec())]);
}

#[test]
fn a_datagram_in_pieces_is_put_together() {
    let (at, source, destination, payload) = recording().swap_remove(0);
    let mut pieces = fragments(&udp(source, destination, &payload), 200);
    assert!(pieces.len() > 3);
    pieces.swap(0, 2);
    let packets: Vec<_> = pieces.into_iter().map(|piece| (at, piece)).collect();
    let (messages, _) = read(&pcap(ETHERNET, &packets));
    assert_eq!(messages, [(at, source, destination, payload)]);
}

#[test]
fn what_is_no_sip_is_left_alone() {
    let ends = ("192.0.2.1:4000".parse().unwrap(), "192.0.2.2:4000".parse().unwrap());
    let at = Moment::from_millis(0);
    let say = |payload: &[u8]| (at, udp(ends.0, ends.1, payload));
    let web = (at, tcp(ends.0, ends.1, 1, b"GET / HTTP/1.1\r\nHost: SIP/2.0\r\n\r\n"));
    let packets = [say(&[0x80; 172]), say(b"\r\n\r\n"), say(b"HEP3 and more"), say(b""), web];
    let (messages, found) = read(&pcap(ETHERNET, &packets));
    assert_eq!((messages.len(), found.unwrap().packets), (0, 5));
}

/// The recording's messages from one end to the other as one stream.
fn stream() -> (Vec<Vec<u8>>, Vec<u8>) {
    let all = recording().into_iter().map(|(.., payload)| payload);
    let messages: Vec<_> = all.filter(|payload| payload.len() > 300).take(12).collect();
    let bytes = messages.concat();
    (messages, bytes)
}

fn over_tcp(pieces: &[(u32, &[u8])]) -> (Vec<Vec<u8>>, Found) {
    let ends = ("192.0.2.1:40000".parse().unwrap(), "192.0.2.2:5060".parse().unwrap());
    let at = Moment::from_millis(0);
    let packets: Vec<_> =
        pieces.iter().map(|(number, bytes)| (at, tcp(ends.0, ends.1, *number, bytes))).collect();
    let (messages, found) = read(&pcap(ETHERNET, &packets));
    (messages.into_iter().map(|(.., payload)| payload).collect(), found.unwrap())
}

/// A stream cut into segments of so many bytes; numbers begin shortly before they turn over.
fn cut(bytes: &[u8], most: usize) -> Vec<(u32, &[u8])> {
    let number = |place: usize| (u32::MAX - 999).wrapping_add(u32::try_from(place * most).unwrap());
    bytes.chunks(most).enumerate().map(|(place, bytes)| (number(place), bytes)).collect()
}

#[test]
fn segments_that_come_twice_or_in_disorder_are_one_stream() {
    let (messages, bytes) = stream();
    for most in [71, 700, 1460] {
        let mut pieces = cut(&bytes, most);
        assert_eq!(over_tcp(&pieces).0, messages, "in order");
        for place in (1..pieces.len() - 1).step_by(4) {
            pieces.swap(place, place + 1);
        }
        let mut twice = pieces.clone();
        twice.extend_from_slice(&pieces[pieces.len() / 2..]);
        assert_eq!(over_tcp(&twice).0, messages, "in disorder");
    }
}

#[test]
fn a_segment_that_was_not_captured_costs_its_own_messages_alone() {
    let (messages, bytes) = stream();
    let whole: Vec<_> = messages.iter().map(Vec::as_slice).collect();
    let mut place = 7_u32;
    let mut pieces = Vec::new();
    for message in whole.iter().cycle().take(200) {
        pieces.push((place, *message));
        place = place.wrapping_add(u32::try_from(message.len()).unwrap());
    }
    pieces.remove(3);
    let (heard, found) = over_tcp(&pieces);
    assert_eq!(found.gaps, 1);
    assert!(heard.len() > 100, "{} of 200", heard.len());
    assert!(heard.iter().all(|one| messages.contains(one)));
    assert!(!bytes.is_empty());
}

#[test]
fn a_capture_that_was_broken_off_is_read_as_far_as_it_goes() {
    let packets = datagrams(&recorded("01-ring1-answered"));
    for file in [pcap(ETHERNET, &packets), pcapng(ETHERNET, &packets)] {
        let (messages, found) = read(&file[..file.len() - 20]);
        assert_eq!((messages.len(), found.unwrap().cut_short), (34, true));
    }
}

#[test]
fn what_is_no_capture_is_said_to_be_none() {
    assert!(matches!(read(b"").1, Err(CaptureError::Empty)));
    assert!(matches!(read(&[7; 4000]).1, Err(CaptureError::NotACapture)));
    let strange = pcap((147, <[u8]>::to_vec), &[(Moment::from_millis(0), vec![1; 60])]);
    let found = read(&strange).1.unwrap();
    assert_eq!((found.unreadable, found.unknown_link), (1, Some(147)));
}

#[test]
fn a_packet_longer_than_any_is_damage() {
    let mut file = pcap(ETHERNET, &datagrams(&recorded("01-ring1-answered")));
    file[32..36].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    assert!(read(&file).1.unwrap().cut_short, "the file ends before it would");
    file.resize(3 << 20, 0);
    assert!(matches!(read(&file).1, Err(CaptureError::Damaged { after: 0 })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_damaged_capture_does_no_harm(
        ng in any::<bool>(),
        link in 0_usize..6,
        harm in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        end in any::<prop::sample::Index>(),
    ) {
        let (messages, bytes) = stream();
        let mut packets = datagrams(&recorded("K1-kamailio-answered"));
        let ends = ("192.0.2.1:40000".parse().unwrap(), "192.0.2.2:5060".parse().unwrap());
        packets.extend(cut(&bytes, 400).into_iter().map(|(number, bytes)| {
            (Moment::from_millis(0), tcp(ends.0, ends.1, number, bytes))
        }));
        let whole = udp(ends.0, ends.1, &messages[0]);
        packets.extend(fragments(&whole, 80).into_iter().map(|one| (Moment::from_millis(0), one)));
        let link = [ETHERNET, VLAN, COOKED, COOKED_2, NULL, RAW][link];
        let mut file = if ng { pcapng(link, &packets) } else { pcap(link, &packets) };
        for (place, byte) in harm {
            let place = place.index(file.len());
            file[place] = byte;
        }
        file.truncate(file.len() - end.index(file.len()) / 4);
        let (messages, found) = read(&file);
        if let Ok(found) = found {
            prop_assert_eq!(usize::try_from(found.messages).unwrap(), messages.len());
        }
    }
}

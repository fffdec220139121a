//! Streams: whatever pieces they come in, the same messages come out, and nothing grows.

use proptest::prelude::*;
use switchboard::sip::framing::Framer;
use switchboard::sip::model::{self, Method};
use switchboard::sip::read::{Framing, Message, Unreadable};

#[test]
fn a_stream_without_a_length_ends_the_connection() {
    let mut framer = Framer::new();
    framer.push(b"OPTIONS sip:x SIP/2.0\r\nVia: x\r\n\r\n").unwrap();
    assert_eq!(framer.next_message(), Err(Unreadable::ContentLength));
}

#[test]
fn a_bad_header_costs_its_message_and_not_the_connection() {
    let mut framer = Framer::new();
    framer.push(b"OPTIONS sip:x SIP/2.0\r\nno colon\r\nl: 2\r\n\r\nhiOPTIONS sip:y SIP/2.0\r\nl: 0\r\n\r\n").unwrap();
    let first = framer.next_message().unwrap().unwrap().to_vec();
    assert_eq!(Message::parse(&first, Framing::Stream).err(), Some(Unreadable::Header));
    let second = framer.next_message().unwrap().unwrap();
    assert!(Message::parse(second, Framing::Stream).is_ok());
    assert_eq!(framer.next_message(), Ok(None));
    assert!(!framer.is_waiting());
}

#[test]
fn a_head_that_never_ends_is_not_gathered_for_ever() {
    let mut framer = Framer::new();
    let mut outcome = Ok(());
    for _ in 0..100 {
        outcome = framer.push(&[b'x'; 1024]).and_then(|()| framer.next_message().map(|_| ()));
        if outcome.is_err() {
            break;
        }
    }
    assert_eq!(outcome, Err(Unreadable::TooLong));
    assert!(framer.room() > 0);
}

#[test]
fn keep_alives_between_messages_are_skipped() {
    let mut framer = Framer::new();
    framer.push(b"\r\n\r\n").unwrap();
    assert_eq!(framer.next_message(), Ok(None));
    assert!(!framer.is_waiting());
    framer.push(b"\r\n\r\nOPTIONS sip:y SIP/2.0\r\nl: 0\r\n\r\n\r\n\r\n").unwrap();
    assert!(framer.next_message().unwrap().unwrap().starts_with(b"OPTIONS"));
    assert_eq!(framer.next_message(), Ok(None));
    assert!(!framer.is_waiting());
}

proptest! {
    #[test]
    fn a_stream_is_cut_into_the_same_messages_however_it_comes(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..8),
        pieces in prop::collection::vec(1_usize..200, 1..60),
        keep_alives in any::<bool>(),
    ) {
        let sent: Vec<Vec<u8>> = bodies.iter().enumerate().map(|(number, body)| {
            let mut headers = vec![model::header("X-Number", number.to_string())];
            headers.extend((0..number).map(|_| model::header("Subject", "two\r\n lines")));
            let mut request = model::request(Method::Message, "sip:x", headers);
            request.body.clone_from(body);
            model::to_bytes(&request.into())
        }).collect();
        let mut wire = sent.join(if keep_alives { &b"\r\n\r\n"[..] } else { &[] });
        wire.extend_from_slice(b"\r\n");
        let (mut framer, mut got, mut rest) = (Framer::new(), Vec::new(), &wire[..]);
        for size in pieces.iter().copied().cycle() {
            if rest.is_empty() {
                break;
            }
            let (now, later) = rest.split_at(size.min(rest.len()));
            framer.push(now).unwrap();
            rest = later;
            while let Some(message) = framer.next_message().unwrap() {
                got.push(message.to_vec());
            }
        }
        prop_assert_eq!(got, sent);
        prop_assert!(!framer.is_waiting());
    }
}

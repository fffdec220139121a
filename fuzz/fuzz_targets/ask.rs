//! Asks a reader everything; shared by the targets here and by the test that replays the corpora.

use switchboard::sip::dialog_info;
use switchboard::sip::framing::Framer;
use switchboard::sip::hep::cut::Cutter;
use switchboard::sip::hep::read::{self as hep, Content};
use switchboard::sip::read::{self, Framing, Message, Name};

/// Reads `bytes` in both framings and asks for everything that can be asked.
pub(crate) fn ask_reader(bytes: &[u8]) {
    for framing in [Framing::Datagram, Framing::Stream] {
        let Ok(message) = Message::parse(bytes, framing) else {
            continue;
        };
        assert!(message.len <= bytes.len());
        let right = read::check(&message).is_ok();
        for (_, _, value) in message.headers() {
            if let Some(one) = read::name_addr(value) {
                let _user = read::uri(one.uri).and_then(|uri| read::user_text(&uri));
                let _name = read::unquote(one.display);
            }
            let _read =
                (read::via(value), read::cseq(value), read::expires(value), read::number_in(value));
            assert!(!read::text(value).contains(['\r', '\n', '\0']));
        }
        let _owned = (read::offer(&message), read::reasons(&message));
        let _lists = (read::contacts(&message).count(), read::vias(&message).count());
        let _challenges = read::challenges(&message, Name::WwwAuthenticate);
        assert!(!read::redacted_text(&message).contains('\0'));
        assert!(!right || read::leg_key(&message).is_some());
    }
}

/// Reads `bytes` as what the telephones of an extension do.
pub(crate) fn ask_dialog_info(bytes: &[u8]) {
    let Ok(document) = dialog_info::read(bytes) else {
        return;
    };
    assert!(bytes.len() <= dialog_info::MAX_BODY);
    assert!(document.dialogs.len() <= dialog_info::MAX_DIALOGS);
    for (at, dialog) in document.dialogs.iter().enumerate() {
        let same = |other: &dialog_info::Told| other.id == dialog.id;
        assert_eq!(document.dialogs.iter().position(same), Some(at), "one name, one dialog");
        for party in [&dialog.remote, &dialog.local] {
            assert!(!party.withheld || (party.user.is_none() && party.display.is_none()));
            let words = [&party.user, &party.display].into_iter().flatten();
            assert!(words.clone().all(|word| word.chars().count() <= 256));
            assert!(!words.clone().any(|word| word.contains(char::is_control)));
        }
    }
}

/// The first byte is the size of the pieces, the rest comes as a stream: however it is cut, the
/// same messages come out.
pub(crate) fn ask_framer(bytes: &[u8]) {
    let Some((&size, stream)) = bytes.split_first() else {
        return;
    };
    let pieces = cut(stream, usize::from(size).max(1));
    assert_eq!(pieces, cut(stream, 1), "in pieces of {size}");
    for message in pieces {
        ask_reader(&message);
    }
}

fn cut(stream: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (mut framer, mut found) = (Framer::new(), Vec::new());
    for piece in stream.chunks(size) {
        if framer.push(piece).is_err() {
            break;
        }
        while let Ok(Some(message)) = framer.next_message() {
            found.push(message.to_vec());
        }
    }
    found
}

/// The first byte is the size of the pieces in which the rest comes as a stream of mirrored
/// packets: however it is cut, the same packets come out, and each is read or refused.
pub(crate) fn ask_hep(bytes: &[u8]) {
    let Some((&size, stream)) = bytes.split_first() else {
        return;
    };
    ask_packet(stream);
    let packets = cut_packets(stream, usize::from(size).max(1));
    assert_eq!(packets, cut_packets(stream, 70_000), "in pieces of {size}");
    for packet in packets {
        ask_packet(&packet);
    }
}

fn ask_packet(bytes: &[u8]) {
    let Ok(envelope) = hep::read(bytes) else {
        return;
    };
    let _told = (envelope.capture_id(), envelope.auth_key());
    if let Ok(Content::Sip(packet)) = envelope.content() {
        assert!(!packet.payload.is_empty() && packet.payload.len() < bytes.len());
        let _shown = format!("{packet:?} {:?}", packet.stamp);
    }
}

fn cut_packets(mut stream: &[u8], size: usize) -> Vec<Vec<u8>> {
    let (mut cutter, mut found) = (Cutter::new(), Vec::new());
    while !stream.is_empty() {
        let space = cutter.space();
        assert!(!space.is_empty(), "there is room for the next piece");
        let (now, later) = stream.split_at(size.min(space.len()).min(stream.len()));
        space[..now.len()].copy_from_slice(now);
        cutter.filled(now.len());
        stream = later;
        loop {
            match cutter.next_packet() {
                Ok(Some(packet)) => found.push(packet.to_vec()),
                Ok(None) => break,
                Err(_) => return found,
            }
        }
    }
    found
}

//! Reading and writing SIP: what was recorded, what chance makes of it, what rsip says of the same bytes.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use switchboard::sip::framing::Framer;
use switchboard::sip::model::{self, Header, Method, SipMessage};
use switchboard::sip::read::{self, Framing, Message, Name};

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What one member heard and said: which way, and the message with the line ends of the wire.
fn recorded(scenario: &Path) -> Vec<(bool, Vec<u8>)> {
    let text = std::fs::read_to_string(scenario.join("listener-messages.txt")).unwrap();
    let mut found = Vec::new();
    for part in text.split("==== ").filter(|part| !part.trim().is_empty()) {
        let (title, message) = part.split_once('\n').unwrap();
        // each record ends with one empty line of its own
        let message = message.strip_suffix("\n\n").map_or(message, |cut| cut).to_owned() + "\n";
        let (head, body) = message.split_once("\n\n").unwrap_or((message.trim_end(), ""));
        let bytes = format!("{}\r\n\r\n{}", head.replace('\n', "\r\n"), body.replace('\n', "\r\n"));
        found.push((title.contains("RECEIVED"), bytes.into_bytes()));
    }
    found
}

fn scenarios() -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(repository("tests/fixtures/pbx"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("listener-messages.txt").exists())
        .collect();
    found.sort();
    found
}

#[test]
fn every_recorded_message_is_read_and_right() {
    let mut calls = 0;
    for scenario in scenarios() {
        for (_, bytes) in recorded(&scenario) {
            let shown = String::from_utf8_lossy(&bytes).into_owned();
            let message = Message::parse(&bytes, Framing::Datagram)
                .unwrap_or_else(|why| panic!("{}: {why}\n{shown}", scenario.display()));
            assert_eq!(read::check(&message), Ok(()), "{}\n{shown}", scenario.display());
            assert!(read::leg_key(&message).is_some());
            calls += usize::from(message.method() == Some(b"INVITE"));
        }
    }
    assert!(calls > 20, "only {calls} INVITEs in the recordings");
}

#[test]
fn an_invite_its_answers_its_cancel_and_its_ack_name_one_leg() {
    let heard = recorded(&repository("tests/fixtures/pbx/01-ring1-answered"));
    let keys: std::collections::BTreeSet<_> = heard
        .iter()
        .map(|(_, bytes)| {
            read::leg_key(&Message::parse(bytes, Framing::Datagram).unwrap()).unwrap()
        })
        .collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    let cancel = heard.iter().find(|(_, bytes)| bytes.starts_with(b"CANCEL")).unwrap();
    let why = read::reasons(&Message::parse(&cancel.1, Framing::Datagram).unwrap());
    assert!(why.elsewhere);
    assert_eq!((why.sip, why.q850), (Some(200), Some(26)));
}

#[test]
fn a_caller_who_withholds_the_number_is_nobody() {
    for name in ["13-anonymous", "14-anonymous-pai"] {
        let heard = recorded(&repository("tests/fixtures/pbx").join(name));
        let caller =
            read::party(&Message::parse(&heard.first().unwrap().1, Framing::Datagram).unwrap());
        assert!(caller.withheld, "{name}");
        assert_eq!((caller.user, caller.display), (None, None), "{name}");
    }
}

const CHALLENGED: &[u8] = b"SIP/2.0 401 Unauthorized\r\n\
Via: SIP/2.0/UDP 192.0.2.90:5060;branch=z9hG4bKr;received=192.0.2.90\r\n\
From: <sip:listener@pbx>;tag=1\r\nTo: <sip:listener@pbx>;tag=2\r\nCall-ID: r@x\r\nCSeq: 1 REGISTER\r\n\
WWW-Authenticate: Digest realm=\"say \\\"hi\\\", pbx\", nonce=\"a=b,c\", algorithm=SHA-256, qop=\"auth, auth-int\", \
Digest realm = pbx , nonce=\"old\",opaque=\"o\",stale=TRUE\r\n\
WWW-Authenticate: Bearer authz_server=\"https://x\"\r\nWWW-Authenticate: Negotiate\r\n\
Contact: <sip:a@x>;expires=60, \"B, C\" <sip:b@x>;expires=\"7\"\r\nContact: *\r\n\
Content-Length: 0\r\n\r\n";

#[test]
fn every_challenge_of_every_line_is_found_in_order() {
    let message = Message::parse(CHALLENGED, Framing::Datagram).unwrap();
    let found = read::challenges(&message, Name::WwwAuthenticate);
    let schemes: Vec<_> = found.iter().map(|one| read::text(one.scheme)).collect();
    assert_eq!(schemes, ["Digest", "Digest", "Bearer", "Negotiate"]);
    assert_eq!(found[0].realm, "say \"hi\", pbx");
    assert_eq!(found[0].nonce, "a=b,c");
    assert_eq!(found[0].algorithm.as_deref(), Some("SHA-256"));
    assert_eq!(found[0].qop, ["auth", "auth-int"]);
    assert!(!found[0].stale && found[0].opaque.is_none());
    assert_eq!((&*found[1].realm, &*found[1].nonce), ("pbx", "old"));
    assert_eq!(found[1].opaque.as_deref(), Some("o"));
    assert!(found[1].stale && found[1].qop.is_empty() && found[1].algorithm.is_none());
}

#[test]
fn every_contact_is_found_with_what_the_registrar_granted() {
    let message = Message::parse(CHALLENGED, Framing::Datagram).unwrap();
    let found: Vec<_> = read::contacts(&message)
        .map(|one| {
            let granted = read::param(one.params, "expires").map(read::unquote);
            (read::text(one.uri), granted.and_then(|granted| read::expires(granted.as_bytes())))
        })
        .collect();
    let expected = [("sip:a@x", Some(60)), ("sip:b@x", Some(7)), ("*", None)];
    assert_eq!(found, expected.map(|(uri, granted)| (uri.into(), granted)));
}

#[test]
fn a_ladder_shows_no_credentials() {
    let bytes = b"REGISTER sip:pbx SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.90;branch=z9hG4bKr\r\n\
Authorization: Digest username=\"listener\",\r\n response=\"5ecre7\"\r\nFrom: <sip:l@pbx>;tag=1\r\n\
proxy-authorization: Basic 5ecre7\r\nTo: <sip:l@pbx>\r\nCall-ID: r@x\r\nCSeq: 1 REGISTER\r\n\r\nb\0dy M\xfcller";
    let message = Message::parse(bytes, Framing::Datagram).unwrap();
    let shown = read::redacted_text(&message);
    assert!(!shown.contains("5ecre7") && !shown.contains("listener"), "{shown}");
    assert!(shown.contains("Authorization: Digest (removed)\r\nFrom:"), "{shown}");
    assert!(shown.contains("proxy-authorization: Basic (removed)\r\n"), "{shown}");
    assert!(shown.ends_with("b\u{fffd}dy Müller"), "{shown}");
}

#[test]
fn a_ladder_does_not_name_a_caller_who_withholds_the_number() {
    let bytes = b"INVITE sip:listener@192.0.2.9 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKw\r\n\
From: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\r\nTo: <sip:listener@192.0.2.9>\r\n\
P-Asserted-Identity: \"Wang\" <sip:+8613800009999@192.0.2.1>\r\nPrivacy: id\r\nCall-ID: w@x\r\nCSeq: 1 INVITE\r\n\r\n";
    let message = Message::parse(bytes, Framing::Datagram).unwrap();
    let number = "13800009999";
    let shown = read::redacted_text(&message);
    assert!(!shown.contains(number) && !shown.contains("Wang"), "{shown}");
    assert!(shown.contains("P-Asserted-Identity: \"Anonymous\" <sip:anonymous@"), "{shown}");
}

// ------------------------------------------------------------------------------------- what we send

#[test]
fn a_value_cannot_begin_a_header_of_its_own() {
    let evil = model::header("Subject", "x\r\nX-Evil: 1");
    let request = model::request(Method::Options, "sip:[2001:db8::1]", vec![evil]);
    let bytes = model::to_bytes(&request.into());
    let message = Message::parse(&bytes, Framing::Stream).unwrap();
    assert_eq!(message.by_text("X-Evil"), None);
    assert_eq!(message.headers().count(), 2);
}

#[test]
fn what_we_own_is_written_as_it_was_read() {
    let mut owned = 0;
    let folder = repository("tests/torture");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let Ok(first) = Message::parse(&bytes, Framing::Datagram) else {
            continue;
        };
        let Some(kept) = model::owned(&first) else {
            continue;
        };
        let written = model::to_bytes(&kept);
        let again = Message::parse(&written, Framing::Stream)
            .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        assert_eq!(again.body, first.body, "{}", path.display());
        for name in Name::ALL.iter().copied().filter(|&name| name != Name::ContentLength) {
            let texts = |message: &Message<'_>| -> Vec<String> {
                message.all(name).map(|value| read::text(value).into_owned()).collect()
            };
            assert_eq!(texts(&again), texts(&first), "{} {}", path.display(), name.text());
        }
        owned += 1;
    }
    assert!(owned > 60, "only {owned} messages were owned");
}

/// rsip as a second opinion, on messages that we build and that it can read.
#[test]
fn rsip_reads_what_we_write_as_we_do() {
    use rsip::prelude::{HeadersExt, ToTypedHeader};
    let tags = ["a1", "z-9", "x~y"];
    for (number, tag) in (1..).zip(tags) {
        let headers = vec![
            Header::Via(rsip::headers::Via::from(format!(
                "SIP/2.0/UDP 192.0.2.90:5060;branch=z9hG4bK{tag}"
            ))),
            Header::From(rsip::headers::From::from(format!(
                "<sip:listener@pbx.example>;tag={tag}"
            ))),
            Header::To(rsip::headers::To::from("<sip:listener@pbx.example>".to_owned())),
            Header::CallId(rsip::headers::CallId::from(format!("{tag}@192.0.2.90"))),
            Header::CSeq(rsip::headers::CSeq::from(format!("{number} REGISTER"))),
        ];
        let sent: SipMessage = model::request(Method::Register, "sip:pbx.example", headers).into();
        let bytes = model::to_bytes(&sent);
        let ours = Message::parse(&bytes, Framing::Stream).unwrap();
        let theirs = rsip::Request::try_from(bytes.as_slice()).unwrap();
        assert_eq!(ours.method().unwrap(), theirs.method.to_string().as_bytes());
        assert_eq!(
            read::cseq(ours.get(Name::CSeq).unwrap()).unwrap().0,
            theirs.cseq_header().unwrap().seq().unwrap()
        );
        let from = read::name_addr(ours.get(Name::From).unwrap()).unwrap();
        let typed = theirs.from_header().unwrap().typed().unwrap();
        assert_eq!(
            read::text(read::param(from.params, "tag").unwrap()),
            typed.tag().unwrap().to_string()
        );
        assert_eq!(read::uri(from.uri).unwrap().user, typed.uri.user().unwrap().as_bytes());
        let via = read::via(ours.get(Name::Via).unwrap()).unwrap();
        let theirs = theirs.via_header().unwrap().typed().unwrap();
        assert_eq!(read::text(via.branch.unwrap()), theirs.branch().unwrap().to_string());
        assert_eq!(via.port, theirs.uri.port().map(|port| *port.value()));
    }
}

// ------------------------------------------------------------------------------------------- chance

/// Asks everything of whatever could be read; every slice must lie within the bytes.
fn ask_everything(bytes: &[u8], framing: Framing) {
    let Ok(message) = Message::parse(bytes, framing) else {
        return;
    };
    let within = |part: &[u8]| {
        part.is_empty()
            || bytes.as_ptr_range().start <= part.as_ptr()
                && part.as_ptr_range().end <= bytes.as_ptr_range().end
    };
    assert!(message.len <= bytes.len() && within(message.body) && within(message.bytes()));
    let _checked = read::check(&message);
    for (_, written, value) in message.headers() {
        assert!(within(written) && within(value));
        if let Some(one) = read::name_addr(value) {
            assert!(
                within(one.display) && within(one.uri) && within(one.params) && within(one.rest)
            );
            let _uri = read::uri(one.uri).map(|uri| read::user_text(&uri));
            let _name = read::unquote(one.display);
        }
        if let Some(hop) = read::via(value) {
            assert!(
                within(hop.host) && within(hop.params) && within(hop.rest) && within(hop.whole)
            );
        }
        let _read = (read::cseq(value), read::expires(value), read::number_in(value));
    }
    let _owned = (read::party(&message), read::offer(&message), read::reasons(&message));
    let leg = read::leg_key(&message);
    assert!(leg.is_none_or(|leg| leg.call_id.len() <= 1024 && leg.branch.len() <= 1024));
    assert!(!read::redacted_text(&message).contains('\0'));
    let _more = (read::contacts(&message).count(), read::vias(&message).count());
    let _challenges = read::challenges(&message, Name::WwwAuthenticate);
}

/// Our torture messages with a few bytes changed, lost, doubled or moved.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = std::fs::read_dir(repository("tests/torture"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "sip"))
        .map(|path| std::fs::read(path).unwrap())
        .filter(|bytes| bytes.len() < 4096)
        .collect();
    seeds.sort();
    let change = (any::<prop::sample::Index>(), 0_u8..5, any::<u8>());
    (prop::sample::select(seeds), prop::collection::vec(change, 0..12)).prop_map(
        |(mut bytes, changes)| {
            const LETTERS: &[u8] = b"\r\n \t:;,<>\"\\@=[]%\0\xff";
            for (at, what, byte) in changes {
                if bytes.is_empty() {
                    break;
                }
                let at = at.index(bytes.len());
                match what {
                    0 => bytes[at] = byte,
                    1 => bytes[at] = LETTERS[usize::from(byte) % LETTERS.len()],
                    2 => bytes.insert(at, LETTERS[usize::from(byte) % LETTERS.len()]),
                    3 => {
                        bytes.remove(at);
                    }
                    _ => bytes.truncate(at),
                }
            }
            bytes
        },
    )
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        ask_everything(&bytes, Framing::Datagram);
        ask_everything(&bytes, Framing::Stream);
    }

    #[test]
    fn any_mutilated_message_is_read_or_refused(bytes in mutated()) {
        ask_everything(&bytes, Framing::Datagram);
        ask_everything(&bytes, Framing::Stream);
    }

    #[test]
    fn a_framer_never_holds_more_than_it_may(bytes in prop::collection::vec(mutated(), 0..6), piece in 1_usize..4000) {
        let wire = bytes.concat();
        let mut framer = Framer::new();
        'wire: for now in wire.chunks(piece) {
            if framer.push(now).is_err() {
                break;
            }
            loop {
                match framer.next_message() {
                    Ok(Some(message)) => ask_everything(message, Framing::Stream),
                    Ok(None) => break,
                    Err(_) => break 'wire,
                }
            }
            prop_assert!(framer.room() > 0);
        }
    }
}

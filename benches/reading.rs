//! How fast SIP is read: the scan alone, with all that a tracker asks, and beside rsip in one run.
//! Goal: reading and tracking at least 200 000 messages a second on one core.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use switchboard::sip::read::{self, Framing, Message, Name};

const SDP: &str = "v=0\r\no=- 1095024031 1095024031 IN IP4 127.0.0.1\r\ns=Asterisk\r\nc=IN IP4 127.0.0.1\r\n\
t=0 0\r\nm=audio 20258 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=maxptime:140\r\na=sendrecv\r\n";

fn message(start: &str, method: &str, more: &str, body: &str) -> Vec<u8> {
    format!(
        "{start}\r\n\
Via: SIP/2.0/UDP 127.0.0.1:5070;rport;branch=z9hG4bKPjc0267d10-80f2-4d85-98bb-32555e28cf6c\r\n\
From: \"13800001111\" <sip:13800001111@127.0.0.1>;tag=029a74c0-2226-4d39-a978-9cb0fc60ee1c\r\n\
To: <sip:listener@127.0.0.90>;tag=608639fc\r\n\
Call-ID: 650b5e09-977b-4f5e-a053-87627432083c\r\n\
CSeq: 8425 {method}\r\n\
Max-Forwards: 70\r\n\
User-Agent: Asterisk PBX LAB\r\n\
{more}\
Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let offer = "Contact: <sip:asterisk@127.0.0.1:5070>\r\n\
Allow: OPTIONS, REGISTER, SUBSCRIBE, NOTIFY, PUBLISH, INVITE, ACK, BYE, CANCEL, UPDATE, PRACK, MESSAGE, INFO, REFER\r\n\
Supported: 100rel, timer, replaces, norefersub, histinfo\r\n\
Session-Expires: 1800\r\nMin-SE: 90\r\n\
P-Asserted-Identity: \"ACME\" <sip:+8613800007777@127.0.0.1>\r\n\
Diversion: <sip:4008001234@127.0.0.1>;reason=unconditional\r\n\
Content-Type: application/sdp\r\n";
    let why =
        "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\nReason: Q.850;cause=26\r\n";
    let contact = "Contact: <sip:listener@127.0.0.90:5060>\r\n";
    vec![
        ("invite", message("INVITE sip:listener@127.0.0.90:5060 SIP/2.0", "INVITE", offer, SDP)),
        ("180", message("SIP/2.0 180 Ringing", "INVITE", contact, "")),
        ("cancel", message("CANCEL sip:listener@127.0.0.90:5060 SIP/2.0", "CANCEL", why, "")),
        ("bye", message("BYE sip:listener@127.0.0.90:5060 SIP/2.0", "BYE", "", "")),
    ]
}

/// What a tracker asks of every message, all borrowed.
fn track(message: &Message<'_>) -> Option<usize> {
    let from = read::name_addr(message.get(Name::From)?)?;
    let to = read::name_addr(message.get(Name::To)?)?;
    let (number, method) = read::cseq(message.get(Name::CSeq)?)?;
    let via = read::via(message.get(Name::Via)?)?;
    let mut seen = message.get(Name::CallId)?.len() ^ method.len() ^ via.branch?.len();
    seen ^= read::param(from.params, "tag")?.len()
        ^ read::param(to.params, "tag").map_or(0, <[u8]>::len);
    seen ^= read::uri(from.uri)?.user.len()
        ^ read::uri(to.uri)?.user.len()
        ^ usize::try_from(number).ok()?;
    for name in [Name::AssertedIdentity, Name::Diversion, Name::HistoryInfo, Name::Contact] {
        if let Some(one) = message.get(name).and_then(read::name_addr) {
            seen ^= read::uri(one.uri)?.user.len();
        }
    }
    Some(seen ^ usize::from(read::reasons(message).elsewhere))
}

/// The same of rsip.
fn track_rsip(message: &rsip::SipMessage) -> Option<usize> {
    use rsip::prelude::{HeadersExt, ToTypedHeader};
    let from = message.from_header().ok()?.typed().ok()?;
    let to = message.to_header().ok()?.typed().ok()?;
    let cseq = message.cseq_header().ok()?.typed().ok()?;
    let via = message.via_header().ok()?.typed().ok()?;
    let call_id = message.call_id_header().ok()?.to_string();
    let tags = from.tag()?.to_string().len() ^ to.tag().map_or(0, |tag| tag.to_string().len());
    let users = from.uri.user().map_or(0, str::len) ^ to.uri.user().map_or(0, str::len);
    Some(
        call_id.len()
            ^ tags
            ^ users
            ^ usize::try_from(cseq.seq).ok()?
            ^ via.branch()?.to_string().len(),
    )
}

fn reading(c: &mut Criterion) {
    let mut group = c.benchmark_group("reading");
    group.throughput(Throughput::Elements(1));
    for (name, bytes) in samples() {
        group.bench_with_input(BenchmarkId::new("scan", name), &bytes, |b, bytes| {
            b.iter(|| Message::parse(black_box(bytes), Framing::Datagram).map(|m| m.len));
        });
        group.bench_with_input(BenchmarkId::new("scan and track", name), &bytes, |b, bytes| {
            b.iter(|| {
                Message::parse(black_box(bytes), Framing::Datagram).ok().and_then(|m| track(&m))
            });
        });
        group.bench_with_input(
            BenchmarkId::new("scan, check and own", name),
            &bytes,
            |b, bytes| {
                b.iter(|| {
                    let message = Message::parse(black_box(bytes), Framing::Datagram).ok()?;
                    read::check(&message).ok()?;
                    Some((read::leg_key(&message)?, read::offer(&message), read::reasons(&message)))
                });
            },
        );
        group.bench_with_input(BenchmarkId::new("rsip", name), &bytes, |b, bytes| {
            b.iter(|| rsip::SipMessage::try_from(black_box(bytes.as_slice())).is_ok());
        });
        group.bench_with_input(BenchmarkId::new("rsip and track", name), &bytes, |b, bytes| {
            b.iter(|| {
                let message = rsip::SipMessage::try_from(black_box(bytes.as_slice())).ok()?;
                track_rsip(&message)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, reading);
criterion_main!(benches);

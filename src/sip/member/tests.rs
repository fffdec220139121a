//! What a member does, told as what goes in and what comes out.

#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a story that goes wrong should stop"
)]

use std::net::SocketAddr;

use proptest::prelude::*;
use tokio::sync::mpsc;

use super::*;
use crate::config::Transport;
use crate::sip::Withdrawal;
use crate::sip::read::Framing;
use crate::sip::transport::Outlet;

mod ladder;

const SECRET: [u8; 32] = [7; 32];

struct Story {
    member: Member,
    route: Route,
    _open: mpsc::Receiver<Vec<u8>>,
    now: Ms,
    sent: Vec<(Ms, String)>,
    told: Vec<What>,
    wires: Vec<String>,
    dropped: Vec<&'static str>,
    paged: Vec<String>,
}

impl Story {
    fn begin(transport: Transport) -> Self {
        Self::restored(transport, &[])
    }

    fn restored(transport: Transport, live: &[LegKey]) -> Self {
        let (queue, open) = mpsc::channel(1);
        let peer: SocketAddr = "192.0.2.1:5060".parse().unwrap();
        let local = "192.0.2.10:5060".parse().unwrap();
        let route = Route { transport, local, peer, outlet: Outlet::Stream(queue) };
        let member =
            Member::new(Directory::new(&[]), SECRET, live.iter().cloned(), Watchers::default());
        Self {
            member,
            route,
            _open: open,
            now: 0,
            sent: vec![],
            told: vec![],
            wires: vec![],
            dropped: vec![],
            paged: vec![],
        }
    }

    fn drain(&mut self) {
        while let Some(out) = self.member.poll() {
            match out {
                Out::Send(_, bytes) => {
                    let message = Message::parse(&bytes, Framing::Stream).unwrap();
                    assert_eq!(read::check(&message), Ok(()), "{}", read::sent_text(&bytes, None));
                    self.sent.push((self.now, read::sent_text(&bytes, None)));
                }
                Out::Tell(Heard::Sighting(sighting)) => self.told.push(sighting.what),
                Out::Tell(Heard::Wire(wire)) => self.wires.push(wire.text.into()),
                Out::Tell(other) => panic!("a member tells of no line: {other:?}"),
                Out::Paged(page) => self.paged.push(page.text),
                Out::Dropped(why) => self.dropped.push(why),
            }
        }
    }

    fn hear(&mut self, text: &str) {
        let bytes = text.replace('\n', "\r\n").into_bytes();
        let message = Message::parse(&bytes, Framing::Datagram).unwrap();
        self.member.hear(self.now, Moment::from_millis(0), &self.route.clone(), &message);
        self.drain();
    }

    fn wait(&mut self, until: Ms) {
        while let Some(next) = self.member.next_timer().filter(|&next| next <= until) {
            self.now = next.max(self.now);
            self.member.wake(self.now, Moment::from_millis(0));
            self.drain();
        }
        self.now = until;
    }

    /// The statuses sent, with the method they answer.
    fn statuses(&self) -> Vec<String> {
        self.sent.iter().map(|(_, text)| status_of(text)).collect()
    }
}

fn status_of(text: &str) -> String {
    let method = text.lines().find(|line| line.starts_with("CSeq")).unwrap();
    let method = method.rsplit(' ').next().unwrap();
    format!("{} {method}", text.split(' ').nth(1).unwrap())
}

fn request(method: &str, call: u8, more: &str) -> String {
    let tag = if method == "ACK" { ";tag=x" } else { "" };
    format!(
        "{method} sip:listener@192.0.2.10:5060 SIP/2.0\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK-{call}\n\
         From: <sip:13800001234@192.0.2.1>;tag=f{call}\n\
         To: <sip:listener@192.0.2.10>{tag}\n\
         Call-ID: call-{call}@192.0.2.1\n\
         CSeq: 9 {method}\n\
         {more}Content-Length: 0\n\n"
    )
}

fn leg(call: u8) -> LegKey {
    LegKey {
        call_id: format!("call-{call}@192.0.2.1").into(),
        branch: format!("z9hG4bK-{call}").into(),
    }
}

#[test]
fn a_call_is_rung_taken_back_and_acknowledged() {
    let mut story = Story::begin(Transport::Udp);
    story.hear(&request("INVITE", 1, "Timestamp: 54\n"));
    assert_eq!(story.statuses(), ["100 INVITE", "180 INVITE"]);
    assert!(story.sent[0].1.contains("Timestamp: 54\r\n"));
    assert!(story.sent[0].1.contains(";received=192.0.2.1;rport=5060"));
    assert!(matches!(story.told[..], [What::Offered(_), What::Alerted]));
    let why = "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\nReason: Q.850;cause=26\n";
    story.hear(&request("CANCEL", 1, why));
    assert_eq!(story.statuses()[2..], ["200 CANCEL", "487 INVITE"]);
    let withdrawn = Withdrawal { elsewhere: true, q850: Some(26), sip: Some(200) };
    assert_eq!(story.told[2], What::Withdrawn(withdrawn));
    story.hear(&request("ACK", 1, ""));
    story.wait(400_000);
    assert_eq!(story.sent.len(), 4, "nothing more is sent");
    assert_eq!(story.told.len(), 3);
    assert_eq!(story.wires.len(), 7, "every message of the leg is in its ladder");
    assert_eq!(story.member.servers.len(), 0);
    let tag = format!(";tag={}", reply::tag(&SECRET, &leg(1)));
    assert!(story.sent[1..].iter().all(|(_, text)| text.contains(&tag)));
}

#[test]
fn a_487_is_repeated_until_the_ack_on_datagrams_and_never_on_a_stream() {
    let mut story = Story::begin(Transport::Udp);
    story.hear(&request("INVITE", 1, ""));
    story.hear(&request("CANCEL", 1, ""));
    story.wait(12_000);
    let at: Vec<Ms> = story.sent[3..].iter().map(|(at, _)| *at).collect();
    assert_eq!(at, [0, 500, 1500, 3500, 7500, 11500]);
    story.wait(40_000);
    assert!(story.sent.iter().all(|(at, _)| *at < 32_000), "and given up after 32 s");
    assert_eq!(story.dropped, ["never_acknowledged"]);

    let mut story = Story::begin(Transport::Tcp);
    story.hear(&request("INVITE", 1, ""));
    story.hear(&request("CANCEL", 1, ""));
    story.wait(40_000);
    assert_eq!(story.sent.len(), 4);
}

#[test]
fn repeats_of_the_wire_are_one_sighting() {
    let mut story = Story::begin(Transport::Udp);
    for _ in 0..3 {
        story.hear(&request("INVITE", 1, ""));
    }
    assert_eq!(story.statuses(), ["100 INVITE", "180 INVITE", "180 INVITE", "180 INVITE"]);
    for _ in 0..3 {
        story.hear(&request("CANCEL", 1, ""));
    }
    story.hear(&request("INVITE", 1, ""));
    story.hear(&request("ACK", 1, ""));
    // a CANCEL whose 200 was lost, long after the ACK
    story.wait(20_000);
    story.hear(&request("CANCEL", 1, ""));
    assert_eq!(story.statuses().last().unwrap(), "200 CANCEL");
    assert_eq!(story.told.len(), 3, "{:?}", story.told);
}

#[test]
fn a_cancel_that_overtakes_its_invite_leaves_no_call_ringing() {
    let mut story = Story::begin(Transport::Udp);
    story.hear(&request("CANCEL", 1, "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\n"));
    assert_eq!(story.told, [], "nobody knows the call yet");
    story.wait(31_000);
    story.hear(&request("INVITE", 1, ""));
    assert_eq!(story.statuses(), ["481 CANCEL", "100 INVITE", "487 INVITE"]);
    let why = Withdrawal { elsewhere: true, q850: None, sip: Some(200) };
    assert!(matches!(story.told[0], What::Offered(_)));
    assert_eq!(story.told[1..], [What::Withdrawn(why)]);
    story.wait(400_000);
    assert_eq!(story.told.len(), 2, "and it is not told again");
}

#[test]
fn a_double_of_an_invite_that_comes_after_the_end_is_no_call() {
    let mut story = Story::begin(Transport::Udp);
    for method in ["INVITE", "CANCEL", "ACK"] {
        story.hear(&request(method, 1, ""));
    }
    story.wait(10_000);
    story.hear(&request("INVITE", 1, ""));
    assert_eq!(story.statuses().last().unwrap(), "487 INVITE");
    assert_eq!(story.told.len(), 3, "{:?}", story.told);
}

#[test]
fn a_cancel_of_nothing_is_481_and_still_told() {
    let mut story = Story::begin(Transport::Udp);
    story.hear(&request("CANCEL", 1, ""));
    story.hear(&request("CANCEL", 1, ""));
    assert_eq!(story.statuses(), ["481 CANCEL", "481 CANCEL"]);
    assert_eq!(story.told, [], "its INVITE may be on the way");
    story.wait(32_000);
    assert_eq!(story.told, [What::Withdrawn(Withdrawal::default())]);
    assert_eq!(story.member.servers.len(), 0);

    let mut story = Story::begin(Transport::Tcp);
    story.hear(&request("CANCEL", 1, ""));
    assert_eq!(story.told.len(), 1, "nothing overtakes on a stream");
}

#[test]
fn a_call_that_rang_before_the_restart_is_ended_as_if_there_had_been_none() {
    let mut story = Story::restored(Transport::Udp, &[leg(1)]);
    story.hear(&request("CANCEL", 1, ""));
    assert_eq!(story.statuses(), ["200 CANCEL", "487 INVITE"]);
    assert!(story.sent[1].1.contains("CSeq: 9 INVITE\r\n"));
    let tag = format!(";tag={}", reply::tag(&SECRET, &leg(1)));
    assert!(story.sent[1].1.contains(&tag));
    story.wait(600);
    assert_eq!(story.statuses()[2], "487 INVITE", "a lost one is repeated");
    story.hear(&request("ACK", 1, ""));
    story.wait(400_000);
    assert_eq!(story.sent.len(), 3);
    assert_eq!(story.told.len(), 1);
}

#[test]
fn a_call_nobody_takes_back_is_let_go_after_five_minutes() {
    let mut story = Story::begin(Transport::Udp);
    story.hear(&request("INVITE", 1, ""));
    story.wait(300_000);
    assert_eq!(story.statuses()[2..], ["480 INVITE"]);
    assert_eq!(story.told[2..], [What::Lost]);
}

#[test]
fn when_all_are_busy_the_pbx_may_hear_so() {
    let mut story = Story::begin(Transport::Udp);
    story.member.watchers = crate::sip::watchers::tests::all_busy();
    story.hear(&request("INVITE", 1, ""));
    assert_eq!(story.statuses(), ["100 INVITE", "486 INVITE"]);
    assert!(matches!(story.told[..], [What::Offered(_), What::Refused(486)]));
}

#[test]
fn every_other_request_gets_the_answer_the_rfc_owes_it() {
    let mut story = Story::begin(Transport::Udp);
    let mut check = |text: &str, expected: &str, line: &str| {
        story.hear(text);
        let (_, sent) = story.sent.last().unwrap();
        assert_eq!(status_of(sent).split(' ').next().unwrap(), expected, "{text}");
        assert!(sent.contains(line), "{sent}");
    };
    check(&request("OPTIONS", 1, ""), "200", "Allow: INVITE, ACK");
    check(&request("NOTIFY", 2, "Event: dialog\n"), "481", "");
    check(&request("BYE", 3, ""), "481", "");
    check(&request("MESSAGE", 4, ""), "415", "Accept: text/plain");
    check(&request("FROBNICATE", 5, ""), "501", "Allow: ");
    check(&request("INVITE", 6, "Require: timer, foo, bar\n"), "420", "Unsupported: foo, bar");
    let again = request("INVITE", 7, "").replace("0>\nCall", "0>;tag=ours\nCall");
    check(&again.replace("192.0.2.10>\n", "192.0.2.10>;tag=ours\n"), "481", "tag=ours");
    check(&request("OPTIONS", 8, "").replace("sip:listener@192.0.2.10:5060", "urn:x:y"), "416", "");
    check(&request("OPTIONS", 9, "").replace("SIP/2.0\nVia", "SIP/3.0\nVia"), "505", "");
    check(&request("OPTIONS", 10, "").replace("9 OPTIONS", "9 INVITE"), "400", "");
    assert_eq!(story.told, [], "none of this is a call");
}

#[test]
fn an_old_sender_without_a_branch_is_still_one_transaction() {
    let mut story = Story::begin(Transport::Udp);
    let old = |method| request(method, 1, "").replace(";branch=z9hG4bK-1", "");
    story.hear(&old("INVITE"));
    story.hear(&old("INVITE"));
    story.hear(&old("CANCEL"));
    story.hear(&old("ACK"));
    story.wait(1_000);
    assert_eq!(
        story.statuses(),
        ["100 INVITE", "180 INVITE", "180 INVITE", "200 CANCEL", "487 INVITE"]
    );
    assert_eq!(story.told.len(), 3);
}

#[test]
fn an_answer_goes_to_the_port_the_via_names() {
    let text = request("OPTIONS", 1, "").replace(";rport", "").replace("1:5060;", "1:6000;");
    let bytes = text.replace('\n', "\r\n").into_bytes();
    let message = Message::parse(&bytes, Framing::Datagram).unwrap();
    let mut came = Story::begin(Transport::Udp).route;
    assert_eq!(reply::way_back(&message, &came).peer.port(), 6000);
    came.transport = Transport::Tcp;
    assert_eq!(reply::way_back(&message, &came).peer.port(), 5060);
}

/// One thing that may happen to two calls.
#[derive(Debug, Clone)]
enum Event {
    Message(&'static str, u8),
    Wait(Ms),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (prop::sample::select(vec!["INVITE", "CANCEL", "ACK"]), 0_u8..2)
            .prop_map(|(method, call)| Event::Message(method, call)),
        (0_u64..12_000).prop_map(Event::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_lost_doubled_or_late_a_call_is_offered_once_and_ends_once(
        events in prop::collection::vec(event(), 1..14),
        stream: bool,
    ) {
        let transport = if stream { Transport::Tcp } else { Transport::Udp };
        for call in 0..2 {
            let mut story = Story::begin(transport);
            let mut spent = 0;
            let (mut invited, mut cancelled) = (false, false);
            for one in &events {
                match one {
                    Event::Message(method, of) if *of == call => {
                        invited |= *method == "INVITE";
                        cancelled |= *method == "CANCEL";
                        story.hear(&request(method, call, ""));
                    }
                    // no message lives longer than 32 s (RFC 3261 §17.1.1.1)
                    Event::Wait(ms) if spent + ms < 31_000 => {
                        spent += ms;
                        let until = story.now + ms;
                        story.wait(until);
                    }
                    Event::Message(..) | Event::Wait(_) => {}
                }
            }
            let count = |what: fn(&What) -> bool| story.told.iter().filter(|one| what(one)).count();
            let offered = count(|what| matches!(what, What::Offered(_)));
            if !stream {
                // a stream delivers once, so its absorbing states last no time
                prop_assert!(offered <= 1, "{:?}", story.told);
                // a CANCEL that overtook its INVITE is told with its call, or alone at the end
                let withdrawn = count(|what| matches!(what, What::Withdrawn(_)));
                prop_assert_eq!(withdrawn, usize::from(invited && cancelled), "{:?}", story.told);
                let ended = story.statuses().iter().any(|status| status == "487 INVITE");
                prop_assert_eq!(ended, invited && cancelled);
            }
            prop_assert_eq!(offered > 0, invited);
            prop_assert_eq!(count(|what| matches!(what, What::Lost)), 0);
            story.wait(400_000);
            if !stream {
                let withdrawn = story.told.iter().filter(|what| matches!(what, What::Withdrawn(_)));
                prop_assert_eq!(withdrawn.count(), usize::from(cancelled), "{:?}", story.told);
            }
            prop_assert_eq!(story.member.servers.len(), 0, "nothing is left behind");
        }
    }
}

//! Stories of the sorter, a message a line.

mod detours;
mod random;
mod talks;

use std::fmt::Write as _;

use super::tell::UNANSWERED_MS;
use super::*;
use crate::config::{Account, PbxAddress, Transport, WhenAllBusy};
use crate::kernel::Secret;

const PBX: &str = "192.0.2.1:5060";
const CARRIER: &str = "198.51.100.1:5060";
const PHONE: &str = "192.0.2.81:5060";
const SERVICE: &str = "203.0.113.50:5060";

fn pbx(host: &str) -> Pbx {
    let phone = |text: &str| text.parse().unwrap();
    let account =
        Account { username: "us".into(), password: Secret::new(String::new()), hotline: None };
    Pbx {
        name: "main".into(),
        address: PbxAddress { host: host.into(), port: 5060, transport: Transport::Udp },
        domain: host.into(),
        accounts: vec![account],
        member: true,
        when_all_busy: WhenAllBusy::Ring,
        watch: vec![phone("700")],
        positions: ["801", "802"].map(phone).to_vec(),
        services: Vec::new(),
    }
}

/// One message: its first line, its method, and what else matters.
#[derive(Clone)]
struct Say<'a> {
    first: &'a str,
    cseq: &'a str,
    call: &'a str,
    branch: &'a str,
    from: &'a str,
    to: &'a str,
    more: &'a str,
    body: &'a str,
}

const SAY: Say<'_> = Say {
    first: "",
    cseq: "1 INVITE",
    call: "c",
    branch: "b",
    from: "139;tag=f",
    to: "400",
    more: "",
    body: "",
};

impl Say<'_> {
    fn text(&self) -> String {
        let address = |who: &str| {
            let (user, tag) = who
                .split_once(';')
                .map_or((who, String::new()), |(user, tag)| (user, format!(";{tag}")));
            format!("<sip:{user}@example.com>{tag}")
        };
        let Self { first, cseq, call, branch, more, body, .. } = self;
        let first = if first.starts_with("SIP/") {
            (*first).to_owned()
        } else {
            format!("{first} SIP/2.0")
        };
        format!(
            "{first}\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK{branch}\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: {call}\r\nCSeq: {cseq}\r\n{more}Content-Length: {}\r\n\r\n{body}",
            address(self.from),
            address(self.to),
            body.len()
        )
    }
}

/// A sorter, its clock, and what it told since it was last asked.
struct Ear {
    sorter: Sorter,
    now: Moment,
    told: Vec<Heard>,
}

impl Ear {
    fn new(sorter: Sorter) -> Self {
        Self { sorter, now: Moment::from_millis(1_000_000), told: Vec::new() }
    }

    fn hear(&mut self, source: &str, destination: &str, payload: &[u8]) {
        let (source, destination) = (source.parse().unwrap(), destination.parse().unwrap());
        let (at, heard_at) = (self.now, self.now);
        let heard =
            Mirrored { at, heard_at, transport: Transport::Udp, source, destination, payload };
        self.sorter.hear(&heard, &mut |one| self.told.push(one));
        self.now = self.now.plus_millis(1);
    }

    fn say(&mut self, source: &str, destination: &str, say: &Say<'_>) {
        self.hear(source, destination, say.text().as_bytes());
    }

    fn pass(&mut self, millis: i64) {
        self.now = self.now.plus_millis(millis);
        self.sorter.wake(self.now, &mut |one| self.told.push(one));
    }

    /// The sightings since the last time, a word each; wires are dots.
    fn tale(&mut self) -> String {
        let mut tale = String::new();
        for heard in self.told.drain(..) {
            let Heard::Sighting(one) = heard else { continue };
            let what = match one.what {
                What::Offered(offer) => format!("{:?}", offer.role),
                What::Ended(end) => format!("Ended{end:?}"),
                What::Refused(status) => format!("{status}"),
                What::Withdrawn(_) => "Withdrawn".into(),
                What::Held(held) => format!("Held{held}"),
                What::Referred(referral) => format!("Referred{}", referral.to),
                what @ (What::Alerted | What::Answered | What::Lost) => format!("{what:?}"),
            };
            write!(tale, "{what}/{} ", one.leg.branch.trim_start_matches("z9hG4bK")).unwrap();
        }
        tale.trim_end().to_owned()
    }
}

fn ear() -> Ear {
    Ear::new(Sorter::new(&[pbx("192.0.2.1")]))
}

const INVITE: Say<'_> = Say { first: "INVITE sip:400@192.0.2.1", ..SAY };
const OK: Say<'_> = Say { first: "SIP/2.0 200 OK", to: "400;tag=t", ..SAY };

#[test]
fn an_invite_waits_for_its_challenge_but_not_for_ever() {
    let mut ear = ear();
    ear.say(CARRIER, PBX, &INVITE);
    assert_eq!(ear.tale(), "");
    ear.say(PBX, CARRIER, &Say { first: "SIP/2.0 407 Who", to: "400;tag=x", ..SAY });
    ear.say(CARRIER, PBX, &Say { first: "ACK sip:400@192.0.2.1", cseq: "1 ACK", ..SAY });
    assert!(ear.told.is_empty());
    ear.say(CARRIER, PBX, &Say { cseq: "2 INVITE", branch: "b2", ..INVITE });
    ear.pass(400);
    assert!(ear.told.is_empty());
    ear.pass(100);
    assert_eq!(ear.tale(), "Trunk/b2");
    ear.say(PBX, CARRIER, &Say { branch: "b2", cseq: "2 INVITE", ..OK });
    assert_eq!(ear.tale(), "Answered/b2");
}

#[test]
fn an_offer_has_the_times_of_its_invite() {
    let mut ear = ear();
    let at = ear.now;
    ear.say(CARRIER, PBX, &INVITE);
    ear.pass(2000);
    let times = |one: &Heard| match one {
        Heard::Sighting(one) => Some((one.at, one.heard_at)),
        Heard::Watched(_) | Heard::Wire(_) | Heard::Line(_) | Heard::SetBack(_) => None,
    };
    assert_eq!(ear.told.first().and_then(times), Some((at, at)));
    assert!(matches!(ear.told.get(1), Some(Heard::Wire(wire)) if wire.at == at));
}

#[test]
fn each_fact_is_told_once_however_often_it_passes() {
    let mut ear = ear();
    let ring = Say { first: "INVITE sip:801@192.0.2.81", ..SAY };
    let ringing = Say { first: "SIP/2.0 180 Ringing", to: "801;tag=t", ..SAY };
    let bye =
        Say { first: "BYE sip:801@192.0.2.81", cseq: "2 BYE", branch: "e", to: "801;tag=t", ..SAY };
    for _ in 0..3 {
        ear.say(PBX, PHONE, &ring);
    }
    for code in ["100 Trying", "183 Progress", "180 Ringing", "180 Ringing"] {
        let first = format!("SIP/2.0 {code}");
        ear.say(PHONE, PBX, &Say { first: &first, ..ringing.clone() });
    }
    for _ in 0..2 {
        ear.say(PHONE, PBX, &OK);
        ear.say(PHONE, PBX, &ringing);
    }
    for _ in 0..3 {
        ear.say(PBX, PHONE, &bye);
        ear.say(PHONE, PBX, &Say { first: "SIP/2.0 200 OK", ..bye.clone() });
    }
    // the To of the answer has another user: only the tag counts
    assert_eq!(ear.tale(), "Phone(ext 801)/b Alerted/b Answered/b EndedCaller/b");
    ear.pass(OVER_MS + 10);
    assert_eq!((ear.sorter.legs(), ear.sorter.next_timer()), (0, None));
}

#[test]
fn a_leg_ends_once_in_one_way() {
    let cancel = Say { first: "CANCEL sip:801@x", cseq: "1 CANCEL", ..SAY };
    let gone = Say { first: "SIP/2.0 487 Gone", to: "801;tag=t", ..SAY };
    let mut ear = ear();
    ear.say(PBX, PHONE, &Say { first: "INVITE sip:801@x", ..SAY });
    ear.say(PBX, PHONE, &cancel);
    ear.say(PHONE, PBX, &gone);
    ear.say(PHONE, PBX, &OK);
    assert_eq!(ear.tale(), "Phone(ext 801)/b Withdrawn/b");
    ear.say(PBX, PHONE, &Say { first: "INVITE sip:802@x", branch: "b2", call: "d", ..SAY });
    ear.say(PHONE, PBX, &Say { first: "SIP/2.0 486 Busy", branch: "b2", call: "d", ..gone });
    ear.say(PBX, PHONE, &Say { branch: "b2", call: "d", ..cancel });
    assert_eq!(ear.tale(), "Phone(ext 802)/b2 486/b2");
}

#[test]
fn what_overtook_its_invite_is_told_with_it() {
    let mut ear = ear();
    ear.say(CARRIER, PBX, &Say { first: "CANCEL sip:400@x", cseq: "1 CANCEL", ..SAY });
    ear.say(CARRIER, PBX, &Say { first: "CANCEL sip:400@x", cseq: "1 CANCEL", ..SAY });
    assert_eq!(ear.tale(), "Withdrawn/");
    ear.say(CARRIER, PBX, &INVITE);
    assert_eq!(ear.tale(), "Trunk/b Withdrawn/b");
    let bye = Say { first: "BYE sip:400@x", cseq: "2 BYE", call: "d", to: "400;tag=t", ..SAY };
    ear.say(CARRIER, PBX, &bye);
    assert_eq!(ear.tale(), "EndedCaller/");
    ear.pass(11_000);
    ear.say(CARRIER, PBX, &Say { call: "d", branch: "b2", ..INVITE });
    ear.pass(500);
    assert_eq!(ear.tale(), "Trunk/b2");
}

#[test]
fn an_answer_without_its_invite_makes_an_offer() {
    let mut ear = ear();
    ear.say(PHONE, PBX, &Say { first: "SIP/2.0 180 Ringing", to: "801;tag=t", ..SAY });
    ear.say(PBX, CARRIER, &Say { call: "d", more: "P-Asserted-Identity: <sip:801@x>\r\n", ..OK });
    let offers = ear.told.iter().filter_map(|heard| {
        let Heard::Sighting(one) = heard else { return None };
        if let What::Offered(offer) = &one.what { Some(offer) } else { None }
    });
    let callers: Vec<_> = offers.map(|offer| offer.caller.user.clone()).collect();
    assert_eq!(callers, [Some("139".to_owned()), Some("139".to_owned())]);
    assert_eq!(ear.tale(), "Phone(ext 801)/b Alerted/b Trunk/b Answered/b");
}

#[test]
fn an_answer_within_a_talk_begins_nothing() {
    let mut ear = ear();
    let again = Say { first: "INVITE sip:x@192.0.2.1", from: "801;tag=t", to: "139;tag=f", ..SAY };
    ear.say(PHONE, PBX, &again);
    ear.say(PBX, PHONE, &Say { first: "SIP/2.0 200 OK", ..again });
    assert!(ear.told.is_empty());
}

#[test]
fn a_register_that_was_accepted_tells_who_is_where_and_nothing_else() {
    let mut ear = ear();
    let register = Say {
        first: "REGISTER sip:192.0.2.1",
        cseq: "1 REGISTER",
        to: "reception",
        more: "Contact: <sip:x7@192.0.2.85:5062>\r\n",
        ..SAY
    };
    let ring = Say { first: "INVITE sip:x7@192.0.2.85:5062", to: "x", ..SAY };
    ear.say("192.0.2.85:5062", PBX, &register);
    ear.say(PBX, "192.0.2.85:5062", &Say { call: "before", ..ring.clone() });
    ear.say(PBX, "192.0.2.85:5062", &Say { first: "SIP/2.0 200 OK", ..register });
    ear.say(PBX, "192.0.2.85:5062", &Say { call: "after", ..ring });
    assert_eq!(ear.tale(), "Phone(ext reception)/b");
    ear.say("192.0.2.85:5062", PBX, &Say { call: "out", from: "secret;tag=1", ..INVITE });
    ear.pass(500);
    assert_eq!(ear.tale(), "Outbound/b Placed(ext reception)/b");
}

#[test]
fn a_registrar_says_who_is_registered_for_how_long_and_who_is_not_any_more() {
    let mut ear = ear();
    let (pbx, phone) = (PBX, "192.0.2.85:5062");
    let answer = Say { first: "SIP/2.0 200 OK", cseq: "1 REGISTER", to: "801", ..SAY };
    let begun = ear.now;
    let contact = "Contact: <sip:801@192.0.2.85:5062>;expires=60\r\n";
    ear.say(pbx, phone, &Say { more: contact, ..answer.clone() });
    let one = |ear: &Ear| ear.sorter.telephones().pop().unwrap();
    assert!(one(&ear).until.is_some_and(|until| until.millis_since(begun) >= 60_000));
    assert_eq!((one(&ear).extension.as_str(), one(&ear).rang_at), ("801", None));
    // it rings, whoever calls it
    ear.say(PBX, PHONE, &Say { first: "INVITE sip:801@192.0.2.81", ..SAY });
    ear.say(PHONE, PBX, &Say { first: "SIP/2.0 180 Ringing", ..SAY });
    assert!(one(&ear).rang_at.is_some());
    // an answer that names no place is the end of it
    ear.say(pbx, phone, &Say { cseq: "2 REGISTER", ..answer });
    assert_eq!(one(&ear).until, None);
}

#[test]
fn our_own_legs_are_shown_first_hand_alone() {
    let mut ear = ear();
    ear.say(PBX, PHONE, &Say { first: "INVITE sip:us@192.0.2.81", ..SAY });
    assert_eq!((ear.told.len(), ear.tale().as_str()), (1, "Member/b"));
}

#[test]
fn between_strangers_nothing_is_told_unless_guessing_is_asked_for() {
    let (a, b, c) = ("203.0.113.1:5060", "203.0.113.2:5060", "203.0.113.3:5060");
    let mut deaf = ear();
    deaf.say(a, b, &INVITE);
    assert_eq!(deaf.sorter.dropped().get("no_pbx"), Some(&1));
    let mut ear = Ear::new(Sorter::guessing(&[]));
    ear.say(a, b, &INVITE);
    ear.say(b, a, &Say { first: "SIP/2.0 100 Trying", ..SAY });
    ear.say(b, c, &Say { first: "INVITE sip:9@203.0.113.3", branch: "b2", call: "d", ..SAY });
    ear.pass(500);
    assert_eq!(ear.tale(), "Trunk/b Outbound/b2");
}

#[test]
fn whoever_rings_a_telephone_of_the_house_is_its_pbx() {
    let mut ear = Ear::new(Sorter::new(&[pbx("pbx.example.com")]));
    ear.say(PBX, PHONE, &Say { first: "INVITE sip:801@192.0.2.81", ..SAY });
    ear.say(CARRIER, PBX, &Say { call: "d", ..INVITE });
    ear.pass(500);
    assert_eq!(ear.tale(), "Phone(ext 801)/b Trunk/b");
}

#[test]
fn a_leg_that_is_never_heard_of_again_is_given_up() {
    let mut ear = ear();
    ear.say(PBX, PHONE, &Say { first: "INVITE sip:801@x", ..SAY });
    ear.pass(UNANSWERED_MS + 1);
    assert_eq!(ear.tale(), "Phone(ext 801)/b Lost/b");
    assert_eq!(ear.sorter.legs(), 0);
}

#[test]
fn a_leg_that_was_late_when_it_began_is_known_to_go_on_until_it_is_over() {
    let mut ear = ear();
    ear.say(CARRIER, PBX, &Say { call: "in time", ..INVITE });
    assert!(!ear.sorter.late_goes_on());
    let text = Say { call: "late", ..INVITE }.text();
    let (at, heard_at) = (ear.now, ear.now.plus_millis(180_000));
    let (source, destination) = (CARRIER.parse().unwrap(), PBX.parse().unwrap());
    let (transport, payload) = (Transport::Udp, text.as_bytes());
    let heard = Mirrored { at, heard_at, transport, source, destination, payload };
    ear.sorter.hear(&heard, &mut |_: Heard| {});
    assert!(ear.sorter.late_goes_on());
    ear.now = heard_at;
    let busy = Say { first: "SIP/2.0 486 Busy Here", call: "late", to: "400;tag=t", ..SAY };
    ear.say(PBX, CARRIER, &busy);
    assert!(!ear.sorter.late_goes_on(), "it is over");
}

#[test]
fn a_flood_of_invites_fills_nothing() {
    let mut ear = ear();
    ear.sorter.most_legs = 100;
    ear.say(PBX, PHONE, &Say { first: "INVITE sip:801@x", call: "talk", ..SAY });
    ear.say(PHONE, PBX, &Say { call: "talk", ..OK });
    for n in 0..300 {
        let call = format!("call {n}");
        ear.say(CARRIER, PBX, &Say { call: &call, ..INVITE });
        let branch = format!("fork {n}");
        ear.say(CARRIER, PBX, &Say { branch: &branch, call: "one", ..INVITE });
        ear.say(CARRIER, PBX, &Say { first: "BYE sip:x@y", cseq: "1 BYE", call: &branch, ..SAY });
    }
    assert!(ear.sorter.legs() <= 100);
    assert!(ear.sorter.dropped().get("too_many_legs") > Some(&400));
    assert!(ear.sorter.legs.knows("talk"), "people who talk are not forgotten for a flood");
    assert!(ear.sorter.strays.len() <= 300);
}

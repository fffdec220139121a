//! Calls that go out to a service and come back.

use super::*;
use crate::sip::Back;

#[test]
fn who_withholds_their_number_is_not_taken_for_one_who_was_sent_out_a_moment_before() {
    let anonymous = "anonymous;tag=f";
    let mut ear = ear();
    let out = Say { first: "INVITE sip:13900000000@198.51.100.1", call: "o", branch: "o", ..SAY };
    ear.say(PBX, CARRIER, &Say { from: anonymous, ..out.clone() });
    ear.pass(600);
    ear.say(CARRIER, PBX, &Say { from: "anonymous;tag=g", ..INVITE });
    ear.pass(600);
    assert_eq!(ear.tale(), "Outbound/o Trunk/b");

    // a number does come back, and a proxy keeps the Call-ID whoever calls
    let mut ear = Ear::new(Sorter::new(&[pbx("192.0.2.1")]));
    ear.say(PBX, CARRIER, &out);
    ear.pass(300);
    ear.say(CARRIER, PBX, &Say { from: "139;tag=g", ..INVITE });
    let told = ear.tale();
    assert!(told.starts_with("Outbound/o Returned("), "{told}");
    let mut ear = Ear::new(Sorter::new(&[pbx("192.0.2.1")]));
    ear.say(PBX, CARRIER, &Say { from: anonymous, ..out });
    ear.pass(300);
    ear.say(CARRIER, PBX, &Say { from: anonymous, call: "o", ..INVITE });
    let told = ear.tale();
    assert!(told.starts_with("Outbound/o Returned("), "{told}");
}

#[test]
fn what_bears_the_pbxs_own_via_came_back_where_it_or_its_caller_is_known() {
    let back =
        Say { branch: "back", more: "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKsent\r\n", ..INVITE };
    let known = |before: Option<(&str, &str, Say<'_>)>, back: &Say<'_>, from: &str, to: &str| {
        let mut ear = ear();
        if let Some((from, to, say)) = before {
            ear.say(from, to, &say);
        }
        ear.say(from, to, back);
        ear.pass(1_000);
        ear.tale()
    };
    let returned = format!(
        "{:?}/back",
        Role::Returned(Back {
            sent: Some(LegKey { call_id: "c".into(), branch: "z9hG4bKsent".into() }),
            named: false,
        })
    );
    // whoever calls can write what they like
    assert_eq!(known(None, &back, SERVICE, PBX), "Trunk/back");
    let caller = (CARRIER, PBX, Say { call: "trunk", branch: "a", ..INVITE });
    assert_eq!(known(Some(caller.clone()), &back, SERVICE, PBX), format!("Trunk/a {returned}"));
    let answer = Say { branch: "back", more: back.more, ..OK };
    let answered = format!("Trunk/a {returned} Answered/back");
    assert_eq!(known(Some(caller.clone()), &answer, PBX, SERVICE), answered);
    let sent = (PBX, SERVICE, Say { branch: "sent", ..INVITE });
    assert_eq!(known(Some(sent), &back, SERVICE, PBX), format!("Outbound/sent {returned}"));
    // another port is another's hop
    let other = Say { more: "Via: SIP/2.0/UDP 192.0.2.1:5080;branch=z9hG4bKsent\r\n", ..back };
    assert_eq!(known(Some(caller), &other, SERVICE, PBX), "Trunk/a Trunk/back");
}

#[test]
fn what_comes_back_is_on_its_callers_leg_only_while_the_caller_is_there() {
    let came_on = |left: bool| {
        let mut ear = ear();
        let trunk = Say { call: "trunk", branch: "a", ..INVITE };
        ear.say(CARRIER, PBX, &trunk);
        ear.pass(2_000);
        if left {
            let cancel = Say { first: "CANCEL sip:400@x", cseq: "1 CANCEL", ..trunk.clone() };
            ear.say(CARRIER, PBX, &cancel);
            ear.say(PBX, CARRIER, &Say { first: "SIP/2.0 487 Gone", to: "400;tag=t", ..trunk });
        }
        ear.pass(20_000);
        ear.told.clear();
        let out = Say { first: "INVITE sip:400@198.51.100.1", call: "o", branch: "o", ..SAY };
        ear.say(PBX, CARRIER, &out);
        ear.say(CARRIER, PBX, &Say { call: "d", branch: "d", from: "139;tag=g", ..INVITE });
        ear.told.drain(..).find_map(|heard| {
            let Heard::Sighting(one) = heard else { return None };
            let What::Offered(offer) = one.what else { return None };
            let back = matches!(offer.role, Role::Returned(_));
            back.then(|| offer.came_on.map(|leg| leg.call_id))
        })
    };
    assert_eq!(came_on(false), Some(Some("trunk".into())));
    assert_eq!(came_on(true), Some(None), "a new caller, who dialled through the carrier");
}

#[test]
fn from_a_service_that_the_house_is_told_of_nobody_calls_and_who_is_sent_there_calls_nobody() {
    let service: SocketAddr = SERVICE.parse().unwrap();
    let told = Pbx { services: vec![service.ip()], ..pbx("192.0.2.1") };
    let back = Say { call: "back", branch: "b", ..INVITE };
    let out = Say { first: "INVITE sip:13900000000@198.51.100.1", call: "o", branch: "o", ..SAY };
    let mut ear = Ear::new(Sorter::new(std::slice::from_ref(&told)));
    ear.say(SERVICE, PBX, &back);
    let nothing = Role::Returned(Back { sent: None, named: true });
    assert_eq!(ear.tale(), format!("{nothing:?}/b"), "however little else was seen");
    // it was sent there twenty seconds before: it was told something, and dialled on then
    let mut ear = Ear::new(Sorter::new(&[told]));
    ear.say(PBX, SERVICE, &out);
    ear.pass(20_000);
    ear.say(SERVICE, PBX, &back);
    let sent = Some(LegKey { call_id: "o".into(), branch: "z9hG4bKo".into() });
    let sent = Role::Returned(Back { sent, named: true });
    assert_eq!(ear.tale(), format!("Detour/o {sent:?}/b"));
}

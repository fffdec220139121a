//! What a test call tells, as what was heard of it goes in.

use super::*;
use crate::sip::{Dialog, Offer, PartyId, Sighting, Watched, Withdrawal};

const SITE: &str = "[[pbx]]\nname = \"main\"\naddress = \"sip:192.0.2.5\"\nusername = \"u\"\n\
                    password = \"p\"\nwatch = [\"801\"]\npositions = [\"801\"]";

fn at(millis: i64) -> Moment {
    Moment::from_millis(1_795_406_400_000 + millis)
}

fn member(millis: i64, what: What) -> Heard {
    let leg = LegKey { call_id: "c".into(), branch: "b".into() };
    let source = Source::Member { pbx: PbxId(0), account: 0 };
    let (at, heard_at) = (at(millis), at(millis));
    Heard::Sighting(Sighting { at, heard_at, source, leg, what })
}

fn watched(millis: i64, user: Option<&str>) -> Heard {
    let dialog = Dialog {
        id: "801".into(),
        call_id: None,
        state: DialogState::Early,
        called: Some(true),
        remote: PartyId { user: user.map(str::to_owned), ..PartyId::default() },
        held: false,
    };
    Heard::Watched(Watched {
        at: at(millis),
        pbx: PbxId(0),
        extension: "801".parse().unwrap(),
        fresh: false,
        dialogs: vec![dialog],
    })
}

fn dark(millis: i64) -> Heard {
    let (at, extension) = (at(millis), "801".parse().unwrap());
    Heard::Watched(Watched { at, pbx: PbxId(0), extension, fresh: false, dialogs: vec![] })
}

fn site() -> Gathered {
    Gathered::new(&crate::config::parse("story", SITE, &[]).unwrap())
}

#[test]
fn each_source_says_what_it_saw_of_the_call_and_no_number() {
    let mut gathered = site();
    gathered.hear(&member(0, What::Offered(Box::default())));
    gathered.hear(&watched(12, Some("13800001234")));
    gathered.hear(&member(
        7_421,
        What::Withdrawn(Withdrawal { elsewhere: true, ..Withdrawal::default() }),
    ));
    let told = gathered.report();
    assert_eq!(
        told,
        [
            "main dialog-info 801: +0.012 s rings, with the caller's number",
            "main member: +0.000 s this system is called",
            "main member: +7.421 s taken back: answered elsewhere",
        ]
    );
    let gives = &gathered.gives()[0];
    assert_eq!((gives.headers, gives.reason), (Some(false), Some(true)));
    assert_eq!(gives.watches[0].state, Watching::Granted);
    assert_eq!(gives.watches[0].number, Some(true));
    // the talk goes on, as the lamp tells
    assert!(gathered.began && !gathered.is_over());
    gathered.hear(&dark(9_000));
    assert!(gathered.is_over());
}

#[test]
fn ringing_without_a_number_a_cancel_without_a_reason_and_headers_are_noticed() {
    let mut gathered = site();
    let offer = Offer { trunk_call_id: Some("t".into()), ..Offer::default() };
    gathered.hear(&member(0, What::Offered(Box::new(offer))));
    gathered.hear(&watched(12, None));
    gathered.hear(&member(900, What::Withdrawn(Withdrawal::default())));
    let gives = &gathered.gives()[0];
    assert_eq!((gives.headers, gives.reason), (Some(true), Some(false)));
    assert_eq!(gives.watches[0].number, Some(false));
}

#[test]
fn where_nothing_came_the_test_call_says_so() {
    assert_eq!(site().report(), ["no source saw a call"]);
}

#[test]
fn a_call_that_comes_back_from_an_address_that_is_not_named_is_told_of() {
    let came = |named: bool| {
        let mut gathered = site();
        let role = Role::Returned(crate::sip::Back { sent: None, named });
        let offer = Offer { role, ..Offer::default() };
        gathered.hear(&member(0, What::Offered(Box::new(offer))));
        gathered.gives()[0].advice().iter().any(|line| line.contains("`services`"))
    };
    assert!(came(false));
    assert!(!came(true), "it is named already");
}

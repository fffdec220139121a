//! A registration, told as what it asks for and what it shows.

#![expect(clippy::indexing_slicing, reason = "a story that goes wrong should stop")]

use rand::SeedableRng as _;

use super::*;
use crate::kernel::Secret;
use crate::sip::answer::Binding;
use crate::sip::digest::Challenge;
use crate::sip::read;

struct Story {
    machine: Registration,
    now: Ms,
    last: Option<Request>,
    sent: Vec<(Ms, Request)>,
    shown: Vec<Shown>,
    over: bool,
}

fn here() -> SocketAddr {
    "192.0.2.10:5060".parse().unwrap()
}

impl Story {
    fn begin() -> Self {
        let who = Credentials {
            username: "listener".to_owned(),
            password: Secret::new("let me in".to_owned()),
        };
        let rng = StdRng::seed_from_u64(3);
        let machine = Registration::new(0, who, "sip:pbx.example".to_owned(), false, rng);
        let mut story =
            Self { machine, now: 0, last: None, sent: vec![], shown: vec![], over: false };
        story.drain();
        story
    }

    fn drain(&mut self) {
        while let Some(act) = self.machine.poll() {
            match act {
                Act::Send(request) => {
                    self.sent.push((self.now, request.clone()));
                    self.last = Some(request);
                }
                Act::Again => {}
                Act::Reach => self.machine.reached(self.now, Way::Datagrams, here()),
                Act::Show(shown) => self.shown.push(shown),
                Act::Over => self.over = true,
            }
        }
    }

    fn answer(&mut self, answer: Answer) {
        let branch = self.last.as_ref().unwrap().branch.clone();
        self.machine.hear(self.now, &Answer { branch, ..answer });
        self.drain();
    }

    fn status(&mut self, status: u16) {
        self.answer(Answer { status, ..Answer::default() });
    }

    fn challenge(&mut self, nonce: &str, stale: bool) {
        let sent = read::Challenge {
            scheme: b"Digest",
            realm: "r".into(),
            nonce: nonce.into(),
            qop: vec!["auth".to_owned()],
            stale,
            ..read::Challenge::default()
        };
        let challenge = Challenge::of(false, &sent).unwrap();
        self.answer(Answer { status: 401, challenges: vec![challenge], ..Answer::default() });
    }

    fn grant(&mut self, seconds: u32) {
        self.answer(Answer { status: 200, expires_s: Some(seconds), ..Answer::default() });
    }

    /// Runs the timers up to `until`.
    fn wait(&mut self, until: Ms) {
        while let Some(next) = self.machine.next_timer().filter(|&next| next <= until) {
            self.now = next.max(self.now);
            self.machine.wake(self.now);
            self.drain();
        }
        self.now = until;
    }

    fn sent_after(&self, at: Ms) -> usize {
        self.sent.iter().filter(|(sent, _)| *sent > at).count()
    }
}

#[test]
fn it_asks_answers_the_challenge_and_refreshes_before_the_lapse() {
    let mut story = Story::begin();
    story.now = 10;
    story.challenge("n1", false);
    assert!(story.sent[1].1.credentials[0].1.contains("nc=00000001"));
    story.now = 20;
    story.grant(100);
    assert_eq!(story.shown, [Shown::Registered { since: 20, until: 100_010 }]);
    story.wait(99_000);
    let (at, refresh) = &story.sent[2];
    assert!((45_000..=75_010).contains(at), "refreshed at {at}");
    assert!(refresh.credentials[0].1.contains("nc=00000002"), "the nonce is used on");
    assert!(refresh.cseq > story.sent[1].1.cseq);
}

#[test]
fn the_contact_tells_the_period_before_the_header_does() {
    let ours = Binding { at: Some(here()), expires_s: Some(60) };
    let other = Binding { at: "192.0.2.11:5060".parse().ok(), expires_s: Some(3600) };
    let answer =
        Answer { bindings: vec![other.clone(), ours], expires_s: Some(1800), ..Answer::default() };
    assert_eq!(answer.granted_s(Some(here())), Some(60));
    let rewritten = Answer { bindings: vec![other], expires_s: None, ..Answer::default() };
    assert_eq!(rewritten.granted_s(Some(here())), Some(3600));
    assert_eq!(Answer::default().granted_s(Some(here())), None);
}

#[test]
fn a_stale_nonce_is_replaced_without_a_word() {
    let mut story = Story::begin();
    story.challenge("n1", false);
    story.challenge("n2", true);
    assert!(story.last.as_ref().unwrap().credentials[0].1.contains(r#"nonce="n2""#));
    story.grant(100);
    // at the refresh the registrar has forgotten the nonce and does not say stale
    story.wait(76_000);
    story.challenge("n3", false);
    story.grant(100);
    assert!(story.shown.iter().all(|shown| matches!(shown, Shown::Registered { .. })));
    assert_eq!(story.shown.len(), 2);
}

#[test]
fn a_wrong_password_is_said_once_and_not_hammered() {
    let mut story = Story::begin();
    story.challenge("n1", false);
    story.challenge("n2", false);
    let down = Shown::Down { since: 0, reason: "wrong-password", status: Some(401) };
    assert_eq!(story.shown, [down]);
    let next = story.machine.next_timer().unwrap();
    assert!((300_000..=375_000).contains(&next), "asked again at {next}");
    story.wait(next);
    assert_eq!(story.sent_after(0), 1);
    assert_eq!(story.shown, [down]);
}

#[test]
fn an_endless_row_of_stale_nonces_ends() {
    let mut story = Story::begin();
    story.challenge("n", false);
    for _ in 0..10 {
        story.challenge("n", true);
    }
    assert!(story.sent.len() < 8, "{} requests", story.sent.len());
}

#[test]
fn a_period_too_brief_is_lengthened_as_the_registrar_says() {
    let mut story = Story::begin();
    story.answer(Answer { status: 423, min_expires_s: 600, ..Answer::default() });
    assert_eq!(story.last.as_ref().unwrap().expires_s, 600);
    story.answer(Answer { status: 423, min_expires_s: 600, ..Answer::default() });
    assert_eq!(
        story.shown,
        [Shown::Down { since: 0, reason: "refused", status: Some(423) }],
        "a registrar that asks for what it got is refused patience"
    );
}

#[test]
fn a_pbx_that_goes_away_is_down_from_the_lapse_and_up_when_it_answers() {
    let mut story = Story::begin();
    story.now = 100;
    story.grant(60);
    story.shown.clear();
    story.wait(200_000);
    assert_eq!(
        story.shown,
        [Shown::Down { since: 60_000, reason: "unreachable", status: None }],
        "down since it lapsed, not since it was noticed"
    );
    assert!(story.sent_after(60_000) >= 2, "it goes on asking");
    while !matches!(story.machine.state, State::Asking { .. }) {
        let next = story.machine.next_timer().unwrap();
        story.wait(next);
    }
    story.grant(60);
    assert!(matches!(story.shown[1], Shown::Registered { since, .. } if since == story.now));
}

#[test]
fn a_pbx_that_never_answers_is_down_after_eight_seconds() {
    let mut story = Story::begin();
    story.wait(7_999);
    assert_eq!(story.shown, []);
    story.wait(8_000);
    assert_eq!(story.shown, [Shown::Down { since: 8_000, reason: "unreachable", status: None }]);
}

#[test]
fn a_busy_registrar_is_asked_again_when_it_said() {
    let mut story = Story::begin();
    story.answer(Answer { status: 503, retry_after_s: Some(20), ..Answer::default() });
    story.wait(19_000);
    assert_eq!(story.sent.len(), 1);
    story.wait(26_000);
    assert_eq!(story.sent.len(), 2);
}

#[test]
fn behind_a_router_the_address_the_pbx_sees_is_registered() {
    let mut story = Story::begin();
    let seen: SocketAddr = "203.0.113.7:40001".parse().unwrap();
    story.answer(Answer {
        status: 200,
        expires_s: Some(100),
        seen_as: Some(seen),
        ..Answer::default()
    });
    assert_eq!(story.last.as_ref().unwrap().contact, seen);
    let other: SocketAddr = "203.0.113.7:40002".parse().unwrap();
    story.answer(Answer {
        status: 200,
        expires_s: Some(100),
        seen_as: Some(other),
        ..Answer::default()
    });
    assert_eq!(story.sent.len(), 2, "a router that changes its mind does not make a storm");
}

#[test]
fn a_broken_connection_is_down_at_once_and_opened_again() {
    let mut story = Story::begin();
    story.machine.way = Way::Stream;
    story.machine.state = State::Reaching;
    story.machine.reached(0, Way::Stream, here());
    story.drain();
    story.now = 5;
    story.grant(100);
    story.now = 50;
    story.machine.failed(50, "unreachable");
    story.drain();
    assert_eq!(story.shown[1], Shown::Down { since: 50, reason: "unreachable", status: None });
    assert!(matches!(story.machine.state, State::Asking { .. }));
    story.grant(100);
    assert!(matches!(story.shown[2], Shown::Registered { .. }));
}

#[test]
fn leaving_gives_the_registration_back_even_if_challenged() {
    let mut story = Story::begin();
    story.grant(100);
    story.machine.leave(0);
    story.drain();
    assert_eq!(story.last.as_ref().unwrap().expires_s, 0);
    story.challenge("n1", false);
    assert!(!story.last.as_ref().unwrap().credentials.is_empty());
    assert!(!story.over);
    story.status(200);
    assert!(story.over);

    let mut deaf = Story::begin();
    deaf.grant(100);
    deaf.machine.leave(0);
    deaf.drain();
    deaf.wait(2_000);
    assert!(deaf.over, "a PBX that is away is not waited for");
}

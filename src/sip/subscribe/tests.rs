//! A subscription, told as what the PBX answers and what it asks for and shows.

#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a story that goes wrong should stop"
)]

use rand::SeedableRng as _;

use super::*;
use crate::kernel::Secret;
use crate::sip::digest::Challenge;
use crate::sip::read;
use crate::sip::register::Shown;

mod endings;

struct Story {
    machine: Subscription,
    now: Ms,
    way: Way,
    sent: Vec<(Ms, Request)>,
    shown: Vec<Shown>,
    begun: usize,
    lost: usize,
    over: bool,
    cseq: u32,
}

fn here() -> SocketAddr {
    "192.0.2.10:5060".parse().unwrap()
}

fn end(tag: &str) -> DialogEnd {
    let target = Some("sip:192.0.2.1:5070".to_owned());
    DialogEnd { tag: tag.to_owned(), target, routes: vec!["<sip:192.0.2.9;lr>".to_owned()] }
}

impl Story {
    fn begin() -> Self {
        let who = Credentials {
            username: "listener".to_owned(),
            password: Secret::new("let me in".to_owned()),
        };
        let rng = StdRng::seed_from_u64(3);
        let machine = Subscription::new(0, who, "sip:801@pbx.example".to_owned(), false, rng);
        let mut story = Self {
            machine,
            now: 0,
            way: Way::Datagrams,
            sent: vec![],
            shown: vec![],
            begun: 0,
            lost: 0,
            over: false,
            cseq: 100,
        };
        story.drain();
        story
    }

    /// A subscription that is up.
    fn up() -> Self {
        let mut story = Self::begin();
        story.grant(3600);
        story.active(3600);
        story
    }

    fn drain(&mut self) {
        while let Some(act) = self.machine.poll() {
            match act {
                Act::Send(request) => self.sent.push((self.now, request)),
                Act::Reach => self.machine.reached(self.now, self.way, here()),
                Act::Show(shown) => self.shown.push(shown),
                Act::Begin => self.begun += 1,
                Act::Lost => self.lost += 1,
                Act::Over => self.over = true,
                Act::Again | Act::Doubt | Act::Asked => {}
            }
        }
    }

    fn last(&self) -> &Request {
        &self.sent.last().unwrap().1
    }

    fn answer(&mut self, answer: Answer) {
        let branch = self.last().branch.clone();
        self.machine.hear(self.now, &Answer { branch, ..answer });
        self.drain();
    }

    fn status(&mut self, status: u16) {
        self.answer(Answer { status, ..Answer::default() });
    }

    fn challenge(&mut self, nonce: &str) {
        let sent = read::Challenge {
            scheme: b"Digest",
            realm: "r".into(),
            nonce: nonce.into(),
            qop: vec!["auth".to_owned()],
            ..read::Challenge::default()
        };
        let challenge = Challenge::of(false, &sent).unwrap();
        self.answer(Answer { status: 401, challenges: vec![challenge], ..Answer::default() });
    }

    fn grant(&mut self, seconds: u32) {
        let end = Some(end("pbx"));
        self.answer(Answer { status: 200, expires_s: Some(seconds), end, ..Answer::default() });
    }

    fn notice(&mut self, state: Standing, expires_s: Option<u32>) -> Heeded {
        self.cseq += 1;
        let (end, cseq) = (end("pbx"), self.cseq);
        self.hear(&Notice { end, cseq, state, expires_s, retry_after_s: None })
    }

    fn hear(&mut self, notice: &Notice) -> Heeded {
        let heeded = self.machine.notified(self.now, notice);
        self.drain();
        heeded
    }

    fn active(&mut self, seconds: u32) -> Heeded {
        self.notice(Standing::Active, Some(seconds))
    }

    fn ended(&mut self, ending: Ending) -> Heeded {
        self.notice(Standing::Terminated(ending), None)
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

    fn reason(&self) -> Option<(&'static str, Option<u16>)> {
        match self.shown.last()? {
            Shown::Down { reason, status, .. } => Some((reason, *status)),
            Shown::Registered { .. } => None,
        }
    }
}

#[test]
fn it_asks_answers_the_challenge_and_is_up_with_the_first_notify() {
    let mut story = Story::begin();
    assert_eq!(
        (story.last().target.as_str(), story.last().expires_s),
        ("sip:801@pbx.example", 3600)
    );
    story.challenge("n1");
    assert!(story.last().credentials[0].1.contains(r#"uri="sip:801@pbx.example""#));
    assert_eq!((story.last().cseq, story.last().dialog), (2, 1), "the same dialog");
    story.now = 20;
    story.grant(3600);
    assert_eq!(story.shown, [], "granted, but nothing told yet");
    story.now = 30;
    assert_eq!(story.active(3600), Heeded::Known { later: true });
    assert_eq!(story.shown, [Shown::Registered { since: 30, until: 3_600_030 }]);
    assert!(story.machine.is_up());
}

#[test]
fn it_refreshes_within_its_dialog_long_before_the_lapse() {
    let mut story = Story::begin();
    story.challenge("n1");
    story.grant(3600);
    story.active(3600);
    story.wait(300_000);
    let (at, refresh) = &story.sent[2];
    assert!((100_000..300_000).contains(at), "refreshed at {at}");
    assert_eq!(refresh.to_tag.as_deref(), Some("pbx"));
    assert_eq!(refresh.target, "sip:192.0.2.1:5070");
    assert_eq!(refresh.routes, ["<sip:192.0.2.9;lr>"]);
    assert!(refresh.credentials[0].1.contains("nc=00000002"), "the nonce is used on");
    assert!(refresh.credentials[0].1.contains(r#"uri="sip:192.0.2.1:5070""#));
    assert_eq!((refresh.cseq, refresh.dialog, story.begun), (3, 1, 1));
}

#[test]
fn a_notify_may_come_before_the_answer() {
    let mut story = Story::begin();
    assert_eq!(story.active(600), Heeded::Known { later: true });
    assert_eq!(story.shown, [Shown::Registered { since: 0, until: 600_000 }]);
    story.now = 5;
    story.grant(600);
    assert_eq!((story.begun, story.sent.len()), (1, 1));
    assert!(story.machine.is_up());
}

#[test]
fn repeats_and_strangers_are_told_apart() {
    let mut story = Story::up();
    let notice = |tag: &str, cseq| Notice {
        end: end(tag),
        cseq,
        state: Standing::Active,
        expires_s: Some(100),
        retry_after_s: None,
    };
    assert_eq!(story.hear(&notice("pbx", 200)), Heeded::Known { later: true });
    assert_eq!(story.hear(&notice("pbx", 200)), Heeded::Known { later: false });
    assert_eq!(story.hear(&notice("pbx", 199)), Heeded::Known { later: false });
    assert_eq!(story.hear(&notice("other", 201)), Heeded::Unknown);
}

#[test]
fn an_extension_without_a_hint_is_said_once_and_asked_for_rarely() {
    let mut story = Story::begin();
    story.status(404);
    assert_eq!(story.shown, [Shown::Down { since: 0, reason: "no-hint", status: Some(404) }]);
    while story.now < 3_600_000 {
        let next = story.machine.next_timer().unwrap();
        story.wait(next);
        story.status(404);
    }
    assert!(story.sent.len() < 8, "{} requests in an hour", story.sent.len());
    assert_eq!(story.shown.len(), 1);
}

#[test]
fn every_refusal_has_its_reason() {
    let after = |status| {
        let mut story = Story::begin();
        story.status(status);
        story.reason().unwrap()
    };
    assert_eq!(after(489), ("refused", Some(489)));
    assert_eq!(after(403), ("refused", Some(403)));
    assert_eq!(after(480), ("unreachable", Some(480)));
    assert_eq!(after(503), ("refused", Some(503)));
    assert_eq!(after(481), ("refused", Some(481)));
    for status in [401, 403] {
        let mut wrong = Story::begin();
        wrong.challenge("n1");
        if status == 401 {
            wrong.challenge("n2");
        } else {
            wrong.status(403);
        }
        assert_eq!(wrong.reason(), Some(("wrong-password", Some(status))));
        assert!(wrong.machine.next_timer().unwrap() >= 300_000);
    }
}

#[test]
fn a_period_too_brief_is_lengthened_as_the_pbx_says() {
    let mut story = Story::begin();
    story.answer(Answer { status: 423, min_expires_s: 7200, ..Answer::default() });
    assert_eq!(story.last().expires_s, 7200);
}

#[test]
fn a_pbx_that_never_answers_is_down_after_eight_seconds_and_asked_on() {
    let mut story = Story::begin();
    story.wait(7_999);
    assert_eq!(story.shown, []);
    story.wait(200_000);
    assert_eq!(story.shown, [Shown::Down { since: 8_000, reason: "unreachable", status: None }]);
    assert!(story.sent.len() >= 3);
}

#[test]
fn a_pbx_that_goes_away_is_down_from_the_lapse() {
    let mut story = Story::begin();
    story.grant(60);
    story.active(60);
    story.shown.clear();
    story.wait(200_000);
    assert_eq!(story.shown, [Shown::Down { since: 60_000, reason: "unreachable", status: None }]);
    assert!(story.begun > 1, "the PBX has forgotten the old dialog");
}

#[test]
fn a_pbx_that_grants_and_never_tells_is_said_to_be_silent() {
    let mut story = Story::begin();
    story.grant(3600);
    story.wait(7_999);
    assert_eq!(story.reason(), None);
    story.wait(32_000);
    assert_eq!(story.shown, [Shown::Down { since: 8_000, reason: "silent", status: None }]);
    story.wait(100_000);
    assert_eq!((story.begun, story.last().dialog), (1, 1), "refreshed, not heaped up at the PBX");
    assert!(story.sent.len() >= 2);
    story.grant(3600);
    story.active(3600);
    assert!(story.machine.is_up());
}

#[test]
fn a_notify_that_shortens_it_is_obeyed() {
    let mut story = Story::up();
    story.active(20);
    story.wait(19_000);
    assert_eq!(story.sent.len(), 2, "refreshed before the twenty seconds are over");
}

#[test]
fn a_broken_connection_is_down_at_once_and_up_when_it_tells_again() {
    let mut story = Story::begin();
    story.machine.state = State::Reaching;
    story.way = Way::Stream;
    story.machine.reached(0, Way::Stream, here());
    story.drain();
    story.grant(3600);
    story.active(3600);
    story.now = 50;
    story.machine.failed(50, "unreachable");
    story.drain();
    assert_eq!(story.shown[1], Shown::Down { since: 50, reason: "unreachable", status: None });
    assert_eq!(story.last().to_tag.as_deref(), Some("pbx"), "the dialog goes on");
    story.grant(3600);
    assert!(!story.machine.is_up());
    story.active(3600);
    assert!(story.machine.is_up());
}

#[test]
fn behind_a_router_the_address_the_pbx_sees_is_given() {
    let mut story = Story::begin();
    let seen: SocketAddr = "203.0.113.7:40001".parse().unwrap();
    let granted = Answer {
        status: 200,
        expires_s: Some(3600),
        seen_as: Some(seen),
        end: Some(end("pbx")),
        ..Answer::default()
    };
    story.answer(granted.clone());
    assert_eq!((story.last().contact, story.sent.len()), (seen, 2));
    story.answer(Answer { seen_as: "203.0.113.7:40002".parse().ok(), ..granted });
    assert_eq!(story.sent.len(), 2, "a router that changes its mind does not make a storm");
}

#[test]
fn leaving_ends_it_and_waits_for_the_last_notify_a_moment() {
    let mut story = Story::up();
    story.machine.leave(0);
    story.drain();
    assert_eq!((story.last().expires_s, story.last().to_tag.as_deref()), (0, Some("pbx")));
    story.challenge("n1");
    assert!(!story.last().credentials.is_empty());
    story.grant(0);
    assert!(!story.over);
    story.ended(Ending::Renew);
    assert!(story.over && story.machine.is_over());

    let mut brief = Story::up();
    brief.machine.leave(0);
    brief.drain();
    brief.grant(0);
    brief.wait(300);
    assert!(brief.over, "a PBX that says no more is not waited for");

    let mut deaf = Story::up();
    deaf.machine.leave(0);
    deaf.drain();
    deaf.wait(2_000);
    assert!(deaf.over, "nor one that is away");

    let mut none = Story::begin();
    none.status(404);
    none.machine.leave(0);
    none.drain();
    assert!(none.over && none.sent.len() == 1, "nothing to give back");
}

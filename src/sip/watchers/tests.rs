//! All subscriptions together, told as what the PBX says and what the house hears.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a story that goes wrong should stop")]

use rand::SeedableRng as _;
use tokio::sync::mpsc;

use super::*;
use crate::config::{Account, PbxAddress, Transport, WhenAllBusy};
use crate::kernel::Secret;
use crate::sip::read::Framing;
use crate::sip::transport::Outlet;
use crate::sip::{Dialog, DialogState};

pub(crate) struct Story {
    watchers: Watchers,
    now: Ms,
    route: Route,
    _open: mpsc::Receiver<Vec<u8>>,
    sent: Vec<(Ms, String)>,
    told: Vec<Watched>,
    shown: Vec<(Source, Shown)>,
    counted: Vec<&'static str>,
    heard: usize,
    reached: usize,
    over: bool,
    notices: u32,
}

fn pbx(watch: &[&str], positions: &[&str]) -> Pbx {
    let extensions = |all: &[&str]| all.iter().map(|one| one.parse().unwrap()).collect();
    Pbx {
        name: "main".to_owned(),
        address: PbxAddress { host: "192.0.2.1".to_owned(), port: 5060, transport: Transport::Udp },
        domain: "pbx.example".to_owned(),
        accounts: vec![Account {
            username: "listener".to_owned(),
            password: Secret::new("let me in".to_owned()),
            hotline: None,
        }],
        member: true,
        when_all_busy: WhenAllBusy::Decline,
        watch: extensions(watch),
        positions: extensions(positions),
        services: Vec::new(),
    }
}

impl Story {
    fn begin(pbx: &Pbx) -> Self {
        let (queue, open) = mpsc::channel(1);
        let peer = "192.0.2.1:5060".parse().unwrap();
        let local = "192.0.2.10:5060".parse().unwrap();
        let route = Route { transport: Transport::Udp, local, peer, outlet: Outlet::Stream(queue) };
        let mut rng = StdRng::seed_from_u64(5);
        let watchers = Watchers::new(std::slice::from_ref(pbx), 0, false, &mut rng);
        let mut story = Self {
            watchers,
            now: 0,
            route,
            _open: open,
            sent: vec![],
            told: vec![],
            shown: vec![],
            counted: vec![],
            heard: 0,
            reached: 0,
            over: false,
            notices: 0,
        };
        story.drain();
        story
    }

    fn drain(&mut self) {
        while let Some(one) = self.watchers.poll() {
            match one {
                Do::Send(_, bytes) => {
                    self.sent.push((self.now, String::from_utf8(bytes).unwrap()));
                }
                Do::Reach(id) => {
                    self.reached = self.reached.saturating_add(1);
                    let contact = self.route.local;
                    self.watchers.reached(self.now, id, self.route.clone(), contact);
                }
                Do::Show(source, shown) => self.shown.push((source, shown)),
                Do::Heard(..) => self.heard = self.heard.saturating_add(1),
                Do::Tell(watched) => self.told.push(watched),
                Do::Count(kind) => self.counted.push(kind),
                Do::Over => self.over = true,
            }
        }
    }

    fn wait(&mut self, until: Ms) {
        while let Some(next) = self.watchers.next_timer().filter(|&next| next <= until) {
            self.now = next.max(self.now);
            self.watchers.wake(self.now);
            self.drain();
        }
        self.now = until;
    }

    /// The last SUBSCRIBE for an extension.
    fn asked(&self, extension: &str) -> String {
        let to = format!("To: <sip:{extension}@");
        let last = self.sent.iter().rev().find(|(_, text)| text.contains(&to));
        last.unwrap_or_else(|| panic!("{extension} was not asked for")).1.clone()
    }

    fn answer(&mut self, extension: &str, status: &str, more: &str) {
        let asked = self.asked(extension);
        let line = |name: &str| {
            let found = asked.lines().find(|line| line.starts_with(name)).unwrap();
            format!("{found}\r\n")
        };
        let to = line("To:").replace(">\r", ">;tag=pbx\r");
        let lines = [line("Via:"), line("From:"), to, line("Call-ID:"), line("CSeq:")].concat();
        let text = format!("SIP/2.0 {status}\r\n{lines}{more}Content-Length: 0\r\n\r\n");
        let message = Message::parse(text.as_bytes(), Framing::Stream).unwrap();
        let call_id = read::text(message.get(Name::CallId).unwrap()).into_owned();
        let answer = Answer::of(&message).unwrap();
        assert!(self.watchers.hear(self.now, &call_id, &answer), "nobody asked: {text}");
        self.drain();
    }

    fn grant(&mut self, extension: &str) {
        self.answer(extension, "200 OK", "Expires: 3600\r\nContact: <sip:192.0.2.1:5060>\r\n");
    }

    /// A NOTIFY in the dialog of the last SUBSCRIBE.
    fn notify(&mut self, extension: &str, standing: &str, body: &str) -> u16 {
        self.notices = self.notices.saturating_add(1);
        let cseq = self.notices;
        self.notify_as(extension, cseq, standing, "dialog", body)
    }

    fn notify_as(&mut self, of: &str, cseq: u32, standing: &str, event: &str, body: &str) -> u16 {
        let asked = self.asked(of);
        let value = |name: &str| {
            let line = asked.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_once(": ").unwrap().1.to_owned()
        };
        let text = format!(
            "NOTIFY sip:listener@192.0.2.10 SIP/2.0\r\n\
             Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{cseq}\r\n\
             From: <sip:{of}@pbx.example>;tag=pbx\r\nTo: {}\r\nCall-ID: {}\r\n\
             CSeq: {cseq} NOTIFY\r\nContact: <sip:192.0.2.1:5060>\r\nEvent: {event}\r\n\
             Subscription-State: {standing}\r\n\
             Content-Type: application/dialog-info+xml\r\n\
             Content-Length: {}\r\n\r\n{body}",
            value("From"),
            value("Call-ID"),
            body.len(),
        );
        let message = Message::parse(text.as_bytes(), Framing::Stream).unwrap();
        let status = self.watchers.notified(self.now, Moment::from_millis(0), &message);
        self.drain();
        status
    }
}

fn body(version: u32, extension: &str, state: &str) -> String {
    format!(
        r#"<dialog-info version="{version}" state="full" entity="sip:{extension}@pbx">
        <dialog id="{extension}"><state>{state}</state></dialog></dialog-info>"#
    )
}

/// Two positions, both talking, at a PBX that wants further calls refused.
pub(crate) fn all_busy() -> Watchers {
    let mut story = Story::begin(&pbx(&["801", "802"], &["801", "802"]));
    story.wait(100);
    for extension in ["801", "802"] {
        story.grant(extension);
        story.notify(extension, "active;expires=3600", &body(0, extension, "confirmed"));
    }
    story.watchers
}

#[test]
fn a_hundred_extensions_are_asked_for_one_after_the_other() {
    let all: Vec<String> = (0..100).map(|number| (800 + number).to_string()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let mut story = Story::begin(&pbx(&all, &[]));
    assert_eq!((story.sent.len(), story.reached), (1, 1), "one way for all");
    story.wait(450);
    assert!((20..=25).contains(&story.sent.len()), "{} in 450 ms", story.sent.len());
    story.wait(2_100);
    for extension in all {
        story.asked(extension);
    }
}

#[test]
fn what_the_pbx_tells_is_told_once_and_only_when_it_changes() {
    let mut story = Story::begin(&pbx(&["801"], &[]));
    story.grant("801");
    assert_eq!(story.notify("801", "active;expires=3600", &body(0, "801", "terminated")), 200);
    assert!(story.told[0].fresh && story.told[0].dialogs.is_empty());
    story.notify("801", "active;expires=3590", &body(1, "801", "early"));
    assert_eq!(story.told[1].dialogs[0].state, DialogState::Early);
    assert!(!story.told[1].fresh);
    // the same again by another branch, an older one, and what is none of ours
    story.notify_as("801", 2, "active", "dialog", &body(1, "801", "early"));
    story.notify_as("801", 1, "active", "dialog", &body(0, "801", "terminated"));
    story.notify("801", "active", &body(2, "801", "early"));
    assert_eq!(story.notify_as("801", 9, "active", "presence", "x"), 489);
    assert_eq!(story.told.len(), 2);
    assert_eq!(story.counted, ["changed", "changed", "old", "old", "same", "foreign"]);
    assert_eq!(story.heard, 3, "repeats are not counted");
    // a body without anything is nobody calling
    story.notify("801", "active", "");
    assert_eq!(story.told[2].dialogs, []);
}

#[test]
fn a_body_that_cannot_be_read_is_accepted_counted_and_changes_nothing() {
    let mut story = Story::begin(&pbx(&["801"], &[]));
    story.grant("801");
    story.notify("801", "active;expires=3600", &body(0, "801", "confirmed"));
    for hostile in ["<!DOCTYPE x [<!ENTITY a 'b'>]><dialog-info/>", "<dialog-info", "<presence/>"] {
        assert_eq!(story.notify("801", "active", hostile), 200);
    }
    assert_eq!(story.counted, ["changed", "unreadable", "unreadable", "unreadable"]);
    assert_eq!(story.told.len(), 1);
    assert!(story.watchers.sites[0].seats[0].machine.is_up());
}

#[test]
fn a_missed_partial_body_makes_it_ask_for_everything() {
    let mut story = Story::begin(&pbx(&["801"], &[]));
    story.grant("801");
    story.notify("801", "active;expires=3600", &body(0, "801", "terminated"));
    story.wait(10_000);
    let asked = story.sent.len();
    let partial = body(5, "801", "early").replace("full", "partial");
    story.notify("801", "active;expires=3590", &partial);
    assert_eq!(story.told[1].dialogs[0].state, DialogState::Early, "what it tells is true anyhow");
    story.wait(10_100);
    assert_eq!(story.sent.len(), asked + 1, "it refreshes at once");
    story.grant("801");
    story.notify("801", "active;expires=3600", &body(3, "801", "terminated"));
    assert_eq!(story.told[2].dialogs, [], "whatever its number: this is the whole truth");
    story.wait(20_000);
    assert_eq!(story.sent.len(), asked + 1, "and once is enough");
}

#[test]
fn calls_are_refused_only_while_every_position_is_known_to_talk() {
    let mut story = Story::begin(&pbx(&["700", "801", "802"], &["801", "802"]));
    let id = PbxId(0);
    story.wait(100);
    for extension in ["700", "801", "802"] {
        story.grant(extension);
    }
    story.notify("801", "active;expires=3600", &body(0, "801", "confirmed"));
    assert!(!story.watchers.declines(id), "nothing is known of 802");
    story.notify("802", "active;expires=3600", &body(0, "802", "confirmed"));
    assert!(story.watchers.declines(id));
    assert!(!story.watchers.declines(PbxId(1)));
    let two = r#"<dialog id="b"><state>early</state></dialog></dialog-info>"#;
    let ringing = body(1, "802", "confirmed").replace("</dialog-info>", two);
    story.notify("802", "active;expires=3600", &ringing);
    assert!(!story.watchers.declines(id), "802 can take the call that rings there");
    story.notify("802", "active;expires=3600", &body(2, "802", "confirmed"));
    assert!(story.watchers.declines(id));
    story.notify("801", "terminated;reason=noresource", "");
    assert!(!story.watchers.declines(id), "801 is not watched any more");

    let unwatched = Story::begin(&pbx(&["801"], &["801", "803"]));
    assert!(unwatched.watchers.sites[0].positions.is_none(), "803 is a position nobody watches");
    assert!(all_busy().declines(id));
}

#[test]
fn a_pbx_that_lost_one_subscription_is_asked_about_all_of_them() {
    let mut story = Story::begin(&pbx(&["801", "802", "803"], &[]));
    story.wait(100);
    for extension in ["801", "802", "803"] {
        story.grant(extension);
        story.notify(extension, "active;expires=3600", &body(0, extension, "confirmed"));
    }
    story.wait(100_000);
    story.notify("801", "terminated;reason=deactivated", "");
    assert!(story.asked("801").contains("-2\r\n"), "a new dialog at once");
    story.watchers.sites[0].seats[1].machine.look_in(story.now);
    story.wait(story.now + 10);
    let before = story.sent.len();
    story.answer("802", "481 Gone", "");
    story.wait(story.now + 200);
    let asked = story.sent[before..].iter().map(|(_, text)| text);
    let about = |extension: &str| format!("To: <sip:{extension}@");
    let asked: Vec<bool> =
        asked.map(|text| text.contains(&about("802")) || text.contains(&about("803"))).collect();
    assert_eq!(asked, [true, true], "802 anew, and 803 to see");
}

#[test]
fn stopping_gives_everything_back_and_says_when_it_is_done() {
    let mut story = Story::begin(&pbx(&["801", "802"], &[]));
    story.wait(100);
    for extension in ["801", "802"] {
        story.grant(extension);
        story.notify(extension, "active;expires=3600", &body(0, extension, "terminated"));
    }
    story.watchers.leave(story.now);
    story.drain();
    for extension in ["801", "802"] {
        assert!(story.asked(extension).contains("Expires: 0\r\n"));
        story.answer(extension, "200 OK", "Expires: 0\r\n");
        assert!(!story.over);
        story.notify(extension, "terminated;reason=timeout", "");
    }
    assert!(story.over);

    let mut none = Watchers::default();
    none.leave(0);
    assert!(matches!(none.poll(), Some(Do::Over)), "nothing to give back");
}

#[test]
fn without_a_way_each_waits_and_says_why() {
    let mut story = Story::begin(&pbx(&["801", "802"], &[]));
    story.wait(100);
    story.watchers.sites[0].way = None;
    let down = |story: &Story| {
        story.shown.iter().filter(|(_, one)| matches!(one, Shown::Down { .. })).count()
    };
    // nobody answers: both say so after eight seconds, and the way is looked for anew
    story.wait(60_000);
    assert_eq!(down(&story), 2);
    assert!(story.reached > 1);
    let dialogs: [Dialog; 0] = [];
    assert!(story.told.iter().all(|one| one.dialogs == dialogs));
}

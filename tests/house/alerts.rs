//! Alerts on thresholds as whole stories, from what happens on the wire or at the desk to the letter and
//! the notice: raised once, told once by each way, over when the cause is gone, raised again later.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard::db::Sql;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use super::hep_kit::Mirroring;
use super::kit;
use super::receivers::{Mail, relay};
use super::registrar::{PATIENCE, answer, header, soon};
use super::site::{Site, at};

const MINUTE: i64 = 60_000;

/// A hotline that nobody has to be there for now.
const CLOSED: &str = "hours = [\"Sun 03:00-03:01\"]\n";

/// What was put out about an alert, in order.
const LETTERS: Sql = Sql::both("SELECT event, channel FROM outbox WHERE about = $1 ORDER BY id");
/// What the panel was told of it, in order, and whether it still stands.
const NOTICES: Sql = Sql::both("SELECT text, state FROM notices WHERE about = $1 ORDER BY id");

/// A PBX that lets us register for two seconds at a time, rings, and can fall silent.
#[derive(Clone)]
pub(crate) struct Exchange {
    addr: SocketAddr,
    socket: Arc<UdpSocket>,
    away: Arc<AtomicBool>,
    house: watch::Receiver<Option<SocketAddr>>,
}

impl Exchange {
    pub(crate) async fn open() -> Self {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let addr = socket.local_addr().unwrap();
        let (told, house) = watch::channel(None);
        let away = Arc::new(AtomicBool::new(false));
        let (own, gone) = (Arc::clone(&socket), Arc::clone(&away));
        #[expect(clippy::disallowed_methods, reason = "it lives as long as its story")]
        tokio::spawn(async move {
            let mut buffer = vec![0; 65_536];
            while let Ok((length, peer)) = own.recv_from(&mut buffer).await {
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                let said = if text.starts_with("REGISTER ") {
                    told.send_replace(Some(peer));
                    if gone.load(Ordering::Relaxed) {
                        answer(&text, "503 Service Unavailable", "")
                    } else {
                        let contact = header(&text, "Contact").unwrap();
                        answer(&text, "200 OK", &format!("Contact: {contact};expires=2\r\n"))
                    }
                } else if text.starts_with("SIP/2.0 487 ") {
                    acked(&text, addr)
                } else {
                    continue;
                };
                own.send_to(said.as_bytes(), peer).await.unwrap();
            }
        });
        Self { addr, socket, away, house }
    }

    pub(crate) fn configured(&self) -> String {
        format!(
            "[[pbx]]\nname = \"main\"\naddress = \"sip:{}\"\ndomain = \"pbx.example\"\nusername = \"listener\"\npassword = \"x\"\n",
            self.addr
        )
    }

    /// A request of the call of this caller.
    async fn say(&self, method: &str, caller: &str) {
        self.say_as(method, caller, b"").await;
    }

    /// The same by somebody who calls themselves so: the display name, byte by byte.
    pub(crate) async fn say_as(&self, method: &str, caller: &str, display: &[u8]) {
        let house = self.house.borrow().unwrap();
        let head = format!(
            "{method} sip:listener@{house} SIP/2.0\r\nVia: SIP/2.0/UDP {};rport;branch=z9hG4bK{caller}\r\nFrom: ",
            self.addr
        );
        let rest = format!(
            "<sip:{caller}@pbx.example>;tag={caller}\r\nTo: <sip:listener@{house}>\r\nCall-ID: {caller}@pbx\r\n\
             CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContact: <sip:pbx@{}>\r\nX-Hotline-DID: 4008001234\r\n\
             Content-Length: 0\r\n\r\n",
            self.addr
        );
        let request = [head.as_bytes(), display, rest.as_bytes()].concat();
        self.socket.send_to(&request, house).await.unwrap();
    }
}

/// RFC 3261 §17.1.1.3: the ACK of a refusal has its Via, its To and its number.
fn acked(refusal: &str, addr: SocketAddr) -> String {
    let of = |name| header(refusal, name).unwrap();
    let branch = of("Via").split("branch=").nth(1).unwrap().split(';').next().unwrap();
    format!(
        "ACK sip:listener@house SIP/2.0\r\nVia: SIP/2.0/UDP {addr};rport;branch={branch}\r\nFrom: {}\r\nTo: {}\r\n\
         Call-ID: {}\r\nCSeq: 1 ACK\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        of("From"),
        of("To"),
        of("Call-ID")
    )
}

/// Twenty-five calls of today that were answered late.
fn late_calls() -> String {
    let late = (0..25).map(|n| {
        let (begun, answered) = (at(-3_600_000 + n).millis(), at(-3_580_000 + n).millis());
        format!(
            "('u{n}', 1, 'main', FALSE, 'ended', {begun}, {begun}, {answered}, {answered}, 1, 'late', 'caller', TRUE, 'member', \
             5000, 3, 15000, 2, '2026-11-23', 16)"
        )
    });
    let late: Vec<String> = late.collect();
    format!(
        "INSERT INTO calls (uid, version, pbx, withheld, state, offered_at, rang_at, answered_at, ended_at, rings, outcome, \
         ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, local_hour) VALUES {}",
        late.join(", ")
    )
}

/// A site whose supervisor is reached by mail, with a PBX and a hotline.
struct World {
    site: Site,
    exchange: Exchange,
    mails: UnboundedReceiver<Mail>,
    version: i64,
    more: String,
}

impl World {
    async fn open(place: &kit::Place, hours: &str) -> Self {
        let (mail, mails) = relay(&[]).await;
        let exchange = Exchange::open().await;
        let more = format!(
            "[[hotline]]\nname = \"热线\"\nnumber = \"4008001234\"\n{hours}\
             [smtp]\nhost = \"{}\"\nport = {}\ntls = \"none\"\nfrom = \"switchboard@house.example\"\n{}",
            mail.ip(),
            mail.port(),
            exchange.configured()
        );
        let site = Site::open_with(place, &more).await;
        let mut world = Self { site, exchange, mails, version: 1, more };
        let reach = json!({ "version": 0, "mail": "sun@house.example" });
        assert_eq!(world.site.post("sun", "/me/reach", reach).await.0, StatusCode::OK);
        // no look tells the rate of the calls that are planted before a story asks for it
        world.set(0, 0, 0).await;
        world.site.plant(vec![late_calls()]).await;
        world.until_wall("the line is up", |wall| wall["lines_up"] == 1).await;
        world
    }

    /// The service stops, and starts again so many milliseconds after five.
    async fn restarted(self, place: &kit::Place, millis: i64) -> Self {
        let site = self.site.reopen_with(place, &self.more, at(millis)).await;
        Self { site, ..self }
    }

    /// At what alerts are due; whoever sets it has the house look at once.
    async fn set(&mut self, waiting: i64, silent: i64, nobody: i64) {
        self.set_with(1000, waiting, silent, nobody).await;
    }

    /// The house has looked, and looked again: the rate of the late calls is told and over.
    async fn looked(&mut self, waiting: i64, silent: i64, nobody: i64) {
        for (calls, word) in [(20, "提醒"), (1000, "已解除")] {
            self.set_with(calls, waiting, silent, nobody).await;
            let said = self.letter().await;
            assert!(said.contains(word) && said.contains("2026-11-23"), "the rate: {said}");
        }
    }

    async fn set_with(&mut self, calls: i64, waiting: i64, silent: i64, nobody: i64) {
        let set = json!({ "version": self.version, "target": "95.0", "rate_after_calls": calls,
            "waiting_calls": waiting, "pbx_silent_minutes": silent, "nobody_minutes": nobody });
        let (status, said) = self.site.post("sun", "/reports/settings", set).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        self.version += 1;
    }

    /// Waits until the wall shows it.
    async fn until_wall(&mut self, what: &str, enough: impl Fn(&Value) -> bool + Send + Sync) {
        let site = &mut self.site;
        let shown = async {
            let mut beat = tokio::time::interval(std::time::Duration::from_millis(20));
            loop {
                beat.tick().await;
                let (_, wall) = site.get("sun", "/wall").await;
                if enough(&wall) {
                    return;
                }
            }
        };
        let came = tokio::time::timeout(PATIENCE, shown).await;
        assert!(came.is_ok(), "{what}: not on the wall");
    }

    /// The next letter, to the supervisor: what it is about.
    async fn letter(&mut self) -> String {
        let mail = soon("a letter", self.mails.recv()).await.unwrap();
        assert!(mail.to.join(" ").contains("sun@house.example"), "{:?}", mail.to);
        let parsed = mailparse::parse_mail(&mail.raw).unwrap();
        let subject = parsed.headers.iter().find(|one| one.get_key() == "Subject").unwrap();
        subject.get_value()
    }

    /// What went out about an alert, and what the panel was told.
    async fn told(&self, cause: &str) -> (Vec<String>, Vec<(String, String)>) {
        let about = format!("reports/alerts/{cause}");
        let letters: Vec<(String, String)> =
            self.site.db.read(LETTERS).bind(&about).all().await.unwrap();
        assert!(letters.iter().all(|(_, channel)| channel == "mail"), "{letters:?}");
        let notices = self.site.db.read(NOTICES).bind(&about).all().await.unwrap();
        (letters.into_iter().map(|(event, _)| event).collect(), notices)
    }

    /// The whole of it: raised, over, raised; each told once by mail and, where the panel tells it, by one
    /// notice that stands until the next takes its place.
    async fn check(&mut self, cause: &str, notices: usize) {
        let (letters, told) = self.told(cause).await;
        assert_eq!(letters, ["raised", "over", "raised"], "{cause}");
        assert_eq!(told.len(), notices, "{told:?}");
        let open: Vec<_> = told.iter().filter(|(_, state)| state == "open").collect();
        assert_eq!(open.len(), notices.min(1), "only what holds stands: {told:?}");
        assert!(self.mails.try_recv().is_err(), "and nothing beside it");
        let journal = self.site.journal("report").await;
        let of_cause: Vec<&str> = journal
            .iter()
            .filter_map(|line| line.strip_prefix(&format!("reports/alerts/{cause} ")))
            .collect();
        assert_eq!(of_cause, ["raised", "over", "raised"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_wait_are_told_once_until_nobody_waits_and_again_when_they_come_back() {
    for place in kit::places().await {
        let mut world = World::open(&place, CLOSED).await;
        world.set(2, 0, 0).await;
        world.exchange.say("INVITE", "13800000001").await;
        world.until_wall("one waits", |wall| wall["waiting"] == 1).await;
        world.exchange.say("INVITE", "13800000002").await;
        let said = world.letter().await;
        assert!(said.contains("提醒") && said.contains("2 人等待"), "{said}");
        world
            .until_wall("the alert is on the wall", |wall| wall["alerts"] == json!(["waiting"]))
            .await;

        // a third, and one of them leaves: the same cause, told no more
        world.exchange.say("INVITE", "13800000003").await;
        world.until_wall("three wait", |wall| wall["waiting"] == 3).await;
        for caller in ["13800000001", "13800000002"] {
            world.exchange.say("CANCEL", caller).await;
        }
        world.until_waiting(1, 10).await;
        world.looked(2, 0, 0).await;
        assert_eq!(world.told("waiting").await.0, ["raised"], "it stands while one waits");
        world.exchange.say("CANCEL", "13800000003").await;
        world.until_waiting(0, 100).await;
        let said = world.letter().await;
        assert!(said.contains("已解除"), "{said}");
        world.until_wall("nothing is wrong", |wall| wall["alerts"] == json!([])).await;

        for caller in ["13800000004", "13800000005"] {
            world.exchange.say("INVITE", caller).await;
        }
        let said = world.letter().await;
        assert!(said.contains("提醒") && said.contains("2 人等待"), "{said}");
        world.check("waiting", 3).await;
        world.site.close().await;
    }
}

const STATES: Sql = Sql::both("SELECT event, state FROM outbox WHERE about = $1 ORDER BY id");

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_before_anybody_heard_of_it_is_told_to_nobody() {
    for place in kit::places().await {
        let mut world = World::open(&place, CLOSED).await;
        let quiet = json!({
            "version": 1, "mail": "sun@house.example", "quiet_from": "16:00", "quiet_to": "18:00"
        });
        assert_eq!(world.site.post("sun", "/me/reach", quiet).await.0, StatusCode::OK);
        world.set_with(20, 0, 0, 0).await;
        world.until_wall("too few in time", |wall| wall["alerts"] == json!(["rate"])).await;
        world.set_with(1000, 0, 0, 0).await;
        world.until_wall("counted no more", |wall| wall["alerts"] == json!([])).await;
        let put: Vec<(String, String)> =
            world.site.db.read(STATES).bind("reports/alerts/rate").all().await.unwrap();
        assert_eq!(put, [("raised".to_owned(), "discarded".to_owned())]);
        assert!(world.mails.try_recv().is_err(), "nothing went out");
        world.site.close().await;
    }
}

impl World {
    /// Lets time pass from a second on until so many wait: who left is held for two seconds.
    async fn until_waiting(&mut self, count: i64, from: i64) {
        for second in from..from + 60 {
            self.site.pass_to(second * 1_000).await;
            if self.site.get("sun", "/wall").await.1["waiting"] == count {
                return;
            }
        }
        panic!("never {count} wait");
    }

    /// The head answers what waits above every page.
    async fn head_answers(&mut self) -> Vec<String> {
        let waits = self.site.waiting("gao").await;
        let page = self.site.page("gao", "/me").await;
        for part in page.split("id=\"ask-").skip(1) {
            let id = part.split('"').next().unwrap();
            let path = format!("/notices/{id}/receipt");
            let (status, said) = self.site.post("gao", &path, json!({})).await;
            assert_eq!(status, StatusCode::OK, "{said}");
        }
        waits
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pbx_that_falls_silent_is_told_after_its_minutes_and_again_when_it_does_so_again() {
    for place in kit::places().await {
        let mut world = World::open(&place, CLOSED).await;
        world.set(0, 2, 0).await;
        world.exchange.away.store(true, Ordering::Relaxed);
        world.until_wall("the line is down", |wall| wall["lines_up"] == 0).await;
        world.set(0, 2, 0).await;
        world.site.pass_to(MINUTE).await;
        world.looked(0, 2, 0).await;
        assert!(world.told("pbx").await.0.is_empty(), "not yet");
        world.site.pass_to(4 * MINUTE).await;
        world.set(0, 2, 0).await;
        let said = world.letter().await;
        assert!(said.contains("main listener") && said.contains("分钟"), "{said}");
        // as long as it lasts nobody hears of it again
        world.site.pass_to(9 * MINUTE).await;
        world.looked(0, 2, 0).await;
        assert_eq!(world.told("pbx").await.0, ["raised"]);

        world.exchange.away.store(false, Ordering::Relaxed);
        world.until_wall("the line is up again", |wall| wall["lines_up"] == 1).await;
        world.set(0, 2, 0).await;
        let said = world.letter().await;
        assert!(said.contains("已解除") && said.contains("main listener"), "{said}");
        world.exchange.away.store(true, Ordering::Relaxed);
        world.until_wall("silent once more", |wall| wall["lines_up"] == 0).await;
        world.site.pass_to(15 * MINUTE).await;
        world.set(0, 2, 0).await;
        let said = world.letter().await;
        assert!(said.contains("提醒") && said.contains("main listener"), "{said}");
        world.check("pbx", 3).await;
        world.site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pbx_that_was_silent_before_a_restart_is_over_only_once_it_was_heard_after_it() {
    for place in kit::places().await {
        let mut world = World::open(&place, CLOSED).await;
        world.exchange.away.store(true, Ordering::Relaxed);
        world.until_wall("the line is down", |wall| wall["lines_up"] == 0).await;
        world.site.pass_to(4 * MINUTE).await;
        world.set(0, 2, 0).await;
        let said = world.letter().await;
        assert!(said.contains("提醒") && said.contains("main listener"), "{said}");

        // nothing is known of it, then that it has been silent for seconds: neither is its being heard
        let mut world = Box::pin(world.restarted(&place, 5 * MINUTE)).await;
        world.looked(0, 2, 0).await;
        world.site.pass_to(6 * MINUTE).await;
        world.looked(0, 2, 0).await;
        assert_eq!(world.told("pbx").await.0, ["raised"]);
        world.until_wall("it stands", |wall| wall["alerts"] == json!(["pbx"])).await;

        world.exchange.away.store(false, Ordering::Relaxed);
        world.until_wall("the line is up again", |wall| wall["lines_up"] == 1).await;
        world.set(0, 2, 0).await;
        let said = world.letter().await;
        assert!(said.contains("已解除") && said.contains("main listener"), "{said}");
        world.looked(0, 2, 0).await;
        assert_eq!(world.told("pbx").await.0, ["raised", "over"]);
        world.site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pbx_that_is_only_mirrored_is_missed_as_one_that_we_are_registered_at() {
    for place in kit::places().await {
        let (mail, mails) = relay(&[]).await;
        let free = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (agent, port) =
            (UdpSocket::bind("127.0.0.1:0").await.unwrap(), free.local_addr().unwrap());
        drop(free);
        let more = format!(
            "[[hotline]]\nname = \"热线\"\nnumber = \"4008001234\"\n{CLOSED}\
             [smtp]\nhost = \"{}\"\nport = {}\ntls = \"none\"\nfrom = \"switchboard@house.example\"\n\
             [hep]\nlisten = \"udp://{port}\"\n\
             [[pbx]]\nname = \"far\"\naddress = \"sip:192.0.2.1\"\nmember = false\n",
            mail.ip(),
            mail.port(),
        );
        let site = Site::open_with(&place, &more).await;
        let exchange = Exchange::open().await;
        let mut world = World { site, exchange, mails, version: 1, more };
        let reach = json!({ "version": 0, "mail": "sun@house.example" });
        assert_eq!(world.site.post("sun", "/me/reach", reach).await.0, StatusCode::OK);
        world.site.plant(vec![late_calls()]).await;
        world.set(0, 2, 0).await;
        let say = async |at_ms| {
            let packet = Mirroring::of(b"OPTIONS sip:far SIP/2.0\r\n\r\n", at_ms).packet();
            agent.send_to(&packet, port).await.unwrap();
        };
        say(at(0).millis()).await;
        world.until_wall("it is heard", |wall| wall["lines_up"] == 1).await;

        world.site.pass_to(2 * MINUTE).await;
        world.until_wall("it is silent", |wall| wall["lines_up"] == 0).await;
        let (_, lines) = world.site.get("sun", "/lines").await;
        let mirrored = &lines["pbxes"][0]["mirrored"];
        assert_eq!((&mirrored["reason"], &mirrored["up"]), (&json!("silent"), &json!(false)));
        // since its last packet, not since that was noticed
        assert!(mirrored["since"].is_string(), "{mirrored}");
        assert_eq!(mirrored["since"], mirrored["last_heard_at"]);
        assert!(world.site.page("sun", "/me").await.contains("“far HEP”已断开（没有消息到达）"));
        // nothing else tells of its calls
        world.until_wall("it cannot be heard", |wall| wall["deaf_since"].is_string()).await;
        let (status, readiness) = world.site.get("sun", "/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{readiness}");
        world.site.pass_to(5 * MINUTE).await;
        world.set(0, 2, 0).await;
        let said = world.letter().await;
        assert!(said.contains("提醒") && said.contains("far HEP"), "{said}");

        say(at(5 * MINUTE).millis()).await;
        world.until_wall("it is heard again", |wall| wall["lines_up"] == 1).await;
        world.set(0, 2, 0).await;
        let said = world.letter().await;
        assert!(said.contains("已解除") && said.contains("far HEP"), "{said}");
        assert_eq!(world.site.get("sun", "/readyz").await.0, StatusCode::OK);
        world.site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_desk_is_told_after_its_minutes_until_somebody_signs_on() {
    for place in kit::places().await {
        let hours = "hours = [\"Mon-Fri 09:00-18:00\"]\n";
        let mut world = World::open(&place, hours).await;
        let sign_on = async |world: &mut World| {
            let (status, said) = world.site.post("li", "/shifts/sign-on", json!({})).await;
            assert!(status.is_success(), "{said}");
        };
        let sign_off = async |world: &mut World| {
            let (status, said) = world.site.delete("li", "/shifts/sign-on").await;
            assert!(status.is_success(), "{said}");
        };
        // who is told of the gap itself
        assert!(world.site.post("gao", "/shifts/sign-on", json!({})).await.0.is_success());
        sign_on(&mut world).await;
        world.set(0, 0, 2).await;
        world.site.pass_to(10 * MINUTE).await;
        sign_off(&mut world).await;
        world.site.pass_to(11 * MINUTE).await;
        world.looked(0, 0, 2).await;
        assert!(world.told("nobody").await.0.is_empty(), "not yet");
        let waits = world.head_answers().await;
        assert!(waits.iter().any(|text| text.contains("热线")), "{waits:?}");
        world.site.pass_to(13 * MINUTE).await;
        world.set(0, 0, 2).await;
        let said = world.letter().await;
        assert!(said.contains("提醒") && said.contains("3 分钟"), "{said}");
        world.site.pass_to(20 * MINUTE).await;
        world.looked(0, 0, 2).await;
        assert_eq!(world.told("nobody").await.0, ["raised"]);

        sign_on(&mut world).await;
        let said = world.letter().await;
        assert!(said.contains("已解除"), "{said}");
        world.site.pass_to(25 * MINUTE).await;
        sign_off(&mut world).await;
        world.site.pass_to(26 * MINUTE).await;
        world.head_answers().await;
        world.site.pass_to(30 * MINUTE).await;
        world.set(0, 0, 2).await;
        let said = world.letter().await;
        assert!(said.contains("提醒") && said.contains("5 分钟"), "{said}");
        // no notice beside that of the gap
        world.check("nobody", 0).await;
        world.site.close().await;
    }
}

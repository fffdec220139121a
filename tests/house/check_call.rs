//! `switchboard check --test-call`, by running the real binary against PBXes that play one call: the
//! table says of each PBX what was seen of it, and which of its settings would give more.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, UdpSocket};
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::JoinHandle;
use std::time::Duration;

use switchboard::clock::Clock;

use super::hep_kit::Mirroring;
use super::kit;
use super::program::{Reader, Site, free_udp};

/// A PBX of one make, with the hints it has.
#[derive(Clone, Copy)]
struct Make {
    server: &'static str,
    hints: &'static [&'static str],
    /// Where it mirrors its signalling to, and what of it.
    mirror: Option<(SocketAddr, Mirrors)>,
}

/// What of its signalling a PBX mirrors.
#[derive(Clone, Copy)]
enum Mirrors {
    /// All of it.
    All,
    /// What it says to others than carriers and telephones.
    NoCall,
}

/// What a PBX is told to do.
enum Order {
    /// Plays the call.
    Call,
}

/// A PBX on the loopback, until it is dropped.
struct Pbx {
    address: SocketAddr,
    orders: Option<Sender<Order>>,
    works: Option<JoinHandle<()>>,
}

impl Pbx {
    fn open(make: Make) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let (orders, told) = mpsc::channel();
        let works = std::thread::spawn(move || Works::new(make, socket).until_dropped(&told));
        Self { address, orders: Some(orders), works: Some(works) }
    }

    fn call(&self) {
        self.orders.as_ref().unwrap().send(Order::Call).unwrap();
    }
}

impl Drop for Pbx {
    fn drop(&mut self) {
        drop(self.orders.take());
        if let Some(works) = self.works.take() {
            works.join().unwrap();
        }
    }
}

/// The inside of it.
struct Works {
    make: Make,
    socket: UdpSocket,
    address: SocketAddr,
    /// Where our account is.
    listener: Option<SocketAddr>,
    /// The SUBSCRIBE of each extension, from where it came, and how often it was told.
    watchers: BTreeMap<String, (SocketAddr, String, u32)>,
}

/// The value of a header.
fn header<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    let line = message.lines().find(|line| line.starts_with(name))?;
    line.split_once(": ").map(|(_, value)| value)
}

impl Works {
    fn new(make: Make, socket: UdpSocket) -> Self {
        let address = socket.local_addr().unwrap();
        Self { make, socket, address, listener: None, watchers: BTreeMap::new() }
    }

    fn until_dropped(mut self, told: &Receiver<Order>) {
        let mut bytes = vec![0; 65_536];
        loop {
            match told.try_recv() {
                Ok(Order::Call) => self.rings(),
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return,
            }
            let Ok((length, from)) = self.socket.recv_from(&mut bytes) else { continue };
            let message = String::from_utf8_lossy(&bytes[..length]).into_owned();
            self.hears(from, &message);
        }
    }

    fn hears(&mut self, from: SocketAddr, message: &str) {
        let method = message.split(' ').next().unwrap();
        match method {
            "REGISTER" if header(message, "Authorization").is_none() => {
                let challenge = "WWW-Authenticate: Digest realm=\"story\", nonce=\"n\"\r\n";
                self.answers(from, message, "401 Unauthorized", challenge);
            }
            "REGISTER" => {
                self.listener = Some(from);
                let contact = header(message, "Contact").unwrap();
                let more = format!("Contact: {contact};expires=60\r\n");
                self.answers(from, message, "200 OK", &more);
            }
            "SUBSCRIBE" => {
                let to = header(message, "To").unwrap();
                let extension = to.split("sip:").nth(1).unwrap().split('@').next().unwrap();
                let extension = extension.to_owned();
                if !self.make.hints.contains(&extension.as_str()) {
                    return self.answers(from, message, "404 Not Found", "");
                }
                let more = format!("Expires: 600\r\nContact: <sip:{}>\r\n", self.address);
                self.answers(from, message, "200 OK", &more);
                if header(message, "Expires") != Some("0") {
                    self.watchers.insert(extension.clone(), (from, message.to_owned(), 0));
                    self.lamp(&extension, "terminated");
                }
            }
            "OPTIONS" => self.answers(from, message, "200 OK", ""),
            // our own leg rings: so does the telephone, is lifted at once, and hangs up
            "SIP/2.0" if message.contains("180 Ringing") => {
                self.lamp("801", "early");
                self.lamp("801", "confirmed");
                self.takes_back();
            }
            "SIP/2.0" if message.contains("487 ") => {
                self.asks("ACK", "");
                self.lamp("801", "terminated");
            }
            _ => {}
        }
    }

    fn answers(&self, to: SocketAddr, request: &str, status: &str, more: &str) {
        let same = ["Via", "From", "Call-ID", "CSeq"]
            .map(|name| format!("{name}: {}\r\n", header(request, name).unwrap()))
            .concat();
        let tagged = header(request, "To").unwrap();
        let tag = if tagged.contains(";tag=") { "" } else { ";tag=pbx" };
        let answer = format!(
            "SIP/2.0 {status}\r\n{same}To: {tagged}{tag}\r\nServer: {}\r\n{more}Content-Length: 0\r\n\r\n",
            self.make.server
        );
        self.socket.send_to(answer.as_bytes(), to).unwrap();
    }

    /// Tells what the telephone does, without saying for whom, as where busy phones are marked so.
    fn lamp(&mut self, extension: &str, state: &str) {
        let Some((to, subscribe, told)) = self.watchers.get_mut(extension) else { return };
        let body = format!(
            "<?xml version=\"1.0\"?>\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" \
             version=\"{told}\" state=\"full\" entity=\"sip:{extension}@127.0.0.1\">\
             <dialog id=\"{extension}\" direction=\"recipient\"><state>{state}</state></dialog></dialog-info>"
        );
        *told += 1;
        let contact = header(subscribe, "Contact").unwrap();
        let target = contact.split('<').nth(1).unwrap().split('>').next().unwrap();
        let notify = format!(
            "NOTIFY {target} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bKn{extension}{told}\r\n\
             Max-Forwards: 70\r\nFrom: {};tag=pbx\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {told} NOTIFY\r\n\
             Event: dialog\r\nSubscription-State: active;expires=600\r\nContact: <sip:{}>\r\n\
             Content-Type: application/dialog-info+xml\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            header(subscribe, "To").unwrap(),
            header(subscribe, "From").unwrap(),
            header(subscribe, "Call-ID").unwrap(),
            self.address,
            body.len()
        );
        self.socket.send_to(notify.as_bytes(), *to).unwrap();
    }

    /// Mirrors one message of the call to or from somebody.
    fn mirrors(&self, peer: &str, received: bool, first: &str, leg: &str, more: &str) {
        let Some((to, what)) = self.make.mirror else { return };
        let peer: SocketAddr = peer.parse().unwrap();
        let (source, destination) =
            if received { (peer, self.address) } else { (self.address, peer) };
        let asked = if matches!(what, Mirrors::All) { "INVITE" } else { "OPTIONS" };
        let asked = if first.starts_with("BYE") { "BYE" } else { asked };
        let called = if leg == "trunk" { "4008001234" } else { "801" };
        let text = format!(
            "{first}\r\nVia: SIP/2.0/UDP {peer};branch=z9hG4bK{leg}{asked}\r\nMax-Forwards: 70\r\n\
             From: <sip:13800001111@127.0.0.9>;tag={leg}\r\nTo: <sip:{called}@127.0.0.1>{more}\r\n\
             Call-ID: {leg}\r\nCSeq: 1 {asked}\r\nContent-Length: 0\r\n\r\n"
        );
        let of = Mirroring::of(text.as_bytes(), Clock::house().now().millis());
        let packet = Mirroring { source, destination, ..of }.packet();
        self.socket.send_to(&packet, to).unwrap();
    }

    /// The carrier's leg and the telephone's, as the mirror shows them, up to the caller's BYE.
    fn mirrors_the_call(&self) {
        const CARRIER: &str = "127.0.0.9:5060";
        const PHONE: &str = "127.0.0.8:5060";
        let invite = match self.make.mirror {
            Some((_, Mirrors::NoCall)) => "OPTIONS",
            _ => "INVITE",
        };
        let trunk = |first: &str, received, more: &str| {
            self.mirrors(CARRIER, received, first, "trunk", more);
        };
        let phone = |first: &str, received, more: &str| {
            self.mirrors(PHONE, received, first, "phone", more);
        };
        trunk(&format!("{invite} sip:4008001234@127.0.0.1 SIP/2.0"), true, "");
        trunk("SIP/2.0 100 Trying", false, "");
        phone(&format!("{invite} sip:801@127.0.0.8 SIP/2.0"), false, "");
        phone("SIP/2.0 180 Ringing", true, ";tag=p");
        phone("SIP/2.0 200 OK", true, ";tag=p");
        trunk("SIP/2.0 200 OK", false, ";tag=t");
        if invite == "INVITE" {
            phone("BYE sip:801@127.0.0.8 SIP/2.0", false, ";tag=p");
            trunk("BYE sip:4008001234@127.0.0.1 SIP/2.0", true, ";tag=t");
        }
    }

    fn rings(&self) {
        self.mirrors_the_call();
        let contact = format!("Contact: <sip:pbx@{}>\r\n", self.address);
        self.asks("INVITE", &contact);
    }

    fn takes_back(&self) {
        self.asks("CANCEL", "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n");
    }

    fn asks(&self, method: &str, more: &str) {
        let to = self.listener.unwrap();
        let request = format!(
            "{method} sip:listener@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bKcall\r\n\
             Max-Forwards: 70\r\nFrom: \"Wang\" <sip:13800001111@127.0.0.1>;tag=caller\r\n\
             To: <sip:listener@{to}>\r\nCall-ID: the-test-call\r\nCSeq: 1 {method}\r\n{more}\
             Content-Length: 0\r\n\r\n",
            self.address
        );
        self.socket.send_to(request.as_bytes(), to).unwrap();
    }
}

/// Two PBXes: one has a hint for its position, the other has none for its own.
fn two() -> (Pbx, Pbx, String) {
    two_mirroring(None)
}

/// The same where the first mirrors its signalling.
fn two_mirroring(mirror: Option<(SocketAddr, Mirrors)>) -> (Pbx, Pbx, String) {
    let main = Pbx::open(Make { server: "Asterisk PBX 22.10.1", hints: &["801"], mirror });
    let other = Pbx::open(Make { server: "FreeSWITCH-mod_sofia/1.10", hints: &[], mirror: None });
    let of = |name: &str, pbx: &Pbx, phone: &str| {
        format!(
            "[[pbx]]\nname = \"{name}\"\naddress = \"sip:{};transport=udp\"\nusername = \"listener\"\n\
             password = \"secret\"\nmember = true\nwatch = [\"{phone}\"]\npositions = [\"{phone}\"]\n",
            pbx.address
        )
    };
    let hotline = "[[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\ngreeting = \"您好\"\n";
    let more = format!("{}{}{hotline}", of("main", &main, "801"), of("other", &other, "901"));
    (main, other, more)
}

/// Runs the check until it asks for the call, has it played, and gives back all it said.
fn checked(site: &Site, main: &Pbx) -> (String, Option<i32>) {
    let mut check = site.command(&["check", "--test-call", "--wait", "30"]);
    let mut check = check.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(check.stdout.take().unwrap());
    let mut all = String::new();
    while !all.contains("call the hotline now") {
        assert!(said.read_line(&mut all).unwrap() > 0, "it never asks for a call: {all}");
    }
    main.call();
    said.read_to_string(&mut all).unwrap();
    let code = check.wait().unwrap().code();
    (all, code)
}

/// The cells of a PBX's row, which two blanks keep apart.
fn row<'a>(said: &'a str, pbx: &str) -> Vec<&'a str> {
    let line = said.lines().find(|line| line.starts_with(&format!("{pbx} "))).unwrap();
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[track_caller]
fn advises(said: &str, pbx: &str, what: &str, page: &str) {
    let begins = format!("more  {pbx}: ");
    let advice: Vec<_> = said.lines().filter(|line| line.starts_with(&begins)).collect();
    assert!(advice.iter().any(|line| line.contains(what)), "{pbx}, {what}: {said}");
    assert!(advice.iter().all(|line| line.ends_with(page)), "{advice:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call_tells_of_each_pbx_what_was_seen_and_what_would_give_more() {
    let (main, _other, more) = two();
    let site = Site::new(kit::sqlite(), &more);
    let (said, code) = checked(&site, &main);
    assert_eq!(
        row(&said, "main"),
        [
            "main",
            "200",
            "registered",
            "1 of 1, no number",
            "off",
            "no",
            "yes",
            "dialog",
            "member",
            "dialog",
            "dialog"
        ],
        "{said}"
    );
    assert_eq!(
        row(&said, "other"),
        [
            "other",
            "200",
            "registered",
            "0 of 1",
            "off",
            "no test call",
            "no test call",
            "member",
            "member",
            "-",
            "-"
        ],
        "{said}"
    );
    advises(&said, "main", "device_state_busy_at=1", "docs/pbx/asterisk.md");
    advises(&said, "main", "HEP, with a [hep] section here", "docs/pbx/asterisk.md");
    advises(&said, "main", "X-Hotline-Call-ID and X-Hotline-DID", "docs/pbx/asterisk.md");
    advises(&said, "other", "no hint for 901", "docs/pbx/freeswitch.md");
    // what each source saw of the call, in order
    let (_, call) = said.split_once("test call\n").unwrap();
    let saw = |source: &str| {
        let lines = call.lines().filter_map(|line| line.trim().strip_prefix(source));
        lines.map(|line| line.split_once(" s ").unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        saw("main member: "),
        ["this system is called", "rings", "taken back: answered elsewhere"],
        "{said}"
    );
    assert_eq!(
        saw("main dialog-info 801: "),
        ["rings, without a number", "talks", "idle"],
        "{said}"
    );
    assert!(!call.contains("other"), "{said}");
    assert!(!said.contains("13800001111") && !said.contains("secret"), "nobody is named: {said}");
    assert_eq!(code, Some(0), "{said}");
}

/// What is said of a call whose PBX mirrors its signalling.
fn checked_mirroring(what: Mirrors) -> String {
    let to = free_udp();
    let (main, _other, more) = two_mirroring(Some((to, what)));
    let hep = format!("[hep]\nlisten = \"udp://{to}\"\ntrusted = [\"127.0.0.0/8\"]\n");
    let site = Site::new(kit::sqlite(), &format!("{hep}{more}"));
    let (said, code) = checked(&site, &main);
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("13800001111"), "nobody is named: {said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call_that_is_mirrored_shows_every_leg_and_rests_on_the_mirror() {
    let said = checked_mirroring(Mirrors::All);
    let cells = row(&said, "main");
    assert_eq!(cells[4], "8 packets", "{said}");
    assert_eq!(cells[7..], ["hep"; 4], "{said}");
    let (_, call) = said.split_once("test call\n").unwrap();
    let lines = call.lines().filter_map(|line| line.trim().strip_prefix("main HEP: "));
    let saw: Vec<_> = lines.map(|line| line.split_once(" s ").unwrap().1).collect();
    let expected = [
        "a call arrives from outside",
        "801 is called",
        "rings",
        "answered",
        "answered",
        "over",
        "over",
    ];
    assert_eq!(saw, expected, "{said}");
    assert!(!said.contains("[hep] section here"), "{said}");
    // nothing was mirrored of the other one
    assert_eq!(row(&said, "other")[4], "0 packets", "{said}");
    advises(&said, "other", "no HEP packet came", "docs/pbx/freeswitch.md");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_that_shows_nothing_of_the_test_call_is_said_to_give_nothing() {
    let said = checked_mirroring(Mirrors::NoCall);
    let cells = row(&said, "main");
    assert_eq!(cells[4], "6 packets", "{said}");
    assert_eq!(cells[7..], ["dialog", "member", "dialog", "dialog"], "{said}");
    advises(&said, "main", "HEP packets came, and none of the call", "docs/pbx/asterisk.md");
    assert!(!said.contains("main HEP: "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_service_the_test_call_is_read_from_its_log() {
    let (main, _other, more) = two();
    let mut site = Site::new(kit::sqlite(), &more);
    site.start().await;
    let reader = Reader::new(site.web, site.token("supervisor"));
    let lines = |parts: &serde_json::Value| {
        let up = |part: &serde_json::Value| part["up"] == true;
        let told = parts["lines"].as_array().is_some_and(|lines| lines.iter().all(up));
        told && parts["watches"].as_array().is_some_and(|watches| watches.iter().any(up))
    };
    let mut beat = tokio::time::interval(Duration::from_millis(50));
    let mut up = false;
    for _ in 0..400 {
        beat.tick().await;
        up = lines(&reader.state().await["parts"]);
        if up {
            break;
        }
    }
    assert!(up, "{}", site.words());
    let (said, _) = checked(&site, &main);
    assert!(said.contains("runs; this is its own state"), "{said}");
    let (_, call) = said.split_once("test call\n").unwrap();
    // the lamp flashed without the caller's number, so that it is not known for whom
    assert!(call.contains("main call 1: its clock rests on member"), "{said}");
    // how long it took is the machine's affair
    assert!(call.contains(": answered after ") && call.contains(", end seen"), "{said}");
    assert!(call.contains(": member or line rang +"), "{said}");
    assert!(call.contains(" messages on its ladder"), "{said}");
    assert!(!said.contains("13800001111"), "nobody is named: {said}");
    assert_eq!(row(&said, "main")[5..7], ["no", "yes"], "{said}");
    assert_eq!(row(&said, "other")[5..7], ["no test call", "no test call"], "{said}");
    advises(&said, "main", "X-Hotline-Call-ID and X-Hotline-DID", "docs/pbx/asterisk.md");
    advises(&said, "other", "no hint for 901", "docs/pbx/freeswitch.md");
    site.stop();
}

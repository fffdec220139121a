//! Mirrored signalling carries what telephones and trunks sign in with. None of it is stored, logged,
//! shown or exported: the real program runs, says everything it could ever say, and every row of its
//! store, every line of its log and every page about the call are read for it.

use std::net::{SocketAddr, UdpSocket};

use serde_json::Value;
use switchboard::clock::Clock;

use super::erasure::dump;
use super::hep_kit::Mirroring;
use super::kit;
use super::program::{Reader, Site, free_udp};

/// What nobody may find again: the name that is signed in with, the words of the challenges, the
/// hashes that come of the password.
const SECRETS: [&str; 14] = [
    "user-of-801",
    "user-of-the-trunk",
    "n0nce-of-the-register",
    "n0nce-of-the-trunk",
    "n0nce-of-the-talk",
    "n0nce-for-later",
    "cn0nce-of-801",
    "cn0nce-of-the-trunk",
    "0paque-of-the-pbx",
    "5ba1e0f3c6d27a9b801d0e44f6a7c213",
    "c0ffee11c0ffee22c0ffee33c0ffee44",
    "beefbeef00000000beefbeef11111111",
    "dXNlci1vZi04MDE6c2VjcmV0LW9mLTgwMQ",
    "pa55word-in-an-address",
];

/// Files that people take away.
const EXPORTS: [&str; 2] = ["/reports/answering?format=csv", "/reports/analysis?format=csv"];

/// Everyone around the PBX, and a road on which all they say is mirrored.
struct Mirrored {
    pbx: SocketAddr,
    road: UdpSocket,
    now_ms: i64,
}

impl Mirrored {
    fn say(&mut self, from: SocketAddr, to: SocketAddr, message: &str) {
        self.now_ms += 5;
        let payload = message.replace('\n', "\r\n").into_bytes();
        let one =
            Mirroring { source: from, destination: to, ..Mirroring::of(&payload, self.now_ms) };
        self.road.send(&one.packet()).unwrap();
    }

    /// To the PBX.
    fn asks(&mut self, from: &str, message: &str) {
        self.say(from.parse().unwrap(), self.pbx, message);
    }

    /// From the PBX.
    fn tells(&mut self, to: &str, message: &str) {
        self.say(self.pbx, to.parse().unwrap(), message);
    }
}

const PHONE: &str = "127.0.0.81:5060";
const CARRIER: &str = "127.0.0.10:5060";

/// The lines of a message that its dialog gives it.
fn lines(leg: &str, number: u32, method: &str, ends: (&str, &str), to_tag: &str) -> String {
    let (from, to) = ends;
    format!(
        "Via: SIP/2.0/UDP 127.0.0.9:5060;branch=z9hG4bK{leg}{number}{method}\n\
         From: <sip:{from}@127.0.0.1>;tag=f{leg}\nTo: <sip:{to}@127.0.0.1>{to_tag}\n\
         Call-ID: {leg}@127.0.0.1\nCSeq: {number} {method}\nMax-Forwards: 70\n"
    )
}

/// A telephone registers, and signs in; twice, and once as only old ones do.
fn register(road: &mut Mirrored) {
    let head = |number| lines("reg", number, "REGISTER", ("801", "801"), "");
    let contact = "Contact: <sip:801@127.0.0.81:5060>;expires=60\nContent-Length: 0\n\n";
    let line = "REGISTER sip:127.0.0.1 SIP/2.0\n";
    road.asks(PHONE, &format!("{line}{}{contact}", head(1)));
    road.tells(PHONE, &format!(
        "SIP/2.0 401 Unauthorized\n{}WWW-Authenticate: Digest realm=\"pbx\", nonce=\"n0nce-of-the-register\", \
         opaque=\"0paque-of-the-pbx\", algorithm=MD5, qop=\"auth\"\nContent-Length: 0\n\n",
        head(1)
    ));
    for number in [2, 3] {
        road.asks(PHONE, &format!(
            "{line}{}Authorization: Digest username=\"user-of-801\", realm=\"pbx\", \
             nonce=\"n0nce-of-the-register\", uri=\"sip:127.0.0.1\",\n response=\"5ba1e0f3c6d27a9b801d0e44f6a7c213\", \
             cnonce=\"cn0nce-of-801\", nc=00000001, qop=auth, opaque=\"0paque-of-the-pbx\"\n{contact}",
            head(number)
        ));
        road.tells(
            PHONE,
            &format!(
                "SIP/2.0 200 OK\n{}Authentication-Info: nextnonce=\"n0nce-for-later\", \
             rspauth=\"beefbeef00000000beefbeef11111111\"\n{contact}",
                head(number)
            ),
        );
    }
    road.asks(
        PHONE,
        &format!(
            "{line}{}authorization: Basic dXNlci1vZi04MDE6c2VjcmV0LW9mLTgwMQ==\n{contact}",
            head(4)
        ),
    );
    // a REGISTER that no reader takes
    road.asks(
        PHONE,
        "REGISTER sip:127.0.0.1 SIP/2.0\nAuthorization: Digest username=\"user-of-801\", \
                      response=\"5ba1e0f3c6d27a9b801d0e44f6a7c213\"\n\n",
    );
}

/// A caller whose trunk signs in, in the INVITE and in the BYE, is answered by that telephone.
fn call(road: &mut Mirrored) {
    let ends = ("13800001111", "4008001234");
    let line = "INVITE sip:4008001234@127.0.0.1 SIP/2.0\n";
    let credentials = |nonce: &str| {
        format!(
            "Proxy-Authorization: Digest username=\"user-of-the-trunk\", realm=\"pbx\", nonce=\"{nonce}\",\n \
             uri=\"sip:127.0.0.1\", response=\"c0ffee11c0ffee22c0ffee33c0ffee44\", \
             cnonce=\"cn0nce-of-the-trunk\", nc=00000001, qop=auth\n"
        )
    };
    let challenge = |nonce: &str| {
        format!(
            "Proxy-Authenticate: Digest realm=\"pbx\", nonce=\"{nonce}\", opaque=\"0paque-of-the-pbx\", qop=\"auth\"\n"
        )
    };
    let empty = "Content-Length: 0\n\n";
    let head = |number, method, to_tag: &str| lines("trunk", number, method, ends, to_tag);
    road.asks(CARRIER, &format!("{line}{}{empty}", head(1, "INVITE", "")));
    road.tells(
        CARRIER,
        &format!(
            "SIP/2.0 407 Proxy Authentication Required\n{}{}{empty}",
            head(1, "INVITE", ";tag=no"),
            challenge("n0nce-of-the-trunk")
        ),
    );
    road.asks(
        CARRIER,
        &format!(
            "{line}{}{}Contact: <sip:carrier:pa55word-in-an-address@127.0.0.10:5060>\n\
         Authorization: Digest username=\"user-of-the-trunk\", \
         response=\"c0ffee11c0ffee22c0ffee33c0ffee44\", nonce=\"n0nce-of-the-trunk\"\n{empty}",
            head(2, "INVITE", ""),
            credentials("n0nce-of-the-trunk")
        ),
    );
    let phone = |number, method, to_tag: &str| {
        lines("phone", number, method, ("13800001111", "801"), to_tag)
    };
    road.tells(
        PHONE,
        &format!("INVITE sip:801@127.0.0.81:5060 SIP/2.0\n{}{empty}", phone(1, "INVITE", "")),
    );
    road.asks(PHONE, &format!("SIP/2.0 180 Ringing\n{}{empty}", phone(1, "INVITE", ";tag=p")));
    road.tells(CARRIER, &format!("SIP/2.0 180 Ringing\n{}{empty}", head(2, "INVITE", ";tag=t")));
    road.now_ms += 1_000;
    road.asks(PHONE, &format!("SIP/2.0 200 OK\n{}{empty}", phone(1, "INVITE", ";tag=p")));
    road.tells(
        CARRIER,
        &format!(
            "SIP/2.0 200 OK\n{}Proxy-Authentication-Info: nextnonce=\"n0nce-for-later\", \
         rspauth=\"beefbeef00000000beefbeef11111111\"\n{empty}",
            head(2, "INVITE", ";tag=t")
        ),
    );
    road.now_ms += 1_000;
    let bye = "BYE sip:4008001234@127.0.0.1 SIP/2.0\n";
    road.asks(CARRIER, &format!("{bye}{}{empty}", head(3, "BYE", ";tag=t")));
    road.tells(
        CARRIER,
        &format!(
            "SIP/2.0 407 Proxy Authentication Required\n{}{}{empty}",
            head(3, "BYE", ";tag=t"),
            challenge("n0nce-of-the-talk")
        ),
    );
    road.asks(
        CARRIER,
        &format!("{bye}{}{}{empty}", head(4, "BYE", ";tag=t"), credentials("n0nce-of-the-talk")),
    );
    road.tells(CARRIER, &format!("SIP/2.0 200 OK\n{}{empty}", head(4, "BYE", ";tag=t")));
    road.tells(
        PHONE,
        &format!("BYE sip:801@127.0.0.81 SIP/2.0\n{}{empty}", phone(2, "BYE", ";tag=p")),
    );
}

#[track_caller]
fn silent(place: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{place} tells {secret}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_telephones_and_trunks_sign_in_with_is_never_stored_logged_or_shown() {
    for place in kit::places().await {
        let (url, hep, pbx) = (place.url.clone(), free_udp(), free_udp());
        let mut site = Site::new(
            place,
            &format!(
                "[hep]\nlisten = \"udp://{hep}\"\ntrusted = [\"127.0.0.0/8\"]\n\
                 [[pbx]]\nname = \"main\"\naddress = \"sip:{pbx};transport=udp\"\nusername = \"listener\"\n\
                 password = \"secret\"\nmember = false\npositions = [\"801\"]\n\
                 [[hotline]]\nname = \"400\"\nnumber = \"4008001234\"\ngreeting = \"您好\"\n"
            ),
        );
        site.start_saying("trace").await;
        let road = UdpSocket::bind("127.0.0.1:0").unwrap();
        road.connect(hep).unwrap();
        let mut road = Mirrored { pbx, road, now_ms: Clock::house().now().millis() - 4_000 };
        register(&mut road);
        call(&mut road);
        let reader = Reader::new(site.web, site.token("supervisor,admin"));
        let ended = |calls: &[Value]| calls.iter().any(|call| call["state"] == "ended");
        let calls = reader.calls_when(20, ended).await;
        assert_eq!(calls.len(), 1);
        assert_eq!(calls[0]["answered_by"]["extension"], "801", "{}", calls[0]);
        let id = &calls[0]["id"];
        let ladder = reader.get(&format!("/calls/{id}/ladder")).await;
        let texts: Vec<_> = ladder["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["text"].as_str().unwrap())
            .collect();
        let shown = |begins: &str, what: &str| {
            texts.iter().any(|text| text.starts_with(begins) && text.contains(what))
        };
        // the messages are there, and say that something was taken out of them
        assert!(shown("INVITE ", "Proxy-Authorization: Digest (removed)"), "{texts:#?}");
        assert!(shown("INVITE ", "\r\nAuthorization: Digest (removed)"), "{texts:#?}");
        assert!(shown("INVITE ", "<sip:carrier:(removed)@127.0.0.10:5060>"), "{texts:#?}");
        assert!(shown("BYE ", "Proxy-Authorization: Digest (removed)"), "{texts:#?}");
        assert!(shown("SIP/2.0 407 ", "Proxy-Authenticate: Digest (removed)"), "{texts:#?}");
        assert!(shown("SIP/2.0 200 ", "Proxy-Authentication-Info: (removed)"), "{texts:#?}");
        assert!(!texts.iter().any(|text| text.starts_with("REGISTER")), "{texts:#?}");
        for address in [
            "/calls".to_owned(),
            format!("/calls/{id}"),
            format!("/calls/{id}/ladder"),
            format!("/calls/{id}/evidence"),
            "/journal".to_owned(),
        ] {
            silent(&address, &reader.get(&address).await.to_string());
            silent(&address, &reader.page(&address).await);
        }
        for address in EXPORTS {
            silent(address, &reader.page(address).await);
        }
        silent("/metrics", &reader.page("/metrics").await);
        site.stop();
        silent("the log", &site.words());
        let rows = dump(&url).await;
        assert!(
            rows.iter().any(|(_, row)| row.contains("(removed)")),
            "the ladder is in the store"
        );
        for (table, row) in &rows {
            silent(table, row);
        }
    }
}

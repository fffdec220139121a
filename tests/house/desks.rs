//! On which desks a call is: at the first ring on those it rings at, from the colleagues' ring on every
//! one of them, told over the stream as the page shows it.

use serde_json::{Value, json};
use switchboard::kernel::PbxId;
use switchboard::sip::{Heard, Offer, Role, Sighting, Source, What};

use super::kit;
use super::line::{at, config_of, key, offer};
use super::panel::{get, page};
use super::stage::Stage;

pub(crate) const SITE: &str = r#"
    [[pbx]]
    name = "main"
    address = "sip:127.0.0.1:5070;transport=udp"
    username = "listener"
    password = "ring ring"
    watch = ["801", "802"]
    positions = ["801", "802"]

    [[hotline]]
    name = "400 热线"
    number = "4008001234"
    colleague_rings = 2
"#;

pub(crate) async fn mirrored(stage: &Stage, leg: &str, millis: i64, what: What) {
    let source = Source::Mirror { pbx: PbxId(0) };
    let at = at(millis);
    let sighting = Sighting { at, heard_at: at, source, leg: key(leg), what };
    stage.house.hear(Heard::Sighting(sighting)).await;
}

fn to(role: Role) -> What {
    What::Offered(Box::new(Offer { role, ..offer("13800001234", "王先生", "4008001234") }))
}

/// What rings at a desk, for a program, and whether its page says "I take it" or "I pick it up".
async fn desk(stage: &Stage, who: &str) -> (Vec<Value>, bool, bool) {
    let ringing = get(stage, who, "/console").await.json()["ringing"].clone();
    let ids = ringing.as_array().unwrap().iter().map(|call| call["id"].clone()).collect();
    let shown = page(stage, who, "/console").await.text;
    let queue = shown.split_once("id=\"queue\"").unwrap().1.split_once("</ol>").unwrap().0;
    (ids, queue.contains("我来接"), queue.contains("代接"))
}

/// A desk's ear at `/live`.
pub(crate) struct Ear(reqwest::Response, String);

impl Ear {
    pub(crate) async fn open(stage: &Stage, who: &str) -> Self {
        let url = format!("http://{}/live", stage.serve().await);
        let stream = reqwest::Client::new().get(url).header("cookie", who).send();
        Self(stream.await.unwrap(), String::new())
    }

    /// The card that comes with this change of the call; `null` where none comes.
    pub(crate) async fn card(&mut self, change: &str) -> Value {
        loop {
            while let Some(end) = self.1.find("\n\n") {
                let event: String = self.1.drain(..end + 2).collect();
                let data = event.lines().find_map(|line| line.strip_prefix("data:"));
                let data: Value = serde_json::from_str(data.unwrap_or("null").trim()).unwrap();
                if data["kind"] == "call" && data["change"] == change {
                    return data["html"].clone();
                }
            }
            let chunk = self.0.chunk().await.unwrap().unwrap();
            self.1.push_str(&String::from_utf8_lossy(&chunk));
        }
    }
}

#[tokio::test]
async fn a_call_is_on_the_desk_it_rings_at_and_from_the_colleagues_ring_on_every_desk() {
    for fresh in kit::stores().await {
        let stage = Stage::set_as(&fresh.db, config_of(SITE)).await;
        let mut hers = Ear::open(&stage, "who=chen").await;
        let mut his = Ear::open(&stage, "who=li").await;
        mirrored(&stage, "trunk", 0, to(Role::Trunk)).await;
        mirrored(&stage, "phone", 50, to(Role::Phone("801".parse().unwrap()))).await;
        mirrored(&stage, "phone", 100, What::Alerted).await;
        stage.house.settle(1_000).await;
        assert!(his.card("ringing").await.as_str().is_some_and(|card| card.contains("我来接")));
        assert_eq!(hers.card("ringing").await, Value::Null, "it does not ring at hers");
        assert_eq!(desk(&stage, "who=li").await, (vec![json!(1)], true, false), "at ring 1");
        assert_eq!(desk(&stage, "who=chen").await, (vec![], false, false), "it is not hers");
        let log = get(&stage, "who=chen", "/calls?state=ringing").await.json();
        assert_eq!(log["items"].as_array().unwrap().len(), 1, "the log hides nothing: {log}");

        stage.house.settle(5_200).await;
        let card = hers.card("ring2").await;
        assert!(card.as_str().is_some_and(|card| card.contains("代接")), "{card}");
        assert_eq!(desk(&stage, "who=chen").await, (vec![json!(1)], false, true), "at ring 2");
        assert_eq!(desk(&stage, "who=li").await, (vec![json!(1)], true, false));

        let (mut first, mut second) = (false, false);
        for (who, taken) in [("who=chen", &mut first), ("who=li", &mut second)] {
            let took = super::panel::send(&stage, who, "POST", "/calls/1/pickup", "").await;
            *taken = took.status == 200;
        }
        assert_eq!((first, second), (true, false), "so that two do not run");
        let seen = page(&stage, "who=li", "/console").await.text;
        assert!(seen.contains("陈晨"), "a colleague has it: {seen}");
    }
}

#[tokio::test]
async fn a_caller_on_hold_for_half_a_minute_is_not_forgotten() {
    for fresh in kit::stores().await {
        let stage = Stage::set_as(&fresh.db, config_of(SITE)).await;
        let rung = to(Role::Phone("801".parse().unwrap()));
        for (leg, millis, what) in [
            ("trunk", 0, to(Role::Trunk)),
            ("phone", 50, rung),
            ("phone", 100, What::Alerted),
            ("phone", 4_000, What::Answered),
            ("trunk", 4_010, What::Answered),
            ("phone", 20_000, What::Held(true)),
        ] {
            mirrored(&stage, leg, millis, what).await;
        }
        stage.house.settle(21_000).await;
        super::panel::send(&stage, "who=li", "POST", "/calls/1/pickup", "").await;
        let said = async || page(&stage, "who=li", "/console").await.text;
        let early = said().await;
        assert!(early.contains("id=\"held\"") && early.contains("保持中</span>"), "{early}");
        stage.house.settle(50_000).await;
        assert!(said().await.contains("保持已过 30 秒，请回来说明</span>"));
        mirrored(&stage, "phone", 51_000, What::Held(false)).await;
        stage.house.settle(52_000).await;
        assert!(!said().await.contains("id=\"held\""), "the talk goes on");
    }
}

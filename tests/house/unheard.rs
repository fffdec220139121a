//! A talk of which nothing tells any more: what is said of it, and what is not.

use serde_json::{Value, json};
use switchboard::kernel::PbxId;
use switchboard::sip::{
    End, Heard, LineChange, LineState, Offer, Role, SetBack, Sighting, Source, What,
};

use super::desks::SITE;
use super::kit;
use super::line::{at, config_of, key, offer};
use super::panel::{get, page};
use super::stage::{Shown, Stage};

/// What is mirrored of the PBX is heard from that moment on, or was noticed then to be silent since another.
async fn mirror(stage: &Stage, since: i64, noticed: i64, up: bool) {
    let down = LineState::Down { reason: "silent", status: None };
    let change = LineChange {
        at: at(noticed),
        since: at(since),
        source: Source::Mirror { pbx: PbxId(0) },
        state: if up { LineState::Hearing } else { down },
    };
    stage.house.hear(Heard::Line(change)).await;
    stage.house.settle(noticed).await;
    stage.mirror(since, up);
}

/// 801 answered a caller four seconds after noon.
async fn talk(stage: &Stage) {
    mirror(stage, 0, 0, true).await;
    let (caller, name) = ("13913952211".into(), "王先生".into());
    stage.mirrored("a", 0, Shown::Rings { caller, name }).await;
    stage.house.settle(0).await;
    stage.mirrored("a", 4_000, Shown::Lifted).await;
    stage.house.settle(60_000).await;
}

async fn unheard(stage: &Stage) -> Value {
    let call = get(stage, "who=chen", "/calls/1").await.json();
    assert_eq!(call["state"], "answered", "{call}");
    call["unheard_since"].clone()
}

#[tokio::test]
async fn a_talk_whose_mirror_fell_silent_is_not_said_to_go_on() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        talk(&stage).await;
        assert_eq!(unheard(&stage).await, Value::Null);
        for place in ["/console", "/calls/1"] {
            let shown = page(&stage, "who=chen", place).await.text;
            assert!(!shown.contains("起没有消息"), "{shown}");
        }
        // the last of it came at a minute and five seconds past noon
        mirror(&stage, 65_000, 185_000, false).await;
        assert_eq!(unheard(&stage).await, json!(at(65_000).to_string()));
        let console = page(&stage, "who=chen", "/console").await.text;
        let talking = console.split_once("id=\"talking\"").unwrap().1;
        let talking = talking.split_once("</section>").unwrap().0;
        assert!(talking.contains("12:01 起没有消息"), "{talking}");
        assert!(!talking.contains("data-age"), "nobody knows how long they talked: {talking}");
        let log = page(&stage, "who=chen", "/calls").await.text;
        assert!(log.contains("12:01 起没有消息</span>"), "{log}");
        let call = page(&stage, "who=chen", "/calls/1").await.text;
        assert!(call.contains("从接起到 12:01:05，此后没有消息"), "{call}");
        assert!(call.contains("<dd>1:01</dd>"), "as far as it was heard: {call}");
        let english = page(&stage, "who=chen; tongue=en", "/calls/1").await.text;
        assert!(english.contains("not heard since 12:01"), "{english}");
        // it tells again: the end may have passed meanwhile, until something is told of this call
        mirror(&stage, 205_000, 205_000, true).await;
        assert_eq!(unheard(&stage).await, json!(at(65_000).to_string()));
        let message = format!(
            "INSERT INTO call_messages (call_id, at, way, transport, local, peer, leg, text)
             VALUES (1, {}, 'in', 'udp', '127.0.0.1:5070', '192.0.2.81:5060', 'x', 'UPDATE sip:a@b SIP/2.0')",
            at(206_000).millis()
        );
        stage.plant(vec![message]).await;
        assert_eq!(unheard(&stage).await, Value::Null);
        stage.mirrored("a", 207_000, Shown::Left).await;
        stage.house.settle(207_000).await;
        mirror(&stage, 207_000, 327_000, false).await;
        let call = get(&stage, "who=chen", "/calls/1").await.json();
        assert_eq!((&call["state"], &call["unheard_since"]), (&json!("ended"), &Value::Null));
        assert_eq!(call["ended_at"], at(207_000).to_string());
    }
}

#[tokio::test]
async fn a_watched_telephone_that_talks_is_heard_beside_a_silent_mirror() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        talk(&stage).await;
        mirror(&stage, 50_000, 170_000, false).await;
        stage.mirror_beside(50_000, false, &[("801", true), ("802", false)]);
        assert_eq!(unheard(&stage).await, Value::Null);
        stage.mirror_beside(50_000, false, &[("801", false), ("802", true)]);
        assert_eq!(unheard(&stage).await, json!(at(50_000).to_string()));
        // that its lamp tells nothing is longer ago: what was mirrored would have told until then
        let long = format!(
            "INSERT INTO outages (pbx, source, from_at, reason)
             VALUES ('main', 'watch/801', {}, 'unreachable')",
            at(10_000).millis()
        );
        stage.plant(vec![long]).await;
        assert_eq!(unheard(&stage).await, json!(at(50_000).to_string()));
    }
}

#[tokio::test]
async fn a_call_that_waited_while_the_clock_was_set_back_does_not_count_in_the_log_and_says_so() {
    for fresh in kit::stores().await {
        let stage = Stage::set_as(&fresh.db, config_of(SITE)).await;
        mirror(&stage, 0, 0, true).await;
        // by its sender's clock, which is set back by seven seconds after ten
        let see = async |side: &str, heard: i64, what: What| {
            let happened = if heard > 10_000 { heard - 7_000 } else { heard };
            let source = Source::Mirror { pbx: PbxId(0) };
            let (at, heard_at, leg) = (at(happened), at(heard), key(side));
            stage.house.hear(Heard::Sighting(Sighting { at, heard_at, source, leg, what })).await;
        };
        for (side, phone, caller) in [("a", "801", "13913952211"), ("b", "802", "13913952212")] {
            let phone = Role::Phone(phone.parse().unwrap());
            for (leg, role) in [("trunk", Role::Trunk), ("phone", phone)] {
                let offer = Offer { role, ..offer(caller, "王先生", "4008001234") };
                let offered = What::Offered(Box::new(offer));
                see(&format!("{side}-{leg}"), 0, offered).await;
            }
            see(&format!("{side}-phone"), 100, What::Alerted).await;
        }
        stage.house.settle(21_000).await;
        for side in ["a", "b"] {
            see(&format!("{side}-phone"), 21_000, What::Answered).await;
            see(&format!("{side}-trunk"), 21_010, What::Answered).await;
        }
        stage.house.settle(25_000).await;
        see("b-trunk", 25_000, What::Ended(End::Caller)).await;
        stage.house.settle(26_000).await;
        let call = async |id: u8| {
            let call = get(&stage, "who=chen", &format!("/calls/{id}")).await.json();
            ["outcome", "answer_ms", "excluded", "ended_at"].map(|name| call[name].clone())
        };
        let nothing = Value::Null;
        assert_eq!(
            call(1).await,
            [nothing.clone(), json!(13_900), nothing.clone(), nothing.clone()]
        );
        let told = [json!("met"), json!(13_900), nothing.clone(), json!(at(18_000).to_string())];
        assert_eq!(call(2).await, told);

        let (now, since, pbx) = (at(36_000), at(20_990), PbxId(0));
        let found = SetBack { at: now, pbx, since, by_ms: 7_000 };
        stage.house.hear(Heard::SetBack(found)).await;
        stage.house.settle(36_000).await;
        let outage = json!("outage");
        let [outcome, answer_ms, _, ended_at] = told;
        let waited = [nothing.clone(), answer_ms.clone(), outage.clone(), nothing];
        assert_eq!(call(1).await, waited);
        assert_eq!(call(2).await, [outcome.clone(), answer_ms.clone(), outage.clone(), ended_at]);
        see("a-trunk", 40_000, What::Ended(End::Caller)).await;
        stage.house.settle(40_000).await;
        let over = json!(at(33_000).to_string());
        assert_eq!(call(1).await, [outcome, answer_ms, outage, over]);
        for id in [1, 2] {
            let shown = page(&stage, "who=chen", &format!("/calls/{id}")).await.text;
            assert!(shown.contains("等了多久不可知，不计入统计"), "{shown}");
        }
    }
}

//! A talk of which nothing tells any more: what is said of it, and what is not.

use serde_json::{Value, json};
use switchboard::kernel::PbxId;
use switchboard::sip::{Heard, LineChange, LineState, Source};

use super::kit;
use super::line::at;
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

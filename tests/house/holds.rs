//! A caller on hold: who says that they agreed to it, and what is told of it.

use axum::http::StatusCode;
use serde_json::{Value, json};
use switchboard::db::Sql;

use super::panel::{Answer, get, page, send};
use super::stage::{Shown, Stage};
use super::{kit, line};

/// Who asked a caller for their leave.
const AGREED: Sql =
    Sql::both("SELECT data FROM call_events WHERE kind = 'hold_agreed' ORDER BY call_id, seq");

/// The mirror of the PBX shows something.
async fn seen(stage: &Stage, millis: i64, shown: Shown) {
    stage.mirrored("a", millis, shown).await;
    stage.house.settle(millis).await;
}

/// A caller rings at 李红's telephone.
async fn rings(stage: &Stage) {
    let (caller, name) = ("13913952211".into(), "王先生".into());
    seen(stage, 0, Shown::Rings { caller, name }).await;
}

/// Her telephone is lifted.
async fn lifted(stage: &Stage) {
    seen(stage, 4_000, Shown::Lifted).await;
    stage.house.settle(5_000).await;
}

async fn held(stage: &Stage, millis: i64, on: bool) {
    seen(stage, millis, Shown::Held(on)).await;
}

async fn agree(stage: &Stage, who: &str) -> Answer {
    send(stage, who, "POST", "/calls/1/hold-agreed", "").await
}

async fn take(stage: &Stage, who: &str) {
    let taken = send(stage, who, "POST", "/calls/1/pickup", "").await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
}

/// Who ticked, each time.
async fn told(fresh: &kit::Fresh) -> Vec<String> {
    fresh.db.read(AGREED).values().await.unwrap()
}

#[tokio::test]
async fn a_caller_on_hold_is_asked_once_each_time_and_the_story_keeps_who_asked() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        rings(&stage).await;
        let early = agree(&stage, "who=li").await;
        assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "it rings");
        take(&stage, "who=li").await;
        lifted(&stage).await;
        let early = agree(&stage, "who=li").await;
        assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(early.text.contains("现在没有人在保持中等候"), "{}", early.text);

        held(&stage, 6_000, true).await;
        let card = page(&stage, "who=li", "/console?call=1").await;
        assert!(card.text.contains("已征得同意") && !card.text.contains("对方同意稍候</span>"));
        for _ in 0..2 {
            assert_eq!(agree(&stage, "who=li").await.status, StatusCode::OK);
        }
        let li = format!("{{\"staff\":{}}}", stage.li.0);
        assert_eq!(told(&fresh).await, [li.as_str()], "twice is once");
        let card = page(&stage, "who=li", "/console?call=1").await;
        assert!(card.text.contains("对方同意稍候</span>"), "ticked");

        // the next hold asks anew
        held(&stage, 9_000, false).await;
        assert_eq!(agree(&stage, "who=li").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        held(&stage, 12_000, true).await;
        let card = page(&stage, "who=li", "/console?call=1").await;
        assert!(card.text.contains("已征得同意"));
        assert_eq!(agree(&stage, "who=chen; roles=supervisor").await.status, StatusCode::OK);
        let chen = format!("{{\"staff\":{}}}", stage.chen.0);
        assert_eq!(told(&fresh).await, [li, chen]);
        let call = page(&stage, "who=li", "/calls/1").await;
        assert!(call.text.contains("陈晨问过对方，同意稍候"), "the call's own page tells of it");
    }
}

#[tokio::test]
async fn only_who_has_the_call_in_hand_or_a_supervisor_says_that_the_caller_agreed_to_hold() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        rings(&stage).await;
        lifted(&stage).await;
        held(&stage, 6_000, true).await;
        // an operator who lifted a telephone that is nobody's own
        let nobodys = agree(&stage, "who=chen").await;
        assert_eq!(nobodys.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            nobodys.text.contains("这个来电不在任何人手上，请先点“我来接”"),
            "{}",
            nobodys.text
        );
        take(&stage, "who=li").await;
        let zh = agree(&stage, "who=chen").await;
        assert_eq!(zh.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(zh.text.contains("这个来电在李红手上，只有本人或主管可以记"), "{}", zh.text);
        let en = agree(&stage, "who=chen; tongue=en").await;
        assert!(en.text.contains("only they or a supervisor can say"), "{}", en.text);
        assert!(told(&fresh).await.is_empty(), "nothing was ticked");
        assert_eq!(agree(&stage, "who=li").await.status, StatusCode::OK);
        assert_eq!(told(&fresh).await, [format!("{{\"staff\":{}}}", stage.li.0)]);
    }
}

#[tokio::test]
async fn whose_telephone_answered_has_the_call_in_hand_until_somebody_takes_it() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        stage.plant(vec!["UPDATE staff SET extension = '801' WHERE login = 'li'".into()]).await;
        rings(&stage).await;
        lifted(&stage).await;
        held(&stage, 6_000, true).await;
        let other = agree(&stage, "who=chen").await;
        assert!(other.text.contains("这个来电在李红手上"), "{}", other.text);
        assert_eq!(agree(&stage, "who=li").await.status, StatusCode::OK);
        assert_eq!(told(&fresh).await.len(), 1);
    }
}

#[tokio::test]
async fn a_call_tells_programs_since_when_its_caller_is_on_hold_and_whether_they_agreed() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let hold = async || get(&stage, "who=li", "/calls/1").await.json()["hold"].clone();
        rings(&stage).await;
        take(&stage, "who=li").await;
        assert_eq!(hold().await, Value::Null);
        lifted(&stage).await;
        held(&stage, 6_000, true).await;
        let since = line::at(6_000).to_string();
        assert_eq!(hold().await, json!({ "since": since, "agreed": false }));
        assert_eq!(agree(&stage, "who=li").await.status, StatusCode::OK);
        assert_eq!(hold().await, json!({ "since": since, "agreed": true }));
        held(&stage, 9_000, false).await;
        assert_eq!(hold().await, Value::Null, "somebody speaks with them again");
        held(&stage, 12_000, true).await;
        let since = line::at(12_000).to_string();
        assert_eq!(hold().await, json!({ "since": since, "agreed": false }), "asked anew");
        seen(&stage, 20_000, Shown::Left).await;
        assert_eq!(hold().await, Value::Null, "they left");
    }
}

#[test]
fn the_document_of_addresses_says_what_a_call_tells_of_a_hold() {
    let document: Value = serde_json::from_str(&switchboard::app::openapi_document()).unwrap();
    let shapes = &document["components"]["schemas"];
    let fields = &shapes["Hold"]["properties"];
    assert_eq!(fields["since"]["$ref"], "#/components/schemas/Moment", "{fields}");
    assert_eq!(fields["agreed"]["type"], "boolean", "{fields}");
    assert!(shapes["CallAlone"].to_string().contains("#/components/schemas/Hold"));
    let answer = document["paths"]["/calls/{id}"]["get"]["responses"]["200"].to_string();
    assert!(answer.contains("#/components/schemas/CallAlone"), "{answer}");
}

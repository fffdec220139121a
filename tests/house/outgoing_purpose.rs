//! Calls we make have a purpose: prepared before, said after, or judged by a supervisor.

use axum::http::StatusCode;
use serde_json::json;
use switchboard::calls::store::{self, NewPlan, PlanWords};
use switchboard::db::{Sql, Stamp};
use switchboard::kernel::{OutgoingId, PbxId, PlanId};
use switchboard::sip::{Heard, Offer, Role, Sighting, Source, What};

use super::kit;
use super::line::{self, House, at};
use super::panel::{get, page, send};
use super::stage::Stage;

const SUPERVISOR: &str = "who=chen; roles=supervisor";

/// A call that 李红's telephone made; the wire itself is another story's.
fn made(stage: &Stage, id: i64, number: &str, started: i64, talk_ms: i64) -> Vec<String> {
    let (from, to) = (at(started).millis(), at(started + talk_ms).millis());
    vec![format!(
        "INSERT INTO outgoing_calls (id, uid, version, pbx, extension, staff_id, dialled, number, state, started_at,
             answered_at, ended_at, ending, ended_by, evidence, business_date)
         VALUES ({id}, 'u{id}', 1, 'main', '801', {li}, '{number}', '{number}', 'ended', {from}, {from}, {to},
             'answered', 'us', 'mirror', '2026-11-23')",
        li = stage.li
    )]
}

#[tokio::test]
async fn a_call_without_a_purpose_is_asked_for_one_and_then_is_the_supervisors() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        stage.house.settle(3_600_000).await;
        for id in 1..=3 {
            stage.plant(made(&stage, id, "+8613800001234", id * 60_000, 700_000)).await;
        }
        let list = get(&stage, "who=li", "/calls/outgoing?state=untied").await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 3);
        assert_eq!(list["items"][0]["flags"], json!(["long", "repeated"]));
        let console = page(&stage, "who=li", "/console").await.text;
        assert!(console.contains("这个电话是为了什么？"), "the desk asks");
        // however many there are, each can be come to
        let first = get(&stage, "who=li", "/calls/outgoing?state=untied&limit=2").await.json();
        assert_eq!(first["items"].as_array().unwrap().len(), 2);
        let shown = page(&stage, "who=li", "/calls/outgoing?state=untied&limit=2").await.text;
        let after = first["next"].as_str().unwrap();
        let older = format!("/calls/outgoing?state=untied&after={after}");
        assert!(shown.contains(&older) || shown.contains(&older.replace('&', "&amp;")), "{shown}");
        let rest = get(&stage, "who=li", &older).await.json();
        assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&json!(1), &json!(null)));
        assert_eq!(rest["items"][0]["flags"], json!(["long", "repeated"]));

        let nothing =
            send(&stage, "who=li", "POST", "/calls/outgoing/3/purpose", r#"{"purpose": " "}"#);
        assert_eq!(nothing.await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let hers =
            send(&stage, "who=chen", "POST", "/calls/outgoing/3/purpose", r#"{"purpose": "x"}"#);
        assert_eq!(hers.await.status, StatusCode::FORBIDDEN, "it was not her call");
        let said =
            send(&stage, "who=li", "POST", "/calls/outgoing/3/purpose", r#"{"purpose": "回电"}"#);
        let said = said.await;
        assert_eq!(said.json()["plan"]["purpose"], "回电", "{}", said.text);

        let judged = json!({"verdict": "private"}).to_string();
        let own = send(&stage, "who=li", "POST", "/calls/outgoing/2/judgement", &judged).await;
        assert_eq!(own.status, StatusCode::FORBIDDEN, "nobody judges themselves");
        let private =
            send(&stage, SUPERVISOR, "POST", "/calls/outgoing/2/judgement", &judged).await;
        assert_eq!(private.json()["judgement"]["verdict"], "private", "{}", private.text);
        let list = get(&stage, SUPERVISOR, "/calls/outgoing").await.json();
        assert_eq!(list["private"], json!([["李红", 1]]), "counted in that person's month");
        let untied = get(&stage, SUPERVISOR, "/calls/outgoing?state=untied").await.json();
        assert_eq!(untied["items"].as_array().unwrap().len(), 1);
        // an old one is judged as well
        stage.plant(made(&stage, 4, "+8613800001234", -99 * 86_400_000, 90_000)).await;
        let old = send(&stage, SUPERVISOR, "POST", "/calls/outgoing/4/judgement", &judged).await;
        assert_eq!(old.json()["judgement"]["verdict"], "private", "{}", old.text);
        let chen = get(&stage, "who=chen", "/calls/outgoing").await.json();
        assert_eq!(chen["items"], json!([]), "everyone sees their own calls");
        let wrong = get(&stage, "who=li", "/calls/outgoing?state=x").await;
        assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_prepared_card_says_what_to_say_and_needs_a_purpose() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let new = page(&stage, "who=li", "/calls/plans/new?number=%2B8613800001234").await.text;
        assert!(new.contains("您好！我是李红"), "{new}");
        assert!(new.contains("disabled"), "without a purpose nobody dials");
        assert!(new.contains("10 分钟以内"), "a talk has a target");
        let none = json!({"number": "13800001234"}).to_string();
        let refused = send(&stage, "who=li", "POST", "/calls/plans", &none).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.json()["fields"]["purpose"].is_string());
        let card = json!({
            "number": "138 0000 1234", "name": "王建国", "purpose": "确认上门", "about": "contacts/7",
            "conclusion": "12月5日15:30 软件大道88号", "points": "带备件\n带签字笔", "summary": "再说一遍时间地点"
        });
        let kept = send(&stage, "who=li", "POST", "/calls/plans", &card.to_string()).await;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
        assert_eq!(kept.json()["number"], "+8613800001234");
        let shown = get(&stage, "who=li", "/calls/plans/1").await.json();
        assert_eq!(shown["read_out"], json!(["12月5日", "15:30", "软件大道88号"]));
        let drawn = page(&stage, "who=li", "/calls/plans/1").await.text;
        assert!(
            drawn.contains("href=\"tel:&#43;8613800001234\"")
                || drawn.contains("tel:+8613800001234")
        );
        let first = |text: &str| drawn.split_once("id=\"say-it\"").unwrap().1.find(text).unwrap();
        let order = [
            "您好！我是李红",
            "软件大道88号",
            "请您记一下",
            "带备件",
            "逐字核对",
            "再说一遍时间地点",
        ];
        assert!(order.map(first).is_sorted(), "the result first, the summing up last: {drawn}");
        let hers = get(&stage, "who=chen", "/calls/plans/1").await;
        assert_eq!(hers.status, StatusCode::NOT_FOUND);

        // the call was made with it, and nobody summed up
        stage.house.settle(3_600_000).await;
        stage.plant(made(&stage, 1, "+8613800001234", 60_000, 90_000)).await;
        let tied = format!(
            "UPDATE call_plans SET outgoing_id = 1, tied_at = {} WHERE id = 1",
            at(60_000).millis()
        );
        stage.plant(vec![tied]).await;
        let flags = async || {
            let made = get(&stage, "who=li", "/calls/outgoing").await.json();
            made["items"][0]["flags"].clone()
        };
        assert_eq!(flags().await, json!(["not_summed_up"]));
        assert!(page(&stage, "who=li", "/calls/plans/1").await.text.contains("未总结"));

        let mut again = card.clone();
        again["version"] = json!(1);
        again["points"] = json!("带签字笔\n带备件");
        again["summed_up"] = json!(true);
        let edited = send(&stage, "who=li", "POST", "/calls/plans/1", &again.to_string()).await;
        assert_eq!(edited.json()["points"], "带签字笔\n带备件", "{}", edited.text);
        assert_eq!(flags().await, json!([]), "it was said");
        let late = send(&stage, "who=li", "POST", "/calls/plans/1", &again.to_string()).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
    }
}

const SITE: &str = r#"
    [[pbx]]
    name = "main"
    address = "sip:127.0.0.1:5070;transport=udp"
    username = "listener"
    password = "ring ring"
    positions = ["801"]

    [[hotline]]
    name = "400 热线"
    number = "4008001234"
"#;

/// 801 is her telephone.
const DESK: Sql = Sql::both("UPDATE staff SET extension = '801' WHERE login = 'li' RETURNING id");

#[tokio::test]
async fn the_call_that_follows_a_card_is_matched_with_it() {
    for fresh in kit::stores().await {
        let db = &fresh.db;
        let li = line::person(db, "li", "李红").await;
        let house = House::open_as(db, line::config_of(SITE), at(0)).await;
        let stamp = Stamp { now: at(0), by: Some(li) };
        let seat =
            db.write(stamp, |tx| Box::pin(async move { tx.keep(DESK).value::<i64>().await }));
        seat.await.unwrap();
        let new = NewPlan {
            number: "+8613800001234".to_owned(),
            words: PlanWords { purpose: "回电".to_owned(), ..PlanWords::default() },
            ..NewPlan::default()
        };
        for _ in 0..2 {
            // of two cards for one number the newer waits
            store::add_plan(db, stamp, li, new.clone()).await.unwrap();
        }
        let role = Role::Placed("801".parse().unwrap());
        let offer = Offer { role, dialled: vec!["13800001234".to_owned()], ..Offer::default() };
        let what = What::Offered(Box::new(offer));
        let source = Source::Mirror { pbx: PbxId(0) };
        let dialled = at(60_000);
        let leg = line::key("out");
        let sighting = Sighting { at: dialled, heard_at: dialled, source, leg, what };
        house.hear(Heard::Sighting(sighting)).await;
        house.settle(61_000).await;
        let call = store::outgoing_call(db, OutgoingId(1)).await.unwrap();
        let (plans, _) = store::purposes(db, &[call]).await.unwrap();
        let plan = &plans[&OutgoingId(1)];
        assert_eq!((plan.id, plan.purpose.as_str()), (PlanId(2), "回电"));
        assert!(plan.tied_at.is_some());
        let untied = store::untied_of(db, li, at(0)).await.unwrap();
        assert_eq!(untied, [], "what was prepared is not asked about");
        house.stop().await;
    }
}

//! The same step pressed twice: by one person it is one, by another it says who was first and when.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::tickets::House;

/// An act as a telephone tells it, pressed at ten past ten.
fn told(order: &str, verb: &str, op_id: &str, details: &Value) -> Value {
    json!({ "op_id": op_id, "no": order, "verb": verb, "at": "2026-11-23T02:10:00.000Z", "details": details })
}

/// How many presses stand beside a fault as not applied.
async fn unapplied(house: &House, fault: &str) -> usize {
    let now = house.get(&house.operator, &format!("/faults/{fault}")).await;
    let history = now["history"].as_array().unwrap();
    history.iter().filter(|one| one["unapplied"] == true).count()
}

#[tokio::test]
async fn one_engineer_in_two_tabs_takes_one_step_and_a_colleague_is_told_who_was_first() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let sun = house.desk.somebody("孙工", "sun", "engineer").await;
        let sun_in = house.desk.sign_in("sun").await;
        house.there(&[house.liu.0, house.gao.0, sun]).await;
        let fault = house.fault(json!({})).await;
        let crew = json!({ "lead": house.liu.0, "crew": [sun], "tasks": "换电池" });
        let (status, sent) = house.say(&format!("/faults/{fault}/work-orders"), crew).await;
        assert_eq!(status, StatusCode::OK, "{sent}");
        let order = sent["no"].as_str().unwrap();
        house.desk.clock.set(house.desk.clock.now().plus_millis(10 * super::tickets::MINUTE));
        let none = json!({});
        for verb in ["accept", "depart", "depart"] {
            assert_eq!(house.act(order, verb, json!({})).await.0, StatusCode::OK, "{verb}");
        }
        // the other tab of the same telephone
        let acts = "/my/jobs/acts";
        let (_, again) = house.post(&house.liu.1, acts, told(order, "depart", "d2", &none)).await;
        assert_eq!((&again["applied"], &again["state"]), (&json!(true), &json!("en_route")));
        // his colleague in the same car
        let (_, second) = house.post(&sun_in, acts, told(order, "depart", "d3", &none)).await;
        assert_eq!((&second["applied"], &second["state"]), (&json!(false), &json!("en_route")));
        assert_eq!(second["already"], true, "nothing is wrong with it");
        let said = second["said"].as_str().unwrap();
        for word in ["刘洋", "10:10", "出发", order] {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert!(!said.contains("备注"), "there was nothing to keep: {said}");
        // and the desk, for them
        let depart = format!("/work-orders/{order}/acts/depart");
        let (status, late) = house.say(&depart, json!({})).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(late["detail"].as_str().unwrap().contains("刘洋"), "{late}");
        assert_eq!(unapplied(&house, &fault).await, 0, "no red note for anybody");
        let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
        assert_eq!(now["events"].as_array().unwrap().len(), 3, "each step once: {now}");

        // what the second wrote is kept where it says more, and so is an earlier time
        house.act(order, "arrive", json!({})).await;
        let mut sooner = told(order, "arrive", "a2", &none);
        sooner["at"] = json!("2026-11-23T02:06:00.000Z");
        let (_, second) = house.post(&sun_in, acts, sooner).await;
        assert_eq!((&second["applied"], &second["already"]), (&json!(false), &json!(false)));
        assert_eq!(unapplied(&house, &fault).await, 1, "he was there four minutes before");
        let done = json!({ "work_done": "换了电池" });
        assert_eq!(house.act(order, "finish", done.clone()).await.0, StatusCode::OK);
        let (_, again) = house.post(&house.liu.1, acts, told(order, "finish", "f2", &done)).await;
        assert_eq!(again["applied"], true, "{again}");
        let more = json!({ "work_done": "换了电池，也清了灰" });
        let (_, second) = house.post(&sun_in, acts, told(order, "finish", "f3", &more)).await;
        let said = second["said"].as_str().unwrap();
        assert!(said.contains("刘洋") && said.contains("备注"), "{said}");
        assert_eq!(second["already"], false, "it is kept, and shown in red");
        assert_eq!(unapplied(&house, &fault).await, 2);
        let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
        assert_eq!(now["work_done"], "换了电池");
    }
}

#[tokio::test]
async fn one_dispatcher_presses_twice_and_it_is_done_once_and_another_is_told_who_did_it() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.desk.somebody("赵敏", "zhao", "operator").await;
        let zhao = house.desk.sign_in("zhao").await;
        let fault = house.fault(json!({ "accept": false })).await;
        let seen = house.get(&house.operator, &format!("/faults/{fault}")).await;
        let version = json!({ "version": seen["version"] });
        let accept = format!("/faults/{fault}/acceptance");
        for pressed in [&version, &version, &json!({})] {
            let (status, now) = house.say(&accept, pressed.clone()).await;
            assert_eq!((status, &now["state"]), (StatusCode::OK, &json!("accepted")), "{now}");
        }
        for pressed in [&version, &json!({})] {
            let (status, late) = house.post(&zhao, &accept, pressed.clone()).await;
            assert_eq!(status, StatusCode::CONFLICT);
            let said = late["detail"].as_str().unwrap();
            assert!(said.contains("李红") && said.contains("10:00"), "{said}");
        }
        let journal = house.journal_of(&format!("faults/{fault}")).await;
        assert_eq!(journal.iter().filter(|one| *one == "accepted").count(), 1);
        // solved, in the same words: once; in other words it is another act
        let solution = format!("/faults/{fault}/solution");
        for _ in 0..2 {
            let (status, now) = house.say(&solution, json!({ "solution": "重启" })).await;
            assert_eq!((status, &now["state"]), (StatusCode::OK, &json!("resolved")), "{now}");
        }
        let (status, _) = house.say(&solution, json!({ "solution": "换线" })).await;
        assert_eq!(status, StatusCode::CONFLICT);
        // an order is taken back once too
        let other = house.fault(json!({})).await;
        let order = house.sent(&other).await;
        let recall = format!("/work-orders/{order}/acts/recall");
        for _ in 0..2 {
            let (status, now) = house.say(&recall, json!({ "reason": "客户自己好了" })).await;
            assert_eq!((status, &now["state"]), (StatusCode::OK, &json!("recalled")), "{now}");
        }
        assert_eq!(house.told("recalled").await.len(), 1, "the engineer hears it once");
        let (status, late) = house.post(&zhao, &recall, json!({ "reason": "不去了" })).await;
        assert_eq!(status, StatusCode::CONFLICT);
        assert!(late["detail"].as_str().unwrap().contains("李红"), "{late}");
    }
}

#[tokio::test]
async fn one_dispatcher_sends_the_same_engineer_twice_and_one_order_goes() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.desk.somebody("赵敏", "zhao", "operator").await;
        let zhao = house.desk.sign_in("zhao").await;
        let fault = house.fault(json!({})).await;
        let seen = house.get(&house.operator, &format!("/faults/{fault}")).await;
        let address = format!("/faults/{fault}/work-orders");
        let send = json!({ "version": seen["version"], "lead": house.liu.0, "tasks": "换电池" });
        let mut numbers = Vec::new();
        for _ in 0..2 {
            let (status, order) = house.say(&address, send.clone()).await;
            assert_eq!((status, &order["state"]), (StatusCode::OK, &json!("issued")), "{order}");
            numbers.push(order["no"].clone());
        }
        assert_eq!(numbers[0], numbers[1]);
        assert_eq!(house.told("offered").await.len(), 1, "he is asked once");
        // somebody else, or for another engineer: it says who was first
        let mut other = send.clone();
        other["lead"] = json!(house.gao.0);
        assert_eq!(house.say(&address, other).await.0, StatusCode::CONFLICT);
        let (status, late) = house.post(&zhao, &address, send).await;
        assert_eq!(status, StatusCode::CONFLICT);
        let said = late["detail"].as_str().unwrap();
        assert!(said.contains("李红") && said.contains("刘洋"), "{said}");
    }
}

#[tokio::test]
async fn what_is_ticked_with_a_second_press_is_ticked_until_the_customer_has_signed() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let sun = house.desk.somebody("孙工", "sun", "engineer").await;
        let sun_in = house.desk.sign_in("sun").await;
        house.there(&[house.liu.0, house.gao.0, sun]).await;
        let fault = house.fault(json!({})).await;
        let crew = json!({ "lead": house.liu.0, "crew": [sun], "tasks": "换电池\n试机\n清灰" });
        let (status, sent) = house.say(&format!("/faults/{fault}/work-orders"), crew).await;
        assert_eq!(status, StatusCode::OK, "{sent}");
        let order = sent["no"].as_str().unwrap();
        house.desk.clock.set(house.desk.clock.now().plus_millis(10 * super::tickets::MINUTE));
        for verb in ["accept", "depart", "arrive"] {
            assert_eq!(house.act(order, verb, json!({})).await.0, StatusCode::OK, "{verb}");
        }
        let ticked = async || {
            let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
            now["ticked"].clone()
        };
        // the other tab of the same telephone, and the telephone of his colleague
        let acts = "/my/jobs/acts";
        let ticks = json!({ "ticked": "换电池" });
        let (_, again) = house.post(&house.liu.1, acts, told(order, "arrive", "a2", &ticks)).await;
        assert_eq!(again["applied"], true, "{again}");
        assert_eq!(ticked().await, json!(["换电池"]));
        let ticks = json!({ "ticked": "试机" });
        let (_, second) = house.post(&sun_in, acts, told(order, "arrive", "a3", &ticks)).await;
        assert_eq!(second["already"], true, "{second}");
        assert_eq!(ticked().await, json!(["换电池", "试机"]));
        // that hinders nobody to take back what was pressed
        let undo = told(order, "undo", "u1", &json!({}));
        let (_, undone) = house.post(&house.liu.1, acts, undo).await;
        assert_eq!((&undone["applied"], &undone["state"]), (&json!(true), &json!("en_route")));
        assert_eq!(ticked().await, json!(["换电池", "试机"]));

        assert_eq!(house.act(order, "arrive", json!({})).await.0, StatusCode::OK);
        let done = json!({ "work_done": "换了电池" });
        assert_eq!(house.act(order, "finish", done).await.0, StatusCode::OK);
        let ticks = json!({ "work_done": "换了电池", "ticked": "清灰", "unticked": "试机" });
        let (_, second) = house.post(&sun_in, acts, told(order, "finish", "f2", &ticks)).await;
        assert_eq!(second["already"], true, "{second}");
        assert_eq!(ticked().await, json!(["换电池", "清灰"]));
        let journal = house.journal_of(&format!("work-orders/{order}")).await;
        assert_eq!(journal.iter().filter(|one| *one == "tasks_ticked").count(), 3, "{journal:?}");

        // what the customer has seen stays as it was
        house.picture(order, "photo").await;
        let unsigned = json!({ "unsigned_why": "客户已下班" });
        assert_eq!(house.act(order, "sign", unsigned).await.0, StatusCode::OK);
        let ticks = json!({ "unsigned_why": "客户已下班", "ticked": "试机" });
        house.post(&sun_in, acts, told(order, "sign", "s2", &ticks)).await;
        assert_eq!(ticked().await, json!(["换电池", "清灰"]));
    }
}

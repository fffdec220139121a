//! Who is asked: one business manager after another for a banquet, then the head (clause 1-7b); and in the
//! corridor those greeters who are called for that part of the house.

use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard::db::Stamp;
use switchboard::staff::{self, Newcomer};

use super::bookings_corridor::{furnish, greeters};
use super::desk::PASSWORD;
use super::kit;
use super::site::{OUT_OF_HOURS, Site, at};

const MINUTE: i64 = 60_000;

async fn did(site: &mut Site, who: &'static str, path: &str, body: Value) -> Value {
    let (status, answer) = site.post(who, path, body).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

async fn managers(site: &Site) {
    for (name, login) in [("宋江", "song"), ("卢俊义", "lu"), ("吴用", "wu")] {
        let newcomer = Newcomer {
            name: name.to_owned(),
            login: login.to_owned(),
            roles: "manager".parse().unwrap(),
            extension: None,
            password: PASSWORD.to_owned(),
        };
        staff::add(&site.db, Stamp { now: at(0), by: None }, newcomer).await.unwrap();
    }
}

async fn wedding(site: &mut Site, phone: &str) -> i64 {
    let body = json!({ "name": "陈府", "phone": phone, "occasion": "婚宴", "date": "2026-12-26", "tables": 30 });
    did(site, "li", "/banquets", body).await["id"].as_i64().unwrap()
}

async fn banquet(site: &mut Site, id: i64) -> Value {
    site.get("li", &format!("/banquets/{id}")).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn one_manager_after_another_is_asked_and_the_first_who_answers_has_it() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        managers(&site).await;
        // 卢俊义 is on duty: she is asked first
        did(&mut site, "lu", "/shifts/sign-on", json!({})).await;
        did(&mut site, "li", "/shifts/sign-on", json!({})).await;
        let id = wedding(&mut site, "13600001111").await;
        assert_eq!(banquet(&mut site, id).await["asked"], "卢俊义");
        assert_eq!(site.waiting("lu").await, ["宴会 陈府 婚宴 12/26 周六"]);
        for other in ["song", "wu", "gao"] {
            assert!(site.waiting(other).await.is_empty(), "{other} is not asked yet");
        }
        // a quarter of an hour without a word: the next is asked, and the operators hear of it
        site.pass_to(14 * MINUTE).await;
        assert!(site.waiting("song").await.is_empty());
        site.pass_to(15 * MINUTE).await;
        assert!(site.waiting("lu").await.iter().all(|text| !text.starts_with("宴会 陈府")));
        assert_eq!(site.waiting("song").await, ["宴会 陈府 婚宴 12/26 周六"]);
        // whoever reads English reads what kind of banquet it is
        let reads = |language: &str| {
            vec![format!("UPDATE staff SET language = '{language}' WHERE login = 'song'")]
        };
        site.plant(reads("en")).await;
        assert_eq!(site.waiting("song").await, ["Banquet 陈府 Wedding Sat 26 Dec"]);
        let page = site.page("song", "/banquets").await;
        assert!(
            page.contains(">Wedding</span>") && page.contains("label=\"Engagement\""),
            "{page}"
        );
        site.plant(reads("zh-CN")).await;
        let now = banquet(&mut site, id).await;
        assert_eq!((&now["asked"], &now["state"]), (&json!("宋江"), &json!("new")), "{now}");
        let told = site.get("li", "/notices").await.1.to_string();
        assert!(told.contains("卢俊义 15 分钟未接洽，已转宋江"), "{told}");
        // 宋江 answers: it is his from then on, and nobody else is asked
        let mine = site.get("song", "/notices").await.1;
        let asked = mine["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["text"] == "宴会 陈府 婚宴 12/26 周六" && one["state"] == "open");
        let path = format!("/notices/{}/receipt", asked.unwrap()["id"]);
        did(&mut site, "song", &path, json!({})).await;
        let now = banquet(&mut site, id).await;
        assert_eq!((&now["state"], &now["owner_name"]), (&json!("handed_over"), &json!("宋江")));
        assert_eq!(now["asked"], Value::Null, "{now}");
        site.pass_to(60 * MINUTE).await;
        for other in ["lu", "wu", "gao"] {
            let waits = site.waiting(other).await;
            assert!(waits.iter().all(|text| !text.starts_with("宴会 陈府")), "{other}: {waits:?}");
        }

        // nobody answers: after the last of them the head
        let second = wedding(&mut site, "13600002222").await;
        site.pass_to((60 + 45) * MINUTE).await;
        let now = banquet(&mut site, second).await;
        assert_eq!((&now["asked"], &now["asked_until"]), (&json!(""), &Value::Null), "{now}");
        let waits = site.waiting("gao").await;
        assert!(waits.contains(&"宴会 陈府 婚宴 12/26 周六".to_owned()), "{waits:?}");
        // a manager may still have it
        let took = json!({ "version": now["version"], "state": "handed_over" });
        did(&mut site, "wu", &format!("/banquets/{second}"), took).await;
        let waits = site.waiting("gao").await;
        assert!(waits.iter().all(|text| !text.starts_with("宴会 陈府")), "{waits:?}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_without_managers_asks_its_head_and_a_to_do_taken_is_an_answer() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let id = wedding(&mut site, "13600001111").await;
        assert_eq!(site.waiting("gao").await, ["宴会 陈府 婚宴 12/26 周六"]);
        let (_, owed) = site.get("gao", "/follow-ups").await;
        let owed = owed["items"].as_array().unwrap().iter().find(|one| one["kind"] == "banquet");
        let taken = format!("/follow-ups/{}/taking", owed.unwrap()["id"]);
        did(&mut site, "gao", &taken, json!({})).await;
        let now = banquet(&mut site, id).await;
        assert_eq!((&now["state"], &now["owner_name"]), (&json!("handed_over"), &json!("高部长")));
        assert!(site.waiting("gao").await.is_empty());
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greeter_is_called_for_the_parts_of_the_house_they_chose() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        did(&mut site, "sun", "/admin/areas", json!({ "name": "3F", "sort": 2 })).await;
        let room = json!({ "name": "D1", "area_id": 2, "class_id": 1, "cap_min": 2, "cap_max": 8, "sort": 9 });
        did(&mut site, "sun", "/admin/rooms", room).await;
        greeters(&mut site).await;
        let page = site.page("jia", "/my/floor").await;
        assert!(page.contains("id=\"floor-areas\""), "the choice is offered");
        did(&mut site, "jia", "/my/floor/areas", json!({ "area": [1] })).await;
        did(&mut site, "yi", "/my/floor/areas", json!({ "area": ["2"] })).await;
        let mine = site.get("jia", "/my/floor").await.1["areas"].clone();
        assert_eq!((&mine[0]["mine"], &mine[1]["mine"]), (&json!(true), &json!(false)));

        let close = |room: i64| format!("/rooms/{room}/closure");
        let body = json!({ "kind": "out_of_order", "to": "20:00", "reason": "空调漏水" });
        did(&mut site, "sun", &close(4), body).await;
        let calls = async |site: &mut Site, who: &'static str| -> usize {
            site.get(who, "/my/floor").await.1["calls"].as_array().unwrap().len()
        };
        // A4 is on 2F: 乙 is called for 3F alone, 丙 chose nothing and is called for everything
        assert_eq!(calls(&mut site, "jia").await, 1);
        assert_eq!(calls(&mut site, "yi").await, 0);
        assert_eq!(calls(&mut site, "bing").await, 1);
        // from one part to the other both are called
        let booked = json!({ "name": "王先生", "party": 6, "phone": "13800001234", "when": "19:00", "room": ["A3"] });
        let no = did(&mut site, "li", "/bookings", booked).await["no"].clone();
        let change = format!("/bookings/{}/change", no.as_str().unwrap());
        did(&mut site, "li", &change, json!({ "room": "D1" })).await;
        assert_eq!(calls(&mut site, "yi").await, 1);
        assert_eq!(calls(&mut site, "jia").await, 2);
        // where nobody is called for a part, everybody is: somebody has to answer
        did(&mut site, "bing", "/my/floor/areas", json!({ "area": [1] })).await;
        did(&mut site, "yi", "/my/floor/areas", json!({ "area": [1] })).await;
        let body = json!({ "kind": "out_of_order", "to": "18:30", "reason": "换灯" });
        did(&mut site, "sun", &close(5), body).await;
        assert_eq!(calls(&mut site, "jia").await, 3);
        // all of them is the whole house again
        did(&mut site, "jia", "/my/floor/areas", json!({ "area": [1, 2] })).await;
        let mine = site.get("jia", "/my/floor").await.1["areas"].clone();
        assert_eq!((&mine[0]["mine"], &mine[1]["mine"]), (&json!(true), &json!(true)));
        let (status, _) = site.post("wang", "/my/floor/areas", json!({ "area": [] })).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_another_day_says_which_and_puts_nothing_of_tonight_out_of_force() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        greeters(&mut site).await;
        let book = |when: &str| json!({ "name": "王先生", "party": 6, "phone": "13800001234", "when": when, "room": ["A3"] });
        let tonight = did(&mut site, "li", "/bookings", book("19:00")).await["no"].clone();
        let then = did(&mut site, "li", "/bookings", book("2026-12-07 19:00")).await["no"].clone();
        let change = |no: &Value| format!("/bookings/{}/change", no.as_str().unwrap());
        did(&mut site, "li", &change(&tonight), json!({ "room": "A4" })).await;
        did(&mut site, "li", &change(&then), json!({ "room": "A4" })).await;
        let calls = site.get("jia", "/my/floor").await.1["calls"].clone();
        let texts: Vec<&str> =
            calls.as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["换房 A3→A4 王先生 6位", "12/7 周一 换房 A3→A4 王先生 6位"]);
        // several at once are one call
        let weekly = json!({ "name": "例会", "party": 6, "phone": "13800001234", "when": "2026-11-30 12:00", "room": ["A1"], "every": "weekly", "times": 3 });
        let made = did(&mut site, "li", "/bookings", weekly).await;
        let first = made["items"][0]["no"].as_str().unwrap().to_owned();
        let on = json!({ "version": 1, "reach": "all", "room": "A2" });
        did(&mut site, "li", &format!("/bookings/{first}/series"), on).await;
        let calls = site.get("jia", "/my/floor").await.1["calls"].clone();
        assert_eq!(calls.as_array().unwrap().len(), 3, "{calls}");
        assert!(
            calls.to_string().contains("11/30 周一 换房 A1→A2 例会 6位（系列共 3 场）"),
            "{calls}"
        );
        site.close().await;
    }
}

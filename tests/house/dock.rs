//! The dock of the console: what the desk has to do beside the calls that ring, each with the way to
//! do it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::missed::call;
use super::site::{OUT_OF_HOURS, Site, at};

const MINUTE: i64 = 60_000;
const WANG: &str = "+8613800001234";

/// Two rooms, and a party that comes at a time of the evening.
async fn booked(site: &mut Site, when: &str) -> String {
    let class = json!({ "name": "小包", "sort": 1, "stay_small": 120, "stay_medium": 120, "stay_large": 120, "buffer_minutes": 15 });
    let room = json!({ "name": "202", "area_id": 1, "class_id": 1, "cap_min": 2, "cap_max": 8, "sort": 1 });
    for (address, body) in [
        ("/admin/areas", json!({ "name": "2F", "sort": 1 })),
        ("/admin/room-classes", class),
        ("/admin/rooms", room),
    ] {
        let (status, said) = site.post("sun", address, body).await;
        assert!(status.is_success(), "{address}: {said}");
    }
    let party =
        json!({ "name": "林小姐", "party": 4, "phone": WANG, "when": when, "room": ["202"] });
    let (status, booking) = site.post("li", "/bookings", party).await;
    assert!(status.is_success(), "{booking}");
    booking["no"].as_str().unwrap().to_owned()
}

/// What the dock of a person says, heading by heading.
async fn dock(site: &mut Site, who: &'static str) -> Vec<Value> {
    let (status, console) = site.get(who, "/console").await;
    assert_eq!(status, StatusCode::OK);
    console["agenda"].as_array().unwrap().clone()
}

fn part<'d>(dock: &'d [Value], kind: &str) -> &'d Value {
    dock.iter().find(|part| part["kind"] == kind).unwrap_or(&Value::Null)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_call_is_in_the_dock_with_its_owner_until_it_is_called_back() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        assert!(dock(&mut site, "li").await.is_empty(), "nothing to do, nothing shown");
        site.plant(call(1, Some(WANG), 0, "abandoned", 1)).await;
        site.plant(call(2, None, 0, "abandoned", 1)).await;
        site.pass_to(MINUTE).await;
        let seen = dock(&mut site, "li").await;
        let owed = part(&seen, "missed_calls");
        assert_eq!((&owed["count"], owed["items"].as_array().unwrap().len()), (&json!(1), 1));
        let item = &owed["items"][0];
        assert_eq!((&item["text"], &item["overdue"]), (&json!("138 0000 1234"), &json!(false)));
        assert!(item["aside"].as_str().unwrap().ends_with("（任一人）"), "{item}");
        let page = site.page("li", "/console").await;
        assert!(page.contains("剩 14 分"), "due a quarter of an hour after it was over");

        // the card of the call back knows whom and what for
        let card = site.page("li", item["call"].as_str().unwrap()).await;
        assert!(card.contains("138 0000 1234") && card.contains("value=\"回电\""), "{card}");

        let (_, ledger) = site.get("li", "/calls/missed").await;
        let debts = ledger["items"].as_array().unwrap();
        let debt = debts.iter().find(|debt| debt["withheld"] == false).unwrap();
        let claim = format!("/calls/missed/{}/claim", debt["id"]);
        assert!(page.contains(&claim), "one key takes it");
        site.post("zhou", &claim, json!({})).await;
        site.pass_to(20 * MINUTE).await;
        let seen = dock(&mut site, "li").await;
        let item = &part(&seen, "missed_calls")["items"][0];
        assert_eq!(item["overdue"], true);
        assert!(item["aside"].as_str().unwrap().ends_with("小周"), "{item}");
        assert!(site.page("li", "/console").await.contains("已过 4 分"));

        site.plant(call(3, Some(WANG), 21 * MINUTE, "met", 1)).await;
        site.pass_to(22 * MINUTE).await;
        assert!(dock(&mut site, "li").await.is_empty(), "nothing is owed any more");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dock_says_what_is_due_who_is_silent_and_who_comes() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let no = booked(&mut site, "今晚六点半").await;
        let task =
            json!({ "title": "整理资料", "due_at": at(30 * MINUTE), "staff": site.id("li") });
        let (_, task) = site.post("gao", "/follow-ups", task).await;
        let people = [site.id("jia"), site.id("yi")];
        let notice = json!({ "text": "305 的客人要轮椅", "people": people, "must_ack": true });
        let (status, notice) = site.post("li", "/notices", notice).await;
        assert!(status.is_success(), "{notice}");

        let seen = dock(&mut site, "li").await;
        let kinds: Vec<&str> = seen.iter().map(|part| part["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["follow_ups", "notices", "bookings"]);
        assert_eq!(part(&seen, "follow_ups")["items"][0]["text"], "整理资料");
        let silent = &part(&seen, "notices")["items"][0];
        assert_eq!(silent["tag"]["text"], "0/2 已回应");
        assert!(silent["aside"].as_str().unwrap().ends_with("乙 甲"), "{silent}");
        let guest = &part(&seen, "bookings")["items"][0];
        assert!(guest["text"].as_str().unwrap().contains("林小姐"), "{guest}");
        assert_eq!(
            (&guest["href"], &guest["overdue"]),
            (&json!(format!("/bookings/{no}")), &json!(false))
        );
        assert!(!dock(&mut site, "zhou").await.iter().any(|part| part["kind"] == "notices"));

        // each ends by being done
        let receipt = format!("/notices/{}/receipt", notice["id"]);
        for who in ["jia", "yi"] {
            assert_eq!(site.post(who, &receipt, json!({})).await.0, StatusCode::OK);
        }
        let done = format!("/follow-ups/{}/completion", task["id"]);
        assert_eq!(site.post("li", &done, json!({})).await.0, StatusCode::OK);
        site.pass_to(105 * MINUTE).await;
        let seen = dock(&mut site, "li").await;
        assert_eq!(part(&seen, "notices"), &Value::Null);
        let guest = &part(&seen, "bookings")["items"][0];
        assert_eq!((&guest["overdue"], &guest["tag"]["text"]), (&json!(true), &json!("迟到")));
        let card = site.page("li", guest["call"].as_str().unwrap()).await;
        assert!(card.contains("138 0000 1234") && card.contains("value=\"催客\""));

        // chasing them fell due meanwhile, and knows whom to call
        let chase = &part(&seen, "follow_ups")["items"][0];
        let card = site.page("li", chase["call"].as_str().unwrap()).await;
        assert!(card.contains("138 0000 1234") && card.contains("林小姐"), "{chase}");
        assert_eq!(site.get("wang", "/console").await.0, StatusCode::FORBIDDEN);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_where_nothing_may_be_told_is_the_house_s_own_words_everywhere() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
    assert!(site.page("li", "/console").await.contains("领导的联系方式不便提供"));
    let words = json!({ "use": "refusal", "body": "很抱歉，我是{name}，这个我不便说，请您留言。" });
    let (status, said) = site.post("sun", "/admin/scripts", words).await;
    assert!(status.is_success(), "{said}");
    let boss = json!({ "name": "赵启明", "title": "总经理", "mobile": "13800002001", "disclosure": "restricted" });
    let (status, boss) = site.post("gao", "/directory", boss).await;
    assert!(status.is_success(), "{boss}");
    for address in ["/console".to_owned(), format!("/directory/{}", boss["id"])] {
        let page = site.page("li", &address).await;
        assert!(page.contains("很抱歉，我是李红，这个我不便说，请您留言。"), "{address}");
        assert!(!page.contains("13800002001"), "{address}");
    }
    site.close().await;
}

//! What is called out in the corridor and what comes back from it, in the whole house on its clock:
//! who is asked, who has answered, what a newer call says, and what a tap means that comes late.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::site::{OUT_OF_HOURS, Site, at};

const MINUTE: i64 = 60_000;

/// Rooms A1–A4 of one kind; the first two open into each other.
pub(crate) async fn furnish(site: &mut Site) {
    let posts = [
        ("/admin/areas", json!({ "name": "2F", "sort": 1 })),
        (
            "/admin/room-classes",
            json!({ "name": "小包", "sort": 1, "stay_small": 120, "stay_medium": 120, "stay_large": 120, "buffer_minutes": 15 }),
        ),
        ("/admin/periods", json!({ "name": "晚市", "from": "17:00", "to": "24:00" })),
    ];
    for (path, body) in posts {
        did(site, "sun", path, body).await;
    }
    for (sort, name) in (1..).zip(["A1", "A2", "A3", "A4"]) {
        let room = json!({ "name": name, "area_id": 1, "class_id": 1, "cap_min": 2, "cap_max": 8, "sort": sort });
        did(site, "sun", "/admin/rooms", room).await;
    }
    did(site, "sun", "/admin/room-links", json!({ "a": 1, "b": 2, "seats_lost": 2 })).await;
}

/// Three greeters go on duty.
pub(crate) async fn greeters(site: &mut Site) {
    for who in ["jia", "yi", "bing"] {
        did(site, who, "/shifts/sign-on", json!({})).await;
    }
}

async fn did(site: &mut Site, who: &'static str, path: &str, body: Value) -> Value {
    let (status, answer) = site.post(who, path, body).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

async fn refused(site: &mut Site, who: &'static str, path: &str, body: Value) -> Value {
    let (status, answer) = site.post(who, path, body).await;
    assert!(status.is_client_error(), "{path}: {status} {answer}");
    answer
}

pub(crate) async fn book(site: &mut Site, name: &str, room: &str, when: &str) -> String {
    let body =
        json!({ "name": name, "party": 6, "phone": "13800001234", "when": when, "room": [room] });
    did(site, "li", "/bookings", body).await["no"].as_str().unwrap().to_owned()
}

/// The open calls as the board's rail shows them: text, answered, asked.
async fn calls(site: &mut Site) -> Vec<(String, i64, i64)> {
    let (_, board) = site.get("li", "/rooms/board").await;
    let calls = board["calls"].as_array().unwrap().iter();
    let number = |one: &Value| one.as_i64().unwrap();
    calls
        .map(|one| {
            (one["text"].as_str().unwrap().to_owned(), number(&one["acked"]), number(&one["asked"]))
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_reaches_each_greeter_on_duty_and_nobody_else() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        let wang = book(&mut site, "王先生", "A1", "19:00").await;
        assert!(calls(&mut site).await.is_empty(), "a new booking is no change of the board");

        // nobody is in the corridor yet: the supervisor answers in their place
        let change = format!("/bookings/{wang}/change");
        did(&mut site, "li", &change, json!({ "room": "A2" })).await;
        assert_eq!(calls(&mut site).await, [("换房 A1→A2 王先生 6位".to_owned(), 0, 1)]);
        assert!(site.waiting("jia").await.is_empty(), "who is off duty is not asked");
        let floor = site.page("jia", "/my/floor").await;
        assert!(floor.contains("id=\"off-duty\""), "and is told so");

        // three are there: the newer call about the same party takes the older one's place
        greeters(&mut site).await;
        let floor = site.page("jia", "/my/floor").await;
        assert!(!floor.contains("id=\"off-duty\"") && !floor.contains("A1→A2"), "no backlog");
        did(&mut site, "li", &change, json!({ "room": "A3" })).await;
        assert_eq!(calls(&mut site).await, [("换房 A2→A3 王先生 6位".to_owned(), 0, 3)]);
        let floor = site.get("jia", "/my/floor").await.1;
        let call = &floor["calls"][0];
        assert_eq!(call["rooms"], json!([["A2", ""], ["A3", ""]]), "{call}");
        assert_eq!((&call["missing"], &call["by"]), (&json!(3), &json!("李红")));

        // two tap, one is heard on the radio and ticked by the operator
        let id = call["id"].as_i64().unwrap();
        for who in ["jia", "yi"] {
            did(&mut site, who, &format!("/notices/{id}/receipt"), json!({})).await;
        }
        assert_eq!(calls(&mut site).await[0].1, 2);
        let board = site.page("li", "/rooms/board").await;
        assert!(board.contains("data-voice") && board.contains("再呼未回应的人"), "the lamps");
        let bing = site.id("bing");
        did(&mut site, "li", &format!("/notices/{id}/receipts/{bing}"), json!({})).await;
        assert!(calls(&mut site).await.is_empty(), "everybody has answered");

        // one stays silent: asked twice more, then the supervisor hears the name
        let close = json!({ "kind": "out_of_order", "to": "20:00", "reason": "空调漏水" });
        did(&mut site, "sun", "/rooms/4/closure", close).await;
        let floor = site.get("jia", "/my/floor").await.1;
        let id = floor["calls"][0]["id"].as_i64().unwrap();
        for who in ["jia", "yi"] {
            did(&mut site, who, &format!("/notices/{id}/receipt"), json!({})).await;
        }
        site.pass_to(61_000).await;
        let (_, notice) = site.get("li", &format!("/notices/{id}")).await;
        assert_eq!((&notice["state"], &notice["asked"]), (&json!("overdue"), &json!(3)));
        site.pass_to(121_000).await;
        let (_, notice) = site.get("li", &format!("/notices/{id}")).await;
        assert_eq!(notice["state"], "escalated");
        let told = site.waiting("sun").await;
        assert!(
            told.iter().any(|text| text.contains('丙') && text.contains("停用 A4")),
            "{told:?}"
        );

        // a newer call that names every room of an older one says what holds
        let (status, _) = site.delete("sun", "/rooms/4/closure").await;
        assert_eq!(status, StatusCode::OK);
        let open: Vec<String> = calls(&mut site).await.into_iter().map(|one| one.0).collect();
        assert_eq!(open, ["恢复 A4"]);
        let zhao = book(&mut site, "赵先生", "A4", "19:00").await;
        did(&mut site, "li", &format!("/bookings/{zhao}/change"), json!({ "room": "A1" })).await;
        let open: Vec<String> = calls(&mut site).await.into_iter().map(|one| one.0).collect();
        assert_eq!(open, ["换房 A4→A1 赵先生 6位"], "A4 is named again");

        // how each answers, blindly or not
        let (status, answers) = site.get("sun", "/notices/answers").await;
        assert_eq!(status, StatusCode::OK);
        let jia = answers["items"].as_array().unwrap().iter().find(|one| one["name"] == "甲");
        let jia = jia.unwrap_or_else(|| panic!("{answers}"));
        assert_eq!(jia["blind"], 2, "both were tapped in the second they came: {jia}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tap_that_comes_late_says_when_it_was_and_touches_nobody_who_came_after() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        greeters(&mut site).await;
        let wang = book(&mut site, "王先生", "A1", "17:10").await;
        let next = book(&mut site, "李女士", "A1", "19:30").await;
        let tapped = |minutes: i64| at(minutes * MINUTE).millis();
        did(&mut site, "jia", "/my/floor/1/seat", json!({ "no": wang })).await;
        // who comes next can be here while the others still sit
        site.pass_to(110 * MINUTE).await;
        let (_, floor) = site.get("jia", "/my/floor").await;
        let tile = &floor["items"][0];
        assert_eq!(tile["coming"]["no"], json!(next), "{tile}");
        assert_eq!(tile["acts"], json!(["departure", "transfer", "arrival", "help"]), "{tile}");
        // they left at twenty to seven; the telephone had no network until ten to
        let late = json!({ "no": wang, "at": tapped(100) });
        did(&mut site, "jia", "/my/floor/1/departure", late.clone()).await;
        let (_, booking) = site.get("li", &format!("/bookings/{wang}")).await;
        assert_eq!(booking["state"], "departed");
        assert_eq!(booking["past"][0]["to_at"], json!(at(100 * MINUTE)), "{booking}");
        let ready = json!({ "at": tapped(99) });
        let stale = refused(&mut site, "jia", "/my/floor/1/ready", ready).await;
        assert!(stale["detail"].as_str().unwrap().contains("待清"), "{stale}");
        did(&mut site, "jia", "/my/floor/1/ready", json!({ "at": tapped(109) })).await;
        // others sit there by now: the same tap, sent once more by a second telephone, is not about them
        did(&mut site, "yi", "/my/floor/1/seat", json!({ "no": next })).await;
        let other = json!({ "at": tapped(101) });
        let gone = refused(&mut site, "yi", "/my/floor/1/departure", other).await;
        assert!(gone["detail"].as_str().unwrap().contains("在用"), "{gone}");
        refused(&mut site, "yi", "/my/floor/1/departure", late).await;
        let (_, booking) = site.get("li", &format!("/bookings/{next}")).await;
        assert_eq!(booking["state"], "in_room");

        // help is one thing to do, the operators on duty hear of it at once, and again when it is asked again
        did(&mut site, "li", "/shifts/sign-on", json!({})).await;
        for _ in 0..2 {
            did(&mut site, "yi", "/my/floor/1/help", json!({ "words": "客人要加椅子" })).await;
        }
        let told = site.waiting("li").await;
        assert_eq!(told, ["再次求助 A1 客人要加椅子"]);
        let (_, owed) = site.get("li", "/follow-ups").await;
        let help = owed["items"].as_array().unwrap().iter().filter(|one| one["kind"] == "help");
        let help: Vec<&Value> = help.collect();
        assert_eq!(help.len(), 1, "{owed}");
        let done = format!("/follow-ups/{}/completion", help[0]["id"]);
        did(&mut site, "li", &done, json!({ "result": "已送去" })).await;
        assert!(site.waiting("li").await.is_empty(), "settled with what was to be done");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_guest_is_called_tried_again_and_reached() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        let wang = book(&mut site, "王先生", "A1", "17:10").await;
        site.pass_to(20 * MINUTE).await;
        let chase = |owed: &Value| {
            let mut all = owed["items"].as_array().unwrap().iter();
            all.find(|one| one["kind"] == "chase").cloned()
        };
        let (_, owed) = site.get("li", "/follow-ups").await;
        assert_eq!(chase(&owed).unwrap()["state"], "open", "{owed}");
        let path = format!("/bookings/{wang}/chase");
        did(&mut site, "li", &path, json!({ "answered": false })).await;
        // tried: the supervisor hears nothing while the next try is still to come
        site.pass_to(24 * MINUTE).await;
        let id = chase(&owed).unwrap()["id"].clone();
        let (_, one) = site.get("li", &format!("/follow-ups/{id}")).await;
        assert_eq!((&one["state"], &one["attempts"]), (&json!("snoozed"), &json!(1)), "{one}");
        site.pass_to(25 * MINUTE).await;
        did(&mut site, "li", &path, json!({ "answered": true })).await;
        let (_, one) = site.get("li", &format!("/follow-ups/{id}")).await;
        assert_eq!((&one["state"], &one["result"]), (&json!("done"), &json!("reached")), "{one}");
        site.close().await;
    }
}

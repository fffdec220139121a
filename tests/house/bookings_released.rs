//! Who has not come by the cut-off and paid nothing is released together with one key: nobody by itself,
//! and nobody whom no one tried to reach.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::bookings_kit::House;
use super::kit;

#[tokio::test]
async fn the_cut_off_releases_with_one_key_and_takes_it_back_with_one() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let tried = house.book(&li, "王先生", 6, "A1", "20:30").await;
        let untried = house.book(&li, "赵女士", 6, "A2", "19:30").await;
        let late = house.book(&li, "孙先生", 6, "A3", "22:00").await;
        let paid = json!({ "name": "钱女士", "party": 6, "phone": "13800005678", "when": "19:00", "room": ["A4"], "deposit": "500" });
        let paid = house.did(&li, "/bookings", paid).await["no"].as_str().unwrap().to_owned();
        let wait = json!({ "name": "一号", "party": 6, "phone": "13700000001", "from": "21:00", "to": "23:50", "minutes": 60 });
        house.pass_to("21:00").await;
        house.did(&li, "/waitlist", wait).await;
        house.did(&li, &format!("/bookings/{tried}/chase"), json!({ "answered": false })).await;
        let early = house.did(&li, "/bookings/release", json!({})).await;
        assert_eq!(
            (&early["items"], &early["left"]),
            (&json!([]), &json!([])),
            "not before half past nine"
        );

        house.pass_to("21:30").await;
        let board = house.page(&li, "/rooms/board").await;
        assert!(board.contains("释放 2 单"), "two are listed on the board");
        let listed = house.seen(&li, "/bookings?state=releasable").await;
        assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{listed}");
        let done = house.did(&li, "/bookings/release", json!({})).await;
        assert_eq!(done["items"][0]["no"], json!(tried), "{done}");
        assert_eq!(done["left"][0]["no"], json!(untried), "{done}");
        assert!(done["left"][0]["detail"].as_str().unwrap().contains("没有联系过"), "{done}");
        assert_eq!(done["offered"], 1, "who waits is called at once");
        assert_eq!(house.state(&li, &tried).await, "no_show");
        for no in [&untried, &late, &paid] {
            assert_eq!(house.state(&li, no).await, "booked", "{no}");
        }
        let undo = format!("/bookings/acts/{}", done["act"]);
        let undo = house.send(&li, Method::DELETE, &undo, json!({})).await;
        assert_eq!(undo.status, StatusCode::OK, "{}", undo.body);
        assert_eq!(house.state(&li, &tried).await, "booked");
        // a supervisor releases them as they are
        let all = house.did(&zhou, "/bookings/release", json!({})).await;
        assert_eq!(all["items"].as_array().unwrap().len(), 2, "{all}");
        let jia = house.person("甲", "jia", "greeter").await;
        let hers = house.post(&jia, "/bookings/release", json!({})).await;
        assert_eq!(hers.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn who_puts_it_off_again_while_rooms_are_short_is_given_so_long_and_no_longer() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let no = house.book(&li, "王先生", 6, "A3", "19:00").await;
        house.book(&li, "赵女士", 6, "A3", "21:30").await;
        let eta = format!("/bookings/{no}/eta");
        house.pass_to("19:10").await;
        // the first time as long as they like, unless the next guests come: then there are other rooms
        let into = house.refused(&li, &eta, json!({ "at": "21:10" })).await;
        assert!(into["detail"].as_str().unwrap().contains("赵女士"), "{into}");
        assert_eq!(into["current"]["alternatives"].as_array().unwrap().len(), 3, "{into}");
        house.did(&li, &eta, json!({ "at": "19:40" })).await;
        house.pass_to("19:50").await;
        // the second time nobody waits and rooms are free: they have it again
        house.did(&li, &eta, json!({ "at": "20:20" })).await;
        let wait = json!({ "name": "一号", "party": 6, "phone": "13700000001", "from": "19:30", "to": "23:00", "minutes": 20 });
        house.did(&li, "/waitlist", wait).await;
        house.pass_to("20:30").await;
        let capped = house.refused(&li, &eta, json!({ "at": "20:55" })).await;
        assert!(capped["detail"].as_str().unwrap().contains("20:50"), "{capped}");
        house.did(&li, &eta, json!({ "at": "20:50", "despite": true })).await;
        house.did(&zhou, &eta, json!({ "at": "21:00", "despite": true })).await;
    }
}

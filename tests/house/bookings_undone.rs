//! What an undo owes to those who share the room: whoever joined keeps their place, and a place that
//! nobody has any more is given back.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use switchboard::kernel::Moment;

use super::bookings_kit::{House, Who};
use super::kit;

/// Two parties of four with rooms of their own.
async fn two(house: &House, li: &Who) -> (Value, String) {
    let body = json!({ "name": "王先生", "party": 4, "phone": "13812345678", "when": "19:00", "room": ["A3"] });
    let wang = house.did(li, "/bookings", body).await;
    (wang, house.book(li, "李女士", 4, "A4", "19:00").await)
}

fn no(done: &Value) -> &str {
    done["no"].as_str().unwrap()
}

async fn undo(house: &House, li: &Who, done: &Value) -> StatusCode {
    let path = format!("/bookings/acts/{}", done["act"]);
    house.send(li, Method::DELETE, &path, json!({})).await.status
}

#[tokio::test]
async fn a_booking_that_others_joined_is_not_undone_under_them() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let (wang, guest) = two(&house, &li).await;
        house.did(&li, &format!("/bookings/{guest}/join"), json!({ "with": no(&wang) })).await;
        assert_eq!(undo(&house, &li, &wang).await, StatusCode::CONFLICT);
        assert_eq!(house.rooms_of(&li, &guest).await, "A3");
        let taken = json!({ "name": "赵先生", "party": 4, "phone": "13900001111", "when": "19:00", "room": ["A3"] });
        house.refused(&li, "/bookings", taken).await;
    }
}

#[tokio::test]
async fn a_place_that_nobody_has_once_a_joining_is_undone_is_given_back() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let (wang, guest) = two(&house, &li).await;
        let path = format!("/bookings/{guest}/join");
        let joined = house.did(&li, &path, json!({ "with": no(&wang) })).await;
        let off = json!({ "reason": "客人取消" });
        house.did(&li, &format!("/bookings/{}/cancellation", no(&wang)), off).await;
        assert_eq!(undo(&house, &li, &joined).await, StatusCode::OK);
        assert_eq!(house.rooms_of(&li, &guest).await, "A4");
        house.book(&li, "赵先生", 4, "A3", "19:00").await;
    }
}

#[tokio::test]
async fn what_is_undone_for_one_takes_no_time_from_those_who_share_the_room() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let (wang, guest) = two(&house, &li).await;
        house.did(&li, &format!("/bookings/{guest}/join"), json!({ "with": no(&wang) })).await;
        let longer = |who: &str| format!("/bookings/{who}/extension");
        let theirs = house.did(&li, &longer(&guest), json!({ "minutes": 15 })).await;
        house.did(&li, &longer(no(&wang)), json!({ "minutes": 120 })).await;
        assert_eq!(undo(&house, &li, &theirs).await, StatusCode::OK);
        let host = house.seen(&li, &format!("/bookings/{}", no(&wang))).await;
        let until = Moment::parse_rfc3339(host["rooms"][0]["to_at"].as_str().unwrap()).unwrap();
        let when = until.plus_millis(-3_600_000).to_string();
        let late = json!({ "name": "赵先生", "party": 4, "phone": "13900001111", "when": when, "room": ["A3"] });
        let refused = house.refused(&li, "/bookings", late).await;
        assert_eq!(refused["type"], "/problems/taken", "{refused}");
    }
}

//! Bookings through the panel: the clauses 1-3 to 1-8, each as somebody of the house would try it.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::bookings_kit::House;
use super::kit;

#[tokio::test]
async fn the_five_fields_are_asked_for_at_once_and_a_booking_is_one_however_often_it_is_sent() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let empty = house.refused(&li, "/bookings", json!({})).await;
        for field in ["name", "party", "phone", "when"] {
            assert!(empty["fields"][field].is_string(), "{field}: {empty}");
        }
        let body = json!({ "name": "王先生", "party": 8, "phone": "13812345678", "when": "今晚七点半", "room": ["A3"] });
        let key = "once";
        let send = || {
            let request = super::desk::json("/bookings")
                .method(Method::POST)
                .header("cookie", &li.0)
                .header("sec-fetch-site", "same-origin")
                .header("content-type", "application/json")
                .header("idempotency-key", key);
            house.desk.ask_with(request, body.to_string())
        };
        let (first, second) = (send().await, send().await);
        assert_eq!(first.json()["no"], second.json()["no"]);
        let all = house.seen(&li, "/bookings").await;
        assert_eq!(all["items"].as_array().unwrap().len(), 1, "pressed twice, booked once");
        assert_eq!(all["items"][0]["starts_at"], "2026-11-23T11:30:00.000Z");
        // a greeter sees the name and the last four
        let jia = house.person("甲", "jia", "greeter").await;
        let seen = house.seen(&jia, "/bookings").await;
        assert_eq!(seen["items"][0]["phone"], "138****5678");
        let text = seen.to_string();
        assert!(!text.contains("13812345678"), "{text}");
        let wrote = house.post(&jia, "/bookings", body.clone()).await;
        assert_eq!(wrote.status, StatusCode::FORBIDDEN);
        // a guest is known by the number
        let again = house.seen(&li, "/bookings/draft?line=&phone=13812345678").await;
        assert_eq!(again["guest"]["name"], "王先生");
        // how long they stay is asked for beside the line: what is proposed is free so long
        let line = "line=8%E4%BD%8D%20%E4%BB%8A%E6%99%9A7%E7%82%B9&minutes=240";
        let long = house.seen(&li, &format!("/bookings/draft?{line}")).await;
        assert_eq!(long["suggestions"]["items"][0]["minutes"], 240, "{long}");
    }
}

#[tokio::test]
async fn a_touched_cell_is_kept_for_five_minutes_and_everybody_sees_it() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let chen = house.person("陈晨", "chen", "operator").await;
        let touch = json!({ "room": "A3", "at": "19:00" });
        let hold = house.did(&li, "/bookings/holds", touch.clone()).await;
        assert!(house.page(&chen, "/rooms/board").await.contains("暂留"));
        let refused = house.refused(&chen, "/bookings/holds", touch.clone()).await;
        assert!(refused["detail"].as_str().unwrap().contains("李红"), "{refused}");
        // the hold becomes the booking
        let mut body = json!({ "name": "王先生", "party": 8, "phone": "13812345678", "when": "19:00", "room": ["A3"], "hold": hold["id"] });
        house.did(&li, "/bookings", body.clone()).await;
        // another is given back by closing the form, and a third ends by itself
        let second =
            house.did(&li, "/bookings/holds", json!({ "room": "A4", "at": "19:00" })).await;
        let path = format!("/bookings/holds/{}", second["id"]);
        let back = house.send(&li, Method::DELETE, &path, json!({})).await;
        assert_eq!(back.status, StatusCode::OK);
        house.did(&chen, "/bookings/holds", json!({ "room": "A4", "at": "19:00" })).await;
        house.pass_to("17:05").await;
        (body["room"], body["hold"]) = (json!(["A4"]), json!(null));
        house.did(&li, "/bookings", body).await;
    }
}

#[tokio::test]
async fn fifty_save_the_same_room_at_once_and_one_has_it() {
    for fresh in kit::stores().await {
        let house = std::sync::Arc::new(House::open(&fresh.db, "17:00"));
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let mut tries = tokio::task::JoinSet::new();
        for k in 0..50 {
            let (house, li) = (std::sync::Arc::clone(&house), li.clone());
            tries.spawn(async move {
                let body = json!({ "name": format!("客{k}"), "party": 6, "phone": "13800001234", "when": "19:00", "room": ["A3"] });
                house.post(&li, "/bookings", body).await
            });
        }
        let mut won = 0;
        for answer in tries.join_all().await {
            if answer.status.is_success() {
                won += 1;
            } else {
                assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
                let said = answer.json()["detail"].as_str().unwrap().to_owned();
                assert!(said.contains("已被 李红"), "{said}");
            }
        }
        assert_eq!(won, 1);
    }
}

#[tokio::test]
async fn guests_through_the_door_are_told_until_when() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "19:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        house.book(&li, "王先生", 6, "A3", "20:45").await;
        let mut body = json!({ "party": 4, "source": "walk_in", "room": ["A3"], "minutes": 120 });
        let told = house.refused(&li, "/bookings", body.clone()).await;
        assert!(told["detail"].as_str().unwrap().contains("20:30"), "{told}");
        body["shorten"] = json!(true);
        let sat = house.did(&li, "/bookings", body).await;
        assert_eq!(sat["state"], "in_room");
        assert_eq!(sat["source"], "walk_in");
        assert_eq!(sat["planned_minutes"], 90);
        let free = house.seen(&li, "/bookings/suggestions?party=4&walk_in=on").await;
        assert!(free["items"].as_array().unwrap().iter().all(|one| one["name"] != "A3"));
        // who came by themselves is nobody's sale, whatever is said later
        let no = sat["no"].as_str().unwrap();
        let sale =
            json!({ "source": "staff", "sold_by": "陈", "sold_dept": "销售部", "reason": "补录" });
        let stays = house.refused(&zhou, &format!("/bookings/{no}/attribution"), sale).await;
        assert!(stays["detail"].as_str().unwrap().contains("自来客"), "{stays}");
    }
}

#[tokio::test]
async fn nobody_is_a_no_show_before_somebody_tried_to_reach_them() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let no = house.book(&li, "王先生", 6, "A3", "19:00").await;
        let path = format!("/bookings/{no}/no-show");
        let early = house.refused(&li, &path, json!({})).await;
        assert!(early["detail"].as_str().unwrap().contains("19:10"), "{early}");
        house.pass_to("19:30").await;
        let untried = house.refused(&li, &path, json!({})).await;
        assert_eq!(untried["current"]["refusal"], "no_attempt");
        house.did(&li, &format!("/bookings/{no}/chase"), json!({ "answered": false })).await;
        house.did(&li, &path, json!({})).await;
        assert_eq!(house.state(&li, &no).await, "no_show");
        // somebody else has the room by now: it cannot be promised again
        house.book(&li, "李女士", 6, "A3", "19:35").await;
        let again = house.send(&li, Method::DELETE, &path, json!({})).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
        assert!(again.body.contains("李女士"), "{}", again.body);
    }
}

#[tokio::test]
async fn a_second_silence_passes_the_offer_to_the_next() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let no = house.book(&li, "王先生", 6, "A3", "19:00").await;
        for (name, phone) in [("一号", "13700000001"), ("二号", "13700000002")] {
            let wait = json!({ "name": name, "party": 6, "phone": phone, "from": "19:00", "to": "23:00", "minutes": 90 });
            house.did(&li, "/waitlist", wait).await;
        }
        house
            .did(&li, &format!("/bookings/{no}/cancellation"), json!({ "reason": "客人取消" }))
            .await;
        for _ in 0..2 {
            house.did(&li, "/waitlist/1/reply", json!({ "reply": "no_answer" })).await;
        }
        let waiting = house.seen(&li, "/waitlist").await;
        assert_eq!(waiting["items"][0]["offer"], json!(null));
        assert_eq!(waiting["items"][1]["offer"]["room"], "A3", "{waiting}");
        // the second does not answer in time either: the room is free again
        house.pass_to("18:11").await;
        let waiting = house.seen(&li, "/waitlist").await;
        assert!(
            waiting["items"].as_array().unwrap().iter().all(|one| one["offer"].is_null()),
            "{waiting}"
        );
        house.book(&li, "赵先生", 6, "A3", "19:00").await;
    }
}

#[tokio::test]
async fn two_who_edit_at_once_and_an_undo_that_comes_too_late() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let no = house.book(&li, "王先生", 6, "A3", "19:00").await;
        let path = format!("/bookings/{no}");
        house.did(&li, &format!("{path}/readback"), json!({})).await;
        let version = house.seen(&li, &path).await["version"].clone();
        let edited = house.did(&li, &path, json!({ "version": version, "party": 7 })).await;
        assert_eq!(
            edited["readback_at"],
            json!(null),
            "what was read back is no longer what is booked"
        );
        let stale = house.post(&zhou, &path, json!({ "version": version, "note": "靠窗" })).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert_eq!(stale.json()["current"]["party"], 7);
        // a cancellation is undone, unless somebody has the room by then
        let off =
            house.did(&li, &format!("{path}/cancellation"), json!({ "reason": "客人取消" })).await;
        let undo = format!("/bookings/acts/{}", off["act"]);
        let back = house.send(&li, Method::DELETE, &undo, json!({})).await;
        assert_eq!(back.status, StatusCode::OK, "{}", back.body);
        assert_eq!(house.state(&li, &no).await, "booked");
        let off =
            house.did(&li, &format!("{path}/cancellation"), json!({ "reason": "客人取消" })).await;
        house.book(&li, "李女士", 6, "A3", "19:30").await;
        let undo = format!("/bookings/acts/{}", off["act"]);
        let taken = house.send(&li, Method::DELETE, &undo, json!({})).await;
        assert_eq!(taken.status, StatusCode::CONFLICT);
        assert!(taken.body.contains("李女士"), "{}", taken.body);
        house.pass_to("18:30").await;
        let late = house.send(&li, Method::DELETE, &undo, json!({})).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "ten minutes are over");
    }
}

#[tokio::test]
async fn a_lower_minimum_spend_is_asked_for_and_granted() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let no = house.book(&li, "王先生", 8, "B1", "19:00").await;
        let path = format!("/bookings/{no}/change");
        let alone = house.refused(&li, &path, json!({ "room": "A3" })).await;
        assert_eq!(alone["type"], "/problems/needs_approval");
        let asked = house.did(&li, &path, json!({ "room": "A3", "ask": true })).await;
        let answer = format!("/bookings/approvals/{}", asked["approval"]);
        assert_eq!(house.post(&li, &answer, json!({})).await.status, StatusCode::FORBIDDEN);
        let owed = house.seen(&zhou, "/bookings/approvals").await;
        assert_eq!(owed["items"].as_array().unwrap().len(), 1, "{owed}");
        house.did(&zhou, &answer, json!({})).await;
        assert_eq!(house.rooms_of(&li, &no).await, "A3");
        // what nobody could grant is refused at once and not asked for
        for (name, party, room) in [("赵女士", 4, "A4"), ("孙先生", 8, "B2")] {
            let sits = house.book(&li, name, party, room, "18:10").await;
            house.did(&li, &format!("/bookings/{sits}/arrival"), json!({})).await;
            house.did(&li, &format!("/bookings/{sits}/seat"), json!({})).await;
            if room == "B2" {
                let path = format!("/bookings/{sits}/change");
                let refused = house.refused(&li, &path, json!({ "room": "A4", "ask": true })).await;
                assert_eq!(refused["current"]["refusal"], "occupied", "{refused}");
                assert!(refused["detail"].as_str().unwrap().contains("赵女士 4位"), "{refused}");
            }
        }
        let owed = house.seen(&zhou, "/bookings/approvals").await;
        assert_eq!(owed["items"], json!([]), "{owed}");
    }
}

#[tokio::test]
async fn a_series_tells_what_clashes_before_it_books() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        house.book(&li, "王先生", 6, "A3", "2026-12-07 19:00").await;
        let mut body = json!({ "name": "例会", "party": 6, "phone": "13800001234", "when": "2026-11-30 19:00", "room": ["A3"], "every": "weekly", "times": 4 });
        let clash = house.refused(&li, "/bookings", body.clone()).await;
        assert_eq!(clash["current"]["conflicts"].as_array().unwrap().len(), 1, "{clash}");
        assert!(
            house.seen(&li, "/bookings?date=2026-11-30").await["items"]
                .as_array()
                .unwrap()
                .is_empty()
        );
        body["on_conflict"] = json!("other_room");
        let made = house.did(&li, "/bookings", body).await;
        let rooms: Vec<&str> = made["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["rooms"][0]["room"].as_str().unwrap())
            .collect();
        assert_eq!(rooms.len(), 4);
        assert_eq!(rooms.iter().filter(|room| **room == "A3").count(), 3, "{rooms:?}");
    }
}

#[tokio::test]
async fn a_room_out_of_order_refuses_and_a_price_holds_from_its_day() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let close = json!({ "kind": "out_of_order", "to": "20:00", "reason": "空调漏水" });
        house.did(&zhou, "/rooms/3/closure", close.clone()).await;
        assert!(house.page(&li, "/rooms/board").await.contains("空调漏水"));
        let body = json!({ "name": "王先生", "party": 6, "phone": "13800001234", "when": "19:00", "room": ["A3"] });
        let refused = house.refused(&li, "/bookings", body).await;
        assert!(refused["detail"].as_str().unwrap().contains("周明"), "{refused}");
        house.send(&zhou, Method::DELETE, "/rooms/3/closure", json!({})).await;
        house.book(&li, "王先生", 6, "A3", "19:00").await;
        let promised = house.refused(&zhou, "/rooms/3/closure", close).await;
        assert!(promised["detail"].as_str().unwrap().contains("王先生"), "{promised}");
        // Saturday's price does not hold on Friday
        let price = json!({ "room_id": 3, "valid_from": "2026-11-28", "min_spend": "888" });
        house.did(&zhou, "/admin/room-prices", price).await;
        let on = |day: &str| format!("/rooms/3?date=2026-11-{day}");
        assert_eq!(house.seen(&li, &on("27")).await["prices"][0]["min_spend_fen"], 60_000);
        assert_eq!(house.seen(&li, &on("28")).await["prices"][0]["min_spend_fen"], 88_800);
        // before that day it is seen coming, from then on it is there
        let coming = house.seen(&li, &on("27")).await["later"][0].clone();
        assert_eq!(
            (&coming["min_spend_fen"], &coming["valid_from"]),
            (&json!(88_800), &json!("2026-11-28"))
        );
        assert_eq!(house.seen(&li, &on("28")).await["later"], json!([]));
    }
}

//! One evening in the house, step by step (operations §8, steps 2 to 12), through the panel, on a clock
//! that is told.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::bookings_kit::House;
use super::kit;

#[tokio::test]
async fn one_evening_from_the_first_call_to_the_last_move() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let xiao = house.person("小周", "xiao", "operator").await;
        let jia = house.person("甲", "jia", "greeter").await;
        let manager = house.person("宋江", "song", "manager").await;

        // 2. a call: the quick line is a booking
        house.pass_to("17:05").await;
        let read = house
            .seen(&li, "/bookings/draft?line=%E7%8E%8B%E5%85%88%E7%94%9F%208%20%E4%BB%8A%E6%99%9A7%E7%82%B9%2013812345678")
            .await;
        assert_eq!(read["name"], "王先生");
        assert_eq!(read["when"], "2026-11-23 19:00");
        assert_eq!(read["suggestions"]["items"][0]["name"], "A1", "{read}");
        let wang = house.book(&li, "王先生", 8, "A3", "19:00").await;
        house.did(&li, &format!("/bookings/{wang}/readback"), json!({})).await;
        let board = house.page(&xiao, "/rooms/board").await;
        assert!(board.contains("王先生 8位"), "every board shows it");

        // 3. the same second a colleague wants the room: refused with who has it, and something else
        let body = json!({ "name": "赵先生", "party": 6, "phone": "13900001111", "when": "19:30", "room": ["A3"] });
        let refused = house.refused(&xiao, "/bookings", body).await;
        let said = refused["detail"].as_str().unwrap();
        assert!(said.contains("李红") && said.contains("17:05") && said.contains(&wang), "{said}");
        let others = refused["current"]["alternatives"].as_array().unwrap();
        assert_eq!(others.len(), 3, "{refused}");
        let zhao = house.book(&xiao, "赵先生", 6, "A4", "19:30").await;

        // 4. sold by staff: without a department it is no sale
        let mut sold = json!({ "name": "孙总", "party": 10, "phone": "13900002222", "when": "20:00", "room": ["B1"], "source": "staff", "sold_by": "陈" });
        let missing = house.refused(&li, "/bookings", sold.clone()).await;
        assert!(missing["fields"]["sold_dept"].is_string(), "{missing}");
        sold["sold_dept"] = json!("销售部");
        let sun = house.did(&li, "/bookings", sold).await["no"].as_str().unwrap().to_owned();

        // 5. full from seven to ten: what else there is is said, and two wait
        for room in ["A1", "A2", "A5", "A6"] {
            house.book(&li, "满客", 6, room, "19:30").await;
        }
        house.book(&li, "满客", 8, "B2", "19:30").await;
        let full = house.seen(&li, "/bookings/suggestions?party=8&at=19:30").await;
        assert_eq!(full["items"].as_array().unwrap().len(), 0);
        assert!(full["script"].as_str().unwrap().starts_with("非常抱歉"), "{full}");
        assert!(!full["others"].as_array().unwrap().is_empty());
        let wait = |name: &str, party: i64, phone: &str| json!({ "name": name, "party": party, "phone": phone, "from": "19:00", "to": "23:00", "minutes": 90 });
        house.did(&li, "/waitlist", wait("一号", 8, "13700000001")).await;
        house.did(&li, "/waitlist", wait("二号", 2, "13700000002")).await;

        // 6. a banquet by the moon, with a telephone or not at all
        let mut banquet = json!({ "name": "陈府", "phone": "", "occasion": "婚宴", "date": "农历腊月初六", "tables": 30, "hall": 9 });
        let asked = house.refused(&li, "/banquets", banquet.clone()).await;
        assert!(asked["fields"]["phone"].is_string());
        banquet["phone"] = json!("13600001111");
        let banquet = house.did(&li, "/banquets", banquet).await;
        assert_eq!(banquet["lunar_date"], "农历腊月初六");
        let id = banquet["id"].as_i64().unwrap();
        let path = format!("/banquets/{id}");
        house.did(&manager, &path, json!({ "version": 1, "state": "handed_over" })).await;
        let option = json!({ "version": 2, "state": "option", "hall": 9, "until": "2026-11-27" });
        let option = house.did(&manager, &path, option).await;
        assert_eq!(option["state"], "option");

        // 7. somebody comes to see a room: it is shown, and refuses nobody without asking
        let shown = house.did(&li, "/viewings", json!({ "room": "B2", "name": "王女士" })).await;
        let taken = json!({ "name": "急客", "party": 6, "phone": "13500001111", "when": "17:05", "minutes": 30, "room": ["B2"] });
        let looking = house.refused(&xiao, "/bookings", taken).await;
        assert!(looking["detail"].as_str().unwrap().contains("李红"), "{looking}");
        let end = format!("/viewings/{}/end", shown["id"]);
        house.did(&li, &end, json!({ "outcome": "considering" })).await;

        // 8. A3 is late: called, put off, put off again with somebody waiting, cancelled, and recalled
        house.pass_to("19:10").await;
        let late = house.seen(&li, &format!("/bookings/{wang}")).await;
        assert_eq!(late["late"], true);
        house.did(&li, &format!("/bookings/{wang}/eta"), json!({ "at": "19:40" })).await;
        house.pass_to("19:45").await;
        assert_eq!(
            house.seen(&li, &format!("/bookings/{wang}")).await["late"],
            false,
            "the clock begins anew"
        );
        house.pass_to("19:50").await;
        assert_eq!(house.seen(&li, &format!("/bookings/{wang}")).await["late"], true);
        let script = house.page(&li, &format!("/bookings/{wang}")).await;
        assert!(script.contains("房间比较紧张"), "rooms are short: somebody waits");
        let off = house
            .did(&li, &format!("/bookings/{wang}/cancellation"), json!({ "reason": "二次推延" }))
            .await;
        assert_eq!(off["offered"], 1);
        let waiting = house.seen(&li, "/waitlist").await;
        assert_eq!(waiting["items"][0]["name"], "一号");
        assert_eq!(waiting["items"][0]["offer"]["room"], "A3");
        let accepted = house.did(&li, "/waitlist/1/reply", json!({ "reply": "accepted" })).await;
        assert_eq!(accepted["rooms"][0]["room"], "A3");
        let waiting = house.seen(&li, "/waitlist").await;
        assert_eq!(waiting["items"].as_array().unwrap().len(), 1);
        assert_eq!(waiting["items"][0]["state"], "waiting");

        // 9. they are here and sit: who sold it is frozen
        house.did(&jia, "/my/floor/4/arrival", json!({})).await;
        house.did(&jia, "/my/floor/4/seat", json!({})).await;
        let other = json!({ "source": "online" });
        let frozen =
            house.refused(&li, &format!("/bookings/{zhao}/attribution"), other.clone()).await;
        assert!(frozen["detail"].as_str().unwrap().contains("锁定"), "{frozen}");
        let mut override_ = other;
        override_["reason"] = json!("线上订单补录");
        house.did(&zhou, &format!("/bookings/{zhao}/attribution"), override_).await;

        // 10. at five past eight they move to a better room; the old one is cleaned, and recalled
        let b2 =
            house.seen(&li, "/bookings?q=B2").await["items"][0]["no"].as_str().unwrap().to_owned();
        house
            .did(&li, &format!("/bookings/{b2}/cancellation"), json!({ "reason": "客人取消" }))
            .await;
        house.pass_to("20:05").await;
        let lower =
            house.refused(&li, &format!("/bookings/{sun}/change"), json!({ "room": "A3" })).await;
        assert_eq!(lower["status"], 422, "{lower}");
        house
            .did(
                &li,
                &format!("/bookings/{zhao}/change"),
                json!({ "from_room": "A4", "room": "B2" }),
            )
            .await;
        let moved = house.seen(&li, &format!("/bookings/{zhao}")).await;
        assert_eq!(moved["rooms"][0]["room"], "B2");
        assert_eq!(moved["past"][0]["room"], "A4");
        assert_eq!(moved["past"][0]["to_at"], "2026-11-23T12:05:00.000Z");
        let floor = house.seen(&jia, "/my/floor").await;
        let a4 = floor["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["room"] == "A4")
            .unwrap()
            .clone();
        assert_eq!(a4["face"], "dirty", "{a4}");
        house.did(&jia, "/my/floor/4/ready", json!({})).await;
        let waiting = house.seen(&li, "/waitlist").await;
        assert_eq!(waiting["items"][0]["offer"]["room"], "A4", "{waiting}");
        house.did(&li, "/waitlist/2/reply", json!({ "reply": "declined" })).await;

        // 11. two rooms opened into one; refused whole where one of them is taken; a swap and back
        let liu = house.book(&li, "刘先生", 8, "A5", "22:00").await;
        house.did(&li, &format!("/bookings/{liu}/combination"), json!({ "room": ["A6"] })).await;
        assert_eq!(house.rooms_of(&li, &liu).await, "A5+A6");
        let guests = house.seen(&li, "/bookings?q=A6").await;
        let in_a6 =
            guests["items"].as_array().unwrap().iter().find(|one| one["name"] == "满客").unwrap();
        let a6 = in_a6["no"].as_str().unwrap();
        let longer = house
            .refused(&li, &format!("/bookings/{a6}/extension"), json!({ "minutes": 60 }))
            .await;
        assert!(longer["detail"].as_str().unwrap().contains(&liu), "{longer}");
        let one =
            house.seen(&li, "/bookings?q=A1").await["items"][0]["no"].as_str().unwrap().to_owned();
        let two =
            house.seen(&li, "/bookings?q=A2").await["items"][0]["no"].as_str().unwrap().to_owned();
        for no in [&one, &two] {
            house.did(&jia, &format!("/bookings/{no}/seat"), json!({})).await;
        }
        let swapped =
            house.did(&li, &format!("/bookings/{one}/swap"), json!({ "with": two })).await;
        assert_eq!(house.rooms_of(&li, &one).await, "A2");
        assert_eq!(house.rooms_of(&li, &two).await, "A1");
        let act = format!("/bookings/acts/{}", swapped["act"]);
        let back = house.send(&li, Method::DELETE, &act, json!({})).await;
        assert_eq!(back.status, StatusCode::OK, "{}", back.body);
        assert_eq!(house.rooms_of(&li, &one).await, "A1");
        let twice = house.send(&li, Method::DELETE, &act, json!({})).await;
        assert_eq!(twice.status, StatusCode::CONFLICT, "undone once is undone");
    }
}

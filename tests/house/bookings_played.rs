//! What an evening at the board showed that no story had: rooms in which guests sit, what is in the way of a
//! move, who has what was kept for somebody who waited, dates in the reader's language.

use serde_json::json;

use super::bookings_kit::{House, Who};
use super::kit;

/// The same person, reading English.
fn in_english(who: &Who) -> Who {
    Who(format!("{}; lang=en", who.0))
}

#[tokio::test]
async fn a_room_in_which_guests_sit_is_in_use_and_not_only_booked() {
    for fresh in kit::stores().await {
        let (house, li, _) = House::staffed(&fresh.db).await;
        let no = house.book(&li, "王先生", 6, "A1", "17:05").await;
        house.book(&li, "赵先生", 6, "A2", "17:00").await;
        house.did(&li, &format!("/bookings/{no}/seat"), json!({})).await;
        let taken = async |room: usize| {
            house.seen(&li, "/rooms").await["items"][room]["taken"].as_str().unwrap().to_owned()
        };
        assert_eq!((taken(0).await.as_str(), taken(1).await.as_str()), ("in_use", "booking"));
        let page = house.page(&li, "/rooms").await;
        assert!(page.contains("在用·至 19:0") && page.contains("已订·至 19:00"), "{page}");
        let sheet = house.page(&li, "/rooms/1").await;
        assert!(sheet.contains("<span class=\"tag\">在用</span>"), "{sheet}");
        // they stay over their time: nobody has the room by the book, and it is not free
        house.pass_to("19:40").await;
        assert_eq!(taken(0).await, "in_use");
        assert!(house.page(&li, "/rooms").await.contains("超时"));
        // they left: what is left of it is a room that is not clean
        house.did(&li, &format!("/bookings/{no}/departure"), json!({})).await;
        assert_eq!(taken(0).await, "free");
        let page = house.page(&in_english(&li), "/rooms").await;
        assert!(page.contains("Dirty") && !page.contains("In use"), "{page}");
    }
}

#[tokio::test]
async fn what_is_taken_is_said_before_what_a_reason_or_a_supervisor_could_give() {
    for fresh in kit::stores().await {
        let (house, li, _) = House::staffed(&fresh.db).await;
        let big = house.book(&li, "范女士", 12, "B1", "19:00").await;
        house.book(&li, "赵先生", 6, "A1", "19:00").await;
        // too small, cheaper and taken: what is taken cannot be helped
        for (room, needs) in [("A1", false), ("A2", true)] {
            let mut wish = json!({ "room": room });
            if needs {
                wish["reason"] = json!("客人要求");
            }
            let no = house.refused(&li, &format!("/bookings/{big}/change"), wish).await;
            assert_eq!(no["current"]["taken"].is_null(), needs, "{room}: {no}");
            assert_eq!(no["current"]["needs_approval"], json!(needs.then_some(true)));
        }
    }
}

#[tokio::test]
async fn who_waited_has_the_room_from_whoever_gave_it_to_them() {
    for fresh in kit::stores().await {
        let (house, li, xiao) = House::staffed(&fresh.db).await;
        let mut first = String::new();
        for room in ["A1", "A2", "A3", "A4", "A5", "A6", "B1", "B2"] {
            first = house.book(&li, "王先生", 6, room, "17:00").await;
        }
        let waits = json!({ "name": "孙悦", "party": 8, "phone": "13900000708", "from": "17:00", "to": "22:00", "minutes": 90 });
        let waits = house.did(&li, "/waitlist", waits).await;
        house
            .did(&li, &format!("/bookings/{first}/cancellation"), json!({ "reason": "客人取消" }))
            .await;
        let list = house.page(&xiao, "/rooms").await;
        assert!(list.contains("暂留 孙悦·至"), "the list says for whom it is kept: {list}");
        house.desk.clock.set(super::bookings_kit::at("17:02"));
        let reply = json!({ "reply": "accepted" });
        house.did(&xiao, &format!("/waitlist/{}/reply", waits["id"]), reply).await;
        let wish = json!({ "name": "高先生", "party": 6, "phone": "13900001111", "when": "17:30", "room": ["B2"] });
        let no = house.refused(&li, "/bookings", wish).await;
        let detail = no["detail"].as_str().unwrap();
        assert!(detail.contains("小周 17:02") && detail.contains("孙悦"), "{detail}");
    }
}

#[tokio::test]
async fn the_lunar_calendar_and_what_is_celebrated_are_told_in_the_readers_language() {
    for fresh in kit::stores().await {
        let (house, li, _) = House::staffed(&fresh.db).await;
        let feast = json!({ "name": "杨先生", "party": 6, "phone": "13800001234", "when": "19:00", "room": ["A1"], "occasion": "寿宴" });
        let no = house.did(&li, "/bookings", feast).await["no"].as_str().unwrap().to_owned();
        let english = in_english(&li);
        let path = format!("/bookings/{no}");
        assert!(house.page(&li, &path).await.contains("农历十月十五·寿宴"));
        let page = house.page(&english, &path).await;
        assert!(page.contains("lunar 10/15 · An elder"), "{page}");
        let board = house.page(&english, "/rooms/board").await;
        assert!(board.contains("lunar 10/15") && !board.contains("寿宴"), "{board}");
        // and it is written as it is told
        let wish = json!({ "name": "顾女士", "phone": "13812340000", "occasion": "婚宴", "date": "lunar 12/23" });
        let lead = house.did(&english, "/banquets", wish).await;
        assert_eq!(
            (&lead["solar_date"], &lead["lunar_date"]),
            (&json!("2027-01-30"), &json!("lunar 12/23"))
        );
    }
}

#[tokio::test]
async fn who_puts_it_off_again_while_rooms_are_short_is_called_off_with_one_press() {
    for fresh in kit::stores().await {
        let (house, li, _) = House::staffed(&fresh.db).await;
        let mut last = String::new();
        for room in ["A1", "A2", "A3", "A4", "A5", "A6", "B1", "B2"] {
            last = house.book(&li, "王先生", 6, room, "19:00").await;
        }
        let path = format!("/bookings/{last}");
        let pressed = async || house.page(&li, &path).await.contains("id=\"called-off\"");
        house.pass_to("19:10").await;
        assert!(!pressed().await, "they are asked when they come");
        house.did(&li, &format!("{path}/eta"), json!({ "at": "19:20" })).await;
        let waits = json!({ "name": "孙悦", "party": 8, "phone": "13900000708", "from": "19:00", "to": "22:00", "minutes": 60 });
        house.did(&li, "/waitlist", waits).await;
        house.pass_to("19:30").await;
        assert!(pressed().await, "others wait for the room");
        let off = json!({ "reason": "二次推延" });
        let off = house.did(&li, &format!("{path}/cancellation"), off).await;
        assert_eq!((&off["state"], &off["offered"]), (&json!("cancelled"), &json!(1)), "{off}");
        let history = house.page(&li, &path).await;
        assert!(history.contains("二次推延"), "{history}");
    }
}

//! What is agreed stands: a signed banquet has its hall, and a new time is the time that was meant.

use serde_json::json;

use super::bookings_kit::{House, Who};
use super::kit;

#[tokio::test]
async fn a_banquet_that_is_signed_has_the_hall_that_was_kept_for_it() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let song = house.person("宋江", "song", "manager").await;
        let lead = json!({ "name": "陈府", "phone": "13600001111", "occasion": "婚宴", "date": "2026-12-26", "hall": 9, "period": 2 });
        let id = house.did(&li, "/banquets", lead).await["id"].as_i64().unwrap();
        let path = format!("/banquets/{id}");
        let step = async |body: serde_json::Value| house.did(&song, &path, body).await;
        step(json!({ "version": 1, "state": "handed_over" })).await;
        step(json!({ "version": 2, "state": "option", "hall": 9, "until": "2026-11-27" })).await;
        let unsaid = house.refused(&song, &path, json!({ "version": 3, "state": "won" })).await;
        assert!(unsaid["fields"]["party"].is_string(), "nobody said how many: {unsaid}");
        let won = json!({ "version": 3, "state": "won", "party": 240, "when": "17:30", "minutes": 240, "deposit": "5000" });
        let won = step(won).await;
        let no = won["booking"].as_str().unwrap().to_owned();
        let booking = house.seen(&li, &format!("/bookings/{no}")).await;
        assert_eq!(booking["starts_at"], "2026-12-26T09:30:00.000Z", "{booking}");
        assert_eq!(
            (&booking["rooms"][0]["room"], &booking["deposit_fen"]),
            (&json!("C1"), &json!(500_000))
        );
        assert_eq!(won["option_until"], json!(null), "{won}");
        // the option's day comes and goes: the hall is theirs
        house.pass_to("2026-11-28 12:00").await;
        let li = Who(house.desk.sign_in("li").await);
        let other = json!({ "name": "李府", "party": 100, "phone": "13600002222", "when": "2026-12-26 18:00", "room": ["C1"] });
        let taken = house.refused(&li, "/bookings", other).await;
        assert!(taken["detail"].as_str().unwrap().contains("陈府"), "{taken}");
    }
}

#[tokio::test]
async fn a_time_alone_is_on_the_bookings_own_day_and_never_in_the_past() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let no = house.book(&li, "王先生", 6, "A5", "2026-12-07 19:00").await;
        let change = format!("/bookings/{no}/change");
        let moved = house.did(&li, &change, json!({ "at": "11:30" })).await;
        assert_eq!(moved["starts_at"], "2026-12-07T03:30:00.000Z", "in the morning, not tonight");
        let day = house.did(&li, &change, json!({ "at": "12/8" })).await;
        assert_eq!(day["starts_at"], "2026-12-08T03:30:00.000Z", "another day, the same hour");
        let past = house.refused(&li, &change, json!({ "at": "2026-11-23 12:00" })).await;
        assert!(past["fields"]["when"].is_string(), "{past}");
        // a party in two rooms is given another time in both
        house.did(&li, &format!("/bookings/{no}/combination"), json!({ "room": ["A6"] })).await;
        let both = house.did(&li, &change, json!({ "at": "20:00" })).await;
        for room in both["rooms"].as_array().unwrap() {
            assert_eq!(room["from_at"], "2026-12-08T12:00:00.000Z", "{both}");
        }
    }
}

//! What is kept while a booking is written: for how long, and that it stands in nobody's way but others'.

use axum::http::StatusCode;
use serde_json::{Value, json};
use switchboard::db::Sql;

use super::bookings_kit::House;
use super::kit;

/// The rooms that are held, by their claims.
const HELD: Sql = Sql::both(
    "SELECT resource FROM claims WHERE kind = 'hold' AND released_at IS NULL ORDER BY resource",
);

#[tokio::test]
async fn a_form_knows_how_long_its_room_is_still_kept_and_keeps_it_once_more() {
    for fresh in kit::stores().await {
        let (house, li, _) = House::staffed(&fresh.db).await;
        let wish = json!({ "room": "A1", "at": "19:00", "minutes": 120 });
        let kept = house.did(&li, "/bookings/holds", wish).await;
        assert_eq!(kept["lasts_ms"], 300_000);
        let form = format!("/bookings/new?room=A1&at=19:00&hold={}", kept["id"]);
        let hold = format!("/bookings/holds/{}", kept["id"]);
        let told = |ms: i64| format!("data-hold-ms=\"{ms}\"");

        // it is opened three minutes later: two are left, not five
        house.pass_to("17:03").await;
        assert!(house.page(&li, &form).await.contains(&told(120_000)));
        house.pass_to("17:04").await;
        assert_eq!(house.did(&li, &hold, json!({})).await["lasts_ms"], 300_000);
        // twice its time is the most there is
        house.pass_to("17:08").await;
        assert_eq!(house.did(&li, &hold, json!({})).await["lasts_ms"], 120_000);
        assert!(house.page(&li, &form).await.contains(&told(120_000)));
        house.pass_to("17:10").await;
        assert!(house.page(&li, &form).await.contains(&told(0)), "it is over, and says so");
        let late = house.post(&li, &hold, json!({})).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
    }
}

fn names(found: &Value) -> Vec<&str> {
    found["items"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn what_a_form_keeps_is_free_for_it_and_for_nobody_else() {
    for fresh in kit::stores().await {
        let (house, li, xiao) = House::staffed(&fresh.db).await;
        let wish = json!({ "room": "A1", "at": "19:00", "minutes": 120 });
        let kept = house.did(&li, "/bookings/holds", wish).await;
        let plain = "/bookings/suggestions?party=4&at=19:00";
        let own = format!("{plain}&hold={}", kept["id"]);
        assert!(!names(&house.seen(&li, plain).await).contains(&"A1"));
        assert!(names(&house.seen(&li, &own).await).contains(&"A1"), "kept for her: free for her");
        assert!(!names(&house.seen(&xiao, &own).await).contains(&"A1"), "and for nobody else");

        // 王先生 4 今晚7点, as it is typed
        let line = "%E7%8E%8B%E5%85%88%E7%94%9F%204%20%E4%BB%8A%E6%99%9A7%E7%82%B9";
        let typed = format!("/bookings/draft?line={line}&hold={}", kept["id"]);
        assert!(names(&house.seen(&li, &typed).await["suggestions"]).contains(&"A1"));
        assert!(!names(&house.seen(&xiao, &typed).await["suggestions"]).contains(&"A1"));
    }
}

#[tokio::test]
async fn who_has_the_room_that_is_meant_is_said_while_it_is_typed() {
    for fresh in kit::stores().await {
        let (house, li, xiao) = House::staffed(&fresh.db).await;
        house
            .did(&xiao, "/bookings/holds", json!({ "room": "A1", "at": "19:00", "minutes": 60 }))
            .await;
        house.book(&xiao, "早客", 4, "A2", "19:00").await;
        let taken = async |who, typed: &str| {
            let typed = format!("/bookings/draft?line=4%E4%BD%8D%20{typed}");
            house.seen(who, &typed).await["taken"].as_str().map(str::to_owned)
        };
        let said = taken(&li, "19:30&room=A1").await.expect("kept for somebody else");
        assert!(said.contains("A1 19:00–20:") && said.contains("小周"), "{said}");
        let said = taken(&li, "19:30&room=A3%2BA2").await.expect("one of two is booked");
        assert!(said.contains("A2") && said.contains("早客"), "{said}");
        assert_eq!(taken(&li, "19:30%20A2").await.map(|said| said.contains("早客")), Some(true));
        // before it, after it, another room, a room there is not, and what one keeps oneself
        for free in ["17:00&minutes=60&room=A1", "22:30&room=A1", "19:30&room=A3", "19:30&room=X9"]
        {
            assert_eq!(taken(&li, free).await, None, "{free}");
        }
        assert_eq!(taken(&xiao, "19:30&room=A1").await, None, "nobody is in their own way");
    }
}

#[tokio::test]
async fn a_full_house_is_packed_anew_into_what_the_asker_keeps() {
    for fresh in kit::stores().await {
        let (house, li, xiao) = House::staffed(&fresh.db).await;
        let early = house.book(&li, "早客", 4, "A1", "19:00").await;
        house.book(&li, "晚客", 4, "A2", "21:30").await;
        for room in ["A3", "A4", "A5", "A6"] {
            house.book(&li, "满客", 4, room, "19:30").await;
        }
        let wish = json!({ "room": "A2", "at": "19:00", "minutes": 90 });
        let kept = house.did(&li, "/bookings/holds", wish).await;
        let plain = "/bookings/suggestions?party=8&at=20:00&class=1";
        let moves = json!([{ "no": early, "from": "A1", "to": "A2" }]);
        let own = format!("{plain}&hold={}", kept["id"]);
        assert_ne!(house.seen(&xiao, &own).await["repack"]["moves"], moves, "others may not");
        let repack = house.seen(&li, &own).await["repack"].clone();
        assert_eq!((&repack["name"], &repack["moves"]), (&json!("A1"), &moves), "{repack}");

        // the moves go into it, and what becomes free is kept instead
        let mut asked = repack["asked"].clone();
        asked["room"] = repack["name"].clone();
        asked["moves"] = repack["moves"].clone();
        let done = house.did(&li, "/bookings/repacking", asked).await;
        assert_eq!(house.rooms_of(&li, &early).await, "A2");
        assert_eq!(house.db.read(HELD).values::<String>().await.unwrap(), ["rooms/1"]);
        assert_eq!(done["hold"]["room_ids"], json!([1]));
    }
}

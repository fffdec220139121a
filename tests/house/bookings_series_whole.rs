//! Bookings that come again, as one matter: one lead for the business manager, one question to the
//! supervisor, and no time of day that the clocks skip.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::bookings_kit::{House, Who};
use super::kit;

fn series(name: &str, party: i64, room: &str, when: &str, times: i64) -> Value {
    json!({ "name": name, "party": party, "phone": "13800001234", "when": when, "room": [room], "every": "weekly", "times": times })
}

fn numbers(items: &Value) -> Vec<String> {
    let all = items.as_array().unwrap_or_else(|| panic!("{items}")).iter();
    all.map(|one| one["no"].as_str().unwrap().to_owned()).collect()
}

async fn booked(house: &House, who: &Who, body: Value) -> Vec<String> {
    numbers(&house.did(who, "/bookings", body).await["items"])
}

async fn leads(house: &House, who: &Who) -> Vec<Value> {
    house.seen(who, "/banquets").await["items"].as_array().unwrap().clone()
}

async fn point(house: &House, who: &Who, no: &str, mut body: Value) -> super::desk::Answer {
    let version = house.seen(who, &format!("/bookings/{no}")).await["version"].clone();
    body["version"] = version;
    house.post(who, &format!("/bookings/{no}/series"), body).await
}

async fn rooms(house: &House, who: &Who, all: &[String]) -> Vec<String> {
    let mut rooms = Vec::new();
    for no in all {
        rooms.push(house.rooms_of(who, no).await);
    }
    rooms
}

async fn opened(house: &House) -> (Who, Who) {
    let zhou = house.person("周明", "zhou", "supervisor").await;
    house.furnish(&zhou).await;
    (zhou, house.person("李红", "li", "operator").await)
}

/// Clause 1-7: one customer, one hand-over.
#[tokio::test]
async fn banquets_that_come_again_are_one_lead_for_the_manager() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let (_, li) = opened(&house).await;
        let song = house.person("宋江", "song", "manager").await;
        let all = booked(&house, &li, series("北斗公司", 60, "C1", "2026-12-07 18:00", 4)).await;
        let found = leads(&house, &li).await;
        assert_eq!(found.len(), 1, "one for all four: {found:?}");
        let lead = &found[0];
        assert_eq!((&lead["booking"], &lead["solar_date"]), (&json!(all[0]), &json!("2026-12-07")));
        let again = (&lead["every"], &lead["times"], &lead["last_date"]);
        assert_eq!(again, (&json!("weekly"), &json!(4), &json!("2026-12-28")));
        assert_eq!((&lead["hall"], &lead["state"]), (&json!("C1"), &json!("new")));
        let asked = house.seen(&song, "/banquets").await["items"][0]["asked"].clone();
        assert_eq!(asked, "宋江", "he is asked, once");
        let page = house.page(&song, "/banquets").await;
        assert!(page.contains("每周·共 4 场") && page.contains("/series\""), "{page}");

        // the first is called off: what is signed is the next that stands
        let off = json!({ "reason": "客人取消" });
        house.did(&li, &format!("/bookings/{}/cancellation", all[0]), off).await;
        let path = format!("/banquets/{}", lead["id"]);
        house.did(&song, &path, json!({ "version": 1, "state": "handed_over" })).await;
        house.did(&song, &path, json!({ "version": 2, "state": "contacted" })).await;
        let won = json!({ "version": 3, "state": "won", "deposit": "2000" });
        let won = house.did(&song, &path, won).await;
        assert_eq!((&won["booking"], &won["times"]), (&json!(all[1]), &json!(3)), "{won}");
        let second = house.seen(&li, &format!("/bookings/{}", all[1])).await;
        assert_eq!(second["deposit_fen"], 200_000);
    }
}

#[tokio::test]
async fn a_series_that_grows_into_banquets_is_handed_over_once_and_what_is_undone_is_nobodys() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let (_, li) = opened(&house).await;
        let all = booked(&house, &li, series("例会", 8, "C1", "2026-12-07 18:00", 3)).await;
        assert!(leads(&house, &li).await.is_empty(), "eight guests are no banquet");
        let grown = json!({ "reach": "later", "party": 30 });
        assert_eq!(point(&house, &li, &all[1], grown).await.status, StatusCode::OK);
        let found = leads(&house, &li).await;
        assert_eq!((found.len(), &found[0]["booking"]), (1, &json!(all[1])), "{found:?}");
        let grown = json!({ "reach": "this", "party": 40 });
        assert_eq!(point(&house, &li, &all[0], grown).await.status, StatusCode::OK);
        assert_eq!(leads(&house, &li).await.len(), 1, "the manager has the series already");
        // one alone that is written to be one is a lead as well
        let alone = house.book(&li, "王先生", 6, "A1", "20:00").await;
        let feast = json!({ "version": 1, "occasion": "寿宴" });
        house.did(&li, &format!("/bookings/{alone}"), feast).await;
        assert_eq!(leads(&house, &li).await.len(), 2);

        let made =
            house.did(&li, "/bookings", series("年会", 50, "C1", "2027-01-04 18:00", 2)).await;
        let undo = format!("/bookings/acts/{}", made["act"]);
        let undone = house.send(&li, Method::DELETE, &undo, json!({})).await;
        assert_eq!(undone.status, StatusCode::OK, "{}", undone.body);
        let found = leads(&house, &li).await;
        let lost = found.iter().find(|one| one["name"] == "年会").unwrap();
        assert_eq!((&lost["state"], &lost["asked"]), (&json!("lost"), &json!(null)), "{lost}");
    }
}

#[tokio::test]
async fn a_lower_minimum_for_a_whole_series_is_asked_once_and_done_when_granted() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let (zhou, li) = opened(&house).await;
        let all = booked(&house, &li, series("年检", 8, "B1", "2026-12-07 12:00", 3)).await;
        let mut body = json!({ "reach": "all", "room": "A1" });
        let unasked = point(&house, &li, &all[0], body.clone()).await;
        assert_eq!(unasked.status, StatusCode::CONFLICT, "{}", unasked.body);
        let conflicts = unasked.json()["current"]["conflicts"].clone();
        assert!(conflicts.as_array().unwrap().iter().all(|one| one["needs_approval"] == true));

        body["ask"] = json!(true);
        let asked = point(&house, &li, &all[0], body.clone()).await;
        assert_eq!(asked.status, StatusCode::OK, "{}", asked.body);
        assert!(asked.json()["approval"].is_i64(), "{}", asked.body);
        assert_eq!(rooms(&house, &li, &all).await, ["B1", "B1", "B1"], "nothing is done yet");
        let waits = house.seen(&zhou, "/bookings/approvals").await["items"].clone();
        assert_eq!(waits.as_array().unwrap().len(), 1, "once for all three: {waits}");
        let what = waits[0]["what"].as_str().unwrap();
        assert!(what.contains("年检") && what.contains("全部") && what.contains("→A1"), "{what}");
        let grant = format!("/bookings/approvals/{}", waits[0]["id"]);
        assert_eq!(house.post(&li, &grant, json!({})).await.status, StatusCode::FORBIDDEN);

        // somebody took the room meanwhile: nothing is half granted, and it waits still
        let other = house.book(&li, "王先生", 6, "A1", "2026-12-14 12:30").await;
        let clash = house.post(&zhou, &grant, json!({})).await;
        assert_eq!(clash.status, StatusCode::CONFLICT, "{}", clash.body);
        assert!(clash.json()["detail"].as_str().unwrap().contains("王先生"), "{}", clash.body);
        assert_eq!(rooms(&house, &li, &all).await, ["B1", "B1", "B1"]);
        let off = json!({ "reason": "客人取消" });
        house.did(&li, &format!("/bookings/{other}/cancellation"), off).await;
        house.did(&zhou, &grant, json!({})).await;
        assert_eq!(rooms(&house, &li, &all).await, ["A1", "A1", "A1"]);
        assert_eq!(house.post(&zhou, &grant, json!({})).await.status, StatusCode::CONFLICT, "once");
        let undo = house.send(&zhou, Method::DELETE, "/bookings/acts/latest", json!({})).await;
        assert_eq!(undo.status, StatusCode::OK, "{}", undo.body);
        assert_eq!(rooms(&house, &li, &all).await, ["B1", "B1", "B1"], "undone as one");

        // refused, nothing changes; later ones alone can be asked for too
        body["reach"] = json!("later");
        point(&house, &li, &all[1], body).await;
        let waits = house.seen(&zhou, "/bookings/approvals").await["items"].clone();
        let refuse = format!("/bookings/approvals/{}", waits[0]["id"]);
        house.send(&zhou, Method::DELETE, &refuse, json!({ "reason": "年检日不让" })).await;
        assert_eq!(rooms(&house, &li, &all).await, ["B1", "B1", "B1"]);
    }
}

/// Operations §4.9: wall time is kept across the change of the clocks; a time that does not exist is nobody's
/// to move.
#[tokio::test]
async fn a_time_that_the_clocks_skip_is_shown_and_chosen_for() {
    for fresh in kit::stores().await {
        let house = House::open_in_berlin(&fresh.db);
        let (_, li) = opened(&house).await;
        // half past two at night; on the night of 27 March there is none
        let night = |choice: Value| {
            let mut body = series("夜宵", 6, "A3", "2027-03-13 26:30", 4);
            body["choice"] = choice;
            body
        };
        let asked = house.refused(&li, "/bookings", night(json!([]))).await;
        let conflicts = asked["current"]["conflicts"].as_array().unwrap().clone();
        assert_eq!(conflicts.len(), 1, "{asked}");
        assert_eq!(
            (&conflicts[0]["date"], &conflicts[0]["skipped"]),
            (&json!("2027-03-27"), &json!(true))
        );
        let detail = conflicts[0]["detail"].as_str().unwrap();
        assert!(detail.contains("02:30") && detail.contains("03:00"), "{detail}");
        // another room for whoever is in the way makes no other time
        let mut rooms_for_all = night(json!([]));
        rooms_for_all["on_conflict"] = json!("other_room");
        let still = house.refused(&li, "/bookings", rooms_for_all).await;
        assert_eq!(still["current"]["conflicts"][0]["chosen"], "ask", "{still}");
        let skipped = booked(&house, &li, night(json!(["skip:2027-03-27"]))).await;
        assert_eq!(skipped.len(), 3, "left out");
        let undo = house.send(&li, Method::DELETE, "/bookings/acts/latest", json!({})).await;
        assert_eq!(undo.status, StatusCode::OK, "{}", undo.body);
        let all = booked(&house, &li, night(json!(["next_time:2027-03-27"]))).await;
        let mut times = Vec::new();
        for no in &all {
            let one = house.seen(&li, &format!("/bookings/{no}")).await;
            times.push(one["starts_at"].as_str().unwrap()[..16].to_owned());
        }
        let summer =
            ["2027-03-14T01:30", "2027-03-21T01:30", "2027-03-28T01:00", "2027-04-04T00:30"];
        assert_eq!(
            times, summer,
            "half past two by the wall, and three on the night that has none"
        );

        // moved there later, each that has no such time is shown
        let evening = booked(&house, &li, series("晚餐", 6, "A5", "2027-03-20 19:00", 3)).await;
        let body = json!({ "reach": "all", "when": "3/20 26:15" });
        let asked = point(&house, &li, &evening[0], body.clone()).await;
        assert_eq!(asked.status, StatusCode::CONFLICT, "{}", asked.body);
        let conflicts = asked.json()["current"]["conflicts"].clone();
        assert_eq!(numbers(&conflicts), [evening[1].clone()], "{conflicts}");
        let mut chosen = body;
        chosen["choice"] = json!([format!("next_time:{}", evening[1])]);
        let done = point(&house, &li, &evening[0], chosen).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
        // and one alone is told so in the field
        let alone = json!({ "name": "王先生", "party": 4, "phone": "13800001234", "when": "2027-03-27 26:15", "room": ["A1"] });
        let refused = house.refused(&li, "/bookings", alone).await;
        assert!(refused["fields"]["when"].as_str().unwrap().contains("拨快"), "{refused}");
    }
}

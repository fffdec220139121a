//! Bookings that come again, changed and called off in the three ways: this one, this and later ones,
//! all; with a choice for each that somebody is in the way of.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::bookings_kit::{House, Who};
use super::desk;
use super::kit;

/// A meeting in A3, four Mondays from the last of November on; the numbers by time.
async fn mondays(house: &House, li: &Who) -> Vec<String> {
    numbers(&house.did(li, "/bookings", meeting("weekly", 4)).await["items"])
}

fn meeting(every: &str, times: i64) -> Value {
    json!({ "name": "例会", "party": 6, "phone": "13800001234", "when": "2026-11-30 19:00", "room": ["A3"], "every": every, "times": times })
}

fn numbers(items: &Value) -> Vec<String> {
    let all = items.as_array().unwrap_or_else(|| panic!("{items}")).iter();
    all.map(|one| one["no"].as_str().unwrap().to_owned()).collect()
}

/// Where and when each is, and whether it stands: `A3 2026-11-30T11:00 booked`.
async fn stand(house: &House, who: &Who, all: &[String]) -> Vec<String> {
    let mut stands = Vec::new();
    for no in all {
        let one = house.seen(who, &format!("/bookings/{no}")).await;
        let at = one["starts_at"].as_str().unwrap()[..16].to_owned();
        let room = house.rooms_of(who, no).await;
        stands.push(format!("{room} {at} {}", one["state"].as_str().unwrap()));
    }
    stands
}

async fn version(house: &House, who: &Who, no: &str) -> Value {
    house.seen(who, &format!("/bookings/{no}")).await["version"].clone()
}

/// A change pointed at one of them.
async fn change(house: &House, who: &Who, no: &str, mut body: Value) -> desk::Answer {
    body["version"] = version(house, who, no).await;
    house.post(who, &format!("/bookings/{no}/series"), body).await
}

async fn changed(house: &House, who: &Who, no: &str, body: Value) -> Value {
    let answer = change(house, who, no, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

/// How often each booking has a word in the journal.
async fn told(house: &House, all: &[String], word: &str) -> Vec<usize> {
    let mut many = BTreeMap::new();
    for one in switchboard::db::news_after(&house.db, 0, 100_000).await.unwrap() {
        if one.change == word {
            *many.entry(one.subject).or_default() += 1;
        }
    }
    let of = |no: &String| many.get(&format!("bookings/{no}")).copied().unwrap_or(0);
    all.iter().map(of).collect()
}

async fn opened(fresh: &kit::Fresh) -> (House, Who, Who) {
    let house = House::open(&fresh.db, "18:00");
    let zhou = house.person("周明", "zhou", "supervisor").await;
    house.furnish(&zhou).await;
    let li = house.person("李红", "li", "operator").await;
    (house, zhou, li)
}

#[tokio::test]
async fn from_one_on_they_change_together_and_the_one_changed_alone_stays() {
    for fresh in kit::stores().await {
        let (house, _, li) = opened(&fresh).await;
        let all = mondays(&house, &li).await;
        // one of them begins later: a time alone is on its own day
        let alone = format!("/bookings/{}", all[2]);
        let body = json!({ "version": version(&house, &li, &all[2]).await, "when": "20:00" });
        assert_eq!(house.did(&li, &alone, body).await["apart"], true);

        let later = json!({ "reach": "later", "room": "A4", "when": "18:30" });
        let done = changed(&house, &li, &all[1], later).await;
        assert_eq!(numbers(&done["items"]), [all[1].clone(), all[3].clone()]);
        assert_eq!(done["kept"], json!([all[2]]), "{done}");
        let stands = stand(&house, &li, &all).await;
        let places = [
            "A3 2026-11-30T11:00 booked",
            "A4 2026-12-07T10:30 booked",
            "A3 2026-12-14T12:00 booked",
            "A4 2026-12-21T10:30 booked",
        ];
        assert_eq!(stands, places);
        assert_eq!(told(&house, &all, "edited").await, [0, 1, 1, 1], "a line for each of them");

        // chosen, it is changed with the others, and keeps what makes it its own
        let note = json!({ "reach": "all", "note": "带投影", "also": [all[2]] });
        let done = changed(&house, &li, &all[0], note).await;
        assert_eq!((done["items"].as_array().unwrap().len(), &done["kept"]), (4, &json!([])));
        assert_eq!(stand(&house, &li, &all).await, places);
        let third = house.seen(&li, &alone).await;
        assert_eq!((&third["note"], &third["apart"]), (&json!("带投影"), &json!(true)));

        // undone with one key, each with a line of its own
        let undo = house.send(&li, Method::DELETE, "/bookings/acts/latest", json!({})).await;
        assert_eq!(undo.status, StatusCode::OK, "{}", undo.body);
        assert_eq!(told(&house, &all, "undone").await, [1, 1, 1, 1]);
        for no in &all {
            let one = house.seen(&li, &format!("/bookings/{no}")).await;
            assert_eq!(one["note"], "", "{no}");
        }
        // what stood when the page was drawn is not what is changed now
        let stale = json!({ "reach": "all", "note": "x", "version": 1 });
        let address = format!("/bookings/{}/series", all[1]);
        let stale = house.refused(&li, &address, stale).await;
        assert_eq!(stale["type"], "/problems/stale", "{stale}");
        let nothing = json!({ "reach": "all", "name": "例会", "party": 6 });
        let nothing = change(&house, &li, &all[0], nothing).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nothing.body);
    }
}

#[tokio::test]
async fn whoever_is_in_the_way_of_one_is_shown_and_each_is_chosen_for() {
    for fresh in kit::stores().await {
        let (house, zhou, li) = opened(&fresh).await;
        let all = mondays(&house, &li).await;
        house.book(&li, "王先生", 6, "A4", "2026-12-07 19:00").await;
        house.book(&li, "赵女士", 6, "A4", "2026-12-14 19:30").await;
        let before = stand(&house, &li, &all).await;
        let mut body = json!({ "reach": "all", "room": "A4" });
        let asked = change(&house, &li, &all[0], body.clone()).await;
        assert_eq!(asked.status, StatusCode::CONFLICT);
        let conflicts = asked.json()["current"]["conflicts"].clone();
        assert_eq!(numbers(&conflicts), [all[1].clone(), all[2].clone()], "in order of time");
        assert!(conflicts[1]["detail"].as_str().unwrap().contains("赵女士"), "{conflicts}");
        assert_eq!(stand(&house, &li, &all).await, before, "nothing is half done");
        assert_eq!(told(&house, &all, "edited").await, [0; 4]);

        // one choice is not enough where two are in the way
        body["choice"] = json!([format!("skip:{}", all[1])]);
        let asked = change(&house, &li, &all[0], body.clone()).await;
        assert_eq!(asked.status, StatusCode::CONFLICT, "{}", asked.body);
        assert_eq!(stand(&house, &li, &all).await, before);
        body["choice"] = json!([format!("skip:{}", all[1]), format!("other_room:{}", all[2])]);
        let done = changed(&house, &li, &all[0], body.clone()).await;
        assert_eq!(done["conflicts"][0]["chosen"], "skip", "{done}");
        let stands = stand(&house, &li, &all).await;
        assert_eq!(stands[0], "A4 2026-11-30T11:00 booked");
        assert_eq!(stands[1], before[1], "left as it is");
        assert!(!stands[2].starts_with("A4"), "another room: {stands:?}");
        assert_eq!(stands[3], "A4 2026-12-21T11:00 booked");
        body["choice"] = json!(["drop:x"]);
        assert_eq!(change(&house, &li, &all[0], body).await.status, StatusCode::BAD_REQUEST);

        // a room that spends less is a supervisor's to give, for each of them
        let large = json!({ "name": "年检", "party": 8, "phone": "13800009999", "when": "2026-11-30 12:00", "room": ["B1"], "every": "daily", "times": 2 });
        let large = numbers(&house.did(&li, "/bookings", large).await["items"]);
        let small = json!({ "reach": "all", "room": "A1" });
        let asked = change(&house, &li, &large[0], small.clone()).await;
        assert_eq!(asked.status, StatusCode::CONFLICT);
        assert_eq!(asked.json()["current"]["conflicts"].as_array().unwrap().len(), 2);
        changed(&house, &zhou, &large[0], small).await;
        assert!(stand(&house, &li, &large).await.iter().all(|one| one.starts_with("A1")));
    }
}

#[tokio::test]
async fn a_series_is_not_in_its_own_way_when_all_of_it_moves_on() {
    for fresh in kit::stores().await {
        let (house, _, li) = opened(&fresh).await;
        let days = numbers(&house.did(&li, "/bookings", meeting("daily", 3)).await["items"]);
        // each goes to where the next one stands
        let on = json!({ "reach": "all", "when": "12/1 19:00" });
        changed(&house, &li, &days[0], on).await;
        let places = [
            "A3 2026-12-01T11:00 booked",
            "A3 2026-12-02T11:00 booked",
            "A3 2026-12-03T11:00 booked",
        ];
        assert_eq!(stand(&house, &li, &days).await, places);
        let undo = house.send(&li, Method::DELETE, "/bookings/acts/latest", json!({})).await;
        assert_eq!(undo.status, StatusCode::OK, "{}", undo.body);
        assert_eq!(stand(&house, &li, &days).await[0], "A3 2026-11-30T11:00 booked");
        // and back again, to a time that is over for one of them: for none
        let over = json!({ "reach": "all", "when": "11/23 12:00" });
        let over = change(&house, &li, &days[0], over).await;
        assert_eq!(over.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", over.body);
        assert!(over.json()["fields"]["when"].is_string(), "{}", over.body);
    }
}

#[tokio::test]
async fn one_is_called_off_or_it_and_later_ones_or_all() {
    for fresh in kit::stores().await {
        let (house, _, li) = opened(&fresh).await;
        let all = mondays(&house, &li).await;
        let states = async || -> Vec<String> {
            let stands = stand(&house, &li, &all).await;
            stands.iter().map(|one| one.rsplit(' ').next().unwrap().to_owned()).collect()
        };
        let off = async |no: &str, reach: &str| {
            let body = json!({ "reach": reach, "reason": "客人取消" });
            house.did(&li, &format!("/bookings/{no}/series/cancellation"), body).await
        };
        off(&all[1], "this").await;
        assert_eq!(states().await, ["booked", "cancelled", "booked", "booked"]);
        let later = off(&all[2], "later").await;
        assert_eq!(states().await, ["booked", "cancelled", "cancelled", "cancelled"]);
        assert_eq!(told(&house, &all, "cancelled").await, [0, 1, 1, 1]);
        let undo = format!("/bookings/acts/{}", later["act"]);
        let undo = house.send(&li, Method::DELETE, &undo, json!({})).await;
        assert_eq!(undo.status, StatusCode::OK, "{}", undo.body);
        assert_eq!(states().await, ["booked", "cancelled", "booked", "booked"]);
        // the room of one changed alone is kept for it; what was called off before stays so
        let alone = json!({ "version": version(&house, &li, &all[3]).await, "party": 7 });
        house.did(&li, &format!("/bookings/{}", all[3]), alone).await;
        let done = off(&all[0], "all").await;
        assert_eq!(done["kept"], json!([all[3]]), "{done}");
        assert_eq!(states().await, ["cancelled", "cancelled", "cancelled", "booked"]);
        house.book(&li, "王先生", 6, "A3", "2026-12-14 19:00").await;
        let unsaid = json!({ "reach": "all" });
        let unsaid =
            house.refused(&li, &format!("/bookings/{}/series/cancellation", all[3]), unsaid).await;
        assert!(unsaid["fields"]["reason"].is_string(), "{unsaid}");
    }
}

#[tokio::test]
async fn a_browser_is_shown_the_conflicts_beside_what_was_typed() {
    for fresh in kit::stores().await {
        let (house, _, li) = opened(&fresh).await;
        let all = mondays(&house, &li).await;
        house.book(&li, "王先生", 6, "A4", "2026-12-07 19:00").await;
        let address = format!("/bookings/{}/series", all[0]);
        let page = house.page(&li, &address).await;
        assert!(page.contains("每周") && all.iter().all(|no| page.contains(no)), "{page}");
        let one = house.page(&li, &format!("/bookings/{}", all[0])).await;
        assert!(one.contains(&format!("href=\"{address}\"")), "the way there");
        let choose = format!("skip:{}", all[1]);
        let send = async |choice: &str| {
            let fields = [
                ("version", "1"),
                ("reach", "all"),
                ("room", "A4"),
                ("when", ""),
                ("minutes", ""),
                ("name", "例会"),
                ("party", "6"),
                ("phone", "138 0000 1234"),
                ("wishes", ""),
                ("note", ""),
                ("reason", ""),
                ("choice", choice),
            ];
            let request = desk::form(&address, &fields).header("cookie", &li.0);
            house.desk.ask(request).await
        };
        let asked = send("").await;
        assert_eq!(asked.status, StatusCode::CONFLICT);
        for part in [choose.as_str(), "name=\"room\" list=\"rooms\" value=\"A4\"", "王先生"] {
            assert!(asked.body.contains(part), "{part}: {}", asked.body);
        }
        let done = send(&choose).await;
        assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, &*address));
        let page = house.page(&li, &address).await;
        assert!(page.contains("id=\"undo\""), "it can be taken back from there");
        // what was not changed in the form was not written into the others
        let rooms = stand(&house, &li, &all).await;
        assert!(rooms[1].starts_with("A3") && rooms[3].starts_with("A4"), "{rooms:?}");
        assert_eq!(version(&house, &li, &all[1]).await, 1);
    }
}

#[tokio::test]
async fn a_new_series_is_chosen_for_date_by_date_and_undone_as_one() {
    for fresh in kit::stores().await {
        let (house, _, li) = opened(&fresh).await;
        house.book(&li, "王先生", 6, "A3", "2026-12-07 19:00").await;
        house.book(&li, "赵女士", 6, "A3", "2026-12-14 19:30").await;
        let mut body = meeting("weekly", 4);
        body["choice"] = json!(["skip:2026-12-07"]);
        let asked = house.refused(&li, "/bookings", body.clone()).await;
        assert_eq!(asked["current"]["conflicts"][1]["date"], "2026-12-14", "{asked}");
        body["choice"] = json!(["skip:2026-12-07", "other_room:2026-12-14"]);
        let made = house.did(&li, "/bookings", body).await;
        let all = numbers(&made["items"]);
        let stands = stand(&house, &li, &all).await;
        assert_eq!(stands.len(), 3, "{stands:?}");
        assert!(stands[1].contains("12-14") && !stands[1].starts_with("A3"), "{stands:?}");
        let undo = format!("/bookings/acts/{}", made["act"]);
        let undo = house.send(&li, Method::DELETE, &undo, json!({})).await;
        assert_eq!(undo.status, StatusCode::OK, "{}", undo.body);
        let stands = stand(&house, &li, &all).await;
        assert!(stands.iter().all(|one| one.ends_with("cancelled")), "{stands:?}");
        // stays of two days overlap the next day's: then none is booked, not the half of them
        let mut long = meeting("daily", 3);
        long["minutes"] = json!(2_000);
        let clash = house.refused(&li, "/bookings", long).await;
        assert_eq!(clash["current"]["conflicts"].as_array().unwrap().len(), 1, "{clash}");
        house.book(&li, "孙先生", 6, "A3", "2026-11-30 19:00").await;
    }
}

#[tokio::test]
async fn a_greeter_sees_a_series_and_changes_none() {
    for fresh in kit::stores().await {
        let (house, _, li) = opened(&fresh).await;
        let all = mondays(&house, &li).await;
        let jia = house.person("甲", "jia", "greeter").await;
        let seen = house.seen(&jia, &format!("/bookings/{}/series", all[0])).await;
        assert_eq!(seen["every"], "weekly");
        assert_eq!(seen["items"][3]["phone"], "138****1234", "{seen}");
        for act in ["series", "series/cancellation"] {
            let body = json!({ "version": 1, "reach": "all", "note": "x", "reason": "x" });
            let answer = house.post(&jia, &format!("/bookings/{}/{act}", all[0]), body).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{act}");
        }
        let single = house.book(&li, "王先生", 6, "A1", "20:00").await;
        let body = json!({ "version": 1, "reach": "all", "note": "x" });
        let none = house.post(&li, &format!("/bookings/{single}/series"), body).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND, "it comes once");
    }
}

//! What is taken back, promised again, shown and handed on: who may, and what becomes of those who wait.

use axum::http::{Method, StatusCode};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use switchboard::bookings::store::waiting::{self, NewEntry};
use switchboard::bookings::waitlist::{Gap, Standing, first_for};
use switchboard::kernel::{AreaId, Moment, RoomClassId};
use switchboard::rooms;

use super::bookings_kit::House;
use super::kit;

#[tokio::test]
async fn an_act_is_taken_back_by_its_own_address_and_not_by_everybody() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:50");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let jia = house.person("甲", "jia", "greeter").await;
        let no = house.book(&li, "王先生", 6, "A3", "19:00").await;
        let path = |noun: &str| format!("/bookings/{no}/{noun}");
        house.did(&jia, &path("arrival"), json!({})).await;
        // somebody changed it since: taking the arrival back is refused, and nothing else is taken back
        let longer = house.did(&li, &path("extension"), json!({ "minutes": 30 })).await;
        let back = house.send(&jia, Method::DELETE, &path("arrival"), json!({})).await;
        assert_eq!(back.status, StatusCode::CONFLICT, "{}", back.body);
        assert_eq!(house.seen(&li, &path("")[..path("").len() - 1]).await["planned_minutes"], 150);
        // a greeter takes back what a greeter did, not what the desk did
        let undo = format!("/bookings/acts/{}", longer["act"]);
        let hers = house.send(&jia, Method::DELETE, &undo, json!({})).await;
        assert_eq!(hers.status, StatusCode::FORBIDDEN, "{}", hers.body);
        let own = house.send(&li, Method::DELETE, &undo, json!({})).await;
        assert_eq!(own.status, StatusCode::OK, "{}", own.body);
        assert_eq!(house.state(&li, &no).await, "arrived");
    }
}

#[tokio::test]
async fn a_hold_is_its_keepers_alone_and_gone_once_the_booking_is_undone() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let chen = house.person("陈晨", "chen", "operator").await;
        let hold = house.did(&li, "/bookings/holds", json!({ "room": "A3", "at": "19:00" })).await;
        let body = json!({ "name": "王先生", "party": 6, "phone": "13812345678", "when": "19:00", "room": ["A3"], "hold": hold["id"] });
        let stolen = house.refused(&chen, "/bookings", body.clone()).await;
        assert!(stolen["detail"].as_str().unwrap().contains("李红"), "{stolen}");
        assert_eq!(stolen["current"]["alternatives"].as_array().unwrap().len(), 3, "{stolen}");
        let touched =
            house.refused(&chen, "/bookings/holds", json!({ "room": "A3", "at": "19:30" })).await;
        assert_eq!(touched["current"]["alternatives"].as_array().unwrap().len(), 3, "{touched}");
        let past =
            house.refused(&li, "/bookings/holds", json!({ "room": "A4", "at": "15:00" })).await;
        assert!(past["fields"]["at"].is_string(), "{past}");
        let made = house.did(&li, "/bookings", body).await;
        let undo = format!("/bookings/acts/{}", made["act"]);
        assert_eq!(house.send(&li, Method::DELETE, &undo, json!({})).await.status, StatusCode::OK);
        house.book(&chen, "赵先生", 6, "A3", "19:00").await;
        // a drag into a taken room names who has it, and what else there is
        let sun = house.book(&li, "孙女士", 6, "A4", "19:00").await;
        let taken =
            house.refused(&li, &format!("/bookings/{sun}/change"), json!({ "room": "A3" })).await;
        assert!(taken["detail"].as_str().unwrap().contains("赵先生"), "{taken}");
        assert_eq!(taken["current"]["alternatives"].as_array().unwrap().len(), 3, "{taken}");
    }
}

#[tokio::test]
async fn what_a_move_is_said_to_free_is_what_it_frees() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let no = house.book(&li, "王先生", 6, "A3", "19:00").await;
        let wait = json!({ "name": "一号", "party": 6, "phone": "13700000001", "from": "19:00", "to": "23:00", "minutes": 90 });
        house.did(&li, "/waitlist", wait).await;
        // half an hour later in the same room frees half an hour, and that is enough for nobody
        let later = house.seen(&li, &format!("/bookings/{no}/preview?at=19:30")).await;
        let said = later["said"].as_str().unwrap();
        assert!(said.contains("19:00–19:30") && !said.contains("一号"), "{later}");
        assert_eq!(later["preview"]["gains"], json!([]), "{later}");
        let elsewhere = house.seen(&li, &format!("/bookings/{no}/preview?room=A4")).await;
        let said = elsewhere["said"].as_str().unwrap();
        assert!(said.contains("19:00–21:15") && said.contains("一号"), "{elsewhere}");
        house.did(&li, &format!("/bookings/{no}/change"), json!({ "at": "19:30" })).await;
        let waiting = house.seen(&li, "/waitlist").await;
        assert_eq!(waiting["items"][0]["state"], "waiting", "{waiting}");

        // while they are phoned the room is kept for them: nobody has booked it
        let path = format!("/bookings/{no}/cancellation");
        house.did(&li, &path, json!({ "reason": "客人取消" })).await;
        let other = json!({ "name": "钱先生", "party": 6, "phone": "13900001111", "when": "19:30", "room": ["A3"] });
        let kept = house.refused(&li, "/bookings", other).await;
        let detail = kept["detail"].as_str().unwrap();
        assert!(detail.contains("正留给 候补 一号") && !detail.contains("订走"), "{kept}");
    }
}

#[tokio::test]
async fn who_waits_does_not_get_lost_when_something_is_taken_back() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let no = house.book(&li, "王先生", 6, "A3", "19:00").await;
        let wait = json!({ "name": "一号", "party": 6, "phone": "13700000001", "from": "19:00", "to": "23:00", "minutes": 90 });
        house.did(&li, "/waitlist", wait).await;
        let path = format!("/bookings/{no}/cancellation");
        house.did(&li, &path, json!({ "reason": "客人取消" })).await;
        let took = house.did(&li, "/waitlist/1/reply", json!({ "reply": "accepted" })).await;
        assert_eq!(took["rooms"][0]["room"], "A3");
        let undo = format!("/bookings/acts/{}", took["act"]);
        assert_eq!(house.send(&li, Method::DELETE, &undo, json!({})).await.status, StatusCode::OK);
        let waiting = house.seen(&li, "/waitlist").await;
        assert_eq!(waiting["items"][0]["state"], "waiting", "{waiting}");
        // the room is somebody else's: who is promised again waits before the others
        house.book(&li, "李女士", 6, "A3", "19:00").await;
        let again = house.send(&li, Method::DELETE, &path, json!({})).await;
        assert_eq!(again.status, StatusCode::CONFLICT);
        let again = house.send(&li, Method::DELETE, &path, json!({ "wait": true })).await;
        assert_eq!(again.status, StatusCode::OK, "{}", again.body);
        let waiting = house.seen(&li, "/waitlist").await;
        let names: Vec<&str> = waiting["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["王先生", "一号"], "the house owes him a room");
    }
}

#[tokio::test]
async fn showing_a_room_takes_the_operator_from_the_desk_and_the_guest_is_nobodys_sale() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let id = switchboard::staff::store::everyone(&house.db).await.unwrap();
        let id = id.iter().find(|one| one.login == "li").unwrap().id;
        let stamp = || switchboard::db::Stamp { by: Some(id), ..house.desk.stamp() };
        switchboard::shifts::store::signing::sign_on(&house.db, stamp(), id, None).await.unwrap();
        let shown = house.did(&li, "/viewings", json!({ "room": "B2", "name": "王女士" })).await;
        let there = || async {
            let now = house.desk.clock.now();
            let duty =
                switchboard::shifts::store::person(&house.db, id, now).await.unwrap().unwrap();
            duty.absence.map(|one| (one.reason.unwrap(), one.place.unwrap()))
        };
        assert_eq!(there().await, Some(("带看".to_owned(), "B2".to_owned())));
        let board = house.page(&zhou, "/rooms/board").await;
        assert!(
            board.contains("id=\"viewings\"") && board.contains("王女士"),
            "every board shows it"
        );
        let request =
            super::desk::form(&format!("/viewings/{}/end", shown["id"]), &[("outcome", "booked")]);
        let end = house.desk.ask(request.header("cookie", &li.0)).await;
        assert_eq!(end.status, StatusCode::SEE_OTHER);
        let form = end.header("location").to_owned();
        assert_eq!(there().await, None, "back at the desk");
        let page = house.page(&li, &form).await;
        assert!(page.contains("王女士") && page.contains("name=\"viewing\""), "{form}");
        let body = json!({ "name": "王女士", "party": 6, "phone": "13812345678", "when": "19:00", "room": ["B2"], "viewing": shown["id"], "source": "staff", "sold_by": "陈", "sold_dept": "销售部" });
        let booked = house.did(&li, "/bookings", body).await;
        assert_eq!((&booked["source"], &booked["sold_by"]), (&json!("self"), &json!(null)));
    }
}

#[tokio::test]
async fn a_booking_that_is_a_banquet_is_told_to_the_business_manager() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let song = house.person("宋江", "song", "manager").await;
        house.book(&li, "小桌", 4, "A1", "19:00").await;
        let body = json!({ "name": "陈府", "party": 30, "phone": "13600001111", "when": "2026-12-26 18:00", "room": ["C1"] });
        house.did(&li, "/bookings", body).await;
        let leads = house.seen(&song, "/banquets").await;
        let leads = leads["items"].as_array().unwrap();
        assert_eq!(
            (leads.len(), &leads[0]["name"], &leads[0]["state"]),
            (1, &json!("陈府"), &json!("new"))
        );
        let owed = switchboard::db::news_after(&house.db, 0, 1_000).await.unwrap();
        assert!(owed.iter().any(|one| one.kind == "notice"), "the managers' pages ring");
        // taken up: nobody is asked any more
        house.did(&song, "/banquets/1", json!({ "version": 1, "state": "handed_over" })).await;
        let owed = switchboard::db::news_after(&house.db, 0, 1_000).await.unwrap();
        assert!(owed.iter().any(|one| one.kind == "notice" && one.change == "closed"));
    }
}

/// Somebody who waits, made up.
fn made_up(chance: &mut StdRng, date: chrono::NaiveDate, now: Moment) -> NewEntry {
    let from_at = now.plus_millis(chance.random_range(-90..120) * 60_000);
    let wished = |wish: i64| (wish > 0).then_some(wish);
    NewEntry {
        date,
        contact_id: None,
        name: "候补".to_owned(),
        phone: "+8613800001234".to_owned(),
        party: chance.random_range(1..=14),
        class_id: wished(chance.random_range(0..=2)).map(RoomClassId),
        area_id: wished(chance.random_range(0..=2)).map(AreaId),
        from_at,
        to_at: from_at.plus_millis(chance.random_range(60..420) * 60_000),
        min_minutes: chance.random_range(30..=150),
        tier: chance.random_range(0..=2),
        note: String::new(),
        call_id: None,
        read_back: false,
    }
}

#[tokio::test]
async fn of_many_who_wait_the_store_finds_the_one_the_rule_names() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "18:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let (db, stamp) = (&fresh.db, house.desk.stamp());
        let (now, date) = (stamp.now, house.desk.kit.day.date(stamp.now));
        let wait = db.write(stamp, move |tx| {
            Box::pin(async move {
                let mut chance = StdRng::seed_from_u64(20);
                for _ in 0..60 {
                    waiting::add_in(tx, &made_up(&mut chance, date, now)).await?;
                }
                // who is offered something already is not called
                waiting::move_in(tx, 7, Standing::Offered, 0, "offered").await
            })
        });
        wait.await.unwrap();
        let all = waiting::open(db, now).await.unwrap();
        let known = rooms::store::house(db).await.unwrap();
        let at = move |minutes: i64| now.plus_millis(minutes * 60_000);
        let (mut called, mut nobody) = (0, 0);
        for (from, to) in [(-30, 90), (0, 150), (20, 130), (45, 400), (300, 420)] {
            for room in &known.rooms {
                let buffer_ms = known.buffer_ms(room.id);
                let gap = Gap { room, from: at(from), to: at(to), buffer_ms };
                let rule = first_for(&all, gap, now).map(|(entry, start)| (entry.id, start));
                let theirs = room.clone();
                let found = db.write(stamp, move |tx| {
                    let room = theirs.clone();
                    Box::pin(async move {
                        let gap = Gap { room: &room, from: at(from), to: at(to), buffer_ms };
                        waiting::first_for_in(tx, gap, &[]).await
                    })
                });
                let found = found.await.unwrap().map(|(entry, start)| (entry.id, start));
                assert_eq!(found, rule, "{} from {from} to {to}", room.name);
                if rule.is_some() { called += 1 } else { nobody += 1 }
            }
        }
        assert!(called > 10 && nobody > 1, "{called} are called, {nobody} times nobody");
    }
}

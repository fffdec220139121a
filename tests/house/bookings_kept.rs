//! What is kept while somebody is at it: all rooms of a combination, a plan as it was shown, and the tasks
//! of who is away with a guest.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use switchboard::bus::News;
use switchboard::db::{Db, Sql};
use tokio::sync::broadcast::Receiver;

use super::bookings_kit::{House, Who};
use super::kit;
use super::site::{OUT_OF_HOURS, Site};

/// Holds that count.
const HELD: Sql =
    Sql::both("SELECT count(*) AS n FROM claims WHERE kind = 'hold' AND released_at IS NULL");

async fn held(db: &Db) -> i64 {
    db.read(HELD).value().await.unwrap()
}

fn names_li(said: &Value) {
    let detail = said["detail"].as_str().unwrap();
    assert!(detail.contains("李红"), "{detail}");
}

#[tokio::test]
async fn all_rooms_of_a_combination_are_kept_while_its_booking_is_written() {
    for fresh in kit::stores().await {
        let (house, li, xiao) = House::staffed(&fresh.db).await;
        let both = json!({ "room": ["A5", "A6"], "at": "19:30", "minutes": 120 });
        let kept = house.did(&li, "/bookings/holds", both).await;
        assert_eq!(kept["room_ids"], json!([5, 6]), "{kept}");
        assert_eq!(kept["ids"].as_array().unwrap().len(), 2);
        assert_eq!(kept["id"], kept["ids"][0]);

        // a colleague gets neither of them, and hears whose they are
        for room in ["A5", "A6", "A5+A6"] {
            let wish = json!({ "room": room, "at": "20:00" });
            names_li(&house.refused(&xiao, "/bookings/holds", wish).await);
            let body = json!({ "name": "赵先生", "party": 6, "phone": "13900001111", "when": "20:00", "room": room });
            names_li(&house.refused(&xiao, "/bookings", body).await);
        }
        // rooms without a wall between them are no combination
        let apart = json!({ "room": ["A1", "A3"], "at": "19:30" });
        let refused = house.refused(&li, "/bookings/holds", apart).await;
        assert_eq!(refused["status"], 422, "{refused}");
        assert_eq!(held(&house.db).await, 2, "what is refused gives nothing back");

        // another time instead: both are given back for both
        let later =
            json!({ "room": "A5+A6", "at": "21:00", "minutes": 120, "instead": kept["ids"] });
        let kept = house.did(&li, "/bookings/holds", later).await;
        assert_eq!(held(&house.db).await, 2);
        // both are kept for longer, each by its number
        for id in kept["ids"].as_array().unwrap() {
            house.did(&li, &format!("/bookings/holds/{id}"), json!({})).await;
        }
        // both become the booking
        let body = json!({ "name": "孙总", "party": 12, "phone": "13900002222", "when": "21:00", "room": "A5+A6", "hold": kept["ids"] });
        let booked = house.did(&li, "/bookings", body).await;
        assert_eq!(house.rooms_of(&li, booked["no"].as_str().unwrap()).await, "A5+A6");
        assert_eq!(held(&house.db).await, 0, "nothing is kept any longer");

        // who takes one of two gives the other back; a form sends both in one field
        let early = json!({ "room": ["A5", "A6"], "at": "18:30", "minutes": 90 });
        let kept = house.did(&li, "/bookings/holds", early).await;
        let form = format!("{},{}", kept["ids"][0], kept["ids"][1]);
        let opened = house.page(&li, &format!("/bookings/new?room=A5&at=18:30&hold={form}")).await;
        assert!(opened.contains(&format!("name=\"hold\" value=\"{form}\"")), "the form keeps both");
        let body = json!({ "name": "王先生", "party": 6, "phone": "13800001234", "when": "18:30", "minutes": 90, "room": "A5", "hold": form });
        house.did(&li, "/bookings", body).await;
        assert_eq!(held(&house.db).await, 0);
        house
            .did(&xiao, "/bookings/holds", json!({ "room": "A6", "at": "18:30", "minutes": 60 }))
            .await;
    }
}

/// Asks for the moves as they were shown.
fn as_shown(plan: &Value) -> Value {
    let mut asked = plan["asked"].clone();
    asked["room"] = plan["name"].clone();
    asked["moves"] = plan["moves"].clone();
    asked
}

#[tokio::test]
async fn a_full_house_is_packed_anew_as_it_was_shown_or_not_at_all() {
    for fresh in kit::stores().await {
        let (house, li, xiao) = House::staffed(&fresh.db).await;
        let early = house.book(&li, "早客", 4, "A1", "19:00").await;
        let late = house.book(&li, "晚客", 4, "A2", "21:30").await;
        let mut full = Vec::new();
        for room in ["A3", "A4", "A5", "A6"] {
            full.push(house.book(&li, "满客", 4, room, "19:30").await);
        }
        let wish = "/bookings/suggestions?party=8&at=20:00&class=1&wishes=%E9%9D%A0%E7%AA%97";
        let shown = house.seen(&li, wish).await;
        assert_eq!(shown["items"], json!([]), "{shown}");
        let plan = &shown["repack"];
        assert_eq!(plan["name"], "A1", "{plan}");
        assert_eq!(plan["moves"], json!([{ "no": early, "from": "A1", "to": "A2" }]));
        assert_eq!(
            (&plan["asked"]["class"], &plan["asked"]["wishes"]),
            (&json!(1), &json!("靠窗")),
            "what it was looked for goes along"
        );
        let stale = as_shown(plan);

        // a plan nobody has shown is not carried out
        let mut unseen = stale.clone();
        unseen["moves"] = json!([]);
        let refused = house.post(&li, "/bookings/repacking", unseen).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);

        // a colleague takes what it was to use: nobody is moved, and the new plan is shown
        let brief = json!({ "name": "短客", "party": 4, "phone": "13900001111", "when": "18:30", "minutes": 60, "room": ["A2"] });
        let brief = house.did(&xiao, "/bookings", brief).await;
        let refused = house.post(&li, "/bookings/repacking", stale.clone()).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
        let refused = refused.json();
        let plan = refused["current"]["repack"].clone();
        assert_eq!(plan["moves"], json!([{ "no": late, "from": "A2", "to": "A1" }]), "{refused}");
        assert!(refused["detail"].as_str().unwrap().contains("A2→A1"), "{refused}");
        assert_eq!(house.rooms_of(&li, &early).await, "A1");
        assert_eq!(house.rooms_of(&li, &late).await, "A2");

        // as it is shown now it is done, and the room is kept for who asked
        let done = house.did(&li, "/bookings/repacking", as_shown(&plan)).await;
        assert_eq!((&done["name"], done["acts"].as_array().unwrap().len()), (&json!("A2"), 1));
        assert_eq!(house.rooms_of(&li, &late).await, "A1");
        let body = json!({ "name": "赵先生", "party": 8, "phone": "13900001111", "when": "20:00", "room": ["A2"] });
        names_li(&house.refused(&xiao, "/bookings", body.clone()).await);
        let mut own = body;
        own["hold"] = done["hold"]["ids"].clone();
        let own = house.did(&li, "/bookings", own).await;
        assert_eq!(own["rooms"][0]["room"], "A2");

        // each move can be taken back like any other
        house
            .did(
                &li,
                &format!("/bookings/{}/cancellation", own["no"].as_str().unwrap()),
                json!({ "reason": "客人取消" }),
            )
            .await;
        let act = format!("/bookings/acts/{}", done["acts"][0]);
        let back = house.send(&li, Method::DELETE, &act, json!({})).await;
        assert_eq!(back.status, StatusCode::OK, "{}", back.body);
        assert_eq!(house.rooms_of(&li, &late).await, "A2");

        // a room has become free meanwhile: nobody needs to move
        let brief = brief["no"].as_str().unwrap();
        for no in [brief, full[0].as_str()] {
            house
                .did(&li, &format!("/bookings/{no}/cancellation"), json!({ "reason": "客人取消" }))
                .await;
        }
        let refused = house.post(&li, "/bookings/repacking", stale).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
        let refused = refused.json();
        assert!(refused["detail"].as_str().unwrap().contains("A3"), "{refused}");
        assert_eq!(refused["current"]["items"][0]["name"], "A3");
        assert_eq!(house.rooms_of(&li, &early).await, "A1");
    }
}

/// Which booking a viewing led to, by its number; none where it led to none.
const LED_TO: Sql =
    Sql::both("SELECT b.no FROM viewings v JOIN bookings b ON b.id = v.booking_id WHERE v.id = $1");
/// The titles of what somebody owes, and whose it says it is.
async fn owed(site: &mut Site, who: &'static str) -> Vec<(String, String)> {
    let (_, list) = site.get(who, "/follow-ups").await;
    let text = |one: &Value| one.as_str().unwrap_or_default().to_owned();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|one| (text(&one["title"]), text(&one["staff"]["name"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_away_with_a_guest_leaves_their_tasks_to_the_desk_mate() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        super::bookings_corridor::furnish(&mut site).await;
        for who in ["li", "zhou"] {
            let (status, _) = site.post(who, "/shifts/sign-on", json!({})).await;
            assert!(status.is_success());
        }
        let task = json!({ "title": "给陈府回电", "due_at": "2026-11-23T18:00:00+08:00" });
        let (status, answer) = site.post("li", "/follow-ups", task).await;
        assert!(status.is_success(), "{answer}");
        assert_eq!(owed(&mut site, "zhou").await, [], "it is hers alone");
        let other = json!({ "title": "问厨房备菜", "due_at": "2026-11-23T18:30:00+08:00" });
        let (status, other) = site.post("li", "/follow-ups", other).await;
        assert!(status.is_success(), "{other}");
        let done = format!("/follow-ups/{}/completion", other["id"]);
        let (status, _) = site.post("zhou", &done, json!({})).await;
        assert_eq!(status, StatusCode::FORBIDDEN);

        // she goes: the desk-mate stands in, hears so, and has her task before her
        let guest = json!({ "room": "A1", "name": "王女士" });
        let (status, viewing) = site.post("li", "/viewings", guest).await;
        assert!(status.is_success(), "{viewing}");
        let (_, duty) = site.get("li", "/shifts/duty").await;
        assert_eq!(
            (&duty["presence"], &duty["absence"]["answer"]),
            (&json!("away"), &json!("accepted"))
        );
        assert_eq!(duty["absence"]["stand_in"]["name"], "小周", "{duty}");
        let (_, heard) = site.get("zhou", "/notices").await;
        assert!(heard.to_string().contains("李红带客人看房，由您代班"), "{heard}");
        let her = |title: &str| (title.to_owned(), "李红".to_owned());
        assert_eq!(owed(&mut site, "zhou").await, [her("给陈府回电"), her("问厨房备菜")]);
        let page = site.page("zhou", "/follow-ups").await;
        assert!(page.contains("代李红"), "and sees whose it is");
        let desk = site.page("zhou", "/console").await;
        assert!(desk.contains("给陈府回电") && desk.contains("代李红"), "at the desk too");
        let told = site.waiting("sun").await;
        assert!(!told.iter().any(|text| text.contains("离席")), "somebody stands in: {told:?}");
        let away = site.get("sun", "/shifts").await.1.to_string();
        assert!(away.contains("带看") && away.contains("A1"), "the supervisor sees it: {away}");

        let (status, answer) = site.post("zhou", &done, json!({ "result": "备好了" })).await;
        assert!(status.is_success(), "who stands in does it: {answer}");

        // she is back: what is left is hers alone again
        let end = format!("/viewings/{}/end", viewing["id"]);
        let (status, _) = site.post("li", &end, json!({ "outcome": "booked" })).await;
        assert!(status.is_success());
        assert_eq!(owed(&mut site, "zhou").await, []);
        assert_eq!(owed(&mut site, "li").await.len(), 1);

        // what it led to is noted in the change that books it, also where that is refused
        let id = viewing["id"].as_i64().unwrap();
        let mut body = json!({ "name": "王女士", "party": 6, "phone": "13812345678", "when": "19:00", "room": ["A9"], "viewing": id });
        let (status, _) = site.post("li", "/bookings", body.clone()).await;
        assert!(status.is_client_error());
        let led: Option<(String,)> = site.db.read(LED_TO).bind(id).maybe().await.unwrap();
        assert_eq!(led, None);
        body["room"] = json!(["A1"]);
        let (_, booked) = site.post("li", "/bookings", body.clone()).await;
        let led: Option<(String,)> = site.db.read(LED_TO).bind(id).maybe().await.unwrap();
        assert_eq!(led.map(|one| one.0).as_deref(), booked["no"].as_str());
        assert_eq!(booked["source"], "self");

        // of bookings that come again, the first
        let again = json!({ "room": "A2", "name": "刘女士" });
        let (_, viewing) = site.post("li", "/viewings", again).await;
        let id = viewing["id"].as_i64().unwrap();
        let (status, _) =
            site.post("li", &format!("/viewings/{id}/end"), json!({ "outcome": "booked" })).await;
        assert!(status.is_success());
        body = json!({ "name": "刘女士", "party": 6, "phone": "13812345679", "when": "19:00", "room": ["A2"], "viewing": id, "every": "weekly", "times": 2 });
        let (_, series) = site.post("li", "/bookings", body).await;
        let led: Option<(String,)> = site.db.read(LED_TO).bind(id).maybe().await.unwrap();
        assert_eq!(led.map(|one| one.0).as_deref(), series["items"][0]["no"].as_str(), "{series}");
        site.close().await;
    }
}

/// Whoever says yes to standing in may do what they see, also where they answer no calls themselves.
#[tokio::test(flavor = "multi_thread")]
async fn who_stands_in_from_another_desk_may_do_what_they_see() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        for who in ["li", "wang"] {
            let (status, _) = site.post(who, "/shifts/sign-on", json!({})).await;
            assert!(status.is_success());
        }
        let task = json!({ "title": "给陈府回电", "due_at": "2026-11-23T18:00:00+08:00" });
        let (_, task) = site.post("li", "/follow-ups", task).await;
        let wish = json!({ "state": "away", "stand_in": site.id("wang") });
        let (status, duty) = site.post("li", "/shifts/absence", wish).await;
        assert!(status.is_success(), "{duty}");
        let (_, asked) = site.get("wang", "/shifts/duty").await;
        let yes = format!("/shifts/stand-ins/{}", asked["asked"][0]["id"]);
        let (status, answer) = site.post("wang", &yes, json!({})).await;
        assert!(status.is_success(), "{answer}");
        // the notice that asked has its answer by that, and asks nobody again
        let (_, told) = site.get("wang", "/notices").await;
        let about =
            |one: &&Value| one["about"].as_str().is_some_and(|it| it.starts_with("absences/"));
        let told = told["items"].as_array().unwrap().iter().find(about).unwrap();
        assert_eq!(told["state"], "all_acked", "{told}");
        let hers = [("给陈府回电".to_owned(), "李红".to_owned())];
        assert_eq!(owed(&mut site, "wang").await, hers);
        let (status, one) = site.get("wang", &format!("/follow-ups/{}", task["id"])).await;
        assert!(status.is_success(), "{one}");
        let done = format!("/follow-ups/{}/completion", task["id"]);
        let (status, one) = site.post("wang", &done, json!({ "result": "打过了" })).await;
        assert!(status.is_success(), "{one}");
        site.close().await;
    }
}

/// Of whom only few may know where they are is nobody's desk-mate unasked.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_private_stands_in_unasked() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        super::bookings_corridor::furnish(&mut site).await;
        let zhou = site.id("zhou");
        site.plant(vec![format!("INSERT INTO staff_private (staff_id) VALUES ({zhou})")]).await;
        for who in ["zhou", "li"] {
            let (status, _) = site.post(who, "/shifts/sign-on", json!({})).await;
            assert!(status.is_success());
        }
        let guest = json!({ "room": "A1", "name": "王女士" });
        let (status, viewing) = site.post("li", "/viewings", guest).await;
        assert!(status.is_success(), "{viewing}");
        let (_, duty) = site.get("li", "/shifts/duty").await;
        assert_eq!(duty["presence"], "away", "{duty}");
        assert_eq!(duty["absence"]["stand_in"], Value::Null, "{duty}");
        site.close().await;
    }
}

/// What each commit told since it was asked last.
fn commits(ear: &mut Receiver<Arc<[News]>>) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    while let Ok(news) = ear.try_recv() {
        all.push(news.iter().map(|one| one.change.clone()).collect());
    }
    all
}

/// Somebody who does one thing after another and hears what was stored of each.
struct Doing<'a> {
    house: &'a House,
    who: &'a Who,
    ear: Receiver<Arc<[News]>>,
}

impl Doing<'_> {
    /// Does it: one commit, which tells all of these.
    async fn once(&mut self, method: Method, address: &str, body: Value, told: &[&str]) -> Value {
        commits(&mut self.ear);
        let answer = self.house.send(self.who, method, address, body).await;
        assert!(answer.status.is_success(), "{address}: {} {}", answer.status, answer.body);
        let all = commits(&mut self.ear);
        assert_eq!(all.len(), 1, "{address}: {all:?}");
        for word in told {
            assert!(all[0].iter().any(|one| one == word), "{address}: {word} of {all:?}");
        }
        answer.json()
    }

    async fn post(&mut self, address: &str, body: Value, told: &[&str]) -> Value {
        self.once(Method::POST, address, body, told).await
    }

    /// Books a room for four at seven, and gives the address.
    async fn book(&mut self, name: &str, room: &str) -> String {
        let body = json!({ "name": name, "party": 4, "phone": "13800001234", "when": "19:00", "room": [room] });
        let booked = self.post("/bookings", body, &["booked"]).await;
        format!("/bookings/{}", booked["no"].as_str().unwrap())
    }
}

#[tokio::test]
async fn each_act_is_one_commit_and_what_only_looks_or_is_refused_is_none() {
    for fresh in kit::stores().await {
        let (house, li, xiao) = House::staffed(&fresh.db).await;
        let ear = house.db.bus().listen();
        let mut li_does = Doing { house: &house, who: &li, ear };
        let a = li_does.book("王先生", "A1").await;
        let b = li_does.book("赵先生", "A3").await;
        let number = |address: &str| address.trim_start_matches("/bookings/").to_owned();

        let hold = json!({ "room": "A4", "at": "19:00" });
        let hold = li_does.post("/bookings/holds", hold, &["held"]).await;
        let kept = format!("/bookings/holds/{}", hold["id"]);
        li_does.post(&kept, json!({}), &["held"]).await;
        li_does.once(Method::DELETE, &kept, json!({}), &["hold_ended"]).await;

        // who gains is looked at, and who is in the way is said, without a word to anybody
        commits(&mut li_does.ear);
        house.seen(&li, &format!("{a}/preview?room=A2")).await;
        house.refused(&xiao, &format!("{a}/change"), json!({ "room": "A3" })).await;
        let taken = json!({ "name": "钱先生", "party": 4, "phone": "13900001111", "when": "19:30", "room": ["A1"] });
        house.refused(&xiao, "/bookings", taken).await;
        assert_eq!(commits(&mut li_does.ear), [] as [Vec<String>; 0]);

        let to = |noun: &str| format!("{a}/{noun}");
        li_does.post(&to("change"), json!({ "room": "A2" }), &["changed_room"]).await;
        let swap = li_does.post(&to("swap"), json!({ "with": number(&b) }), &["swapped"]).await;
        let back = format!("/bookings/acts/{}", swap["act"]);
        li_does.once(Method::DELETE, &back, json!({}), &["undone"]).await;
        li_does.post(&to("addition"), json!({ "room": "A4" }), &["added_room"]).await;
        let c = li_does.book("刘先生", "A5").await;
        let both = json!({ "room": ["A6"] });
        li_does.post(&format!("{c}/combination"), both, &["combined"]).await;
        li_does.post(&format!("{b}/extension"), json!({ "minutes": 30 }), &["extended"]).await;
        let part = json!({ "party": 2, "room": "A1" });
        let part = li_does.post(&format!("{b}/split"), part, &["split"]).await;
        let part = format!("/bookings/{}", part["no"].as_str().unwrap());
        assert_ne!(part, b, "those who go are a booking of their own");
        li_does.post(&format!("{part}/join"), json!({ "with": number(&b) }), &["joined"]).await;
        let why = json!({ "reason": "客人取消" });
        li_does.post(&format!("{c}/cancellation"), why, &["cancelled"]).await;
        let again = format!("{c}/cancellation");
        li_does.once(Method::DELETE, &again, json!({}), &["reinstated"]).await;

        // a room is shown, and what it led to is noted with the booking
        let guest = json!({ "room": "B1", "name": "王女士" });
        let shown = li_does.post("/viewings", guest, &["viewing"]).await;
        let end = format!("/viewings/{}/end", shown["id"]);
        li_does.post(&end, json!({ "outcome": "booked" }), &["viewing_over"]).await;
        let led = json!({ "name": "王女士", "party": 8, "phone": "13812345678", "when": "19:00", "room": ["B1"], "viewing": shown["id"] });
        li_does.post("/bookings", led, &["booked", "viewing_led"]).await;

        house.pass_to("18:55").await;
        for (noun, word) in [("arrival", "arrived"), ("seat", "seated"), ("departure", "departed")]
        {
            li_does.post(&to(noun), json!({}), &[word]).await;
        }
    }
}

//! What is done to faults and orders is taken back as it was done: checked, for ten minutes, with a word to whoever
//! was told; and who else is at work on a record is seen while they are (operations.md §4.13, §4.14).

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use switchboard::db::Sql;
use switchboard::editing;
use switchboard::timers::FallsDue as _;
use switchboard::undo;

use super::desk::json as ask_json;
use super::kit;
use super::tickets::{House, MINUTE};

const STATES: Sql = Sql::both(
    "SELECT c.metric, c.state FROM ticket_clocks c JOIN tickets t ON t.id = c.ticket_id WHERE t.no = $1 ORDER BY c.id",
);
const IMAGES: Sql = Sql::both("SELECT count(*) FROM acts WHERE image IS NOT NULL");

impl House {
    async fn take_back(&self, cookie: &str, act: &str) -> (StatusCode, Value) {
        let request = ask_json(&format!("/faults/acts/{act}"))
            .method("DELETE")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, cookie);
        let answer = self.desk.ask(request).await;
        (answer.status, answer.json())
    }

    /// Ctrl+Z at the desk.
    async fn undo(&self) -> (StatusCode, Value) {
        self.take_back(&self.operator, "latest").await
    }

    async fn page_of(&self, address: &str) -> String {
        let asked = super::desk::page(address).header(header::COOKIE, &self.operator);
        self.desk.ask(asked).await.body
    }

    async fn fault_now(&self, no: &str) -> Value {
        self.get(&self.operator, &format!("/faults/{no}")).await
    }

    async fn clocks_of(&self, no: &str) -> Vec<(String, String)> {
        self.desk.kit.db.read(STATES).bind(no).all().await.unwrap()
    }

    async fn calls(&self) -> Vec<String> {
        self.town.calls().await
    }
}

/// What stays the same over an act and its undoing: everything but version and history.
fn plain(mut fault: Value) -> Value {
    for field in ["version", "history", "undo", "orders"] {
        fault.as_object_mut().unwrap().remove(field);
    }
    fault
}

#[tokio::test]
async fn every_act_of_the_desk_on_a_fault_is_taken_back_as_if_it_had_not_been() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let other = house.fault(json!({})).await;
        let no = house.fault(json!({})).await;
        let path = |what: &str| format!("/faults/{no}/{what}");
        let until = "2026-11-24T01:00:00.000Z";
        let acts = [
            (
                "waiting",
                json!({ "why": "customer", "until_at": until, "text": "等机房钥匙" }),
                "waiting",
            ),
            ("solution", json!({ "solution": "重启" }), "resolved"),
            ("duplicate", json!({ "of": other }), "duplicate"),
            ("cancellation", json!({ "reason": "打错了" }), "cancelled"),
        ];
        for (what, body, state) in acts {
            let (before, clocks) = (house.fault_now(&no).await, house.clocks_of(&no).await);
            let (status, said) = house.say(&path(what), body).await;
            assert_eq!((status, &said["state"]), (StatusCode::OK, &json!(state)), "{said}");
            assert_ne!(house.clocks_of(&no).await, clocks, "{what} means something for the clocks");
            let offered = house.fault_now(&no).await["undo"].clone();
            assert!(offered["id"].is_i64() && offered["said"] != "", "{offered}");
            let (status, said) = house.undo().await;
            assert_eq!(status, StatusCode::OK, "{what}: {said}");
            let after = house.fault_now(&no).await;
            assert_eq!(plain(after.clone()), plain(before), "{what}");
            assert_eq!(house.clocks_of(&no).await, clocks, "{what}");
            assert!(after["history"].as_array().unwrap().iter().any(|one| one["undone"] == true));
            assert!(house.calls().await.is_empty(), "nobody is called back after {what}");
        }
        // the edited words, and the clocks with the priority
        let before = house.fault_now(&no).await;
        let mut edit = json!({ "version": before["version"], "symptom": "只是指示灯", "impact": 3, "urgency": 3 });
        edit["company"] = before["company"].clone();
        assert_eq!(house.say(&format!("/faults/{no}"), edit).await.1["priority"], 4);
        let seen = house.fault_now(&no).await["history"].clone();
        let mut edits = seen.as_array().unwrap().iter().filter(|one| one["what"] == "修改");
        assert!(edits.any(|one| one["text"] == "现象、影响、急迫"), "what was changed: {seen}");
        house.undo().await;
        assert_eq!(plain(house.fault_now(&no).await), plain(before));
        // solved, closed and come again: one after the other, back to the beginning; who calls back follows
        let begun = house.fault_now(&no).await;
        house.say(&path("solution"), json!({ "solution": "重启" })).await;
        house.say(&path("closing"), json!({ "satisfaction": 2 })).await;
        house.say(&path("reopening"), json!({ "text": "又断" })).await;
        assert_eq!(house.clocks_of(&no).await.len(), 6);
        for (state, calls) in [("closed", 0), ("resolved", 1), ("accepted", 0)] {
            let (status, now) = house.undo().await;
            assert_eq!((status, &now["state"]), (StatusCode::OK, &json!(state)), "{now}");
            assert_eq!(house.calls().await.len(), calls, "{state}");
        }
        assert_eq!(plain(house.fault_now(&no).await), plain(begun));
        assert_eq!(house.clocks_of(&no).await.len(), 3);
        // accepted, and reported at all: the number stays, as one that was cancelled
        assert_eq!(house.undo().await.1["state"], "new");
        let (_, gone) = house.undo().await;
        assert_eq!((&gone["state"], &gone["no"]), (&json!("cancelled"), &json!(no)));
        let journal = house.journal_of(&format!("faults/{no}")).await;
        assert!(journal.iter().filter(|line| *line == "undone").count() >= 8, "{journal:?}");
    }
}

#[tokio::test]
async fn an_order_that_is_taken_back_is_told_to_its_crew_and_so_is_one_that_stands_again() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let no = house.fault(json!({})).await;
        let order = house.sent(&no).await;
        let at = format!("/work-orders/{order}");
        // sent by mistake: off again, the number stays, and who was asked hears it
        let (status, fault) = house.undo().await;
        assert_eq!((status, &fault["state"]), (StatusCode::OK, &json!("accepted")), "{fault}");
        assert_eq!(house.get(&house.operator, &at).await["state"], "recalled");
        assert_eq!(house.told("recalled").await.len(), 1);
        let offers = house.get(&house.operator, &at).await["offers"].clone();
        assert_eq!(offers[0]["state"], "withdrawn");

        // recalled by mistake while it waited for a yes: asked again, with the whole time
        let order = house.sent(&no).await;
        let at = format!("/work-orders/{order}");
        house.pass(2).await;
        house.say(&format!("{at}/acts/recall"), json!({ "reason": "错按" })).await;
        assert_eq!(house.undo().await.0, StatusCode::OK);
        let stands = house.get(&house.operator, &at).await;
        assert_eq!(
            (&stands["state"], &stands["offer"]["answer_by"]),
            (&json!("issued"), &json!("2026-11-23T02:05:00.000Z"))
        );
        assert_eq!(house.told("offered").await.len(), 3);
        // recalled on the way: the crew hears that it stands
        for verb in ["accept", "depart"] {
            house.act(&order, verb, json!({})).await;
        }
        house.say(&format!("/faults/{no}/cancellation"), json!({ "reason": "错按" })).await;
        assert_eq!(house.get(&house.operator, &at).await["state"], "recalled");
        assert_eq!(house.undo().await.1["state"], "in_progress");
        assert_eq!(house.get(&house.operator, &at).await["state"], "en_route");
        let told = house.told("reinstated").await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].about, format!("work-orders/{order}"));

        // the engineer's own steps, one after the other, down to the solved fault
        for verb in ["arrive", "finish"] {
            house.act(&order, verb, json!({ "work_done": "换电池" })).await;
        }
        assert_eq!(house.state(&no).await, "resolved");
        assert_eq!(house.take_back(&house.liu.1, "latest").await.1["state"], "in_progress");
        assert!(house.calls().await.is_empty());
        assert_eq!(house.get(&house.operator, &at).await["state"], "on_site");
        house.take_back(&house.liu.1, "latest").await;
        let back = house.get(&house.operator, &at).await;
        assert_eq!((&back["state"], &back["arrived_at"]), (&json!("en_route"), &Value::Null));
        let arrive = house.clocks_of(&no).await.into_iter().find(|(metric, _)| metric == "arrive");
        assert_eq!(arrive.unwrap().1, "running");
        let verbs = house.get(&house.operator, &at).await["events"].clone();
        let undone = verbs.as_array().unwrap().iter().filter(|one| one["verb"] == "undo").count();
        assert_eq!(undone, 4, "{verbs}");
    }
}

#[tokio::test]
async fn nothing_is_taken_back_that_was_changed_since_said_by_others_or_is_too_long_ago() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let no = house.fault(json!({})).await;
        house
            .say(
                &format!("/faults/{no}/waiting"),
                json!({ "why": "parts", "until_at": "2026-11-24T01:00:00.000Z" }),
            )
            .await;
        let act = house.fault_now(&no).await["undo"]["id"].to_string();
        // an engineer takes back their own alone
        assert_eq!(house.take_back(&house.liu.1, &act).await.0, StatusCode::FORBIDDEN);
        // somebody went on meanwhile
        let request = ask_json(&format!("/faults/{no}/waiting"))
            .method("DELETE")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &house.operator);
        assert_eq!(house.desk.ask(request).await.status, StatusCode::OK);
        let (status, said) = house.take_back(&house.operator, &act).await;
        assert_eq!(
            (status, &said["type"]),
            (StatusCode::CONFLICT, &json!("/problems/changed")),
            "{said}"
        );
        assert_eq!(house.state(&no).await, "accepted");
        // their own is on a key
        let (own, others) = ("<kbd>u</kbd></button>", "undo-others");
        let shown = house.page_of(&format!("/faults/{no}")).await;
        assert!(shown.contains(own) && !shown.contains(others), "{shown}");
        // what the engineer said or the customer signed stands
        let order = house.sent(&no).await;
        house.act(&order, "accept", json!({})).await;
        assert_eq!(house.fault_now(&no).await["undo"], Value::Null);
        assert_eq!(house.undo().await.0, StatusCode::CONFLICT);
        // an engineer's step is on no key of the desk: whoever takes it back is told first whose it is
        house.act(&order, "depart", json!({})).await;
        assert_eq!(house.fault_now(&no).await["undo"]["by"], "刘洋");
        for address in [format!("/faults/{no}"), format!("/work-orders/{order}")] {
            let shown = house.page_of(&address).await;
            assert!(!shown.contains(own) && shown.contains(others), "{shown}");
            assert!(!shown.contains("data-undo"), "{shown}");
            assert!(shown.contains(&format!("撤销刘洋的“{order} 出发”")), "{shown}");
        }
        assert_eq!(house.undo().await.0, StatusCode::CONFLICT, "nor their newest act");
        assert_eq!(house.state(&no).await, "in_progress");
        for verb in ["arrive", "finish"] {
            house.act(&order, verb, json!({ "work_done": "换电池" })).await;
        }
        house.picture(&order, "signature").await;
        house.act(&order, "sign", json!({ "customer": "王建国" })).await;
        assert_eq!(house.take_back(&house.liu.1, "latest").await.0, StatusCode::CONFLICT);
        assert_eq!(
            house.get(&house.operator, &format!("/work-orders/{order}")).await["state"],
            "signed"
        );
        // ten minutes, not one more; then the words of the picture are gone
        let no = house.fault(json!({})).await;
        let before: i64 = house.desk.kit.db.read(IMAGES).value().await.unwrap();
        house.say(&format!("/faults/{no}/cancellation"), json!({ "reason": "打错了" })).await;
        let act = house.fault_now(&no).await["undo"]["id"].to_string();
        house.desk.clock.set(house.desk.clock.now().plus_millis(10 * MINUTE + 1));
        let (status, said) = house.take_back(&house.operator, &act).await;
        assert_eq!(
            (status, &said["type"]),
            (StatusCode::CONFLICT, &json!("/problems/too_late")),
            "{said}"
        );
        assert!(before > 0);
        let (db, now) = (&house.desk.kit.db, house.desk.clock.now());
        let due = undo::Forgets.next_due(db).await.unwrap().unwrap();
        assert!(due <= now);
        undo::Forgets.fall_due(db, now, now).await.unwrap();
        assert_eq!(db.read(IMAGES).value::<i64>().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_step_taken_back_on_the_road_without_a_network_arrives_once_and_in_order() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let no = house.fault(json!({})).await;
        let order = house.sent(&no).await;
        let tell = async |op: &str, verb: &str| {
            let act =
                json!({ "op_id": op, "no": order, "verb": verb, "at": "2026-11-23T02:00:00.000Z" });
            house.post(&house.liu.1, "/my/jobs/acts", act).await.1
        };
        tell("a", "accept").await;
        tell("b", "depart").await;
        let jobs = house.get(&house.liu.1, "/my/jobs").await;
        assert_eq!(jobs["items"][0]["undo"], "撤销“出发”");
        let undone = tell("c", "undo").await;
        assert_eq!((&undone["applied"], &undone["state"]), (&json!(true), &json!("acked")));
        assert_eq!(house.state(&no).await, "dispatched");
        // the answer was lost on the way and it is told again: nothing more is taken back
        assert_eq!(tell("c", "undo").await["state"], "acked");
        // two tabs tell at the same moment that he takes back one step of two
        tell("b1", "depart").await;
        tell("b3", "arrive").await;
        let (here, there) = tokio::join!(tell("c2", "undo"), tell("c2", "undo"));
        for said in [here, there] {
            assert_eq!((&said["applied"], &said["state"]), (&json!(true), &json!("en_route")));
        }
        tell("c3", "undo").await;
        tell("b2", "depart").await;
        // the desk has taken over meanwhile: kept as a note that both sides see
        house.say(&format!("/work-orders/{order}/acts/arrive"), json!({})).await;
        let kept = tell("d", "undo").await;
        assert_eq!((&kept["applied"], &kept["state"]), (&json!(false), &json!("on_site")));
        assert!(kept["said"].as_str().unwrap().contains(&order), "{kept}");
        let notes = house.fault_now(&no).await["history"].clone();
        assert!(notes.as_array().unwrap().iter().any(|one| one["unapplied"] == true), "{notes}");
    }
}

#[tokio::test]
async fn who_else_is_editing_is_seen_while_they_are_and_is_gone_when_they_leave_or_fall_silent() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.desk.person("小李", "supervisor").await;
        let li = house.desk.sign_in("supervisor").await;
        let no = house.fault(json!({})).await;
        let about = json!({ "about": format!("faults/{no}") });
        let (status, alone) = house.post(&li, "/editing", about.clone()).await;
        assert_eq!((status, &alone["editors"]), (StatusCode::OK, &json!([])));
        house.desk.clock.set(house.desk.clock.now().plus_millis(40_000));
        let page = house
            .desk
            .ask(
                super::desk::page(&format!("/faults/{no}")).header(header::COOKIE, &house.operator),
            )
            .await
            .body;
        assert!(page.contains("小李正在编辑") && page.contains(">00:40<"), "{page}");
        // their own page does not tell them of themselves, the other's form does
        assert_eq!(house.get(&li, &format!("/faults/{no}")).await["editors"], json!([]));
        let (_, beside) = house.say("/editing", about.clone()).await;
        assert_eq!(beside["editors"][0]["name"], "小李");
        let english =
            super::desk::page(&format!("/faults/{no}")).header(header::COOKIE, &house.operator);
        let english = house.desk.ask(english.header("accept-language", "en")).await.body;
        assert!(english.contains("小李 is editing"), "{english}");
        // 小李 types on, the other leaves; then 小李 falls silent
        house.post(&li, "/editing", about.clone()).await;
        let leave = ask_json("/editing").method("DELETE").header("sec-fetch-site", "same-origin");
        let leave = leave
            .header(header::COOKIE, &house.operator)
            .header(header::CONTENT_TYPE, "application/json");
        assert_eq!(house.desk.ask_with(leave, about.to_string()).await.status, StatusCode::OK);
        assert_eq!(house.get(&li, &format!("/faults/{no}")).await["editors"], json!([]));
        let db = &house.desk.kit.db;
        let gone = editing::Due.next_due(db).await.unwrap().unwrap();
        assert_eq!(gone.millis_since(house.desk.clock.now()), editing::SILENT_MS);
        house.desk.clock.set(gone);
        editing::Due.fall_due(db, gone, gone).await.unwrap();
        assert_eq!(house.fault_now(&no).await["editors"], json!([]));
        let lines = house.journal_of(&format!("faults/{no}")).await;
        let told: Vec<&str> = lines
            .iter()
            .map(String::as_str)
            .filter(|line| ["editing", "left_form"].contains(line))
            .collect();
        assert_eq!(
            told,
            ["editing", "editing", "left_form", "left_form"],
            "each once, whatever was typed"
        );
        // nobody edits what they may not change, or what has no form
        assert_eq!(house.post(&house.liu.1, "/editing", about).await.0, StatusCode::FORBIDDEN);
        let other = json!({ "about": "calls/1" });
        assert_eq!(house.say("/editing", other).await.0, StatusCode::NOT_FOUND);
    }
}

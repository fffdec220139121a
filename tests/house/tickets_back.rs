//! Where a fault stands on the board, from the report on, and where it stands once it has come back: what an earlier
//! visit did says nothing of it any more.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use switchboard::db::Sql;

use super::desk::page;
use super::kit;
use super::tickets::{House, encoded};

impl House {
    /// The column a fault stands in, and its card.
    async fn card(&self, fault: &str) -> (String, Value) {
        let board = self.get(&self.operator, "/faults").await;
        let found = board["columns"].as_array().unwrap().iter().find_map(|column| {
            let mut cards = column["items"].as_array().unwrap().iter();
            let card = cards.find(|card| card["no"] == fault)?;
            Some((column["name"].as_str().unwrap().to_owned(), card.clone()))
        });
        found.unwrap_or_else(|| panic!("{fault} is not on the board: {board}"))
    }

    /// The same in short: the column, the order and who leads it.
    async fn stands(&self, fault: &str) -> (String, Value, Value) {
        let (column, card) = self.card(fault).await;
        (column, card["order"].clone(), card["lead"]["name"].clone())
    }

    /// The desk does something to an order for its engineer.
    async fn desk_does(&self, order: &str, verb: &str, body: Value) {
        let (status, said) = self.say(&format!("/work-orders/{order}/acts/{verb}"), body).await;
        assert_eq!(status, StatusCode::OK, "{verb}: {said}");
    }
}

#[tokio::test]
async fn a_fault_stands_on_the_board_where_it_is_and_one_that_came_back_begins_anew() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let place = |column: &str, order: &str, lead: &str| {
            let word = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
            (column.to_owned(), word(order), word(lead))
        };
        let fault = house.fault(json!({})).await;
        assert_eq!(house.stands(&fault).await, place("new", "", ""));
        let first = house.sent(&fault).await;
        assert_eq!(house.stands(&fault).await, place("issued", &first, "刘洋"));
        let clocks = house.card(&fault).await.1["clocks"].as_array().unwrap().len();
        assert_eq!(clocks, 3, "each with its clocks");
        for (verb, body, column) in [
            ("accept", json!({}), "acked"),
            ("depart", json!({}), "acked"),
            ("arrive", json!({}), "on_site"),
            ("pause", json!({ "reason": "等备件" }), "on_site"),
            ("resume", json!({}), "on_site"),
            ("finish", json!({ "work_done": "更换电池组" }), "resolved"),
        ] {
            house.desk_does(&first, verb, body).await;
            assert_eq!(house.stands(&fault).await, place(column, &first, "刘洋"), "{verb}");
        }

        // it came back: nobody is there, and nobody is sent
        let again = json!({ "text": "又断了" });
        let (status, said) = house.say(&format!("/faults/{fault}/reopening"), again).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        assert_eq!(house.stands(&fault).await, place("new", "", ""));
        let (status, said) = house.say(&format!("/faults/{fault}/acceptance"), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        assert_eq!(house.stands(&fault).await, place("new", "", ""));
        let second = house.sent(&fault).await;
        assert_eq!(house.stands(&fault).await, place("issued", &second, "刘洋"));

        // he says no and nobody else is there: it waits at the desk
        house.there(&[house.liu.0]).await;
        house.desk_does(&second, "decline", json!({ "reason": "车坏了" })).await;
        assert_eq!(house.stands(&fault).await, place("new", &second, ""));
        house.there(&[house.liu.0, house.gao.0]).await;
        let (_, card) = house.card(&fault).await;
        assert_eq!(card["hand"]["name"], "高峰", "{card}");
        let lead = json!({ "lead": house.gao.0 });
        let (status, said) = house.say(&format!("/work-orders/{second}/issue"), lead).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        assert_eq!(house.stands(&fault).await, place("issued", &second, "高峰"));

        // taken back on the road: what was done before it came back has not solved it
        house.desk_does(&second, "accept", json!({})).await;
        house.desk_does(&second, "depart", json!({})).await;
        house.desk_does(&second, "recall", json!({ "reason": "派错人了" })).await;
        let now = house.get(&house.operator, &format!("/faults/{fault}")).await;
        assert_eq!(now["state"], "in_progress", "{now}");
        assert_eq!(house.stands(&fault).await, place("new", "", ""));
        assert!(house.card(&fault).await.1["hand"]["address"].is_string(), "somebody can go");

        let third = house.sent(&fault).await;
        for (verb, body) in [
            ("accept", json!({})),
            ("depart", json!({})),
            ("arrive", json!({})),
            ("finish", json!({ "work_done": "更换主板" })),
        ] {
            house.desk_does(&third, verb, body).await;
        }
        let now = house.get(&house.operator, &format!("/faults/{fault}")).await;
        assert_eq!((&now["state"], &now["solution"]), (&json!("resolved"), &json!("更换主板")));
        assert_eq!(house.stands(&fault).await, place("resolved", &third, "刘洋"));
        // filed, it still says who was there, until it is closed; and where nobody was, how it was solved
        house.picture(&third, "signature").await;
        let signs = json!({ "customer": "王建国" });
        assert_eq!(house.act(&third, "sign", signs).await.0, StatusCode::OK);
        house.desk_does(&third, "archive", json!({})).await;
        assert_eq!(house.stands(&fault).await, place("resolved", &third, "刘洋"));
        let other = house.fault(json!({})).await;
        house.say(&format!("/faults/{other}/solution"), json!({ "solution": "重启" })).await;
        assert_eq!(house.stands(&other).await, place("resolved", "", ""));
        let board = page("/faults").header(header::COOKIE, &house.operator);
        let board = house.desk.ask(board).await.body;
        let card = board.split(&format!("id=\"card-{other}\"")).nth(1).unwrap();
        let card = card.split("</li>").next().unwrap();
        assert!(card.contains("电话解决") && !card.contains("未派"), "{card}");
    }
}

#[tokio::test]
async fn a_draft_from_before_a_fault_came_back_keeps_nothing_open() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let (status, draft) = house.say(&format!("/faults/{fault}/work-orders"), json!({})).await;
        assert_eq!((status, &draft["state"]), (StatusCode::OK, &json!("draft")), "{draft}");
        for (act, body) in [
            ("solution", json!({ "solution": "重启" })),
            ("reopening", json!({ "text": "又断了" })),
            ("acceptance", json!({})),
        ] {
            let (status, said) = house.say(&format!("/faults/{fault}/{act}"), body).await;
            assert_eq!(status, StatusCode::OK, "{act}: {said}");
        }
        let order = house.sent(&fault).await;
        for (verb, body) in [
            ("accept", json!({})),
            ("depart", json!({})),
            ("arrive", json!({})),
            ("finish", json!({ "work_done": "更换电源" })),
        ] {
            house.desk_does(&order, verb, body).await;
        }
        assert_eq!(house.state(&fault).await, "resolved");
    }
}

#[tokio::test]
async fn a_proposal_says_when_somebody_was_last_sent_and_a_fault_for_which_it_stands() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        assert_eq!(house.act(&order, "accept", json!({})).await.0, StatusCode::OK);
        house.pass(95).await;
        let other = house.fault(json!({})).await;
        let seen = house.get(&house.operator, &format!("/faults/{other}")).await;
        let reason = |name: &str| {
            let mut all = seen["proposals"].as_array().unwrap().iter();
            all.find(|one| one["name"] == name).unwrap()["reason"].as_str().unwrap().to_owned()
        };
        assert!(reason("刘洋").contains("1 小时前派过"), "{}", reason("刘洋"));
        assert!(reason("高峰").contains("还没派过"), "{}", reason("高峰"));

        assert_eq!(seen["duplicates"], json!([]));
        let same = json!({ "of": other });
        let (status, said) = house.say(&format!("/faults/{fault}/duplicate"), same).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let seen = house.get(&house.operator, &format!("/faults/{other}")).await;
        assert_eq!(seen["duplicates"], json!([fault]), "what was merged into it is seen there");
        let shown = page(&format!("/faults/{other}")).header(header::COOKIE, &house.operator);
        let shown = house.desk.ask(shown).await.body;
        let link = format!("<a href=\"/faults/{fault}\"><b>{fault}</b></a>");
        assert!(shown.contains("合并到此单") && shown.contains(&link), "{shown}");
    }
}

#[tokio::test]
async fn orders_are_found_by_who_has_left_by_one_letter_and_page_by_page() {
    const LEFT: Sql = Sql::both("UPDATE staff SET disabled_at = 1 WHERE name = '刘洋'");
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        for _ in 0..51 {
            house.sent(&fault).await;
        }
        let away = fresh.db.write(house.desk.stamp(), |tx| {
            Box::pin(async move { tx.keep(LEFT).run().await.map(drop) })
        });
        away.await.unwrap();
        let address = format!("/work-orders?engineer={}", house.liu.0);
        let list = page(&address).header(header::COOKIE, &house.operator);
        let list = house.desk.ask(list).await.body;
        assert!(list.contains("selected>刘洋</option>"), "{list}");
        let older = list.split("href=\"/work-orders?q=").nth(1).unwrap();
        let older = older.split('"').next().unwrap();
        assert!(older.contains(&format!("engineer={}&amp;", house.liu.0)), "{older}");
        for (letter, number) in [("王", 50), ("赵", 0)] {
            let address = format!("/work-orders?q={}", encoded(letter));
            let found = house.get(&house.operator, &address).await;
            assert_eq!(found["items"].as_array().unwrap().len(), number, "{letter}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_finds_its_fault_whatever_became_of_the_fault_since() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let note = json!({ "text": "门卫有机柜钥匙" });
        let (status, said) = house.say(&format!("/faults/{fault}/notes"), note).await;
        assert!(status.is_success(), "{said}");
        house.sent(&fault).await;
        let asked = format!("/faults?view=list&q={}", encoded("机柜钥匙"));
        let found = house.get(&house.operator, &asked).await;
        let numbers: Vec<&Value> =
            found["items"].as_array().unwrap().iter().map(|one| &one["no"]).collect();
        assert_eq!(numbers, [&json!(fault)]);
    }
}
